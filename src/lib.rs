//! lambdeck: an operations console for AWS Lambda in the terminal.

pub mod demo;
pub mod domain;
pub mod ports;
