use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::domain::letter::{
    Known, decode,
    sample::{message, text},
};

fn letter(body: &str, error: Option<&str>, sent: i64) -> Letter {
    let mut message = message(body);
    message.system.sent = Some(Timestamp::from_second(sent).expect("a time"));
    if let Some(error) = error {
        message.attributes = vec![
            ("RequestID".into(), text("String", "r")),
            ("ErrorMessage".into(), text("String", error)),
        ];
    }
    decode(message, &Known::default())
}

fn drawn(clusters: &Clusters) -> Vec<(String, String, usize)> {
    clusters
        .by_count()
        .into_iter()
        .map(|cluster| {
            (
                cluster.headline.clone(),
                cluster.shape.clone(),
                cluster.count(),
            )
        })
        .collect()
}

#[test]
fn the_same_error_and_shape_is_one_cluster() {
    let letters = [
        letter(r#"{"order":1}"#, Some("KeyError: 'amount'"), 50),
        letter(
            r#"{"order":1,"card":2}"#,
            Some("CardDeclined: no for o-1"),
            40,
        ),
        letter(
            r#"{"card":3,"order":4}"#,
            Some("CardDeclined: no for o-2"),
            10,
        ),
        letter(r#"{"order":4}"#, Some("CardDeclined: no for o-2"), 20),
        letter(
            r#"{"card":3,"order":4}"#,
            Some("CardDeclined: no for o-88"),
            30,
        ),
    ];
    let clusters = Clusters::of(&letters);
    let declined = "CardDeclined: no for o-#".to_owned();
    assert_eq!(
        drawn(&clusters),
        [
            (declined.clone(), "{card,order}".into(), 3),
            ("KeyError: 'amount'".into(), "{order}".into(), 1),
            (declined, "{order}".into(), 1),
        ]
    );
    let first = clusters.by_count()[0];
    assert_eq!(first.members, [1, 2, 4]);
    assert_eq!(first.first.map(Timestamp::as_second), Some(10));
    assert_eq!(first.last.map(Timestamp::as_second), Some(40));
    assert_eq!(first.error_source, Some(ErrorSource::Letter));
    assert_eq!(clusters.len(), 3);
}

#[test]
fn letters_without_an_error_cluster_by_shape_until_logs_tell() {
    let mut clusters = Clusters::default();
    let unknown = clusters.push(0, &letter(r#"{"a":1}"#, None, 0));
    clusters.push(1, &letter(r#"{"b":1}"#, None, 0));
    assert_eq!(drawn(&clusters)[0], (UNKNOWN_ERROR.into(), "{a}".into(), 1));
    let error = LetterError {
        code: None,
        kind: Some("KeyError".into()),
        is_kind_inferred: false,
        message: "'amount' of o-17".into(),
        source: ErrorSource::Logs,
    };
    clusters.tell(unknown, &error);
    assert_eq!(clusters.push(2, &letter(r#"{"a":2}"#, None, 0)), unknown);
    let told = clusters.get(unknown).expect("there");
    assert_eq!(told.headline, "KeyError: 'amount' of o-#");
    assert_eq!(
        (told.error_source, &told.members[..]),
        (Some(ErrorSource::Logs), &[0, 2][..])
    );

    let kept = clusters.push(3, &letter("{}", Some("its own"), 0));
    clusters.tell(kept, &error);
    assert_eq!(
        clusters.get(kept).map(|found| found.headline.as_str()),
        Some("its own")
    );
    clusters.tell(99, &error);
}

#[test]
fn a_letter_that_says_unknown_error_is_not_one_that_says_nothing() {
    let clusters = Clusters::of(&[letter("{}", None, 0), letter("{}", Some(UNKNOWN_ERROR), 0)]);
    assert_eq!(clusters.len(), 2);
}

proptest! {
    #[test]
    fn every_letter_is_in_exactly_one_cluster(
        letters in prop::collection::vec(("[ab]{1,2}", prop::option::of("[ab1-9 ]{0,4}")), 0..40)
    ) {
        let letters: Vec<Letter> = letters
            .iter()
            .map(|(key, error)| letter(&format!("{{\"{key}\":1}}"), error.as_deref(), 0))
            .collect();
        let clusters = Clusters::of(&letters);
        let mut members: Vec<u32> = clusters
            .by_count()
            .iter()
            .flat_map(|cluster| cluster.members.iter().copied())
            .collect();
        members.sort_unstable();
        prop_assert_eq!(members, (0..letters.len() as u32).collect::<Vec<_>>());
    }
}
