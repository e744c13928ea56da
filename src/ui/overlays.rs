//! What stands on top of the panes: pickers, dialogs, texts. A stack; the topmost gets the keys.

pub mod ask;
pub mod confirm;
pub mod form;
pub mod messages;
pub mod picker;
pub mod review;
pub mod stop;
pub mod text;
