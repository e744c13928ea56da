//! Whole processes against a stub on loopback: the start (E1, E2), the walk over a large account
//! (E3), rest (C3) and size (C4). Each prints ours, its anchor in the same run, and the goal.
//!
//! `cargo bench --bench process [-- E1 …]`; without `--bench` a run of the smallest size shows
//! that everything works and judges nothing. `LAMBDECK_BIN` names another binary to measure.
//! `--serve FUNCTIONS MS` runs the stub alone.

#![allow(
    clippy::disallowed_methods,
    clippy::unchecked_time_subtraction,
    clippy::duration_suboptimal_units,
    clippy::naive_bytecount,
    clippy::large_stack_arrays,
    clippy::assigning_clones,
    reason = "a benchmark measures time, and a later reading is never the smaller one"
)]

mod figures;
#[path = "../loopback.rs"]
mod loopback;
mod stub;
mod terminal;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use stub::{Account, FRESH, Stub};
use terminal::Terminal;

/// How much is measured.
struct Scale {
    functions: usize,
    starts: usize,
    walks: usize,
    slow_walks: usize,
    latency: Duration,
    quiet: Duration,
    idle: Duration,
}

const FULL: Scale = Scale {
    functions: 10_000,
    starts: 31,
    walks: 9,
    slow_walks: 2,
    latency: Duration::from_millis(30),
    // Longer than a toast stands; what comes before the idle time must fit into the minute after
    // which the list is read anew.
    quiet: Duration::from_secs(7),
    idle: Duration::from_secs(30),
};

const SMOKE: Scale = Scale {
    functions: 120,
    starts: 1,
    walks: 1,
    slow_walks: 1,
    latency: Duration::from_millis(2),
    quiet: Duration::from_millis(100),
    idle: Duration::from_millis(100),
};

/// Longest wait for anything to appear.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [mode, url, pages] = arguments.as_slice()
        && mode == "--bare-sdk"
    {
        bare_sdk(url, pages.parse().expect("a number of pages"));
        return;
    }
    if let [mode, functions, latency_ms] = arguments.as_slice()
        && mode == "--serve"
    {
        serve(
            functions.parse().expect("a number of functions"),
            Duration::from_millis(latency_ms.parse().expect("milliseconds")),
        );
        return;
    }
    let judges = arguments.iter().any(|argument| argument == "--bench");
    let wanted: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let wants = |row: &str| wanted.is_empty() || wanted.contains(&row);
    let mut bench = Bench::new(if judges { FULL } else { SMOKE }, judges);
    println!("|   | what | ours | anchor | ratio | goal | |\n|---|---|---|---|---|---|---|");
    if wants("E1") {
        bench.first_frame();
    }
    if wants("E2") {
        bench.fresh_page();
    }
    if wants("E3") {
        bench.walk(bench.scale.walks, Duration::ZERO);
        bench.walk(bench.scale.slow_walks, bench.scale.latency);
    }
    if wants("C3") || wants("C4") {
        bench.rest();
        bench.queues();
    }
}

/// Everything that the measurements share.
struct Bench {
    scale: Scale,
    judges: bool,
    binary: PathBuf,
    stub: Stub,
    home: tempfile::TempDir,
}

impl Bench {
    fn new(scale: Scale, judges: bool) -> Self {
        let stub = Stub::start(Account::of(scale.functions));
        let binary = env::var_os("LAMBDECK_BIN")
            .map_or_else(|| env!("CARGO_BIN_EXE_lambdeck").into(), PathBuf::from);
        Self {
            scale,
            judges,
            binary,
            stub,
            home: tempfile::tempdir().expect("a directory for the home"),
        }
    }

