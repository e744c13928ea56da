//! What the integration tests and the benches share: a real AWS-compatible server with accounts
//! of its own for each test, and a scripted one for what no server gives.

#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "each test binary uses its own part; servers need clocks and tasks of their own"
)]

pub mod seed;
pub mod server;
pub mod stub;
mod zip;

pub use seed::{FunctionSeed, Language, QueueSeed};
pub use server::{Server, TestAccount};
pub use stub::{Answer, Request, Stub};

use lambdeck::{
    aws::{AwsSession, Environment, Provider},
    domain::session::Target,
    ports::Provider as _,
};

/// The region of every test.
pub const REGION: &str = "eu-west-1";

/// An environment that finds nothing of the developer's own: keys, region, and no files.
pub fn environment(key: &str, endpoint: &str) -> Vec<(String, String)> {
    [
        ("AWS_ACCESS_KEY_ID", key),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", REGION),
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_CONFIG_FILE", "/nonexistent/config"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("NO_PROXY", "127.0.0.1,localhost"),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect()
}

/// Opens a session with the product's own provider, on nothing but these variables.
pub async fn open(variables: Vec<(String, String)>) -> lambdeck::ports::Result<AwsSession> {
    let environment: Environment = variables.into_iter().collect();
    let target: Target = environment.resolve(None, None, None);
    Provider::with_env(environment).session(&target).await
}
