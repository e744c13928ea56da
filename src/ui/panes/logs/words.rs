//! What the pane says about its tail: the title, the status line, and what stands in an empty
//! pane.

use jiff::Timestamp;

use crate::{
    domain::{age, json, report, text},
    ports::ApiError,
    store::{
        Store,
        logs::{Book, Lines, Older, Phase},
        session,
    },
    theme::Role,
};

/// Cells of the function's name in the title.
const NAME: usize = 40;
/// Cells of a request id in the title.
const REQUEST: usize = 13;

/// `payments-charge · following · last 15m · lines`; `found` says which match of how many is shown.
pub(super) fn title(
    book: &Book,
    follows: bool,
    view: &str,
    found: Option<(usize, usize)>,
) -> String {
    let name = match book.sources() {
        [one] => text::truncate_middle(&text::sanitise(&one.name), NAME).into_owned(),
        several => format!("{} functions", several.len()),
    };
    let state = match book.status().phase {
        Phase::Stopped => "stopped",
        Phase::Complete => "complete",
        _ if follows => "following",
        _ => "paused",
    };
    let keep = book.keep();
    let mut parts = vec![name, state.to_owned()];
    let count = |n: usize| age::count(n as u64);
    if let Some((place, all)) = found {
        parts.push(format!("{} of {}", count(place), count(all)));
    }
    if keep.errors_only {
        parts.push("errors only".to_owned());
    }
    if !keep.text.is_empty() {
        parts.push(format!("only {}", keep.text));
    }
    match (book.narrowed(), keep.invocations.iter().next()) {
        (Some((_, 1)), Some(key)) => parts.push(match book.log().invocation(*key) {
            Some(invocation) => {
                let id = invocation.request_id.to_string();
                let id = text::truncate_middle(&text::sanitise(&id), REQUEST).into_owned();
                format!("only request {id}")
            }
            None => "only one request, awaited".to_owned(),
        }),
        (Some((here, wanted)), _) => parts.push(if here == wanted {
            format!("only {} requests", count(wanted))
        } else {
            format!("only {} requests, {} read", count(wanted), count(here))
        }),
        (None, _) => {}
    }
    // Behind what is left out: a title that is cut must not hide that.
    parts.push(book.range().to_string());
    parts.push(view.to_owned());
    parts.join(" · ")
}

/// Of how many invocations alone the lines are wanted, if none of them came so far.
fn awaited(book: &Book) -> Option<usize> {
    book.narrowed()
        .filter(|(here, _)| *here == 0)
        .map(|(_, wanted)| wanted)
}

/// Source, failures, lag, gaps and drops first: they stay when it gets narrow.
pub(super) fn status_line(book: &Book, store: &Store) -> String {
    let (status, log) = (book.status(), book.log());
    let mut parts = Vec::new();
    parts.push(match status.phase {
        Phase::Starting => "asking".to_owned(),
        Phase::Reading => "reading".to_owned(),
        Phase::Following => "polling".to_owned(),
        Phase::Complete => "read to its end".to_owned(),
        Phase::Stopped => "stopped".to_owned(),
    });
    if let Some(error) = &status.error {
        parts.push(short(error));
    }
    if let Some(slow) = status.slow {
        let seconds = slow.as_secs_f64();
        parts.push(format!("slowed down to a call in {seconds:.0}s"));
    }
    if let Some(lag) = status.lag_ms.filter(|_| status.phase == Phase::Following) {
        parts.push(format!("{} behind", seconds(lag)));
    }
    let is_read = !matches!(status.phase, Phase::Starting | Phase::Reading);
    if let Some((here, wanted)) = book
        .narrowed()
        .filter(|(here, wanted)| here < wanted && is_read)
        && wanted > 1
    {
        parts.push(format!(
            "{} of {} requests are in what was read: t another time, b older",
            age::count(here as u64),
            age::count(wanted as u64)
        ));
    }
    if status.late_may_be_missed {
        parts.push("late lines may be missed".to_owned());
    }
    if let Some(bad) = &status.bad_token {
        parts.push(format!("{bad}: lines may be missing"));
    }
    if let Some(pages) = status.many_empty {
        parts.push(format!("{pages} empty pages in a row: one a second"));
    }
    if !status.missing.is_empty() && book.sources().len() > 1 {
        parts.push(format!("{} log groups do not exist", status.missing.len()));
    }
    match status.older {
        Older::Idle => {}
        Older::Reading => parts.push("reading older lines".to_owned()),
        Older::Nothing => parts.push("nothing older in this span".to_owned()),
    }
    let mut counted = |count: usize, one: &str, many: &str| {
        if count > 0 {
            let word = if count == 1 { one } else { many };
            parts.push(format!("{} {word}", age::count(count as u64)));
        }
    };
    counted(
        log.evicted(),
        "line dropped for memory",
        "lines dropped for memory",
    );
    counted(log.outdated(), "line came too late", "lines came too late");
    counted(log.len(), "event", "events");
    counted(log.duplicates(), "duplicate dropped", "duplicates dropped");
    counted(log.late(), "late", "late");
    let (used, budget) = store.logs.memory();
    parts.push(format!(
        "{} of {:.0} MB",
        megabytes(used),
        budget as f64 / MB
    ));
    parts.join(" · ")
}

