//! The Overview pane: what the selected function is made of and what hangs on it.

mod rows;
mod sections;
#[cfg(test)]
mod tests;
mod words;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use self::{
    rows::{MARGIN, Row, Value},
    sections::Subject,
};
use crate::{
    command::{CommandSpec, Context},
    domain::{age, configuration_json, secret::Secret, text},
    ports::ApiError,
    store::{
        Action, Store,
        identity::FunctionKey,
        letters,
        overview::{
            self, OVERVIEW,
            facts::{Facts, Part},
        },
        session, toast, ui,
    },
    theme::Role,
    ui::{
        overlays::text::TextView,
        stopped,
        surface::{Hint, Intent, Outcome, Surface, View},
        widgets::{list::Scroll, paint},
    },
};

/// What stands for a value that is not shown.
const MASK: &str = "••••••";

/// The view: the rows as they were last made, and where the cursor is.
#[derive(Default)]
pub struct OverviewPane {
    rows: Vec<Row>,
    made: Option<Made>,
    cursor: usize,
    scroll: Scroll,
}

/// What the rows were made from; they are good as long as it is the same.
#[derive(PartialEq)]
struct Made {
    subject: FunctionKey,
    version: u64,
    listed: Option<Timestamp>,
    is_open: bool,
    width: u16,
    until: Timestamp,
    stopped: Vec<String>,
}

impl OverviewPane {
    fn row(&self) -> Option<&Row> {
        self.rows.get(self.cursor)
    }

    /// The variable under the cursor, if the row holds one.
    fn variable(&self) -> Option<(&str, &Secret<String>)> {
        let row = self.row()?;
        match &row.value {
            Value::Masked(value) => Some((&row.label, value)),
            _ => None,
        }
    }

    /// Whether the value under the cursor may be shown.
    fn is_revealed(&self, store: &Store) -> bool {
        self.variable()
            .is_some_and(|(name, _)| store.overview.revealed() == Some(name))
    }

    fn reveal(&self, store: &Store) -> Outcome {
        let Some((name, _)) = self.variable() else {
            return Outcome::info("only the values of the environment are masked");
        };
        Outcome::act(Action::Overview(if self.is_revealed(store) {
            overview::Action::Mask
        } else {
            overview::Action::Reveal(name.to_owned())
        }))
    }

    fn copy(&self, store: &Store) -> Outcome {
        let Some(row) = self.row() else {
            return Outcome::done();
        };
        let text = match &row.value {
            Value::Masked(_) if !self.is_revealed(store) => {
                return Outcome::info("masked: v reveals it, then y copies it");
            }
            Value::Masked(value) => value.clone(),
            Value::Text(shown, whole) => Secret::new(whole.as_ref().unwrap_or(shown).clone()),
            Value::Header(_) => return Outcome::done(),
        };
        Outcome::act(Action::Ui(ui::Action::Copy(text)))
    }

    /// Makes the rows anew if what they are made from has changed.
    fn remake(&mut self, width: u16, view: View<'_>) {
        let store = view.store;
        let Some(subject) = store.subject() else {
            self.rows.clear();
            self.made = None;
            return;
        };
        let is_open = store.sessions.current().is_open();
        let listed = store.functions.slot().fetched();
        let version = store.overview.version();
        let stopped = stopped::offered(&subject.arn, view);
        if self.made.as_ref().is_some_and(|made| {
            made.subject == subject
                && made.version == version
                && made.listed == listed
                && made.is_open == is_open
                && made.width == width
                && made.stopped == stopped
                && store.now < made.until
        }) {
            return;
        }
        let nothing = Facts::default();
        let of = Subject {
            listed: store.functions.get(&subject.arn),
            facts: store.overview.facts(&subject).unwrap_or(&nothing),
            is_open,
            stopped: &stopped,
        };
        let (rows, until) = sections::rows(&of, store.now, width);
        let is_another = self
            .made
            .as_ref()
            .is_none_or(|made| made.subject != subject);
        self.cursor = if is_another {
            0
        } else {
            rows::follow(&self.rows, &rows, self.cursor)
        };
        self.rows = rows;
        self.made = Some(Made {
            subject,
            version,
            listed,
            is_open,
            width,
            until,
            stopped,
        });
    }

