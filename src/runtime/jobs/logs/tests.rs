//! Tails over the demo account, under a paused clock: the store, the runner and the account run
//! as they do in the console.

use jiff::SignedDuration;
use tokio::sync::mpsc;

use super::*;
use crate::{
    demo::{self, Faults},
    domain::{
        function::Arn,
        session::{Target, WriteState},
        tail::TimeRange,
    },
    ports::Operation,
    runtime::{
        access::Access, activity::ActivityLog, clock::Clock, runner::ACTIONS, runner::Runner,
    },
    settings::Paths,
    store::{
        Effect, Setup, Store, functions,
        identity::FunctionKey,
        logs::{Goal, Keep, Older},
        ui,
    },
};

struct World {
    store: Store,
    runner: Runner,
    actions: mpsc::Receiver<Action>,
    provider: demo::Provider,
    clock: Clock,
    directory: tempfile::TempDir,
}

impl World {
    /// An account whose list is there, with Logs on screen.
    async fn open() -> Self {
        let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
        let provider = demo::Provider::new(demo::Options::new(clock.as_fn()));
        let directory = tempfile::tempdir().expect("temporary directory");
        let (sender, actions) = mpsc::channel(ACTIONS);
        let shared = Shared::new(
            Arc::new(provider.clone()),
            clock.clone(),
            Access::default(),
            ActivityLog::nowhere(),
            Paths::under(directory.path()),
            sender,
        );
        let (store, effects) = Store::new(Setup {
            target: Target::default(),
            write: WriteState::Open,
            tab: logs::PANE,
            refresh_every: SignedDuration::from_hours(10),
            log_budget: 64 << 20,
            since: SignedDuration::from_mins(5),
            now: clock.now(),
        });
        let mut world = Self {
            store,
            runner: Runner::new(shared),
            actions,
            provider,
            clock,
            directory,
        };
        world.perform(effects);
        world.apply(Action::Ui(ui::Action::Resize(80, 24)));
        world
            .until("the list", |store| {
                !store.functions.all().is_empty() && !store.functions.slot().is_loading()
            })
            .await;
        world.apply(Action::Ui(ui::Action::Focus(logs::PANE)));
        world
    }

    fn apply(&mut self, action: Action) {
        let mut effects = self.store.apply(Action::Tick(self.clock.now()));
        effects.extend(self.store.apply(action));
        self.store.settle();
        self.perform(effects);
    }

    fn logs(&mut self, action: logs::Action) {
        self.apply(Action::Logs(action));
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.runner.perform(effect);
        }
    }

    /// Runs until a state is reached, within ten minutes of the paused clock.
    async fn until(&mut self, what: &str, reached: impl Fn(&Store) -> bool) {
        let limit = self.clock.now() + SignedDuration::from_mins(10);
        while !reached(&self.store) {
            assert!(
                self.clock.now() < limit,
                "waited in vain for {what}: {:?}",
                self.store.logs
            );
            let action = tokio::select! {
                action = self.actions.recv() => action.expect("the runner lives"),
                () = tokio::time::sleep(Duration::from_secs(5)) => continue,
            };
            if let Action::Fatal(what) = &action {
                panic!("{what}");
            }
            self.apply(action);
        }
    }

    /// Lets time pass, taking in what comes.
    async fn pass(&mut self, seconds: i64) {
        let until = self.clock.now() + SignedDuration::from_secs(seconds);
        while self.clock.now() < until {
            tokio::select! {
                action = self.actions.recv() => self.apply(action.expect("the runner lives")),
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
        }
    }

    fn arn(&self, name: &str) -> Arn {
        let rows = self.store.functions.all();
        let row = rows.iter().find(|row| &*row.name == name);
        row.unwrap_or_else(|| panic!("{name} is in the list"))
            .arn
            .clone()
    }

    fn select(&mut self, name: &str) {
        let arn = self.arn(name);
        self.apply(Action::Functions(functions::Action::SelectArn(arn)));
    }

    fn key(&self, name: &str) -> FunctionKey {
        FunctionKey {
            session: self.store.sessions.current().id,
            arn: self.arn(name),
        }
    }

    fn stamps(&self) -> Vec<i64> {
        let pages = book(&self.store).log().pages();
        pages
            .range(0..pages.len())
            .map(|entry| entry.timestamp())
            .collect()
    }
}

