//! Parts that panes and overlays are made of; all of them draw only what is visible.

pub mod code;
pub mod grid;
pub mod list;
pub mod log_view;
pub mod paint;
pub mod prompt;
pub mod prompt_line;
