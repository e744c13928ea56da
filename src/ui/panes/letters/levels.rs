//! What each level of the pane shows, settled before a frame: which rows, in which order, the
//! letter beside them, the title, the status line.

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

use super::{
    LettersPane, Level,
    body::{Content, Section},
    card, clusters, letter_rows, queues, words,
};
use crate::{
    domain::{
        document::Document,
        function::Arn,
        letter::{Letter, OriginalEvent, cluster::Cluster, record},
    },
    store::{
        Action, Store,
        letters::{LETTERS, LetterId, QueueKey, QueueLetters, Sorted, Which},
    },
    ui::surface::View,
};

/// Ages on screen are right for this long.
const STEP: SignedDuration = SignedDuration::from_mins(1);
/// Bytes of an event that the detail column lays out; the full view has all of it.
const IN_DETAIL: usize = 16 << 10;

/// What the rows were made from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Made {
    level: Level,
    queue: Option<QueueKey>,
    sorted: Option<(u64, usize)>,
    not_ready_only: bool,
    order: clusters::Order,
}

/// Which letter is shown beside the rows or alone, and what of it can change.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    letter: LetterId,
    revision: u64,
    until: Timestamp,
}

/// What a command is about.
pub(super) struct Wanted {
    /// The letters.
    pub which: Which,
    /// How many they are.
    pub count: usize,
    /// In words: `186 of this cluster`.
    pub words: String,
}

impl Wanted {
    /// Whether a command of one letter takes one of several that were not marked.
    pub(super) fn stands_for_many(&self, queue_letters: &QueueLetters) -> bool {
        self.count > 1 && queue_letters.marks() == 0
    }
}

impl LettersPane {
    /// Follows the store, then settles what is on screen.
    pub(super) fn settle(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        let store = view.store;
        self.follow(store);
        self.card = self.run(store).map_or_else(Vec::new, |run| {
            let mut lines = card::lines(run, store, area.width);
            if self.level == Level::Queues
                && let Some((first, _)) = lines.first_mut()
            {
                *first = format!("{}: {first}", run.queue.arn.resource_name());
            }
            lines
        });
        self.on_card &= !self.card.is_empty();
        match store.letters.queue_letters() {
            Some(queue_letters) if self.level != Level::Queues => {
                self.arrange(queue_letters);
                self.choose_letter(queue_letters, store.now);
            }
            _ => {
                self.arrange_queues(store);
                self.detail_of = None;
            }
        }
        self.lay_out(area, store);
        self.title = self.titled(store);
        self.status_line = Some(self.told(store));
        Vec::new()
    }

    /// Another queue was opened or closed, or a letter was asked for elsewhere.
    fn follow(&mut self, store: &Store) {
        let open = store
            .letters
            .queue_letters()
            .map(|queue_letters| queue_letters.key.clone());
        if open != self.queue {
            self.level = if open.is_some() {
                Level::Clusters
            } else {
                Level::Queues
            };
            if let Some(left) = std::mem::replace(&mut self.queue, open) {
                self.leads_to = Some(left.arn);
            }
            self.range = None;
            self.made = None;
            self.asking.close();
            self.on_card = false;
            self.clusters.go_to(0);
            self.chose_cluster = false;
            self.letters.go_to(0);
        }
        if let Some((number, letter)) = store.letters.shown_letter()
            && *number > self.came_to
        {
            self.came_to = *number;
            self.level = Level::Letter(letter.clone(), None);
        }
        let is_gone = match (&self.level, store.letters.queue_letters()) {
            (Level::Letter(letter, _), Some(queue_letters)) => {
                queue_letters.letter(letter).is_none()
            }
            _ => false,
        };
        if is_gone && let Level::Letter(_, cluster) = &self.level {
            self.level = Level::Letters(*cluster);
        }
        self.notice = store
            .letters
            .queue_letters()
            .and_then(|queue_letters| queue_letters.notice.as_ref())
            .map_or_else(Vec::new, |notice| notice.lines.clone());
    }

    /// The queue under the cursor.
    pub(super) fn queue_under(&self) -> Option<&Arn> {
        self.queue_rows.get(self.queues.cursor())
    }

