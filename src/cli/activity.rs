//! `lambdeck activity`: what this machine wrote, the newest last. Reads a local file only.

use jiff::{Timestamp, tz::TimeZone};

use super::{
    Context, Outcome,
    args::{ActivityArgs, ActivityOutput},
    headless,
    output::{Out, Reader, Table},
};
use crate::{
    domain::{
        activity::{Filter, Log, Write, markdown},
        tail::TimeRange,
        text,
    },
    runtime::activity::{ActivityLog, Ask},
};

pub(super) fn run(context: &Context, args: &ActivityArgs) -> anyhow::Result<Outcome> {
    for problem in &context.problems {
        headless::tell(problem);
    }
    let (since, until) = match args.since.as_deref().map(|text| span(text, context)) {
        None => (None, None),
        Some(Ok(span)) => span,
        Some(Err(why)) => return Ok(headless::misused("--since", &why)),
    };
    if context.is_demo {
        headless::tell("the demo account keeps no activity: nothing there is real");
        return Ok(Outcome::Done);
    }
    let file = context.paths.activity_file();
    let ask = Ask {
        since,
        until,
        filter: Filter::parse(&args.filter),
        limit: args.limit,
    };
    let mut log = match ActivityLog::in_file(file.clone()).read(&ask) {
        Ok(log) => log,
        Err(error) => {
            let file = file.display().to_string();
            let file = text::sanitise(&file);
            headless::tell(format_args!("lambdeck: {file} cannot be read: {error}"));
            return Ok(Outcome::Failed);
        }
    };
    log.writes.reverse();
    print(&log, args.output)?;
    for line in log.bad_lines.iter().rev() {
        headless::tell(format_args!("lambdeck: {}, {line}", file.display()));
    }
    let unnamed = log.bad.saturating_sub(log.bad_lines.len() as u64);
    if unnamed > 0 {
        headless::tell(format_args!("  and {unnamed} lines before them"));
    }
    if log.writes.is_empty() {
        headless::tell("nothing was written from this machine that fits");
    }
    // A line that cannot be read may be a write that was asked for.
    Ok(if log.bad == 0 {
        Outcome::Done
    } else {
        Outcome::Failed
    })
}

type Span = (Option<Timestamp>, Option<Timestamp>);

fn span(text: &str, context: &Context) -> Result<Span, String> {
    let now = context.clock.now();
    let range = TimeRange::parse(text, now, &TimeZone::system());
    let (start, end) = range.map_err(|error| error.to_string())?.bounds(now);
    let moment = |at| Timestamp::from_millisecond(at).map_err(|error| error.to_string());
    Ok((Some(moment(start)?), end.map(moment).transpose()?))
}

fn print(log: &Log, output: ActivityOutput) -> anyhow::Result<()> {
    let mut out = Out::stdout();
    let lines: Vec<String> = match output {
        ActivityOutput::Json => log
            .writes
            .iter()
            .map(|write| write.json().to_string())
            .collect(),
        ActivityOutput::Table => table(&log.writes).lines(),
        ActivityOutput::Markdown => vec![markdown(log).trim_end().to_owned()],
    };
    for line in lines {
        if out.line(&line)? == Reader::Gone {
            return Ok(());
        }
    }
    out.flush()?;
    Ok(())
}

fn table(writes: &[Write]) -> Table {
    let mut table = Table::new(&[
        ("TIME", false),
        ("WHO", false),
        ("ACCOUNT", false),
        ("REGION", false),
        ("RESULT", false),
        ("WHAT", false),
        ("OUTCOME", false),
    ]);
    for write in writes {
        let entry = &write.entry;
        table.row([
            write.began.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            write.who().to_owned(),
            entry.account.clone(),
            entry.region.clone(),
            format!("{} {}", write.glyph(), write.word()),
            entry.summary.clone(),
            write.outcome().to_owned(),
        ]);
    }
    table
}
