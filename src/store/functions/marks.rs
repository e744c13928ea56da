//! The marks of the list: kept by identity, whether a filter shows the function or not.

use std::collections::BTreeSet;

use super::Functions;
use crate::domain::function::Arn;

impl Functions {
    /// The marked functions, filtered or not.
    pub const fn marked(&self) -> &BTreeSet<Arn> {
        &self.marks
    }

    /// The marked functions that the filter hides.
    pub fn hidden_marks(&self) -> &[Arn] {
        &self.hidden_marks
    }

    /// A function that is gone has no mark; of the others it is known which the filter hides.
    pub(super) fn settle_marks(&mut self) {
        if self.marks.is_empty() {
            self.hidden_marks.clear();
            return;
        }
        let order = &self.order;
        self.marks.retain(|arn| order.row(arn).is_some());
        let shown: BTreeSet<&Arn> = (0..self.arranged.len())
            .filter_map(|place| self.row(place).map(|row| &row.arn))
            .filter(|arn| self.marks.contains(*arn))
            .collect();
        let hidden = self.marks.iter().filter(|arn| !shown.contains(arn));
        self.hidden_marks = hidden.cloned().collect();
    }
}
