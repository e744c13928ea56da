//! Carrying out, as a run: the functions one after the other, their steps told as they are made,
//! each stopped before its next step when that is asked for.

use std::{sync::Arc, time::Duration};

use futures::future::join;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{memory, tell};
use crate::{
    domain::draft::record::{Progress, Report},
    ports::Operation,
    runtime::{
        configure::{Cards, Carried, Engine, follow, many},
        gate::Gate,
        runner::Shared,
    },
    store::{
        RunId,
        configure::{Action, Apply, Wish},
        effect::Control,
    },
};

/// Steps are told this often at most.
const TELL_EVERY: Duration = Duration::from_millis(100);

pub(in crate::runtime::jobs) async fn apply(
    shared: &Arc<Shared>,
    id: RunId,
    work: Apply,
    mut inbox: watch::Receiver<Control>,
) {
    let stop = CancellationToken::new();
    let listening = async {
        let is_stop = |control: &Control| *control == Control::Stop;
        if inbox.wait_for(is_stop).await.is_ok() {
            stop.cancel();
        }
        // What was begun comes to its next step; there is no more to ask for.
        std::future::pending::<()>().await;
    };
    let working = async {
        let done = carry_out(shared, id, &work, &stop).await;
        let memory = memory::read(shared, move |files| match done {
            Some((edit, how)) => files
                .close(&edit, &how)
                .map_err(|error| format!("the interrupted edit was not closed: {error}")),
            None => Ok(()),
        });
        tell(shared, Action::Finished(id, memory.await)).await;
    };
    tokio::select! {
        () = working => {}
        () = listening => {}
    }
}

/// Carries out every plan; gives the interrupted edit that this has brought to its end, and how.
async fn carry_out(
    shared: &Arc<Shared>,
    id: RunId,
    work: &Apply,
    stop: &CancellationToken,
) -> Option<(String, String)> {
    let gate = match shared.gate(work.session, Operation::UpdateFunctionConfiguration) {
        Ok(gate) => gate,
        Err(error) => {
            for number in 0..work.plans.len() {
                let why = format!("nothing was sent: {error}");
                tell(shared, Action::Ended(id, number, Err(why))).await;
            }
            return None;
        }
    };
    let cards = cards(&work.wish);
    let mut obstacle: Option<String> = None;
    let mut last = None;
    for (number, plan) in work.plans.iter().enumerate() {
        if stop.is_cancelled() {
            obstacle = Some("stopped before it was begun; nothing was sent".to_owned());
        }
        if let Some(why) = &obstacle {
            tell(shared, Action::Ended(id, number, Err(why.clone()))).await;
            continue;
        }
        let (progress, news) = watch::channel(Progress::default());
        let engine = async {
            let progress = progress;
            let engine = Engine {
                gate: &gate,
                files: &shared.edits,
                clock: &shared.clock,
                account: gate.account(),
                stop,
                progress: &progress,
            };
            engine.carry_out(plan, cards.as_ref()).await
        };
        let (ended, ()) = join(Box::pin(engine), pass_on(shared, id, number, news)).await;
        let (answer, refused) = match ended {
            Ok(Carried { report, refused }) => (Ok(Box::new(report)), refused),
            Err(error) => (Err(with_next_step(&gate, &error)), Some(error.kind)),
        };
        obstacle = refused.and_then(|kind| many::obstacle(kind, plan.base.name()));
        last = answer.as_ref().ok().map(|report| Report::clone(report));
        tell(shared, Action::Ended(id, number, answer)).await;
    }
    closes(&work.wish, last)
}

fn with_next_step(gate: &Gate, error: &crate::ports::ApiError) -> String {
    format!("{error}; {}", error.next_step(gate.profile()))
}

/// The way back from a move restores what its card remembers: the card has the id of its edit.
fn cards(wish: &Wish) -> Option<Cards> {
    match wish {
        Wish::Stop(stop) => Some(Cards::Leaves(stop.clone())),
        Wish::Restore(card) => Some(Cards::Restores(vec![card.id.clone()])),
        Wish::Revert(id) => Some(Cards::Restores(vec![id.clone()])),
        Wish::Edit(_) | Wish::Rest(_) => None,
    }
}

fn closes(wish: &Wish, last: Option<Report>) -> Option<(String, String)> {
    let (edit, what) = match wish {
        Wish::Revert(edit) => (edit, "reverted"),
        Wish::Rest(edit) => (edit, "finished"),
        Wish::Edit(_) | Wish::Stop(_) | Wish::Restore(_) => return None,
    };
    let how = follow::closing(what, &last?)?;
    Some((edit.clone(), how))
}

/// Ends with the engine, which holds the other end.
async fn pass_on(shared: &Shared, id: RunId, number: usize, mut news: watch::Receiver<Progress>) {
    while news.changed().await.is_ok() {
        let progress = news.borrow_and_update().clone();
        tell(shared, Action::Progress(id, number, progress)).await;
        tokio::time::sleep(TELL_EVERY).await;
    }
}
