//! SQS behind the [`Queues`] port.
//!
//! A queue's URL is only a parameter of a call: the SDK sends every request to the session's own
//! endpoint, never to the host in the URL. So a URL that somebody typed cannot lead a signed
//! request elsewhere (the wire tests hold on to it).

mod convert;

use async_trait::async_trait;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
    MessageSystemAttributeName, QueueAttributeName,
};

use crate::{
    domain::{
        function::Arn,
        queue::{
            BatchAnswer, Handle, Message, MoveTask, OpenQueue, Outgoing, QueueAttributes,
            QueueEdit, QueueEdited, QueueUrl, Receive, Sent,
        },
    },
    ports::{ApiError, ErrorKind, Operation, Page, Queues, Result},
};

use super::{lambda::present, session::AwsSession};

/// Queues of a page. Unless it is asked for, SQS sends no token with the first thousand and the
/// rest cannot be reached (SQS API).
const PAGE: i32 = 1_000;
/// `ListMessageMoveTasks` gives one task unless it is asked for more, and no more than these (SQS
/// API).
const TASKS: i32 = 10;

#[async_trait]
impl Queues for AwsSession {
    async fn list_queues(&self, marker: Option<String>) -> Result<Page<QueueUrl>> {
        let page = self
            .sqs
            .list_queues()
            .max_results(PAGE)
            .set_next_token(marker)
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::ListQueues, &error))?;
        Ok(Page {
            items: page
                .queue_urls
                .unwrap_or_default()
                .into_iter()
                .map(QueueUrl::new)
                .collect(),
            next: present(page.next_token),
        })
    }

    async fn queue_url(&self, name: &str, account: Option<&str>) -> Result<QueueUrl> {
        let answer = self
            .sqs
            .get_queue_url()
            .queue_name(name)
            .set_queue_owner_aws_account_id(account.map(str::to_owned))
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::GetQueueUrl, &error))?;
        present(answer.queue_url)
            .map(QueueUrl::new)
            .ok_or_else(|| incomplete(Operation::GetQueueUrl, "the answer has no URL"))
    }

    async fn queue_attributes(&self, queue: &QueueUrl) -> Result<QueueAttributes> {
        let answer = self
            .sqs
            .get_queue_attributes()
            .queue_url(queue.as_str())
            .attribute_names(QueueAttributeName::All)
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::GetQueueAttributes, &error))?;
        Ok(convert::queue(&answer.attributes.unwrap_or_default()))
    }

    async fn receive(&self, queue: &QueueUrl, receive: Receive) -> Result<Vec<Message>> {
        let answer = self
            .sqs
            .receive_message()
            .queue_url(queue.as_str())
            .max_number_of_messages(i32::from(receive.max))
            .visibility_timeout(number(receive.visibility_s))
            .wait_time_seconds(number(receive.wait_s))
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::ReceiveMessage, &error))?;
        Ok(answer
            .messages
            .unwrap_or_default()
            .into_iter()
            .map(convert::message)
            .collect())
    }

    async fn change_visibility(
        &self,
        queue: &QueueUrl,
        handles: &[Handle],
        seconds: u32,
    ) -> Result<BatchAnswer<()>> {
        if handles.is_empty() {
            return Ok(Vec::new());
        }
        let entries = handles.iter().enumerate().map(|(index, handle)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(&**handle.reveal())
                .visibility_timeout(number(seconds))
                .build()
                .expect("has an id and a handle")
        });
        let answer = self
            .sqs
            .change_message_visibility_batch()
            .queue_url(queue.as_str())
            .set_entries(Some(entries.collect()))
            .send()
            .await
            .map_err(|error| {
                self.caller
                    .error(Operation::ChangeMessageVisibilityBatch, &error)
            })?;
        let done = answer
            .successful
            .into_iter()
            .map(|entry| (entry.id, Ok(())));
        Ok(convert::answers(handles.len(), done, answer.failed))
    }

    async fn send_batch(
        &self,
        queue: &QueueUrl,
        messages: &[Outgoing],
    ) -> Result<BatchAnswer<Sent>> {
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let entries = messages.iter().enumerate().map(convert::entry).collect();
        let answer = self
            .sqs
            .send_message_batch()
            .queue_url(queue.as_str())
            .set_entries(Some(entries))
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::SendMessageBatch, &error))?;
        let done = answer
            .successful
            .into_iter()
            .filter_map(|entry| convert::sent(messages, entry));
        Ok(convert::answers(messages.len(), done, answer.failed))
    }

    async fn delete_batch(&self, queue: &QueueUrl, handles: &[Handle]) -> Result<BatchAnswer<()>> {
        if handles.is_empty() {
            return Ok(Vec::new());
        }
        let entries = handles.iter().enumerate().map(|(index, handle)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(&**handle.reveal())
                .build()
                .expect("has an id and a handle")
        });
        let answer = self
            .sqs
            .delete_message_batch()
            .queue_url(queue.as_str())
            .set_entries(Some(entries.collect()))
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::DeleteMessageBatch, &error))?;
        let done = answer
            .successful
            .into_iter()
            .map(|entry| (entry.id, Ok(())));
        Ok(convert::answers(handles.len(), done, answer.failed))
    }

    async fn move_tasks(&self, source: &Arn) -> Result<Vec<MoveTask>> {
        let answer = self
            .sqs
            .list_message_move_tasks()
            .source_arn(source.as_str())
            .max_results(TASKS)
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::ListMessageMoveTasks, &error))?;
        Ok(answer
            .results
            .unwrap_or_default()
            .into_iter()
            .map(convert::task)
            .collect())
    }

    async fn edit_queue(&self, queue: &OpenQueue, edit: &QueueEdit) -> Result<QueueEdited> {
        let operation = Operation::of_queue(edit);
        match edit {
            QueueEdit::Purge => {
                let request = self.sqs.purge_queue().queue_url(queue.url().as_str());
                let answer = request.send().await;
                answer.map_err(|error| self.caller.error(operation, &error))?;
                Ok(QueueEdited::default())
            }
            QueueEdit::StartMove { to, per_second } => {
                let request = self
                    .sqs
                    .start_message_move_task()
                    .source_arn(queue.arn().as_str())
                    .set_destination_arn(to.as_ref().map(|to| to.arn().to_string()))
                    .set_max_number_of_messages_per_second(per_second.map(number));
                let answer = request.send().await;
                let answer = answer.map_err(|error| self.caller.error(operation, &error))?;
                let unnamed = || {
                    let message =
                        "it was started, but the answer has no handle: list the tasks to find it";
                    incomplete(operation, message)
                };
                Ok(QueueEdited {
                    task: Some(present(answer.task_handle).ok_or_else(unnamed)?),
                    ..QueueEdited::default()
                })
            }
            QueueEdit::CancelMove(handle) => {
                let request = self.sqs.cancel_message_move_task().task_handle(handle);
                let answer = request.send().await;
                let answer = answer.map_err(|error| self.caller.error(operation, &error))?;
                Ok(QueueEdited {
                    moved: Some(convert::count(answer.approximate_number_of_messages_moved)),
                    ..QueueEdited::default()
                })
            }
        }
    }
}

/// An answer that lacks what it is for.
fn incomplete(operation: Operation, message: &str) -> ApiError {
    ApiError::new(operation, ErrorKind::Other, message)
}

/// A number as the SDK takes it; one that is too large is for SQS to refuse.
fn number(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}
