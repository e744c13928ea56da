//! Exports as answers to queries. What they write is [`mod@export`]'s.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::tell;
use crate::{
    runtime::{
        export,
        runner::{Shared, blocking},
        save,
    },
    store::{
        Ticket,
        letters::{Action, Exported},
    },
};

pub(super) async fn export(shared: &Arc<Shared>, ticket: Ticket, path: PathBuf, what: Exported) {
    let journals = shared.journals.clone();
    let written = blocking(move || {
        let journal = match &what {
            Exported::Report(plan) => Some(
                journals
                    .path(plan)
                    .ok_or("the demo account keeps no journals, so there is no report")?,
            ),
            _ => None,
        };
        let is_json = is_json(&path);
        save::new_file(path, |out| match &what {
            Exported::Letters(letters, edits) => {
                let letters = letters.iter().map(|letter| {
                    let edit = edits.get(&letter.message.id);
                    (&**letter, edit.map(|edit| &**edit.body.reveal()))
                });
                export::letters(letters, out)
            }
            Exported::Plan(dry_run) => export::plan(dry_run, out),
            Exported::Report(_) => {
                let journal = journal.as_deref().unwrap_or(Path::new(""));
                export::report(journal, is_json, out)
            }
        })
    });
    if let Some(answer) = written.await {
        tell(shared, Action::Exported(ticket, answer)).await;
    }
}

fn is_json(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}
