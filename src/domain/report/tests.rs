mod runtimes;

use super::*;

const ID: &str = "8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1";
const OTHER: &str = "77ab5a51-2e4c-5a8b-9d5f-2f6a0b7c3109";

fn platform(message: &str) -> PlatformLine<'_> {
    match read(message) {
        Line::Platform(line) => line,
        Line::App(line) => panic!("read as a line of the function: {line:?}"),
    }
}

fn app(message: &str) -> AppLine<'_> {
    match read(message) {
        Line::App(line) => line,
        Line::Platform(line) => panic!("read as a line of the platform: {line:?}"),
    }
}

#[test]
fn start_and_end() {
    let start = format!("START RequestId: {ID} Version: $LATEST\n");
    assert_eq!(
        platform(&start),
        PlatformLine::Start {
            request_id: ID.into(),
            version: Some("$LATEST".into())
        }
    );
    let end = format!("END RequestId: {ID}\n");
    assert_eq!(
        platform(&end),
        PlatformLine::End {
            request_id: ID.into()
        }
    );
}

#[test]
fn report_is_read_by_key() {
    let text = format!(
        "REPORT RequestId: {ID}\tDuration: 127.10 ms\tBilled Duration: 154 ms\tMemory Size: 2048 MB\tMax Memory Used: 212 MB\t\
         Restore Duration: 325.93 ms\tBilled Restore Duration: 26 ms\tStatus: error\tError Type: Runtime.ExitError\t\n\
         XRAY TraceId: 1-5f-ab\tSegmentId: 12cd\tSampled: true\t\n"
    );
    let PlatformLine::Report(report) = platform(&text) else {
        panic!("not a report")
    };
    assert_eq!(report.duration_ms, Some(127.10));
    assert_eq!(report.billed_ms, Some(154.0));
    assert_eq!((report.memory_mb, report.used_mb), (Some(2048), Some(212)));
    assert_eq!(report.restore_ms, Some(325.93));
    assert_eq!(report.init_ms, None);
    assert_eq!(report.verdict, Some(Verdict::Error));
    assert_eq!(report.error_type.as_deref(), Some("Runtime.ExitError"));
    let xray = report.xray.expect("a trace");
    assert_eq!(
        (
            xray.trace_id.as_ref(),
            xray.segment_id.as_deref(),
            xray.sampled
        ),
        ("1-5f-ab", Some("12cd"), true)
    );
}

#[test]
fn a_cold_start_and_a_timeout() {
    let text = format!(
        "REPORT RequestId: {ID}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t\
         Init Duration: 397.68 ms\tStatus: timeout"
    );
    let PlatformLine::Report(report) = platform(&text) else {
        panic!("not a report")
    };
    assert_eq!(
        (report.init_ms, report.duration_ms),
        (Some(397.68), Some(3000.0))
    );
    assert_eq!(report.verdict, Some(Verdict::Timeout));
}

#[test]
fn initialisation_and_restoring() {
    let line = platform(
        "INIT_START Runtime Version: python:3.12.v18\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:0cdc",
    );
    assert!(
        matches!(line, PlatformLine::InitStart { runtime_version: Some(version), runtime_version_arn: Some(arn), .. }
        if version == "python:3.12.v18" && arn == "arn:aws:lambda:eu-west-1::runtime:0cdc")
    );
    let line = platform(
        "INIT_REPORT Init Duration: 9999.79 ms\tPhase: init\tStatus: error\tError Type: Runtime.UserCodeSyntaxError",
    );
    assert_eq!(
        line,
        PlatformLine::InitReport {
            duration_ms: Some(9999.79),
            phase: Some(InitPhase::Init),
            verdict: Some(Verdict::Error),
            error_type: Some("Runtime.UserCodeSyntaxError".into()),
        }
    );
    assert_eq!(line.level(), Some(Level::Error));
    // AWS's own sample separates these by blanks.
    let line = platform(
        "RESTORE_REPORT Restore Duration: 1236.04 ms Status: timeout Error Type: Runtime.X",
    );
    assert_eq!(
        line,
        PlatformLine::RestoreReport {
            duration_ms: Some(1236.04),
            verdict: Some(Verdict::Timeout),
            error_type: Some("Runtime.X".into()),
        }
    );
    assert!(matches!(
        platform("RESTORE_START Runtime Version: java:11.v15\tRuntime Version ARN: arn:x"),
        PlatformLine::RestoreStart { runtime_version: Some(version) } if version == "java:11.v15"
    ));
}

