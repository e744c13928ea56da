//! What changes the logs, and what the runner does for them.

use std::{path::PathBuf, sync::Arc};

use super::book::{BookId, Keep, Source, Status};
use crate::{
    domain::{
        logbook::{Direction, Filter, InvocationKey, Kept, Matcher, Pages, Position, Splice},
        tail::TimeRange,
    },
    store::{identity::FunctionKey, parcel::Parcel, ticket::Ticket},
};

/// What a jump goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// A line with the text that is searched for.
    Match,
    /// A line of level error and above.
    Error,
}

/// What the runner does for this slice.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Read a book's sources and go on reading.
    Tail {
        /// Into which book.
        book: BookId,
        /// What is read, by source.
        sources: Vec<Source>,
        /// From when to when.
        range: TimeRange,
        /// How often "load older" was asked for so far.
        older: u32,
        /// Another book's tail was running: the user may be on the way through the list.
        switching: bool,
    },
    /// The book is gone: forget its writing side.
    Forget(BookId),
    /// Look for a line.
    Find {
        /// Where.
        pages: Parcel<Pages>,
        /// For what.
        filter: Parcel<Filter>,
        /// Only among these.
        within: Option<Parcel<Kept>>,
        /// From this line on, which does not count; without it, from the end that the direction
        /// starts at.
        from: Option<Position>,
        /// Which way.
        direction: Direction,
    },
    /// Filter a book.
    Keep {
        /// The lines.
        pages: Parcel<Pages>,
        /// Which are wanted.
        filter: Parcel<Filter>,
        /// The same filter over an earlier state.
        earlier: Option<Parcel<Kept>>,
    },
    /// Write lines to a file that does not exist yet.
    Save {
        /// The file.
        path: PathBuf,
        /// The book's lines.
        pages: Parcel<Pages>,
        /// Only these of them.
        kept: Option<Parcel<Kept>>,
        /// The names of the sources by stream, where a line must say which one it is of.
        names: Option<Parcel<Vec<Arc<str>>>>,
    },
}

/// What changes the logs.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Show the merged lines of these functions, until another function is selected; of none, those
    /// of the selected one.
    Open(Vec<FunctionKey>),
    /// Show the lines of these invocations only; they may come later.
    Narrow(Vec<InvocationKey>),
    /// Show the lines with this text only; they may come later.
    NarrowText(String),
    /// Read this span, now and for books opened later.
    Range(TimeRange),
    /// Load what is older than the book's beginning.
    Older,
    /// Go on with a tail that stopped.
    Retry,
    /// Search for this text; an empty one ends the search.
    Search(String),
    /// Go to the next line of a kind, from a line on; see [`Logs::jump`](super::Logs::jump).
    Jump {
        /// To what.
        goal: Goal,
        /// Which way.
        direction: Direction,
        /// From where; without it, from the end that the direction starts at: backward is the
        /// newest.
        from: Option<Position>,
    },
    /// Keep these lines of the book on screen.
    Keep(Keep),
    /// Write the lines on screen (kept ones, or all) to a file that must not exist yet.
    Save(PathBuf),
    /// The tail read something.
    Spliced(BookId, Parcel<Splice>),
    /// The tail is doing differently.
    Status(BookId, Box<Status>),
    /// A search ended: with this line, and whether it went on at the other end.
    Found(Ticket, Option<Position>, bool),
    /// After [`Action::Found`] of a search for text: the how many-th of how many matches it is.
    Counted(Ticket, usize, usize),
    /// A book was filtered.
    Kept(Ticket, Parcel<Kept>),
    /// Lines were written, so many, or why not.
    Saved(Ticket, Result<(PathBuf, usize), String>),
}

/// The text that is searched for.
#[derive(Debug, Clone)]
pub struct Search {
    /// As typed.
    pub text: String,
    /// What it means, to mark it in the lines; or why it is no pattern.
    pub matcher: Result<Matcher, String>,
}

/// The answer to the last [`Action::Jump`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump {
    /// Grows with every answer: a pane that has seen this one need not go there again.
    pub number: u64,
    /// What was looked for.
    pub goal: Goal,
    /// Where it is; `None` if there is none.
    pub found: Option<Position>,
    /// The search went on at the other end of the book.
    pub wrapped: bool,
    /// The how many-th of how many matches it is, counted from 1 at the oldest, once counted.
    pub place: Option<(usize, usize)>,
}
