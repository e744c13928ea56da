//! lambdeck: an operations console for AWS Lambda in the terminal.

pub mod aws;
pub mod domain;
pub mod ports;
