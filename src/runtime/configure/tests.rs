mod cards;
mod every_call;

use std::sync::Arc as Shared;

use super::*;
use crate::{
    demo::{self, Faults},
    domain::{
        draft::{Draft, Field, Item, Snapshot, Value, assignment, update::Call},
        function::{Arn, Environment},
        session::Target,
    },
    ports::{ErrorKind, Functions as _},
    runtime::{access::Access, activity::ActivityLog},
    settings::Protected,
};

const CHARGE: &str = "payments-charge";

struct World {
    provider: demo::Provider,
    session: demo::Session,
    gate: Gate,
    clock: Clock,
    directory: tempfile::TempDir,
    files: StateFiles,
}

impl World {
    fn new() -> Self {
        Self::at(
            "2026-11-20T02:30:00Z",
            Access::new(false, false, Protected::default()),
        )
    }

    fn at(time: &str, access: Access) -> Self {
        let clock = Clock::following_tokio(time.parse().expect("a time"));
        let provider = demo::Provider::new(demo::Options::new(clock.as_fn()));
        let target = Target {
            profile: Some("prod-eu".into()),
            ..Target::default()
        };
        let session = provider.session(&target).expect("opens");
        let directory = tempfile::tempdir().expect("temporary directory");
        let log = ActivityLog::in_file(directory.path().join("activity.jsonl"));
        let gate = Gate::new(
            Box::new(session.clone()),
            target.profile,
            access,
            Shared::new(log),
            clock.clone(),
        );
        Self {
            files: StateFiles::under(directory.path()),
            provider,
            session,
            gate,
            clock,
            directory,
        }
    }

    async fn plan(&self, function: &str, draft: Draft) -> Plan {
        let function = Arn::new(function);
        let found = find(&self.gate, &function, None, Wanted::ALL).await;
        Plan::new(found.expect("found").snapshot, draft).expect("a plan")
    }

    async fn apply(&self, plan: &Plan) -> Result<Report> {
        self.apply_until(plan, &CancellationToken::new()).await
    }

    async fn apply_until(&self, plan: &Plan, stop: &CancellationToken) -> Result<Report> {
        self.apply_with(plan, stop, None).await
    }

    async fn apply_with(
        &self,
        plan: &Plan,
        stop: &CancellationToken,
        cards: Option<&Cards>,
    ) -> Result<Report> {
        let engine = Engine {
            gate: &self.gate,
            files: &self.files,
            clock: &self.clock,
            stop,
            progress: &watch::Sender::new(Progress::default()),
        };
        engine.apply(plan, cards).await
    }

    async fn now(&self, function: &str) -> Snapshot {
        let function = Arn::new(function);
        let found = find(&self.gate, &function, None, Wanted::ALL).await;
        found.expect("found").snapshot
    }

    fn record(&self, id: &str) -> Record {
        self.files.record(id).expect("a record")
    }

    fn activity(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("activity.jsonl")).unwrap_or_default()
    }
}

fn words(words: &[&str]) -> Draft {
    assignment::parse(words).expect("assignments")
}

fn three_steps() -> Draft {
    words(&[
        "memory=1024",
        "env.LOG_LEVEL=hunter2",
        "reserved_concurrency=7",
        "async_retries=1",
    ])
}

fn states(report: &[crate::domain::draft::record::Step]) -> Vec<StepState> {
    report.iter().map(|step| step.state).collect()
}

#[tokio::test(start_paused = true)]
async fn a_draft_is_applied_settles_and_leads_back() {
    let world = World::new();
    let before = world.now(CHARGE).await;
    let plan = world.plan(CHARGE, three_steps()).await;
    let report = world.apply(&plan).await.expect("applied");
    assert_eq!(report.ended, Ended::Done, "{report:?}");
    let after = world.now(CHARGE).await;
    assert_eq!(after.setting(Field::Memory), Some(&Value::Number(1024)));
    assert_eq!(
        after.setting(Field::ReservedConcurrency),
        Some(&Value::Number(7))
    );
    assert_eq!(after.setting(Field::AsyncRetries), Some(&Value::Number(1)));
    assert_eq!(
        after.variable("LOG_LEVEL").expect("there").reveal(),
        "hunter2"
    );
    assert_eq!(after.variable("API_KEY"), before.variable("API_KEY"));
    let now = world
        .session
        .configuration(&Arn::new(CHARGE), None)
        .await
        .expect("read");
    assert_eq!(now.state.last_update.as_deref(), Some("Successful"));

    let record = world.record(&report.id);
    assert_eq!(record.ended.as_deref(), Some("done"));
    let log = world.activity();
    assert_eq!(log.lines().count(), 2, "announced and completed: {log}");
    assert!(
        log.contains(&report.id) && !log.contains("hunter2"),
        "{log}"
    );

    let back = world.plan(CHARGE, record.before).await;
    let report = world.apply(&back).await.expect("applied");
    assert_eq!(report.ended, Ended::Done);
    assert_eq!(world.now(CHARGE).await.unlike(&before), Vec::<Item>::new());
}

