//! One letter as a text: its lines, its event laid out, folds, a search. Lines are settled before
//! they are drawn; only the visible ones are touched.

use std::collections::BTreeSet;

use ratatui::{buffer::Buffer, layout::Rect};

use super::letter_rows::Line;
use crate::{
    domain::{
        document::{Document, LINE, Syntax},
        text,
    },
    theme::{Role, Theme},
    ui::widgets::{
        code::{self, Highlight},
        list::Scroll,
        paint,
    },
};

/// Cells that ← and → pan.
const PAN: usize = 8;
/// Widest that a label gets.
const LABEL: u16 = 15;

/// A part of the text.
#[derive(Debug)]
pub struct Section {
    /// Stands above it; empty: nothing does.
    pub title: String,
    /// What is in it.
    pub content: Content,
}

/// What a section holds.
#[derive(Debug)]
pub enum Content {
    /// Labels and values.
    Lines(Vec<Line>),
    /// A laid-out text.
    Document(Document),
}

/// One row of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Title(usize),
    Line(usize, usize),
}

/// The text and where the view of it stands.
#[derive(Debug, Default)]
pub struct Body {
    sections: Vec<Section>,
    folded: BTreeSet<(usize, usize)>,
    rows: Vec<Row>,
    cursor: usize,
    left: usize,
    scroll: Scroll,
    label: u16,
    find: String,
    /// Which of how many matches the cursor went to.
    found: Option<(usize, usize)>,
}

impl Body {
    /// Shows another text, from its beginning.
    pub fn show(&mut self, sections: Vec<Section>) {
        *self = Self {
            find: std::mem::take(&mut self.find),
            ..Self::default()
        };
        self.replace(sections);
    }

    /// The same letter, said anew: the view stays where it is.
    pub fn replace(&mut self, sections: Vec<Section>) {
        self.label = sections
            .iter()
            .filter_map(|section| match &section.content {
                Content::Lines(lines) => Some(lines),
                Content::Document(_) => None,
            })
            .flatten()
            .map(|line| text::width(&text::sanitise(&line.label)) as u16)
            .max()
            .unwrap_or(0)
            .min(LABEL);
        self.sections = sections;
        self.settle_rows();
    }

    /// Settles the window.
    pub fn layout(&mut self, height: u16) {
        self.cursor = self.cursor.min(self.rows.len().saturating_sub(1));
        self.scroll.settle(self.cursor, self.rows.len(), height);
    }

    /// Moves or pans by a command; says whether it was one.
    pub fn moved(&mut self, command: &str) -> bool {
        match command {
            "text.left" => self.left = self.left.saturating_sub(PAN),
            "text.right" => self.left = (self.left + PAN).min(LINE),
            _ => match self.scroll.moved(command, self.cursor, self.rows.len()) {
                Some(place) => self.cursor = place,
                None => return false,
            },
        }
        true
    }

    /// Moves the cursor by rows.
    pub fn move_by(&mut self, rows: isize) {
        let last = self.rows.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(rows).min(last);
    }

    /// Puts the cursor on a visible row.
    pub fn click(&mut self, row: u16) {
        let place = self.scroll.first() + usize::from(row);
        self.cursor = place.min(self.rows.len().saturating_sub(1));
    }

    /// Folds or unfolds what begins on the row under the cursor; says whether anything does.
    pub fn fold(&mut self) -> bool {
        let Some(start) = self.start() else {
            return false;
        };
        if !self.folded.remove(&start) {
            self.folded.insert(start);
        }
        self.settle_rows();
        true
    }

    /// Whether something begins on the row under the cursor that can be folded.
    pub fn can_fold(&self) -> bool {
        self.start().is_some()
    }

    fn start(&self) -> Option<(usize, usize)> {
        let &Row::Line(section, line) = self.rows.get(self.cursor)? else {
            return None;
        };
        match &self.sections.get(section)?.content {
            Content::Document(document) => fold_end(document, line).map(|_| (section, line)),
            Content::Lines(_) => None,
        }
    }

    /// The line under the cursor, as it is.
    pub fn line_text(&self) -> Option<String> {
        match *self.rows.get(self.cursor)? {
            Row::Title(section) => Some(self.sections.get(section)?.title.clone()),
            Row::Line(section, line) => self.text(section, line).map(|text| text.trim().to_owned()),
        }
    }

    /// What is searched for.
    pub fn find(&self) -> &str {
        &self.find
    }

    /// What is searched for, and which of how many matches the cursor went to: `/sku 2 of 3`.
    pub fn found(&self) -> Option<String> {
        let (place, of) = self.found?;
        Some(format!("/{} {place} of {of}", self.find))
    }

    /// Searches for a text, upper and lower case alike, and goes to its first place from the
    /// cursor on; says whether there is one.
    pub fn search(&mut self, wanted: &str) -> bool {
        wanted.clone_into(&mut self.find);
        self.found = None;
        wanted.is_empty() || self.next_match(true, true)
    }

