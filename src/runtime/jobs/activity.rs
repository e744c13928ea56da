//! Reading the activity log, and writing the hand-over.

use std::sync::Arc;

use crate::{
    domain::activity::markdown,
    runtime::{
        activity::Ask,
        runner::{Shared, blocking},
        save,
    },
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
                save::new_file(path, |out| {
                    out.write_all(markdown(&log).as_bytes())?;
                    Ok(log.writes.len())
                })
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
