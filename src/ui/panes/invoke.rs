//! The Invoke pane: the saved events of a function, the payload, the result, the history.
//!
//! It keeps what only pixels and typing need, for each function; what is sent, saved and known
//! is the store's.

mod dialogs;
mod editor;
mod parts;
mod result;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    command::{CommandSpec, Context},
    domain::{
        function::Arn, invocation::InvocationType, report::RequestId, saved_event::EventId,
        secret::Secret,
    },
    store::{
        Action, Store,
        invoke::{FunctionInvokes, Run, Step},
        logs, ui,
    },
    ui::{
        overlays::text::TextView,
        surface::{Hint, Intent, Outcome, Surface, View},
        widgets::list::Scroll,
    },
};
use dialogs::step;
use editor::Editor;
use parts::Parts;
use result::ResultView;

/// A part of the pane that takes the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Region {
    /// The saved events.
    Events,
    /// The text that is sent.
    #[default]
    Payload,
    /// What came back.
    Result,
    /// The earlier runs.
    History,
}

impl Region {
    const ALL: [Region; 4] = [
        Region::Events,
        Region::Payload,
        Region::Result,
        Region::History,
    ];
}

/// The view.
#[derive(Default)]
pub struct InvokePane {
    region: Region,
    is_typing: bool,
    /// A new event was asked for: when it comes, it is there to be typed in.
    awaits_new: bool,
    asked: u64,
    parts: Parts,
    views: HashMap<Arn, FunctionView>,
}

/// What one function looks like here.
#[derive(Default)]
struct FunctionView {
    editor: Editor,
    event: usize,
    events: Scroll,
    result: ResultView,
    history: Scroll,
}

impl FunctionView {
    fn selected_event<'a>(&self, invokes: &'a FunctionInvokes) -> Option<&'a EventId> {
        let events = invokes.events.all();
        events.get(self.event).map(|event| &event.id)
    }
}

/// The function that the pane shows, and what is known of it.
fn subject(store: &Store) -> Option<(&Arn, &FunctionInvokes)> {
    let row = store.functions.selected()?;
    Some((&row.arn, store.invoke.invokes(&row.arn)?))
}

/// The place of the shown run in the history, the newest first.
fn history_cursor(invokes: &FunctionInvokes) -> usize {
    let shown = invokes.shown().map(|run| run.id);
    invokes
        .runs
        .iter()
        .rev()
        .position(|run| Some(run.id) == shown)
        .unwrap_or(0)
}

impl InvokePane {
    fn next_region(&mut self, by: isize, invokes: &FunctionInvokes) -> Outcome {
        let at = Region::ALL
            .iter()
            .position(|region| *region == self.region)
            .unwrap_or(0);
        let next = at
            .checked_add_signed(by)
            .and_then(|at| Region::ALL.get(at).copied())
            .filter(|region| *region != Region::History || !invokes.runs.is_empty());
        // Past the last one it is the screen's turn; coming back begins where one works.
        self.region = next.unwrap_or_default();
        if next.is_some() {
            Outcome::done()
        } else {
            Outcome::Ignored
        }
    }

    fn moved(
        &mut self,
        command: &str,
        function: &Arn,
        invokes: &FunctionInvokes,
    ) -> Option<Outcome> {
        let view = self.views.get_mut(function)?;
        match self.region {
            Region::Events => {
                let len = invokes.events.all().len();
                view.event = view.events.moved(command, view.event, len)?;
                Some(Outcome::done())
            }
            Region::Payload => {
                let height = usize::from(self.parts.payload.height);
                view.editor.moved(command, height).then(Outcome::done)
            }
            Region::Result => view
                .result
                .moved(command, invokes.shown())
                .then(Outcome::done),
            Region::History => {
                let len = invokes.runs.len();
                let place = view.history.moved(command, history_cursor(invokes), len)?;
                let run = invokes.runs.iter().rev().nth(place)?;
                Some(Outcome::act(step(function, Step::Show(run.id))))
            }
        }
    }

