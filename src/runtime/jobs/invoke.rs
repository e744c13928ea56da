//! Sending an invoke, exactly once; and finding out what it can be sent to.

use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::watch;

use super::events;
use crate::{
    domain::{function::Arn, invocation::InvokeResponse, reply::Reply, session::SessionId},
    ports::{ApiError, ErrorKind, Operation},
    runtime::{
        highlight,
        runner::{Shared, blocking},
    },
    store::{
        Action, RunId, Ticket,
        effect::Control,
        invoke::{self, End, Qualifiers, RunEnd, Send, Work},
    },
};

pub(super) async fn perform(shared: &Arc<Shared>, ticket: Ticket, work: Work) {
    match work {
        Work::Files(work) => events::perform(shared, ticket, work).await,
        Work::Qualifiers(session, function) => {
            let answer = qualifiers(shared, session, &function).await;
            let action = invoke::Action::Qualifiers(ticket, answer);
            shared.send(Action::Invoke(action)).await;
        }
    }
}

async fn qualifiers(
    shared: &Arc<Shared>,
    session: SessionId,
    function: &Arn,
) -> Result<Qualifiers, ApiError> {
    let gate = shared.gate(session, Operation::ListAliases)?;
    Ok(Qualifiers {
        aliases: gate.aliases(function).await?,
        versions: gate.versions(function).await?,
    })
}

/// The run: one call of the Gate, whatever becomes of it.
pub(super) async fn send(
    shared: &Arc<Shared>,
    id: RunId,
    send: Send,
    mut inbox: watch::Receiver<Control>,
) {
    let started = shared.now();
    let answer = match shared.gate(send.session, Operation::Invoke) {
        Ok(gate) => {
            gate.invoke_until(&send.request, stop_asked(&mut inbox))
                .await
        }
        Err(error) => Err(error),
    };
    let at = shared.now();
    let end = match answer {
        Ok(Some(response)) => answered(response, at.duration_since(started)).await,
        Ok(None) => End::Stopped,
        Err(error) => End::Failed(error),
    };
    let action = invoke::Action::Ended(id, Box::new(RunEnd { at, end }));
    shared.send(Action::Invoke(action)).await;
}

/// Reads and lays out a response of up to 6 MB where that stalls nobody.
async fn answered(response: InvokeResponse, took: SignedDuration) -> End {
    match blocking(move || highlight::reply(Reply::read(&response, took))).await {
        Some(reply) => End::Answered(reply),
        None => End::Failed(ApiError::new(
            Operation::Invoke,
            ErrorKind::Other,
            "the function answered, but its answer cannot be read",
        )),
    }
}

