//! Our side of the benchmark: the engine behind the Gate, as `lambdeck dlq redrive` runs it, with
//! the journal in a directory or off.

use std::{path::Path, sync::Arc, time::Instant};

use lambdeck::{
    aws,
    domain::{
        function::Arn,
        letter::decode::Known,
        queue::{QueueAddress, QueueUrl},
        redrive::{Destination, Pace, Phase, Plan, Scope, Workers},
        session::Target,
    },
    ports::Provider as _,
    runtime::{
        access::Access,
        activity::ActivityLog,
        clock::Clock,
        gate::Gate,
        journal::Journals,
        redrive::{Start, execute, first_progress},
    },
    store::effect::Control,
};
use tokio::sync::watch;

use super::figures;

/// The URL that the stub gives to a queue.
pub fn url_of(name: &str) -> String {
    format!("http://127.0.0.1/000000000000/{name}")
}

/// Moves every letter of `dead` to `main`; prints the seconds it took and the peak of memory in MB.
pub fn redrive(endpoint: &str, workers: u16, journal: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let took = runtime.block_on(async {
        let environment: aws::Environment = [
            ("AWS_ACCESS_KEY_ID", "AKIABENCH"),
            ("AWS_SECRET_ACCESS_KEY", "bench"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
        let target: Target = environment.resolve(None, None, None);
        let session = aws::Provider::with_env(environment)
            .open(&target)
            .await
            .expect("opens");
        let clock = Clock::system();
        let activity = Arc::new(ActivityLog::nowhere());
        let gate = Gate::new(session, None, Access::default(), activity, clock.clone());
        let journals = if journal == "off" {
            Journals::nowhere()
        } else {
            Journals::in_dir(Path::new(journal).to_owned())
        };
        let plan = plan(workers, clock.now());
        let journal = journals.create(&plan).expect("a journal");
        let tombstones = journals
            .tombstones(&plan.source, &plan.id)
            .expect("readable");
        let address = QueueAddress::of(&plan.source).expect("a queue");
        let source = gate.open_queue(&address).await.expect("it is there");
        let start = Start::fresh(plan, source, Vec::new(), Known::default(), tombstones);
        let (_control, inbox) = watch::channel(Control::Resume);
        let (progress, _figures) = watch::channel(first_progress(&start, clock.now()));
        let begin = Instant::now();
        let last = execute(Arc::new(gate), clock, journal, start, inbox, progress).await;
        let took = begin.elapsed();
        assert!(
            matches!(last.phase, Phase::Ended(_)) && last.tally.is_clean(),
            "{last:?}"
        );
        took
    });
    let peak = figures::memory(std::process::id(), "VmHWM").unwrap_or_default();
    println!("{} {peak}", took.as_secs_f64());
}

fn plan(workers: u16, created: jiff::Timestamp) -> Plan {
    let arn = |name: &str| Arn::new(format!("arn:aws:sqs:eu-west-1:000000000000:{name}"));
    let url = |name: &str| QueueUrl::new(url_of(name));
    Plan {
        id: "bench".to_owned(),
        created,
        account: None,
        region: "eu-west-1".to_owned(),
        profile: None,
        source: arn("dead"),
        source_url: url("dead"),
        source_is_fifo: false,
        scope: Scope::Standing {
            filter: None,
            limit: None,
        },
        edit: None,
        destination: Destination::Queue {
            arn: arn("main"),
            url: url("main"),
        },
        pace: Pace {
            workers: Workers::Fixed(workers),
            ..Pace::default()
        },
        keep_trace: false,
        canary_timeout_s: None,
    }
}
