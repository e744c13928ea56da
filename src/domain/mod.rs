//! Plain types and pure logic: no SDK, no tokio, no ratatui, no clock.
pub mod json;
pub mod log;
pub mod logbook;
pub mod report;
pub mod text;
