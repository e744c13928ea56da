use std::path::PathBuf;

use super::*;
use crate::{
    domain::{
        function::FunctionSummary,
        invocation::InvokeResponse,
        reply::Reply,
        saved_event::{EventSettings, Stamp, StoredEvent},
        session::Target,
    },
    ports::{ErrorKind, Operation},
    store::{
        Action as Any, Effect, Setup, Store, Work as AnyWork, effect::Terminal, functions, session,
        ui,
    },
};

fn arn(name: &str) -> Arn {
    Arn::new(format!(
        "arn:aws:lambda:eu-west-1:000000000000:function:{name}"
    ))
}

fn row(name: &str, durable: bool) -> FunctionSummary {
    FunctionSummary {
        arn: arn(name),
        name: name.into(),
        runtime: None,
        memory_mb: 512,
        timeout_s: 30,
        modified: None,
        package: "Zip".into(),
        architecture: "x86_64".into(),
        code_size: 1,
        log_group: None,
        dead_letter: None,
        durable,
        quiet: false,
    }
}

/// A store whose Invoke pane shows `charge`.
fn store(write: WriteState) -> Store {
    let (mut store, _) = Store::new(Setup {
        target: Target::default(),
        write,
        tab: INVOKE,
        refresh_every: SignedDuration::from_mins(1),
        log_budget: 1 << 20,
        since: SignedDuration::from_mins(15),
        now: Timestamp::UNIX_EPOCH,
    });
    store.apply(Any::Functions(functions::Action::Kept {
        session: SessionId(1),
        account: None,
        at: Timestamp::UNIX_EPOCH,
        rows: vec![row("charge", false), row("thumb", false), row("saga", true)],
    }));
    store.settle();
    show(&mut store, "charge");
    store
}

fn show(store: &mut Store, name: &str) {
    store.apply(Any::Functions(functions::Action::SelectArn(arn(name))));
    store.settle();
    store.apply(Any::Ui(ui::Action::Focus(INVOKE)));
}

fn act(store: &mut Store, step: Step) -> Vec<Effect> {
    store.apply(Any::Invoke(Action::Do(arn("charge"), step)))
}

fn text(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn sends(effects: &[Effect]) -> Vec<(RunId, Send)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Run(id, _, RunWork::Invoke(send)) => Some((*id, (**send).clone())),
            _ => None,
        })
        .collect()
}

fn files(effects: &[Effect]) -> Vec<(Ticket, FileTask)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Query(ticket, AnyWork::Invoke(Work::Files(work))) => {
                Some((ticket.clone(), work.task.clone()))
            }
            _ => None,
        })
        .collect()
}

fn answer(
    store: &mut Store,
    ticket: Ticket,
    answer: Result<FileAnswer, FileProblem>,
) -> Vec<Effect> {
    store.apply(Any::Invoke(Action::Filed(ticket, Box::new(answer))))
}

fn stamp(byte: u8) -> Stamp {
    Stamp {
        payload: [byte; 32],
        settings: None,
    }
}

/// Puts a saved event in the editor.
fn load(store: &mut Store, name: &str, payload: &str) {
    let id = EventId::project(name);
    let effects = act(store, Step::Load(id.clone()));
    let (ticket, _) = files(&effects).remove(0);
    let stored = StoredEvent {
        event: SavedEvent {
            id,
            path: PathBuf::from(format!("{name}.json")),
            payload: text(payload),
            settings: EventSettings::default(),
        },
        stamp: stamp(1),
    };
    answer(store, ticket, Ok(FileAnswer::Read(stored)));
}

fn invokes(store: &Store) -> &FunctionInvokes {
    store.invoke.invokes(&arn("charge")).expect("it is known")
}

fn reply(error: Option<&str>) -> RunEnd {
    let response = InvokeResponse {
        status: 200,
        function_error: error.map(str::to_owned),
        executed_version: None,
        payload: Secret::new(b"{}".to_vec()),
        log_tail: None,
        request_id: None,
    };
    RunEnd {
        at: Timestamp::UNIX_EPOCH,
        end: End::Answered(Reply::read(&response, SignedDuration::ZERO)),
    }
}

fn end(store: &mut Store, id: RunId, end: RunEnd) {
    store.apply(Any::Invoke(Action::Ended(id, Box::new(end))));
}

