//! A redrive against a stub that counts (D1, D2): ours and a loop of the bare SDK at equal workers,
//! each as a process of its own in turn, then the journal's price and the memory.
//!
//! `cargo bench --bench redrive [-- D1 …]`; without `--bench` a run of the smallest size shows that
//! everything works and judges nothing. `--serve LETTERS MS` runs the stub alone.

#![allow(
    clippy::disallowed_methods,
    clippy::unchecked_time_subtraction,
    reason = "a benchmark measures time, and a later reading is never the smaller one"
)]

#[path = "../process/figures.rs"]
#[allow(dead_code, reason = "the other benchmark reads threads too")]
mod figures;
#[path = "../loopback.rs"]
#[allow(dead_code, reason = "the other benchmark keeps its answers")]
mod loopback;
mod ours;
mod stub;

use std::{
    env,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use loopback::Server;
use stub::{Call, Queues};

/// What AWS's own redrive moves at most in a second (SQS API, `StartMessageMoveTask`).
const AWS: f64 = 500.0;

/// How much is measured.
struct Scale {
    letters: usize,
    many: usize,
    rounds: usize,
    latency: Duration,
    workers: &'static [usize],
}

const FULL: Scale = Scale {
    letters: 20_000,
    many: 100_000,
    rounds: 5,
    latency: Duration::from_millis(20),
    workers: &[8, 32, 128],
};

const SMOKE: Scale = Scale {
    letters: 200,
    many: 400,
    rounds: 1,
    latency: Duration::from_millis(1),
    workers: &[8],
};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["--bare-sdk", url, workers] => return bare_sdk(url, number(workers)),
        ["--ours", url, workers, journal] => {
            return ours::redrive(url, number(workers) as u16, journal);
        }
        ["--serve", letters, ms] => {
            return serve(number(letters), Duration::from_millis(number(ms) as u64));
        }
        _ => {}
    }
    let judges = arguments.iter().any(|argument| argument == "--bench");
    let wanted: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let wants = |row: &str| wanted.is_empty() || wanted.contains(&row);
    let bench = Bench {
        scale: if judges { FULL } else { SMOKE },
        judges,
        home: tempfile::tempdir().expect("a directory for the journals"),
    };
    println!("|   | what | ours | anchor | ratio | goal | |\n|---|---|---|---|---|---|---|");
    if wants("D1") {
        bench.with_latency();
    }
    if wants("D2") {
        bench.without_latency();
    }
    if wants("D3") {
        bench.many();
    }
}

fn number(text: &str) -> usize {
    text.parse().expect("a number")
}

struct Bench {
    scale: Scale,
    judges: bool,
    home: tempfile::TempDir,
}

/// One process that moved every letter.
struct Run {
    wall: Duration,
    cpu: Duration,
    peak_mb: f64,
    requests: f64,
}

impl Bench {
    /// D1: 20 ms a request, the journal on.
    fn with_latency(&self) {
        for &workers in self.scale.workers {
            let letters = self.letters_for(workers);
            let stub = Server::start(Queues::with(letters));
            stub.set_latency(self.scale.latency);
            let (mut ours, mut bare) = (Vec::new(), Vec::new());
            for _ in 0..self.scale.rounds {
                bare.push(Self::run(
                    &stub,
                    &["--bare-sdk", &stub.url(), &workers.to_string()],
                ));
                ours.push(self.ours(&stub, workers, true));
            }
            let rate = |runs: &[Run]| letters as f64 / median(runs, |run| run.wall.as_secs_f64());
            let (ours_rate, bare_rate) = (rate(&ours), rate(&bare));
            let aws = match workers {
                32 => Some(8.0),
                128 => Some(30.0),
                _ => None,
            };
            self.row(
                "D1",
                &format!(
                    "{workers} workers, {} ms a request, journal on",
                    self.scale.latency.as_millis()
                ),
                &format!("{ours_rate:.0}/s, {:.1} × AWS's", ours_rate / AWS),
                &format!("bare SDK {bare_rate:.0}/s"),
                &format!("{:.2}", ours_rate / bare_rate),
                &format!(
                    "≥ 0.85{}",
                    aws.map_or(String::new(), |times| format!("; ≥ {times:.0} × AWS"))
                ),
                ours_rate >= 0.85 * bare_rate && aws.is_none_or(|times| ours_rate >= times * AWS),
            );
            self.requests(&ours);
        }
    }

