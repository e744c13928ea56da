//! The runner: owns every task, starts it from an effect, cancels it, and catches its panic.
//!
//! It knows nothing of what the work is: that is in `jobs`, one file for each slice.

use std::{
    collections::HashMap,
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::FutureExt as _;
use jiff::Timestamp;
use tokio::{
    sync::{mpsc, watch},
    task::AbortHandle,
};

use super::{
    access::Access, activity::ActivityLog, clock::Clock, configure::files::StateFiles, gate::Gate,
    jobs, journal::Journals, leases::Looks, tailer::Tailers,
};
use crate::{
    domain::session::SessionId,
    ports::{ApiError, ErrorKind, Operation, Provider},
    settings::Paths,
    store::{
        Action, Effect, Key, RunId, RunWork, Ticket, Work,
        effect::{Control, Terminal},
    },
};

/// How many actions may wait for the loop before the tasks that send them wait too.
pub const ACTIONS: usize = 256;

/// What every job may use.
pub struct Shared {
    /// Opens sessions.
    pub provider: Arc<dyn Provider>,
    /// Time.
    pub clock: Clock,
    /// What sessions may write.
    pub access: Access,
    /// Where the writes are recorded.
    pub activity: Arc<ActivityLog>,
    /// Where files are.
    pub paths: Paths,
    /// The writing side of the log books.
    pub tailers: Tailers,
    /// Which letters are held.
    pub looks: Looks,
    /// The journals of redrives.
    pub journals: Journals,
    /// The records of edits, and the resume cards.
    pub edits: StateFiles,
    gates: Mutex<HashMap<SessionId, Arc<Gate>>>,
    actions: mpsc::Sender<Action>,
}

impl Shared {
    /// Everything but the sessions, which are opened by effects.
    pub fn new(
        provider: Arc<dyn Provider>,
        clock: Clock,
        access: Access,
        activity: ActivityLog,
        paths: Paths,
        actions: mpsc::Sender<Action>,
    ) -> Self {
        Self {
            provider,
            clock,
            access,
            activity: Arc::new(activity),
            journals: Journals::in_dir(paths.journals()),
            edits: StateFiles::under(&paths.state),
            paths,
            tailers: Tailers::default(),
            looks: Looks::default(),
            gates: Mutex::default(),
            actions,
        }
    }

    /// Other journals than those of this user: none, for the demo account.
    #[must_use]
    pub fn with_journals(mut self, journals: Journals) -> Self {
        self.journals = journals;
        self
    }

    /// Other files of edits than those of this user: in memory, for the demo account.
    #[must_use]
    pub fn with_edits(mut self, edits: StateFiles) -> Self {
        self.edits = edits;
        self
    }

    /// The Gate of a session that is open.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`] once it was closed.
    pub fn gate(&self, session: SessionId, operation: Operation) -> Result<Arc<Gate>, ApiError> {
        self.gates().get(&session).cloned().ok_or_else(|| {
            ApiError::new(
                operation,
                ErrorKind::Closed,
                "this session was closed meanwhile",
            )
        })
    }

    /// Keeps the Gate of a session.
    pub fn keep_gate(&self, session: SessionId, gate: Arc<Gate>) {
        self.gates().insert(session, gate);
    }

    /// Sends an action to the loop; waits while the loop is behind. A loop that has ended
    /// needs no more actions.
    pub async fn send(&self, action: Action) {
        let _ = self.actions.send(action).await;
    }

    /// Room for one action, once there is some: what is sent with it is sent at once. `None` when
    /// the loop has ended.
    pub async fn permit(&self) -> Option<mpsc::Permit<'_, Action>> {
        self.actions.reserve().await.ok()
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn gates(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Gate>>> {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One piece of work under way.
struct Task {
    generation: u64,
    abort: AbortHandle,
    is_stream: bool,
}

/// A run under way: its inbox, and its task, which nobody aborts.
struct Run {
    control: watch::Sender<Control>,
    task: AbortHandle,
}

/// Starts and ends tasks.
pub struct Runner {
    shared: Arc<Shared>,
    tasks: HashMap<Key, Task>,
    runs: HashMap<RunId, Run>,
}

impl Runner {
    /// A runner without work.
    pub fn new(shared: Shared) -> Self {
        Self {
            shared: Arc::new(shared),
            tasks: HashMap::new(),
            runs: HashMap::new(),
        }
    }

    /// Performs an effect. Returns at once; hands back what only the owner of the terminal can
    /// do.
    pub fn perform(&mut self, effect: Effect) -> Option<Terminal> {
        match effect {
            Effect::Query(ticket, work) => self.start(ticket, work, false),
            Effect::Stream(ticket, work) => self.start(ticket, work, true),
            Effect::Run(id, _, work) => self.run(id, work),
            Effect::Control(id, control) => {
                if let Some(run) = self.runs.get(&id) {
                    run.control.send_replace(control);
                }
            }
            Effect::Cancel(key) => self.cancel(&key),
            Effect::Close(session) => self.close(session),
            Effect::Terminal(terminal) => return Some(terminal),
        }
        None
    }

    /// Queries that have not answered yet; a test waits until there are none.
    pub fn queries_under_way(&self) -> usize {
        self.tasks
            .values()
            .filter(|task| !task.is_stream && !task.abort.is_finished())
            .count()
    }

    /// Runs that have not ended yet.
    pub fn runs_under_way(&self) -> usize {
        self.runs
            .values()
            .filter(|run| !run.task.is_finished())
            .count()
    }

    /// Gives back every letter that is still held: the last thing before the program ends.
    pub async fn give_letters_back(&self) {
        self.shared.looks.give_everything_back().await;
    }

    /// Asks every run to stop before its next step.
    pub fn stop_runs(&self) {
        for run in self.runs.values() {
            run.control.send_replace(Control::Stop);
        }
    }

    fn start(&mut self, ticket: Ticket, work: Work, is_stream: bool) {
        self.cancel(&ticket.key);
        if self.tasks.len() > 256 {
            self.tasks.retain(|_, task| !task.abort.is_finished());
        }
        let (key, generation) = (ticket.key.clone(), ticket.generation);
        let job = jobs::query(Arc::clone(&self.shared), ticket, work);
        let abort = spawn(Arc::clone(&self.shared), job);
        self.tasks.insert(
            key,
            Task {
                generation,
                abort,
                is_stream,
            },
        );
    }

    fn run(&mut self, id: RunId, work: RunWork) {
        self.runs.retain(|_, run| !run.task.is_finished());
        let (control, inbox) = watch::channel(Control::Resume);
        let job = jobs::run(Arc::clone(&self.shared), id, work, inbox);
        let task = spawn(Arc::clone(&self.shared), job);
        self.runs.insert(id, Run { control, task });
    }

    fn cancel(&mut self, key: &Key) {
        if let Some(task) = self.tasks.remove(key) {
            tracing::trace!(name = key.name, generation = task.generation, "cancelled");
            task.abort.abort();
        }
    }

    /// Ends a session's queries and streams. Its runs go on: each holds its own Gate.
    fn close(&mut self, session: SessionId) {
        self.tasks.retain(|key, task| {
            let ends = key.session == Some(session);
            if ends {
                task.abort.abort();
            }
            !ends
        });
        self.shared.gates().remove(&session);
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        for task in self.tasks.values() {
            task.abort.abort();
        }
    }
}

/// Spawns a task whose panic becomes a fatal action instead of vanishing.
#[expect(
    clippy::disallowed_methods,
    reason = "the runner is the one owner of tasks"
)]
fn spawn(shared: Arc<Shared>, job: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
    tokio::spawn(async move {
        if let Err(panic) = AssertUnwindSafe(job).catch_unwind().await {
            let what = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "a task panicked".to_owned());
            shared.send(Action::Fatal(what)).await;
        }
    })
    .abort_handle()
}

/// Starts blocking work (files) beside the loop; whoever needs its end is told by the work itself.
#[expect(
    clippy::disallowed_methods,
    reason = "the runner is the one owner of tasks"
)]
pub(crate) fn beside(work: impl FnOnce() + Send + 'static) {
    drop(tokio::task::spawn_blocking(work));
}

/// Does blocking work (files) beside the loop; `None` when the program ends before it is done.
///
/// # Panics
/// With the panic of the work, so that the runner reports it as it does its own.
#[expect(
    clippy::disallowed_methods,
    reason = "the runner is the one owner of tasks"
)]
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Some(done),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => None,
    }
}
