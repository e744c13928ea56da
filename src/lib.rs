//! lambdeck: an operations console for AWS Lambda in the terminal.

pub mod domain;
pub mod ports;
pub mod runtime;
