use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use proptest::prelude::*;

use super::*;
use crate::domain::log::LogEvent;
use crate::domain::report::{Invocation, Status};

const A: SourceId = SourceId(0);
const B: SourceId = SourceId(1);
const REQUEST: &str = "8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1";

fn never() -> bool {
    false
}

/// An event as CloudWatch would return it; its number makes the id.
fn event(number: u64, timestamp: i64, message: &str) -> LogEvent {
    LogEvent {
        id: format!("{number:056}"),
        stream: "2026/11/20/[1]0123456789abcdef".into(),
        timestamp,
        ingested: timestamp + 100,
        message: message.into(),
    }
}

fn events(range: std::ops::Range<u64>, size: usize) -> Vec<LogEvent> {
    range
        .map(|n| event(n, n as i64 * 10, &format!("line {n} {}", "x".repeat(size))))
        .collect()
}

struct Pair {
    log_writer: LogWriter,
    book: Logbook,
}

impl Pair {
    fn new() -> Self {
        Self {
            log_writer: LogWriter::new(),
            book: Logbook::new(),
        }
    }

    fn append(&mut self, source: SourceId, events: &[LogEvent]) -> Splice {
        let splice = self.log_writer.append(source, events);
        self.book.apply(splice.clone());
        splice
    }

    fn backfill(&mut self, events: &[LogEvent]) -> Splice {
        let splice = self.log_writer.backfill(A, events);
        self.book.apply(splice.clone());
        splice
    }

    fn lines(&self) -> Vec<String> {
        lines(self.book.pages())
    }
}

fn lines(pages: &Pages) -> Vec<String> {
    let mut all = Vec::new();
    let _ = pages.read::<()>(|_, text| {
        all.push(text.to_owned());
        ControlFlow::Continue(())
    });
    all
}

fn position(pages: &Pages, index: usize) -> Position {
    pages.get(index).expect("a line").position()
}

#[test]
fn lines_come_back_in_order() {
    let mut pair = Pair::new();
    let splice = pair.append(
        A,
        &[event(2, 20, "b\n"), event(1, 10, "a"), event(3, 20, "c")],
    );
    assert_eq!((splice.new, splice.late, splice.duplicates), (3, 0, 0));
    assert_eq!(pair.lines(), ["a", "b", "c"]);
    let mut cache = BlockCache::default();
    let entry = pair.book.pages().get(1).expect("a line");
    assert_eq!((&*entry.text(&mut cache), entry.timestamp()), ("b", 20));
    assert_eq!(
        pair.book.stream(entry.stream()).map(|stream| stream.source),
        Some(A)
    );
}

#[test]
fn duplicates_are_dropped() {
    let mut pair = Pair::new();
    pair.append(A, &events(0..100, 10));
    let again = pair.append(A, &events(50..120, 10));
    assert_eq!((again.new, again.duplicates, again.late), (20, 50, 0));
    let twice = [event(500, 5000, "x"), event(500, 5000, "x")];
    assert_eq!(pair.append(A, &twice).duplicates, 1);
    assert_eq!((pair.book.len(), pair.book.duplicates()), (121, 51));
}

#[test]
fn late_lines_are_placed_and_marked() {
    let mut pair = Pair::new();
    pair.append(A, &[event(1, 1000, "one"), event(3, 9000, "three")]);
    let mut late = event(2, 5000, "two");
    late.ingested = 8000;
    let splice = pair.append(A, &[late, event(4, 10_000, "four")]);
    assert_eq!((splice.new, splice.late), (2, 1));
    assert_eq!(pair.lines(), ["one", "two", "three", "four"]);
    let marks: Vec<_> = pair
        .book
        .pages()
        .range(0..9)
        .map(|entry| entry.late_by())
        .collect();
    assert_eq!(marks, [None, Some(3000), None, None]);
    // Another function is not late because the first one was read before.
    assert_eq!(pair.append(B, &[event(9, 2000, "other")]).late, 0);
    assert_eq!(pair.backfill(&[event(0, 10, "old")]).late, 0);
    assert_eq!(pair.book.late(), 1);
}

