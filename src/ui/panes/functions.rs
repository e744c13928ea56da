//! The Functions pane: the list of the account's functions, its filter and its order.

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    command::{CommandSpec, Context},
    domain::{
        age,
        function::FunctionSummary,
        function_list::{
            attention::{self, Severity},
            sort::Column,
            today,
        },
        secret::Secret,
        text,
    },
    ports::ApiError,
    store::{Action, Store, functions, session::Status, ui},
    theme::Role,
    ui::{
        overlays::picker::{Choice, Item, Picker},
        surface::{Hint, Intent, Outcome, Surface, View},
        widgets::{list::Scroll, paint, prompt::Prompt},
    },
};

/// Narrowest that NAME gets before a column is dropped.
const NAME_MIN: u16 = 20;
/// Widest that NAME gets; more would tear the row apart.
const NAME_MAX: u16 = 64;

/// A column of the table: what it shows besides NAME.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Runtime,
    Memory,
    Timeout,
    Code,
    Changed,
    State,
    Package,
    LogGroup,
    Notes,
}

/// In the order of the screen: cell, header, width, right-aligned.
const COLUMNS: &[(Cell, &str, u16, bool)] = &[
    (Cell::Runtime, "RUNTIME", 16, false),
    (Cell::Memory, "MEM", 6, true),
    (Cell::Timeout, "TIMEOUT", 7, true),
    (Cell::Code, "CODE", 6, true),
    (Cell::Changed, "CHANGED", 7, true),
    (Cell::State, "STATE", 11, false),
    (Cell::Package, "PACKAGE", 11, false),
    (Cell::LogGroup, "LOG GROUP", 24, false),
    (Cell::Notes, "NOTES", 18, false),
];

/// What stays when it gets narrow, first to last (screens.md, "At 80 columns").
const PRIORITY: &[Cell] = &[
    Cell::State,
    Cell::Notes,
    Cell::Runtime,
    Cell::Memory,
    Cell::Timeout,
    Cell::Changed,
    Cell::Code,
    Cell::Package,
    Cell::LogGroup,
];

/// The view: scroll position and the filter prompt.
#[derive(Default)]
pub struct FunctionsPane {
    scroll: Scroll,
    prompt: Option<Prompt>,
    reported: (usize, usize),
}

impl FunctionsPane {
    fn after_typing(&self, changed: bool) -> Outcome {
        if !changed {
            return Outcome::done();
        }
        let text = self.prompt.as_ref().map_or("", Prompt::text).to_owned();
        Outcome::act(Action::Functions(functions::Action::Filter(text)))
    }

    fn list_area(&self, area: Rect) -> Rect {
        let header = 1.min(area.height);
        let footer = u16::from(self.prompt.is_some());
        Rect {
            y: area.y + header,
            height: area.height.saturating_sub(header + footer),
            ..area
        }
    }
}

/// Hands the selected function to another pane.
fn go(pane: &'static str, view: View<'_>) -> Outcome {
    match view.store.functions.selected() {
        Some(_) => Outcome::Done(vec![Intent::Run(pane)]),
        None => Outcome::done(),
    }
}

impl Surface for FunctionsPane {
    fn title(&self, view: View<'_>) -> String {
        let functions = &view.store.functions;
        let query = functions.query();
        let mut title = String::new();
        if !query.text.is_empty() && self.prompt.is_none() {
            title.push_str(&format!("/{} ", query.text));
        }
        if query.filter.faults_only {
            title.push_str("faults only ");
        }
        if functions.len() != functions.all().len() {
            let total = age::count(functions.all().len() as u64);
            title.push_str(&format!(
                "{} of {total}",
                age::count(functions.len() as u64)
            ));
        }
        title.trim_end().to_owned()
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        if self.prompt.is_some() {
            vec![Context::Input]
        } else {
            vec![Context::Functions, Context::List]
        }
    }

