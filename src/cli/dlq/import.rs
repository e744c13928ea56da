//! `lambdeck dlq import`: sends messages from JSON. All of it is read and checked before the first
//! message is sent, and each one's new id is told.

use serde_json::json;

use super::{Cli, args::ImportArgs};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{age, queue::line::Place},
    ports::Operation,
    runtime::{
        import::{self, Became},
        queue_write, runner,
    },
};

pub(super) async fn run(cli: &Cli<'_>, args: ImportArgs) -> Result<Outcome, Outcome> {
    super::queue::address("QUEUE", &args.queue)?;
    let path = args.file.clone();
    // Whoever writes the other end of a pipe may take their time.
    let reading = cli.unless_stopped(runner::blocking(move || import::read(&path)));
    let input = match reading.await? {
        Some(Ok(input)) => input,
        Some(Err(error)) => {
            headless::tell(format_args!("lambdeck: nothing was sent: {error}"));
            return Err(Outcome::Failed);
        }
        None => return Err(Outcome::Failed),
    };
    let queue = cli.find("QUEUE", &args.queue).await?;
    queue.verified(cli, Operation::SendMessageBatch)?;
    let to = &queue.opened;
    let ready = match import::ready(&input, to, args.group.as_deref()) {
        Ok(ready) => ready,
        Err(error) => {
            let file = args.file.display();
            headless::tell(format_args!(
                "lambdeck: nothing was sent: {file}: line {error}"
            ));
            return Err(Outcome::Failed);
        }
    };
    drop(input);
    let name = queue.name();
    let count = ready.lines;
    headless::tell(format_args!(
        "{name}: {count} to send ({} messages, {} bodies), {}, {} SendMessageBatch",
        ready.messages,
        count - ready.messages,
        age::bytes(ready.bytes),
        ready.batches.len(),
    ));
    if args.consent.dry_run {
        headless::tell("nothing was sent: this was a dry run");
        return Ok(Outcome::Done);
    }
    if count == 0 {
        return Ok(Outcome::Done);
    }
    cli.authorise(Operation::SendMessageBatch).await?;
    let is_stopped = || cli.stop.is_cancelled();
    let from = (&*args.file, args.group.as_deref());
    let report = cli.told(queue_write::import(cli.gate, to, ready, from, is_stopped).await)?;
    let sum = report.sum();
    let lines = match args.output {
        Output::Json => report.lines.iter().map(json_line).collect(),
        Output::Table => table(&report.lines).lines(),
    };
    super::print(&lines)?;
    headless::tell(format_args!("{name}: {sum}"));
    Ok(if sum.sent == count {
        Outcome::Done
    } else {
        Outcome::Failed
    })
}

fn json_line((place, became): &(Place, Became)) -> String {
    let number = place.line;
    let mut line = match became {
        Became::Sent(id) => json!({ "Line": number, "MessageId": id }),
        Became::Refused(why) => json!({ "Line": number, "Failed": why }),
        Became::Unknown(why) => json!({ "Line": number, "Unknown": why }),
        Became::Left => json!({ "Line": number, "Failed": "not sent" }),
    };
    if let Some(item) = place.item {
        line["Item"] = item.into();
    }
    line.to_string()
}

fn table(report: &[(Place, Became)]) -> Table {
    let mut table = Table::new(&[("LINE", true), ("NEW ID", false)]);
    for (place, became) in report {
        let became = match became {
            Became::Sent(id) => id.clone(),
            Became::Refused(why) => format!("failed: {why}"),
            Became::Unknown(why) => format!("perhaps sent: {why}"),
            Became::Left => "not sent".to_owned(),
        };
        table.row([place.to_string(), became]);
    }
    table
}
