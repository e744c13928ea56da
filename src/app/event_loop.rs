//! The event loop: input first, then a frame that is due, then actions; draws only on change.

use std::{io, time::Duration};

use crossterm::event::{Event, EventStream};
use futures::{StreamExt as _, future::BoxFuture};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    App, Exit,
    external::Edit,
    frame::FrameLimiter,
    scratch::Places,
    terminal::{self, Screen},
};
use crate::{
    domain::secret::Secret,
    runtime::{clock::Clock, runner::Runner},
    store::{Action, Ticket, effect::Terminal, toast::Tone},
};

/// How long quitting waits for runs to reach their next safe step.
const LAST_STEP: Duration = Duration::from_secs(5);
/// How long after a child's end an interrupt is still taken for the child's: both go to the whole
/// foreground group, and the news of the end can overtake the signal.
const LATE_INTERRUPT: Duration = Duration::from_millis(500);
/// How long letters that are still held are given back, even when runs took all their time.
const GIVE_BACK: Duration = Duration::from_millis(500);
/// The terminal was closed.
const HANG_UP: i32 = rustix::process::Signal::HUP.as_raw();
/// Actions taken in one turn before the screen gets its chance.
const BATCH: usize = 64;

/// What the loop needs besides the application.
pub struct Outside {
    /// Performs effects.
    pub runner: Runner,
    /// Answers of the runner's tasks.
    pub actions: mpsc::Receiver<Action>,
    /// Time.
    pub clock: Clock,
    /// The editor's command line.
    pub editor: String,
    /// Where the texts of the editor stand while they are edited.
    pub scratch: Places,
    /// Leave after the first frame (a benchmark of the start).
    pub exit_after_first_frame: bool,
}

/// A child that owns the terminal.
type Child = BoxFuture<'static, (Ticket, Result<Secret<String>, String>)>;

/// Runs the console until it ends.
///
/// # Errors
/// When the terminal fails: then there is nobody to talk to.
pub async fn run(app: &mut App, screen: &mut Screen, outside: Outside) -> io::Result<Exit> {
    EventLoop::new(app, screen, outside)?.run().await
}

struct EventLoop<'a> {
    app: &'a mut App,
    screen: &'a mut Screen,
    outside: Outside,
    limiter: FrameLimiter,
    started: Instant,
    /// Dropped while a child owns the terminal: it would steal the child's keys
    /// (crossterm#837).
    input: Option<EventStream>,
    child: Option<Child>,
    child_ended: Option<Instant>,
    signals: Signals,
}

impl<'a> EventLoop<'a> {
    fn new(app: &'a mut App, screen: &'a mut Screen, outside: Outside) -> io::Result<Self> {
        let (width, height) = screen.canvas().size();
        app.resize(width, height);
        Ok(Self {
            app,
            screen,
            outside,
            limiter: FrameLimiter::default(),
            started: now(),
            input: None,
            child: None,
            child_ended: None,
            signals: Signals::new()?,
        })
    }

    async fn run(mut self) -> io::Result<Exit> {
        self.draw()?;
        if self.outside.exit_after_first_frame {
            return Ok(Exit::Quit);
        }
        self.input = Some(EventStream::new());
        self.perform_effects()?;
        loop {
            if let Some(exit) = self.app.exit().cloned() {
                self.finish_runs(&exit).await;
                return Ok(exit);
            }
            let turned = match self.turn().await {
                Ok(()) => self.perform_effects(),
                failed => failed,
            };
            match turned {
                Err(error) if is_gone(&error) => self.app.leave(Exit::Signal(HANG_UP)),
                turned => turned?,
            }
        }
    }

    async fn turn(&mut self) -> io::Result<()> {
        let draws = self.app.is_dirty() && self.child.is_none();
        let frame = now() + self.limiter.wait(self.started.elapsed());
        let wake = self.next_wake();
        // Biased: a key is never behind a flood of actions, and a frame that is due is never
        // behind it either.
        tokio::select! {
            biased;
            number = self.signals.next() => self.on_signal(number)?,
            answer = child(&mut self.child) => self.child_ended(answer)?,
            event = input(&mut self.input) => match event {
                Some(Ok(event)) => self.on_event(event),
                Some(Err(error)) => return Err(error),
                None => self.app.leave(Exit::Signal(HANG_UP)),
            },
            () = sleep_until(frame), if draws => self.draw()?,
            action = self.outside.actions.recv() => {
                if let Some(action) = action {
                    self.app.tick();
                    self.app.apply(action);
                    self.drain();
                }
            }
            () = sleep_until(wake.unwrap_or(frame)), if wake.is_some() => self.app.tick(),
        }
        Ok(())
    }

    fn on_event(&mut self, event: Event) {
        if let Event::Resize(width, height) = event {
            self.screen.canvas().resize(width, height);
        }
        self.app.set_runs(self.outside.runner.runs_under_way());
        self.app.on_event(event);
    }

