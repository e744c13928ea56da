use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::domain::{
    function::Arn,
    letter::{
        Known, decode,
        sample::{binary, message, text},
    },
};

fn now() -> Timestamp {
    Timestamp::from_second(10_000).expect("a time")
}

/// Sent 10,000 s ago.
fn letter() -> Letter {
    let body = r#"{"order":{"id":"o-1"},"amount":150,"paid":false,"note":"GRÖßE a=b","items":[{"sku":"ab"},{"sku":"cd","n":3}]}"#;
    let mut message = message(body);
    message.id = "id-77".into();
    message.attributes = vec![
        ("RequestID".into(), text("String", "8f0c")),
        ("ErrorCode".into(), text("Number", "200")),
        (
            "ErrorMessage".into(),
            text("String", "CardDeclined: card declined"),
        ),
        ("tenant".into(), text("String", "acme-eu")),
        ("blob".into(), binary(b"x")),
    ];
    message.system.receive_count = 4;
    message.system.group = Some("g-1".into());
    decode(message, &Known::default())
}

fn test(filter: &str, letter: &Letter) -> Result<bool, String> {
    let predicate = Predicate::parse(filter);
    let predicate = predicate.unwrap_or_else(|error| panic!("{filter}: {error}"));
    predicate.test(letter, now())
}

fn takes(filter: &str) -> bool {
    test(filter, &letter()).expect("it can be told")
}

#[test]
fn what_a_letter_passes() {
    for filter in [
        "",
        "  ",
        "card",
        "CARD declined",
        "\"card declined\"",
        "größe",
        "id-77",
        "8f0c",
        "g-1",
        "tenant",
        "!refund",
        "/o-\\d/",
        "/CARD DEC/i",
        "!/CARD DEC/",
        "!\"declined card\"",
        "attr:tenant=acme-eu",
        "attr:tenant=acme*",
        "attr:tenant",
        "attr:blob",
        "attr:MessageGroupId=g-1",
        "attr:SentTimestamp=0",
        "attr:ApproximateReceiveCount=4",
        "!attr:other",
        "origin:async",
        "ORIGIN:DLQ",
        "error:declined",
        "error:200",
        "error:CardDeclined",
        "group:g*",
        "age:>2h",
        "age:<3h",
        "age:=10000",
        "received:>3",
        "received:4",
        "!received:<4",
        "size:>10",
        "size:<1k",
        "amount=150",
        "amount=150.0",
        "amount>100",
        "amount>=150",
        "amount<1e3",
        "order.id=o-1",
        ".order.id=o*",
        "paid=false",
        "items.sku=cd",
        "items.1.sku=cd",
        "items.n>2",
        "!amount=15",
        "!missing=1",
        "note=\"GRÖßE a=b\"",
        "\"a=b\"",
        "jq:.amount > 100",
        "card jq:.items | length == 2",
        "!jq:.paid",
        "!",
        "attr:",
        "\"\"",
        "arn:aws",
        "!http://x",
    ] {
        let expected = !matches!(filter, "arn:aws");
        assert_eq!(takes(filter), expected, "{filter}");
    }
}

#[test]
fn what_it_does_not() {
    for filter in [
        "refund",
        "card refund",
        "!card",
        "\"declined card\"",
        "/CARD DEC/",
        "/^card/",
        "attr:tenant=acme",
        "attr:Tenant=acme-eu",
        "attr:blob=x",
        "origin:sns",
        "error:timeout",
        "group:g",
        "age:<2h",
        "received:>4",
        "size:>100k",
        "amount=15",
        "amount=15*0",
        "amount>150",
        "order=o-1",
        "order.id=O-1",
        "items.0.sku=cd",
        "items.9.sku=cd",
        "missing=1",
        "note>1",
        "jq:.amount > 200",
        "jq:empty",
        "a=b",
    ] {
        assert!(!takes(filter), "{filter}");
    }
}

#[test]
fn origins_are_found_by_word_and_by_arn() {
    let mut moved = message("{}");
    moved.system.dead_letter_source = Some(Arn::new("arn:aws:sqs:eu-west-1:1:orders"));
    let moved = decode(moved, &Known::default());
    for filter in [
        "origin:sqs",
        "origin:orders",
        "orders",
        "attr:DeadLetterQueueSourceArn=arn*",
    ] {
        assert_eq!(test(filter, &moved), Ok(true), "{filter}");
    }
}

#[test]
fn a_failing_expression_says_neither_yes_nor_no() {
    for filter in ["jq:.amount.x", "!jq:.amount.x", "card jq:.amount.x"] {
        let error = test(filter, &letter()).expect_err("it fails");
        assert!(error.contains("150"), "{error}");
    }
    // Where another term says no already, nobody has to know.
    assert_eq!(test("refund jq:.amount.x", &letter()), Ok(false));
    let text = decode(message("no json"), &Known::default());
    let predicate = Predicate::jq(".a").expect("good");
    assert!(predicate.test(&text, now()).is_err());
    assert_eq!(test("no", &text), Ok(true));
    assert_eq!(test("a=1", &text), Ok(false), "text has no fields");
}

