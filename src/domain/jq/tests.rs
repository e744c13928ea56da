use proptest::prelude::*;

use super::*;

fn edited(expression: &str, body: &str) -> Result<Edited, EditError> {
    Jq::compile(expression)
        .unwrap_or_else(|error| panic!("{expression}: {error}"))
        .edit(body)
}

fn changed(expression: &str, body: &str) -> String {
    match edited(expression, body) {
        Ok(Edited::Changed(text)) => text,
        other => panic!("{expression} on {body}: {other:?}"),
    }
}

fn refused(expression: &str) -> BadJq {
    Jq::compile(expression).expect_err(expression)
}

#[test]
fn an_edit_changes_what_it_names_and_nothing_else() {
    let body = r#"{ "z": 1.0, "big": 123456789012345678901234567890, "amount": "150",
        "far": 1e400, "small": 1.10000000000000000001, "id": 9007199254740993, "s": "é\u00fc😀\"" }"#;
    assert_eq!(
        changed(".amount |= tonumber", body),
        r#"{"z":1.0,"big":123456789012345678901234567890,"amount":150,"far":1e400,"small":1.10000000000000000001,"id":9007199254740993,"s":"éü😀\""}"#
    );
}

#[test]
fn members_keep_their_order_when_one_goes() {
    assert_eq!(
        changed("del(.a)", r#"{"a":1,"b":{"y":1,"x":2},"c":3}"#),
        r#"{"b":{"y":1,"x":2},"c":3}"#
    );
    assert_eq!(
        changed("del(.b.y) | .new = 1", r#"{"a":1,"b":{"y":1,"x":2,"w":3}}"#),
        r#"{"a":1,"b":{"x":2,"w":3},"new":1}"#
    );
}

#[test]
fn the_same_value_is_unchanged() {
    for expression in [
        ".",
        ".a |= .",
        "to_entries | reverse | from_entries",
        ".a = 1.0",
    ] {
        let body = "{ \"a\" : 1.0, \"b\":[1,  2]}";
        assert_eq!(
            edited(expression, body),
            Ok(Edited::Unchanged),
            "{expression}"
        );
    }
    assert_eq!(changed(".a = 1", "{\"a\":1.0}"), "{\"a\":1}");
    // Equal as floating point numbers, and not the same.
    assert_eq!(
        changed(".a = 9007199254740992.0", "{\"a\":9007199254740993}"),
        "{\"a\":9007199254740992.0}"
    );
}

#[test]
fn what_would_be_damaged_is_refused() {
    assert_eq!(
        edited(".a = 1", r#"{"a":0,"b":-0}"#),
        Err(EditError::Number("-0".into()))
    );
    assert_eq!(
        edited(".a = 1", r#"{"a":0,"b":1,"b":2}"#),
        Err(EditError::DuplicateKey)
    );
    assert_eq!(
        edited(".a = 1", r#"{"b":{"x":1},"b":{"x":1}}"#),
        Err(EditError::DuplicateKey)
    );
    assert_eq!(edited(".a = nan", "{}"), Err(EditError::NotJsonOutput));
    assert_eq!(
        edited(".a = (1e400 + 0)", "{}"),
        Err(EditError::NotJsonOutput)
    );
    assert_eq!(edited("{(1):2}", "{}"), Err(EditError::NotJsonOutput));
    for body in [r#"{"s":"\ud800"}"#, r#"{"s":"\uDC00x"}"#] {
        assert!(
            matches!(edited(".a = 1", body), Err(EditError::HalfPair { .. })),
            "{body}"
        );
        assert!(Jq::compile(".").expect("good").is_true_of(body).is_err());
    }
    assert_eq!(
        changed(".a = 1", r#"{"s":"\ud83d\ude00","n":1e400}"#),
        r#"{"s":"😀","n":1e400,"a":1}"#
    );
}

#[test]
fn exactly_one_output_is_an_edit() {
    assert_eq!(edited("empty", "{}"), Err(EditError::NoOutput));
    assert_eq!(edited(".[]", "[1,2]"), Err(EditError::SeveralOutputs));
    assert_eq!(
        edited("range(infinite)", "1"),
        Err(EditError::SeveralOutputs)
    );
    assert_eq!(changed(".[]", "[1]"), "1");
    assert!(
        matches!(edited("error(\"no amount\")", "{}"), Err(EditError::Failed(why)) if why.contains("no amount"))
    );
    assert!(matches!(
        edited(".a, error", "{}"),
        Err(EditError::Failed(_))
    ));
    assert!(matches!(edited(".a.b", "[]"), Err(EditError::Failed(_))));
}

#[test]
fn a_body_that_is_no_json_says_where() {
    let error = edited(".", "{\n  \"a\": x}").expect_err("no JSON");
    assert_eq!(
        error.to_string(),
        "the body is not JSON: expected value at 2:8"
    );
    for body in ["", "# 1", "NaN", "{\"a\":1,}", "1 2", "b\"x\"", "+1"] {
        assert!(
            matches!(edited(".", body), Err(EditError::NotJson { .. })),
            "{body}"
        );
    }
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    assert_eq!(edited(".", &deep), Err(EditError::TooDeep));
}

#[test]
fn what_never_ends_is_ended() {
    for expression in [
        "def f: f; f",
        "def f: 1 + f; f",
        "def f: [f]; f",
        "[range(infinite)]",
        "last(range(infinite))",
        "[limit(1000000000; repeat(1))]",
        "until(false; .)",
        "reduce range(1000000000) as $i (0; . + $i)",
        "first(range(1; infinite; 0) | select(. == 2))",
    ] {
        assert_eq!(
            edited(expression, "1"),
            Err(EditError::Endless),
            "{expression}"
        );
    }
}

#[test]
fn deep_values_and_large_bodies_are_no_harm() {
    let deep = edited("reduce range(150000) as $i (0; [.]) | 1", "2");
    assert_eq!(deep, Ok(Edited::Changed("1".into())));
    let body = format!("[{}]", vec!["{\"a\":1}"; 50_000].join(","));
    let after = changed("map(.a += 1)", &body);
    assert_eq!(after, body.replace('1', "2"));
}

#[test]
fn an_expression_sees_its_input_only() {
    for expression in [
        "env",
        "$ENV",
        "input",
        "inputs",
        "halt",
        "halt_error",
        "now",
        "localtime",
        "input_filename",
    ] {
        refused(expression);
    }
    assert!(refused("env").message.contains("not available here"));
    for expression in [
        "include \"a\"; .",
        "import \"a\" as a; .",
        "import \"a\" as $a; .",
    ] {
        refused(expression);
    }
    assert_eq!(edited("debug | stderr", "1"), Ok(Edited::Unchanged));
}

#[test]
fn an_expression_that_is_none_says_where() {
    for (expression, position, word) in [
        (".a |", 4, "ends"),
        (".a ||= 1", 3, "||="),
        ("(.a", 3, "parenthesis"),
        (".a + bogus", 5, "bogus"),
        (".a | f(1)", 5, "f/1"),
        ("\"a", 2, "quote"),
        ("1 §", 2, "token"),
        ("", 0, "ends"),
    ] {
        let error = refused(expression);
        assert_eq!(error.position, position, "{expression}: {error}");
        assert!(error.message.contains(word), "{expression}: {error}");
    }
    assert!(refused(&"[".repeat(1_000)).message.contains("brackets"));
    assert!(refused(&" ".repeat(100_000)).message.contains("bytes"));
}

#[test]
fn a_question_is_answered_by_its_first_output() {
    let truth =
        |expression: &str, body: &str| Jq::compile(expression).expect("good").is_true_of(body);
    assert_eq!(truth(".amount > 100", r#"{"amount":150}"#), Ok(true));
    assert_eq!(truth(".amount > 100", r#"{"amount":50}"#), Ok(false));
    assert_eq!(truth(".a", "{}"), Ok(false));
    assert_eq!(truth("empty", "{}"), Ok(false));
    assert_eq!(truth("repeat(1)", "{}"), Ok(true));
    assert!(truth(".a", "[]").is_err());
    assert!(truth(".", "no").is_err());
}

#[test]
fn it_can_be_run_by_several_threads() {
    fn is_shared<T: Send + Sync>(_: &T) {}
    is_shared(&Jq::compile(".").expect("good"));
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(|number| serde_json::json!(number)),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::vec((any::<String>(), inner), 0..5)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn wrapping_and_unwrapping_is_no_change(value in json()) {
        let body = value.to_string();
        // `-0.0` and the like are written in ways of their own; their text is kept.
        prop_assert_eq!(edited("[.] | .[0]", &body), Ok(Edited::Unchanged));
    }

    #[test]
    fn an_edit_leaves_the_rest_as_it_was(value in json()) {
        let body = serde_json::json!({"edited": false, "rest": value}).to_string();
        let expected = body.replacen("false", "true", 1);
        let after = changed(".edited = true", &body);
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        prop_assert_eq!(read(&after), read(&expected));
        prop_assert_eq!(after.len(), expected.replace('\u{7f}', "\\u007f").len());
    }

    #[test]
    fn no_text_panics(expression in ".{0,30}", body in ".{0,30}") {
        if let Ok(jq) = Jq::compile(&expression) {
            let _ = jq.edit(&body);
        }
    }
}
