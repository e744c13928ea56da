//! The joins: from a letter to its log lines, its event, its function; from a function or an
//! invocation to its letters.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{
    Around, ClusterId, Desk, FoundLines, LetterId, Letters, QueueKey, Sample, Sampled,
    SampledLetter, Which, Work, ask, desk::Ran, error, info,
};
use crate::{
    domain::{
        function::Arn,
        letter::{Letter, Origin},
        queue::QueueAttributes,
        secret::Secret,
        tail::TimeRange,
    },
    ports::ApiError,
    store::{
        Cx,
        overview::OVERVIEW,
        ticket::{Key, Ticket},
        toast,
        ui::PaneId,
    },
};

/// Letters of a cluster that are looked up in logs.
const SAMPLED: usize = 5;
/// Letters whose lines are shown together lie this near to each other.
const TOGETHER: SignedDuration = SignedDuration::from_mins(60);
/// So much is shown before and after what was found.
const BESIDE: SignedDuration = SignedDuration::from_secs(30);
/// An asynchronous invoke is tried three times, minutes apart, before its letter is sent
/// (`docs/aws.md` §3.5).
const BEFORE_LETTER: SignedDuration = SignedDuration::from_mins(30);
/// Lines come late.
const AFTER_LETTER: SignedDuration = SignedDuration::from_mins(5);
/// How long receives of a message may take when nothing tells it.
const RECEIVES: SignedDuration = SignedDuration::from_hours(1);

/// What another slice is asked to do, in this order.
#[derive(Debug)]
pub(in crate::store) enum Hand {
    /// Show a message.
    Toast(toast::Action),
    /// Show this pane.
    Show,
    /// Select this function and show what is asked for.
    Function(Arn, Wish),
    /// Show the log lines of these functions together: of that time, with this text.
    Lines(Vec<Arn>, TimeRange, String),
}

/// What is to be shown of a function.
#[derive(Debug)]
pub(in crate::store) enum Wish {
    /// This pane of it.
    Pane(PaneId),
    /// Its log lines of that time: of this invocation, or with this text.
    Logs(TimeRange, LogText),
    /// This event in Invoke, from that letter.
    Invoke(FromLetter, Secret<String>),
    /// A name for this event.
    Save(Secret<String>),
}

/// How the lines of an invocation are found.
#[derive(Debug)]
pub(in crate::store) enum LogText {
    /// By the request id.
    Request(String),
    /// By this text: a message id.
    Message(String),
}

/// The letter that an event on the desk of Invoke came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromLetter {
    /// Where it lies.
    pub queue: QueueKey,
    /// Which.
    pub letter: LetterId,
}

impl FromLetter {
    /// How Invoke names such an event.
    pub fn label(&self) -> String {
        format!(
            "letter {}… of {}",
            self.letter.chars().take(8).collect::<String>(),
            self.queue.arn.resource_name()
        )
    }
}

/// What the event of a letter is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be invoked.
    Invoke,
    /// To be saved.
    Save,
}

/// An event that is being made whole.
#[derive(Debug)]
pub(super) struct Wanted {
    generation: u64,
    from: FromLetter,
    function: Arn,
    purpose: Purpose,
}

impl Hand {
    pub(super) const fn failed(error: ApiError) -> Self {
        Self::Toast(toast::Action::Failed(error))
    }
}

impl Letters {
    fn letter(&self, id: &LetterId) -> Option<&Arc<Letter>> {
        self.desk()?.letter(id)
    }

    pub(super) fn to_logs(&self, id: &LetterId, now: Timestamp) -> Vec<Hand> {
        let Some(letter) = self.letter(id) else {
            return Vec::new();
        };
        let Some(function) = &letter.function else {
            return error("this letter names no function: its log cannot be told");
        };
        let source = match &letter.origin {
            Origin::Queue { source } => self.attributes_of(source),
            _ => None,
        };
        let (from, to) = window(letter, source, now);
        let text = match &letter.request_id {
            Some(request) => LogText::Request(request.clone()),
            None => LogText::Message(letter.message.id.to_string()),
        };
        let wish = Wish::Logs(TimeRange::Between(from, to), text);
        vec![Hand::Function(function.arn.clone(), wish)]
    }

    fn attributes_of(&self, queue: &Arn) -> Option<&QueueAttributes> {
        self.discovery.queue(queue)?.attributes.as_ref()
    }

    pub(super) fn to_function(&self, id: &LetterId) -> Vec<Hand> {
        let function = self.letter(id).and_then(|letter| letter.function.as_ref());
        match function {
            Some(function) => vec![Hand::Function(function.arn.clone(), Wish::Pane(OVERVIEW))],
            None => error("this letter names no function"),
        }
    }

