use proptest::prelude::*;
use ratatui::{buffer::Buffer, layout::Rect};

use super::*;
use crate::{
    domain::{
        log::LogEvent,
        logbook::{LogWriter, SourceId},
    },
    theme::Theme,
};

const ID: &str = "8f0c1e2d-3b4a-49c7-a6d5-e4f3b2a190e1";
/// 2026-11-20 02:28:41 UTC.
const NOW: i64 = 1_795_141_721_000;

fn event(number: usize, at: i64, message: impl Into<String>) -> LogEvent {
    LogEvent {
        id: format!("{number:056}"),
        stream: "s".into(),
        timestamp: at,
        ingested: at,
        message: message.into(),
    }
}

/// A book and who writes it.
struct Sample {
    log_writer: LogWriter,
    book: Logbook,
    count: usize,
}

impl Sample {
    fn new() -> Self {
        Self {
            log_writer: LogWriter::new(),
            book: Logbook::new(),
            count: 0,
        }
    }

    fn of(messages: &[&str]) -> Self {
        let mut sample = Self::new();
        for (number, message) in messages.iter().enumerate() {
            sample.write(NOW + number as i64 * 100, *message);
        }
        sample
    }

    fn write(&mut self, at: i64, message: impl Into<String>) {
        let event = event(self.count, at, message);
        self.count += 1;
        let splice = self.log_writer.append(SourceId(0), &[event]);
        self.book.apply(splice);
    }

    fn lines(&self) -> Lines<'_> {
        Lines::All(self.book.pages())
    }
}

fn view() -> LogView {
    let mut view = LogView::default();
    view.set_now(NOW);
    view
}

fn draw(view: &mut LogView, sample: &Sample, width: u16, height: u16) -> Vec<String> {
    view.layout(width, height, sample.lines(), &sample.book);
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    view.render(area, &mut buf, &Theme::default(), true);
    (0..height)
        .map(|y| {
            let row: String = (0..width).map(|x| buf[(x, y)].symbol()).collect();
            row.trim_end().to_owned()
        })
        .collect()
}

const STACK: &str = "[ERROR] CardDeclined: card declined for 150\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 12, in handler\n    charge(card)\n  File \"/var/lang/lib/x.py\", line 1, in f\n";

fn payments() -> Sample {
    let mut sample = Sample::of(&[
        &format!("START RequestId: {ID} Version: 42\n"),
        &format!("[INFO]\t2026-11-20T02:28:41.133Z\t{ID}\tcharging {{\"amount\": 150}}\n"),
        &format!("[WARNING]\t2026-11-20T02:28:41.233Z\t{ID}\tslow bank\n"),
        STACK,
        &format!("END RequestId: {ID}\n"),
        &format!(
            "REPORT RequestId: {ID}\tDuration: 788.42 ms\tBilled Duration: 789 ms\tMemory Size: 512 MB\tMax Memory Used: 141 MB\t\n"
        ),
    ]);
    sample.write(NOW + 450, "a line that came late");
    sample
}

