//! The functions slice: the list, its filter and order, the selection, and the states of the
//! rows that are on screen.

mod action;
mod edited;
mod marks;
mod states;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    Context, Outbox,
    identity::FunctionKey,
    session::Session,
    slot::Slot,
    ticket::{Key, Ticket},
};
use crate::{
    domain::{
        function::{Arn, FunctionState, FunctionSummary},
        function_list::{
            self, DeadLetters, Known,
            filter::{Filter, FilterError},
            order::Order,
            sort::Sort,
        },
        session::SessionId,
    },
    ports::ApiError,
};

pub use action::{Action, Work};

/// How the user narrows and orders the list.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// What was typed.
    pub text: String,
    /// What it means; the last good meaning while the text has an error.
    pub filter: Filter,
    /// Where the text is wrong, if it is.
    pub error: Option<FilterError>,
    /// The order.
    pub sort: Sort,
}

/// The list of one session.
#[derive(Debug, Default)]
pub struct Functions {
    /// Shared with whoever keeps the list on disk: ten thousand rows are not copied for it.
    rows: Slot<Arc<Vec<FunctionSummary>>>,
    order: Order,
    known: Known,
    asked: HashMap<Arn, Timestamp>,
    state_error: Option<ApiError>,
    query: Query,
    faults: usize,
    arranged: Vec<u32>,
    stale_arrangement: bool,
    arrangement: u64,
    custom_log_groups: bool,
    selected: Option<Arn>,
    /// The user acted on the list: until then the cursor stays on the first row.
    is_chosen: bool,
    cursor: usize,
    marks: BTreeSet<Arn>,
    /// Those of them that the filter hides.
    hidden_marks: Vec<Arn>,
    viewport: (usize, usize),
    seen: Vec<bool>,
    kept_account: Option<String>,
    /// Rows stand in from an earlier run or session until the walk has met them.
    is_kept: bool,
    asking_states: Option<u64>,
    states_asked: Option<Timestamp>,
}

impl Functions {
    /// Every row, in no order.
    pub fn all(&self) -> &[FunctionSummary] {
        self.rows.value().map_or(&[], |rows| rows.as_slice())
    }

    /// How the list itself is doing.
    pub const fn slot(&self) -> &Slot<Arc<Vec<FunctionSummary>>> {
        &self.rows
    }

    /// How many rows the filter leaves.
    pub fn len(&self) -> usize {
        self.arranged.len()
    }

    /// Whether no row is left.
    pub fn is_empty(&self) -> bool {
        self.arranged.is_empty()
    }

    /// Grows whenever another row may stand in a place of the arranged list.
    pub const fn arrangement(&self) -> u64 {
        self.arrangement
    }

    /// The row at a place of the arranged list.
    pub fn row(&self, place: usize) -> Option<&FunctionSummary> {
        self.all().get(*self.arranged.get(place)? as usize)
    }

    /// A function by its identity.
    pub fn get(&self, arn: &Arn) -> Option<&FunctionSummary> {
        self.all().get(self.order.row(arn)?)
    }

    /// What is known of a function's state.
    pub fn state(&self, arn: &Arn) -> Option<&FunctionState> {
        self.known.states.get(arn)
    }

    /// Whether the filter leaves a function.
    pub(super) fn lists(&self, arn: &Arn) -> bool {
        self.order
            .row(arn)
            .is_some_and(|row| self.arranged.iter().any(|&place| place as usize == row))
    }

    /// Letters in the dead-letter queues of a function; `None` when none of its is known.
    pub fn dead_letters(&self, arn: &Arn) -> Option<u64> {
        self.known.dead_letters.get(arn).copied()
    }

    /// Whether a function of this list has a dead-letter queue that is known.
    pub fn has_dead_letter_queues(&self) -> bool {
        !self.known.dead_letters.is_empty()
    }

    /// The dead-letter queues were counted.
    pub(super) fn counted(&mut self, letters: DeadLetters) {
        if self.known.dead_letters != letters {
            self.known.dead_letters = letters;
            self.order.changed();
            self.stale_arrangement = true;
        }
    }

    /// Whether the row at a place is of an earlier run and not confirmed yet.
    pub fn is_old(&self, place: usize) -> bool {
        let index = self.arranged.get(place).map(|&index| index as usize);
        self.is_kept && index.is_none_or(|index| self.seen.get(index) != Some(&true))
    }

    /// How many rows the walk that is under way has met.
    pub fn met(&self) -> usize {
        self.seen.iter().filter(|seen| **seen).count()
    }

    /// How the list is narrowed and ordered.
    pub const fn query(&self) -> &Query {
        &self.query
    }

    /// How many functions need attention, filtered or not.
    pub const fn faults(&self) -> usize {
        self.faults
    }

