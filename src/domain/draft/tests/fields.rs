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
            assert_eq!(field.canonical(&good.to_string()), Ok(good.to_string()));
        }
        assert!(
            field.canonical(&(high + 1).to_string()).is_err(),
            "{field:?}"
        );
        if low > 0 {
            assert!(
                field.canonical(&(low - 1).to_string()).is_err(),
                "{field:?}"
            );
        }
        assert!(field.canonical("-1").is_err() && field.canonical("much").is_err());
    }
    assert!(Field::Description.canonical(&"ä".repeat(256)).is_ok());
    assert!(Field::Description.canonical(&"ä".repeat(257)).is_err());
    assert!(Field::Layers.canonical("a,b,c,d,e").is_ok());
    assert!(Field::Layers.canonical("a,b,c,d,e,f").is_err());
    assert!(Field::Layers.canonical("a,,b").is_err());
    assert_eq!(Field::Tracing.canonical("active"), Ok("Active".into()));
    assert!(Field::Role.canonical("").is_err() && Field::KmsKey.canonical("").is_ok());
}