fn book(store: &Store) -> &logs::Book {
    store.logs.book().expect("a book is shown")
}

fn follows(store: &Store) -> bool {
    store
        .logs
        .book()
        .is_some_and(|book| book.status().phase == Phase::Following)
}

fn lines(store: &Store) -> usize {
    store.logs.book().map_or(0, |book| book.log().len())
}

#[tokio::test(start_paused = true)]
async fn lines_appear_and_go_on_appearing_in_order() {
    let mut world = World::open().await;
    world.select("payments-charge");
    world.until("the span", follows).await;
    let first = lines(&world.store);
    assert!(first > 20, "{first}");
    world
        .until("new lines", |store| lines(store) > first + 20)
        .await;
    assert!(world.stamps().is_sorted());
    let status = book(&world.store).status();
    assert!(
        status.lag_ms.is_some() && status.error.is_none(),
        "{status:?}"
    );
    assert!(!book(&world.store).cause().is_empty(), "one in five fails");
}

#[tokio::test(start_paused = true)]
async fn what_is_in_the_book_is_what_the_service_has() {
    let mut world = World::open().await;
    world.select("payments-charge");
    world.until("the span", follows).await;
    world.pass(240).await;
    let stamps = world.stamps();
    // Read again at once, in a book of its own, up to where all lines have surely come in.
    let settled = world.clock.now().as_millisecond() - 90_000;
    let again = TimeRange::Between(
        Timestamp::from_millisecond(stamps[0]).expect("a time"),
        Timestamp::from_millisecond(settled).expect("a time"),
    );
    world.logs(logs::Action::Range(again));
    world
        .until("the span again", |store| {
            store
                .logs
                .book()
                .is_some_and(|book| book.status().phase == Phase::Complete)
        })
        .await;
    let followed: Vec<i64> = stamps.into_iter().filter(|&at| at <= settled).collect();
    assert_eq!(followed, world.stamps());
}

#[tokio::test(start_paused = true)]
async fn late_lines_are_put_in_their_place_and_marked() {
    let mut world = World::open().await;
    world.select("payments-charge");
    world
        .until("a late line", |store| {
            lines(store) > 0 && book(store).log().late() > 0
        })
        .await;
    assert!(world.stamps().is_sorted());
    let pages = book(&world.store).log().pages();
    let marked = pages
        .range(0..pages.len())
        .filter(|entry| entry.late_by().is_some());
    assert!(marked.count() > 0);
}

#[tokio::test(start_paused = true)]
async fn a_throttle_on_every_second_call_slows_it_down_and_no_more() {
    let mut world = World::open().await;
    world.provider.inject(Faults {
        throttle_every: Some(2),
        ..Faults::default()
    });
    world.select("payments-charge");
    world.until("the span", follows).await;
    let first = lines(&world.store);
    world
        .until("new lines", |store| lines(store) > first + 10)
        .await;
}

#[tokio::test(start_paused = true)]
async fn while_everything_is_throttled_it_waits_and_then_goes_on() {
    let mut world = World::open().await;
    world.select("payments-charge");
    world.until("the span", follows).await;
    world.provider.inject(Faults {
        throttle_every: Some(1),
        ..Faults::default()
    });
    world
        .until("the longest pause", |store| {
            book(store).status().slow == Some(Duration::from_secs(30))
        })
        .await;
    assert_eq!(book(&world.store).status().phase, Phase::Following);
    let before = lines(&world.store);
    world.provider.inject(Faults::default());
    world
        .until("new lines", |store| {
            lines(store) > before && book(store).status().error.is_none()
        })
        .await;
    assert!(world.stamps().is_sorted());
}

