//! Reserved and provisioned concurrency.

use super::{invalid, quiet};
use crate::{
    demo::{
        account::Account,
        faults::{no_such_function, refused},
        function::{Function, Provisioned},
    },
    ports::{ErrorKind, Operation, Result},
};

/// Executions that must stay unreserved (Lambda quotas).
const LEFT_UNRESERVED: u32 = 100;

/// How long it takes until executions are ready: minutes on AWS, less here.
const PROVISIONING_MS: i64 = 20_000;

/// Reserves concurrency, if enough is left for other functions and if it covers what is provisioned.
/// So a function with provisioned concurrency cannot be stopped with 0.
pub(super) fn reserve(
    account: &Account,
    operation: Operation,
    function: &mut Function,
    reserved: u32,
) -> Result<()> {
    let free = account.settings().unreserved + function.reserved.unwrap_or(0);
    if reserved > 0 && free < reserved.saturating_add(LEFT_UNRESERVED) {
        return Err(invalid(
            operation,
            format!(
                "Specified ReservedConcurrentExecutions for function decreases account's \
                 UnreservedConcurrentExecution below its minimum value of [{LEFT_UNRESERVED}]."
            ),
        ));
    }
    let provisioned: u32 = function.provisioned.iter().map(|one| one.requested).sum();
    if reserved < provisioned {
        return Err(invalid(
            operation,
            format!(
                "ReservedConcurrentExecutions  {reserved} should not be lower than function's total \
                 provisioned concurrency [{provisioned}]."
            ),
        ));
    }
    function.reserved = Some(reserved);
    Ok(())
}

/// Keeps executions ready for a version or an alias, which takes a while and can fail.
pub(super) fn provision(
    account: &Account,
    function: &mut Function,
    qualifier: &str,
    executions: u32,
    now_ms: i64,
    fails: bool,
) -> Result<()> {
    let operation = Operation::PutProvisionedConcurrencyConfig;
    quiet(account, operation, function, now_ms)?;
    let invalid = |message: String| Err(invalid(operation, message));
    let version = function
        .resolve(Some(qualifier), 0)
        .ok_or_else(|| no_such_function(operation, function.arn(), Some(qualifier)))?;
    if version == "$LATEST" {
        return invalid(
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
                .into(),
        );
    }
    if executions == 0 {
        return invalid(
            "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to \
             satisfy constraint: Member must have value greater than or equal to 1"
                .into(),
        );
    }
    let others = function
        .provisioned
        .iter()
        .filter(|one| one.qualifier != qualifier);
    let is_same =
        |one: &Provisioned| function.resolve(Some(&one.qualifier), 0).as_ref() == Some(&version);
    if others.clone().any(is_same) {
        return Err(refused(
            operation,
            ErrorKind::Invalid,
            "ResourceConflictException",
            409,
            "Alias can't be used for Provisioned Concurrency configuration on an already \
             Provisioned version",
        ));
    }
    let wanted = executions.saturating_add(others.map(|one| one.requested).sum());
    if function.reserved.is_some_and(|reserved| wanted > reserved) {
        return invalid(
            "Requested Provisioned Concurrency should not be greater than the \
             reservedConcurrentExecution for function"
                .into(),
        );
    }
    let had = function
        .provisioned
        .iter()
        .find(|one| one.qualifier == qualifier)
        .map_or(0, |one| one.at(now_ms).available);
    let free = account.settings().unreserved;
    if function.reserved.is_none() && free < executions.saturating_add(LEFT_UNRESERVED) {
        return invalid(format!(
            "Specified ConcurrentExecutions for function decreases account's \
             UnreservedConcurrentExecution below its minimum value of [{LEFT_UNRESERVED}]."
        ));
    }
    function
        .provisioned
        .retain(|one| one.qualifier != qualifier);
    function.provisioned.push(Provisioned {
        qualifier: qualifier.to_owned(),
        requested: executions,
        had,
        until_ms: now_ms + PROVISIONING_MS,
        fails,
    });
    Ok(())
}

/// Gives provisioned concurrency back. It is no error if there is none.
pub(super) fn unprovision(function: &mut Function, qualifier: &str) -> Result<()> {
    let operation = Operation::DeleteProvisionedConcurrencyConfig;
    if function.resolve(Some(qualifier), 0).is_none() {
        return Err(no_such_function(operation, function.arn(), Some(qualifier)));
    }
    function
        .provisioned
        .retain(|one| one.qualifier != qualifier);
    Ok(())
}
