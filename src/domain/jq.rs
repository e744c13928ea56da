//! jq expressions over JSON texts: an edit, or a question.
//!
//! The language is jaq's. An expression sees its input and nothing else: no files, no environment,
//! no clock (an edit must give the same in the dry run and in the run), nothing to halt. Its work
//! is bounded (`run`). Not responsible for what is edited: it takes and gives text.

mod compile;
mod edit;
mod run;

use std::{fmt, sync::Arc};

use run::Bounded;

pub use edit::{EditError, Edited};

/// A longer expression is not read.
const LONGEST: usize = 65_536;

/// A compiled expression. Cheap to clone; can be run by several threads.
#[derive(Clone)]
pub struct Jq {
    source: Arc<str>,
    filter: Arc<jaq_core::Filter<Bounded>>,
}

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadJq {
    /// Bytes of the text before the place where it went wrong.
    pub position: usize,
    /// What went wrong, and what stood to be expected.
    pub message: String,
}

impl fmt::Display for BadJq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at character {})", self.message, self.position + 1)
    }
}

impl std::error::Error for BadJq {}

impl Jq {
    /// Compiles an expression.
    ///
    /// # Errors
    /// Where it is not understood, and what was expected there.
    pub fn compile(source: &str) -> Result<Self, BadJq> {
        Ok(Self {
            filter: Arc::new(compile::compile(source)?),
            source: source.into(),
        })
    }

    /// As it was typed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Edits a JSON text: the one output of the expression, compactly written, members in the order
    /// they had. Numbers keep their digits. Where the output is the same value as the input,
    /// [`Edited::Unchanged`]: the text itself stays.
    ///
    /// # Errors
    /// The text is not JSON, the expression fails, gives none or several outputs or what JSON
    /// cannot hold, does not come to an end, or an edit would damage what it does not touch.
    pub fn edit(&self, body: &str) -> Result<Edited, EditError> {
        edit::edit(&self.filter, body)
    }

    /// Whether the first output is neither false nor null; no output is no.
    ///
    /// # Errors
    /// The text is not JSON, the expression fails or does not come to an end.
    pub fn is_true_of(&self, body: &str) -> Result<bool, EditError> {
        edit::is_true_of(&self.filter, body)
    }
}

impl fmt::Debug for Jq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Jq").field(&self.source).finish()
    }
}

impl PartialEq for Jq {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Jq {}

#[cfg(test)]
mod tests;
