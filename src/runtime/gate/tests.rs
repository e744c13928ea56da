//! The Gate on the demo account: what it refuses, repeats, records.

use std::sync::Arc;

use super::*;
use crate::{
    demo::{self, Faults},
    domain::{
        invocation::{InvocationType, InvokeRequest},
        queue::{OpenQueue, QueueAttributes, Receive},
        secret::Secret,
        session::Target,
    },
    settings::Protected,
};

const CHARGE: &str = "arn:aws:lambda:eu-west-1:000000000000:function:payments-charge";
const ORDERS: &str = "arn:aws:sqs:eu-west-1:000000000000:orders-dlq";

struct World {
    provider: demo::Provider,
    gate: Gate,
    activity: tempfile::TempDir,
}

fn world(access: Access) -> World {
    let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
    let provider = demo::Provider::new(demo::Options::new(clock.as_fn()));
    let target = Target {
        profile: Some("prod-eu".into()),
        ..Target::default()
    };
    let session = provider.session(&target).expect("the demo opens");
    let activity = tempfile::tempdir().expect("temporary directory");
    let log = ActivityLog::in_file(activity.path().join("activity.jsonl"));
    let gate = Gate::new(
        Box::new(session),
        target.profile,
        access,
        Arc::new(log),
        clock,
    );
    World {
        provider,
        gate,
        activity,
    }
}

impl World {
    fn entries(&self) -> Vec<Entry> {
        let text = std::fs::read_to_string(self.activity.path().join("activity.jsonl"));
        text.unwrap_or_default()
            .lines()
            .map(|line| serde_json::from_str(line).expect("an entry"))
            .collect()
    }

    fn inject(&self, faults: Faults) {
        self.provider.inject(faults);
    }
}

fn protected() -> Access {
    Access::new(false, false, Protected::new(["prod*"]))
}

async fn charge(gate: &Gate) -> Arn {
    let page = gate.list_functions(None).await.expect("a page");
    let row = page
        .items
        .iter()
        .find(|row| &*row.name == "payments-charge");
    row.expect("the demo has it").arn.clone()
}

