//! Keys that come before the rows they are about: they are kept in their order and pressed when
//! the rows are there, read to their end and in their order. A key that comes after a frame with
//! rows is about what that frame shows, unless it goes on with a sequence that waits. What writes
//! is never kept: nobody saw what it would be about.

use crokey::KeyCombination;
use jiff::{SignedDuration, Timestamp};

use super::App;
use crate::{
    command::{CommandSpec, Context},
    domain::{class::Class, function::Arn},
    keymap::{self, Lookup},
    store::{
        activity::ACTIVITY,
        letters::LETTERS,
        toast,
        ui::{FUNCTIONS, PaneId},
    },
    ui::surface::Rows,
};

/// Most keys that are kept.
const MOST: usize = 64;
/// Nobody acts on what was drawn since less than this: such a key was on its way before.
const REACTION: SignedDuration = SignedDuration::from_millis(200);
/// A key that comes sooner after one that waits goes on with it.
const PAUSE: SignedDuration = SignedDuration::from_millis(500);
/// Where rows are slow to come, keys wait this long at most after the last of them, and after
/// rows were first drawn: then they are about those.
const SILENCE: SignedDuration = SignedDuration::from_secs(1);

/// A pane, the function it is about, and where in it one stands.
type Whereabouts = (PaneId, Option<Arn>, String);

/// What frames have shown of the place that has the focus.
#[derive(Default)]
pub(super) struct Seen {
    place: Option<Whereabouts>,
    /// There was a frame of it.
    is_drawn: bool,
    /// Since when frames of it have rows.
    rows: Option<Timestamp>,
    /// Places whose rows were looked at before: one knows them, whatever is read anew.
    known: Vec<Whereabouts>,
    /// A question came up by itself after the last frame.
    pub(super) has_question: bool,
}

/// Places that are remembered.
const PLACES: usize = 100;

/// The keys, and the pane whose rows they wait for.
#[derive(Default)]
pub(super) struct Kept {
    keys: Vec<KeyCombination>,
    pane: Option<PaneId>,
    /// When the last of them came.
    last: Option<Timestamp>,
    /// What follows is text of a prompt, up to Enter.
    is_text: bool,
    is_pressing: bool,
    /// A frame said that they wait, and how to forget them; before that Esc is one of them.
    is_drawn: bool,
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
    "configure.edit",
    "configure.editor",
    "configure.remove",
    "configure.undo",
];

/// Commands that take no part in a sequence: they are done while keys before them wait.
const AT_ONCE: &[&str] = &[
    "app.help",
    "app.palette",
    "app.messages",
    "app.profile",
    "app.region",
    "app.suspend",
    "app.quit",
];

/// Panes whose rows are what a command about a function is about.
const WITH_FUNCTIONS: [PaneId; 3] = [FUNCTIONS, LETTERS, ACTIVITY];

