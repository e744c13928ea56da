//! The Overview pane on the demo account: what it looks like, and what its keys do.
//!
//! Time is paused: the console runs until nothing is left to answer.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use jiff::SignedDuration;
use lambdeck::{
    app::App,
    demo::{self, Faults},
    domain::{
        session::{Target, WriteState},
        text,
    },
    keymap::Keymap,
    ports::Operation,
    runtime::{
        access::Access,
        activity::ActivityLog,
        clock::Clock,
        runner::{ACTIONS, Runner, Shared},
    },
    settings::Paths,
    store::{Action, Setup, effect::Terminal, overview::OVERVIEW},
    theme::{Depth, Theme},
};
use ratatui::{buffer::Buffer, layout::Rect};
use tokio::sync::mpsc;

/// No answer of the demo account, no pause before a question and no wait for quota takes longer.
const QUIET: Duration = Duration::from_secs(2);

struct Console {
    app: App,
    runner: Runner<demo::Provider>,
    actions: mpsc::Receiver<Action>,
    provider: demo::Provider,
    size: (u16, u16),
    copied: Vec<String>,
    _root: tempfile::TempDir,
}

impl Console {
    async fn new(size: (u16, u16), faults: Faults) -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        let clock = Clock::following_tokio("2026-11-20T12:00:00Z".parse().expect("a time"));
        let provider = demo::Provider::new(demo::Options {
            faults,
            ..demo::Options::new(clock.as_fn())
        });
        let (sender, actions) = mpsc::channel(ACTIONS);
        let shared = Shared::new(
            provider.clone(),
            clock.clone(),
            Access::default(),
            ActivityLog::nowhere(),
            Paths::under(root.path()),
            sender,
        );
        let setup = Setup {
            since: jiff::SignedDuration::from_mins(15),
            log_budget: 64 << 20,
            target: Target {
                profile: Some("demo".into()),
                ..Target::default()
            },
            write: WriteState::Open,
            tab: OVERVIEW,
            refresh_every: SignedDuration::from_mins(1),
            now: clock.now(),
        };
        let theme = Theme::builtin("dark", Depth::Mono);
        let mut app = App::new(setup, Keymap::default(), theme, clock);
        app.resize(size.0, size.1);
        let mut console = Self {
            app,
            runner: Runner::new(shared),
            actions,
            provider,
            size,
            copied: Vec::new(),
            _root: root,
        };
        console.quiet().await;
        console
    }

    /// Runs until no action came for longer than any question takes.
    async fn quiet(&mut self) {
        loop {
            self.app.settle();
            for effect in self.app.take_effects() {
                if let Some(Terminal::Copy(text)) = self.runner.perform(effect) {
                    self.copied.push(text.reveal().clone());
                }
            }
            match tokio::time::timeout(QUIET, self.actions.recv()).await {
                Ok(Some(action)) => {
                    self.app.tick();
                    self.app.apply(action);
                }
                _ => return,
            }
        }
    }

    async fn press(&mut self, keys: &[KeyCode]) {
        for &code in keys {
            let modifiers = match code {
                KeyCode::Char(c) if c.is_uppercase() => KeyModifiers::SHIFT,
                _ => KeyModifiers::NONE,
            };
            self.app
                .on_event(Event::Key(KeyEvent::new(code, modifiers)));
            self.quiet().await;
        }
    }

    async fn type_text(&mut self, text: &str) {
        let keys: Vec<KeyCode> = text.chars().map(KeyCode::Char).collect();
        self.press(&keys).await;
    }

    /// Selects a function and goes to its overview.
    async fn open(&mut self, name: &str) {
        self.type_text(&format!("0/{name}")).await;
        self.press(&[KeyCode::Enter, KeyCode::Char('1')]).await;
    }

    /// Moves the cursor down to the first row that says this.
    async fn go_to(&mut self, what: &str) {
        for _ in 0..200 {
            if self
                .screen()
                .lines()
                .any(|line| line.contains('▸') && line.contains(what))
            {
                return;
            }
            self.type_text("j").await;
        }
        panic!("no row says {what}:\n{}", self.screen());
    }

    fn buffer(&mut self) -> Buffer {
        self.app.settle();
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        self.app.draw(&mut buffer);
        buffer
    }

    /// What is on screen, without the styles.
    fn screen(&mut self) -> String {
        let buffer = self.buffer();
        let mut screen = String::new();
        for y in 0..buffer.area.height {
            let mut line = String::new();
            let mut x = 0;
            while x < buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                x += text::width(symbol).max(1) as u16;
            }
            screen.push_str(line.trim_end());
            screen.push('\n');
        }
        screen
    }
}

