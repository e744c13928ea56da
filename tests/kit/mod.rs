//! What the tests of the console share: the [`Kit`], which drives the application on the demo
//! account under a paused clock, and pictures of what it draws.
//!
//! A test presses keys and waits for a state or for quiet, never for time: the clock stands
//! still while anything is left to do and jumps to the next timer when nothing is.

// Each test crate uses a part of it.
#![allow(dead_code)]

pub mod picture;

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use jiff::{SignedDuration, Timestamp};
use lambdeck::{
    app::{App, Exit},
    command::{CommandSpec, Context},
    demo::{self, Faults},
    domain::session::Target,
    keymap::Keymap,
    ports::Operation,
    runtime::{
        access::Access,
        activity::ActivityLog,
        clock::Clock,
        configure::files::StateFiles,
        journal::Journals,
        runner::{ACTIONS, Runner, Shared},
    },
    settings::Paths,
    store::{Action, Setup, Store, effect::Terminal, functions, ui},
    theme::{Depth, Theme},
    ui::screen,
};
use ratatui::{buffer::Buffer, layout::Rect};
use tokio::sync::mpsc;

/// When every test begins: a fixed moment, so that ages and pictures do not change.
pub const START: &str = "2026-03-14T09:26:53Z";

/// Turns of the loop before waiting for a state is given up.
const TURNS: usize = 3_000;
/// Longer than any timer of the console but the write lock's.
const LONGEST_WAIT: Duration = Duration::from_mins(10);
/// A silence that no answer of the demo account outlasts (its latencies are a few
/// milliseconds; a viewport stands still for 150).
const QUIET: Duration = Duration::from_millis(500);

/// What a test starts from.
pub struct Stage {
    /// Columns and rows.
    pub size: (u16, u16),
    /// Functions of the demo account.
    pub functions: Option<usize>,
    /// How long a call takes.
    pub latency: Option<Duration>,
    /// What goes wrong from the start.
    pub faults: Faults,
    /// The profile; another one is another account.
    pub profile: &'static str,
    /// What sessions may write.
    pub access: Access,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// The theme.
    pub theme: &'static str,
    /// The list that an earlier run kept.
    pub kept: Option<functions::Action>,
    /// How often lists are read again.
    pub refresh_every: SignedDuration,
    /// The activity log is a file, as for a real account.
    pub keeps_activity: bool,
    /// Journals of redrives and records of edits are files, as for a real account; else they are
    /// kept as `lambdeck demo` keeps them: no journal, the records in memory.
    pub keeps_files: bool,
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            size: (120, 40),
            functions: None,
            latency: None,
            faults: Faults::default(),
            profile: "demo",
            access: Access::default(),
            depth: Depth::Rgb,
            theme: "dark",
            kept: None,
            refresh_every: SignedDuration::from_mins(1),
            keeps_activity: false,
            keeps_files: true,
        }
    }
}

/// The console without a terminal: application, runner and demo account under a paused clock.
pub struct Kit {
    app: App,
    runner: Runner,
    actions: mpsc::Receiver<Action>,
    clock: Clock,
    buffer: Buffer,
    /// The demo account: inject faults, count calls.
    pub provider: demo::Provider,
    /// What the terminal was asked to do, oldest first.
    pub terminal: Vec<Terminal>,
    /// The directories of this console.
    pub paths: Paths,
    /// Effects that were performed.
    pub performed: usize,
    theme: Theme,
    _root: tempfile::TempDir,
}

impl Kit {
    /// The demo account on a screen of this size, before anything was answered.
    pub async fn new(width: u16, height: u16) -> Self {
        Self::on(Stage {
            size: (width, height),
            ..Stage::default()
        })
        .await
    }