#[test]
fn a_late_line_replaces_one_block() {
    let mut pair = Pair::new();
    pair.append(A, &events(0..2000, 200));
    let before: Vec<_> = pair
        .book
        .pages()
        .blocks()
        .iter()
        .map(|linked| linked.block.id())
        .collect();
    assert!(before.len() > 5);
    let text = format!("late {}", "z".repeat(300));
    let splice = pair.append(A, &[event(90_000, 3005, &text)]);
    let [change] = splice.changes.as_slice() else {
        panic!("one change")
    };
    assert_eq!(change.replaced, Some(before[0]));
    assert_eq!(change.blocks.len(), 2, "the full block is split");
    let after: Vec<_> = pair
        .book
        .pages()
        .blocks()
        .iter()
        .map(|linked| linked.block.id())
        .collect();
    assert_eq!(after[2..], before[1..]);
    assert_eq!(
        pair.lines().iter().position(|line| *line == text),
        Some(301)
    );
}

#[test]
fn a_megabyte_on_one_line_works() {
    let mut pair = Pair::new();
    let big = format!("begin {} needle", "é".repeat(500_000));
    pair.append(
        A,
        &[
            event(1, 10, "before"),
            event(2, 20, &big),
            event(3, 30, "after"),
        ],
    );
    assert_eq!(pair.lines(), ["before", big.as_str(), "after"]);
    let filter = Filter::text(Matcher::new("needle").expect("good"));
    let found = pair
        .book
        .pages()
        .find(&filter, None, Direction::Forward, &never);
    assert_eq!(found, Found::Yes(position(pair.book.pages(), 1)));
    pair.append(A, &[event(4, 15, "late")]);
    assert_eq!(pair.lines()[1], "late");
}

#[test]
fn empty_and_hostile_messages_keep_their_line() {
    let mut pair = Pair::new();
    pair.append(
        A,
        &[
            event(1, 1, ""),
            event(2, 2, "\n\n"),
            event(3, 3, "a\nb\0c\x1b[31m\r\n"),
            event(4, 4, ""),
        ],
    );
    assert_eq!(pair.lines(), ["", "", "a\nb\0c\x1b[31m", ""]);
    assert!(pair.append(A, &[]).changes.is_empty());
}

#[test]
fn positions_survive_growth_late_lines_and_eviction() {
    let mut pair = Pair::new();
    pair.append(A, &events(0..3000, 200));
    let kept = position(pair.book.pages(), 2500);
    let gone = position(pair.book.pages(), 3);
    pair.append(
        A,
        &[
            event(80_000, 24_995, "late, before"),
            event(80_001, 40_000, "new"),
        ],
    );
    pair.backfill(&[event(80_002, -5, "older")]);
    assert_eq!(pair.book.pages().index_of(kept), Some(2502));
    let evicted = pair.book.evict_oldest();
    assert_eq!(pair.book.pages().index_of(kept), Some(2502 - evicted));
    let first = pair.book.evicted();
    pair.book.evict_oldest();
    assert!(pair.book.evicted() > first);
    assert_eq!(pair.book.pages().index_of(gone), None);
    assert_eq!(pair.book.pages().nearest(gone), Some(0));
}

#[test]
fn eviction_keeps_to_the_budget_and_the_oldest_goes_first() {
    let (mut one, mut two) = (Pair::new(), Pair::new());
    one.append(A, &events(0..4000, 150));
    two.append(A, &events(2000..6000, 150));
    let total = one.book.bytes() + two.book.bytes();
    let lines = one.book.len() + two.book.len();
    let budget = total * 2 / 3;
    let evicted = evict_over(&mut [&mut one.book, &mut two.book], budget);
    assert!(evicted > 0 && one.book.bytes() + two.book.bytes() <= budget);
    assert_eq!(one.book.len() + two.book.len() + evicted, lines);
    assert_eq!(one.book.evicted() + two.book.evicted(), evicted);
    assert!(one.book.evicted() > two.book.evicted());
    assert!(one.book.first_line_time() > 0);
    evict_over(&mut [&mut one.book, &mut two.book], 0);
    assert!(
        !one.book.is_empty() && !two.book.is_empty(),
        "the block that is written stays"
    );
    assert_eq!(one.append(A, &events(4000..4001, 1)).new, 1);
    assert_eq!(one.lines().last().map(String::as_str), Some("line 4000 x"));
}

