//! One draft that becomes every kind of call, and everything that can go wrong at each of them.

use super::*;
use crate::domain::draft::{LATEST, Routing, TriggerField, Url, update::ConfigurationUpdate};

const ORDERS: &str = "orders-consumer";
const GREETING: &str = "Grüße 👋\nzweite Zeile = \"ja\"";

/// A world whose function is not being deployed just now.
async fn quiet() -> World {
    let world = World::new();
    tokio::time::sleep(Duration::from_mins(2)).await;
    world
}

async fn every_call(world: &World) -> Draft {
    let now = world.now(ORDERS).await;
    let mut draft = words(&[
        "memory=1024",
        "reserved_concurrency=60",
        "recursion=Allow",
        "async_retries=1",
    ]);
    let greeting = crate::domain::secret::Secret::new(GREETING.to_owned());
    draft.environment.insert("GREETING".into(), Some(greeting));
    draft.publish = Some("every call".into());
    draft
        .aliases
        .insert("live".into(), Routing::to(Routing::NEW));
    let trigger = &now
        .mappings
        .iter()
        .find(|m| !m.is_disabled())
        .expect("one")
        .uuid;
    draft.enable(trigger, false);
    let item = Item::Trigger(trigger.clone(), TriggerField::BatchSize);
    draft.set(&item, "3").expect("a batch size");
    draft.provisioned.insert("live".into(), Some(3));
    let url = Url::parse("AWS_IAM").expect("a URL");
    draft.urls.insert(LATEST.into(), Some(url));
    let tags = now.tags.expect("read");
    let (removed, _) = tags
        .iter()
        .find(|(key, _)| !key.starts_with("aws:"))
        .expect("one");
    draft.tags.insert(removed.clone(), None);
    draft
        .tags
        .insert("touched-by".into(), Some("on call".into()));
    draft
}

const CALLS: [Operation; 11] = [
    Operation::UpdateFunctionConfiguration,
    Operation::PublishVersion,
    Operation::PutFunctionConcurrency,
    Operation::PutFunctionRecursionConfig,
    Operation::PutFunctionEventInvokeConfig,
    Operation::UpdateEventSourceMapping,
    Operation::UpdateAlias,
    Operation::PutProvisionedConcurrencyConfig,
    Operation::CreateFunctionUrlConfig,
    Operation::UntagResource,
    Operation::TagResource,
];

/// Does something ten times a second until the other has ended.
async fn meanwhile<T>(working: impl Future<Output = T>, mut each: impl FnMut()) -> T {
    tokio::pin!(working);
    loop {
        tokio::select! {
            done = &mut working => return done,
            () = tokio::time::sleep(Duration::from_millis(100)) => each(),
        }
    }
}

/// Everything that it asks for is there, and every call was made once.
async fn assert_all_is_there(world: &World, plan: &Plan) {
    let now = world.now(ORDERS).await;
    for change in &plan.changes {
        let after = match &change.item {
            Item::Alias(_) => continue,
            _ => &change.after,
        };
        assert_eq!(now.side(&change.item), *after, "{}", change.item);
    }
    let newest = world.gate.versions(&now.function).await.expect("read");
    let newest = newest.last().expect("one");
    assert_eq!(newest.description, "every call");
    assert_eq!(now.routing("live"), Some(Routing::to(&newest.version)));
}

