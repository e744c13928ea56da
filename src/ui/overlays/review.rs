//! The review of a change: shows what it comes to before anything is written
//! (`docs/architecture.md` §4.2), and applies it.
//!
//! The plan is made by the runner and held by the store. The focus starts on Cancel, no letter key
//! applies, and what stops a function asks for its name.

mod shown;
mod words;

use crossterm::event::{KeyCode, KeyEvent, MouseEvent, MouseEventKind};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    command::{CommandSpec, Context},
    domain::{
        draft::Routing,
        function::Arn,
        session::{SessionId, WriteState},
        text,
    },
    store::{
        Action, Store,
        configure::{self, Change, Review, Step},
    },
    theme::Role,
    ui::{
        surface::{Hint, Intent, Outcome, Surface, View},
        widgets::{list::Scroll, paint, prompt::Prompt},
    },
};
use shown::{Proposed, Rows, Shown, applies, apply_button, common_aliases, head, in_rows};

/// Widest a dialog gets (`docs/architecture.md` §9.1).
const WIDTH: u16 = 76;
/// Most aliases that are offered to follow the published version; others are edited in the form.
const MOST_SHIFTS: usize = 6;
/// What can have the focus.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Publish a version afterwards.
    Publish,
    /// Point this alias to it.
    Shift(String),
    Cancel,
    Apply,
}

/// A box to tick.
struct Offer {
    part: Part,
    label: String,
    is_on: bool,
}

/// The dialog.
pub struct ReviewDialog {
    /// What it asks the store for before its first frame.
    asks: Option<Step>,
    focus: Part,
    typed: Prompt,
    offers: Vec<Offer>,
    shown: Shown,
    first: usize,
    scroll: Scroll,
    /// Why the button did nothing.
    refusal: Option<String>,
    /// What was typed in this draft is shown.
    is_revealed: bool,
}

impl Default for ReviewDialog {
    fn default() -> Self {
        Self {
            asks: None,
            focus: Part::Cancel,
            typed: Prompt::default(),
            offers: Vec::new(),
            shown: Shown::default(),
            first: 0,
            scroll: Scroll::default(),
            refusal: None,
            is_revealed: false,
        }
    }
}

fn step(step: Step) -> Action {
    Action::Configure(configure::Action::Do(step))
}

/// Asks for the review of a change, and shows it.
pub fn open(session: SessionId, functions: Vec<Arn>, change: Change) -> Outcome {
    Outcome::open(ReviewDialog::of(session, functions, change))
}

/// Why nothing can be written in this session, and what to do next; `None` when something can.
pub fn refusal(store: &Store) -> Option<String> {
    match store.sessions.current().write {
        WriteState::Open | WriteState::Unlocked { .. } => None,
        WriteState::ReadOnly { .. } => {
            Some("this session is read-only: start without --read-only and read_only".to_owned())
        }
        WriteState::Protected => Some(
            "this session is protected: :unlock lifts that for 30 minutes, --write for all of it"
                .to_owned(),
        ),
    }
}

impl ReviewDialog {
    /// Shows what is under review: whoever opens it has sent [`Step::Review`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the review of a change as soon as it is opened, and shows it.
    pub fn of(session: SessionId, functions: Vec<Arn>, change: Change) -> Self {
        Self {
            asks: Some(Step::Review {
                session,
                functions,
                change,
            }),
            ..Self::default()
        }
    }

    fn parts(&self, review: &Review, store: &Store) -> Vec<Part> {
        let mut parts: Vec<Part> = self.offers.iter().map(|one| one.part.clone()).collect();
        parts.push(Part::Cancel);
        // Whatever is drawn takes the focus, also while it is still read what there is to apply.
        parts.extend((!is_over(review, store)).then_some(Part::Apply));
        parts
    }

    fn turn(&mut self, by: isize, review: &Review, store: &Store) {
        let parts = self.parts(review, store);
        let at = parts.iter().position(|part| *part == self.focus);
        let next = (at.unwrap_or(0) as isize + by).rem_euclid(parts.len() as isize);
        self.focus = parts[next as usize].clone();
        self.refusal = None;
    }

    /// Whether what must be typed is there.
    fn is_typed(&self, review: &Review) -> bool {
        let wanted = review.typed();
        wanted.is_none_or(|wanted| self.typed.text().trim() == wanted)
    }

