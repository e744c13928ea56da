//! The store as a whole: what an action changes, and which effects it asks for.

use jiff::{SignedDuration, Timestamp};

use super::{
    Action, Effect, Setup, Store, Ticket, Work, effect,
    functions::{self, Action as Functions},
    session,
    ui::{self, PaneId},
};
use crate::{
    domain::{
        function::{Arn, FunctionState, FunctionSummary},
        session::{Identity, Target, WriteState},
    },
    ports::{ApiError, ErrorKind, Operation},
};

fn start() -> Timestamp {
    "2026-11-20T02:30:00Z".parse().unwrap()
}

fn row(name: &str) -> FunctionSummary {
    FunctionSummary {
        arn: Arn::new(format!("arn:aws:lambda:eu-west-1:1:function:{name}")),
        name: name.into(),
        runtime: Some("python3.12".into()),
        memory_mb: 128,
        timeout_s: 3,
        modified: Some(start()),
        package: "Zip".into(),
        architecture: "arm64".into(),
        code_size: 1,
        log_group: None,
        dead_letter: None,
        durable: false,
        quiet: false,
    }
}

fn rows(names: &[&str]) -> Vec<FunctionSummary> {
    names.iter().map(|name| row(name)).collect()
}

fn failure(kind: ErrorKind) -> ApiError {
    ApiError::new(Operation::ListFunctions, kind, "it failed")
}

/// A store, and the effects that nobody has performed yet.
struct World {
    store: Store,
    effects: Vec<Effect>,
}

impl World {
    fn new() -> Self {
        let (store, effects) = Store::new(Setup {
            since: SignedDuration::from_mins(15),
            log_budget: 64 << 20,
            target: Target::default(),
            write: WriteState::Open,
            tab: PaneId("overview"),
            refresh_every: SignedDuration::from_secs(60),
            now: start(),
        });
        Self { store, effects }
    }

    /// A store whose session is open and whose list is being read.
    fn open() -> (Self, Ticket) {
        let mut world = Self::new();
        let ticket = world.ticket("session.open");
        world.opened(ticket);
        let list = world.ticket("functions.list");
        (world, list)
    }

    fn opened(&mut self, ticket: Ticket) {
        let opened = session::Opened {
            region: "eu-west-1".into(),
            custom_endpoint: false,
            write: WriteState::Open,
        };
        self.apply(Action::Session(session::Action::Opened(ticket, Ok(opened))));
    }

    fn apply(&mut self, action: Action) {
        self.effects.extend(self.store.apply(action));
        self.store.settle();
    }

    fn functions(&mut self, action: Functions) {
        self.apply(Action::Functions(action));
    }

    /// The newest ticket that was sent out under a name.
    fn ticket(&self, name: &str) -> Ticket {
        let mut tickets = self.effects.iter().filter_map(|effect| match effect {
            Effect::Query(ticket, _) | Effect::Stream(ticket, _) => Some(ticket),
            _ => None,
        });
        tickets
            .rfind(|ticket| ticket.key.name == name)
            .unwrap()
            .clone()
    }

    fn asked(&self, name: &str) -> usize {
        let names = self.effects.iter().filter_map(|effect| match effect {
            Effect::Query(ticket, _) | Effect::Stream(ticket, _) => Some(ticket.key.name),
            _ => None,
        });
        names.filter(|asked| *asked == name).count()
    }

    fn names(&self) -> Vec<&str> {
        let list = &self.store.functions;
        (0..list.len())
            .filter_map(|place| list.row(place))
            .map(|row| &*row.name)
            .collect()
    }

    fn selected(&self) -> &str {
        &self.store.functions.selected().unwrap().name
    }

    fn pass(&mut self, seconds: i64) {
        let now = self.store.now + SignedDuration::from_secs(seconds);
        self.apply(Action::Tick(now));
    }
}

#[test]
fn opening_asks_for_the_identity_and_the_list() {
    let (world, _) = World::open();
    assert_eq!(world.asked("session.identify"), 1);
    assert_eq!(world.asked("functions.list"), 1);
}

#[test]
fn pages_appear_as_they_come_and_rows_that_are_gone_go_at_the_end() {
    let (mut world, list) = World::open();
    world.functions(Functions::Page(list.clone(), rows(&["b", "a"])));
    assert_eq!(world.names(), ["a", "b"]);
    world.functions(Functions::Page(list.clone(), rows(&["c"])));
    world.functions(Functions::Listed(list, Ok(())));
    assert_eq!(world.names(), ["a", "b", "c"]);
    world.functions(Functions::Refresh);
    let list = world.ticket("functions.list");
    world.functions(Functions::Page(list.clone(), rows(&["c", "d"])));
    assert_eq!(
        world.names(),
        ["a", "b", "c", "d"],
        "nothing vanishes while it is read"
    );
    world.functions(Functions::Listed(list, Ok(())));
    assert_eq!(world.names(), ["c", "d"]);
}

