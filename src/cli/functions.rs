//! `lambdeck functions`: every function of the account, a line each.

use std::sync::Arc;

use futures::StreamExt as _;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{
    Context, Outcome,
    args::{FunctionsArgs, Output},
    headless,
    output::{Out, Reader, Table},
};
use crate::{
    domain::{
        age,
        function::FunctionSummary,
        function_list::{
            self, Known,
            filter::Filter,
            order::Order,
            sort::{Column, Sort},
        },
    },
    ports::Provider,
    runtime::functions,
};

pub(super) async fn run(
    context: &Context,
    provider: Arc<dyn Provider>,
    args: FunctionsArgs,
    stop: CancellationToken,
) -> anyhow::Result<Outcome> {
    let filter = match Filter::parse(&args.filter) {
        Ok(filter) => filter,
        Err(error) => {
            return Ok(headless::misused("--filter", &error));
        }
    };
    let gate = match headless::open(context, &*provider).await {
        Ok(gate) => gate,
        Err(error) => return Ok(headless::failed(context, &error)),
    };
    let mut rows = Vec::new();
    let mut pages = functions::list(&gate);
    // What came before a failure is printed, and is not everything.
    let unfinished = loop {
        let page = tokio::select! {
            page = pages.next() => page,
            () = stop.cancelled() => return Ok(Outcome::Failed),
        };
        match page {
            None => break None,
            Some(Err(error)) => break Some(error),
            Some(Ok(page)) => rows.extend(page),
        }
    };
    if let Some(error) = unfinished.as_ref().filter(|_| rows.is_empty()) {
        return Ok(headless::failed(context, error));
    }
    let now = context.clock.now();
    let (known, sort) = (Known::default(), Sort::by(Column::Name));
    let order = Order::of(&rows, &known, function_list::today(now));
    let kept = function_list::arrange(&rows, &known, &order, &filter, sort, now);
    let kept = kept.iter().map(|&index| &rows[index as usize]);
    let mut out = Out::stdout();
    let lines: Vec<String> = match args.output {
        Output::Json => kept.map(json_line).collect(),
        Output::Table => table(kept, now).lines(),
    };
    for line in lines {
        if out.line(&line)? == Reader::Gone {
            break;
        }
    }
    out.flush()?;
    Ok(match unfinished {
        None => Outcome::Done,
        Some(error) => {
            headless::tell("lambdeck: not complete: some functions are missing");
            headless::failed(context, &error)
        }
    })
}

/// The fields of `ListFunctions`, by their names there.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line<'a> {
    function_name: &'a str,
    function_arn: &'a str,
    runtime: Option<&'a str>,
    memory_size: u32,
    timeout: u32,
    last_modified: Option<jiff::Timestamp>,
    package_type: &'a str,
    architectures: [&'a str; 1],
    code_size: u64,
    logging_config: LoggingConfig,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_config: Option<DeadLetterConfig<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LoggingConfig {
    log_group: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeadLetterConfig<'a> {
    target_arn: &'a str,
}

fn json_line(row: &FunctionSummary) -> String {
    let line = Line {
        function_name: &row.name,
        function_arn: row.arn.as_str(),
        runtime: row.runtime.as_deref(),
        memory_size: row.memory_mb,
        timeout: row.timeout_s,
        last_modified: row.modified,
        package_type: &row.package,
        architectures: [&row.architecture],
        code_size: row.code_size,
        logging_config: LoggingConfig {
            log_group: row.log_group(),
        },
        dead_letter_config: row.dead_letter.as_ref().map(|target| DeadLetterConfig {
            target_arn: target.as_str(),
        }),
    };
    serde_json::to_string(&line).expect("strings and numbers have a form in JSON")
}

fn table<'a>(rows: impl Iterator<Item = &'a FunctionSummary>, now: jiff::Timestamp) -> Table {
    let mut table = Table::new(&[
        ("NAME", false),
        ("RUNTIME", false),
        ("MEM", true),
        ("TIMEOUT", true),
        ("CODE", true),
        ("CHANGED", true),
        ("PACKAGE", false),
        ("LOG GROUP", false),
    ]);
    for row in rows {
        table.row([
            row.name.to_string(),
            row.runtime.as_deref().unwrap_or("image").to_owned(),
            row.memory_mb.to_string(),
            format!("{}s", row.timeout_s),
            age::bytes(row.code_size),
            row.modified.map(|at| age::age(now, at)).unwrap_or_default(),
            format!("{} {}", row.package.to_lowercase(), row.architecture),
            row.log_group(),
        ]);
    }
    table
}
