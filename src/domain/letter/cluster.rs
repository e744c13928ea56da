//! Letters that failed alike: the same error once its figures and ids are left out, and the same
//! shape of body.
//!
//! Grows by one letter at a time, in constant time for each (linear in its body).

mod normalise;
mod shape;

use std::collections::HashMap;

use jiff::Timestamp;

use super::{ErrorSource, Letter, LetterError, record};

pub use normalise::normalise;
pub use shape::shape;

/// What a cluster says whose letters keep no error.
pub const UNKNOWN_ERROR: &str = "unknown error";

/// Letters that failed alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Stable while letters come and go.
    pub id: u32,
    /// The error without its figures, untrusted; [`UNKNOWN_ERROR`] where there is none.
    pub headline: String,
    /// The top-level keys of the event, `{order,card}`, untrusted.
    pub shape: String,
    /// The earliest that was sent.
    pub first: Option<Timestamp>,
    /// The latest that was sent.
    pub last: Option<Timestamp>,
    /// Places of its letters, in the order they came.
    pub members: Vec<u32>,
    /// Where the error was read; none: nobody knows it.
    pub error_source: Option<ErrorSource>,
}

impl Cluster {
    /// How many letters.
    pub fn count(&self) -> usize {
        self.members.len()
    }
}

/// The clusters of a list of letters.
#[derive(Debug, Clone, Default)]
pub struct Clusters {
    list: Vec<Cluster>,
    by_key: HashMap<(Option<String>, String), u32>,
}

impl Clusters {
    /// The clusters of letters whose places are their order.
    pub fn of<'a>(letters: impl IntoIterator<Item = &'a Letter>) -> Self {
        let mut clusters = Self::default();
        for (place, letter) in (0..).zip(letters) {
            clusters.push(place, letter);
        }
        clusters
    }

    /// The same clusters without their letters: whoever sorts anew, because letters went, finds each
    /// under the id that it had. Those of which no letter is left stay empty.
    #[must_use]
    pub fn emptied(mut self) -> Self {
        for cluster in &mut self.list {
            cluster.members.clear();
            (cluster.first, cluster.last) = (None, None);
        }
        self
    }

    /// Adds a letter by its place; gives the id of its cluster.
    pub fn push(&mut self, place: u32, letter: &Letter) -> u32 {
        let shape = shape(record::event_text(letter));
        let headline = letter
            .error
            .as_ref()
            .map(|error| normalise(&error.headline()));
        let next = self.list.len() as u32;
        let id = *self
            .by_key
            .entry((headline, shape))
            .or_insert_with_key(|key| {
                self.list.push(Cluster {
                    id: next,
                    headline: key.0.clone().unwrap_or_else(|| UNKNOWN_ERROR.to_owned()),
                    shape: key.1.clone(),
                    first: None,
                    last: None,
                    members: Vec::new(),
                    error_source: letter.error.as_ref().map(|error| error.source),
                });
                next
            });
        let cluster = &mut self.list[id as usize];
        cluster.members.push(place);
        if let Some(sent) = letter.message.system.sent {
            cluster.first = Some(cluster.first.map_or(sent, |first| first.min(sent)));
            cluster.last = Some(cluster.last.map_or(sent, |last| last.max(sent)));
        }
        id
    }

    /// What logs told of the letters of a cluster that keeps no error; letters that come later
    /// without one, and have the same shape, join it.
    pub fn tell(&mut self, id: u32, error: &LetterError) {
        if let Some(cluster) = self.list.get_mut(id as usize)
            && cluster.error_source != Some(ErrorSource::Letter)
        {
            cluster.headline = normalise(&error.headline());
            cluster.error_source = Some(error.source);
        }
    }

    /// A cluster by its id.
    pub fn get(&self, id: u32) -> Option<&Cluster> {
        self.list.get(id as usize)
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Most letters first; of equals the one that came first.
    pub fn by_count(&self) -> Vec<&Cluster> {
        let mut list: Vec<&Cluster> = self.list.iter().collect();
        list.sort_by_key(|cluster| (std::cmp::Reverse(cluster.count()), cluster.id));
        list
    }
}

#[cfg(test)]
mod tests;