    pub(super) fn want_event(
        &mut self,
        id: &LetterId,
        purpose: Purpose,
        around: &Around<'_>,
        cx: &mut Cx<'_>,
    ) -> Vec<Hand> {
        let Some(desk) = self.desk() else {
            return Vec::new();
        };
        let Some(letter) = desk.letter(id) else {
            return Vec::new();
        };
        let Some(function) = &letter.function else {
            return error("this letter names no function: open one and paste its event there");
        };
        let function = function.arn.clone();
        let queue = desk.key.clone();
        let work = Work::Event {
            letter: Arc::clone(letter),
            region: around.session.target.region.clone().unwrap_or_default(),
            edited: desk.edit(id).map(|edit| edit.body.clone()),
        };
        let ticket = ask("letters.event", &queue, work, cx);
        self.event = Some(Wanted {
            generation: ticket.generation,
            from: FromLetter {
                queue,
                letter: id.clone(),
            },
            function,
            purpose,
        });
        Vec::new()
    }

    pub(super) fn event_came(
        &mut self,
        ticket: &Ticket,
        answer: Result<Secret<String>, String>,
    ) -> Vec<Hand> {
        let Some(wanted) = self
            .event
            .take_if(|wanted| wanted.generation == ticket.generation)
        else {
            return Vec::new();
        };
        match answer {
            Ok(event) => {
                let wish = match wanted.purpose {
                    Purpose::Invoke => Wish::Invoke(wanted.from, event),
                    Purpose::Save => Wish::Save(event),
                };
                vec![Hand::Function(wanted.function, wish)]
            }
            Err(why) => error(format!("this letter has no event: {why}")),
        }
    }

    /// A letter was invoked by hand, and this is how it ended.
    pub(in crate::store) fn ran(&mut self, from: &FromLetter, ran: Ran) {
        if let Some(desk) = self.desks.get_mut(&from.queue)
            && desk.places.contains_key(&from.letter)
        {
            Arc::make_mut(&mut desk.ran).insert(from.letter.clone(), ran);
            desk.revision += 1;
        }
    }

    pub(super) fn of_function(
        &mut self,
        function: &Arn,
        around: &Around<'_>,
        cx: &mut Cx<'_>,
    ) -> Vec<Hand> {
        let queues: Vec<Arn> = self
            .discovery
            .of_function(function)
            .iter()
            .map(|queue| queue.arn.clone())
            .collect();
        let session = around.session.id;
        let mut hands = vec![Hand::Show];
        match queues.as_slice() {
            [] => {
                // Open desks stay as they are; the list is where a queue would show up.
                self.open = None;
                let name = function.resource_name();
                hands.extend(info(if self.discovery.is_walking() {
                    format!("no dead-letter queue of {name} was found yet: still searching")
                } else {
                    format!("no dead-letter queue of {name} is known; n adds one")
                }));
            }
            [arn] => {
                let arn = arn.clone();
                self.open_queue(QueueKey { session, arn }, around, cx);
            }
            several => {
                self.open = None;
                hands.extend(info(format!(
                    "{} has {} dead-letter queues: choose one",
                    function.resource_name(),
                    several.len()
                )));
            }
        }
        hands
    }

    pub(super) fn of_invocation(
        &mut self,
        function: &Arn,
        request: &str,
        around: &Around<'_>,
        cx: &mut Cx<'_>,
    ) -> Vec<Hand> {
        let session = around.session.id;
        let found = self
            .desks
            .values()
            .filter(|desk| desk.key.session == session)
            .find_map(|desk| {
                let is_it = |letter: &&Arc<Letter>| letter.request_id.as_deref() == Some(request);
                let letter = desk.letters().iter().find(is_it)?;
                Some((desk.key.clone(), letter.message.id.clone()))
            });
        if let Some((queue, letter)) = found {
            self.open_queue(queue, around, cx);
            self.shown_letter = Some((cx.tickets.next_number(), letter));
            return vec![Hand::Show];
        }
        let mut hands = self.of_function(function, around, cx);
        if self.open.is_some() {
            hands.extend(info(
                "no letter of this invocation was read: Enter looks at the queue",
            ));
        }
        hands
    }

    /// Asks the logs for the lines of a few of these letters; they are shown when they are there.
    pub(super) fn ask_logs(
        &mut self,
        which: &Which,
        around: &Around<'_>,
        cx: &mut Cx<'_>,
    ) -> Vec<Hand> {
        let Some(desk) = self.desk() else {
            return Vec::new();
        };
        let meant = desk.select(which);
        let letters: Vec<SampledLetter> = meant
            .iter()
            .filter_map(|id| desk.letter(id))
            .filter_map(|letter| {
                let function = around.functions.get(&letter.function.as_ref()?.arn)?;
                let source = match &letter.origin {
                    Origin::Queue { source } => self.attributes_of(source),
                    _ => None,
                };
                let (from, to) = window(letter, source, cx.now);
                let id = letter.message.id.clone();
                Some(SampledLetter {
                    group: function.log_group(),
                    text: letter.request_id.clone().unwrap_or_else(|| id.to_string()),
                    letter: id,
                    from: from.as_millisecond(),
                    to: to.as_millisecond(),
                })
            })
            .take(SAMPLED)
            .collect();
        if letters.is_empty() {
            return error(
                "no log lines are known: none of these letters names a function of the list",
            );
        }
        let cluster = match which {
            Which::Cluster(id) => Some(*id),
            _ => None,
        };
        let work = Work::Sample(Box::new(Sample {
            session: desk.key.session,
            shape: cluster
                .and_then(|id| desk.cluster(id))
                .map(|cluster| cluster.shape.clone()),
            of: meant.len(),
            letters,
        }));
        let queue = desk.key.clone();
        let ticket = cx.tickets.issue(sample_key(&queue, cluster));
        cx.effects.push(crate::store::Effect::Query(
            ticket.clone(),
            crate::store::Work::Letters(work),
        ));
        if let Some(desk) = self.desks.get_mut(&queue) {
            desk.sampling.insert(cluster, ticket.generation);
        }
        Vec::new()
    }

