//! What can be said after `lambdeck config`, `pause`, `stop`, `resume` and `alias`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use crate::{
    cli::{args::Output, dlq::args::Consent},
    domain::draft::{Field, Routing, TriggerField},
};

/// `config`.
#[derive(Debug, ClapArgs)]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// The subcommands of `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the settings of a function
    Get(GetArgs),
    /// Change settings: prints the review, and returns when the update has settled
    Set(SetArgs),
    /// Compare two functions, or two versions
    Diff(DiffArgs),
    /// Undo an edit, through the same review
    Revert(RevertArgs),
    /// Do what is left of an edit that ended in the middle, through the same review
    #[command(alias = "rest")]
    Finish(RevertArgs),
}

/// `config get`.
#[derive(Debug, ClapArgs)]
pub struct GetArgs {
    /// Name or ARN, with `:QUALIFIER` behind it if you like
    #[arg(value_name = "FUNCTION")]
    pub function: String,
    /// Show the value of this variable; may be said more than once
    #[arg(long, value_name = "NAME")]
    pub reveal: Vec<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// How an edit is reviewed.
#[derive(Debug, Clone, ClapArgs)]
pub struct ReviewArgs {
    /// Show the values of this variable in the review; may be said more than once
    #[arg(long, value_name = "NAME")]
    pub reveal: Vec<String>,
    /// Plan or act.
    #[command(flatten)]
    pub consent: Consent,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `config set`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = settings())]
pub struct SetArgs {
    /// Name or ARN
    #[arg(value_name = "FUNCTION")]
    pub function: String,
    /// `memory=512 timeout=30 env.LOG_LEVEL=debug`; beside settings and variables
    /// `trigger.QUEUE.batch_size=5`, `alias.live=7,8=0.1`, `provisioned.live=5`, `url=AWS_IAM` and
    /// `tag.KEY=VALUE`; --help names all. An empty value unsets what can be unset
    #[arg(value_name = "NAME=VALUE")]
    pub assignments: Vec<String>,
    /// The same to this function too: one review, a result for each; may be said more than once
    #[arg(long, value_name = "FUNCTION")]
    pub to: Vec<String>,
    /// Unset a setting, or remove a variable (`env.NAME`) or a tag (`tag.KEY`); may be said more
    /// than once
    #[arg(long, value_name = "NAME")]
    pub unset: Vec<String>,
    /// Set the variables of this file in the form of a .env file
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
    /// Publish a version with this description after the update
    #[arg(long, value_name = "TEXT")]
    pub publish: Option<String>,
    /// Lead this alias to what is published; may be said more than once
    #[arg(long, value_name = "ALIAS")]
    pub shift: Vec<String>,
    /// Review.
    #[command(flatten)]
    pub review: ReviewArgs,
}

/// `config diff`.
#[derive(Debug, ClapArgs)]
pub struct DiffArgs {
    /// Name or ARN, with `:QUALIFIER` behind it if you like
    #[arg(value_name = "A")]
    pub left: String,
    /// The same
    #[arg(value_name = "B")]
    pub right: String,
    /// Show the values of this variable; may be said more than once
    #[arg(long, value_name = "NAME")]
    pub reveal: Vec<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `config revert` and `config finish`.
#[derive(Debug, ClapArgs)]
pub struct RevertArgs {
    /// The id that the edit ended with
    #[arg(value_name = "ID")]
    pub id: String,
    /// Review.
    #[command(flatten)]
    pub review: ReviewArgs,
}

/// `pause`, `stop` and `resume`.
#[derive(Debug, ClapArgs)]
pub struct PauseArgs {
    /// Name or ARN
    #[arg(value_name = "FUNCTION")]
    pub function: String,
    /// Plan or act.
    #[command(flatten)]
    pub consent: Consent,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// `alias`.
#[derive(Debug, ClapArgs)]
pub struct AliasArgs {
    /// Name or ARN
    #[arg(value_name = "FUNCTION")]
    pub function: String,
    /// The alias
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The version that it leads to
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub version: Routing,
    /// A second version and its share, above 0 and below 1, for example `43=0.1` or `43=10%`
    #[arg(long, value_name = "VERSION=SHARE", value_parser = weight)]
    pub weight: Option<(String, f64)>,
    /// Plan or act.
    #[command(flatten)]
    pub consent: Consent,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
}

/// One version, as it is typed everywhere: `7`, `v7`, `$LATEST`.
fn version(text: &str) -> Result<Routing, String> {
    let rule = "give a version, for example 43";
    match Routing::parse(text) {
        Ok(routing) if routing.weights.is_empty() && !routing.follows_publish() => Ok(routing),
        _ => Err(rule.to_owned()),
    }
}

/// A second version and its share, as it is typed everywhere: `43=0.1`, `v43=10%`.
fn weight(text: &str) -> Result<(String, f64), String> {
    let rule = || "give VERSION=SHARE, above 0 and below 1, for example 43=0.1".to_owned();
    let mut routing = Routing::parse(&format!("1,{text}")).map_err(|_| rule())?;
    match routing.weights.pop() {
        Some(weight) if routing.weights.is_empty() && !routing.follows_publish() => Ok(weight),
        _ => Err(rule()),
    }
}

/// Every setting with what it takes: the rest of the help of `config set`.
fn settings() -> String {
    let field = |field: Field| (field.name().to_owned(), field.help());
    let trigger = |field: TriggerField| (format!("trigger.QUEUE.{}", field.name()), field.help());
    let others = [
        (
            "env.NAME",
            "a variable; empty is a value, --unset removes it",
        ),
        (
            "alias.NAME",
            "a version, or two with the second one's share: 7,8=0.1",
        ),
        (
            "provisioned.NAME",
            "executions kept ready for a version or an alias; empty gives them back",
        ),
        (
            "url, url.ALIAS",
            "AWS_IAM or NONE, and BUFFERED or RESPONSE_STREAM; empty deletes it",
        ),
        ("tag.KEY", "a tag; empty is a value, --unset removes it"),
        ("publish", "as --publish"),
    ];
    let others = others.map(|(name, help)| (name.to_owned(), help));
    let rows = Field::ALL.into_iter().map(field);
    let rows = rows.chain(TriggerField::ALL.into_iter().map(trigger));
    let mut text = "Names:".to_owned();
    for (name, help) in rows.chain(others) {
        text.push_str(&format!("\n  {name}\n          {help}"));
    }
    text
}
