//! The work of configure over the simulated account, under a paused clock.

use std::{collections::BTreeMap, time::Duration};

use tokio::sync::mpsc;

use super::*;
use crate::{
    demo::{self, Faults},
    domain::{
        draft::{
            Draft, Field, Item, assignment,
            plan::Plan,
            record::{Ended, Report, StepState},
            stop::Move,
        },
        function::Arn,
        secret::Secret,
        session::{SessionId, Target},
    },
    ports::{ErrorKind, Operation},
    runtime::{
        access::Access,
        activity::ActivityLog,
        clock::Clock,
        configure::files::StateFiles,
        gate::Gate,
        runner::{ACTIONS, Runner},
    },
    settings::{Paths, Protected},
    store::{
        Effect, Key, RunId, RunWork, Work as AnyWork,
        configure::{Apply, Asked, FunctionReview, Memory, Place, Seen, Wish},
        effect::Control,
        identity::FunctionKey,
    },
};

const SESSION: SessionId = SessionId(1);
const CHARGE: &str = "payments-charge";
const ORDERS: &str = "orders-consumer";

struct World {
    provider: demo::Provider,
    runner: Runner,
    actions: mpsc::Receiver<store::Action>,
    files: StateFiles,
    root: tempfile::TempDir,
    runs: u64,
}

impl World {
    async fn open() -> Self {
        let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
        let provider = demo::Provider::new(demo::Options::new(clock.as_fn()));
        let session = provider.session(&Target::default()).expect("opens");
        let root = tempfile::tempdir().expect("temporary directory");
        let (sender, actions) = mpsc::channel(ACTIONS);
        let files = StateFiles::in_memory();
        let access = Access::new(false, false, Protected::default());
        let shared = Shared::new(
            Arc::new(provider.clone()),
            clock.clone(),
            access.clone(),
            ActivityLog::nowhere(),
            Paths::under(root.path()),
            sender,
        )
        .with_edits(files.clone());
        let log = Arc::clone(&shared.activity);
        let gate = Gate::new(Box::new(session), None, access, log, clock);
        gate.identify().await.expect("known");
        shared.keep_gate(SESSION, Arc::new(gate));
        Self {
            provider,
            runner: Runner::new(shared),
            actions,
            files,
            root,
            runs: 0,
        }
    }

    async fn ask(&mut self, work: Work) -> Action {
        let ticket = Ticket {
            key: Key {
                session: Some(SESSION),
                name: "configure.test",
                subject: String::new(),
            },
            generation: 1,
        };
        let work = AnyWork::Configure(work);
        self.runner.perform(Effect::Query(ticket, work));
        self.next().await
    }

    async fn next(&mut self) -> Action {
        match self.actions.recv().await.expect("the runner lives") {
            store::Action::Configure(action) => action,
            other => panic!("{other:?}"),
        }
    }

