//! `lambdeck dlq redrive` and `dlq delete`: a standing plan, shown or carried out.

use super::{
    Cli,
    args::{Choice, Consent, DeleteArgs, RedriveArgs},
    choice, dry_run,
    queue::Queue,
    reading,
    resume::{scope, tell_damaged},
    run,
};
use crate::{
    cli::{Outcome, args::Output, function, headless},
    domain::{
        jq::Jq,
        redrive::{Destination, Pace, Plan, Scope, Workers},
        text,
    },
    ports::Operation,
    runtime::{
        prepare::{self, Invoked},
        redrive::Start,
    },
};

/// What was said on the command line, understood.
struct Wish {
    queue: String,
    choice: Choice,
    edit: Option<String>,
    to: To,
    limit: Option<u64>,
    pace: Pace,
    keep_trace: bool,
    consent: Consent,
    output: Output,
}

impl Wish {
    /// The call that it is mostly made of.
    const fn operation(&self) -> Operation {
        match self.to {
            To::Source | To::Inferred | To::Queue(_) => Operation::SendMessageBatch,
            To::Invoke(_) => Operation::Invoke,
            To::Nowhere => Operation::DeleteMessageBatch,
        }
    }
}

/// Where letters are wished to go.
enum To {
    Source,
    /// Its source, or the only one that the queue has.
    Inferred,
    Queue(String),
    Invoke(String),
    Nowhere,
}

/// `dlq redrive`.
pub(super) async fn redrive(cli: &Cli<'_>, args: RedriveArgs) -> Result<Outcome, Outcome> {
    let wish = Wish {
        queue: args.queue,
        choice: args.choice,
        edit: args.edit,
        to: match (args.to, args.invoke) {
            (Some(queue), _) => To::Queue(queue),
            (None, Some(function)) => To::Invoke(function),
            (None, None) if args.infer_source => To::Inferred,
            (None, None) => To::Source,
        },
        limit: args.limit,
        pace: Pace {
            per_second: args.rate,
            workers: args.workers.map_or(Workers::Adaptive, Workers::Fixed),
            canary: args.canary.is_some(),
            canary_steps: args.canary.unwrap_or_else(|| Pace::default().canary_steps),
            ..Pace::default()
        },
        keep_trace: args.keep_trace,
        consent: args.consent,
        output: args.output,
    };
    carry_out(cli, wish).await
}

/// `dlq delete`.
pub(super) async fn delete(cli: &Cli<'_>, args: DeleteArgs) -> Result<Outcome, Outcome> {
    let wish = Wish {
        queue: args.queue,
        choice: args.choice,
        edit: None,
        to: To::Nowhere,
        limit: args.limit,
        pace: Pace::default(),
        keep_trace: false,
        consent: args.consent,
        output: args.output,
    };
    carry_out(cli, wish).await
}

async fn carry_out(cli: &Cli<'_>, wish: Wish) -> Result<Outcome, Outcome> {
    let (plan, queue) = plan(cli, &wish).await?;
    refuse_beside_a_move_task(cli, &queue).await?;
    if wish.consent.dry_run {
        return dry_run::show(cli, plan, &queue, wish.output).await;
    }
    let counts = queue.verified(cli, wish.operation())?;
    let known = cli.unless_stopped(reading::known(cli, &queue)).await?;
    let journals = cli.journals();
    let fresh = plan.clone();
    let (journal, tombstones, damaged) = cli
        .blocking(move || {
            let left = journals.left(fresh.account.as_deref(), &fresh.region, fresh.created)?;
            let tombstones = journals.tombstones(&fresh.source, &fresh.id)?;
            let journal = journals.create(&fresh)?;
            Ok((journal, tombstones, left.damaged))
        })
        .await?;
    tell_damaged(&damaged);
    headless::tell(format_args!(
        "{}: plan {} begins: {}, {}",
        queue.name(),
        plan.id,
        text::sanitise(&scope(&plan)),
        plan.goes_to()
    ));
    let visible = counts.visible;
    let visible = wish.limit.map_or(visible, |limit| visible.min(limit));
    let start = Start::fresh(plan, queue.opened.clone(), Vec::new(), known, tombstones);
    let last = run::to_the_end(cli, journal, start, visible).await;
    let keeps_journal = !cli.context.is_demo;
    run::report(queue.name(), &last, keeps_journal, wish.output)
}

