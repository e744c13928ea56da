//! What each level of the pane shows, settled before a frame: which rows, in which order, the
//! letter beside them, the title, the line of truth.

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

use super::{
    LettersPane, Level, act,
    body::{Content, Section},
    card, clusters, queues, sheet, words,
};
use crate::{
    domain::{
        age,
        document::Document,
        letter::{Letter, OriginalEvent, cluster::Cluster, record},
    },
    store::{
        Action, Store,
        letters::{Desk, LetterId, Look, LookEnd, QueueKey, Sorted, Which},
    },
    theme::Role,
    ui::surface::{Outcome, View},
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

impl LettersPane {
    /// Follows the store, then settles what is on screen.
    pub(super) fn settle(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        let store = view.store;
        self.follow(store);
        self.card = self.run(store).map_or_else(Vec::new, |run| {
            let depth = super::depth_of(run, store);
            let mut lines = card::lines(run, depth, area.width, store.now);
            if self.level == Level::Queues
                && let Some((first, _)) = lines.first_mut()
            {
                *first = format!("{}: {first}", run.queue.arn.resource_name());
            }
            lines
        });
        self.on_card &= !self.card.is_empty();
        match store.letters.desk() {
            Some(desk) if self.level != Level::Queues => {
                self.arrange(desk);
                self.choose_letter(desk, store.now);
            }
            _ => {
                self.queue_places = self.arranged.of(store.letters.discovery());
                self.detail_of = None;
            }
        }
        self.lay_out(area, store);
        self.title = self.titled(store);
        self.truth = Some(self.told(store));
        Vec::new()
    }

    /// Another queue was opened or closed, or a letter was asked for elsewhere.
    fn follow(&mut self, store: &Store) {
        let open = store.letters.desk().map(|desk| desk.key.clone());
        if open != self.queue {
            self.level = if open.is_some() {
                Level::Clusters
            } else {
                Level::Queues
            };
            self.queue = open;
            self.range = None;
            self.made = None;
            self.asking = None;
            self.on_card = false;
            self.clusters.go_to(0);
            self.letters.go_to(0);
        }
        if let Some((number, letter)) = store.letters.shown_letter()
            && *number > self.came_to
        {
            self.came_to = *number;
            self.level = Level::Letter(letter.clone(), None);
        }
        let is_gone = match (&self.level, store.letters.desk()) {
            (Level::Letter(letter, _), Some(desk)) => desk.letter(letter).is_none(),
            _ => false,
        };
        if is_gone && let Level::Letter(_, cluster) = &self.level {
            self.level = Level::Letters(*cluster);
        }
        self.notice = store
            .letters
            .desk()
            .and_then(|desk| desk.notice.as_ref())
            .map_or_else(Vec::new, |notice| notice.lines.clone());
    }

    /// Rows of clusters and letters, when what they are made from has changed.
    fn arrange(&mut self, desk: &Desk) {
        let made = Made {
            level: self.level.clone(),
            queue: self.queue.clone(),
            sorted: desk
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
        self.made = Some(made);
        self.cluster_places.clear();
        self.letter_places.clear();
        let Some(sorted) = desk.sorted() else { return };
        self.cluster_places = sorted
            .ranking
            .iter()
            .map(|(id, _)| *id)
            .filter(|&id| {
                !self.not_ready_only
                    || sorted.clusters.get(id).is_some_and(|cluster| {
                        self.shown_of(cluster, desk, sorted).next().is_some()
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
            .filter(|&place| self.keeps(place, desk))
            .filter(|&place| {
                let Some(of) = of else { return true };
                let letter = &desk.letters()[place];
                sorted.cluster_of(&letter.message.id) == Some(of)
            })
            .collect();
        self.order.sort(&mut self.letter_places, desk);
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

    fn keeps(&self, place: usize, desk: &Desk) -> bool {
        let Some(letter) = desk.letters().get(place) else {
            return false;
        };
        !self.not_ready_only
            || desk
                .verdict(&letter.message.id)
                .is_none_or(|verdict| !verdict.is_sendable())
    }

    /// The letters of a cluster that filter and faults leave.
    fn shown_of<'a>(
        &'a self,
        cluster: &'a Cluster,
        desk: &'a Desk,
        sorted: &'a Sorted,
    ) -> impl Iterator<Item = &'a LetterId> {
        cluster.members.iter().filter_map(move |&place| {
            let place = place as usize;
            let letter = desk.letters().get(place)?;
            let id = &letter.message.id;
            (sorted.is_shown(id) && self.keeps(place, desk)).then_some(id)
        })
    }

    /// The cluster under the cursor.
    pub(super) fn cluster<'a>(&self, desk: &'a Desk) -> Option<&'a Cluster> {
        let id = self.cluster_places.get(self.clusters.cursor())?;
        desk.sorted()?.clusters.get(*id)
    }

    /// The letter that a key is about: under the cursor, shown, or the sample of the cluster.
    pub(super) fn letter<'a>(&self, desk: &'a Desk) -> Option<&'a Letter> {
        match &self.level {
            Level::Queues => None,
            Level::Clusters => {
                let sorted = desk.sorted()?;
                // The oldest stands for all.
                self.shown_of(self.cluster(desk)?, desk, sorted)
                    .filter_map(|id| desk.letter(id))
                    .map(|letter| &**letter)
                    .min_by_key(|letter| clusters::age_of(letter))
            }
            Level::Letters(_) => {
                let place = self.letter_places.get(self.letters.cursor())?;
                desk.letters().get(*place).map(|letter| &**letter)
            }
            Level::Letter(id, _) => desk.letter(id).map(|letter| &**letter),
        }
    }

    /// What a command acts on: the marks if there are any, else the row under the cursor.
    pub(super) fn wanted(&self, desk: &Desk) -> Option<Wanted> {
        if desk.marks() > 0 {
            return Some(Wanted {
                which: Which::Marked,
                count: desk.marks(),
                words: format!("{} marked", words::letters(desk.marks() as u64)),
            });
        }
        match &self.level {
            Level::Queues => None,
            Level::Clusters => {
                let sorted = desk.sorted()?;
                let cluster = self.cluster(desk)?;
                let shown: Vec<LetterId> = self.shown_of(cluster, desk, sorted).cloned().collect();
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
                let id = self.letter(desk)?.message.id.clone();
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
        desk: &Desk,
    ) -> Vec<LetterId> {
        match &self.level {
            Level::Clusters => {
                let Some(sorted) = desk.sorted() else {
                    return Vec::new();
                };
                rows.filter_map(|row| self.cluster_places.get(row))
                    .filter_map(|&id| sorted.clusters.get(id))
                    .flat_map(|cluster| self.shown_of(cluster, desk, sorted))
                    .cloned()
                    .collect()
            }
            Level::Letters(_) => rows
                .filter_map(|row| self.letter_places.get(row))
                .filter_map(|&place| desk.letters().get(place))
                .map(|letter| letter.message.id.clone())
                .collect(),
            Level::Letter(id, _) => vec![id.clone()],
            Level::Queues => Vec::new(),
        }
    }

    /// Lays out the letter that stands beside the rows, or alone.
    fn choose_letter(&mut self, desk: &Desk, now: Timestamp) {
        let Some(letter) = self.letter(desk) else {
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
        let revision = desk.revision();
        let is_same_letter = before.is_some_and(|shown| shown.letter == id);
        if is_same_letter
            && before.is_some_and(|shown| shown.revision == revision && now < shown.until)
        {
            return;
        }
        let sections = sections(letter, desk, now, is_alone);
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
        match (&self.level, store.letters.desk()) {
            (Level::Queues, _) | (_, None) => {
                let columns = queues::columns(store);
                let places = &self.queue_places;
                let queues = store.letters.discovery().queues();
                self.queues.layout(at, &columns, 0, places.len(), |row| {
                    queues::row(&queues[places[row]], store)
                });
            }
            (Level::Clusters, Some(desk)) => {
                let places = &self.cluster_places;
                let sorted = desk.sorted();
                self.clusters
                    .layout(at, clusters::CLUSTERS, 0, places.len(), |row| {
                        let cluster = sorted.and_then(|sorted| sorted.clusters.get(places[row]));
                        cluster.map_or_else(Default::default, |cluster| {
                            clusters::cluster(cluster, desk, now)
                        })
                    });
            }
            (Level::Letters(_), Some(desk)) => {
                let places = &self.letter_places;
                let error = clusters::ERROR;
                self.letters
                    .layout(at, clusters::LETTERS, error, places.len(), |row| {
                        clusters::letter(&desk.letters()[places[row]], desk, now)
                    });
            }
            (Level::Letter(..), Some(_)) => self.body.layout(at.height),
        }
    }

    fn titled(&self, store: &Store) -> String {
        let discovery = store.letters.discovery();
        let Some(desk) = store.letters.desk().filter(|_| self.level != Level::Queues) else {
            let mut parts = Vec::new();
            if !self.arranged.filter.is_empty() && self.asking.is_none() {
                parts.push(format!("/{}", self.arranged.filter));
            }
            if self.arranged.faults_only {
                parts.push("with letters only".to_owned());
            }
            let total: u64 = discovery
                .queues()
                .iter()
                .filter_map(|queue| queue.depth())
                .sum();
            if total > 0 {
                parts.push(words::letters(total));
            }
            return parts.join(" · ");
        };
        let found = discovery.queue(&desk.key.arn);
        let mut parts = vec![desk.key.arn.resource_name().to_owned()];
        if let Some(depth) = depth(desk) {
            parts.push(words::letters(depth));
        }
        let expires = desk.letters().iter().filter_map(|one| one.expires).min();
        if let Some(at) = expires {
            parts.push(format!("oldest expires in {}", words::left(store.now, at)));
        }
        if let Some(found) = found {
            let owner = queues::owner(found);
            parts.push(if owner.is_empty() {
                format!("from {}", queues::sources(found))
            } else {
                format!("from {owner}")
            });
        }
        let filter = &desk.filter.text;
        if !filter.is_empty() && self.asking.is_none() {
            parts.push(format!("/{filter}"));
        }
        if self.not_ready_only {
            parts.push("not ready only".to_owned());
        }
        if let Some(from) = self.range {
            parts.push(format!("range from row {}: v ends it", from + 1));
        }
        parts.join(" · ")
    }

    fn told(&self, store: &Store) -> String {
        match store.letters.desk().filter(|_| self.level != Level::Queues) {
            Some(desk) => self.truth_of(desk, store),
            None => truth_of_queues(store),
        }
    }

    fn truth_of(&self, desk: &Desk, store: &Store) -> String {
        let mut parts = Vec::new();
        if let (Level::Letters(_), Some(letter)) = (&self.level, self.letter(desk))
            && let Some(verdict) = desk.verdict(&letter.message.id)
        {
            // The verdict of the row is never without its reason.
            parts.push(format!("{}: {}", verdict.title(), verdict.reason()));
        }
        parts.push(words::look(
            &desk.look,
            desk.letters().len() as u64,
            depth(desk),
        ));
        let leases = desk.leases();
        if leases.count > 0 {
            let since = desk
                .held_since
                .map_or_else(String::new, |at| format!(" {}", age::age(store.now, at)));
            parts.push(format!("{} leased{since}", age::count(leases.count as u64)));
        }
        if !desk.letters().is_empty() && !desk.is_reading() {
            parts.push("reading added 1 receive to each".to_owned());
        }
        if desk.marks() > 0 {
            parts.push(format!("{} marked", age::count(desk.marks() as u64)));
        }
        if desk.edits() > 0 {
            parts.push(format!("{} edited", age::count(desk.edits() as u64)));
        }
        if desk.is_reviewing() || desk.is_preparing() {
            parts.push("counting…".to_owned());
        } else if desk.is_sorting() {
            parts.push("sorting…".to_owned());
        }
        if desk.attributes.error().is_some() {
            parts.push("✖ counts are not read, W why".to_owned());
        }
        if let Some(task) = store.letters.discovery().running_move(&desk.key.arn) {
            parts.push(format!(
                "AWS moves letters: {} so far",
                age::count(task.moved)
            ));
        }
        parts.join(" · ")
    }

    /// What an empty level says, and how.
    pub(super) fn empty_words(&self, store: &Store) -> (String, Role) {
        let is_open = store.sessions.current().is_open();
        let Some(desk) = store.letters.desk().filter(|_| self.level != Level::Queues) else {
            let discovery = store.letters.discovery();
            if discovery.queues().is_empty() {
                return (words::no_queues(discovery, is_open), Role::Dim);
            }
            let text = "no queue matches\n\n/  another filter\nf  all, or those with letters only\nesc  all queues";
            return (text.to_owned(), Role::Dim);
        };
        match &desk.look {
            Look::NotLooked | Look::Asking(_) => (self.before_looking(desk), Role::Text),
            Look::Reading { .. } => ("reading letters…\n\nx  stops".to_owned(), Role::Dim),
            Look::Ended(LookEnd::Failed(error)) if desk.letters().is_empty() => {
                (format!("✖ {error}\n\nb  tries again\nW  why"), Role::Error)
            }
            Look::Ended(_) if desk.letters().is_empty() => {
                let text = "no letter could be received\n\nletters in flight are held by another \
                            reader: they come back when its time is over\n\nb  looks again\nr  counts";
                (text.to_owned(), Role::Dim)
            }
            Look::Ended(_) if desk.sorted().is_none() => ("sorting…".to_owned(), Role::Dim),
            Look::Ended(_) => {
                let text =
                    "no letter matches\n\n/  another filter\nf  all, or those not ready only";
                (text.to_owned(), Role::Dim)
            }
        }
    }

    /// The notice: what a look does to this queue, before it does it.
    fn before_looking(&self, desk: &Desk) -> String {
        if desk.attributes.value().is_none() {
            return match desk.attributes.error() {
                Some(error) => format!("✖ {error}\n\nr  tries again\nW  why"),
                None => "reading the queue's counts and settings…".to_owned(),
            };
        }
        let count = depth(desk).map_or_else(
            || "nothing was received yet".to_owned(),
            |depth| format!("about {}; nothing was received yet", words::letters(depth)),
        );
        let lines: Vec<String> = self.notice.iter().map(|line| format!("· {line}")).collect();
        format!(
            "{count}\n\nwhat a look does here:\n{}\n\nenter  looks at up to {} letters\nesc  back to the queues",
            lines.join("\n"),
            age::count(crate::store::letters::desk::SAMPLE as u64)
        )
    }

    /// Enter: one level deeper.
    pub(super) fn deeper(&mut self, store: &Store) -> Outcome {
        let Some(desk) = store.letters.desk().filter(|_| self.level != Level::Queues) else {
            let queues = store.letters.discovery().queues();
            let Some(queue) = self
                .queue_places
                .get(self.queues.cursor())
                .and_then(|&place| queues.get(place))
            else {
                return Outcome::done();
            };
            let session = store.sessions.current().id;
            let arn = queue.arn.clone();
            return act(crate::store::letters::Step::Open(QueueKey { session, arn }));
        };
        if matches!(desk.look, Look::NotLooked | Look::Asking(_)) {
            return act(crate::store::letters::Step::Look);
        }
        self.level = match &self.level {
            Level::Clusters => match self.cluster(desk) {
                Some(cluster) => {
                    self.letters.go_to(0);
                    Level::Letters(Some(cluster.id))
                }
                None => Level::Clusters,
            },
            Level::Letters(of) => match self.letter(desk) {
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
            .desk()
            .map_or("", |desk| desk.filter.text.as_str());
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
            Level::Clusters if !filter.is_empty() => {
                act(crate::store::letters::Step::Filter(String::new()))
            }
            Level::Clusters => act(crate::store::letters::Step::Leave),
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

/// Letters in the queue, as far as its counts tell.
fn depth(desk: &Desk) -> Option<u64> {
    let counts = desk.attributes.value()?;
    Some(counts.visible + counts.in_flight + counts.delayed)
}

fn truth_of_queues(store: &Store) -> String {
    let discovery = store.letters.discovery();
    let mut parts = Vec::new();
    if discovery.is_walking() {
        parts.push(format!("{}…", discovery.progress().unwrap_or("looking")));
    }
    let count = discovery.queues().len() as u64;
    parts.push(format!("{} queues", age::count(count)));
    if discovery.was_stopped() {
        parts.push("stopped: not all were looked at".to_owned());
    }
    if let Some(at) = discovery.counted() {
        parts.push(format!(
            "counts {} ago, approximate",
            age::age(store.now, at)
        ));
    }
    let denied = discovery.problems().len() + usize::from(discovery.error().is_some());
    if denied > 0 {
        parts.push(format!("✖ {denied} not read, W why"));
    }
    parts.extend(discovery.notes().iter().cloned());
    let unfinished = store.letters.journals().len() as u64;
    if unfinished > 0 {
        parts.push(format!("{} unfinished", age::count(unfinished)));
    }
    parts.join(" · ")
}

/// The parts of a letter: a few lines first, then what the function is called with.
fn sections(letter: &Letter, desk: &Desk, now: Timestamp, is_alone: bool) -> Vec<Section> {
    let id = &letter.message.id;
    let mut sections = vec![Section {
        title: String::new(),
        content: Content::Lines(sheet::head(letter, desk, now)),
    }];
    let edited = desk.edit(id).map(|edit| edit.body.clone());
    let event = edited
        .as_ref()
        .map_or_else(|| record::event_text(letter), |edited| edited.reveal());
    let part = if is_alone {
        event
    } else {
        &event[..event.floor_char_boundary(IN_DETAIL)]
    };
    sections.push(Section {
        title: sheet::event_title(letter, edited.is_some()),
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
        content: Content::Lines(sheet::attributes(letter)),
    });
    sections
}
