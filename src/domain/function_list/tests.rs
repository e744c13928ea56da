use jiff::{ToSpan, civil::date};
use proptest::prelude::*;

use super::{
    attention::{Note, Severity, attention, state_text},
    sort::Direction,
    *,
};

fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn function(name: &str) -> FunctionSummary {
    FunctionSummary {
        arn: Arn::new(format!(
            "arn:aws:lambda:eu-west-1:000000000000:function:{name}"
        )),
        name: name.into(),
        runtime: Some("python3.14".into()),
        memory_mb: 128,
        timeout_s: 3,
        modified: Some(now() - 24.hours()),
        package: "Zip".into(),
        architecture: "x86_64".into(),
        code_size: 1024,
        log_group: None,
        dead_letter: None,
        durable: false,
        quiet: false,
    }
}

fn rows() -> Vec<FunctionSummary> {
    vec![
        FunctionSummary {
            memory_mb: 512,
            timeout_s: 30,
            code_size: 4 << 20,
            architecture: "arm64".into(),
            ..function("payments-charge")
        },
        FunctionSummary {
            runtime: Some("python3.9".into()),
            timeout_s: 60,
            code_size: 12 << 20,
            modified: Some(now() - (24 * 800).hours()),
            ..function("Thumbnailer")
        },
        FunctionSummary {
            runtime: None,
            package: "Image".into(),
            memory_mb: 256,
            code_size: 0,
            modified: None,
            ..function("orders-consumer")
        },
        FunctionSummary {
            runtime: Some("go1.x".into()),
            log_group: Some("/shared/reports".into()),
            ..function("report-nightly")
        },
        FunctionSummary {
            log_group: Some("/aws/lambda/demo-ping".into()),
            ..function("demo-ping")
        },
    ]
}

fn failed_update() -> FunctionState {
    FunctionState {
        state: Some("Active".into()),
        last_update: Some("Failed".into()),
        last_update_reason: Some("The image was deleted".into()),
        last_update_reason_code: Some("ImageDeleted".into()),
        ..FunctionState::default()
    }
}

fn in_state(state: &str) -> FunctionState {
    FunctionState {
        state: Some(state.into()),
        ..FunctionState::default()
    }
}

fn arrange(
    rows: &[FunctionSummary],
    known: &Known,
    filter: &Filter,
    sort: Sort,
    now: Timestamp,
) -> Vec<u32> {
    let order = Order::of(rows, known, today(now));
    super::arrange(rows, known, &order, filter, sort, now)
}

fn faults(rows: &[FunctionSummary], known: &Known, today: Date) -> usize {
    Order::of(rows, known, today).faults()
}

fn names<'a>(rows: &'a [FunctionSummary], indices: &[u32]) -> Vec<&'a str> {
    indices
        .iter()
        .map(|&index| rows[index as usize].name.as_ref())
        .collect()
}

fn filtered(text: &str) -> Vec<String> {
    filtered_with(text, &States::new())
}

