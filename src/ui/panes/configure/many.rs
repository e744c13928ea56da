//! Chooses other functions for the same draft, with a filter and marks.

use std::collections::HashSet;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    command::{CommandSpec, Context},
    domain::{age, function::Arn},
    theme::Role,
    ui::{
        surface::{Hint, Intent, Outcome, Surface, View},
        widgets::{list::Scroll, paint, prompt::Prompt},
    },
};

/// What the marked functions become.
type Then = Box<dyn Fn(Vec<Arn>) -> Vec<Intent>>;

/// The overlay.
pub struct Many {
    title: String,
    functions: Vec<Arn>,
    marked: HashSet<Arn>,
    prompt: Prompt,
    matching: Vec<usize>,
    cursor: usize,
    scroll: Scroll,
    then: Then,
}

impl Many {
    /// Chooses among these functions; some are marked from the start.
    pub fn new(
        title: impl Into<String>,
        functions: Vec<Arn>,
        marked: HashSet<Arn>,
        then: impl Fn(Vec<Arn>) -> Vec<Intent> + 'static,
    ) -> Self {
        Self {
            title: title.into(),
            matching: (0..functions.len()).collect(),
            functions,
            marked,
            prompt: Prompt::default(),
            cursor: 0,
            scroll: Scroll::default(),
            then: Box::new(then),
        }
    }

    fn narrow(&mut self) {
        let typed = self.prompt.text().to_lowercase();
        let words: Vec<&str> = typed.split_whitespace().collect();
        let holds = |arn: &Arn| {
            let name = arn.resource_name().to_lowercase();
            words.iter().all(|word| name.contains(word))
        };
        let all = self.functions.iter().enumerate();
        self.matching = all
            .filter(|(_, arn)| holds(arn))
            .map(|(place, _)| place)
            .collect();
        self.cursor = self.cursor.min(self.matching.len().saturating_sub(1));
    }

    fn mark(&mut self) {
        if let Some(&place) = self.matching.get(self.cursor) {
            let arn = &self.functions[place];
            if !self.marked.remove(arn) {
                self.marked.insert(arn.clone());
            }
            self.cursor = (self.cursor + 1).min(self.matching.len() - 1);
        }
    }

    /// Marks all that are shown; once more, none of them.
    fn mark_shown(&mut self) {
        let shown = self.matching.iter().map(|&place| &self.functions[place]);
        if shown.clone().all(|arn| self.marked.contains(arn)) {
            for arn in shown {
                self.marked.remove(arn);
            }
        } else {
            self.marked.extend(shown.cloned());
        }
    }

    fn accept(&self) -> Outcome {
        let chosen = self.functions.iter();
        let chosen: Vec<Arn> = chosen
            .filter(|arn| self.marked.contains(*arn))
            .cloned()
            .collect();
        if chosen.is_empty() {
            return Outcome::done();
        }
        let mut intents = vec![Intent::Close];
        intents.extend((self.then)(chosen));
        Outcome::Done(intents)
    }

    /// How many are marked, and how many of them the filter hides.
    fn count(&self) -> String {
        if self.marked.is_empty() {
            return "space marks, ctrl-a all that are shown".to_owned();
        }
        let shown = self.matching.iter().map(|&place| &self.functions[place]);
        let shown = shown.filter(|arn| self.marked.contains(*arn)).count();
        let hidden = self.marked.len() - shown;
        let marked = age::count(self.marked.len() as u64);
        match hidden {
            0 => format!("{marked} marked"),
            _ => format!(
                "{marked} marked, {} of them hidden by the filter",
                age::count(hidden as u64)
            ),
        }
    }
}

impl Surface for Many {
    fn title(&self, _view: View<'_>) -> String {
        self.title.clone()
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        vec![Context::Input]
    }

    fn on_command(&mut self, command: &'static CommandSpec, _view: View<'_>) -> Outcome {
        match command.id {
            "input.accept" | "input.submit" => self.accept(),
            "input.leave" | "app.back" => Outcome::Done(vec![Intent::Close]),
            "input.undo" => {
                self.prompt.undo();
                self.narrow();
                Outcome::done()
            }
            _ => Outcome::Ignored,
        }
    }

    fn on_key(&mut self, key: KeyEvent, _view: View<'_>) -> Outcome {
        let movement = match key.code {
            KeyCode::Down => "list.down",
            KeyCode::Up => "list.up",
            KeyCode::PageDown => "list.page-down",
            KeyCode::PageUp => "list.page-up",
            _ => "",
        };
        let len = self.matching.len();
        if let Some(place) = self.scroll.moved(movement, self.cursor, len) {
            self.cursor = place;
            return Outcome::done();
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            // No function has a blank in its name.
            KeyCode::Char(' ') => self.mark(),
            KeyCode::Char('a') if control => self.mark_shown(),
            _ if self.prompt.on_key(key) => self.narrow(),
            _ => {}
        }
        Outcome::done()
    }

    fn on_paste(&mut self, text: &str, _view: View<'_>) -> Outcome {
        self.prompt.paste(text);
        self.narrow();
        Outcome::done()
    }

    fn layout(&mut self, area: Rect, _view: View<'_>) -> Vec<crate::store::Action> {
        let height = area.height.saturating_sub(2);
        self.scroll.settle(self.cursor, self.matching.len(), height);
        Vec::new()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let theme = view.theme;
        self.prompt.render("› ", area, buf, theme);
        let dim = theme.style(Role::Dim);
        paint::put(buf, area.x, area.y + 1, area.width, &self.count(), dim);
        if self.matching.is_empty() {
            let y = area.y + 2;
            paint::put(buf, area.x, y, area.width, "nothing matches", dim);
        }
        for (line, place) in self.scroll.visible(self.matching.len()).enumerate() {
            let y = area.y + 2 + line as u16;
            let arn = &self.functions[self.matching[place]];
            let is_marked = self.marked.contains(arn);
            let sign = if place == self.cursor { "▸" } else { " " };
            let (mark, role) = if is_marked {
                ("[✔] ", Role::Mark)
            } else {
                ("[ ] ", Role::Text)
            };
            let spans = [
                (sign, theme.style(Role::Accent)),
                (mark, theme.style(role)),
                (arn.resource_name(), theme.style(role)),
            ];
            paint::put_spans(buf, area, y, &spans);
            if place == self.cursor {
                paint::select_row(buf, area, y, theme, true);
            }
        }
    }

    fn hints(&self, _view: View<'_>) -> Vec<Hint> {
        let title = match self.marked.len() {
            0 => "mark first".to_owned(),
            marked => format!("review for {} more", age::count(marked as u64)),
        };
        vec![
            Hint {
                command: "input.accept",
                title: Some(title),
            },
            Hint {
                command: "input.leave",
                title: Some("cancel".to_owned()),
            },
        ]
    }

    fn size(&self, screen: Rect) -> (u16, u16) {
        let rows = u16::try_from(self.functions.len()).unwrap_or(u16::MAX);
        let most = screen.height.saturating_sub(4).max(6);
        (screen.width.min(76), rows.saturating_add(4).clamp(6, most))
    }
}
