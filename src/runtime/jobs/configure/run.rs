//! Carrying out a change, as a run: reports each step, and stops before the next one when asked.

use std::{sync::Arc, time::Duration};

use futures::future::join;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{memory, tell};
use crate::{
    domain::draft::record::Progress,
    ports::Operation,
    runtime::{
        configure::{CarryOut, PlanEnd},
        runner::Shared,
    },
    store::{
        RunId,
        configure::{Action, Apply},
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
        // The step that was begun is finished.
        std::future::pending::<()>().await;
    };
    let working = async {
        let done = carry_out(shared, id, &work, &stop).await;
        let memory = memory::read(shared, move |_| done).await;
        tell(shared, Action::Finished(id, memory)).await;
    };
    tokio::select! {
        () = working => {}
        () = listening => {}
    }
}

/// Carries out every plan.
async fn carry_out(
    shared: &Arc<Shared>,
    id: RunId,
    work: &Apply,
    stop: &CancellationToken,
) -> Result<(), String> {
    let gate = match shared.gate(work.session, Operation::UpdateFunctionConfiguration) {
        Ok(gate) => gate,
        Err(error) => {
            for number in 0..work.plans.len() {
                let why = format!("nothing was sent: {error}");
                tell(shared, Action::Ended(id, number, Err(why))).await;
            }
            return Ok(());
        }
    };
    let mut all = CarryOut::new(&gate, &shared.edits, &shared.clock, stop, &work.change);
    for (number, plan) in work.plans.iter().enumerate() {
        let (progress, news) = watch::channel(Progress::default());
        let passing_on = pass_on(shared, id, number, news);
        let (end, ()) = join(all.next(plan, progress), passing_on).await;
        let end = match end {
            PlanEnd::Begun(report) => Ok(report),
            PlanEnd::Failed(error) => Err(format!("{error}; {}", error.next_step(gate.profile()))),
            PlanEnd::NotBegun(why) => Err(why),
        };
        tell(shared, Action::Ended(id, number, end)).await;
    }
    all.close().await
}

/// Reports progress until the sender is dropped.
async fn pass_on(shared: &Shared, id: RunId, number: usize, mut news: watch::Receiver<Progress>) {
    while news.changed().await.is_ok() {
        let progress = news.borrow_and_update().clone();
        tell(shared, Action::Progress(id, number, progress)).await;
        tokio::time::sleep(TELL_EVERY).await;
    }
}