    fn on_command(&mut self, command: &'static CommandSpec, view: View<'_>) -> Outcome {
        let list = &view.store.functions;
        if let Some(place) = self.scroll.moved(command.id, list.cursor(), list.len()) {
            return Outcome::act(Action::Functions(functions::Action::Select(place)));
        }
        match command.id {
            "list.open" => go("pane.overview", view),
            "functions.logs" => go("pane.logs", view),
            "functions.invoke" => go("pane.invoke", view),
            "list.filter" => {
                self.prompt = Some(Prompt::with(&list.query().text));
                Outcome::done()
            }
            "list.faults-only" => Outcome::act(Action::Functions(functions::Action::ToggleFaults)),
            "list.sort" => Outcome::open(sort_picker(view.store)),
            // Esc keeps the text of the prompt, and a second one clears the filter.
            "input.leave" | "input.accept" | "input.submit" if self.prompt.is_some() => {
                self.prompt = None;
                Outcome::done()
            }
            "input.undo" => {
                let changed = self.prompt.as_mut().is_some_and(Prompt::undo);
                self.after_typing(changed)
            }
            "app.back" if !list.query().text.is_empty() => {
                Outcome::act(Action::Functions(functions::Action::Filter(String::new())))
            }
            "app.back" if list.query().filter.faults_only => {
                Outcome::act(Action::Functions(functions::Action::ToggleFaults))
            }
            "app.refresh" => Outcome::act(Action::Functions(functions::Action::Refresh)),
            "app.copy" | "app.copy-all" => match list.selected() {
                Some(row) => {
                    let text = if command.id == "app.copy" {
                        &row.name
                    } else {
                        row.arn.as_str()
                    };
                    Outcome::act(Action::Ui(ui::Action::Copy(Secret::new(text.to_owned()))))
                }
                None => Outcome::done(),
            },
            _ => Outcome::Ignored,
        }
    }

    fn on_key(&mut self, key: KeyEvent, view: View<'_>) -> Outcome {
        use crossterm::event::KeyCode;
        let list = &view.store.functions;
        let movement = match key.code {
            KeyCode::Down => "list.down",
            KeyCode::Up => "list.up",
            KeyCode::PageDown => "list.page-down",
            KeyCode::PageUp => "list.page-up",
            _ => "",
        };
        if let Some(place) = self.scroll.moved(movement, list.cursor(), list.len()) {
            return Outcome::act(Action::Functions(functions::Action::Select(place)));
        }
        let changed = self
            .prompt
            .as_mut()
            .is_some_and(|prompt| prompt.on_key(key));
        self.after_typing(changed)
    }

    fn on_paste(&mut self, text: &str, _view: View<'_>) -> Outcome {
        let changed = self
            .prompt
            .as_mut()
            .is_some_and(|prompt| prompt.paste(text));
        self.after_typing(changed)
    }

    fn on_mouse(&mut self, event: MouseEvent, area: Rect, view: View<'_>) -> Outcome {
        let list = &view.store.functions;
        let select = |place| Outcome::act(Action::Functions(functions::Action::Select(place)));
        match event.kind {
            MouseEventKind::ScrollDown => select((list.cursor() + 3).min(list.len())),
            MouseEventKind::ScrollUp => select(list.cursor().saturating_sub(3)),
            MouseEventKind::Down(MouseButton::Left) => {
                let rows = self.list_area(area);
                if rows.contains((event.column, event.row).into()) {
                    select(self.scroll.first() + usize::from(event.row - rows.y))
                } else {
                    Outcome::done()
                }
            }
            _ => Outcome::Ignored,
        }
    }

    fn layout(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        let list = &view.store.functions;
        self.scroll
            .settle(list.cursor(), list.len(), self.list_area(area).height);
        let visible = self.scroll.visible(list.len());
        let reported = (visible.start, visible.end);
        if reported == self.reported || !view.store.sessions.current().is_open() {
            return Vec::new();
        }
        self.reported = reported;
        vec![Action::Functions(functions::Action::Viewport(
            visible.start,
            visible.end,
        ))]
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let list = &view.store.functions;
        if list.is_empty() {
            empty(area, buf, view);
        } else {
            let columns = columns(area.width, list.has_custom_log_groups());
            header(area, buf, view, &columns);
            let rows = self.list_area(area);
            for (row, place) in self.scroll.visible(list.len()).enumerate() {
                if let Some(function) = list.row(place) {
                    let at = Rect {
                        y: rows.y + row as u16,
                        height: 1,
                        ..rows
                    };
                    draw_row(function, at, buf, view, &columns, place == list.cursor());
                }
            }
        }
        if let Some(prompt) = &self.prompt {
            let at = Rect {
                y: area.bottom().saturating_sub(1),
                height: 1,
                ..area
            };
            prompt.render("/", at, buf, view.theme);
            let note = match &list.query().error {
                Some(error) => (
                    format!("column {}: {}", error.column, error.message),
                    Role::Error,
                ),
                None => (format!("{} of {}", list.len(), list.all().len()), Role::Dim),
            };
            paint::put_right(buf, at.x, at.y, at.width, &note.0, view.theme.style(note.1));
        }
    }

    fn hints(&self, _view: View<'_>) -> Vec<Hint> {
        if self.prompt.is_some() {
            return vec!["input.accept".into(), "input.leave".into()];
        }
        [
            "list.open",
            "functions.logs",
            "functions.invoke",
            "list.filter",
            "list.sort",
            "list.faults-only",
            "app.copy-all",
        ]
        .map(Hint::from)
        .into()
    }

