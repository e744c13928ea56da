//! The joins between slices: what one requests to the next, in the order in which the user would do
//! it by hand.

use super::{
    Action, Context, Effect, Outbox, Store,
    activity::ACTIVITY,
    configure::{Asked, Seen},
    functions::{self, Functions},
    identity::FunctionKey,
    invoke::{self, INVOKE},
    letters::{LETTERS, Ran},
    logs,
    request::{OnlyLines, Request, View},
    toast::{self, Tone},
    ui::{self, About, FUNCTIONS, PaneId},
};
use crate::domain::{
    draft::Draft,
    function::{Arn, FunctionAddress},
    tail::TimeRange,
};

/// Panes that are not about one function.
const OF_SEVERAL: [PaneId; 3] = [FUNCTIONS, LETTERS, ACTIVITY];

impl Store {
    /// Does what a slice asked of the others.
    pub(super) fn carry_out(&mut self, requests: Vec<Request>, effects: &mut Vec<Effect>) {
        for request in requests {
            match request {
                Request::Toast(toast) => self.toasts.reduce(toast, self.now),
                Request::Focus(pane) => effects.extend(self.apply(focus(pane))),
                Request::Function(function, view) => self.show_function(&function, view, effects),
                Request::Lines(functions, range, only) => {
                    self.show_lines(&functions, range, only, effects);
                }
                Request::Changed(function, draft) => {
                    self.changed(&function, draft.as_deref(), effects);
                }
                Request::Review(asked) => self.review(asked, effects),
                Request::Ran { letter, at, ok } => self.letters.ran(&letter, Ran { at, ok }),
                Request::Written => self.activity.written(),
            }
        }
    }

    /// A function was edited.
    fn changed(
        &mut self,
        function: &FunctionKey,
        draft: Option<&Draft>,
        effects: &mut Vec<Effect>,
    ) {
        let context = Context::new(&self.sessions, &self.functions, &self.ui);
        let mut out = Outbox {
            now: self.now,
            tickets: &mut self.tickets,
            effects,
        };
        self.overview.changed(function, &context, &mut out);
        if function.session == self.sessions.current().id {
            self.functions.changed(function, draft, &mut out);
        }
    }

    /// A review warns of what the logs on screen show.
    fn review(&mut self, mut asked: Asked, effects: &mut Vec<Effect>) {
        let session = asked.session;
        let seen = asked.functions.iter().filter_map(|arn| {
            let arn = arn.clone();
            let timeout = self.functions.get(&arn).map(|row| row.timeout_s);
            let function = FunctionKey { session, arn };
            let (used_mb, running) = self.logs.seen(&function, timeout, self.now);
            let seen = Seen { used_mb, running };
            (seen != Seen::default()).then_some((function.arn, seen))
        });
        asked.seen = seen.collect();
        let mut out = Outbox {
            now: self.now,
            tickets: &mut self.tickets,
            effects,
        };
        self.configure.ask_review(asked, &mut out);
    }

    /// Shows a pane about a function. Panes that list several show it if they can without giving
    /// up what they are narrowed to.
    pub(super) fn open(
        &mut self,
        function: &Arn,
        pane: PaneId,
        effects: &mut Vec<Effect>,
    ) -> Vec<Request> {
        let is_selected = self.functions.selected().map(|row| &row.arn) == Some(function);
        if is_selected && pane != logs::PANE {
            effects.extend(self.apply(focus(pane)));
        } else if OF_SEVERAL.contains(&pane) {
            let about = self.about();
            if self.functions.lists(function) {
                let select = functions::Action::SelectArn(function.clone());
                effects.extend(self.apply(Action::Functions(select)));
            }
            self.ui.leaves(about);
            effects.extend(self.apply(focus(pane)));
        } else {
            self.show_function(function, View::Pane(pane), effects);
        }
        Vec::new()
    }

    /// What the place that is on screen is about.
    pub(super) fn about(&self) -> About {
        About {
            function: self.functions.selected().map(|row| row.arn.clone()),
            together: self.logs.together().to_vec(),
        }
    }

