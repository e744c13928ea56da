//! The cards above the list, one line each: what runs, what was stopped, what was left unfinished.
//! The cursor moves between them and the list.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    super::letters::{ask_resume, card, report::RunView, unfinished_line},
    edits,
};
use crate::{
    domain::{age, function::Arn},
    store::{
        Action, RunId, Store,
        effect::Control,
        letters::{self, Journal, Run},
    },
    theme::{Role, Theme},
    ui::{
        stopped,
        subject::{self, Subject},
        surface::{Hint, Outcome, View},
        widgets::paint,
    },
};

/// Rows that the list has at least while cards stand above it.
const LIST: u16 = 4;
/// Cells that the phase of a redrive takes, about.
const PHASE: u16 = 56;
/// Most cards at once.
const MOST: u16 = 6;

/// What a card is about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Of {
    Run(RunId),
    /// The plan of a journal.
    Journal(String),
    /// An edit at work.
    Edit(RunId),
    /// The resume card of what was stopped.
    Stopped(String),
    /// The record of an edit that ended in the middle.
    Unfinished(String),
}

/// One card, made before it is drawn.
struct Card {
    of: Of,
    line: String,
    role: Role,
}

/// The cards.
#[derive(Default)]
pub(super) struct Cards {
    all: Vec<Card>,
    cursor: Option<usize>,
    first: usize,
    rows: usize,
}

impl Cards {
    /// Rows that they take of an area of this height; a blank one stands below them.
    pub(super) fn height(&self, area: u16) -> u16 {
        let wanted = (self.all.len() as u16).min(MOST);
        let room = area.saturating_sub(LIST + 1).max(1);
        match wanted {
            0 => 0,
            wanted => (wanted.min(room) + 1).min(area),
        }
    }

    pub(super) const fn has_cursor(&self) -> bool {
        self.cursor.is_some()
    }

    /// Whether the cursor is on a redrive that this program knows.
    pub(super) fn on_run(&self) -> bool {
        matches!(self.here(), Some(Of::Run(_)))
    }

    pub(super) const fn leave(&mut self) {
        self.cursor = None;
    }

    pub(super) fn click(&mut self, row: u16) {
        let place = self.first + usize::from(row);
        if usize::from(row) < self.rows && place < self.all.len() {
            self.cursor = Some(place);
        }
    }

    fn here(&self) -> Option<&Of> {
        self.all.get(self.cursor?).map(|card| &card.of)
    }

    /// The function that the card under the cursor names.
    pub(super) fn subject(&self, store: &Store) -> Subject {
        let nothing = "this card is about no function";
        let of_queue = |queue: Option<&Arn>| match queue {
            Some(queue) => subject::of_queue(queue, store),
            None => Err(nothing.to_owned()),
        };
        let functions: Vec<Arn> = match self.here() {
            Some(Of::Run(id)) => {
                return of_queue(store.letters.run(*id).map(|run| &run.queue.arn));
            }
            Some(Of::Journal(plan)) => {
                let journals = store.letters.journals();
                let journal = journals.iter().find(|one| one.plan.id == *plan);
                return of_queue(journal.map(|journal| &journal.plan.source));
            }
            Some(Of::Edit(id)) => {
                let run = store.configure.runs().iter().find(|one| one.id == *id);
                let parts = run.map_or(&[] as &[_], |run| run.parts.as_slice());
                parts.iter().map(|part| part.function.clone()).collect()
            }
            Some(Of::Stopped(id)) => stopped::here(store)
                .filter(|card| card.id == *id)
                .map(|card| card.function.clone())
                .collect(),
            Some(Of::Unfinished(id)) => stopped::unfinished(store)
                .filter(|record| record.id == *id)
                .map(|record| record.function.clone())
                .collect(),
            None => Vec::new(),
        };
        subject::only(&functions, nothing, "this card is about", store)
    }

