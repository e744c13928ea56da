//! The command line: options, and one small file for each headless subcommand.
//!
//! Chooses once between AWS and the demo account; everything behind that is generic over the
//! provider. Data goes to standard output, everything else to standard error.

mod activity;
mod args;
mod config;
mod console;
mod dlq;
mod function;
mod functions;
mod headless;
mod invoke;
mod log;
mod logs;
mod output;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;

use crate::{
    app::scratch::Places,
    aws, demo,
    domain::{session::Target, text},
    ports::Provider,
    runtime::{access::Access, clock::Clock},
    settings::{Environment, Paths, Problem, Settings, create_private_dir},
};
use args::Global;
pub use args::{Args, Command};

/// Exit codes for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was done.
    Done,
    /// Something failed; standard error says what.
    Failed,
    /// What was asked makes no sense; standard error says where.
    Usage,
    /// The function itself returned an error.
    FunctionError,
    /// Ended by a signal.
    Signal(i32),
    /// A part of the program broke.
    Broken,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::Failed => Self::from(1),
            Outcome::Usage => Self::from(2),
            Outcome::FunctionError => Self::from(3),
            Outcome::Signal(number) => Self::from(128_u8.saturating_add(number as u8)),
            Outcome::Broken => Self::from(101),
        }
    }
}

/// What every subcommand needs: the settings, the files, the time, what to open.
pub(crate) struct Context {
    pub(crate) settings: Settings,
    pub(crate) problems: Vec<Problem>,
    pub(crate) environment: Environment,
    pub(crate) paths: Paths,
    pub(crate) clock: Clock,
    pub(crate) global: Global,
    pub(crate) target: Target,
    pub(crate) is_demo: bool,
}

impl Context {
    /// What sessions may write.
    pub(crate) fn access(&self) -> Access {
        let settings = &self.settings;
        let read_only = self.global.read_only || settings.read_only || settings.doubtful;
        Access::new(read_only, self.global.write, settings.protected.clone())
    }
}

/// Runs the command line to its end.
pub fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return misused(&error),
    };
    match start(args) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            headless::tell(format_args!("lambdeck: {error:#}"));
            Outcome::Failed.into()
        }
    }
}

/// Help and version as clap prints them; its errors repeat what was typed, so they are told as
/// everything else is.
fn misused(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        headless::tell(error.render().to_string().trim_end());
        return Outcome::Usage.into();
    }
    // A closed pipe has seen enough.
    let _ = error.print();
    Outcome::Done.into()
}

fn start(args: Args) -> anyhow::Result<Outcome> {
    let (environment, mut paths) = Environment::from_process()?;
    let (settings, mut problems) = Settings::load(&paths);
    let clock = Clock::system();
    log::start(&paths);
    // What is private in it is not, where others can put something else in its place.
    if paths.state.is_dir()
        && let Err(error) = create_private_dir(&paths.state)
    {
        headless::tell(format_args!(
            "lambdeck: {} may be changed by others: {error}",
            paths.state.display()
        ));
    }
    for stayed in Places::of(&paths.state).sweep() {
        headless::tell(format_args!(
            "lambdeck: what an editor was killed over cannot be removed, and may hold secrets: {}",
            text::sanitise(&stayed)
        ));
    }
    let (is_demo, demo_functions) = (args.is_demo(), args.demo_functions());
    if is_demo {
        // What is tried out there must not mix with the events of real functions.
        paths.data = paths.data.join("demo");
    }
    let options = &args.global;
    let aws_environment = aws::Environment::process()
        .with_options(options.profile.as_deref(), options.endpoint_url.as_deref());
    let target = if is_demo {
        demo_target(options)
    } else {
        let target = aws_environment.resolve(
            options.profile.as_deref(),
            options.region.as_deref(),
            options.endpoint_url.as_deref(),
        );
        let findings = match &args.command {
            Some(Command::CheckConfig) => aws_environment.findings(&target),
            _ => aws_environment.warnings(&target),
        };
        problems.extend(findings.into_iter().map(aws_problem));
        target
    };
    let context = Context {
        settings,
        problems,
        environment,
        paths,
        clock,
        global: args.global,
        target,
        is_demo,
    };
    let provider: Arc<dyn Provider> = if is_demo {
        let mut options = demo::Options::new(context.clock.as_fn());
        options.functions = demo_functions.unwrap_or(options.functions);
        Arc::new(demo::Provider::new(options))
    } else {
        Arc::new(aws::Provider::with_env(aws_environment))
    };
    dispatch(args.command, &context, provider)
}

fn aws_problem(finding: aws::Finding) -> Problem {
    Problem {
        line: finding.line,
        ..Problem::of_file(&finding.file, finding.cause)
    }
}

fn demo_target(options: &Global) -> Target {
    Target {
        profile: Some(options.profile.clone().unwrap_or_else(|| "demo".to_owned())),
        region: Some(
            options
                .region
                .clone()
                .unwrap_or_else(|| demo::REGION.to_owned()),
        ),
        endpoint: None,
    }
}

fn dispatch(
    command: Option<Command>,
    context: &Context,
    provider: Arc<dyn Provider>,
) -> anyhow::Result<Outcome> {
    match command {
        None | Some(Command::Demo(_)) => console::run(context, provider),
        Some(Command::Functions(args)) => headless::block_on(context, |signals| {
            functions::run(context, provider, args, signals)
        }),
        Some(Command::Logs(args)) => headless::block_on(context, |signals| {
            logs::run(context, provider, args, signals)
        }),
        Some(Command::Invoke(args)) => headless::block_on(context, |signals| {
            invoke::run(context, provider, args, signals)
        }),
        Some(Command::Dlq(args)) => headless::block_on(context, |signals| {
            dlq::run(context, provider, args, signals)
        }),
        Some(Command::Activity(args)) => activity::run(context, &args),
        Some(Command::Config(args)) => edit(context, provider, config::Request::Config(args)),
        Some(Command::Pause(args)) => edit(context, provider, config::Request::Pause(args)),
        Some(Command::Stop(args)) => edit(context, provider, config::Request::Stop(args)),
        Some(Command::Resume(args)) => edit(context, provider, config::Request::Resume(args)),
        Some(Command::Alias(args)) => edit(context, provider, config::Request::Alias(args)),
        Some(Command::CheckConfig) => Ok(check_config(context)),
    }
}

fn edit(
    context: &Context,
    provider: Arc<dyn Provider>,
    request: config::Request,
) -> anyhow::Result<Outcome> {
    headless::block_on(context, |signals| {
        config::run(context, provider, request, signals)
    })
}

/// Prints every problem of the user's own files; exit code 1 when there is one.
fn check_config(context: &Context) -> Outcome {
    let mut problems = context.problems.clone();
    let (_, of_keymap) =
        crate::keymap::Keymap::load(&context.paths.keymap_file(&context.settings.keymap));
    problems.extend(of_keymap);
    let depth = crate::theme::Depth::Rgb;
    let themes = context.paths.themes();
    for name in [&context.settings.theme.dark, &context.settings.theme.light] {
        let (_, of_theme) = crate::theme::Theme::load(name, Some(&themes), depth);
        for problem in of_theme {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    for problem in &problems {
        headless::tell(problem);
    }
    if problems.is_empty() {
        headless::tell("configuration, keymap, themes and the AWS files are good");
        Outcome::Done
    } else {
        Outcome::Failed
    }
}
