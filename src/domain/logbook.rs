//! The log buffer: any number of functions merged into one book of a million lines.
//!
//! Text lies in sealed, compressed blocks of up to 64 KiB with a compact index per line. The
//! [`LogWriter`] builds them off the interface's loop: it drops duplicates, puts events in the order
//! (timestamp, ingestion, id), marks late ones, and hands over [`Splice`]s. The [`Logbook`] only
//! links, counts and evicts. Whatever takes longer (search, filter, export, histogram) runs on a
//! snapshot, [`Pages`], which costs one reference count.
//!
//! A line is named by its [`Position`], which survives growth, late insertions and eviction.
//! Nothing here fetches, draws or knows the time.

mod block;
mod book;
mod draft;
mod find;
mod kept;
mod key;
mod log_writer;
mod matcher;
mod mend;
mod pages;
mod splice;

pub use block::{Block, BlockId, EntryId, Position};
pub use book::{Applied, Logbook, Stream, evict_over};
pub use find::{Direction, Filter, Found};
pub use kept::Kept;
pub use log_writer::LogWriter;
pub use matcher::{BadPattern, Matcher};
pub use pages::{Bar, BlockCache, Entry, Pages, Text};
pub use splice::{Change, InvocationNews, Splice};

pub use super::report::{InvocationKey, Level, SourceId, StreamId};

#[cfg(test)]
mod tests;
