//! Tags. AWS takes an ARN only, and changes none while an update runs (`docs/aws.md` §1.3).

use super::{invalid, quiet};
use crate::{
    demo::{account::Account, function::Function},
    domain::function::Arn,
    ports::{Operation, Result},
};

/// Tags that a resource can have (Lambda developer guide, "Tag requirements").
const MOST: usize = 50;

/// Sets tags; others stay.
pub(super) fn set(
    account: &Account,
    function: &mut Function,
    resource: &Arn,
    tags: &[(String, String)],
    now_ms: i64,
) -> Result<()> {
    let operation = Operation::TagResource;
    check(account, operation, function, resource, now_ms)?;
    let is_reserved = |key: &str| key.to_ascii_lowercase().starts_with("aws:");
    if tags.iter().any(|(key, _)| is_reserved(key)) {
        return Err(invalid(
            operation,
            "aws: prefixed tag key names are not allowed for external use.",
        ));
    }
    let mut all: Vec<_> = function.tags.clone();
    all.retain(|(key, _)| tags.iter().all(|(other, _)| other != key));
    all.extend_from_slice(tags);
    if all.len() > MOST {
        return Err(invalid(
            operation,
            format!("The resource cannot have more than {MOST} tags."),
        ));
    }
    all.sort();
    function.tags = all;
    Ok(())
}

/// Removes tags; one that is not there is no error.
pub(super) fn remove(
    account: &Account,
    function: &mut Function,
    resource: &Arn,
    keys: &[String],
    now_ms: i64,
) -> Result<()> {
    check(
        account,
        Operation::UntagResource,
        function,
        resource,
        now_ms,
    )?;
    function.tags.retain(|(key, _)| !keys.contains(key));
    Ok(())
}

fn check(
    account: &Account,
    operation: Operation,
    function: &Function,
    resource: &Arn,
    now_ms: i64,
) -> Result<()> {
    if resource.service().is_none() {
        return Err(invalid(
            operation,
            format!("Value '{resource}' at 'resource' failed to satisfy constraint: not an ARN"),
        ));
    }
    quiet(account, operation, function, now_ms).map(drop)
}
