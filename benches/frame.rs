//! A frame of the log view against ratatui's `Paragraph` drawing the same rows (C1 of the
//! performance goals): 200×60, coloured JSON lines, with what it takes to write the frame out.

#[allow(missing_docs)]
mod data;

use std::io::{self, Write};
use std::time::Duration;

use lambdeck::{
    app::terminal::Canvas,
    domain::{
        json::{self, Kind},
        logbook::{LogWriter, Logbook, SourceId},
    },
    store::logs::Lines,
    theme::{Role, Theme},
    ui::widgets::log_view::LogView,
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::{Paragraph, Widget as _},
};

const WIDTH: u16 = 200;
const HEIGHT: u16 = 60;
const FRAMES: usize = 200;
const ROUNDS: usize = 7;

/// Counts the writes and bytes that would reach a terminal.
#[derive(Default)]
struct Counting {
    writes: usize,
    bytes: usize,
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        self.bytes += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn book(lines: u64) -> Logbook {
    let (mut log, mut log_writer, mut book) =
        (data::Log::new(lines), LogWriter::new(), Logbook::new());
    loop {
        let page = log.page(10_000);
        if page.is_empty() {
            return book;
        }
        book.apply(log_writer.append(SourceId(0), &page));
    }
}

/// How a frame differs from the one before.
#[derive(Clone, Copy, PartialEq)]
enum Change {
    /// Scrolled by one row.
    Row,
    /// Scrolled by a page: other text everywhere.
    Page,
    /// Not at all.
    None,
    /// Moved sideways and back.
    Pan(bool),
}

fn step(view: &mut LogView, change: Change, lines: Lines<'_>) {
    match change {
        Change::Row => view.scroll_by(-1, lines),
        Change::Page => view.scroll_by(-isize::from(HEIGHT as i16), lines),
        Change::None => {}
        Change::Pan(right) => view.pan(right),
    }
}

fn new_view(book: &Logbook, height: u16) -> LogView {
    let mut view = LogView::default();
    view.set_now(book.pages().last_timestamp().unwrap_or_default());
    view.layout(WIDTH, height, Lines::All(book.pages()), book);
    view
}

struct Frame {
    time: Duration,
    writes: f64,
    bytes: f64,
}

/// Time a frame of the view takes, and what it writes.
fn ours(book: &Logbook, height: u16, change: impl Fn(usize) -> Change) -> Frame {
    let theme = Theme::default();
    let area = Rect::new(0, 0, WIDTH, height);
    let mut counted = (0, 0);
    let time = data::median(ROUNDS, || {
        let mut view = new_view(book, height);
        let mut canvas = Canvas::new(Counting::default(), WIDTH, height);
        for frame in 0..FRAMES {
            let lines = Lines::All(book.pages());
            step(&mut view, change(frame), lines);
            view.layout(WIDTH, height, lines, book);
            canvas
                .draw(|buf| view.render(area, buf, &theme, true))
                .expect("counting cannot fail");
        }
        counted = (canvas.out().writes, canvas.out().bytes);
    });
    Frame {
        time: time / FRAMES as u32,
        writes: counted.0 as f64 / FRAMES as f64,
        bytes: counted.1 as f64 / FRAMES as f64,
    }
}

/// The rows that [`ours`] shows, frame by frame.
fn rows(book: &Logbook, change: Change) -> Vec<Vec<String>> {
    let theme = Theme::default();
    let area = Rect::new(0, 0, WIDTH, HEIGHT);
    let mut view = new_view(book, HEIGHT);
    let frame = |_| {
        let lines = Lines::All(book.pages());
        step(&mut view, change, lines);
        view.layout(WIDTH, HEIGHT, lines, book);
        let mut buf = Buffer::empty(area);
        view.render(area, &mut buf, &theme, true);
        let row = |y| (0..WIDTH).map(|x| buf[(x, y)].symbol()).collect::<String>();
        (0..HEIGHT).map(|y| row(y).trim_end().to_owned()).collect()
    };
    (0..FRAMES).map(frame).collect()
}

/// Time that a `Paragraph` of the same rows takes, its spans made from their tokens.
fn paragraph(frames: &[Vec<String>]) -> Frame {
    let theme = Theme::default();
    let area = Rect::new(0, 0, WIDTH, HEIGHT);
    let mut counted = (0, 0);
    let time = data::median(ROUNDS, || {
        let mut canvas = Canvas::new(Counting::default(), WIDTH, HEIGHT);
        for rows in frames {
            let lines: Vec<Line<'_>> = rows.iter().map(|row| line(row, &theme)).collect();
            canvas
                .draw(|buf| Paragraph::new(lines).render(area, buf))
                .expect("counting cannot fail");
        }
        counted = (canvas.out().writes, canvas.out().bytes);
    });
    Frame {
        time: time / frames.len() as u32,
        writes: counted.0 as f64 / frames.len() as f64,
        bytes: counted.1 as f64 / frames.len() as f64,
    }
}

/// Time, sign and text of a row; of the text the words, as many as the view colours.
fn line<'a>(row: &'a str, theme: &Theme) -> Line<'a> {
    let time = row.char_indices().nth(13).map_or(row.len(), |(at, _)| at);
    let mut spans = vec![Span::styled(&row[..time], theme.style(Role::LogTime))];
    let text = &row[time..];
    let start = text.find("  ").map_or(0, |at| at + 2);
    spans.push(Span::styled(&text[..start], theme.style(Role::LogInfo)));
    let text = &text[start..];
    for pair in text.split_inclusive("  ") {
        let (name, value) = pair.split_at(pair.find('=').map_or(0, |at| at + 1));
        spans.push(Span::styled(name, theme.style(Role::JsonKey)));
        let mut at = 0;
        for token in json::tokens(value) {
            let role = match token.kind {
                Kind::Key => Role::JsonKey,
                Kind::String => Role::JsonString,
                Kind::Number => Role::JsonNumber,
                Kind::Bool => Role::JsonBool,
                Kind::Null => Role::JsonNull,
                Kind::Punctuation => Role::JsonPunct,
                Kind::Plain => Role::Text,
            };
            spans.push(Span::raw(&value[at..token.range.start]));
            spans.push(Span::styled(&value[token.range.clone()], theme.style(role)));
            at = token.range.end;
        }
        spans.push(Span::raw(&value[at..]));
    }
    Line::from(spans)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn main() {
    let books: Vec<(u64, Logbook)> = [10, 10_000, 1_000_000]
        .into_iter()
        .map(|lines| (lines, book(lines)))
        .collect();

    println!("a frame of {WIDTH}×{HEIGHT}, median of {ROUNDS} rounds of {FRAMES} frames");
    for (lines, book) in &books[1..] {
        for (name, change) in [
            ("by a row", Change::Row),
            ("by a page", Change::Page),
            ("unchanged", Change::None),
        ] {
            let anchor = paragraph(&rows(book, change));
            let frame = ours(book, HEIGHT, |_| change);
            println!(
                "{lines:>9} lines  {name:<9}  {:>6.0} µs, {:>6.0} bytes in {:.2} writes   Paragraph {:>6.0} µs, {:>6.0} bytes   ratio {:.2} (goal 0.6)",
                micros(frame.time),
                frame.bytes,
                frame.writes,
                micros(anchor.time),
                anchor.bytes,
                data::ratio(frame.time, anchor.time),
            );
        }
    }

    println!("a frame of {WIDTH}×10, moved sideways and back: flat over the size of the book");
    let times: Vec<Duration> = books
        .iter()
        .map(|(lines, book)| {
            let frame = ours(book, 10, |frame| Change::Pan(frame % 2 == 0));
            println!("{lines:>9} lines  {:>6.0} µs", micros(frame.time));
            frame.time
        })
        .collect();
    println!(
        "1,000,000 against 10: {:.2}",
        data::ratio(times[2], times[0])
    );
}
