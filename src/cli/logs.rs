//! `lambdeck logs`: the lines of functions, oldest first, and then what comes.
//!
//! The same tail as the console's, one for each function. As long as the past is read, the lines
//! of several functions are merged by time; what is followed is printed as it comes in.

mod print;

use std::sync::Arc;
use std::{collections::VecDeque, mem, time::Duration};

use jiff::{SignedDuration, tz::TimeZone};
use tokio_util::sync::CancellationToken;

use super::{Context, Outcome, args::LogsArgs, function, headless, output::Reader};
use crate::{
    domain::{
        function::FunctionAddress,
        log::{LogEvent, LogPage, LogQuery},
        tail::{Failure, Plan, Step, Tail, TimeRange},
    },
    ports::{ApiError, Operation, Provider, Wait},
    runtime::{functions, gate::Gate, tailer},
};
use print::{Line, Printer};

/// A function whose lines are asked for.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) group: String,
    shared_group: bool,
}

/// A source's tail, and what waits for its turn among the lines of the others.
struct Reading {
    tail: Tail,
    lines: VecDeque<LogEvent>,
    /// It will bring no more.
    ended: bool,
    /// A failure was told, and not told again until a call succeeds.
    warned: bool,
}

pub(super) async fn run(
    context: &Context,
    provider: Arc<dyn Provider>,
    args: LogsArgs,
    stop: CancellationToken,
) -> anyhow::Result<Outcome> {
    let now = context.clock.now();
    let range = match &args.since {
        Some(text) => match TimeRange::parse(text, now, &TimeZone::system()) {
            Ok(range) => range,
            Err(error) => return Ok(headless::misused("--since", &error)),
        },
        None => TimeRange::Last(SignedDuration::try_from(context.settings.since)?),
    };
    let (start, end) = range.bounds(now);
    if args.follow && end.is_some() {
        return Ok(headless::misused(
            "--follow",
            &"needs a --since that has no end",
        ));
    }
    let functions = args.functions.iter();
    let functions = functions.map(|text| function::address("FUNCTION", text));
    let functions = match functions.collect::<Result<Vec<_>, _>>() {
        Ok(functions) => functions,
        Err(outcome) => return Ok(outcome),
    };
    // Who follows goes on by itself, slower.
    let patience = (!args.follow).then(|| context.global.timeout());
    let gate = match headless::open_for(context, &*provider, patience).await {
        Ok(gate) => gate,
        Err(error) => return Ok(headless::failed(context, &error)),
    };
    let sources = tokio::select! {
        sources = sources(&gate, &functions) => sources,
        () = stop.cancelled() => return Ok(Outcome::Failed),
    };
    let sources = match sources {
        Ok(sources) => sources,
        Err(error) => return Ok(headless::failed(context, &error)),
    };
    let now = now.as_millisecond();
    let readings = sources.iter().map(|source| {
        let plan = Plan {
            pattern: args.filter.clone(),
            end: if args.follow { None } else { end.or(Some(now)) },
            ..Plan::of(&source.name, &source.group, source.shared_group, start)
        };
        Reading {
            tail: Tail::new(plan, now),
            lines: VecDeque::new(),
            ended: false,
            warned: false,
        }
    });
    let tailing = Tailing {
        context,
        follow: args.follow,
        readings: readings.collect(),
        groups: sources.iter().map(|source| source.group.clone()).collect(),
        turn: 0,
        is_incomplete: false,
    };
    let printer = Printer::new(sources, args.output, context.environment.no_color);
    tokio::select! {
        outcome = tailing.run(&gate, printer) => outcome,
        () = stop.cancelled() => Ok(Outcome::Failed),
    }
}

/// Asks each function where it logs: the group is never guessed.
async fn sources(gate: &Gate, named: &[FunctionAddress]) -> Result<Vec<Source>, ApiError> {
    let mut sources = Vec::new();
    for function in named {
        // A version or alias writes to the function's own log.
        let summary = functions::summary(gate, function).await?;
        sources.push(Source {
            name: summary.name.to_string(),
            group: summary.log_group(),
            shared_group: summary.has_custom_log_group(),
        });
    }
    Ok(sources)
}

struct Tailing<'a> {
    context: &'a Context,
    follow: bool,
    readings: Vec<Reading>,
    groups: Vec<String>,
    turn: usize,
    /// Lines are missing.
    is_incomplete: bool,
}

