//! The log buffer at a million lines: append, search, jump, memory. The anchor of the searches is
//! memmem over the same text in one flat buffer.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]

#[allow(missing_docs)]
mod data;

use std::hint::black_box;
use std::time::{Duration, Instant};

use lambdeck::domain::logbook::{
    BlockCache, Direction, Filter, Kept, LogWriter, Logbook, Matcher, SourceId,
};

const LINES: u64 = 1_000_000;
const PAGE: usize = 4_000;

fn main() {
    let before = data::memory("VmRSS").unwrap_or_default();
    let (mut log_writer, mut book) = (LogWriter::new(), Logbook::new());
    let mut log = data::Log::new(LINES);
    let (mut writing, mut applying, mut worst, mut text) =
        (Duration::ZERO, Duration::ZERO, Duration::ZERO, 0);
    loop {
        let page = log.page(PAGE);
        if page.is_empty() {
            break;
        }
        text += page.iter().map(|event| event.message.len()).sum::<usize>();
        let begin = Instant::now();
        let splice = log_writer.append(SourceId(0), &page);
        writing += begin.elapsed();
        let begin = Instant::now();
        book.apply(splice);
        let took = begin.elapsed();
        applying += took;
        worst = worst.max(took);
    }
    let lines = book.len();
    println!(
        "lines {lines}, {} B of text each, {} invocations",
        text / lines,
        book.invocation_count()
    );
    println!(
        "append   {:.2} M lines/s ({:.0} ms), apply {:.0} ms in all, {:.3} ms the slowest",
        lines as f64 / writing.as_secs_f64() / 1e6,
        writing.as_secs_f64() * 1e3,
        applying.as_secs_f64() * 1e3,
        worst.as_secs_f64() * 1e3
    );
    let blocks = book.bytes()
        - book
            .invocations(0..usize::MAX)
            .map(|one| one.bytes() + 48)
            .sum::<usize>();
    println!(
        "memory   {} B/line in blocks (goal 64), {} B/line with invocations",
        blocks / lines,
        book.bytes() / lines
    );
    if let (Some(rss), Some(peak)) = (data::memory("VmRSS"), data::memory("VmHWM")) {
        println!(
            "process  {rss:.1} MB (goal 90), {:.1} MB more than before, peak {peak:.1} MB",
            rss - before
        );
    }
    drop(log_writer);

    let pages = book.snapshot();
    let mut cache = BlockCache::default();
    let mut random = data::SplitMix64(3);
    let jump = data::median(1001, || {
        let at = random.below(lines as u64) as usize;
        for entry in pages.range(at..at + 58) {
            black_box(entry.text(&mut cache).len());
        }
    });
    println!(
        "jump     {:.1} µs to 58 lines anywhere",
        jump.as_secs_f64() * 1e6
    );

    let mut flat = Vec::with_capacity(text);
    let mut again = data::Log::new(LINES);
    while let page @ [_, ..] = again.page(PAGE).as_slice() {
        for event in page {
            flat.extend_from_slice(event.message.as_bytes());
        }
    }
    for (name, needle) in [
        ("rare", data::NEEDLE),
        ("absent", "\"marker\":\"Z"),
        ("common", "\"ERROR\""),
    ] {
        let filter = Filter::text(Matcher::new(needle).expect("a piece of text"));
        let ours = data::median(5, || {
            black_box(pages.count(&filter, &|| false));
        });
        let floor = data::median(5, || {
            black_box(memchr::memmem::find_iter(&flat, needle).count());
        });
        println!(
            "search   {name}: {:.1} ms, {:.1} × memmem over a flat buffer ({:.1} ms), {:?}",
            ours.as_secs_f64() * 1e3,
            data::ratio(ours, floor),
            floor.as_secs_f64() * 1e3,
            pages.count(&filter, &|| false)
        );
    }
    let filter = Filter::text(Matcher::new("\"ERROR\"").expect("a piece of text"));
    let first = data::median(5, || {
        black_box(pages.collect(&filter, None, Direction::Backward, 58, &|| false));
    });
    let kept = Kept::new(filter, pages.clone(), &|| false).expect("not cancelled");
    let refresh = data::median(5, || {
        black_box(kept.refresh(pages.clone(), &|| false));
    });
    println!(
        "filter   first 58 lines {:.2} ms (goal 20), refresh without news {:.2} ms",
        first.as_secs_f64() * 1e3,
        refresh.as_secs_f64() * 1e3
    );
    let errors = data::median(5, || {
        black_box(pages.count(&Filter::errors(), &|| false));
    });
    println!(
        "errors   {:.2} ms to count them all by the index",
        errors.as_secs_f64() * 1e3
    );
}