    fn typed(&mut self, command: &str, function: &Arn) -> Option<Outcome> {
        if !self.is_typing {
            return None;
        }
        let editor = &mut self.views.get_mut(function)?.editor;
        match command {
            "input.leave" => self.is_typing = false,
            "input.accept" => editor.new_line(),
            "input.tab" => editor.indent(),
            "input.undo" => editor.undo(),
            _ => return None,
        }
        Some(Outcome::done())
    }

    fn open(&mut self, function: &Arn, invokes: &FunctionInvokes) -> Outcome {
        let Some(view) = self.views.get(function) else {
            return Outcome::done();
        };
        match self.region {
            Region::Events => {
                let Some(id) = view.selected_event(invokes) else {
                    return Outcome::done();
                };
                let what = format!("Loading {}", id.name);
                self.replace(function, invokes, &what, Step::Load(id.clone()))
            }
            Region::Payload => {
                self.is_typing = true;
                Outcome::done()
            }
            Region::Result | Region::History => {
                self.region = Region::Result;
                Outcome::done()
            }
        }
    }

    fn send(&self, function: &Arn, invokes: &FunctionInvokes) -> Outcome {
        if self.region == Region::History
            && let Some(run) = invokes.shown()
        {
            let again = Step::Repeat(run.id);
            let text = self.text(function);
            let keeps_text = run.payload.as_ref().is_none_or(|sent| *sent == text);
            if keeps_text || invokes.is_busy() {
                return Outcome::act(step(function, again));
            }
            return self.replace(function, invokes, "Sending this run again", again);
        }
        Outcome::act(step(function, Step::Send(self.text(function))))
    }

    /// A step that puts another text in the editor: asked about when that loses what was typed.
    fn replace(
        &self,
        function: &Arn,
        invokes: &FunctionInvokes,
        what: &str,
        then: Step,
    ) -> Outcome {
        let view = self.views.get(function);
        if view.is_some_and(|view| view.editor.is_changed()) {
            return Outcome::open(dialogs::drop_text(function, invokes, what, then));
        }
        Outcome::act(step(function, then))
    }

    fn text(&self, function: &Arn) -> Secret<String> {
        self.views
            .get(function)
            .map(|view| view.editor.text())
            .unwrap_or_default()
    }

    /// The event a command is about: the one under the cursor, else the one in the editor.
    fn event<'a>(&self, function: &Arn, invokes: &'a FunctionInvokes) -> Option<&'a EventId> {
        let view = self.views.get(function)?;
        if self.region == Region::Events {
            view.selected_event(invokes)
        } else {
            invokes.draft.id()
        }
    }

    fn copy(&self, function: &Arn, invokes: &FunctionInvokes) -> Outcome {
        let text = match self.region {
            Region::Events => {
                let event = self.event(function, invokes);
                let listed =
                    |id: &EventId| invokes.events.all().iter().find(|event| event.id == *id);
                let path = event.and_then(listed).map(|event| event.path.display());
                path.map(|path| Secret::new(path.to_string()))
            }
            Region::Payload => Some(self.text(function)),
            Region::Result | Region::History => {
                let reply = invokes.shown().and_then(Run::reply);
                reply.map(|reply| reply.body.text().clone())
            }
        };
        match text {
            Some(text) => Outcome::act(Action::Ui(ui::Action::Copy(text))),
            None => Outcome::done(),
        }
    }

    /// The logs, of the shown run only where it is known which lines those are.
    fn logs(invokes: &FunctionInvokes) -> Outcome {
        let run = invokes
            .shown()
            .filter(|run| run.settings.kind != InvocationType::DryRun);
        let id = run
            .and_then(Run::reply)
            .and_then(|reply| reply.request_id.as_deref());
        let narrow = id.map(|id| {
            let invocation = RequestId::new(id).key();
            Intent::Act(Action::Logs(logs::Action::Narrow(vec![invocation])))
        });
        Outcome::Done(
            narrow
                .into_iter()
                .chain([Intent::Run("pane.logs")])
                .collect(),
        )
    }

    fn why(invokes: &FunctionInvokes, view: View<'_>) -> Outcome {
        use crate::store::invoke::End;
        match invokes.shown().and_then(|run| run.end.as_ref()) {
            Some(end) => match &end.end {
                End::Failed(error) => {
                    let profile = view.store.sessions.current().target.profile_name();
                    Outcome::open(TextView::why(error, profile))
                }
                End::Answered(_) | End::Stopped => Outcome::Ignored,
            },
            None => Outcome::Ignored,
        }
    }
}

