//! `lambdeck config`, `pause`, `stop`, `resume` and `alias`: reviewed edits from scripts, with the engine
//! of the console.
//!
//! Every write goes the same way: a draft becomes a plan, the plan is reviewed, `--yes` carries it
//! out and `--dry-run` does not. What locks a session is lifted by `--write` only. Values of the
//! environment stay masked until they are named with `--reveal`.

pub(super) mod args;
mod compare;
mod edit;
mod edits;
mod get;
mod review;
mod stop;

use std::{
    io::{self, BufWriter, Stdout},
    sync::Arc,
};

use tokio_util::sync::CancellationToken;

use super::{Context, Outcome, headless, output::Out};
use crate::{
    domain::{
        draft::{change::Change, record::Record, stop::Move},
        function::Arn,
        text,
    },
    ports::{ApiError, Provider},
    runtime::{
        configure::{
            self, Found, Wanted,
            files::{Left, StateFiles},
        },
        gate::Gate,
    },
};
use args::{AliasArgs, ConfigArgs, ConfigCommand, PauseArgs};

/// What a subcommand works with. An `Err` of its methods was already reported.
struct Cli<'a> {
    context: &'a Context,
    gate: Arc<Gate>,
    stop: &'a CancellationToken,
    files: StateFiles,
}

/// What can be asked of this module.
pub(super) enum Request {
    Config(ConfigArgs),
    Pause(PauseArgs),
    Stop(PauseArgs),
    Resume(PauseArgs),
    Alias(AliasArgs),
}

pub(super) async fn run(
    context: &Context,
    provider: Arc<dyn Provider>,
    request: Request,
    stop: CancellationToken,
) -> anyhow::Result<Outcome> {
    let gate = match headless::open(context, &*provider).await {
        Ok(gate) => gate,
        Err(error) => return Ok(headless::failed(context, &error)),
    };
    let state = if context.is_demo {
        // Edits of the demo account must not mix with those of real functions.
        context.paths.state.join("demo")
    } else {
        context.paths.state.clone()
    };
    let cli = Cli {
        context,
        gate,
        stop: &stop,
        files: StateFiles::under(&state),
    };
    let ended = Box::pin(async {
        match request {
            Request::Config(args) => match args.command {
                ConfigCommand::Get(args) => get::run(&cli, args).await,
                ConfigCommand::Set(args) => edits::set(&cli, args).await,
                ConfigCommand::Diff(args) => compare::run(&cli, args).await,
                ConfigCommand::Revert(args) => {
                    let change = Change::Revert(args.id);
                    edit::follow(&cli, change, args.review).await
                }
                ConfigCommand::Finish(args) => {
                    let change = Change::Finish(args.id);
                    edit::follow(&cli, change, args.review).await
                }
            },
            Request::Pause(args) => stop::stop(&cli, args, Move::PauseTriggers).await,
            Request::Stop(args) => stop::stop(&cli, args, Move::ConcurrencyZero).await,
            Request::Resume(args) => stop::resume(&cli, args).await,
            Request::Alias(args) => edits::alias(&cli, args).await,
        }
    })
    .await;
    Ok(ended.unwrap_or_else(|outcome| outcome))
}

impl Cli<'_> {
    /// The account, if it is known. It is no error if it is not.
    async fn account(&self) -> Result<Option<String>, Outcome> {
        let identity = self.unless_stopped(self.gate.identify()).await?;
        Ok(identity.ok().map(|identity| identity.account))
    }

    /// The ARN and the qualifier of a function that was typed.
    fn function(&self, option: &str, text: &str) -> Result<(Arn, Option<String>), Outcome> {
        super::function::named(self.context, &self.gate, (option, text))
    }

    /// Ends a reading when a signal comes.
    async fn unless_stopped<T>(&self, reading: impl Future<Output = T>) -> Result<T, Outcome> {
        let read = self.stop.run_until_cancelled(reading).await;
        read.ok_or(Outcome::Failed)
    }

    /// Reports a failure.
    fn told<T>(&self, answer: Result<T, ApiError>) -> Result<T, Outcome> {
        answer.map_err(|error| headless::failed(self.context, &error))
    }

    /// What earlier edits left on this machine.
    async fn left(&self) -> Result<Left, Outcome> {
        let left = configure::left(&self.files, self.context.clock.now()).await;
        left.map_err(|error| {
            headless::tell(format_args!("lambdeck: the files of edits: {error}"));
            Outcome::Failed
        })
    }

    /// Reads a function, or one version or alias of it; says what could not be read.
    async fn find(
        &self,
        function: &Arn,
        qualifier: Option<&str>,
        wanted: Wanted,
    ) -> Result<Found, Outcome> {
        // Many answers at once: too large for the stack of whoever asks.
        let reading = Box::pin(configure::find(&self.gate, function, qualifier, wanted));
        let found = self.told(self.unless_stopped(reading).await?)?;
        for note in &found.notes {
            headless::tell(text::sanitise(&note.to_string()));
        }
        Ok(found)
    }

    /// Names the interrupted edits of a function: their process died between two calls.
    async fn tell_interrupted(&self, function: &str) -> Result<(), Outcome> {
        let left = self.left().await?;
        tell_damaged(&left);
        let unfinished = left.unfinished;
        let is_here = |record: &&Record| {
            record.region == self.gate.region() && record.function.resource_name() == function
        };
        for record in unfinished.iter().filter(is_here) {
            headless::tell(text::sanitise(&format!(
                "an earlier edit of {function} did not end ({0}, {1}): {2}; `lambdeck config finish \
                 {0}` does what is left, `lambdeck config revert {0}` takes it back",
                record.id,
                record.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                record.progress(),
            )));
        }
        Ok(())
    }
}

/// Names the records and resume cards that cannot be read.
fn tell_damaged(left: &Left) {
    if let Some(problem) = &left.problem {
        headless::tell(format_args!(
            "lambdeck: what earlier edits left cannot be read: {problem}"
        ));
    }
}

/// Prints lines of untrusted text. A closed pipe is no error.
fn print(lines: &[String]) -> Result<Outcome, Outcome> {
    write(|out| lines.iter().try_for_each(|line| out.text(line).map(drop)))
}

/// Prints objects, one a line. They are not sanitised: that would change values.
fn print_json(objects: &[serde_json::Value]) -> Result<Outcome, Outcome> {
    write(|out| {
        let mut objects = objects.iter();
        objects.try_for_each(|object| out.line(&object.to_string()).map(drop))
    })
}

fn write(
    lines: impl FnOnce(&mut Out<BufWriter<Stdout>>) -> io::Result<()>,
) -> Result<Outcome, Outcome> {
    let mut out = Out::stdout();
    let printed = lines(&mut out).and_then(|()| out.flush().map(drop));
    printed.map(|()| Outcome::Done).map_err(|error| {
        headless::tell(format_args!("lambdeck: standard output: {error}"));
        Outcome::Failed
    })
}
