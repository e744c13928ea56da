//! The queues behind the port, with the faults of calls and of entries; and what tests may do
//! with queues without any call.

use async_trait::async_trait;
use std::{sync::Arc, time::Duration};

use super::{
    super::{
        dice::{Dice, label},
        faults::{Faults, refused},
        session::{Admission, Session, page},
    },
    OverLimit, Sqs, Stored, rules,
    tasks::MoveRequest,
};
use crate::{
    domain::{
        function::Arn,
        queue::{
            BatchAnswer, EntryError, Flaw, Handle, Message, MoveTask, OpenQueue, Outgoing,
            QueueAttributes, QueueEdit, QueueEdited, QueueUrl, Receive, Sent,
        },
        secret::Secret,
    },
    ports::{ErrorKind, Operation, Page, Queues, Result},
};

/// Queues of a page (SQS API).
const PAGE: usize = 1000;

impl Session {
    /// Makes a queue with these settings, SQS's defaults where there are none; a name with
    /// `.fifo` makes it FIFO. One of the same name is replaced.
    pub fn create_queue(&self, name: &str, settings: QueueAttributes) -> QueueUrl {
        let arn = self.account.place.arn("sqs", name);
        self.sqs(|sqs| sqs.create(&arn, settings))
    }

    /// Puts messages into a queue of this account as if they had been sent; gives their ids.
    ///
    /// # Panics
    /// When there is no such queue.
    pub fn put<M: Into<Stored>>(
        &self,
        queue: &str,
        messages: impl IntoIterator<Item = M>,
    ) -> Vec<Arc<str>> {
        let ids = self.sqs(|sqs| {
            let url = sqs.url(&self.account.place.account, queue);
            assert!(sqs.at(&url).is_some(), "there is no queue {queue}");
            sqs.fill(&url, messages.into_iter().map(Into::into))
        });
        self.account.stirred.notify_waiters();
        ids
    }

    /// Everything that lies in a queue of this account at present, in the order of arrival;
    /// `None` when there is no such queue. Not a receive: it changes nothing.
    pub fn contents(&self, queue: &str) -> Option<Vec<Stored>> {
        self.sqs(|sqs| {
            let url = sqs.url(&self.account.place.account, queue);
            sqs.at(&url).map(|queue| queue.contents())
        })
    }

    fn sqs<T>(&self, look: impl FnOnce(&mut Sqs) -> T) -> T {
        look(&mut self.account.sqs(self.world.now_ms()))
    }

    /// Makes one call about queues.
    async fn queued<T>(
        &self,
        operation: Operation,
        answer: impl FnOnce(&mut Sqs, &Admission) -> Result<T>,
    ) -> Result<T> {
        let admission = self.admit(operation).await;
        let answer = match &admission.refused {
            None => self.sqs(|sqs| answer(sqs, &admission)),
            Some(error) => Err(error.clone()),
        };
        self.account.stirred.notify_waiters();
        self.settle(admission, answer).await
    }

    /// Makes one batch call: each entry by itself, unless a fault strikes it.
    async fn each<E, T>(
        &self,
        operation: Operation,
        url: &QueueUrl,
        entries: &[E],
        does: impl Fn(&mut super::Queue, &E, i64) -> std::result::Result<T, EntryError>,
    ) -> Result<BatchAnswer<T>> {
        // For nothing there is nothing to ask: the real adapter makes no call either.
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        self.queued(operation, |sqs, admission| {
            let now_ms = sqs.now_ms;
            let seed = sqs.place.seed;
            let queue = sqs.at(url).ok_or_else(|| rules::no_such_queue(operation))?;
            rules::batch(operation, entries.len())?;
            let one = |(index, entry)| {
                let parts = [seed, label("entry"), admission.number.into(), index as u64];
                if Faults::strikes(admission.faults.fail_entry_one_in, &parts) {
                    return Err(EntryError {
                        code: "InternalError".into(),
                        message: "We encountered an internal error. Please try again.".into(),
                        sender_fault: false,
                    });
                }
                does(queue, entry, now_ms)
            };
            Ok(entries.iter().enumerate().map(one).collect())
        })
        .await
    }
}

#[async_trait]
impl Queues for Session {
    async fn list_queues(&self, marker: Option<String>) -> Result<Page<QueueUrl>> {
        let operation = Operation::ListQueues;
        self.queued(operation, |sqs, admission| {
            let own = sqs.own();
            page(operation, PAGE, own.len(), marker, &admission.faults, |n| {
                own[n].clone()
            })
        })
        .await
    }

    async fn queue_url(&self, name: &str, account: Option<&str>) -> Result<QueueUrl> {
        let operation = Operation::GetQueueUrl;
        self.queued(operation, |sqs, _| {
            let url = sqs.url(account.unwrap_or(&self.account.place.account), name);
            match sqs.at(&url) {
                Some(_) => Ok(url),
                None => Err(rules::no_such_queue(operation)),
            }
        })
        .await
    }

    async fn queue_attributes(&self, queue: &QueueUrl) -> Result<QueueAttributes> {
        let operation = Operation::GetQueueAttributes;
        self.queued(operation, |sqs, _| {
            let found = sqs.at(queue);
            found
                .map(|queue| queue.attributes())
                .ok_or_else(|| rules::no_such_queue(operation))
        })
        .await
    }

    async fn receive(&self, queue: &QueueUrl, receive: Receive) -> Result<Vec<Message>> {
        let admission = self.admit(Operation::ReceiveMessage).await;
        let answer = match &admission.refused {
            None => self.poll(queue, receive, &admission).await,
            Some(error) => Err(error.clone()),
        };
        self.settle(admission, answer).await
    }

