//! lambdeck: an operations console for AWS Lambda in the terminal.

pub mod command;
pub mod domain;
pub mod keymap;
pub mod ports;
pub mod settings;
pub mod theme;
