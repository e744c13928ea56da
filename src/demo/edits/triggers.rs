//! Event source mappings.

use super::no_such_resource;
use crate::{
    demo::account::Account,
    domain::{draft::update::MappingUpdate, function::EventSourceMapping},
    ports::{Operation, Result},
};

/// Changes what is said of a trigger.
pub(in crate::demo) fn update(account: &Account, uuid: &str, update: &MappingUpdate) -> Result<()> {
    let operation = Operation::UpdateEventSourceMapping;
    let mapping = account.mappings().into_iter().find(|m| m.uuid == uuid);
    let function = mapping.and_then(|mapping| mapping.function);
    let function = function
        .and_then(|function| account.function(&function))
        .ok_or_else(|| no_such_resource(operation))?;
    let mut function = function.into_owned();
    for mapping in function.mappings.iter_mut().filter(|m| m.uuid == uuid) {
        write(mapping, update);
    }
    account.keep(function);
    Ok(())
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
