//! A tail against a model of the service: late arrivals, small pages, empty pages, throttles.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::domain::logbook::{LogWriter, Logbook, SourceId};

/// 2026-11-20T02:30:00Z.
const NOW: i64 = 1_795_141_800_000;

/// An event and when it can be seen.
#[derive(Debug, Clone)]
struct Written {
    event: LogEvent,
    visible: i64,
}

fn written(number: usize, timestamp: i64, late: i64) -> Written {
    Written {
        event: LogEvent {
            id: format!("{number:056}"),
            stream: "2026/11/20/[$LATEST]ab".into(),
            timestamp,
            ingested: timestamp + late,
            message: format!("line {number}"),
        },
        visible: timestamp + late,
    }
}

/// `FilterLogEvents` over a fixed list, in small pages, some of them empty.
struct Service {
    log: Vec<Written>,
    page: usize,
    empty_pages: bool,
    throttle_every: usize,
    calls: usize,
}

impl Service {
    fn new(log: Vec<Written>) -> Self {
        Self {
            log,
            page: 4,
            empty_pages: false,
            throttle_every: 0,
            calls: 0,
        }
    }

    fn ask(&mut self, query: &LogQuery, now: i64) -> Result<LogPage, Failure> {
        self.calls += 1;
        if self.throttle_every > 0 && self.calls.is_multiple_of(self.throttle_every) {
            return Err(Failure::Transient);
        }
        if query.newest_first {
            assert!(
                query.start >= Some(NEWEST_FIRST_SINCE),
                "the service refuses it"
            );
        }
        if self.empty_pages && query.token.is_none() {
            return Ok(LogPage {
                events: Vec::new(),
                next_token: Some(String::new()),
            });
        }
        let key = |event: &LogEvent| (event.timestamp, event.ingested, event.id.clone());
        let after: Option<(i64, i64, String)> = query
            .token
            .as_ref()
            .filter(|token| !token.is_empty())
            .map(|token| {
                let mut parts = token.splitn(3, ' ');
                let mut next = || parts.next().expect("a token of ours");
                let (timestamp, ingested) = (next().parse(), next().parse());
                (
                    timestamp.expect("ms"),
                    ingested.expect("ms"),
                    next().to_owned(),
                )
            });
        let mut events: Vec<LogEvent> = self
            .log
            .iter()
            .filter(|written| written.visible <= now)
            .map(|written| written.event.clone())
            .filter(|event| query.start.is_none_or(|start| event.timestamp >= start))
            .filter(|event| query.end.is_none_or(|end| event.timestamp <= end))
            .filter(|event| match &after {
                Some(after) if query.newest_first => key(event) < *after,
                Some(after) => key(event) > *after,
                None => true,
            })
            .collect();
        events.sort_by_key(key);
        if query.newest_first {
            events.reverse();
        }
        let limit = self.page.min(query.limit.unwrap_or(u32::MAX) as usize);
        let more = events.len() > limit;
        events.truncate(limit);
        let next_token = events.last().filter(|_| more).map(|last| {
            let (timestamp, ingested, id) = key(last);
            format!("{timestamp} {ingested} {id}")
        });
        Ok(LogPage { events, next_token })
    }
}

/// Drives a tail from a time to another; each call takes a tenth of a second.
fn drive(
    tail: &mut Tail,
    service: &mut Service,
    from: i64,
    until: i64,
    mut take: impl FnMut(Batch),
) -> i64 {
    let mut now = from;
    while now < until {
        match tail.next(now) {
            Step::Ask(query) => {
                let answer = service.ask(&query, now);
                now += 100;
                match answer {
                    Ok(page) => take(tail.answered(page, now)),
                    Err(failure) => tail.failed(failure, now),
                }
            }
            Step::Wait(at) => {
                assert!(at > now, "a wait must end later than now");
                now = at.min(until);
            }
            Step::Done => break,
        }
    }
    now
}

fn plan(newest_first: Option<u32>) -> Plan {
    Plan {
        group: "/aws/lambda/f".into(),
        function: None,
        pattern: None,
        start: NOW - 15 * 60_000,
        end: None,
        newest_first,
    }
}

fn ids(batches: &[Batch]) -> HashMap<String, usize> {
    let mut ids = HashMap::new();
    for event in batches.iter().flat_map(|batch| &batch.events) {
        *ids.entry(event.id.clone()).or_default() += 1;
    }
    ids
}

/// Runs for three minutes and says how often each event was handed out.
fn run(tail: &mut Tail, service: &mut Service) -> Vec<Batch> {
    let mut batches = Vec::new();
    drive(tail, service, NOW, NOW + 180_000, |batch| {
        batches.push(batch);
    });
    batches
}

