//! The Functions pane: the list of the account's functions, its filter and its order.

mod marks;
mod table;

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    command::{CommandSpec, Context},
    domain::{
        age,
        function::Arn,
        function_list::sort::{Column, Direction, Sort},
        session::SessionId,
    },
    ports::ApiError,
    store::{Action, Store, functions, letters, session::Status, toast, ui},
    theme::Role,
    ui::{
        overlays::picker::{Choice, Item, Picker},
        stopped,
        surface::{Hint, Intent, Outcome, Rows, Surface, View},
        widgets::{grid::Grid, list::movement, paint, prompt_line::PromptLine},
    },
};

/// The view: the table's window and the filter prompt.
#[derive(Default)]
pub struct FunctionsPane {
    grid: Grid,
    prompt: PromptLine,
    reported: (u64, usize, usize),
    /// Journals whose resuming was offered.
    offered: Vec<String>,
    /// Where a range of marks began.
    range: Option<Arn>,
    /// The session in which it was told what waits to be restored.
    told: Option<SessionId>,
}

impl FunctionsPane {
    fn after_typing(&self, changed: bool) -> Outcome {
        if !changed {
            return Outcome::done();
        }
        let text = self.prompt.text().to_owned();
        Outcome::act(Action::Functions(functions::Action::Filter(text)))
    }

    /// Says once a session what waits to be restored, as soon as it is known whose it is.
    fn tell_what_is_stopped(&mut self, view: View<'_>) -> Option<Action> {
        let session = view.store.sessions.current();
        let is_known = session.identity.answered().is_some() && view.store.configure.remembers();
        if self.told == Some(session.id) || !is_known {
            return None;
        }
        self.told = Some(session.id);
        let text = stopped::told(view)?;
        let toast = toast::Action::Show(toast::Tone::Info, text);
        Some(Action::Toast(toast))
    }

    /// The table, and the prompt below it.
    fn parts(&self, area: Rect) -> (Rect, Option<Rect>) {
        let mut table = area;
        let prompt = self.prompt.split(&mut table);
        (table, prompt)
    }

    /// Moves the cursor, if that is what a command means.
    fn moved(&mut self, command: &str) -> Option<Outcome> {
        self.grid.moved(command).then(|| self.select())
    }

    /// Selects the row under the cursor.
    fn select(&self) -> Outcome {
        let select = functions::Action::Select(self.grid.cursor());
        Outcome::act(Action::Functions(select))
    }
}

/// Whether the first counts of dead letters, which order the rows, are on their way.
fn awaits_counts(view: View<'_>) -> bool {
    let discovery = view.store.letters.discovery();
    let column = view.store.functions.query().sort.column;
    matches!(column, Column::Attention | Column::DeadLetters)
        && discovery.is_walking()
        && discovery.ended().is_none()
}

/// Hands the selected function to another pane.
fn go(pane: &'static str, view: View<'_>) -> Outcome {
    match view.store.functions.selected() {
        Some(_) => Outcome::Done(vec![Intent::Run(pane)]),
        None => Outcome::done(),
    }
}

impl Surface for FunctionsPane {
    fn title(&self, view: View<'_>) -> String {
        let functions = &view.store.functions;
        let query = functions.query();
        let mut title = String::new();
        if !query.text.is_empty() && !self.prompt.is_open() {
            title.push_str(&format!("/{} ", query.text));
        }
        if query.sort != Sort::default() {
            let arrow = match query.sort.direction {
                Direction::Ascending => "▲",
                Direction::Descending => "▼",
            };
            let column = query.sort.column.title().to_lowercase();
            title.push_str(&format!("by {column} {arrow} "));
        }
        if query.filter.faults_only {
            title.push_str("faults only ");
        }
        if functions.len() != functions.all().len() {
            let total = age::count(functions.all().len() as u64);
            title.push_str(&format!(
                "{} of {total}",
                age::count(functions.len() as u64)
            ));
        }
        title.trim_end().to_owned()
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        if self.prompt.is_open() {
            vec![Context::Input]
        } else {
            vec![Context::Functions, Context::List]
        }
    }

    fn rows(&self, view: View<'_>) -> Rows {
        let list = &view.store.functions;
        let is_opening = view.store.sessions.current().status == Status::Opening;
        let awaits_order = list.awaits_states() || awaits_counts(view);
        let is_loading = is_opening || list.slot().is_loading() || awaits_order;
        Rows::of(is_loading && !self.prompt.is_open(), list.all().is_empty())
    }

