//! A short form: a few lines of what is to be known, one-line fields, Cancel and one other button.

use crossterm::event::KeyEvent;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    command::{CommandSpec, Context},
    store::Action,
    theme::Role,
    ui::{
        surface::{Hint, Intent, Outcome, Surface, View},
        widgets::{paint, prompt::Prompt},
    },
};

/// Widest it gets (`docs/architecture.md` §9.1).
const WIDTH: u16 = 76;

/// What the answers become, or what is wrong with them.
type Then = Box<dyn Fn(&[String]) -> Result<Vec<Action>, String>>;

/// One field.
struct Field {
    label: String,
    prompt: Prompt,
}

/// The overlay.
pub struct Form {
    title: String,
    lines: Vec<String>,
    fields: Vec<Field>,
    button: String,
    then: Then,
    /// A field, then Cancel, then the button.
    focus: usize,
    problem: Option<String>,
}

impl Form {
    /// A form whose button, once the fields make sense, does what `then` says.
    pub fn new(
        title: impl Into<String>,
        lines: Vec<String>,
        button: impl Into<String>,
        then: impl Fn(&[String]) -> Result<Vec<Action>, String> + 'static,
    ) -> Self {
        Self {
            title: title.into(),
            lines,
            fields: Vec::new(),
            button: button.into(),
            then: Box::new(then),
            focus: 0,
            problem: None,
        }
    }

    /// Adds a field that begins with a text.
    #[must_use]
    pub fn field(mut self, label: impl Into<String>, text: &str) -> Self {
        self.fields.push(Field {
            label: label.into(),
            prompt: Prompt::with(text),
        });
        self
    }

    fn turn(&mut self, by: isize) -> Outcome {
        let len = self.fields.len() as isize + 2;
        self.go_to((self.focus as isize + by).rem_euclid(len) as usize)
    }

    fn go_to(&mut self, place: usize) -> Outcome {
        self.focus = place;
        if let Some(field) = self.fields.get_mut(place) {
            field.prompt.select();
        }
        Outcome::done()
    }

    /// The place of the button that does it; Cancel stands before it.
    fn button(&self) -> usize {
        self.fields.len() + 1
    }

    fn press(&mut self) -> Outcome {
        if self.focus == self.fields.len() {
            return Outcome::Done(vec![Intent::Close]);
        }
        let answers: Vec<String> = self
            .fields
            .iter()
            .map(|field| field.prompt.text().trim().to_owned())
            .collect();
        match (self.then)(&answers) {
            Ok(actions) => {
                let mut intents = vec![Intent::Close];
                intents.extend(actions.into_iter().map(Intent::Act));
                Outcome::Done(intents)
            }
            Err(problem) => {
                self.problem = Some(problem);
                Outcome::done()
            }
        }
    }

    fn label_width(&self) -> u16 {
        let widest = self.fields.iter().map(|field| field.label.chars().count());
        widest.max().unwrap_or(0) as u16 + 2
    }
}

impl Surface for Form {
    fn title(&self, _view: View<'_>) -> String {
        self.title.clone()
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        if self.focus < self.fields.len() {
            vec![Context::Input]
        } else {
            vec![Context::Dialog]
        }
    }

    fn on_command(&mut self, command: &'static CommandSpec, _view: View<'_>) -> Outcome {
        match command.id {
            // Enter goes on to the next field and from the last to the button, which does it.
            "input.accept" if self.focus + 1 == self.fields.len() => self.go_to(self.button()),
            "dialog.next" | "input.tab" | "input.accept" => self.turn(1),
            "dialog.previous" | "input.back-tab" => self.turn(-1),
            "dialog.cancel" | "input.leave" | "app.back" => Outcome::Done(vec![Intent::Close]),
            "dialog.press" => self.press(),
            "input.submit" => self.go_to(self.button()),
            "input.undo" => {
                if let Some(field) = self.fields.get_mut(self.focus) {
                    field.prompt.undo();
                }
                Outcome::done()
            }
            _ => Outcome::Ignored,
        }
    }

    fn on_key(&mut self, key: KeyEvent, _view: View<'_>) -> Outcome {
        if let Some(field) = self.fields.get_mut(self.focus) {
            field.prompt.on_key(key);
            self.problem = None;
        }
        Outcome::done()
    }

    fn on_paste(&mut self, text: &str, _view: View<'_>) -> Outcome {
        if let Some(field) = self.fields.get_mut(self.focus) {
            field.prompt.paste(text);
            self.problem = None;
        }
        Outcome::done()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let theme = view.theme;
        let reserved = self.fields.len() as u16 + 3;
        let text = Rect {
            height: area.height.saturating_sub(reserved),
            ..area
        };
        paint::put_wrapped(buf, text, &self.lines.join("\n"), theme.style(Role::Text));
        let labels = self.label_width();
        let mut y = text.bottom() + 1;
        for (place, field) in self.fields.iter().enumerate() {
            if y >= area.bottom() {
                return;
            }
            let label = theme.style(if place == self.focus {
                Role::Accent
            } else {
                Role::Dim
            });
            paint::put(buf, area.x, y, labels, &field.label, label);
            let at = Rect {
                x: area.x + labels.min(area.width),
                y,
                width: area.width.saturating_sub(labels),
                height: 1,
            };
            if place == self.focus {
                field.prompt.render("", at, buf, theme);
            } else {
                let style = theme.style(Role::Text);
                paint::put(buf, at.x, at.y, at.width, field.prompt.text(), style);
            }
            y += 1;
        }
        if let Some(problem) = &self.problem {
            paint::put(
                buf,
                area.x,
                y,
                area.width,
                problem,
                theme.style(Role::Error),
            );
        }
        let style = |place| {
            theme.style(if self.focus == place {
                Role::Selection
            } else {
                Role::Text
            })
        };
        let button = format!("[ {} ]", self.button);
        let spans = [
            ("[ Cancel ]", style(self.fields.len())),
            ("  ", theme.style(Role::Text)),
            (button.as_str(), style(self.fields.len() + 1)),
        ];
        paint::put_spans(buf, area, area.bottom().saturating_sub(1), &spans);
    }

    fn hints(&self, _view: View<'_>) -> Vec<Hint> {
        if self.focus < self.fields.len() {
            return vec![
                Hint {
                    command: "input.accept",
                    title: Some("next".to_owned()),
                },
                Hint {
                    command: "input.leave",
                    title: Some("cancel".to_owned()),
                },
            ];
        }
        vec![
            "dialog.next".into(),
            "dialog.press".into(),
            "dialog.cancel".into(),
        ]
    }

    fn size(&self, screen: Rect) -> (u16, u16) {
        let width = screen.width.min(WIDTH);
        let rows = paint::wrapped(&self.lines.join("\n"), width.saturating_sub(4)).len();
        let height = rows as u16 + self.fields.len() as u16 + 5;
        (width, height.min(screen.height))
    }
}
