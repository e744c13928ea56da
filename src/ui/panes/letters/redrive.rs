//! The dry run is the dialog: what goes where, how edited, how fast, what that takes and what
//! stands against it. Its rows can be changed; each change makes another dry run.

mod about;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    card, choices,
    commands::info,
    dialogs::{self, account},
    preview, step, words,
};
use crate::{
    command::{CommandSpec, Context},
    domain::letter::Origin,
    store::{
        Action, Store,
        letters::{Choice, Export, Pace, QueueLetters, Step, To, Which},
    },
    theme::Role,
    ui::{
        overlays::confirm::Confirm,
        surface::{Hint, Intent, Outcome, Surface, View},
        widgets::{list::Scroll, paint},
    },
};
use about::{About, about};

/// Widest a dialog gets (`docs/architecture.md` §9.1).
const WIDTH: u16 = 76;
/// Stands at the end of a row that can be changed.
const CHANGES: &str = "▸";
/// Where values begin.
const LABEL: u16 = 7;

/// What can have the focus, in the order of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    What,
    To,
    Filter,
    Edit,
    Speed,
    Canary,
    Cancel,
    Review,
    Move,
    Export,
    /// Drop what was chosen.
    Anew,
    Start,
}

/// The dialog.
pub struct Dialog {
    focus: Part,
    lines: Vec<card::Line>,
    /// Rows that do not scroll.
    fixed: u16,
    first: usize,
    scroll: Scroll,
}

/// Wishes a redrive, or the deleting, of letters and shows its dry run.
pub fn open(which: Which, queue_letters: &QueueLetters, store: &Store, deletes: bool) -> Outcome {
    let letters = queue_letters.select(&which);
    if letters.is_empty() {
        return info("no letter is chosen");
    }
    if store
        .letters
        .runs_of(&queue_letters.key)
        .any(crate::store::letters::Run::is_running)
    {
        return info("a redrive of this queue runs already: p pauses it, x stops it");
    }
    let fresh = fresh(which, queue_letters, deletes);
    let choice = match &queue_letters.kept {
        Some(kept) if !deletes => kept_for(kept, fresh, queue_letters),
        _ => fresh,
    };
    Outcome::Done(vec![
        Intent::Act(step(Step::Prepare(Box::new(choice)))),
        Intent::Open(Box::new(Dialog::default())),
    ])
}

/// What was chosen before, for these letters: what nobody chose is told by them.
fn kept_for(kept: &Choice, fresh: Choice, queue_letters: &QueueLetters) -> Choice {
    let before = self::fresh(kept.letters.clone(), queue_letters, false);
    let mut choice = Choice {
        letters: fresh.letters,
        ..kept.clone()
    };
    if kept.to == before.to {
        choice.to = fresh.to;
    }
    if kept.pace.canary == before.pace.canary {
        choice.pace.canary = fresh.pace.canary;
    }
    choice
}

/// A plan of which nothing was chosen yet: where its letters go is told by the first of them.
fn fresh(which: Which, queue_letters: &QueueLetters, deletes: bool) -> Choice {
    let letters = queue_letters.select(&which);
    let first = letters.first().and_then(|id| queue_letters.letter(id));
    let to = match first {
        _ if deletes => To::Delete,
        Some(letter) if !matches!(letter.origin, Origin::Queue { .. }) => match &letter.function {
            Some(function) => To::Invoke {
                function: function.arn.clone(),
                qualifier: function.qualifier.clone(),
            },
            None => To::Source,
        },
        _ => To::Source,
    };
    Choice {
        pace: Pace {
            canary: !deletes && letters.len() > 1,
            ..Pace::default()
        },
        letters: which,
        to,
        filter: None,
        edit: None,
        with_ran: deletes,
        keep_trace: false,
        is_chosen: false,
    }
}

/// Makes another dry run, of what was chosen.
pub fn prepare(choice: Choice) -> Action {
    let is_chosen = true;
    step(Step::Prepare(Box::new(Choice {
        is_chosen,
        ..choice
    })))
}

impl Default for Dialog {
    fn default() -> Self {
        Self {
            focus: Part::Cancel,
            lines: Vec::new(),
            fixed: 9,
            first: 0,
            scroll: Scroll::default(),
        }
    }
}

impl Dialog {
    fn turn(&mut self, by: isize, about: &About<'_>) {
        let parts = about.parts();
        let at = parts
            .iter()
            .position(|&part| part == self.focus)
            .unwrap_or(0);
        let next = (at as isize + by).rem_euclid(parts.len() as isize) as usize;
        self.focus = parts[next];
    }

