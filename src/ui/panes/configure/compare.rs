//! Two places side by side: what is different, with a find.

use crossterm::event::{KeyCode, KeyEvent};
use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use super::{info, rows::Cell, step, words};
use crate::{
    domain::{
        age,
        draft::{Item, LATEST, Side},
        function::Arn,
        secret::Secret,
        text,
    },
    store::{
        Action, Store,
        configure::{Comparison, FunctionForm, Place, Step},
        identity::FunctionKey,
        ui,
    },
    theme::{Role, Theme},
    ui::{
        overlays::picker::{self, Choice, Picker},
        subject::{self, Subject},
        surface::{Hint, Outcome, View},
        widgets::{list::Scroll, paint, prompt::Prompt},
    },
};

/// Between the columns.
const GAP: u16 = 2;

/// One difference.
struct Line {
    item: Item,
    name: String,
    left: Cell,
    right: Cell,
    /// What may be searched, in lower case.
    text: String,
}

/// The view.
#[derive(Default)]
pub struct Beside {
    lines: Vec<Line>,
    column: u16,
    made: Option<Timestamp>,
    cursor: usize,
    scroll: Scroll,
    prompt: Option<Prompt>,
    find: String,
    /// Which of how many matches the cursor went to.
    found: Option<(usize, usize)>,
    revealed: Option<Item>,
}

/// What a function can be put beside.
pub fn picker(store: &Store, key: &FunctionKey, function_form: Option<&FunctionForm>) -> Picker {
    let left = Place {
        function: key.arn.clone(),
        qualifier: None,
    };
    let item = |function: &Arn, qualifier: Option<&str>, label: String, detail: String| {
        let right = Place {
            function: function.clone(),
            qualifier: qualifier.map(str::to_owned),
        };
        let compare = Step::Compare(key.session, Box::new(left.clone()), Box::new(right));
        picker::Item {
            label,
            detail,
            key: String::new(),
            choice: Choice::Act(step(compare)),
        }
    };
    let loaded = function_form.and_then(|function_form| function_form.loaded().value());
    let mut versions: Vec<_> = loaded
        .iter()
        .flat_map(|loaded| &loaded.versions)
        .filter_map(|version| Some((version.version.parse::<u64>().ok()?, version)))
        .collect();
    versions.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    let aliases = loaded.iter().flat_map(|loaded| &loaded.snapshot.aliases);
    let mut items: Vec<picker::Item> = aliases
        .map(|alias| {
            let detail = format!("alias → v{}", alias.version);
            item(&key.arn, Some(&alias.name), alias.name.clone(), detail)
        })
        .collect();
    items.extend(versions.into_iter().map(|(_, version)| {
        let age = version.modified.map(|at| age::age(store.now, at));
        let age = age.map_or_else(String::new, |age| format!("{age} ago "));
        let label = format!("v{}", version.version);
        let detail = age + &version.description;
        item(&key.arn, Some(&version.version), label, detail)
    }));
    let others = store.functions.all().iter();
    items.extend(others.filter(|other| other.arn != key.arn).map(|other| {
        let name = other.name.to_string();
        item(&other.arn, None, name, "function".to_owned())
    }));
    Picker::new(format!("compare {} with", key.arn.resource_name()), items)
}

/// The function on the left of what is compared.
pub fn left(store: &Store) -> Option<FunctionKey> {
    let comparison = store.configure.comparison().value()?;
    Some(FunctionKey {
        session: store.sessions.current().id,
        arn: comparison.left.function.clone(),
    })
}

/// The two places in words: what tells them apart.
fn names(one: &Comparison) -> (String, String) {
    let qualifier = |place: &Place| match place.qualifier.as_deref() {
        Some(number) if number.starts_with(|c: char| c.is_ascii_digit()) => format!("v{number}"),
        qualifier => qualifier.unwrap_or(LATEST).to_owned(),
    };
    let said = |place: &Place| match &place.qualifier {
        _ if one.left.function == one.right.function => qualifier(place),
        None => place.function.resource_name().to_owned(),
        Some(_) => format!("{} {}", place.function.resource_name(), qualifier(place)),
    };
    (said(&one.left), said(&one.right))
}

