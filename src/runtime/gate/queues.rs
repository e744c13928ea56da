//! The queues behind the Gate. Looks and reads go by their rows in the table; writes show a
//! [`Warrant`]. Whatever receives, sends or deletes takes an [`OpenQueue`]: a queue that was found
//! and compared with what was asked for.

use std::sync::PoisonError;

use super::{Gate, Warrant};
use crate::{
    domain::{
        function::Arn,
        place::Place,
        queue::{
            BatchAnswer, Handle, Message, MoveTask, OpenQueue, Outgoing, QueueAddress,
            QueueAttributes, QueueEdit, QueueEdited, QueueUrl, Receive, Sent, address::NoQueue,
            opened::Mistaken,
        },
    },
    ports::{ApiError, ErrorKind, Operation, Page, Remedy, Result},
};

impl Gate {
    /// One page of queue URLs; see [`Queues::list_queues`](crate::ports::Queues::list_queues).
    pub async fn list_queues(&self, marker: Option<String>) -> Result<Page<QueueUrl>> {
        self.call(Operation::ListQueues, || {
            self.session.list_queues(marker.clone())
        })
        .await
    }

    /// Where this session is.
    pub fn place(&self) -> Place {
        Place {
            region: self.region().to_owned(),
            account: self.account(),
            has_custom_endpoint: self.has_custom_endpoint(),
        }
    }

    /// Finds the queue that is meant. The address is held to this session before anything is
    /// asked, and what the queue reports as its own ARN is held to the address. Where its
    /// attributes may not be read, the URL decides, and the queue can only be looked at.
    ///
    /// # Errors
    /// Also [`ErrorKind::Elsewhere`]: it is in another region or partition.
    pub async fn open_queue(&self, address: &QueueAddress) -> Result<OpenQueue> {
        let (url, answer) = self.ask(address).await?;
        match answer {
            Err(error) if error.kind == ErrorKind::Denied => {
                OpenQueue::unread(address, &self.place(), url).map_err(|_| error)
            }
            answer => self.reported(address, url, answer?),
        }
    }

    /// Counts and settings of a queue. It is opened the same way.
    ///
    /// # Errors
    /// Also when they may not be read.
    pub async fn read_queue(&self, address: &QueueAddress) -> Result<(QueueUrl, QueueAttributes)> {
        let (url, answer) = self.ask(address).await?;
        let queue = self.reported(address, url, answer?)?;
        let attributes = queue.attributes().cloned().unwrap_or_default();
        Ok((queue.url().clone(), attributes))
    }

    /// Counts and settings of the queue with this ARN.
    ///
    /// # Errors
    /// Also when they may not be read.
    pub async fn queue_attributes(&self, queue: &Arn) -> Result<QueueAttributes> {
        let address = address_at(Operation::GetQueueAttributes, queue, None)?;
        Ok(self.read_queue(&address).await?.1)
    }

    /// The URL and what the queue there tells.
    async fn ask(&self, address: &QueueAddress) -> Result<(QueueUrl, Result<QueueAttributes>)> {
        let url = self.locate(address).await?;
        let answer = self
            .call(Operation::GetQueueAttributes, || {
                self.session.queue_attributes(&url)
            })
            .await;
        // A queue made anew may have another URL.
        if let (Err(error), Some(arn)) = (&answer, address.arn())
            && error.kind == ErrorKind::NotFound
        {
            self.known_urls().remove(arn);
        }
        Ok((url, answer))
    }

    async fn locate(&self, address: &QueueAddress) -> Result<QueueUrl> {
        // Reported by this endpoint itself: some servers name a region of their own.
        if let Some(url) = address.arn().and_then(|arn| self.known_url(arn)) {
            return Ok(url);
        }
        self.check(Operation::GetQueueUrl, address)?;
        if let Some(url) = address.url() {
            return Ok(url.clone());
        }
        self.call(Operation::GetQueueUrl, || {
            self.session.queue_url(address.name(), address.account())
        })
        .await
    }

    /// Refuses what is named in another region or partition.
    fn check(&self, operation: Operation, address: &QueueAddress) -> Result<()> {
        address
            .check(&self.place())
            .map_err(|why| ApiError::new(operation, ErrorKind::Elsewhere, why))
    }

    fn reported(
        &self,
        address: &QueueAddress,
        url: QueueUrl,
        attributes: QueueAttributes,
    ) -> Result<OpenQueue> {
        let refused = |why: Mistaken| {
            let why = why.to_string();
            ApiError::new(Operation::GetQueueAttributes, ErrorKind::Elsewhere, why)
        };
        let queue = OpenQueue::reported(address, &self.place(), url, attributes);
        let queue = queue.map_err(refused)?;
        self.known_urls()
            .insert(queue.arn().clone(), queue.url().clone());
        Ok(queue)
    }

