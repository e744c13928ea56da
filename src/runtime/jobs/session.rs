//! Opening a session, asking who it is, and lifting its lock.

use std::sync::Arc;

use crate::{
    domain::session::{SessionId, Target},
    ports::{ApiError, Operation},
    runtime::{
        gate::Gate,
        kept::{self, KeptFor},
        runner::{Shared, blocking},
    },
    store::{
        Action, Ticket, functions,
        session::{self, Opened, Work},
        toast,
    },
};

pub(super) async fn perform(shared: &Arc<Shared>, ticket: Ticket, work: Work) {
    match work {
        Work::Open(id, target) => {
            // The first frame has shown the first session's list already.
            if id != SessionId::FIRST {
                show_kept_list(shared, id, &target).await;
            }
            let answer = open(shared, id, target).await;
            let gate = answer.as_ref().ok().map(|(_, gate)| Arc::clone(gate));
            let answer = answer.map(|(opened, _)| opened);
            shared
                .send(Action::Session(session::Action::Opened(ticket, answer)))
                .await;
            if let Some(gate) = gate {
                report_waits(shared, id, &gate).await;
            }
        }
        Work::Identify(id) => {
            let Ok(gate) = shared.gate(id, Operation::GetCallerIdentity) else {
                return;
            };
            let answer = gate.identify().await;
            let action = session::Action::Identified(ticket, answer, gate.write_state());
            shared.send(Action::Session(action)).await;
        }
        Work::Profiles => {
            let profiles = shared.provider.profiles();
            shared
                .send(Action::Session(session::Action::Profiles(profiles)))
                .await;
        }
        Work::Unlock(id) => {
            let Ok(gate) = shared.gate(id, Operation::GetCallerIdentity) else {
                return;
            };
            shared
                .send(match gate.unlock().await {
                    Ok(state) => Action::Session(session::Action::WriteState(id, state)),
                    Err(error) => Action::Toast(toast::Action::Failed(error)),
                })
                .await;
        }
    }
}

/// The last known list of this target stands in until the real one comes.
async fn show_kept_list(shared: &Arc<Shared>, session: SessionId, target: &Target) {
    let directory = shared.paths.cache.clone();
    let key = KeptFor::new(shared.provider.credential_source(target), target);
    let kept = blocking(move || kept::load(&directory, &key)).await;
    if let Some(kept) = kept.flatten() {
        let action = functions::Action::Kept {
            session,
            account: kept.account,
            at: kept.at,
            rows: kept.rows,
        };
        shared.send(Action::Functions(action)).await;
    }
}

async fn open(
    shared: &Arc<Shared>,
    id: SessionId,
    target: Target,
) -> Result<(Opened, Arc<Gate>), ApiError> {
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

/// Tells the screen what calls wait for; lives as long as the session's opening key.
async fn report_waits(shared: &Arc<Shared>, id: SessionId, gate: &Gate) {
    let mut waits = gate.waits();
    let mut reported = None;
    while waits.changed().await.is_ok() {
        let line = waits.borrow_and_update().line();
        if line != reported {
            reported.clone_from(&line);
            let action = session::Action::Waits(id, line);
            shared.send(Action::Session(action)).await;
        }
    }
}