impl Beside {
    /// Whether the find is being typed.
    pub const fn is_typing(&self) -> bool {
        self.prompt.is_some()
    }

    /// What stands in the border.
    pub fn title(&self, store: &Store) -> String {
        let comparison = store.configure.comparison().value();
        let title = comparison.map_or_else(String::new, |one| {
            let (left, right) = names(one);
            let function = one.left.function.resource_name();
            if one.left.function == one.right.function {
                format!("{function}  {left} ↔ {right}")
            } else {
                format!("{left} ↔ {right}")
            }
        });
        match (self.find.is_empty(), self.found) {
            (true, _) => title,
            (false, Some((place, of))) => format!("{title}  /{} {place} of {of}", self.find),
            (false, None) => format!("{title}  /{} not here", self.find),
        }
    }

    /// The function whose two places are compared; of two functions neither.
    pub fn subject(store: &Store) -> Subject {
        let Some(one) = store.configure.comparison().value() else {
            return Err("two functions are being compared".to_owned());
        };
        let mut functions = vec![one.left.function.clone(), one.right.function.clone()];
        functions.dedup();
        subject::only(&functions, "", "this compares", store)
    }

    /// How much is different, and how much is not.
    pub fn status_line(store: &Store) -> String {
        let slot = store.configure.comparison();
        if slot.is_loading() {
            return "reading both…".to_owned();
        }
        if slot.error().is_some() {
            return "✖ not read, W why".to_owned();
        }
        let Some(one) = slot.value() else {
            return String::new();
        };
        let count = |count: usize| age::count(count as u64);
        let mut status_line = format!(
            "{} different · {} the same · without the draft",
            count(one.rows.len()),
            count(one.same)
        );
        if !one.notes.is_empty() {
            status_line.push_str(&format!(" · ▲ {} not read, W why", one.notes.len()));
        }
        status_line
    }

    /// Makes the lines when the answer has come, and brings the cursor into view.
    pub fn layout(&mut self, area: Rect, store: &Store) {
        let slot = store.configure.comparison();
        let fetched = slot.fetched().filter(|_| !slot.is_loading());
        if fetched != self.made {
            self.made = fetched;
            self.lines = slot.value().map(lines).unwrap_or_default();
            self.cursor = 0;
            self.revealed = None;
        }
        let widest = self.lines.iter().map(|line| text::width(&line.name) as u16);
        let widest = widest.max().unwrap_or(0) + GAP;
        self.column = widest.clamp(10, (area.width / 3).max(10));
        let under = self.lines.get(self.cursor).map(|line| &line.item);
        if self.revealed.as_ref() != under {
            self.revealed = None;
        }
        let room = area.height.saturating_sub(1 + u16::from(self.is_typing()));
        self.scroll.settle(self.cursor, self.lines.len(), room);
    }

    /// Goes to the next line that holds what is looked for, or the one before.
    fn seek(&mut self, forwards: bool, from_here: bool) -> Outcome {
        let wanted = self.find.to_lowercase();
        let len = self.lines.len();
        if wanted.is_empty() || len == 0 {
            self.found = None;
            return Outcome::done();
        }
        let first = usize::from(!from_here);
        let place = (first..=len)
            .map(|by| {
                if forwards {
                    (self.cursor + by) % len
                } else {
                    (self.cursor + len - by % len) % len
                }
            })
            .find(|&place| self.lines[place].text.contains(&wanted));
        let matches = |lines: &[Line]| {
            let found = lines.iter().filter(|line| line.text.contains(&wanted));
            found.count()
        };
        self.found = place.map(|place| (matches(&self.lines[..=place]), matches(&self.lines)));
        match place {
            Some(place) => {
                self.cursor = place;
                Outcome::done()
            }
            None if from_here => Outcome::done(),
            None => info("nothing like it here"),
        }
    }

    fn typed(&mut self) -> Outcome {
        self.find = self.prompt.as_ref().map_or("", Prompt::text).to_owned();
        self.seek(true, true)
    }