#[tokio::test(start_paused = true)]
async fn a_denied_tail_stops_and_names_the_permission_until_it_is_tried_again() {
    let mut world = World::open().await;
    world.provider.inject(Faults {
        deny: vec![Operation::FilterLogEvents],
        ..Faults::default()
    });
    world.select("payments-charge");
    world
        .until("the denial", |store| {
            store
                .logs
                .book()
                .is_some_and(|book| book.status().phase == Phase::Stopped)
        })
        .await;
    let error = book(&world.store).status().error.clone().expect("says why");
    assert_eq!(error.missing_action(), Some("logs:FilterLogEvents"));
    let calls = world.provider.calls(Operation::FilterLogEvents);
    world.pass(120).await;
    assert_eq!(
        world.provider.calls(Operation::FilterLogEvents),
        calls,
        "it stays stopped"
    );
    world.provider.inject(Faults::default());
    world.logs(logs::Action::Retry);
    world.until("the span", follows).await;
}

#[tokio::test(start_paused = true)]
async fn a_group_that_does_not_exist_is_awaited() {
    let mut world = World::open().await;
    world.provider.inject(Faults {
        fail: vec![(
            Operation::FilterLogEvents,
            crate::ports::ErrorKind::NotFound,
        )],
        ..Faults::default()
    });
    world.select("payments-charge");
    world
        .until("the note", |store| {
            store
                .logs
                .book()
                .is_some_and(|book| !book.status().missing.is_empty())
        })
        .await;
    let calls = world.provider.calls(Operation::FilterLogEvents);
    world.pass(60).await;
    let asked = world.provider.calls(Operation::FilterLogEvents) - calls;
    assert!((3..=5).contains(&asked), "slowly: {asked}");
    world.provider.inject(Faults::default());
    world.until("lines", |store| lines(store) > 0).await;
    assert!(book(&world.store).status().missing.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_tail_runs_only_on_screen_and_comes_back_without_a_gap() {
    let mut world = World::open().await;
    world.select("payments-charge");
    world.until("the span", follows).await;
    let id = book(&world.store).id();
    let start = world.stamps()[0];
    world.apply(Action::Ui(ui::Action::Focus(ui::FUNCTIONS)));
    world.pass(5).await;
    let calls = world.provider.calls(Operation::FilterLogEvents);
    world.pass(180).await;
    assert_eq!(world.provider.calls(Operation::FilterLogEvents), calls);
    world.apply(Action::Ui(ui::Action::Focus(logs::PANE)));
    let back = world.clock.now().as_millisecond();
    world
        .until("the newest lines", |store| {
            book(store).log().pages().last_timestamp() > Some(back)
        })
        .await;
    assert_eq!(book(&world.store).id(), id, "the same book");
    let followed: Vec<i64> = world
        .stamps()
        .into_iter()
        .filter(|&at| at < back - 60_000)
        .collect();
    let span = TimeRange::Between(
        Timestamp::from_millisecond(start).expect("a time"),
        Timestamp::from_millisecond(back - 60_001).expect("a time"),
    );
    world.logs(logs::Action::Range(span));
    world
        .until("the span again", |store| {
            store
                .logs
                .book()
                .is_some_and(|book| book.status().phase == Phase::Complete)
        })
        .await;
    assert_eq!(followed, world.stamps());
}

#[tokio::test(start_paused = true)]
async fn another_subject_has_a_book_of_its_own_and_the_way_back_is_short() {
    let mut world = World::open().await;
    world.select("payments-charge");
    world.until("the span", follows).await;
    let (id, before) = (book(&world.store).id(), lines(&world.store));
    world.select("orders-consumer");
    assert_ne!(world.store.logs.book().map(logs::Book::id), Some(id));
    world.until("the other span", follows).await;
    let streams = book(&world.store).log().streams();
    assert!(!streams.is_empty());
    assert!(book(&world.store).sources()[0].name.contains("orders"));
    world.select("payments-charge");
    assert_eq!(
        (book(&world.store).id(), lines(&world.store)),
        (id, before),
        "at once"
    );
}

#[tokio::test(start_paused = true)]
async fn several_functions_are_merged_until_another_one_is_selected() {
    let mut world = World::open().await;
    world.select("payments-charge");
    world.until("the span", follows).await;
    let both = vec![world.key("payments-charge"), world.key("orders-consumer")];
    world.logs(logs::Action::Open(both));
    world.until("both spans", follows).await;
    let book_of_both = book(&world.store);
    assert_eq!(book_of_both.sources().len(), 2);
    let streams = book_of_both.log().streams();
    let sources: std::collections::HashSet<_> =
        streams.iter().map(|stream| stream.source).collect();
    assert_eq!(sources.len(), 2, "lines of both");
    assert!(world.stamps().is_sorted());
    world.select("thumbnailer");
    assert_eq!(book(&world.store).sources().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn older_lines_are_loaded_on_request() {
    let mut world = World::open().await;
    world.select("payments-charge");
    world.until("the span", follows).await;
    let first = world.stamps()[0];
    world.logs(logs::Action::Older);
    assert_eq!(book(&world.store).status().older, Older::Reading);
    world
        .until("older lines", |store| {
            book(store).status().older == Older::Idle
                && book(store).log().pages().first_timestamp() < Some(first)
        })
        .await;
    assert!(world.stamps().is_sorted());
    let late = book(&world.store)
        .log()
        .pages()
        .get(0)
        .and_then(|entry| entry.late_by());
    assert_eq!(late, None, "history is not late");
}

#[tokio::test(start_paused = true)]
async fn errors_are_found_kept_and_saved() {
    let mut world = World::open().await;
    world.select("payments-charge");
    world.until("the span", follows).await;
    world.logs(logs::Action::Jump {
        goal: Goal::Error,
        direction: Direction::Backward,
        from: None,
    });
    world
        .until("the newest error", |store| store.logs.jump().is_some())
        .await;
    let newest = world
        .store
        .logs
        .jump()
        .expect("an answer")
        .found
        .expect("one in five fails");
    world.logs(logs::Action::Keep(Keep {
        errors_only: true,
        ..Keep::default()
    }));
    assert!(book(&world.store).is_filtering());
    world
        .until("the errors", |store| !book(store).is_filtering())
        .await;
    let kept = book(&world.store).lines();
    assert!(!kept.is_empty() && kept.len() < lines(&world.store));
    assert!(kept.index_of(newest).is_some());
    let before = kept.len();
    world
        .until("a new error", |store| book(store).lines().len() > before)
        .await;

    let path = world.directory.path().join("errors.log");
    world.logs(logs::Action::Save(path.clone()));
    world
        .until("the file", |store| !store.logs.is_saving())
        .await;
    let saved = std::fs::read_to_string(&path).expect("was written");
    let times = saved
        .lines()
        .filter(|line| line.starts_with("2026-11-20T02:"));
    assert!(times.count() >= before, "{saved}");
    world.logs(logs::Action::Save(path.clone()));
    world
        .until("the refusal", |store| !store.logs.is_saving())
        .await;
    let told = world.store.toasts.shown().last().expect("a message");
    assert!(told.text.contains("exists already"), "{}", told.text);
    assert_eq!(std::fs::read_to_string(&path).expect("is there"), saved);
}

#[tokio::test(start_paused = true)]
async fn a_search_goes_on_at_the_other_end() {
    let mut world = World::open().await;
    world.select("payments-charge");
    world.until("the span", follows).await;
    world.logs(logs::Action::Search("REPORT".into()));
    let jump = |from| logs::Action::Jump {
        goal: Goal::Match,
        direction: Direction::Forward,
        from,
    };
    world.logs(jump(None));
    world
        .until("the first", |store| store.logs.jump().is_some())
        .await;
    let first = *world.store.logs.jump().expect("an answer");
    assert!(first.found.is_some() && !first.wrapped);
    let last = book(&world.store).lines();
    let last = last.get(last.len() - 1).map(|entry| entry.position());
    world.logs(jump(last));
    world
        .until("the next", |store| {
            store
                .logs
                .jump()
                .is_some_and(|jump| jump.number > first.number)
        })
        .await;
    let again = world.store.logs.jump().expect("an answer");
    assert_eq!((again.found, again.wrapped), (first.found, true));
}

#[test]
fn matches_are_counted_among_the_lines_that_are_kept() {
    use crate::domain::{
        log::LogEvent,
        logbook::{LogWriter, Logbook, Matcher, SourceId},
    };
    let event = |n: i64| LogEvent {
        id: format!("{n:056}"),
        stream: "s".into(),
        timestamp: n,
        ingested: n,
        message: format!("{} {n}", if n % 2 == 0 { "even" } else { "odd" }),
    };
    let events: Vec<LogEvent> = (0..40).map(event).collect();
    let mut book = Logbook::new();
    book.apply(LogWriter::new().append(SourceId(0), &events));
    let filter = |text: &str| Filter::text(Matcher::new(text).expect("a text"));
    let at = |index: usize| book.pages().get(index).expect("a line").position();
    let place = |text, within: Option<&Kept>, index| {
        count(book.pages(), &filter(text), within, at(index), &|| false)
    };
    assert_eq!(place("odd", None, 1), Some((1, 20)));
    assert_eq!(place("odd", None, 39), Some((20, 20)));
    let kept = Kept::new(filter("3"), book.snapshot(), &|| false).expect("kept");
    assert_eq!(place("odd", Some(&kept), 13), Some((2, 8)));
    assert_eq!(
        count(book.pages(), &filter("odd"), None, at(1), &|| true),
        None
    );
}

/// What a book says of its invocations, and what the same lines say when they are read in order.
fn told_and_true(book: &logs::Book) -> [Vec<(String, crate::domain::report::Status, u32)>; 2] {
    use crate::domain::{
        log::LogEvent,
        logbook::{LogWriter, Logbook, SourceId},
    };
    let rows = |log: &Logbook| {
        let of = |one: &Arc<crate::domain::report::Invocation>| {
            (one.request_id.to_string(), one.status(), one.errors())
        };
        let mut rows: Vec<_> = log.invocations(0..usize::MAX).map(of).collect();
        rows.sort();
        rows
    };
    let log = book.log();
    let mut events = Vec::new();
    let _ = log.pages().read::<()>(|entry, text| {
        events.push(LogEvent {
            id: format!("{:056}", events.len()),
            stream: log
                .stream(entry.stream())
                .expect("a stream")
                .name
                .to_string(),
            timestamp: entry.timestamp(),
            ingested: entry.timestamp(),
            message: text.to_owned(),
        });
        ControlFlow::Continue(())
    });
    let mut again = Logbook::new();
    again.apply(LogWriter::new().append(SourceId(0), &events));
    [rows(log), rows(&again)]
}

#[tokio::test(start_paused = true)]
async fn late_lines_change_the_rows_of_their_invocations() {
    for name in ["payments-charge", "orders-consumer"] {
        let mut world = World::open().await;
        world.select(name);
        world.until("the span", follows).await;
        world.pass(900).await;
        let [told, true_] = told_and_true(book(&world.store));
        assert!(told.len() > 50, "{name}: {}", told.len());
        assert!(told.iter().any(|row| row.1.is_failure()), "{name}");
        assert!(book(&world.store).log().late() > 0, "{name}");
        assert_eq!(told, true_, "{name}");
    }
}