    fn truth(&self, view: View<'_>) -> Option<String> {
        let slot = view.store.functions.slot();
        let session = view.store.sessions.current();
        let known = view.store.functions.all().len();
        let mut truth = Vec::new();
        // Without a row the whole pane says why.
        if let Some(error) = slot.error().filter(|_| known > 0) {
            truth.push(format!("not refreshed: {}", one_line(error)));
        }
        if slot.is_loading() {
            truth.push(format!("reading… {} so far", age::count(known as u64)));
        } else if let Some(at) = slot.fetched() {
            truth.push(format!(
                "ListFunctions, {} ago",
                age::age(view.store.now, at)
            ));
        }
        if session.waits_for_quota {
            truth.push("waiting for quota".to_owned());
        }
        if let Some(error) = view.store.functions.state_error() {
            let why = error.missing_action().map_or_else(
                || one_line(error),
                |action| format!("no permission {action}"),
            );
            truth.push(format!("states unknown: {why}"));
        }
        (!truth.is_empty()).then(|| truth.join(" · "))
    }
}

fn one_line(error: &ApiError) -> String {
    error.missing_action().map_or_else(
        || error.to_string(),
        |action| format!("no permission {action} (W why)"),
    )
}

fn sort_picker(store: &Store) -> Picker {
    let now = store.functions.query().sort;
    let items = Column::ALL
        .into_iter()
        .map(|column| Item {
            label: column.title().to_lowercase(),
            detail: if column == now.column {
                "now; once more turns the direction".into()
            } else {
                String::new()
            },
            key: String::new(),
            choice: Choice::Act(Action::Functions(functions::Action::Sort(column))),
        })
        .collect();
    Picker::new("Sort by", items)
}