    /// The console as its stage says.
    ///
    /// # Panics
    /// When the test is not `#[tokio::test(start_paused = true)]`.
    #[expect(clippy::unused_async, reason = "it must be called inside the runtime")]
    pub async fn on(stage: Stage) -> Self {
        assert_paused();
        let root = tempfile::tempdir().expect("temporary directory");
        let paths = Paths::under(root.path());
        let clock = Clock::following_tokio(START.parse().expect("a moment"));
        let mut options = demo::Options::new(clock.as_fn());
        options.functions = stage.functions.unwrap_or(options.functions);
        options.latency = stage.latency;
        options.faults = stage.faults;
        let provider = demo::Provider::new(options);
        let (sender, actions) = mpsc::channel(ACTIONS);
        let target = Target {
            profile: Some(stage.profile.to_owned()),
            region: Some(demo::REGION.to_owned()),
            endpoint: None,
        };
        let setup = Setup {
            since: jiff::SignedDuration::from_mins(15),
            log_budget: 64 << 20,
            write: stage
                .access
                .write_state(target.profile.as_deref(), None, clock.now()),
            target,
            tab: screen::tabs().next().map_or(ui::FUNCTIONS, |tab| tab.id),
            refresh_every: stage.refresh_every,
            now: clock.now(),
        };
        let shared = Shared::new(
            Arc::new(provider.clone()),
            clock.clone(),
            stage.access,
            if stage.keeps_activity {
                ActivityLog::in_file(paths.activity_file())
            } else {
                ActivityLog::nowhere()
            },
            paths.clone(),
            sender,
        );
        let shared = if stage.keeps_files {
            shared
        } else {
            shared
                .with_journals(Journals::nowhere())
                .with_edits(StateFiles::in_memory())
        };
        let theme = Theme::builtin(stage.theme, stage.depth);
        let mut app = App::new(setup, Keymap::default(), theme.clone(), clock.clone());
        if let Some(kept) = stage.kept {
            app.apply(Action::Functions(kept));
        }
        let (width, height) = stage.size;
        app.resize(width, height);
        let mut kit = Self {
            app,
            runner: Runner::new(shared),
            actions,
            clock,
            buffer: Buffer::default(),
            provider,
            terminal: Vec::new(),
            performed: 0,
            paths,
            theme,
            _root: root,
        };
        // As the event loop: the first frame comes before the first effect.
        kit.draw();
        kit.perform_effects();
        kit
    }

    /// The keys that the footer offers, with their commands.
    pub fn offered(&self) -> Vec<(String, &'static str)> {
        self.app.offered()
    }

    /// The contexts of what gets the keys, innermost first.
    pub fn path(&self) -> Vec<Context> {
        self.app.path()
    }

    /// Runs a command, whatever key it has.
    pub async fn run(&mut self, spec: &'static CommandSpec) -> &mut Self {
        self.app.set_runs(self.runner.runs_under_way());
        self.app.run(spec);
        self.flush();
        tokio::task::yield_now().await;
        self.drain();
        self
    }

    /// The timeouts of functions may not be read: a canary is not invoked synchronously, and takes
    /// minutes.
    pub fn hide_timeouts(&self) {
        self.provider.inject(Faults {
            deny: vec![Operation::GetFunctionConfiguration],
            ..Faults::default()
        });
    }

    /// The shared state.
    pub const fn store(&self) -> &Store {
        self.app.store()
    }

    /// How it ended, once it did.
    pub const fn exit(&self) -> Option<&Exit> {
        self.app.exit()
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Presses keys: characters stand for themselves, a space only separates, and everything
    /// else stands in angle brackets as in a keymap (`/pay<enter> j <ctrl-d> <space>`).
    /// What has already been answered is taken after each key; time stands still.
    pub async fn keys(&mut self, keys: &str) -> &mut Self {
        for key in parse_keys(keys) {
            self.event(Event::Key(key)).await;
        }
        self
    }

    /// Gives all the keys before the next frame, as a fast hand or a paste does.
    pub async fn burst(&mut self, keys: &str) -> &mut Self {
        for key in parse_keys(keys) {
            self.app.on_event(Event::Key(key));
        }
        self.flush();
        tokio::task::yield_now().await;
        self.drain();
        self
    }

    /// Types text as it is, spaces included.
    pub async fn types(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            let key = KeyEvent::from(crossterm::event::KeyCode::Char(character));
            self.event(Event::Key(key)).await;
        }
        self
    }

