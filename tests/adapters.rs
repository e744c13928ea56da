//! The AWS adapter on the wire: against a real AWS-compatible server, and against a scripted
//! one for the failures that no server gives.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests on real sockets have no runner"
)]

#[path = "adapters/aws_files.rs"]
mod aws_files;
#[path = "contract/mod.rs"]
mod contract;
#[path = "adapters/edits.rs"]
mod edits;
#[path = "adapters/ends.rs"]
mod ends;
#[path = "adapters/failures.rs"]
mod failures;
#[path = "adapters/neighbours.rs"]
mod neighbours;
#[path = "adapters/once.rs"]
mod once;
#[path = "adapters/queue_connections.rs"]
mod queue_connections;
#[path = "adapters/queue_failures.rs"]
mod queue_failures;
#[path = "adapters/queue_server.rs"]
mod queue_server;
#[path = "adapters/queues.rs"]
mod queues;
#[path = "adapters/requests.rs"]
mod requests;
#[path = "adapters/server.rs"]
mod server;
#[path = "adapters/sessions.rs"]
mod sessions;
mod support;
