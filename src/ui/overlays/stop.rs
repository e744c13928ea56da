//! The menu of Stop the damage: each move with what it stops and what it does not.
//!
//! A move is reviewed like any other change. One that would do nothing is greyed, as far as that is
//! known. What a move does is in `domain::draft::stop`.

mod facts;
mod questions;

use ratatui::{buffer::Buffer, layout::Rect};

use super::review::{self, ReviewDialog};
use crate::{
    command::{CommandSpec, Context},
    domain::{draft::stop::Move, text},
    store::{
        Action, Store,
        configure::{self, Change, Step},
        identity::FunctionKey,
        slot::Slot,
    },
    theme::Role,
    ui::{
        surface::{Hint, Intent, Outcome, Surface, View},
        widgets::{list::Scroll, paint},
    },
};
use facts::Facts;

/// Widest a dialog gets (`docs/architecture.md` §9.1).
const WIDTH: u16 = 76;
/// Where sentences begin.
const INDENT: u16 = 5;

/// A row of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Triggers,
    Concurrency,
    Alias,
    Weight,
    Restore,
}

impl Row {
    const ALL: [Self; 5] = [
        Self::Triggers,
        Self::Concurrency,
        Self::Alias,
        Self::Weight,
        Self::Restore,
    ];

    const fn command(self) -> &'static str {
        match self {
            Self::Triggers => "stop.triggers",
            Self::Concurrency => "stop.concurrency",
            Self::Alias => "stop.alias",
            Self::Weight => "stop.weight",
            Self::Restore => "stop.restore",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Triggers => "pause all triggers",
            Self::Concurrency => "reserved concurrency 0",
            Self::Alias => "point an alias to an earlier version",
            Self::Weight => "set the weight of a canary",
            Self::Restore => "restore what was stopped",
        }
    }

    /// A move of this kind, to say what any of them does.
    fn example(self) -> Option<Move> {
        let alias = || "an alias".to_owned();
        Some(match self {
            Self::Triggers => Move::PauseTriggers,
            Self::Concurrency => Move::ConcurrencyZero,
            Self::Alias => Move::AliasBack {
                alias: alias(),
                version: None,
            },
            Self::Weight => Move::Weight {
                alias: alias(),
                version: None,
                share: 0.0,
            },
            Self::Restore => return None,
        })
    }
}

/// One line of the menu, and the row that it belongs to.
struct Line {
    row: Row,
    is_title: bool,
    label: &'static str,
    text: String,
    role: Role,
}

/// The menu.
pub struct StopMenu {
    function: FunctionKey,
    cursor: usize,
    scroll: Scroll,
    lines: Vec<Line>,
    first: usize,
    note: Option<(String, Role)>,
    problem: Option<String>,
}

/// Opens the menu of a function. It is read anew; until then, what was known before is shown.
pub fn open(function: FunctionKey, store: &Store) -> Outcome {
    let loaded = store
        .configure
        .function_form(&function)
        .map(configure::FunctionForm::loaded);
    let is_loading = loaded.is_some_and(Slot::is_loading);
    let mut intents = Vec::new();
    if !is_loading && store.sessions.current().is_open() {
        let reload = configure::Action::Do(Step::Reload(function.clone()));
        intents.push(Intent::Act(Action::Configure(reload)));
    }
    intents.push(Intent::Open(Box::new(StopMenu::new(function))));
    Outcome::Done(intents)
}

impl StopMenu {
    fn new(function: FunctionKey) -> Self {
        Self {
            function,
            cursor: 0,
            scroll: Scroll::default(),
            lines: Vec::new(),
            first: 0,
            note: None,
            problem: None,
        }
    }

    fn choose(&mut self, row: Row, store: &Store) -> Outcome {
        self.cursor = Row::ALL.iter().position(|one| *one == row).unwrap_or(0);
        let facts = Facts::of(store, &self.function);
        self.problem = review::refusal(store)
            .or_else(|| facts.idle(row))
            .or_else(|| facts.awaits(row));
        if self.problem.is_some() {
            return Outcome::done();
        }
        let FunctionKey { session, arn } = self.function.clone();
        let stop = |stop: Move| {
            Box::new(ReviewDialog::of(
                session,
                vec![arn.clone()],
                Change::Stop(stop),
            )) as Box<dyn Surface>
        };
        let next = match row {
            Row::Triggers => stop(Move::PauseTriggers),
            Row::Concurrency => stop(Move::ConcurrencyZero),
            Row::Alias => questions::alias(&self.function, facts, questions::back),
            Row::Weight => questions::alias(&self.function, facts, questions::weight),
            Row::Restore => questions::card(session, &facts.cards),
        };
        Outcome::Done(vec![Intent::Close, Intent::Open(next)])
    }

    /// The lines, wrapped.
    fn make(&mut self, width: u16, store: &Store) {
        let facts = Facts::of(store, &self.function);
        let can_write = review::refusal(store).is_none();
        self.lines.clear();
        for row in Row::ALL {
            let idle = facts.idle(row);
            let title = if idle.is_some() || !can_write {
                Role::Dim
            } else {
                Role::Text
            };
            self.lines.push(Line {
                row,
                is_title: true,
                label: "",
                text: row.title().to_owned(),
                role: title,
            });
            if let Some(why) = &idle {
                self.say(row, "–", why, Role::Dim, width);
            } else if let Some(example) = row.example() {
                let stops = format!("stops {}", example.stops());
                self.say(row, "✔", &stops, Role::Text, width);
                let goes_on = format!("does not stop: {}", example.goes_on());
                self.say(row, "▲", &goes_on, Role::Warn, width);
            } else {
                for card in &facts.cards {
                    let at = card.at.strftime("%H:%M");
                    let text = format!("{} by you {at}", card.stop.done());
                    self.say(row, "⏸", &text, Role::Warn, width);
                }
            }
        }
        let refusal = review::refusal(store).map(|why| (format!("▲ {why}"), Role::Warn));
        self.note = refusal.or(facts.note);
    }