    /// E1: the whole process that draws the kept list once and ends.
    fn first_frame(&self) {
        self.keep_list();
        let (mut ours, mut anchor) = (Vec::new(), Vec::new());
        // What the console before had sent is counted by now.
        thread::sleep(Duration::from_millis(100));
        let before = self.stub.requests();
        let mut cpu = Duration::ZERO;
        for _ in 0..self.scale.starts {
            anchor.push(Terminal::start(Path::new("/bin/true"), &[], &[]).ended());
            let begin = figures::cpu_of_children().unwrap_or_default();
            ours.push(self.console(&["--exit-after-first-frame"]).ended());
            cpu += figures::cpu_of_children().unwrap_or_default() - begin;
        }
        assert_eq!(
            self.stub.requests(),
            before,
            "the first frame needs no network"
        );
        let [fastest, fastest_anchor] = [&ours, &anchor].map(|runs| runs.iter().min().copied());
        let (ours, anchor) = (median(ours), median(anchor));
        self.row(
            "E1",
            "first frame with the kept list, whole process",
            &format!(
                "{} (fastest {}, CPU {})",
                ms(ours),
                ms(fastest.unwrap_or_default()),
                ms(cpu / self.scale.starts as u32)
            ),
            &format!(
                "`true` {} (fastest {})",
                ms(anchor),
                ms(fastest_anchor.unwrap_or_default())
            ),
            &ratio(ours, anchor),
            "≤ 15 ms",
            ours <= Duration::from_millis(15),
        );
    }

    /// E2: the time until the screen shows a name that only the account knows, not the kept list.
    fn fresh_page(&self) {
        let (file, old) = self.keep_list();
        self.stub.handler().set_changed(true);
        self.stub.set_latency(self.scale.latency);
        let itself = env::current_exe().expect("this program has a path");
        let page = ["--bare-sdk", &self.stub.url(), "1"];
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..self.scale.starts.div_ceil(3) {
            fs::write(&file, &old).expect("the kept list is as it was");
            let mut console = self.console(&[]);
            ours.push(console.shows(FRESH, PATIENCE));
            leave(console);
            bare.push(Terminal::start(&itself, &page, &self.variables()).ended());
        }
        self.stub.set_latency(Duration::ZERO);
        self.stub.handler().set_changed(false);
        let (ours, bare, latency) = (median(ours), median(bare), self.scale.latency);
        self.row(
            "E2",
            &format!("start to the first fresh page, {} a request", ms(latency)),
            &ms(ours),
            &format!("bare SDK, one page {}", ms(bare)),
            &format!(
                "{}; latency + {}",
                ratio(ours, bare),
                ms(ours.saturating_sub(latency))
            ),
            "latency + 20 ms",
            ours <= latency + Duration::from_millis(20),
        );
    }

