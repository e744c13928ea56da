//! Reading: a function for its form, suggestions for prompts, two places to compare.

use futures::join;

use super::tell;
use crate::{
    domain::{function::Arn, place::partition, queue::QueueUrl, session::SessionId},
    ports::{ApiError, Operation, Result},
    runtime::{
        configure::{self, Found, Wanted},
        gate::Gate,
        runner::Shared,
    },
    store::{
        Ticket,
        configure::{Action, Loaded, Place, Suggestions},
        identity::FunctionKey,
    },
};

/// Queues that are offered at most: one page (SQS API).
const QUEUES: usize = 1_000;
/// Layers and roles that are offered at most.
const OTHERS: usize = 1_000;

pub(super) async fn load(shared: &Shared, ticket: Ticket, key: FunctionKey) {
    let answer = match shared.gate(key.session, Operation::GetFunctionConfiguration) {
        Ok(gate) => loaded(&gate, &key.arn).await.map(Box::new),
        Err(error) => Err(error),
    };
    tell(shared, Action::Loaded(ticket, key, answer)).await;
}

async fn loaded(gate: &Gate, function: &Arn) -> Result<Loaded> {
    let (found, versions) = join!(
        configure::find(gate, function, None, Wanted::ALL),
        gate.versions(function),
    );
    let Found {
        configuration,
        snapshot,
        mut notes,
    } = found?;
    let versions = versions.unwrap_or_else(|error| {
        notes.push(error);
        Vec::new()
    });
    Ok(Loaded {
        snapshot,
        versions,
        state: configuration.state,
        notes,
    })
}

pub(super) async fn suggest(shared: &Shared, ticket: Ticket, session: SessionId) {
    let suggestions = match shared.gate(session, Operation::ListQueues) {
        Ok(gate) => suggestions(&gate).await,
        Err(error) => Suggestions {
            notes: vec![error],
            ..Suggestions::default()
        },
    };
    tell(shared, Action::Suggested(ticket, Box::new(suggestions))).await;
}

async fn suggestions(gate: &Gate) -> Suggestions {
    let (queues, layers, roles) = join!(gate.list_queues(None), gate.layers(), gate.roles());
    let mut notes = Vec::new();
    let mut note = |error: ApiError| notes.push(error);
    let queues = queues.map_err(&mut note).map(|page| page.items);
    let layers = layers.map_err(&mut note).unwrap_or_default();
    let mut roles = roles.map_err(&mut note).unwrap_or_default();
    roles.sort();
    roles.dedup();
    roles.truncate(OTHERS);
    let queues = queues.unwrap_or_default();
    let arns = queues.iter().filter_map(|url| arn(url, gate.region()));
    Suggestions {
        queues: arns.take(QUEUES).collect(),
        layers: layers.into_iter().take(OTHERS).collect(),
        roles,
        notes,
    }
}

/// The ARN of a queue, made from the end of its URL: `/ACCOUNT/NAME` on every server.
fn arn(url: &QueueUrl, region: &str) -> Option<Arn> {
    let mut parts = url.as_str().rsplit('/');
    let (name, account) = (parts.next()?, parts.next()?);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let partition = partition(region);
    let arn = format!("arn:{partition}:sqs:{region}:{account}:{name}");
    (is_account && !name.is_empty()).then(|| Arn::new(arn))
}

pub(super) async fn compare(
    shared: &Shared,
    ticket: Ticket,
    session: SessionId,
    left: Place,
    right: Place,
) {
    let answer = match shared.gate(session, Operation::GetFunctionConfiguration) {
        Ok(gate) => configure::compare(&gate, left, right).await.map(Box::new),
        Err(error) => Err(error),
    };
    tell(shared, Action::Compared(ticket, answer)).await;
}
