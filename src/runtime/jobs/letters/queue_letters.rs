//! What goes over many letters: clusters, filter and verdicts, jq with its differences, the event
//! of one, and errors that logs tell.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::tell;
use crate::{
    domain::{
        jq::{Edited, Jq},
        letter::{
            ErrorSource, Letter, LetterError,
            cluster::Clusters,
            diff, record,
            verdict::{Facts, Target, Verdict},
        },
        log::{LogEvent, LogPage, LogQuery},
        report::{InvocationKey, Level, Line, RequestId, first_line, read},
        secret::Secret,
    },
    ports::{ApiError, Operation},
    runtime::runner::{Shared, blocking},
    store::{
        Ticket,
        letters::{
            Action, FoundLines, LetterId, Sample, Sampled, Sorted, Sorting,
            queue_letters::{EditReview, Review, Reviewed},
        },
        parcel::Parcel,
    },
};

/// Lines of one invocation that are read for its error.
const LINES: u32 = 200;

pub(super) async fn sort(shared: &Arc<Shared>, ticket: Ticket, sorting: Sorting) {
    if let Some(sorted) = blocking(move || in_order(&sorting)).await {
        tell(shared, Action::Sorted(ticket, Parcel::new(sorted))).await;
    }
}

/// Clusters go on from the earlier answer as long as letters only came; all else is cheap.
fn in_order(sorting: &Sorting) -> Sorted {
    let (mut clusters, mut cluster_of) = match &sorting.earlier {
        Some(earlier) if earlier.generation == sorting.generation => {
            (earlier.clusters.clone(), earlier.cluster_of.clone())
        }
        // Letters went. The cursor stands on a cluster by its id: another one must not get it.
        Some(earlier) => (earlier.clusters.clone().emptied(), HashMap::new()),
        None => (Clusters::default(), HashMap::new()),
    };
    for (place, letter) in sorting.letters.iter().enumerate().skip(cluster_of.len()) {
        let cluster = clusters.push(place as u32, letter);
        cluster_of.insert(letter.message.id.clone(), cluster);
    }
    told(&mut clusters, &sorting.told);
    let mut not_judged: Option<(usize, String)> = None;
    let mut keeps = |letter: &Letter| match &sorting.predicate {
        Some(predicate) => predicate.test(letter, sorting.now).unwrap_or_else(|why| {
            not_judged.get_or_insert((0, why)).0 += 1;
            false
        }),
        None => true,
    };
    let letters = sorting.letters.iter().enumerate();
    let shown: Vec<usize> = letters
        .filter(|(_, letter)| keeps(letter))
        .map(|(place, _)| place)
        .collect();
    let mut counts: HashMap<u32, usize> = HashMap::new();
    let mut shown_ids = HashSet::with_capacity(shown.len());
    for &place in &shown {
        let id = &sorting.letters[place].message.id;
        *counts.entry(cluster_of[id]).or_default() += 1;
        shown_ids.insert(id.clone());
    }
    let mut ranking: Vec<(u32, usize)> = counts.into_iter().collect();
    ranking.sort_by_key(|&(cluster, count)| (std::cmp::Reverse(count), cluster));
    Sorted {
        revision: sorting.revision,
        generation: sorting.generation,
        at: sorting.now,
        verdicts: verdicts(sorting),
        clusters,
        ranking,
        shown,
        not_judged,
        shown_ids,
        cluster_of,
    }
}

/// Errors that logs told belong to letters that keep none and look alike.
fn told(clusters: &mut Clusters, told: &HashMap<String, Sampled>) {
    let known: Vec<(u32, LetterError)> = clusters
        .by_count()
        .into_iter()
        .filter(|cluster| cluster.error_source != Some(ErrorSource::Letter))
        .filter_map(|cluster| {
            let (message, _) = told.get(&cluster.shape)?.errors.first()?;
            let error = LetterError {
                code: None,
                kind: None,
                is_kind_inferred: false,
                message: message.clone(),
                source: ErrorSource::Logs,
            };
            Some((cluster.id, error))
        })
        .collect();
    for (cluster, error) in known {
        clusters.tell(cluster, &error);
    }
}

fn verdicts(sorting: &Sorting) -> HashMap<LetterId, Verdict> {
    let verdict = |letter: &Arc<Letter>| {
        let id = &letter.message.id;
        let edit = sorting.edits.get(id).map(|edit| Ok(&**edit.body.reveal()));
        let facts = Facts {
            now: sorting.now,
            target: Target::Origin,
            edit,
            ran: sorting.ran.get(id).map(|ran| (ran.at, ran.ok)),
            sent: sorting.sent.get(id).map(String::as_str),
        };
        (id.clone(), Verdict::of(letter, &facts))
    };
    sorting.letters.iter().map(verdict).collect()
}

