//! Two functions, or two versions of one, side by side.

use futures::join;

use super::{Found, Wanted, find};
use crate::{
    domain::{
        draft::{Item, Side, Snapshot},
        function::Environment,
    },
    ports::Result,
    runtime::gate::Gate,
    store::configure::{Comparison, Place},
};

/// Reads both and tells what is different.
///
/// # Errors
/// When the configuration of one cannot be read.
pub async fn compare(gate: &Gate, left: Place, right: Place) -> Result<Comparison> {
    // Many answers at once: too large for the stack of whoever asks.
    let both = Box::pin(async { join!(read(gate, &left), read(gate, &right)) });
    let (found, other) = both.await;
    let (found, other) = (found?, other?);
    let (a, b) = (&found.snapshot, &other.snapshot);
    let unlike = a.unlike(b).into_iter();
    let rows = unlike.map(|item| (item.clone(), a.side(&item), b.side(&item)));
    Ok(Comparison {
        rows: rows.collect(),
        same: same(a, b),
        notes: [found.notes, other.notes].concat(),
        left,
        right,
    })
}

/// Only the configuration is a version's own; aliases and triggers are one function's.
async fn read(gate: &Gate, place: &Place) -> Result<Found> {
    let qualifier = place.qualifier.as_deref();
    let wanted = match qualifier {
        Some(_) => Wanted::NONE,
        None => Wanted {
            aliases: false,
            mappings: false,
            ..Wanted::ALL
        },
    };
    find(gate, &place.function, qualifier, wanted).await
}

/// How many settings and variables are set, and the same.
fn same(left: &Snapshot, right: &Snapshot) -> usize {
    let settings = left.settings.keys().copied().map(Item::Setting);
    let variables = match &left.environment {
        Environment::Variables(variables) => variables.as_slice(),
        Environment::Unreadable { .. } => &[],
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
