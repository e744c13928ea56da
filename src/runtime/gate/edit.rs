//! Edits of functions behind the Gate: each shows a [`Warrant`] and is sent once.

use super::{Gate, Warrant};
use crate::{
    domain::{
        draft::update::{Call, Edited},
        function::Arn,
    },
    ports::{ApiError, Operation, Result},
};

impl Gate {
    /// See [`Functions::edit`](crate::ports::Functions::edit).
    pub async fn edit(&self, warrant: &Warrant, function: &Arn, call: &Call) -> Result<Edited> {
        let operation = Operation::of(call);
        let limit = operation.spec().timeout;
        let answer = self.warranted(warrant, operation, limit, || {
            self.session.edit(function, call)
        });
        answer.await.map_err(|error| match call {
            // Lambda repeats what it refuses, values and all.
            Call::Configuration(update) => ApiError {
                message: update.masked(&error.message),
                ..error
            },
            _ => error,
        })
    }
}
