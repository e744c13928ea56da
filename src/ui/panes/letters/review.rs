//! What a jq expression makes of bodies: every changed one line by line, before it is kept.

use std::sync::Arc;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{card::Line, step};
use crate::{
    command::{CommandSpec, Context},
    domain::{
        age,
        letter::diff::{Change, DiffLine},
    },
    store::{
        Action, Store,
        letters::{
            Step,
            queue_letters::{EditReview, Review as Became},
        },
    },
    theme::Role,
    ui::{
        surface::{Hint, Intent, Outcome, Surface, View},
        widgets::{list::Scroll, paint},
    },
};

/// Most lines that are laid out: a review is read, not searched.
const LINES: usize = 20_000;

/// The overlay.
#[derive(Default)]
pub struct Review {
    of: Option<Arc<EditReview>>,
    lines: Vec<Line>,
    first: usize,
    scroll: Scroll,
    on_keep: bool,
}

fn review(store: &Store) -> Option<&Arc<EditReview>> {
    store.letters.queue_letters()?.edit_review.as_ref()
}

impl Review {
    fn close(keep: bool) -> Outcome {
        let then = if keep {
            Step::ApplyEdits
        } else {
            Step::DropEdits
        };
        Outcome::Done(vec![Intent::Close, Intent::Act(step(then))])
    }

    fn is_changed(&self) -> bool {
        self.of.as_ref().is_some_and(|of| of.counts().0 > 0)
    }
}

/// The lines of a review: what failed first, for it is the reader's to mend.
fn lines(review: &EditReview) -> Vec<Line> {
    let mut lines = Vec::new();
    // By their ids: the order of the receives means nothing.
    let mut letters: Vec<_> = review.letters.iter().collect();
    letters.sort_by(|one, other| one.letter.cmp(&other.letter));
    for one in &letters {
        if let Became::Failed(why) = &one.result {
            lines.push((format!("✖ {}  {why}", one.letter), Role::Error));
        }
    }
    for one in &letters {
        if let Became::Changed { diff, .. } = &one.result {
            lines.push((format!("─ {}", one.letter), Role::Accent));
            lines.extend(diff.reveal().iter().map(diff_line));
        }
        if lines.len() > LINES {
            lines.push(("… more are changed in the same way".to_owned(), Role::Dim));
            break;
        }
    }
    if lines.is_empty() {
        lines.push(("no body would change".to_owned(), Role::Dim));
    }
    lines
}

fn diff_line(line: &DiffLine) -> Line {
    match line.change {
        Change::Kept => (format!("  {}", line.text), Role::Text),
        Change::Removed => (format!("- {}", line.text), Role::Error),
        Change::Added => (format!("+ {}", line.text), Role::Ok),
        Change::Skipped(count) => (format!("  … {} lines", age::count(count as u64)), Role::Dim),
    }
}

impl Surface for Review {
    fn title(&self, _view: View<'_>) -> String {
        let Some(of) = &self.of else {
            return "Review".to_owned();
        };
        let (changed, same, failed) = of.counts();
        let count = |count: usize| age::count(count as u64);
        format!(
            "{}: {} changed, {} unchanged, {} failed",
            of.jq,
            count(changed),
            count(same),
            count(failed)
        )
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        vec![Context::Dialog, Context::Text]
    }

    fn on_command(&mut self, command: &'static CommandSpec, _view: View<'_>) -> Outcome {
        match command.id {
            "dialog.next" | "dialog.previous" => {
                self.on_keep = !self.on_keep && self.is_changed();
                Outcome::done()
            }
            "dialog.press" => Self::close(self.on_keep),
            "dialog.cancel" | "app.back" | "app.close" => Self::close(false),
            id => {
                let last = self.lines.len().saturating_sub(self.scroll.height());
                match self.scroll.moved(id, self.first, self.lines.len()) {
                    Some(place) => self.first = place.min(last),
                    None => return Outcome::Ignored,
                }
                Outcome::done()
            }
        }
    }

    fn layout(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        let now = review(view.store);
        let is_same = match (now, &self.of) {
            (Some(now), Some(of)) => Arc::ptr_eq(now, of),
            (None, None) => true,
            _ => false,
        };
        if !is_same {
            self.of = now.cloned();
            self.lines = self.of.as_deref().map_or_else(Vec::new, lines);
            self.first = 0;
        }
        let height = area.height.saturating_sub(2);
        self.scroll.settle(self.first, self.lines.len(), height);
        Vec::new()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let theme = view.theme;
        for (row, place) in self.scroll.visible(self.lines.len()).enumerate() {
            let (line, role) = &self.lines[place];
            let y = area.y + row as u16;
            paint::put(buf, area.x, y, area.width, line, theme.style(*role));
        }
        let style = |focused: bool, there: bool| {
            theme.style(match (focused, there) {
                (true, _) => Role::Selection,
                (false, true) => Role::Text,
                (false, false) => Role::Dim,
            })
        };
        let spans = [
            ("[ Drop ]", style(!self.on_keep, true)),
            ("  ", theme.style(Role::Text)),
            (
                "[ Keep these edits ]",
                style(self.on_keep, self.is_changed()),
            ),
        ];
        paint::put_spans(buf, area, area.bottom().saturating_sub(1), &spans);
    }

    fn hints(&self, _view: View<'_>) -> Vec<Hint> {
        vec![
            "dialog.next".into(),
            "dialog.press".into(),
            "list.page-down".into(),
            "list.page-up".into(),
            "dialog.cancel".into(),
        ]
    }

    fn size(&self, screen: Rect) -> (u16, u16) {
        (
            screen.width.saturating_sub(4),
            screen.height.saturating_sub(2),
        )
    }
}