    /// Takes a command; `None` when the pane shall take it.
    pub fn on_command(&mut self, id: &str, view: View<'_>) -> Option<Outcome> {
        if let Some(place) = self.scroll.moved(id, self.cursor, self.lines.len()) {
            self.cursor = place;
            return Some(Outcome::done());
        }
        Some(match id {
            "text.find" => {
                self.prompt = Some(Prompt::with(&self.find));
                Outcome::done()
            }
            "text.next-match" => self.seek(true, false),
            "text.previous-match" => self.seek(false, false),
            "input.leave" | "input.accept" | "input.submit" => {
                self.prompt = None;
                Outcome::done()
            }
            "input.undo" => {
                let changed = self.prompt.as_mut().is_some_and(Prompt::undo);
                if changed {
                    self.typed()
                } else {
                    Outcome::done()
                }
            }
            "configure.reveal" => self.reveal(),
            "app.copy" => self.copy(),
            "app.copy-all" | "app.raw" => {
                let one = view.store.configure.comparison().value()?;
                copied(whole(one))
            }
            _ => return None,
        })
    }

    /// Takes a key of the find.
    pub fn on_key(&mut self, key: KeyEvent) -> Outcome {
        if matches!(key.code, KeyCode::Down | KeyCode::Up) {
            return self.seek(key.code == KeyCode::Down, false);
        }
        let changed = self
            .prompt
            .as_mut()
            .is_some_and(|prompt| prompt.on_key(key));
        if changed {
            self.typed()
        } else {
            Outcome::done()
        }
    }

    /// Takes pasted text.
    pub fn on_paste(&mut self, text: &str) -> Outcome {
        let changed = self
            .prompt
            .as_mut()
            .is_some_and(|prompt| prompt.paste(text));
        if changed {
            self.typed()
        } else {
            Outcome::Ignored
        }
    }

    /// Moves the cursor by rows, or to a line of the screen.
    pub fn scroll(&mut self, by: isize) {
        let last = self.lines.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(by).min(last);
    }

    /// Puts the cursor on a row of the screen, counted from the top of the view.
    pub fn click(&mut self, row: u16) {
        if let Some(row) = row.checked_sub(1) {
            let last = self.lines.len().saturating_sub(1);
            self.cursor = (self.scroll.first() + usize::from(row)).min(last);
        }
    }

    fn reveal(&mut self) -> Outcome {
        let Some(line) = self.lines.get(self.cursor) else {
            return Outcome::done();
        };
        if !matches!(line.item, Item::Variable(_)) {
            return info("only the values of the environment are masked");
        }
        let item = Some(line.item.clone());
        self.revealed = if self.revealed == item { None } else { item };
        Outcome::done()
    }

    fn copy(&self) -> Outcome {
        let Some(line) = self.lines.get(self.cursor) else {
            return Outcome::done();
        };
        let shows = self.revealed.as_ref() == Some(&line.item);
        let (left, right) = (line.left.shown(shows).0, line.right.shown(shows).0);
        copied(format!("{}: {left} | {right}", line.item))
    }