#[test]
fn a_failed_refresh_keeps_the_rows_and_says_why() {
    let (mut world, list) = World::open();
    world.functions(Functions::Page(list.clone(), rows(&["a"])));
    world.functions(Functions::Listed(list, Ok(())));
    world.functions(Functions::Refresh);
    let list = world.ticket("functions.list");
    world.functions(Functions::Listed(list, Err(failure(ErrorKind::Denied))));
    assert_eq!(world.names(), ["a"]);
    assert!(world.store.functions.slot().is_stale());
}

#[test]
fn the_selection_is_kept_by_identity_and_falls_back_to_its_place() {
    let (mut world, list) = World::open();
    world.functions(Functions::Page(list.clone(), rows(&["a", "c", "e"])));
    assert_eq!(world.selected(), "a", "the first row until the user moves");
    world.functions(Functions::Select(1));
    world.functions(Functions::Page(list.clone(), rows(&["b"])));
    assert_eq!((world.selected(), world.store.functions.cursor()), ("c", 2));
    world.functions(Functions::Listed(list, Ok(())));
    world.functions(Functions::Refresh);
    let list = world.ticket("functions.list");
    world.functions(Functions::Page(list.clone(), rows(&["a", "b", "e"])));
    world.functions(Functions::Listed(list, Ok(())));
    assert_eq!(
        world.selected(),
        "e",
        "c is gone; the cursor stays where it was"
    );
}

#[test]
fn a_late_page_of_an_earlier_walk_is_dropped() {
    let (mut world, old) = World::open();
    world.functions(Functions::Refresh);
    world.functions(Functions::Page(old, rows(&["ghost"])));
    assert!(world.names().is_empty());
}

#[test]
fn an_account_switch_drops_everything_of_the_old_session() {
    let (mut world, list) = World::open();
    let old = world.store.sessions.current().id;
    world.functions(Functions::Page(list.clone(), rows(&["secret-of-a"])));
    world.functions(Functions::Viewport(0, 1));
    let states = world.ticket("functions.states");
    world.apply(Action::Session(session::Action::Open(Target {
        profile: Some("other".into()),
        ..Target::default()
    })));
    assert!(world.effects.contains(&Effect::Close(old)));
    assert!(world.names().is_empty());
    world.functions(Functions::Page(list, rows(&["late"])));
    let arn = row("secret-of-a").arn;
    world.functions(Functions::State(
        states,
        arn.clone(),
        Ok(FunctionState::default()),
    ));
    assert!(world.names().is_empty() && world.store.functions.state(&arn).is_none());
}

#[test]
fn a_kept_list_stands_in_and_another_accounts_is_replaced_never_merged() {
    let mut world = World::new();
    let kept = |world: &World, account: &str| {
        Action::Functions(Functions::Kept {
            session: world.store.sessions.current().id,
            account: Some(account.into()),
            at: start() - SignedDuration::from_hours(3),
            rows: rows(&["kept-1", "kept-2"]),
        })
    };
    world.apply(kept(&world, "111111111111"));
    assert_eq!(world.names(), ["kept-1", "kept-2"]);
    let open = world.ticket("session.open");
    world.opened(open);
    let list = world.ticket("functions.list");
    world.functions(Functions::Page(list, rows(&["kept-2", "new"])));
    let identity = Identity {
        account: "222222222222".into(),
        arn: "arn".into(),
    };
    let ticket = world.ticket("session.identify");
    let write = WriteState::Open;
    world.apply(Action::Session(session::Action::Identified(
        ticket,
        Ok(identity),
        write,
    )));
    assert_eq!(
        world.names(),
        ["kept-2", "new"],
        "only what this account has answered"
    );
}

#[test]
fn a_kept_list_that_comes_late_never_covers_a_real_one() {
    let (mut world, list) = World::open();
    world.functions(Functions::Page(list, rows(&["real"])));
    let session = world.store.sessions.current().id;
    let at = start();
    world.functions(Functions::Kept {
        session,
        account: None,
        at,
        rows: rows(&["old"]),
    });
    assert_eq!(world.names(), ["real"]);
}

#[test]
fn the_list_is_read_again_after_its_time_but_not_while_nobody_looks() {
    let (mut world, list) = World::open();
    world.functions(Functions::Listed(list, Ok(())));
    assert_eq!(
        world.store.next_wake(),
        Some(start() + SignedDuration::from_secs(60))
    );
    world.apply(Action::Ui(ui::Action::TerminalFocus(false)));
    world.pass(120);
    assert_eq!(world.asked("functions.list"), 1);
    world.apply(Action::Ui(ui::Action::TerminalFocus(true)));
    assert_eq!(world.asked("functions.list"), 2);
}

#[test]
fn a_failing_list_is_not_asked_in_a_loop() {
    let (mut world, list) = World::open();
    world.functions(Functions::Listed(list, Err(failure(ErrorKind::Denied))));
    world.pass(1);
    world.pass(1);
    assert_eq!(world.asked("functions.list"), 1);
}

