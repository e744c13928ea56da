//! Event source mappings.

use super::no_such_resource;
use crate::{
    demo::{account::Account, faults::refused, function::Settling},
    domain::{draft::update::MappingUpdate, function::EventSourceMapping},
    ports::{ErrorKind, Operation, Result},
};

/// How long a trigger takes to settle: up to a minute on AWS, less here.
const SETTLING_MS: i64 = 2_500;

/// Changes a trigger. It stops or begins to read at once, but its state takes a while to change.
pub(in crate::demo) fn update(
    account: &Account,
    uuid: &str,
    update: &MappingUpdate,
    now_ms: i64,
) -> Result<()> {
    let operation = Operation::UpdateEventSourceMapping;
    account.catch_up(now_ms);
    let mut mappings = account.mappings(now_ms).into_iter();
    let function = mappings.find(|m| m.uuid == uuid).and_then(|m| m.function);
    let before = function
        .and_then(|function| account.function(&function))
        .ok_or_else(|| no_such_resource(operation))?
        .into_owned();
    let settling = before.settling.get(uuid);
    if settling.is_some_and(|settling| now_ms < settling.until_ms) {
        return Err(refused(
            operation,
            ErrorKind::Conflict,
            "ResourceInUseException",
            400,
            "Cannot update the event source mapping because it is in use.",
        ));
    }
    let mapping = before.mappings.iter().find(|mapping| mapping.uuid == uuid);
    if let Some(why) = mapping.and_then(|mapping| refusal(mapping, update)) {
        let code = "InvalidParameterValueException";
        return Err(refused(operation, ErrorKind::Invalid, code, 400, why));
    }
    let mut function = before.clone();
    for mapping in function.mappings.iter_mut().filter(|m| m.uuid == uuid) {
        let was_disabled = mapping.is_disabled();
        write(mapping, update);
        let settling = Settling {
            until_ms: now_ms + SETTLING_MS,
            state: match (was_disabled, mapping.is_disabled()) {
                (true, false) => "Enabling",
                (false, true) => "Disabling",
                _ => "Updating",
            },
        };
        function.settling.insert(uuid.to_owned(), settling);
        account.attach(mapping.clone(), now_ms);
    }
    function.remember(&before, now_ms);
    account.keep(function);
    Ok(())
}

/// Why a queue refuses this batch size.
fn refusal(mapping: &EventSourceMapping, update: &MappingUpdate) -> Option<&'static str> {
    let source = mapping.source.as_ref()?;
    let mut after = mapping.clone();
    write(&mut after, update);
    if source.service() != Some("sqs") || after.batch_size.unwrap_or_default() <= 10 {
        None
    } else if source.resource_name().strip_suffix(".fifo").is_some() {
        Some("The batch size of a FIFO queue is at most 10.")
    } else {
        after.batch_window_s.is_none().then_some(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is \
             greater than 10",
        )
    }
}

fn write(mapping: &mut EventSourceMapping, update: &MappingUpdate) {
    if let Some(enabled) = update.enabled {
        mapping.state = if enabled { "Enabled" } else { "Disabled" }.into();
    }
    mapping.batch_size = update.batch_size.or(mapping.batch_size);
    if let Some(window) = update.batch_window_s {
        mapping.batch_window_s = (window > 0).then_some(window);
    }
    if let Some(most) = update.maximum_concurrency {
        mapping.maximum_concurrency = most;
    }
    if let Some(on) = update.partial_batch_responses {
        mapping.partial_batch_responses = on;
    }
    if let Some(filters) = &update.filters {
        mapping.filters.clone_from(filters);
    }
    mapping.state_reason = Some("USER_INITIATED".into());
}