    /// One step back: to the pane, and to the function that it was about. A pane of a function that
    /// is not listed any more is no place to go back to. A pane with rows of its own keeps its
    /// cursor, and the selection is left alone.
    pub(super) fn go_back(&mut self, effects: &mut Vec<Effect>) {
        let functions = &self.functions;
        let is_listed = |arn: &Arn| functions.get(arn).is_some();
        let place = self.ui.step_back(|place| {
            let function = place.about.function.as_ref();
            OF_SEVERAL.contains(&place.focus) || function.is_none_or(is_listed)
        });
        let Some(place) = place else { return };
        let about = &place.about;
        let selection = match &about.function {
            Some(function) if place.focus == FUNCTIONS && functions.lists(function) => {
                vec![functions::Action::SelectArn(function.clone())]
            }
            Some(function) if !OF_SEVERAL.contains(&place.focus) => select(functions, function),
            _ => Vec::new(),
        };
        for action in selection {
            effects.extend(self.apply(Action::Functions(action)));
        }
        if place.focus == logs::PANE && self.logs.together() != about.together.as_slice() {
            let together = about.together.clone();
            effects.extend(self.apply(Action::Logs(logs::Action::Open(together))));
        }
        self.ui.return_to(&place);
    }

    /// Shows those log lines of several functions that alone are wanted.
    fn show_lines(
        &mut self,
        functions: &[Arn],
        range: TimeRange,
        only: OnlyLines,
        effects: &mut Vec<Effect>,
    ) {
        if let [function] = functions {
            let view = View::Logs(range, only);
            return self.show_function(function, view, effects);
        }
        let session = self.sessions.current().id;
        let keys = functions.iter().cloned();
        let keys = keys.map(|arn| FunctionKey { session, arn }).collect();
        for action in [
            focus(logs::PANE),
            Action::Logs(logs::Action::Range(range)),
            Action::Logs(logs::Action::Open(keys)),
            Action::Logs(narrow(only)),
        ] {
            effects.extend(self.apply(action));
        }
    }

    fn show_function(&mut self, function: &Arn, view: View, effects: &mut Vec<Effect>) {
        if self.functions.get(function).is_none() {
            let place = self.sessions.current().place();
            let address = FunctionAddress::parse(function.as_str()).ok();
            let elsewhere = address.and_then(|address| address.check(&place).err());
            let text = elsewhere.map_or_else(
                || {
                    let name = place.named(function.resource_name(), function.account());
                    format!("{name} is not in the list of this account and region")
                },
                |elsewhere| elsewhere.to_string(),
            );
            self.toasts
                .reduce(toast::Action::Show(Tone::Error, text), self.now);
            return;
        }
        let about = self.about();
        for action in select(&self.functions, function) {
            effects.extend(self.apply(Action::Functions(action)));
        }
        self.ui.leaves(about);
        let actions = match view {
            // Several functions that were opened together make room for the one.
            View::Pane(logs::PANE) => {
                let alone = Action::Logs(logs::Action::Open(Vec::new()));
                vec![alone, focus(logs::PANE)]
            }
            View::Pane(pane) => vec![focus(pane)],
            View::Logs(range, only) => vec![
                Action::Logs(logs::Action::Open(Vec::new())),
                focus(logs::PANE),
                Action::Logs(logs::Action::Range(range)),
                Action::Logs(narrow(only)),
            ],
            View::Invoke(from, event) => vec![
                focus(INVOKE),
                step(function, invoke::Step::TakeLetter(from, event)),
            ],
            View::Save(event) => vec![focus(INVOKE), step(function, invoke::Step::SaveAs(event))],
        };
        for action in actions {
            effects.extend(self.apply(action));
        }
    }
}

/// A selection that a filter hides would fall on another function.
fn select(functions: &Functions, function: &Arn) -> Vec<functions::Action> {
    let mut actions = Vec::new();
    if !functions.lists(function) {
        if functions.query().filter.faults_only {
            actions.push(functions::Action::ToggleFaults);
        }
        if !functions.query().text.is_empty() {
            actions.push(functions::Action::Filter(String::new()));
        }
    }
    actions.push(functions::Action::SelectArn(function.clone()));
    actions
}

fn narrow(only: OnlyLines) -> logs::Action {
    match only {
        OnlyLines::Of(invocations) => logs::Action::Narrow(invocations),
        OnlyLines::With(text) => logs::Action::NarrowText(text),
    }
}

const fn focus(pane: ui::PaneId) -> Action {
    Action::Ui(ui::Action::Focus(pane))
}

fn step(function: &Arn, step: invoke::Step) -> Action {
    Action::Invoke(invoke::Action::Do(function.clone(), step))
}