#[test]
fn the_newest_lines_come_first_and_then_the_rest() {
    let log = (0..40)
        .map(|n| written(n, NOW - 1_000 * (40 - n as i64), 10))
        .collect();
    let mut service = Service::new(log);
    let mut tail = Tail::new(plan(Some(4)), NOW);
    let batches = run(&mut tail, &mut service);
    let first: Vec<&str> = batches[0]
        .events
        .iter()
        .map(|event| event.message.as_str())
        .collect();
    assert_eq!(first, ["line 39", "line 38", "line 37", "line 36"]);
    assert!(!batches[0].is_history && batches[1..].iter().any(|batch| batch.is_history));
    let seen = ids(&batches);
    // Where the two walks meet, one event is handed out by both: the book knows it.
    assert_eq!(seen.len(), 40);
    assert!(tail.is_caught_up());
}

#[test]
fn a_late_event_is_found_by_the_sweep_and_siblings_of_a_millisecond_by_the_head() {
    let mut log: Vec<Written> = (0..60)
        .map(|n| written(n, NOW + 1_000 * n as i64, 200))
        .collect();
    log.push(written(100, NOW + 10_000, 45_000));
    log.push(written(101, NOW + 20_000, 300));
    log.push(written(102, NOW + 20_000, 1_500));
    let mut service = Service::new(log);
    let mut tail = Tail::new(plan(Some(100)), NOW);
    let seen = ids(&run(&mut tail, &mut service));
    for number in [100, 101, 102] {
        assert_eq!(seen.get(&format!("{number:056}")), Some(&1), "{number}");
    }
    assert_eq!(seen.len(), 63);
    assert!(
        tail.window() > WINDOW,
        "a late line widens the window: {}",
        tail.window()
    );
}

#[test]
fn a_quiet_log_is_asked_seldom_and_a_busy_one_often() {
    let mut quiet = Service::new(Vec::new());
    run(&mut Tail::new(plan(Some(100)), NOW), &mut quiet);
    let mut busy = Service::new(
        (0..3_000)
            .map(|n| written(n, NOW + 60 * n as i64, 10))
            .collect(),
    );
    busy.page = 10_000;
    run(&mut Tail::new(plan(Some(100)), NOW), &mut busy);
    assert!((15..40).contains(&quiet.calls), "{}", quiet.calls);
    assert!((120..220).contains(&busy.calls), "{}", busy.calls);
}

#[test]
fn a_line_from_the_future_hides_nothing() {
    let mut log: Vec<Written> = (0..100)
        .map(|n| written(n, NOW + 1_000 * n as i64, 200))
        .collect();
    log[3].event.timestamp = NOW + 3_600_000;
    let mut service = Service::new(log);
    let seen = ids(&run(&mut Tail::new(plan(Some(100)), NOW), &mut service));
    assert_eq!(seen.len(), 100);
}

#[test]
fn after_a_long_pause_there_is_no_gap() {
    let log: Vec<Written> = (0..2_000)
        .map(|n| written(n, NOW + 1_000 * n as i64, 200))
        .collect();
    let mut service = Service::new(log);
    service.page = 100;
    let mut tail = Tail::new(plan(Some(100)), NOW);
    let mut batches = Vec::new();
    drive(&mut tail, &mut service, NOW, NOW + 30_000, |batch| {
        batches.push(batch);
    });
    // Hidden in the middle of a question, and shown again half an hour later.
    assert!(matches!(tail.next(NOW + 40_000), Step::Ask(_)));
    drive(
        &mut tail,
        &mut service,
        NOW + 1_800_000,
        NOW + 2_010_000,
        |batch| batches.push(batch),
    );
    let seen = ids(&batches);
    assert_eq!(seen.len(), 2_000);
    assert!(seen.values().all(|&count| count == 1), "each once");
}

#[test]
fn a_token_that_repeats_ends_the_walk_with_a_note() {
    let mut tail = Tail::new(plan(None), NOW);
    let page = || LogPage {
        events: Vec::new(),
        next_token: Some("same".into()),
    };
    let ask = |tail: &mut Tail| match tail.next(NOW) {
        Step::Ask(query) => query,
        other => panic!("{other:?}"),
    };
    assert_eq!(ask(&mut tail).token, None);
    tail.answered(page(), NOW);
    assert!(tail.bad_token().is_none() && !tail.is_caught_up());
    assert_eq!(ask(&mut tail).token.as_deref(), Some("same"));
    tail.answered(page(), NOW);
    assert_eq!(tail.bad_token(), Some(BadToken::Repeated));
    assert!(tail.is_caught_up());
}

