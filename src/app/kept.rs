//! Keys that come before the rows they are about: they are kept in their order and pressed when
//! the rows are there. What writes is never kept: nobody saw what it would be about.

use crokey::KeyCombination;

use super::App;
use crate::{
    command::{CommandSpec, Context},
    domain::class::Class,
    keymap::{self, Lookup},
    store::{toast, ui::PaneId},
    ui::surface::Rows,
};

/// Most keys that are kept.
const MOST: usize = 64;

/// The keys, and the pane whose rows they wait for.
#[derive(Default)]
pub(super) struct Kept {
    keys: Vec<KeyCombination>,
    pane: Option<PaneId>,
    /// What follows is text of a prompt, up to Enter.
    is_text: bool,
    is_pressing: bool,
}

/// Whether a command can change something, or lead to what does: blind it is not taken.
fn can_write(spec: &CommandSpec) -> bool {
    spec.class >= Class::Run || matches!(spec.id, "stop.open" | "configure.review")
}

/// Commands that are about rows and ask for no function. The others are about the pane.
const ABOUT_ROWS: &[&str] = &[
    "list.down",
    "list.up",
    "list.top",
    "list.bottom",
    "list.half-down",
    "list.half-up",
    "list.page-down",
    "list.page-up",
    "list.open",
    "text.find",
    "text.next-match",
    "text.previous-match",
    "text.fold",
    "functions.mark",
    "functions.range",
    "functions.mark-all",
    "functions.compare",
    "logs.next-error",
    "logs.previous-error",
    "logs.other-view",
    "logs.mark",
    "logs.previous-mark",
    "logs.next-mark",
    "dlq.logs",
    "dlq.invoke",
    "dlq.function",
    "dlq.edit",
    "dlq.undo",
    "dlq.mark",
    "dlq.range",
    "dlq.mark-all",
    "dlq.save",
    "app.copy",
    "app.copy-all",
    "app.raw",
];

impl App {
    /// Takes a key that is about rows which are not there yet; says whether it did.
    pub(super) fn keeps(&mut self, key: KeyCombination) -> bool {
        if self.kept.is_pressing {
            return self.refuses_blind();
        }
        let rows = self.rows();
        if !self.overlays.is_empty() || rows == Rows::There {
            return false;
        }
        let waits = !self.kept.keys.is_empty();
        if rows == Rows::Coming {
            // The next key is about what is drawn by now; those before it come first.
            if waits {
                self.forget_keys();
                self.press_kept();
                self.pressed.push(key);
            }
            return false;
        }
        let found = self.keymap.lookup(&self.path(), &self.pressed);
        if let Lookup::Command(spec) = &found
            && self.kept.is_text
            && spec.id != "app.back"
        {
            self.kept.is_text = !matches!(spec.id, "list.open" | "text.fold");
            self.keep();
            return true;
        }
        match found {
            Lookup::Command(spec) if spec.id == "app.back" && waits => {
                self.kept = Kept::default();
                self.forget_keys();
                self.toast(toast::Tone::Info, "the keys that waited are forgotten");
                true
            }
            Lookup::Command(spec) if can_write(spec) => {
                self.forget_keys();
                self.refuse(spec);
                true
            }
            Lookup::Command(spec)
                if spec.contexts.contains(&Context::Global) || spec.id == "app.stop" =>
            {
                if self.is_about_rows(spec) {
                    self.keep();
                    return true;
                }
                // It leads elsewhere, or stops what is waited for.
                self.kept = Kept::default();
                false
            }
            // What is typed on an empty list narrows it as soon as it comes.
            Lookup::Command(spec) if !waits && !self.is_about_rows(spec) => false,
            Lookup::Unbound | Lookup::Pending(_) if !waits => false,
            found => {
                let opens_prompt =
                    |spec: &CommandSpec| matches!(spec.id, "list.filter" | "text.find");
                self.kept.is_text |= matches!(found, Lookup::Command(spec) if opens_prompt(spec));
                self.keep();
                true
            }
        }
    }

    /// Whether a command is about rows: of its own, or of the function that they tell.
    fn is_about_rows(&self, spec: &CommandSpec) -> bool {
        ABOUT_ROWS.contains(&spec.id) || (spec.needs_function && self.subject().is_err())
    }

    fn keep(&mut self) {
        let room = MOST.saturating_sub(self.kept.keys.len());
        let keys = self.pressed.drain(..).take(room);
        self.kept.keys.extend(keys);
        self.kept.pane = Some(self.store.ui.focus());
        self.pending = Some(self.waiting());
    }

    /// Presses the kept keys if the rows they wait for are there.
    pub(super) fn press_what_waited(&mut self) {
        if self.kept.keys.is_empty() || !self.overlays.is_empty() {
            return;
        }
        if self.kept.pane != Some(self.store.ui.focus()) {
            self.kept = Kept::default();
            self.pending = None;
        } else if self.rows() == Rows::There {
            self.press_kept();
        }
    }

    fn press_kept(&mut self) {
        let mut keys = std::mem::take(&mut self.kept).keys.into_iter();
        self.pending = None;
        self.kept.is_pressing = true;
        for key in keys.by_ref() {
            self.on_key(key.into());
            self.settle();
            if !self.kept.is_pressing {
                // Refused: what came after it was about what it would have done.
                return;
            }
            if self.overlays.is_empty() && self.rows() == Rows::Awaited {
                break;
            }
        }
        self.kept = Kept {
            keys: keys.collect(),
            pane: Some(self.store.ui.focus()),
            ..Kept::default()
        };
        if !self.kept.keys.is_empty() {
            self.pending = Some(self.waiting());
        }
    }

    /// Whether a kept key would write now that it is its turn.
    fn refuses_blind(&mut self) -> bool {
        let Lookup::Command(spec) = self.keymap.lookup(&self.path(), &self.pressed) else {
            return false;
        };
        if !can_write(spec) {
            return false;
        }
        self.kept = Kept::default();
        self.forget_keys();
        self.refuse(spec);
        true
    }

    fn refuse(&mut self, spec: &CommandSpec) {
        let text = format!(
            "{} is not taken before its list is there: press it again then",
            spec.title
        );
        self.toast(toast::Tone::Info, text);
    }

    fn waiting(&self) -> String {
        let keys = self.kept.keys.iter();
        let keys: Vec<String> = keys.map(|key| keymap::format_sequence(&[*key])).collect();
        format!("{}  waits for the rows · esc forgets it", keys.join(" "))
    }

    fn rows(&self) -> Rows {
        let view = super::view(&self.store, &self.keymap, &self.theme);
        self.focused().map_or(Rows::There, |pane| pane.rows(view))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command;

    #[test]
    fn what_is_about_rows_is_a_command_that_does_not_write() {
        for id in ABOUT_ROWS {
            let spec = command::find(id);
            assert!(spec.is_some_and(|spec| !can_write(spec)), "{id}");
        }
    }
}