impl Logbook {
    fn first_line_time(&self) -> i64 {
        self.pages().first_timestamp().unwrap_or(0)
    }
}

#[test]
fn what_was_evicted_does_not_come_back_by_itself() {
    let mut pair = Pair::new();
    pair.append(A, &events(0..4000, 150));
    while pair.book.evict_oldest() > 0 {}
    let left = pair.book.len();
    let again = pair.append(A, &events(0..4000, 150));
    assert_eq!(
        (again.new, again.duplicates, again.outdated),
        (0, left, 4000 - left)
    );
    let late = pair.append(A, &[event(70_000, 15, "late for an evicted block")]);
    assert_eq!((late.new, late.outdated), (0, 1));
    assert_eq!((pair.book.len(), pair.book.outdated()), (left, 4001 - left));
    assert_eq!(pair.backfill(&[event(70_000, 15, "asked for")]).new, 1);
    assert_eq!(pair.lines()[0], "asked for");
    let asked = pair.backfill(&events(0..4000, 150));
    assert_eq!(
        (asked.new, asked.duplicates),
        (4000 - left, left),
        "evicted lines can be loaded again"
    );
    assert_eq!(pair.book.len(), 4001);
}

#[test]
fn a_block_evicted_while_it_is_rewritten_stays_evicted() {
    let mut pair = Pair::new();
    pair.append(A, &events(0..2000, 200));
    let in_flight = pair.log_writer.append(A, &[event(70_000, 15, "late")]);
    let evicted = pair.book.evict_oldest();
    pair.book.apply(in_flight);
    assert_eq!(pair.book.evicted(), 2 * evicted + 1);
    assert!(!pair.lines().contains(&"late".to_owned()));
}

#[test]
fn beyond_the_window_the_text_tells_duplicates() {
    let mut pair = Pair::new();
    pair.append(A, &events(0..90_000, 0));
    // Far more than the window holds came since.
    let mut old = events(100..200, 0);
    old.push(event(90_001, 1005, "new old"));
    old.push(event(90_002, 1010, "line 101 "));
    let again = pair.append(A, &old);
    assert_eq!(
        (again.new, again.duplicates),
        (2, 100),
        "equal text under two ids is two lines"
    );
    assert_eq!(pair.book.len(), 90_002);
}

#[test]
fn events_without_id_meet_their_twins() {
    let nameless = |event: &LogEvent| LogEvent {
        id: String::new(),
        ..event.clone()
    };
    let named = [
        event(1, 10, "x"),
        event(2, 10, "x"),
        event(3, 10, "y"),
        event(4, 20, "z"),
    ];
    let live: Vec<_> = named.iter().map(nameless).collect();
    let mut pair = Pair::new();
    assert_eq!(pair.append(A, &live).new, 4);
    assert_eq!(pair.append(A, &live).new, 0);
    assert_eq!(
        pair.append(A, &named).new,
        0,
        "polling brings what Live Tail brought"
    );
    assert_eq!(pair.append(A, &named).new, 0);
    assert_eq!(
        pair.append(A, &[event(5, 10, "x")]).new,
        1,
        "both lines without id are taken"
    );
    let mut pair = Pair::new();
    assert_eq!(pair.append(A, &named).new, 4);
    assert_eq!(pair.append(A, &live).new, 0, "and the other way round");
    assert_eq!(pair.append(A, &[nameless(&event(0, 10, "w"))]).new, 1);
}

#[test]
fn older_history_is_put_before() {
    let mut pair = Pair::new();
    pair.append(A, &events(5000..6000, 100));
    for page in [4000..5000, 3000..4000, 3500..4200] {
        pair.backfill(&events(page, 100));
    }
    assert_eq!(
        pair.lines(),
        events(3000..6000, 100)
            .into_iter()
            .map(|event| event.message)
            .collect::<Vec<_>>()
    );
    let one = pair.book.pages().blocks().len();
    for n in (2900..3000).rev() {
        pair.backfill(&events(n..n + 1, 10));
    }
    assert!(
        pair.book.pages().blocks().len() <= one + 1,
        "single lines do not make blocks"
    );
}

