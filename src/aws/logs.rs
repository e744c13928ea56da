//! CloudWatch Logs behind the [`Logs`] port.

use crate::{
    domain::log::{LogEvent, LogPage, LogQuery},
    ports::{Logs, Operation, Result},
};

use super::session::AwsSession;

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
            events: page
                .events
                .unwrap_or_default()
                .into_iter()
                .map(|event| LogEvent {
                    id: event.event_id.unwrap_or_default(),
                    stream: event.log_stream_name.unwrap_or_default(),
                    timestamp: event.timestamp.unwrap_or_default(),
                    ingested: event.ingestion_time.unwrap_or_default(),
                    message: event.message.unwrap_or_default(),
                })
                .collect(),
            next_token: page.next_token.filter(|token| !token.is_empty()),
        })
    }
}