#[tokio::test(start_paused = true)]
async fn a_change_by_another_is_lost_with_three_sides_and_nothing_is_sent() {
    let world = World::new();
    let plan = world.plan(CHARGE, words(&["memory=1024"])).await;
    let theirs = world
        .plan(CHARGE, words(&["memory=256", "description=theirs"]))
        .await;
    world.apply(&theirs).await.expect("applied");
    let report = world.apply(&plan).await.expect("tried");
    let Ended::Lost(rows) = &report.ended else {
        panic!("{report:?}");
    };
    let memory = rows
        .iter()
        .find(|row| row.item == Item::Setting(Field::Memory));
    let memory = memory.expect("a row");
    assert_eq!(memory.base.shown(false), "512");
    assert_eq!(memory.theirs.shown(false), "256");
    assert_eq!(
        memory.mine.as_ref().map(|side| side.shown(false)),
        Some("1024".into())
    );
    assert_eq!(
        world.provider.calls(Operation::UpdateFunctionConfiguration),
        1
    );
    assert_eq!(
        world.now(CHARGE).await.setting(Field::Memory),
        Some(&Value::Number(256))
    );
}

/// The revision changes when an update settles (`docs/aws.md` §1.3): that alone is no lost update.
#[tokio::test(start_paused = true)]
async fn an_old_revision_is_refused_by_the_account_and_a_new_one_is_read() {
    let world = World::new();
    let plan = world.plan(CHARGE, words(&["memory=1024"])).await;
    let Some(Call::Configuration(update)) = plan.calls.first() else {
        panic!("an update");
    };
    let function = Arn::new(CHARGE);
    let revision = |revision: &str| crate::domain::draft::update::ConfigurationUpdate {
        revision_id: Some(revision.to_owned()),
        ..(**update).clone()
    };
    let stale = world
        .session
        .edit(&function, &Call::Configuration(Box::new(revision("old"))))
        .await;
    assert_eq!(stale.expect_err("412").kind, ErrorKind::Precondition);
    let current = world
        .session
        .configuration(&function, None)
        .await
        .expect("read");
    let current = current.revision_id.expect("a revision");
    let sent = world
        .session
        .edit(
            &function,
            &Call::Configuration(Box::new(revision(&current))),
        )
        .await;
    sent.expect("accepted");
    let sent = world.session.configuration(&function, None).await;
    let sent = sent.expect("read").revision_id.expect("a revision");
    let busy = world
        .session
        .edit(&function, &Call::Configuration(Box::new(revision(&sent))))
        .await;
    assert_eq!(busy.expect_err("409").kind, ErrorKind::Conflict);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let settled = world
        .session
        .configuration(&function, None)
        .await
        .expect("read");
    assert_ne!(settled.revision_id.as_deref(), Some(sent.as_str()));
    // The plan of now goes through, whatever the revision was when it was made.
    let plan = world.plan(CHARGE, words(&["timeout=40"])).await;
    assert_eq!(
        world.apply(&plan).await.expect("applied").ended,
        Ended::Done
    );
}

#[tokio::test(start_paused = true)]
async fn an_update_in_progress_is_waited_for() {
    let world = World::new();
    // Deployed often: its first 90 seconds are an update.
    let plan = world.plan("orders-consumer", words(&["memory=512"])).await;
    let report = world.apply(&plan).await.expect("applied");
    assert_eq!(report.ended, Ended::Done, "{report:?}");
    let refused = world.provider.calls(Operation::UpdateFunctionConfiguration);
    assert_eq!(refused, 1, "it was not sent into the other update");
}