    fn draw_row(&self, place: usize, at: Rect, buf: &mut Buffer, view: View<'_>) {
        let theme = view.theme;
        let row = &self.rows[place];
        let is_cursor = place == self.cursor;
        if is_cursor {
            paint::put(buf, at.x, at.y, MARGIN, "▸", theme.style(Role::Accent));
        }
        let x = at.x + MARGIN.min(at.width);
        let room = at.right().saturating_sub(x);
        if let Value::Header(detail) = &row.value {
            let title = theme.style(Role::Accent);
            let end = paint::put(buf, x, at.y, room, &row.label, title);
            let rest = at.right().saturating_sub(end + 1);
            let end = paint::put(buf, end + 1, at.y, rest, detail, theme.style(Role::Dim));
            let start = if detail.is_empty() { end } else { end + 1 };
            for x in start..at.right() {
                paint::put(buf, x, at.y, 1, "─", theme.style(Role::Border));
            }
        } else {
            let dim = theme.style(Role::Dim);
            let end = paint::put(buf, x, at.y, room, &row.label, dim);
            let x = (x + row.column).max(end + 2).min(at.right());
            let room = at.right() - x;
            let style = theme.style(row.role);
            match &row.value {
                Value::Masked(value) if is_cursor && self.is_revealed(view.store) => {
                    paint::put(buf, x, at.y, room, value.reveal(), theme.style(Role::Text));
                }
                Value::Masked(_) => {
                    paint::put(buf, x, at.y, room, MASK, style);
                }
                Value::Text(text, _) if text.starts_with("arn:") => {
                    let clean = text::sanitise(text);
                    let name = text::truncate_middle(&clean, usize::from(room));
                    paint::put(buf, x, at.y, room, &name, style);
                }
                Value::Text(text, _) | Value::Header(text) => {
                    paint::put(buf, x, at.y, room, text, style);
                }
            }
        }
        if is_cursor {
            let focused = view.store.ui.focus() == OVERVIEW;
            paint::select_row(buf, at, at.y, theme, focused);
        }
    }

    /// The failure of the part under the cursor, else of any part.
    fn failure<'a>(&self, facts: &'a Facts) -> Option<&'a ApiError> {
        self.row()
            .and_then(|row| row.part)
            .and_then(|part| facts.part(part).error())
            .or_else(|| errors(facts).next())
    }
}

impl Surface for OverviewPane {
    fn title(&self, view: View<'_>) -> String {
        view.store
            .subject()
            .map_or_else(String::new, |key| key.arn.resource_name().to_owned())
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        vec![Context::Overview, Context::List]
    }

    fn on_command(&mut self, command: &'static CommandSpec, view: View<'_>) -> Outcome {
        if let Some(place) = self.scroll.moved(command.id, self.cursor, self.rows.len()) {
            self.cursor = place;
            return Outcome::done();
        }
        let store = view.store;
        let Some(subject) = store.subject() else {
            return Outcome::Ignored;
        };
        let facts = store.overview.facts(&subject);
        match command.id {
            "overview.reveal" => self.reveal(store),
            "functions.logs" => Outcome::Done(vec![Intent::Run("pane.logs")]),
            "functions.letters" => Outcome::act(Action::Letters(letters::Action::Do(
                letters::Step::OfFunction(subject.arn.clone()),
            ))),
            "functions.invoke" => Outcome::Done(vec![Intent::Run("pane.invoke")]),
            "functions.configure" => Outcome::Done(vec![Intent::Run("pane.configure")]),
            "app.copy" => self.copy(store),
            "app.copy-all" => Outcome::act(Action::Ui(ui::Action::Copy(Secret::new(
                subject.arn.as_str().to_owned(),
            )))),
            "app.raw" => match facts.and_then(|facts| facts.configuration.value()) {
                Some(configuration) => {
                    let json = configuration_json::json(configuration);
                    let title = format!("Configuration of {}", subject.arn.resource_name());
                    Outcome::open(TextView::new(title, format!("{json:#}")))
                }
                None => Outcome::info("the configuration is not read yet"),
            },
            "app.why" => match facts.and_then(|facts| self.failure(facts)) {
                Some(error) => {
                    let profile = store.sessions.current().target.profile_name();
                    Outcome::open(TextView::why(error, profile))
                }
                None => Outcome::Ignored,
            },
            "app.refresh" if store.sessions.current().is_open() => {
                let refused =
                    facts.is_some_and(|facts| errors(facts).any(ApiError::is_about_credentials));
                Outcome::act(if refused {
                    Action::Session(session::Action::Reopen)
                } else {
                    Action::Overview(overview::Action::Refresh)
                })
            }
            _ => Outcome::Ignored,
        }
    }