    /// Whether a function of this list logs elsewhere than in its default group.
    pub fn has_custom_log_groups(&self) -> bool {
        self.custom_log_groups
    }

    /// Why the states of rows cannot be read, if so.
    pub const fn state_error(&self) -> Option<&ApiError> {
        self.state_error.as_ref()
    }

    /// The place of the cursor in the arranged list.
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<&FunctionSummary> {
        self.get(self.selected.as_ref()?)
    }

    pub(super) fn reset(&mut self) {
        *self = Self {
            arrangement: self.arrangement + 1,
            ..Self::default()
        };
    }

    /// The same target is opened anew: the rows stay as those of a kept list do, and so does
    /// how the user looks at them.
    pub(super) fn carry_over(&mut self, account: Option<String>) {
        self.rows.detach();
        self.asked.clear();
        self.asking_states = None;
        self.state_error = None;
        self.kept_account = account.or(self.kept_account.take());
        self.is_kept = true;
    }

    /// The user looks at the selected function, if there is one yet: from now on the cursor
    /// follows it.
    pub(super) const fn choose(&mut self) {
        self.is_chosen |= self.selected.is_some();
    }

    pub(super) fn is_due(&self, now: Timestamp, every: SignedDuration) -> bool {
        !self.rows.is_loading()
            && self
                .rows
                .answered()
                .is_some_and(|at| now.duration_since(at) >= every)
    }

    /// When rows or the states of those on screen are read again.
    pub(super) fn next_wake(&self, context: &Context<'_>) -> Option<Timestamp> {
        if !context.refreshes() {
            return None;
        }
        let answered = self.rows.answered().filter(|_| !self.rows.is_loading());
        let refresh = answered.map(|at| at + context.refresh_every());
        [refresh, self.states_due()].into_iter().flatten().min()
    }

    pub(super) fn refresh(&mut self, session: SessionId, out: &mut Outbox<'_>) {
        self.seen = vec![false; self.all().len()];
        let ticket = out.follow(Key::of(session, "functions.list", ""), Work::List(session));
        self.rows.begin(&ticket);
    }

    /// The account became known: a kept list of another account's is replaced, never merged.
    pub(super) fn identified(&mut self, account: &str) {
        if self.kept_account.take().is_some_and(|kept| kept != account) {
            self.drop_unseen();
        }
    }

    pub(super) fn reduce(&mut self, action: Action, of: &Session, out: &mut Outbox<'_>) {
        let session = of.id;
        self.is_chosen |= matches!(
            action,
            Action::Select(_)
                | Action::SelectArn(_)
                | Action::Filter(_)
                | Action::Sort(_)
                | Action::ToggleFaults
        );
        match action {
            Action::Kept {
                session: whose,
                account,
                at,
                rows,
            } => {
                if whose == session && self.rows.value().is_none() {
                    self.is_kept = true;
                    self.kept_account = account;
                    self.seen = vec![false; rows.len()];
                    self.rows.put(Arc::new(rows), at);
                    self.reindex();
                }
            }
            Action::Refresh => self.refresh(session, out),
            Action::Page(ticket, page) => {
                if self.rows.awaits(&ticket) {
                    self.patch(page, out.now);
                }
            }
            Action::Listed(ticket, outcome) => self.listed(&ticket, outcome, of, out),
            Action::State(ticket, arn, answer) => {
                if self.asking_states == Some(ticket.generation) {
                    self.state_came(arn, answer, out.now);
                }
            }
            Action::Viewport(first, last) => {
                self.viewport = (first, last);
                self.ask_states(session, out);
            }
            Action::Select(place) => self.select(place),
            Action::SelectArn(arn) => {
                self.selected = Some(arn);
                // Before it is arranged anew the place of a row that was filtered is not known.
                if !self.stale_arrangement {
                    self.settle_cursor();
                }
            }
            Action::Filter(text) => self.filter(text),
            Action::Sort(column) => {
                let sort = &mut self.query.sort;
                *sort = if sort.column == column {
                    Sort {
                        column,
                        direction: sort.direction.reversed(),
                    }
                } else {
                    Sort::by(column)
                };
                self.stale_arrangement = true;
            }
            Action::ToggleFaults => {
                self.query.filter.faults_only = !self.query.filter.faults_only;
                self.stale_arrangement = true;
            }
            Action::Mark(arns) => {
                let order = &self.order;
                let known = arns.into_iter().filter(|arn| order.row(arn).is_some());
                self.marks.extend(known);
                self.settle_marks();
            }
            Action::Unmark(arns) => {
                self.marks.retain(|arn| !arns.contains(arn));
                self.settle_marks();
            }
            Action::UnmarkAll => {
                self.marks.clear();
                self.settle_marks();
            }
        }
    }

