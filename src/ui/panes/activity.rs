//! The Activity pane: every write of this machine, and above them what runs, what was stopped and
//! what was left unfinished.
//!
//! What was written is the store's (`store::activity`, `store::letters`); here is the filter,
//! where one stands, and how it is shown.

mod cards;
mod edits;

use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    command::{CommandSpec, Context},
    domain::{
        activity::{Ending, Filter, Log, State, Write, short_moment},
        age,
        letter::LetterFunction,
        secret::Secret,
    },
    store::{
        Action, Store,
        activity::{self, ACTIVITY, Step},
        toast, ui,
    },
    theme::Role,
    ui::{
        overlays::{ask::Ask, text::TextView},
        subject::{self, Subject},
        surface::{Hint, Outcome, Rows, Surface, View},
        widgets::{
            grid::{Column, Grid, Row},
            list::movement,
            paint,
            prompt_line::PromptLine,
        },
    },
};
use cards::Cards;

/// Columns of the list.
const COLUMNS: [Column; 6] = [
    Column::left("TIME", 11, 1),
    Column::left("WHO", 18, 3),
    Column::left("ACCOUNT", 12, 4),
    Column::left("REGION", 14, 5),
    Column::left("WHAT", 14, 0).growing(1),
    Column::left("RESULT", 9, 2),
];

/// The pane.
#[derive(Default)]
pub struct ActivityPane {
    filter: String,
    prompt: PromptLine,
    /// Which of the log's writes the filter leaves, and of which state of the log that is.
    places: Vec<usize>,
    arranged: Option<(u64, String)>,
    grid: Grid,
    /// The write under the cursor in the last frame.
    under: Option<String>,
    cards: Cards,
    status_line: String,
}

/// Where the parts of the pane stand.
struct Parts {
    cards: Rect,
    list: Rect,
    prompt: Option<Rect>,
}

fn step(step: Step) -> Action {
    Action::Activity(activity::Action::Do(step))
}

fn info(text: &str) -> Outcome {
    let toast = toast::Action::Show(toast::Tone::Info, text.to_owned());
    Outcome::act(Action::Toast(toast))
}

fn copy(text: String) -> Outcome {
    Outcome::act(Action::Ui(ui::Action::Copy(Secret::new(text))))
}

impl ActivityPane {
    fn parts(&self, area: Rect) -> Parts {
        let mut list = area;
        let cards = Rect {
            height: self.cards.height(area.height),
            ..area
        };
        list.y += cards.height;
        list.height -= cards.height;
        let prompt = self.prompt.split(&mut list);
        Parts {
            cards,
            list,
            prompt,
        }
    }