impl Surface for InvokePane {
    fn title(&self, view: View<'_>) -> String {
        let Some((_, invokes)) = subject(view.store) else {
            return String::new();
        };
        let settings = &invokes.draft.settings;
        let qualifier = match &settings.qualifier {
            Some(qualifier) => format!(" : {qualifier}"),
            None => String::new(),
        };
        format!(
            "{}{qualifier} · {}",
            invokes.function,
            settings.kind.title()
        )
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        if self.is_typing {
            return vec![Context::Input, Context::Invoke];
        }
        match self.region {
            Region::Events | Region::History => vec![Context::Invoke, Context::List],
            Region::Payload | Region::Result => vec![Context::Invoke, Context::Text],
        }
    }

    fn on_command(&mut self, command: &'static CommandSpec, view: View<'_>) -> Outcome {
        let Some((function, invokes)) = subject(view.store) else {
            return Outcome::Ignored;
        };
        self.awaits_new = command.id == "invoke.new";
        if let Some(outcome) = self.typed(command.id, function) {
            return outcome;
        }
        if let Some(outcome) = self.moved(command.id, function, invokes) {
            return outcome;
        }
        let act = |wanted: Step| Outcome::act(step(function, wanted));
        match command.id {
            "app.next-region" => self.next_region(1, invokes),
            "app.previous-region" => self.next_region(-1, invokes),
            "list.open" | "text.fold" => self.open(function, invokes),
            "invoke.send" => self.send(function, invokes),
            "invoke.editor" => act(Step::OpenEditor(self.text(function))),
            "invoke.target" => act(Step::Target),
            "invoke.logs" => Self::logs(invokes),
            "invoke.save" => act(Step::SaveAs(self.text(function))),
            "invoke.new" => self.replace(function, invokes, "A new event", Step::Template),
            "invoke.rename" | "invoke.duplicate" | "invoke.delete" => {
                let Some(id) = self.event(function, invokes).cloned() else {
                    return Outcome::done();
                };
                match command.id {
                    "invoke.rename" => act(Step::Rename(id)),
                    "invoke.duplicate" => {
                        let what = format!("Opening a copy of {}", id.name);
                        self.replace(function, invokes, &what, Step::Duplicate(id))
                    }
                    _ => Outcome::open(dialogs::delete(function, invokes, &id)),
                }
            }
            "app.stop" if invokes.is_busy() => act(Step::Stop),
            "app.refresh" if view.store.sessions.current().is_open() => act(Step::Refresh),
            "app.copy" | "app.copy-all" => self.copy(function, invokes),
            "app.why" => Self::why(invokes, view),
            _ => Outcome::Ignored,
        }
    }

    fn on_key(&mut self, key: KeyEvent, view: View<'_>) -> Outcome {
        if let Some((function, _)) = subject(view.store)
            && let Some(view) = self.views.get_mut(function)
        {
            view.editor.on_key(key);
        }
        Outcome::done()
    }

    fn on_paste(&mut self, text: &str, view: View<'_>) -> Outcome {
        if let Some((function, _)) = subject(view.store)
            && let Some(view) = self.views.get_mut(function)
        {
            view.editor.paste(text);
        }
        Outcome::done()
    }

    fn on_mouse(&mut self, event: MouseEvent, _area: Rect, view: View<'_>) -> Outcome {
        let Some((function, invokes)) = subject(view.store) else {
            return Outcome::Ignored;
        };
        let at = (event.column, event.row).into();
        let Some(region) = self.parts.at(at) else {
            return Outcome::Ignored;
        };
        let command = match event.kind {
            MouseEventKind::ScrollDown => "list.down",
            MouseEventKind::ScrollUp => "list.up",
            MouseEventKind::Down(MouseButton::Left) => {
                if region != Region::Payload {
                    self.is_typing = false;
                }
                self.region = region;
                return Outcome::done();
            }
            _ => return Outcome::Ignored,
        };
        let before = std::mem::replace(&mut self.region, region);
        let mut outcome = Outcome::done();
        for _ in 0..3 {
            outcome = self.moved(command, function, invokes).unwrap_or(outcome);
        }
        self.region = before;
        outcome
    }

