//! The environment as rows, and how much of it is taken.

use super::{Cell, FormWriter, Kind, Section, words};
use crate::{
    domain::{
        age,
        draft::{
            Item,
            environment::{self, MOST_BYTES},
        },
        function::Environment,
        secret::Secret,
    },
    theme::Role,
};

impl FormWriter<'_> {
    pub(super) fn environment(&mut self) {
        self.titled(Section::Environment, "Environment", "");
        let header = self.rows.len() - 1;
        let known = match &self.loaded.snapshot.environment {
            Environment::Variables(variables) => variables.as_slice(),
            Environment::Unreadable { code, message } => {
                let why = format!(
                    "▲ blocked: its values could not be decrypted ({}), and an edit would wipe \
                     what cannot be read; ask for kms:Decrypt on its key",
                    words::clean(&format!("{code}: {message}"))
                );
                self.note(why, Role::Warn);
                return;
            }
        };
        let drafted = &self.function_form.draft().environment;
        let shall_be: Vec<(String, Secret<String>)> = known
            .iter()
            .filter(|(name, _)| !drafted.contains_key(name))
            .cloned()
            .chain(
                drafted
                    .iter()
                    .filter_map(|(name, value)| Some((name.clone(), value.clone()?))),
            )
            .collect();
        self.rows[header].now = meter(environment::size(&shall_be));
        self.said.push("env".to_owned());
        let over = self.function_form.problems().iter();
        let over: Vec<String> = over
            .filter(|problem| problem.item == "env")
            .map(|problem| format!("✖ {}", problem.message))
            .collect();
        for message in over {
            self.push(Kind::Problem(None), "", Cell::Text(message, Role::Error));
        }
        let refused: Vec<String> = self.refused(Item::Variable);
        let mut names: Vec<&String> = known.iter().map(|(name, _)| name).collect();
        names.extend(drafted.keys());
        names.extend(refused.iter());
        names.sort();
        names.dedup();
        if names.is_empty() {
            self.note(
                "no variables: n adds one, e writes them in your editor, a pasted .env sets several",
                Role::Dim,
            );
        }
        for name in names {
            self.item(&Item::Variable(name.clone()));
        }
    }
}

/// How much of the environment is taken.
fn meter(size: usize) -> Cell {
    let text = format!(
        "{} of {} bytes",
        age::count(size as u64),
        age::count(MOST_BYTES as u64)
    );
    if size > MOST_BYTES {
        let over = age::count((size - MOST_BYTES) as u64);
        Cell::Text(format!("✖ {text}, {over} too many"), Role::Error)
    } else if size * 10 > MOST_BYTES * 9 {
        Cell::Text(format!("▲ {text}"), Role::Warn)
    } else {
        Cell::Text(text, Role::Dim)
    }
}
