//! How an invocation looks in its log group: platform lines and application lines, as text or as
//! JSON, in the manner of each runtime (`docs/aws.md` §1.6).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    dice::{hex32, mix},
    function::{Function, Language},
    schedule::Invocation,
    script::{End, Failure, Level, Line},
};
use crate::domain::log::LogEvent;

/// The log events of an invocation, in order.
pub(super) fn events(function: &Function, invocation: &Invocation) -> Vec<LogEvent> {
    lines(function, invocation)
        .into_iter()
        .enumerate()
        .map(|(number, (timestamp, message))| LogEvent {
            id: format!("{timestamp:014}{:020}{number:022}", invocation.salt),
            stream: invocation.stream.clone(),
            timestamp,
            ingested: timestamp + invocation.lag_ms,
            message,
        })
        .collect()
}

/// Time in milliseconds and text of each line.
pub(super) fn lines(function: &Function, invocation: &Invocation) -> Vec<(i64, String)> {
    let page = Page {
        function,
        invocation,
        language: function.language(),
    };
    if function.writes_json() {
        page.json()
    } else {
        page.text()
    }
}

/// What a synchronous caller gets when the function failed (`X-Amz-Function-Error` is set).
pub(super) fn error_payload(function: &Function, invocation: &Invocation) -> Option<Value> {
    let id = &invocation.request_id;
    match &invocation.run.end {
        End::Returned(_) => None,
        End::Raised(failure) => Some(match function.language() {
            Language::Node => json!({"errorType": failure.kind, "errorMessage": failure.message,
                "trace": node_stack(failure)}),
            Language::Python => json!({"errorMessage": failure.message, "errorType": failure.kind,
                "requestId": id, "stackTrace": failure.trace}),
            Language::Native => json!({"errorType": failure.kind, "errorMessage": failure.message}),
            _ => json!({"errorMessage": failure.message, "errorType": failure.kind,
                "stackTrace": failure.trace}),
        }),
        End::TimedOut => Some(
            json!({"errorType": "Sandbox.Timedout", "errorMessage": format!(
            "RequestId: {id} Error: Task timed out after {}.00 seconds",
            function.latest.summary.timeout_s)}),
        ),
        End::OutOfMemory => Some(
            json!({"errorType": "Runtime.ExitError", "errorMessage": format!(
            "RequestId: {id} Error: Runtime exited with error: signal: killed")}),
        ),
    }
}

fn node_stack(failure: &Failure) -> Vec<String> {
    std::iter::once(format!("{}: {}", failure.kind, failure.message))
        .chain(failure.trace.iter().cloned())
        .collect()
}

struct Page<'a> {
    function: &'a Function,
    invocation: &'a Invocation,
    language: Language,
}