    /// Gives the application an event of the terminal.
    pub async fn event(&mut self, event: Event) -> &mut Self {
        self.app.set_runs(self.runner.runs_under_way());
        self.app.on_event(event);
        self.flush();
        tokio::task::yield_now().await;
        self.drain();
        self
    }

    /// Presses the left button on a cell.
    pub async fn click(&mut self, column: u16, row: u16) -> &mut Self {
        self.mouse(MouseEventKind::Down(MouseButton::Left), column, row)
            .await
    }

    /// An event of the mouse on a cell.
    pub async fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) -> &mut Self {
        self.event(Event::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers: crossterm::event::KeyModifiers::NONE,
        }))
        .await
    }

    /// Changes the store as an answer would.
    pub fn act(&mut self, action: Action) -> &mut Self {
        self.app.tick();
        self.app.apply(action);
        self.flush();
        self
    }

    /// Lets the world go on until the store has this state.
    ///
    /// # Panics
    /// With the screen, when the state does not come.
    #[track_caller]
    pub fn until<'a>(
        &'a mut self,
        state: impl Fn(&Store) -> bool + 'a,
    ) -> impl Future<Output = &'a mut Self> {
        let caller = std::panic::Location::caller();
        async move {
            for _ in 0..TURNS {
                if state(self.store()) {
                    return self;
                }
                if !self.turn(LONGEST_WAIT).await {
                    break;
                }
            }
            panic!("{caller}: this state did not come:\n{}", self.screen());
        }
    }

    /// Lets the world go on until the screen shows this text.
    ///
    /// # Panics
    /// With the screen, when the text does not come.
    #[track_caller]
    pub fn until_shown<'a>(&'a mut self, text: &'a str) -> impl Future<Output = &'a mut Self> {
        let caller = std::panic::Location::caller();
        async move {
            for _ in 0..TURNS {
                if self.screen().contains(text) {
                    return self;
                }
                if !self.turn(LONGEST_WAIT).await {
                    break;
                }
            }
            panic!("{caller}: {text:?} was not shown:\n{}", self.screen());
        }
    }

    /// Lets the world go on until it is quiet: no query and no run is under way, and nothing
    /// comes for longer than an answer takes. A stream that follows something may stay open.
    ///
    /// # Panics
    /// With the screen, when it does not become quiet.
    #[track_caller]
    pub fn settled(&mut self) -> impl Future<Output = &mut Self> {
        let caller = std::panic::Location::caller();
        async move {
            for _ in 0..TURNS {
                let came = self.turn(QUIET).await;
                let busy = self.runner.queries_under_way() > 0 || self.runner.runs_under_way() > 0;
                if !(came || busy) || self.exit().is_some() {
                    return self;
                }
            }
            panic!("{caller}: it does not become quiet:\n{}", self.screen());
        }
    }

    /// Lets this much time pass, taking what comes meanwhile as the event loop does.
    pub async fn pass(&mut self, time: Duration) -> &mut Self {
        let end = self.now() + SignedDuration::try_from(time).expect("a short time");
        loop {
            let left = end.duration_since(self.now());
            let Some(left) = Duration::try_from(left).ok().filter(|left| !left.is_zero()) else {
                break;
            };
            self.turn(left).await;
        }
        self.app.tick();
        self.flush();
        self
    }

    /// One turn of the event loop, waiting at most this long; says whether an answer came or
    /// the store woke up.
    async fn turn(&mut self, at_most: Duration) -> bool {
        let wake = self.app.next_wake().map(|wake| {
            let left = wake.duration_since(self.clock.now());
            Duration::try_from(left).unwrap_or(Duration::ZERO)
        });
        let wakes = wake.is_some_and(|wake| wake <= at_most);
        let wait = wake.filter(|_| wakes).unwrap_or(at_most);
        let action = tokio::time::timeout(wait, self.actions.recv()).await;
        self.app.tick();
        match action {
            Ok(Some(action)) => {
                self.app.apply(action);
                self.drain();
                true
            }
            Ok(None) => false,
            Err(_) => {
                self.flush();
                wakes
            }
        }
    }

    /// Takes the answers that are there already.
    fn drain(&mut self) {
        while let Ok(action) = self.actions.try_recv() {
            self.app.tick();
            self.app.apply(action);
        }
        self.flush();
    }

    fn flush(&mut self) {
        self.perform_effects();
        self.draw();
        self.perform_effects();
    }

    fn draw(&mut self) {
        self.app.settle();
        let (width, height) = self.store().ui.size();
        self.buffer = Buffer::empty(Rect::new(0, 0, width, height));
        self.app.draw(&mut self.buffer);
    }

    fn perform_effects(&mut self) {
        for effect in self.app.take_effects() {
            self.performed += 1;
            self.terminal.extend(self.runner.perform(effect));
        }
    }

    /// The text of the last copy.
    pub fn copied(&self) -> Option<&str> {
        self.terminal.iter().rev().find_map(|effect| match effect {
            Terminal::Copy(text) => Some(text.reveal().as_str()),
            _ => None,
        })
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        picture::text(&self.buffer)
    }

    /// The cells of the screen.
    pub const fn cells(&self) -> &Buffer {
        &self.buffer
    }

    /// One row of the screen.
    pub fn row(&self, y: u16) -> String {
        let screen = self.screen();
        screen.lines().nth(y.into()).unwrap_or_default().to_owned()
    }

    /// The footer.
    pub fn footer(&self) -> String {
        self.row(self.store().ui.size().1.saturating_sub(1))
    }

    /// What is on the screen, and its styles by the names of their roles.
    pub fn styled(&self) -> String {
        picture::styled(&self.buffer, &self.theme)
    }

    /// The screen as an SVG picture.
    pub fn svg(&self) -> String {
        picture::svg(&self.buffer, &self.theme)
    }

    /// The name of the function under the cursor.
    pub fn selected(&self) -> String {
        self.store()
            .functions
            .selected()
            .map_or_else(String::new, |row| row.name.to_string())
    }

    /// The names that the list shows, from top to bottom.
    pub fn names(&self) -> Vec<String> {
        let list = &self.store().functions;
        (0..list.len())
            .filter_map(|place| list.row(place))
            .map(|row| row.name.to_string())
            .collect()
    }
}