    /// Moves the cursor among the cards, from them and to them; says whether it did.
    pub(super) fn take_move(&mut self, command: &str, row: usize) -> bool {
        let Some(last) = self.all.len().checked_sub(1) else {
            return false;
        };
        self.cursor = match (self.cursor, command) {
            (None, "list.up") if row == 0 => Some(last),
            (Some(at), "list.up") => Some(at.saturating_sub(1)),
            (Some(at), "list.down") if at < last => Some(at + 1),
            (_, "list.top") => Some(0),
            (Some(_), "list.down") => None,
            (Some(_), id) if is_movement(id) => {
                self.cursor = None;
                return false;
            }
            _ => return false,
        };
        true
    }

    /// Commands about the card under the cursor.
    pub(super) fn take_command(&mut self, id: &str, view: View<'_>) -> Option<Outcome> {
        if matches!(id, "app.next-region" | "app.previous-region") {
            return self.turn(id == "app.next-region");
        }
        let store = view.store;
        match self.here()? {
            Of::Run(run) => Self::take_run(id, store.letters.run(*run)?),
            Of::Journal(plan) if id == "list.open" => {
                let journals = store.letters.journals();
                let journal = journals.iter().find(|one| one.plan.id == *plan)?;
                Some(ask_resume(journal, view))
            }
            Of::Journal(_) => match id {
                "app.copy" | "app.copy-all" | "app.raw" => Some(Outcome::done()),
                _ => None,
            },
            Of::Edit(run) => {
                let runs = store.configure.runs();
                edits::take_run(id, runs.iter().find(|one| one.id == *run)?)
            }
            Of::Stopped(card) => {
                edits::take_card(id, stopped::here(store).find(|one| one.id == *card)?, view)
            }
            Of::Unfinished(record) => {
                let mut records = stopped::unfinished(store);
                edits::take_record(id, records.find(|one| one.id == *record)?, view)
            }
        }
    }

    /// The cards are a part of the screen like the list; past them it is the screen's turn.
    fn turn(&mut self, forward: bool) -> Option<Outcome> {
        if self.all.is_empty() {
            return None;
        }
        if self.has_cursor() == forward {
            self.cursor = None;
            return None;
        }
        self.cursor = if self.has_cursor() { None } else { Some(0) };
        Some(Outcome::done())
    }

    fn take_run(id: &str, run: &Run) -> Option<Outcome> {
        let act = |step| Outcome::act(Action::Letters(letters::Action::Do(step)));
        let control = |control| act(letters::Step::Control(run.id, control));
        Some(match id {
            "dlq.report" | "list.open" => Outcome::open(RunView::new(run.id)),
            "dlq.pause" if run.control == Control::Pause => control(Control::Resume),
            "dlq.pause" => control(Control::Pause),
            "app.stop" => control(Control::Stop),
            "dlq.skip-canary" => control(Control::Skip),
            "app.copy" | "app.copy-all" | "app.raw" => Outcome::done(),
            _ => return None,
        })
    }

    /// Makes the lines. The cursor stays on what it was on, and leaves what is gone.
    pub(super) fn layout(&mut self, area: Rect, store: &Store) {
        let here = self.here().cloned();
        let running = store.letters.runs().iter().rev();
        let running = running.filter(|run| run.is_running());
        let runs = running.map(|run| Card {
            of: Of::Run(run.id),
            line: run_line(run, store, area.width),
            role: Role::Running,
        });
        let journals = store.letters.journals().iter().map(|journal| Card {
            of: Of::Journal(journal.plan.id.clone()),
            line: journal_line(journal),
            role: Role::Warn,
        });
        let at_work = store.configure.runs().iter().rev();
        let at_work = at_work.filter(|run| run.is_running()).map(|run| Card {
            of: Of::Edit(run.id),
            line: edits::run_line(run),
            role: Role::Running,
        });
        let stopped = stopped::here(store).map(|card| Card {
            of: Of::Stopped(card.id.clone()),
            line: edits::card_line(card, store),
            role: Role::Warn,
        });
        let unfinished = stopped::unfinished(store).map(|record| Card {
            of: Of::Unfinished(record.id.clone()),
            line: edits::record_line(record),
            role: Role::Warn,
        });
        let left = stopped.chain(unfinished).chain(journals);
        self.all = runs.chain(at_work).chain(left).collect();
        self.cursor = here.and_then(|here| self.all.iter().position(|card| card.of == here));
        self.rows = usize::from(self.height(area.height)).saturating_sub(1);
        let at = self.cursor.unwrap_or(0);
        let most = self.all.len().saturating_sub(self.rows);
        self.first = self
            .first
            .max((at + 1).saturating_sub(self.rows))
            .min(at)
            .min(most);
    }

