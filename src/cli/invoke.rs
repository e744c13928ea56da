//! `lambdeck invoke`: one send, its response on standard output, everything else on standard
//! error. The command line is the confirmation; what locks a session is lifted by `--write` only.

use std::sync::Arc;
use std::{
    io::{IsTerminal as _, Read as _},
    path::Path,
};

use anyhow::Context as _;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    Context, Outcome,
    args::{InvokeArgs, Output},
    function, headless,
    output::{Object, Out},
};
use crate::{
    domain::{
        age, encoding,
        invocation::{InvocationType, InvokeRequest, InvokeResponse},
        json, reply,
        saved_event::{EventId, EventSettings, check_payload},
        secret::Secret,
        text,
    },
    ports::Provider,
    runtime::{
        events::{EventError, EventFiles},
        invoke::{self, Answer},
        runner,
    },
};

/// A longer payload is not read: no invoke takes more.
const READ_LIMIT: u64 = 16 << 20;

pub(super) async fn run(
    context: &Context,
    provider: Arc<dyn Provider>,
    args: InvokeArgs,
    stop: CancellationToken,
) -> anyhow::Result<Outcome> {
    let address = match function::address("FUNCTION", &args.function) {
        Ok(address) => address,
        Err(outcome) => return Ok(outcome),
    };
    let qualifier = match address.qualified(args.qualifier.as_deref()) {
        Ok(qualifier) => qualifier,
        Err(why) => return Ok(headless::misused("--qualifier", &why)),
    };
    let reading = payload(context, &args, address.name());
    let Some(read) = stop.run_until_cancelled(reading).await else {
        return Ok(Outcome::Failed);
    };
    let (payload, mut settings) = read?;
    settings.qualifier = qualifier.or(settings.qualifier);
    if args.is_async {
        settings.kind = InvocationType::Event;
    } else if args.dry_run {
        settings.kind = InvocationType::DryRun;
    }
    settings.check()?;
    check_payload(&payload, settings.kind)
        .map_err(|why| anyhow::anyhow!("nothing was sent: {why}"))?;
    let gate = match headless::open(context, &*provider).await {
        Ok(gate) => gate,
        Err(error) => return Ok(headless::failed(context, &error)),
    };
    let function = match gate.function(&address) {
        Ok(function) => function,
        Err(error) => return Ok(headless::failed(context, &error)),
    };
    let identifying = invoke::identify(&gate, settings.kind);
    if stop.run_until_cancelled(identifying).await.is_none() {
        return Ok(Outcome::Failed);
    }
    let (kind, to) = (settings.kind, settings.qualifier.as_deref());
    let request = InvokeRequest {
        deadline: invoke::deadline(&gate, &function, to, kind).await,
        function,
        qualifier: settings.qualifier,
        kind: settings.kind,
        payload: Secret::new(payload.into_bytes()),
        client_context: settings.client_context,
        tenant: settings.tenant,
    };
    match invoke::send(&gate, &context.clock, &request, stop.cancelled()).await {
        Err(error) => Ok(headless::failed(context, &error)),
        Ok(None) => {
            headless::tell(
                "lambdeck: stopped waiting; the function goes on: its logs show how it ends",
            );
            Ok(Outcome::Failed)
        }
        Ok(Some(Answer { response, took })) => {
            tell(&request, &response, took);
            print(&response, args.output)?;
            Ok(match response.function_error {
                Some(_) => Outcome::FunctionError,
                None => Outcome::Done,
            })
        }
    }
}

/// What is sent, and how the event says it is to be sent.
async fn payload(
    context: &Context,
    args: &InvokeArgs,
    function: &str,
) -> anyhow::Result<(String, EventSettings)> {
    if let Some(name) = &args.event {
        let stored = event(context, function, name)?;
        return Ok((stored.payload.into_inner(), stored.settings));
    }
    let bytes = match args.payload.clone() {
        None => b"{}".to_vec(),
        // Whoever writes the other end of a pipe may take their time.
        Some(path) => runner::blocking(move || bytes(&path))
            .await
            .context("stopped while the payload was read")??,
    };
    let text = encoding::text(bytes)
        .map_err(|what| anyhow::anyhow!("nothing was sent: the payload {what}"))?;
    Ok((text, EventSettings::default()))
}

/// The bytes of a file, or of standard input for `-`.
fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path.as_os_str() != "-" {
        return std::fs::read(path).with_context(|| format!("--payload {}", path.display()));
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(READ_LIMIT)
        .read_to_end(&mut bytes)
        .context("standard input")?;
    Ok(bytes)
}

