//! Dead letters over the simulated account, under a paused clock: the store, the runner and the
//! account run as they do in the console.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc;

use super::*;
use crate::{
    demo::{self, Faults, Session, State},
    domain::{
        dead_letters::DeadLetterQueue,
        function::Arn,
        queue::QueueAttributes,
        redrive::{End, Phase},
        session::{Target, WriteState},
    },
    ports::Operation,
    runtime::{
        access::Access,
        activity::{ActivityLog, Entry},
        clock::Clock,
        runner::{ACTIONS, Runner},
    },
    settings::Paths,
    store::{
        Action as Any, Effect, Setup, Store,
        effect::Control,
        letters::{
            Choice, Export, LETTERS, LetterId, Look, LookEnd, QueueKey, QueueLetters, Step, To,
            Which,
        },
    },
};

const QUEUE: &str = "test-dlq";
const SOURCE: &str = "test";

struct World {
    store: Store,
    runner: Runner,
    actions: mpsc::Receiver<Any>,
    provider: demo::Provider,
    session: Session,
    clock: Clock,
    directory: tempfile::TempDir,
}

impl World {
    /// An account with a dead-letter queue of so many letters, its list being read.
    fn open(letters: usize) -> Self {
        Self::with(letters, QueueAttributes::default(), Faults::default())
    }

    fn with(letters: usize, settings: QueueAttributes, faults: Faults) -> Self {
        let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
        let provider = demo::Provider::new(demo::Options::new(clock.as_fn()));
        let target = Target::default();
        let session = provider.session(&target).expect("a session");
        session.create_queue(QUEUE, settings);
        let source = QueueAttributes {
            dead_letter: Some(queue_arn(QUEUE)),
            max_receive_count: Some(3),
            ..QueueAttributes::default()
        };
        session.create_queue(SOURCE, source);
        session.put(QUEUE, (0..letters).map(letter));
        provider.inject(faults);
        let directory = tempfile::tempdir().expect("temporary directory");
        let (sender, actions) = mpsc::channel(ACTIONS);
        let shared = Shared::new(
            Arc::new(provider.clone()),
            clock.clone(),
            Access::default(),
            ActivityLog::in_file(directory.path().join("activity.jsonl")),
            Paths::under(directory.path()),
            sender,
        );
        let (store, effects) = Store::new(Setup {
            target,
            write: WriteState::Open,
            tab: LETTERS,
            refresh_every: SignedDuration::from_mins(1),
            log_budget: 1 << 20,
            since: SignedDuration::from_mins(5),
            now: clock.now(),
        });
        let mut world = Self {
            store,
            runner: Runner::new(shared),
            actions,
            provider,
            session,
            clock,
            directory,
        };
        world.perform(effects);
        world
    }

    fn apply(&mut self, action: Any) {
        let mut effects = self.store.apply(Any::Tick(self.clock.now()));
        effects.extend(self.store.apply(action));
        self.store.settle();
        self.perform(effects);
    }

    fn act(&mut self, step: Step) {
        self.apply(Any::Letters(Action::Do(step)));
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
                self.store.letters.runs()
            );
            tokio::select! {
                action = self.actions.recv() => {
                    let action = action.expect("the runner lives");
                    assert!(!matches!(action, Any::Fatal(_)), "{action:?}");
                    self.apply(action);
                }
                () = tokio::time::sleep(Duration::from_secs(5)) => {
                    // As the loop does when the store wants to be told the time.
                    self.apply(Any::Tick(self.clock.now()));
                }
            }
        }
    }

    async fn pass(&mut self, seconds: i64) {
        let until = self.clock.now() + SignedDuration::from_secs(seconds);
        while self.clock.now() < until {
            tokio::select! {
                action = self.actions.recv() => self.apply(action.expect("the runner lives")),
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
        }
    }

    fn key(&self) -> QueueKey {
        QueueKey {
            session: self.store.sessions.current().id,
            arn: queue_arn(QUEUE),
        }
    }

    /// Opens the queue and reads a sample of it.
    async fn look(&mut self) {
        self.until("the walk", |store| {
            store.letters.discovery().ended().is_some()
        })
        .await;
        let key = self.key();
        self.act(Step::Open(key));
        self.act(Step::Look);
        self.until("the look", |store| {
            queue_letters(store)
                .is_some_and(|queue_letters| matches!(queue_letters.look, Look::Ended(_)))
        })
        .await;
        self.until("the order", |store| {
            queue_letters(store).is_some_and(|queue_letters| !queue_letters.is_sorting())
        })
        .await;
    }

    fn count(&self, state: State) -> usize {
        let stored = self.session.contents(QUEUE).expect("the queue");
        stored.iter().filter(|one| one.state == state).count()
    }

    fn activity(&self) -> Vec<Entry> {
        let log = std::fs::read_to_string(self.directory.path().join("activity.jsonl"));
        log.unwrap_or_default()
            .lines()
            .map(|line| serde_json::from_str(line).expect("an entry"))
            .collect()
    }
}