#[test]
fn only_visible_rows_are_asked_for_their_state_and_only_once() {
    let (mut world, list) = World::open();
    world.functions(Functions::Page(list, rows(&["a", "b", "c", "d"])));
    world.functions(Functions::Viewport(1, 3));
    let wanted = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Stream(ticket, Work::Functions(functions::Work::States(_, arns))) => {
            Some((ticket.clone(), arns.clone()))
        }
        _ => None,
    });
    let (ticket, arns) = wanted.unwrap();
    assert_eq!(arns, [row("b").arn, row("c").arn]);
    for arn in arns {
        world.functions(Functions::State(
            ticket.clone(),
            arn,
            Ok(FunctionState::default()),
        ));
    }
    let asked = world.asked("functions.states");
    world.functions(Functions::Viewport(1, 3));
    assert_eq!(world.asked("functions.states"), asked);
}

#[test]
fn a_filter_with_an_error_keeps_the_last_good_meaning() {
    let (mut world, list) = World::open();
    world.functions(Functions::Page(list, rows(&["pay", "ship"])));
    world.functions(Functions::Filter("pay".into()));
    assert_eq!(world.names(), ["pay"]);
    world.functions(Functions::Filter("pay memory:>x".into()));
    assert!(world.store.functions.query().error.is_some());
    assert_eq!(world.names(), ["pay"]);
    world.functions(Functions::Filter(String::new()));
    assert_eq!(world.names().len(), 2);
}

#[test]
fn an_unlocked_session_locks_itself_in_the_store_too() {
    let (mut world, _) = World::open();
    let id = world.store.sessions.current().id;
    let until = Some(start() + SignedDuration::from_mins(30));
    let unlocked = WriteState::Unlocked { until };
    world.apply(Action::Session(session::Action::WriteState(id, unlocked)));
    world.pass(29 * 60);
    assert_eq!(world.store.sessions.current().write, unlocked);
    world.pass(60);
    assert_eq!(world.store.sessions.current().write, WriteState::Protected);
}

#[test]
fn a_session_that_cannot_be_opened_says_why_and_reopening_is_a_new_one() {
    let mut world = World::new();
    let ticket = world.ticket("session.open");
    let error = failure(ErrorKind::SsoExpired);
    let answer = session::Action::Opened(ticket.clone(), Err(error.clone()));
    world.apply(Action::Session(answer.clone()));
    assert_eq!(
        world.store.sessions.current().status,
        session::Status::Failed(error)
    );
    world.apply(Action::Session(session::Action::Reopen));
    assert_eq!(world.asked("session.open"), 2);
    world.apply(Action::Session(answer));
    let status = &world.store.sessions.current().status;
    assert_eq!(*status, session::Status::Opening, "the old answer is late");
}

#[test]
fn the_editors_and_the_clipboards_effects_go_to_the_terminal() {
    let (mut world, _) = World::open();
    let text = crate::domain::secret::Secret::new("x".to_owned());
    world.apply(Action::Ui(ui::Action::Copy(text.clone())));
    let copy = Effect::Terminal(effect::Terminal::Copy(text));
    assert_eq!(world.effects.last(), Some(&copy));
}

#[test]
fn kept_rows_are_old_until_the_walk_has_met_them() {
    let mut world = World::new();
    world.apply(Action::Functions(Functions::Kept {
        session: world.store.sessions.current().id,
        account: None,
        at: start(),
        rows: rows(&["a", "b"]),
    }));
    let open = world.ticket("session.open");
    world.opened(open);
    let list = world.ticket("functions.list");
    world.functions(Functions::Page(list.clone(), rows(&["b"])));
    let old = |world: &World| {
        [
            world.store.functions.is_old(0),
            world.store.functions.is_old(1),
        ]
    };
    assert_eq!(
        (old(&world), world.store.functions.met()),
        ([true, false], 1)
    );
    world.functions(Functions::Page(list.clone(), rows(&["a"])));
    world.functions(Functions::Listed(list, Ok(())));
    assert_eq!(old(&world), [false, false]);
}

#[test]
fn a_function_that_changes_is_asked_again_soon_and_never_in_a_loop() {
    let (mut world, list) = World::open();
    world.functions(Functions::Page(list.clone(), rows(&["a"])));
    world.functions(Functions::Listed(list, Ok(())));
    world.functions(Functions::Viewport(0, 1));
    let ticket = world.ticket("functions.states");
    let changing = FunctionState {
        last_update: Some("InProgress".into()),
        ..FunctionState::default()
    };
    world.functions(Functions::State(ticket, row("a").arn, Ok(changing)));
    let asked = world.asked("functions.states");
    let due = start() + SignedDuration::from_secs(5);
    assert_eq!(world.store.next_wake(), Some(due));
    world.pass(5);
    assert_eq!(world.asked("functions.states"), asked + 1);
    assert!(
        world.store.next_wake() > Some(world.store.now),
        "what is due does not stay due"
    );
}

#[test]
fn a_switch_leaves_no_message_of_the_account_that_was_left() {
    let (mut world, _) = World::open();
    let failed = super::toast::Action::Failed(failure(ErrorKind::Denied));
    world.apply(Action::Toast(failed));
    world.apply(Action::Session(session::Action::OpenRegion(
        "us-east-1".into(),
    )));
    assert!(world.store.toasts.last_error().is_none() && world.store.toasts.shown().is_empty());
}