#[test]
fn a_scratch_text_is_sent_once_and_not_again_before_its_answer() {
    let mut store = store(WriteState::Open);
    let effects = act(&mut store, Step::Send(text("{\"a\":1}")));
    let sent = sends(&effects);
    assert_eq!(sent.len(), 1);
    assert!(files(&effects).is_empty(), "a scratch text is not saved");
    let (id, send) = &sent[0];
    assert_eq!(send.request.payload.reveal(), b"{\"a\":1}");
    assert_eq!(send.request.deadline.as_secs(), 40);
    let again = act(&mut store, Step::Send(text("{\"a\":1}")));
    assert!(sends(&again).is_empty());
    end(&mut store, *id, reply(None));
    assert_eq!(sends(&act(&mut store, Step::Send(text("{}")))).len(), 1);
}

#[test]
fn a_saved_event_is_saved_before_exactly_its_bytes_are_sent() {
    let mut store = store(WriteState::Open);
    load(&mut store, "happy", "{}\n");
    let effects = act(&mut store, Step::Send(text("{\"b\":2}\n")));
    assert!(
        sends(&effects).is_empty(),
        "nothing before the file is safe"
    );
    let (ticket, task) = files(&effects).remove(0);
    let FileTask::Save(event, Overwrite::Unchanged(read)) = task else {
        panic!("a save that overwrites nothing else");
    };
    assert_eq!(
        (event.payload.reveal().as_str(), read),
        ("{\"b\":2}\n", stamp(1))
    );
    let saved = answer(&mut store, ticket.clone(), Ok(FileAnswer::Saved(stamp(2))));
    assert_eq!(sends(&saved)[0].1.request.payload.reveal(), b"{\"b\":2}\n");
    let twice = answer(&mut store, ticket, Ok(FileAnswer::Saved(stamp(2))));
    assert!(sends(&twice).is_empty(), "an answer counts once");
    assert!(!invokes(&store).draft.is_text_changed("{\"b\":2}\n"));
}

#[test]
fn a_file_that_changed_is_asked_about_and_cancelling_sends_nothing() {
    let mut store = store(WriteState::Open);
    load(&mut store, "happy", "{}");
    let problem = FileProblem {
        message: "happy.json was changed".into(),
        is_conflict: true,
    };
    let effects = act(&mut store, Step::Send(text("{}")));
    let (ticket, _) = files(&effects).remove(0);
    assert!(sends(&answer(&mut store, ticket, Err(problem.clone()))).is_empty());
    assert!(matches!(
        invokes(&store).question(),
        Some((_, Question::Changed { .. }))
    ));
    act(&mut store, Step::Dismiss);
    assert!(
        sends(&act(&mut store, Step::Overwrite)).is_empty(),
        "no longer asked"
    );

    let effects = act(&mut store, Step::Send(text("{}")));
    let (ticket, _) = files(&effects).remove(0);
    answer(&mut store, ticket, Err(problem));
    let effects = act(&mut store, Step::Overwrite);
    let (ticket, task) = files(&effects).remove(0);
    assert!(matches!(task, FileTask::Save(_, Overwrite::Force)));
    let saved = answer(&mut store, ticket, Ok(FileAnswer::Saved(stamp(3))));
    assert_eq!(sends(&saved).len(), 1);
}

#[test]
fn a_payload_that_is_not_json_is_refused_with_its_position() {
    let mut store = store(WriteState::Open);
    assert!(sends(&act(&mut store, Step::Send(text("{\"a\": x}")))).is_empty());
    let said = store.toasts.shown().last().expect("a message").text.clone();
    assert!(said.contains("line 1, column 7"), "{said}");
    act(&mut store, Step::Kind(InvocationType::Event));
    let long = format!("\"{}\"", "x".repeat(1_100_000));
    assert!(sends(&act(&mut store, Step::Send(text(&long)))).is_empty());
}

#[test]
fn a_durable_function_needs_a_qualifier() {
    let mut store = store(WriteState::Open);
    show(&mut store, "saga");
    let act = |store: &mut Store, step| store.apply(Any::Invoke(Action::Do(arn("saga"), step)));
    assert!(sends(&act(&mut store, Step::Send(text("{}")))).is_empty());
    act(&mut store, Step::Qualify(Some("live".into())));
    let sent = sends(&act(&mut store, Step::Send(text("{}"))));
    assert_eq!(sent[0].1.request.qualifier.as_deref(), Some("live"));
}

#[test]
fn an_unlocked_session_asks_once_for_each_event_function_and_qualifier() {
    let mut store = store(WriteState::Unlocked { until: None });
    let asks = |store: &mut Store| {
        let sent = sends(&act(store, Step::Send(text("{}"))));
        if let Some((id, _)) = sent.first() {
            end(store, *id, reply(None));
        }
        sent.is_empty()
    };
    assert!(asks(&mut store), "the first time");
    let confirmed = sends(&act(&mut store, Step::Confirm));
    assert_eq!(confirmed.len(), 1);
    end(&mut store, confirmed[0].0, reply(None));
    assert!(
        sends(&act(&mut store, Step::Confirm)).is_empty(),
        "one yes, one send"
    );
    assert!(!asks(&mut store), "the same again");
    act(&mut store, Step::Qualify(Some("live".into())));
    assert!(asks(&mut store), "another qualifier");
    act(&mut store, Step::Kind(InvocationType::DryRun));
    assert!(!asks(&mut store), "a dry run changes nothing");
}

