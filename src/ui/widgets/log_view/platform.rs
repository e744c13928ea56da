//! The platform's lines as short sentences. The raw line is one key away.

use super::ink::Inked;
use crate::{
    domain::report::{InitPhase, PlatformLine, Report, Verdict},
    theme::Role,
};

/// Writes the sentence of a platform line.
pub(super) fn sentence(line: &PlatformLine<'_>, to: &mut Inked) {
    let quiet = Role::LogPlatform;
    match line {
        PlatformLine::Start {
            request_id,
            version,
        } => {
            to.push(&format!("START {}", short_id(request_id)), quiet);
            if let Some(version) = version {
                to.push(&format!("  {}", version_of(version)), quiet);
            }
        }
        PlatformLine::End { request_id } => {
            to.push(&format!("END {}", short_id(request_id)), quiet);
        }
        PlatformLine::Report(report) => report_sentence(report, to),
        PlatformLine::InitStart {
            runtime_version,
            phase,
            ..
        } => {
            to.push("INIT", quiet);
            if let Some(version) = runtime_version {
                to.push(&format!(" {version}"), quiet);
            }
            phase_of(phase.as_ref(), to);
        }
        PlatformLine::InitRuntimeDone {
            phase,
            verdict,
            error_type,
        } => {
            to.push("INIT done", quiet);
            phase_of(phase.as_ref(), to);
            end(verdict.as_ref(), error_type.as_deref(), to);
        }
        PlatformLine::InitReport {
            duration_ms,
            phase,
            verdict,
            error_type,
        } => {
            to.push(
                &format!("INIT took {}", duration_ms.map_or("–".into(), ms)),
                quiet,
            );
            phase_of(phase.as_ref(), to);
            end(verdict.as_ref(), error_type.as_deref(), to);
        }
        PlatformLine::RuntimeDone {
            request_id,
            duration_ms,
            verdict,
            error_type,
        } => {
            to.push(&format!("DONE {}", short_id(request_id)), quiet);
            if let Some(duration) = duration_ms {
                to.push(&format!("  {}", ms(*duration)), quiet);
            }
            end(verdict.as_ref(), error_type.as_deref(), to);
        }
        PlatformLine::RestoreStart { runtime_version } => {
            to.push("RESTORE", quiet);
            if let Some(version) = runtime_version {
                to.push(&format!(" {version}"), quiet);
            }
        }
        PlatformLine::RestoreRuntimeDone {
            verdict,
            error_type,
        } => {
            to.push("RESTORE done", quiet);
            end(verdict.as_ref(), error_type.as_deref(), to);
        }
        PlatformLine::RestoreReport {
            duration_ms,
            verdict,
            error_type,
        } => {
            to.push(
                &format!("RESTORE took {}", duration_ms.map_or("–".into(), ms)),
                quiet,
            );
            end(verdict.as_ref(), error_type.as_deref(), to);
        }
        PlatformLine::Xray(xray) => {
            let sampled = if xray.sampled { "" } else { "  not sampled" };
            to.push(&format!("TRACE {}{sampled}", xray.trace_id), quiet);
        }
        PlatformLine::TimedOut { seconds, .. } => {
            to.push(&format!("timed out after {seconds} s"), Role::LogError);
        }
        PlatformLine::Exited { reason, .. } => to.push(reason, Role::LogError),
        PlatformLine::Extension {
            name,
            state,
            error_type,
        } => {
            to.push(&format!("EXTENSION {name}  {state}"), quiet);
            end(None, error_type.as_deref(), to);
        }
        PlatformLine::TelemetrySubscription { name, state } => {
            to.push(&format!("TELEMETRY {name}  {state}"), quiet);
        }
        PlatformLine::LogsDropped {
            records,
            bytes,
            reason,
        } => {
            to.push(
                &format!("LOGS DROPPED {records} lines, {bytes} bytes: {reason}"),
                Role::LogWarn,
            );
        }
        PlatformLine::Other { kind, request_id } => {
            to.push(kind, quiet);
            if let Some(id) = request_id {
                to.push(&format!(" {}", short_id(id)), quiet);
            }
        }
    }
}

fn report_sentence(report: &Report<'_>, to: &mut Inked) {
    let mut facts = Vec::new();
    facts.extend(report.duration_ms.map(ms));
    facts.extend(report.billed_ms.map(|billed| format!("billed {billed:.0}")));
    match (report.used_mb, report.memory_mb) {
        (Some(used), Some(size)) => facts.push(format!("{used} of {size} MB")),
        (None, Some(size)) => facts.push(format!("{size} MB")),
        _ => {}
    }
    facts.extend(report.init_ms.map(|init| format!("init {}", ms(init))));
    facts.extend(
        report
            .restore_ms
            .map(|restore| format!("restore {}", ms(restore))),
    );
    to.push(&format!("REPORT {}", facts.join(" · ")), Role::LogPlatform);
    end(report.verdict.as_ref(), report.error_type.as_deref(), to);
}

