//! Versions, and the aliases that point to them.

use jiff::Timestamp;

use super::{other_revision, quiet};
use crate::{
    demo::{
        account::Account,
        dice::{label, mix, uuid},
        faults::no_such_function,
        function::Function,
    },
    domain::{draft::Routing, function::Version},
    ports::{Operation, Result},
};

/// Points an alias elsewhere.
pub(super) fn route(
    account: &Account,
    function: &mut Function,
    name: &str,
    routing: &Routing,
    revision_id: Option<&str>,
) -> Result<()> {
    let operation = Operation::UpdateAlias;
    let arn = function.arn().clone();
    let versions = std::iter::once(&routing.version).chain(routing.weights.iter().map(|(v, _)| v));
    for version in versions {
        let is_there =
            version == "$LATEST" || function.versions.iter().any(|v| v.version == *version);
        if !is_there {
            return Err(no_such_function(operation, &arn, Some(version)));
        }
    }
    let seed = account.place.seed;
    let alias = function
        .live
        .iter_mut()
        .chain(&mut function.aliases)
        .find(|alias| alias.name == name)
        .ok_or_else(|| no_such_function(operation, &arn, Some(name)))?;
    if revision_id.is_some() && revision_id != alias.revision_id.as_deref() {
        return Err(other_revision(operation, "Alias"));
    }
    let old = label(alias.revision_id.as_deref().unwrap_or_default());
    alias.version.clone_from(&routing.version);
    alias.weights.clone_from(&routing.weights);
    alias.revision_id = Some(uuid(mix(&[seed, old])));
    Ok(())
}

/// Publishes a version.
pub(super) fn publish(
    account: &Account,
    function: &mut Function,
    description: &str,
    revision_id: Option<&str>,
    now_ms: i64,
) -> Result<String> {
    let operation = Operation::PublishVersion;
    let current = quiet(account, operation, function, now_ms)?;
    if revision_id.is_some() && revision_id != current.revision_id.as_deref() {
        return Err(other_revision(operation, "Function"));
    }
    let newest = function.versions.last();
    // Nothing changed since: AWS gives the same version again.
    if let Some(newest) = newest.filter(|v| v.modified >= function.latest.summary.modified) {
        return Ok(newest.version.clone());
    }
    let number = newest
        .and_then(|v| v.version.parse::<u32>().ok())
        .unwrap_or(0)
        + 1;
    function.versions.push(Version {
        version: number.to_string(),
        description: description.to_owned(),
        modified: Timestamp::from_millisecond(now_ms).ok(),
        code_size: function.latest.summary.code_size,
    });
    Ok(number.to_string())
}
