//! The Functions filter over 10,000 names: five queries, against nucleo in the same run, and what
//! the whole list costs (filter and sort).
//!
//! Prints for each query the matches of both, the median of both in microseconds, and ours as a
//! ratio of nucleo's. Goal: the worst key takes at most 600 µs, and 0.3 of nucleo's worst.

#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use lambdeck::domain::{
    function::{Arn, FunctionSummary},
    function_list::{
        Known, arrange,
        filter::Filter,
        order::Order,
        sort::{Column, Sort},
        today,
    },
    fuzzy::fuzzy,
};
use nucleo_matcher::{
    Config, Matcher, Utf32String,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};

const NAMES: usize = 10_000;
const ROUNDS: usize = 41;
const QUERIES: [&str; 5] = ["o", "ord", "ordprodinv", "payhandlerrefund", "zzqq"];

fn main() {
    // `cargo test --benches` runs this too: one round shows that it works.
    let rounds = if std::env::args().any(|argument| argument == "--bench") {
        ROUNDS
    } else {
        1
    };
    let names = names(NAMES);
    let bytes: usize = names.iter().map(String::len).sum();
    println!("{NAMES} names of {} bytes on average", bytes / NAMES);
    println!("query              matches  nucleo  µs nucleo    µs ours    ratio");

    let prepared: Vec<Utf32String> = names.iter().map(|name| name.as_str().into()).collect();
    let mut anchor_matcher = Matcher::new(Config::DEFAULT);
    let (mut ours_worst, mut anchor_worst) = (0.0_f64, 0.0_f64);
    for query in QUERIES {
        let anchor_hits = nucleo(&mut anchor_matcher, query, &prepared).len();
        let matches = fuzzy(query, &names).len();
        let [anchor, ours] = medians(
            rounds,
            [
                &mut || nucleo(&mut anchor_matcher, query, &prepared).len(),
                &mut || fuzzy(query, &names).len(),
            ],
        );
        println!(
            "{query:18} {matches:7} {anchor_hits:7} {anchor:10.0} {ours:10.0} {:8.2}",
            ours / anchor
        );
        ours_worst = ours_worst.max(ours);
        anchor_worst = anchor_worst.max(anchor);
    }
    println!(
        "worst key: {ours_worst:.0} µs (goal 600), {:.2} of nucleo's (goal 0.30)",
        ours_worst / anchor_worst
    );

    let rows: Vec<FunctionSummary> = names.iter().map(|name| row(name)).collect();
    let known = Known::default();
    let now = Timestamp::UNIX_EPOCH;
    let mut order = Order::of(&rows, &known, today(now));
    println!("\nfilter and sort of the list             µs");
    let [all, ranks] = medians(
        rounds,
        [
            &mut || Order::of(&rows, &known, today(now)).faults(),
            &mut || {
                order.changed();
                order.update(&rows, &known, today(now));
                order.faults()
            },
        ],
    );
    println!("{:34} {all:8.0}", "names and ranks of a new list");
    println!("{:34} {ranks:8.0}", "ranks alone: a state came");
    for (title, text, column) in [
        ("everything by attention", "", Column::Attention),
        ("everything by runtime", "", Column::Runtime),
        ("`ord` by match", "ord", Column::Attention),
        (
            "`ord !test memory:>512` by changed",
            "ord !test memory:>512",
            Column::Changed,
        ),
    ] {
        let filter = Filter::parse(text).expect("the filters of this bench are valid");
        let [time] = medians(
            rounds,
            [&mut || arrange(&rows, &known, &order, &filter, Sort::by(column), now).len()],
        );
        println!("{title:34} {time:8.0}");
    }
}

/// nucleo as an application uses it: haystacks prepared, scored, best first.
fn nucleo(
    anchor_matcher: &mut Matcher,
    query: &str,
    prepared: &[Utf32String],
) -> Vec<(u32, usize)> {
    let pattern = Pattern::new(
        query,
        CaseMatching::Smart,
        Normalization::Never,
        AtomKind::Fuzzy,
    );
    let mut hits: Vec<(u32, usize)> = prepared
        .iter()
        .enumerate()
        .filter_map(|(index, name)| Some((pattern.score(name.slice(..), anchor_matcher)?, index)))
        .collect();
    hits.sort_unstable_by_key(|&(score, index)| (std::cmp::Reverse(score), index));
    hits
}

/// Median microseconds of each, run in turns so that a disturbance hits all of them.
fn medians<const N: usize>(rounds: usize, mut runs: [&mut dyn FnMut() -> usize; N]) -> [f64; N] {
    let mut times: [Vec<Duration>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..rounds {
        for (run, times) in runs.iter_mut().zip(&mut times) {
            let start = Instant::now();
            black_box(run());
            times.push(start.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1e6
    })
}

fn row(name: &str) -> FunctionSummary {
    let seed = name.len() as u32;
    let runtimes = [
        "python3.12",
        "nodejs20.x",
        "provided.al2023",
        "python3.9",
        "java21",
    ];
    FunctionSummary {
        arn: Arn::new(format!(
            "arn:aws:lambda:eu-west-1:000000000000:function:{name}"
        )),
        name: name.into(),
        runtime: Some(runtimes[seed as usize % runtimes.len()].into()),
        memory_mb: 128 << (seed % 5),
        timeout_s: seed % 60,
        modified: Timestamp::from_second(i64::from(seed) * 86_400).ok(),
        package: "Zip".into(),
        architecture: "arm64".into(),
        code_size: u64::from(seed) << 16,
        log_group: None,
        dead_letter: None,
        durable: false,
        quiet: false,
    }
}

/// Names as a large account has them: stage, domain, object, verb, kind and a number.
fn names(count: usize) -> Vec<String> {
    const STAGES: [&str; 4] = ["prod", "staging", "test", "dev"];
    const DOMAINS: [&str; 8] = [
        "orders",
        "payments",
        "inventory",
        "shipping",
        "catalog",
        "customers",
        "billing",
        "search",
    ];
    const OBJECTS: [&str; 8] = [
        "product",
        "invoice",
        "refund",
        "basket",
        "address",
        "voucher",
        "warehouse",
        "account",
    ];
    const VERBS: [&str; 8] = [
        "create",
        "update",
        "reconcile",
        "import",
        "export",
        "notify",
        "validate",
        "archive",
    ];
    const KINDS: [&str; 4] = ["handler", "consumer", "worker", "stream-processor"];
    let mut random = SplitMix64(42);
    (0..count)
        .map(|number| {
            format!(
                "{}-{}-{}-{}-{}-{number:05}",
                random.one_of(&STAGES),
                random.one_of(&DOMAINS),
                random.one_of(&OBJECTS),
                random.one_of(&VERBS),
                random.one_of(&KINDS),
            )
        })
        .collect()
}

struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[(self.next() % words.len() as u64) as usize]
    }
}
