//! The rows of the form: what a row is, the filter, and the cursor when rows are made anew.

use std::borrow::Cow;

use crate::{
    domain::{
        draft::{Field, Item, MASK},
        secret::Secret,
        text,
    },
    theme::Role,
    ui::widgets::paint,
};

/// A part of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What is wrong, stopped or under way.
    Standing,
    /// An apply that runs or has ended.
    Apply,
    /// Memory, timeout, role, …
    General,
    /// Variables.
    Environment,
    /// Asynchronous invokes.
    Async,
    /// Reserved, provisioned, recursion.
    Concurrency,
    /// Event source mappings.
    Triggers,
    /// Aliases.
    Aliases,
    /// Format, levels, group.
    Logging,
    /// VPC, key, file system.
    Network,
    /// Function URLs.
    Urls,
    /// Tags.
    Tags,
    /// Publishing a version.
    Publish,
}

/// What a row offers to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// Finish an apply that ended in the middle, by the id of its report.
    Finish(String),
    /// Revert an apply, by the id of its report.
    Revert(String),
    /// What was stopped, by the id of its card.
    Restore(String),
    /// The draft again, on top of what is there now.
    Again,
}

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The title of a section.
    Header,
    /// A setting, a variable, …
    Item(Item),
    /// One entry of a list, counted from 0.
    Entry(Field, usize),
    /// An entry that the draft takes away.
    Gone(Field, String),
    /// The title of a trigger, by UUID.
    Trigger(String),
    /// What is wrong with an item.
    Problem(Option<Item>),
    /// Whether a version is published.
    Publish,
    /// Something that can be chosen.
    Offer(Offer),
    /// Something to know.
    Note,
}

/// One side of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Clean text.
    Text(String, Role),
    /// A value of the environment.
    Masked(Secret<String>),
}

impl Cell {
    /// What it shows, clean, and in which colour; a masked value only if it is revealed.
    pub fn shown(&self, is_revealed: bool) -> (Cow<'_, str>, Role) {
        match self {
            Self::Text(text, role) => (text.into(), *role),
            Self::Masked(value) if is_revealed => (text::sanitise(value.reveal()), Role::Text),
            Self::Masked(_) => (MASK.into(), Role::Secret),
        }
    }
}

/// What the draft does with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sign {
    /// As it is.
    #[default]
    Same,
    /// Changed.
    Changed,
    /// Added.
    Added,
    /// Removed.
    Removed,
    /// What was typed is wrong.
    Refused,
}

impl Sign {
    /// The glyph before the row, and its colour.
    pub const fn glyph(self) -> (&'static str, Role) {
        match self {
            Self::Same => (" ", Role::Text),
            Self::Changed => ("~", Role::Accent),
            Self::Added => ("+", Role::Ok),
            Self::Removed => ("−", Role::Warn),
            Self::Refused => ("✖", Role::Error),
        }
    }
}

/// One line of the form.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Where it stands.
    pub section: Section,
    /// What it is.
    pub kind: Kind,
    /// What the draft does with it.
    pub sign: Sign,
    /// What it is called.
    pub label: String,
    /// The value of now.
    pub now: Cell,
    /// The drafted value.
    pub then: Option<Cell>,
    /// What it takes.
    pub help: String,
}

impl Row {
    /// A row that says one thing.
    pub fn new(section: Section, kind: Kind, label: impl Into<String>, now: Cell) -> Self {
        Self {
            section,
            kind,
            sign: Sign::Same,
            label: label.into(),
            now,
            then: None,
            help: String::new(),
        }
    }

    /// The item that it speaks of.
    pub const fn item(&self) -> Option<&Item> {
        match &self.kind {
            Kind::Item(item) | Kind::Problem(Some(item)) => Some(item),
            _ => None,
        }
    }

    /// Whether `D` means something on it.
    pub const fn is_removable(&self) -> bool {
        match &self.kind {
            _ if matches!(self.sign, Sign::Removed) => false,
            Kind::Publish => matches!(self.sign, Sign::Added),
            Kind::Entry(..) => true,
            Kind::Item(item) => {
                !matches!(item, Item::Setting(_) | Item::Trigger(..) | Item::Alias(_))
            }
            _ => false,
        }
    }

    /// Whether it stays when only changed rows are kept.
    pub fn is_changed(&self) -> bool {
        self.sign != Sign::Same
            || matches!(self.kind, Kind::Problem(_))
            || matches!(self.section, Section::Standing | Section::Apply)
    }

    fn is_same(&self, other: &Self) -> bool {
        let is_note = self.kind == Kind::Note && self.label != other.label;
        self.section == other.section && self.kind == other.kind && !is_note
    }

    /// Everything of it that may be searched: no masked value.
    fn text(&self) -> String {
        let mut text = self.label.to_lowercase();
        for cell in std::iter::once(&self.now).chain(&self.then) {
            if let Cell::Text(cell, _) = cell {
                text.push(' ');
                text.push_str(&cell.to_lowercase());
            }
        }
        if let Some(item) = self.item() {
            text.push(' ');
            text.push_str(&item.to_string().to_lowercase());
        }
        text
    }
}