    /// See [`Queues::receive`](crate::ports::Queues::receive).
    pub async fn receive(&self, queue: &OpenQueue, receive: Receive) -> Result<Vec<Message>> {
        self.call(Operation::ReceiveMessage, || {
            self.session.receive(queue.url(), receive)
        })
        .await
    }

    /// One receive, never tried again: whoever must know that letters may be hidden by an answer
    /// that got lost.
    pub async fn receive_once(&self, queue: &OpenQueue, receive: Receive) -> Result<Vec<Message>> {
        let operation = Operation::ReceiveMessage;
        self.writing(operation, operation.spec().timeout, || {
            self.session.receive(queue.url(), receive)
        })
        .await
    }

    /// See [`Queues::change_visibility`](crate::ports::Queues::change_visibility).
    pub async fn change_visibility(
        &self,
        queue: &OpenQueue,
        handles: &[Handle],
        seconds: u32,
    ) -> Result<BatchAnswer<()>> {
        self.call(Operation::ChangeMessageVisibilityBatch, || {
            self.session
                .change_visibility(queue.url(), handles, seconds)
        })
        .await
    }

    /// See [`Queues::send_batch`](crate::ports::Queues::send_batch); sent once.
    pub async fn send_batch(
        &self,
        warrant: &Warrant,
        queue: &OpenQueue,
        messages: &[Outgoing],
    ) -> Result<BatchAnswer<Sent>> {
        let operation = Operation::SendMessageBatch;
        verified(operation, queue)?;
        let answer = self.warranted(warrant, operation, operation.spec().timeout, || {
            self.session.send_batch(queue.url(), messages)
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
        queue: &OpenQueue,
        handles: &[Handle],
    ) -> Result<BatchAnswer<()>> {
        let operation = Operation::DeleteMessageBatch;
        verified(operation, queue)?;
        self.honour(warrant, operation)?;
        self.repeat(operation, || {
            self.session.delete_batch(queue.url(), handles)
        })
        .await
    }

    /// See [`Queues::edit_queue`](crate::ports::Queues::edit_queue); sent once.
    pub async fn edit_queue(
        &self,
        warrant: &Warrant,
        queue: &OpenQueue,
        edit: &QueueEdit,
    ) -> Result<QueueEdited> {
        let operation = Operation::of_queue(edit);
        for queue in edit.queues(queue) {
            verified(operation, queue)?;
        }
        self.warranted(warrant, operation, operation.spec().timeout, || {
            self.session.edit_queue(queue, edit)
        })
        .await
    }

    /// See [`Queues::move_tasks`](crate::ports::Queues::move_tasks).
    pub async fn move_tasks(&self, source: &Arn) -> Result<Vec<MoveTask>> {
        let operation = Operation::ListMessageMoveTasks;
        if self.known_url(source).is_none() {
            self.check(operation, &address_at(operation, source, None)?)?;
        }
        self.call(operation, || self.session.move_tasks(source))
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

/// The address of a queue that something names by its ARN, at the URL that was found for it
/// before, if one was.
///
/// # Errors
/// When the ARN is not a queue's, or the URL is that of another one.
pub fn address_at(
    operation: Operation,
    queue: &Arn,
    url: Option<&QueueUrl>,
) -> Result<QueueAddress> {
    let refused = |why: NoQueue| ApiError::new(operation, ErrorKind::Invalid, why.to_string());
    let address = QueueAddress::of(queue).map_err(refused)?;
    match url {
        Some(url) => address.at(url).map_err(refused),
        None => Ok(address),
    }
}

/// Nothing is sent to a queue or deleted from it before it said itself which one it is.
///
/// # Errors
/// When its attributes may not be read.
pub fn verified(operation: Operation, queue: &OpenQueue) -> Result<()> {
    if queue.is_verified() {
        return Ok(());
    }
    let action = Operation::GetQueueAttributes.spec().action;
    Err(ApiError {
        remedy: Some(Box::new(Remedy::Action(action.to_owned()))),
        ..ApiError::new(
            operation,
            ErrorKind::Denied,
            format!(
                "{} cannot be asked which queue it is ({action} is missing), so that nothing is sent there and nothing deleted",
                queue.name()
            ),
        )
    })
}

#[cfg(test)]
mod tests;