    /// Goes to the next or previous place; says whether there is one.
    pub fn next_match(&mut self, forward: bool, here_too: bool) -> bool {
        let wanted = self.find.to_lowercase();
        if wanted.is_empty() {
            return false;
        }
        let here = self.rows.get(self.cursor).copied();
        let mut all: Vec<Row> = Vec::new();
        for (section, of) in self.sections.iter().enumerate() {
            for line in 0..of.content.len() {
                let found = self
                    .text(section, line)
                    .is_some_and(|text| text.to_lowercase().contains(&wanted));
                if found {
                    all.push(Row::Line(section, line));
                }
            }
        }
        let place = if forward {
            let is_next = |&row: &Row| Some(row) > here || (here_too && Some(row) == here);
            all.iter().position(is_next).or(Some(0))
        } else {
            let is_next = |&row: &Row| Some(row) < here;
            all.iter().rposition(is_next).or(all.len().checked_sub(1))
        };
        let found = place.and_then(|place| Some((place, *all.get(place)?)));
        self.found = found.map(|(place, _)| (place + 1, all.len()));
        let Some((_, next)) = found else { return false };
        if !self.rows.contains(&next) {
            self.folded.clear();
            self.settle_rows();
        }
        if let Some(place) = self.rows.iter().position(|&row| row == next) {
            self.cursor = place;
        }
        true
    }

    fn text(&self, section: usize, line: usize) -> Option<&str> {
        match &self.sections.get(section)?.content {
            Content::Lines(lines) => lines.get(line).map(|line| line.text.as_str()),
            Content::Document(document) => document.line(line),
        }
    }

    fn settle_rows(&mut self) {
        let here = self.rows.get(self.cursor).copied();
        self.rows.clear();
        for (index, section) in self.sections.iter().enumerate() {
            if !section.title.is_empty() {
                self.rows.push(Row::Title(index));
            }
            let mut line = 0;
            while line < section.content.len() {
                self.rows.push(Row::Line(index, line));
                line = match &section.content {
                    Content::Document(document) if self.folded.contains(&(index, line)) => {
                        fold_end(document, line).unwrap_or(line) + 1
                    }
                    _ => line + 1,
                };
            }
        }
        if let Some(here) = here {
            let place = self.rows.partition_point(|row| *row <= here);
            self.cursor = place.saturating_sub(1);
        }
    }

    /// Draws the visible rows; without a cursor for a column that is only looked at.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme, cursor: Option<bool>) {
        for (row, place) in self.scroll.visible(self.rows.len()).enumerate() {
            let at = Rect {
                y: area.y + row as u16,
                height: 1,
                ..area
            };
            self.draw_row(self.rows[place], at, buf, theme);
            if let Some(focused) = cursor
                && place == self.cursor
            {
                paint::select_row(buf, at, at.y, theme, focused);
            }
        }
    }

    fn draw_row(&self, row: Row, at: Rect, buf: &mut Buffer, theme: &Theme) {
        let (section, number) = match row {
            Row::Title(section) => {
                let title = format!("─ {} ", self.sections[section].title);
                let end = paint::put(buf, at.x, at.y, at.width, &title, theme.style(Role::Dim));
                for x in end..at.right() {
                    paint::put(buf, x, at.y, 1, "─", theme.style(Role::Border));
                }
                return;
            }
            Row::Line(section, line) => (section, line),
        };
        match &self.sections[section].content {
            Content::Lines(lines) => {
                let Some(line) = lines.get(number) else {
                    return;
                };
                let label = self.label.min(at.width / 2);
                paint::put(buf, at.x, at.y, label, &line.label, theme.style(Role::Dim));
                let x = (at.x + label + 1).min(at.right());
                let rest = Rect {
                    x,
                    width: at.right() - x,
                    ..at
                };
                let highlight = Highlight::Role(line.role);
                code::put_line(buf, rest, self.left, &line.text, highlight, theme);
            }
            Content::Document(document) => {
                let Some(line) = document.line(number) else {
                    return;
                };
                let highlight = match document.syntax() {
                    Syntax::Json => Highlight::Json,
                    Syntax::Plain => Highlight::Spans(document.spans(number)),
                    Syntax::Binary => Highlight::Role(Role::Dim),
                };
                code::put_line(buf, at, self.left, line, highlight, theme);
                self.draw_match(line, at, buf, theme);
                if self.folded.contains(&(section, number)) {
                    let lines = fold_end(document, number).map_or(0, |end| end - number);
                    let used = text::width(&text::sanitise(line)).saturating_sub(self.left) as u16;
                    let x = (at.x + used + 1).min(at.right());
                    let more = format!("… {lines} lines");
                    paint::put(buf, x, at.y, at.right() - x, &more, theme.style(Role::Dim));
                }
            }
        }
    }

    /// Marks the first match of a visible line.
    fn draw_match(&self, line: &str, at: Rect, buf: &mut Buffer, theme: &Theme) {
        if self.find.is_empty() {
            return;
        }
        let lower = line.to_lowercase();
        // Where lower case has another length the place cannot be told by bytes.
        let Some(start) = lower
            .find(&self.find.to_lowercase())
            .filter(|start| lower.len() == line.len() && line.is_char_boundary(*start))
        else {
            return;
        };
        let before = text::width(&text::sanitise(&line[..start]));
        let width = text::width(&text::sanitise(&self.find));
        let from = before.saturating_sub(self.left);
        let width = (before + width).saturating_sub(self.left.max(before));
        let x = at.x.saturating_add(from as u16);
        if before + width > self.left && x < at.right() {
            let found = Rect {
                x,
                width: (width as u16).min(at.right() - x),
                ..at
            };
            buf.set_style(found, theme.style(Role::Match));
        }
    }
}

