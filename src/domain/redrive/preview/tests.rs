use super::*;
use crate::domain::{
    letter::decode::{Known, decode},
    queue::{OpenQueue, QueueUrl},
    redrive::{
        Chosen, Pace, route,
        tests::{SOURCE, TARGET, message, plan},
    },
    secret::Secret,
};

fn letters(count: usize) -> Vec<Letter> {
    (0..count)
        .map(|number| {
            let mut message = message(&format!("m{number}"), &format!("{{\"n\":{number}}}"));
            message.system.sent = Some("2026-11-20T02:00:00Z".parse().expect("a time"));
            message.system.dead_letter_source = Some(Arn::new(TARGET));
            decode(message, &Known::default())
        })
        .collect()
}

fn facts() -> Facts {
    Facts {
        source: QueueAttributes {
            visible: 1_000,
            ..QueueAttributes::default()
        },
        targets: vec![TargetQueue {
            queue: OpenQueue::sample(
                TARGET,
                QueueAttributes {
                    visibility_timeout_s: Some(40),
                    max_receive_count: Some(3),
                    maximum_bytes: Some(1_000),
                    ..QueueAttributes::default()
                },
            ),
            feeds: Vec::new(),
        }],
        ..Facts::default()
    }
}

fn selection(ids: std::ops::Range<usize>) -> Scope {
    Scope::Selection(
        ids.map(|number| Chosen {
            id: format!("m{number}").into(),
            edited: None,
        })
        .collect(),
    )
}

#[test]
fn a_selection_is_exact_with_its_calls_and_their_cost() {
    let plan = Plan {
        scope: selection(0..25),
        pace: Pace {
            canary: true,
            ..Pace::default()
        },
        ..plan()
    };
    let preview = preview(&plan, &letters(30), &facts());
    assert_eq!(preview.count, Count::Exact(25));
    assert_eq!(
        preview.calls,
        [("SendMessageBatch", 3), ("DeleteMessageBatch", 3)]
    );
    assert!((preview.dollars - 6.0 * 0.000_000_4).abs() < 1e-12);
    assert_eq!(preview.canary_s, Some(184));
    assert!(preview.can_start(), "{:?}", preview.blocks);
}

#[test]
fn a_queue_is_estimated_by_its_sample() {
    let plan = Plan {
        scope: Scope::Standing {
            filter: Some("jq:.n < 5".into()),
            limit: None,
        },
        ..plan()
    };
    let preview = preview(&plan, &letters(20), &facts());
    assert_eq!(
        preview.count,
        Count::Sampled {
            sampled: 20,
            fits: 5,
            total: 1_000
        }
    );
    assert_eq!(preview.count.estimate(), 250);
    assert!(preview.calls.contains(&("SendMessageBatch", 25)));
}

#[test]
fn a_failed_edit_blocks_and_is_told_with_its_reason() {
    let plan = Plan {
        scope: selection(0..3),
        edit: Some("if .n == 1 then error(\"no\") elif .n == 2 then . else .n = 9 end".into()),
        ..plan()
    };
    let preview = preview(&plan, &letters(3), &facts());
    assert_eq!((preview.edited, preview.unchanged), (1, 1));
    assert_eq!(preview.failed_edits.count, 1);
    assert!(
        preview.blocks[0].contains("edit fails on 1"),
        "{:?}",
        preview.blocks
    );
}

#[test]
fn what_cannot_go_is_told_before() {
    let mut letters = letters(2);
    letters[0].message.body = Secret::new("x".repeat(2_000).into());
    letters[1].message.system.dead_letter_source = Some(Arn::new(SOURCE));
    let plan = Plan {
        scope: selection(0..2),
        destination: Destination::Source,
        ..plan()
    };
    let preview = preview(&plan, &letters, &facts());
    assert_eq!(preview.refused.count, 2, "{preview:?}");
    assert!(!preview.can_start());
}

#[test]
fn a_running_move_task_and_the_source_itself_block() {
    let mut facts = facts();
    facts.task = Some(MoveTask {
        handle: None,
        status: "RUNNING".into(),
        source: None,
        destination: None,
        per_second: None,
        moved: 0,
        to_move: None,
        failure: None,
        started: None,
    });
    let plan = Plan {
        destination: Destination::Queue {
            arn: Arn::new(SOURCE),
            url: QueueUrl::new("https://sqs/x"),
        },
        ..plan()
    };
    let preview = preview(&plan, &letters(1), &facts);
    assert_eq!(preview.blocks.len(), 2, "{:?}", preview.blocks);
}

#[test]
fn a_journal_is_promised_only_where_one_is_kept() {
    let mut facts = facts();
    for (has_no_journal, told) in [(false, "survives a crash"), (true, "no journal is kept")] {
        facts.has_no_journal = has_no_journal;
        let notes = preview(&plan(), &letters(1), &facts).notes.join("; ");
        assert!(notes.contains(told), "{notes}");
    }
}

