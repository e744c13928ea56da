//! The AWS adapter: opens sessions with the AWS SDK and implements the ports on it.
//!
//! The only place that names `aws_sdk_*`. Responsible for what a session is opened on
//! ([`target`]), for credentials and endpoints as in the AWS CLI, for the translation of
//! requests, answers and failures into domain words. Not responsible for retries, time-outs of
//! calls, quotas or read-only: the Gate decides those, so every SDK client here is told to send
//! once and to wait for ever.

mod chain;
mod convert;
mod credentials;
mod endpoint;
mod error;
mod http;
mod lambda;
mod logs;
mod profile_file;
mod session;
mod sqs;
pub mod target;
mod update;

pub use profile_file::Finding;
pub use session::{AwsSession, Provider};
pub use target::{Environment, ProfileInfo};
