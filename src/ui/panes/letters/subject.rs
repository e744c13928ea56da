//! Whose failures these are: the function that the row under the cursor names, and the letters
//! that a key is about; whether they are there yet.

use super::{LettersPane, Level};
use crate::{
    domain::letter::Letter,
    store::{
        Store,
        letters::{LetterId, QueueLetters, Which},
        session::Status,
    },
    ui::{
        subject::{self, Subject},
        surface::Rows,
    },
};

impl LettersPane {
    /// The function that the row names; the title names the same one.
    pub(super) fn subject_of(&self, store: &Store) -> Subject {
        if self.on_card
            && let Some(run) = self.run(store)
        {
            return subject::of_queue(&run.queue.arn, store);
        }
        let Some(queue_letters) = store
            .letters
            .queue_letters()
            .filter(|_| self.level != Level::Queues)
        else {
            return match self.queue_under() {
                Some(queue) => subject::of_queue(queue, store),
                None => Err("no queue is under the cursor".to_owned()),
            };
        };
        let queue = &queue_letters.key.arn;
        match &self.level {
            Level::Clusters => subject::of_letters(self.in_cluster(queue_letters), queue, store),
            _ => subject::of_letters(self.letter(queue_letters).into_iter(), queue, store),
        }
    }

    /// Whether queues or letters are there.
    pub(super) fn rows_of(&self, store: &Store) -> Rows {
        if self.asking.is_open() || self.on_card {
            return Rows::There;
        }
        let Some(queue_letters) = store
            .letters
            .queue_letters()
            .filter(|_| self.level != Level::Queues)
        else {
            let discovery = store.letters.discovery();
            let is_refused = matches!(store.sessions.current().status, Status::Failed(_));
            let is_ahead = discovery.ended().is_none() && discovery.error().is_none();
            let is_loading = discovery.is_walking() || (is_ahead && !is_refused);
            return Rows::of(is_loading, discovery.queues().is_empty());
        };
        let is_sorted = queue_letters
            .sorted()
            .is_some_and(|sorted| !sorted.ranking.is_empty());
        Rows::of(
            queue_letters.awaits_letters() || queue_letters.is_sorting(),
            !is_sorted,
        )
    }

    /// The letters of the cluster under the cursor, filtered or not.
    fn in_cluster<'a>(
        &self,
        queue_letters: &'a QueueLetters,
    ) -> impl Iterator<Item = &'a Letter> + use<'a> {
        let members = self.cluster(queue_letters).map(|cluster| &cluster.members);
        let places = members.into_iter().flatten();
        places.filter_map(|&place| {
            queue_letters
                .letters()
                .get(place as usize)
                .map(|letter| &**letter)
        })
    }

    /// The letter that a command of one letter is about: the mark, else the row. Several marks are
    /// none, and it is said why.
    pub(super) fn one_letter(
        &self,
        queue_letters: &QueueLetters,
        takes: &str,
    ) -> Result<LetterId, String> {
        match queue_letters.marks() {
            0 => {
                let letter = self
                    .letter(queue_letters)
                    .map(|letter| letter.message.id.clone());
                letter.ok_or_else(|| "no letter is under the cursor".to_owned())
            }
            1 => {
                let marked = queue_letters.select(&Which::Marked).into_iter().next();
                marked.ok_or_else(|| "the marked letter is gone".to_owned())
            }
            many => Err(format!(
                "{takes} one letter, {many} are marked: space takes a mark away"
            )),
        }
    }

    /// Whether a command that leads to the function of letters has one to lead to.
    pub(super) fn names_function(&self, queue_letters: &QueueLetters) -> bool {
        let Some(wanted) = self.wanted(queue_letters) else {
            return false;
        };
        let letters = queue_letters.select(&wanted.which);
        let mut letters = letters.iter().filter_map(|id| queue_letters.letter(id));
        letters.any(|letter| letter.function.is_some())
    }
}
