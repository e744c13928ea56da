//! `FilterLogEvents` over background traffic and the invocations made by hand.
//!
//! A window is walked in strips of time, each told anew from the schedule, so that a page costs
//! the events it looks at and nothing is kept.

use std::ops::RangeInclusive;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    account::Account,
    faults::{Faults, refused},
    filter::Filter,
    function::Function,
    render, schedule,
};
use crate::{
    domain::log::{LogEvent, LogPage, LogQuery},
    ports::{ErrorKind, Operation, Result},
};

/// The log service's limits of a page.
const PAGE_EVENTS: usize = 10_000;
const PAGE_BYTES: usize = 1_048_576;

/// Events looked at for one page; a filter that lets few of them through gets short pages, and
/// empty ones, as from AWS.
const SCANNED_EVENTS: usize = 20_000;

/// 2024-01-01T00:00:00Z, before which `newest_first` is refused (`FilterLogEvents`).
const NEWEST_FIRST_SINCE_MS: i64 = 1_704_067_200_000;

/// The order of events: when they happened, when they came in, id.
pub(super) type Key = (i64, i64, String);

pub(super) fn key(event: &LogEvent) -> Key {
    (event.timestamp, event.ingested, event.id.clone())
}

/// One page for a query, of what had been ingested by then.
pub(super) fn filter_events(
    account: &Account,
    query: &LogQuery,
    now_ms: i64,
    faults: &Faults,
) -> Result<LogPage> {
    let group = group_name(&query.group);
    let functions = account.functions_of_group(group);
    if functions.is_empty() {
        return Err(invalid(
            ErrorKind::NotFound,
            "ResourceNotFoundException",
            format!("The specified log group does not exist: {group}"),
        ));
    }
    let pattern = query.pattern.as_deref().unwrap_or_default();
    let filter = Filter::parse(pattern).map_err(|refused| {
        parameter(format!(
            "Invalid filter pattern at character {}: {}",
            refused.position + 1,
            refused.reason
        ))
    })?;
    if pattern.chars().count() > 1024 {
        return Err(parameter(
            "The filter pattern is longer than 1024 characters",
        ));
    }
    let limit = match query.limit {
        None => PAGE_EVENTS,
        Some(limit @ 1..=10_000) => limit as usize,
        Some(limit) => {
            return Err(parameter(format!(
                "limit {limit} is not between 1 and 10000"
            )));
        }
    };
    if query.newest_first
        && query
            .start
            .is_none_or(|start| start < NEWEST_FIRST_SINCE_MS)
    {
        return Err(parameter(
            "startFromHead=false needs a startTime of 2024-01-01 or later",
        ));
    }
    let after = query
        .token
        .as_deref()
        .map(|token| read_token(token, query))
        .transpose()?;
    if faults.empty_page_with_token && after.is_none() {
        let edge = if query.newest_first {
            i64::MAX
        } else {
            i64::MIN
        };
        return Ok(LogPage {
            events: Vec::new(),
            next_token: Some(write_token(query, &(edge, edge, String::new()))),
        });
    }
    let scan = Scan {
        account,
        group,
        functions: &functions,
        query,
        filter: &filter,
        limit,
        now_ms,
    };
    let mut page = scan.page(after.as_ref());
    if faults.repeat_token && query.token.is_some() {
        page.next_token.clone_from(&query.token);
    }
    Ok(page)
}

fn group_name(group: &str) -> &str {
    group
        .split_once(":log-group:")
        .map_or(group, |(_, name)| name.trim_end_matches(":*"))
}

struct Scan<'a> {
    account: &'a Account,
    group: &'a str,
    functions: &'a [std::borrow::Cow<'a, Function>],
    query: &'a LogQuery,
    filter: &'a Filter,
    limit: usize,
    now_ms: i64,
}