#[test]
fn old_style_failures() {
    let text = format!("2024-03-04T17:22:38.033Z {ID} Task timed out after 3.00 seconds\n\n");
    assert_eq!(
        platform(&text),
        PlatformLine::TimedOut {
            request_id: ID.into(),
            seconds: 3.0
        }
    );
    for (text, reason) in [
        (
            "Error: Runtime exited without providing a reason",
            "Runtime exited without providing a reason",
        ),
        (
            "Error: Runtime exited with error: signal: killed",
            "Runtime exited with error: signal: killed",
        ),
        (
            "Process exited before completing request",
            "Process exited before completing request",
        ),
    ] {
        let text = format!("RequestId: {ID} {text}");
        assert_eq!(
            platform(&text),
            PlatformLine::Exited {
                request_id: Some(ID.into()),
                reason: reason.into()
            }
        );
    }
    assert_eq!(
        platform("Runtime.ExitError\n"),
        PlatformLine::Exited {
            request_id: None,
            reason: "Runtime.ExitError".into()
        }
    );
}

#[test]
fn extensions_in_text() {
    assert!(matches!(
        platform("EXTENSION\tName: collector\tState: Ready\tEvents: [INVOKE, SHUTDOWN]"),
        PlatformLine::Extension { name, state, .. } if name == "collector" && state == "Ready"
    ));
    assert!(matches!(
        platform("TELEMETRY\tName: collector\tState: Subscribed\tTypes: [Platform, Function]"),
        PlatformLine::TelemetrySubscription { name, state } if name == "collector" && state == "Subscribed"
    ));
    assert!(matches!(
        platform("LOGS\tName: c\tState: Subscribed\tTypes: [Platform]"),
        PlatformLine::TelemetrySubscription { .. }
    ));
    assert!(matches!(
        platform("XRAY TraceId: 1-5f\tSegmentId: 1\tSampled: true"),
        PlatformLine::Xray(_)
    ));
}

