//! The queues behind the Gate. Looks and reads go by their rows in the table; writes show a
//! [`Warrant`].

use std::sync::PoisonError;

use super::{Gate, Warrant};
use crate::{
    domain::{
        function::Arn,
        queue::{
            BatchAnswer, Handle, Message, MoveRequest, MoveTask, Outgoing, QueueAddress,
            QueueAttributes, QueueUrl, Receive, Sent,
        },
    },
    ports::{ApiError, ErrorKind, Operation, Page, Result, Session},
};

impl<S: Session> Gate<S> {
    /// One page of queue URLs; see [`Queues::list_queues`](crate::ports::Queues::list_queues).
    pub async fn list_queues(&self, marker: Option<String>) -> Result<Page<QueueUrl>> {
        self.call(Operation::ListQueues, || {
            self.session.list_queues(marker.clone())
        })
        .await
    }

    /// The URL of the queue with this ARN, asked once.
    ///
    /// # Errors
    /// Also when the ARN is not a queue's.
    pub async fn queue_url(&self, queue: &Arn) -> Result<QueueUrl> {
        if let Some(url) = self.known_url(queue) {
            return Ok(url);
        }
        if queue.service() != Some("sqs") {
            return Err(ApiError::new(
                Operation::GetQueueUrl,
                ErrorKind::Invalid,
                format!("{queue} is not the ARN of a queue"),
            ));
        }
        let url = self
            .call(Operation::GetQueueUrl, || {
                self.session
                    .queue_url(queue.resource_name(), queue.account())
            })
            .await?;
        self.known_urls().insert(queue.clone(), url.clone());
        Ok(url)
    }

    /// The URL of a queue however it was named.
    pub async fn resolve_queue(&self, address: &QueueAddress) -> Result<QueueUrl> {
        match address {
            QueueAddress::Url(url) => Ok(url.clone()),
            QueueAddress::Arn(arn) => self.queue_url(arn).await,
            QueueAddress::Name(name) => {
                self.call(Operation::GetQueueUrl, || {
                    self.session.queue_url(name, None)
                })
                .await
            }
        }
    }

    /// Counts and settings of the queue with this ARN.
    pub async fn queue_attributes(&self, queue: &Arn) -> Result<QueueAttributes> {
        let url = self.queue_url(queue).await?;
        self.queue_attributes_at(&url).await.inspect_err(|error| {
            // A queue made anew may have another URL.
            if error.kind == ErrorKind::NotFound {
                self.known_urls().remove(queue);
            }
        })
    }

    /// Counts and settings of the queue at this URL.
    pub async fn queue_attributes_at(&self, queue: &QueueUrl) -> Result<QueueAttributes> {
        let attributes = self
            .call(Operation::GetQueueAttributes, || {
                self.session.queue_attributes(queue)
            })
            .await?;
        if let Some(arn) = &attributes.arn {
            self.known_urls().insert(arn.clone(), queue.clone());
        }
        Ok(attributes)
    }

    /// See [`Queues::receive`](crate::ports::Queues::receive).
    pub async fn receive(&self, queue: &QueueUrl, receive: Receive) -> Result<Vec<Message>> {
        self.call(Operation::ReceiveMessage, || {
            self.session.receive(queue, receive)
        })
        .await
    }

    /// One receive, never tried again: whoever must know that letters may be hidden by an answer
    /// that got lost.
    pub async fn receive_once(&self, queue: &QueueUrl, receive: Receive) -> Result<Vec<Message>> {
        let operation = Operation::ReceiveMessage;
        self.writing(operation, operation.spec().timeout, || {
            self.session.receive(queue, receive)
        })
        .await
    }

    /// See [`Queues::change_visibility`](crate::ports::Queues::change_visibility).
    pub async fn change_visibility(
        &self,
        queue: &QueueUrl,
        handles: &[Handle],
        seconds: u32,
    ) -> Result<BatchAnswer<()>> {
        self.call(Operation::ChangeMessageVisibilityBatch, || {
            self.session.change_visibility(queue, handles, seconds)
        })
        .await
    }

    /// See [`Queues::send_batch`](crate::ports::Queues::send_batch); sent once.
    pub async fn send_batch(
        &self,
        warrant: &Warrant,
        queue: &QueueUrl,
        messages: &[Outgoing],
    ) -> Result<BatchAnswer<Sent>> {
        let operation = Operation::SendMessageBatch;
        let answer = self.warranted(warrant, operation, operation.spec().timeout, || {
            self.session.send_batch(queue, messages)
        });
        // SQS may repeat what it refuses, and reasons are written to the activity log.
        let bodies = || messages.iter().map(|message| &**message.body.reveal());
        match answer.await {
            Ok(answers) => Ok(answers
                .into_iter()
                .map(|entry| entry.map_err(|error| error.without(bodies())))
                .collect()),
            Err(error) => Err(error.without(bodies())),
        }
    }

    /// See [`Queues::delete_batch`](crate::ports::Queues::delete_batch).
    pub async fn delete_batch(
        &self,
        warrant: &Warrant,
        queue: &QueueUrl,
        handles: &[Handle],
    ) -> Result<BatchAnswer<()>> {
        self.honour(warrant, Operation::DeleteMessageBatch)?;
        self.repeat(Operation::DeleteMessageBatch, || {
            self.session.delete_batch(queue, handles)
        })
        .await
    }

    /// See [`Queues::purge`](crate::ports::Queues::purge).
    pub async fn purge(&self, warrant: &Warrant, queue: &QueueUrl) -> Result<()> {
        let operation = Operation::PurgeQueue;
        self.warranted(warrant, operation, operation.spec().timeout, || {
            self.session.purge(queue)
        })
        .await
    }

    /// See [`Queues::start_move_task`](crate::ports::Queues::start_move_task).
    pub async fn start_move_task(
        &self,
        warrant: &Warrant,
        request: &MoveRequest,
    ) -> Result<String> {
        let operation = Operation::StartMessageMoveTask;
        self.warranted(warrant, operation, operation.spec().timeout, || {
            self.session.start_move_task(request)
        })
        .await
    }

    /// See [`Queues::move_tasks`](crate::ports::Queues::move_tasks).
    pub async fn move_tasks(&self, source: &Arn) -> Result<Vec<MoveTask>> {
        self.call(Operation::ListMessageMoveTasks, || {
            self.session.move_tasks(source)
        })
        .await
    }

    /// See [`Queues::cancel_move_task`](crate::ports::Queues::cancel_move_task).
    pub async fn cancel_move_task(&self, warrant: &Warrant, handle: &str) -> Result<u64> {
        let operation = Operation::CancelMessageMoveTask;
        self.warranted(warrant, operation, operation.spec().timeout, || {
            self.session.cancel_move_task(handle)
        })
        .await
    }

    fn known_url(&self, queue: &Arn) -> Option<QueueUrl> {
        self.known_urls().get(queue).cloned()
    }

    fn known_urls(&self) -> std::sync::MutexGuard<'_, std::collections::HashMap<Arn, QueueUrl>> {
        self.queue_urls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