    fn drain(&mut self) {
        for _ in 0..BATCH {
            match self.outside.actions.try_recv() {
                Ok(action) => self.app.apply(action),
                Err(_) => return,
            }
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        // A panic in a task has given the terminal back already; its action is on the way.
        if !terminal::is_ours() {
            return Ok(());
        }
        self.app.settle();
        self.screen.canvas().draw(|buf| self.app.draw(buf))?;
        self.limiter.drawn(self.started.elapsed());
        Ok(())
    }

    fn next_wake(&self) -> Option<Instant> {
        let wake = self.app.next_wake()?;
        let left = wake.duration_since(self.outside.clock.now());
        Some(now() + Duration::try_from(left).unwrap_or(Duration::ZERO))
    }

    fn perform_effects(&mut self) -> io::Result<()> {
        for effect in self.app.take_effects() {
            if let Some(terminal) = self.outside.runner.perform(effect) {
                self.perform_terminal(terminal)?;
            }
        }
        Ok(())
    }

    fn perform_terminal(&mut self, terminal: Terminal) -> io::Result<()> {
        match terminal {
            Terminal::Copy(text) => {
                self.screen.canvas().copy(text.reveal())?;
                self.app.toast(Tone::Ok, "copied");
            }
            Terminal::Edit { ticket, name, text } => {
                let prepared =
                    Edit::prepare(&self.outside.scratch, &name, &text, &self.outside.editor);
                match prepared {
                    Ok(edit) => {
                        self.input = None;
                        self.screen.lend();
                        self.child = Some(Box::pin(async move { (ticket, edit.run().await) }));
                    }
                    Err(error) => self
                        .app
                        .apply(Action::Edited(ticket, Err(error.to_string()))),
                }
            }
            Terminal::Suspend => self.suspend()?,
        }
        Ok(())
    }

    fn child_ended(
        &mut self,
        (ticket, answer): (Ticket, Result<Secret<String>, String>),
    ) -> io::Result<()> {
        self.child = None;
        self.child_ended = Some(now());
        self.take_terminal_back()?;
        self.app.apply(Action::Edited(ticket, answer));
        Ok(())
    }

    /// Stops this process as the shell expects from `Ctrl-z`; goes on when it is continued.
    fn suspend(&mut self) -> io::Result<()> {
        self.input = None;
        self.screen.lend();
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        self.take_terminal_back()
    }

    fn take_terminal_back(&mut self) -> io::Result<()> {
        let (width, height) = self.screen.retake()?;
        self.app.resize(width, height);
        self.input = Some(EventStream::new());
        self.app.tick();
        Ok(())
    }

    fn on_signal(&mut self, number: i32) -> io::Result<()> {
        let interrupt = SignalKind::interrupt().as_raw_value();
        let is_late = |ended: Instant| now() < ended + LATE_INTERRUPT;
        let is_childs = self.child.is_some() || self.child_ended.is_some_and(is_late);
        if number == interrupt && is_childs {
            // Ctrl-c typed in the child goes to the whole foreground group; it is the child's.
        } else if number == rustix::process::Signal::CONT.as_raw() {
            // Stopped by somebody else's SIGSTOP, the terminal may have been changed meanwhile.
            if self.child.is_none() {
                let (width, height) = self.screen.retake()?;
                self.app.resize(width, height);
            }
        } else {
            self.app.leave(Exit::Signal(number));
        }
        Ok(())
    }

    /// Runs stop at their next safe step; their last actions are applied, so that nothing they
    /// report is lost. What a run that broke still holds is given back for it.
    async fn finish_runs(&mut self, exit: &Exit) {
        self.outside.runner.stop_runs();
        let deadline = now() + LAST_STEP;
        if !matches!(exit, Exit::Broken(_)) {
            self.wait_for_runs(deadline).await;
        }
        let given_back = self.outside.runner.give_letters_back();
        let _ = tokio::time::timeout_at(deadline.max(now() + GIVE_BACK), given_back).await;
    }

    async fn wait_for_runs(&mut self, deadline: Instant) {
        while self.outside.runner.runs_under_way() > 0 {
            tokio::select! {
                action = self.outside.actions.recv() => match action {
                    Some(action) => self.app.apply(action),
                    None => return,
                },
                () = tokio::time::sleep(Duration::from_millis(20)) => {}
                () = sleep_until(deadline) => return,
            }
        }
    }
}

/// Monotonic time, for frames and waits; what the store sees comes from the [`Clock`].
#[expect(
    clippy::disallowed_methods,
    reason = "frames are spaced by monotonic time"
)]
fn now() -> Instant {
    Instant::now()
}

/// Whether the terminal is no longer there: a hang-up whose signal may only come a moment later.
fn is_gone(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let gone = [Errno::IO, Errno::NXIO, Errno::NOTTY];
    error
        .raw_os_error()
        .is_some_and(|code| gone.iter().any(|errno| errno.raw_os_error() == code))
}

async fn input(stream: &mut Option<EventStream>) -> Option<io::Result<Event>> {
    match stream {
        Some(stream) => stream.next().await,
        None => std::future::pending().await,
    }
}

async fn child(child: &mut Option<Child>) -> (Ticket, Result<Secret<String>, String>) {
    match child {
        Some(child) => child.await,
        None => std::future::pending().await,
    }
}

/// The signals that end the program, and the one that continues it.
struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    resume: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            resume: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate().as_raw_value(),
            _ = self.hang_up.recv() => SignalKind::hangup().as_raw_value(),
            _ = self.interrupt.recv() => SignalKind::interrupt().as_raw_value(),
            _ = self.resume.recv() => rustix::process::Signal::CONT.as_raw(),
        }
    }
}