#[test]
fn each_function_keeps_its_own_event() {
    let mut store = store(WriteState::Open);
    load(&mut store, "happy", "{}");
    show(&mut store, "thumb");
    let other = store.invoke.invokes(&arn("thumb")).expect("it is known");
    assert_eq!(other.draft.name(), None);
    assert_eq!(invokes(&store).draft.name(), Some("happy"));
}

#[test]
fn an_answer_to_an_older_question_is_dropped() {
    let mut store = store(WriteState::Open);
    let first = files(&act(&mut store, Step::Refresh)).remove(0).0;
    let second = files(&act(&mut store, Step::Refresh)).remove(0).0;
    let listed = |project| {
        Ok(FileAnswer::Listed {
            events: Vec::new(),
            project,
        })
    };
    answer(&mut store, second, listed(false));
    answer(&mut store, first, listed(true));
    assert!(!invokes(&store).events.project);
}

#[test]
fn a_run_survives_a_switch_and_a_cut_connection_is_never_sent_again() {
    let mut store = store(WriteState::Open);
    let sent = sends(&act(&mut store, Step::Send(text("{}"))));
    let effects = store.apply(Any::Session(session::Action::Reopen));
    assert!(sends(&effects).is_empty());
    let error = ApiError::new(Operation::Invoke, ErrorKind::Interrupted, "cut");
    let effects = store.apply(Any::Invoke(Action::Ended(
        sent[0].0,
        Box::new(RunEnd {
            at: Timestamp::UNIX_EPOCH,
            end: End::Failed(error),
        }),
    )));
    assert!(sends(&effects).is_empty());
    let run = invokes(&store).shown().expect("the run");
    assert!(run.is_unknown() && run.is_failed());
}

#[test]
fn waiting_is_told_in_whole_seconds_and_stopping_is_only_asked() {
    let mut store = store(WriteState::Open);
    let sent = sends(&act(&mut store, Step::Send(text("{}"))));
    let second = |s| Timestamp::from_second(s).expect("a time");
    assert_eq!(store.invoke.next_wake(second(0)), Some(second(1)));
    assert_eq!(store.invoke.next_wake(second(3)), Some(second(4)));
    let effects = act(&mut store, Step::Stop);
    assert_eq!(effects, [Effect::Control(sent[0].0, Control::Stop)]);
    assert!(invokes(&store).is_busy(), "until the runner says so");
    end(
        &mut store,
        sent[0].0,
        RunEnd {
            at: second(3),
            end: End::Stopped,
        },
    );
    assert_eq!(store.invoke.next_wake(second(3)), None);
}

#[test]
fn the_history_counts_failures_and_remembers_fifty_runs() {
    let mut store = store(WriteState::Open);
    for failed in [true, false, true, true] {
        let sent = sends(&act(&mut store, Step::Send(text("{}"))));
        end(&mut store, sent[0].0, reply(failed.then_some("Unhandled")));
    }
    assert_eq!(invokes(&store).failures_in_a_row(), 2);
    for _ in 0..60 {
        let sent = sends(&act(&mut store, Step::Send(text("{}"))));
        end(&mut store, sent[0].0, reply(None));
    }
    assert_eq!(invokes(&store).runs.len(), 50);
}

#[test]
fn a_row_of_the_history_is_sent_again_as_it_was() {
    let mut store = store(WriteState::Open);
    load(&mut store, "happy", "{}");
    act(&mut store, Step::Kind(InvocationType::DryRun));
    let effects = act(&mut store, Step::Send(text("{\"a\":1}")));
    let (ticket, _) = files(&effects).remove(0);
    let (id, _) = sends(&answer(&mut store, ticket, Ok(FileAnswer::Saved(stamp(2))))).remove(0);
    end(&mut store, id, reply(None));
    act(&mut store, Step::Kind(InvocationType::Event));
    let sent = sends(&act(&mut store, Step::Repeat(id)));
    assert_eq!(sent[0].1.request.payload.reveal(), b"{\"a\":1}");
    assert_eq!(sent[0].1.request.kind, InvocationType::DryRun);
}

