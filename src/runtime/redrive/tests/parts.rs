//! Every letter is in one part of a plan: chosen, not chosen, could not be judged. The dry run and
//! the run put it into the same one, and give the same reasons.

use proptest::prelude::*;

use super::kit::{World, arn, end};
use crate::{
    demo::Stored,
    domain::{
        dead_letters::DeadLetterQueue,
        function::Arn,
        letter::decode::decode,
        queue::{QueueAttributes, Receive},
        redrive::{
            Destination, End, Plan, Progress, Scope,
            preview::{Facts, Preview, preview},
        },
    },
    ports::Queues as _,
    runtime::prepare,
};

fn standing(filter: &str) -> Scope {
    Scope::Standing {
        filter: (!filter.is_empty()).then(|| filter.to_owned()),
        limit: None,
    }
}

impl World {
    /// Puts letters of a minute ago into the dead-letter queue.
    fn put(&self, letters: impl IntoIterator<Item = (String, Option<Arn>)>) {
        let sent_ms = self.clock.now().as_millisecond() - 60_000;
        let letters = letters.into_iter().map(|(body, source)| Stored {
            sent_ms,
            source,
            receive_count: 3,
            ..Stored::of(body)
        });
        self.session.put(&self.dlq, letters.collect::<Vec<_>>());
    }

    /// What the dry run says of the whole queue.
    async fn dry_run(&self, plan: &Plan) -> Preview {
        let url = self.url(&self.dlq);
        let mut messages = Vec::new();
        loop {
            let receive = Receive {
                max: 10,
                visibility_s: 120,
                wait_s: 1,
            };
            let received = self.session.receive(&url, receive).await.expect("received");
            if received.is_empty() {
                break;
            }
            messages.extend(received);
        }
        let handles: Vec<_> = messages.iter().map(|one| one.handle.clone()).collect();
        let gate = self.gate();
        for handles in handles.chunks(10) {
            let given = self.session.change_visibility(&url, handles, 0).await;
            given.expect("given back");
        }
        let known = DeadLetterQueue {
            arn: plan.source.clone(),
            url: Some(url),
            attributes: None,
            feeders: Vec::new(),
            consumers: Vec::new(),
            added: false,
        };
        let gathered =
            prepare::gather(&gate, &self.journals(), plan, &known, messages.iter()).await;
        let facts = Facts {
            is_whole: true,
            ..gathered.expect("readable").facts
        };
        let known = self.known();
        let letters = messages.into_iter().map(|message| decode(message, &known));
        preview(plan, &letters.collect::<Vec<_>>(), &facts)
    }
}

/// What both say must be the same.
fn agree(dry_run: &Preview, last: &Progress, what: &str) {
    let tally = &last.tally;
    assert!(tally.adds_up(), "{what}: {tally:?}");
    let stay = dry_run.failed_edits.count + dry_run.refused.count;
    assert_eq!(
        dry_run.looked_at,
        dry_run.fits + dry_run.not_chosen + dry_run.not_judged.count + dry_run.already_sent,
        "{what}: {dry_run:?}"
    );
    assert_eq!(tally.read, dry_run.looked_at, "{what}");
    assert_eq!(tally.released, dry_run.not_chosen, "{what}");
    assert_eq!(tally.not_judged, dry_run.not_judged.count, "{what}");
    assert_eq!(tally.failed, stay, "{what}");
    assert_eq!(
        tally.moved + tally.deleted,
        dry_run.fits - stay + dry_run.already_sent,
        "{what}"
    );
    assert_eq!(tally.edited, dry_run.edited, "{what}");
    assert_eq!(tally.inferred, dry_run.inferred, "{what}");
    assert_eq!(tally.is_clean(), dry_run.is_clean(), "{what}");
    let reasons = dry_run.reasons();
    assert_eq!(last.reasons.len(), reasons.len(), "{what}");
    for (reason, count) in &last.reasons {
        assert_eq!(reasons.get(reason), Some(count), "{what}: {reason}");
    }
    assert_eq!(
        last.failures.len() as u64,
        tally.failed + tally.not_judged,
        "{what}: each is named"
    );
}

/// Bodies with `n`, among them what a reader of values refuses or rounds.
fn body(n: u8, kind: usize) -> String {
    let deep = || format!("{}{}", "[".repeat(300), "]".repeat(300));
    match kind {
        0 => format!("{{\"n\":{n}}}"),
        1 => format!("{{\"n\":{n},\"text\":\"cut \\ud83d\"}}"),
        2 => format!("{{\"n\":{n},\"e\":1E400}}"),
        3 => format!("{{\"n\":{n},\"d\":{}}}", deep()),
        4 => format!("{{\"n\":{n},\"n\":{n}}}"),
        5 => format!("{{\"n\":\"{n}\",\"id\":18446744073709551616123}}"),
        6 => format!("[{n}]"),
        _ => format!("no json {n}"),
    }
}

const FILTERS: [&str; 9] = [
    "",
    "jq:.n < 5",
    "jq:.n | tonumber < 5",
    "n<5",
    "!n<5",
    "json jq:.n == 7",
    "jq:.n.deep",
    "jq:if .n > 6 then error(\"no\") else .n > 2 end",
    "n>2 !jq:.n > 6",
];

const EDITS: [Option<&str>; 4] = [
    None,
    Some(".n |= tonumber"),
    Some("."),
    Some("if .n == 3 then error(\"not three\") else .n = 1 end"),
];