    fn on_mouse(&mut self, event: MouseEvent, area: Rect, _view: View<'_>) -> Outcome {
        let last = self.rows.len().saturating_sub(1);
        match event.kind {
            MouseEventKind::ScrollDown => self.cursor = (self.cursor + 3).min(last),
            MouseEventKind::ScrollUp => self.cursor = self.cursor.saturating_sub(3),
            MouseEventKind::Down(MouseButton::Left)
                if area.contains((event.column, event.row).into()) =>
            {
                let place = self.scroll.first() + usize::from(event.row - area.y);
                self.cursor = place.min(last);
            }
            _ => return Outcome::Ignored,
        }
        Outcome::done()
    }

    fn layout(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        let store = view.store;
        let shown = self.made.as_ref().map(|made| made.subject.clone());
        self.remake(area.width, view);
        self.scroll
            .settle(self.cursor, self.rows.len(), area.height);
        let mut actions = Vec::new();
        // The selection may have moved while the list was arranged, with no action to tell.
        if shown != store.subject() {
            actions.push(Action::Overview(overview::Action::Shown));
        }
        if store.overview.revealed().is_some() && !self.is_revealed(store) {
            actions.push(Action::Overview(overview::Action::Mask));
        }
        actions
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        if self.rows.is_empty() {
            let text = "no function is selected\n\n0  goes to the list of functions";
            paint::put_empty(buf, area, text, view.theme.style(Role::Dim));
        }
        for (line, place) in self.scroll.visible(self.rows.len()).enumerate() {
            let at = Rect {
                y: area.y + line as u16,
                height: 1,
                ..area
            };
            self.draw_row(place, at, buf, view);
        }
    }

    fn hints(&self, view: View<'_>) -> Vec<Hint> {
        let mut hints: Vec<Hint> = Vec::new();
        if self.variable().is_some() {
            let is_revealed = self.is_revealed(view.store);
            hints.push(Hint {
                command: "overview.reveal",
                title: is_revealed.then(|| "mask".to_owned()),
            });
        }
        hints.extend(
            [
                "functions.logs",
                "functions.letters",
                "functions.invoke",
                "functions.configure",
                "app.copy",
            ]
            .map(Hint::from),
        );
        hints.push(Hint {
            command: "app.copy-all",
            title: Some("copy ARN".to_owned()),
        });
        hints.extend(["app.raw", "app.refresh", "app.console-url"].map(Hint::from));
        hints
    }

    fn status_line(&self, view: View<'_>) -> Option<String> {
        let store = view.store;
        let facts = store.overview.facts(&store.subject()?)?;
        let parts: Vec<Part> = facts.parts().collect();
        let there = parts
            .iter()
            .filter(|&&part| facts.part(part).has_value())
            .count();
        let count = format!("{there} of {} parts", parts.len());
        let mut status_line = Vec::new();
        if parts.iter().any(|&part| facts.part(part).is_loading()) {
            status_line.push(format!("reading… {count}"));
        } else {
            status_line.push(count);
        }
        let oldest = parts.iter().filter_map(|&part| facts.part(part).fetched());
        if let Some(oldest) = oldest.min() {
            status_line.push(format!("{} ago", age::age(store.now, oldest)));
        }
        match errors(facts).count() {
            0 => {}
            failed => status_line.push(format!("✖ {failed} failed, W why")),
        }
        Some(status_line.join(" · "))
    }
}

/// The failures of the parts that this function has.
fn errors(facts: &Facts) -> impl Iterator<Item = &ApiError> {
    facts.parts().filter_map(|part| facts.part(part).error())
}