/// NAME's width, and the other columns with theirs, as many as fit.
struct Columns {
    name: u16,
    rest: Vec<(Cell, &'static str, u16, bool)>,
}

fn columns(width: u16, log_groups: bool) -> Columns {
    let width = width.saturating_sub(2);
    let mut kept: Vec<Cell> = Vec::new();
    let mut used = NAME_MIN;
    for &cell in PRIORITY {
        if cell == Cell::LogGroup && !log_groups {
            continue;
        }
        let Some(column) = COLUMNS.iter().find(|column| column.0 == cell) else {
            continue;
        };
        if used + column.2 + 1 > width {
            break;
        }
        used += column.2 + 1;
        kept.push(cell);
    }
    let mut rest: Vec<_> = COLUMNS
        .iter()
        .copied()
        .filter(|column| kept.contains(&column.0))
        .collect();
    let spare = width.saturating_sub(used);
    // Names come first; what they do not need goes to the notes.
    let name = (NAME_MIN + spare * 2 / 3).clamp(NAME_MIN.min(width), NAME_MAX);
    let left = spare.saturating_sub(name.saturating_sub(NAME_MIN));
    match rest.iter_mut().find(|column| column.0 == Cell::Notes) {
        Some(notes) => notes.2 += left,
        None => {
            return Columns {
                name: (name + left).min(width),
                rest,
            };
        }
    }
    Columns { name, rest }
}

fn header(area: Rect, buf: &mut Buffer, view: View<'_>, columns: &Columns) {
    let style = view.theme.style(Role::Dim);
    let mut x = area.x + 2;
    paint::put(buf, x, area.y, columns.name, "NAME", style);
    x += columns.name;
    for &(_, title, width, right) in &columns.rest {
        x += 1;
        if right {
            paint::put_right(buf, x, area.y, width, title, style);
        } else {
            paint::put(buf, x, area.y, width, title, style);
        }
        x += width;
    }
}

fn draw_row(
    row: &FunctionSummary,
    at: Rect,
    buf: &mut Buffer,
    view: View<'_>,
    columns: &Columns,
    selected: bool,
) {
    let theme = view.theme;
    let store = view.store;
    let is_stale = store.functions.slot().is_stale()
        || (!store.sessions.current().is_open() && store.functions.slot().value().is_some());
    let base = theme.style(if is_stale { Role::Stale } else { Role::Text });
    let sign = if selected { "▸ " } else { "  " };
    paint::put(buf, at.x, at.y, 2, sign, theme.style(Role::Accent));
    let mut x = at.x + 2;
    // Its last cell is left for the sign that stands for dropped notes.
    draw_name(
        row,
        Rect {
            x,
            width: columns.name.saturating_sub(1),
            ..at
        },
        buf,
        view,
        base,
    );
    x += columns.name;
    if !columns.rest.iter().any(|column| column.0 == Cell::Notes) {
        let (notes, role) = cell_text(Cell::Notes, row, store);
        if !notes.is_empty() {
            let style = role.map_or(base, |role| theme.style(role));
            paint::put(buf, x - 1, at.y, 1, "▲", style);
        }
    }
    for &(cell, _, width, right) in &columns.rest {
        x += 1;
        let (value, role) = cell_text(cell, row, store);
        let style = role.map_or(base, |role| theme.style(role));
        if right {
            paint::put_right(buf, x, at.y, width, &value, style);
        } else {
            paint::put(buf, x, at.y, width, &value, style);
        }
        x += width;
    }
    if selected {
        let focused = store.ui.focus() == ui::FUNCTIONS;
        let role = if focused {
            Role::Selection
        } else {
            Role::SelectionDim
        };
        paint::fill_row(buf, at, at.y, theme.style(role));
    }
}

/// The name, cut in its middle so that what tells two rows apart stays, its match highlighted.
fn draw_name(row: &FunctionSummary, at: Rect, buf: &mut Buffer, view: View<'_>, base: Style) {
    let clean = text::sanitise(&row.name);
    let name = text::truncate_middle(&clean, usize::from(at.width));
    paint::put(buf, at.x, at.y, at.width, &name, base);
    let matched = view.theme.style(Role::Match);
    for position in view.store.functions.query().filter.name_positions(&name) {
        let cell = Rect {
            x: at.x + position as u16,
            width: 1,
            ..at
        };
        buf.set_style(cell.intersection(at), matched);
    }
}

fn cell_text(cell: Cell, row: &FunctionSummary, store: &Store) -> (String, Option<Role>) {
    let now: Timestamp = store.now;
    match cell {
        Cell::Runtime => (row.runtime.as_deref().unwrap_or("image").to_owned(), None),
        Cell::Memory => (row.memory_mb.to_string(), None),
        Cell::Timeout => (format!("{}s", row.timeout_s), None),
        Cell::Code if row.code_size == 0 => ("–".to_owned(), Some(Role::Dim)),
        Cell::Code => (age::bytes(row.code_size), None),
        Cell::Changed => (
            row.modified
                .map_or_else(|| "–".to_owned(), |at| age::age(now, at)),
            None,
        ),
        Cell::State => match store.functions.state(&row.arn) {
            None => (String::new(), None),
            Some(state) => {
                let word = attention::state_text(state);
                let role = match word.as_ref() {
                    "active" => Role::Dim,
                    word if word.contains("fail") => Role::Error,
                    _ => Role::Warn,
                };
                (word.into_owned(), Some(role))
            }
        },
        Cell::Package => (
            format!("{} {}", row.package.to_lowercase(), row.architecture),
            Some(Role::Dim),
        ),
        Cell::LogGroup => {
            let group = if row.has_custom_log_group() {
                row.log_group()
            } else {
                String::new()
            };
            (group, Some(Role::Dim))
        }
        Cell::Notes => {
            let notes = attention::attention(row, store.functions.state(&row.arn), today(now));
            let worst = notes.iter().map(|note| note.severity).max();
            let role = match worst {
                Some(Severity::Error) => Role::Error,
                Some(Severity::Warning) => Role::Warn,
                _ => Role::Dim,
            };
            let text: Vec<String> = notes.into_iter().map(|note| note.text).collect();
            (text.join(", "), Some(role))
        }
    }
}

/// What would be here, and which key brings it.
fn empty(area: Rect, buf: &mut Buffer, view: View<'_>) {
    let store = view.store;
    let session = store.sessions.current();
    let error = match &session.status {
        Status::Failed(error) => Some(error),
        _ => store.functions.slot().error(),
    };
    let (text, role) = if let Some(error) = error {
        let next = error.next_step(session.target.profile_name());
        (
            format!(
                "{error}\n\n{next}\n\nr  try again    W  why    P  another profile    R  another region"
            ),
            Role::Error,
        )
    } else if session.status == Status::Opening || store.functions.slot().is_loading() {
        (
            "reading the functions of this account…".to_owned(),
            Role::Dim,
        )
    } else if !store.functions.all().is_empty() {
        (
            "no function matches; esc clears the filter".to_owned(),
            Role::Dim,
        )
    } else {
        let region = session.target.region.as_deref().unwrap_or("this region");
        (
            format!(
                "no functions in {region}\n\nR  another region    P  another profile    r  read again"
            ),
            Role::Dim,
        )
    };
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(1),
    };
    paint::put_wrapped(buf, inner, &text, view.theme.style(role));
}