    fn on_command(&mut self, command: &'static CommandSpec, view: View<'_>) -> Outcome {
        let list = &view.store.functions;
        if let Some(outcome) = self.moved(command.id) {
            return outcome;
        }
        if let Some(outcome) = marks::with_marks(command.id, view) {
            return outcome;
        }
        match command.id {
            "list.open" => go("pane.overview", view),
            "functions.logs" => go("pane.logs", view),
            "functions.letters" => match list.selected() {
                Some(row) => Outcome::act(Action::Letters(letters::Action::Do(
                    letters::Step::OfFunction(row.arn.clone()),
                ))),
                None => Outcome::done(),
            },
            "functions.invoke" => go("pane.invoke", view),
            "functions.configure" => go("pane.configure", view),
            "functions.mark" => marks::mark(list),
            "functions.range" => self.mark_range(list),
            "functions.mark-all" => marks::mark_all(list),
            "functions.compare" => marks::compare(view),
            "list.filter" => {
                self.prompt.open((), &list.query().text);
                Outcome::done()
            }
            "list.faults-only" => Outcome::act(Action::Functions(functions::Action::ToggleFaults)),
            "list.sort" => Outcome::open(sort_picker(view.store)),
            // Esc keeps the text of the prompt, and a second one clears the filter.
            "input.leave" | "input.accept" | "input.submit" if self.prompt.is_open() => {
                self.prompt.close();
                Outcome::done()
            }
            "input.undo" => {
                let changed = self.prompt.undo();
                self.after_typing(changed)
            }
            "app.back" if !list.query().text.is_empty() => {
                Outcome::act(Action::Functions(functions::Action::Filter(String::new())))
            }
            "app.back" if list.query().filter.faults_only => {
                Outcome::act(Action::Functions(functions::Action::ToggleFaults))
            }
            "app.copy" | "app.copy-all" => match list.selected() {
                Some(row) => {
                    let text = if command.id == "app.copy" {
                        &row.name
                    } else {
                        row.arn.as_str()
                    };
                    Outcome::copy(text.to_owned())
                }
                None => Outcome::done(),
            },
            _ => Outcome::Ignored,
        }
    }

    fn on_key(&mut self, key: KeyEvent, _view: View<'_>) -> Outcome {
        if let Some(outcome) = self.moved(movement(key)) {
            return outcome;
        }
        let changed = self.prompt.on_key(key);
        self.after_typing(changed)
    }

    fn on_paste(&mut self, text: &str, _view: View<'_>) -> Outcome {
        let changed = self.prompt.paste(text);
        self.after_typing(changed)
    }

    fn on_mouse(&mut self, event: MouseEvent, area: Rect, _view: View<'_>) -> Outcome {
        let (table, _) = self.parts(area);
        match event.kind {
            MouseEventKind::ScrollDown => self.grid.move_by(3),
            MouseEventKind::ScrollUp => self.grid.move_by(-3),
            MouseEventKind::Down(MouseButton::Left) => {
                if !table.contains((event.column, event.row).into())
                    || !self.grid.click(event.row - table.y)
                {
                    return Outcome::done();
                }
            }
            _ => return Outcome::Ignored,
        }
        self.select()
    }

    fn layout(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        let list = &view.store.functions;
        let (table, _) = self.parts(area);
        table::layout(&mut self.grid, table, view);
        let told = self.tell_what_is_stopped(view);
        let visible = self.grid.visible();
        let reported = (list.arrangement(), visible.start, visible.end);
        if reported == self.reported || !view.store.sessions.current().is_open() {
            return told.into_iter().collect();
        }
        self.reported = reported;
        let viewport = functions::Action::Viewport(visible.start, visible.end);
        told.into_iter()
            .chain([Action::Functions(viewport)])
            .collect()
    }

    fn asks(&mut self, view: View<'_>) -> Option<Box<dyn Surface>> {
        super::letters::offer_once(&mut self.offered, view)
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let list = &view.store.functions;
        let (table, prompt) = self.parts(area);
        if list.is_empty() {
            empty(area, buf, view);
        } else {
            let focused = view.store.ui.focus() == ui::FUNCTIONS;
            self.grid.render(table, buf, view.theme, focused);
        }
        if let Some(at) = prompt {
            let (note, role) = match &list.query().error {
                Some(error) => (error.to_string(), Role::Error),
                None => (format!("{} of {}", list.len(), list.all().len()), Role::Dim),
            };
            self.prompt
                .render("/", Some((&note, role)), at, buf, view.theme);
        }
    }

