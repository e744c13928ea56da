//! The reducer alone: what each step makes of the state, and which effects come of it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    domain::{
        dead_letters::{DeadLetterQueue, Discovered},
        function::FunctionSummary,
        letter::{
            Letter,
            decode::{Known, decode},
        },
        queue::{
            AttributeValue, Flaw, Message, MessageAttribute, QueueAttributes, QueueUrl,
            SystemAttributes,
        },
        secret::Secret,
        session::{Identity, Target, WriteState},
    },
    ports::{ApiError, ErrorKind, Operation},
    store::{
        Action as Any, Effect, Setup, Store, Work as AnyWork,
        effect::{Control, Terminal},
        functions,
        invoke::{self, INVOKE},
        logs, session, ui,
    },
};

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:000000000000:function:charge";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:000000000000:charge-dlq";
const REQUEST: &str = "8f0c1f2e-0000-4000-8000-0000000000e1";

fn function() -> FunctionSummary {
    FunctionSummary {
        arn: Arn::new(FUNCTION),
        name: "charge".into(),
        runtime: Some("python3.14".into()),
        memory_mb: 128,
        timeout_s: 3,
        modified: None,
        package: "Zip".into(),
        architecture: "arm64".into(),
        code_size: 1,
        log_group: None,
        dead_letter: Some(Arn::new(QUEUE)),
        durable: false,
        quiet: false,
    }
}

fn attributes() -> QueueAttributes {
    QueueAttributes {
        arn: Some(Arn::new(QUEUE)),
        visible: 3,
        retention_s: Some(345_600),
        ..QueueAttributes::default()
    }
}

fn url() -> QueueUrl {
    QueueUrl::new("https://sqs.eu-west-1.amazonaws.com/000000000000/charge-dlq")
}

fn queue() -> DeadLetterQueue {
    let mut discovered = Discovered::default();
    discovered.function(&function());
    discovered.queue(url(), attributes());
    discovered.dead_letter_queues().remove(0)
}

fn letter(id: &str, body: &str) -> Arc<Letter> {
    let text = |value: &str| MessageAttribute {
        data_type: "String".into(),
        value: AttributeValue::Text(Secret::new(value.to_owned())),
    };
    let message = Message {
        id: id.into(),
        handle: Secret::new("handle".into()),
        body: Secret::new(body.into()),
        attributes: vec![
            ("RequestID".into(), text(REQUEST)),
            ("ErrorCode".into(), text("200")),
            ("ErrorMessage".into(), text("declined")),
        ],
        system: SystemAttributes {
            sent: Some(Timestamp::UNIX_EPOCH),
            ..SystemAttributes::default()
        },
        flaw: None,
    };
    Arc::new(decode(message, &Known::of(&queue())))
}

struct World {
    store: Store,
    effects: Vec<Effect>,
}

impl World {
    /// An open session of a known account, its functions listed, its queues found, one open.
    fn open() -> Self {
        let (store, effects) = Store::new(Setup {
            target: Target::default(),
            write: WriteState::Open,
            tab: LETTERS,
            refresh_every: SignedDuration::from_mins(1),
            log_budget: 1 << 20,
            since: SignedDuration::from_mins(15),
            now: Timestamp::UNIX_EPOCH,
        });
        let mut world = Self { store, effects };
        let opened = session::Opened {
            region: "eu-west-1".into(),
            custom_endpoint: false,
            write: WriteState::Open,
        };
        let ticket = world.ticket("session.open");
        world.apply(Any::Session(session::Action::Opened(ticket, Ok(opened))));
        let ticket = world.ticket("functions.list");
        let page = functions::Action::Page(ticket.clone(), vec![function()]);
        world.apply(Any::Functions(page));
        world.apply(Any::Functions(functions::Action::Listed(ticket, Ok(()))));
        let ticket = world.ticket("letters.discover");
        let found = Found::Queues(Arc::new(vec![queue()]), "done".into());
        world.letters(Action::Found(ticket.clone(), Box::new(found)));
        world.letters(Action::Found(ticket, Box::new(Found::End(Ok(())))));
        world.act(Step::Open(key()));
        let ticket = world.ticket("letters.open");
        world.letters(Action::Opened(ticket, Box::new(Ok((url(), attributes())))));
        world
    }

