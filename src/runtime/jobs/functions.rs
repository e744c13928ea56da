//! Walking the function list, asking states of visible rows, keeping the list on disk.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;

use crate::{
    domain::session::SessionId,
    ports::{ApiError, Operation},
    runtime::{
        functions as runtime,
        kept::{self, KeptFor},
        runner::{Shared, blocking},
    },
    store::{
        Action, Ticket,
        functions::{self, Work},
    },
};

/// How long a viewport must stand still before its rows are asked.
const STAND_STILL: Duration = Duration::from_millis(150);

pub(super) async fn perform(shared: &Arc<Shared>, ticket: Ticket, work: Work) {
    match work {
        Work::List(session) => {
            let outcome = list(shared, &ticket, session).await;
            shared
                .send(Action::Functions(functions::Action::Listed(
                    ticket, outcome,
                )))
                .await;
        }
        Work::States(session, functions) => {
            tokio::time::sleep(STAND_STILL).await;
            let Ok(gate) = shared.gate(session, Operation::GetFunctionConfiguration) else {
                return;
            };
            for arn in functions {
                let state = gate
                    .configuration(&arn, None)
                    .await
                    .map(|configuration| configuration.state);
                let denied = matches!(&state, Err(error) if error.missing_action().is_some());
                let action = functions::Action::State(ticket.clone(), arn, state);
                shared.send(Action::Functions(action)).await;
                if denied {
                    // What is denied for one row is denied for all: spare the quota.
                    return;
                }
            }
        }
        Work::Keep {
            target,
            account,
            rows,
        } => {
            let (directory, now) = (shared.paths.cache.clone(), shared.now());
            let key = KeptFor::new(shared.provider.credential_source(&target), &target);
            let written =
                blocking(move || kept::save(&directory, key, account.as_deref(), now, &rows)).await;
            if let Some(Err(error)) = written {
                tracing::warn!(%error, "the function list was not kept");
            }
        }
    }
}

async fn list(shared: &Arc<Shared>, ticket: &Ticket, session: SessionId) -> Result<(), ApiError> {
    let gate = shared.gate(session, Operation::ListFunctions)?;
    let mut pages = runtime::list(&gate);
    while let Some(page) = pages.next().await {
        let action = functions::Action::Page(ticket.clone(), page?);
        shared.send(Action::Functions(action)).await;
    }
    Ok(())
}