    fn press(&self, about: &About<'_>, view: View<'_>) -> Outcome {
        let choice = about.choice;
        match self.focus {
            Part::What => Outcome::open(choices::ask_which(choice, about.queue_letters)),
            Part::To => Outcome::open(choices::ask_to(choice, about.queue_letters, view.store)),
            Part::Filter => Outcome::open(choices::ask_filter(choice)),
            Part::Edit => Outcome::open(choices::ask_edit(choice)),
            Part::Speed => Outcome::open(choices::ask_speed(choice)),
            Part::Canary => Outcome::open(choices::ask_canary(choice)),
            Part::Cancel => cancel(),
            Part::Review => match &choice.edit {
                Some(jq) => Outcome::Done(vec![
                    Intent::Close,
                    Intent::Act(step(Step::DropPlan)),
                    Intent::Act(step(Step::EditWith(jq.clone(), choice.letters.clone()))),
                ]),
                None => Outcome::done(),
            },
            Part::Move => {
                let mut intents = vec![Intent::Close, Intent::Act(step(Step::DropPlan))];
                if let Outcome::Done(opens) = dialogs::move_task(&about.queue_letters.key, view) {
                    intents.extend(opens);
                }
                Outcome::Done(intents)
            }
            Part::Export => {
                let name = format!(
                    "redrive-{}.json",
                    about.queue_letters.key.arn.resource_name()
                );
                Outcome::open(dialogs::ask_file(&name, Export::Plan))
            }
            Part::Anew => {
                let which = choice.letters.clone();
                let fresh = fresh(which, about.queue_letters, false);
                Outcome::Done(vec![
                    Intent::Act(step(Step::ForgetChoices)),
                    Intent::Act(step(Step::Prepare(Box::new(fresh)))),
                ])
            }
            Part::Start => Self::start(about, view),
        }
    }

    fn start(about: &About<'_>, view: View<'_>) -> Outcome {
        if let Some(reason) = about.refusal() {
            return info(&reason);
        }
        let name = || about.queue_letters.key.arn.resource_name().to_owned();
        let typed = about
            .dry_run
            .and_then(|dry_run| dry_run.typed.clone())
            .or_else(|| about.deletes().then(name));
        let Some(name) = typed else {
            return Outcome::Done(vec![Intent::Close, Intent::Act(step(Step::Start))]);
        };
        let verb = about.button(Part::Start);
        let place = view.store.sessions.current().place();
        let lines = vec![
            format!("what     {}", about.what()),
            format!("to       {}", choices::to(&about.choice.to, &place)),
            format!("account  {}", account(view)),
            String::new(),
            if about.deletes() {
                "Deleted letters cannot be brought back: S exports them.".to_owned()
            } else {
                "This empties the queue of everything that fits, seen or not.".to_owned()
            },
        ];
        let dialog = Confirm::new(verb.clone(), lines, verb, vec![step(Step::Start)])
            .typed(name)
            .or_else(vec![step(Step::DropPlan)]);
        Outcome::Done(vec![Intent::Close, Intent::Open(Box::new(dialog))])
    }

    /// The buttons, in as many rows as they need.
    fn buttons(about: &About<'_>, width: u16) -> Vec<Vec<(Part, String)>> {
        let mut rows: Vec<Vec<(Part, String)>> = vec![Vec::new()];
        let mut used = 0;
        let is_button = |part: &Part| {
            matches!(
                part,
                Part::Cancel | Part::Review | Part::Move | Part::Export | Part::Anew | Part::Start
            )
        };
        for part in about.parts().into_iter().filter(is_button) {
            let text = format!("[ {} ]", about.button(part));
            let needed = text.chars().count() as u16 + 2;
            if used > 0 && used + needed > width {
                rows.push(Vec::new());
                used = 0;
            }
            used += needed;
            if let Some(row) = rows.last_mut() {
                row.push((part, text));
            }
        }
        rows
    }
}

fn cancel() -> Outcome {
    Outcome::Done(vec![Intent::Close, Intent::Act(step(Step::DropPlan))])
}

impl Surface for Dialog {
    fn title(&self, view: View<'_>) -> String {
        match about(view.store) {
            Some(about) if about.deletes() => "Delete letters".to_owned(),
            Some(about) => match about.dry_run.map(preview::estimate) {
                Some(count) => format!("Redrive {}", words::letters(count)),
                None => "Redrive".to_owned(),
            },
            None => "Redrive".to_owned(),
        }
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        // The notes scroll by the keys that type nothing.
        vec![Context::Dialog, Context::Text]
    }

    fn on_command(&mut self, command: &'static CommandSpec, view: View<'_>) -> Outcome {
        let Some(about) = about(view.store) else {
            return Outcome::Done(vec![Intent::Close]);
        };
        match command.id {
            "dialog.next" => self.turn(1, &about),
            "dialog.previous" => self.turn(-1, &about),
            "dialog.cancel" | "app.back" | "app.close" => return cancel(),
            "dialog.press" => return self.press(&about, view),
            id => match self.scroll.moved(id, self.first, self.lines.len()) {
                Some(place) => self.first = place,
                None => return Outcome::Ignored,
            },
        }
        Outcome::done()
    }

