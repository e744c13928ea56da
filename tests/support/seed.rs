//! Puts functions, queues, triggers and log events into an account of the test server.

use std::{collections::HashMap, time::Duration};

use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use aws_sdk_lambda::{
    config::{BehaviorVersion, Credentials, Region},
    primitives::Blob,
    types::{
        AliasRoutingConfiguration, DeadLetterConfig, Environment, FunctionCode, LastUpdateStatus,
        LoggingConfig, Runtime, State,
    },
};
use lambdeck::domain::function::Arn;

use super::{REGION, server::TestAccount, zip};

/// A language that the server runs on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `index.handler` of `index.py`.
    Python,
    /// `index.handler` of `index.js`.
    Node,
}

/// A function to create.
#[derive(Debug, Clone)]
pub struct FunctionSeed {
    pub name: String,
    pub language: Language,
    pub source: String,
    pub timeout_s: i32,
    pub memory_mb: i32,
    pub environment: Vec<(String, String)>,
    pub log_group: Option<String>,
    pub dead_letter: Option<Arn>,
    pub tags: Vec<(String, String)>,
}

impl FunctionSeed {
    /// A small function.
    pub fn new(name: impl Into<String>, language: Language, source: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            language,
            source: source.into(),
            timeout_s: 5,
            memory_mb: 128,
            environment: Vec::new(),
            log_group: None,
            dead_letter: None,
            tags: Vec::new(),
        }
    }
}

/// A queue to create.
#[derive(Debug, Clone, Default)]
pub struct QueueSeed {
    /// FIFO when it ends in `.fifo`.
    pub name: String,
    pub visibility_timeout_s: Option<u32>,
    /// Dead-letter queue and receives before it.
    pub redrive: Option<(Arn, u32)>,
}

impl TestAccount {
    /// Creates a function with the usual settings.
    pub async fn seed_function(&self, name: &str, language: Language, source: &str) -> Arn {
        self.seed(FunctionSeed::new(name, language, source)).await
    }

    /// Creates a function.
    pub async fn seed(&self, function: FunctionSeed) -> Arn {
        let (file, runtime) = match function.language {
            Language::Python => ("index.py", Runtime::from("python3.12")),
            Language::Node => ("index.js", Runtime::from("nodejs22.x")),
        };
        let code = FunctionCode::builder()
            .zip_file(Blob::new(zip::single_file(
                file,
                function.source.as_bytes(),
            )))
            .build();
        let variables: HashMap<_, _> = function.environment.into_iter().collect();
        let tags: HashMap<_, _> = function.tags.into_iter().collect();
        let created = self
            .lambda()
            .create_function()
            .function_name(&function.name)
            .runtime(runtime)
            .handler("index.handler")
            .role(format!("arn:aws:iam::{}:role/test", self.account))
            .code(code)
            .timeout(function.timeout_s)
            .memory_size(function.memory_mb)
            .environment(
                Environment::builder()
                    .set_variables(Some(variables))
                    .build(),
            )
            .set_logging_config(
                function
                    .log_group
                    .map(|group| LoggingConfig::builder().log_group(group).build()),
            )
            .set_dead_letter_config(function.dead_letter.map(|queue| {
                DeadLetterConfig::builder()
                    .target_arn(queue.as_str())
                    .build()
            }))
            .set_tags(Some(tags))
            .send()
            .await
            .expect("creates the function");
        let arn = Arn::new(created.function_arn().expect("has an ARN"));
        self.until_active(&arn).await;
        arn
    }