#[derive(Debug, Clone)]
struct Case {
    letters: Vec<(u8, usize, usize)>,
    filter: usize,
    edit: usize,
    destination: usize,
}

fn case() -> impl Strategy<Value = Case> {
    let letters = prop::collection::vec((0..10_u8, 0..8_usize, 0..4_usize), 0..24);
    (letters, 0..FILTERS.len(), 0..EDITS.len(), 0..5_usize).prop_map(
        |(letters, filter, edit, destination)| Case {
            letters,
            filter,
            edit,
            destination,
        },
    )
}

async fn check(case: &Case) {
    let world = World::new(false);
    world.session.create_queue(
        "small",
        QueueAttributes {
            maximum_bytes: Some(40),
            ..QueueAttributes::default()
        },
    );
    let sources = [
        Some(arn(&world.main)),
        Some(arn("small")),
        Some(arn("gone")),
        None,
    ];
    world.put(
        case.letters
            .iter()
            .map(|&(n, kind, source)| (body(n, kind), sources[source].clone())),
    );
    let mut plan = world.plan();
    plan.scope = standing(FILTERS[case.filter]);
    plan.edit = EDITS[case.edit].map(str::to_owned);
    plan.destination = match case.destination {
        0 => Destination::Source,
        1 => world.to_queue("small"),
        3 => Destination::SourceOr {
            inferred: arn(&world.main),
        },
        2 => Destination::Invoke {
            function: Arn::new("arn:aws:lambda:eu-west-1:000000000000:function:payments-charge"),
            qualifier: None,
        },
        _ => Destination::Delete,
    };
    let what = format!("{case:?}");
    let dry_run = world.dry_run(&plan).await;
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete, "{what}");
    agree(&dry_run, &last, &what);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_dry_run_and_the_run_agree_on_every_count(case in case()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(check(&case));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_chosen_cannot_fail() {
    let world = World::new(false);
    world.put((0..20).map(|n| (format!("{{\"n\":{n}}}"), None)));
    let mut plan = world.plan();
    plan.scope = standing("jq:.n < 5");
    let dry_run = world.dry_run(&plan).await;
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    agree(&dry_run, &last, "no source");
    assert_eq!((last.tally.failed, last.tally.released), (5, 15));
    // Nor where its queue is gone, or cannot be asked.
    let world = World::new(false);
    world.put((0..4).map(|n| (format!("{{\"n\":{n}}}"), Some(arn("gone")))));
    plan.scope = standing("n=9");
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!((last.tally.failed, last.tally.released), (0, 4));
    assert!(last.tally.is_clean());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_judged_stays_and_is_named_with_its_reason() {
    let world = World::new(false);
    let source = || Some(arn(&world.main));
    world.put([0, 1, 2, 3].map(|kind| (body(7, kind), source())));
    let mut plan = world.plan();
    plan.scope = standing("jq:.n == 7");
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(
        (last.tally.moved, last.tally.not_judged),
        (2, 2),
        "{last:?}"
    );
    assert!(!last.tally.is_clean());
    assert_eq!(last.failures.len(), 2);
    for reason in ["half of a surrogate pair", "nested too deeply"] {
        let is_told = |(why, count): &(String, u64)| why.contains(reason) && *count == 1;
        assert!(last.reasons.iter().any(is_told), "{:?}", last.reasons);
    }
    // They lie where they were, byte for byte, and can be received at once.
    let left = world.bodies(&world.dlq);
    assert!(left.contains_key(&body(7, 1)) && left.contains_key(&body(7, 3)));
    assert_eq!(world.hold(2).await.len(), 2);
    assert!(
        world.bodies(&world.main).contains_key(&body(7, 2)),
        "1E400 as sent"
    );
}

#[tokio::test(start_paused = true)]
async fn a_limit_counts_chosen_letters_only() {
    let world = World::new(false);
    let source = || Some(arn(&world.main));
    let kinds = [7, 7, 7, 0, 0, 0, 0];
    world.put(kinds.map(|kind| (body(1, kind), source())));
    let mut plan = world.plan();
    plan.scope = Scope::Standing {
        filter: Some("jq:.n == 1".into()),
        limit: Some(3),
    };
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(last.tally.moved, 3, "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn on_fifo_nothing_overtakes_what_could_not_be_judged() {
    let world = World::new(true);
    let sent_ms = world.clock.now().as_millisecond() - 60_000;
    let letters = [("g", "no json"), ("g", "{\"n\":1}"), ("h", "{\"n\":1}")];
    let letters = letters
        .into_iter()
        .enumerate()
        .map(|(at, (group, body))| Stored {
            sent_ms,
            source: Some(arn(&world.main)),
            group: Some(group.into()),
            deduplication_id: Some(format!("old-{at}")),
            ..Stored::of(body)
        });
    world.session.put(&world.dlq, letters.collect::<Vec<_>>());
    let mut plan = world.plan();
    plan.scope = standing("jq:.n == 1");
    let dry_run = world.dry_run(&plan).await;
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    let tally = &last.tally;
    assert_eq!((tally.moved, tally.not_judged), (1, 1), "{last:?}");
    assert_eq!((dry_run.fits, dry_run.not_judged.count), (2, 1));
    assert_eq!(dry_run.refused.count, 1, "{dry_run:?}");
    assert!(world.bodies(&world.dlq).contains_key("{\"n\":1}"));
}