    fn layout(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        let Some(about) = about(view.store) else {
            return Vec::new();
        };
        if !about.parts().contains(&self.focus) {
            self.focus = Part::Cancel;
        }
        self.lines = notes(&about, area.width);
        let fixed = about.head(view).len() + Self::buttons(&about, area.width).len() + 2;
        self.fixed = fixed as u16;
        let height = area.height.saturating_sub(self.fixed).max(1);
        let last = self.lines.len().saturating_sub(usize::from(height));
        self.first = self.first.min(last);
        self.scroll.settle(self.first, self.lines.len(), height);
        Vec::new()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let theme = view.theme;
        let Some(about) = about(view.store) else {
            return;
        };
        let rows = Self::buttons(&about, area.width);
        let bottom = area.bottom().saturating_sub(rows.len() as u16);
        let mut y = area.y;
        let head = about.head(view);
        // Where not all of it fits, the row with the focus is there.
        let room = usize::from(bottom.saturating_sub(y));
        let here = head
            .iter()
            .position(|(_, _, part)| *part == Some(self.focus));
        let skipped = here.map_or(0, |here| (here + 1).saturating_sub(room));
        for (label, value, part) in head.into_iter().skip(skipped).take(room) {
            let is_focused = part == Some(self.focus);
            paint::put(buf, area.x, y, LABEL, label, theme.style(Role::Dim));
            let x = area.x + LABEL.min(area.width);
            let mut room = area.right().saturating_sub(x);
            if part.is_some() {
                // Says that the row is no mere text.
                room = room.saturating_sub(2);
                paint::put(buf, x + room + 1, y, 1, CHANGES, theme.style(Role::Accent));
            }
            paint::put(buf, x, y, room, &value, theme.style(Role::Text));
            if is_focused {
                paint::select_row(buf, area, y, theme, true);
            }
            y += 1;
        }
        y += 1;
        let lines = self.lines.iter().skip(self.first);
        for (line, role) in lines.take(usize::from(bottom.saturating_sub(y + 1).max(1))) {
            if y >= bottom {
                break;
            }
            paint::put(buf, area.x, y, area.width, line, theme.style(*role));
            y += 1;
        }
        let refused = about.refusal().is_some();
        for (row, buttons) in rows.iter().enumerate() {
            let y = bottom + row as u16;
            let mut x = area.x;
            for (part, text) in buttons {
                let role = match part {
                    _ if *part == self.focus => Role::Selection,
                    Part::Start if refused => Role::Dim,
                    Part::Start if about.deletes() => Role::Error,
                    _ => Role::Text,
                };
                let room = area.right().saturating_sub(x);
                x = paint::put(buf, x, y, room, text, theme.style(role)) + 2;
            }
        }
    }

    fn hints(&self, view: View<'_>) -> Vec<Hint> {
        let titled = |command, title: &str| Hint {
            command,
            title: Some(title.to_owned()),
        };
        let (turn, press) = match self.focus {
            Part::What | Part::To | Part::Filter | Part::Edit | Part::Speed | Part::Canary => {
                (Hint::from("dialog.next"), "change")
            }
            _ => (titled("dialog.previous", "change a row"), "press"),
        };
        let mut hints = vec![turn, titled("dialog.press", press), "dialog.cancel".into()];
        let is_long = about(view.store).is_some() && self.lines.len() > self.scroll.height();
        if is_long {
            hints.push(Hint {
                command: "list.page-down",
                title: Some("more notes".to_owned()),
            });
        }
        hints
    }

    fn size(&self, screen: Rect) -> (u16, u16) {
        let height = (self.lines.len() as u16).max(2) + self.fixed + 2;
        let most = screen
            .height
            .saturating_sub(if screen.height < 16 { 1 } else { 2 });
        (screen.width.min(WIDTH), height.min(most))
    }
}

/// What it takes and what is to be known, wrapped.
fn notes(about: &About<'_>, width: u16) -> Vec<card::Line> {
    let mut notes: Vec<(&str, String, Role)> = Vec::new();
    if let Some(problem) = &about.queue_letters.problem {
        notes.push(("✖", problem.clone(), Role::Error));
    }
    match about.dry_run {
        Some(dry_run) => notes.extend(preview::notes(dry_run)),
        None if about.queue_letters.is_preparing() => {
            notes.push((
                "",
                "counting: the dry run is being made…".to_owned(),
                Role::Running,
            ));
        }
        None => {}
    }
    if about.deletes() {
        let text = "deletes only these letters, by the receipts held here; nothing brings them \
                    back: S exports them first";
        notes.push(("note", text.to_owned(), Role::Warn));
    }
    let room = width.saturating_sub(LABEL);
    let mut lines = Vec::new();
    for (label, text, role) in notes {
        for (row, line) in paint::wrapped(&text, room).into_iter().enumerate() {
            let label = if row == 0 { label } else { "" };
            lines.push((format!("{label:<7}{line}"), role));
        }
    }
    lines
}
