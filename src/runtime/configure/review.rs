//! The review: what a change comes to for each function, read anew, planned and checked. Sends
//! nothing.

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
use jiff::Timestamp;

use super::{
    facts,
    files::StateFiles,
    find,
    follow::{self, Drafted},
    read::{Found, Wanted},
    with_files,
};
use crate::{
    domain::{
        draft::{
            Draft, Snapshot,
            change::{Change, FunctionReview, Seen},
            plan::Plan,
            record::Record,
            review::{Facts, warnings},
            stop::Move,
        },
        function::{Arn, Version},
    },
    ports::{ApiError, Operation},
    runtime::gate::Gate,
};

/// Functions that are read at a time: the quota of an account is 15 calls a second in all.
const AT_A_TIME: usize = 4;

/// Why there is nothing to review.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refused {
    /// What was named is not here.
    #[error("{0}")]
    NotHere(String),
    /// It is here and cannot be used now.
    #[error("{0}")]
    Unusable(String),
    /// The function cannot be read.
    #[error(transparent)]
    Failed(#[from] ApiError),
    /// What it would change cannot be read.
    #[error("what it would change could not be read: {0}")]
    Unread(ApiError),
}

/// Reads and plans.
#[derive(Clone, Copy)]
pub struct Reviewer<'a> {
    /// The session. Its account decides which records and cards are of here.
    pub gate: &'a Gate,
    /// Where records and cards are kept.
    pub files: &'a StateFiles,
    /// The time.
    pub now: Timestamp,
}

/// A function, and its review.
pub type Reviewed = (Arn, Result<FunctionReview, Refused>);

impl Reviewer<'_> {
    /// Reviews a change for these functions, in this order; the first is the one that a draft was
    /// made for. What follows from a record or a card names its function itself.
    ///
    /// # Errors
    /// When there is no such record or card, or it cannot be used now.
    pub async fn review(
        &self,
        change: &Change,
        functions: Vec<Arn>,
        seen: &BTreeMap<Arn, Seen>,
    ) -> Result<Vec<Reviewed>, Refused> {
        let change = &self.known(change).await?;
        let functions = match change.function() {
            Some(function) => vec![function.clone()],
            None => functions,
        };
        if functions.is_empty() {
            return Err(Refused::NotHere("no function was named".to_owned()));
        }
        let reviews = stream::iter(functions.into_iter().enumerate());
        let reviews = reviews.map(|(number, function)| {
            let seen = seen.get(&function).copied().unwrap_or_default();
            // Boxed: the reading of one function is large, and there can be four.
            Box::pin(async move {
                let review = self.function_review(change, number == 0, &function, seen);
                let review = review.await;
                (function, review)
            })
        });
        Ok(reviews.buffered(AT_A_TIME).collect().await)
    }

    /// A change with what the disk says of it.
    async fn known<'c>(&self, change: &'c Change) -> Result<Known<'c>, Refused> {
        Ok(match change {
            Change::Edit(draft) => Known::Edit(draft),
            Change::Stop(stop) => Known::Stop(stop),
            Change::Restore(cards) => {
                let left = with_files(self.files, |files| Ok(files.cards())).await;
                let left = left.map_err(Refused::Unusable)?;
                let mut earlier = Draft::default();
                let mut records = Vec::new();
                // Where two cards speak of the same, the older one knows how it was.
                for card in cards.iter().rev() {
                    if !card.is_of(self.gate.account().as_deref(), self.gate.region()) {
                        return Err(elsewhere(
                            "that was stopped",
                            card.account.as_deref(),
                            &card.region,
                        ));
                    }
                    // Another process may have done it.
                    if left.iter().all(|one| one.id != card.id) {
                        let why = "that was restored meanwhile, or its card dismissed";
                        return Err(Refused::NotHere(why.to_owned()));
                    }
                    earlier.merge(card.earlier.clone());
                    // It is kept for 30 days; the card for as long as it is not restored.
                    records.extend(self.record(&card.id).await.ok());
                }
                let Some(card) = cards.first() else {
                    return Err(Refused::NotHere("no resume card was named".to_owned()));
                };
                Known::Restore {
                    function: &card.function,
                    earlier: Box::new(earlier),
                    records,
                }
            }
            Change::Revert(id) => Known::Revert(Box::new(self.record(id).await?)),
            Change::Finish(id) => Known::Finish(Box::new(self.record(id).await?)),
        })
    }

    /// The record of an edit that was made here: what follows from it leads through the same
    /// account and region, nowhere else.
    async fn record(&self, id: &str) -> Result<Record, Refused> {
        let wanted = id.to_owned();
        let read = with_files(self.files, move |files| {
            let is_underway = files.is_underway(&wanted);
            Ok((is_underway, files.record(&wanted)))
        });
        let (is_underway, record) = read.await.map_err(Refused::Unusable)?;
        let record = record.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Refused::NotHere(format!(
                "no edit {id:?} is kept here; edits are kept for 30 days"
            )),
            _ => Refused::Unusable(format!("the record of edit {id} cannot be used: {error}")),
        })?;
        if is_underway {
            let why = "that edit is being carried out just now: wait for its end";
            return Err(Refused::Unusable(why.to_owned()));
        }
        let account = self.gate.account();
        let both = record.account.as_ref().zip(account.as_ref());
        if record.region != self.gate.region() || both.is_some_and(|(there, here)| there != here) {
            return Err(elsewhere(
                "that edit was made",
                record.account.as_deref(),
                &record.region,
            ));
        }
        Ok(record)
    }

    async fn function_review(
        &self,
        change: &Known<'_>,
        is_first: bool,
        function: &Arn,
        seen: Seen,
    ) -> Result<FunctionReview, Refused> {
        let Found {
            snapshot, notes, ..
        } = find(self.gate, function, None, change.wanted()).await?;
        if let Some(error) = notes.iter().find(|error| change.needs(error.operation)) {
            return Err(Refused::Unread(error.clone()));
        }
        let versions = match change {
            Known::Stop(Move::AliasBack { version: None, .. }) => {
                self.gate.versions(function).await?
            }
            _ => Vec::new(),
        };
        let drafted = change.drafted(&snapshot, &versions, is_first);
        let mut review = FunctionReview {
            notes: notes.iter().map(ToString::to_string).collect(),
            ..FunctionReview::refused(function.clone(), String::new())
        };
        let Drafted {
            draft,
            warnings: known,
            moved_on,
        } = match drafted {
            Ok(drafted) => drafted,
            Err(why) => {
                let refused = FunctionReview::refused(function.clone(), why);
                review.plan = refused.plan;
                return Ok(review);
            }
        };
        review.nothing = match change {
            Known::Stop(stop) if draft.is_empty() => Some(stop.nothing()),
            Known::Finish(record) if !record.is_unfinished() => {
                Some("everything of that edit was done: nothing is left".to_owned())
            }
            _ => None,
        };
        review.warnings = known;
        review.moved_on = moved_on;
        let draft = match draft.with_uuids(&snapshot) {
            Ok(draft) => draft,
            Err(problem) => {
                review.plan = Err(vec![problem]);
                return Ok(review);
            }
        };
        let facts = facts(self.gate, &snapshot, &draft, self.now).await;
        review.facts = Facts {
            used_mb: seen.used_mb,
            running: seen.running,
            ..facts
        };
        review.plan = Plan::new(snapshot, draft).map(Box::new);
        if let Ok(plan) = &review.plan
            && !plan.is_empty()
        {
            review.warnings.extend(warnings(plan, &review.facts));
        }
        Ok(review)
    }
}