    pub(super) fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme, focused: bool) {
        let shown = self.all.iter().enumerate().skip(self.first);
        for (row, (place, card)) in shown.take(self.rows).enumerate() {
            let y = area.y + row as u16;
            let is_here = self.cursor == Some(place);
            let sign = if is_here { "▸ " } else { "  " };
            let x = paint::put(buf, area.x, y, area.width, sign, theme.style(Role::Accent));
            let room = area.right().saturating_sub(x);
            paint::put(buf, x, y, room, &card.line, theme.style(card.role));
            if is_here {
                paint::select_row(buf, area, y, theme, focused);
            }
        }
        let hidden = self.all.len().saturating_sub(self.rows);
        if hidden > 0 && area.height > 0 {
            let more = format!("and {hidden} more");
            let y = area.bottom() - 1;
            paint::put(
                buf,
                area.x + 2,
                y,
                area.width,
                &more,
                theme.style(Role::Dim),
            );
        }
    }

    pub(super) fn hints(&self, store: &Store) -> Vec<Hint> {
        let titled = |command, title: &str| Hint {
            command,
            title: Some(title.to_owned()),
        };
        match self.here() {
            Some(Of::Run(id)) => {
                let is_paused = store
                    .letters
                    .run(*id)
                    .is_some_and(|run| run.control == Control::Pause);
                let waits = store.letters.run(*id).is_some_and(Run::waits_for_canary);
                let mut hints = vec!["dlq.report".into()];
                if waits {
                    hints.push("dlq.skip-canary".into());
                }
                hints.push(titled(
                    "dlq.pause",
                    if is_paused { "resume" } else { "pause" },
                ));
                hints.push(titled("app.stop", "stop"));
                hints
            }
            Some(Of::Edit(_)) => vec![titled("list.open", "its calls"), titled("app.stop", "stop")],
            Some(Of::Stopped(_)) => {
                vec![titled("list.open", "restore"), "activity.dismiss".into()]
            }
            Some(Of::Unfinished(_)) => {
                vec![titled("list.open", "finish"), "activity.revert".into()]
            }
            _ => vec![titled("list.open", "resume"), "app.refresh".into()],
        }
    }
}

fn is_movement(command: &str) -> bool {
    matches!(
        command,
        "list.bottom" | "list.half-down" | "list.half-up" | "list.page-down" | "list.page-up"
    )
}

fn run_line(run: &Run, store: &Store, width: u16) -> String {
    let name = run.queue.arn.resource_name();
    let head = format!("redrive of {name}: ");
    // The bar is drawn only if there is room beside the words.
    let room = width.saturating_sub(head.chars().count() as u16 + PHASE);
    let lines = card::lines(run, store, room);
    let figures = lines.into_iter().map(|(line, _)| line).take(2);
    format!("{head}{}", figures.collect::<Vec<_>>().join(" · "))
}

fn journal_line(journal: &Journal) -> String {
    let name = journal.plan.source.resource_name();
    if journal.is_locked {
        return format!("redrive of {name}: another lambdeck works at it");
    }
    let done = journal.tally.map(|tally| tally.moved + tally.deleted);
    let how_far = match (done, journal.plan.limit()) {
        (Some(done), Some(all)) => {
            format!("{} of {} sent", age::count(done), age::count(all))
        }
        (Some(done), None) => format!("{} sent", age::count(done)),
        (None, _) => unfinished_line(journal),
    };
    format!("redrive of {name} stopped: {how_far}; Enter resumes (reviewed)")
}