/// How a phase ended, unless it ended well.
fn end(verdict: Option<&Verdict<'_>>, error_type: Option<&str>, to: &mut Inked) {
    let (sign, word) = match verdict {
        Some(Verdict::Timeout) => ("⧗", "timeout"),
        Some(Verdict::Error) => ("✖", error_type.unwrap_or("error")),
        Some(Verdict::Other(word)) => {
            to.push(&format!(" · {word}"), Role::LogWarn);
            return;
        }
        Some(Verdict::Success) | None => match error_type {
            Some(error) => ("✖", error),
            None => return,
        },
    };
    to.push(" · ", Role::LogPlatform);
    to.push(&format!("{sign} {word}"), Role::LogError);
}

fn phase_of(phase: Option<&InitPhase<'_>>, to: &mut Inked) {
    let words = match phase {
        None | Some(InitPhase::Init) => return,
        Some(InitPhase::Invoke) => " inside the invocation",
        Some(InitPhase::SnapStart) => " for a snapshot",
        Some(InitPhase::Other(word)) => &format!(" ({word})"),
    };
    to.push(words, Role::LogPlatform);
}

/// `8f0c…e1`: enough to tell two requests on one screen apart.
fn short_id(id: &str) -> String {
    let chars = id.chars().count();
    if chars <= 9 {
        return id.to_owned();
    }
    let head: String = id.chars().take(4).collect();
    let tail: String = id.chars().skip(chars - 2).collect();
    format!("{head}…{tail}")
}

fn version_of(version: &str) -> String {
    if version.starts_with(|c: char| c.is_ascii_digit()) {
        format!("v{version}")
    } else {
        version.to_owned()
    }
}

/// Milliseconds without what nobody reads: `0.42 ms`, `9.3 ms`, `788 ms`, `30.0 s`.
fn ms(value: f64) -> String {
    if value >= 10_000.0 {
        format!("{:.1} s", value / 1000.0)
    } else if value >= 100.0 {
        format!("{value:.0} ms")
    } else if value >= 1.0 {
        format!("{value:.1} ms")
    } else {
        format!("{value:.2} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::report::{self, Line};

    fn told(line: &str) -> String {
        let Line::Platform(line) = report::read(line) else {
            panic!("not a platform line: {line}");
        };
        let mut inked = Inked::default();
        sentence(&line, &mut inked);
        inked.text().to_owned()
    }

    #[test]
    fn text_lines_become_sentences() {
        let id = "8f0c1e2d-3b4a-49c7-a6d5-e4f3b2a190e1";
        assert_eq!(
            told(&format!("START RequestId: {id} Version: 42\n")),
            "START 8f0c…e1  v42"
        );
        assert_eq!(told(&format!("END RequestId: {id}")), "END 8f0c…e1");
        assert_eq!(
            told(&format!(
                "REPORT RequestId: {id}\tDuration: 788.42 ms\tBilled Duration: 789 ms\tMemory Size: 512 MB\tMax Memory Used: 141 MB\tInit Duration: 412.10 ms\tStatus: error\tError Type: Runtime.OutOfMemory\n"
            )),
            "REPORT 788 ms · billed 789 · 141 of 512 MB · init 412 ms · ✖ Runtime.OutOfMemory"
        );
        assert_eq!(
            told(&format!(
                "2026-11-20T02:28:41.907Z {id} Task timed out after 3.00 seconds"
            )),
            "timed out after 3 s"
        );
    }

    #[test]
    fn json_lines_become_the_same_sentences() {
        assert_eq!(
            told(
                r#"{"time":"2026-11-20T02:28:41.907Z","type":"platform.report","record":{"requestId":"8f0c1e2d-3b4a-49c7-a6d5-e4f3b2a190e1","metrics":{"durationMs":3000,"billedDurationMs":3000,"memorySizeMB":128,"maxMemoryUsedMB":60},"status":"timeout"}}"#
            ),
            "REPORT 3000 ms · billed 3000 · 60 of 128 MB · ⧗ timeout"
        );
    }

    #[test]
    fn hostile_fields_are_harmless() {
        let shown = told("START RequestId: \u{1b}[2J\u{202e}evil Version: \u{7}");
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
    }
}