    /// The same, with these letters read.
    fn with(letters: Vec<Arc<Letter>>) -> Self {
        let mut world = Self::open();
        world.act(Step::Look);
        let run = world.look();
        let count = letters.len();
        world.letters(Action::Read(
            key(),
            run,
            crate::store::parcel::Parcel::new(letters),
            Vec::new(),
        ));
        let leases = Leases {
            count,
            next_renewal: None,
        };
        world.letters(Action::Leased(key(), run, leases, Vec::new()));
        world.letters(Action::Looked(key(), run, LookEnd::Everything));
        world
    }

    fn apply(&mut self, action: Any) {
        let effects = self.store.apply(action);
        self.store.settle();
        self.effects.extend(effects);
    }

    fn letters(&mut self, action: Action) {
        self.apply(Any::Letters(action));
    }

    fn act(&mut self, step: Step) {
        self.letters(Action::Do(step));
    }

    fn queue_letters(&self) -> &QueueLetters {
        self.store.letters.queue_letters().expect("a queue is open")
    }

    /// The newest ticket of this name.
    fn ticket(&self, name: &str) -> Ticket {
        let tickets = self.effects.iter().rev().filter_map(|effect| match effect {
            Effect::Query(ticket, _) | Effect::Stream(ticket, _) => Some(ticket),
            _ => None,
        });
        let mut found = tickets.filter(|ticket| ticket.key.name == name);
        found
            .next()
            .unwrap_or_else(|| panic!("{name} was asked"))
            .clone()
    }

    /// The newest look.
    fn look(&self) -> RunId {
        let run = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Run(id, _, RunWork::Look(_)) => Some(*id),
            _ => None,
        });
        run.expect("a look was started")
    }

    fn asked(&self, name: &str) -> usize {
        let is_it = |effect: &&Effect| match effect {
            Effect::Query(ticket, _) | Effect::Stream(ticket, _) => ticket.key.name == name,
            _ => false,
        };
        self.effects.iter().filter(is_it).count()
    }

    fn toast(&self) -> String {
        let shown = self.store.toasts.shown().last();
        shown.map(|toast| toast.text.clone()).unwrap_or_default()
    }
}

fn key() -> QueueKey {
    QueueKey {
        session: SessionId::FIRST,
        arn: Arn::new(QUEUE),
    }
}

fn ids(letters: &[&str]) -> Vec<LetterId> {
    letters.iter().map(|&id| id.into()).collect()
}

#[test]
fn nothing_is_received_before_somebody_looks_and_refreshing_only_counts() {
    let mut world = World::open();
    world.act(Step::Refresh);
    let receives = world.effects.iter();
    let is_look = |effect: &&Effect| matches!(effect, Effect::Run(..));
    assert_eq!(receives.filter(is_look).count(), 0);
    assert_eq!(world.asked("letters.count"), 1);
    assert_eq!(world.queue_letters().look, Look::NotLooked);
    let arn = Arn::new(FUNCTION);
    assert_eq!(world.store.functions.dead_letters(&arn), Some(3));
}

#[test]
fn a_look_that_cannot_know_its_cost_is_not_made() {
    let mut world = World::open();
    world.act(Step::Leave);
    let other = QueueKey {
        arn: Arn::new("arn:aws:sqs:eu-west-1:000000000000:other"),
        ..key()
    };
    world.act(Step::Open(other.clone()));
    world.act(Step::Look);
    let ticket = world.ticket("letters.open");
    let failed = ApiError::new(Operation::GetQueueAttributes, ErrorKind::Network, "no");
    world.letters(Action::Opened(ticket, Box::new(Err(failed.clone()))));
    assert_eq!(
        world.queue_letters().look,
        Look::Ended(LookEnd::Failed(failed))
    );
    // Who may not read the settings is told that they are unknown, and may look all the same.
    world.act(Step::Leave);
    world.act(Step::Open(other));
    world.act(Step::Look);
    let ticket = world.ticket("letters.open");
    let denied = ApiError::new(Operation::GetQueueAttributes, ErrorKind::Denied, "no");
    world.letters(Action::Opened(ticket, Box::new(Err(denied))));
    assert!(matches!(&world.queue_letters().look, Look::Asking(notice) if notice.asks));
}