fn request(function: Arn, kind: InvocationType) -> InvokeRequest {
    InvokeRequest {
        function,
        qualifier: None,
        kind,
        payload: Secret::new(br#"{"order":"o-1","amount":10,"card":"4242-secret"}"#.to_vec()),
        client_context: None,
        tenant: None,
        deadline: Duration::from_secs(40),
    }
}

/// Every operation of the table is asked once; what comes back tells who refused it.
async fn ask(gate: &Gate, operation: Operation) -> Result<()> {
    let opened = OpenQueue::sample(ORDERS, QueueAttributes::default());
    let receive = Receive {
        max: 1,
        visibility_s: 0,
        wait_s: 0,
    };
    let arn = Arn::new(CHARGE);
    let queue = Arn::new(ORDERS);
    match operation {
        Operation::GetCallerIdentity => gate.identify().await.map(drop),
        Operation::GetAccountSettings => gate.account_settings().await.map(drop),
        Operation::ListFunctions => gate.list_functions(None).await.map(drop),
        Operation::GetFunctionConfiguration => gate.configuration(&arn, None).await.map(drop),
        Operation::ListEventSourceMappings => {
            gate.event_source_mappings(Some(&arn)).await.map(drop)
        }
        Operation::ListVersionsByFunction => gate.versions(&arn).await.map(drop),
        Operation::ListAliases => gate.aliases(&arn).await.map(drop),
        Operation::GetFunctionEventInvokeConfig => gate.async_config(&arn).await.map(drop),
        Operation::GetFunctionConcurrency => gate.reserved_concurrency(&arn).await.map(drop),
        Operation::ListProvisionedConcurrencyConfigs => {
            gate.provisioned_concurrency(&arn).await.map(drop)
        }
        Operation::ListFunctionUrlConfigs => gate.urls(&arn).await.map(drop),
        Operation::ListTags => gate.tags(&arn).await.map(drop),
        Operation::GetFunctionRecursionConfig => gate.recursion(&arn).await.map(drop),
        Operation::ListLayers => gate.layers().await.map(drop),
        Operation::Invoke => gate
            .invoke(&request(arn, InvocationType::RequestResponse))
            .await
            .map(drop),
        Operation::DryRunInvoke => gate
            .invoke(&request(arn, InvocationType::DryRun))
            .await
            .map(drop),
        Operation::FilterLogEvents => gate.filter_events(&LogQuery::default()).await.map(drop),
        Operation::ListFunctionEventInvokeConfigs => gate.async_configs(&arn).await.map(drop),
        Operation::GetQueueUrl | Operation::GetQueueAttributes => {
            gate.queue_attributes(&queue).await.map(drop)
        }
        Operation::ListQueues => gate.list_queues(None).await.map(drop),
        Operation::ReceiveMessage => gate.receive(&opened, receive).await.map(drop),
        Operation::ChangeMessageVisibilityBatch => {
            gate.change_visibility(&opened, &[], 0).await.map(drop)
        }
        Operation::ListMessageMoveTasks => gate.move_tasks(&queue).await.map(drop),
        Operation::SendMessageBatch
        | Operation::DeleteMessageBatch
        | Operation::PurgeQueue
        | Operation::StartMessageMoveTask
        | Operation::CancelMessageMoveTask
        | Operation::UpdateFunctionConfiguration
        | Operation::PutFunctionConcurrency
        | Operation::StopFunction
        | Operation::DeleteFunctionConcurrency
        | Operation::PutFunctionEventInvokeConfig
        | Operation::UpdateFunctionEventInvokeConfig
        | Operation::DeleteFunctionEventInvokeConfig
        | Operation::UpdateEventSourceMapping
        | Operation::UpdateAlias
        | Operation::PublishVersion
        | Operation::PutFunctionRecursionConfig
        | Operation::PutProvisionedConcurrencyConfig
        | Operation::DeleteProvisionedConcurrencyConfig
        | Operation::TagResource
        | Operation::UntagResource
        | Operation::CreateFunctionUrlConfig
        | Operation::UpdateFunctionUrlConfig
        | Operation::DeleteFunctionUrlConfig => gate
            .announce(Intention {
                operation,
                target: ORDERS.to_owned(),
                summary: String::new(),
                command: String::new(),
            })
            .await
            .map(drop),
    }
}

#[tokio::test(start_paused = true)]
async fn read_only_lets_every_read_pass_and_nothing_else() {
    let world = world(Access::new(true, true, Protected::default()));
    for &operation in Operation::ALL {
        let refused = matches!(
            ask(&world.gate, operation).await,
            Err(error) if error.kind == ErrorKind::ReadOnly
        );
        assert_eq!(
            refused,
            operation.spec().class > Class::Read,
            "{operation:?}"
        );
    }
    assert_eq!(world.provider.calls(Operation::Invoke), 0);
    assert!(
        world.entries().is_empty(),
        "a refused write leaves no entry"
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_announced_goes_on_when_the_unlock_runs_out() {
    let world = world(protected());
    let gate = &world.gate;
    let intention = || warrant::Intention {
        operation: Operation::DeleteMessageBatch,
        target: CHARGE.into(),
        summary: "delete".into(),
        command: "lambdeck dlq delete".into(),
    };
    gate.unlock().await.expect("the entry is written");
    let warrant = gate.announce(intention()).await.expect("unlocked");
    tokio::time::sleep(Duration::from_mins(31)).await;
    let again = gate.announce(intention()).await.map(drop);
    assert_eq!(again.expect_err("locked").kind, ErrorKind::Protected);
    let queue = OpenQueue::sample(ORDERS, QueueAttributes::default());
    let handle = Secret::new("no-such-handle".into());
    let deleted = gate.delete_batch(&warrant, &queue, &[handle]).await;
    let kind = deleted.err().map(|error| error.kind);
    assert_ne!(kind, Some(ErrorKind::Protected), "it is asked of SQS");
}

#[tokio::test(start_paused = true)]
async fn a_protected_session_is_locked_until_it_is_unlocked_and_locks_again() {
    let world = world(protected());
    let arn = charge(&world.gate).await;
    let invoke = request(arn, InvocationType::RequestResponse);
    let error = world.gate.invoke(&invoke).await.expect_err("locked");
    assert_eq!(error.kind, ErrorKind::Protected);
    assert!(error.next_step("prod-eu").contains(":unlock"), "{error}");
    assert!(
        world
            .gate
            .invoke(&request(invoke.function.clone(), InvocationType::DryRun))
            .await
            .is_ok()
    );
    let state = world.gate.unlock().await.expect("the entry is written");
    assert!(matches!(state, WriteState::Unlocked { until: Some(_) }));
    assert_eq!(world.entries()[0].operation, "unlock");
    assert!(world.gate.invoke(&invoke).await.is_ok());
    tokio::time::advance(Duration::from_secs(30 * 60 + 1)).await;
    let error = world.gate.invoke(&invoke).await.expect_err("locked again");
    assert_eq!(error.kind, ErrorKind::Protected);
}

#[test]
fn the_profile_without_a_name_is_default_and_read_only_keeps_the_red_frame() {
    let state = |read_only, profile| {
        let access = Access::new(read_only, false, Protected::new(["default"]));
        access.write_state(profile, Some("1"), jiff::Timestamp::UNIX_EPOCH)
    };
    assert_eq!(state(false, None), WriteState::Protected);
    assert_eq!(state(false, Some("dev")), WriteState::Open);
    assert_eq!(
        state(true, None),
        WriteState::ReadOnly { is_protected: true }
    );
    assert!(state(true, None).is_protected() && !state(true, Some("dev")).is_protected());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_account_counts_as_protected_when_accounts_are_named() {
    let access = Access::new(false, false, Protected::new(["999999999999"]));
    let world = world(access);
    assert_eq!(world.gate.write_state(), WriteState::Protected);
    world.gate.identify().await.expect("the demo knows itself");
    assert_eq!(
        world.gate.write_state(),
        WriteState::Open,
        "another account's pattern"
    );
}

#[tokio::test(start_paused = true)]
async fn a_throttled_read_is_tried_again_and_a_denied_one_is_not() {
    let world = world(Access::default());
    world.inject(Faults {
        throttle_every: Some(2),
        ..Faults::default()
    });
    for _ in 0..6 {
        world
            .gate
            .list_functions(None)
            .await
            .expect("comes right by waiting");
    }
    let before = world.provider.calls(Operation::ListTags);
    world.inject(Faults {
        deny: vec![Operation::ListTags],
        ..Faults::default()
    });
    let error = world
        .gate
        .tags(&Arn::new(CHARGE))
        .await
        .expect_err("denied");
    assert_eq!(error.missing_action(), Some("lambda:ListTags"));
    assert_eq!(world.provider.calls(Operation::ListTags), before + 1);
}

#[tokio::test(start_paused = true)]
async fn an_invoke_is_sent_once_whatever_becomes_of_it() {
    let world = world(Access::default());
    let arn = charge(&world.gate).await;
    for kind in [
        ErrorKind::Throttled,
        ErrorKind::Interrupted,
        ErrorKind::Service,
    ] {
        world.inject(Faults {
            fail: vec![(Operation::Invoke, kind)],
            ..Faults::default()
        });
        let before = world.provider.calls(Operation::Invoke);
        let invoke = request(arn.clone(), InvocationType::RequestResponse);
        let error = world.gate.invoke(&invoke).await.expect_err("it fails");
        assert_eq!(error.kind, kind);
        assert_eq!(
            world.provider.calls(Operation::Invoke),
            before + 1,
            "{kind:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_invoke_leaves_an_entry_before_and_after_without_its_payload() {
    let world = world(Access::default());
    let arn = charge(&world.gate).await;
    let invoke = request(arn, InvocationType::RequestResponse);
    world.gate.invoke(&invoke).await.expect("it runs");
    let entries = world.entries();
    assert_eq!(entries.len(), 2);
    assert_eq!(
        (&entries[0].outcome, entries[0].id.clone()),
        (&None, entries[1].id.clone())
    );
    assert!(entries[1].outcome.is_some());
    assert_eq!(entries[0].account, "identity unknown");
    let text = format!("{entries:?}");
    assert!(
        !text.contains("4242-secret") && text.contains("sha256"),
        "{text}"
    );
    assert!(
        entries[0].command.contains("fileb://payload-"),
        "pasting it must fail"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_when_the_entry_cannot_be_written() {
    let world = world(Access::default());
    let arn = charge(&world.gate).await;
    std::fs::create_dir(world.activity.path().join("activity.jsonl")).expect("in the way");
    let error = world
        .gate
        .invoke(&request(arn, InvocationType::RequestResponse))
        .await
        .expect_err("no entry, no call");
    assert!(error.message.contains("nothing was sent"), "{error}");
    assert_eq!(world.provider.calls(Operation::Invoke), 0);
}