#[test]
fn levels_and_invocations_are_in_the_index() {
    let mut pair = Pair::new();
    let report = format!(
        "REPORT RequestId: {REQUEST}\tDuration: 5 ms\tBilled Duration: 6 ms\tMemory Size: 128 MB\tMax Memory Used: 99 MB"
    );
    pair.append(
        A,
        &[
            event(1, 10, &format!("START RequestId: {REQUEST} Version: 7")),
            event(2, 20, "working"),
        ],
    );
    let splice = pair.append(
        A,
        &[
            event(3, 30, "[ERROR] KeyError: 'amount'\nTraceback"),
            event(4, 40, &report),
        ],
    );
    assert_eq!(splice.invocations.len(), 1);
    let [invocation] = pair.book.invocations(0..9).collect::<Vec<_>>()[..] else {
        panic!("one invocation")
    };
    assert_eq!(
        (invocation.lines, invocation.errors(), invocation.first),
        (4, 1, 10)
    );
    assert_eq!(invocation.first_error(), Some("KeyError: 'amount'"));
    let key = invocation.key();
    assert_eq!(pair.book.invocation(key).map(|found| found.first), Some(10));
    let pages = pair.book.pages();
    assert!(
        pages
            .range(0..4)
            .all(|entry| entry.invocation() == Some(key))
    );
    assert!(pages.get(0).is_some_and(|entry| entry.is_platform()));
    let error = pages.find(&Filter::errors(), None, Direction::Backward, &never);
    assert_eq!(error, Found::Yes(position(pages, 2)));
    assert_eq!(pages.count(&Filter::invocation(key), &never), Found::Yes(4));
}

#[test]
fn invocations_go_with_their_lines() {
    let mut pair = Pair::new();
    let mut events = Vec::new();
    for n in 0..3000_u64 {
        let id = format!("{n:08x}-2e4c-5a8b-9d5f-2f6a0b7c31e1");
        events.push(event(
            n,
            n as i64,
            &format!("START RequestId: {id} Version: 7 {}", "x".repeat(200)),
        ));
    }
    pair.append(A, &events);
    assert_eq!(pair.book.invocation_count(), 3000);
    let evicted = pair.book.evict_oldest();
    assert_eq!(pair.book.invocation_count(), 3000 - evicted);
    assert_eq!(
        pair.book.invocations(0..1).next().map(|one| one.first),
        pair.book.pages().first_timestamp()
    );
}

#[test]
fn searching_finds_neighbours_and_stops_when_told() {
    let mut pair = Pair::new();
    pair.append(A, &events(0..3000, 100));
    pair.append(
        A,
        &[
            event(90_000, 7777, "a Needle\nin two lines"),
            event(90_001, 22_222, "another needle"),
        ],
    );
    let pages = pair.book.snapshot();
    let filter = Filter::text(Matcher::new("needle").expect("good"));
    let find = |from, direction| pages.find(&filter, from, direction, &never);
    let Found::Yes(first) = find(None, Direction::Forward) else {
        panic!("there are two")
    };
    let Found::Yes(second) = find(Some(first), Direction::Forward) else {
        panic!("there are two")
    };
    assert_eq!((first.timestamp, second.timestamp), (7777, 22_222));
    assert_eq!(find(Some(second), Direction::Forward), Found::No);
    assert_eq!(find(Some(second), Direction::Backward), Found::Yes(first));
    assert_eq!(find(Some(first), Direction::Backward), Found::No);
    assert_eq!(find(None, Direction::Backward), Found::Yes(second));
    let gone = Position {
        timestamp: 10_000,
        entry: EntryId(u64::MAX),
    };
    assert_eq!(find(Some(gone), Direction::Forward), Found::Yes(second));
    assert_eq!(find(Some(gone), Direction::Backward), Found::Yes(first));
    assert_eq!(
        pages.find(&filter, None, Direction::Forward, &|| true),
        Found::Cancelled
    );
    assert_eq!(pages.count(&filter, &never), Found::Yes(2));
    let looked = Cell::new(0);
    let stop_later = || {
        looked.set(looked.get() + 1);
        looked.get() > 2
    };
    assert_eq!(pages.count(&filter, &stop_later), Found::Cancelled);
    assert_eq!(
        pages.collect(&filter, None, Direction::Backward, 9, &never),
        Found::Yes(vec![second, first])
    );
}

