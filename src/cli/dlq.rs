//! `lambdeck dlq`: dead letters from scripts, with the engines of the console.
//!
//! The command line is the confirmation (`--yes`); what locks a session is lifted by `--write`
//! only. Data goes to standard output. Standard error has what is worth knowing and the equation
//! of the report, and progress where it is a terminal.

pub(super) mod args;
mod choice;
mod dry_run;
mod export;
mod import;
mod list;
mod move_task;
mod peek;
mod progress;
mod purge;
mod queue;
mod reading;
mod redrive;
mod resume;
mod run;

use std::{future::Future, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::{
    Context, Outcome, headless,
    output::{Out, Reader},
};
use crate::{
    domain::text,
    ports::{ApiError, Operation, Provider},
    runtime::{gate::Gate, journal::Journals, runner},
};
use args::{DlqArgs, DlqCommand};
use queue::Queue;

/// Everything a subcommand works with. Their `Err` is an end that was told already.
struct Cli<'a> {
    context: &'a Context,
    gate: &'a Arc<Gate>,
    stop: &'a CancellationToken,
}

pub(super) async fn run(
    context: &Context,
    provider: Arc<dyn Provider>,
    args: DlqArgs,
    stop: CancellationToken,
) -> anyhow::Result<Outcome> {
    let gate = match headless::open(context, &*provider).await {
        Ok(gate) => gate,
        Err(error) => return Ok(headless::failed(context, &error)),
    };
    let cli = Cli {
        context,
        gate: &gate,
        stop: &stop,
    };
    // Each of them is large, and only one is needed.
    let ended = Box::pin(async {
        match args.command {
            DlqCommand::List(args) => list::run(&cli, args).await,
            DlqCommand::Peek(args) => peek::run(&cli, args).await,
            DlqCommand::Redrive(args) => redrive::redrive(&cli, args).await,
            DlqCommand::Resume(args) => resume::run(&cli, args).await,
            DlqCommand::Delete(args) => redrive::delete(&cli, args).await,
            DlqCommand::Export(args) => export::run(&cli, args).await,
            DlqCommand::Import(args) => import::run(&cli, args).await,
            DlqCommand::Purge(args) => purge::run(&cli, args).await,
            DlqCommand::MoveTask(args) => move_task::run(&cli, args.command).await,
        }
    })
    .await;
    Ok(ended.unwrap_or_else(|outcome| outcome))
}

impl Cli<'_> {
    /// Finds a queue however it was named.
    async fn find(&self, option: &str, text: &str) -> Result<Queue, Outcome> {
        queue::find(self, &queue::address(option, text)?).await
    }

    /// Who writes, if this session may: told before anything is read or begun for it.
    async fn authorise(&self, operation: Operation) -> Result<Option<String>, Outcome> {
        let account = self.identify().await?;
        self.told(self.gate.permit(operation))?;
        Ok(account)
    }

    /// Who asks: the activity log names the account, and where accounts are protected, an
    /// unknown one counts as protected. A failure to tell is no refusal of its own: that is the
    /// Gate's.
    async fn identify(&self) -> Result<Option<String>, Outcome> {
        let identity = self.unless_stopped(self.gate.identify()).await?;
        Ok(identity.ok().map(|identity| identity.account))
    }

    /// Drops what can be dropped at any time when a signal comes.
    async fn unless_stopped<T>(&self, reading: impl Future<Output = T>) -> Result<T, Outcome> {
        let read = self.stop.run_until_cancelled(reading).await;
        read.ok_or(Outcome::Failed)
    }

    /// The journals of this account; nothing is real on the demo account.
    fn journals(&self) -> Journals {
        if self.context.is_demo {
            Journals::nowhere()
        } else {
            Journals::in_dir(self.context.paths.journals())
        }
    }

    /// Works with files, off the tasks; what fails is told.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, Outcome> {
        match runner::blocking(work).await {
            Some(Ok(done)) => Ok(done),
            Some(Err(error)) => {
                let why = format!("lambdeck: {error:#}");
                headless::tell(text::sanitise(&why));
                Err(Outcome::Failed)
            }
            None => Err(Outcome::Failed),
        }
    }

    /// Says what failed.
    fn told<T>(&self, answer: Result<T, ApiError>) -> Result<T, Outcome> {
        answer.map_err(|error| headless::failed(self.context, &error))
    }
}

/// Prints lines; whoever closes the pipe has seen enough.
fn print(lines: &[String]) -> Result<Outcome, Outcome> {
    let mut out = Out::stdout();
    let printed = lines
        .iter()
        .try_for_each(|line| match out.line(line) {
            Ok(Reader::There) => Ok(()),
            Ok(Reader::Gone) => Err(None),
            Err(error) => Err(Some(error)),
        })
        .and_then(|()| out.flush().map(drop).map_err(Some));
    match printed {
        Ok(()) | Err(None) => Ok(Outcome::Done),
        Err(Some(error)) => {
            headless::tell(format_args!("lambdeck: standard output: {error}"));
            Err(Outcome::Failed)
        }
    }
}

#[cfg(test)]
mod tests;
