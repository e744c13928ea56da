//! lambdeck: an operations console for AWS Lambda in the terminal.

pub mod app;
pub mod aws;
pub mod cli;
pub mod command;
pub mod demo;
pub mod domain;
pub mod keymap;
pub mod ports;
pub mod runtime;
pub mod settings;
pub mod store;
pub mod theme;
pub mod ui;
