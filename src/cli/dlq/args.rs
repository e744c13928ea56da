//! What can be said after `lambdeck dlq`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use crate::cli::args::Output;

/// `dlq`.
#[derive(Debug, ClapArgs)]
pub struct DlqArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: DlqCommand,
}

/// The subcommands of `dlq`. QUEUE is a name, a URL or an ARN everywhere.
#[derive(Debug, Subcommand)]
pub enum DlqCommand {
    /// List the dead-letter queues of the account, and who sends there
    List(ListArgs),
    /// Look at letters and give them back: says first what a look does to the queue
    Peek(PeekArgs),
    /// Put letters back, or hand their events to a function, without losing one
    Redrive(RedriveArgs),
    /// Finish every redrive of this account and region that was stopped or killed
    Resume(ResumeArgs),
    /// Write letters as JSON Lines; they stay in the queue
    Export(ExportArgs),
    /// Send messages from JSON Lines, as `export` writes them or one body a line
    Import(ImportArgs),
    /// Delete letters, all or those that match
    Delete(DeleteArgs),
    /// Delete every message of a queue with one call of SQS
    Purge(PurgeArgs),
    /// AWS's own redrive: whole queues, unedited
    MoveTask(MoveTaskArgs),
}

/// Exactly one of the two must be said.
#[derive(Debug, Clone, Copy, ClapArgs)]
#[group(required = true, multiple = false)]
pub struct Consent {
    /// Say what would be done, and do nothing of it
    #[arg(long)]
    pub dry_run: bool,
    /// Do it without asking
    #[arg(long)]
    pub yes: bool,
}

/// Which letters; all that are said must hold.
#[derive(Debug, Clone, Default, ClapArgs)]
pub struct Choice {
    /// Only letters for which this jq expression over their event is true, for example
    /// `.amount > 100`
    #[arg(long = "where", value_name = "JQ")]
    pub jq: Option<String>,
    /// Only letters that match, in the language of the console's filter, for example
    /// `error:declined age:>2h attr:tenant=acme`
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
}

/// `dlq list`.
#[derive(Debug, ClapArgs)]
pub struct ListArgs {
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `dlq peek`.
#[derive(Debug, ClapArgs)]
pub struct PeekArgs {
    /// Name, URL or ARN
    #[arg(value_name = "QUEUE")]
    pub queue: String,
    /// Show at most this many letters
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = at_least_one())]
    pub limit: u64,
    /// Which letters.
    #[command(flatten)]
    pub choice: Choice,
    /// Look also where the look itself can do harm
    #[arg(long)]
    pub yes: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `dlq redrive`.