/// Understands the wish and looks up what it names. What is misspelt is told before anything is
/// asked.
async fn plan(cli: &Cli<'_>, wish: &Wish) -> Result<(Plan, Queue), Outcome> {
    let predicate = choice::predicate(&wish.choice)?;
    if let Some(edit) = &wish.edit {
        Jq::compile(edit).map_err(|error| headless::misused("--edit", &error))?;
    }
    super::queue::address("QUEUE", &wish.queue)?;
    match &wish.to {
        To::Queue(queue) => drop(super::queue::address("--to", queue)?),
        To::Invoke(function) => drop(function::address("--invoke", function)?),
        To::Source | To::Inferred | To::Nowhere => {}
    }
    let account = if wish.consent.dry_run {
        cli.identify().await?
    } else {
        cli.authorise(wish.operation()).await?
    };
    let queue = cli.find("QUEUE", &wish.queue).await?;
    let mut canary_timeout_s = None;
    let destination = match &wish.to {
        To::Source => Destination::Source,
        To::Inferred => Destination::SourceOr {
            inferred: cli
                .unless_stopped(reading::only_source(cli, &queue))
                .await??,
        },
        To::Nowhere => Destination::Delete,
        To::Queue(to) => {
            let to = cli.find("--to", to).await?;
            if to.arn() == queue.arn() {
                return Err(headless::misused("--to", &"this is the queue itself"));
            }
            Destination::Queue {
                arn: to.arn().clone(),
                url: to.opened.url().clone(),
            }
        }
        To::Invoke(function) => {
            let invoked = invoke(cli, function).await?;
            canary_timeout_s = invoked.canary_timeout_s(&wish.pace);
            invoked.destination()
        }
    };
    let created = cli.context.clock.now();
    let plan = Plan {
        id: prepare::plan_id(created),
        created,
        account,
        region: cli.gate.region().to_owned(),
        profile: cli.context.target.profile.clone(),
        source: queue.arn().clone(),
        source_url: queue.opened.url().clone(),
        source_is_fifo: queue.opened.is_fifo(),
        scope: Scope::Standing {
            filter: (!predicate.is_empty()).then(|| predicate.source().to_owned()),
            limit: wish.limit,
        },
        edit: wish.edit.clone(),
        destination,
        pace: wish.pace.clone(),
        keep_trace: wish.keep_trace,
        canary_timeout_s,
    };
    Ok((plan, queue))
}

/// The function's own ARN: a misspelt one is told before anything is sent.
async fn invoke(cli: &Cli<'_>, typed: &str) -> Result<Invoked, Outcome> {
    let (function, qualifier) = function::named(cli.context, cli.gate, ("--invoke", typed))?;
    let reading = prepare::invoked(cli.gate, function, qualifier);
    let read = cli.unless_stopped(reading).await?;
    cli.told(read)
}

/// Two that empty one queue would leave nobody able to say where a letter went.
async fn refuse_beside_a_move_task(cli: &Cli<'_>, queue: &Queue) -> Result<(), Outcome> {
    let running = prepare::running_move(cli.gate, queue.arn());
    if cli.unless_stopped(running).await?.is_some() {
        let (name, argument) = (queue.name(), queue.argument());
        headless::tell(format_args!(
            "lambdeck: nothing was done: a move task of AWS is emptying {name}"
        ));
        headless::tell(format_args!(
            "  next: wait for it, or `lambdeck dlq move-task cancel {argument} --yes`"
        ));
        return Err(Outcome::Failed);
    }
    Ok(())
}