/// The project's event of that name, else the user's own.
fn event(
    context: &Context,
    function: &str,
    name: &str,
) -> anyhow::Result<crate::domain::saved_event::SavedEvent> {
    let files = EventFiles {
        project_dir: context.paths.project_events(),
        private_dir: context.paths.private_events(),
    };
    let mut missing = Vec::new();
    for id in [EventId::project(name), EventId::private(name)] {
        match files.read(function, &id) {
            Ok(stored) => return Ok(stored.event),
            Err(EventError::NotFound(path)) => missing.push(path.display().to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    anyhow::bail!("no saved event {name:?}: neither {}", missing.join(" nor "))
}

/// Log tail and figures, for whoever looks on.
fn tell(request: &InvokeRequest, response: &InvokeResponse, took: SignedDuration) {
    let tail = response.log_tail.as_deref().unwrap_or_default();
    let tail = text::without_colours(tail.trim_end_matches(['\n', '\r']));
    for line in text::lines(&tail).filter(|_| !tail.is_empty()) {
        headless::tell(text::sanitise(line));
    }
    let mut parts = vec![match request.kind {
        InvocationType::RequestResponse => response.status.to_string(),
        InvocationType::Event => format!("{} handed to Lambda's queue", response.status),
        InvocationType::DryRun => format!("{} would be allowed; nothing ran", response.status),
    }];
    if let Some(error) = &response.function_error {
        parts.push(format!("function error {}", text::sanitise(error)));
    }
    if let Some(version) = &response.executed_version {
        parts.push(format!("version {}", text::sanitise(version)));
    }
    parts.push(age::duration_ms(took.as_secs_f64() * 1000.0));
    let figures = response.log_tail.as_deref().and_then(reply::figures);
    if let Some(billed) = figures.and_then(|figures| figures.billed_ms) {
        parts.push(format!("billed {billed} ms"));
    }
    if let Some(id) = &response.request_id {
        parts.push(format!("request {}", text::sanitise(id)));
    }
    headless::tell(parts.join(" · "));
}

fn print(response: &InvokeResponse, output: Output) -> std::io::Result<()> {
    let mut out = Out::stdout();
    let payload = response.payload.reveal();
    match output {
        Output::Json => {
            out.line(&object(response))?;
        }
        Output::Table if payload.is_empty() => {}
        Output::Table if std::io::stdout().is_terminal() => {
            let payload = String::from_utf8_lossy(payload);
            for line in text::lines(payload.trim_end_matches(['\n', '\r'])) {
                out.text(line)?;
            }
        }
        Output::Table => {
            out.bytes(payload)?;
            if !payload.ends_with(b"\n") {
                out.line("")?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

/// The fields of an `Invoke` response, by their names there; a payload that is JSON as it came, any
/// other as a text.
fn object(response: &InvokeResponse) -> String {
    let mut object = Object::default();
    object.member("StatusCode", &json!(response.status));
    object.member("FunctionError", &json!(response.function_error));
    object.member("ExecutedVersion", &json!(response.executed_version));
    let bytes = response.payload.reveal();
    match str::from_utf8(bytes) {
        Ok("") => object.member("Payload", &Value::Null),
        Ok(text) if json::error_position(text).is_none() => object.json("Payload", text),
        _ => object.member("Payload", &json!(String::from_utf8_lossy(bytes))),
    }
    object.member("LogResult", &json!(response.log_tail));
    object.member("RequestId", &json!(response.request_id));
    object.line()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_told_as_it_came() {
        let told = |payload: &[u8]| {
            let object = object(&InvokeResponse {
                status: 200,
                function_error: None,
                executed_version: None,
                payload: Secret::new(payload.to_vec()),
                log_tail: None,
                request_id: None,
            });
            let from = object.find("\"Payload\":").expect("there") + 10;
            let to = object.rfind(",\"LogResult\"").expect("there");
            object[from..to].to_owned()
        };
        for payload in [
            r#"{"n":18446744073709551616123,"f":0.1000000000000000055511151231257827,"e":1E400}"#,
            r#"{"b":1,"a":2,"b":"\ud83d"}"#,
        ] {
            assert_eq!(told(payload.as_bytes()), payload);
        }
        assert_eq!(told(b"{\n\"a\": 1.0\n}"), "{\"a\":1.0}");
        assert_eq!(told(b""), "null");
        assert_eq!(told(b"no json"), "\"no json\"");
        assert_eq!(told(b"\xff"), "\"\u{fffd}\"");
    }
}
