//! What can be said on the command line.

use std::{path::PathBuf, time::Duration};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::{
    config::args::{AliasArgs, ConfigArgs, PauseArgs},
    dlq::args::DlqArgs,
};

/// An operations console for AWS Lambda in the terminal.
///
/// Without a subcommand it opens the console on the account of your profile.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, propagate_version = true)]
pub struct Args {
    /// Options of every subcommand.
    #[command(flatten)]
    pub global: Global,
    /// What to do instead of opening the console.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options that stand before or after a subcommand.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Profile of ~/.aws/config [default: AWS_PROFILE, then the credential chain]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// AWS region [default: AWS_REGION, then the profile's]
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Endpoint of every service [default: AWS_ENDPOINT_URL and its per-service forms]
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Refuse everything that is not a read; nothing lifts this
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Allow writes on a protected profile or account for the whole session
    #[arg(long, global = true, conflicts_with = "read_only")]
    pub write: bool,
    /// Use the embedded demo account instead of AWS
    #[arg(long, global = true)]
    pub demo: bool,
    /// How long a command waits while AWS refuses its calls as too many, for example 90s or 10m;
    /// not for `logs --follow` and the console, which go on [default: 5m]
    #[arg(long, global = true, value_name = "TIME", value_parser = length)]
    pub timeout: Option<Duration>,
    /// Theme: dark, light, high-contrast, ansi, or one of yours
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Leave after the first frame: measures the start
    #[arg(long, global = true, hide = true)]
    pub exit_after_first_frame: bool,
}

/// How long a command waits for AWS to take its calls, unless it is said.
const TIMEOUT: Duration = Duration::from_mins(5);

impl Global {
    /// How long a command waits while AWS refuses its calls.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(TIMEOUT)
    }
}

/// A length of time as `15m`, at most a day.
fn length(text: &str) -> Result<Duration, String> {
    let length: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "a length of time is wanted, as 90s or 10m".to_owned())?;
    Duration::try_from(length)
        .ok()
        .filter(|length| (1..=86_400).contains(&length.as_secs()))
        .ok_or_else(|| "between 1s and 24h".to_owned())
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the console on an embedded account that needs no credentials
    Demo(DemoArgs),
    /// List the functions of the account
    Functions(FunctionsArgs),
    /// Print the log lines of functions, and follow them
    Logs(LogsArgs),
    /// Invoke a function, exactly once
    Invoke(InvokeArgs),
    /// Dead letters: find them, look at them, put them back without losing one
    Dlq(DlqArgs),
    /// Print what this machine wrote, the newest last; asks nobody and needs no credentials
    Activity(ActivityArgs),
    /// Settings of a function: print, change, compare, undo
    Config(ConfigArgs),
    /// Stop the triggers of a function from reading, and leave a resume card
    Pause(PauseArgs),
    /// Set the reserved concurrency of a function to 0: nothing runs from then on. Leaves a resume
    /// card
    Stop(PauseArgs),
    /// Restore what was stopped from here: triggers, reserved concurrency, aliases
    Resume(PauseArgs),
    /// Lead an alias to a version, or to two
    #[command(disable_version_flag = true)]
    Alias(AliasArgs),
    /// Check config.toml, the keymap and the themes, and say where they are wrong
    CheckConfig,
}

/// `demo`.
#[derive(Debug, ClapArgs)]
pub struct DemoArgs {
    /// How many functions the account has [default: 14]
    #[arg(long, value_name = "N")]
    pub functions: Option<usize>,
}

/// `functions`.
#[derive(Debug, ClapArgs)]
pub struct FunctionsArgs {
    /// Only functions that match, in the language of the console's filter, for example
    /// `runtime:python memory:>512 !test`
    #[arg(long, value_name = "FILTER", default_value = "")]
    pub filter: String,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `logs`.
#[derive(Debug, ClapArgs)]
pub struct LogsArgs {
    /// Names or ARNs of functions; the lines of several are merged by time
    #[arg(required = true, value_name = "FUNCTION")]
    pub functions: Vec<String>,
    /// How far back: a length (15m, 2h), a time (02:10, 2026-11-20T02:10Z), or a span (02:10..02:25)
    /// [default: `since` of config.toml, else 15m]
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Go on with what comes, until Ctrl-c
    #[arg(long, short)]
    pub follow: bool,
    /// CloudWatch filter pattern, sent as it is, for example `?ERROR ?Exception`
    #[arg(long, value_name = "PATTERN")]
    pub filter: Option<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `invoke`. The exit code is 3 when the function itself failed.
#[derive(Debug, ClapArgs)]
pub struct InvokeArgs {
    /// Name or ARN of the function, with `:QUALIFIER` behind it if you like
    #[arg(value_name = "FUNCTION")]
    pub function: String,
    /// Send this saved event, the way it says
    #[arg(long, value_name = "NAME", conflicts_with = "payload")]
    pub event: Option<String>,
    /// Send this file, or standard input when it is `-` [default: {}]
    #[arg(long, value_name = "FILE|-")]
    pub payload: Option<PathBuf>,
    /// Version or alias
    #[arg(long, value_name = "VERSION|ALIAS")]
    pub qualifier: Option<String>,
    /// Hand the event to Lambda's queue and do not wait for the function
    #[arg(long = "async", conflicts_with = "dry_run")]
    pub is_async: bool,
    /// Check parameters and rights only; allowed with --read-only
    #[arg(long)]
    pub dry_run: bool,
    /// Form of the output: the response as it is, or one object with the whole answer
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `activity`.
#[derive(Debug, ClapArgs)]
pub struct ActivityArgs {
    /// How far back: a length (2h, 3d), a time (02:10, 2026-11-20), or a span (02:10..02:25)
    /// [default: from the beginning]
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Only writes in which every word stands, and no `!word`
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub filter: String,
    /// Only the newest N
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: ActivityOutput,
}

/// The form of the activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ActivityOutput {
    /// Columns to read
    #[default]
    Table,
    /// One JSON object a line, with the id
    Json,
    /// A hand-over: everything about each write, and its command
    Markdown,
}

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Output {
    /// Columns to read
    #[default]
    Table,
    /// One JSON object a line, with the field names of the AWS API
    Json,
}

impl Args {
    /// Whether the demo account is meant.
    pub(super) const fn is_demo(&self) -> bool {
        self.global.demo || matches!(self.command, Some(Command::Demo(_)))
    }

    /// The size of the demo account, if it was said.
    pub(super) const fn demo_functions(&self) -> Option<usize> {
        match &self.command {
            Some(Command::Demo(args)) => args.functions,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_or_after_the_subcommand() {
        for line in [
            "lambdeck --region eu-west-1 functions",
            "lambdeck functions --region eu-west-1",
        ] {
            let args = Args::try_parse_from(line.split(' ')).expect("parses");
            assert_eq!(args.global.region.as_deref(), Some("eu-west-1"), "{line}");
        }
    }

    #[test]
    fn read_only_and_write_exclude_each_other() {
        assert!(Args::try_parse_from(["lambdeck", "--read-only", "--write"]).is_err());
    }
}
