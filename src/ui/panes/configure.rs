//! The Configure pane: the subject as a form, row by row, and what is drafted of it.
//!
//! What is there, what is drafted and what is carried out is the store's (`store::configure`);
//! here are the rows, where one stands and what is revealed. Nothing here writes: the review's
//! button does.

mod answer;
mod commands;
mod compare;
mod draw;
mod edit;
mod hints;
mod many;
mod notices;
mod raw;
mod rebuild;
mod rows;
mod sections;
mod words;

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::{buffer::Buffer, layout::Rect};

use self::{
    compare::Beside,
    draw::Manner,
    edit::At,
    rebuild::{Made, cards},
    rows::{Cell, Kind, Row, Section, Sign},
};
use crate::{
    command::{CommandSpec, Context},
    domain::age,
    store::{
        Action, RunId,
        configure::{self, CONFIGURE, FunctionForm, Step},
        effect::Control,
        identity::FunctionKey,
        toast,
    },
    theme::Role,
    ui::{
        subject::{self, Subject},
        surface::{Hint, Outcome, Rows, Surface, View},
        widgets::{list::Scroll, paint, prompt::Prompt},
    },
};

/// From this height on the foot says what the row under the cursor takes.
const WITH_HELP: u16 = 6;

/// The view: the rows as they were last made, and where the cursor is.
#[derive(Default)]
pub struct ConfigurePane {
    rows: Vec<Row>,
    column: u16,
    made: Option<Made>,
    cursor: usize,
    scroll: Scroll,
    filter: String,
    prompt: Option<Prompt>,
    only_changed: bool,
    /// The one row whose masked value is shown, until it is left.
    revealed: Option<Kind>,
    /// Ended applies that the user has seen enough of.
    put_away: Vec<RunId>,
    /// Two places side by side, in the place of the form.
    beside: Option<Beside>,
    /// How many comparisons were asked for when the last one was shown.
    compared: u64,
}

fn step(step: Step) -> Action {
    Action::Configure(configure::Action::Do(step))
}

fn info(text: &str) -> Outcome {
    Outcome::act(Action::Toast(toast::Action::Show(
        toast::Tone::Info,
        text.to_owned(),
    )))
}

/// Whether a command may show another pane or function.
fn leads_away(id: &str) -> bool {
    id.starts_with("pane.")
        || matches!(
            id,
            "app.back"
                | "app.close"
                | "app.next-region"
                | "app.previous-region"
                | "app.profile"
                | "app.region"
                | "app.suspend"
        )
}

/// How many changes a draft holds.
fn changes(function_form: &FunctionForm) -> usize {
    let draft = function_form.draft();
    draft.items().len() + usize::from(draft.publish.is_some())
}

impl ConfigurePane {
    fn row(&self) -> Option<&Row> {
        self.rows.get(self.cursor)
    }

    fn section(&self) -> Option<Section> {
        self.row().map(|row| row.section)
    }

    /// Whether the value of the row under the cursor is shown.
    fn is_revealed(&self) -> bool {
        let kind = self.row().map(|row| &row.kind);
        self.revealed.is_some() && self.revealed.as_ref() == kind
    }

    /// The rows, and the line at the foot.
    fn parts(&self, area: Rect) -> (Rect, Option<Rect>) {
        if self.prompt.is_none() && area.height < WITH_HELP {
            return (area, None);
        }
        let foot = Rect {
            y: area.bottom().saturating_sub(1),
            height: 1.min(area.height),
            ..area
        };
        let list = Rect {
            height: area.height.saturating_sub(1),
            ..area
        };
        (list, Some(foot))
    }

    fn typed(&mut self) {
        self.filter = self.prompt.as_ref().map_or("", Prompt::text).to_owned();
    }

    /// What there is to say instead of a form.
    fn nothing(view: View<'_>) -> (String, Role) {
        let store = view.store;
        let Some(subject) = store.subject() else {
            let text = "no function is selected\n\n0  goes to the list of functions; e there opens \
                        one here";
            return (text.to_owned(), Role::Dim);
        };
        let name = subject.arn.resource_name();
        let slot = store
            .configure
            .function_form(&subject)
            .map(FunctionForm::loaded);
        match slot.and_then(|slot| slot.error()) {
            Some(error) => {
                let next = error.next_step(store.sessions.current().target.profile_name());
                let text = format!("✖ {error}\n\n{next}\n\nr  reads again · W  says why");
                (text, Role::Error)
            }
            None => (format!("reading the configuration of {name}…"), Role::Dim),
        }
    }

