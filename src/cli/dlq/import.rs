//! `lambdeck dlq import`: sends messages from JSON. All of it is read and checked before the first
//! message is sent, and each one's new id is told.

use serde_json::json;

use super::{Cli, args::ImportArgs};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{age, queue::line::Place, shell::CommandLine},
    ports::Operation,
    runtime::{
        gate::Intention,
        import::{self, Became},
        runner,
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
    let lines = match import::lines(&input, to, args.group.as_deref()) {
        Ok(lines) => lines,
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
    let messages = lines.iter().filter(|line| line.is_message).count();
    let bytes: usize = lines.iter().map(|line| line.message.bytes()).sum();
    let batches = import::batches(lines, to.is_fifo());
    let count: usize = batches.iter().map(Vec::len).sum();
    headless::tell(format_args!(
        "{name}: {count} to send ({messages} messages, {} bodies), {}, {} SendMessageBatch",
        count - messages,
        age::bytes(bytes as u64),
        batches.len(),
    ));
    if args.consent.dry_run {
        headless::tell("nothing was sent: this was a dry run");
        return Ok(Outcome::Done);
    }
    if count == 0 {
        return Ok(Outcome::Done);
    }
    cli.authorise(Operation::SendMessageBatch).await?;
    let mut command = CommandLine::new(&["lambdeck", "dlq", "import"]);
    command.option("region", cli.gate.region());
    command.arg(queue.arn().as_str());
    command.arg("messages.jsonl");
    command.switch("yes");
    let intention = Intention {
        operation: Operation::SendMessageBatch,
        target: queue.arn().to_string(),
        summary: format!("import {count} messages to {name}"),
        command: command.to_string(),
    };
    let warrant = cli.told(cli.gate.announce(intention).await)?;
    let is_stopped = || cli.stop.is_cancelled();
    let report = import::send(cli.gate, &warrant, to, batches, is_stopped).await;
    let sum = report.sum();
    cli.gate
        .complete(&warrant, Operation::SendMessageBatch, sum.end())
        .await;
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
