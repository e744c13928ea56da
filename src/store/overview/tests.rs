use super::*;
use crate::{
    domain::session::{Target, WriteState},
    ports::{ErrorKind, Operation},
    store::{
        self, Setup, Store, Work as AnyWork, functions,
        session::{self, Opened},
        ui::{self, FUNCTIONS},
    },
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + seconds).unwrap()
}

fn setup() -> Setup {
    Setup {
        since: SignedDuration::from_mins(15),
        log_budget: 64 << 20,
        target: Target::default(),
        write: WriteState::Open,
        tab: OVERVIEW,
        refresh_every: SignedDuration::from_hours(10),
        now: at(0),
    }
}

fn arn(name: &str) -> Arn {
    FunctionConfiguration::sample(name).summary.arn
}

/// A store whose session is open, with these functions, the first selected, one pane at a time,
/// the list in front.
fn store(names: &[&str]) -> Store {
    let (mut store, effects) = Store::new(setup());
    open(&mut store, &effects);
    let rows = names
        .iter()
        .map(|name| FunctionConfiguration::sample(name).summary)
        .collect();
    let session = store.sessions.current().id;
    apply(
        &mut store,
        store::Action::Functions(functions::Action::Kept {
            session,
            account: None,
            at: at(0),
            rows,
        }),
    );
    store.settle();
    select(&mut store, names[0]);
    store
}

fn open(store: &mut Store, effects: &[Effect]) {
    let ticket = effects.iter().find_map(|effect| match effect {
        Effect::Stream(ticket, AnyWork::Session(session::Work::Open(..))) => Some(ticket.clone()),
        _ => None,
    });
    let opened = Opened {
        region: "eu-west-1".into(),
        custom_endpoint: false,
        write: WriteState::Open,
    };
    let action = session::Action::Opened(ticket.unwrap(), Ok(opened));
    apply(store, store::Action::Session(action));
}

fn select(store: &mut Store, name: &str) -> Vec<Effect> {
    apply(
        store,
        store::Action::Functions(functions::Action::SelectArn(arn(name))),
    )
}

fn show(store: &mut Store) -> Vec<Effect> {
    apply(store, store::Action::Ui(ui::Action::Focus(OVERVIEW)))
}

/// Applies an action; what is left are the effects of this slice.
fn apply(store: &mut Store, action: store::Action) -> Vec<Effect> {
    let mut effects = store.apply(action);
    if !effects
        .iter()
        .any(|effect| matches!(effect, Effect::Close(_)))
    {
        effects.retain(|effect| match effect {
            Effect::Query(_, work) => matches!(work, AnyWork::Overview(_) | AnyWork::Session(_)),
            Effect::Cancel(key) => key.name.starts_with("overview."),
            _ => false,
        });
    }
    effects
}

fn reads(effects: &[Effect]) -> Vec<(Ticket, Work)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Query(ticket, AnyWork::Overview(work)) => Some((ticket.clone(), work.clone())),
            _ => None,
        })
        .collect()
}

fn read_of(effects: &[Effect], part: Part) -> Ticket {
    reads(effects)
        .into_iter()
        .find_map(|(ticket, work)| (work.part == part).then_some(ticket))
        .unwrap()
}

fn cancels(effects: &[Effect]) -> usize {
    effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Cancel(_)))
        .count()
}

/// A good answer to every read of these effects.
fn answer_all(store: &mut Store, effects: &[Effect]) {
    for (ticket, work) in reads(effects) {
        let name = work.resource.resource_name().to_owned();
        let action = match work.part {
            Part::Configuration => {
                Action::Configuration(ticket, Ok(FunctionConfiguration::sample(&name).into()))
            }
            Part::Triggers => Action::Triggers(ticket, Ok(Vec::new())),
            Part::Async => Action::Async(ticket, Ok(Vec::new())),
            Part::DeadLetterQueue => {
                Action::DeadLetterQueue(ticket, Ok(QueueAttributes::default()))
            }
            Part::Versions => Action::Versions(ticket, Ok(Vec::new())),
            Part::Aliases => Action::Aliases(ticket, Ok(Vec::new())),
            Part::Reserved => Action::Reserved(ticket, Ok(None)),
            Part::Provisioned => Action::Provisioned(ticket, Ok(Vec::new())),
            Part::Urls => Action::Urls(ticket, Ok(Vec::new())),
            Part::Tags => Action::Tags(ticket, Ok(Vec::new())),
        };
        let more = apply(store, store::Action::Overview(action));
        assert!(reads(&more).is_empty(), "{:?} led to {more:?}", work.part);
    }
}

