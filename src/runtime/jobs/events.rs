//! The files of saved events, off the loop.

use std::sync::Arc;

use crate::{
    domain::saved_event::{EventId, Origin},
    runtime::{
        events::{EventError, EventFiles},
        runner::{Shared, blocking},
    },
    settings::Paths,
    store::{
        Action, Ticket,
        invoke::{self, FileAnswer, FileProblem, FileTask, FileWork},
    },
};

pub(super) async fn perform(shared: &Arc<Shared>, ticket: Ticket, work: FileWork) {
    let files = files(&shared.paths);
    let answer = match blocking(move || carry_out(&files, work)).await {
        Some(answer) => answer.map_err(|error| problem(&error)),
        None => Err(FileProblem {
            message: "reading or writing the event broke off".to_owned(),
            is_conflict: false,
        }),
    };
    let action = invoke::Action::Filed(ticket, Box::new(answer));
    shared.send(Action::Invoke(action)).await;
}

/// Where this user's events and those of the project are.
fn files(paths: &Paths) -> EventFiles {
    EventFiles {
        project_dir: paths.project_events(),
        private_dir: paths.private_events(),
    }
}

fn problem(error: &EventError) -> FileProblem {
    FileProblem {
        message: error.to_string(),
        is_conflict: matches!(error, EventError::Conflict { .. }),
    }
}

/// Blocking.
fn carry_out(files: &EventFiles, work: FileWork) -> Result<FileAnswer, EventError> {
    let FileWork { function, task } = work;
    Ok(match task {
        FileTask::List => FileAnswer::Listed {
            events: files.list(&function)?,
            project: files.project_dir.is_dir(),
        },
        FileTask::Read(id) => FileAnswer::Read(files.read(&function, &id)?),
        FileTask::Save(event, overwrite) => {
            FileAnswer::Saved(files.save(&function, &event, overwrite)?)
        }
        FileTask::Create {
            name,
            payload,
            settings,
        } => {
            // A project keeps events once somebody made the directory; we do not begin that.
            let origin = if files.project_dir.is_dir() {
                Origin::Project
            } else {
                Origin::Private
            };
            let id = EventId { name, origin };
            FileAnswer::Created(files.create(&function, &id, &payload, &settings)?)
        }
        FileTask::Duplicate(from, name) => {
            let to = EventId {
                name,
                origin: from.origin,
            };
            FileAnswer::Created(files.duplicate(&function, &from, &to)?)
        }
        FileTask::Rename(from, name) => {
            let to = files.rename(&function, &from, &name)?;
            let stored = files.read(&function, &to)?;
            FileAnswer::Renamed { from, stored }
        }
        FileTask::Delete(id) => {
            files.delete(&function, &id)?;
            FileAnswer::Deleted(id)
        }
    })
}