#[test]
fn answers_of_a_closed_queue_and_of_older_questions_are_dropped() {
    let mut world = World::with(vec![letter("a", "{}")]);
    let run = world.look();
    let sorting = world.ticket("letters.sort");
    world.act(Step::Leave);
    assert!(world.store.letters.is_giving_back());
    let letters = crate::store::parcel::Parcel::new(vec![letter("b", "{}")]);
    world.letters(Action::Read(key(), run, letters.clone(), Vec::new()));
    world.act(Step::Open(key()));
    world.letters(Action::Read(key(), run, letters, Vec::new()));
    assert_eq!(world.queue_letters().letters().len(), 0);
    let sorted = Sorted {
        revision: 1,
        at: Timestamp::UNIX_EPOCH,
        generation: 0,
        clusters: crate::domain::letter::cluster::Clusters::default(),
        ranking: Vec::new(),
        shown: Vec::new(),
        not_judged: None,
        verdicts: HashMap::new(),
        shown_ids: std::collections::HashSet::new(),
        cluster_of: HashMap::new(),
    };
    world.letters(Action::Sorted(
        sorting,
        crate::store::parcel::Parcel::new(sorted),
    ));
    assert!(world.queue_letters().sorted().is_none());
    world.letters(Action::LookOver(key(), run));
    assert!(!world.store.letters.is_giving_back());
}

#[test]
fn leaving_says_what_is_given_back_and_quitting_names_what_is_held() {
    let mut world = World::with(vec![letter("a", "{}"), letter("b", "{}")]);
    let run = world.look();
    assert_eq!(
        world.store.letters.leased(SessionId::FIRST),
        Some((2, Timestamp::UNIX_EPOCH))
    );
    let (lines, runs) = world.store.letters.business();
    assert_eq!(runs, 1);
    assert!(
        lines[0].contains("2 letters are held of charge-dlq"),
        "{lines:?}"
    );
    world.act(Step::Leave);
    assert!(world.toast().contains("2 letters were given back"));
    assert!(world.effects.contains(&Effect::Control(run, Control::Stop)));
    assert_eq!(world.store.letters.leased(SessionId::FIRST), None);
}

#[test]
fn what_did_not_come_whole_is_not_exported() {
    let mut damaged = Letter::clone(&letter("b", "{}"));
    damaged.message.flaw = Some(Flaw::Body);
    let mut world = World::with(vec![letter("a", "{}"), Arc::new(damaged)]);
    let export = |letters: &[&str]| {
        let what = Export::Letters(Which::Letters(ids(letters)));
        Step::Export("letters.jsonl".into(), what)
    };
    world.act(export(&["a", "b"]));
    assert_eq!(world.asked("letters.export"), 0);
    assert!(world.toast().contains("MD5OfBody"), "{}", world.toast());
    world.act(export(&["a"]));
    assert_eq!(world.asked("letters.export"), 1);
}

#[test]
fn a_letter_that_is_received_again_stays_one_and_keeps_its_mark_and_edit() {
    let mut world = World::with(vec![letter("a", "{}")]);
    world.act(Step::Mark(ids(&["a", "unknown"])));
    let run = world.look();
    let again = crate::store::parcel::Parcel::new(vec![letter("a", "{}"), letter("b", "{}")]);
    world.letters(Action::Read(key(), run, again, Vec::new()));
    let queue_letters = world.queue_letters();
    assert_eq!(
        (queue_letters.letters().len(), queue_letters.marks()),
        (2, 1)
    );
    assert!(queue_letters.is_marked(&"a".into()));
}

#[test]
fn a_bad_filter_keeps_the_good_one_and_says_why() {
    let mut world = World::with(vec![letter("a", "{}")]);
    world.act(Step::Filter("declined".into()));
    assert_eq!(world.queue_letters().filter.error, None);
    world.act(Step::Filter("jq:(((".into()));
    assert!(world.queue_letters().filter.error.is_some());
    assert_eq!(world.queue_letters().filter.good, "declined");
}