#[test]
fn a_match_never_spans_two_lines() {
    let mut pair = Pair::new();
    pair.append(
        A,
        &[
            event(1, 1, "foo"),
            event(2, 2, "bar"),
            event(3, 3, "foo\nbar"),
            event(4, 4, "baz"),
        ],
    );
    let count = |pattern: &str| {
        pair.book
            .pages()
            .count(&Filter::text(Matcher::new(pattern).expect("good")), &never)
    };
    assert_eq!(count("/foo\\s+bar/"), Found::Yes(1));
    assert_eq!(count("/(?s)foo.*baz/"), Found::No);
    assert_eq!(count("/^bar$/"), Found::Yes(2));
    assert_eq!(count("/\\Abar\\z/"), Found::Yes(1));
    assert_eq!(count("/x*/"), Found::Yes(4));
}

#[test]
fn a_kept_view_searches_new_blocks_only() {
    let mut pair = Pair::new();
    pair.append(A, &events(0..3000, 100));
    let filter = Filter::text(Matcher::new("/^line \\d*7 /").expect("good"));
    let kept = Kept::new(filter, pair.book.snapshot(), &never).expect("not cancelled");
    assert_eq!(kept.len(), 300);
    assert_eq!(kept.get(0).map(|entry| entry.timestamp()), Some(70));
    let chosen = kept.get(150).expect("a line").position();
    assert_eq!(kept.index_of(chosen), Some(150));
    pair.append(A, &events(3000..3010, 100));
    pair.append(A, &[event(90_000, 75, "line 1007 late")]);
    let searched = Cell::new(0);
    let counting = || {
        searched.set(searched.get() + 1);
        false
    };
    let kept = kept
        .refresh(pair.book.snapshot(), &counting)
        .expect("not cancelled");
    assert!(
        searched.get() <= 3,
        "{} blocks were searched again",
        searched.get()
    );
    assert_eq!((kept.len(), kept.index_of(chosen)), (302, Some(151)));
    let times: Vec<_> = kept.range(0..3).map(|entry| entry.timestamp()).collect();
    assert_eq!(times, [70, 75, 170]);
    let not_kept = position(pair.book.pages(), 0);
    assert_eq!(
        (kept.index_of(not_kept), kept.nearest(not_kept)),
        (None, Some(0))
    );
    assert!(
        kept.refresh(pair.book.snapshot(), &|| true).is_some(),
        "nothing is left to search"
    );
    assert!(Kept::new(Filter::default(), pair.book.snapshot(), &|| true).is_none());
}

#[test]
fn a_snapshot_does_not_change() {
    let mut pair = Pair::new();
    pair.append(A, &events(0..1000, 100));
    let before = pair.book.snapshot();
    pair.append(A, &events(1000..2000, 100));
    pair.book.evict_oldest();
    assert_eq!(
        lines(&before),
        events(0..1000, 100)
            .into_iter()
            .map(|event| event.message)
            .collect::<Vec<_>>()
    );
}

#[test]
fn time_is_a_way_in() {
    let mut pair = Pair::new();
    assert_eq!(
        (
            pair.book.pages().seek(5),
            pair.book.pages().first_timestamp()
        ),
        (None, None)
    );
    pair.append(A, &events(0..1000, 100));
    let pages = pair.book.pages();
    assert_eq!(
        [-5, 0, 5, 10, 9990, 99_999].map(|time| pages.seek(time)),
        [0, 0, 1, 1, 999, 999].map(Some)
    );
    assert_eq!(
        (pages.first_timestamp(), pages.last_timestamp()),
        (Some(0), Some(9990))
    );
    let bars = pages.histogram(0, 10_000, 4);
    assert_eq!(
        bars.iter().map(|bar| bar.lines).collect::<Vec<_>>(),
        [250; 4]
    );
    assert_eq!(
        pages
            .histogram(5, 25, 2)
            .iter()
            .map(|bar| bar.lines)
            .collect::<Vec<_>>(),
        [1, 1]
    );
}

