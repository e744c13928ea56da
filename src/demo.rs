//! The embedded demo account: a small shop's serverless estate behind the same ports as AWS.
//!
//! Deterministic: the background traffic is a pure function of the seed and the time, so there is
//! no task to run and any window of the past can be asked for. What an invoke by hand does, and
//! the queues, are kept in the account, which lives as long as its [`Provider`]; what happens in
//! the queues by themselves is caught up with when one looks at them. There is no process-wide
//! state.
//!
//! The queues are the simulator of SQS semantics that the tests use: [`Session::put`],
//! [`Session::contents`] and [`Session::create_queue`] reach them without a call,
//! [`Faults`] makes calls, entries and deliveries go wrong, and [`Provider::crashed`] tells when
//! a crash point was reached.
//!
//! Time is the caller's: it comes in through [`Options::clock`]. Log events appear when that clock
//! has passed their ingestion, so a test moves the clock to see them. tokio's time is used only to
//! wait (latencies, the duration of an invoke), so a paused clock works.

mod account;
mod catalogue;
mod dice;
mod edits;
mod faults;
mod filter;
mod function;
mod generated;
mod hostile;
mod invoke;
mod logs;
mod place;
mod queues;
mod recipe;
mod render;
mod schedule;
mod script;
mod session;
mod sqs;
mod steps;
mod work;

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;

use self::{
    account::Account,
    dice::{Dice, label},
    place::Place,
    steps::Steps,
};
use crate::{
    domain::session::Target,
    ports::{self, Operation, Result},
};

pub use faults::Faults;
pub use session::Session;
pub use sqs::{State, Stored};

/// The account number of the default profile.
pub const ACCOUNT: &str = "000000000000";

/// The region when the target names none.
pub const REGION: &str = "eu-west-1";

/// The region, seed and size of a demo account, and the time it lives in.
#[derive(Clone)]
pub struct Options {
    /// The same seed makes the same account.
    pub seed: u64,
    /// How many functions it has. The first fourteen are named and have a story, the rest are
    /// generated and quiet; fewer leave out the last of the named ones, none is an empty account.
    pub functions: usize,
    /// What time it is.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// How long every call takes; `None` is a few milliseconds, different from call to call.
    pub latency: Option<Duration>,
    /// What goes wrong from the start.
    pub faults: Faults,
}

impl Options {
    /// The account that `lambdeck demo` opens, at the time of a clock.
    pub fn new(clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        Self {
            seed: 1,
            functions: catalogue::NAMED,
            clock,
            latency: None,
            faults: Faults::default(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("seed", &self.seed)
            .field("functions", &self.functions)
            .field("latency", &self.latency)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// Opens sessions on demo accounts. Sessions that it opens for the same profile and region see the
/// same account, so opening anew keeps what was invoked.
#[derive(Debug, Clone)]
pub struct Provider {
    world: Arc<World>,
}

/// What all sessions of a provider share.
#[derive(Debug)]
struct World {
    options: Options,
    born_ms: i64,
    faults: Mutex<Faults>,
    /// How many calls there had been when the faults were injected.
    injected_at: AtomicU32,
    steps: Steps,
    calls: Mutex<BTreeMap<Operation, u32>>,
    accounts: Mutex<BTreeMap<(String, String), Arc<Account>>>,
}

impl Provider {
    /// A world whose ages count from the clock's present time.
    pub fn new(options: Options) -> Self {
        Self {
            world: Arc::new(World {
                born_ms: (options.clock)().as_millisecond(),
                faults: Mutex::new(options.faults.clone()),
                injected_at: AtomicU32::new(0),
                steps: Steps::new(options.faults.crash_at),
                calls: Mutex::default(),
                accounts: Mutex::default(),
                options,
            }),
        }
    }

    /// Changes what goes wrong, in open sessions too.
    pub fn inject(&self, faults: Faults) {
        let calls = locked(&self.world.calls).values().sum();
        self.world.injected_at.store(calls, Ordering::SeqCst);
        self.world.steps.crash_at(faults.crash_at);
        *locked(&self.world.faults) = faults;
    }

    /// Counts a step, which never returns at a crash point ([`Faults::crash_at`]) or after it.
    /// Every call of a port makes two: before its effect, and between its effect and its answer.
    /// What else must survive a crash (a journal) counts its own steps here.
    pub async fn step(&self) {
        self.world.steps.step().await;
    }

    /// How many steps were made so far.
    pub fn steps(&self) -> u64 {
        self.world.steps.made()
    }

    /// Returns when a crash point was reached. Race it against what shall crash, drop that, and
    /// inject other faults: what still waits in a step never returns.
    pub async fn crashed(&self) {
        self.world.steps.crashed().await;
    }

    /// How often an operation was called so far, failed calls included.
    pub fn calls(&self, operation: Operation) -> u32 {
        locked(&self.world.calls)
            .get(&operation)
            .copied()
            .unwrap_or(0)
    }

    /// The profiles without a name, `default` and `demo` are account 000000000000; any other name
    /// is an account of its own. The region is the target's, else eu-west-1.
    ///
    /// # Errors
    /// When the account is set to refuse it ([`Faults::open`]).
    pub fn session(&self, target: &Target) -> Result<Session> {
        if let Some(kind) = locked(&self.world.faults).open {
            return Err(faults::failure(Operation::GetCallerIdentity, kind));
        }
        Ok(Session::new(
            Arc::clone(&self.world),
            self.world.account(target),
        ))
    }
}

#[async_trait]
impl ports::Provider for Provider {
    fn profiles(&self) -> Vec<Target> {
        ["demo", "staging"]
            .map(|name| Target {
                profile: Some(name.to_owned()),
                region: Some(REGION.to_owned()),
                endpoint: None,
            })
            .into()
    }

    fn credential_source(&self, target: &Target) -> String {
        format!(
            "demo:{}:{}",
            target.profile_name(),
            self.world.options.functions
        )
    }

    async fn open(&self, target: &Target) -> Result<Box<dyn ports::Session>> {
        Ok(Box::new(self.session(target)?))
    }
}

impl World {
    fn now_ms(&self) -> i64 {
        (self.options.clock)().as_millisecond()
    }

    fn account(&self, target: &Target) -> Arc<Account> {
        let region = target.region.as_deref().unwrap_or(REGION);
        let number = match target.profile.as_deref() {
            None | Some("default" | "demo") => ACCOUNT.to_owned(),
            Some(profile) => {
                let number =
                    Dice::new(&[label(profile)]).between(100_000_000_000, 1_000_000_000_000);
                number.to_string()
            }
        };
        let seed = if number == ACCOUNT && region == REGION {
            self.options.seed
        } else {
            dice::mix(&[self.options.seed, label(&number), label(region)])
        };
        let mut accounts = locked(&self.accounts);
        let account = accounts
            .entry((number.clone(), region.to_owned()))
            .or_insert_with(|| {
                let place = Place {
                    seed,
                    account: number,
                    region: region.to_owned(),
                    born_ms: self.born_ms,
                };
                Arc::new(Account::new(place, self.options.functions))
            });
        Arc::clone(account)
    }

    /// Counts a call; gives its number among all calls.
    fn count(&self, operation: Operation) -> u32 {
        let mut calls = locked(&self.calls);
        *calls.entry(operation).or_default() += 1;
        calls.values().sum()
    }

    fn latency(&self, operation: Operation, call: u32) -> Duration {
        self.options.latency.unwrap_or_else(|| {
            let mut dice = Dice::new(&[
                self.options.seed,
                label(operation.spec().name),
                u64::from(call),
            ]);
            Duration::from_millis(dice.between(6, 30))
        })
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