    fn hints(&self, view: View<'_>) -> Vec<Hint> {
        if self.prompt.is_open() {
            return PromptLine::<()>::hints();
        }
        let list = &view.store.functions;
        if list.all().is_empty() {
            // What the pane says in place of rows.
            return ["app.refresh", "app.why", "app.profile", "app.region"]
                .map(Hint::from)
                .into();
        }
        // A narrow footer has room for the first ones: Enter is what anybody tries unasked.
        let of_rows: &[&str] = match list.marked().len() {
            0 | 1 => &[
                "functions.logs",
                "functions.letters",
                "functions.invoke",
                "functions.configure",
                "stop.open",
            ],
            _ => &["functions.logs"],
        };
        let of_list = [
            "list.open",
            "list.filter",
            "list.sort",
            "list.faults-only",
            "app.copy-all",
        ];
        let all = of_rows.iter().copied().chain(of_list);
        let mut hints: Vec<Hint> = all.map(Hint::from).collect();
        if list.marked().len() > 1 {
            hints[0].title = Some(format!("logs of {}", list.marked().len()));
        }
        if self.range.is_some() {
            let title = Some("mark from there to here".to_owned());
            let command = "functions.range";
            hints.insert(0, Hint { command, title });
        } else {
            let place = if list.marked().is_empty() {
                hints.len()
            } else {
                0
            };
            hints.insert(place, marks::hint(list));
        }
        hints
    }

    fn status_line(&self, view: View<'_>) -> Option<String> {
        let slot = view.store.functions.slot();
        let known = view.store.functions.all().len();
        let mut status_line: Vec<String> = marks::told(&view.store.functions).into_iter().collect();
        // Without a row the whole pane says why.
        if let Some(error) = slot.error().filter(|_| known > 0) {
            status_line.push(format!("not refreshed: {}", one_line(error)));
        }
        if slot.is_loading() {
            status_line.push(format!(
                "reading… {} so far",
                age::count(view.store.functions.met() as u64)
            ));
        } else if let Some(at) = slot.fetched() {
            status_line.push(format!(
                "ListFunctions, {} ago",
                age::age(view.store.now, at)
            ));
        }
        if let Some(error) = view.store.functions.state_error() {
            let why = error.missing_action().map_or_else(
                || one_line(error),
                |action| format!("no permission {action}"),
            );
            status_line.push(format!("states unknown: {why}"));
        }
        (!status_line.is_empty()).then(|| status_line.join(" · "))
    }
}

fn one_line(error: &ApiError) -> String {
    error.missing_action().map_or_else(
        || error.to_string(),
        |action| format!("no permission {action} (W why)"),
    )
}

fn sort_picker(store: &Store) -> Picker {
    let now = store.functions.query().sort;
    let items = Column::ALL
        .into_iter()
        .map(|column| Item {
            label: column.title().to_lowercase(),
            detail: if column == now.column {
                "now; once more turns the direction".into()
            } else {
                String::new()
            },
            key: String::new(),
            choice: Choice::Act(Action::Functions(functions::Action::Sort(column))),
        })
        .collect();
    Picker::new("Sort by", items)
}

/// What would be here, and which key brings it.
fn empty(area: Rect, buf: &mut Buffer, view: View<'_>) {
    let store = view.store;
    let session = store.sessions.current();
    let error = match &session.status {
        Status::Failed(error) => Some(error),
        _ => store.functions.slot().error(),
    };
    let (text, role) = if let Some(error) = error {
        let next = error.next_step(session.target.profile_name());
        (
            format!(
                "{}\n\n{next}\n\nr  try again    W  why    P  another profile    R  another region",
                one_line(error)
            ),
            Role::Error,
        )
    } else if session.status == Status::Opening || store.functions.slot().is_loading() {
        (
            "reading the functions of this account…".to_owned(),
            Role::Dim,
        )
    } else if !store.functions.all().is_empty() {
        (
            "no function matches; esc clears the filter".to_owned(),
            Role::Dim,
        )
    } else {
        let region = session.target.region.as_deref().unwrap_or("this region");
        (
            format!(
                "no functions in {region}\n\nR  another region    P  another profile    r  read again"
            ),
            Role::Dim,
        )
    };
    paint::put_empty(buf, area, &text, view.theme.style(role));
}