fn facts<'a>(store: &'a Store, name: &str) -> Option<&'a Facts> {
    store.overview.facts(&FunctionKey {
        session: store.sessions.current().id,
        arn: arn(name),
    })
}

fn denied() -> ApiError {
    ApiError::new(Operation::ListTags, ErrorKind::Denied, "no")
}

#[test]
fn nothing_is_read_before_the_pane_is_on_screen() {
    let mut store = store(&["a", "b"]);
    assert!(select(&mut store, "b").is_empty());
    assert!(facts(&store, "b").is_none());
    let effects = show(&mut store);
    let reads = reads(&effects);
    assert_eq!(reads.len(), Part::ALL.len() - 1, "no queue is known yet");
    assert!(
        reads
            .iter()
            .all(|(_, work)| work.waits && work.resource == arn("b"))
    );
    let again = apply(&mut store, store::Action::Overview(Action::Shown));
    assert!(again.is_empty(), "what is under way is not asked again");
}

#[test]
fn moving_on_gives_up_the_former_function_and_drops_its_late_answer() {
    let mut store = store(&["a", "b"]);
    let first = show(&mut store);
    let effects = select(&mut store, "b");
    assert_eq!(cancels(&effects), Part::ALL.len() - 1);
    assert!(
        reads(&effects)
            .iter()
            .all(|(_, work)| work.resource == arn("b"))
    );
    let late = Action::Tags(
        read_of(&first, Part::Tags),
        Ok(vec![("k".into(), "v".into())]),
    );
    apply(&mut store, store::Action::Overview(late));
    assert!(facts(&store, "a").unwrap().tags.value().is_none());
    assert!(facts(&store, "b").unwrap().tags.value().is_none());
}

#[test]
fn what_was_read_is_shown_on_return_and_read_again_after_a_minute() {
    let mut store = store(&["a", "b"]);
    let effects = show(&mut store);
    answer_all(&mut store, &effects);
    assert!(store.next_wake().is_some_and(|wake| wake <= at(60)));
    let effects = select(&mut store, "b");
    answer_all(&mut store, &effects);
    assert!(select(&mut store, "a").is_empty());
    assert!(facts(&store, "a").unwrap().configuration.value().is_some());

    assert!(apply(&mut store, store::Action::Tick(at(59))).is_empty());
    let effects = apply(&mut store, store::Action::Tick(at(60)));
    assert_eq!(reads(&effects).len(), Part::ALL.len() - 1);
    assert!(facts(&store, "a").unwrap().configuration.value().is_some());
}

#[test]
fn an_unfocused_terminal_is_not_refreshed() {
    let mut store = store(&["a"]);
    let effects = show(&mut store);
    answer_all(&mut store, &effects);
    apply(
        &mut store,
        store::Action::Ui(ui::Action::TerminalFocus(false)),
    );
    assert!(store.next_wake().is_some(), "ages go on");
    assert!(apply(&mut store, store::Action::Tick(at(300))).is_empty());
    let effects = apply(
        &mut store,
        store::Action::Ui(ui::Action::TerminalFocus(true)),
    );
    assert!(!reads(&effects).is_empty());
}

#[test]
fn a_failure_keeps_the_old_value_and_touches_no_other_part() {
    let mut store = store(&["a"]);
    let effects = show(&mut store);
    answer_all(&mut store, &effects);
    let effects = apply(&mut store, store::Action::Overview(Action::Refresh));
    assert!(reads(&effects).iter().all(|(_, work)| !work.waits));
    let failed = Action::Tags(read_of(&effects, Part::Tags), Err(denied()));
    apply(&mut store, store::Action::Overview(failed));
    let facts = facts(&store, "a").unwrap();
    assert!(facts.tags.is_stale());
    assert!(facts.tags.value().is_some());
    assert!(facts.urls.error().is_none() && facts.urls.is_loading());
}