    fn write<'a>(&self, store: &'a Store) -> Option<&'a Write> {
        let &place = self.places.get(self.grid.cursor())?;
        store.activity.log().writes.get(place)
    }

    fn arrange(&mut self, store: &Store) {
        let state = (store.activity.revision(), self.filter.clone());
        if self.arranged.as_ref() == Some(&state) {
            return;
        }
        // The cursor stays on its write where newer ones come in above it; on the newest it stays
        // on top.
        let under = self.under.take().filter(|_| self.grid.cursor() > 0);
        let filter = Filter::parse(&self.filter);
        let writes = store.activity.log().writes.iter();
        self.places = writes
            .enumerate()
            .filter(|(_, write)| filter.keeps(write))
            .map(|(place, _)| place)
            .collect();
        self.arranged = Some(state);
        let writes = &store.activity.log().writes;
        let place = under.and_then(|id| {
            let mut places = self.places.iter();
            places.position(|&place| writes[place].entry.id == id)
        });
        if let Some(place) = place {
            self.grid.go_to(place);
        }
    }

    fn moved(&mut self, command: &str) -> bool {
        if self.cards.take_move(command, self.grid.cursor()) {
            return true;
        }
        let has_moved = self.grid.moved(command);
        if has_moved {
            self.under = None;
        }
        has_moved
    }

    fn with_write(&self, command: &str, view: View<'_>) -> Outcome {
        let Some(write) = self.write(view.store) else {
            return match command {
                "app.copy" | "app.copy-all" | "app.raw" | "list.open" | "activity.revert" => {
                    Outcome::done()
                }
                _ => Outcome::Ignored,
            };
        };
        match command {
            "list.open" => {
                let detail = TextView::new("Write", text(write));
                Outcome::open(match command_of(write) {
                    Some(command) => detail.with_line(command),
                    None => detail,
                })
            }
            "app.raw" => Outcome::open(TextView::new("Write", format!("{:#}", write.json()))),
            "app.copy" => match command_of(write) {
                Some(command) => copy(command.to_owned()),
                None => info("no command does this"),
            },
            "app.copy-all" => copy(text(write)),
            "activity.revert" => edits::revert(write, view),
            _ => Outcome::Ignored,
        }
    }

    /// Asks for the file of what is listed.
    fn hand_over(&self, store: &Store) -> Outcome {
        let all = store.activity.log();
        let writes = self
            .places
            .iter()
            .filter_map(|&place| all.writes.get(place));
        let log = Arc::new(Log {
            writes: writes.cloned().collect(),
            ..all.without_writes()
        });
        if log.writes.is_empty() {
            return info("nothing is listed: there is nothing to hand over");
        }
        let name = format!("activity-{}.md", store.now.strftime("%Y%m%d-%H%M%S"));
        let count = age::count(log.writes.len() as u64);
        let ask = Ask::new("Hand-over", &name, move |path| {
            step(Step::HandOver(path.trim().into(), Arc::clone(&log)))
        });
        Outcome::open(
            ask.hint(format!("writes {count} as Markdown to a new file"))
                .checked(|path| {
                    path.trim()
                        .is_empty()
                        .then(|| "a file needs a name".to_owned())
                }),
        )
    }

    fn take_input(&mut self, command: &str) -> Outcome {
        match command {
            // Esc keeps the text of the prompt, and a second one clears the filter.
            "input.leave" | "input.accept" | "input.submit" => self.prompt.close(),
            "input.undo" => {
                if self.prompt.undo() {
                    self.typed();
                }
            }
            _ => return Outcome::Ignored,
        }
        Outcome::done()
    }

    fn typed(&mut self) {
        self.filter = self.prompt.text().to_owned();
    }

    fn why(view: View<'_>) -> Outcome {
        let store = view.store;
        let log = store.activity.log();
        let problem = store.activity.problem().map(str::to_owned);
        let journals = store.letters.journals_problem().map(str::to_owned);
        let cards = store.configure.memory().problem.clone();
        let problems = problem.into_iter().chain(journals).chain(cards);
        let mut lines: Vec<String> = problems.collect();
        lines.extend(log.bad_lines.iter().map(ToString::to_string));
        let unnamed = log.bad.saturating_sub(log.bad_lines.len() as u64);
        if unnamed > 0 {
            lines.push(format!("and {} lines more", age::count(unnamed)));
        }
        if lines.is_empty() {
            return Outcome::Ignored;
        }
        Outcome::open(TextView::new("Why", lines.join("\n")))
    }
}

/// Everything about a write, one field a line.
fn text(write: &Write) -> String {
    let lines = write.fields();
    let lines = lines
        .iter()
        .map(|(name, value)| format!("{name:<9} {value}"));
    lines.collect::<Vec<_>>().join("\n")
}

fn command_of(write: &Write) -> Option<&str> {
    Some(write.entry.command.as_str()).filter(|command| !command.is_empty())
}

fn row(write: &Write, store: &Store) -> Row {
    let entry = &write.entry;
    let cell = |text: &str, role| (text.to_owned(), role);
    Row {
        cells: vec![
            (short_moment(write.began, store.now), Role::Dim),
            cell(write.who(), Role::Text),
            cell(&entry.account, Role::Text),
            cell(&entry.region, Role::Dim),
            cell(&entry.summary, Role::Text),
            (
                format!("{} {}", write.glyph(), write.word()),
                role(write.state),
            ),
        ],
        ..Row::default()
    }
}

