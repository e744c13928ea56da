//! The moves that stop the damage.

use super::{stop::Move, *};
use crate::domain::function::Version;

fn versions(numbers: &[&str]) -> Vec<Version> {
    let version = |number: &&str| Version {
        version: (*number).to_owned(),
        description: String::new(),
        modified: None,
        code_size: 0,
    };
    numbers.iter().map(version).collect()
}

fn drafted(stop: &Move, base: &Snapshot) -> Result<Draft, String> {
    stop.draft(base, &versions(&["$LATEST", "9", "40", "41", "42", "43"]))
}

#[test]
fn triggers_are_paused_that_read() {
    let mut base = full();
    base.mappings[1].state = "Disabled".into();
    base.mappings[2].state = "Enabling".into();
    let draft = drafted(&Move::PauseTriggers, &base).expect("a draft");
    assert_eq!(
        draft.triggers.keys().collect::<Vec<_>>(),
        ["u1", "u3", "u4"]
    );
    let earlier = base.draft_back(&draft);
    assert!(
        earlier
            .triggers
            .values()
            .all(|fields| fields[&TriggerField::Enabled].is_on())
    );
    base.mappings.clear();
    let draft = drafted(&Move::PauseTriggers, &base).expect("a draft");
    assert!(draft.is_empty());
}

#[test]
fn concurrency_zero_is_said_once() {
    let mut base = full();
    base.reserve(Some(10));
    let draft = drafted(&Move::ConcurrencyZero, &base).expect("a draft");
    let plan = Plan::new(base.clone(), draft.clone()).expect("a plan");
    assert_eq!(
        (plan.calls.as_slice(), plan.class()),
        ([Call::Reserve(0)].as_slice(), Class::Destroy)
    );
    assert_eq!(
        base.draft_back(&draft).settings[&Field::ReservedConcurrency],
        Value::Number(10)
    );
    base.reserve(Some(0));
    let draft = drafted(&Move::ConcurrencyZero, &base).expect("a draft");
    assert!(draft.is_empty());
}

#[test]
fn an_alias_goes_back_before_the_newest_that_it_leads_to() {
    let back = |version: &str, weights: &[(&str, f64)], wanted: Option<&str>| {
        let mut base = full();
        base.aliases[0].version = version.to_owned();
        base.aliases[0].weights = weights.iter().map(|(v, s)| ((*v).to_owned(), *s)).collect();
        let stop = Move::AliasBack {
            alias: "live".into(),
            version: wanted.map(str::to_owned),
        };
        drafted(&stop, &base).map(|draft| draft.aliases["live"].typed())
    };
    assert_eq!(back("42", &[], None).as_deref(), Ok("41"));
    assert_eq!(back("40", &[], None).as_deref(), Ok("9"));
    assert_eq!(back("$LATEST", &[], None).as_deref(), Ok("43"));
    assert_eq!(
        back("42", &[("43", 0.1)], None).as_deref(),
        Ok("42"),
        "a canary goes back"
    );
    assert_eq!(back("43", &[("41", 0.5)], None).as_deref(), Ok("42"));
    assert_eq!(back("42", &[], Some("9")).as_deref(), Ok("9"));
    assert!(
        back("9", &[], None)
            .expect_err("the first")
            .contains("no version before")
    );
    let gone = Move::AliasBack {
        alias: "gone".into(),
        version: None,
    };
    assert!(drafted(&gone, &full()).is_err());
}

#[test]
fn a_canary_gets_its_share() {
    let weight = |second: Option<&str>, version: Option<&str>, share: f64| {
        let mut base = full();
        base.aliases[0].weights = second.map(|v| (v.to_owned(), 0.5)).into_iter().collect();
        let stop = Move::Weight {
            alias: "live".into(),
            version: version.map(str::to_owned),
            share,
        };
        drafted(&stop, &base).map(|draft| draft.aliases["live"].typed())
    };
    assert_eq!(weight(Some("42"), None, 0.1).as_deref(), Ok("41,42=0.1"));
    assert_eq!(
        weight(Some("42"), Some("43"), 0.2).as_deref(),
        Ok("41,43=0.2")
    );
    assert_eq!(weight(Some("42"), None, 0.0).as_deref(), Ok("41"));
    assert!(
        weight(None, None, 0.1)
            .expect_err("which")
            .contains("say which")
    );
    for share in [1.0, -0.1, f64::NAN] {
        assert!(weight(Some("42"), None, share).is_err(), "{share}");
    }
}

#[test]
fn each_move_says_what_it_stops_and_what_goes_on() {
    let alias = || "live".to_owned();
    let moves = [
        Move::PauseTriggers,
        Move::ConcurrencyZero,
        Move::AliasBack {
            alias: alias(),
            version: None,
        },
        Move::Weight {
            alias: alias(),
            version: None,
            share: 0.0,
        },
    ];
    for stop in moves {
        assert!(!stop.stops().is_empty() && !stop.goes_on().is_empty());
        let text = serde_json::to_string(&stop).expect("JSON");
        assert_eq!(serde_json::from_str::<Move>(&text).expect("a move"), stop);
        assert!(!stop.title().is_empty());
    }
}