    pub(super) fn sampled(
        &mut self,
        ticket: &Ticket,
        sampled: Sampled,
        around: &Around<'_>,
    ) -> Vec<Hand> {
        let arn = ticket.key.subject.split(' ').next().unwrap_or_default();
        let Some(session) = ticket.key.session else {
            return Vec::new();
        };
        let arn = Arn::new(arn);
        let key = QueueKey { session, arn };
        // Whoever looks at something else by now is not led away from it.
        let is_awaited = around.has_focus && self.open.as_ref() == Some(&key);
        let Some(desk) = self.desks.get_mut(&key) else {
            return Vec::new();
        };
        let awaited = desk
            .sampling
            .iter()
            .find(|(_, generation)| **generation == ticket.generation)
            .map(|(cluster, _)| *cluster);
        let Some(cluster) = awaited else {
            return Vec::new();
        };
        desk.sampling.remove(&cluster);
        let hands = if is_awaited {
            show_lines(desk, &sampled)
        } else {
            Vec::new()
        };
        if let Some(shape) = &sampled.shape {
            Arc::make_mut(&mut desk.told).insert(shape.clone(), sampled);
        }
        desk.revision += 1;
        hands
    }
}

/// What there is to show of the lines that were found.
fn show_lines(desk: &Desk, sampled: &Sampled) -> Vec<Hand> {
    let Some(newest) = sampled.lines.iter().map(|found| found.last).max() else {
        return match &sampled.problem {
            Some(problem) => vec![Hand::failed(problem.clone())],
            None => info(format!(
                "no log lines are known: {} of {} letters were looked for",
                sampled.asked, sampled.of
            )),
        };
    };
    // A span of days would read every line of the function.
    let together: Vec<&FoundLines> = sampled
        .lines
        .iter()
        .filter(|found| newest - found.first <= TOGETHER.as_millis() as i64)
        .collect();
    let first = together.iter().map(|found| found.first).min();
    let moment = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or_default();
    let range = TimeRange::Between(
        moment(first.unwrap_or(newest)) - BESIDE,
        moment(newest) + BESIDE,
    );
    let mut functions: Vec<Arn> = Vec::new();
    for found in &together {
        let letter = desk.letter(&found.letter);
        let function = letter.and_then(|letter| letter.function.as_ref());
        if let Some(function) = function.filter(|one| !functions.contains(&one.arn)) {
            functions.push(function.arn.clone());
        }
    }
    let text = match together.as_slice() {
        [one] => one.text.clone(),
        several => {
            let texts: Vec<String> = several.iter().map(|one| escaped(&one.text)).collect();
            format!("/{}/", texts.join("|"))
        }
    };
    let mut hands = vec![Hand::Lines(functions, range, text)];
    hands.extend(info(format!(
        "log lines of {} letters; {} of {} were looked for",
        together.len(),
        sampled.asked,
        sampled.of
    )));
    hands
}

/// An id as an expression that finds nothing else.
fn escaped(id: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    id.chars()
        .flat_map(|c| (!is_plain(c)).then_some('\\').into_iter().chain([c]))
        .collect()
}

/// One question to the logs for each cluster and one for marks, side by side.
pub(super) fn sample_key(queue: &QueueKey, cluster: Option<ClusterId>) -> Key {
    let cluster = cluster.map_or_else(|| "marked".to_owned(), |id| id.to_string());
    let subject = format!("{} {cluster}", queue.arn);
    Key::of(queue.session, "letters.sample", subject)
}

/// When the failed invocations of a letter ran.
fn window(
    letter: &Letter,
    source: Option<&QueueAttributes>,
    now: Timestamp,
) -> (Timestamp, Timestamp) {
    let system = &letter.message.system;
    let sent = system.sent.unwrap_or(now);
    match letter.origin {
        Origin::Queue { .. } => {
            // From its first receive, or as it was enqueued, to the end of its last one.
            let receives = source.and_then(|source| {
                let each = source.visibility_timeout_s?;
                let times = source.max_receive_count?.saturating_add(1);
                Some(SignedDuration::from_secs(
                    i64::from(each).saturating_mul(i64::from(times)),
                ))
            });
            let to = sent + receives.unwrap_or(RECEIVES) + AFTER_LETTER;
            (sent - AFTER_LETTER, to.min(now + AFTER_LETTER))
        }
        _ => (
            sent - BEFORE_LETTER,
            (sent + AFTER_LETTER).min(now + AFTER_LETTER),
        ),
    }
}