impl Content {
    const fn len(&self) -> usize {
        match self {
            Self::Lines(lines) => lines.len(),
            Self::Document(document) => document.len(),
        }
    }
}

/// The last line of what begins on this one: a bracket, indented as its line.
fn fold_end(document: &Document, line: usize) -> Option<usize> {
    if document.syntax() != Syntax::Json {
        return None;
    }
    let first = document.line(line)?;
    let closer = match first.as_bytes().last()? {
        b'{' => '}',
        b'[' => ']',
        _ => return None,
    };
    let indent = first.len() - first.trim_start_matches(' ').len();
    (line + 1..document.len()).find(|&next| {
        document.line(next).is_some_and(|text| {
            let bare = text.trim_start_matches(' ');
            text.len() - bare.len() == indent && bare.starts_with(closer)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Depth;

    const JSON: &str = r#"{"order":"o-1","items":[{"sku":"a"},{"sku":"b"}],"last":true}"#;

    fn body() -> Body {
        let mut body = Body::default();
        body.show(vec![
            Section {
                title: String::new(),
                content: Content::Lines(vec![Line {
                    label: "origin".into(),
                    text: "SNS".into(),
                    role: Role::Text,
                }]),
            },
            Section {
                title: "the event".into(),
                content: Content::Document(Document::of(JSON.as_bytes())),
            },
        ]);
        body.layout(20);
        body
    }

    fn drawn(body: &Body) -> Vec<String> {
        let area = Rect::new(0, 0, 30, 16);
        let mut buf = Buffer::empty(area);
        let theme = Theme::builtin("dark", Depth::Rgb);
        body.render(area, &mut buf, &theme, Some(true));
        (0..area.height)
            .map(|y| {
                (0..area.width)
                    .map(|x| buf[(x, y)].symbol())
                    .collect::<String>()
                    .trim_end()
                    .to_owned()
            })
            .filter(|line| !line.is_empty())
            .collect()
    }

    #[test]
    fn a_list_folds_and_unfolds_under_the_cursor() {
        let mut body = body();
        let before = drawn(&body);
        assert_eq!(before[0], "origin SNS");
        assert!(before[1].starts_with("─ the event ─"), "{before:?}");
        assert!(body.search("items"));
        body.fold();
        let after = drawn(&body);
        assert!(
            after
                .iter()
                .any(|line| line.contains("\"items\": [ … 7 lines")),
            "{after:?}"
        );
        assert!(after.iter().any(|line| line.contains("last")), "{after:?}");
        assert!(!after.iter().any(|line| line.contains("sku")), "{after:?}");
        body.fold();
        assert_eq!(drawn(&body), before);
    }

    #[test]
    fn a_search_goes_round_and_opens_what_hides_its_match() {
        let mut body = body();
        assert!(body.search("items"));
        body.fold();
        assert!(body.search("SKU"), "upper and lower case alike");
        assert_eq!(body.found().as_deref(), Some("/SKU 1 of 2"));
        let first = body.line_text().unwrap();
        assert!(first.contains("\"a\""), "{first}");
        assert!(body.next_match(true, false));
        assert!(body.line_text().unwrap().contains("\"b\""));
        assert_eq!(body.found().as_deref(), Some("/SKU 2 of 2"));
        assert!(body.next_match(true, false), "round");
        assert_eq!(body.line_text().unwrap(), first);
        assert!(body.next_match(false, false), "and back");
        assert_eq!(body.found().as_deref(), Some("/SKU 2 of 2"));
        assert!(!body.search("nowhere"));
        assert_eq!(body.found(), None);
    }

    #[test]
    fn hostile_text_is_drawn_as_signs() {
        let mut body = Body::default();
        body.show(vec![Section {
            title: "\u{1b}[31mred".into(),
            content: Content::Document(Document::of(b"a\x1b[2Jb\xff")),
        }]);
        body.layout(5);
        let shown = drawn(&body).join("\n");
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
}