/// Answers with empty pages, each with the token that `token` gives, until the tail has read to
/// its end or asked so often; gives how often it asked, and the time that went by.
fn empty_pages(most: usize, token: impl Fn(usize) -> String) -> (Tail, usize, i64) {
    let mut tail = Tail::new(plan(None), NOW);
    let (mut now, mut asked) = (NOW, 0);
    while asked < most {
        match tail.next(now) {
            Step::Ask(_) => {
                let page = LogPage {
                    events: Vec::new(),
                    next_token: Some(token(asked)),
                };
                tail.answered(page, now);
                asked += 1;
            }
            Step::Wait(until) => now = until,
            Step::Done => break,
        }
        if tail.is_caught_up() {
            break;
        }
    }
    (tail, asked, now - NOW)
}

#[test]
fn tokens_that_go_round_end_the_walk_too() {
    let (tail, asked, _) = empty_pages(50, |asked| ["a", "b", "c"][asked % 3].into());
    assert_eq!(asked, 4);
    assert_eq!(tail.bad_token(), Some(BadToken::Repeated));
}

#[test]
fn a_token_without_an_end_is_not_sent_back() {
    let (tail, asked, _) = empty_pages(50, |_| "t".repeat(1 << 20));
    assert_eq!(asked, 1);
    assert_eq!(tail.bad_token(), Some(BadToken::TooLong(1 << 20)));
}

#[test]
fn behind_a_hundred_empty_pages_one_is_asked_for_each_second() {
    let (tail, _, passed) = empty_pages(99, |asked| asked.to_string());
    assert_eq!((tail.many_empty(), passed), (None, 0));
    let (tail, _, passed) = empty_pages(130, |asked| asked.to_string());
    assert_eq!(tail.many_empty(), Some(130));
    assert!((29_000..=31_000).contains(&passed), "{passed}");
}

#[test]
fn an_unanswered_question_is_asked_again() {
    let mut tail = Tail::new(plan(Some(10)), NOW);
    assert_eq!(tail.next(NOW), tail.next(NOW + 5));
}

