//! `lambdeck dlq purge`: every message of a queue, with one call.

use super::{Cli, args::PurgeArgs};
use crate::{
    cli::{Outcome, headless},
    domain::queue::QueueEdit,
    ports::Operation,
    runtime::queue_write,
};

pub(super) async fn run(cli: &Cli<'_>, args: PurgeArgs) -> Result<Outcome, Outcome> {
    let queue = cli.find("QUEUE", &args.queue).await?;
    let name = queue.name();
    let operation = Operation::PurgeQueue;
    let counts = queue.verified(cli, operation)?;
    headless::tell(format_args!(
        "{}: about {} messages, {} of them in flight",
        queue.arn(),
        counts.depth(),
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
    let purged = queue_write::edit(cli.gate, &queue.opened, &QueueEdit::Purge).await;
    cli.told(purged)?;
    headless::tell(format_args!(
        "{name}: the purge has begun and takes up to 60 seconds; do not send there until then"
    ));
    Ok(Outcome::Done)
}