fn queue_arn(name: &str) -> Arn {
    let (region, account) = (demo::REGION, demo::ACCOUNT);
    Arn::new(format!("arn:aws:sqs:{region}:{account}:{name}"))
}

fn letter(number: usize) -> demo::Stored {
    demo::Stored {
        source: Some(queue_arn(SOURCE)),
        ..demo::Stored::of(format!("{{\"order\":{number}}}"))
    }
}

fn queue_letters(store: &Store) -> Option<&QueueLetters> {
    store.letters.queue_letters()
}

fn choice(letters: Which, to: To) -> Step {
    Step::Prepare(Box::new(Choice {
        letters,
        to,
        filter: None,
        is_chosen: false,
        edit: None,
        pace: crate::store::letters::Pace::default(),
        with_ran: false,
        keep_trace: false,
    }))
}

#[tokio::test(start_paused = true)]
async fn discovery_finds_queues_by_every_way_and_counts_letters_of_functions() {
    let mut world = World::open(7);
    world
        .until("the walk", |store| {
            store.letters.discovery().ended().is_some()
        })
        .await;
    let discovery = world.store.letters.discovery();
    assert_eq!(discovery.error(), None);
    let ours = discovery
        .queue(&queue_arn(QUEUE))
        .expect("by its redrive policy");
    assert_eq!(ours.depth(), Some(7));
    let source = queue_arn(SOURCE);
    assert_eq!(discovery.only_source(&queue_arn(QUEUE)), Some(&source));
    assert_eq!(discovery.only_source(&queue_arn("payments-dlq")), None);
    let payments = discovery
        .queue(&queue_arn("payments-dlq"))
        .expect("by the function's own setting");
    let charge = &payments.owners()[0];
    let depth = payments.depth();
    assert!(depth.is_some_and(|depth| depth > 0));
    assert_eq!(world.store.letters.depth_of(charge), depth);
    assert_eq!(world.store.functions.dead_letters(charge), depth);
    assert_eq!(world.provider.calls(Operation::ReceiveMessage), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_denied_is_a_note_and_the_rest_is_found() {
    let faults = Faults {
        deny: vec![Operation::ListQueues, Operation::ListEventSourceMappings],
        ..Faults::default()
    };
    let mut world = World::with(1, QueueAttributes::default(), faults);
    world
        .until("the walk", |store| {
            store.letters.discovery().ended().is_some()
        })
        .await;
    let discovery = world.store.letters.discovery();
    assert_eq!(discovery.error(), None);
    assert_eq!(discovery.problems().len(), 2, "{:?}", discovery.problems());
    let payments = discovery.queue(&queue_arn("payments-dlq"));
    let payments = payments.expect("named by a function");
    assert!(payments.depth().is_some(), "read by its ARN");

    let name = QUEUE.to_owned();
    world.act(Step::Add(name));
    world
        .until("the queue", |store| store.letters.queue_letters().is_some())
        .await;
    assert_eq!(world.store.letters.open(), Some(&world.key()));
    assert_eq!(world.provider.calls(Operation::ReceiveMessage), 0);
}

#[tokio::test(start_paused = true)]
async fn counts_are_read_again_by_themselves() {
    let mut world = World::open(1);
    world
        .until("the walk", |store| {
            store.letters.discovery().ended().is_some()
        })
        .await;
    world.session.put(QUEUE, (0..4).map(letter));
    world
        .until("the count", |store| {
            let queue = store.letters.discovery().queue(&queue_arn(QUEUE));
            queue.and_then(DeadLetterQueue::depth) == Some(5)
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_look_holds_its_letters_and_gives_them_back_when_the_queue_is_closed() {
    let mut world = World::open(35);
    world.look().await;
    let queue_letters = queue_letters(&world.store).expect("open");
    assert_eq!(queue_letters.look, Look::Ended(LookEnd::Everything));
    assert_eq!(queue_letters.letters().len(), 35);
    assert_eq!(world.count(State::InFlight), 35);
    let sorted = queue_letters.sorted().expect("sorted");
    assert_eq!((sorted.shown.len(), sorted.verdicts.len()), (35, 35));
    assert_eq!(sorted.ranking.iter().map(|one| one.1).sum::<usize>(), 35);

    // Well over the time that one receive hides them.
    world.pass(900).await;
    let session = world.store.sessions.current().id;
    let (held, _) = world.store.letters.leased(session).expect("held");
    assert_eq!(held, 35);
    assert_eq!(world.count(State::InFlight), 35);
    let once = world.session.contents(QUEUE).expect("the queue");
    assert!(
        once.iter()
            .all(|one| one.receive_count == once[0].receive_count)
    );
    assert!(world.runner.runs_under_way() > 0, "quitting asks");

    world.act(Step::Leave);
    world
        .until("the giving back", |store| !store.letters.is_giving_back())
        .await;
    assert_eq!(world.count(State::Visible), 35);
    assert_eq!(world.store.letters.leased(session), None);
    assert_eq!(world.runner.runs_under_way(), 0);
}

#[tokio::test(start_paused = true)]
async fn stopping_a_look_keeps_what_was_read_and_more_can_be_read() {
    let mut world = World::open(3_000);
    world
        .until("the walk", |store| {
            store.letters.discovery().ended().is_some()
        })
        .await;
    let key = world.key();
    world.act(Step::Open(key));
    world.act(Step::Look);
    world
        .until("letters", |store| {
            queue_letters(store).is_some_and(|queue_letters| !queue_letters.letters().is_empty())
        })
        .await;
    world.act(Step::Stop);
    world
        .until("the end", |store| {
            queue_letters(store)
                .is_some_and(|queue_letters| matches!(queue_letters.look, Look::Ended(_)))
        })
        .await;
    let read = queue_letters(&world.store).expect("open").letters().len();
    assert!((1..1_000).contains(&read), "{read}");
    assert_eq!(world.count(State::InFlight), read);

    world.act(Step::ReadMore);
    world
        .until("a sample", |store| {
            queue_letters(store)
                .is_some_and(|queue_letters| queue_letters.look == Look::Ended(LookEnd::Sample))
        })
        .await;
    assert_eq!(
        queue_letters(&world.store).expect("open").letters().len(),
        read + 1_000
    );
}

#[tokio::test(start_paused = true)]
async fn a_queue_where_a_look_does_harm_is_asked_about_first() {
    let settings = QueueAttributes {
        dead_letter: Some(queue_arn("payments-dlq")),
        max_receive_count: Some(2),
        ..QueueAttributes::default()
    };
    let mut world = World::with(2, settings, Faults::default());
    world
        .until("the walk", |store| {
            store.letters.discovery().ended().is_some()
        })
        .await;
    let key = world.key();
    world.act(Step::Open(key));
    world.act(Step::Look);
    world
        .until("the notice", |store| {
            queue_letters(store)
                .is_some_and(|queue_letters| matches!(queue_letters.look, Look::Asking(_)))
        })
        .await;
    assert_eq!(world.provider.calls(Operation::ReceiveMessage), 0);
    world.act(Step::DeclineLook);
    assert_eq!(
        queue_letters(&world.store).expect("open").look,
        Look::NotLooked
    );
    world.act(Step::Look);
    world.act(Step::AcceptLook);
    world
        .until("letters", |store| {
            queue_letters(store).is_some_and(|queue_letters| queue_letters.letters().len() == 2)
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_queue_whose_settings_may_not_be_read_can_be_looked_at() {
    let faults = Faults {
        deny: vec![Operation::GetQueueAttributes],
        ..Faults::default()
    };
    let mut world = World::with(2, QueueAttributes::default(), faults);
    let key = world.key();
    world.act(Step::Open(key));
    world.act(Step::Look);
    world
        .until("the notice", |store| {
            queue_letters(store)
                .is_some_and(|queue_letters| matches!(queue_letters.look, Look::Asking(_)))
        })
        .await;
    assert_eq!(world.provider.calls(Operation::ReceiveMessage), 0);
    world.act(Step::AcceptLook);
    world
        .until("letters", |store| {
            queue_letters(store).is_some_and(|queue_letters| queue_letters.letters().len() == 2)
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn where_letters_came_from_is_asked_for_when_no_walk_found_it() {
    let faults = Faults {
        deny: vec![Operation::ListQueues],
        ..Faults::default()
    };
    let mut world = World::with(0, QueueAttributes::default(), faults);
    world
        .until("the walk", |store| {
            store.letters.discovery().ended().is_some()
        })
        .await;
    let key = QueueKey {
        arn: queue_arn("orders-dlq"),
        ..world.key()
    };
    world.act(Step::Open(key));
    world.act(Step::Look);
    world.act(Step::AcceptLook);
    world
        .until("letters", |store| {
            queue_letters(store).is_some_and(|queue_letters| !queue_letters.letters().is_empty())
        })
        .await;
    let letters = queue_letters(&world.store).expect("open").letters();
    let function = letters[0].function.as_ref().expect("it is inferred");
    assert_eq!(function.arn.resource_name(), "orders-consumer");
}

#[tokio::test(start_paused = true)]
async fn a_switch_of_the_session_gives_letters_back_and_drops_late_answers() {
    let mut world = World::open(20);
    world.look().await;
    let key = world.key();
    world.apply(Any::Session(crate::store::session::Action::Reopen));
    world
        .until("the giving back", |store| !store.letters.is_giving_back())
        .await;
    assert_eq!(world.count(State::Visible), 20);
    assert!(world.store.letters.letters_of(&key).is_none());
    assert_eq!(world.store.letters.open(), None);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_program_gives_back_what_no_run_gave_back() {
    let mut world = World::open(20);
    world.look().await;
    world.runner.give_letters_back().await;
    assert_eq!(world.count(State::Visible), 20);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_cannot_be_renewed_is_told_and_no_longer_counted() {
    let mut world = World::open(5);
    world.look().await;
    world.provider.inject(Faults {
        deny: vec![Operation::ChangeMessageVisibilityBatch],
        ..Faults::default()
    });
    world
        .until("the loss", |store| {
            queue_letters(store).is_some_and(|queue_letters| queue_letters.leases().count == 0)
        })
        .await;
    let queue_letters = queue_letters(&world.store).expect("open");
    let lost = queue_letters.letters().iter();
    assert_eq!(
        lost.filter(|one| queue_letters.is_lost(&one.message.id))
            .count(),
        5
    );
    assert_eq!(
        queue_letters.letters().len(),
        5,
        "what was read stays readable"
    );
}

#[tokio::test(start_paused = true)]
async fn a_redrive_takes_chosen_letters_over_and_the_rest_stays_held() {
    let mut world = World::open(12);
    world.look().await;
    let chosen: Vec<LetterId> = queue_letters(&world.store).expect("open").letters()[..5]
        .iter()
        .map(|letter| letter.message.id.clone())
        .collect();
    world.act(Step::Mark(chosen));
    world.act(choice(Which::Marked, To::Source));
    world
        .until("the dry run", |store| {
            queue_letters(store).is_some_and(|queue_letters| queue_letters.dry_run.is_some())
        })
        .await;
    assert_eq!(world.provider.calls(Operation::SendMessageBatch), 0);
    world.act(Step::Start);
    world
        .until("the end", |store| {
            store.letters.runs().iter().all(|run| !run.is_running())
        })
        .await;
    let run = &world.store.letters.runs()[0];
    let progress = run.progress.as_ref().expect("figures");
    assert_eq!(progress.phase, Phase::Ended(End::Complete), "{progress:?}");
    assert_eq!((progress.tally.moved, progress.tally.read), (5, 5));
    let open = queue_letters(&world.store).expect("open");
    assert_eq!(open.letters().len(), 7, "moved letters leave the list");
    assert_eq!(open.marks(), 0);
    assert_eq!(world.session.contents(SOURCE).expect("queue").len(), 5);
    assert_eq!(world.count(State::InFlight), 7, "the others are held on");
    let entries = world.activity();
    assert_eq!(entries.len(), 2, "intention and completion: {entries:?}");
    assert!(!format!("{entries:?}").contains("order"), "never a body");

    let file = world.directory.path().join("report.md");
    let plan = run.plan_id.clone();
    world.act(Step::Export(file.clone(), Export::Report(plan)));
    world
        .until("the report", |store| !store.letters.is_exporting())
        .await;
    let report = std::fs::read_to_string(file).expect("the report");
    assert_eq!(report.matches("| sent |").count(), 5, "{report}");
}

#[tokio::test(start_paused = true)]
async fn what_a_stopped_redrive_has_moved_leaves_the_list_at_once() {
    let mut world = World::open(40);
    world.look().await;
    let mut wish = choice(Which::Filtered, To::Source);
    if let Step::Prepare(choice) = &mut wish {
        choice.pace.per_second = Some(5.0);
    }
    world.act(wish);
    world
        .until("the dry run", |store| {
            queue_letters(store).is_some_and(|queue_letters| queue_letters.dry_run.is_some())
        })
        .await;
    world.act(Step::Start);
    world
        .until("the first ones", |store| {
            let run = &store.letters.runs()[0];
            run.progress.as_ref().is_some_and(|one| one.tally.moved > 0)
        })
        .await;
    let run = world.store.letters.runs()[0].id;
    world.act(Step::Control(run, Control::Stop));
    world
        .until("the end", |store| {
            store.letters.runs().iter().all(|run| !run.is_running())
        })
        .await;
    let run = &world.store.letters.runs()[0];
    let moved = run.progress.as_ref().expect("figures").tally.moved as usize;
    assert!((1..40).contains(&moved), "{moved}");
    let left = world.session.contents(QUEUE).expect("queue").len();
    let open = queue_letters(&world.store).expect("open");
    assert_eq!((left, open.letters().len()), (40 - moved, 40 - moved));
    world
        .until("the clusters", |store| {
            let sorted = queue_letters(store).and_then(QueueLetters::sorted);
            sorted.is_some_and(|sorted| sorted.shown.len() == left)
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_standing_redrive_gives_back_what_was_held_and_empties_the_queue() {
    let mut world = World::open(30);
    world.look().await;
    world.act(choice(Which::Standing { limit: None }, To::Source));
    world
        .until("the dry run", |store| {
            queue_letters(store).is_some_and(|queue_letters| queue_letters.dry_run.is_some())
        })
        .await;
    let dry_run =
        queue_letters(&world.store).and_then(|queue_letters| queue_letters.dry_run.clone());
    let dry_run = dry_run.expect("made");
    assert_eq!(dry_run.typed.as_deref(), Some(QUEUE), "everything is typed");
    assert!(dry_run.move_task, "AWS could do it");
    world.act(Step::Start);
    world
        .until("the end", |store| {
            store.letters.runs().iter().all(|run| !run.is_running())
        })
        .await;
    assert_eq!(world.session.contents(SOURCE).expect("queue").len(), 30);
    assert_eq!(world.session.contents(QUEUE).expect("queue").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_the_filter_fails_on_is_counted_here_and_in_the_plan() {
    let mut world = World::open(5);
    world.look().await;
    world.act(Step::Filter("jq:.order.x".into()));
    let not_judged = |store: &Store| queue_letters(store)?.sorted()?.not_judged.clone();
    world
        .until("the filter", |store| not_judged(store).is_some())
        .await;
    let (count, why) = not_judged(&world.store).expect("counted");
    assert_eq!(count, 5);
    assert!(!why.is_empty());
    let shown = queue_letters(&world.store).and_then(QueueLetters::sorted);
    assert_eq!(shown.map(|sorted| sorted.shown.len()), Some(0));
    world.act(choice(Which::Standing { limit: None }, To::Source));
    world
        .until("the dry run", |store| {
            queue_letters(store).is_some_and(|queue_letters| queue_letters.dry_run.is_some())
        })
        .await;
    let dry_run =
        queue_letters(&world.store).and_then(|queue_letters| queue_letters.dry_run.clone());
    let preview = &dry_run.expect("made").preview;
    assert_eq!((preview.fits, preview.not_judged.count), (0, 5));
    // Nothing of the filter, nothing that fails.
    world.act(Step::Filter("order=1".into()));
    world
        .until("the filter", |store| {
            let sorted = queue_letters(store).and_then(QueueLetters::sorted);
            sorted.is_some_and(|sorted| sorted.shown.len() == 1 && sorted.not_judged.is_none())
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn deleting_is_a_plan_that_asks_for_the_name() {
    let mut world = World::open(3);
    world.look().await;
    world.act(choice(Which::Filtered, To::Delete));
    world
        .until("the dry run", |store| {
            queue_letters(store).is_some_and(|queue_letters| queue_letters.dry_run.is_some())
        })
        .await;
    let typed = queue_letters(&world.store)
        .and_then(|queue_letters| queue_letters.dry_run.as_ref()?.typed.clone());
    assert_eq!(typed.as_deref(), Some(QUEUE));
    world.act(Step::Start);
    world
        .until("the end", |store| {
            store.letters.runs().iter().all(|run| !run.is_running())
        })
        .await;
    assert_eq!(world.session.contents(QUEUE).expect("queue").len(), 0);
    assert!(
        queue_letters(&world.store)
            .expect("open")
            .letters()
            .is_empty()
    );
}

#[tokio::test(start_paused = true)]
async fn a_purge_empties_the_queue_and_its_letters() {
    let mut world = World::open(5);
    world.look().await;
    let key = world.key();
    world.act(Step::Purge(key));
    world
        .until("the purge", |store| {
            queue_letters(store).is_some_and(|queue_letters| {
                queue_letters.letters().is_empty() && queue_letters.leases().count == 0
            })
        })
        .await;
    // SQS takes its time.
    world.pass(70).await;
    assert_eq!(world.session.contents(QUEUE).expect("queue").len(), 0);
    assert_eq!(world.activity().len(), 2, "intention and completion");
}

#[tokio::test(start_paused = true)]
async fn aws_can_move_a_queue_and_its_task_is_seen() {
    let mut world = World::open(5);
    world
        .until("the walk", |store| {
            store.letters.discovery().ended().is_some()
        })
        .await;
    let key = world.key();
    world.act(Step::Open(key.clone()));
    world.act(Step::StartMove(key, None, Some(1)));
    world
        .until("the task", |store| {
            !store
                .letters
                .discovery()
                .moves(&queue_arn(QUEUE))
                .is_empty()
        })
        .await;
    let mut left = 5;
    while left > 0 {
        world.pass(1).await;
        left = world.session.contents(QUEUE).expect("queue").len();
    }
    assert_eq!(world.session.contents(SOURCE).expect("queue").len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_broken_redrive_is_offered_again_and_resumed() {
    let mut world = World::open(40);
    world.look().await;
    world.act(choice(Which::Filtered, To::Source));
    world
        .until("the dry run", |store| {
            queue_letters(store).is_some_and(|queue_letters| queue_letters.dry_run.is_some())
        })
        .await;
    world.provider.inject(Faults {
        fail: vec![(
            Operation::SendMessageBatch,
            crate::ports::ErrorKind::BadCredentials,
        )],
        ..Faults::default()
    });
    world.act(Step::Start);
    world
        .until("the offer", |store| store.letters.journals().len() == 1)
        .await;
    assert_eq!(world.session.contents(QUEUE).expect("queue").len(), 40);
    let journal = world.store.letters.journals()[0].clone();
    assert!(!journal.is_locked);
    world.provider.inject(Faults::default());
    world.act(Step::Resume(journal.plan.id));
    world
        .until("the end", |store| {
            store.letters.runs().iter().all(|run| !run.is_running())
        })
        .await;
    assert_eq!(world.session.contents(SOURCE).expect("queue").len(), 40);
    assert_eq!(world.session.contents(QUEUE).expect("queue").len(), 0);
    assert!(
        queue_letters(&world.store)
            .expect("open")
            .letters()
            .is_empty()
    );
}

#[tokio::test(start_paused = true)]
async fn letters_are_exported_once_and_imported_again() {
    let mut world = World::open(15);
    world.look().await;
    let file = world.directory.path().join("letters.jsonl");
    for _ in 0..2 {
        let export = Export::Letters(Which::Filtered);
        world.act(Step::Export(file.clone(), export));
        world
            .until("the file", |store| !store.letters.is_exporting())
            .await;
    }
    let shown = world.store.toasts.shown().last().expect("a word").clone();
    assert!(shown.text.contains("exists already"), "{}", shown.text);
    let key = QueueKey {
        arn: queue_arn(SOURCE),
        ..world.key()
    };
    world.act(Step::Add(SOURCE.to_owned()));
    world
        .until("the other queue", |store| {
            queue_letters(store).is_some_and(|queue_letters| {
                queue_letters.key.arn == queue_arn(SOURCE) && queue_letters.url.is_some()
            })
        })
        .await;
    world.act(Step::CountImport(key.clone(), file.clone()));
    world
        .until("the count", |store| store.letters.import().is_some())
        .await;
    let counted = world.store.letters.import().expect("counted");
    assert_eq!((counted.messages, counted.requests), (15, 2));
    // What is sent is what was counted.
    let whole = std::fs::read_to_string(&file).expect("a file");
    std::fs::write(&file, whole.replace("14", "99")).expect("written");
    world.act(Step::EndImport(true));
    world
        .until("the refusal", |store| {
            let mut shown = store.toasts.shown().iter();
            shown.any(|toast| toast.text.contains("changed since its lines were counted"))
        })
        .await;
    assert_eq!(world.session.contents(SOURCE).expect("queue").len(), 0);
    std::fs::write(&file, whole).expect("written");
    world.act(Step::CountImport(key, file));
    world
        .until("the count", |store| store.letters.import().is_some())
        .await;
    world.act(Step::EndImport(true));
    let mut sent = world.session.contents(SOURCE).expect("queue").len();
    while sent < 15 {
        world.pass(1).await;
        sent = world.session.contents(SOURCE).expect("queue").len();
    }
    let bodies = world.session.contents(SOURCE).expect("queue");
    assert!(
        bodies
            .iter()
            .any(|one| &**one.body.reveal() == "{\"order\":14}")
    );
}

#[tokio::test(start_paused = true)]
async fn many_edits_are_reviewed_before_they_are_kept_and_can_be_taken_back() {
    let mut world = World::open(4);
    world.look().await;
    let jq = "if .order == 0 then error(\"no\") elif .order == 1 then . else .order += 10 end";
    world.act(Step::EditWith(jq.to_owned(), Which::Filtered));
    world
        .until("the review", |store| {
            queue_letters(store).is_some_and(|queue_letters| queue_letters.edit_review.is_some())
        })
        .await;
    let open = queue_letters(&world.store).expect("open");
    let review = open.edit_review.as_ref().expect("made");
    assert_eq!((review.counts(), open.edits()), ((2, 1, 1), 0));
    world.act(Step::ApplyEdits);
    assert_eq!(queue_letters(&world.store).expect("open").edits(), 2);
    world.act(Step::Undo(Which::Filtered));
    assert_eq!(queue_letters(&world.store).expect("open").edits(), 0);

    world.act(Step::EditWith("(((".to_owned(), Which::Filtered));
    world
        .until("the refusal", |store| {
            queue_letters(store).is_some_and(|queue_letters| queue_letters.problem.is_some())
        })
        .await;
}