    /// Rows of queues. The cursor stays on its queue wherever counts order it, and turns to that
    /// of another function when one is selected.
    pub(super) fn arrange_queues(&mut self, store: &Store) {
        let discovery = store.letters.discovery();
        let selected = store.subject().map(|key| key.arn);
        let has_focus = store.ui.focus() == LETTERS;
        let came_back = has_focus && store.ui.came_back();
        if !has_focus {
            self.left_on = self.left_on.take().or_else(|| self.queue_under().cloned());
        } else if let Some(left) = self.left_on.take().filter(|_| came_back) {
            self.leads_to = Some(left);
        }
        if came_back {
            self.selected = selected;
        } else if selected != self.selected {
            self.selected.clone_from(&selected);
            let of_it = selected.map_or_else(Vec::new, |one| discovery.of_function(&one));
            let under = self.queue_under();
            if !of_it.iter().any(|queue| Some(&queue.arn) == under) {
                let first = of_it.first().map(|queue| queue.arn.clone());
                self.leads_to = self.leads_to.take().or(first);
            }
        }
        let under = self.queue_under().filter(|_| self.chose_queue).cloned();
        let queues = discovery.queues();
        self.queue_places = self.arranged.of(discovery);
        let rows = self.queue_places.iter();
        self.queue_rows = rows.map(|&place| queues[place].arn.clone()).collect();
        let place_of = |wanted: &Arn| self.queue_rows.iter().position(|row| row == wanted);
        let led = self.leads_to.as_ref().and_then(place_of);
        if led.is_some() {
            self.leads_to = None;
            self.chose_queue = true;
        }
        if let Some(place) = led.or_else(|| under.as_ref().and_then(place_of)) {
            self.queues.go_to(place);
        }
    }

    /// Rows of clusters and letters, when what they are made from has changed.
    fn arrange(&mut self, queue_letters: &QueueLetters) {
        let made = Made {
            level: self.level.clone(),
            queue: self.queue.clone(),
            sorted: queue_letters
                .sorted()
                .map(|sorted| (sorted.revision, sorted.shown.len())),
            not_ready_only: self.not_ready_only,
            order: self.order,
        };
        if self.made.as_ref() == Some(&made) {
            return;
        }
        let under = self.letter_places.get(self.letters.cursor()).copied();
        let cluster = self.cluster_places.get(self.clusters.cursor()).copied();
        let cluster = cluster.filter(|_| self.chose_cluster);
        self.made = Some(made);
        self.cluster_places.clear();
        self.letter_places.clear();
        let Some(sorted) = queue_letters.sorted() else {
            return;
        };
        self.cluster_places = sorted
            .ranking
            .iter()
            .map(|(id, _)| *id)
            .filter(|&id| {
                !self.not_ready_only
                    || sorted.clusters.get(id).is_some_and(|cluster| {
                        self.shown_of(cluster, queue_letters, sorted)
                            .next()
                            .is_some()
                    })
            })
            .collect();
        let of = match &self.level {
            Level::Letters(of) | Level::Letter(_, of) => *of,
            Level::Queues | Level::Clusters => None,
        };
        self.letter_places = sorted
            .shown
            .iter()
            .copied()
            .filter(|&place| self.keeps(place, queue_letters))
            .filter(|&place| {
                let Some(of) = of else { return true };
                let letter = &queue_letters.letters()[place];
                sorted.cluster_of(&letter.message.id) == Some(of)
            })
            .collect();
        self.order.sort(&mut self.letter_places, queue_letters);
        // The cursor stays on what it was on.
        if let Some(place) =
            under.and_then(|under| self.letter_places.iter().position(|&place| place == under))
        {
            self.letters.go_to(place);
        }
        if let Some(place) =
            cluster.and_then(|under| self.cluster_places.iter().position(|&id| id == under))
        {
            self.clusters.go_to(place);
        }
    }

