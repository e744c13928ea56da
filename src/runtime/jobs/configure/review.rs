//! The review: for each function, what a wish touches is read anew and planned.

use std::sync::Arc;

use futures::{StreamExt as _, stream};

use super::tell;
use crate::{
    domain::{
        draft::{
            Draft, Problem, Snapshot,
            plan::Plan,
            record::Record,
            review::{Facts, warnings},
            stop::Move,
        },
        function::{Arn, Version},
        session::SessionId,
    },
    ports::{ApiError, Operation},
    runtime::{
        configure::{
            self, Wanted,
            follow::{self, Meant},
        },
        gate::Gate,
        runner::{Shared, blocking},
    },
    store::{
        Ticket,
        configure::{Action, Asked, FunctionReview, Seen, Wish},
    },
};

/// Functions that are read at a time: the quota of an account is 15 calls a second in all.
const AT_A_TIME: usize = 4;

pub(super) async fn review(shared: &Arc<Shared>, ticket: Ticket, asked: Asked) {
    let answer = reviews(shared, asked).await;
    tell(shared, Action::Reviewed(ticket, answer)).await;
}

async fn reviews(shared: &Arc<Shared>, asked: Asked) -> Result<Vec<FunctionReview>, String> {
    let gate = gate(shared, asked.session)?;
    let intent = intent(shared, &gate, &asked.wish).await?;
    let functions = match intent.function() {
        Some(function) => vec![function.clone()],
        None => asked.functions,
    };
    if functions.is_empty() {
        return Err("no function was named".to_owned());
    }
    let (gate, intent, seen) = (&*gate, &intent, &asked.seen);
    let reviews = stream::iter(functions.into_iter().enumerate()).map(|(number, function)| {
        let seen = seen.get(&function).copied().unwrap_or_default();
        let reader = Reader {
            gate,
            intent,
            seen,
            is_first: number == 0,
            now: shared.now(),
        };
        // Boxed: the reading of one function is large, and there can be four.
        Box::pin(async move { reader.function_review(function).await })
    });
    Ok(reviews.buffered(AT_A_TIME).collect().await)
}

fn gate(shared: &Shared, session: SessionId) -> Result<Arc<Gate>, String> {
    let gate = shared.gate(session, Operation::GetFunctionConfiguration);
    gate.map_err(|error| error.to_string())
}

/// What is meant, with what the disk says of it.
enum Intent {
    Edit(Draft),
    Stop(Move),
    /// What was stopped, of this function, and the record of that, as long as it is kept.
    Restore(Arn, Draft, Option<Box<Record>>),
    /// The way back from an edit.
    Revert(Box<Record>),
    /// What is left of an edit.
    Rest(Box<Record>),
}

impl Intent {
    /// The function that it is about, whatever else is named.
    fn function(&self) -> Option<&Arn> {
        match self {
            Self::Edit(_) | Self::Stop(_) => None,
            Self::Restore(function, ..) => Some(function),
            Self::Revert(record) | Self::Rest(record) => Some(&record.function),
        }
    }
}

async fn intent(shared: &Shared, gate: &Gate, wish: &Wish) -> Result<Intent, String> {
    Ok(match wish {
        Wish::Edit(draft) => Intent::Edit((**draft).clone()),
        Wish::Stop(stop) => Intent::Stop(stop.clone()),
        Wish::Restore(card) => {
            if !card.is_of(gate.account().as_deref(), gate.region()) {
                let place = place(card.account.as_deref(), &card.region);
                return Err(format!(
                    "that was stopped in {place}, not here: open its profile and region first"
                ));
            }
            if !is_left(shared, &card.id).await {
                return Err("that was restored meanwhile, or its card dismissed".to_owned());
            }
            let record = record(shared, gate, &card.id).await.ok().map(Box::new);
            Intent::Restore(card.function.clone(), card.earlier.clone(), record)
        }
        Wish::Revert(id) => Intent::Revert(Box::new(record(shared, gate, id).await?)),
        Wish::Rest(id) => Intent::Rest(Box::new(record(shared, gate, id).await?)),
    })
}

/// Whether a card still waits to be restored: another process may have done it.
async fn is_left(shared: &Shared, card: &str) -> bool {
    let files = shared.edits.clone();
    let cards = blocking(move || files.cards()).await.unwrap_or_default();
    cards.iter().any(|left| left.id == card)
}

/// The record of an edit that was made here.
async fn record(shared: &Shared, gate: &Gate, id: &str) -> Result<Record, String> {
    let (files, wanted) = (shared.edits.clone(), id.to_owned());
    let read = blocking(move || {
        let is_underway = files.is_underway(&wanted);
        files.record(&wanted).map(|record| (record, is_underway))
    });
    let (record, is_underway) = read
        .await
        .ok_or("the program is ending")?
        .map_err(|error| format!("no edit {id} is kept here ({error}); they are kept 30 days"))?;
    if is_underway {
        return Err("that edit is being carried out just now: wait for its end".to_owned());
    }
    let account = gate.account();
    let both = record.account.as_ref().zip(account.as_ref());
    if record.region != gate.region() || both.is_some_and(|(there, here)| there != here) {
        let place = place(record.account.as_deref(), &record.region);
        return Err(format!(
            "that edit was made in {place}, not here: open its profile and region first"
        ));
    }
    Ok(record)
}