    /// D2: no latency; without the journal against the SDK, then with it against without.
    fn without_latency(&self) {
        let stub = Server::start(Queues::with(self.scale.letters));
        let workers = self.scale.workers[self.scale.workers.len() / 2];
        let (mut ours, mut bare, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.scale.rounds {
            bare.push(Self::run(
                &stub,
                &["--bare-sdk", &stub.url(), &workers.to_string()],
            ));
            ours.push(self.ours(&stub, workers, false));
            kept.push(self.ours(&stub, workers, true));
        }
        let rate =
            |runs: &[Run]| self.scale.letters as f64 / median(runs, |run| run.wall.as_secs_f64());
        let cpu = |runs: &[Run]| median(runs, |run| run.cpu.as_secs_f64());
        let what = format!("{workers} workers, no latency, journal off");
        self.row(
            "D2",
            &what,
            &format!("{:.0}/s", rate(&ours)),
            &format!("bare SDK {:.0}/s", rate(&bare)),
            &format!("{:.2}", rate(&ours) / rate(&bare)),
            "≥ 0.85",
            rate(&ours) >= 0.85 * rate(&bare),
        );
        let per = |seconds: f64| seconds * 100_000.0 / self.scale.letters as f64;
        self.row(
            "D2",
            &format!("{what}: CPU a 100,000 letters"),
            &format!("{:.2} s", per(cpu(&ours))),
            &format!("bare SDK {:.2} s", per(cpu(&bare))),
            &format!("{:.2}", cpu(&ours) / cpu(&bare)),
            "≤ 1.2",
            cpu(&ours) <= 1.2 * cpu(&bare),
        );
        self.row(
            "D2",
            "the journal's price: wall; CPU",
            &format!("{:.0}/s; {:.2} s", rate(&kept), per(cpu(&kept))),
            &format!("journal off {:.0}/s; {:.2} s", rate(&ours), per(cpu(&ours))),
            &format!(
                "{:.2}; {:.2}",
                rate(&kept) / rate(&ours),
                cpu(&kept) / cpu(&ours)
            ),
            "(told, not judged)",
            true,
        );
        self.requests(&ours);
    }

    /// Memory does not grow with the queue.
    fn many(&self) {
        let peak = |letters: usize| {
            let stub = Server::start(Queues::with(letters));
            self.ours(&stub, 32, true).peak_mb
        };
        let (few, many) = (peak(self.scale.many / 10), peak(self.scale.many));
        self.row(
            "D3",
            &format!("peak memory at {} letters", self.scale.many),
            &format!("{many:.1} MB"),
            &format!("{few:.1} MB at a tenth"),
            &format!("{:.2}", many / few),
            "≤ 1.5",
            many <= 1.5 * few,
        );
    }

    fn requests(&self, runs: &[Run]) {
        let most = runs.iter().map(|run| run.requests).fold(0.0, f64::max);
        self.row(
            "D",
            "requests a letter",
            &format!("{most:.3}"),
            "",
            "",
            "0.3 (and the last empty looks)",
            most <= 0.31,
        );
    }

    /// As many as keep the workers busy for a while.
    fn letters_for(&self, workers: usize) -> usize {
        if self.judges {
            self.scale.letters.max(workers * 400)
        } else {
            self.scale.letters
        }
    }

    fn ours(&self, stub: &Server<Queues>, workers: usize, journal: bool) -> Run {
        let directory = tempfile::tempdir_in(self.home.path()).expect("a directory");
        let journal = if journal {
            directory.path().to_string_lossy().into_owned()
        } else {
            "off".into()
        };
        Self::run(
            stub,
            &["--ours", &stub.url(), &workers.to_string(), &journal],
        )
    }

    /// Runs this program in one of its modes; every letter must be sent once and deleted once.
    fn run(stub: &Server<Queues>, arguments: &[&str]) -> Run {
        stub.handler().refill();
        let letters = stub.handler().letters();
        let before = figures::cpu_of_children().unwrap_or_default();
        let begin = Instant::now();
        let output = Command::new(env::current_exe().expect("this program has a path"))
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .expect("it starts");
        let wall = begin.elapsed();
        assert!(output.status.success(), "{arguments:?}: {}", output.status);
        assert_eq!(
            stub.handler().astray(),
            0,
            "sent = deleted = seeded: {arguments:?}"
        );
        let cpu = figures::cpu_of_children().unwrap_or_default() - before;
        let said = String::from_utf8_lossy(&output.stdout);
        let mut words = said
            .split_whitespace()
            .map(|word| word.parse::<f64>().unwrap_or_default());
        // The time from the first request to the last delete: without the start of the process and
        // the empty looks by which the end is known.
        let inside = words.next().map_or(wall, Duration::from_secs_f64);
        let handler = stub.handler();
        let calls: usize = [Call::Receive, Call::Send, Call::Delete, Call::Visibility]
            .into_iter()
            .map(|call| handler.calls(call))
            .sum();
        Run {
            wall: inside,
            cpu,
            peak_mb: words.next().unwrap_or_default(),
            requests: calls as f64 / letters as f64,
        }
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

/// The stub alone, to be looked at with anything, until standard input ends.
fn serve(letters: usize, latency: Duration) {
    let stub = Server::start(Queues::with(letters));
    stub.set_latency(latency);
    println!("{}", stub.url());
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}

/// The anchor: each worker receives, sends and deletes batches of ten, with the SDK alone.
fn bare_sdk(url: &str, workers: usize) {
    use aws_sdk_sqs::{
        config::{BehaviorVersion, Credentials, Region},
        types::{
            DeleteMessageBatchRequestEntry, MessageSystemAttributeName,
            SendMessageBatchRequestEntry,
        },
    };

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let begin = Instant::now();
    runtime.block_on(async {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url(url)
            .credentials_provider(Credentials::new("AKIABENCH", "bench", None, None, "bench"))
            .build();
        let client = aws_sdk_sqs::Client::from_conf(config);
        let worker = |client: aws_sdk_sqs::Client| async move {
            let (dead, main) = (ours::url_of("dead"), ours::url_of("main"));
            loop {
                let received = client
                    .receive_message()
                    .queue_url(&dead)
                    .max_number_of_messages(10)
                    .message_system_attribute_names(MessageSystemAttributeName::All)
                    .message_attribute_names("All")
                    .send()
                    .await
                    .expect("the stub answers");
                let messages = received.messages.unwrap_or_default();
                if messages.is_empty() {
                    break;
                }
                let (mut send, mut delete) = (
                    client.send_message_batch().queue_url(&main),
                    client.delete_message_batch().queue_url(&dead),
                );
                for (number, message) in messages.into_iter().enumerate() {
                    let id = number.to_string();
                    send = send.entries(
                        SendMessageBatchRequestEntry::builder()
                            .id(&id)
                            .set_message_body(message.body)
                            .build()
                            .expect("an entry"),
                    );
                    delete = delete.entries(
                        DeleteMessageBatchRequestEntry::builder()
                            .id(&id)
                            .set_receipt_handle(message.receipt_handle)
                            .build()
                            .expect("an entry"),
                    );
                }
                send.send().await.expect("the stub answers");
                delete.send().await.expect("the stub answers");
            }
        };
        let workers = (0..workers).map(|_| tokio::spawn(worker(client.clone())));
        for worker in workers.collect::<Vec<_>>() {
            worker.await.expect("a worker does not panic");
        }
    });
    println!("{}", begin.elapsed().as_secs_f64());
}

fn median(runs: &[Run], figure: impl Fn(&Run) -> f64) -> f64 {
    let mut figures: Vec<f64> = runs.iter().map(figure).collect();
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}
