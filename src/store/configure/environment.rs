//! The environment as a whole: pasted, and in the user's editor, as the text of a `.env` file.

use std::sync::Arc;

use super::{Configure, FunctionForm, Loaded, Request, done, error, info};
use crate::{
    domain::{
        draft::{Item, Side, dotenv},
        function::Environment,
        secret::Secret,
    },
    store::{
        Outbox,
        identity::FunctionKey,
        ticket::{Key, Ticket},
    },
};

const EDIT: &str = "configure.edit";

impl Configure {
    /// Sets the variables that a text names.
    pub(super) fn paste(&mut self, function: &FunctionKey, text: &Secret<String>) -> Vec<Request> {
        let function_form = match self.form_to_edit(function) {
            Ok(function_form) => function_form,
            Err(requests) => return requests,
        };
        if let Some(why) = function_form.environment_problem() {
            return error(why);
        }
        match dotenv::parse(text.reveal()) {
            Ok(variables) => {
                for (name, _) in &variables {
                    function_form.refused.remove(&Item::Variable(name.clone()));
                }
                let names = count(variables.len());
                function_form.draft.paste(variables);
                function_form.settle();
                done(format!("{names} taken into the draft"))
            }
            Err(malformed) => {
                if let Some(loaded) = function_form.loaded.value().cloned() {
                    let kept = function_form.editor.kept.take();
                    let (whole, from) = kept.unwrap_or_else(|| (function_form.text(), loaded));
                    // Behind what is there: of a name that stands there twice the last one counts.
                    let whole = format!("{}\n{}", whole.reveal().trim_end(), text.reveal());
                    function_form.editor.kept = Some((Secret::new(whole), from));
                    function_form.revision += 1;
                }
                error(format!("not taken: {malformed}; e opens it in your editor"))
            }
        }
    }

    pub(super) fn open_editor(
        &mut self,
        function: &FunctionKey,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let function_form = match self.form_to_edit(function) {
            Ok(function_form) => function_form,
            Err(requests) => return requests,
        };
        if let Some(why) = function_form.environment_problem() {
            return error(why);
        }
        let Some(loaded) = function_form.loaded.value().cloned() else {
            return Vec::new();
        };
        // What was refused is not lost: the editor opens on it again.
        let kept = function_form.editor.kept.clone();
        let (text, from) = kept.unwrap_or_else(|| (function_form.text(), loaded));
        let key = Key::of(function.session, EDIT, function.arn.as_str());
        let name = format!("{}.env", safe(function.arn.resource_name()));
        let ticket = out.edit(key, name, text);
        function_form.editor.open = Some((ticket.generation, from));
        Vec::new()
    }

    /// Whether this slice opened the editor.
    pub(in crate::store) fn awaits_editor(ticket: &Ticket) -> bool {
        ticket.key.name == EDIT
    }

    /// The user's editor was closed.
    pub(in crate::store) fn edited(
        &mut self,
        ticket: &Ticket,
        answer: Result<Secret<String>, String>,
    ) -> Vec<Request> {
        let mut forms = self.forms.values_mut();
        let editing = forms.find_map(|function_form| {
            let open = &mut function_form.editor.open;
            let (_, from) = open.take_if(|(generation, _)| *generation == ticket.generation)?;
            Some((function_form, from))
        });
        match (editing, answer) {
            (Some((function_form, from)), Ok(text)) => function_form.take(text, from),
            (Some(_), Err(why)) => error(why),
            (None, _) => Vec::new(),
        }
    }
}

impl FunctionForm {
    /// The whole environment as it shall be.
    fn text(&self) -> Secret<String> {
        dotenv::write(&self.variables())
    }

    /// Names and values as they shall be, by name.
    pub fn variables(&self) -> Vec<(String, Secret<String>)> {
        let snapshot = self.loaded.value().map(|loaded| &loaded.snapshot);
        let there = match snapshot.map(|snapshot| &snapshot.environment) {
            Some(Environment::Variables(variables)) => variables.as_slice(),
            _ => &[],
        };
        let draft = &self.draft.environment;
        let kept = there.iter().filter(|(name, _)| !draft.contains_key(name));
        let set = draft
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        let mut variables: Vec<_> = kept.cloned().chain(set).collect();
        variables.sort_by(|(left, _), (right, _)| left.cmp(right));
        variables
    }

    /// Takes a text as the whole environment.
    fn take(&mut self, text: Secret<String>, from: Arc<Loaded>) -> Vec<Request> {
        self.revision += 1;
        let variables = match dotenv::parse(text.reveal()) {
            Ok(variables) => variables,
            Err(malformed) => {
                self.editor.kept = Some((text, from));
                return error(format!("not taken: {malformed}; e opens your text again"));
            }
        };
        self.editor.kept = None;
        let before = self.draft.environment.clone();
        self.draft.set_environment(&from.snapshot, variables);
        self.settle();
        if self.draft.environment == before {
            return info("nothing was changed");
        }
        let rows = self.draft.items();
        let rows = rows.iter().filter(|item| matches!(item, Item::Variable(_)));
        let (removed, set): (Vec<_>, Vec<_>) =
            rows.partition(|item| self.draft.side(item) == Some(Side::Unset));
        let words = [("sets", set.len()), ("removes", removed.len())].map(|(verb, variables)| {
            (variables > 0).then(|| format!("{verb} {}", count(variables)))
        });
        let words: Vec<String> = words.into_iter().flatten().collect();
        done(match words.as_slice() {
            [] => "the draft leaves the environment as it is".to_owned(),
            words => format!("the draft {}", words.join(" and ")),
        })
    }
}

/// Why an environment that cannot be read cannot be edited.
pub(super) fn unreadable(code: &str, message: &str) -> String {
    format!(
        "the values could not be decrypted ({code}: {message}), and Lambda takes the environment \
         whole: an edit would wipe what cannot be read; ask for kms:Decrypt on its key"
    )
}

fn count(variables: usize) -> String {
    match variables {
        1 => "1 variable".to_owned(),
        variables => format!("{variables} variables"),
    }
}

/// A server names the function: only what is safe in a file name is kept of it.
fn safe(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(64)
        .collect()
}