    /// E3: every function of the account, headless, against the SDK alone.
    fn walk(&self, rounds: usize, latency: Duration) {
        self.stub.set_latency(latency);
        let url = self.stub.url();
        let itself = env::current_exe().expect("this program has a path");
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let mut command = Command::new(&self.binary);
            command.args(["functions", "--output", "json"]);
            ours.push(self.run(&mut command));
            bare.push(self.run(Command::new(&itself).args(["--bare-sdk", &url, "1000000"])));
        }
        self.stub.set_latency(Duration::ZERO);
        let wall = |runs: &[Run]| median(runs.iter().map(|run| run.wall).collect());
        // Clock ticks are coarse: the mean of all runs, not one of them.
        let cpu = |runs: &[Run]| {
            runs.iter()
                .map(|run| run.cpu)
                .sum::<Option<Duration>>()
                .map(|sum| sum / rounds as u32)
        };
        let what = format!(
            "all of {} functions, {} a request",
            self.scale.functions,
            ms(latency)
        );
        let (time, anchor) = (wall(&ours), wall(&bare));
        if !latency.is_zero() {
            let limit = latency * self.scale.functions.div_ceil(50) as u32;
            self.row(
                "E3",
                &format!("{what}: wall"),
                &ms(time),
                &format!("bare SDK {}", ms(anchor)),
                &format!(
                    "{} of the SDK, {} of the latency",
                    ratio(time, anchor),
                    ratio(time, limit)
                ),
                "≤ 1.12 × requests × latency",
                time <= limit.mul_f64(1.12),
            );
        }
        if let (Some(time), Some(anchor)) = (cpu(&ours), cpu(&bare)) {
            self.row(
                "E3",
                &format!("{what}: CPU"),
                &ms(time),
                &format!("bare SDK {}", ms(anchor)),
                &ratio(time, anchor),
                "≤ 1.4",
                time <= anchor.mul_f64(1.4),
            );
        }
    }

    /// C3 and C4: a console that lists everything and hears nothing new.
    fn rest(&self) {
        let mut console = self.settled();
        // The logs of the selected function: a tail that hears nothing.
        console.press("l");
        console.settles(self.scale.quiet);
        let pid = console.pid();
        let memory = ["VmRSS", "VmHWM", "RssAnon"].map(|name| figures::memory(pid, name));
        let (before, requests) = (figures::threads(pid), self.stub.requests());
        let begin = Instant::now();
        let written = console.written_in(self.scale.idle);
        let after = figures::threads(pid);
        let (took, requests) = (begin.elapsed(), self.stub.requests() - requests);
        let name = format!("idle for {:.0} s, {requests} requests", took.as_secs_f64());
        self.row(
            "C3",
            &format!("{name}: bytes to the terminal"),
            &written.to_string(),
            "",
            "",
            "0",
            written == 0,
        );
        if let (Some(before), Some(after)) = (before, after) {
            let rest = Rest::between(&before, &after, took);
            self.row(
                "C3",
                &format!("{name}: CPU"),
                &format!("{:.3} %", rest.cpu * 100.0),
                "",
                "",
                "≤ 0.1 %",
                rest.cpu <= 0.001,
            );
            self.row(
                "C3",
                &format!(
                    "{name}: voluntary switches of the busiest of {} threads",
                    after.len()
                ),
                &format!("{:.2}/s ({})", rest.switches, rest.busiest),
                "",
                "",
                "≤ 1/s",
                rest.switches <= 1.0,
            );
        }
        if let [Some(now), Some(peak), Some(own)] = memory {
            self.row(
                "C4",
                &format!("resident with {} functions listed", self.scale.functions),
                &format!("{now:.1} MB (peak {peak:.1}; without mapped files {own:.1})"),
                "",
                "",
                "≤ 25 MB",
                now <= 25.0,
            );
        }
        leave(console);
        let size = fs::metadata(&self.binary).expect("it is there").len() as f64 / 1e6;
        self.row(
            "C4",
            "binary, stripped",
            &format!("{size:.2} MB"),
            "",
            "",
            "≤ 17 MB",
            size <= 17.0,
        );
    }

    /// C4 where each function has a dead-letter queue: all of them found and counted.
    fn queues(&mut self) {
        self.stub = Stub::start(Account::with_queues(self.scale.functions));
        let console = self.settled();
        let memory = ["VmRSS", "VmHWM"].map(|name| figures::memory(console.pid(), name));
        if let [Some(now), Some(peak)] = memory {
            self.row(
                "C4",
                &format!(
                    "resident with {} functions, each with a queue",
                    self.scale.functions
                ),
                &format!("{now:.1} MB (peak {peak:.1})"),
                "",
                "",
                "≤ 35 MB",
                now <= 35.0,
            );
        }
        leave(console);
    }

    /// A console that has read everything there is.
    fn settled(&self) -> Terminal {
        let mut console = self.console(&[]);
        let mut requests = 0;
        while self.stub.requests() != requests {
            requests = self.stub.requests();
            console.settles(self.scale.quiet / 10);
        }
        console
    }

    /// Lets a console read the account once, so that a kept list lies on the disk: the file and
    /// what it holds.
    fn keep_list(&self) -> (PathBuf, Vec<u8>) {
        let cache = self.home.path().join("cache/lambdeck");
        let _ = fs::remove_dir_all(&cache);
        let console = self.console(&[]);
        let until = Instant::now() + PATIENCE;
        let kept = || {
            let files = fs::read_dir(&cache).ok()?.flatten();
            let mut kept = files.map(|file| file.path());
            kept.find(|file| file.extension().is_some_and(|kind| kind == "kept"))
        };
        let file = loop {
            if let Some(file) = kept() {
                break file;
            }
            assert!(
                Instant::now() < until,
                "no list was kept: {}",
                console.contents()
            );
            thread::sleep(Duration::from_millis(5));
        };
        leave(console);
        let content = fs::read(&file).expect("it was there");
        (file, content)
    }

    fn console(&self, arguments: &[&str]) -> Terminal {
        Terminal::start(&self.binary, arguments, &self.variables())
    }

    /// Runs a command that prints a line for each function.
    fn run(&self, command: &mut Command) -> Run {
        let cpu = figures::cpu_of_children();
        let begin = Instant::now();
        let output = command
            .env_clear()
            .envs(self.variables())
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .expect("it starts");
        let wall = begin.elapsed();
        assert!(output.status.success(), "{command:?}: {}", output.status);
        let lines = output.stdout.iter().filter(|&&byte| byte == b'\n').count();
        assert_eq!(lines, self.scale.functions, "one line for each function");
        let cpu = figures::cpu_of_children()
            .zip(cpu)
            .map(|(after, before)| after - before);
        Run { wall, cpu }
    }

    /// An environment that finds the stub and nothing of the developer's own.
    fn variables(&self) -> Vec<(String, String)> {
        let home = self.home.path();
        let under = |name: &str| home.join(name).to_string_lossy().into_owned();
        [
            ("HOME", under("")),
            ("XDG_CONFIG_HOME", under("config")),
            ("XDG_STATE_HOME", under("state")),
            ("XDG_CACHE_HOME", under("cache")),
            ("XDG_DATA_HOME", under("data")),
            ("TERM", "xterm-256color".into()),
            ("COLORTERM", "truecolor".into()),
            ("AWS_ACCESS_KEY_ID", "AKIABENCH".into()),
            ("AWS_SECRET_ACCESS_KEY", "bench".into()),
            ("AWS_REGION", "eu-west-1".into()),
            ("AWS_ENDPOINT_URL", self.stub.url()),
            ("AWS_CONFIG_FILE", under("none")),
            ("AWS_SHARED_CREDENTIALS_FILE", under("none")),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    #[expect(clippy::too_many_arguments, reason = "the columns of the table")]
    fn row(
        &self,
        id: &str,
        what: &str,
        ours: &str,
        anchor: &str,
        ratio: &str,
        goal: &str,
        is_met: bool,
    ) {
        let verdict = match (self.judges, is_met) {
            (false, _) => "not judged",
            (true, true) => "met",
            (true, false) => "MISSED",
        };
        println!("| {id} | {what} | {ours} | {anchor} | {ratio} | {goal} | {verdict} |");
    }
}

/// One run of a command.
struct Run {
    wall: Duration,
    cpu: Option<Duration>,
}

/// What a process did while nothing happened.
struct Rest {
    /// Share of one processor.
    cpu: f64,
    /// Voluntary switches a second of the busiest thread.
    switches: f64,
    busiest: String,
}

impl Rest {
    fn between(before: &[figures::Thread], after: &[figures::Thread], took: Duration) -> Self {
        let mut rest = Self {
            cpu: 0.0,
            switches: 0.0,
            busiest: String::new(),
        };
        for thread in after {
            let earlier = before.iter().find(|earlier| earlier.id == thread.id);
            let (cpu, switches) = earlier.map_or((Duration::ZERO, 0), |it| (it.cpu, it.switches));
            rest.cpu += (thread.cpu - cpu).as_secs_f64() / took.as_secs_f64();
            let switches = (thread.switches - switches) as f64 / took.as_secs_f64();
            if switches >= rest.switches {
                rest.switches = switches;
                rest.busiest.clone_from(&thread.name);
            }
        }
        rest
    }
}

/// Quits a console as a user does.
fn leave(mut console: Terminal) {
    console.press("\u{3}");
    console.ended();
}

/// The stub alone, to be looked at with anything, until standard input ends.
fn serve(functions: usize, latency: Duration) {
    let stub = Stub::start(Account::of(functions));
    stub.set_latency(latency);
    println!("{}", stub.url());
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}

/// The anchor of E2 and E3: the walk with the SDK alone, a line for each name.
fn bare_sdk(url: &str, pages: usize) {
    use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region};
    use std::io::Write as _;

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let config = aws_sdk_lambda::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url(url)
            .credentials_provider(Credentials::new("AKIABENCH", "bench", None, None, "bench"))
            .build();
        let client = aws_sdk_lambda::Client::from_conf(config);
        let mut out = std::io::BufWriter::new(std::io::stdout());
        let mut marker = None;
        for _ in 0..pages {
            let request = client.list_functions().max_items(50).set_marker(marker);
            let page = request.send().await.expect("the stub answers");
            for function in page.functions() {
                writeln!(out, "{}", function.function_name().unwrap_or_default())
                    .expect("somebody reads");
            }
            marker = page.next_marker;
            if marker.is_none() {
                break;
            }
        }
        out.flush().expect("somebody reads");
    });
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms >= 100.0 || ms == 0.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{ms:.1} ms")
    }
}

fn ratio(a: Duration, b: Duration) -> String {
    format!("{:.2}", a.as_secs_f64() / b.as_secs_f64())
}
