//! Plain types and pure logic: no SDK, no tokio, no ratatui, no clock.

pub mod age;
pub mod class;
pub mod configuration_json;
pub mod console_url;
pub mod document;
pub mod failure;
pub mod function;
pub mod function_list;
pub mod fuzzy;
pub mod invocation;
pub mod json;
pub mod log;
pub mod logbook;
pub mod owner;
pub mod price;
pub mod queue;
pub mod region;
pub mod reply;
pub mod report;
pub mod runtime_support;
pub mod saved_event;
pub mod secret;
pub mod session;
pub mod tail;
pub mod text;
