//! A text to read: the details of a failure, raw JSON, a problem list.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    command::{CommandSpec, Context},
    domain::secret::Secret,
    ports::ApiError,
    store::{Action, ui},
    theme::Role,
    ui::{
        surface::{Hint, Intent, Outcome, Surface, View},
        widgets::{list::Scroll, paint},
    },
};

/// The overlay.
pub struct TextView {
    title: String,
    text: String,
    line: Option<String>,
    rows: Vec<String>,
    width: u16,
    first: usize,
    scroll: Scroll,
}

impl TextView {
    /// Shows this text, broken at spaces.
    pub fn new(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            text: text.into(),
            line: None,
            rows: Vec::new(),
            width: 0,
            first: 0,
            scroll: Scroll::default(),
        }
    }

    /// What is copied of it as a line; without one it is the whole text.
    #[must_use]
    pub fn with_line(mut self, line: impl Into<String>) -> Self {
        self.line = Some(line.into());
        self
    }

    /// What failed, why, and what to do next.
    pub fn why(error: &ApiError, profile: &str) -> Self {
        let spec = error.operation.spec();
        let mut text = format!("{error}\n\nnext      {}\n", error.next_step(profile));
        let mut line = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                text.push_str(&format!("{name:<9} {value}\n"));
            }
        };
        line("operation", Some(spec.name));
        line("code", error.code.as_deref());
        let status = error.status.map(|status| status.to_string());
        line("status", status.as_deref());
        line("request", error.request_id.as_deref());
        line("IAM", error.missing_action());
        Self::new("Why", text)
    }
}

impl Surface for TextView {
    fn title(&self, _view: View<'_>) -> String {
        self.title.clone()
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        vec![Context::Text]
    }

    fn on_command(&mut self, command: &'static CommandSpec, _view: View<'_>) -> Outcome {
        match command.id {
            "app.back" | "app.close" => Outcome::Done(vec![Intent::Close]),
            "app.copy" | "app.copy-all" => {
                let line = self.line.as_ref().filter(|_| command.id == "app.copy");
                let text = line.unwrap_or(&self.text).clone();
                Outcome::act(Action::Ui(ui::Action::Copy(Secret::new(text))))
            }
            id => {
                let last = self.rows.len().saturating_sub(self.scroll.height());
                let target = match id {
                    "list.down" => self.first + 1,
                    "list.up" => self.first.saturating_sub(1),
                    _ => match self.scroll.moved(id, self.first, self.rows.len()) {
                        Some(place) => place,
                        None => return Outcome::Ignored,
                    },
                };
                self.first = target.min(last);
                Outcome::done()
            }
        }
    }

    fn layout(&mut self, area: Rect, _view: View<'_>) -> Vec<Action> {
        if self.width != area.width {
            self.width = area.width;
            self.rows = paint::wrapped(&self.text, area.width);
        }
        self.first = self
            .first
            .min(self.rows.len().saturating_sub(usize::from(area.height)));
        self.scroll.settle(self.first, self.rows.len(), area.height);
        Vec::new()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let rows = self
            .rows
            .iter()
            .skip(self.first)
            .take(usize::from(area.height));
        for (row, line) in rows.enumerate() {
            paint::put(
                buf,
                area.x,
                area.y + row as u16,
                area.width,
                line,
                view.theme.style(Role::Text),
            );
        }
    }

    fn hints(&self, _view: View<'_>) -> Vec<Hint> {
        let mut hints: Vec<Hint> = vec!["app.copy".into(), "app.back".into()];
        if self.rows.len() > self.scroll.height() {
            let title = Some("scroll".to_owned());
            let command = "list.down";
            hints.insert(0, Hint { command, title });
        }
        hints
    }

    fn size(&self, screen: Rect) -> (u16, u16) {
        let width = screen.width.saturating_sub(4).min(100);
        let rows = paint::wrapped(&self.text, width.saturating_sub(4)).len() as u16;
        (
            width,
            rows.saturating_add(2)
                .clamp(3, screen.height.saturating_sub(2).max(3)),
        )
    }
}
