//! `lambdeck dlq purge`: every message of a queue, with one call.

use super::{Cli, args::PurgeArgs, queue::depth};
use crate::{
    cli::{Outcome, headless},
    domain::shell::CommandLine,
    ports::Operation,
    runtime::gate::Intention,
};

pub(super) async fn run(cli: &Cli<'_>, args: PurgeArgs) -> Result<Outcome, Outcome> {
    let queue = cli.find("QUEUE", &args.queue).await?;
    let name = queue.name();
    let operation = Operation::PurgeQueue;
    let counts = queue.verified(cli, operation)?;
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
    cli.authorise(operation).await?;
    let mut command = CommandLine::new(&["aws", "sqs", "purge-queue"]);
    command.option("region", cli.gate.region());
    command.option("queue-url", queue.opened.url().as_str());
    let intention = Intention {
        operation,
        target: queue.arn().to_string(),
        summary: format!("purge {name}, about {depth} messages"),
        command: command.to_string(),
    };
    let gate = cli.gate;
    let purged = cli
        .confirmed(intention, async |warrant| {
            gate.purge(warrant, &queue.opened).await
        })
        .await;
    cli.told(purged)?;
    headless::tell(format_args!(
        "{name}: the purge has begun and takes up to 60 seconds; do not send there until then"
    ));
    Ok(Outcome::Done)
}
