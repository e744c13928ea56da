//! `lambdeck dlq purge`: every message of a queue, with one call.

use super::{Desk, args::PurgeArgs, queue::depth};
use crate::{
    cli::{Outcome, headless},
    domain::shell::CommandLine,
    ports::Operation,
    runtime::gate::Intention,
};

pub(super) async fn run(desk: &Desk<'_>, args: PurgeArgs) -> Result<Outcome, Outcome> {
    let queue = desk.find("QUEUE", &args.queue).await?;
    let name = queue.name();
    let operation = Operation::PurgeQueue;
    let counts = queue.verified(desk, operation)?;
    let depth = depth(counts);
    headless::tell(format_args!(
        "{}: about {depth} messages, {} of them in flight",
        queue.arn(),
        counts.in_flight
    ));
    headless::tell(
        "a purge deletes every message: those in flight too, and those sent while it runs, for up to 60 seconds; it cannot be undone, and works once a minute",
    );
    if args.consent.dry_run {
        headless::tell("nothing was deleted: this was a dry run");
        return Ok(Outcome::Done);
    }
    desk.authorise(operation).await?;
    let mut command = CommandLine::new(&["aws", "sqs", "purge-queue"]);
    command.option("region", desk.gate.region());
    command.option("queue-url", queue.opened.url().as_str());
    let intention = Intention {
        operation,
        target: queue.arn().to_string(),
        summary: format!("purge {name}, about {depth} messages"),
        command: command.to_string(),
    };
    let gate = desk.gate;
    let purged = desk
        .confirmed(intention, async |warrant| {
            gate.purge(warrant, &queue.opened).await
        })
        .await;
    desk.told(purged)?;
    headless::tell(format_args!(
        "{name}: the purge has begun and takes up to 60 seconds; do not send there until then"
    ));
    Ok(Outcome::Done)
}