impl Page<'_> {
    fn at_ms(&self, us: u64) -> i64 {
        (self.invocation.handler_us() + us as i64) / 1000
    }

    fn end_ms(&self) -> i64 {
        self.at_ms(self.invocation.run.duration_us)
    }

    fn text(&self) -> Vec<(i64, String)> {
        let Invocation {
            request_id,
            version,
            run,
            start_ms,
            init_us,
            ..
        } = self.invocation;
        let mut lines = Vec::with_capacity(run.lines.len() + 5);
        if init_us.is_some() {
            lines.push((
                *start_ms,
                format!(
                    "INIT_START Runtime Version: {}\tRuntime Version ARN: {}\n",
                    self.runtime_version(),
                    self.runtime_arn()
                ),
            ));
        }
        lines.push((
            self.at_ms(0),
            format!("START RequestId: {request_id} Version: {version}\n"),
        ));
        lines.extend(run.lines.iter().map(|line| {
            let at = self.at_ms(line.at_us);
            (at, self.text_line(line, at))
        }));
        let end = self.end_ms();
        if let End::Raised(failure) = &run.end {
            lines.push((end, self.text_failure(failure, end)));
        }
        lines.push((end, format!("END RequestId: {request_id}\n")));
        lines.push((end, self.text_report()));
        lines
    }

    fn text_line(&self, line: &Line, at: i64) -> String {
        let Line { level, text, .. } = line;
        let id = &self.invocation.request_id;
        let name = match level {
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warn => "WARN",
            Level::Error => "ERROR",
            Level::Raw => return format!("{text}\n"),
        };
        let iso = iso(at);
        match self.language {
            Language::Python => {
                let name = if name == "WARN" { "WARNING" } else { name };
                format!("[{name}]\t{iso}\t{id}\t{text}\n")
            }
            Language::Node => format!("{iso}\t{id}\t{name}\t{text}\n"),
            Language::Java => {
                let plain = iso.replace('T', " ").replace('Z', "");
                format!("{plain} {id} {name:<5} CheckoutHandler - {text}\n")
            }
            Language::Dotnet => {
                let name = if name == "ERROR" {
                    "fail".into()
                } else {
                    name.to_lowercase()
                };
                format!("{iso}\t{id}\t{name}\t{text}\n")
            }
            Language::Ruby => {
                let initial = &name[..1];
                let plain = iso.trim_end_matches('Z');
                format!("{initial}, [{plain} #8] {name:>5} -- : {text}\n")
            }
            Language::Native => format!("{iso}  {name} handler: {text} request_id={id}\n"),
        }
    }

    /// What the runtime prints about an error that nobody caught.
    fn text_failure(&self, failure: &Failure, at: i64) -> String {
        let Failure {
            kind,
            message,
            trace,
        } = failure;
        let id = &self.invocation.request_id;
        match self.language {
            Language::Python => format!(
                "[ERROR] {kind}: {message}\nTraceback (most recent call last):\n{}",
                trace.concat()
            ),
            Language::Node => {
                let error = json!({"errorType": kind, "errorMessage": message, "stack": node_stack(failure)});
                format!("{}\t{id}\tERROR\tInvoke Error \t{error}\n", iso(at))
            }
            Language::Java => format!(
                "{message}: {kind}\n{kind}: {message}\n\tat {}\n\n",
                trace.join("\n\tat ")
            ),
            Language::Ruby => {
                let error =
                    json!({"errorMessage": message, "errorType": kind, "stackTrace": trace});
                format!("Error raised from handler method\n{error}\n")
            }
            Language::Dotnet => format!(
                "{}\t{id}\tfail\t{kind}: {message}\n   at {}\n",
                iso(at),
                trace.join("\n   at ")
            ),
            Language::Native => format!(
                "{}  ERROR Lambda runtime invoke{{requestId=\"{id}\"}}: {kind}: {message}\n",
                iso(at)
            ),
        }
    }

    fn text_report(&self) -> String {
        let Invocation {
            request_id,
            run,
            init_us,
            salt,
            start_ms,
            ..
        } = self.invocation;
        let summary = &self.function.latest.summary;
        let mut fields = vec![
            format!("REPORT RequestId: {request_id}"),
            format!("Duration: {} ms", millis(run.duration_us)),
            format!("Billed Duration: {} ms", run.duration_us.div_ceil(1000)),
            format!("Memory Size: {} MB", summary.memory_mb),
            format!("Max Memory Used: {} MB", run.memory_mb),
        ];
        fields.extend(init_us.map(|init| format!("Init Duration: {} ms", millis(init))));
        match run.end {
            End::TimedOut => fields.push("Status: timeout".into()),
            End::OutOfMemory => {
                fields.push("Status: error\tError Type: Runtime.OutOfMemory".into());
            }
            End::Returned(_) | End::Raised(_) => fields.push(String::new()),
        }
        let mut trace = String::new();
        if self.function.latest.tracing.as_deref() == Some("Active") {
            trace = format!(
                "XRAY TraceId: 1-{:08x}-{}\tSegmentId: {:016x}\tSampled: true\t\n",
                start_ms / 1000,
                &hex32(*salt)[..24],
                mix(&[*salt, 9]),
            );
        }
        format!("{}\n{trace}", fields.join("\t"))
    }

    fn json(&self) -> Vec<(i64, String)> {
        let Invocation {
            request_id,
            version,
            run,
            start_ms,
            init_us,
            ..
        } = self.invocation;
        let quiet = self.function.latest.logging.system_level.as_deref() == Some("WARN");
        let mut lines = Vec::with_capacity(run.lines.len() + 4);
        let mut platform = |at: i64, kind: &str, record: Value| {
            lines.push((
                at,
                json!({"time": iso(at), "type": format!("platform.{kind}"), "record": record})
                    .to_string(),
            ));
        };
        if init_us.is_some() && !quiet {
            platform(
                *start_ms,
                "initStart",
                json!({"initializationType": "on-demand", "phase": "init",
                "runtimeVersion": self.runtime_version(), "runtimeVersionArn": self.runtime_arn(),
                "functionName": self.function.name(), "functionVersion": version}),
            );
        }
        if !quiet {
            platform(
                self.at_ms(0),
                "start",
                json!({"requestId": request_id, "version": version}),
            );
        }
        let debug = self.function.latest.logging.application_level.as_deref() == Some("DEBUG");
        lines.extend(
            run.lines
                .iter()
                .filter(|line| debug || line.level > Level::Debug)
                .map(|line| {
                    let at = self.at_ms(line.at_us);
                    (at, self.json_line(line, at))
                }),
        );
        let end = self.end_ms();
        if let End::Raised(failure) = &run.end {
            lines.push((
                end,
                json!({"timestamp": iso(end), "level": "ERROR", "requestId": request_id,
                "errorType": failure.kind, "errorMessage": failure.message,
                "message": format!("{}: {}", failure.kind, failure.message),
                "stackTrace": failure.trace})
                .to_string(),
            ));
        }
        if !quiet || !matches!(run.end, End::Returned(_)) {
            lines.push((end, self.json_report(end)));
        }
        lines
    }

    fn json_line(&self, line: &Line, at: i64) -> String {
        let level = match line.level {
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warn => "WARN",
            Level::Error => "ERROR",
            Level::Raw => return line.text.clone(),
        };
        json!({"timestamp": iso(at), "level": level, "requestId": self.invocation.request_id,
            "message": line.text})
        .to_string()
    }

    fn json_report(&self, at: i64) -> String {
        let Invocation {
            request_id,
            run,
            init_us,
            ..
        } = self.invocation;
        let mut metrics = json!({"durationMs": run.duration_us as f64 / 1000.0,
            "billedDurationMs": run.duration_us.div_ceil(1000),
            "memorySizeMB": self.function.latest.summary.memory_mb, "maxMemoryUsedMB": run.memory_mb});
        if let Some(init) = init_us {
            metrics["initDurationMs"] = json!(*init as f64 / 1000.0);
        }
        let (status, kind) = match &run.end {
            End::Returned(_) => ("success", None),
            End::Raised(failure) => ("error", Some(failure.kind)),
            End::TimedOut => ("timeout", None),
            End::OutOfMemory => ("error", Some("Runtime.OutOfMemory")),
        };
        let mut record = json!({"requestId": request_id, "metrics": metrics, "status": status});
        if let Some(kind) = kind {
            record["errorType"] = json!(kind);
        }
        json!({"time": iso(at), "type": "platform.report", "record": record}).to_string()
    }

    fn runtime_version(&self) -> String {
        match self.function.latest.summary.runtime.as_deref() {
            Some("python3.9") => "python:3.9.v64".into(),
            Some("python3.12") => "python:3.12.v18".into(),
            Some("java21") => "java:21.v31".into(),
            Some("provided.al2023") => "provided:al2023.v104".into(),
            Some(id) => {
                let split = id.find(|c: char| c.is_ascii_digit()).unwrap_or(id.len());
                format!(
                    "{}:{}.v22",
                    &id[..split],
                    id[split..].trim_end_matches(".x")
                )
            }
            None => "container".into(),
        }
    }

    fn runtime_arn(&self) -> String {
        let region = self.function.arn().region().unwrap_or("eu-west-1");
        let runtime = self
            .function
            .latest
            .summary
            .runtime
            .as_deref()
            .unwrap_or("image");
        let digest = super::dice::label(runtime);
        format!(
            "arn:aws:lambda:{region}::runtime:{}{}",
            hex32(digest),
            hex32(mix(&[digest]))
        )
    }
}

fn millis(us: u64) -> String {
    format!("{}.{:02}", us / 1000, us % 1000 / 10)
}

/// ISO 8601 with milliseconds, as the runtimes write it.
pub(super) fn iso(ms: i64) -> String {
    Timestamp::from_millisecond(ms)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}