#[test]
fn the_dead_letter_queue_is_asked_once_the_configuration_names_it() {
    let mut store = store(&["a"]);
    let effects = show(&mut store);
    let mut configuration = FunctionConfiguration::sample("a");
    let queue = Arn::new("arn:aws:sqs:eu-west-1:123456789012:a-dlq");
    configuration.summary.dead_letter = Some(queue.clone());
    let ticket = read_of(&effects, Part::Configuration);
    let effects = apply(
        &mut store,
        store::Action::Overview(Action::Configuration(ticket, Ok(configuration.into()))),
    );
    let [(ticket, work)] = &reads(&effects)[..] else {
        panic!("{effects:?}");
    };
    assert_eq!((work.part, &work.resource), (Part::DeadLetterQueue, &queue));
    let depth = QueueAttributes {
        visible: 3,
        ..QueueAttributes::default()
    };
    let answer = Action::DeadLetterQueue(ticket.clone(), Ok(depth));
    apply(&mut store, store::Action::Overview(answer));
    let depth = facts(&store, "a").unwrap().dead_letter_queue.value();
    assert_eq!(depth.map(|queue| queue.visible), Some(3));

    // The target was taken away: the depth of the former queue goes with it.
    let effects = apply(&mut store, store::Action::Overview(Action::Refresh));
    let ticket = read_of(&effects, Part::Configuration);
    let without = FunctionConfiguration::sample("a");
    let action = Action::Configuration(ticket, Ok(without.into()));
    apply(&mut store, store::Action::Overview(action));
    assert!(facts(&store, "a").unwrap().dead_letter_queue.is_untouched());
}

#[test]
fn a_function_that_is_changing_is_read_again_soon() {
    let mut store = store(&["a"]);
    let effects = show(&mut store);
    let ticket = read_of(&effects, Part::Configuration);
    let mut changing = FunctionConfiguration::sample("a");
    changing.state.last_update = Some("InProgress".into());
    let action = Action::Configuration(ticket, Ok(changing.into()));
    apply(&mut store, store::Action::Overview(action));
    let effects = apply(&mut store, store::Action::Tick(at(5)));
    assert_eq!(
        reads(&effects).len(),
        1,
        "only the configuration: {effects:?}"
    );
}

#[test]
fn only_the_last_functions_stay_known() {
    let names: Vec<String> = (0..=KEPT).map(|n| format!("f{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut store = store(&names);
    show(&mut store);
    for name in &names {
        select(&mut store, name);
    }
    assert!(facts(&store, names[0]).is_none());
    assert!(facts(&store, names[1]).is_some());
    assert!(facts(&store, names[KEPT]).is_some());
}

#[test]
fn a_switch_of_the_session_clears_everything() {
    let mut store = store(&["a"]);
    let effects = show(&mut store);
    let ticket = read_of(&effects, Part::Tags);
    apply(
        &mut store,
        store::Action::Overview(Action::Reveal("KEY".into())),
    );
    let version = store.overview.version();
    apply(&mut store, store::Action::Session(session::Action::Reopen));
    assert!(store.overview.known.is_empty());
    assert_eq!(store.overview.revealed(), None);
    assert!(store.overview.version() > version);
    let late = Action::Tags(ticket, Ok(vec![("k".into(), "v".into())]));
    apply(&mut store, store::Action::Overview(late));
    assert!(store.overview.known.is_empty());
}

#[test]
fn a_revealed_value_is_masked_when_the_pane_or_the_function_is_left() {
    let mut store = store(&["a", "b"]);
    show(&mut store);
    let reveal = || store::Action::Overview(Action::Reveal("KEY".into()));
    apply(&mut store, reveal());
    assert_eq!(store.overview.revealed(), Some("KEY"));
    select(&mut store, "b");
    assert_eq!(store.overview.revealed(), None);
    apply(&mut store, reveal());
    apply(&mut store, store::Action::Ui(ui::Action::Focus(FUNCTIONS)));
    assert_eq!(store.overview.revealed(), None);
}
