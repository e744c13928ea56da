//! What stands above the lines: what failed, and when how much was logged.

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    domain::{
        age,
        logbook::{Bar, Logbook},
        text,
    },
    store::logs::{Book, Phase},
    theme::{Role, Theme},
    ui::widgets::paint,
};

/// Most bars of one strip.
const BARS: u16 = 60;
/// Kinds of failures that are named.
const KINDS: usize = 3;
/// Cells of a kind's name.
const KIND: usize = 40;
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The histogram, worked out when the lines change and not while drawing.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    key: Option<Key>,
    bars: Vec<Bar>,
    span: String,
}

/// What the bars depend on.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
struct Key {
    lines: usize,
    evicted: usize,
    from: i64,
    to: i64,
    bars: usize,
}

impl Histogram {
    /// Whether there is anything to show.
    pub(super) const fn is_filled(&self) -> bool {
        self.key.is_some()
    }

    /// Brings the bars up to date.
    pub(super) fn settle(&mut self, width: u16, begin: i64, log: &Logbook) {
        let pages = log.pages();
        let (Some(first), Some(last)) = (pages.first_timestamp(), pages.last_timestamp()) else {
            *self = Self::default();
            return;
        };
        let from = if begin > 0 { begin.min(first) } else { first };
        let to = last.saturating_add(1);
        let span = format!("{} – {}", clock(from), clock(last));
        let strips = width.saturating_sub(span.chars().count() as u16 + 11);
        let bars = usize::from((strips / 2).min(BARS));
        let key = Key {
            lines: log.len(),
            evicted: log.evicted(),
            from,
            to,
            bars,
        };
        if self.key != Some(key) {
            self.bars = pages.histogram(from, to, bars);
            self.span = span;
            self.key = Some(key);
        }
    }

    /// Draws both strips: all lines, and errors among them.
    pub(super) fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let strip = |count: fn(&Bar) -> usize, none: char| -> String {
            let most = self.bars.iter().map(count).max().unwrap_or(0);
            self.bars
                .iter()
                .map(|bar| level(count(bar), most).unwrap_or(none))
                .collect()
        };
        let lines = strip(|bar| bar.lines, ' ');
        let errors = strip(|bar| bar.errors, '·');
        let dim = theme.style(Role::Dim);
        let spans = [
            (" ", dim),
            (lines.as_str(), theme.style(Role::Accent)),
            ("  errors ", dim),
            (errors.as_str(), theme.style(Role::Error)),
        ];
        let end = paint::put_spans(buf, area, area.y, &spans);
        let room = area.right().saturating_sub(end + 1);
        paint::put_right(buf, end + 1, area.y, room, &self.span, dim);
    }
}

fn level(count: usize, most: usize) -> Option<char> {
    let top = LEVELS.len() - 1;
    (count > 0).then(|| LEVELS[(count * top).div_ceil(most.max(1)).min(top)])
}

/// `02:14`, in UTC.
pub(super) fn clock(timestamp: i64) -> String {
    let minutes = timestamp.div_euclid(60_000).rem_euclid(24 * 60);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The cause line: what fails, how many invocations of how many, since when; the begin is said only
/// where it is known. `None` while nothing did.
pub(super) fn cause(book: &Book, now: Timestamp) -> Option<String> {
    let cause = book.cause();
    let newest = Timestamp::from_millisecond(cause.newest()?).ok()?;
    let kinds = cause.kinds();
    let mut named: Vec<String> = kinds
        .iter()
        .take(KINDS)
        .map(|(kind, count)| {
            let kind = text::sanitise(kind);
            let kind = text::truncate_middle(&kind, KIND);
            format!("{} × {kind}", age::count(*count as u64))
        })
        .collect();
    if kinds.len() > KINDS {
        named.push(format!("{} more kinds", kinds.len() - KINDS));
    }
    let mut line = format!(
        "newest error {} ago · {} of {} invocations · {}",
        age::age(now, newest),
        age::count(cause.len() as u64),
        age::count(book.log().invocation_count() as u64),
        // Last: where the line is cut, how many of how many stays.
        named.join(", "),
    );
    let is_read = !matches!(book.status().phase, Phase::Starting | Phase::Reading);
    if is_read && cause.has_onset(book.log()) {
        line.push_str(&format!(" · first {}", clock(cause.first()?)));
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_among_thousands_is_still_seen() {
        assert_eq!(level(0, 4000), None);
        assert_eq!(level(1, 4000), Some('▂'));
        assert_eq!(level(4000, 4000), Some('█'));
        assert_eq!(level(1, 1), Some('█'));
    }

    #[test]
    fn times_of_any_day_are_clock_times() {
        assert_eq!(clock(1_795_141_721_000), "02:28");
        assert_eq!(clock(-1), "23:59");
    }
}