#[test]
fn the_platform_in_json() {
    let text = format!(
        r#"{{"time":"2024-03-13T18:56:24.046Z","type":"platform.report","record":{{"requestId":"{ID}","metrics":{{"durationMs":5000.0,"billedDurationMs":5000,"memorySizeMB":128,"maxMemoryUsedMB":94}},"status":"timeout"}}}}"#
    );
    let line = platform(&text);
    assert_eq!(line.level(), Some(Level::Error));
    let PlatformLine::Report(report) = line else {
        panic!("not a report")
    };
    assert_eq!(
        (report.duration_ms, report.billed_ms),
        (Some(5000.0), Some(5000.0))
    );
    assert_eq!((report.memory_mb, report.used_mb), (Some(128), Some(94)));
    assert_eq!(report.verdict, Some(Verdict::Timeout));

    // Managed Instances: the duration only.
    let text = format!(
        r#"{{"time":"t","type":"platform.report","record":{{"requestId":"{ID}","metrics":{{"durationMs":12.5}},"status":"success"}}}}"#
    );
    assert!(matches!(
        platform(&text),
        PlatformLine::Report(Report {
            duration_ms: Some(12.5),
            memory_mb: None,
            ..
        })
    ));

    let text = format!(
        r#"{{"time":"t","type":"platform.start","record":{{"requestId":"{ID}","version":"42","tracing":{{"spanId":"5","type":"X-Amzn-Trace-Id","value":"Root=1-5;Parent=8;Sampled=1"}}}}}}"#
    );
    assert_eq!(
        platform(&text),
        PlatformLine::Start {
            request_id: ID.into(),
            version: Some("42".into())
        }
    );

    let init = r#"{"time":"t","type":"platform.initStart","record":{"initializationType":"on-demand","phase":"init","runtimeVersion":"nodejs-14.v3","runtimeVersionArn":"arn","functionVersion":"$LATEST","instanceId":"x","instanceMaxMemory":256}}"#;
    assert!(
        matches!(platform(init), PlatformLine::InitStart { phase: Some(InitPhase::Init), initialization_type: Some(kind), .. } if kind == "on-demand")
    );
    let done = r#"{"time":"t","type":"platform.initRuntimeDone","record":{"initializationType":"on-demand","status":"error","errorType":"Runtime.ExitError"}}"#;
    assert_eq!(platform(done).level(), Some(Level::Error));
    let report = r#"{"time":"t","type":"platform.initReport","record":{"initializationType":"on-demand","status":"success","phase":"init","metrics":{"durationMs":125.33},"spans":[]}}"#;
    assert!(matches!(
        platform(report),
        PlatformLine::InitReport {
            duration_ms: Some(125.33),
            verdict: Some(Verdict::Success),
            ..
        }
    ));
    let dropped = r#"{"time":"t","type":"platform.logsDropped","record":{"droppedBytes":12345,"droppedRecords":123,"reason":"Some logs were dropped"}}"#;
    assert!(matches!(
        platform(dropped),
        PlatformLine::LogsDropped {
            records: 123,
            bytes: 12345,
            ..
        }
    ));
    let extension = r#"{"time":"t","type":"platform.extension","record":{"events":["INVOKE"],"name":"e","state":"Ready"}}"#;
    assert!(matches!(
        platform(extension),
        PlatformLine::Extension { .. }
    ));
    let subscription = r#"{"time":"t","type":"platform.telemetrySubscription","record":{"name":"e","state":"Subscribed","types":["platform"]}}"#;
    assert!(matches!(
        platform(subscription),
        PlatformLine::TelemetrySubscription { .. }
    ));
    for (name, expected_failure) in [
        ("restoreStart", false),
        ("restoreRuntimeDone", true),
        ("restoreReport", true),
    ] {
        let text =
            format!(r#"{{"time":"t","type":"platform.{name}","record":{{"status":"timeout"}}}}"#);
        assert_eq!(
            platform(&text).level().is_some(),
            expected_failure,
            "{name}"
        );
    }
    let done = format!(
        r#"{{"time":"t","type":"platform.runtimeDone","record":{{"requestId":"{ID}","status":"failure","errorType":"E"}}}}"#
    );
    assert!(matches!(
        platform(&done),
        PlatformLine::RuntimeDone {
            verdict: Some(Verdict::Error),
            ..
        }
    ));
    assert!(matches!(
        platform(
            r#"{"time":"t","type":"platform.fault","record":"x"}"#
                .replace("\"x\"", "{}")
                .as_str()
        ),
        PlatformLine::Other { .. }
    ));
}

#[test]
fn node_lines() {
    let text = format!("2026-11-20T02:28:41.133Z\t{ID}\tINFO\tcharging\tamount=150\n");
    let line = app(&text);
    assert_eq!(
        (line.level, line.request_id.as_deref()),
        (Some(Level::Info), Some(ID))
    );
    assert_eq!(line.text, "charging\tamount=150");
    let text = format!(
        "2026-11-20T02:28:41.133Z\t{ID}\tERROR\tInvoke Error \t{{\"errorType\":\"CardDeclined\",\"errorMessage\":\"card \\\"4242\\\" declined\",\"stack\":[\"a\"]}}\n"
    );
    let line = app(&text);
    assert!(line.unhandled);
    assert_eq!(line.error_type.as_deref(), Some("CardDeclined"));
    assert_eq!(
        line.error_message.as_deref(),
        Some("card \"4242\" declined")
    );
    let line = app(
        "2026-11-20T02:28:41.133Z\tundefined\tERROR\tUncaught Exception \t{\"errorType\":\"Runtime.UserCodeSyntaxError\",\"errorMessage\":\"SyntaxError: x\"}",
    );
    assert_eq!(
        (line.request_id, line.error_type.as_deref()),
        (None, Some("Runtime.UserCodeSyntaxError"))
    );
}

#[test]
fn python_lines() {
    let text = format!(
        "[ERROR]\t2026-11-20T02:28:41.133Z\t{ID}\tcharge failed\nTraceback (most recent call last):\n"
    );
    let line = app(&text);
    assert_eq!(
        (line.level, line.request_id.as_deref(), line.unhandled),
        (Some(Level::Error), Some(ID), false)
    );
    let line = app(
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'x'\rTraceback (most recent call last):",
    );
    assert!(line.unhandled);
    assert_eq!(
        line.error_type.as_deref(),
        Some("Runtime.ImportModuleError")
    );
    assert_eq!(
        line.error_message.as_deref(),
        Some("Unable to import module 'app': No module named 'x'")
    );
    assert_eq!(app("[WARNING] low disk").level, Some(Level::Warn));
}

#[test]
fn java_and_plain_lines() {
    let text = format!("2026-11-20 02:28:41 {ID} INFO  Handler:42 - charging");
    let line = app(&text);
    assert_eq!(
        (line.level, line.request_id.as_deref()),
        (Some(Level::Info), Some(ID))
    );
    for (text, level) in [
        ("info   charging  amount=150", Some(Level::Info)),
        ("level=error msg=\"no card\"", Some(Level::Error)),
        ("2026-11-20 ERROR could not charge", Some(Level::Error)),
        ("java.lang.NullPointerException: x", Some(Level::Error)),
        ("Traceback (most recent call last):", Some(Level::Error)),
        ("no errors were found, error count is zero", None),
        ("ERROR_COUNT is 0", None),
        ("Note: all fine", None),
        ("", None),
    ] {
        assert_eq!(app(text).level, level, "{text}");
    }
    let line = app("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
    assert_eq!(
        line.error_type.as_deref(),
        Some("Runtime.InvalidEntrypoint")
    );
}

#[test]
fn json_lines_of_the_function() {
    let text = format!(
        r#"{{"timestamp":"2026-11-20T02:28:41.133Z","level":"ERROR","message":"charge \"failed\"","requestId":"{ID}","errorType":"CardDeclined","errorMessage":"no","stackTrace":["x"],"level":"INFO"}}"#
    );
    let line = app(&text);
    assert_eq!(
        (line.level, line.request_id.as_deref()),
        (Some(Level::Error), Some(ID))
    );
    assert_eq!(
        (line.error_type.as_deref(), line.error_message.as_deref()),
        (Some("CardDeclined"), Some("no"))
    );
    assert_eq!(line.text, "charge \"failed\"");
    assert_eq!(line.timestamp.as_deref(), Some("2026-11-20T02:28:41.133Z"));
    let text = format!(r#"{{"level":"WARN","AWSRequestId":"{ID}","message":"x"}}"#);
    assert_eq!(app(&text).request_id.as_deref(), Some(ID));
    let nested = r#"{"level":"error","message":{"errorType":"TypeError","errorMessage":"x is not a function","stackTrace":[]}}"#;
    assert_eq!(app(nested).error_type.as_deref(), Some("TypeError"));
    assert_eq!(app(r#"{"level":50,"msg":"x"}"#).level, Some(Level::Error));
    assert_eq!(
        app(r#"{"level":"ERROR","requestId":"cut o"#).level,
        Some(Level::Error)
    );
    let foreign = r#"{"detail":{"level":"ERROR"},"type":"order"}"#;
    assert_eq!(app(foreign).level, None);
}

const SOURCE: SourceId = SourceId(0);
const STREAM: StreamId = StreamId(7);

/// Feeds lines a second apart on one stream and returns the merged invocations.
fn assemble(lines: &[&str]) -> (Vec<Option<InvocationKey>>, Vec<Invocation>) {
    let mut assembler = Assembler::default();
    let keys = lines
        .iter()
        .zip(1_i64..)
        .map(|(line, second)| {
            assembler
                .observe(SOURCE, STREAM, second * 1000, line, Numbers::default())
                .invocation
        })
        .collect();
    (keys, assembler.take_changes())
}

#[test]
fn text_lines_belong_to_the_running_request() {
    let (keys, invocations) = assemble(&[
        "before the first",
        &format!("START RequestId: {ID} Version: 42"),
        "charging",
        "[ERROR] CardDeclined: card declined for 150\nTraceback",
        &format!("END RequestId: {ID}"),
        &format!(
            "REPORT RequestId: {ID}\tDuration: 788.12 ms\tBilled Duration: 789 ms\tMemory Size: 512 MB\tMax Memory Used: 141 MB\t"
        ),
        "after",
        &format!("START RequestId: {OTHER} Version: $LATEST"),
    ]);
    let key = RequestId::new(ID).key();
    assert_eq!(
        keys[..7],
        [
            None,
            Some(key),
            Some(key),
            Some(key),
            Some(key),
            Some(key),
            None
        ]
    );
    let [first, second] = invocations.as_slice() else {
        panic!("two invocations")
    };
    assert_eq!(first.request_id.to_string(), ID);
    assert_eq!(
        (first.first, first.last, first.lines, first.errors()),
        (2000, 6000, 5, 1)
    );
    assert_eq!(
        (first.status(), first.version()),
        (Status::Error, Some(Version::Number(42)))
    );
    assert_eq!(
        first.first_error(),
        Some("CardDeclined: card declined for 150")
    );
    assert_eq!(first.figures.billed_ms(), Some(789));
    assert_eq!(
        (second.status(), second.version()),
        (Status::Running, Some(Version::Latest))
    );
}

#[test]
fn interleaved_requests_are_never_told_apart_by_order() {
    let start = |id| {
        format!(
            r#"{{"time":"t","type":"platform.start","record":{{"requestId":"{id}","version":"1"}}}}"#
        )
    };
    let report = |id| {
        format!(
            r#"{{"time":"t","type":"platform.report","record":{{"requestId":"{id}","metrics":{{"durationMs":1}},"status":"success"}}}}"#
        )
    };
    let named = format!(r#"{{"level":"INFO","requestId":"{OTHER}","message":"x"}}"#);
    let (keys, invocations) = assemble(&[
        &start(ID),
        "alone",
        &start(OTHER),
        "whose?",
        &named,
        &report(ID),
        "alone again",
        &report(OTHER),
    ]);
    let (one, other) = (RequestId::new(ID).key(), RequestId::new(OTHER).key());
    assert_eq!(
        keys,
        [
            Some(one),
            Some(one),
            Some(other),
            None,
            Some(other),
            Some(one),
            Some(other),
            Some(other)
        ]
    );
    assert!(
        invocations
            .iter()
            .all(|invocation| invocation.status() == Status::Success)
    );
}

#[test]
fn a_foreign_request_id_does_not_make_an_invocation() {
    let foreign = format!(r#"{{"level":"INFO","requestId":"{OTHER}","message":"calling"}}"#);
    let (keys, invocations) = assemble(&[&format!("START RequestId: {ID} Version: 1"), &foreign]);
    assert_eq!(keys[0], keys[1]);
    assert_eq!(invocations.len(), 1);
}

#[test]
fn a_late_line_goes_to_the_request_of_its_time() {
    let mut assembler = Assembler::default();
    let lines = [
        (1000, format!("START RequestId: {ID} Version: 1")),
        (2000, format!("END RequestId: {ID}")),
        (3000, format!("START RequestId: {OTHER} Version: 1")),
    ];
    for (time, line) in &lines {
        assembler.observe(SOURCE, STREAM, *time, line, Numbers::default());
    }
    let late = assembler.observe(SOURCE, STREAM, 1500, "late", Numbers::default());
    assert_eq!(late.invocation, Some(RequestId::new(ID).key()));
    let between = assembler.observe(SOURCE, STREAM, 2500, "between", Numbers::default());
    assert_eq!(between.invocation, None);
}

#[test]
fn verdicts_of_all_styles() {
    let report = |rest: &str| {
        format!(
            "REPORT RequestId: {ID}\tDuration: 3000.00 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t{rest}"
        )
    };
    let cases = [
        (String::new(), String::new(), Status::Success),
        (String::new(), "Status: timeout".into(), Status::Timeout),
        (
            String::new(),
            "Status: error\tError Type: Runtime.OutOfMemory".into(),
            Status::OutOfMemory,
        ),
        (
            String::new(),
            "Status: error\tError Type: Runtime.ExitError".into(),
            Status::Error,
        ),
        (
            format!("2024-03-04T17:22:38.033Z {ID} Task timed out after 3.00 seconds"),
            String::new(),
            Status::Timeout,
        ),
        (
            format!("RequestId: {ID} Error: Runtime exited with error: signal: killed"),
            String::new(),
            Status::OutOfMemory,
        ),
        (
            format!("RequestId: {ID} Error: Runtime exited with error: exit status 1"),
            String::new(),
            Status::Error,
        ),
    ];
    for (line, rest, status) in cases {
        let (_, invocations) = assemble(&[&line, &report(&rest)]);
        let invocation = invocations
            .iter()
            .find(|one| one.request_id == RequestId::new(ID))
            .expect("one");
        assert_eq!(invocation.status(), status, "{line} {rest}");
        assert!(invocation.at_memory_ceiling());
    }
}

#[test]
fn merging_does_not_depend_on_the_order() {
    let lines = [
        format!("START RequestId: {ID} Version: 42"),
        "[ERROR] KeyError: 'amount'\nTraceback".to_owned(),
        format!(
            "REPORT RequestId: {ID}\tDuration: 5.00 ms\tBilled Duration: 6 ms\tStatus: error\tError Type: KeyError"
        ),
        format!("START RequestId: {ID} Version: 42"),
        format!(
            "REPORT RequestId: {ID}\tDuration: 7.00 ms\tBilled Duration: 8 ms\tStatus: success"
        ),
    ];
    let mut parts = Vec::new();
    let mut assembler = Assembler::default();
    for (line, second) in lines.iter().zip(1_i64..) {
        assembler.observe(SOURCE, STREAM, second, line, Numbers::default());
        parts.extend(assembler.take_changes());
    }
    let merged = |parts: Vec<Invocation>| {
        parts.into_iter().reduce(|mut a, b| {
            a.merge(b);
            a
        })
    };
    let forwards = merged(parts.clone()).expect("parts");
    parts.reverse();
    assert_eq!(merged(parts).as_ref(), Some(&forwards));
    assert_eq!(
        (forwards.attempts, forwards.status(), forwards.lines),
        (2, Status::Success, 5)
    );
    assert_eq!(forwards.figures.billed_ms(), Some(8));
    assert_eq!(forwards.first_error(), Some("KeyError: 'amount'"));
}

#[test]
fn request_ids_print_as_they_were() {
    for id in [
        ID,
        OTHER,
        "not-a-uuid",
        "8F0C5A51-2E4C-5A8B-9D5F-2F6A0B7C31E1",
    ] {
        assert_eq!(RequestId::new(id).to_string(), id);
    }
    assert_ne!(RequestId::new(ID).key(), RequestId::new(OTHER).key());
}

proptest::proptest! {
    #[test]
    fn reading_never_fails(text in "(START|END|REPORT|INIT_REPORT|RequestId: |\\{|\\[ERROR\\]|\t|: |Duration|\"type\":\"platform\\.| |é|\n|[a-f0-9-]){0,12}") {
        read(&text);
    }
}
