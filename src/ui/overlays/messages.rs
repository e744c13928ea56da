//! What the console said lately, newest first: every message whole, with its time, and the line of
//! status line of the pane, which is cut where it has no room.

use super::text::TextView;
use crate::store::Store;

/// The list, below the line that the pane says of itself.
pub fn view(store: &Store, status_line: Option<&str>) -> TextView {
    let said = store.toasts.history();
    let mut lines: Vec<String> = status_line
        .into_iter()
        .map(|status_line| format!("now  {status_line}"))
        .collect();
    if !lines.is_empty() {
        lines.push(String::new());
    }
    if said.is_empty() {
        lines.push("nothing was said yet".to_owned());
    }
    lines.extend(said.iter().rev().map(|one| {
        let at = one.at.strftime("%H:%M:%S");
        format!("{at}  {}{}", one.tone.sign(), one.text)
    }));
    TextView::new("Messages, UTC, newest first", lines.join("\n"))
}
