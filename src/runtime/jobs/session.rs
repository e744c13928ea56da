//! Opening a session, asking who it is, and lifting its lock.

use std::sync::Arc;

use crate::{
    domain::session::{SessionId, Target},
    ports::{ApiError, Operation, Provider, Session as _},
    runtime::{gate::Gate, runner::Shared},
    store::{
        Action, Ticket,
        session::{self, Opened, Work},
    },
};

pub(super) async fn perform<P: Provider>(shared: &Arc<Shared<P>>, ticket: Ticket, work: Work) {
    match work {
        Work::Open(id, target) => {
            let answer = open(shared, id, target).await;
            let gate = answer.as_ref().ok().map(|(_, gate)| Arc::clone(gate));
            let answer = answer.map(|(opened, _)| opened);
            shared
                .send(Action::Session(session::Action::Opened(ticket, answer)))
                .await;
            if let Some(gate) = gate {
                report_quota_waits(shared, id, &gate).await;
            }
        }
        Work::Identify(id) => {
            let gate = match shared.gate(id, Operation::GetCallerIdentity) {
                Ok(gate) => gate,
                Err(_) => return,
            };
            let answer = gate.identify().await;
            let action = session::Action::Identified(ticket, answer, gate.write_state());
            shared.send(Action::Session(action)).await;
        }
        Work::Unlock(id) => {
            if let Ok(gate) = shared.gate(id, Operation::GetCallerIdentity) {
                let action = session::Action::WriteState(id, gate.unlock());
                shared.send(Action::Session(action)).await;
            }
        }
    }
}

async fn open<P: Provider>(
    shared: &Arc<Shared<P>>,
    id: SessionId,
    target: Target,
) -> Result<(Opened, Arc<Gate<P::Session>>), ApiError> {
    let session = shared.provider.open(&target).await?;
    let (region, custom_endpoint) = (session.region().to_owned(), session.has_custom_endpoint());
    let gate = Arc::new(Gate::new(
        session,
        target.profile,
        shared.access.clone(),
        Arc::clone(&shared.activity),
        shared.clock.clone(),
    ));
    shared.keep_gate(id, Arc::clone(&gate));
    Ok((
        Opened {
            region,
            custom_endpoint,
            write: gate.write_state(),
        },
        gate,
    ))
}

/// Tells the screen when calls wait for quota; lives as long as the session's opening key.
async fn report_quota_waits<P: Provider>(
    shared: &Arc<Shared<P>>,
    id: SessionId,
    gate: &Gate<P::Session>,
) {
    let mut waiting = gate.waiting();
    let mut reported = false;
    while waiting.changed().await.is_ok() {
        let waits = *waiting.borrow_and_update() > 0;
        if waits != reported {
            reported = waits;
            shared
                .send(Action::Session(session::Action::QuotaWait(id, waits)))
                .await;
        }
    }
}