fn assert_each_was_sent_once(world: &World) {
    for operation in CALLS {
        assert_eq!(world.provider.calls(operation), 1, "{operation:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_draft_of_every_call_is_applied_and_leads_back() {
    let world = quiet().await;
    let before = world.now(ORDERS).await;
    let plan = world.plan(ORDERS, every_call(&world).await).await;
    let calls: Vec<Operation> = plan.calls.iter().map(Operation::of).collect();
    assert_eq!(calls, CALLS);
    let report = world.apply(&plan).await.expect("applied");
    assert_eq!(report.ended, Ended::Done, "{report:?}");
    assert_all_is_there(&world, &plan).await;
    assert_each_was_sent_once(&world);
    let now = world.now(ORDERS).await;
    let provisioned = now.provisioned.as_ref().expect("read");
    assert_eq!(provisioned[0].status, "READY", "it was waited for");
    let log = world.activity();
    assert!(!log.contains("zweite Zeile"), "{log}");

    let record = world.record(&report.id);
    let routing = now.routing("live").expect("there");
    assert_eq!(record.published.as_ref(), Some(&routing.version));
    let back = world.plan(ORDERS, record.before).await;
    let report = world.apply(&back).await.expect("applied");
    assert_eq!(report.ended, Ended::Done, "{report:?}");
    let now = world.now(ORDERS).await;
    assert_eq!(before.unlike(&now), Vec::<Item>::new());
    assert_eq!(before.mappings[0].batch_size, now.mappings[0].batch_size);
    assert_eq!(before.routing("live"), now.routing("live"));
}

#[tokio::test(start_paused = true)]
async fn a_throttle_at_each_call_of_every_kind_is_waited_for() {
    for (number, throttled) in CALLS.into_iter().enumerate() {
        let world = quiet().await;
        let plan = world.plan(ORDERS, every_call(&world).await).await;
        world.provider.inject(Faults {
            fail: vec![(throttled, ErrorKind::Throttled)],
            ..Faults::default()
        });
        let applying = world.apply(&plan);
        let report = Box::pin(meanwhile(applying, || {
            if world.provider.calls(throttled) >= 2 {
                world.provider.inject(Faults::default());
            }
        }))
        .await;
        let report = report.expect("applied");
        assert_eq!(report.ended, Ended::Done, "{number} {report:?}");
        assert_all_is_there(&world, &plan).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttle_that_never_ends_runs_out_of_patience() {
    let world = quiet().await;
    let plan = world.plan(ORDERS, words(&["recursion=Allow"])).await;
    world.provider.inject(Faults {
        fail: vec![(Operation::PutFunctionRecursionConfig, ErrorKind::Throttled)],
        ..Faults::default()
    });
    let report = world.apply(&plan).await.expect("tried");
    assert!(matches!(&report.ended, Ended::Failed(why) if why.contains("Rate exceeded")));
    assert!(world.provider.calls(Operation::PutFunctionRecursionConfig) > 10);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_of_each_call_is_resolved_and_never_sent_again() {
    let world = quiet().await;
    let plan = world.plan(ORDERS, every_call(&world).await).await;
    world.provider.inject(Faults {
        lose_reply_one_in: Some(1),
        ..Faults::default()
    });
    let report = world.apply(&plan).await.expect("applied");
    assert_eq!(report.ended, Ended::Done, "{report:?}");
    world.provider.inject(Faults::default());
    assert_all_is_there(&world, &plan).await;
    assert_each_was_sent_once(&world);
    let published = world.record(&report.id).published;
    assert!(published.is_some(), "the number was found out");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_to_any_call_is_no_success_and_not_sent_again() {
    for (number, hanging) in CALLS.into_iter().enumerate() {
        let world = quiet().await;
        let plan = world.plan(ORDERS, every_call(&world).await).await;
        world.provider.inject(Faults {
            hang: vec![hanging],
            ..Faults::default()
        });
        let report = world.apply(&plan).await.expect("tried");
        let Ended::Unknown(why) = &report.ended else {
            panic!("{hanging:?}: {report:?}");
        };
        assert!(why.contains("no effect so far"), "{why}");
        assert_eq!(world.provider.calls(hanging), 1);
        assert_eq!(report.steps[number].state, StepState::Sent);
        assert!(
            report.steps[number + 1..]
                .iter()
                .all(|step| step.state == StepState::Left)
        );
    }
}

/// What somebody else does to what each call replaces.
fn theirs(number: usize, plan: &Plan) -> Draft {
    let mut draft = Draft::default();
    let mut set = |item: Item, text: &str| draft.set(&item, text).expect("valid");
    let trigger = plan.draft.triggers.keys().next().expect("one").clone();
    match number {
        0 => set(Item::Setting(Field::Description), "theirs"),
        2 => set(Item::Setting(Field::ReservedConcurrency), "9"),
        4 => set(Item::Setting(Field::AsyncAge), "600"),
        5 => set(Item::Trigger(trigger, TriggerField::BatchSize), "7"),
        6 => set(Item::Alias("live".into()), "17"),
        7 => set(Item::Provisioned("live".into()), "2"),
        8 => set(Item::Url(LATEST.into()), "NONE"),
        10 => set(Item::Tag("touched-by".into()), "them"),
        _ => unreachable!("nothing else can be in its way"),
    }
    draft
}

#[tokio::test(start_paused = true)]
async fn what_another_changes_before_any_call_is_lost_with_three_sides_and_not_sent() {
    for number in [0, 2, 4, 5, 6, 7, 8, 10] {
        let world = quiet().await;
        let plan = world.plan(ORDERS, every_call(&world).await).await;
        let other = world.plan(ORDERS, theirs(number, &plan)).await;
        assert!(!other.is_empty(), "{number}");
        let ended = world.apply(&other).await.expect("applied").ended;
        assert_eq!(ended, Ended::Done, "{number}");
        let sent = world.provider.calls(CALLS[number]);
        let report = world.apply(&plan).await.expect("tried");
        let Ended::Lost(rows) = &report.ended else {
            panic!("{number}: {report:?}");
        };
        let row = rows
            .iter()
            .find(|row| row.base != row.theirs)
            .expect("a row");
        assert_eq!(row.theirs, other.changes[0].after, "{number}");
        assert_eq!(world.provider.calls(CALLS[number]), sent, "{number}");
        assert_eq!(report.steps[number].state, StepState::Left, "{number}");
    }
}

/// Between the plan's own update and its publishing somebody else updates: their change must not
/// be published as ours.
#[tokio::test(start_paused = true)]
async fn what_another_slips_in_is_not_published() {
    let world = quiet().await;
    let plan = world.plan(ORDERS, every_call(&world).await).await;
    let other = async {
        // Publishing is held up by a throttle until they are through.
        let theirs = Value::Text("theirs".to_owned());
        let update = ConfigurationUpdate::of(Field::Description, theirs);
        let update = Call::Configuration(Box::new(update));
        let function = Arn::new(ORDERS);
        for _ in 0..300 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let is_ours_there =
                world.now(ORDERS).await.setting(Field::Memory) == Some(&Value::Number(1024));
            let sent = world.session.edit(&function, &update);
            if is_ours_there && sent.await.is_ok() {
                break;
            }
        }
        world.provider.inject(Faults::default());
    };
    world.provider.inject(Faults {
        fail: vec![(Operation::PublishVersion, ErrorKind::Throttled)],
        ..Faults::default()
    });
    let (report, ()) = futures::join!(world.apply(&plan), other);
    let report = report.expect("tried");
    let Ended::Lost(rows) = &report.ended else {
        panic!("{report:?}");
    };
    assert_eq!(rows[0].item, Item::Setting(Field::Description));
    assert_eq!(report.steps[1].state, StepState::Left);
    assert_eq!(world.record(&report.id).published, None);
}

#[tokio::test(start_paused = true)]
async fn what_another_has_done_already_is_not_done_again() {
    let world = quiet().await;
    let plan = world.plan(ORDERS, every_call(&world).await).await;
    let same = world.plan(ORDERS, words(&["recursion=Allow"])).await;
    world.apply(&same).await.expect("applied");
    let report = world.apply(&plan).await.expect("applied");
    assert_eq!(report.ended, Ended::Done, "{report:?}");
    assert_each_was_sent_once(&world);
    let mut notes = report.notes.iter();
    assert!(
        notes.any(|note| note.contains("it is so already")),
        "{report:?}"
    );
}

/// Somebody else has made the same update: what is published is compared with that.
#[tokio::test(start_paused = true)]
async fn an_update_that_another_has_made_is_published_all_the_same() {
    let world = quiet().await;
    let mut draft = words(&["memory=1024"]);
    draft.publish = Some("ours".into());
    let plan = world.plan(ORDERS, draft).await;
    let same = world.plan(ORDERS, words(&["memory=1024"])).await;
    world.apply(&same).await.expect("applied");
    let report = world.apply(&plan).await.expect("applied");
    assert_eq!(report.ended, Ended::Done, "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn code_that_nobody_reviewed_is_not_published() {
    let world = quiet().await;
    let draft = Draft {
        publish: Some("ours".into()),
        ..Draft::default()
    };
    let mut plan = world.plan(ORDERS, draft).await;
    assert!(plan.base.code_sha256.is_some());
    plan.base.code_sha256 = Some("of the review".into());
    let report = world.apply(&plan).await.expect("tried");
    assert!(
        matches!(&report.ended, Ended::Failed(why) if why.contains("other code")),
        "{report:?}"
    );
    assert_eq!(world.provider.calls(Operation::PublishVersion), 0);
}

/// While a trigger is `Updating`, its state does not tell whether it reads.
#[tokio::test(start_paused = true)]
async fn a_trigger_that_changes_is_waited_for_and_not_taken_for_changed() {
    let world = quiet().await;
    let before = world.now(ORDERS).await;
    let disabled = before.mappings.iter().find(|one| one.is_disabled());
    let reading = before.mappings.iter().find(|one| !one.is_disabled());
    for (mapping, enabled) in [(disabled, true), (reading, false)] {
        let uuid = &mapping.expect("one of each").uuid;
        let mut draft = Draft::default();
        draft.enable(uuid, enabled);
        let plan = world.plan(ORDERS, draft).await;
        let update = crate::domain::draft::update::MappingUpdate {
            batch_window_s: Some(7),
            ..Default::default()
        };
        let sent = world
            .session
            .edit(
                &Arn::new(ORDERS),
                &Call::Mapping {
                    uuid: uuid.to_owned(),
                    update: update.clone(),
                },
            )
            .await;
        sent.expect("accepted");
        let now = world.now(ORDERS).await;
        assert_eq!(now.mapping(uuid).expect("there").state, "Updating");
        let report = world.apply(&plan).await.expect("applied");
        assert_eq!(report.ended, Ended::Done, "{report:?}");
        let now = world.now(ORDERS).await;
        assert_eq!(now.mapping(uuid).expect("there").reads(), Some(enabled));
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_that_will_not_pass_fails_at_once_with_its_words() {
    let world = quiet().await;
    let draft = Draft {
        provisioned: [("7".to_owned(), Some(1))].into(),
        ..Draft::default()
    };
    // `live` leads to 7 and is provisioned.
    let plan = world.plan("checkout-api", draft).await;
    let report = world.apply(&plan).await.expect("tried");
    assert!(
        matches!(&report.ended, Ended::Failed(why) if why.contains("already Provisioned version")),
        "{report:?}"
    );
    let sent = world
        .provider
        .calls(Operation::PutProvisionedConcurrencyConfig);
    assert_eq!(sent, 1);
}

#[tokio::test(start_paused = true)]
async fn a_revert_can_be_reverted() {
    let world = quiet().await;
    let plan = world.plan(ORDERS, every_call(&world).await).await;
    let first = world.apply(&plan).await.expect("applied");
    let there = world.now(ORDERS).await;
    let mut id = first.id;
    for _ in 0..2 {
        let back = world.plan(ORDERS, world.record(&id).before).await;
        let report = world.apply(&back).await.expect("applied");
        assert_eq!(report.ended, Ended::Done, "{report:?}");
        id = report.id;
    }
    let now = world.now(ORDERS).await;
    assert_eq!(there.unlike(&now), Vec::<Item>::new());
    assert_eq!(there.routing("live"), now.routing("live"));
}

#[tokio::test(start_paused = true)]
async fn a_crash_between_any_two_calls_is_named_and_the_rest_finishes_it() {
    let mut crashes = 0;
    for at in 1..200 {
        let world = World {
            files: StateFiles::in_memory(),
            ..quiet().await
        };
        let plan = world.plan(ORDERS, every_call(&world).await).await;
        world.provider.inject(Faults {
            crash_at: Some(at),
            ..Faults::default()
        });
        let ended = tokio::select! {
            report = world.apply(&plan) => Some(report.expect("applied")),
            () = world.provider.crashed() => None,
        };
        world.provider.inject(Faults::default());
        if let Some(report) = ended {
            assert_eq!(report.ended, Ended::Done);
            break;
        }
        crashes += 1;
        let left = world.files.unfinished();
        let [record] = left.as_slice() else {
            panic!("{at}: {left:?}");
        };
        let done = record
            .steps
            .iter()
            .filter(|step| step.state == StepState::Done);
        let done = done.count();
        let rest = world.plan(ORDERS, record.unfinished()).await;
        assert!(rest.calls.len() <= CALLS.len() - done, "{at}");
        let report = world.apply(&rest).await.expect("applied");
        assert_eq!(report.ended, Ended::Done, "{at} {report:?}");
        assert_all_is_there(&world, &plan).await;
        for (number, operation) in CALLS.into_iter().enumerate().take(done) {
            assert_eq!(world.provider.calls(operation), 1, "{at} {number}");
        }
    }
    assert!(crashes > CALLS.len() * 2, "{crashes}");
}

#[tokio::test(start_paused = true)]
async fn provisioned_concurrency_that_fails_says_so() {
    let world = quiet().await;
    let draft = Draft {
        provisioned: [("live".to_owned(), Some(3))].into(),
        ..Draft::default()
    };
    let plan = world.plan(ORDERS, draft).await;
    world.provider.inject(Faults {
        fail_updates: true,
        ..Faults::default()
    });
    let report = world.apply(&plan).await.expect("tried");
    assert!(
        matches!(&report.ended, Ended::Failed(why) if why.contains("ended FAILED")),
        "{report:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stop_within_a_wait_leaves_what_was_accepted_unknown() {
    let world = quiet().await;
    let draft = Draft {
        provisioned: [("live".to_owned(), Some(3))].into(),
        ..words(&["recursion=Allow"])
    };
    let plan = world.plan(ORDERS, draft).await;
    let stop = CancellationToken::new();
    let began = world.clock.now();
    let applying = world.apply_until(&plan, &stop);
    let report = Box::pin(meanwhile(applying, || {
        let provision = Operation::PutProvisionedConcurrencyConfig;
        if world.provider.calls(provision) > 0 {
            stop.cancel();
        }
    }))
    .await;
    let report = report.expect("stopped");
    assert!(
        matches!(&report.ended, Ended::Unknown(why) if why.contains("goes on")),
        "{report:?}"
    );
    assert_eq!(states(&report.steps), [StepState::Done, StepState::Sent]);
    let waited = world.clock.now().duration_since(began).as_secs();
    assert!(waited < 20, "it did not wait for the end: {waited} s");
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_another_update_runs_sends_nothing() {
    let world = World::new();
    let plan = world.plan(ORDERS, words(&["memory=1024"])).await;
    let stop = CancellationToken::new();
    let asking = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        stop.cancel();
    };
    let (report, ()) = futures::join!(world.apply_until(&plan, &stop), asking);
    let report = report.expect("stopped");
    assert_eq!(report.ended, Ended::Stopped);
    assert_eq!(states(&report.steps), [StepState::Left]);
    let sent = world.provider.calls(Operation::UpdateFunctionConfiguration);
    assert_eq!(sent, 0);
}

#[tokio::test(start_paused = true)]
async fn tags_and_publishing_wait_for_an_update_of_somebody_else() {
    let world = World::new();
    let mut draft = Draft {
        publish: Some("quiet now".into()),
        ..Draft::default()
    };
    draft
        .tags
        .insert("touched-by".into(), Some("on call".into()));
    let plan = world.plan(ORDERS, draft).await;
    let report = world.apply(&plan).await.expect("applied");
    assert_eq!(report.ended, Ended::Done, "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn an_environment_of_4096_bytes_goes_through_and_one_more_is_refused_before() {
    let world = quiet().await;
    let now = world.now(ORDERS).await;
    let Environment::Variables(variables) = &now.environment else {
        panic!("readable");
    };
    let mut draft = Draft::default();
    for (name, _) in variables {
        draft.environment.insert(name.clone(), None);
    }
    let with = |value: String| {
        let mut draft = draft.clone();
        let value = crate::domain::secret::Secret::new(value);
        draft.environment.insert("VALUE".into(), Some(value));
        draft
    };
    let fits = (1..=4096)
        .rev()
        .find(|bytes| Plan::new(now.clone(), with("ä".repeat(bytes / 2))).is_ok())
        .expect("some size fits");
    let one_over = with("ä".repeat(fits / 2) + "bc");
    assert!(Plan::new(now.clone(), one_over).is_err());
    let plan = Plan::new(now, with("ä".repeat(fits / 2))).expect("fits");
    let report = world.apply(&plan).await.expect("applied");
    assert_eq!(report.ended, Ended::Done, "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_denied_when_it_is_applied_fails_before_any_effect() {
    let world = quiet().await;
    let mut plan = world.plan("legacy-mailer", words(&["memory=256"])).await;
    let Some(Call::Configuration(update)) = plan.calls.first_mut() else {
        panic!("an update");
    };
    // The key was readable for whoever planned it, and is not for whoever applies it.
    update.environment = Some(Vec::new());
    let report = world.apply(&plan).await.expect("tried");
    assert!(
        matches!(&report.ended, Ended::Failed(why) if why.contains("KMS access was denied")),
        "{report:?}"
    );
    let now = world.now("legacy-mailer").await;
    assert_eq!(now.setting(Field::Memory), plan.base.setting(Field::Memory));
}
