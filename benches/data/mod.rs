//! Data for the benchmarks: the same bytes in every run, from `SplitMix64`. Each benchmark uses a part.
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![allow(dead_code, reason = "every benchmark uses a part of this")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use lambdeck::domain::log::LogEvent;

/// In the log at 2, 57 and 99 % of its lines, and nowhere else.
pub const NEEDLE: &str = "zq7f3a_rare_marker";

/// The generator of Steele, Lea and Flood, 2014.
pub struct SplitMix64(pub u64);

impl SplitMix64 {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// A log of invocations: START, 3 to 9 JSON lines (1.3 % of all lines are errors), END, REPORT.
pub struct Log {
    random: SplitMix64,
    total: u64,
    line: u64,
    time: i64,
    request: String,
    left: u64,
    state: u8,
}

impl Log {
    /// A log of `total` lines.
    pub fn new(total: u64) -> Self {
        Self {
            random: SplitMix64(42),
            total,
            line: 0,
            time: 1_790_000_000_000,
            request: String::new(),
            left: 0,
            state: 0,
        }
    }

    /// The next lines, at most `count`, as CloudWatch Logs would return them.
    pub fn page(&mut self, count: usize) -> Vec<LogEvent> {
        let count = (self.total - self.line).min(count as u64);
        (0..count).map(|_| self.next_event()).collect()
    }

    fn next_event(&mut self) -> LogEvent {
        let message = self.next_message();
        self.line += 1;
        self.time += self.random.below(20) as i64;
        LogEvent {
            id: format!(
                "{:056}",
                u128::from(self.line) << 64 | u128::from(self.random.next())
            ),
            stream: "2026/11/20/[$LATEST]5f0c8e1d2b3a49c7a6d5e4f3b2a19080".into(),
            timestamp: self.time,
            ingested: self.time + 250,
            message,
        }
    }

    fn next_message(&mut self) -> String {
        let random = &mut self.random;
        match self.state {
            0 => {
                let (a, b) = (random.next(), random.next());
                self.request = format!(
                    "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
                    a >> 32,
                    a >> 16 & 0xffff,
                    a & 0xfff,
                    b >> 52,
                    b & 0xffff_ffff_ffff
                );
                self.left = 3 + random.below(7);
                self.state = 1;
                format!("START RequestId: {} Version: $LATEST\n", self.request)
            }
            1 => {
                self.left -= 1;
                self.state = if self.left == 0 { 2 } else { 1 };
                self.json()
            }
            2 => {
                self.state = 3;
                format!("END RequestId: {}\n", self.request)
            }
            _ => {
                self.state = 0;
                let ms = 5 + random.below(900);
                format!(
                    "REPORT RequestId: {}\tDuration: {ms}.{:02} ms\tBilled Duration: {} ms\tMemory Size: 512 MB\tMax Memory Used: {} MB\t\n",
                    self.request,
                    random.below(100),
                    ms + 1,
                    80 + random.below(100)
                )
            }
        }
    }

    fn json(&mut self) -> String {
        const VERBS: [&str; 6] = [
            "charging card",
            "order accepted",
            "reserving stock",
            "price looked up",
            "event received",
            "response sent",
        ];
        let needle = [2, 57, 99].iter().any(|percent| {
            let at = self.total * percent / 100;
            (at..at + 12).contains(&self.line) && self.left == 1
        });
        let random = &mut self.random;
        let level = match random.below(1000) {
            0..=17 => "ERROR",
            18..=60 => "WARN",
            61..=200 => "DEBUG",
            _ => "INFO",
        };
        let seconds = self.time / 1000;
        let mut text = format!(
            "{{\"timestamp\":\"2026-11-20T{:02}:{:02}:{:02}.{:03}Z\",\"level\":\"{level}\",\"requestId\":\"{}\",\"message\":\"{}\",\"orderId\":\"o-{:07}\",\"amount\":{},\"durationMs\":{},\"region\":\"eu-west-1\",\"retries\":{}",
            seconds / 3600 % 24,
            seconds / 60 % 60,
            seconds % 60,
            self.time % 1000,
            self.request,
            VERBS[random.below(6) as usize],
            random.below(10_000_000),
            random.below(100_000),
            random.below(900),
            random.below(4),
        );
        if needle {
            let _ = write!(text, ",\"marker\":\"{NEEDLE}\"");
        }
        let _ = writeln!(
            text,
            ",\"customer\":{{\"id\":{},\"tier\":\"gold\"}},\"cached\":{}}}",
            random.below(1_000_000),
            random.below(2) == 0
        );
        text
    }
}

/// A pretty-printed JSON document of about that many bytes.
pub fn document(bytes: usize) -> String {
    let mut random = SplitMix64(7);
    let mut text = String::from("[\n");
    while text.len() < bytes {
        let _ = write!(
            text,
            "  {{\n    \"id\": {},\n    \"name\": \"item {:x}\",\n    \"price\": {}.{:02},\n    \"active\": {},\n    \"parent\": null,\n    \"tags\": [\n      \"a{}\",\n      \"b\\\"{}\"\n    ]\n  }},\n",
            random.below(1_000_000),
            random.next(),
            random.below(1000),
            random.below(100),
            random.below(2) == 0,
            random.below(10),
            random.below(10),
        );
    }
    text.push_str("  null\n]\n");
    text
}

/// Median time of `runs` runs.
pub fn median(runs: usize, mut run: impl FnMut()) -> Duration {
    let mut times: Vec<_> = (0..runs)
        .map(|_| {
            let begin = Instant::now();
            run();
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[runs / 2]
}

/// How many times longer `a` is than `b`.
pub fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

/// A figure of `/proc/self/status` in MB, where there is one.
pub fn memory(field: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(
        line.trim_start_matches(':')
            .trim()
            .trim_end_matches(" kB")
            .parse::<f64>()
            .ok()?
            / 1024.0,
    )
}
