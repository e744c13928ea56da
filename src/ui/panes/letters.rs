//! The Dead letters pane: the queues, the clusters and letters of one of them, one letter, the
//! redrives that run.
//!
//! What was received, is held, marked, edited and planned belongs to the store
//! (`store::letters`); here is where one stands, what is typed, and how it is shown.

mod body;
pub(super) mod card;
mod choices;
mod clusters;
mod commands;
mod dialogs;
mod letter_rows;
mod levels;
mod moves;
mod preview;
mod prompt;
mod queues;
mod raw;
mod redrive;
pub(super) mod report;
mod resume;
mod review;
mod subject;
mod title;
mod words;

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    command::{CommandSpec, Context},
    domain::{age, function::Arn},
    store::{
        Action, Store,
        letters::{self, ClusterId, LETTERS, LetterId, Look, QueueKey, QueueLetters, Run, Step},
    },
    theme::Role,
    ui::{
        subject::Subject,
        surface::{Hint, Outcome, Rows, Surface, View},
        widgets::{grid::Grid, paint, prompt_line::PromptLine},
    },
};
use body::Body;
use card::Line;
use prompt::Question;

pub use dialogs::{ask_queue, queue_by_name};
pub use resume::{ask_resume, offer_once, unfinished, unfinished_line};

/// The detail column is there from this width on.
const WITH_DETAIL: u16 = 98;
/// Beside a table of letters only where every column of theirs still fits.
const WITH_DETAIL_OF_LETTERS: u16 = 156;
/// Most lines of the card.
const CARD: usize = 5;

/// Where one stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Level {
    /// The list of queues.
    #[default]
    Queues,
    /// The clusters of the open queue.
    Clusters,
    /// Letters: of a cluster, or all.
    Letters(Option<ClusterId>),
    /// One letter; back leads to the letters of this cluster, or to all.
    Letter(LetterId, Option<ClusterId>),
}

/// The pane.
#[derive(Default)]
pub struct LettersPane {
    level: Level,
    queue: Option<QueueKey>,
    arranged: queues::Arranged,
    queue_places: Vec<usize>,
    /// The queues of those places, by name: counts order them anew.
    queue_rows: Vec<Arn>,
    queues: Grid,
    /// The cursor was put on a queue: it stays on it.
    chose_queue: bool,
    /// The queue that the cursor is put on as soon as it is listed.
    leads_to: Option<Arn>,
    /// The selected function, when the queues were listed last.
    selected: Option<Arn>,
    /// The queue that the cursor was on when the list lost the focus: beside the functions it
    /// follows them, and coming back leads to it again.
    left_on: Option<Arn>,
    /// A command was about a cluster: the cursor stays on it. Before that it is the first one's,
    /// whichever that is while letters come.
    chose_cluster: bool,
    cluster_places: Vec<ClusterId>,
    clusters: Grid,
    order: clusters::Order,
    not_ready_only: bool,
    letter_places: Vec<usize>,
    letters: Grid,
    made: Option<levels::Made>,
    detail: Body,
    detail_of: Option<levels::Shown>,
    body: Body,
    body_of: Option<levels::Shown>,
    /// Where a range of marks began.
    range: Option<usize>,
    card: Vec<Line>,
    on_card: bool,
    asking: PromptLine<Question>,
    /// The notice, the review, the journals that were asked about already.
    asked: dialogs::Asked,
    notice: Vec<String>,
    title: String,
    status_line: Option<String>,
    /// The last letter that another pane led to.
    came_to: u64,
}

/// Where the parts of the pane stand.
struct Parts {
    card: Option<Rect>,
    body: Rect,
    detail: Option<Rect>,
    prompt: Option<Rect>,
}

/// Letters in the queue of a redrive now, as far as counts tell.
fn depth_of(run: &Run, store: &Store) -> Option<u64> {
    let queue_letters = store.letters.letters_of(&run.queue);
    let counts = queue_letters.and_then(|queue_letters| queue_letters.attributes.value());
    counts.map_or_else(
        || store.letters.discovery().queue(&run.queue.arn)?.depth(),
        |counts| Some(counts.visible + counts.in_flight + counts.delayed),
    )
}