#[test]
fn a_line_takes_little_memory() {
    let mut pair = Pair::new();
    let json = |n: u64| {
        format!(
            "{{\"timestamp\":\"2026-11-20T02:28:41.{:03}Z\",\"level\":\"INFO\",\"requestId\":\"{REQUEST}\",\"message\":\"charging\",\"orderId\":\"o-{n}\",\"amount\":{},\"durationMs\":{}}}",
            n % 1000,
            n * 7919 % 1000,
            n * 104_729 % 997
        )
    };
    let events: Vec<_> = (0..20_000).map(|n| event(n, n as i64, &json(n))).collect();
    pair.append(A, &events);
    assert!(
        pair.book.bytes() / pair.book.len() < 64,
        "{} bytes a line",
        pair.book.bytes() / pair.book.len()
    );
}

/// What a step of a random history does.
#[derive(Debug, Clone)]
enum Step {
    Append(Vec<(u64, u8)>),
    Backfill(Vec<(u64, u8)>),
    Evict,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let batch = || prop::collection::vec((0_u64..60, 0_u8..4), 0..12);
    prop::collection::vec(
        prop_oneof![6 => batch().prop_map(Step::Append), 2 => batch().prop_map(Step::Backfill), 1 => Just(Step::Evict)],
        1..14,
    )
}

/// The event of a number: always the same, some with texts that fill a third of a block.
fn numbered(number: u64, fill: u8) -> LogEvent {
    let size = if number.is_multiple_of(5) {
        22_000
    } else {
        usize::from(fill)
    };
    event(
        number,
        (number / 3) as i64,
        &format!("{number}:{}", "y".repeat(size)),
    )
}

/// The number that a text begins with.
fn number_of(text: &str) -> u64 {
    let digits = text.split(':').next().unwrap_or_default();
    digits
        .parse()
        .expect("every text of these tests begins with its number")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_history_equals_the_sorted_set(steps in steps()) {
        let mut pair = Pair::new();
        let mut model: BTreeMap<(i64, u64), String> = BTreeMap::new();
        let mut texts: BTreeMap<u64, LogEvent> = BTreeMap::new();
        let mut newest = None;
        for step in steps {
            let (batch, live) = match step {
                Step::Evict => {
                    let evicted = pair.book.evict_oldest();
                    for _ in 0..evicted {
                        model.pop_first();
                    }
                    continue;
                }
                Step::Append(batch) => (batch, true),
                Step::Backfill(batch) => (batch, false),
            };
            let delivered: Vec<_> = batch
                .iter()
                .map(|&(number, fill)| texts.entry(number).or_insert_with(|| numbered(number, fill)).clone())
                .collect();
            let evicted_before = pair.book.evicted();
            let splice = if live { pair.append(A, &delivered) } else { pair.backfill(&delivered) };
            prop_assert_eq!(pair.book.evicted(), evicted_before);
            prop_assert_eq!(splice.new + splice.duplicates + splice.outdated, delivered.len());
            let mut late = 0;
            let mut added = 0;
            let present: BTreeSet<u64> = pair.lines().iter().map(|line| number_of(line)).collect();
            let mut in_batch = BTreeSet::new();
            for one in &delivered {
                let number: u64 = number_of(&one.id);
                if !in_batch.insert(number) || model.contains_key(&(one.timestamp, number)) {
                    continue;
                }
                if present.contains(&number) {
                    added += 1;
                    late += usize::from(live && newest.is_some_and(|newest| one.timestamp < newest));
                    model.insert((one.timestamp, number), one.message.clone());
                } else {
                    prop_assert!(live && pair.book.evicted() > 0, "only what is older than an evicted line is left out");
                }
            }
            prop_assert_eq!((splice.new, splice.late), (added, late));
            if live {
                newest = newest.max(delivered.iter().map(|one| one.timestamp).max());
            }
            let expected: Vec<_> = model.values().cloned().collect();
            prop_assert_eq!(pair.lines(), expected);
            check_reading(pair.book.pages())?;
            let bytes: usize = pair.book.pages().blocks().iter().map(|linked| linked.block.bytes()).sum();
            prop_assert_eq!(pair.book.bytes(), bytes);
        }
    }
}

