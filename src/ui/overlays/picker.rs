//! A list to choose from, narrowed by typing: the palette, the help, profiles, regions,
//! qualifiers, sort columns.

use std::rc::Rc;

use crossterm::event::KeyEvent;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    command::{self, CommandSpec, Context},
    domain::fuzzy,
    keymap::Keymap,
    store::Action,
    theme::Role,
    ui::{
        surface::{Hint, Intent, Outcome, Surface, View},
        widgets::{list::Scroll, paint, prompt::Prompt},
    },
};

/// One line to choose.
pub struct Item {
    /// What is matched and shown.
    pub label: String,
    /// Shown dimmed behind it (a doc line, a key).
    pub detail: String,
    /// Shown at the right edge (a key).
    pub key: String,
    /// What choosing it means.
    pub choice: Choice,
}

/// What an item does.
#[derive(Clone)]
pub enum Choice {
    /// Change the store.
    Act(Action),
    /// Run a command.
    Run(&'static str),
    /// Open what asks further.
    Open(Rc<dyn Fn() -> Box<dyn Surface>>),
}

/// Cells between a label and what stands behind it.
const GAP: u16 = 2;

/// Asked with the typed text when no item matches it (a region that the table does not know).
pub type FreeText = fn(&str) -> Option<Action>;

/// The overlay.
pub struct Picker {
    title: String,
    items: Vec<Item>,
    matching: Vec<usize>,
    cursor: usize,
    scroll: Scroll,
    prompt: Prompt,
    free_text: Option<FreeText>,
}

impl Picker {
    /// A picker over these items; the cursor starts on the first.
    pub fn new(title: impl Into<String>, items: Vec<Item>) -> Self {
        Self {
            title: title.into(),
            matching: (0..items.len()).collect(),
            items,
            cursor: 0,
            scroll: Scroll::default(),
            prompt: Prompt::default(),
            free_text: None,
        }
    }

    /// The cursor starts on this item.
    #[must_use]
    pub fn starting_on(mut self, item: usize) -> Self {
        self.cursor = item.min(self.items.len().saturating_sub(1));
        self
    }

    /// Takes what was typed when it matches no item.
    #[must_use]
    pub fn or_free_text(mut self, free_text: FreeText) -> Self {
        self.free_text = Some(free_text);
        self
    }

    /// Every command that this place offers, with its keys: the help. What is about one function
    /// is left out where there is none.
    pub fn help(path: &[Context], keymap: &Keymap, has_subject: bool) -> Self {
        let offered = |spec: &CommandSpec| spec.offered_in(path) && spec.fits(has_subject);
        Self::new("Help", commands(path, keymap, offered))
    }

    /// Every command of this place, and those of other places that need none of their own.
    pub fn palette(path: &[Context], keymap: &Keymap, has_subject: bool) -> Self {
        let offered = |spec: &CommandSpec| spec.offered_in(path) && spec.fits(has_subject);
        Self::new("Palette", commands(path, keymap, offered))
    }

    /// What can be done with the row under the cursor: the pane's own commands.
    pub fn actions(path: &[Context], keymap: &Keymap, has_subject: bool) -> Self {
        let of_pane = |spec: &CommandSpec| {
            let is_of_pane = |context: &Context| context.is_pane() && path.contains(context);
            spec.contexts.iter().any(is_of_pane) && spec.fits(has_subject)
        };
        Self::new("Actions", commands(path, keymap, of_pane))
    }

    fn narrow(&mut self) {
        let query = self.prompt.text().trim();
        self.matching = if query.is_empty() {
            (0..self.items.len()).collect()
        } else {
            let texts: Vec<String> = self
                .items
                .iter()
                .map(|item| format!("{} {}", item.label, item.key))
                .collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            fuzzy::fuzzy(query, &texts)
                .into_iter()
                .map(|hit| hit.index as usize)
                .collect()
        };
        self.cursor = 0;
    }

    fn choose(&self) -> Outcome {
        let Some(item) = self
            .matching
            .get(self.cursor)
            .map(|&index| &self.items[index])
        else {
            let typed = self.prompt.text().trim();
            return match self.free_text.and_then(|free_text| free_text(typed)) {
                Some(action) => Outcome::Done(vec![Intent::Close, Intent::Act(action)]),
                None => Outcome::done(),
            };
        };
        let then = match item.choice.clone() {
            Choice::Act(action) => Intent::Act(action),
            Choice::Run(command) => Intent::Run(command),
            Choice::Open(make) => Intent::Open(make()),
        };
        Outcome::Done(vec![Intent::Close, then])
    }
}

/// The commands of a place, those of its narrowest context first.
fn commands(
    path: &[Context],
    keymap: &Keymap,
    offered: impl Fn(&CommandSpec) -> bool,
) -> Vec<Item> {
    let nearness = |spec: &CommandSpec| {
        path.iter()
            .position(|context| spec.contexts.contains(context))
            .unwrap_or(path.len())
    };
    let mut specs: Vec<&CommandSpec> = command::all().filter(|spec| offered(spec)).collect();
    specs.sort_by_key(|spec| nearness(spec));
    specs
        .into_iter()
        .map(|spec| Item {
            label: spec.title.to_owned(),
            detail: spec.doc.to_owned(),
            key: keymap.keys_for(spec.id, path).join(" "),
            choice: Choice::Run(spec.id),
        })
        .collect()
}

impl Surface for Picker {
    fn title(&self, _view: View<'_>) -> String {
        self.title.clone()
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        vec![Context::Input]
    }

