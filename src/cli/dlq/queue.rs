//! A queue of the command line: found however it was named, with its counts and settings.

use crate::{
    cli::{Context, Outcome, headless},
    domain::{
        dead_letters::DeadLetterQueue,
        function::Arn,
        queue::{QueueAddress, QueueAttributes, QueueUrl},
        text,
    },
    ports::{ApiError, Session},
    runtime::gate::Gate,
};

/// A queue that exists.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    /// Its name, safe to print.
    name: String,
    pub(super) arn: Arn,
    pub(super) url: QueueUrl,
    pub(super) attributes: QueueAttributes,
}

/// Reads what was typed; a typo ends with exit code 2 before anything is asked.
pub(super) fn address(option: &str, text: &str) -> Result<QueueAddress, Outcome> {
    QueueAddress::parse(text).map_err(|error| headless::misused(option, &error))
}

/// Finds a queue.
pub(super) async fn find<S: Session>(
    context: &Context,
    gate: &Gate<S>,
    address: &QueueAddress,
) -> Result<Queue, Outcome> {
    let found = async {
        let url = gate.resolve_queue(address).await?;
        let attributes = gate.queue_attributes_at(&url).await?;
        Ok::<_, ApiError>((url, attributes))
    };
    let (url, attributes) = match found.await {
        Ok(found) => found,
        Err(error) => return Err(headless::failed(context, &error)),
    };
    let typed = match address {
        QueueAddress::Arn(arn) => Some(arn.clone()),
        QueueAddress::Name(_) | QueueAddress::Url(_) => None,
    };
    let Some(arn) = attributes.arn.clone().or(typed) else {
        headless::tell(format_args!(
            "lambdeck: the server does not tell the ARN of {}: give the queue by its ARN",
            text::sanitise(url.as_str())
        ));
        return Err(Outcome::Failed);
    };
    Ok(Queue {
        name: text::sanitise(arn.resource_name()).into_owned(),
        arn,
        url,
        attributes,
    })
}

impl Queue {
    /// The queue's name, safe to print.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What is known of it without asking others.
    pub(super) fn alone(&self) -> DeadLetterQueue {
        DeadLetterQueue {
            arn: self.arn.clone(),
            url: Some(self.url.clone()),
            attributes: Some(self.attributes.clone()),
            feeders: Vec::new(),
            consumers: Vec::new(),
            added: true,
        }
    }

    /// Messages in it, those in flight and delayed included; about.
    pub(super) const fn depth(&self) -> u64 {
        self.attributes.visible + self.attributes.in_flight + self.attributes.delayed
    }
}