/// Indices, positions, ranges and views of a snapshot agree.
fn check_reading(pages: &Pages) -> Result<(), TestCaseError> {
    let all: Vec<_> = pages
        .range(0..usize::MAX)
        .map(|entry| entry.position())
        .collect();
    prop_assert_eq!(all.len(), pages.len());
    for (index, &position) in all.iter().enumerate() {
        prop_assert_eq!(pages.index_of(position), Some(index));
        prop_assert_eq!(
            pages.get(index).map(|entry| entry.position()),
            Some(position)
        );
    }
    let mut backwards: Vec<_> = pages
        .range(0..all.len())
        .rev()
        .map(|entry| entry.position())
        .collect();
    backwards.reverse();
    prop_assert_eq!(&backwards, &all);
    let distinct: BTreeSet<_> = all.iter().map(|position| position.entry).collect();
    prop_assert_eq!(distinct.len(), all.len());
    let filter = Filter::text(Matcher::new("/^\\d*[05]:/").expect("good"));
    let kept = Kept::new(filter.clone(), pages.clone(), &never).expect("not cancelled");
    let kept: Vec<_> = kept
        .range(0..usize::MAX)
        .map(|entry| entry.position())
        .collect();
    let collected = match pages.collect(&filter, None, Direction::Forward, usize::MAX, &never) {
        Found::Yes(found) => found,
        _ => Vec::new(),
    };
    prop_assert_eq!(kept, collected);
    Ok(())
}

/// The lines of environments that ran one invocation after the other, in the ways of several
/// runtimes, as events in the order of the book.
fn environments(seed: &[(u8, u8, u8)]) -> Vec<LogEvent> {
    let mut events = Vec::new();
    let mut clocks = [0_i64; 2];
    for (number, &(shape, pause, gap)) in (0_u64..).zip(seed) {
        let stream = usize::from(shape & 1);
        let id = format!("8f0c5a51-2e4c-5a8b-9d5f-{number:012}");
        let clock = &mut clocks[stream];
        let node =
            |level: &str, text: &str| format!("2026-11-29T06:23:17.120Z\t{id}\t{level}\t{text}");
        let report = format!(
            "REPORT RequestId: {id}\tDuration: 5.00 ms\tBilled Duration: 6 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t"
        );
        let (start, end) = (
            format!("START RequestId: {id} Version: 7"),
            format!("END RequestId: {id}"),
        );
        let lines = match shape >> 1 {
            0 => vec![
                start,
                "working".into(),
                "[ERROR] KeyError: 'amount'\rTraceback (most recent call last):".into(),
                end,
                report,
            ],
            1 => vec![start, "working".into(), end, report],
            2 => vec![
                start,
                node("INFO", "x"),
                node(
                    "ERROR",
                    "Invoke Error \t{\"errorType\":\"Empty\",\"errorMessage\":\"no\"}",
                ),
                end,
                report,
            ],
            3 => vec![
                start,
                "Error raised from handler method".into(),
                "{\n  \"errorMessage\": \"no\",\n  \"errorType\": \"Function<Empty>\"\n}".into(),
                end,
                report,
            ],
            4 => vec![
                start,
                "ERROR no table".into(),
                format!("RequestId: {id} Error: Runtime exited with error: exit status 1"),
                "Runtime.ExitError".into(),
                end,
                report,
            ],
            5 => vec![
                "idle".into(),
                start,
                end,
                format!("2026-11-29T06:23:17.120Z {id} Task timed out after 3.00 seconds"),
                report,
            ],
            6 => vec![
                format!(
                    r#"{{"time":"t","type":"platform.start","record":{{"requestId":"{id}","version":"7"}}}}"#
                ),
                r#"{"level":"ERROR","message":"no","errorType":"Empty"}"#.into(),
                format!(
                    r#"{{"time":"t","type":"platform.report","record":{{"requestId":"{id}","metrics":{{"durationMs":1}},"status":"error","errorType":"Empty"}}}}"#
                ),
            ],
            // Its start was lost.
            _ => vec!["[ERROR] KeyError: 'x'".into(), end, report],
        };
        for line in lines {
            let mut event = event(events.len() as u64, *clock, &line);
            event.stream = format!("2026/11/20/[1]{stream}");
            *clock += i64::from(pause % 3);
            events.push(event);
        }
        *clock += i64::from(gap % 4) * 1_000;
    }
    events
}

