//! The whole of one redrive: progress while it runs, the canary's verdict, the report.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{act, card, dialogs, resume};
use crate::{
    command::{CommandSpec, Context},
    store::{
        Action, RunId,
        effect::Control,
        letters::{Run, Step},
    },
    ui::{
        surface::{Hint, Intent, Outcome, Surface, View},
        widgets::{list::Scroll, paint},
    },
};

/// The overlay.
pub struct RunView {
    run: RunId,
    rows: Vec<card::Line>,
    first: usize,
    scroll: Scroll,
}

impl RunView {
    /// Shows this redrive.
    pub fn new(run: RunId) -> Self {
        Self {
            run,
            rows: Vec::new(),
            first: 0,
            scroll: Scroll::default(),
        }
    }

    fn of<'a>(&self, view: View<'a>) -> Option<&'a Run> {
        view.store.letters.run(self.run)
    }
}

impl Surface for RunView {
    fn title(&self, view: View<'_>) -> String {
        let Some(run) = self.of(view) else {
            return "Redrive".to_owned();
        };
        let name = run.queue.arn.resource_name();
        if run.is_running() {
            format!("Redrive of {name}, running")
        } else {
            format!("Report: redrive of {name}")
        }
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        vec![Context::Redrive, Context::Text]
    }

    fn on_command(&mut self, command: &'static CommandSpec, view: View<'_>) -> Outcome {
        let Some(run) = self.of(view) else {
            return Outcome::Done(vec![Intent::Close]);
        };
        let control = |control| act(Step::Control(run.id, control));
        match command.id {
            "app.back" | "app.close" => Outcome::Done(vec![Intent::Close]),
            "dlq.save" => dialogs::export_report(run),
            "dlq.pause" if run.control == Control::Pause => control(Control::Resume),
            "dlq.pause" if run.is_running() => control(Control::Pause),
            "app.stop" if run.is_running() => control(Control::Stop),
            "dlq.skip-canary" if run.waits_for_canary() => control(Control::Skip),
            "dlq.dismiss" if !run.is_running() => Outcome::Done(vec![
                Intent::Close,
                Intent::Act(super::step(Step::Dismiss(run.id))),
            ]),
            "dlq.dismiss" => Outcome::info("it still runs: x stops it"),
            "dlq.pause" | "dlq.skip-canary" if !run.is_running() => {
                Outcome::info("this redrive has ended")
            }
            "dlq.skip-canary" => Outcome::info("no canary is waited for"),
            "dlq.report" | "dlq.resume" => match view.store.letters.journal_of(run) {
                Some(journal) => resume::ask_resume(journal, view),
                None => Outcome::info("nothing of it is left to resume"),
            },
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

    fn layout(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        let lines = self
            .of(view)
            .map_or_else(Vec::new, |run| card::report(run, view.store, area.width));
        self.rows = lines
            .into_iter()
            .flat_map(|(line, role)| {
                let rows = paint::wrapped(&line, area.width);
                let rows = if rows.is_empty() { vec![line] } else { rows };
                rows.into_iter().map(move |row| (row, role))
            })
            .collect();
        let last = self.rows.len().saturating_sub(usize::from(area.height));
        self.first = self.first.min(last);
        self.scroll.settle(self.first, self.rows.len(), area.height);
        Vec::new()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        for (row, place) in self.scroll.visible(self.rows.len()).enumerate() {
            let (line, role) = &self.rows[place];
            let y = area.y + row as u16;
            paint::put(buf, area.x, y, area.width, line, view.theme.style(*role));
        }
    }

    fn hints(&self, view: View<'_>) -> Vec<Hint> {
        let titled = |command, title: &str| Hint {
            command,
            title: Some(title.to_owned()),
        };
        let mut hints = Vec::new();
        match self.of(view) {
            Some(run) if run.is_running() => {
                let is_paused = run.control == Control::Pause;
                hints.push(titled(
                    "dlq.pause",
                    if is_paused { "resume" } else { "pause" },
                ));
                hints.push(titled("app.stop", "stop"));
                if run.waits_for_canary() {
                    hints.push(titled("dlq.skip-canary", "skip the canary"));
                }
            }
            run => {
                let letters = &view.store.letters;
                if run.is_some_and(|run| letters.journal_of(run).is_some()) {
                    hints.push(titled("dlq.report", "resume"));
                }
                hints.push(titled("dlq.save", "export"));
            }
        }
        hints.push("app.back".into());
        hints
    }

    fn size(&self, screen: Rect) -> (u16, u16) {
        let height = (self.rows.len() as u16).max(8) + 2;
        (
            screen.width.saturating_sub(4).min(100),
            height.min(screen.height.saturating_sub(2)),
        )
    }
}