const fn role(state: State) -> Role {
    match state {
        State::Ended(Ending::Done) => Role::Ok,
        State::Ended(Ending::Failed) => Role::Error,
        State::Ended(Ending::Stopped | Ending::Unknown) | State::LeftBehind => Role::Warn,
        State::Running => Role::Running,
    }
}

fn status_line(store: &Store) -> String {
    let activity = &store.activity;
    let log = activity.log();
    let mut parts = Vec::new();
    match activity.read() {
        None if activity.problem().is_none() => parts.push("reading…".to_owned()),
        None => {}
        Some(at) => {
            let count = age::count(log.writes.len() as u64);
            let newest = if log.has_more { "newest " } else { "" };
            let age = age::age(store.now, at);
            parts.push(format!(
                "{newest}{count} of this machine, read {age} ago, UTC"
            ));
        }
    }
    if activity.problem().is_some() {
        parts.push("✖ not read, W why".to_owned());
    }
    if store.configure.memory().problem.is_some() {
        parts.push("✖ resume cards not read, W why".to_owned());
    }
    if log.bad > 0 {
        let noun = if log.bad == 1 { "line" } else { "lines" };
        parts.push(format!("▲ {} {noun} not read, W why", age::count(log.bad)));
    }
    parts.join(" · ")
}

const EMPTY: &str = "nothing was written from this machine yet\n\n\
    every invoke, edit, redrive, delete and purge is written down here before its first call, with who \
    did it, how it ended, and the command that does the same; never with a payload\n\n\
    0  the functions: i on one invokes it\n\
    3  the dead letters: M redrives them\n\
    r  reads the log again";

impl Surface for ActivityPane {
    fn title(&self, view: View<'_>) -> String {
        let mut parts = Vec::new();
        if !self.filter.is_empty() && !self.prompt.is_open() {
            parts.push(format!("/{}", self.filter));
        }
        let all = view.store.activity.log().writes.len();
        if self.places.len() != all {
            let (shown, all) = (self.places.len() as u64, all as u64);
            parts.push(format!("{} of {}", age::count(shown), age::count(all)));
        }
        parts.join(" ")
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        if self.prompt.is_open() {
            vec![Context::Input]
        } else if self.cards.on_run() {
            vec![Context::Redrive, Context::List]
        } else {
            vec![Context::Activity, Context::List]
        }
    }

    fn subject(&self, view: View<'_>) -> Subject {
        let store = view.store;
        if self.cards.has_cursor() {
            return self.cards.subject(store);
        }
        let target = self.write(store).map(|write| write.entry.target.as_str());
        match target.and_then(LetterFunction::read) {
            Some(function) => subject::one(&function.arn, store),
            None => Err("this row is about no function".to_owned()),
        }
    }

    fn rows(&self, view: View<'_>) -> Rows {
        let activity = &view.store.activity;
        let is_loading = activity.read().is_none() && activity.problem().is_none();
        Rows::of(is_loading && !self.prompt.is_open(), true)
    }

    fn on_command(&mut self, command: &'static CommandSpec, view: View<'_>) -> Outcome {
        if self.prompt.is_open() {
            return self.take_input(command.id);
        }
        if let Some(outcome) = self.cards.take_command(command.id, view) {
            return outcome;
        }
        if self.moved(command.id) {
            return Outcome::done();
        }
        match command.id {
            "list.filter" => {
                self.prompt.open((), &self.filter);
                Outcome::done()
            }
            "app.back" if !self.filter.is_empty() => {
                self.filter.clear();
                Outcome::done()
            }
            "app.refresh" => Outcome::act(step(Step::Refresh)),
            "app.why" => Self::why(view),
            "activity.dismiss" => info("only the card of what was stopped can be dismissed"),
            // The same key on the card of a redrive.
            "activity.save" | "dlq.save" => self.hand_over(view.store),
            id => self.with_write(id, view),
        }
    }