pub(super) async fn review(
    shared: &Arc<Shared>,
    ticket: Ticket,
    jq: String,
    letters: Parcel<Vec<(LetterId, Secret<Arc<str>>)>>,
) {
    let review = blocking(move || {
        let expression = Jq::compile(&jq).map_err(|why| why.to_string())?;
        let letters = letters.0.iter().map(|(letter, body)| Reviewed {
            letter: letter.clone(),
            result: reviewed(&expression, body.reveal()),
        });
        let letters = letters.collect();
        Ok(Parcel::new(EditReview { jq, letters }))
    });
    if let Some(answer) = review.await {
        tell(shared, Action::Reviewed(ticket, answer)).await;
    }
}

fn reviewed(jq: &Jq, body: &str) -> Review {
    match jq.edit(body) {
        Ok(Edited::Unchanged) => Review::Unchanged,
        Ok(Edited::Changed(new)) => Review::Changed {
            diff: Secret::new(diff::diff(body, &new)),
            body: Secret::new(new.into()),
        },
        Err(why) => Review::Failed(why.to_string()),
    }
}

pub(super) async fn event(
    shared: &Arc<Shared>,
    ticket: Ticket,
    letter: Arc<Letter>,
    region: String,
    edited: Option<Secret<Arc<str>>>,
) {
    let made = blocking(move || {
        let edited = edited.as_ref().map(|text| &**text.reveal());
        record::lambda_event(&letter, &region, edited).map_err(|why| why.reason().to_owned())
    });
    if let Some(answer) = made.await {
        tell(shared, Action::Event(ticket, answer)).await;
    }
}

/// Asks the log of each letter, one after the other: they share a small quota with everybody.
pub(super) async fn sample(shared: &Arc<Shared>, ticket: Ticket, sample: Sample) {
    let mut found: Vec<(String, usize)> = Vec::new();
    let mut told_of = Vec::new();
    let (mut asked, mut problem) = (0, None);
    for letter in &sample.letters {
        let query = LogQuery {
            group: letter.group.clone(),
            start: Some(letter.from),
            end: Some(letter.to),
            // Quoted, a term is a text: an id has no quotes, whatever a server makes of it.
            pattern: Some(format!("\"{}\"", letter.text.replace(['"', '\\'], ""))),
            limit: Some(LINES),
            ..LogQuery::default()
        };
        match lines(shared, &sample, &query).await {
            Ok(events) => {
                asked += 1;
                let times = || events.iter().map(|event| event.timestamp);
                if let (Some(first), Some(last)) = (times().min(), times().max()) {
                    told_of.push(FoundLines {
                        letter: letter.letter.clone(),
                        text: letter.text.clone(),
                        requests: requests_of(&events),
                        first,
                        last,
                    });
                }
                let error = events.iter().find_map(|event| error_of(&event.message));
                if let Some(error) = error {
                    match found.iter_mut().find(|(known, _)| *known == error) {
                        Some((_, count)) => *count += 1,
                        None => found.push((error, 1)),
                    }
                }
            }
            Err(error) => {
                problem = Some(error);
                break;
            }
        }
    }
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let sampled = Sampled {
        shape: sample.shape,
        asked,
        of: sample.of,
        requests: sample.requests,
        lines: told_of,
        errors: found,
        problem,
    };
    tell(shared, Action::Sampled(ticket, Box::new(sampled))).await;
}

async fn lines(
    shared: &Shared,
    sample: &Sample,
    query: &LogQuery,
) -> Result<Vec<LogEvent>, ApiError> {
    let gate = shared.gate(sample.session, Operation::FilterLogEvents)?;
    let mut query = query.clone();
    let mut found = Vec::new();
    // An empty page with a token is normal; a few pages are enough for one invocation.
    for _ in 0..5 {
        let LogPage { events, next_token } = gate.filter_events(&query).await?;
        found.extend(events);
        if next_token.is_none() || found.len() >= LINES as usize {
            break;
        }
        query.token = next_token;
    }
    Ok(found)
}

/// The requests that lines say they belong to.
fn requests_of(events: &[LogEvent]) -> Vec<InvocationKey> {
    let named = events
        .iter()
        .filter_map(|event| match read(&event.message) {
            Line::Platform(line) => line.request_id().map(RequestId::new),
            Line::App(line) => line.request_id.as_deref().map(RequestId::new),
        });
    let keys: BTreeSet<InvocationKey> = named.map(|request| request.key()).collect();
    keys.into_iter().collect()
}

/// The error that a line of a failed invocation tells.
fn error_of(message: &str) -> Option<String> {
    let line = match read(message) {
        Line::Platform(line) => {
            let is_error = line.level().is_some_and(Level::is_error);
            return is_error.then(|| first_line(message).to_owned());
        }
        Line::App(line) => line,
    };
    let is_error = line.level.is_some_and(Level::is_error) || line.error_type.is_some();
    if line.continues || !is_error {
        return None;
    }
    Some(match (&line.error_type, &line.error_message) {
        (Some(kind), Some(message)) => format!("{kind}: {message}"),
        (Some(only), None) | (None, Some(only)) => only.to_string(),
        (None, None) => first_line(&line.text).to_owned(),
    })
}
