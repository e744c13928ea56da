//! SQS behind the [`Queues`] port.

use crate::{
    domain::{
        function::Arn,
        queue::{
            BatchAnswer, Handle, Message, MoveRequest, MoveTask, Outgoing, QueueAttributes,
            QueueUrl, Receive, Sent,
        },
    },
    ports::{ApiError, ErrorKind, Operation, Page, Queues, Result},
};

use super::session::AwsSession;

impl Queues for AwsSession {
    async fn list_queues(&self, _marker: Option<String>) -> Result<Page<QueueUrl>> {
        Err(unbuilt(Operation::ListQueues))
    }

    async fn queue_url(&self, _name: &str, _account: Option<&str>) -> Result<QueueUrl> {
        Err(unbuilt(Operation::GetQueueUrl))
    }

    async fn queue_attributes(&self, _queue: &QueueUrl) -> Result<QueueAttributes> {
        Err(unbuilt(Operation::GetQueueAttributes))
    }

    async fn receive(&self, _queue: &QueueUrl, _receive: Receive) -> Result<Vec<Message>> {
        Err(unbuilt(Operation::ReceiveMessage))
    }

    async fn change_visibility(
        &self,
        _queue: &QueueUrl,
        _handles: &[Handle],
        _seconds: u32,
    ) -> Result<BatchAnswer<()>> {
        Err(unbuilt(Operation::ChangeMessageVisibilityBatch))
    }

    async fn send_batch(
        &self,
        _queue: &QueueUrl,
        _messages: &[Outgoing],
    ) -> Result<BatchAnswer<Sent>> {
        Err(unbuilt(Operation::SendMessageBatch))
    }

    async fn delete_batch(
        &self,
        _queue: &QueueUrl,
        _handles: &[Handle],
    ) -> Result<BatchAnswer<()>> {
        Err(unbuilt(Operation::DeleteMessageBatch))
    }

    async fn purge(&self, _queue: &QueueUrl) -> Result<()> {
        Err(unbuilt(Operation::PurgeQueue))
    }

    async fn start_move_task(&self, _request: &MoveRequest) -> Result<String> {
        Err(unbuilt(Operation::StartMessageMoveTask))
    }

    async fn move_tasks(&self, _source: &Arn) -> Result<Vec<MoveTask>> {
        Err(unbuilt(Operation::ListMessageMoveTasks))
    }

    async fn cancel_move_task(&self, _handle: &str) -> Result<u64> {
        Err(unbuilt(Operation::CancelMessageMoveTask))
    }
}

fn unbuilt(operation: Operation) -> ApiError {
    ApiError::new(operation, ErrorKind::Other, "not built yet")
}