#[test]
fn the_lines_of_an_invocation_at_three_widths() {
    let sample = payments();
    let mut all = String::new();
    for (width, height) in [(118, 9), (78, 9), (38, 9)] {
        let mut view = view();
        all.push_str(&draw(&mut view, &sample, width, height).join("\n"));
        all.push_str("\n---\n");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn an_unfolded_error_shows_the_users_own_frame() {
    let sample = payments();
    let mut view = view();
    draw(&mut view, &sample, 100, 5);
    let error = sample.book.pages().get(3).expect("there").position();
    view.go_to_error(error, sample.lines());
    let rows = draw(&mut view, &sample, 100, 5);
    assert!(
        rows.iter().any(|row| row.contains("✖ ERROR CardDeclined")),
        "{rows:#?}"
    );
    assert!(rows.iter().any(|row| row.contains("app.py")), "{rows:#?}");
    assert_eq!(view.cursor().map(|spot| spot.position), Some(error));
}

#[test]
fn json_unfolds_and_folds_under_the_cursor() {
    let sample = Sample::of(&["one", r#"{"message":"hi","order":{"id":12}}"#, "three"]);
    let mut view = view();
    draw(&mut view, &sample, 60, 10);
    view.move_by(-1, sample.lines());
    view.toggle_fold(sample.lines());
    let rows = draw(&mut view, &sample, 60, 10);
    assert!(rows[1].contains("hi  order={\"id\":12}"), "{rows:#?}");
    assert!(rows[3].ends_with("\"message\": \"hi\","), "{rows:#?}");
    view.toggle_fold(sample.lines());
    assert!(draw(&mut view, &sample, 60, 10)[2].contains("three"));
}

#[test]
fn following_shows_the_end_and_a_step_up_pauses() {
    let mut sample = Sample::of(&["a", "b", "c"]);
    let mut view = view();
    assert!(draw(&mut view, &sample, 40, 2)[1].ends_with('c'));
    sample.write(NOW + 900, "d");
    assert!(draw(&mut view, &sample, 40, 2)[1].ends_with('d'));
    view.on_move("list.up", sample.lines());
    assert!(!view.is_following());
    let before = draw(&mut view, &sample, 40, 2);
    sample.write(NOW + 1000, "e");
    assert_eq!(draw(&mut view, &sample, 40, 2), before);
    view.on_move("list.bottom", sample.lines());
    assert!(draw(&mut view, &sample, 40, 2)[1].ends_with('e'));
}

#[test]
fn a_late_line_above_moves_nothing_on_the_screen() {
    let mut sample = Sample::new();
    for number in 0..50 {
        sample.write(NOW + number * 100, format!("line {number}"));
    }
    let mut view = view();
    draw(&mut view, &sample, 40, 5);
    view.on_move("list.page-up", sample.lines());
    view.on_move("list.page-up", sample.lines());
    let before = draw(&mut view, &sample, 40, 5);
    sample.write(NOW + 250, "late");
    assert_eq!(draw(&mut view, &sample, 40, 5), before);
}

#[test]
fn wrap_and_width_keep_the_place() {
    let mut sample = Sample::new();
    for number in 0..30 {
        let text = format!("{number:02} ").repeat(60);
        sample.write(NOW + number * 100, text);
    }
    let mut view = view();
    draw(&mut view, &sample, 60, 6);
    for _ in 0..10 {
        view.on_move("list.up", sample.lines());
    }
    draw(&mut view, &sample, 60, 6);
    let cursor = view.cursor().map(|spot| spot.position);
    view.toggle_wrap(sample.lines());
    draw(&mut view, &sample, 60, 6);
    assert_eq!(view.cursor().map(|spot| spot.position), cursor);
    view.on_move("list.down", sample.lines());
    view.on_move("list.down", sample.lines());
    let deep = view.cursor().expect("there");
    assert_eq!((Some(deep.position), deep.row), (cursor, 2));
    draw(&mut view, &sample, 100, 6);
    let wide = view.cursor().expect("there");
    assert_eq!(
        (Some(wide.position), wide.row),
        (cursor, 1),
        "fewer rows, the same words"
    );
}

#[test]
fn panning_moves_the_text_and_not_the_columns() {
    let sample = Sample::of(&["0123456789abcdefghijklmnopqrstuvwxyz"]);
    let mut view = view();
    let rows = draw(&mut view, &sample, 30, 1);
    assert!(rows[0].ends_with('…'), "{rows:?}");
    view.pan(true);
    let rows = draw(&mut view, &sample, 30, 1);
    assert!(
        rows[0].contains("28:41") && rows[0].contains("…hijklm"),
        "{rows:?}"
    );
    view.pan(false);
    assert!(draw(&mut view, &sample, 30, 1)[0].contains("0123"));
}

#[test]
fn marks_are_found_again_in_order() {
    let sample = Sample::of(&["a", "b", "c", "d"]);
    let mut view = view();
    draw(&mut view, &sample, 40, 4);
    view.toggle_mark();
    view.move_by(-2, sample.lines());
    view.toggle_mark();
    view.move_by(-1, sample.lines());
    let first = view.next_mark(true, sample.lines()).expect("a mark");
    view.go_to(first);
    assert_eq!(sample.book.pages().index_of(first), Some(1));
    let second = view.next_mark(true, sample.lines()).expect("a mark");
    assert_eq!(sample.book.pages().index_of(second), Some(3));
    assert_eq!(view.next_mark(false, sample.lines()), None);
    let rows = draw(&mut view, &sample, 40, 4);
    assert!(rows[3].starts_with('●'), "{rows:#?}");
}

#[test]
fn hostile_lines_stay_in_their_cells() {
    let long = "x".repeat(1 << 20);
    let deep = format!("[{}]", "[".repeat(4000));
    let sample = Sample::of(&[
        "\u{1b}[2J\u{1b}[H\u{1b}]0;owned\u{7}\u{1b}[31mred",
        &long,
        "wide 注文番号 👩‍👩‍👧‍👦 🇩🇪 e\u{301}\u{323}",
        r#"{"level":"ERROR","message":"unterminated, "order": {"id": 12,,}"#,
        "bidi \u{202e}gnp.exe\u{202c} zero\u{200b}width",
        "over\rwritten\u{8}\u{0}\u{7f}\tb\nsecond\n\nfourth",
        &deep,
    ]);
    let mut view = view();
    insta::assert_snapshot!(draw(&mut view, &sample, 78, 10).join("\n"));
    view.toggle_wrap(sample.lines());
    for row in draw(&mut view, &sample, 78, 10) {
        assert!(!row.chars().any(char::is_control), "{row:?}");
    }
}

#[test]
fn an_empty_book_and_no_room_draw_nothing() {
    let sample = Sample::new();
    let mut view = view();
    assert_eq!(draw(&mut view, &sample, 40, 2), ["", ""]);
    let sample = Sample::of(&["a"]);
    view.layout(0, 0, sample.lines(), &sample.book);
    view.layout(1, 1, sample.lines(), &sample.book);
    assert_eq!(draw(&mut view, &sample, 1, 1).len(), 1);
}

#[test]
fn found_text_is_unfolded_and_highlighted() {
    let sample = Sample::of(&["a", STACK, "c"]);
    let mut view = view();
    view.highlight(Matcher::new("charge(").ok().as_ref());
    draw(&mut view, &sample, 80, 8);
    let position = sample.book.pages().get(1).expect("there").position();
    view.go_to_match(position, sample.lines());
    draw(&mut view, &sample, 80, 8);
    assert_eq!(view.line_text(), Some("      charge(card)"));
}

#[derive(Debug, Clone)]
enum Step {
    Write(u16, String),
    Move(&'static str),
    Fold,
    Wrap,
    Pan(bool),
    Wheel(i8),
    Resize(u16, u16),
}

fn step() -> impl Strategy<Value = Step> {
    let text = prop_oneof![
        "\\PC{0,40}",
        any::<String>(),
        Just(STACK.to_owned()),
        Just("{\"a\":[1,{\"b\":\"\\u001b\"}],\"message\":\"注文\"}".to_owned()),
        "[a-z 注\u{1b}\u{202e}]{0,300}",
    ];
    prop_oneof![
        3 => (any::<u16>(), text).prop_map(|(at, text)| Step::Write(at, text)),
        2 => prop::sample::select(vec![
            "list.up", "list.down", "list.top", "list.bottom", "list.page-up", "list.half-down",
        ])
        .prop_map(Step::Move),
        1 => Just(Step::Fold),
        1 => Just(Step::Wrap),
        1 => any::<bool>().prop_map(Step::Pan),
        1 => any::<i8>().prop_map(Step::Wheel),
        1 => (0_u16..90, 0_u16..20).prop_map(|(width, height)| Step::Resize(width, height)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_happens_the_cursor_is_on_a_line_and_in_view(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut sample = Sample::new();
        let mut view = view();
        let (mut width, mut height) = (40, 8);
        for step in steps {
            match step {
                Step::Write(at, text) => sample.write(NOW + i64::from(at), text),
                Step::Move(command) => {
                    view.on_move(command, sample.lines());
                }
                Step::Fold => view.toggle_fold(sample.lines()),
                Step::Wrap => {
                    view.toggle_wrap(sample.lines());
                }
                Step::Pan(right) => view.pan(right),
                Step::Wheel(rows) => view.scroll_by(isize::from(rows), sample.lines()),
                Step::Resize(w, h) => (width, height) = (w, h),
            }
            for row in draw(&mut view, &sample, width, height) {
                let hostile = row.chars().any(|c| c.is_control() || c == '\u{202e}');
                prop_assert!(!hostile, "{:?}", row);
            }
            if !sample.book.is_empty() && height > 0 {
                let cursor = view.cursor().expect("on a line");
                prop_assert!(view.shown.iter().any(|shown| {
                    (shown.position, shown.row) == (cursor.position, cursor.row)
                }), "{cursor:?} not in {:?}", view.shown);
                prop_assert!(
                    view.shown.len() == usize::from(height)
                        || view.top.is_some_and(|top| {
                            sample.book.pages().index_of(top.position) == Some(0) && top.row == 0
                        }),
                    "empty room below while lines stand above"
                );
            }
        }
    }
}