    /// What is wrong with the row under the cursor: it stands below it, maybe out of sight.
    fn problem_below(&self) -> Option<(&str, Role)> {
        let item = self.row()?.item()?;
        let below = self.rows.get(self.cursor + 1)?;
        let is_of_it = matches!(&below.kind, Kind::Problem(Some(of)) if of == item);
        match &below.now {
            Cell::Text(text, role) if is_of_it => Some((text, *role)),
            _ => None,
        }
    }

    fn draw_foot(&self, at: Rect, buf: &mut Buffer, view: View<'_>) {
        let theme = view.theme;
        if let Some(prompt) = &self.prompt {
            prompt.render("/ ", at, buf, theme);
            return;
        }
        let (text, role) = match self.problem_below() {
            Some(problem) => problem,
            None => (self.row().map_or("", |row| row.help.as_str()), Role::Dim),
        };
        let x = (at.x + 2).min(at.right());
        paint::put(buf, x, at.y, at.right() - x, text, theme.style(role));
    }

    fn paste(&self, text: &str, view: View<'_>) -> Outcome {
        let Some(key) = view.store.subject() else {
            return Outcome::Ignored;
        };
        let Some(at) = Self::with_form(view, &key) else {
            return Outcome::Ignored;
        };
        if self.section() != Some(Section::Environment) {
            return info("nothing is pasted here: in Environment, a .env text sets its variables");
        }
        at.paste(text)
    }

    fn with_form<'a>(view: View<'a>, key: &'a FunctionKey) -> Option<At<'a>> {
        let function_form = view.store.configure.function_form(key)?;
        Some(At {
            store: view.store,
            key,
            function_form,
            loaded: function_form.loaded().value()?,
        })
    }
}

impl Surface for ConfigurePane {
    fn title(&self, view: View<'_>) -> String {
        if let Some(beside) = &self.beside {
            return beside.title(view.store);
        }
        let Some(key) = view.store.subject() else {
            return String::new();
        };
        let mut title = key.arn.resource_name().to_owned();
        if self.only_changed {
            title.push_str("  only changed");
        }
        if !self.filter.is_empty() && self.prompt.is_none() {
            title.push_str(&format!("  /{}", self.filter));
        }
        title
    }

    fn subject(&self, view: View<'_>) -> Subject {
        if self.beside.is_some() {
            Beside::subject(view.store)
        } else {
            subject::selected(view.store)
        }
    }

    fn rows(&self, view: View<'_>) -> Rows {
        if self.beside.is_some() || self.prompt.is_some() {
            return Rows::There;
        }
        let key = view.store.subject();
        let function_form = key.and_then(|key| view.store.configure.function_form(&key));
        let is_loading =
            function_form.is_some_and(|function_form| function_form.loaded().is_loading());
        Rows::of(is_loading, self.rows.is_empty())
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        match &self.beside {
            Some(beside) if beside.is_typing() => vec![Context::Input],
            Some(_) => vec![Context::Comparison, Context::Text],
            None if self.prompt.is_some() => vec![Context::Input],
            None => vec![Context::Configure, Context::List],
        }
    }

    fn on_command(&mut self, command: &'static CommandSpec, view: View<'_>) -> Outcome {
        // Nothing is laid out while another pane has the screen: what is revealed goes now.
        if leads_away(command.id) {
            self.revealed = None;
        }
        self.run_command(command.id, view)
    }

    fn on_key(&mut self, key: KeyEvent, _view: View<'_>) -> Outcome {
        if let Some(beside) = &mut self.beside {
            return beside.on_key(key);
        }
        let movement = match key.code {
            crossterm::event::KeyCode::Down => "list.down",
            crossterm::event::KeyCode::Up => "list.up",
            _ => "",
        };
        if let Some(place) = self.scroll.moved(movement, self.cursor, self.rows.len()) {
            self.cursor = place;
        } else if self
            .prompt
            .as_mut()
            .is_some_and(|prompt| prompt.on_key(key))
        {
            self.typed();
        }
        Outcome::done()
    }

    fn on_paste(&mut self, text: &str, view: View<'_>) -> Outcome {
        if let Some(beside) = &mut self.beside {
            return beside.on_paste(text);
        }
        match &mut self.prompt {
            Some(prompt) => {
                prompt.paste(text);
                self.typed();
                Outcome::done()
            }
            None => self.paste(text, view),
        }
    }