fn step(step: Step) -> Action {
    Action::Letters(letters::Action::Do(step))
}

fn act(wanted: Step) -> Outcome {
    Outcome::act(step(wanted))
}

impl LettersPane {
    fn parts(&self, area: Rect) -> Parts {
        let mut body = area;
        // Where there is little room its first lines stay: the report has them all.
        let room = body.height.saturating_sub(4);
        let card_rows = (self.card.len().min(CARD) as u16).min(room);
        let card = (card_rows > 0 && body.height > card_rows + 3).then(|| {
            let card = Rect {
                height: card_rows,
                ..body
            };
            body.y += card_rows;
            body.height -= card_rows;
            card
        });
        let prompt = self.asking.split(&mut body);
        let has_detail = self.detail_of.is_some()
            && match self.level {
                Level::Clusters => area.width >= WITH_DETAIL,
                Level::Letters(_) => area.width >= WITH_DETAIL_OF_LETTERS,
                Level::Queues | Level::Letter(..) => false,
            };
        let detail = has_detail.then(|| {
            let width = area.width * 2 / 5;
            body.width -= width;
            let beside = Rect {
                x: body.right(),
                width,
                ..body
            };
            body.width = body.width.saturating_sub(1);
            beside
        });
        Parts {
            card,
            body,
            detail,
            prompt,
        }
    }

    fn grid(&mut self) -> Option<&mut Grid> {
        match self.level {
            Level::Queues => Some(&mut self.queues),
            Level::Clusters => Some(&mut self.clusters),
            Level::Letters(_) => Some(&mut self.letters),
            Level::Letter(..) => None,
        }
    }

    fn is_empty(&self) -> bool {
        match self.level {
            Level::Queues => self.queue_places.is_empty(),
            Level::Clusters => self.cluster_places.is_empty(),
            Level::Letters(_) => self.letter_places.is_empty(),
            Level::Letter(..) => false,
        }
    }

    /// The redrive of the open queue that the card shows: the one that runs, else the newest.
    fn run<'a>(&self, store: &'a Store) -> Option<&'a Run> {
        let Some(queue_letters) = store
            .letters
            .queue_letters()
            .filter(|_| self.level != Level::Queues)
        else {
            // The list shows what runs, whichever queue it is of.
            return store
                .letters
                .runs()
                .iter()
                .rev()
                .find(|run| run.is_running());
        };
        let mut running = store.letters.runs_of(&queue_letters.key);
        let newest = store.letters.runs_of(&queue_letters.key).next();
        running.find(|run| run.is_running()).or(newest)
    }

    fn hint(command: &'static str, title: impl Into<String>) -> Hint {
        Hint {
            command,
            title: Some(title.into()),
        }
    }

    fn letter_hints(&self, queue_letters: &QueueLetters) -> Vec<Hint> {
        if matches!(queue_letters.look, Look::NotLooked | Look::Asking(_)) {
            return vec![
                Self::hint("list.open", "look"),
                "app.refresh".into(),
                "app.back".into(),
            ];
        }
        let count = self.wanted(queue_letters).map_or(0, |wanted| wanted.count);
        let counted = |command, word: &str| {
            let hidden = match queue_letters.hidden_marks() {
                0 => String::new(),
                hidden => format!(" ({} hidden)", age::count(hidden as u64)),
            };
            Self::hint(
                command,
                format!("{word} {}{hidden}", age::count(count as u64)),
            )
        };
        let mut hints = Vec::new();
        match &self.level {
            Level::Clusters => hints.push(Self::hint("list.open", "letters")),
            Level::Letters(_) => hints.push("list.open".into()),
            _ if self.body.can_fold() => hints.push("text.fold".into()),
            _ => {}
        }
        if !matches!(self.level, Level::Letter(..)) {
            hints.push("dlq.mark".into());
        }
        hints.push(counted("dlq.redrive", "redrive"));
        if self.names_function(queue_letters) {
            let logs = match queue_letters.marks() {
                0 => "its log lines",
                _ => "their log lines",
            };
            hints.push(Self::hint("dlq.logs", logs));
            if queue_letters.marks() < 2 {
                hints.push(Self::hint("dlq.invoke", "Invoke"));
            }
        }
        hints.push("dlq.edit".into());
        hints.push("dlq.save".into());
        hints.push(counted("dlq.delete", "delete"));
        hints.push(match self.level {
            Level::Letter(..) => "text.find".into(),
            _ => "list.filter".into(),
        });
        if matches!(self.level, Level::Letter(..)) && self.body.found().is_some() {
            hints.push("text.next-match".into());
        }
        hints.push("dlq.more".into());
        hints
    }
}

