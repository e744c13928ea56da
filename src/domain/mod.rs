//! Plain types and pure logic: no SDK, no tokio, no ratatui, no clock.

pub mod class;
pub mod function;
pub mod invocation;
pub mod log;
pub mod queue;
pub mod secret;
pub mod session;