#[test]
fn an_edit_by_hand_must_be_json_and_what_was_refused_is_not_lost() {
    let mut world = World::with(vec![letter("a", "{\"n\": 1}")]);
    world.act(Step::Edit("a".into()));
    let opened = |world: &World| {
        let edits = world.effects.iter().rev();
        let mut edits = edits.filter_map(|effect| match effect {
            Effect::Terminal(Terminal::Edit { ticket, name, text }) => {
                Some((ticket.clone(), name.clone(), text.reveal().clone()))
            }
            _ => None,
        });
        edits.next().expect("the editor was opened")
    };
    let (ticket, name, text) = opened(&world);
    assert_eq!(
        (name.as_str(), text.as_str()),
        ("letter-a.json", "{\"n\": 1}")
    );
    world.apply(Any::Edited(ticket, Ok(Secret::new("{\"n\": }\n".into()))));
    assert!(world.toast().contains("not taken"), "{}", world.toast());
    assert_eq!(world.queue_letters().edits(), 0);

    world.act(Step::Edit("a".into()));
    let (ticket, _, text) = opened(&world);
    assert_eq!(text, "{\"n\": }", "the refused text comes again");
    let good = || Ok(Secret::new("{\"n\": 2}\n".to_owned()));
    world.apply(Any::Edited(ticket.clone(), good()));
    let body = world.queue_letters().text(&"a".into()).expect("a letter");
    assert_eq!(&**body.reveal(), "{\"n\": 2}");
    world.act(Step::Undo(Which::Letters(ids(&["a"]))));
    assert_eq!(world.queue_letters().edits(), 0);
    world.apply(Any::Edited(ticket, good()));
    assert_eq!(world.queue_letters().edits(), 0, "an answer is taken once");
}

#[test]
fn from_a_letter_to_the_log_lines_of_its_invocation() {
    let mut world = World::with(vec![letter("a", "{}")]);
    world.act(Step::Logs("a".into()));
    assert_eq!(world.store.ui.focus(), logs::PANE);
    let subject = world.store.subject().expect("selected");
    assert_eq!(subject.arn.as_str(), FUNCTION);
    let book = world.store.logs.book().expect("a book");
    let wanted = crate::domain::report::RequestId::new(REQUEST).key();
    assert!(book.keep().invocations.iter().eq([&wanted]));
    assert!(matches!(
        world.store.logs.range(),
        crate::domain::tail::TimeRange::Between(..)
    ));
}

#[test]
fn an_invocation_without_a_letter_says_what_is_known_of_it() {
    let mut world = World::with(vec![letter("a", "{}")]);
    let other = "8f0c1f2e-0000-4000-8000-0000000000e9";
    let ask = |ok| Step::OfInvocation(Arn::new(FUNCTION), other.into(), ok);
    world.act(ask(true));
    let told = world.toast();
    assert!(told.contains("this invocation succeeded"), "{told}");
    assert!(
        told.contains("the 1 letter that was read is not of it"),
        "{told}"
    );
    world.act(ask(false));
    assert!(!world.toast().contains("succeeded"), "{}", world.toast());
    let mut world = World::open();
    world.act(ask(false));
    assert!(world.toast().contains("Enter looks"), "{}", world.toast());
}

#[test]
fn from_marked_letters_to_every_line_of_their_invocations() {
    let mut other = Letter::clone(&letter("b", "{}"));
    let second = "8f0c1f2e-0000-4000-8000-0000000000e2";
    other.request_id = Some(second.into());
    let mut world = World::with(vec![letter("a", "{}"), Arc::new(other)]);
    world.apply(Any::Ui(ui::Action::Focus(LETTERS)));
    world.act(Step::Mark(ids(&["a", "b"])));
    world.act(Step::LogsOf(Which::Marked));
    let sample = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Query(_, AnyWork::Letters(Work::Sample(sample))) => Some(sample.clone()),
        _ => None,
    });
    let sample = sample.expect("the logs were asked");
    let key_of = |id: &str| crate::domain::report::RequestId::new(id).key();
    let sampled = Sampled {
        shape: None,
        asked: 1,
        of: 2,
        requests: sample.requests,
        // Of the other one no line names the request.
        lines: vec![FoundLines {
            letter: "a".into(),
            text: REQUEST.into(),
            requests: vec![key_of(REQUEST)],
            first: 0,
            last: 10,
        }],
        errors: Vec::new(),
        problem: None,
    };
    let ticket = world.ticket("letters.sample");
    world.letters(Action::Sampled(ticket, Box::new(sampled)));
    assert_eq!(world.store.ui.focus(), logs::PANE);
    let book = world.store.logs.book().expect("a book");
    let wanted = [key_of(REQUEST), key_of(second)];
    assert_eq!(*book.keep().invocations, wanted.into_iter().collect());
    assert_eq!(book.keep().text, "", "no line is left out for what it says");
    assert_eq!(book.narrowed(), Some((0, 2)));
}