impl Tailing<'_> {
    async fn run(mut self, gate: &Gate, mut printer: Printer) -> anyhow::Result<Outcome> {
        loop {
            let lines = self.in_order();
            let now = self.context.clock.now().as_millisecond();
            let printed = match self.next(now) {
                (source, Step::Ask(query)) => {
                    // The page before is printed while this one is on its way.
                    let (answer, printed) =
                        tailer::ask(gate, &query, printer.print(lines, false)).await;
                    if let Some(error) = self.take(source, &query, answer) {
                        let lines = self.in_order();
                        printed?.0.print(lines, true).await?;
                        return Ok(headless::failed(self.context, &error));
                    }
                    printed
                }
                (_, Step::Wait(until)) => {
                    let printed = printer.print(lines, true).await;
                    let pause = (until - now).max(1).unsigned_abs();
                    if !matches!(printed, Ok((_, Reader::Gone))) {
                        tokio::time::sleep(Duration::from_millis(pause)).await;
                    }
                    printed
                }
                (_, Step::Done) => {
                    printer.print(lines, true).await?;
                    return Ok(if self.is_incomplete {
                        Outcome::Failed
                    } else {
                        Outcome::Done
                    });
                }
            };
            let reader;
            (printer, reader) = printed?;
            if reader == Reader::Gone {
                return Ok(Outcome::Done);
            }
        }
    }

    /// What to do next: first of all, what keeps the lines of others from being printed.
    fn next(&mut self, now: i64) -> (usize, Step) {
        let holds_up = |reading: &Reading| !reading.is_caught_up() && reading.lines.is_empty();
        let urgent = self.readings.iter().any(holds_up);
        let (count, readings) = (self.readings.len(), &mut self.readings);
        tailer::by_turns(&mut self.turn, count, |index| {
            let reading = &mut readings[index];
            if reading.ended || urgent && !holds_up(reading) {
                return Step::Done;
            }
            let step = reading.tail.next(now);
            reading.ended = matches!(step, Step::Done);
            step
        })
    }

    /// Takes an answer in; gives back the failure that ends everything.
    fn take(
        &mut self,
        source: usize,
        query: &LogQuery,
        answer: Result<LogPage, ApiError>,
    ) -> Option<ApiError> {
        let now = self.context.clock.now().as_millisecond();
        let reading = &mut self.readings[source];
        let error = match answer {
            Ok(page) => {
                let before = (
                    reading.tail.bad_token(),
                    reading.tail.many_empty().is_some(),
                );
                reading.warned = false;
                reading
                    .lines
                    .extend(reading.tail.answered(page, now).events);
                if let Some(bad) = reading.tail.bad_token()
                    && before.0 != Some(bad)
                {
                    self.is_incomplete = true;
                    headless::tell(format_args!("lambdeck: {bad}: lines are missing"));
                }
                if let Some(pages) = reading.tail.many_empty()
                    && !before.1
                {
                    let wait = Wait::EmptyPages(pages).of(Operation::FilterLogEvents);
                    headless::tell(format_args!("lambdeck: {wait}"));
                }
                return None;
            }
            Err(error) => error,
        };
        let failure = tailer::failure(&error);
        reading.tail.failed(failure, now);
        let goes_on = match failure {
            Failure::Missing => true,
            // A script is better told of a broken network than kept waiting; throttles were waited
            // out by the Gate.
            Failure::Transient => self.follow,
            Failure::Refused | Failure::Final => !reading.tail.is_stopped(),
        };
        if !goes_on {
            return Some(error);
        }
        if !mem::replace(&mut reading.warned, true) {
            let what = match failure {
                Failure::Missing => {
                    let group = &self.groups[source];
                    format!("no logs yet: the log group {group} does not exist")
                }
                _ => format!("{error}; going on, slower"),
            };
            let safe = crate::domain::text::sanitise(&what);
            headless::tell(format_args!("lambdeck: {safe}"));
        }
        if failure == Failure::Missing && !self.follow {
            reading.ended = true;
        }
        tracing::debug!(group = query.group, %error, "the tail's question failed");
        None
    }

    /// The lines that no line of another source can come before any more.
    fn in_order(&mut self) -> Vec<Line> {
        let mut lines = Vec::new();
        if let [reading] = &mut *self.readings {
            lines.extend(
                reading
                    .lines
                    .drain(..)
                    .map(|event| Line { source: 0, event }),
            );
            return lines;
        }
        loop {
            let holds_up = |reading: &Reading| !reading.is_caught_up() && reading.lines.is_empty();
            if self.readings.iter().any(holds_up) {
                return lines;
            }
            let key = |event: &LogEvent| (event.timestamp, event.ingested);
            let first = self
                .readings
                .iter()
                .enumerate()
                .filter_map(|(source, reading)| Some((key(reading.lines.front()?), source)))
                .min();
            let Some((_, source)) = first else {
                return lines;
            };
            if let Some(event) = self.readings[source].lines.pop_front() {
                lines.push(Line { source, event });
            }
        }
    }
}

impl Reading {
    fn is_caught_up(&self) -> bool {
        // A group that does not exist yet must not hold up the lines of others.
        self.ended || self.tail.is_caught_up() || self.tail.is_missing()
    }
}
