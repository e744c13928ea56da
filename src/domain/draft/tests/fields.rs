//! The settings: their names and what they take.

use super::*;

#[test]
fn the_name_of_a_field_is_its_name_in_files() {
    for field in Field::ALL {
        let json = serde_json::to_string(&field).expect("JSON");
        assert_eq!(json, format!("{:?}", field.name()));
        assert_eq!(Field::named(field.name()), Some(field));
        assert!(!field.help().is_empty());
    }
}

#[test]
fn limits_are_kept_on_both_sides() {
    for (field, low, high) in [
        (Field::Memory, 128, 10_240),
        (Field::Timeout, 1, 900),
        (Field::Ephemeral, 512, 10_240),
        (Field::AsyncRetries, 0, 2),
        (Field::AsyncAge, 60, 21_600),
    ] {
        for good in [low, high] {
            assert_eq!(field.parse(&good.to_string()), Ok(Value::Number(good)));
        }
        assert!(field.parse(&(high + 1).to_string()).is_err(), "{field:?}");
        if low > 0 {
            assert!(field.parse(&(low - 1).to_string()).is_err(), "{field:?}");
        }
        assert!(field.parse("-1").is_err() && field.parse("much").is_err());
    }
    assert!(Field::Description.parse(&"ä".repeat(256)).is_ok());
    assert!(Field::Description.parse(&"ä".repeat(257)).is_err());
    assert!(Field::Layers.parse("a,b,c,d,e").is_ok());
    assert!(Field::Layers.parse("a,b,c,d,e,f").is_err());
    assert!(Field::Layers.parse("a,,b").is_err());
    assert_eq!(
        Field::Tracing.parse("active"),
        Ok(Value::Text("Active".into()))
    );
    assert!(Field::Role.parse("").is_err() && Field::KmsKey.parse("").is_ok());
}

/// A number that cannot be is an error wherever it comes in: it never stands for nothing.
#[test]
fn a_bad_number_is_an_error_never_unset() {
    for word in ["reserved_concurrency=ten", "memory=1e3", "async_retries=-1"] {
        let error = assignment::parse(&[word]).expect_err(word);
        let at = word.find('=').expect("a value") + 1;
        assert_eq!((error.argument, error.at), (0, at), "{error}");
    }
    for text in [
        r#"{"settings": {"reserved_concurrency": "ten"}}"#,
        r#"{"settings": {"memory": " "}}"#,
        r#"{"triggers": {"u1": {"concurrency": "many"}}}"#,
        r#"{"triggers": {"u1": {"enabled": "perhaps"}}}"#,
    ] {
        let error = serde_json::from_str::<Draft>(text).expect_err(text);
        assert!(error.to_string().contains("bad value"), "{error}");
    }
}

#[test]
fn a_draft_is_kept_in_the_words_of_the_command_line() {
    let text = r#"{
        "settings": {
            "memory": "512", "description": " a ", "layers": "arn:b,arn:a", "vpc_ipv6": "on",
            "kms_key": "", "reserved_concurrency": ""
        },
        "triggers": {"u1": {"enabled": "disabled", "batch_size": "5", "filters": "[{}]"}}
    }"#;
    let draft: Draft = serde_json::from_str(text).expect("a draft");
    assert_eq!(draft.settings[&Field::Memory], Value::Number(512));
    assert_eq!(
        draft.settings[&Field::Description],
        Value::Text(" a ".into())
    );
    assert_eq!(draft.settings[&Field::VpcIpv6], Value::Switch(true));
    assert_eq!(draft.settings[&Field::ReservedConcurrency], Value::Unset);
    let trigger = &draft.triggers["u1"];
    assert_eq!(trigger[&TriggerField::Enabled], Value::Switch(false));
    let kept: serde_json::Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(serde_json::to_value(&draft).expect("JSON"), kept);
}

#[test]
fn every_setting_has_one_place_in_the_api_and_reads_what_it_writes() {
    let configuration = FunctionConfiguration::sample("charge");
    for field in Field::ALL {
        let member = field.member();
        assert!((1..=2).contains(&member.len()), "{field:?}");
        let mut others = Field::ALL.into_iter().filter(|other| *other != field);
        assert!(others.all(|other| other.member() != member), "{field:?}");
        let given = field.given(&configuration);
        let read = field.kind().read(&field.write(&given));
        assert_eq!(read, Ok(given), "{field:?}");
    }
    let sections = [
        Section::General,
        Section::Async,
        Section::Concurrency,
        Section::Logging,
        Section::Network,
    ];
    let shown: usize = sections.map(|section| section.fields().len()).iter().sum();
    assert_eq!(shown, Field::ALL.len());
}