fn filtered_with(text: &str, states: &States) -> Vec<String> {
    let known = Known::from(states.clone());
    let rows = rows();
    let filter = Filter::parse(text).unwrap();
    let kept = arrange(&rows, &known, &filter, Sort::by(Column::Name), now());
    names(&rows, &kept)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn each_term_narrows() {
    for (text, expected) in [
        (
            "",
            "demo-ping orders-consumer payments-charge report-nightly Thumbnailer",
        ),
        ("pych", "payments-charge"),
        ("or ni", "report-nightly"),
        (
            "!DEMO-",
            "orders-consumer payments-charge report-nightly Thumbnailer",
        ),
        (
            "!demo- !report",
            "orders-consumer payments-charge Thumbnailer",
        ),
        ("runtime:Python", "demo-ping payments-charge Thumbnailer"),
        ("!runtime:python", "orders-consumer report-nightly"),
        ("name:thumb", "Thumbnailer"),
        ("arch:arm64", "payments-charge"),
        ("package:image", "orders-consumer"),
        ("log:/shared", "report-nightly"),
        ("log:/aws/lambda/thumb", "Thumbnailer"),
        ("memory:>128", "orders-consumer payments-charge"),
        ("memory:>=0.5G", "payments-charge"),
        ("memory:256MB", "orders-consumer"),
        ("timeout:<=3 !runtime:go", "demo-ping orders-consumer"),
        ("timeout:1m", "Thumbnailer"),
        ("size:>10M", "Thumbnailer"),
        ("size:=1k", "demo-ping report-nightly"),
        ("changed:<7d", "demo-ping payments-charge report-nightly"),
        ("changed:7d", "demo-ping payments-charge report-nightly"),
        ("changed:>2y", "Thumbnailer"),
        (
            "runtime: !",
            "demo-ping orders-consumer payments-charge report-nightly Thumbnailer",
        ),
        ("zzqq", ""),
    ] {
        assert_eq!(filtered(text).join(" "), expected, "{text}");
    }
}

#[test]
fn a_state_is_matched_by_the_word_on_screen() {
    let rows = rows();
    let states = States::from([
        (rows[0].arn.clone(), failed_update()),
        (rows[1].arn.clone(), in_state("Failed")),
        (rows[2].arn.clone(), in_state("Active")),
    ]);
    assert_eq!(
        filtered_with("state:failed", &states),
        ["payments-charge", "Thumbnailer"]
    );
    assert_eq!(filtered_with("state:active", &states), ["orders-consumer"]);
}

#[test]
fn what_is_not_understood_is_refused_with_its_column() {
    for (text, column, part) in [
        ("pay colour:red", 4, "colour"),
        ("é !colour:red", 3, "colour"),
        ("memory:>lots", 8, "memory:>512"),
        ("  size:", 7, "size:>10M"),
        ("timeout:3x", 8, "timeout:<=3"),
        ("changed:<-7d", 9, "changed:<7d"),
        ("memory:nan", 7, "memory:>512"),
    ] {
        let error = Filter::parse(text).unwrap_err();
        assert_eq!(error.column, column, "{text}");
        assert!(error.message.contains(part), "{error}");
    }
}

#[test]
fn faults_only_keeps_what_the_header_counts() {
    let rows = rows();
    let known = Known::from(States::from([(rows[2].arn.clone(), failed_update())]));
    let filter = Filter::default().with_faults_only(true);
    assert!(!filter.is_empty());
    let kept = arrange(&rows, &known, &filter, Sort::default(), now());
    assert_eq!(
        names(&rows, &kept),
        ["orders-consumer", "report-nightly", "Thumbnailer"]
    );
    assert_eq!(faults(&rows, &known, today(now())), 3);
}

#[test]
fn the_default_order_is_by_attention_then_name() {
    let rows = rows();
    let known = Known::from(States::from([(rows[0].arn.clone(), failed_update())]));
    let order = arrange(&rows, &known, &Filter::default(), Sort::default(), now());
    assert_eq!(
        names(&rows, &order),
        [
            "payments-charge",
            "report-nightly",
            "Thumbnailer",
            "demo-ping",
            "orders-consumer",
        ]
    );
}

#[test]
fn a_fuzzy_word_orders_by_match_unless_a_column_was_chosen() {
    let rows = vec![
        function("a-p-a-y-z"),
        function("payments"),
        function("pay"),
        function("x-pay"),
    ];
    let filter = Filter::parse("pay").unwrap();
    let sorted = |sort| arrange(&rows, &Known::default(), &filter, sort, now());
    assert_eq!(
        names(&rows, &sorted(Sort::default()))[..2],
        ["pay", "payments"]
    );
    assert_eq!(
        names(&rows, &sorted(Sort::default())).last(),
        Some(&"a-p-a-y-z")
    );
    assert_eq!(
        names(&rows, &sorted(Sort::by(Column::Name))),
        ["a-p-a-y-z", "pay", "payments", "x-pay"]
    );
    assert_eq!(filter.name_positions("x-pay"), [2, 3, 4]);
    assert!(Filter::default().name_positions("x-pay").is_empty());
}

#[test]
fn every_column_sorts_and_rows_without_a_value_stay_last() {
    let rows = rows();
    let states = States::from([
        (rows[0].arn.clone(), in_state("Pending")),
        (rows[3].arn.clone(), in_state("Active")),
    ]);
    let known = Known {
        states,
        dead_letters: DeadLetters::from([(rows[0].arn.clone(), 0), (rows[1].arn.clone(), 214)]),
    };
    for (column, first_descending, last) in [
        (Column::Name, "Thumbnailer", "demo-ping"),
        (Column::Runtime, "Thumbnailer", "orders-consumer"),
        (Column::Memory, "payments-charge", "Thumbnailer"),
        (Column::Timeout, "Thumbnailer", "report-nightly"),
        (Column::CodeSize, "Thumbnailer", "orders-consumer"),
        (Column::Changed, "demo-ping", "orders-consumer"),
        (Column::State, "payments-charge", "Thumbnailer"),
        (Column::Architecture, "demo-ping", "payments-charge"),
        (Column::Package, "demo-ping", "orders-consumer"),
        (Column::LogGroup, "report-nightly", "Thumbnailer"),
        (Column::Attention, "demo-ping", "Thumbnailer"),
    ] {
        let sort = Sort {
            column,
            direction: Direction::Descending,
        };
        let order = arrange(&rows, &known, &Filter::default(), sort, now());
        let order = names(&rows, &order);
        assert_eq!((order[0], order[4]), (first_descending, last), "{column:?}");
    }
    for (column, last) in [
        (Column::Runtime, "orders-consumer"),
        (Column::CodeSize, "orders-consumer"),
        (Column::Changed, "orders-consumer"),
    ] {
        let sort = Sort {
            column,
            direction: Direction::Ascending,
        };
        let order = arrange(&rows, &known, &Filter::default(), sort, now());
        assert_eq!(names(&rows, &order)[4], last, "{column:?}");
    }
}

#[test]
fn dead_letters_come_before_every_other_fault_and_an_empty_queue_is_none() {
    let rows = rows();
    let today = today(now());
    let quiet = faults(&rows, &Known::default(), today);
    let known = Known {
        states: States::from([(rows[2].arn.clone(), failed_update())]),
        dead_letters: DeadLetters::from([(rows[0].arn.clone(), 0), (rows[1].arn.clone(), 1)]),
    };
    let order = arrange(&rows, &known, &Filter::default(), Sort::default(), now());
    assert_eq!(order[..2], [1, 2]);
    assert!(faults(&rows, &known, today) > quiet);

    let known = Known {
        dead_letters: DeadLetters::from([
            (rows[0].arn.clone(), 2),
            (rows[1].arn.clone(), 7),
            (rows[3].arn.clone(), 214),
        ]),
        ..known
    };
    let order = arrange(&rows, &known, &Filter::default(), Sort::default(), now());
    assert_eq!(order[..4], [3, 1, 0, 2], "the most of them first");

    let known = Known {
        dead_letters: DeadLetters::from([(rows[0].arn.clone(), 0), (rows[1].arn.clone(), 1)]),
        ..known
    };
    let by_letters = Sort::by(Column::DeadLetters);
    let order = arrange(&rows, &known, &Filter::default(), by_letters, now());
    assert_eq!(order[..2], [1, 0], "without a queue there is no figure");
}

#[test]
fn notes_name_failures_first_and_quote_the_reason() {
    let row = FunctionSummary {
        runtime: Some("python3.9".into()),
        ..function("thumbnailer")
    };
    let today = date(2026, 11, 20);
    assert_eq!(
        attention(&row, Some(&failed_update()), today),
        [
            Note {
                severity: Severity::Error,
                text: "update failed: The image was deleted".into()
            },
            Note {
                severity: Severity::Warning,
                text: "blocked 2027-03-03, runtime deprecated".into()
            },
        ]
    );
    assert_eq!(attention(&function("a"), None, today), []);
    assert_eq!(
        attention(&function("a"), Some(&in_state("Active")), today),
        []
    );
    let inactive = attention(&function("a"), Some(&in_state("Inactive")), today);
    assert_eq!(inactive[0].text, "inactive");
    let coded = FunctionState {
        state_reason_code: Some("SubnetOutOfIPAddresses".into()),
        ..in_state("Failed")
    };
    let failed = attention(&function("a"), Some(&coded), today);
    assert_eq!(failed[0].text, "failed: SubnetOutOfIPAddresses");
}

#[test]
fn a_state_nobody_knows_yet_is_shown() {
    assert_eq!(state_text(&in_state("Hibernating")), "hibernating");
    assert_eq!(state_text(&failed_update()), "update failed");
    assert_eq!(state_text(&FunctionState::default()), "unknown");
}

proptest! {
    #[test]
    fn any_text_is_a_filter_or_an_error_inside_it(text in "[ a-z!:<>=0-9.é]{0,24}|\\PC{0,24}") {
        match Filter::parse(&text) {
            Ok(filter) => {
                let rows = rows();
                let kept = arrange(&rows, &Known::default(), &filter, Sort::default(), now());
                prop_assert!(kept.len() <= rows.len());
            }
            Err(error) => prop_assert!(error.column <= text.chars().count()),
        }
    }

    #[test]
    fn an_arrangement_is_a_permutation_ordered_by_its_column(
        generated in prop::collection::vec(("[A-Za-z-]{1,24}", 0_u32..4), 0..60),
        descending: bool,
    ) {
        let rows: Vec<_> = generated
            .iter()
            .map(|(name, memory)| FunctionSummary { memory_mb: memory * 128, ..function(name) })
            .collect();
        let direction = if descending { Direction::Descending } else { Direction::Ascending };
        let sort = Sort { column: Column::Memory, direction };
        let order = arrange(&rows, &Known::default(), &Filter::default(), sort, now());
        let mut all = order.clone();
        all.sort_unstable();
        prop_assert_eq!(all, (0..rows.len() as u32).collect::<Vec<_>>());
        for pair in order.windows(2) {
            let (a, b) = (&rows[pair[0] as usize], &rows[pair[1] as usize]);
            let memory = a.memory_mb.cmp(&b.memory_mb);
            let memory = if descending { memory.reverse() } else { memory };
            let name = a.name.to_lowercase().cmp(&b.name.to_lowercase());
            prop_assert!(memory.then(name).is_le());
        }
    }
}

#[test]
fn an_order_that_grew_row_by_row_is_that_of_all_rows() {
    let mut rows = rows();
    let today = today(now());
    let known = Known::default();
    let mut order = Order::of(&rows[..2], &known, today);
    for at in 2..rows.len() {
        order.push(rows[at].arn.clone(), at);
        order.update(&rows[..=at], &known, today);
    }
    let whole = Order::of(&rows, &known, today);
    assert_eq!(order.by_name(), whole.by_name());
    assert_eq!(order.faults(), whole.faults());
    assert_eq!(order.row(&rows[4].arn), Some(4));

    let gone = rows.remove(1);
    order.reindex(&rows);
    order.update(&rows, &known, today);
    assert_eq!(order.row(&gone.arn), None);
    assert_eq!(order.by_name(), Order::of(&rows, &known, today).by_name());
}

#[test]
fn a_rank_is_made_anew_when_something_changed_or_the_day_did() {
    let rows = rows();
    let mut known = Known::default();
    let mut order = Order::of(&rows, &known, today(now()));
    assert_eq!(order.faults(), 2);
    known.states.insert(rows[0].arn.clone(), failed_update());
    order.update(&rows, &known, today(now()));
    assert_eq!(order.faults(), 2, "nobody said so");
    order.changed();
    order.update(&rows, &known, today(now()));
    assert_eq!(order.faults(), 3);
    // The last runtimes of that table are deprecated by then.
    order.update(&rows, &known, date(2035, 1, 1));
    assert_eq!(order.faults(), 4);
}