impl App {
    /// Takes a key that is about rows which are not there yet; says whether it did.
    pub(super) fn keeps(&mut self, key: KeyCombination) -> bool {
        if self.kept.is_pressing {
            return self.refuses_blind();
        }
        if self.seen.has_question {
            self.forget_keys();
            self.say_that_a_question_came();
            return true;
        }
        if !self.overlays.is_empty() || self.path().contains(&Context::Input) {
            return false;
        }
        if self.is_behind {
            // Keys can come faster than frames: which rows are there is known after the last one.
            let pressed = std::mem::take(&mut self.pressed);
            self.settle();
            self.pressed = pressed;
            if !self.overlays.is_empty() {
                return self.keeps(key);
            }
        }
        if self.stops_blind() {
            return true;
        }
        if !self.waits_for_rows() {
            if self.kept.keys.is_empty() {
                return false;
            }
            if !self.goes_on() {
                // It is about what is drawn by now; those before it come first.
                self.forget_keys();
                self.press_kept();
                self.pressed.push(key);
                return self.keeps(key);
            }
        }
        let waits = !self.kept.keys.is_empty();
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
            Lookup::Command(spec) if spec.id == "app.back" && waits && self.kept.is_drawn => {
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
            Lookup::Command(spec) if spec.contexts.contains(&Context::Global) => {
                let is_next = self.goes_on() && !AT_ONCE.contains(&spec.id);
                self.kept.is_text &= spec.id != "app.back";
                if is_next || self.is_about_rows(spec) {
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
        let is_of_rows = WITH_FUNCTIONS.contains(&self.store.ui.focus());
        ABOUT_ROWS.contains(&spec.id)
            || (spec.needs_function && (is_of_rows || self.subject().is_err()))
    }

    /// Whether a key about rows would be about some that no frame has shown.
    fn waits_for_rows(&self) -> bool {
        match self.rows() {
            Rows::There => false,
            Rows::Coming => !self.has_seen_rows() && !self.is_known(),
            Rows::Turning | Rows::Awaited => true,
        }
    }

    fn has_seen_rows(&self) -> bool {
        let since = self.seen.rows;
        since.is_some_and(|since| self.store.now.duration_since(since) >= REACTION)
    }

    fn is_known(&self) -> bool {
        let place = self.seen.place.as_ref();
        place.is_some_and(|place| self.seen.known.contains(place))
    }

    /// Another account has other rows.
    pub(super) fn forget_places(&mut self) {
        self.kept = Kept::default();
        self.seen.known.clear();
    }

    /// Whether a key that comes now belongs to those that wait.
    fn goes_on(&self) -> bool {
        let last = self.kept.last.filter(|_| !self.kept.keys.is_empty());
        last.is_some_and(|last| self.store.now.duration_since(last) < PAUSE)
    }

    /// Refuses to stop what nobody saw: it was typed ahead of the place that it would be about.
    fn stops_blind(&mut self) -> bool {
        let found = self.keymap.lookup(&self.path(), &self.pressed);
        let Lookup::Command(spec) = found else {
            return false;
        };
        let is_seen = self.seen.is_drawn && !self.goes_on();
        if spec.id != "app.stop" || self.kept.is_text || is_seen {
            return false;
        }
        self.forget_keys();
        let text =
            "stop is not taken ahead of what it would stop: press it again when that is shown";
        self.toast(toast::Tone::Info, text);
        if !self.kept.keys.is_empty() {
            self.pending = Some(self.waiting());
        }
        true
    }

    /// A question came up that no frame has shown: what was typed ahead is no answer to it.
    pub(super) fn forget_for_a_question(&mut self) {
        let kept = std::mem::take(&mut self.kept);
        if !kept.keys.is_empty() {
            self.pending = None;
            self.say_that_a_question_came();
        }
    }

    fn say_that_a_question_came(&mut self) {
        let text = "a question came up: the keys typed ahead of it are forgotten";
        self.toast(toast::Tone::Info, text);
    }

    /// Notes where the focus is; another place was not seen yet.
    pub(super) fn note_place(&mut self) {
        let view = super::view(&self.store, &self.keymap, &self.theme);
        let focus = self.store.ui.focus();
        let function = view.store.subject().map(|key| key.arn);
        let function = function.filter(|_| !WITH_FUNCTIONS.contains(&focus));
        let place = self.focused().map(|pane| pane.place(view));
        let place = place.map(|place| (focus, function, place));
        if self.seen.place != place {
            let is_looked_at = self.has_seen_rows() && !self.is_known();
            let mut known = std::mem::take(&mut self.seen.known);
            known.extend(self.seen.place.take().filter(|_| is_looked_at));
            if known.len() > PLACES {
                known.remove(0);
            }
            self.seen = Seen {
                place,
                known,
                has_question: self.seen.has_question,
                ..Seen::default()
            };
        }
    }

    /// A frame was drawn: what it shows was seen.
    pub(super) fn note_drawn(&mut self) {
        let has_rows = self.rows() != Rows::Awaited;
        let seen = &mut self.seen;
        seen.is_drawn = true;
        self.kept.is_drawn |= !self.kept.keys.is_empty();
        seen.has_question = false;
        match seen.rows {
            _ if !has_rows => seen.rows = None,
            None => seen.rows = Some(self.store.now),
            Some(_) => {}
        }
    }

    /// When keys that wait for slow rows have waited long enough.
    pub(super) fn kept_due(&self) -> Option<Timestamp> {
        let last = self.kept.last.filter(|_| !self.kept.keys.is_empty())?;
        let drawn = match self.rows() {
            Rows::Coming => self.seen.rows?,
            Rows::Turning => last,
            Rows::There | Rows::Awaited => return None,
        };
        Some(last.max(drawn) + SILENCE)
    }

    fn keep(&mut self) {
        let room = MOST.saturating_sub(self.kept.keys.len());
        let keys = self.pressed.drain(..).take(room);
        self.kept.keys.extend(keys);
        self.kept.pane = Some(self.store.ui.focus());
        self.kept.last = Some(self.store.now);
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
        } else if self.rows() == Rows::There
            || self.kept_due().is_some_and(|due| due <= self.store.now)
        {
            self.press_kept();
        }
    }

    fn press_kept(&mut self) {
        let kept = std::mem::take(&mut self.kept);
        let (mut keys, last) = (kept.keys.into_iter(), kept.last);
        self.pending = None;
        self.kept.is_pressing = true;
        for key in keys.by_ref() {
            self.on_key(key.into());
            self.settle();
            if !self.kept.is_pressing {
                // Refused, or asked: what came after it was about what it would have done.
                if self.seen.has_question && keys.len() > 0 {
                    self.say_that_a_question_came();
                }
                return;
            }
            if self.overlays.is_empty() && self.waits_for_rows() {
                break;
            }
        }
        self.kept = Kept {
            keys: keys.collect(),
            pane: Some(self.store.ui.focus()),
            last,
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
        for id in ABOUT_ROWS.iter().chain(AT_ONCE) {
            let spec = command::find(id);
            assert!(spec.is_some_and(|spec| !can_write(spec)), "{id}");
        }
    }
}