    async fn change_visibility(
        &self,
        queue: &QueueUrl,
        handles: &[Handle],
        seconds: u32,
    ) -> Result<BatchAnswer<()>> {
        let operation = Operation::ChangeMessageVisibilityBatch;
        self.each(operation, queue, handles, |queue, handle, now_ms| {
            queue.hide(handle, seconds, now_ms)
        })
        .await
    }

    async fn send_batch(
        &self,
        queue: &QueueUrl,
        messages: &[Outgoing],
    ) -> Result<BatchAnswer<Sent>> {
        let operation = Operation::SendMessageBatch;
        if let Err(error) = rules::batch_bytes(messages) {
            return self.queued(operation, |_, _| Err(error)).await;
        }
        self.each(operation, queue, messages, |queue, message, now_ms| {
            rules::message(message, &queue.settings)?;
            Ok(queue.send(message, now_ms))
        })
        .await
    }

    async fn delete_batch(&self, queue: &QueueUrl, handles: &[Handle]) -> Result<BatchAnswer<()>> {
        let operation = Operation::DeleteMessageBatch;
        self.each(operation, queue, handles, |queue, handle, _| {
            queue.delete(handle)
        })
        .await
    }

    async fn move_tasks(&self, source: &Arn) -> Result<Vec<MoveTask>> {
        self.queued(Operation::ListMessageMoveTasks, |sqs, _| {
            sqs.tasks_of(source)
        })
        .await
    }

    async fn edit_queue(&self, queue: &OpenQueue, edit: &QueueEdit) -> Result<QueueEdited> {
        self.queued(Operation::of_queue(edit), |sqs, _| match edit {
            QueueEdit::Purge => purge(sqs, queue.url()),
            QueueEdit::StartMove { to, per_second } => {
                let request = MoveRequest {
                    source: queue.arn().clone(),
                    destination: to.as_ref().map(|to| to.arn().clone()),
                    per_second: *per_second,
                };
                Ok(QueueEdited {
                    task: Some(sqs.start(&request)?),
                    ..QueueEdited::default()
                })
            }
            QueueEdit::CancelMove(handle) => Ok(QueueEdited {
                moved: Some(sqs.cancel(handle)?),
                ..QueueEdited::default()
            }),
        })
        .await
    }
}

fn purge(sqs: &mut Sqs, url: &QueueUrl) -> Result<QueueEdited> {
    let operation = Operation::PurgeQueue;
    let now_ms = sqs.now_ms;
    let found = sqs.at(url);
    let found = found.ok_or_else(|| rules::no_such_queue(operation))?;
    if found.purge(now_ms) {
        return Ok(QueueEdited::default());
    }
    Err(refused(
        operation,
        ErrorKind::Conflict,
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        403,
        format!(
            "Only one PurgeQueue operation on {} is allowed every 60 seconds.",
            url.name()
        ),
    ))
}

impl Session {
    /// Looks until something can be received, or the waiting is over.
    async fn poll(
        &self,
        url: &QueueUrl,
        receive: Receive,
        admission: &Admission,
    ) -> Result<Vec<Message>> {
        rules::receive(url, receive)?;
        let end = tokio::time::sleep(Duration::from_secs(receive.wait_s.into()));
        tokio::pin!(end);
        loop {
            let stirred = self.account.stirred.notified();
            let (messages, again_ms) = self.sqs(|sqs| {
                let messages = look(sqs, url, receive, admission)?;
                let again_ms = sqs.next_change_ms(url).map(|at| at - sqs.now_ms);
                Ok((messages, again_ms))
            })?;
            if !messages.is_empty() || receive.wait_s == 0 {
                return Ok(messages);
            }
            let change = Duration::from_millis(again_ms.unwrap_or(i64::MAX).max(1).unsigned_abs());
            tokio::select! {
                () = &mut end => return Ok(messages),
                () = stirred => {}
                () = tokio::time::sleep(change.min(Duration::from_secs(20))) => {}
            }
        }
    }
}

/// One look at a queue.
fn look(
    sqs: &mut Sqs,
    url: &QueueUrl,
    receive: Receive,
    admission: &Admission,
) -> Result<Vec<Message>> {
    let operation = Operation::ReceiveMessage;
    if sqs.at(url).is_none() {
        return Err(rules::no_such_queue(operation));
    }
    let call = [sqs.place.seed, label("receive"), admission.number.into()];
    let mut dice = Dice::new(&call);
    let short = (receive.wait_s == 0).then(|| dice.roll());
    let mut messages = Vec::new();
    if Faults::strikes(admission.faults.repeat_one_in, &[dice.roll()]) {
        messages.extend(sqs.repeat(url, receive, &mut dice));
    }
    let rest = Receive {
        max: receive.max - messages.len() as u8,
        ..receive
    };
    let fresh = sqs.receive(url, rest, short).map_err(|OverLimit| {
        refused(
            operation,
            ErrorKind::Throttled,
            "OverLimit",
            403,
            "Too many messages in flight.",
        )
    })?;
    messages.extend(fresh);
    for (index, message) in messages.iter_mut().enumerate() {
        let parts = [dice.roll(), label("damage"), index as u64];
        if Faults::strikes(admission.faults.damage_one_in, &parts) {
            let (body, flaw) = [("", Flaw::Empty), ("{\"damaged\":true}", Flaw::Body)]
                [usize::from(dice.once_in(2))];
            message.body = Secret::new(body.into());
            message.flaw = Some(flaw);
        }
    }
    Ok(messages)
}
