//! The console in a real terminal on a real AWS-compatible server: the adapters, the worker threads
//! and the drawing of a debug build together, pane after pane, to a clean end. What a deep future
//! does to the stack of a worker thread is seen only so.

#![allow(
    clippy::disallowed_methods,
    reason = "tests on real sockets have no runner"
)]

mod kit {
    #[allow(dead_code, reason = "this binary uses a part of it")]
    pub mod pty;
}
mod support;

use kit::pty::Terminal;
use support::{FunctionSeed, Language, QueueSeed, Server, TestAccount};

const CTRL_C: &str = "\u{3}";
const CTRL_S: &str = "\u{13}";
const CTRL_U: &str = "\u{15}";

async fn seeded() -> TestAccount {
    let account = Server::get().await.account("000000003101").await;
    let queue = account
        .seed_queue(QueueSeed {
            name: "courier-dlq".to_owned(),
            ..QueueSeed::default()
        })
        .await;
    for number in 0..3 {
        let body = format!("{{\"parcel\":\"nr-{number}\"}}");
        account.send_message(&queue, &body).await;
    }
    let source = "def handler(event, context):\n    return {\"delivered\": \"to the door\"}\n";
    account
        .seed(FunctionSeed {
            dead_letter: Some(queue),
            ..FunctionSeed::new("courier", Language::Python, source)
        })
        .await;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let line = (now_ms - 1_000, "a parcel left the house".to_owned());
    account
        .seed_events("/aws/lambda/courier", "today", &[line])
        .await;
    account
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_pane_works_on_a_server_and_the_end_is_clean() {
    let variables = seeded().await.variables();
    tokio::task::spawn_blocking(move || walk(&variables))
        .await
        .expect("no panic");
}

fn walk(variables: &[(String, String)]) {
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let mut terminal = Terminal::lambdeck_with(&[], &variables);
    terminal.until_shown("▸ courier");
    terminal.send("\r");
    terminal.until("its overview", |screen| {
        let screen = screen.contents();
        screen.contains("1 Overview") && screen.contains("index.handler")
    });
    terminal.send("2");
    terminal.until_shown("a parcel left the house");
    terminal.send("3");
    terminal.until_shown("▸ courier-dlq");
    terminal.send("\r");
    terminal.until_shown("nothing was received yet");
    terminal.send("\r");
    terminal.until_shown("read 3 of ~3");
    terminal.send("\r");
    terminal.until_shown("VERDICT");
    terminal.send("\r");
    terminal.until_shown("nr-");
    terminal.send("4");
    terminal.until_shown("nothing sent yet");
    terminal.send(CTRL_S);
    terminal.until_shown("to the door");
    edit_and_stop(&mut terminal);
    terminal.send("6");
    terminal.until("the invoke in the activity log", |screen| {
        let screen = screen.contents();
        screen.contains("6 Activity") && screen.contains("Invoke") && screen.contains("courier")
    });
    // From any pane; it asks, as letters are held.
    terminal.send(CTRL_C);
    terminal.until_shown("3 letters are held");
    terminal.send("\t\r");
    terminal.assert_restored();
    assert_eq!(terminal.exit_code(), 0);
    terminal.look(|screen| {
        let said = screen.contents();
        assert!(
            !said.contains("panicked") && !said.contains("overflow"),
            "{said}"
        );
    });
}

/// An edit through the review, the function stopped and restored: the deepest futures there are.
fn edit_and_stop(terminal: &mut Terminal) {
    terminal.send("5");
    terminal.until_shown("General");
    // At once, so that the row must be the one that the filter leaves.
    terminal.send("/timeout\r\r");
    terminal.until_shown("seconds, 1 to 900");
    terminal.send(CTRL_U);
    terminal.send("17\r");
    terminal.until_shown("1 change drafted");
    terminal.send(CTRL_S);
    terminal.until("the review", |screen| {
        let screen = screen.contents();
        screen.contains("UpdateFunctionConfiguration")
            && screen.contains("[ Apply to default 000000003101 ]")
    });
    terminal.send("\t\r");
    terminal.until_shown("✔ Applied");
    terminal.send("X");
    terminal.until_shown("reserved concurrency 0");
    terminal.send("c");
    terminal.until_shown("type courier to go on");
    terminal.send("courier\r");
    terminal.until_shown("⏸ 1 stopped");
    terminal.send("X");
    terminal.until_shown("restore what was stopped");
    terminal.send("r");
    terminal.until_shown("DeleteFunctionConcurrency");
    terminal.send("\t\r");
    terminal.until("nothing stopped any more", |screen| {
        !screen.contents().contains("⏸ 1 stopped")
    });
}