    /// Waits until a function is created and its last update has settled.
    pub async fn until_active(&self, function: &Arn) {
        let lambda = self.lambda();
        let settled = async {
            loop {
                let now = lambda
                    .get_function_configuration()
                    .function_name(function.as_str())
                    .send()
                    .await
                    .expect("is there");
                if now.state() == Some(&State::Active)
                    && now.last_update_status() != Some(&LastUpdateStatus::InProgress)
                {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), settled)
            .await
            .expect("the function becomes active");
    }

    /// Publishes a version and returns its number.
    pub async fn publish(&self, function: &Arn) -> String {
        self.lambda()
            .publish_version()
            .function_name(function.as_str())
            .send()
            .await
            .expect("publishes")
            .version
            .expect("has a number")
    }

    /// Creates an alias, with a share for a second version.
    pub async fn seed_alias(
        &self,
        function: &Arn,
        name: &str,
        version: &str,
        also: Option<(&str, f64)>,
    ) {
        let routing = also.map(|(version, weight)| {
            AliasRoutingConfiguration::builder()
                .additional_version_weights(version, weight)
                .build()
        });
        self.lambda()
            .create_alias()
            .function_name(function.as_str())
            .name(name)
            .function_version(version)
            .set_routing_config(routing)
            .send()
            .await
            .expect("creates the alias");
    }

    /// Creates a queue.
    pub async fn seed_queue(&self, queue: QueueSeed) -> Arn {
        use aws_sdk_sqs::types::QueueAttributeName as Name;
        let visibility = queue
            .visibility_timeout_s
            .map(|s| (Name::VisibilityTimeout, s.to_string()));
        let redrive = queue.redrive.map(|(target, receives)| {
            let policy = serde_json::json!({
                "deadLetterTargetArn": target.as_str(),
                "maxReceiveCount": receives,
            });
            (Name::RedrivePolicy, policy.to_string())
        });
        let fifo = queue
            .name
            .strip_suffix(".fifo")
            .map(|_| (Name::FifoQueue, "true".to_owned()));
        let sqs = self.sqs();
        let attributes: HashMap<_, _> = visibility.into_iter().chain(redrive).chain(fifo).collect();
        sqs.create_queue()
            .queue_name(&queue.name)
            .set_attributes(Some(attributes))
            .send()
            .await
            .expect("creates the queue");
        Arn::new(format!(
            "arn:aws:sqs:{REGION}:{}:{}",
            self.account, queue.name
        ))
    }

    /// Sends a message to a queue.
    pub async fn send_message(&self, queue: &Arn, body: &str) {
        let sqs = self.sqs();
        let url = sqs
            .get_queue_url()
            .queue_name(queue.resource_name())
            .send()
            .await
            .expect("knows the queue")
            .queue_url
            .expect("has a URL");
        sqs.send_message()
            .queue_url(url)
            .message_body(body)
            .send()
            .await
            .expect("sends");
    }

    /// Makes a queue a trigger of a function; returns the UUID.
    pub async fn seed_mapping(&self, function: &Arn, queue: &Arn, enabled: bool) -> String {
        self.lambda()
            .create_event_source_mapping()
            .function_name(function.as_str())
            .event_source_arn(queue.as_str())
            .batch_size(5)
            .enabled(enabled)
            .send()
            .await
            .expect("creates the mapping")
            .uuid
            .expect("has a UUID")
    }

    /// Writes events (milliseconds, text) into a stream of a group; creates both.
    pub async fn seed_events(&self, group: &str, stream: &str, events: &[(i64, String)]) {
        let logs = self.logs();
        // Both may exist already.
        let _ = logs.create_log_group().log_group_name(group).send().await;
        let _ = logs
            .create_log_stream()
            .log_group_name(group)
            .log_stream_name(stream)
            .send()
            .await;
        for batch in events.chunks(5_000) {
            let batch = batch
                .iter()
                .map(|(timestamp, text)| {
                    InputLogEvent::builder()
                        .timestamp(*timestamp)
                        .message(text)
                        .build()
                        .expect("has both")
                })
                .collect();
            logs.put_log_events()
                .log_group_name(group)
                .log_stream_name(stream)
                .set_log_events(Some(batch))
                .send()
                .await
                .expect("writes");
        }
    }

    /// A bare Lambda client on this account, for what the product does not do.
    pub fn lambda(&self) -> aws_sdk_lambda::Client {
        aws_sdk_lambda::Client::from_conf(
            aws_sdk_lambda::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(REGION))
                .endpoint_url(&self.endpoint)
                .credentials_provider(self.keys())
                .build(),
        )
    }

    /// A bare Logs client.
    pub fn logs(&self) -> aws_sdk_cloudwatchlogs::Client {
        aws_sdk_cloudwatchlogs::Client::from_conf(
            aws_sdk_cloudwatchlogs::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(REGION))
                .endpoint_url(&self.endpoint)
                .credentials_provider(self.keys())
                .build(),
        )
    }

    /// A bare SQS client.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::from_conf(
            aws_sdk_sqs::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(REGION))
                .endpoint_url(&self.endpoint)
                .credentials_provider(self.keys())
                .build(),
        )
    }

    fn keys(&self) -> Credentials {
        Credentials::new(&self.account, "test", None, None, "test")
    }
}