const MB: f64 = 1024.0 * 1024.0;

fn megabytes(bytes: usize) -> String {
    let value = bytes as f64 / MB;
    if value >= 10.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}

/// `1.2s`, `45s`, `3m`.
fn seconds(ms: i64) -> String {
    let seconds = ms.max(0) as f64 / 1000.0;
    if seconds < 10.0 {
        format!("{seconds:.1}s")
    } else if seconds < 120.0 {
        format!("{seconds:.0}s")
    } else {
        format!("{:.0}m", seconds / 60.0)
    }
}

fn short(error: &ApiError) -> String {
    error.missing_action().map_or_else(
        || error.to_string(),
        |action| format!("no permission {action} (W why)"),
    )
}

/// What stands where lines would: what would be here, and which key brings it.
pub(super) fn empty(store: &Store) -> (String, Role) {
    let session = store.sessions.current();
    let failed = match &session.status {
        session::Status::Failed(error) => Some(error),
        _ => None,
    };
    let profile = session.target.profile_name();
    let error_text = |error: &ApiError| {
        let next = error.next_step(profile);
        format!("{error}\n\n{next}\n\nr  try again    W  why")
    };
    if let Some(error) = failed {
        return (error_text(error), Role::Error);
    }
    let Some(book) = store.logs.book() else {
        let text = if store.functions.selected().is_some() {
            "opening the log of this function…"
        } else {
            "the log lines of a function stand here\n\n0  choose one in the list of functions"
        };
        return (text.to_owned(), Role::Dim);
    };
    let status = book.status();
    let range = book.range();
    if let Some(error) = &status.error {
        return (error_text(error), Role::Error);
    }
    let group = book.sources().first().map_or("", |source| &source.group);
    if !book.log().is_empty() {
        let text = match book.lines() {
            Lines::Awaited => "filtering…",
            _ if awaited(book) == Some(1) => {
                "no line of this request yet: lines take some seconds to come\n\nesc  all lines"
            }
            _ if awaited(book).is_some() => {
                "no line of these requests was read yet\n\nb  loads older lines    t  another time    esc  all lines"
            }
            _ => "no line matches\n\nesc  all lines    f  errors only, or all",
        };
        return (text.to_owned(), Role::Dim);
    }
    if !status.missing.is_empty() && status.missing.len() == book.sources().len() {
        return (
            format!(
                "log group {group} does not exist yet: it comes with the first line that the function logs\n\ni  invoke it    r  look again now"
            ),
            Role::Dim,
        );
    }
    let text = match status.phase {
        Phase::Starting | Phase::Reading => format!("reading {group}, {range}…"),
        _ => format!(
            "no log lines in {group}, {range}\n\nt 6  looks 24 hours back    b  loads older lines    i  invokes the function"
        ),
    };
    (text, Role::Dim)
}

/// The event as CloudWatch returned it, for reading: head lines, then the message.
pub(super) fn raw(book: &Book, at: i64, stream: Option<&str>, message: &str) -> String {
    let time = Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| at.to_string());
    let group = book.sources().first().map_or("", |source| &source.group);
    let mut text = format!(
        "timestamp      {time}\nlogGroup       {}\nlogStreamName  {}\n\n",
        text::sanitise(group),
        text::sanitise(stream.unwrap_or("?")),
    );
    let head = &message[..message.floor_char_boundary(RAW_LIMIT)];
    let object = report::object_in(head);
    let laid_out = object.and_then(|object| {
        let before = &head[..object.start];
        let gap = if before.is_empty() { "" } else { "\n" };
        Some(format!(
            "{before}{gap}{}",
            json::pretty(&head[object], RAW_LIMIT * 2)?
        ))
    });
    for line in text::lines(laid_out.as_deref().unwrap_or(head)) {
        let line = &*text::without_colours(line);
        let shown = &line[..line.floor_char_boundary(RAW_LINE)];
        text.push_str(&text::sanitise(shown));
        let left = line.len() - shown.len();
        if left > 0 {
            text.push_str(&format!(" … {} more", age::bytes(left as u64)));
        }
        text.push('\n');
    }
    if head.len() < message.len() {
        let left = age::bytes((message.len() - head.len()) as u64);
        text.push_str(&format!("… {left} more: Y copies all of it"));
    }
    text
}

/// More of an event is not laid out for reading, in bytes.
const RAW_LIMIT: usize = 256 * 1024;
/// More of one line is not broken into rows, in bytes.
const RAW_LINE: usize = 16 * 1024;