/// A stuck creation would be ended as `Failed` by an update (`docs/aws.md` §1.1).
#[test]
fn a_pending_function_is_left_alone() {
    let state = |state: &str, update: &str| crate::domain::function::FunctionState {
        state: Some(state.into()),
        last_update: Some(update.into()),
        ..Default::default()
    };
    let pending = lock::busy(&state("Pending", "Successful")).expect("busy");
    assert!(pending.contains("still Pending"), "{pending}");
    assert!(lock::busy(&state("Active", "InProgress")).is_some());
    for quiet in ["Active", "Inactive", "Failed", "SomethingNew"] {
        assert_eq!(lock::busy(&state(quiet, "Failed")), None);
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_ends_failed_says_what_is_left() {
    let world = World::new();
    world.provider.inject(Faults {
        fail_updates: true,
        ..Faults::default()
    });
    let plan = world.plan(CHARGE, three_steps()).await;
    let report = world.apply(&plan).await.expect("tried");
    assert!(matches!(&report.ended, Ended::Failed(why) if why.contains("SubnetOutOfIPAddresses")));
    assert_eq!(
        states(&report.steps),
        [StepState::Failed, StepState::Left, StepState::Left]
    );
    assert!(world.activity().contains("ended Failed"));
}

#[tokio::test(start_paused = true)]
async fn a_throttle_at_each_call_is_waited_for() {
    // Every third, fifth and seventh call, whichever is the first of them.
    for (every, offset) in [3, 5, 7]
        .into_iter()
        .flat_map(|n| (0..n).map(move |o| (n, o)))
    {
        let world = World::new();
        let plan = world.plan(CHARGE, three_steps()).await;
        for _ in 0..offset {
            world.gate.account_settings().await.expect("read");
        }
        world.provider.inject(Faults {
            throttle_every: Some(every),
            ..Faults::default()
        });
        let report = world.apply(&plan).await.expect("applied");
        assert_eq!(report.ended, Ended::Done, "every {every}: {report:?}");
        world.provider.inject(Faults::default());
        let now = world.now(CHARGE).await;
        assert_eq!(now.setting(Field::AsyncRetries), Some(&Value::Number(1)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_fails_leaves_the_rest_and_says_so() {
    for (failing, done) in [
        (Operation::UpdateFunctionConfiguration, 0),
        (Operation::PutFunctionConcurrency, 1),
        (Operation::UpdateFunctionEventInvokeConfig, 2),
    ] {
        let world = World::new();
        world.provider.inject(Faults {
            deny: vec![failing],
            ..Faults::default()
        });
        let plan = world.plan(CHARGE, three_steps()).await;
        let report = world.apply(&plan).await.expect("tried");
        assert!(matches!(report.ended, Ended::Failed(_)), "{report:?}");
        let mut expected = vec![StepState::Left; 3];
        expected[..done].fill(StepState::Done);
        expected[done] = StepState::Failed;
        assert_eq!(states(&report.steps), expected);
        assert_eq!(states(&world.record(&report.id).steps), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_resolved_by_reading_and_never_sent_again() {
    let world = World::new();
    let plan = world.plan(CHARGE, three_steps()).await;
    world.provider.inject(Faults {
        lose_reply_one_in: Some(1),
        ..Faults::default()
    });
    let report = world.apply(&plan).await.expect("applied");
    assert_eq!(report.ended, Ended::Done, "{report:?}");
    for operation in [
        Operation::UpdateFunctionConfiguration,
        Operation::PutFunctionConcurrency,
        Operation::UpdateFunctionEventInvokeConfig,
    ] {
        assert_eq!(world.provider.calls(operation), 1, "{operation:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_and_left_nothing_is_no_success() {
    let world = World::new();
    let plan = world.plan(CHARGE, words(&["memory=1024"])).await;
    world.provider.inject(Faults {
        hang: vec![Operation::UpdateFunctionConfiguration],
        ..Faults::default()
    });
    let report = world.apply(&plan).await.expect("tried");
    assert!(matches!(&report.ended, Ended::Unknown(why) if why.contains("no effect so far")));
    assert_eq!(
        states(&report.steps),
        [StepState::Sent],
        "it may still come"
    );
    assert_eq!(
        world.provider.calls(Operation::UpdateFunctionConfiguration),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn credentials_that_expire_in_the_wait_leave_it_unknown() {
    let world = World::new();
    let plan = world.plan(CHARGE, three_steps()).await;
    // The reading before the update and the update itself.
    world.provider.inject(Faults {
        expire_after: Some(2),
        ..Faults::default()
    });
    let report = world.apply(&plan).await.expect("tried");
    assert!(
        matches!(&report.ended, Ended::Unknown(why) if why.contains("accepted")),
        "{report:?}"
    );
    assert_eq!(
        states(&report.steps),
        [StepState::Sent, StepState::Left, StepState::Left]
    );
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_every_step_leaves_a_record_that_tells_the_truth() {
    let mut crashes = 0;
    for at in 1..40 {
        let world = World::new();
        let plan = world.plan(CHARGE, three_steps()).await;
        world.provider.inject(Faults {
            crash_at: Some(at),
            ..Faults::default()
        });
        let ended = tokio::select! {
            report = world.apply(&plan) => Some(report.expect("applied")),
            () = world.provider.crashed() => None,
        };
        if let Some(report) = ended {
            assert_eq!(report.ended, Ended::Done);
            break;
        }
        crashes += 1;
        world.provider.inject(Faults::default());
        let left = world.files.unfinished();
        assert_eq!(left.len(), 1, "step {at}");
        let now = world.now(CHARGE).await;
        let there = [
            now.setting(Field::Memory) == Some(&Value::Number(1024)),
            now.setting(Field::ReservedConcurrency) == Some(&Value::Number(7)),
            now.setting(Field::AsyncRetries) == Some(&Value::Number(1)),
        ];
        for (state, there) in states(&left[0].steps).into_iter().zip(there) {
            match state {
                StepState::Done => assert!(there, "step {at}"),
                StepState::Left => assert!(!there, "step {at}"),
                StepState::Sent | StepState::Failed => {}
            }
        }
        // The same draft again does what is left, and a revert starts from there.
        let rest = world.plan(CHARGE, three_steps()).await;
        assert_eq!(
            world.apply(&rest).await.expect("applied").ended,
            Ended::Done
        );
        let back = world.plan(CHARGE, left[0].before.clone()).await;
        assert_eq!(
            world.apply(&back).await.expect("applied").ended,
            Ended::Done
        );
        let now = world.now(CHARGE).await;
        assert_eq!(plan.base.unlike(&now), Vec::<Item>::new(), "step {at}");
    }
    assert!(crashes > 6, "{crashes}");
}

#[tokio::test(start_paused = true)]
async fn it_stops_before_the_next_step() {
    let world = World::new();
    let plan = world.plan(CHARGE, three_steps()).await;
    let stop = CancellationToken::new();
    stop.cancel();
    let report = world.apply_until(&plan, &stop).await.expect("stopped");
    assert_eq!(report.ended, Ended::Stopped);
    assert_eq!(states(&report.steps), [StepState::Left; 3]);
    assert_eq!(
        world.provider.calls(Operation::UpdateFunctionConfiguration),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_is_seen_to_settle_before_it_stops() {
    let world = World::new();
    let plan = world.plan(CHARGE, three_steps()).await;
    let stop = CancellationToken::new();
    let in_the_wait = async {
        while world.provider.calls(Operation::UpdateFunctionConfiguration) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        stop.cancel();
    };
    let (report, ()) = tokio::join!(world.apply_until(&plan, &stop), in_the_wait);
    let report = report.expect("stopped");
    assert_eq!(report.ended, Ended::Stopped);
    let steps = [StepState::Done, StepState::Left, StepState::Left];
    assert_eq!(states(&report.steps), steps);
}

#[tokio::test(start_paused = true)]
async fn a_blocked_runtime_refuses_every_edit_but_a_new_runtime() {
    let open = Access::new(false, false, Protected::default());
    let world = World::at("2027-04-01T00:00:00Z", open);
    let plan = world.plan("thumbnailer", words(&["memory=256"])).await;
    let report = world.apply(&plan).await.expect("tried");
    assert!(matches!(&report.ended, Ended::Failed(why) if why.contains("no longer supported")));
    let plan = world
        .plan("thumbnailer", words(&["memory=256", "runtime=python3.13"]))
        .await;
    assert_eq!(
        world.apply(&plan).await.expect("applied").ended,
        Ended::Done
    );
}

#[tokio::test(start_paused = true)]
async fn a_denied_key_blocks_the_environment_here_and_there() {
    let world = World::new();
    let mailer = Arn::new("legacy-mailer");
    let found = find(&world.gate, &mailer, None, Wanted::ALL)
        .await
        .expect("found");
    assert!(Plan::new(found.snapshot, words(&["env.LOG_LEVEL=debug"])).is_err());
    // Somebody who may not decrypt, with an environment that looked readable.
    let update = crate::domain::draft::update::ConfigurationUpdate {
        environment: Some(Vec::new()),
        ..Default::default()
    };
    let refused = world
        .session
        .edit(&mailer, &Call::Configuration(Box::new(update.clone())))
        .await;
    assert!(
        refused
            .expect_err("KMS")
            .message
            .contains("KMS access was denied")
    );
    let plan = world.plan("legacy-mailer", words(&["memory=256"])).await;
    assert_eq!(
        world.apply(&plan).await.expect("applied").ended,
        Ended::Done
    );
    let now = world.now("legacy-mailer").await;
    assert!(
        matches!(now.environment, Environment::Unreadable { .. }),
        "not wiped"
    );
}

#[tokio::test(start_paused = true)]
async fn triggers_and_aliases_go_there_and_back() {
    let world = World::new();
    let name = "orders-consumer";
    let before = world.now(name).await;
    let reading = before
        .mappings
        .iter()
        .find(|m| !m.is_disabled())
        .expect("one reads");
    let mut draft = Draft::default();
    draft.enable(&reading.uuid, false);
    let routing = crate::domain::draft::Routing {
        version: "17".into(),
        weights: Vec::new(),
    };
    draft.aliases.insert("live".into(), routing.clone());
    let plan = world.plan(name, draft).await;
    let report = world.apply(&plan).await.expect("applied");
    assert_eq!(report.ended, Ended::Done, "{report:?}");
    let now = world.now(name).await;
    assert!(
        now.mappings
            .iter()
            .all(crate::domain::function::EventSourceMapping::is_disabled)
    );
    assert_eq!(now.routing("live"), Some(routing));
    let back = world.plan(name, world.record(&report.id).before).await;
    assert_eq!(
        world.apply(&back).await.expect("applied").ended,
        Ended::Done
    );
    let now = world.now(name).await;
    assert_eq!(now.routing("live"), before.routing("live"));
    assert_eq!(
        now.mappings, before.mappings,
        "also the one that had been disabled"
    );

    // Somebody else shifts the alias between review and apply.
    let shift = |version: &str| Draft {
        aliases: [(
            "live".to_owned(),
            crate::domain::draft::Routing {
                version: version.into(),
                weights: Vec::new(),
            },
        )]
        .into(),
        ..Draft::default()
    };
    let mine = world.plan(name, shift("17")).await;
    let theirs = world.plan(name, shift("18")).await;
    assert_eq!(
        world.apply(&theirs).await.expect("applied").ended,
        Ended::Done
    );
    let report = world.apply(&mine).await.expect("tried");
    assert!(matches!(report.ended, Ended::Lost(_)), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_published_gets_the_edit() {
    let world = World::new();
    let mut draft = words(&["memory=1024"]);
    draft.publish = Some("more memory".into());
    let plan = world.plan(CHARGE, draft).await;
    let report = world.apply(&plan).await.expect("applied");
    assert_eq!(report.ended, Ended::Done);
    assert_eq!(report.notes, ["published version 43"]);
}

#[tokio::test(start_paused = true)]
async fn a_locked_session_sends_nothing_and_leaves_nothing() {
    let locked = [
        Access::new(true, false, Protected::default()),
        Access::new(false, false, Protected::new(["prod*"])),
    ];
    for access in locked {
        let world = World::at("2026-11-20T02:30:00Z", access);
        let plan = world.plan(CHARGE, three_steps()).await;
        let error = world.apply(&plan).await.expect_err("refused");
        assert!(matches!(
            error.kind,
            ErrorKind::ReadOnly | ErrorKind::Protected
        ));
        assert_eq!(world.activity(), "");
        assert!(world.files.unfinished().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn without_its_record_nothing_is_sent() {
    let world = World::new();
    std::fs::write(world.directory.path().join("changes"), "in the way").expect("written");
    let plan = world.plan(CHARGE, three_steps()).await;
    let error = world.apply(&plan).await.expect_err("refused");
    assert!(error.message.contains("nothing was sent"), "{error}");
    assert_eq!(
        world.provider.calls(Operation::UpdateFunctionConfiguration),
        0
    );
    assert_eq!(
        world.activity().lines().count(),
        2,
        "announced, and completed with why"
    );
}

#[tokio::test(start_paused = true)]
async fn records_are_private_and_kept_for_thirty_days() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let plan = world.plan(CHARGE, words(&["memory=1024"])).await;
    let report = world.apply(&plan).await.expect("applied");
    let file = world
        .directory
        .path()
        .join(format!("changes/{}.json", report.id));
    let mode = std::fs::metadata(&file)
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let later = |hours| world.clock.now() + jiff::SignedDuration::from_hours(hours);
    world.files.prune(later(29 * 24));
    assert!(file.exists());
    let half_written = file.with_extension("tmp");
    std::fs::write(&half_written, "hunter2").expect("written");
    let handle = std::fs::File::open(&half_written).expect("there");
    let set = handle.set_modified(world.clock.now().into());
    set.expect("a time");
    world.files.prune(later(29 * 24));
    assert!(half_written.exists());
    world.files.prune(later(31 * 24));
    assert!(!file.exists() && !half_written.exists());
    assert!(world.files.record("../activity").is_err());
}
