//! SQS behind the [`Queues`] port.

use std::sync::PoisonError;

use aws_sdk_sqs::types::QueueAttributeName;

use crate::{
    domain::{function::Arn, queue::QueueAttributes},
    ports::{ApiError, ErrorKind, Operation, Queues, Result},
};

use super::{convert, session::AwsSession};

impl Queues for AwsSession {
    async fn queue_attributes(&self, queue: &Arn) -> Result<QueueAttributes> {
        let url = self.queue_url(queue).await?;
        let answer = self
            .sqs
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::All)
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::GetQueueAttributes, &error))
            .inspect_err(|error| {
                // A queue made anew may have another URL.
                if error.kind == ErrorKind::NotFound {
                    self.queue_urls
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .remove(queue);
                }
            })?;
        Ok(convert::queue(&answer.attributes.unwrap_or_default()))
    }
}

impl AwsSession {
    /// SQS speaks of URLs, everybody else of ARNs.
    async fn queue_url(&self, queue: &Arn) -> Result<String> {
        let known = self
            .queue_urls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(queue)
            .cloned();
        if let Some(url) = known {
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
            .sqs
            .get_queue_url()
            .queue_name(queue.resource_name())
            .set_queue_owner_aws_account_id(queue.account().map(str::to_owned))
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::GetQueueUrl, &error))?
            .queue_url
            .unwrap_or_default();
        self.queue_urls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(queue.clone(), url.clone());
        Ok(url)
    }
}