    fn layout(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        let Some((function, invokes)) = subject(view.store) else {
            self.is_typing = false;
            return Vec::new();
        };
        let runs = if self.region == Region::History {
            invokes.runs.len()
        } else {
            0
        };
        self.parts = Parts::of(area, runs);
        let row = view.store.functions.get(function);
        let of_function = self.views.entry(function.clone()).or_default();
        let is_another = of_function.editor.follow(&invokes.draft);
        if is_another && std::mem::take(&mut self.awaits_new) {
            (self.region, self.is_typing) = (Region::Payload, true);
        }
        of_function.editor.layout(self.parts.payload);
        let events = invokes.events.all().len();
        of_function.event = of_function.event.min(events.saturating_sub(1));
        of_function
            .events
            .settle(of_function.event, events, self.parts.events.height);
        of_function
            .result
            .layout(invokes.shown(), self.parts.result, view, row);
        of_function.history.settle(
            history_cursor(invokes),
            invokes.runs.len(),
            self.parts.history.height.saturating_sub(1),
        );
        Vec::new()
    }

    fn asks(&mut self, view: View<'_>) -> Option<Box<dyn Surface>> {
        let (function, invokes) = subject(view.store)?;
        let (number, question) = invokes.question()?;
        if number <= self.asked {
            return None;
        }
        self.asked = number;
        Some(dialogs::question(function, invokes, question, view))
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        parts::draw(self, area, buf, view);
    }

    fn hints(&self, view: View<'_>) -> Vec<Hint> {
        if self.is_typing {
            return vec![
                "invoke.send".into(),
                "input.leave".into(),
                "input.undo".into(),
            ];
        }
        let is_busy = subject(view.store).is_some_and(|(_, invokes)| invokes.is_busy());
        let mut hints: Vec<Hint> = Vec::new();
        if is_busy {
            hints.push(Hint {
                command: "app.stop",
                title: Some("stop waiting".to_owned()),
            });
        }
        let titled = |command, title: &str| Hint {
            command,
            title: Some(title.to_owned()),
        };
        match self.region {
            Region::Events => {
                hints.push(titled("list.open", "load"));
                hints.push("invoke.send".into());
            }
            Region::Payload => {
                hints.push("invoke.send".into());
                hints.push(titled("text.fold", "type"));
            }
            Region::Result => hints.push("invoke.send".into()),
            Region::History => hints.push(titled("invoke.send", "send again")),
        }
        hints.extend(
            [
                "invoke.editor",
                "invoke.target",
                "invoke.logs",
                "invoke.new",
                "invoke.save",
            ]
            .map(Hint::from),
        );
        if self.region == Region::Events {
            hints.push("invoke.delete".into());
        }
        hints
    }

    fn status_line(&self, view: View<'_>) -> Option<String> {
        let (_, invokes) = subject(view.store)?;
        let mut status_line = Vec::new();
        if invokes.qualifiers.is_loading() {
            status_line.push("reading versions and aliases…".to_owned());
        }
        if invokes.is_saving() {
            status_line.push("saving…".to_owned());
        }
        if let Some(problem) = &invokes.events.problem {
            status_line.push(format!("events not listed: {problem}"));
        }
        let settings = &invokes.draft.settings;
        if settings.client_context.is_some() {
            status_line.push("with a client context".to_owned());
        }
        if let Some(tenant) = &settings.tenant {
            status_line.push(format!("tenant {tenant}"));
        }
        if invokes.draft.is_target_changed() {
            status_line.push("target saved with the next send".to_owned());
        }
        (!status_line.is_empty()).then(|| status_line.join(" · "))
    }
}