#[derive(Debug, ClapArgs)]
pub struct RedriveArgs {
    /// Name, URL or ARN
    #[arg(value_name = "QUEUE")]
    pub queue: String,
    /// Which letters.
    #[command(flatten)]
    pub choice: Choice,
    /// Send the result of this jq expression over each body instead of the body
    #[arg(long, value_name = "JQ")]
    pub edit: Option<String>,
    /// Send all of them to this queue [default: each to the queue it came from]
    #[arg(long, value_name = "QUEUE", conflicts_with = "invoke")]
    pub to: Option<String>,
    /// Invoke this function asynchronously with each letter's original event
    #[arg(long, value_name = "FUNCTION[:QUALIFIER]")]
    pub invoke: Option<String>,
    /// Send letters that name no queue they came from to the only queue that fails to this one
    #[arg(long, conflicts_with_all = ["to", "invoke"])]
    pub infer_source: bool,
    /// At most this many letters
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub limit: Option<u64>,
    /// At most this many letters a second
    #[arg(long, value_name = "N", value_parser = positive)]
    pub rate: Option<f64>,
    /// Requests under way at once [default: from 8 to 64, as the queue takes them]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub workers: Option<u16>,
    /// Send one letter first and wait whether it comes back; with numbers so many in each step
    /// (`--canary=1,10`). A function whose timeout is within a minute is invoked synchronously: its
    /// answer is waited for
    #[arg(
        long,
        value_name = "N,…",
        num_args = 0..=1,
        require_equals = true,
        value_delimiter = ',',
        default_missing_value = "1",
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    pub canary: Option<Vec<u32>>,
    /// Send AWSTraceHeader along, by which Lambda counts loops
    #[arg(long)]
    pub keep_trace: bool,
    /// Plan or act.
    #[command(flatten)]
    pub consent: Consent,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `dlq resume`.
#[derive(Debug, ClapArgs)]
pub struct ResumeArgs {
    /// Only this plan, by its id; without it every plan of this account and region
    #[arg(value_name = "PLAN")]
    pub plan: Option<String>,
    /// Finish them; without this they are only listed
    #[arg(long)]
    pub yes: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `dlq export`.
#[derive(Debug, ClapArgs)]
pub struct ExportArgs {
    /// Name, URL or ARN
    #[arg(value_name = "QUEUE")]
    pub queue: String,
    /// Which letters.
    #[command(flatten)]
    pub choice: Choice,
    /// At most this many letters
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub limit: Option<u64>,
    /// Write to this new file, readable by you only, instead of standard output (`-`)
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Look also where the look itself can do harm
    #[arg(long)]
    pub yes: bool,
}

/// `dlq import`.
#[derive(Debug, ClapArgs)]
pub struct ImportArgs {
    /// Name, URL or ARN
    #[arg(value_name = "QUEUE")]
    pub queue: String,
    /// Messages or bodies as JSON, as `export` or `aws sqs receive-message` writes them; standard
    /// input when it is `-`
    #[arg(value_name = "FILE|-")]
    pub file: PathBuf,
    /// MessageGroupId of lines that name none (FIFO needs one)
    #[arg(long, value_name = "GROUP")]
    pub group: Option<String>,
    /// Plan or act.
    #[command(flatten)]
    pub consent: Consent,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `dlq delete`.
#[derive(Debug, ClapArgs)]
pub struct DeleteArgs {
    /// Name, URL or ARN
    #[arg(value_name = "QUEUE")]
    pub queue: String,
    /// Which letters.
    #[command(flatten)]
    pub choice: Choice,
    /// At most this many letters
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub limit: Option<u64>,
    /// Plan or act.
    #[command(flatten)]
    pub consent: Consent,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `dlq purge`.
#[derive(Debug, ClapArgs)]
pub struct PurgeArgs {
    /// Name, URL or ARN
    #[arg(value_name = "QUEUE")]
    pub queue: String,
    /// Plan or act.
    #[command(flatten)]
    pub consent: Consent,
}

/// `dlq move-task`.
#[derive(Debug, ClapArgs)]
pub struct MoveTaskArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: MoveTaskCommand,
}

/// The subcommands of `dlq move-task`.
#[derive(Debug, Subcommand)]
pub enum MoveTaskCommand {
    /// Start one
    Start(StartArgs),
    /// Show the newest ones of a queue
    Status(StatusArgs),
    /// Cancel the one that is running; what was moved stays moved
    Cancel(CancelArgs),
}

/// `dlq move-task start`.
#[derive(Debug, ClapArgs)]
pub struct StartArgs {
    /// Name, URL or ARN of a dead-letter queue of another queue
    #[arg(value_name = "QUEUE")]
    pub queue: String,
    /// Move everything to this queue [default: each message to the queue it came from]
    #[arg(long, value_name = "QUEUE")]
    pub to: Option<String>,
    /// Messages a second [default: as SQS sees fit]
    #[arg(long, value_name = "1..500", value_parser = clap::value_parser!(u32).range(1..=500))]
    pub rate: Option<u32>,
    /// Start it without asking
    #[arg(long, required = true)]
    pub yes: bool,
}

/// `dlq move-task status`.
#[derive(Debug, ClapArgs)]
pub struct StatusArgs {
    /// Name, URL or ARN
    #[arg(value_name = "QUEUE")]
    pub queue: String,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `dlq move-task cancel`.
#[derive(Debug, ClapArgs)]
pub struct CancelArgs {
    /// Name, URL or ARN
    #[arg(value_name = "QUEUE")]
    pub queue: String,
    /// Cancel it without asking
    #[arg(long, required = true)]
    pub yes: bool,
}

fn at_least_one() -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(1..)
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("give a number above 0, for example 50 or 0.5".to_owned()),
    }
}