#[test]
fn from_a_letter_into_invoke_without_sending_and_its_run_marks_the_letter() {
    let mut world = World::with(vec![letter("a", "{\"n\":1}")]);
    world.act(Step::Invoke("a".into()));
    let ticket = world.ticket("letters.event");
    let event = Ok(Secret::new("{\"n\":1}".to_owned()));
    world.letters(Action::Event(ticket.clone(), event.clone()));
    assert_eq!(world.store.ui.focus(), INVOKE);
    let arn = Arn::new(FUNCTION);
    let queue_letters = world.store.invoke.invokes(&arn).expect("it is known");
    assert_eq!(queue_letters.draft.text.reveal(), "{\"n\":1}");
    let from = queue_letters.draft.letter.as_ref().expect("of the letter");
    assert_eq!(from.label(), "letter a… of charge-dlq");
    assert!(queue_letters.runs.is_empty(), "nothing is sent");

    let text = Secret::new("{\"n\":1}".to_owned());
    let send = invoke::Action::Do(arn.clone(), invoke::Step::Send(text));
    world.apply(Any::Invoke(send));
    let id = world.store.invoke.invokes(&arn).expect("it is known").runs[0].id;
    let response = crate::domain::invocation::InvokeResponse {
        status: 200,
        payload: Secret::new(b"{}".to_vec()),
        function_error: None,
        log_tail: None,
        executed_version: None,
        request_id: None,
    };
    let reply = crate::domain::reply::Reply::read(&response, SignedDuration::ZERO);
    let end = invoke::RunEnd {
        at: Timestamp::UNIX_EPOCH,
        end: invoke::End::Answered(reply),
    };
    world.apply(Any::Invoke(invoke::Action::Ended(id, Box::new(end))));
    let ran = world
        .store
        .letters
        .queue_letters()
        .expect("open")
        .ran(&"a".into());
    assert_eq!(ran.map(|ran| ran.ok), Some(true));
    world.letters(Action::Event(ticket, event));
    assert_eq!(
        world
            .store
            .invoke
            .invokes(&arn)
            .expect("it is known")
            .draft
            .revision,
        2
    );
}

#[test]
fn from_a_function_and_from_an_invocation_to_the_letters() {
    let mut world = World::with(vec![letter("a", "{}")]);
    world.apply(Any::Ui(ui::Action::Focus(ui::FUNCTIONS)));
    world.act(Step::OfFunction(Arn::new(FUNCTION)));
    assert_eq!(world.store.ui.focus(), LETTERS);
    assert_eq!(world.store.letters.open(), Some(&key()));
    world.act(Step::OfInvocation(
        Arn::new(FUNCTION),
        REQUEST.into(),
        false,
    ));
    let (_, shown) = world.store.letters.shown_letter().expect("found");
    assert_eq!(&**shown, "a");
    world.act(Step::OfFunction(Arn::new(
        "arn:aws:lambda:e:1:function:none",
    )));
    assert_eq!(world.store.letters.open(), None);
    assert!(world.toast().contains("no dead-letter queue"));
}

#[test]
fn journals_are_asked_for_once_the_account_is_known() {
    let mut world = World::open();
    assert_eq!(world.asked("letters.journals"), 0);
    let ticket = world.ticket("session.identify");
    let identity = Identity {
        account: "000000000000".into(),
        arn: "arn:aws:iam::000000000000:user/me".into(),
    };
    let identified = session::Action::Identified(ticket, Ok(identity), WriteState::Open);
    world.apply(Any::Session(identified));
    world.apply(Any::Tick(
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1),
    ));
    assert_eq!(world.asked("letters.journals"), 1);
}

#[test]
fn a_plan_that_was_not_prepared_starts_nothing() {
    let mut world = World::with(vec![letter("a", "{}")]);
    let before = world.effects.len();
    world.act(Step::Start);
    let is_run = |effect: &Effect| matches!(effect, Effect::Run(..));
    assert!(!world.effects[before..].iter().any(is_run));
    assert!(world.store.letters.runs().is_empty());
}