    /// Brings filter and order up to date; called once before a frame, not once for each page.
    pub(super) fn settle(&mut self, now: Timestamp) {
        if !self.stale_arrangement {
            return;
        }
        self.stale_arrangement = false;
        let rows = self
            .rows
            .value()
            .map_or(&[] as &[_], |rows| rows.as_slice());
        let (known, query) = (&self.known, &self.query);
        self.order.update(rows, known, function_list::today(now));
        let arranged =
            function_list::arrange(rows, known, &self.order, &query.filter, query.sort, now);
        self.arrangement += u64::from(arranged != self.arranged);
        self.arranged = arranged;
        self.faults = self.order.faults();
        self.custom_log_groups = rows.iter().any(FunctionSummary::has_custom_log_group);
        self.settle_cursor();
        self.settle_marks();
    }

    fn filter(&mut self, text: String) {
        match Filter::parse(&text) {
            Ok(filter) => {
                self.query.filter = filter.with_faults_only(self.query.filter.faults_only);
                self.query.error = None;
            }
            Err(error) => self.query.error = Some(error),
        }
        self.query.text = text;
        // When the selected function is filtered out, the best match comes next.
        self.cursor = 0;
        self.stale_arrangement = true;
    }

    fn select(&mut self, place: usize) {
        self.cursor = place.min(self.arranged.len().saturating_sub(1));
        self.selected = self.row(self.cursor).map(|row| row.arn.clone());
    }

    /// The selection is kept by identity; where it went, the cursor follows. When it is gone,
    /// the cursor stays where it was. Before the user chose anything it stays on the first row,
    /// while pages and states still change which one that is.
    fn settle_cursor(&mut self) {
        if !self.is_chosen {
            self.select(0);
            return;
        }
        let place = self
            .selected
            .as_ref()
            .and_then(|arn| self.order.row(arn))
            .and_then(|row| {
                self.arranged
                    .iter()
                    .position(|&candidate| candidate as usize == row)
            });
        match place {
            Some(place) => self.cursor = place,
            None => self.select(self.cursor),
        }
    }

    fn patch(&mut self, page: Vec<FunctionSummary>, now: Timestamp) {
        if self.rows.value().is_none() {
            self.rows.put(Arc::default(), now);
        }
        let Some(rows) = self.rows.value_mut().map(Arc::make_mut) else {
            return;
        };
        for row in page {
            if let Some(place) = self.order.row(&row.arn) {
                // An equal row stays where it is: ten thousand replaced ones tear the heap apart.
                if rows[place] != row {
                    rows[place] = row;
                    self.order.changed();
                }
                self.seen[place] = true;
            } else {
                self.order.push(row.arn.clone(), rows.len());
                rows.push(row);
                self.seen.push(true);
            }
        }
        self.stale_arrangement = true;
    }

    fn listed(
        &mut self,
        ticket: &Ticket,
        outcome: Result<(), ApiError>,
        of: &Session,
        out: &mut Outbox<'_>,
    ) {
        let complete = outcome.is_ok();
        if !self.rows.finish(ticket, outcome, out.now) || !complete {
            return;
        }
        if self.rows.value().is_none() {
            self.rows.put(Arc::default(), out.now);
        }
        self.drop_unseen();
        self.is_kept = false;
        self.kept_account = None;
        self.ask_states(of.id, out);
        let work = Work::Keep {
            target: of.target.clone(),
            account: of.account().map(str::to_owned),
            rows: self.rows.value().cloned().unwrap_or_default(),
        };
        out.ask(Key::of(of.id, "functions.keep", ""), work);
    }

    /// Drops the rows that this walk has not met (yet).
    fn drop_unseen(&mut self) {
        let is_whole = self.seen.len() == self.all().len() && self.seen.iter().all(|seen| *seen);
        if is_whole {
            return;
        }
        let seen = std::mem::take(&mut self.seen);
        if let Some(rows) = self.rows.value_mut().map(Arc::make_mut) {
            let mut place = 0;
            rows.retain(|_| {
                place += 1;
                seen.get(place - 1).copied().unwrap_or(false)
            });
            self.seen = vec![true; rows.len()];
        }
        self.reindex();
    }

    fn reindex(&mut self) {
        let rows = self
            .rows
            .value()
            .map_or(&[] as &[_], |rows| rows.as_slice());
        self.order.reindex(rows);
        self.stale_arrangement = true;
    }

    /// The identity of the selected function.
    pub fn subject(&self, session: SessionId) -> Option<FunctionKey> {
        self.selected
            .clone()
            .map(|arn| FunctionKey { session, arn })
    }
}