    /// Draws the lines under the names of the places.
    pub fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>, is_focused: bool) {
        let theme = view.theme;
        let slot = view.store.configure.comparison();
        let dim = theme.style(Role::Dim);
        if let Some(error) = slot.error() {
            let text = format!("✖ {error}\n\nr  tries again · esc  goes back to the form");
            paint::put_wrapped(buf, area, &text, theme.style(Role::Error));
            return;
        }
        let Some(one) = slot.value().filter(|_| !slot.is_loading()) else {
            paint::put(buf, area.x + 2, area.y, area.width, "reading both…", dim);
            return;
        };
        if self.lines.is_empty() {
            let text = format!("no difference: {} settings are the same", one.same);
            paint::put(buf, area.x + 2, area.y, area.width, &text, dim);
            return;
        }
        let columns = self.columns(area);
        let head = theme.style(Role::TableHeader);
        let (left, right) = names(one);
        for (name, (x, room)) in [(left, columns[1]), (right, columns[2])] {
            let clean = text::sanitise(&name);
            let name = text::truncate_middle(&clean, usize::from(room));
            paint::put(buf, x, area.y, room, &name, head);
        }
        for (row, place) in self.scroll.visible(self.lines.len()).enumerate() {
            let at = Rect {
                y: area.y + 1 + row as u16,
                height: 1,
                ..area
            };
            self.line(place, at, buf, theme);
            if place == self.cursor {
                paint::select_row(buf, at, at.y, theme, is_focused);
            }
        }
        if let Some(prompt) = &self.prompt {
            let at = Rect {
                y: area.bottom().saturating_sub(1),
                height: 1,
                ..area
            };
            prompt.render("/ ", at, buf, theme);
        }
    }

    /// Where name, left and right begin, and their cells.
    fn columns(&self, area: Rect) -> [(u16, u16); 3] {
        let name = (area.x + 2).min(area.right());
        let left = (name + self.column).min(area.right());
        let each = (area.right() - left).saturating_sub(GAP) / 2;
        let right = (left + each + GAP).min(area.right());
        [
            (name, self.column.saturating_sub(GAP)),
            (left, each),
            (right, area.right() - right),
        ]
    }

    fn line(&self, place: usize, at: Rect, buf: &mut Buffer, theme: &Theme) {
        let line = &self.lines[place];
        if place == self.cursor {
            paint::put(buf, at.x, at.y, 1, "▸", theme.style(Role::Accent));
        }
        let columns = self.columns(at);
        let shows = place == self.cursor && self.revealed.as_ref() == Some(&line.item);
        let is_match = !self.find.is_empty() && line.text.contains(&self.find.to_lowercase());
        let name_role = if is_match { Role::Match } else { Role::Dim };
        let (left, left_role) = line.left.shown(shows);
        let (right, right_role) = line.right.shown(shows);
        let cells = [
            (line.name.as_str(), name_role),
            (left.as_ref(), left_role),
            (right.as_ref(), right_role),
        ];
        for ((text, role), (x, room)) in cells.into_iter().zip(columns) {
            let text = text::truncate_middle(text, usize::from(room));
            paint::put(buf, x, at.y, room, &text, theme.style(role));
        }
    }

    /// The keys of this view.
    pub fn hints(&self) -> Vec<Hint> {
        if self.is_typing() {
            return vec!["input.accept".into(), "input.leave".into()];
        }
        let mut hints: Vec<Hint> = vec!["text.find".into()];
        if self.found.is_some() {
            hints.push("text.next-match".into());
        }
        hints.push("configure.compare".into());
        let line = self.lines.get(self.cursor);
        if line.is_some_and(|line| matches!(line.item, Item::Variable(_))) {
            hints.push("configure.reveal".into());
        }
        hints.extend(["app.copy", "app.back"].map(Hint::from));
        hints
    }
}

fn copied(text: String) -> Outcome {
    Outcome::act(Action::Ui(ui::Action::Copy(Secret::new(text))))
}

/// One side of a difference; a list in full, since it has no rows of its own here.
fn cell(item: &Item, side: &Side) -> Cell {
    match (item, side) {
        (Item::Setting(field), Side::Plain(value)) if words::is_list(*field) => {
            Cell::Text(words::clean(value), Role::Text)
        }
        _ => words::cell(item, side),
    }
}

fn lines(one: &Comparison) -> Vec<Line> {
    let rows = one.rows.iter();
    rows.map(|(item, left, right)| {
        let (left, right) = (cell(item, left), cell(item, right));
        let name = words::clean(&words::whole_label(item));
        let text = format!("{name} {} {}", left.shown(false).0, right.shown(false).0);
        Line {
            text: text.to_lowercase(),
            item: item.clone(),
            name,
            left,
            right,
        }
    })
    .collect()
}

/// Everything that is different, one a line, values of the environment masked.
fn whole(one: &Comparison) -> String {
    let (left, right) = names(one);
    let mut text = format!("{left} | {right}\n");
    for (item, left, right) in &one.rows {
        let (left, right) = (left.shown(false), right.shown(false));
        text.push_str(&format!("{item}: {left} | {right}\n"));
    }
    text
}
