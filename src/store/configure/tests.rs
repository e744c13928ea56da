//! The reducer alone: what each step makes of the state, and which effects come of it.

mod carrying_out;
mod drafting;
mod reading;
mod reviewing;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    domain::{
        draft::{
            Draft, Field, Item, Snapshot,
            card::ResumeCard,
            plan::Plan,
            record::{Ended, Report, Step as RecordStep, StepState},
            review::Facts,
            stop::Move,
        },
        function::{
            Alias, Arn, Environment, EventSourceMapping, FunctionConfiguration, FunctionState,
            FunctionSummary,
        },
        secret::Secret,
        session::{Target, WriteState},
    },
    ports::{ApiError, ErrorKind, Operation},
    store::{
        Action as Any, Effect, RunWork, Setup, Store, effect::Terminal, functions, session, ui,
    },
};

const EVERY: SignedDuration = SignedDuration::from_mins(1);

fn arn(name: &str) -> Arn {
    FunctionConfiguration::sample(name).summary.arn
}

fn key() -> FunctionKey {
    of("charge")
}

fn of(name: &str) -> FunctionKey {
    FunctionKey {
        session: SessionId::FIRST,
        arn: arn(name),
    }
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn variable(name: &str) -> Item {
    Item::Variable(name.to_owned())
}

fn snapshot(name: &str) -> Snapshot {
    let mut configuration = FunctionConfiguration::sample(name);
    let variable = |(name, value): (&str, &str)| (name.to_owned(), secret(value));
    let variables = [("API_KEY", "hunter2"), ("LOG_LEVEL", "info")];
    configuration.environment = Environment::Variables(variables.map(variable).into());
    let mut snapshot = Snapshot::of(&configuration);
    snapshot.reserve(None);
    snapshot.follow(None);
    snapshot.tags = Some(vec![("team".into(), "shop".into())]);
    snapshot.aliases = vec![Alias {
        name: "live".into(),
        version: "42".into(),
        weights: Vec::new(),
        description: String::new(),
        revision_id: None,
    }];
    snapshot.mappings = vec![EventSourceMapping {
        uuid: "u1".into(),
        function: None,
        source: None,
        state: "Enabled".into(),
        state_reason: None,
        batch_size: Some(10),
        batch_window_s: None,
        last_result: None,
        on_failure: None,
        maximum_concurrency: None,
        partial_batch_responses: false,
        filters: Vec::new(),
        has_hidden_filters: false,
    }];
    snapshot
}

fn settled() -> FunctionState {
    FunctionState {
        state: Some("Active".into()),
        state_reason: None,
        state_reason_code: None,
        last_update: Some("Successful".into()),
        last_update_reason: None,
        last_update_reason_code: None,
    }
}

fn read(snapshot: Snapshot) -> Box<Loaded> {
    Box::new(Loaded {
        snapshot,
        versions: Vec::new(),
        state: settled(),
        notes: Vec::new(),
    })
}

fn denied() -> ApiError {
    ApiError::new(Operation::GetFunctionConfiguration, ErrorKind::Denied, "no")
}

fn function_review(base: Snapshot, draft: &Draft) -> FunctionReview {
    FunctionReview {
        function: base.function.clone(),
        plan: Plan::new(base, draft.clone()).map(Box::new),
        warnings: Vec::new(),
        facts: Facts::default(),
        notes: Vec::new(),
        moved_on: Vec::new(),
    }
}

fn report(calls: &[(&str, StepState)], ended: Ended) -> Report {
    let steps = calls.iter().map(|(call, state)| RecordStep {
        call: (*call).to_owned(),
        state: *state,
    });
    Report {
        id: "edit-1".into(),
        steps: steps.collect(),
        ended,
        notes: Vec::new(),
    }
}

fn card() -> ResumeCard {
    let mut earlier = Draft::default();
    earlier.enable("u1", true);
    ResumeCard {
        id: "card-1".into(),
        at: Timestamp::UNIX_EPOCH,
        account: None,
        region: "eu-west-1".into(),
        function: arn("charge"),
        stop: Move::PauseTriggers,
        earlier,
        words: vec!["trigger orders: enabled → disabled".into()],
    }
}

fn memory() -> Memory {
    Memory {
        cards: vec![card()],
        ..Memory::default()
    }
}

struct World {
    store: Store,
    effects: Vec<Effect>,
}

impl World {
    /// An open session whose first function is shown in Configure, not read yet.
    fn open() -> Self {
        let (store, effects) = Store::new(Setup {
            target: Target::default(),
            write: WriteState::Open,
            tab: CONFIGURE,
            refresh_every: EVERY,
            log_budget: 1 << 20,
            since: SignedDuration::from_mins(15),
            now: Timestamp::UNIX_EPOCH,
        });
        let mut world = Self { store, effects };
        world.apply(Any::Ui(ui::Action::Resize(160, 50)));
        world.opened();
        world
    }

    /// The same, read.
    fn new() -> Self {
        let mut world = Self::open();
        world.load(snapshot("charge"));
        world
    }

    /// The session opens, and its list is read.
    fn opened(&mut self) {
        let opened = session::Opened {
            region: "eu-west-1".into(),
            custom_endpoint: false,
            write: WriteState::Open,
        };
        let ticket = self.ticket("session.open");
        self.apply(Any::Session(session::Action::Opened(ticket, Ok(opened))));
        let ticket = self.ticket("functions.list");
        let rows: Vec<FunctionSummary> = ["charge", "refund"]
            .map(|name| FunctionConfiguration::sample(name).summary)
            .into();
        let page = functions::Action::Page(ticket.clone(), rows);
        self.apply(Any::Functions(page));
        self.apply(Any::Functions(functions::Action::Listed(ticket, Ok(()))));
        self.select("charge");
    }

    fn select(&mut self, name: &str) {
        let select = functions::Action::SelectArn(arn(name));
        self.apply(Any::Functions(select));
    }

    fn load(&mut self, snapshot: Snapshot) {
        let ticket = self.ticket("configure.load");
        let function = FunctionKey {
            session: ticket.key.session.expect("a session"),
            arn: snapshot.function.clone(),
        };
        self.send(Action::Loaded(ticket, function, Ok(read(snapshot))));
    }

    fn apply(&mut self, action: Any) {
        let effects = self.store.apply(action);
        self.store.settle();
        self.effects.extend(effects);
    }

    fn send(&mut self, action: Action) {
        self.apply(Any::Configure(action));
    }

    fn act(&mut self, step: Step) {
        self.send(Action::Do(step));
    }

    fn edit(&mut self, item: Item, edit: Edit) {
        self.act(Step::Edit(key(), item, edit));
    }

    fn set(&mut self, item: Item, text: &str) {
        self.edit(item, Edit::Set(secret(text)));
    }

    fn set_field(&mut self, field: Field, text: &str) {
        self.set(Item::Setting(field), text);
    }

    fn wish(&mut self, functions: &[&str], wish: Wish) {
        self.act(Step::Review {
            session: SessionId::FIRST,
            functions: functions.iter().map(|name| arn(name)).collect(),
            wish,
        });
    }

    /// The draft on the form is reviewed, and planned from these.
    fn review(&mut self, bases: &[Snapshot]) {
        let draft = self.function_form().draft().clone();
        let names: Vec<String> = bases.iter().map(|base| base.name().to_owned()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.wish(&names, Wish::Edit(Box::new(draft.clone())));
        let reviews = bases
            .iter()
            .map(|base| function_review(base.clone(), &draft));
        self.reviewed(reviews.collect());
    }

    fn reviewed(&mut self, reviews: Vec<FunctionReview>) {
        let ticket = self.ticket("configure.review");
        self.send(Action::Reviewed(ticket, Ok(reviews)));
    }

    fn tick(&mut self, seconds: i64) {
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        self.apply(Any::Tick(at));
    }

    fn configure(&self) -> &Configure {
        &self.store.configure
    }

    fn function_form(&self) -> &FunctionForm {
        self.configure().function_form(&key()).expect("it is known")
    }

    fn sides(&self) -> Vec<String> {
        let draft = self.function_form().draft();
        let items = draft.items().into_iter();
        items
            .map(|item| {
                let side = draft.side(&item).expect("a side");
                format!("{item}={}", side.shown(true))
            })
            .collect()
    }

    /// The newest ticket of this name.
    fn ticket(&self, name: &str) -> Ticket {
        let mut tickets = self.effects.iter().rev().filter_map(|effect| match effect {
            Effect::Query(ticket, _)
            | Effect::Stream(ticket, _)
            | Effect::Terminal(Terminal::Edit { ticket, .. }) => Some(ticket),
            _ => None,
        });
        tickets
            .find(|ticket| ticket.key.name == name)
            .unwrap_or_else(|| panic!("{name} was asked"))
            .clone()
    }

    fn asked(&self, name: &str) -> usize {
        let is_it = |effect: &&Effect| match effect {
            Effect::Query(ticket, _) | Effect::Stream(ticket, _) => ticket.key.name == name,
            _ => false,
        };
        self.effects.iter().filter(is_it).count()
    }

    fn cancelled(&self, name: &str) -> usize {
        let is_it = |effect: &&Effect| matches!(effect, Effect::Cancel(key) if key.name == name);
        self.effects.iter().filter(is_it).count()
    }

    /// What was sent out to be carried out, oldest first.
    fn applied(&self) -> Vec<(RunId, &Apply)> {
        let applied = self.effects.iter().filter_map(|effect| match effect {
            Effect::Run(id, _, RunWork::Apply(apply)) => Some((*id, &**apply)),
            _ => None,
        });
        applied.collect()
    }

    /// The newest run.
    fn run(&self) -> RunId {
        self.applied().last().expect("something is carried out").0
    }

    fn toast(&self) -> String {
        let shown = self.store.toasts.shown().last();
        shown.map(|toast| toast.text.clone()).unwrap_or_default()
    }
}