    fn on_key(&mut self, key: KeyEvent, _view: View<'_>) -> Outcome {
        if !self.moved(movement(key)) && self.prompt.on_key(key) {
            self.typed();
        }
        Outcome::done()
    }

    fn on_paste(&mut self, text: &str, _view: View<'_>) -> Outcome {
        if self.prompt.paste(text) {
            self.typed();
        }
        Outcome::done()
    }

    fn on_mouse(&mut self, event: MouseEvent, area: Rect, _view: View<'_>) -> Outcome {
        let parts = self.parts(area);
        let at = (event.column, event.row).into();
        match event.kind {
            MouseEventKind::ScrollDown => self.grid.move_by(3),
            MouseEventKind::ScrollUp => self.grid.move_by(-3),
            MouseEventKind::Down(MouseButton::Left) if parts.cards.contains(at) => {
                self.cards.click(event.row - parts.cards.y);
            }
            MouseEventKind::Down(MouseButton::Left) => {
                self.cards.leave();
                if parts.list.contains(at) {
                    self.grid.click(event.row - parts.list.y);
                }
            }
            _ => return Outcome::Ignored,
        }
        Outcome::done()
    }

    fn layout(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        let store = view.store;
        self.arrange(store);
        self.cards.layout(area, store);
        let list = self.parts(area).list;
        let writes = &store.activity.log().writes;
        let places = &self.places;
        self.grid.layout(list, &COLUMNS, places.len(), |place| {
            let write = places.get(place).and_then(|&place| writes.get(place));
            write.map_or_else(Row::default, |write| row(write, store))
        });
        self.under = self.write(store).map(|write| write.entry.id.clone());
        self.status_line = status_line(store);
        Vec::new()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let (store, theme) = (view.store, view.theme);
        let parts = self.parts(area);
        let focused = store.ui.focus() == ACTIVITY;
        self.cards.render(parts.cards, buf, theme, focused);
        if self.places.is_empty() {
            let (text, role) = match store.activity.problem() {
                Some(why) => (format!("✖ {why}\n\nr  tries again"), Role::Error),
                None if store.activity.read().is_none() => ("reading…".to_owned(), Role::Dim),
                None if store.activity.log().writes.is_empty() => (EMPTY.to_owned(), Role::Dim),
                None => {
                    let text = "nothing matches\n\n/    another filter\nesc  everything";
                    (text.to_owned(), Role::Dim)
                }
            };
            paint::put_empty(buf, parts.list, &text, theme.style(role));
        } else {
            let on_rows = focused && !self.cards.has_cursor();
            self.grid.render(parts.list, buf, theme, on_rows);
        }
        if let Some(at) = parts.prompt {
            let all = store.activity.log().writes.len();
            let note = format!("{} of {all}", self.places.len());
            self.prompt
                .render("/", Some((&note, Role::Dim)), at, buf, theme);
        }
    }

    fn hints(&self, view: View<'_>) -> Vec<Hint> {
        if self.prompt.is_open() {
            return PromptLine::<()>::hints();
        }
        if self.cards.has_cursor() {
            return self.cards.hints(view.store);
        }
        let titled = |command, title: &str| Hint {
            command,
            title: Some(title.to_owned()),
        };
        if view.store.activity.log().writes.is_empty() {
            return vec!["app.refresh".into()];
        }
        let mut hints = vec!["list.filter".into(), "app.refresh".into()];
        if self.write(view.store).is_some() {
            hints = vec![
                titled("list.open", "detail"),
                titled("app.copy", "copy command"),
                "list.filter".into(),
                "activity.revert".into(),
                "activity.save".into(),
                "app.raw".into(),
                "app.refresh".into(),
            ];
        }
        hints
    }

    fn status_line(&self, _view: View<'_>) -> Option<String> {
        Some(self.status_line.clone()).filter(|status_line| !status_line.is_empty())
    }
}