    fn on_mouse(&mut self, event: MouseEvent, area: Rect, _view: View<'_>) -> Outcome {
        let (list, _) = self.parts(area);
        let last = self.rows.len().saturating_sub(1);
        let by = match event.kind {
            MouseEventKind::ScrollDown => 3,
            MouseEventKind::ScrollUp => -3,
            MouseEventKind::Down(MouseButton::Left)
                if list.contains((event.column, event.row).into()) =>
            {
                let row = event.row - list.y;
                match &mut self.beside {
                    Some(beside) => beside.click(row),
                    None => self.cursor = (self.scroll.first() + usize::from(row)).min(last),
                }
                return Outcome::done();
            }
            _ => return Outcome::Ignored,
        };
        match &mut self.beside {
            Some(beside) => beside.scroll(by),
            None => self.cursor = self.cursor.saturating_add_signed(by).min(last),
        }
        Outcome::done()
    }

    fn layout(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        let store = view.store;
        let was = self.made.as_ref().map(|made| made.subject.clone());
        if was.is_some() && was != store.subject() {
            self.beside = None;
            self.revealed = None;
        }
        // The list of functions asks for comparisons too.
        let compared = store.configure.comparisons();
        if self.compared != compared {
            self.compared = compared;
            self.beside = Some(Beside::default());
        }
        if let Some(beside) = &mut self.beside {
            beside.layout(area, store);
        }
        self.remake(area.width, store);
        let (list, _) = self.parts(area);
        self.scroll
            .settle(self.cursor, self.rows.len(), list.height);
        if !self.is_revealed() || store.ui.focus() != CONFIGURE {
            self.revealed = None;
        }
        Vec::new()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let is_focused = view.store.ui.focus() == CONFIGURE;
        if let Some(beside) = &self.beside {
            beside.render(area, buf, view, is_focused);
            return;
        }
        let (list, foot) = self.parts(area);
        if self.rows.is_empty() {
            let (text, role) = if self.made.is_some() && self.is_narrowed() {
                let text = "nothing is left of the form\n\nesc  shows all of it again";
                (text.to_owned(), Role::Dim)
            } else {
                Self::nothing(view)
            };
            paint::put_empty(buf, list, &text, view.theme.style(role));
        }
        for (line, place) in self.scroll.visible(self.rows.len()).enumerate() {
            let at = Rect {
                y: list.y + line as u16,
                height: 1,
                ..list
            };
            let is_cursor = place == self.cursor;
            let manner = Manner {
                theme: view.theme,
                column: self.column,
                is_cursor,
                is_focused,
                is_revealed: is_cursor && self.is_revealed(),
            };
            draw::row(&self.rows[place], at, buf, manner);
        }
        if let Some(foot) = foot {
            self.draw_foot(foot, buf, view);
        }
    }

    fn hints(&self, view: View<'_>) -> Vec<Hint> {
        match &self.beside {
            Some(beside) => beside.hints(),
            None => self.form_hints(view),
        }
    }

    fn status_line(&self, view: View<'_>) -> Option<String> {
        if self.beside.is_some() {
            return Some(Beside::status_line(view.store));
        }
        let store = view.store;
        let key = store.subject()?;
        let function_form = store.configure.function_form(&key)?;
        let slot = function_form.loaded();
        let mut status_line = Vec::new();
        if let Some((run, part)) = self.run(store, &key).filter(|(run, _)| run.is_running()) {
            let progress = &part.progress;
            let (step, of) = (progress.step, progress.of);
            status_line.push(match notices::others(run) {
                Some(others) if part.end.is_some() => format!("applying, {others}"),
                _ => format!("applying, step {step} of {of}: {}", progress.doing),
            });
            if run.control == Control::Stop {
                status_line.push("stops before the next step".to_owned());
            }
        }
        match changes(function_form) {
            0 => {}
            changes => status_line.push(format!("{} drafted", age::counted(changes, "change"))),
        }
        let loaded = slot.value();
        match loaded.and_then(|loaded| loaded.state.last_update.as_deref()) {
            Some("InProgress") => status_line.push("update in progress".to_owned()),
            Some("Failed") => status_line.push("✖ last update failed".to_owned()),
            _ => {}
        }
        if slot.error().is_some() {
            status_line.push("✖ not read, W why".to_owned());
        }
        match loaded.map_or(0, |loaded| loaded.notes.len()) {
            0 => {}
            notes => status_line.push(format!("▲ {} not read, W why", age::counted(notes, "part"))),
        }
        if slot.is_loading() {
            status_line.push("reading…".to_owned());
        }
        if let Some(at) = slot.fetched() {
            status_line.push(format!("read {} ago", age::age(store.now, at)));
        }
        Some(status_line.join(" · "))
    }
}