#[test]
fn what_was_sent_before_is_only_deleted() {
    let mut facts = facts();
    facts.already_sent.insert(Key::of("m0"));
    let preview = preview(&plan(), &letters(2), &facts);
    assert_eq!(preview.already_sent, 1);
    assert_eq!(
        preview
            .destinations
            .iter()
            .map(|(_, count)| count)
            .sum::<u64>(),
        1
    );
    assert!(
        preview
            .notes
            .iter()
            .any(|note| note.contains("earlier plan"))
    );
}

fn standing(filter: Option<&str>, limit: Option<u64>) -> Plan {
    Plan {
        scope: Scope::Standing {
            filter: filter.map(str::to_owned),
            limit,
        },
        ..plan()
    }
}

#[test]
fn letters_that_are_the_whole_queue_are_counted_not_estimated() {
    let facts = Facts {
        is_whole: true,
        ..facts()
    };
    let preview = preview(&standing(Some("jq:.n < 5"), None), &letters(20), &facts);
    assert_eq!((preview.count, preview.fits), (Count::Exact(5), 5));
}

#[test]
fn beyond_the_limit_no_letter_is_the_plans() {
    let preview = preview(&standing(None, Some(3)), &letters(20), &facts());
    assert_eq!((preview.count, preview.fits), (Count::Exact(3), 3));
    assert_eq!(preview.destinations[0].1, 3);
}

#[test]
fn a_queue_that_was_not_looked_at_has_its_calls_all_the_same() {
    let preview = preview(&standing(None, None), &[], &facts());
    assert_eq!(preview.count.estimate(), 1_000);
    assert!(preview.calls.contains(&("SendMessageBatch", 100)));
}

#[test]
fn letters_whose_destination_is_gone_cannot_go() {
    let mut facts = facts();
    facts.targets.clear();
    facts
        .barred
        .insert(Arn::new(TARGET), route::not_there(&Arn::new(TARGET)));
    let preview = preview(&standing(None, None), &letters(2), &facts);
    assert_eq!((preview.refused.count, preview.fits), (2, 2));
    assert!(preview.refused.named[0].1.contains("is not there"));
}

#[test]
fn an_unchanged_letter_that_cannot_go_is_counted_once() {
    let mut letters = letters(1);
    letters[0].message.body = Secret::new("1".repeat(2_000).into());
    let plan = Plan {
        edit: Some(".".into()),
        ..standing(None, None)
    };
    let preview = preview(&plan, &letters, &facts());
    assert_eq!((preview.refused.count, preview.unchanged), (1, 0));
}

#[test]
fn a_filter_that_fails_on_a_letter_leaves_it_out_and_says_so() {
    let plan = standing(Some("jq:.n.deep.deeper"), None);
    let preview = preview(&plan, &letters(2), &facts());
    assert_eq!((preview.fits, preview.not_judged.count), (0, 2));
    assert!(!preview.is_clean());
    let is_said = |note: &String| note.contains("2 of the letters looked at stay");
    assert!(preview.notes.iter().any(is_said), "{:?}", preview.notes);
}

#[test]
fn where_nothing_goes_there_is_no_call_and_no_price() {
    let mut letters = letters(25);
    for letter in &mut letters {
        letter.message.system.dead_letter_source = Some(Arn::new(SOURCE));
    }
    let plan = Plan {
        scope: selection(0..25),
        destination: Destination::Source,
        ..plan()
    };
    let nothing = preview(&plan, &letters, &facts());
    assert_eq!(nothing.refused.count, 25);
    assert_eq!((nothing.calls.len(), nothing.dollars), (0, 0.0));
    for letter in &mut letters[..5] {
        letter.message.system.dead_letter_source = Some(Arn::new(TARGET));
    }
    let some = preview(&plan, &letters, &facts());
    assert_eq!(
        some.calls,
        [("SendMessageBatch", 1), ("DeleteMessageBatch", 1)],
        "those that stay are not deleted"
    );
}

#[test]
fn a_record_without_an_event_is_refused_by_its_source_and_noted_for_an_archive() {
    let body = r#"{"context":{"condition":"x"},"KinesisBatchInfo":{"shardId":"s"}}"#;
    let letter = decode(message("m0", body), &Known::default());
    let url = QueueUrl::new("https://sqs.eu-west-1.amazonaws.com/000000000000/q");
    let named = Plan {
        scope: selection(0..1),
        destination: Destination::Queue {
            arn: Arn::new(TARGET),
            url,
        },
        ..plan()
    };
    let to = |dead_letter: Option<Arn>| {
        let attributes = QueueAttributes {
            dead_letter,
            ..QueueAttributes::default()
        };
        let facts = Facts {
            targets: vec![TargetQueue {
                queue: OpenQueue::sample(TARGET, attributes),
                feeds: Vec::new(),
            }],
            ..Facts::default()
        };
        preview(&named, std::slice::from_ref(&letter), &facts)
    };
    let source = to(Some(Arn::new(SOURCE)));
    assert_eq!(source.refused.count, 1, "{source:?}");
    assert!(!source.can_start() && source.destinations.is_empty());
    let archive = to(None);
    assert_eq!(archive.refused.count, 0, "{archive:?}");
    let notes = archive.notes.join("\n");
    assert!(notes.contains("1 hold no payload"), "{notes}");
}
