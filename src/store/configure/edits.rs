//! The draft row by row.

use super::{Configure, Edit, FunctionForm, Request, environment, error, info};
use crate::{
    domain::{
        draft::{
            Draft, Item, Problem, Side,
            plan::{Plan, only_differences},
        },
        function::Environment,
        secret::Secret,
    },
    store::identity::FunctionKey,
};

const NOT_READ: &str = "the function is not read yet: there is nothing to edit";

impl Configure {
    /// The form of a function that was read.
    pub(super) fn form_to_edit(
        &mut self,
        function: &FunctionKey,
    ) -> Result<&mut FunctionForm, Vec<Request>> {
        let function_form = self.forms.get_mut(function);
        function_form
            .filter(|function_form| function_form.loaded.value().is_some())
            .ok_or_else(|| error(NOT_READ))
    }

    pub(super) fn edit(&mut self, function: &FunctionKey, item: &Item, edit: Edit) -> Vec<Request> {
        let function_form = match self.form_to_edit(function) {
            Ok(function_form) => function_form,
            Err(requests) => return requests,
        };
        let requests = match edit {
            Edit::Set(text) => {
                function_form.set(item, text);
                Vec::new()
            }
            Edit::Unset => {
                function_form.unset(item);
                Vec::new()
            }
            Edit::Rename(name) => match function_form.rename(item, name) {
                Ok(()) => Vec::new(),
                Err(why) => error(why),
            },
            Edit::Undo => {
                function_form.refused.remove(item);
                function_form.draft.forget(item);
                Vec::new()
            }
        };
        function_form.settle();
        requests
    }

    pub(super) fn publish(&mut self, function: &FunctionKey, description: Option<String>) {
        if let Some(function_form) = self.forms.get_mut(function) {
            function_form.draft.publish = description;
            function_form.settle();
        }
    }

    pub(super) fn discard(&mut self, function: &FunctionKey) -> Vec<Request> {
        let Some(function_form) = self.forms.get_mut(function) else {
            return Vec::new();
        };
        function_form.draft = Draft::default();
        function_form.refused.clear();
        function_form.editor.kept = None;
        function_form.settle();
        info("the draft is gone; nothing was changed in AWS")
    }
}

impl FunctionForm {
    /// Leaves out what is so already, and finds what is wrong with the rest.
    pub(super) fn settle(&mut self) {
        self.revision += 1;
        let Some(loaded) = self.loaded.value() else {
            return;
        };
        let different = only_differences(&loaded.snapshot, self.draft.clone());
        for item in self.draft.items() {
            // What a difference brings with it belongs to the plan: the draft is what was typed.
            if different.side(&item).is_none() {
                self.draft.forget(&item);
            }
        }
        let plan = Plan::new(loaded.snapshot.clone(), self.draft.clone());
        self.problems = plan.err().unwrap_or_default();
    }

    fn set(&mut self, item: &Item, text: Secret<String>) {
        let answer = self
            .may_edit(item)
            .and_then(|()| self.draft.set(item, text.reveal()));
        self.answered(item, text, answer);
    }

    fn unset(&mut self, item: &Item) {
        let answer = self.may_edit(item).and_then(|()| self.draft.unset(item));
        self.answered(item, Secret::default(), answer);
    }

    /// An edit that cannot be is kept with its problem; an earlier one of the same row would be
    /// sent in its place, so that goes.
    fn answered(&mut self, item: &Item, text: Secret<String>, answer: Result<(), Problem>) {
        self.refused.remove(item);
        if let Err(problem) = answer {
            self.draft.forget(item);
            self.refused.insert(item.clone(), (text, problem));
        }
    }

    fn may_edit(&self, item: &Item) -> Result<(), Problem> {
        match (item, self.environment_problem()) {
            (Item::Variable(_), Some(why)) => Err(Problem {
                item: item.to_string(),
                message: why,
            }),
            _ => Ok(()),
        }
    }

    /// Why the environment cannot be edited, if so.
    pub fn environment_problem(&self) -> Option<String> {
        let loaded = self.loaded.value()?;
        match &loaded.snapshot.environment {
            Environment::Variables(_) => None,
            Environment::Unreadable { code, message } => {
                Some(environment::unreadable(code, message))
            }
        }
    }

    /// The value of a row as it shall be.
    fn effective(&self, item: &Item) -> Side {
        let base = || {
            let loaded = self.loaded.value();
            loaded.map_or(Side::Unknown, |loaded| loaded.snapshot.side(item))
        };
        self.draft.side(item).unwrap_or_else(base)
    }

    fn rename(&mut self, item: &Item, name: String) -> Result<(), String> {
        let renamed = match item {
            Item::Variable(_) => Item::Variable(name),
            Item::Tag(_) => Item::Tag(name),
            _ => return Err(format!("{item} has no name of its own")),
        };
        if renamed == *item {
            return Ok(());
        }
        self.may_edit(item).map_err(|problem| problem.to_string())?;
        let is_taken = matches!(self.effective(&renamed), Side::Plain(_) | Side::Masked(_))
            || self.refused.contains_key(&renamed);
        if is_taken {
            return Err(format!("not renamed: there is {renamed} already"));
        }
        let text = match (self.refused.get(item), self.effective(item)) {
            (Some((text, _)), _) => text.clone(),
            (None, Side::Masked(text)) => text,
            (None, Side::Plain(text)) => Secret::new(text),
            (None, Side::Unset | Side::Unknown) => {
                return Err(format!("not renamed: there is no {item}"));
            }
        };
        let answer = self.draft.set(&renamed, text.reveal());
        answer.map_err(|problem| format!("not renamed: {problem}"))?;
        self.refused.remove(item);
        let removed = self.draft.unset(item);
        removed.map_err(|problem| problem.to_string())
    }
}