impl Scan<'_> {
    fn page(&self, after: Option<&Key>) -> LogPage {
        let newest_first = self.query.newest_first;
        let mut start = self
            .query
            .start
            .unwrap_or(0)
            .max(self.account.place.begin_ms());
        let mut end = self.query.end.unwrap_or(i64::MAX).min(self.now_ms);
        if let Some((timestamp, ..)) = after {
            if newest_first {
                end = end.min(*timestamp);
            } else {
                start = start.max(*timestamp);
            }
        }
        let mut page = LogPage::default();
        let (mut scanned, mut bytes) = (0, 0);
        let mut last: Option<Key> = None;
        for strip in self.strips(start, end) {
            for event in self.events(&strip) {
                let key = key(&event);
                let behind = after.is_some_and(|after| {
                    if newest_first {
                        key >= *after
                    } else {
                        key <= *after
                    }
                });
                if behind {
                    continue;
                }
                if page.events.len() == self.limit || scanned == SCANNED_EVENTS {
                    page.next_token = last.map(|last| write_token(self.query, &last));
                    return page;
                }
                scanned += 1;
                if self.lets_through(&event) {
                    bytes += event.message.len() + 26;
                    if bytes > PAGE_BYTES && !page.events.is_empty() {
                        page.next_token = last.map(|last| write_token(self.query, &last));
                        return page;
                    }
                    page.events.push(event);
                }
                last = Some(key);
            }
        }
        page
    }

    fn lets_through(&self, event: &LogEvent) -> bool {
        self.query
            .stream_prefix
            .as_deref()
            .is_none_or(|prefix| event.stream.starts_with(prefix))
            && self.filter.matches(&event.message)
    }

    /// The window in strips of about as many invocations of the busiest function as fill the page,
    /// and never more than two hundred.
    fn strips(&self, start: i64, end: i64) -> impl Iterator<Item = RangeInclusive<i64>> {
        let period = self
            .functions
            .iter()
            .filter_map(|function| Some(function.traffic?.period_ms))
            .min();
        let invocations = (self.limit / 4).clamp(10, 200) as i64;
        let width = period.map_or(i64::MAX, |period| period * invocations);
        let newest_first = self.query.newest_first;
        let (mut low, mut high) = (start, end);
        std::iter::from_fn(move || {
            if low > high {
                return None;
            }
            if newest_first {
                let from = low.max(high.saturating_sub(width));
                let strip = from..=high;
                high = from - 1;
                Some(strip)
            } else {
                let to = high.min(low.saturating_add(width));
                let strip = low..=to;
                low = to + 1;
                Some(strip)
            }
        })
    }

    /// The visible events of a strip, in the order of the question.
    fn events(&self, strip: &RangeInclusive<i64>) -> Vec<LogEvent> {
        let place = &self.account.place;
        let mut events = self.account.written(self.group, strip);
        for function in self.functions {
            let Some(traffic) = function.traffic else {
                continue;
            };
            for slot in schedule::slots(function, traffic, strip) {
                let invocation = schedule::invocation(place.seed, function, traffic, slot);
                let is_called = invocation.start_ms >= place.begin_ms()
                    && !function.was_stopped(invocation.start_ms);
                if is_called && invocation.end_ms() >= *strip.start() {
                    events.extend(render::events(function, &invocation));
                }
            }
        }
        events.retain(|event| strip.contains(&event.timestamp) && event.ingested <= self.now_ms);
        events.sort_by(|a, b| {
            (a.timestamp, a.ingested, &a.id).cmp(&(b.timestamp, b.ingested, &b.id))
        });
        if self.query.newest_first {
            events.reverse();
        }
        events
    }
}

fn write_token(query: &LogQuery, key: &Key) -> String {
    let direction = if query.newest_first { 'b' } else { 'f' };
    let (timestamp, ingested, id) = key;
    URL_SAFE_NO_PAD.encode(format!("{direction}/{timestamp}/{ingested}/{id}"))
}

fn read_token(token: &str, query: &LogQuery) -> Result<Key> {
    let direction = if query.newest_first { "b" } else { "f" };
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| {
            let mut parts = text.splitn(4, '/');
            (parts.next()? == direction).then_some(())?;
            Some((
                parts.next()?.parse().ok()?,
                parts.next()?.parse().ok()?,
                parts.next()?.to_owned(),
            ))
        })
        .ok_or_else(|| parameter("The specified nextToken is invalid."))
}

fn parameter(message: impl Into<String>) -> crate::ports::ApiError {
    invalid(ErrorKind::Invalid, "InvalidParameterException", message)
}

fn invalid(kind: ErrorKind, code: &str, message: impl Into<String>) -> crate::ports::ApiError {
    refused(Operation::FilterLogEvents, kind, code, 400, message)
}