fn elsewhere(what: &str, account: Option<&str>, region: &str) -> Refused {
    Refused::NotHere(format!(
        "{what} in {} {region}, not here: use its profile and region",
        account.unwrap_or("an unknown account"),
    ))
}

/// A change, with the records of the edits that it follows.
enum Known<'a> {
    Edit(&'a Draft),
    Stop(&'a Move),
    Restore {
        function: &'a Arn,
        earlier: Box<Draft>,
        /// Of the moves that are restored, newest first, as long as they are kept.
        records: Vec<Record>,
    },
    Revert(Box<Record>),
    Finish(Box<Record>),
}

impl Known<'_> {
    /// The function that it is about, whatever else is named.
    const fn function(&self) -> Option<&Arn> {
        match self {
            Self::Edit(_) | Self::Stop(_) => None,
            Self::Restore { function, .. } => Some(function),
            Self::Revert(record) | Self::Finish(record) => Some(&record.function),
        }
    }

    /// What is to be read for it.
    fn wanted(&self) -> Wanted {
        match self {
            Self::Edit(draft) => {
                let wanted = Wanted::by(draft);
                let publishes = draft.changes_configuration() || draft.publish.is_some();
                Wanted {
                    // Who receives the change.
                    aliases: wanted.aliases || publishes,
                    ..wanted
                }
            }
            Self::Stop(stop) => {
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
            Self::Restore { earlier, .. } => Wanted::by(earlier),
            Self::Revert(record) => Wanted::by(&record.before),
            Self::Finish(record) => Wanted::by(&record.after),
        }
    }

    /// Whether nothing can be planned without this reading.
    fn needs(&self, operation: Operation) -> bool {
        match self {
            Self::Stop(stop) => match operation {
                Operation::ListEventSourceMappings => matches!(stop, Move::PauseTriggers),
                Operation::ListAliases => {
                    matches!(stop, Move::AliasBack { .. } | Move::Weight { .. })
                }
                _ => false,
            },
            Self::Edit(draft) => follow::needs(draft, operation),
            Self::Restore { earlier, .. } => follow::needs(earlier, operation),
            Self::Revert(record) => follow::needs(&record.before, operation),
            Self::Finish(record) => follow::needs(&record.after, operation),
        }
    }

    fn drafted(
        &self,
        snapshot: &Snapshot,
        versions: &[Version],
        is_first: bool,
    ) -> Result<Drafted, String> {
        Ok(match self {
            Self::Edit(draft) if is_first => Drafted::from((*draft).clone()),
            Self::Edit(draft) => Drafted::from(draft.for_another()),
            Self::Stop(stop) => {
                let draft = stop.draft(snapshot, versions)?;
                Drafted {
                    warnings: if draft.is_empty() {
                        Vec::new()
                    } else {
                        what_it_does(stop)
                    },
                    ..Drafted::from(draft)
                }
            }
            Self::Restore {
                earlier, records, ..
            } => follow::restore(snapshot, earlier, records),
            Self::Revert(record) => follow::revert(snapshot, record),
            Self::Finish(record) => follow::finish(snapshot, record),
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