#[tokio::test(start_paused = true)]
async fn a_narrow_screen_shows_the_pane_alone() {
    let mut console = Console::new((80, 24), Faults::default()).await;
    console.open("orders-consumer").await;
    insta::assert_debug_snapshot!("narrow", console.buffer());
}

#[tokio::test(start_paused = true)]
async fn a_wide_screen_shows_it_beside_the_list() {
    let mut console = Console::new((120, 40), Faults::default()).await;
    console.open("payments-charge").await;
    insta::assert_debug_snapshot!("wide", console.buffer());
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_list_of_a_function_whose_tags_are_denied() {
    let mut console = Console::new((80, 24), Faults::default()).await;
    console.open("fraud-score").await;
    console.type_text("G").await;
    insta::assert_snapshot!("denied", console.screen());
}

#[tokio::test(start_paused = true)]
async fn every_part_denied_still_shows_what_the_list_knows() {
    let mut console = Console::new((80, 30), Faults::default()).await;
    console.provider.inject(Faults {
        deny: Operation::ALL.to_vec(),
        ..Faults::default()
    });
    console.open("audit-trail").await;
    insta::assert_snapshot!("all_denied", console.screen());
}

#[tokio::test(start_paused = true)]
async fn one_value_is_revealed_until_the_cursor_leaves_it() {
    let mut console = Console::new((80, 24), Faults::default()).await;
    console.open("payments-charge").await;
    let secret = "sk_live_demo_51Hx9Q2eZvKYlo2C";
    console.go_to("API_KEY").await;
    assert!(!console.screen().contains(secret));
    console.type_text("y").await;
    assert!(console.screen().contains("masked: v reveals it"));
    assert_eq!(console.copied, [""; 0]);

    console.type_text("v").await;
    assert!(console.screen().contains(secret));
    assert!(!console.screen().contains("correct-horse"), "only the one");
    console.type_text("y").await;
    assert_eq!(console.copied, [secret]);
    console.type_text("jk").await;
    assert!(!console.screen().contains(secret), "the cursor left it");

    console.type_text("v").await;
    assert!(console.screen().contains(secret));
    console.type_text("v").await;
    assert!(!console.screen().contains(secret), "masked by the same key");

    console.type_text("v01").await;
    assert!(!console.screen().contains(secret), "the pane was left");
}

#[tokio::test(start_paused = true)]
async fn copy_gives_names_their_arns_and_the_json_has_no_values() {
    let mut console = Console::new((120, 40), Faults::default()).await;
    console.open("payments-charge").await;
    console.go_to("payments-dlq").await;
    console.type_text("yYo").await;
    assert_eq!(
        console.copied,
        [
            "arn:aws:sqs:eu-west-1:000000000000:payments-dlq",
            "arn:aws:lambda:eu-west-1:000000000000:function:payments-charge",
            "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/payments-charge",
        ]
    );
    console.type_text("Jy").await;
    let json = console.copied.last().unwrap();
    assert!(json.contains(r#""API_KEY": null"#), "{json}");
    assert!(!json.contains("sk_live_demo") && !json.contains("correct-horse"));
}

#[tokio::test(start_paused = true)]
async fn scrolling_through_the_list_asks_only_where_the_cursor_stands_still() {
    let mut console = Console::new((120, 40), Faults::default()).await;
    let before = console.provider.calls(Operation::ListTags);
    // Past the rows that stood on top while the list was still being put in order.
    for _ in 0..8 {
        let key = KeyEvent::new(KeyCode::Down, KeyModifiers::NONE);
        console.app.on_event(Event::Key(key));
        console.app.settle();
        for effect in console.app.take_effects() {
            console.runner.perform(effect);
        }
    }
    console.quiet().await;
    assert_eq!(console.provider.calls(Operation::ListTags), before + 1);
}

#[tokio::test(start_paused = true)]
async fn refresh_reads_every_part_and_a_failure_keeps_what_was_there() {
    let mut console = Console::new((80, 24), Faults::default()).await;
    console.open("orders-consumer").await;
    let before = console.provider.calls(Operation::ListAliases);
    console.provider.inject(Faults {
        deny: vec![Operation::ListAliases],
        ..Faults::default()
    });
    console.type_text("r").await;
    assert_eq!(console.provider.calls(Operation::ListAliases), before + 1);
    console.go_to("what callers use").await;
    console.type_text("jjj").await;
    let screen = console.screen();
    assert!(screen.contains("→ v17 90%, v18 10%"), "{screen}");
    assert!(
        screen.contains("not refreshed: ✖ no permission lambda:ListAliases"),
        "{screen}"
    );
    assert!(screen.contains("✖ 1 failed, W why"), "{screen}");
}
