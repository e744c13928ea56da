//! Crash points: a counter of steps, and the step at which the process dies.

use std::sync::Mutex;

use tokio::sync::Notify;

use super::locked;

/// The steps of a world.
#[derive(Debug)]
pub(super) struct Steps {
    state: Mutex<State>,
    crash: Notify,
}

#[derive(Debug, Clone, Copy)]
struct State {
    made: u64,
    /// The step that never returns.
    last: Option<u64>,
}

impl State {
    fn is_dead(self) -> bool {
        self.last.is_some_and(|last| self.made >= last)
    }
}

impl Steps {
    pub fn new(crash_at: Option<u64>) -> Self {
        Self {
            state: Mutex::new(State {
                made: 0,
                last: crash_at,
            }),
            crash: Notify::new(),
        }
    }

    /// Dies at this step from now; 0 is at once.
    pub fn crash_at(&self, steps: Option<u64>) {
        let mut state = locked(&self.state);
        state.last = steps.map(|steps| state.made + steps);
        if state.is_dead() {
            self.crash.notify_waiters();
        }
    }

    pub fn made(&self) -> u64 {
        locked(&self.state).made
    }

    pub async fn step(&self) {
        let dead = {
            let mut state = locked(&self.state);
            if !state.is_dead() {
                state.made += 1;
            }
            state.is_dead()
        };
        if dead {
            self.crash.notify_waiters();
            std::future::pending::<()>().await;
        }
    }

    pub async fn crashed(&self) {
        loop {
            let crash = self.crash.notified();
            if locked(&self.state).is_dead() {
                return;
            }
            crash.await;
        }
    }
}