async fn stop_asked(inbox: &mut watch::Receiver<Control>) {
    let is_closed = inbox
        .wait_for(|control| *control == Control::Stop)
        .await
        .is_err();
    if is_closed {
        // Nobody can ask any more; the call goes on to its own end.
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use tokio::sync::mpsc;

    use super::*;
    use crate::{
        demo::{self, Faults},
        domain::{
            invocation::{InvocationType, InvokeRequest},
            secret::Secret,
            session::Target,
        },
        runtime::{
            access::Access,
            activity::{ActivityLog, Entry},
            clock::Clock,
            runner::{ACTIONS, Runner},
        },
        settings::Paths,
        store::{Effect, Key, RunWork, Work as AnyWork, session},
    };

    const SESSION: SessionId = SessionId(1);

    struct World {
        provider: demo::Provider,
        runner: Runner,
        actions: mpsc::Receiver<Action>,
        root: tempfile::TempDir,
    }

    impl World {
        async fn open(faults: Faults) -> Self {
            let clock =
                Clock::following_tokio(Timestamp::from_second(1_790_000_000).expect("a time"));
            let mut options = demo::Options::new(clock.as_fn());
            options.faults = faults;
            let provider = demo::Provider::new(options);
            let root = tempfile::tempdir().expect("temporary directory");
            let (sender, actions) = mpsc::channel(ACTIONS);
            let shared = Shared::new(
                Arc::new(provider.clone()),
                clock,
                Access::default(),
                ActivityLog::in_file(root.path().join("activity.jsonl")),
                Paths::under(root.path()),
                sender,
            );
            let mut world = Self {
                provider,
                runner: Runner::new(shared),
                actions,
                root,
            };
            let ticket = Ticket {
                key: Key::of(SESSION, "session.open", ""),
                generation: 1,
            };
            let work = session::Work::Open(SESSION, Target::default());
            world
                .runner
                .perform(Effect::Query(ticket, AnyWork::Session(work)));
            let opened = world.actions.recv().await;
            assert!(matches!(
                opened,
                Some(Action::Session(session::Action::Opened(_, Ok(_))))
            ));
            world
        }

        fn send(&mut self, function: &str) {
            let request = InvokeRequest {
                function: Arn::new(format!(
                    "arn:aws:lambda:{}:{}:function:{function}",
                    demo::REGION,
                    demo::ACCOUNT
                )),
                qualifier: None,
                kind: InvocationType::RequestResponse,
                payload: Secret::new(b"{\"order\":\"o-1\",\"amount\":150}".to_vec()),
                client_context: None,
                tenant: None,
                deadline: Duration::from_secs(40),
            };
            let send = Send {
                session: SESSION,
                request,
            };
            let work = RunWork::Invoke(Box::new(send));
            self.runner.perform(Effect::Run(RunId(7), SESSION, work));
        }

        async fn end(&mut self) -> End {
            while let Some(action) = self.actions.recv().await {
                if let Action::Invoke(invoke::Action::Ended(RunId(7), end)) = action {
                    return end.end;
                }
            }
            panic!("the run never ended");
        }

        fn activity(&self) -> Vec<Entry> {
            let log = std::fs::read_to_string(self.root.path().join("activity.jsonl"));
            log.expect("the log")
                .lines()
                .map(|line| serde_json::from_str(line).expect("an entry"))
                .collect()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_is_one_call_and_reads_its_answer() {
        let mut world = World::open(Faults::default()).await;
        world.send("payments-charge");
        let End::Answered(reply) = world.end().await else {
            panic!("an answer");
        };
        assert_eq!(reply.status, 200);
        assert!(
            reply
                .figures
                .is_some_and(|figures| figures.billed_ms.is_some())
        );
        assert_eq!(world.provider.calls(Operation::Invoke), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cut_connection_is_an_unknown_outcome_and_one_call() {
        let faults = Faults {
            cut_after: Some(Duration::from_millis(5)),
            ..Faults::default()
        };
        let mut world = World::open(faults).await;
        world.send("payments-charge");
        let End::Failed(error) = world.end().await else {
            panic!("a failure");
        };
        assert_eq!(error.kind, ErrorKind::Interrupted);
        tokio::time::sleep(Duration::from_mins(2)).await;
        assert_eq!(world.provider.calls(Operation::Invoke), 1);
        let entries = world.activity();
        assert_eq!(entries.len(), 2, "intention and completion");
        assert!(!format!("{entries:?}").contains("o-1"), "never the payload");
    }

    #[tokio::test(start_paused = true)]
    async fn stopping_ends_the_wait_and_leaves_a_completed_entry() {
        let faults = Faults {
            hang: vec![Operation::Invoke],
            ..Faults::default()
        };
        let mut world = World::open(faults).await;
        world.send("payments-charge");
        while world.provider.calls(Operation::Invoke) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world
            .runner
            .perform(Effect::Control(RunId(7), Control::Stop));
        assert_eq!(world.end().await, End::Stopped);
        let outcomes: Vec<_> = world
            .activity()
            .into_iter()
            .map(|entry| entry.outcome)
            .collect();
        assert_eq!(
            outcomes,
            [None, Some("nobody waited for the answer".to_owned())]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_never_answers_ends_at_the_deadline() {
        let faults = Faults {
            hang: vec![Operation::Invoke],
            ..Faults::default()
        };
        let mut world = World::open(faults).await;
        world.send("payments-charge");
        let End::Failed(error) = world.end().await else {
            panic!("a failure");
        };
        assert_eq!(error.kind, ErrorKind::TimedOut);
        assert_eq!(world.provider.calls(Operation::Invoke), 1);
    }
}
