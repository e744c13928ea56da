//! One level deeper, one step back.

use super::{LettersPane, Level, act};
use crate::{
    store::{
        Store,
        letters::{Look, QueueKey, Step},
    },
    ui::surface::Outcome,
};

impl LettersPane {
    /// From now on the cursor stays on its row, wherever that is ordered.
    pub(super) fn choose_row(&mut self) {
        self.chose_queue |= self.level == Level::Queues;
        self.chose_cluster |= self.level == Level::Clusters && !self.cluster_places.is_empty();
    }

    /// Enter: one level deeper.
    pub(super) fn deeper(&mut self, store: &Store) -> Outcome {
        let Some(queue_letters) = store
            .letters
            .queue_letters()
            .filter(|_| self.level != Level::Queues)
        else {
            let Some(arn) = self.queue_under().cloned() else {
                return Outcome::done();
            };
            let session = store.sessions.current().id;
            return act(Step::Open(QueueKey { session, arn }));
        };
        if matches!(queue_letters.look, Look::NotLooked | Look::Asking(_)) {
            return act(Step::Look);
        }
        self.level = match &self.level {
            Level::Clusters => match self.cluster(queue_letters) {
                Some(cluster) => {
                    self.letters.go_to(0);
                    Level::Letters(Some(cluster.id))
                }
                None => Level::Clusters,
            },
            Level::Letters(of) => match self.letter(queue_letters) {
                Some(letter) => Level::Letter(letter.message.id.clone(), *of),
                None => Level::Letters(*of),
            },
            level => level.clone(),
        };
        self.range = None;
        Outcome::done()
    }

    /// Every letter, whatever its cluster.
    pub(super) fn all_letters(&mut self) {
        self.letters.go_to(0);
        self.level = Level::Letters(None);
    }

    /// One step back; says whether there was one here.
    pub(super) fn back(&mut self, store: &Store) -> Outcome {
        if self.range.take().is_some() {
            return Outcome::done();
        }
        if self.on_card {
            self.on_card = false;
            return Outcome::done();
        }
        let filter = store
            .letters
            .queue_letters()
            .map_or("", |queue_letters| queue_letters.filter.text.as_str());
        match &self.level {
            Level::Letter(_, cluster) => {
                self.level = Level::Letters(*cluster);
                Outcome::done()
            }
            Level::Letters(_) => {
                self.level = Level::Clusters;
                Outcome::done()
            }
            Level::Clusters if self.not_ready_only => {
                self.not_ready_only = false;
                Outcome::done()
            }
            Level::Clusters if !filter.is_empty() => act(Step::Filter(String::new())),
            Level::Clusters => act(Step::Leave),
            Level::Queues => {
                if self.arranged.filter.is_empty() && !self.arranged.faults_only {
                    return Outcome::Ignored;
                }
                self.arranged.filter.clear();
                self.arranged.faults_only = false;
                Outcome::done()
            }
        }
    }
}
