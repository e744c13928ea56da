//! Sending an invoke, exactly once; and finding out what it can be sent to.

use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::watch;

use super::events;
use crate::{
    domain::{function::Arn, invocation::InvokeResponse, reply::Reply, session::SessionId},
    ports::{ApiError, ErrorKind, Operation, Provider},
    runtime::{highlight, runner::Shared},
    store::{
        Action, RunId, Ticket,
        effect::Control,
        invoke::{self, End, Qualifiers, RunEnd, Send, Work},
    },
};

pub(super) async fn perform<P: Provider>(shared: &Arc<Shared<P>>, ticket: Ticket, work: Work) {
    match work {
        Work::Files(work) => events::perform(shared, ticket, work).await,
        Work::Qualifiers(session, function) => {
            let answer = qualifiers(shared, session, &function).await;
            let action = invoke::Action::Qualifiers(ticket, answer);
            shared.send(Action::Invoke(action)).await;
        }
        Work::Send(_) => unreachable!("a send is a run, never a query that could be cancelled"),
    }
}

async fn qualifiers<P: Provider>(
    shared: &Arc<Shared<P>>,
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
pub(super) async fn send<P: Provider>(
    shared: &Arc<Shared<P>>,
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
    let read = tokio::task::spawn_blocking(move || highlight::reply(Reply::read(&response, took)));
    match read.await {
        Ok(reply) => End::Answered(reply),
        Err(error) => End::Failed(ApiError::new(
            Operation::Invoke,
            ErrorKind::Other,
            format!("the function answered, but its answer cannot be read: {error}"),
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
