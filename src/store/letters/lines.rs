//! From many letters to the log lines of their invocations: the logs are asked about a few of them
//! for when that was, and then show what belongs to all.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{
    ClusterId, Context, FoundLines, LETTERS, Letters, QueueKey, QueueLetters, Request, Sample,
    Sampled, SampledLetter, Which, Work, error, failed, info, joins::window,
};
use crate::{
    domain::{
        function::Arn,
        letter::Origin,
        report::{InvocationKey, RequestId},
        tail::TimeRange,
    },
    store::{
        Outbox,
        request::OnlyLines,
        ticket::{Key, Ticket},
    },
};

/// Letters of a cluster that are looked up in logs.
const SAMPLED: usize = 5;
/// Letters whose lines are shown together lie this near to each other.
const TOGETHER: SignedDuration = SignedDuration::from_mins(60);
/// So much is shown before and after what was found.
const BESIDE: SignedDuration = SignedDuration::from_secs(30);

impl Letters {
    /// Asks the logs for the lines of a few of these letters; they are shown when they are there.
    pub(super) fn ask_logs(
        &mut self,
        which: &Which,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let Some(queue_letters) = self.queue_letters() else {
            return Vec::new();
        };
        let meant = queue_letters.select(which);
        let letters: Vec<SampledLetter> = meant
            .iter()
            .filter_map(|id| queue_letters.letter(id))
            .filter_map(|letter| {
                let function = context.functions.get(&letter.function.as_ref()?.arn)?;
                let source = match &letter.origin {
                    Origin::Queue { source } => self.attributes_of(source),
                    _ => None,
                };
                let (from, to) = window(letter, source, out.now);
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
        let requests = meant
            .iter()
            .filter_map(|id| queue_letters.letter(id))
            .filter_map(|letter| {
                let request = RequestId::new(letter.request_id.as_deref()?);
                Some((letter.function.as_ref()?.arn.clone(), request.key()))
            });
        let requests = Arc::new(requests.collect());
        let cluster = match which {
            Which::Cluster(id) => Some(*id),
            _ => None,
        };
        let work = Work::Sample(Box::new(Sample {
            session: queue_letters.key.session,
            shape: cluster
                .and_then(|id| queue_letters.cluster(id))
                .map(|cluster| cluster.shape.clone()),
            of: meant.len(),
            requests,
            letters,
        }));
        let queue = queue_letters.key.clone();
        let ticket = out.ask(sample_key(&queue, cluster), work);
        if let Some(queue_letters) = self.queues.get_mut(&queue) {
            queue_letters.sampling.insert(cluster, ticket.generation);
        }
        Vec::new()
    }

    pub(super) fn sampled(
        &mut self,
        ticket: &Ticket,
        sampled: Sampled,
        context: &Context<'_>,
    ) -> Vec<Request> {
        let arn = ticket.key.subject.split(' ').next().unwrap_or_default();
        let Some(session) = ticket.key.session else {
            return Vec::new();
        };
        let arn = Arn::new(arn);
        let key = QueueKey { session, arn };
        // Whoever looks at something else by now is not led away from it.
        let is_awaited = context.has_focus(LETTERS) && self.open.as_ref() == Some(&key);
        let Some(queue_letters) = self.queues.get_mut(&key) else {
            return Vec::new();
        };
        let awaited = queue_letters
            .sampling
            .iter()
            .find(|(_, generation)| **generation == ticket.generation)
            .map(|(cluster, _)| *cluster);
        let Some(cluster) = awaited else {
            return Vec::new();
        };
        queue_letters.sampling.remove(&cluster);
        let requests = if is_awaited {
            show_lines(queue_letters, &sampled)
        } else {
            Vec::new()
        };
        if let Some(shape) = &sampled.shape {
            Arc::make_mut(&mut queue_letters.told).insert(shape.clone(), sampled);
        }
        queue_letters.revision += 1;
        requests
    }
}

/// What there is to show of the lines that were found.
fn show_lines(queue_letters: &QueueLetters, sampled: &Sampled) -> Vec<Request> {
    let Some(newest) = sampled.lines.iter().map(|found| found.last).max() else {
        return match &sampled.problem {
            Some(problem) => failed(problem.clone()),
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
        let letter = queue_letters.letter(&found.letter);
        let function = letter.and_then(|letter| letter.function.as_ref());
        if let Some(function) = function.filter(|one| !functions.contains(&one.arn)) {
            functions.push(function.arn.clone());
        }
    }
    let invocations = invocations(sampled, &together, &functions);
    if !invocations.is_empty() {
        // How many of them are read is said where they are shown, as long as they are.
        return vec![Request::Lines(functions, range, OnlyLines::Of(invocations))];
    }
    let text = match together.as_slice() {
        [one] => one.text.clone(),
        several => {
            let texts: Vec<String> = several.iter().map(|one| escaped(&one.text)).collect();
            format!("/{}/", texts.join("|"))
        }
    };
    let mut requests = vec![Request::Lines(functions, range, OnlyLines::With(text))];
    requests.extend(info(format!(
        "log lines of {} letters; {} of {} were looked for",
        together.len(),
        sampled.asked,
        sampled.of
    )));
    requests
}

/// The invocations of all letters that are meant and of these functions, and those that the lines
/// of the others name: a letter that SQS handed over knows its message id only.
fn invocations(sampled: &Sampled, found: &[&FoundLines], functions: &[Arn]) -> Vec<InvocationKey> {
    let of_letters = sampled.requests.iter();
    let of_letters = of_letters.filter(|(function, _)| functions.contains(function));
    let named = found.iter().flat_map(|one| &one.requests);
    let mut keys: Vec<InvocationKey> = of_letters
        .map(|(_, key)| *key)
        .chain(named.copied())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
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
