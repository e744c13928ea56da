//! The keys in the footer: those that do something where the cursor is.

use super::{Cell, ConfigurePane, Kind, Row, Section, Sign, changes};
use crate::{
    domain::age,
    ui::surface::{Hint, View},
};

impl ConfigurePane {
    pub(super) fn form_hints(&self, view: View<'_>) -> Vec<Hint> {
        if self.prompt.is_some() {
            return vec!["input.accept".into(), "input.leave".into()];
        }
        let named = |command, title: &str| Hint {
            command,
            title: Some(title.to_owned()),
        };
        let mut hints: Vec<Hint> = Vec::new();
        let key = view.store.subject();
        let function_form = key
            .as_ref()
            .and_then(|key| view.store.configure.function_form(key));
        let run = key
            .as_ref()
            .and_then(|key| view.store.configure.run_of(key));
        let is_running = run.is_some_and(crate::store::configure::Run::is_running);
        if is_running {
            hints.push("app.stop".into());
        }
        let row = self.row();
        match row.map(|row| &row.kind) {
            Some(Kind::Offer(_)) => hints.push(named("configure.edit", "take it")),
            None | Some(Kind::Header | Kind::Note | Kind::Problem(None)) => {}
            Some(_) => hints.push("configure.edit".into()),
        }
        if let Some(function_form) =
            function_form.filter(|function_form| !is_running && !function_form.draft().is_empty())
        {
            let title = format!("review {}", age::counted(changes(function_form), "change"));
            hints.push(named("configure.review", &title));
        }
        let is_drafted =
            |row: &Row| row.sign != Sign::Same || matches!(row.kind, Kind::Problem(Some(_)));
        if row.is_some_and(is_drafted) {
            hints.push(named("configure.undo", "undo"));
        }
        let is_blocked = function_form
            .is_some_and(|function_form| function_form.environment_problem().is_some());
        hints.extend(self.section_hints(is_blocked));
        match row {
            Some(row) if row.section == Section::Apply && !is_running => {
                hints.push(named("configure.remove", "put away"));
            }
            Some(row) if row.is_removable() => hints.push("configure.remove".into()),
            _ => {}
        }
        hints.extend(
            [
                "configure.compare",
                "list.filter",
                "configure.changed",
                "app.copy",
                "app.refresh",
                "app.actions",
            ]
            .map(Hint::from),
        );
        hints
    }

    fn section_hints(&self, is_blocked: bool) -> Vec<Hint> {
        let masked = self.row().is_some_and(|row| {
            let cells = std::iter::once(&row.now).chain(&row.then);
            cells
                .into_iter()
                .any(|cell| matches!(cell, Cell::Masked(_)))
        });
        let mut hints: Vec<Hint> = Vec::new();
        if masked {
            hints.push(Hint {
                command: "configure.reveal",
                title: self.is_revealed().then(|| "mask".to_owned()),
            });
        }
        match self.section() {
            Some(Section::Environment) if !is_blocked => {
                hints.extend(["configure.add", "configure.editor"].map(Hint::from));
            }
            Some(Section::Tags | Section::Urls | Section::Concurrency) => {
                hints.push("configure.add".into());
            }
            _ => {}
        }
        hints
    }
}