fn place(account: Option<&str>, region: &str) -> String {
    format!("{} {region}", account.unwrap_or("an unknown account"))
}

/// Makes the review of one function.
struct Reader<'a> {
    gate: &'a Gate,
    intent: &'a Intent,
    seen: Seen,
    is_first: bool,
    now: jiff::Timestamp,
}

impl Reader<'_> {
    async fn function_review(&self, function: Arn) -> FunctionReview {
        let empty = FunctionReview {
            function,
            plan: Err(Vec::new()),
            warnings: Vec::new(),
            facts: Facts::default(),
            notes: Vec::new(),
            moved_on: Vec::new(),
        };
        match self.read(&empty.function).await {
            Ok(function_review) => function_review,
            Err(message) => FunctionReview {
                plan: Err(vec![Problem {
                    item: empty.function.resource_name().to_owned(),
                    message,
                }]),
                ..empty
            },
        }
    }

    async fn read(&self, function: &Arn) -> Result<FunctionReview, String> {
        let words = |error: ApiError| error.to_string();
        let found = configure::find(self.gate, function, None, self.wanted()).await;
        let found = found.map_err(words)?;
        let mut unread = found.notes.iter();
        if let Some(error) = unread.find(|error| self.must_read(error.operation)) {
            return Err(format!("what it would change could not be read: {error}"));
        }
        let versions = match self.intent {
            Intent::Stop(Move::AliasBack { version: None, .. }) => {
                self.gate.versions(function).await.map_err(words)?
            }
            _ => Vec::new(),
        };
        let snapshot = found.snapshot;
        let Meant {
            draft,
            warnings: mut known,
            moved_on,
        } = self.meant(&snapshot, &versions)?;
        let facts = configure::facts(self.gate, &snapshot, &draft, self.now).await;
        let facts = Facts {
            used_mb: self.seen.used_mb,
            running: self.seen.running,
            ..facts
        };
        let plan = Plan::new(snapshot, draft);
        if let Ok(plan) = &plan
            && !plan.is_empty()
        {
            known.extend(warnings(plan, &facts));
        }
        Ok(FunctionReview {
            function: function.clone(),
            plan: plan.map(Box::new),
            warnings: known,
            facts,
            notes: found.notes.iter().map(ToString::to_string).collect(),
            moved_on,
        })
    }

    /// What is to be read for it.
    fn wanted(&self) -> Wanted {
        match self.intent {
            Intent::Edit(draft) => {
                let wanted = Wanted::by(draft);
                let publishes = draft.changes_configuration() || draft.publish.is_some();
                Wanted {
                    // Who receives the change.
                    aliases: wanted.aliases || publishes,
                    ..wanted
                }
            }
            Intent::Stop(stop) => {
                let stops_all = matches!(stop, Move::ConcurrencyZero);
                Wanted {
                    mappings: stops_all || matches!(stop, Move::PauseTriggers),
                    reserved: stops_all,
                    // Where its async events go from then on.
                    asynchronous: stops_all,
                    provisioned: stops_all,
                    aliases: matches!(stop, Move::AliasBack { .. } | Move::Weight { .. }),
                    ..Wanted::NONE
                }
            }
            Intent::Restore(_, earlier, _) => Wanted::by(earlier),
            Intent::Revert(record) => Wanted::by(&record.before),
            Intent::Rest(record) => Wanted::by(&record.after),
        }
    }

    /// Whether nothing can be planned without this reading.
    fn must_read(&self, operation: Operation) -> bool {
        match self.intent {
            Intent::Stop(stop) => match operation {
                Operation::ListEventSourceMappings => matches!(stop, Move::PauseTriggers),
                Operation::ListAliases => {
                    matches!(stop, Move::AliasBack { .. } | Move::Weight { .. })
                }
                _ => false,
            },
            Intent::Edit(draft) | Intent::Restore(_, draft, _) => follow::needs(draft, operation),
            Intent::Revert(record) => follow::needs(&record.before, operation),
            Intent::Rest(record) => follow::needs(&record.after, operation),
        }
    }

    fn meant(&self, snapshot: &Snapshot, versions: &[Version]) -> Result<Meant, String> {
        Ok(match self.intent {
            Intent::Edit(draft) => Meant {
                draft: if self.is_first {
                    draft.clone()
                } else {
                    draft.for_another()
                },
                ..Meant::default()
            },
            Intent::Stop(stop) => Meant {
                draft: stop.draft(snapshot, versions)?,
                warnings: what_it_does(stop),
                ..Meant::default()
            },
            Intent::Restore(_, earlier, record) => {
                follow::restore(snapshot, earlier, record.as_deref())
            }
            Intent::Revert(record) => follow::revert(snapshot, record),
            Intent::Rest(record) => follow::rest(snapshot, record),
        })
    }
}

/// The review's own warnings say it of concurrency 0.
fn what_it_does(stop: &Move) -> Vec<String> {
    match stop {
        Move::ConcurrencyZero => Vec::new(),
        _ => vec![
            format!("stops {}", stop.stops()),
            format!("does not stop: {}", stop.goes_on()),
        ],
    }
}
