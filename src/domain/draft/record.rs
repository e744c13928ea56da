//! What became of a plan: its steps, how it ended, and the record on disk from which it can be
//! reverted or finished.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Draft, Item, Side,
    plan::{Plan, parts},
};
use crate::domain::function::Arn;

/// How far a step got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    /// Not begun.
    Left,
    /// Sent; how it ended is not known.
    Sent,
    /// Done, and seen to be done.
    Done,
    /// It had no effect, or was accepted and then failed.
    Failed,
}

impl StepState {
    /// The word on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Sent => "unknown",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// One call of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// API name.
    pub call: String,
    /// How far it got.
    pub state: StepState,
}

/// What happens now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// The step, counted from 1; 0 before the first.
    pub step: usize,
    /// How many there are.
    pub of: usize,
    /// What, in words.
    pub doing: String,
}

/// How a plan ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// Everything was done and has settled.
    Done,
    /// Stopped before the next step.
    Stopped,
    /// A step failed; why.
    Failed(String),
    /// It was sent, but whether it took effect is not known; why.
    Unknown(String),
    /// Somebody else changed it meanwhile; nothing of this step was done.
    Lost(Vec<ThreeWay>),
}

impl Ended {
    /// In one line, without any value.
    pub fn words(&self) -> String {
        match self {
            Self::Done => "done".to_owned(),
            Self::Stopped => "stopped before the next step".to_owned(),
            Self::Failed(why) => format!("failed: {why}"),
            Self::Unknown(why) => format!("outcome unknown: {why}"),
            Self::Lost(rows) => {
                let items: Vec<String> = rows.iter().map(|row| row.item.to_string()).collect();
                format!(
                    "refused: changed meanwhile by another ({})",
                    items.join(", ")
                )
            }
        }
    }
}

/// One row of a lost update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreeWay {
    /// What.
    pub item: Item,
    /// As the plan found it.
    pub base: Side,
    /// As it is now.
    pub theirs: Side,
    /// As the plan wants it; `None` when the plan leaves it alone.
    pub mine: Option<Side>,
}

impl ThreeWay {}

/// What became of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Its id: of the entry in the activity log, and of the record.
    pub id: String,
    /// Its calls.
    pub steps: Vec<Step>,
    /// How it ended.
    pub ended: Ended,
    /// Worth knowing, for example the number of a published version.
    pub notes: Vec<String>,
}

/// The record on disk: what was there before, what was asked, how far it got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Also the name of its file.
    pub id: String,
    /// When it was begun.
    pub at: Timestamp,
    /// Account id, if it was known.
    pub account: Option<String>,
    /// Region.
    pub region: String,
    /// The function.
    pub function: Arn,
    /// The draft that reverts it.
    pub before: Draft,
    /// What was asked.
    pub after: Draft,
    /// The calls.
    pub steps: Vec<Step>,
    /// The number of the version that it published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// How it ended; absent while it runs, and if the process died.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
}

impl Record {
    /// The record of a plan that has not begun.
    pub fn new(id: &str, at: Timestamp, account: Option<&str>, region: &str, plan: &Plan) -> Self {
        Self {
            id: id.to_owned(),
            at,
            account: account.map(str::to_owned),
            region: region.to_owned(),
            function: plan.base.function.clone(),
            before: plan.base.draft_back(&plan.draft),
            after: plan.draft.clone(),
            steps: plan
                .calls
                .iter()
                .map(|call| Step {
                    call: call.name().to_owned(),
                    state: StepState::Left,
                })
                .collect(),
            published: None,
            ended: None,
        }
    }

    /// What is left to do of an edit that ended in the middle. What is done is left out. What was
    /// sent and never answered stays in: a plan leaves out by itself what is so already. A version
    /// is not published again, unless it has failed: no alias is pointed at a failed version.
    pub fn unfinished(&self) -> Draft {
        let parts = parts(&self.after);
        // If the steps do not match the draft, it is not known which of them are done.
        let is_known = parts.len() == self.steps.len();
        let mut left = Draft::default();
        let mut has_failed = false;
        for (number, part) in parts.into_iter().enumerate() {
            let state = self.steps.get(number).map(|step| step.state);
            has_failed |= part.publish.is_some() && state == Some(StepState::Failed);
            if !(is_known && state == Some(StepState::Done)) {
                left.merge(part);
            }
        }
        if let Some(published) = self.published.as_ref().filter(|_| !has_failed) {
            left.publish = None;
            for routing in left.aliases.values_mut() {
                *routing = routing.published(published);
            }
        }
        left
    }

    /// What the function has now if every step that was begun was done. Publishes nothing.
    pub fn left_there(&self) -> Draft {
        let mut draft = Draft {
            publish: None,
            ..self.begun()
        };
        if let Some(published) = &self.published {
            for routing in draft.aliases.values_mut() {
                *routing = routing.published(published);
            }
        }
        draft
            .aliases
            .retain(|_, routing| !routing.follows_publish());
        draft
    }

    /// The draft that reverts what it did, or may have done. Steps that it never began are left
    /// out: if something of those is different now, somebody else changed it.
    pub fn revert(&self) -> Draft {
        let begun = self.begun();
        let mut back = self.before.clone();
        for item in self.before.items() {
            if begun.side(&item).is_none() {
                back.forget(&item);
            }
        }
        back
    }

    /// The draft, without the steps that were never begun.
    fn begun(&self) -> Draft {
        let parts = parts(&self.after);
        if parts.len() != self.steps.len() {
            return self.after.clone();
        }
        let mut begun = Draft::default();
        for (part, step) in parts.into_iter().zip(&self.steps) {
            if step.state != StepState::Left {
                begun.merge(part);
            }
        }
        begun
    }

    /// Whether something of it is left to do.
    pub fn is_unfinished(&self) -> bool {
        self.steps.iter().any(|step| step.state != StepState::Done)
    }

    /// The steps in one line.
    pub fn progress(&self) -> String {
        let steps: Vec<String> = self
            .steps
            .iter()
            .map(|step| format!("{} {}", step.call, step.state.name()))
            .collect();
        steps.join(", ")
    }
}
