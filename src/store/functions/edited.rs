//! What an edit of a function's configuration makes of its row.

use std::sync::Arc;

use super::Functions;
use crate::{
    domain::{
        draft::{Draft, Field},
        function::{Arn, FunctionSummary},
    },
    store::{Outbox, identity::FunctionKey},
};

impl Functions {
    /// A function was edited: its row says what was asked until the list is read again, and its
    /// state is asked anew.
    pub(in crate::store) fn changed(
        &mut self,
        function: &FunctionKey,
        draft: Option<&Draft>,
        out: &mut Outbox<'_>,
    ) {
        let place = self.order.row(&function.arn);
        if let (Some(place), Some(draft)) = (place, draft)
            && let Some(rows) = self.rows.value_mut()
            && let Some(row) = Arc::make_mut(rows).get_mut(place)
        {
            edit(row, draft);
            self.order.changed();
            self.stale_arrangement = true;
        }
        self.asked.remove(&function.arn);
        self.ask_states(function.session, out);
    }
}

/// What an edit makes of a row.
fn edit(row: &mut FunctionSummary, draft: &Draft) {
    let value = |field| draft.settings.get(&field);
    let number = |field| value(field)?.number();
    row.memory_mb = number(Field::Memory).unwrap_or(row.memory_mb);
    row.timeout_s = number(Field::Timeout).unwrap_or(row.timeout_s);
    if let Some(runtime) = value(Field::Runtime) {
        row.runtime = runtime.text().map(Into::into);
    }
    if let Some(target) = value(Field::DeadLetter) {
        row.dead_letter = target.text().map(Arn::new);
    }
    if let Some(group) = value(Field::LogGroup) {
        row.log_group = group.text().map(Into::into);
    }
}
