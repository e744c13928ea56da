//! lambdeck

pub mod command;
pub mod keymap;
pub mod settings;
pub mod theme;