impl Surface for LettersPane {
    fn title(&self, _view: View<'_>) -> String {
        self.title.clone()
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        if self.asking.is_open() {
            return vec![Context::Input];
        }
        match self.level {
            _ if self.on_card => vec![Context::Redrive, Context::List],
            Level::Queues => vec![Context::Queues, Context::List],
            Level::Clusters | Level::Letters(_) => vec![Context::Letters, Context::List],
            Level::Letter(..) => vec![Context::Letter, Context::Letters, Context::Text],
        }
    }

    fn subject(&self, view: View<'_>) -> Subject {
        self.subject_of(view.store)
    }

    fn rows(&self, view: View<'_>) -> Rows {
        self.rows_of(view.store)
    }

    fn place(&self, _view: View<'_>) -> String {
        format!("{:?} {:?}", self.level, self.queue)
    }

    fn on_command(&mut self, command: &'static CommandSpec, view: View<'_>) -> Outcome {
        self.take_command(command.id, view)
    }

    fn on_key(&mut self, key: KeyEvent, view: View<'_>) -> Outcome {
        let changed = self.asking.on_key(key);
        self.after_typing(changed, view)
    }

    fn on_paste(&mut self, text: &str, view: View<'_>) -> Outcome {
        let changed = self.asking.paste(text);
        self.after_typing(changed, view)
    }

    fn on_mouse(&mut self, event: MouseEvent, area: Rect, _view: View<'_>) -> Outcome {
        let parts = self.parts(area);
        let at = (event.column, event.row).into();
        let wheel = match event.kind {
            MouseEventKind::ScrollDown => 3,
            MouseEventKind::ScrollUp => -3,
            MouseEventKind::Down(MouseButton::Left) => {
                self.on_card = parts.card.is_some_and(|card| card.contains(at));
                if parts.body.contains(at) {
                    self.choose_row();
                    let line = event.row - parts.body.y;
                    match self.grid() {
                        Some(grid) => {
                            grid.click(line);
                        }
                        None => self.body.click(line),
                    }
                }
                return Outcome::done();
            }
            _ => return Outcome::Ignored,
        };
        self.choose_row();
        match self.grid() {
            Some(grid) => grid.move_by(wheel),
            None => self.body.move_by(wheel),
        }
        Outcome::done()
    }

    fn layout(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        self.settle(area, view)
    }

    fn asks(&mut self, view: View<'_>) -> Option<Box<dyn Surface>> {
        self.asked.next(view)
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let (store, theme) = (view.store, view.theme);
        let parts = self.parts(area);
        let focused = store.ui.focus() == LETTERS;
        if let Some(at) = parts.card {
            card::render(&self.card, at, buf, theme, focused && self.on_card);
        }
        let on_rows = focused && !self.on_card;
        match &self.level {
            Level::Letter(..) => self.body.render(parts.body, buf, theme, Some(on_rows)),
            _ if self.is_empty() => self.render_empty(parts.body, buf, view),
            Level::Queues => self.queues.render(parts.body, buf, theme, on_rows),
            Level::Clusters => self.clusters.render(parts.body, buf, theme, on_rows),
            Level::Letters(_) => self.letters.render(parts.body, buf, theme, on_rows),
        }
        if let Some(at) = parts.detail {
            for y in at.y..at.bottom() {
                paint::put(buf, at.x, y, 1, "│", theme.style(Role::Border));
            }
            let inside = Rect {
                x: at.x + 2,
                width: at.width.saturating_sub(2),
                ..at
            };
            self.detail.render(inside, buf, theme, None);
        }
        if let (Some(at), Some(question)) = (parts.prompt, self.asking.question()) {
            let note = self.note(question, view);
            let note = note.as_ref().map(|(text, role)| (text.as_str(), *role));
            self.asking.render("/", note, at, buf, theme);
        }
    }