#[test]
fn the_editor_gives_a_text_to_the_editor_that_asked() {
    let mut store = store(WriteState::Open);
    let effects = act(&mut store, Step::OpenEditor(text("{}")));
    let Some(Effect::Terminal(Terminal::Edit { ticket, .. })) = effects.first() else {
        panic!("an editor: {effects:?}");
    };
    let before = invokes(&store).draft.revision;
    store.apply(Any::Edited(ticket.clone(), Ok(text("{\"x\":1}"))));
    assert_eq!(invokes(&store).draft.text.reveal(), "{\"x\":1}");
    assert!(invokes(&store).draft.revision > before);
    store.apply(Any::Edited(ticket.clone(), Ok(text("late"))));
    assert_eq!(invokes(&store).draft.text.reveal(), "{\"x\":1}", "once");
}

#[test]
fn no_payload_is_in_a_debug_output() {
    let mut store = store(WriteState::Open);
    let effects = act(&mut store, Step::Send(text("{\"card\":\"hunter2\"}")));
    assert!(!format!("{store:?} {effects:?}").contains("hunter2"));
}

#[test]
fn what_is_sent_is_what_was_on_the_editor_when_the_send_was_asked_for() {
    let mut store = store(WriteState::Open);
    load(&mut store, "happy", "{}");
    act(&mut store, Step::Qualify(Some("live".into())));
    let effects = act(&mut store, Step::Send(text("{\"a\":1}")));
    let (saving, _) = files(&effects).remove(0);
    act(&mut store, Step::Qualify(Some("7".into())));
    act(&mut store, Step::Kind(InvocationType::Event));
    load(&mut store, "other", "{\"b\":2}");
    let effects = answer(&mut store, saving, Ok(FileAnswer::Saved(stamp(9))));
    let request = &sends(&effects)[0].1.request;
    assert_eq!(request.payload.reveal(), b"{\"a\":1}");
    assert_eq!(request.qualifier.as_deref(), Some("live"));
    assert_eq!(request.kind, InvocationType::RequestResponse);
    let invokes = invokes(&store);
    let run = invokes.shown().expect("the run");
    assert_eq!(run.event.as_deref(), Some("happy"));
    assert_eq!(invokes.draft.name(), Some("other"));
    assert!(
        !invokes.draft.is_text_changed("{\"b\":2}"),
        "not of its file"
    );
    assert_eq!(invokes.draft.stamp(), Some(stamp(1)));
}

#[test]
fn a_conflict_or_a_question_of_an_event_that_left_the_editor_touches_no_other() {
    let mut store = store(WriteState::Open);
    load(&mut store, "happy", "{}");
    let (saving, _) = files(&act(&mut store, Step::Send(text("{\"a\":1}")))).remove(0);
    load(&mut store, "other", "{}");
    let problem = FileProblem {
        message: "happy.json was changed".into(),
        is_conflict: true,
    };
    answer(&mut store, saving, Err(problem));
    assert_eq!(invokes(&store).question(), None);
    assert!(files(&act(&mut store, Step::Overwrite)).is_empty());

    let mut store = self::store(WriteState::Unlocked { until: None });
    act(&mut store, Step::Send(text("{\"a\":1}")));
    load(&mut store, "other", "{}");
    let effects = act(&mut store, Step::Confirm);
    assert!(sends(&effects).is_empty() && files(&effects).is_empty());
}

#[test]
fn a_repeat_sends_client_context_and_tenant_too_and_waits_for_its_turn() {
    let mut store = store(WriteState::Open);
    let id = EventId::project("happy");
    let (ticket, _) = files(&act(&mut store, Step::Load(id.clone()))).remove(0);
    let settings = EventSettings {
        client_context: Some(text("{\"custom\":{}}")),
        tenant: Some("blue".into()),
        ..EventSettings::default()
    };
    let event = SavedEvent {
        id,
        path: PathBuf::from("happy.json"),
        payload: text("{\"a\":1}"),
        settings: settings.clone(),
    };
    let read = FileAnswer::Read(StoredEvent {
        event,
        stamp: stamp(1),
    });
    answer(&mut store, ticket, Ok(read));
    let (saving, _) = files(&act(&mut store, Step::Send(text("{\"a\":1}")))).remove(0);
    let saved = answer(&mut store, saving, Ok(FileAnswer::Saved(stamp(2))));
    let (run, _) = sends(&saved).remove(0);
    act(&mut store, Step::Repeat(run));
    assert_eq!(invokes(&store).draft.name(), Some("happy"), "still waiting");
    end(&mut store, run, reply(None));
    let sent = sends(&act(&mut store, Step::Repeat(run)));
    let request = &sent[0].1.request;
    assert_eq!(request.client_context, settings.client_context);
    assert_eq!(request.tenant.as_deref(), Some("blue"));
}