    /// Whether keys are text.
    fn is_typing(&self, review: &Review, store: &Store) -> bool {
        self.focus == Part::Cancel && applies(review, store) && review.typed().is_some()
    }

    fn apply(&mut self, review: &Review, store: &Store) -> Outcome {
        if !applies(review, store) {
            let text = "still reading what there is to apply: press it again when that is shown";
            self.refusal = Some(text.to_owned());
            return Outcome::done();
        }
        self.refusal = refusal(store);
        if self.refusal.is_none() && !self.is_typed(review) {
            self.refusal = review.typed().map(|name| format!("type {name} first"));
        }
        if self.refusal.is_some() {
            return Outcome::done();
        }
        // What is carried out is no longer under review: that closes the dialog.
        Outcome::act(step(Step::Apply))
    }

    fn press(&mut self, review: &Review, store: &Store) -> Outcome {
        match &self.focus {
            Part::Cancel => cancel(),
            Part::Apply => self.apply(review, store),
            Part::Publish | Part::Shift(_) => self.toggle(),
        }
    }

    /// Ticks a box or takes the tick away.
    fn toggle(&self) -> Outcome {
        let Some(offer) = self.offers.iter().find(|one| one.part == self.focus) else {
            return Outcome::done();
        };
        let is_on = !offer.is_on;
        match &offer.part {
            Part::Publish => Outcome::act(step(Step::OfferPublish(is_on))),
            Part::Shift(alias) => Outcome::act(step(Step::OfferShift(alias.clone(), is_on))),
            Part::Cancel | Part::Apply => Outcome::done(),
        }
    }

    /// What is offered besides. While it is read anew the boxes of before stay where they are.
    fn offer(&mut self, review: &Review) {
        let Change::Edit(draft) = &review.proposal().change else {
            self.offers.clear();
            return;
        };
        let is_on = |part: &Part| match part {
            Part::Publish => draft.publish.is_some(),
            Part::Shift(alias) => draft
                .aliases
                .get(alias)
                .is_some_and(Routing::follows_publish),
            Part::Cancel | Part::Apply => false,
        };
        if review.reviews().is_some() {
            let publishes = draft.publish.is_some() || draft.changes_configuration();
            let has_plan = review.plans().next().is_some();
            let aliases = if publishes && has_plan {
                common_aliases(review)
            } else {
                Vec::new()
            };
            let publish = (publishes && has_plan).then_some((Part::Publish, "publish".to_owned()));
            let shifts = aliases.into_iter().take(MOST_SHIFTS);
            let shifts = shifts.map(|alias| (Part::Shift(alias.clone()), format!("shift {alias}")));
            self.offers = publish
                .into_iter()
                .chain(shifts)
                .map(|(part, label)| Offer {
                    is_on: is_on(&part),
                    part,
                    label,
                })
                .collect();
        }
        for offer in &mut self.offers {
            offer.is_on = is_on(&offer.part);
        }
    }

    /// The boxes, in as many rows as they need.
    fn offer_rows(&self, width: u16) -> Rows {
        let boxes = self.offers.iter().map(|offer| {
            let sign = if offer.is_on { "x" } else { " " };
            (
                offer.part.clone(),
                format!("[{sign}] {}", text::sanitise(&offer.label)),
            )
        });
        in_rows(boxes, width)
    }

    /// Makes what is drawn. Until the store has the review, only what is proposed is known.
    fn show(&mut self, asked: &Proposed, review: Option<&Review>, width: u16, view: View<'_>) {
        let applies = review.is_some_and(|review| applies(review, view.store));
        let is_over = review.is_some_and(|review| is_over(review, view.store));
        let cancel = if is_over { "[ Close ]" } else { "[ Cancel ]" };
        let apply = (!is_over).then(|| (Part::Apply, apply_button(review, view, width)));
        let cancel = (Part::Cancel, cancel.to_owned());
        let count = review.and_then(words::count);
        if applies && !self.shown.applies {
            // It waited for this.
            self.refusal = None;
        }
        self.shown = Shown {
            applies,
            title: words::title(asked.functions, asked.change),
            head: head(asked.functions, count, view, width),
            body: review.map_or_else(
                || words::reading(asked.functions.len(), width),
                |review| words::body(review, width, self.is_revealed),
            ),
            name: review.filter(|_| applies).and_then(Review::typed),
            offers: self.offer_rows(width),
            buttons: in_rows([cancel].into_iter().chain(apply), width),
            is_ready: review.is_some_and(|review| applies && self.is_typed(review))
                && refusal(view.store).is_none(),
        };
    }