    fn on_command(&mut self, command: &'static CommandSpec, _view: View<'_>) -> Outcome {
        match command.id {
            "input.leave" => Outcome::Done(vec![Intent::Close]),
            "input.accept" | "input.submit" => self.choose(),
            "input.undo" => {
                self.prompt.undo();
                self.narrow();
                Outcome::done()
            }
            "input.tab" => {
                self.cursor = (self.cursor + 1).min(self.matching.len().saturating_sub(1));
                Outcome::done()
            }
            // Ctrl-p is "up" in a list to choose from; a second palette would only cover it.
            "input.back-tab" | "app.palette" => {
                self.cursor = self.cursor.saturating_sub(1);
                Outcome::done()
            }
            _ => Outcome::Ignored,
        }
    }

    fn on_key(&mut self, key: KeyEvent, _view: View<'_>) -> Outcome {
        use crossterm::event::{KeyCode, KeyModifiers};
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let movement = match key.code {
            KeyCode::Down => "list.down",
            KeyCode::Up => "list.up",
            KeyCode::PageDown => "list.page-down",
            KeyCode::PageUp => "list.page-up",
            KeyCode::Char('n') if control => "list.down",
            _ => "",
        };
        if let Some(place) = self
            .scroll
            .moved(movement, self.cursor, self.matching.len())
        {
            self.cursor = place;
        } else if self.prompt.on_key(key) {
            self.narrow();
        }
        Outcome::done()
    }

    fn on_paste(&mut self, text: &str, _view: View<'_>) -> Outcome {
        self.prompt.paste(text);
        self.narrow();
        Outcome::done()
    }

    fn layout(&mut self, area: Rect, _view: View<'_>) -> Vec<Action> {
        self.scroll.settle(
            self.cursor,
            self.matching.len(),
            area.height.saturating_sub(2),
        );
        Vec::new()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let theme = view.theme;
        self.prompt.render("› ", area, buf, theme);
        if self.matching.is_empty() {
            let typed = self.prompt.text().trim();
            let takes = self
                .free_text
                .is_some_and(|free_text| typed.is_empty() || free_text(typed).is_some());
            let text = if takes {
                "enter takes what you typed"
            } else {
                "nothing matches"
            };
            paint::put(
                buf,
                area.x,
                area.y + 2,
                area.width,
                text,
                theme.style(Role::Dim),
            );
        }
        let label_width = self
            .items
            .iter()
            .map(|item| item.label.chars().count())
            .max();
        let label_width = (label_width.unwrap_or(0) as u16 + GAP).min(area.width / 2);
        for (row, place) in self.scroll.visible(self.matching.len()).enumerate() {
            let y = area.y + 2 + row as u16;
            let item = &self.items[self.matching[place]];
            let sign = if place == self.cursor { "▸ " } else { "  " };
            let x = paint::put(buf, area.x, y, area.width, sign, theme.style(Role::Accent));
            let room = area.right().saturating_sub(x);
            // What stands behind it never touches it.
            let label = if item.detail.is_empty() {
                room
            } else {
                room.min(label_width.saturating_sub(GAP))
            };
            paint::put(buf, x, y, label, &item.label, theme.style(Role::Text));
            let key_width = (item.key.chars().count() as u16 + 1).min(area.width / 3);
            let detail = x + label_width;
            let room = area.right().saturating_sub(detail + key_width);
            paint::put(buf, detail, y, room, &item.detail, theme.style(Role::Dim));
            let keys = area.right().saturating_sub(key_width);
            paint::put_right(
                buf,
                keys,
                y,
                key_width,
                &item.key,
                theme.style(Role::FooterKey),
            );
            if place == self.cursor {
                paint::select_row(buf, area, y, theme, true);
            }
        }
    }

    fn hints(&self, _view: View<'_>) -> Vec<Hint> {
        vec![
            "input.accept".into(),
            Hint {
                command: "input.tab",
                title: Some("next".into()),
            },
            "input.leave".into(),
        ]
    }

    fn size(&self, screen: Rect) -> (u16, u16) {
        let height = (self.items.len() as u16)
            .saturating_add(4)
            .clamp(6, screen.height.saturating_sub(4).max(6));
        (screen.width.saturating_sub(4).min(110), height)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::{
        domain::session::{Target, WriteState},
        store::{Setup, Store, ui},
        theme::Theme,
    };

    #[test]
    fn the_cursor_starts_on_what_is_set_and_no_label_touches_what_stands_behind_it() {
        let item = |label: &str| Item {
            label: label.to_owned(),
            detail: "its own function".to_owned(),
            key: String::new(),
            choice: Choice::Run("app.back"),
        };
        let long = "invoke a-function-with-quite-a-long-name, asynchronously";
        let mut picker = Picker::new("Where to", vec![item("short"), item(long)]).starting_on(1);
        let (store, _) = Store::new(Setup {
            target: Target::default(),
            write: WriteState::Open,
            tab: ui::FUNCTIONS,
            refresh_every: SignedDuration::from_secs(60),
            log_budget: 1 << 20,
            since: SignedDuration::from_mins(15),
            now: jiff::Timestamp::UNIX_EPOCH,
        });
        let (keymap, theme) = (Keymap::default(), Theme::default());
        let view = View {
            store: &store,
            keymap: &keymap,
            theme: &theme,
        };
        let area = Rect::new(0, 0, 72, 8);
        picker.layout(area, view);
        let mut buf = Buffer::empty(area);
        picker.render(area, &mut buf, view);
        let row = |y: u16| -> String { (0..72).map(|x| buf[(x, y)].symbol()).collect() };
        assert!(row(3).starts_with("▸ invoke a-function"), "{:?}", row(3));
        assert!(row(3).contains("  its own function"), "{:?}", row(3));
    }
}