#[test]
fn fields_are_read_where_no_reader_of_values_gets_through() {
    let letter = |body: &str| decode(message(body), &Known::default());
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for (body, filter) in [
        (
            r#"{"text":"cut \ud83d","n":7}"#.to_owned(),
            "n=7 text=cut* !text=cut",
        ),
        (
            r#"{"e":1E400,"n":7}"#.to_owned(),
            "n=7 e>1e399 e=10e399 !e=1e401",
        ),
        (
            format!("{{\"n\":7,\"d\":{}}}", deep(100_000)),
            "n=7 n<8 !d.x=1 !d=1",
        ),
        (r#"{"n":8,"n":7}"#.to_owned(), "n=7 !n=8"),
        // Digits that a double does not have.
        (
            r#"{"n":18446744073709551616123}"#.to_owned(),
            "n=18446744073709551616123 !n=18446744073709551616124 n<18446744073709551616124",
        ),
    ] {
        let letter = letter(&body);
        if filter.contains("!d.x") {
            // In arrays without end a name cannot be looked for.
            assert!(test(filter, &letter).is_err());
            assert_eq!(test("n=7 n<8 !d=1", &letter), Ok(true));
            assert_eq!(test("n=8 d.x=1", &letter), Ok(false));
        } else {
            assert_eq!(test(filter, &letter), Ok(true), "{filter}");
        }
    }
    let inner = letter(r#"{"d":[[[{"x":1}]]]}"#);
    assert_eq!(test("d.x=1", &inner), Ok(true));
}

#[test]
fn what_is_wrong_has_a_place() {
    for (filter, position, word) in [
        ("card \"open", 5, "not closed"),
        ("é /a(b/", 2, "unclosed"),
        ("age:soon", 4, "age:>2h"),
        ("!size:>x", 6, "size:>100k"),
        ("é amount>lots", 9, "number"),
        ("é jq:.a |", 9, "ends"),
        ("!jq:.\"é\" + bogus", 11, "bogus"),
    ] {
        let error = Predicate::parse(filter).expect_err(filter);
        assert_eq!(error.position, position, "{filter}: {error}");
        assert!(error.message.contains(word), "{filter}: {error}");
    }
}

#[test]
fn the_source_says_the_same_again() {
    for filter in [" card  !x ", "jq: .amount > 100", "/a b/ attr:x=\"a b\""] {
        let predicate = Predicate::parse(filter).expect("good");
        assert_eq!(Predicate::parse(predicate.source()), Ok(predicate));
    }
    let jq = Predicate::jq(" .amount > 100 ").expect("good");
    assert_eq!(jq.source(), "jq:.amount > 100");
    assert_eq!(Predicate::parse(jq.source()), Ok(jq));
    assert!(Predicate::parse(" ").expect("good").is_empty());
}

proptest! {
    #[test]
    fn no_filter_panics(filter in prop_oneof![any::<String>(), "[!/\"a-c:=<>*. ]{0,20}", "(attr|age|size|jq|error):.{0,8}"]) {
        if let Ok(predicate) = Predicate::parse(&filter) {
            let taken = predicate.test(&letter(), now());
            let again = Predicate::parse(predicate.source()).expect("its source parses");
            prop_assert_eq!(again.test(&letter(), now()), taken);
        }
    }

    #[test]
    fn a_term_and_its_inverse_differ(word in "[a-z0-9]{1,6}") {
        let plain = Predicate::parse(&word).expect("good");
        let inverted = Predicate::parse(&format!("!{word}")).expect("good");
        prop_assert_ne!(plain.test(&letter(), now()), inverted.test(&letter(), now()));
    }
}

#[test]
fn a_jq_expression_is_asked_for_beside_what_was_typed() {
    let letter = letter();
    for (typed, jq, is_true) in [
        ("", ".amount > 100", true),
        ("declined", ".amount > 100", true),
        ("declined", ".amount > 200", false),
        ("nothing", ".amount > 100", false),
        ("declined jq:.paid == false", ".amount > 100", true),
        ("declined jq:.paid == false", ".amount > 200", false),
        ("!jq:.paid", ".amount > 100", true),
        ("!jq:.amount", ".amount > 100", false),
        (
            "!jq:.items[] | select(.sku == \"xx\")",
            ".amount > 100",
            true,
        ),
        (
            "declined jq:.amount == 150 # exactly",
            ".amount > 100 # more",
            true,
        ),
    ] {
        let both = Predicate::with_jq(typed, jq).unwrap_or_else(|why| panic!("{typed}: {why}"));
        let found = both.test(&letter, now());
        assert_eq!(found, Ok(is_true), "{typed} and {jq}: {}", both.source());
        // It is kept as text in the journal.
        assert_eq!(test(both.source(), &letter), Ok(is_true));
    }
    assert!(Predicate::with_jq("declined", ".amount >").is_err());
    // Read together, the slash of the one would end in the other.
    assert!(Predicate::with_jq("/orders", ".amount / 2 > 1").is_err());
}