    fn keeps(&self, place: usize, queue_letters: &QueueLetters) -> bool {
        let Some(letter) = queue_letters.letters().get(place) else {
            return false;
        };
        !self.not_ready_only
            || queue_letters
                .verdict(&letter.message.id)
                .is_none_or(|verdict| !verdict.is_sendable())
    }

    /// The letters of a cluster that filter and faults leave.
    fn shown_of<'a>(
        &'a self,
        cluster: &'a Cluster,
        queue_letters: &'a QueueLetters,
        sorted: &'a Sorted,
    ) -> impl Iterator<Item = &'a LetterId> {
        cluster.members.iter().filter_map(move |&place| {
            let place = place as usize;
            let letter = queue_letters.letters().get(place)?;
            let id = &letter.message.id;
            (sorted.is_shown(id) && self.keeps(place, queue_letters)).then_some(id)
        })
    }

    /// The cluster under the cursor.
    pub(super) fn cluster<'a>(&self, queue_letters: &'a QueueLetters) -> Option<&'a Cluster> {
        let id = self.cluster_places.get(self.clusters.cursor())?;
        queue_letters.sorted()?.clusters.get(*id)
    }

    /// The letter that a key is about: under the cursor, shown, or the sample of the cluster.
    pub(super) fn letter<'a>(&self, queue_letters: &'a QueueLetters) -> Option<&'a Letter> {
        match &self.level {
            Level::Queues => None,
            Level::Clusters => {
                let sorted = queue_letters.sorted()?;
                // The oldest stands for all.
                self.shown_of(self.cluster(queue_letters)?, queue_letters, sorted)
                    .filter_map(|id| queue_letters.letter(id))
                    .map(|letter| &**letter)
                    .min_by_key(|letter| clusters::age_of(letter))
            }
            Level::Letters(_) => {
                let place = self.letter_places.get(self.letters.cursor())?;
                queue_letters.letters().get(*place).map(|letter| &**letter)
            }
            Level::Letter(id, _) => queue_letters.letter(id).map(|letter| &**letter),
        }
    }

    /// What a command acts on: the marks if there are any, else the row under the cursor.
    pub(super) fn wanted(&self, queue_letters: &QueueLetters) -> Option<Wanted> {
        if queue_letters.marks() > 0 {
            return Some(Wanted {
                which: Which::Marked,
                count: queue_letters.marks(),
                words: format!("{} marked", words::letters(queue_letters.marks() as u64)),
            });
        }
        match &self.level {
            Level::Queues => None,
            Level::Clusters => {
                let sorted = queue_letters.sorted()?;
                let cluster = self.cluster(queue_letters)?;
                let shown: Vec<LetterId> = self
                    .shown_of(cluster, queue_letters, sorted)
                    .cloned()
                    .collect();
                let count = shown.len();
                let which = if count == cluster.count() {
                    Which::Cluster(cluster.id)
                } else {
                    Which::Letters(shown)
                };
                Some(Wanted {
                    which,
                    count,
                    words: format!("{} of this cluster", words::letters(count as u64)),
                })
            }
            Level::Letters(_) | Level::Letter(..) => {
                let id = self.letter(queue_letters)?.message.id.clone();
                Some(Wanted {
                    which: Which::Letters(vec![id]),
                    count: 1,
                    words: "this letter".to_owned(),
                })
            }
        }
    }

    /// The ids of what is shown, row by row: for marking.
    pub(super) fn ids_of(
        &self,
        rows: std::ops::RangeInclusive<usize>,
        queue_letters: &QueueLetters,
    ) -> Vec<LetterId> {
        match &self.level {
            Level::Clusters => {
                let Some(sorted) = queue_letters.sorted() else {
                    return Vec::new();
                };
                rows.filter_map(|row| self.cluster_places.get(row))
                    .filter_map(|&id| sorted.clusters.get(id))
                    .flat_map(|cluster| self.shown_of(cluster, queue_letters, sorted))
                    .cloned()
                    .collect()
            }
            Level::Letters(_) => rows
                .filter_map(|row| self.letter_places.get(row))
                .filter_map(|&place| queue_letters.letters().get(place))
                .map(|letter| letter.message.id.clone())
                .collect(),
            Level::Letter(id, _) => vec![id.clone()],
            Level::Queues => Vec::new(),
        }
    }

    /// Lays out the letter that stands beside the rows, or alone.
    fn choose_letter(&mut self, queue_letters: &QueueLetters, now: Timestamp) {
        let Some(letter) = self.letter(queue_letters) else {
            self.detail_of = None;
            self.body_of = None;
            return;
        };
        let is_alone = matches!(self.level, Level::Letter(..));
        let before = if is_alone {
            self.body_of.as_ref()
        } else {
            self.detail_of.as_ref()
        };
        let id = letter.message.id.clone();
        let revision = queue_letters.revision();
        let is_same_letter = before.is_some_and(|shown| shown.letter == id);
        if is_same_letter
            && before.is_some_and(|shown| shown.revision == revision && now < shown.until)
        {
            return;
        }
        let sections = sections(letter, queue_letters, now, is_alone);
        let shown = Shown {
            letter: id,
            revision,
            until: now + STEP,
        };
        let (view, of) = if is_alone {
            (&mut self.body, &mut self.body_of)
        } else {
            (&mut self.detail, &mut self.detail_of)
        };
        if is_same_letter {
            view.replace(sections);
        } else {
            view.show(sections);
        }
        *of = Some(shown);
    }

    fn lay_out(&mut self, area: Rect, store: &Store) {
        let parts = self.parts(area);
        if let Some(detail) = parts.detail {
            self.detail.layout(detail.height);
        }
        let now = store.now;
        let at = parts.body;
        match (&self.level, store.letters.queue_letters()) {
            (Level::Queues, _) | (_, None) => {
                let columns = queues::columns(store);
                let places = &self.queue_places;
                let queues = store.letters.discovery().queues();
                self.queues.layout(at, &columns, places.len(), |row| {
                    queues::row(&queues[places[row]], store)
                });
            }
            (Level::Clusters, Some(queue_letters)) => {
                let places = &self.cluster_places;
                let sorted = queue_letters.sorted();
                self.clusters
                    .layout(at, clusters::CLUSTERS, places.len(), |row| {
                        let cluster = sorted.and_then(|sorted| sorted.clusters.get(places[row]));
                        cluster.map_or_else(Default::default, |cluster| {
                            clusters::cluster(cluster, queue_letters, now)
                        })
                    });
            }
            (Level::Letters(_), Some(queue_letters)) => {
                let places = &self.letter_places;
                self.letters
                    .layout(at, clusters::LETTERS, places.len(), |row| {
                        clusters::letter(&queue_letters.letters()[places[row]], queue_letters, now)
                    });
            }
            (Level::Letter(..), Some(_)) => self.body.layout(at.height),
        }
    }
}

