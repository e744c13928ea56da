//! What the log writer hands over, to be applied by the reader.

use std::sync::Arc;

use crate::domain::report::{Invocation, InvocationKey};

use super::block::{Block, BlockId};
use super::book::Stream;

/// What an append changed, to be applied to the [`super::Logbook`] in the order of making.
#[derive(Debug, Clone, Default)]
pub struct Splice {
    /// Blocks to link, in this order.
    pub changes: Vec<Change>,
    /// Streams seen for the first time; their ids go on counting from those known.
    pub streams: Vec<Stream>,
    /// What is new of invocations, in this order.
    pub invocations: Vec<InvocationNews>,
    /// Lines added.
    pub new: usize,
    /// Events dropped because they were there already.
    pub duplicates: usize,
    /// Lines of `new` that came between or before older ones.
    pub late: usize,
    /// Events dropped because their place in the book was evicted, whether they had been there or not.
    pub outdated: usize,
}

/// What is new of an invocation.
#[derive(Debug, Clone)]
pub enum InvocationNews {
    /// What further lines say of it, to be merged into what is known.
    More(Invocation),
    /// What all its lines say: what was known of it was not right.
    Anew(Invocation),
    /// There is none: its lines are another's.
    Gone(InvocationKey),
}

impl InvocationNews {
    /// Which invocation.
    pub fn key(&self) -> InvocationKey {
        match self {
            Self::More(told) | Self::Anew(told) => told.key(),
            Self::Gone(key) => *key,
        }
    }
}

/// One step of a [`Splice`].
#[derive(Debug, Clone)]
pub struct Change {
    /// The block that `blocks` take the place of.
    pub replaced: Option<BlockId>,
    /// If none is replaced: the block they follow; `None` puts them first.
    pub after: Option<BlockId>,
    /// Sealed blocks in order.
    pub blocks: Vec<Arc<Block>>,
}