    async fn review_of(
        &mut self,
        wish: Wish,
        functions: &[&str],
    ) -> Result<Vec<FunctionReview>, String> {
        let asked = Asked {
            session: SESSION,
            functions: functions.iter().map(|name| Arn::new(*name)).collect(),
            wish,
            seen: BTreeMap::new(),
        };
        match self.ask(Work::Review(Box::new(asked))).await {
            Action::Reviewed(_, answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    async fn review(&mut self, wish: Wish, functions: &[&str]) -> Vec<FunctionReview> {
        self.review_of(wish, functions).await.expect("reviews")
    }

    fn begin(&mut self, wish: &Wish, reviews: &[FunctionReview]) -> RunId {
        let plans = reviews
            .iter()
            .map(|function_review| plan(function_review).clone())
            .collect();
        let apply = Apply {
            session: SESSION,
            plans,
            wish: wish.clone(),
        };
        self.runs += 1;
        let id = RunId(self.runs);
        let work = RunWork::Apply(Box::new(apply));
        self.runner.perform(Effect::Run(id, SESSION, work));
        id
    }

    async fn finish(&mut self) -> (Vec<Result<Report, String>>, Memory, usize) {
        let (mut ends, mut progress) = (Vec::new(), 0);
        loop {
            match self.next().await {
                Action::Progress(..) => progress += 1,
                Action::Ended(_, number, end) => {
                    assert_eq!(number, ends.len(), "in their order");
                    ends.push(end.map(|report| *report));
                }
                Action::Finished(_, memory) => return (ends, memory, progress),
                other => panic!("{other:?}"),
            }
        }
    }

    /// Reviews and applies, for one function.
    async fn carry_out(&mut self, wish: Wish, function: &str) -> (Report, Memory) {
        let reviews = self.review(wish.clone(), &[function]).await;
        self.begin(&wish, &reviews);
        let (ends, memory, _) = self.finish().await;
        let [end] = ends.try_into().expect("one function");
        (end.expect("sent"), memory)
    }

    async fn load(&mut self, function: &str) -> crate::store::configure::Loaded {
        let key = FunctionKey {
            session: SESSION,
            arn: Arn::new(function),
        };
        match self.ask(Work::Load(key)).await {
            Action::Loaded(_, _, answer) => *answer.expect("read"),
            other => panic!("{other:?}"),
        }
    }
}

fn plan(function_review: &FunctionReview) -> &Plan {
    function_review
        .plan
        .as_deref()
        .unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn edit(words: &[&str]) -> Wish {
    Wish::Edit(Box::new(assignment::parse(words).expect("assignments")))
}

#[tokio::test(start_paused = true)]
async fn all_of_a_function_is_read_and_what_is_denied_is_a_note() {
    let mut world = World::open().await;
    let loaded = world.load(CHARGE).await;
    assert!(loaded.notes.is_empty(), "{:?}", loaded.notes);
    assert!(
        loaded
            .versions
            .iter()
            .any(|version| version.version == "42")
    );
    assert!(loaded.snapshot.setting(Field::Recursion).is_some());
    assert!(loaded.snapshot.urls.is_some() && loaded.snapshot.tags.is_some());
    world.provider.inject(Faults {
        deny: vec![Operation::ListTags, Operation::ListVersionsByFunction],
        ..Faults::default()
    });
    let loaded = world.load(CHARGE).await;
    let denied: Vec<Operation> = loaded.notes.iter().map(|note| note.operation).collect();
    assert_eq!(
        denied,
        [Operation::ListTags, Operation::ListVersionsByFunction]
    );
    assert_eq!(loaded.snapshot.tags, None);
}

#[tokio::test(start_paused = true)]
async fn there_are_queues_layers_and_roles_to_choose_from() {
    let mut world = World::open().await;
    let Action::Suggested(_, all) = world.ask(Work::Suggest(SESSION)).await else {
        panic!("suggestions");
    };
    assert!(
        all.queues
            .iter()
            .any(|arn| arn.resource_name() == "payments-dlq")
    );
    assert!(!all.layers.is_empty() && !all.roles.is_empty());
    assert!(
        all.roles.is_sorted_by(|left, right| left < right),
        "each once"
    );
    world.provider.inject(Faults {
        deny: vec![Operation::ListLayers],
        ..Faults::default()
    });
    let Action::Suggested(_, some) = world.ask(Work::Suggest(SESSION)).await else {
        panic!("suggestions");
    };
    assert_eq!(some.notes.len(), 1);
    assert_eq!((some.layers.len(), &some.queues), (0, &all.queues));
}

#[tokio::test(start_paused = true)]
async fn two_functions_and_two_versions_stand_side_by_side() {
    let mut world = World::open().await;
    let place = |function: &str, qualifier: Option<&str>| {
        Box::new(Place {
            function: Arn::new(function),
            qualifier: qualifier.map(str::to_owned),
        })
    };
    let work = Work::Compare(SESSION, place(CHARGE, None), place(ORDERS, None));
    let Action::Compared(_, Ok(two)) = world.ask(work).await else {
        panic!("a comparison");
    };
    let mut rows = two.rows.iter();
    assert!(rows.any(|(item, ..)| *item == Item::Setting(Field::Handler)));
    let work = Work::Compare(
        SESSION,
        place(CHARGE, Some("live")),
        place(CHARGE, Some("42")),
    );
    let Action::Compared(_, Ok(same)) = world.ask(work).await else {
        panic!("a comparison");
    };
    assert!(same.rows.is_empty() && same.same > 5, "{same:?}");
    let work = Work::Compare(SESSION, place(CHARGE, Some("7")), place(CHARGE, None));
    assert!(matches!(world.ask(work).await, Action::Compared(_, Err(_))));
}

#[tokio::test(start_paused = true)]
async fn a_draft_for_many_is_planned_and_carried_out_for_each() {
    let mut world = World::open().await;
    let wish = edit(&["memory=777", "env.NEW=yes"]);
    let reviews = world
        .review(wish.clone(), &[CHARGE, ORDERS, "no-such"])
        .await;
    assert!(
        reviews[2]
            .plan
            .as_ref()
            .is_err_and(|problems| problems[0].item == "no-such")
    );
    let mut warnings = reviews[0].warnings.iter();
    assert!(
        warnings.any(|warning| warning.contains("$LATEST")),
        "{reviews:?}"
    );
    let id = world.begin(&wish, &reviews[..2]);
    let (ends, memory, progress) = world.finish().await;
    assert!(progress > 0, "run {id:?} told of its steps");
    assert!(
        ends.iter()
            .all(|end| end.as_ref().is_ok_and(|it| it.ended == Ended::Done))
    );
    assert_eq!(memory, nothing_kept());
    for function in [CHARGE, ORDERS] {
        let now = world.load(function).await.snapshot;
        assert_eq!(now.setting(Field::Memory), Some("777"));
    }
    assert!(
        std::fs::read_dir(world.root.path())
            .expect("there")
            .next()
            .is_none()
    );
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_leaves_the_others_to_go_on_and_a_denial_does_not() {
    for (kind, goes_on) in [(ErrorKind::Invalid, true), (ErrorKind::Denied, false)] {
        let mut world = World::open().await;
        let wish = edit(&["recursion=Allow"]);
        let reviews = world.review(wish.clone(), &[CHARGE, ORDERS]).await;
        world.provider.inject(Faults {
            fail: vec![(Operation::PutFunctionRecursionConfig, kind)],
            ..Faults::default()
        });
        world.begin(&wish, &reviews);
        let (ends, ..) = world.finish().await;
        assert!(matches!(&ends[0], Ok(report) if matches!(report.ended, Ended::Failed(_))));
        assert_eq!(ends[1].is_ok(), goes_on, "{kind:?} {ends:?}");
        let calls = world.provider.calls(Operation::PutFunctionRecursionConfig);
        assert_eq!(calls, if goes_on { 2 } else { 1 });
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_leaves_the_functions_that_were_not_begun() {
    let mut world = World::open().await;
    let wish = edit(&["memory=777"]);
    // The first is being deployed: it is waited for.
    let reviews = world.review(wish.clone(), &[ORDERS, CHARGE]).await;
    let id = world.begin(&wish, &reviews);
    tokio::time::sleep(Duration::from_secs(2)).await;
    world.runner.perform(Effect::Control(id, Control::Stop));
    let (ends, ..) = world.finish().await;
    assert!(
        matches!(&ends[0], Ok(report) if report.ended == Ended::Stopped),
        "{ends:?}"
    );
    assert!(
        ends[1].as_ref().is_err_and(|why| why.contains("stopped")),
        "{ends:?}"
    );
    assert_eq!(
        world.provider.calls(Operation::UpdateFunctionConfiguration),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn a_closed_session_sends_nothing() {
    let mut world = World::open().await;
    let wish = edit(&["memory=777"]);
    let reviews = world.review(wish.clone(), &[CHARGE]).await;
    world.runner.perform(Effect::Close(SESSION));
    world.begin(&wish, &reviews);
    let (ends, ..) = world.finish().await;
    assert!(
        ends[0].as_ref().is_err_and(|why| why.contains("closed")),
        "{ends:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn each_move_is_reviewed_stopped_and_restored_within_the_demo_account() {
    let moves = [
        Move::PauseTriggers,
        Move::ConcurrencyZero,
        Move::AliasBack {
            alias: "live".into(),
            version: None,
        },
        Move::Weight {
            alias: "live".into(),
            version: Some("18".into()),
            share: 0.2,
        },
    ];
    for stop in moves {
        let mut world = World::open().await;
        let before = world.load(ORDERS).await.snapshot;
        let reviews = world.review(Wish::Stop(stop.clone()), &[ORDERS]).await;
        assert!(!reviews[0].warnings.is_empty(), "{stop:?}");
        let (report, memory) = world.carry_out(Wish::Stop(stop.clone()), ORDERS).await;
        assert_eq!(report.ended, Ended::Done, "{stop:?}");
        let [card] = memory.cards.try_into().expect("a card");
        assert!(card.account.is_some(), "{card:?}");
        let again = world.review(Wish::Stop(stop.clone()), &[ORDERS]).await;
        assert!(
            again[0].plan.as_ref().map_or(true, |plan| plan.is_empty()),
            "{stop:?}"
        );
        let restore = Wish::Restore(Box::new(card));
        let (report, memory) = world.carry_out(restore, ORDERS).await;
        assert_eq!(report.ended, Ended::Done, "{stop:?}");
        assert!(memory.cards.is_empty(), "{stop:?}");
        let now = world.load(ORDERS).await.snapshot;
        assert_eq!(before.unlike(&now), Vec::<Item>::new());
        assert_eq!(before.routing("live"), now.routing("live"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_trigger_that_was_deleted_meanwhile_is_a_warning_of_the_restore() {
    let mut world = World::open().await;
    let (_, memory) = world
        .carry_out(Wish::Stop(Move::PauseTriggers), ORDERS)
        .await;
    let mut card = memory.cards[0].clone();
    card.earlier.enable("gone", true);
    let reviews = world.review(Wish::Restore(Box::new(card)), &[ORDERS]).await;
    assert!(
        reviews[0]
            .warnings
            .iter()
            .any(|w| w.contains("trigger gone")),
        "{reviews:?}"
    );
    assert_eq!(plan(&reviews[0]).calls.len(), 1);
}

/// A list that could not be read is not empty: the card would be put away and nothing restored.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_neither_gone_nor_so_already() {
    let mut world = World::open().await;
    let stop = Wish::Stop(Move::PauseTriggers);
    let (_, memory) = world.carry_out(stop.clone(), ORDERS).await;
    let [card] = memory.cards.as_slice() else {
        panic!("{:?}", memory.cards);
    };
    let (restore, revert) = (
        Wish::Restore(Box::new(card.clone())),
        Wish::Revert(card.id.clone()),
    );
    world.provider.inject(Faults {
        deny: vec![Operation::ListEventSourceMappings],
        ..Faults::default()
    });
    for wish in [restore, revert, stop] {
        let reviews = world.review(wish, &[ORDERS]).await;
        let problems = reviews[0].plan.as_ref().expect_err("unread");
        assert!(
            problems[0].message.contains("could not be read"),
            "{problems:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_another_process_restores_or_carries_out_is_not_planned() {
    let mut world = World::open().await;
    let stop = Wish::Stop(Move::ConcurrencyZero);
    let (report, memory) = world.carry_out(stop, ORDERS).await;
    let record = world.files.record(&report.id).expect("kept");
    let underway = world.files.begin(&record).expect("locked");
    let revert = Wish::Revert(report.id);
    let why = world
        .review_of(revert.clone(), &[])
        .await
        .expect_err("busy");
    assert!(why.contains("being carried out"), "{why}");
    drop(underway);
    assert!(world.review_of(revert, &[]).await.is_ok());
    let card = memory.cards[0].clone();
    world.files.take(&card.id).expect("taken");
    let restore = Wish::Restore(Box::new(card));
    let why = world.review_of(restore, &[]).await.expect_err("gone");
    assert!(why.contains("restored meanwhile"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_restore_says_what_another_has_changed_since() {
    let mut world = World::open().await;
    let stop = Wish::Stop(Move::ConcurrencyZero);
    let (_, memory) = world.carry_out(stop, ORDERS).await;
    let restore = Wish::Restore(Box::new(memory.cards[0].clone()));
    let reviews = world.review(restore.clone(), &[]).await;
    assert_eq!(reviews[0].moved_on, []);
    let by_hand = edit(&["reserved_concurrency=9"]);
    world.carry_out(by_hand, ORDERS).await;
    let reviews = world.review(restore, &[]).await;
    let told = reviews[0].warnings.join("\n");
    assert!(
        told.contains("reserved_concurrency is no longer what"),
        "{told}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_card_and_an_edit_of_elsewhere_are_refused() {
    let mut world = World::open().await;
    let (report, memory) = world
        .carry_out(Wish::Stop(Move::ConcurrencyZero), ORDERS)
        .await;
    let mut card = memory.cards[0].clone();
    card.account = Some("999999999999".into());
    let refused = world
        .review_of(Wish::Restore(Box::new(card)), &[ORDERS])
        .await;
    assert!(refused.expect_err("elsewhere").contains("999999999999"));
    let mut record = world.files.record(&report.id).expect("kept");
    record.region = "mars-1".into();
    world.files.keep(&record).expect("kept");
    let refused = world.review_of(Wish::Revert(report.id), &[]).await;
    assert!(refused.expect_err("elsewhere").contains("mars-1"));
    let gone = world.review_of(Wish::Rest("1-a".into()), &[]).await;
    assert!(gone.expect_err("gone").contains("no edit 1-a"));
}

#[tokio::test(start_paused = true)]
async fn a_revert_leads_back_and_says_what_moved_on() {
    let mut world = World::open().await;
    let (report, _) = world
        .carry_out(edit(&["memory=777", "timeout=40"]), CHARGE)
        .await;
    world.carry_out(edit(&["memory=900"]), CHARGE).await;
    let revert = Wish::Revert(report.id);
    let reviews = world.review(revert.clone(), &[]).await;
    let moved: Vec<&Item> = reviews[0]
        .moved_on
        .iter()
        .map(|change| &change.item)
        .collect();
    assert_eq!(moved, [&Item::Setting(Field::Memory)]);
    assert!(
        reviews[0]
            .warnings
            .iter()
            .any(|w| w.contains("memory is no longer"))
    );
    let (report, _) = world.carry_out(revert, CHARGE).await;
    assert_eq!(report.ended, Ended::Done);
    let now = world.load(CHARGE).await.snapshot;
    assert_eq!(now.setting(Field::Memory), Some("512"));
    assert_eq!(now.setting(Field::Timeout), Some("30"));
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_an_edit_that_died_is_finished_and_then_forgotten() {
    let mut world = World::open().await;
    let mut draft = assignment::parse(&["memory=777", "reserved_concurrency=7"]).expect("valid");
    draft.publish = Some("both".into());
    draft
        .environment
        .insert("NEW".into(), Some(Secret::new("ü\nü".into())));
    let draft: Draft = draft;
    world.provider.inject(Faults {
        hang: vec![Operation::PutFunctionConcurrency],
        ..Faults::default()
    });
    let (report, _) = world.carry_out(Wish::Edit(Box::new(draft)), CHARGE).await;
    assert!(matches!(report.ended, Ended::Unknown(_)));
    // As it stands on disk when the process dies in that call.
    let mut record = world.files.record(&report.id).expect("kept");
    record.ended = None;
    record.steps[2].state = StepState::Sent;
    world.files.keep(&record).expect("kept");
    world.provider.inject(Faults::default());
    let Action::Remembered(_, memory) = world.ask(Work::Remember).await else {
        panic!("a memory");
    };
    assert_eq!(memory.unfinished, [record.clone()]);

    let rest = Wish::Rest(record.id.clone());
    let reviews = world.review(rest.clone(), &[]).await;
    assert_eq!(plan(&reviews[0]).calls.len(), 1, "only what is left");
    let (report, memory) = world.carry_out(rest, CHARGE).await;
    assert_eq!(report.ended, Ended::Done);
    assert!(memory.unfinished.is_empty());
    let ended = world.files.record(&record.id).expect("kept").ended;
    assert_eq!(
        ended,
        Some(format!("interrupted; finished by {}", report.id))
    );
    assert_eq!(world.provider.calls(Operation::PublishVersion), 1);
}

#[tokio::test(start_paused = true)]
async fn a_card_can_be_dismissed() {
    let mut world = World::open().await;
    let (_, memory) = world
        .carry_out(Wish::Stop(Move::ConcurrencyZero), ORDERS)
        .await;
    let dismiss = Work::Dismiss(memory.cards[0].id.clone());
    let Action::Remembered(_, memory) = world.ask(dismiss).await else {
        panic!("a memory");
    };
    assert_eq!(memory, nothing_kept());
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_in_the_logs_is_warned_of() {
    let mut world = World::open().await;
    let seen = Seen {
        used_mb: Some(400),
        running: Some(30),
    };
    let asked = Asked {
        session: SESSION,
        functions: vec![Arn::new(CHARGE)],
        wish: edit(&["memory=256", "reserved_concurrency=7"]),
        seen: [(Arn::new(CHARGE), seen)].into(),
    };
    let Action::Reviewed(_, Ok(reviews)) = world.ask(Work::Review(Box::new(asked))).await else {
        panic!("reviews");
    };
    let all = reviews[0].warnings.join("\n");
    assert!(
        all.contains("400 MB") && all.contains("what runs now (30)"),
        "{all}"
    );
}

/// Nothing is left of what these files hold, which is gone with the process.
fn nothing_kept() -> Memory {
    Memory {
        is_fleeting: true,
        ..Memory::default()
    }
}