#[test]
fn failures_slow_it_down_up_to_half_a_minute_and_success_speeds_it_up() {
    let mut tail = Tail::new(plan(None), NOW);
    let mut now = NOW;
    let mut pauses = Vec::new();
    for _ in 0..7 {
        assert!(matches!(tail.next(now), Step::Ask(_)));
        tail.failed(Failure::Transient, now);
        let Step::Wait(until) = tail.next(now) else {
            panic!("it waits")
        };
        pauses.push((until - now) / 1_000);
        now = until;
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
    assert!(matches!(tail.next(now), Step::Ask(_)));
    tail.answered(LogPage::default(), now);
    assert_eq!(tail.slow(), Some(Duration::from_secs(15)));
}

#[test]
fn a_missing_group_is_awaited_and_a_denied_one_is_not() {
    let mut tail = Tail::new(plan(None), NOW);
    tail.next(NOW);
    tail.failed(Failure::Missing, NOW);
    assert!(tail.is_missing());
    assert_eq!(tail.next(NOW), Step::Wait(NOW + MISSING_EVERY));
    assert!(matches!(tail.next(NOW + MISSING_EVERY), Step::Ask(_)));
    tail.failed(Failure::Final, NOW);
    assert_eq!(tail.next(NOW + 60_000), Step::Done);
    tail.resume();
    assert!(matches!(tail.next(NOW + 60_000), Step::Ask(_)));
}

#[test]
fn an_expired_token_begins_the_walk_anew_once() {
    let mut tail = Tail::new(
        Plan {
            start: 0,
            ..plan(Some(5))
        },
        NOW,
    );
    let page = LogPage {
        events: Vec::new(),
        next_token: Some("t".into()),
    };
    let head = |step: Step| matches!(step, Step::Ask(query) if query.start > Some(0));
    assert!(
        head(tail.next(NOW)),
        "before 2024 the head brings the newest lines"
    );
    tail.answered(LogPage::default(), NOW);
    tail.next(NOW);
    tail.answered(page.clone(), NOW);
    tail.next(NOW);
    tail.failed(Failure::Refused, NOW);
    assert!(matches!(tail.next(NOW), Step::Ask(query) if query.token.is_none()));
    tail.answered(page, NOW);
    tail.next(NOW);
    tail.failed(Failure::Refused, NOW);
    assert!(tail.is_stopped());
}

#[test]
fn of_a_shared_group_only_the_functions_own_streams_are_taken() {
    let mut log: Vec<Written> = (0..6).map(|n| written(n, NOW - 5_000, n as i64)).collect();
    log[1].event.stream = "2026/11/20/pay[$LATEST]aa".into();
    log[2].event.stream = "2026/11/20/pay[42]bb".into();
    log[3].event.stream = "2026/11/20/payments[$LATEST]cc".into();
    log[4].event.stream = "2026/11/20/prepay[$LATEST]dd".into();
    let mut service = Service::new(log);
    let mut tail = Tail::new(
        Plan {
            function: Some("pay".into()),
            ..plan(Some(100))
        },
        NOW,
    );
    let batches = run(&mut tail, &mut service);
    assert_eq!(ids(&batches).len(), 2);
}

#[test]
fn a_span_of_the_past_ends() {
    let log = (0..40)
        .map(|n| written(n, NOW - 1_000 * (40 - n as i64), 10))
        .collect();
    let mut service = Service::new(log);
    let mut tail = Tail::new(
        Plan {
            end: Some(NOW - 10_000),
            ..plan(None)
        },
        NOW,
    );
    let batches = run(&mut tail, &mut service);
    assert_eq!(tail.next(NOW + 200_000), Step::Done);
    let seen: Vec<i64> = batches
        .iter()
        .flat_map(|b| &b.events)
        .map(|e| e.timestamp)
        .collect();
    assert_eq!(seen.len(), 31);
    assert!(seen.is_sorted());
}

#[test]
fn older_lines_are_found_however_far_back_and_then_no_more() {
    let log = (0..10)
        .map(|n| written(n, NOW - 5 * 3_600_000 + n as i64, 10))
        .collect();
    let mut service = Service::new(log);
    let mut tail = Tail::new(plan(Some(100)), NOW);
    let mut batches = run(&mut tail, &mut service);
    assert!(ids(&batches).is_empty());
    let now = NOW + 180_000;
    tail.load_older(now);
    assert_eq!(tail.older(), Older::Reading);
    drive(&mut tail, &mut service, now, now + 60_000, |batch| {
        batches.push(batch);
    });
    assert_eq!((tail.older(), ids(&batches).len()), (Older::Idle, 10));
    assert!(tail.begin() <= NOW - 5 * 3_600_000);
    tail.load_older(now + 60_000);
    drive(&mut tail, &mut service, now + 60_000, now + 120_000, |_| {});
    assert_eq!(tail.older(), Older::Nothing);
}

#[test]
fn what_was_seen_is_forgotten_behind_the_window() {
    let log = (0..2_000)
        .map(|n| written(n, NOW + 1_000 * n as i64, 10))
        .collect();
    let mut service = Service::new(log);
    service.page = 1_000;
    let mut tail = Tail::new(plan(Some(100)), NOW);
    drive(&mut tail, &mut service, NOW, NOW + 2_000_000, drop);
    assert!(tail.seen.len() < 700, "{}", tail.seen.len());
}

#[test]
fn a_sweep_that_cannot_run_makes_late_lines_doubtful() {
    let mut tail = Tail::new(plan(Some(10)), NOW);
    tail.next(NOW);
    tail.answered(LogPage::default(), NOW);
    assert!(!tail.late_may_be_missed(NOW + 5_000));
    assert!(tail.late_may_be_missed(NOW + SWEEP_OVERDUE + 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever becomes visible within the window is in the book once, and in order.
    #[test]
    fn nothing_within_the_window_is_lost_or_doubled(
        times in prop::collection::vec((-120_i64..150, 0_i64..8, 0_i64..60), 0..120),
        page in 1_usize..9,
        throttle_every in prop::sample::select(vec![0_usize, 2, 3]),
        empty_pages: bool,
        newest_first in prop::option::of(1_u32..20),
    ) {
        // Few distinct milliseconds, so that many events share one.
        let log: Vec<Written> = times
            .iter()
            .enumerate()
            .map(|(n, &(second, ms, late))| written(n, NOW + second * 1_000 + ms, late * 1_000))
            .collect();
        let expected = log.len();
        let mut service = Service { page, empty_pages, throttle_every, ..Service::new(log) };
        let mut tail = Tail::new(plan(newest_first), NOW);
        let (mut log_writer, mut book) = (LogWriter::new(), Logbook::new());
        let mut handed_out: Vec<String> = Vec::new();
        let end = NOW + 150_000 + 60_000 + 600_000;
        drive(&mut tail, &mut service, NOW, end, |batch| {
            handed_out.extend(batch.events.iter().map(|event| event.id.clone()));
            let splice = if batch.is_history {
                log_writer.backfill(SourceId(0), &batch.events)
            } else {
                log_writer.append(SourceId(0), &batch.events)
            };
            book.apply(splice);
        });
        prop_assert_eq!(book.len(), expected);
        let stamps: Vec<i64> = book.pages().range(0..book.len()).map(|e| e.timestamp()).collect();
        prop_assert!(stamps.is_sorted());
        // In both modes the tail itself hands out each event once.
        handed_out.sort_unstable();
        let all = handed_out.len();
        handed_out.dedup();
        prop_assert_eq!((all, handed_out.len()), (expected, expected));
    }
}