/// The parts of a letter: a few lines first, then what the function is called with.
fn sections(
    letter: &Letter,
    queue_letters: &QueueLetters,
    now: Timestamp,
    is_alone: bool,
) -> Vec<Section> {
    let id = &letter.message.id;
    let mut sections = vec![Section {
        title: String::new(),
        content: Content::Lines(letter_rows::head(letter, queue_letters, now)),
    }];
    let edited = queue_letters.edit(id).map(|edit| edit.body.clone());
    let event = edited
        .as_ref()
        .map_or_else(|| record::event_text(letter), |edited| edited.reveal());
    let part = if is_alone {
        event
    } else {
        &event[..event.floor_char_boundary(IN_DETAIL)]
    };
    sections.push(Section {
        title: letter_rows::event_title(letter, edited.is_some()),
        content: Content::Document(Document::of(part.as_bytes())),
    });
    if !is_alone {
        return sections;
    }
    let body = letter.message.body.reveal();
    let is_unwrapped = matches!(letter.event, OriginalEvent::Event(_)) && **body != *event;
    if is_unwrapped || edited.is_some() {
        sections.push(Section {
            title: "the body as received".to_owned(),
            content: Content::Document(Document::of(body.as_bytes())),
        });
    }
    sections.push(Section {
        title: "the message".to_owned(),
        content: Content::Lines(letter_rows::attributes(letter)),
    });
    sections
}
