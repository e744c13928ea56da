//! Reading: a function for its form, what there is to choose from, two places side by side.

use futures::join;

use super::tell;
use crate::{
    domain::{
        draft::{Item, Side, Snapshot},
        function::Arn,
        place::partition,
        queue::QueueUrl,
        session::SessionId,
    },
    ports::{ApiError, Operation, Result},
    runtime::{
        configure::{self, Found, Wanted},
        gate::Gate,
        runner::Shared,
    },
    store::{
        Ticket,
        configure::{Action, Comparison, Loaded, Place, Suggestions},
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

/// The ARN of a queue by the end of its URL, `/ACCOUNT/NAME`, which is the same on every server.
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
        Ok(gate) => compared(&gate, left, right).await.map(Box::new),
        Err(error) => Err(error),
    };
    tell(shared, Action::Compared(ticket, answer)).await;
}

async fn compared(gate: &Gate, left: Place, right: Place) -> Result<Comparison> {
    let (found, other) = join!(find(gate, &left), find(gate, &right));
    let (found, other) = (found?, other?);
    let (a, b) = (&found.snapshot, &other.snapshot);
    let unlike = a.unlike(b);
    let mut notes = found.notes;
    notes.extend(other.notes);
    Ok(Comparison {
        rows: unlike
            .into_iter()
            .map(|item| (item.clone(), a.side(&item), b.side(&item)))
            .collect(),
        same: same(a, b),
        left,
        right,
        notes,
    })
}

/// Only the configuration is a version's own; the rest is the function's.
async fn find(gate: &Gate, place: &Place) -> Result<Found> {
    let qualifier = place.qualifier.as_deref();
    let wanted = match qualifier {
        Some(_) => Wanted::NONE,
        None => Wanted {
            aliases: false,
            mappings: false,
            ..Wanted::ALL
        },
    };
    configure::find(gate, &place.function, qualifier, wanted).await
}

/// Settings and variables that are set, and the same.
fn same(left: &Snapshot, right: &Snapshot) -> usize {
    let settings = left.settings.keys().copied().map(Item::Setting);
    let variables = match &left.environment {
        crate::domain::function::Environment::Variables(variables) => variables.as_slice(),
        crate::domain::function::Environment::Unreadable { .. } => &[],
    };
    let variables = variables
        .iter()
        .map(|(name, _)| Item::Variable(name.clone()));
    settings
        .chain(variables)
        .map(|item| (left.side(&item), right.side(&item)))
        .filter(|(left, right)| left == right && !matches!(left, Side::Unset | Side::Unknown))
        .count()
}