/// What stands in the rows of the invocations, and of which invocation each line is.
fn rows(book: &Logbook) -> (Vec<Invocation>, Vec<(i64, Option<InvocationKey>)>) {
    let mut invocations: Vec<Invocation> = book
        .invocations(0..usize::MAX)
        .map(|one| (**one).clone())
        .collect();
    // The number of a stream is that of its first sight.
    let streams = book.streams();
    for invocation in &mut invocations {
        let name = &streams[invocation.stream.0 as usize].name;
        invocation.stream = StreamId(u32::from(name.ends_with('1')));
    }
    let lines = book.pages().range(0..usize::MAX);
    let lines = lines.map(|line| (line.timestamp(), line.invocation()));
    (invocations, lines.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]
    #[test]
    fn any_order_and_any_pages_give_the_same_rows(
        seed in prop::collection::vec((0_u8..16, 0_u8..4, 0_u8..4), 1..14),
        order in prop::collection::vec(any::<u16>(), 90),
        pages in prop::collection::vec((1_usize..9, any::<bool>()), 90),
        shuffle in 0_u8..3,
    ) {
        let events = environments(&seed);
        let mut inorder = Pair::new();
        let sorted = { let mut sorted = events.clone(); sorted.sort_by_key(|event| (event.timestamp, event.ingested, event.id.clone())); sorted };
        inorder.append(A, &sorted);

        // All at random, late by a little, or the newest first and the past afterwards.
        let mut shuffled: Vec<(i64, LogEvent)> = sorted.iter().cloned().zip(order.iter().cycle()).zip(0_i64..).map(|((event, order), place)| {
            let place = match shuffle {
                0 => i64::from(*order),
                1 => place * 4 + i64::from(order % 23),
                _ => -place / 5,
            };
            (place, event)
        }).collect();
        shuffled.sort_by_key(|(place, _)| *place);
        let mut pair = Pair::new();
        let mut rest: Vec<LogEvent> = shuffled.into_iter().map(|(_, event)| event).collect();
        for (count, live) in pages.iter().cycle() {
            if rest.is_empty() { break; }
            let later = rest.split_off((*count).min(rest.len()));
            if *live { pair.append(A, &rest); } else { pair.backfill(&rest); }
            rest = later;
        }
        prop_assert_eq!(pair.lines(), inorder.lines());
        let (got, expected) = (rows(&pair.book), rows(&inorder.book));
        prop_assert!(got.1 == expected.1, "lines are of other invocations");
        for (got, expected) in got.0.iter().zip(&expected.0) {
            prop_assert_eq!(got, expected);
        }
        prop_assert_eq!(got.0.len(), expected.0.len());
    }
}

#[test]
fn an_error_that_comes_before_its_start_and_after_its_report_changes_the_row() {
    let id = REQUEST;
    let lines = [
        event(1, 1_000, &format!("START RequestId: {id} Version: 1")),
        event(
            2,
            2_000,
            "[ERROR] KeyError: 'amount'\nTraceback (most recent call last):",
        ),
        event(3, 2_000, &format!("END RequestId: {id}")),
        event(
            4,
            2_000,
            &format!("REPORT RequestId: {id}\tDuration: 5.00 ms\t"),
        ),
    ];
    for order in [[2, 3, 1, 0], [3, 2, 0, 1], [1, 0, 2, 3], [0, 2, 3, 1]] {
        let mut pair = Pair::new();
        for at in order {
            pair.append(A, &lines[at..=at]);
        }
        let row = pair.book.invocations(0..9).next().expect("a row");
        assert_eq!((row.status(), row.lines), (Status::Error, 4), "{order:?}");
        assert_eq!(row.first_error(), Some("KeyError: 'amount'"), "{order:?}");
        let alone = Filter::invocation(row.key());
        assert_eq!(
            pair.book.pages().count(&alone, &never),
            Found::Yes(4),
            "{order:?}"
        );
    }
}
