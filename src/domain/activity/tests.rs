use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_763_000_000 + seconds).expect("a time")
}

fn entry() -> Entry {
    Entry {
        id: "1-a".into(),
        at: at(0),
        began: None,
        account: "000000000000".into(),
        identity: Some("arn:aws:sts::000000000000:assumed-role/Operator/jane".into()),
        region: "eu-west-1".into(),
        operation: "Invoke".into(),
        target: "arn:aws:lambda:eu-west-1:000000000000:function:payments-charge".into(),
        summary: "invoke payments-charge".into(),
        command: "aws lambda invoke --function-name payments-charge".into(),
        process: None,
        result: None,
        outcome: None,
    }
}

fn write(entry: Entry) -> Write {
    Write::of(entry, |_| false)
}

#[test]
fn an_intention_without_a_completion_runs_or_was_left_behind() {
    let left = write(entry());
    assert_eq!((left.glyph(), left.word()), ("?", "unknown"));
    assert_eq!(
        left.outcome(),
        "outcome unknown: the process ended in between"
    );
    let running = Write::of(entry(), |_| true);
    assert_eq!((running.glyph(), running.word()), ("…", "running"));
    let done = write(entry().ended(at(9), End::done("200")));
    assert_eq!((done.began, done.ended), (at(0), Some(at(9))));
    assert_eq!((done.glyph(), done.outcome()), ("✔", "200"));
    let unsaid = write(Entry {
        outcome: Some("200".into()),
        ..entry()
    });
    assert_eq!(
        unsaid.word(),
        "unknown",
        "what was not written is not made up"
    );
}

#[test]
fn who_is_the_end_of_the_caller() {
    let who = |arn: Option<&str>| {
        write(Entry {
            identity: arn.map(str::to_owned),
            ..entry()
        })
        .who()
        .to_owned()
    };
    assert_eq!(write(entry()).who(), "Operator/jane");
    assert_eq!(who(Some("arn:aws:iam::000000000000:user/bob")), "bob");
    assert_eq!(who(Some("arn:aws:iam::000000000000:root")), "root");
    assert_eq!(who(None), "unknown");
}

#[test]
fn a_filter_is_words_and_words_that_must_not_be() {
    let write = write(entry());
    for text in [
        "",
        "PAYMENTS jane",
        "eu-west-1 !eu-central-1",
        "!",
        "unknown",
    ] {
        assert!(Filter::parse(text).keeps(&write), "{text}");
    }
    for text in ["orders", "payments orders", "!jane"] {
        assert!(!Filter::parse(text).keeps(&write), "{text}");
    }
}

#[test]
fn moments_are_as_short_as_they_are_clear() {
    let now: Timestamp = "2026-03-14T09:26:53Z".parse().expect("a time");
    let short = |at: &str| short_moment(at.parse().expect("a time"), now);
    assert_eq!(short("2026-03-14T00:00:01Z"), "00:00:01");
    assert_eq!(short("2026-03-13T23:59:59Z"), "03-13 23:59");
    assert_eq!(short("2025-12-31T23:59:59Z"), "2025-12-31");
}

#[test]
fn a_hand_over_has_the_command_in_a_block_and_no_markup_of_strangers() {
    let hostile = Entry {
        summary: "invoke *x* [y](z)\u{1b}[31m\n# title".into(),
        command: "aws ```\nrm -rf x".into(),
        ..entry()
    };
    let log = Log {
        writes: vec![
            write(entry().ended(at(9), End::done("200"))),
            write(hostile),
        ],
        bad: 2,
        ..Log::default()
    };
    let text = markdown(&log);
    assert!(
        text.contains("\n```sh\naws lambda invoke --function-name payments-charge\n```\n"),
        "{text}"
    );
    assert!(
        text.contains("- account: 000000000000, eu-west-1"),
        "{text}"
    );
    assert!(text.contains("✔ done: 200"), "{text}");
    assert!(text.contains("\n````sh\naws ```"), "{text}");
    assert!(text.contains(r"\*x\* \[y\](z)"), "{text}");
    assert!(
        !text.contains('\u{1b}') && !text.contains("\n# title"),
        "{text}"
    );
    assert!(
        text.contains("2 lines of the log could not be read"),
        "{text}"
    );
}