    /// Rows below the text: one that says how much more there is, then what cannot scroll.
    fn foot(&self) -> u16 {
        let typed = if self.shown.name.is_some() { 2 } else { 0 };
        let refusal = usize::from(self.refusal.is_some());
        let rows = self.shown.offers.len() + self.shown.buttons.len();
        (1 + rows + typed + refusal) as u16
    }

    fn take_input(&mut self, id: &str, review: &Review, store: &Store) -> Outcome {
        match id {
            "input.leave" => return cancel(),
            "input.tab" => self.turn(1, review, store),
            "input.back-tab" => self.turn(-1, review, store),
            "input.undo" => drop(self.typed.undo()),
            "input.accept" | "input.submit" if self.typed.text().trim().is_empty() => {
                return cancel();
            }
            // Enter after the typed name is the confirmation, as is the button.
            "input.accept" | "input.submit" => return self.apply(review, store),
            _ => return Outcome::Ignored,
        }
        Outcome::done()
    }

    fn scroll_by(&mut self, command: &str) -> bool {
        let len = self.shown.body.len();
        let last = len.saturating_sub(self.scroll.height());
        let target = match command {
            "list.down" => Some(self.first + 1),
            "list.up" => Some(self.first.saturating_sub(1)),
            _ => self.scroll.moved(command, self.first, len),
        };
        self.first = target.unwrap_or(self.first).min(last);
        target.is_some()
    }
}

/// It was read, and there is nothing to apply.
fn is_over(review: &Review, store: &Store) -> bool {
    review.reviews().is_some() && !applies(review, store)
}

fn cancel() -> Outcome {
    Outcome::Done(vec![Intent::Close, Intent::Act(step(Step::CloseReview))])
}

impl Surface for ReviewDialog {
    fn title(&self, _view: View<'_>) -> String {
        self.shown.title.clone()
    }

    fn path(&self, view: View<'_>) -> Vec<Context> {
        let review = view.store.configure.review();
        if review.is_some_and(|review| self.is_typing(review, view.store)) {
            vec![Context::Input]
        } else {
            // What it says scrolls by the keys that type nothing.
            vec![Context::Dialog, Context::Text]
        }
    }

    fn on_command(&mut self, command: &'static CommandSpec, view: View<'_>) -> Outcome {
        let Some(review) = view.store.configure.review() else {
            return Outcome::Done(vec![Intent::Close]);
        };
        if self.is_typing(review, view.store) {
            return self.take_input(command.id, review, view.store);
        }
        match command.id {
            "dialog.next" => self.turn(1, review, view.store),
            "dialog.previous" => self.turn(-1, review, view.store),
            "dialog.cancel" | "app.back" | "app.close" => return cancel(),
            "dialog.press" => return self.press(review, view.store),
            "dialog.toggle" => return self.toggle(),
            "dialog.reveal" if words::hides_typed(review) => self.is_revealed = !self.is_revealed,
            id if self.scroll_by(id) => {}
            _ => return Outcome::Ignored,
        }
        Outcome::done()
    }

    fn on_key(&mut self, key: KeyEvent, _view: View<'_>) -> Outcome {
        let movement = match key.code {
            KeyCode::Down => "list.down",
            KeyCode::Up => "list.up",
            KeyCode::PageDown => "list.page-down",
            KeyCode::PageUp => "list.page-up",
            _ => "",
        };
        if !self.scroll_by(movement) && self.typed.on_key(key) {
            self.refusal = None;
        }
        Outcome::done()
    }

    fn on_paste(&mut self, text: &str, _view: View<'_>) -> Outcome {
        self.typed.paste(text);
        Outcome::done()
    }

    fn on_mouse(&mut self, event: MouseEvent, _area: Rect, _view: View<'_>) -> Outcome {
        match event.kind {
            MouseEventKind::ScrollDown => self.scroll_by("list.down"),
            MouseEventKind::ScrollUp => self.scroll_by("list.up"),
            _ => return Outcome::Ignored,
        };
        Outcome::done()
    }

