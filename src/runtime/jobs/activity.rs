//! Reading the activity log, and writing the hand-over.

use std::{io::Write as _, path::Path, sync::Arc};

use super::letters::at_home;
use crate::{
    domain::activity::{Log, markdown},
    runtime::{
        activity::Ask,
        runner::{Shared, blocking},
    },
    settings::create_private_file,
    store::{
        self, Ticket,
        activity::{Action, Work},
    },
};

pub(super) async fn perform(shared: &Arc<Shared>, ticket: Ticket, work: Work) {
    let activity = Arc::clone(&shared.activity);
    let action = match work {
        Work::Read(limit) => {
            let read = blocking(move || {
                let ask = Ask {
                    limit: Some(limit),
                    ..Ask::default()
                };
                activity.read(&ask).map(Arc::new).map_err(|error| {
                    let file = activity.path().map(|path| path.display().to_string());
                    format!("{} cannot be read: {error}", file.unwrap_or_default())
                })
            });
            read.await.map(|answer| Action::Read(ticket, answer))
        }
        Work::HandOver(path, log) => {
            let written = blocking(move || {
                let path = at_home(path);
                hand_over(&path, &log).map(|()| (path, log.writes.len()))
            });
            written
                .await
                .map(|answer| Action::HandedOver(ticket, answer))
        }
    };
    if let Some(action) = action {
        shared.send(store::Action::Activity(action)).await;
    }
}

fn hand_over(path: &Path, log: &Log) -> Result<(), String> {
    let shown = path.display();
    let mut file = create_private_file(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => format!("{shown} exists already: give another name"),
        std::io::ErrorKind::NotFound => {
            format!("{shown} cannot be written: its directory does not exist")
        }
        _ => format!("{shown} cannot be written: {error}"),
    })?;
    let written = file
        .write_all(markdown(log).as_bytes())
        .and_then(|()| file.sync_all());
    written.map_err(|error| {
        // Half a file is taken away again.
        let _ = std::fs::remove_file(path);
        format!("{shown} was not written: {error}")
    })
}
