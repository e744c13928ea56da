//! CloudWatch Logs behind the [`Logs`] port.

use async_trait::async_trait;
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;

use crate::{
    domain::log::{LogEvent, LogPage, LogQuery},
    ports::{Logs, Operation, Result},
};

use super::session::AwsSession;

#[async_trait]
impl Logs for AwsSession {
    async fn filter_events(&self, query: &LogQuery) -> Result<LogPage> {
        let request = self.logs.filter_log_events();
        // An ARN may name a group of another account, a name cannot; AWS takes one of the two.
        let request = if query.group.starts_with("arn:") {
            request.log_group_identifier(query.group.trim_end_matches(":*"))
        } else {
            request.log_group_name(&query.group)
        };
        let page = request
            .set_start_time(query.start)
            .set_end_time(query.end)
            .set_filter_pattern(query.pattern.clone())
            .set_log_stream_name_prefix(query.stream_prefix.clone())
            .set_start_from_head(query.newest_first.then_some(false))
            .set_limit(query.limit.and_then(|limit| i32::try_from(limit).ok()))
            .set_next_token(query.token.clone())
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::FilterLogEvents, &error))?;
        Ok(LogPage {
            events: events(page.events.unwrap_or_default()),
            next_token: page.next_token.filter(|token| !token.is_empty()),
        })
    }
}

/// AWS gives every event an id of its own; emulators do not always (ministack leaves it out for
/// the lines of functions). Those get one that is the same in every page that repeats them,
/// because a tail drops duplicates by it, and one that keeps the order of the answer, because
/// the lines of one millisecond are told apart by nothing else.
fn events(events: Vec<FilteredLogEvent>) -> Vec<LogEvent> {
    let mut together: HashMap<(String, i64), u32> = HashMap::new();
    events
        .into_iter()
        .map(|event| {
            let id = event.event_id.unwrap_or_default();
            let mut event = LogEvent {
                id,
                stream: event.log_stream_name.unwrap_or_default(),
                timestamp: event.timestamp.unwrap_or_default(),
                ingested: event.ingestion_time.unwrap_or_default(),
                message: event.message.unwrap_or_default(),
            };
            if event.id.is_empty() {
                let mut hasher = DefaultHasher::new();
                (&event.stream, event.timestamp, &event.message).hash(&mut hasher);
                let hash = hasher.finish();
                // A question includes the whole millisecond that it starts at, so the place of a
                // line among those of its stream and time does not depend on the question.
                let place = together
                    .entry((event.stream.clone(), event.timestamp))
                    .or_default();
                event.id = format!("{place:06}-{hash:016x}");
                *place += 1;
            }
            event
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: Option<&str>, timestamp: i64, message: &str) -> FilteredLogEvent {
        FilteredLogEvent::builder()
            .set_event_id(id.map(str::to_owned))
            .log_stream_name("s")
            .timestamp(timestamp)
            .message(message)
            .build()
    }

    #[test]
    fn events_without_an_id_get_a_stable_one_of_their_own() {
        let page = || {
            vec![
                event(None, 1, "same"),
                event(None, 1, "same"),
                event(None, 2, "same"),
                event(Some("from-aws"), 3, "x"),
            ]
        };
        let first = events(page());
        let again = events(page());
        assert_eq!(first, again);
        assert_eq!(first[3].id, "from-aws");
        let ids: std::collections::HashSet<_> = first.iter().map(|event| &event.id).collect();
        assert_eq!(ids.len(), 4);
        assert_eq!(first[2].id, events(vec![event(None, 2, "same")])[0].id);
    }

    #[test]
    fn lines_of_one_millisecond_keep_the_order_of_the_answer() {
        let lines = [
            "START",
            "Traceback",
            "  File",
            "ValueError",
            "END",
            "REPORT",
        ];
        let page = events(lines.map(|line| event(None, 1, line)).into());
        assert!(page.is_sorted_by(|a, b| a.id < b.id), "{page:?}");
    }
}