/// A clock that stands still does not notice a millisecond that really passes.
#[expect(
    clippy::disallowed_methods,
    reason = "asks whether tokio's clock is paused"
)]
fn assert_paused() {
    let before = tokio::time::Instant::now();
    std::thread::sleep(Duration::from_millis(1));
    let after = tokio::time::Instant::now();
    assert_eq!(before, after, "use #[tokio::test(start_paused = true)]");
}

/// Whether the list of functions was read to its end.
pub fn listed(store: &Store) -> bool {
    let slot = store.functions.slot();
    !slot.is_loading() && slot.answered().is_some()
}

fn parse_keys(keys: &str) -> Vec<KeyEvent> {
    let mut parsed = Vec::new();
    let mut rest = keys.chars();
    while let Some(character) = rest.next() {
        let name = match character {
            ' ' => continue,
            '<' => rest.by_ref().take_while(|&c| c != '>').collect(),
            other => {
                parsed.push(KeyEvent::from(crossterm::event::KeyCode::Char(other)));
                continue;
            }
        };
        let name: String = name;
        let key = name.replace("pgdn", "pagedown").replace("pgup", "pageup");
        let combination = crokey::parse(&key).unwrap_or_else(|_| panic!("no key <{name}>"));
        parsed.push(combination.into());
    }
    parsed
}