    fn say(&mut self, row: Row, sign: &'static str, sentence: &str, role: Role, width: u16) {
        let clean = text::sanitise(sentence);
        let rows = paint::wrapped(&clean, width.saturating_sub(INDENT));
        self.lines
            .extend(rows.into_iter().enumerate().map(|(at, text)| Line {
                row,
                is_title: false,
                label: if at == 0 { sign } else { "" },
                text,
                role,
            }));
    }

    /// Brings all of the row under the cursor into view.
    fn settle(&mut self, height: usize) {
        // Few rows, of several lines each: a page is all of them.
        self.scroll
            .settle(self.cursor, Row::ALL.len(), Row::ALL.len() as u16);
        let here = Row::ALL[self.cursor];
        let first = self.lines.iter().position(|line| line.row == here);
        let last = self.lines.iter().rposition(|line| line.row == here);
        let (first, last) = (first.unwrap_or(0), last.unwrap_or(0));
        self.first = self
            .first
            .max((last + 1).saturating_sub(height))
            .min(first)
            .min(self.lines.len().saturating_sub(height));
    }

    fn foot(&self) -> Option<(String, Role)> {
        let problem = self.problem.as_ref();
        problem
            .map(|problem| (format!("✖ {problem}"), Role::Error))
            .or_else(|| self.note.clone())
    }

    fn foot_rows(&self, width: u16) -> u16 {
        self.foot()
            .map_or(0, |(text, _)| paint::wrapped(&text, width).len() as u16)
    }
}

impl Surface for StopMenu {
    fn title(&self, _view: View<'_>) -> String {
        let name = text::sanitise(self.function.arn.resource_name()).into_owned();
        format!("Stop the damage  {name}")
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        vec![Context::Stop, Context::List]
    }

    fn on_command(&mut self, command: &'static CommandSpec, view: View<'_>) -> Outcome {
        match command.id {
            "app.back" | "app.close" => Outcome::Done(vec![Intent::Close]),
            "list.open" => self.choose(Row::ALL[self.cursor], view.store),
            id => {
                if let Some(place) = self.scroll.moved(id, self.cursor, Row::ALL.len()) {
                    self.cursor = place;
                    self.problem = None;
                    return Outcome::done();
                }
                let row = Row::ALL.into_iter().find(|row| row.command() == id);
                row.map_or(Outcome::Ignored, |row| self.choose(row, view.store))
            }
        }
    }

    fn layout(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        self.make(area.width, view.store);
        let (width, height) = view.store.ui.size();
        let height = self.size(Rect::new(0, 0, width, height)).1;
        let foot = self.foot_rows(area.width);
        self.settle(usize::from(height.saturating_sub(2 + foot).max(1)));
        Vec::new()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let theme = view.theme;
        let foot = self.foot_rows(area.width);
        let bottom = area.bottom().saturating_sub(foot);
        for (y, line) in (area.y..bottom).zip(self.lines.iter().skip(self.first)) {
            let is_title = line.is_title;
            let is_here = Row::ALL[self.cursor] == line.row;
            if is_title {
                let sign = if is_here { "▸" } else { " " };
                paint::put(buf, area.x, y, 1, sign, theme.style(Role::Accent));
                let keys = view.keymap.keys_for(line.row.command(), &[Context::Stop]);
                let key = keys.first().map_or("", String::as_str);
                paint::put(buf, area.x + 2, y, 2, key, theme.style(Role::FooterKey));
            }
            paint::put(buf, area.x + 3, y, 2, line.label, theme.style(line.role));
            let x = area.x + if is_title { 4 } else { INDENT };
            let room = area.right().saturating_sub(x);
            paint::put(buf, x, y, room, &line.text, theme.style(line.role));
            if is_title && is_here {
                paint::select_row(buf, area, y, theme, true);
            }
        }
        if let Some((text, role)) = self.foot() {
            let at = Rect {
                y: bottom,
                height: foot,
                ..area
            };
            paint::put_wrapped(buf, at, &text, theme.style(role));
        }
    }

    fn hints(&self, view: View<'_>) -> Vec<Hint> {
        // Only what does something: what cannot help says why in its place.
        let facts = Facts::of(view.store, &self.function);
        let can_write = review::refusal(view.store).is_none();
        let helps = |row: &Row| can_write && facts.idle(*row).is_none();
        let rows = Row::ALL.into_iter().filter(helps);
        let mut hints: Vec<Hint> = rows.map(|row| row.command().into()).collect();
        hints.push("app.back".into());
        hints
    }

    fn size(&self, screen: Rect) -> (u16, u16) {
        let width = screen.width.min(WIDTH);
        let foot = self.foot_rows(width.saturating_sub(4));
        let wanted = self.lines.len() as u16 + foot + 2;
        let most = screen
            .height
            .saturating_sub(if screen.height < 16 { 1 } else { 2 });
        (width, wanted.min(most))
    }
}
