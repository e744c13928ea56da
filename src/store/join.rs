//! The joins between slices: what one hands to the next, in the order in which the user would do
//! it by hand.

use super::{
    Action, Cx, Effect, Store,
    activity::ACTIVITY,
    configure,
    functions::{self, Functions},
    invoke::{self, INVOKE, Invoke},
    letters::{self, FromLetter, Hand, LETTERS, OnlyLines, Ran, Wish},
    logs, session,
    toast::{self, Tone},
    ui::{self, About, FUNCTIONS, PaneId},
};
use crate::domain::{
    function::{Arn, FunctionAddress},
    tail::TimeRange,
};

/// A synchronous invoke was answered; queued ones are 202, dry runs 204 (Lambda API).
const RAN: u16 = 200;

/// Panes that are not about one function.
const OF_SEVERAL: [PaneId; 3] = [FUNCTIONS, LETTERS, ACTIVITY];

impl Store {
    /// Does what the dead letters ask of other slices.
    pub(super) fn hand_over(&mut self, hands: Vec<Hand>, effects: &mut Vec<Effect>) {
        for hand in hands {
            match hand {
                Hand::Toast(toast) => self.toasts.reduce(toast, self.now),
                Hand::Show => effects.extend(self.apply(focus(LETTERS))),
                Hand::Function(function, wish) => self.show_function(&function, wish, effects),
                Hand::Lines(functions, range, only) => {
                    self.show_lines(&functions, range, only, effects);
                }
            }
        }
    }

    /// Does what configure asks of other slices.
    pub(super) fn tell_others(&mut self, hands: Vec<configure::Hand>, effects: &mut Vec<Effect>) {
        for hand in hands {
            match hand {
                configure::Hand::Toast(toast) => self.toasts.reduce(toast, self.now),
                configure::Hand::Changed(function, draft) => {
                    let scene = self.scene();
                    let mut cx = Cx {
                        now: self.now,
                        tickets: &mut self.tickets,
                        effects,
                    };
                    self.overview.changed(&function, &scene, &mut cx);
                    if function.session == self.sessions.current().id {
                        self.functions.changed(&function, draft.as_deref(), &mut cx);
                    }
                }
            }
        }
    }

    /// Shows a pane about a function. Panes that list several show it if they can without giving
    /// up what they are narrowed to.
    pub(super) fn open(&mut self, function: &Arn, pane: PaneId, effects: &mut Vec<Effect>) {
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
            self.show_function(function, Wish::Pane(pane), effects);
        }
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
            let wish = Wish::Logs(range, only);
            return self.show_function(function, wish, effects);
        }
        let session = self.sessions.current().id;
        let keys = functions.iter().cloned();
        let keys = keys.map(|arn| ui::FunctionKey { session, arn }).collect();
        for action in [
            focus(logs::PANE),
            Action::Logs(logs::Action::Range(range)),
            Action::Logs(logs::Action::Open(keys)),
            Action::Logs(narrow(only)),
        ] {
            effects.extend(self.apply(action));
        }
    }

    fn show_function(&mut self, function: &Arn, wish: Wish, effects: &mut Vec<Effect>) {
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
        let actions = match wish {
            // Several functions that were opened together make room for the one.
            Wish::Pane(logs::PANE) => {
                let alone = Action::Logs(logs::Action::Open(Vec::new()));
                vec![alone, focus(logs::PANE)]
            }
            Wish::Pane(pane) => vec![focus(pane)],
            Wish::Logs(range, only) => vec![
                Action::Logs(logs::Action::Open(Vec::new())),
                focus(logs::PANE),
                Action::Logs(logs::Action::Range(range)),
                Action::Logs(narrow(only)),
            ],
            Wish::Invoke(from, event) => vec![
                focus(INVOKE),
                step(function, invoke::Step::TakeLetter(from, event)),
            ],
            Wish::Save(event) => vec![focus(INVOKE), step(function, invoke::Step::SaveAs(event))],
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

/// Which letter an ending invoke was of, and how it ran.
pub(super) fn letters_run(invoke: &Invoke, action: &invoke::Action) -> Option<(FromLetter, Ran)> {
    let invoke::Action::Ended(id, end) = action else {
        return None;
    };
    let from = invoke.letter_of(*id)?.clone();
    let ok = match &end.end {
        invoke::End::Answered(reply) if reply.status == RAN => !reply.is_function_error(),
        // A dry run ran nothing, and of the others nobody knows: the letter is not called run.
        _ => return None,
    };
    Some((from, Ran { at: end.at, ok }))
}

/// Whether the activity log has lines since then that nobody read.
pub(super) const fn has_written(action: &Action) -> bool {
    matches!(
        action,
        Action::Invoke(invoke::Action::Ended(..))
            | Action::Letters(letters::Action::Ended(..) | letters::Action::Done(..))
            | Action::Configure(configure::Action::Ended(..))
            | Action::Session(session::Action::WriteState(..))
    )
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