    fn layout(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        let mut actions = Vec::new();
        if let Some(asks) = self.asks.take() {
            if let Step::Review {
                functions, change, ..
            } = &asks
            {
                self.show(&Proposed { functions, change }, None, area.width, view);
            }
            actions.push(step(asks));
        } else if let Some(review) = view.store.configure.review() {
            self.offer(review);
            if !self.parts(review, view.store).contains(&self.focus) {
                self.focus = Part::Cancel;
            }
            let asked = review.proposal();
            let asked = Proposed {
                functions: &asked.functions,
                change: &asked.change,
            };
            self.show(&asked, Some(review), area.width, view);
        }
        let (width, height) = view.store.ui.size();
        let height = self.size(Rect::new(0, 0, width, height)).1;
        let fixed = self.shown.head.len() as u16 + self.foot() + 3;
        let rows = height.saturating_sub(fixed).max(1);
        let last = self.shown.body.len().saturating_sub(usize::from(rows));
        self.first = self.first.min(last);
        self.scroll.settle(self.first, self.shown.body.len(), rows);
        actions
    }

    fn is_over(&self, view: View<'_>) -> bool {
        self.asks.is_none() && view.store.configure.review().is_none()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let theme = view.theme;
        let put = |buf: &mut Buffer, y: u16, line: &str, role: Role| {
            if y < area.bottom() {
                paint::put(buf, area.x, y, area.width, line, theme.style(role));
            }
        };
        let mut y = area.y;
        for (line, role) in &self.shown.head {
            put(buf, y, line, *role);
            y += 1;
        }
        let foot = area.bottom().saturating_sub(self.foot());
        y += u16::from(y + 1 < foot);
        let room = usize::from(foot.saturating_sub(y));
        for (line, role) in self.shown.body.iter().skip(self.first).take(room) {
            put(buf, y, line, *role);
            y += 1;
        }
        let more = self.shown.body.len().saturating_sub(self.first + room);
        if more > 0 {
            let text = format!("▾ {more} more");
            paint::put_right(buf, area.x, foot, area.width, &text, theme.style(Role::Dim));
        }
        let at = Rect {
            y: foot + 1,
            ..area
        };
        let shown = &self.shown;
        let mut y = shown.draw_parts(&shown.offers, &self.focus, at, buf, theme);
        if let Some(name) = &self.shown.name {
            let name = text::sanitise(name);
            put(buf, y, &format!("type {name} to go on"), Role::Warn);
            let at = Rect {
                y: y + 1,
                height: 1,
                ..area
            };
            self.typed.render("› ", at, buf, theme);
            y += 2;
        }
        if let Some(refusal) = &self.refusal {
            put(buf, y, &format!("✖ {refusal}"), Role::Error);
            y += 1;
        }
        shown.draw_parts(&shown.buttons, &self.focus, Rect { y, ..area }, buf, theme);
    }

    fn hints(&self, view: View<'_>) -> Vec<Hint> {
        let titled = |command, title: &str| Hint {
            command,
            title: Some(title.to_owned()),
        };
        let review = view.store.configure.review();
        if review.is_some_and(|review| self.is_typing(review, view.store)) {
            let mut hints = vec![titled("input.tab", "next"), titled("input.leave", "cancel")];
            // Before anything is typed Enter is Cancel's.
            if !self.typed.text().trim().is_empty() {
                hints.insert(0, titled("input.accept", "apply"));
            }
            return hints;
        }
        let mut hints: Vec<Hint> = vec!["dialog.next".into()];
        match self.focus {
            Part::Publish | Part::Shift(_) => hints.push("dialog.toggle".into()),
            Part::Apply => hints.push(titled("dialog.press", "apply")),
            Part::Cancel => {}
        }
        hints.push(
            if review.is_some_and(|review| is_over(review, view.store)) {
                titled("dialog.cancel", "close")
            } else {
                "dialog.cancel".into()
            },
        );
        if review.is_some_and(words::hides_typed) {
            let title = if self.is_revealed {
                "mask values"
            } else {
                "show values"
            };
            hints.push(titled("dialog.reveal", title));
        }
        if self.shown.body.len() > self.scroll.height() {
            hints.push(titled("list.page-down", "scroll"));
        }
        hints
    }

    fn size(&self, screen: Rect) -> (u16, u16) {
        let rows = self.shown.head.len() + self.shown.body.len().max(1);
        let wanted = rows as u16 + self.foot() + 3;
        let most = screen
            .height
            .saturating_sub(if screen.height < 16 { 1 } else { 2 });
        (screen.width.min(WIDTH), wanted.min(most))
    }
}
