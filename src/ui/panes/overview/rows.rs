//! The rows of the overview, and the writer they are written on.
//!
//! Rows are made when the data changes, not while drawing. A row that belongs to a part which is
//! old, denied or under way says so in words.

use jiff::{SignedDuration, Timestamp};

use crate::{
    domain::{age, secret::Secret, text},
    ports::ApiError,
    store::{overview::facts::Part, slot::Slot},
    theme::Role,
    ui::widgets::paint,
};

/// Cells of the label column; longer labels widen it for their section.
const LABEL: u16 = 16;
/// Cells before the label: the sign of the cursor.
pub const MARGIN: u16 = 2;
/// Data is read again after a minute: what is clearly older could not be.
const STALE_AFTER: SignedDuration = SignedDuration::from_secs(90);

/// One line of the overview.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The part it was read with; `None` for what the function list knows.
    pub part: Option<Part>,
    /// What it is about; empty on a line that goes on.
    pub label: String,
    /// What it says.
    pub value: Value,
    /// How it is meant.
    pub role: Role,
    /// Cells from its label to its value; a label that is wider still pushes its value on.
    pub column: u16,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// The title of a section: the label, and this behind it.
    Header(String),
    /// Text, and what copying it gives when that is not the same.
    Text(String, Option<String>),
    /// The value of the environment variable in the label.
    Masked(Secret<String>),
}

impl Row {
    /// What keeps a row the same one over a rebuild.
    fn is_same(&self, other: &Self) -> bool {
        self.part == other.part
            && self.label == other.label
            && std::mem::discriminant(&self.value) == std::mem::discriminant(&other.value)
    }
}

/// Where the row that was at `cursor` of `old` stands in `new`: the same one among its likes;
/// when it is gone, the cursor stays where it was.
pub fn follow(old: &[Row], new: &[Row], cursor: usize) -> usize {
    let Some(row) = old.get(cursor) else {
        return cursor.min(new.len().saturating_sub(1));
    };
    let nth = old[..cursor]
        .iter()
        .filter(|other| other.is_same(row))
        .count();
    new.iter()
        .enumerate()
        .filter(|(_, other)| other.is_same(row))
        .map(|(place, _)| place)
        .nth(nth)
        .unwrap_or_else(|| cursor.min(new.len().saturating_sub(1)))
}

/// Where rows are written.
pub struct RowWriter {
    rows: Vec<Row>,
    now: Timestamp,
    width: u16,
    is_open: bool,
    part: Option<Part>,
    is_stale: bool,
    good_until: Timestamp,
}

impl RowWriter {
    /// An empty writer of this width in cells; `is_open` says whether the session can be asked.
    pub fn new(now: Timestamp, width: u16, is_open: bool) -> Self {
        Self {
            rows: Vec::new(),
            now,
            width,
            is_open,
            part: None,
            is_stale: false,
            good_until: Timestamp::MAX,
        }
    }

    /// The rows, and until when their ages are right.
    pub fn finish(mut self) -> (Vec<Row>, Timestamp) {
        let widest = (self.width / 3).max(LABEL);
        for section in self
            .rows
            .chunk_by_mut(|_, next| !matches!(next.value, Value::Header(_)))
        {
            let column = section
                .iter()
                .filter(|row| !matches!(row.value, Value::Header(_)))
                .map(|row| text::width(&row.label) as u16 + 2)
                .filter(|&cells| cells <= widest)
                .fold(LABEL, u16::max);
            for row in section {
                row.column = column;
            }
        }
        (self.rows, self.good_until)
    }

    /// Now.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// How long ago this was, in words.
    pub fn ago(&mut self, then: Timestamp) -> String {
        self.good_until = self.good_until.min(age::next_step(self.now, then));
        format!("{} ago", age::age(self.now, then))
    }

    /// Starts a section.
    pub fn section(&mut self, title: &str, detail: impl Into<String>) {
        self.part = None;
        self.push(title, Value::Header(detail.into()), Role::Accent);
    }

    /// A fact.
    pub fn fact(&mut self, label: &str, text: impl Into<String>) {
        self.fact_as(label, text, Role::Text);
    }

    /// A fact with a meaning.
    pub fn fact_as(&mut self, label: &str, text: impl Into<String>, role: Role) {
        self.push(label, Value::Text(text.into(), None), role);
    }

    /// A fact that is shown shorter than it is copied: a name for its ARN.
    pub fn named(&mut self, label: &str, text: impl Into<String>, whole: &str, role: Role) {
        let value = Value::Text(text.into(), Some(whole.to_owned()));
        self.push(label, value, role);
    }

    /// A sentence, over as many rows as it needs; each copies the whole.
    pub fn sentence(&mut self, label: &str, text: &str, role: Role) {
        self.named_sentence(label, text, text, role);
    }

    /// A sentence that is copied as something else.
    pub fn named_sentence(&mut self, label: &str, text: &str, whole: &str, role: Role) {
        let room = self.width.saturating_sub(MARGIN + LABEL).max(16);
        for (line, shown) in paint::wrapped(text, room).into_iter().enumerate() {
            let label = if line == 0 { label } else { "" };
            self.named(label, shown, whole, role);
        }
    }

    /// A masked value.
    pub fn secret(&mut self, name: &str, value: &Secret<String>) {
        self.push(name, Value::Masked(value.clone()), Role::Secret);
    }

    /// What one part says: its value, how old that is, why there is none.
    pub fn part<T>(
        &mut self,
        part: Part,
        label: &str,
        slot: &Slot<T>,
        show: impl FnOnce(&mut Self, &T),
    ) {
        self.part = Some(part);
        if let Some(value) = slot.value() {
            self.is_stale = self.is_old(slot);
            show(self, value);
            self.is_stale = false;
        }
        self.status(label, slot);
        self.part = None;
    }

    /// Why a part is missing or old; nothing when it is there.
    pub fn status<T>(&mut self, label: &str, slot: &Slot<T>) {
        match (slot.error(), slot.value().is_some()) {
            (Some(error), true) => {
                self.sentence(label, &format!("not refreshed: {}", why(error)), Role::Warn);
            }
            (Some(error), false) => self.sentence(label, &why(error), Role::Warn),
            (None, true) => {}
            (None, false) if self.is_open => self.fact_as(label, "reading…", Role::Dim),
            (None, false) => self.fact_as(label, "not read yet", Role::Dim),
        }
    }

    /// Writes rows of this part, dimmed when they are old.
    pub fn of<T>(&mut self, part: Part, slot: &Slot<T>, write: impl FnOnce(&mut Self)) {
        self.part = Some(part);
        self.is_stale = self.is_old(slot);
        write(self);
        self.is_stale = false;
        self.part = None;
    }

    fn is_old<T>(&mut self, slot: &Slot<T>) -> bool {
        let Some(fetched) = slot.fetched() else {
            return true;
        };
        let stale_at = fetched + STALE_AFTER;
        if stale_at > self.now {
            self.good_until = self.good_until.min(stale_at);
        }
        slot.error().is_some() || stale_at <= self.now
    }

    fn push(&mut self, label: &str, value: Value, role: Role) {
        let role = match role {
            Role::Text if self.is_stale => Role::Stale,
            role => role,
        };
        self.rows.push(Row {
            part: self.part,
            label: label.to_owned(),
            value,
            role,
            column: LABEL,
        });
    }
}

/// A failure in one line: a denial names what is missing.
pub fn why(error: &ApiError) -> String {
    error.missing_action().map_or_else(
        || format!("✖ {error}"),
        |action| format!("✖ no permission {action}"),
    )
}