/// The rows that hold every word of `filter`, under the titles that they stand under. What is
/// wrong, stopped or under way is no row of the form: it always stays.
pub fn narrowed(rows: Vec<Row>, filter: &str, only_changed: bool) -> Vec<Row> {
    if filter.trim().is_empty() && !only_changed {
        return rows;
    }
    let filter = filter.to_lowercase();
    let words: Vec<&str> = filter.split_whitespace().collect();
    let mut kept: Vec<Row> = Vec::new();
    let mut titles: Vec<Row> = Vec::new();
    // The words that the titles above have already.
    let mut above = String::new();
    for row in rows {
        match row.kind {
            _ if matches!(row.section, Section::Standing | Section::Apply) => kept.push(row),
            Kind::Header => {
                above = row.label.to_lowercase();
                titles = vec![row];
            }
            Kind::Trigger(_) => {
                titles.truncate(1);
                above.push(' ');
                above.push_str(&row.label.to_lowercase());
                titles.push(row);
            }
            _ => {
                let text = row.text();
                let holds = words
                    .iter()
                    .all(|word| text.contains(word) || above.contains(word));
                if holds && (!only_changed || row.is_changed()) {
                    kept.append(&mut titles);
                    kept.push(row);
                }
            }
        }
    }
    kept
}

/// The rows with sentences broken over as many lines as they need in `room` cells, of which
/// labels take `column`.
pub fn wrapped(rows: Vec<Row>, room: u16, column: u16) -> Vec<Row> {
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let is_sentence = row.then.is_none() && matches!(row.kind, Kind::Note | Kind::Problem(_));
        let Cell::Text(text, role) = &row.now else {
            all.push(row);
            continue;
        };
        let room = if row.label.is_empty() {
            room
        } else {
            room.saturating_sub(column)
        };
        if !is_sentence || text::width(text) <= usize::from(room) {
            all.push(row);
            continue;
        }
        let indent = " ".repeat(usize::from(if row.label.is_empty() { 0 } else { column }));
        for (line, text) in paint::wrapped(text, room).into_iter().enumerate() {
            let goes_on = line > 0;
            let text = if goes_on {
                format!("{indent}{text}")
            } else {
                text
            };
            all.push(Row {
                label: if goes_on {
                    String::new()
                } else {
                    row.label.clone()
                },
                now: Cell::Text(text, *role),
                ..row.clone()
            });
        }
    }
    all
}

/// Where the row that was at `cursor` of `old` stands in `new`; when it is gone, the cursor stays
/// where it was.
pub fn follow(old: &[Row], new: &[Row], cursor: usize) -> usize {
    let last = new.len().saturating_sub(1);
    let row = old.get(cursor);
    row.and_then(|row| new.iter().position(|other| other.is_same(row)))
        .unwrap_or(cursor)
        .min(last)
}

/// The place of the one row that `new` adds and `old` does not have.
pub fn added(old: &[Row], new: &[Row]) -> Option<usize> {
    let is_new = |row: &&Row| row.sign == Sign::Added && !old.iter().any(|was| was.is_same(row));
    let mut places = new.iter().enumerate().filter(|(_, row)| is_new(row));
    let (place, _) = places.next()?;
    places.next().is_none().then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(section: Section, kind: Kind, label: &str) -> Row {
        Row::new(section, kind, label, Cell::Text(String::new(), Role::Text))
    }

    fn rows() -> Vec<Row> {
        let item = |name: &str| Kind::Item(Item::Variable(name.to_owned()));
        let mut changed = row(Section::Environment, item("B"), "B");
        changed.sign = Sign::Changed;
        vec![
            row(Section::General, Kind::Header, "General"),
            row(
                Section::General,
                Kind::Item(Item::Setting(Field::Memory)),
                "memory",
            ),
            row(Section::Environment, Kind::Header, "Environment"),
            row(Section::Environment, item("A"), "A"),
            changed,
        ]
    }

    fn labels(rows: &[Row]) -> Vec<&str> {
        rows.iter().map(|row| row.label.as_str()).collect()
    }

    #[test]
    fn titles_stay_with_what_stands_under_them() {
        assert_eq!(
            labels(&narrowed(rows(), "MEM", false)),
            ["General", "memory"]
        );
        assert_eq!(
            labels(&narrowed(rows(), "environ a", false)),
            ["Environment", "A"]
        );
        assert_eq!(labels(&narrowed(rows(), "", true)), ["Environment", "B"]);
        assert_eq!(narrowed(rows(), "nothing like it", false), []);
    }

    #[test]
    fn a_masked_value_is_not_searched() {
        let mut rows = rows();
        rows[3].now = Cell::Masked(Secret::new("hunter2".to_owned()));
        assert_eq!(narrowed(rows, "hunter2", false), []);
    }

    #[test]
    fn what_was_added_alone_is_found() {
        let old = rows();
        let mut new = old.clone();
        let name = |name: &str| Kind::Item(Item::Variable(name.to_owned()));
        let mut one = row(Section::Environment, name("C"), "C");
        one.sign = Sign::Added;
        new.insert(3, one.clone());
        assert_eq!(added(&old, &new), Some(3));
        assert_eq!(added(&new, &new), None);
        one.kind = name("D");
        new.push(one);
        assert_eq!(added(&old, &new), None, "two: none of them is meant");
    }

    #[test]
    fn the_cursor_follows_its_row() {
        let (old, new) = (rows(), narrowed(rows(), "", true));
        assert_eq!(follow(&old, &new, 4), 1);
        assert_eq!(follow(&old, &new, 1), 1, "it is gone: the place stays");
        assert_eq!(follow(&old, &[], 3), 0);
    }
}