    fn hints(&self, view: View<'_>) -> Vec<Hint> {
        if self.asking.is_open() {
            return PromptLine::<Question>::hints();
        }
        let run = self.run(view.store).filter(|run| run.is_running());
        let mut hints = Vec::new();
        if self.on_card {
            let shown = self.run(view.store);
            if shown.is_some_and(|run| view.store.letters.journal_of(run).is_some()) {
                hints.push(Self::hint("dlq.report", "resume"));
                hints.push(Self::hint("app.why", "report"));
            } else if run.is_some() {
                hints.push("dlq.report".into());
            } else {
                hints.push(Self::hint("dlq.report", "report"));
            }
        }
        if let Some(run) = run {
            hints.extend(Self::run_hints(run));
            if !self.on_card && self.has_card() {
                hints.push(Self::hint("app.next-region", "progress"));
            }
        } else if !self.on_card && self.has_card() {
            hints.push(Self::hint("app.next-region", "report"));
        }
        if self.on_card {
            hints.push(Self::hint("dlq.save", "export"));
            return hints;
        }
        match (view.store.letters.queue_letters(), &self.level) {
            (Some(queue_letters), level) if *level != Level::Queues => {
                hints.extend(self.letter_hints(queue_letters));
            }
            _ => {
                hints.extend(
                    [
                        "list.open",
                        "dlq.add",
                        "list.filter",
                        "list.sort",
                        "app.refresh",
                    ]
                    .map(Hint::from),
                );
            }
        }
        hints
    }

    fn status_line(&self, _view: View<'_>) -> Option<String> {
        self.status_line.clone()
    }
}

impl LettersPane {
    fn run_hints(run: &Run) -> Vec<Hint> {
        let pause = if run.control == crate::store::effect::Control::Pause {
            "resume"
        } else {
            "pause"
        };
        let mut hints = Vec::new();
        if run.waits_for_canary() {
            hints.push("dlq.skip-canary".into());
        }
        hints.push(Self::hint("dlq.pause", pause));
        hints.push(Self::hint("app.stop", "stop"));
        hints
    }

    fn render_empty(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let store = view.store;
        let (text, role) = self.empty_words(store);
        paint::put_empty(buf, area, &text, view.theme.style(role));
    }

    /// What there is to say about what is typed.
    fn note(&self, question: Question, view: View<'_>) -> Option<(String, Role)> {
        match question {
            Question::Letters => view.store.letters.queue_letters().map(|queue_letters| {
                if let Some(error) = &queue_letters.filter.error {
                    return (error.clone(), Role::Error);
                }
                let shown = queue_letters
                    .sorted()
                    .map_or(queue_letters.letters().len(), |sorted| sorted.shown.len());
                let (shown, all) = (shown as u64, queue_letters.letters().len() as u64);
                let text = format!("{} of {}", age::count(shown), age::count(all));
                match queue_letters
                    .sorted()
                    .and_then(|sorted| sorted.not_judged.as_ref())
                {
                    // The line below says why.
                    Some((count, _)) => (format!("{text}, {count} not judged"), Role::Warn),
                    None => (text, Role::Dim),
                }
            }),
            Question::Queues => Some((age::counted(self.queue_places.len(), "queue"), Role::Dim)),
            Question::Find => None,
        }
    }
}
