//! Keys that come before the rows they are about: kept in their order until the rows are there;
//! what writes is refused, and what is about no row is done at once.

mod kit;

use std::time::Duration;

use kit::{Kit, listed};
use lambdeck::store::{Store, letters::Look, logs, ui};

/// Before anything was answered.
async fn early() -> Kit {
    let kit = Kit::new(80, 24).await;
    assert!(kit.names().is_empty(), "{}", kit.screen());
    kit
}

async fn rest(kit: &mut Kit) {
    kit.pass(Duration::from_millis(600)).await;
}

fn found(store: &Store) -> bool {
    store.letters.discovery().ended().is_some()
}

#[tokio::test(start_paused = true)]
async fn they_wait_for_the_list_and_go_on_in_their_order() {
    let mut kit = early().await;
    kit.keys("j l").await;
    assert!(kit.footer().contains("j l  waits"), "{}", kit.footer());
    assert_eq!(kit.store().ui.focus(), ui::FUNCTIONS);
    kit.until(listed).await;
    // States order the rows anew later on; the cursor stays on its function.
    let second = kit.names()[1].clone();
    kit.settled().await;
    assert_eq!(kit.selected(), second);
    assert_eq!(kit.store().ui.focus(), logs::PANE);
    assert!(kit.row(1).contains(&second), "{}", kit.row(1));
    assert!(!kit.footer().contains("waits"), "{}", kit.footer());
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_was_typed_ahead_narrows_what_comes() {
    let mut kit = early().await;
    kit.keys("/")
        .await
        .types("orders-c")
        .await
        .keys("<enter> i")
        .await;
    kit.until(listed).await.settled().await;
    assert!(kit.row(1).contains("orders-consumer"), "{}", kit.screen());
    let mut kit = early().await;
    kit.keys("j /")
        .await
        .types("orders-c")
        .await
        .keys("<enter> i")
        .await;
    kit.until(listed).await.settled().await;
    assert!(kit.row(1).contains("orders-consumer"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn what_writes_is_refused_with_a_word() {
    let mut kit = early().await;
    kit.keys("X").await;
    assert!(
        kit.screen().contains("is not taken before its list"),
        "{}",
        kit.screen()
    );
    kit.until(listed).await.settled().await;
    assert!(
        !kit.screen().contains("Stop the damage "),
        "{}",
        kit.screen()
    );
    // Of the letters of a queue, typed ahead of both.
    kit.keys("3 <enter> <enter> M D").await;
    let is_read = |store: &Store| {
        let desk = store.letters.desk();
        desk.is_some_and(|desk| matches!(desk.look, Look::Ended(_)))
    };
    kit.until(is_read).await;
    rest(&mut kit).await;
    assert!(!kit.screen().contains("─ Redrive "), "{}", kit.screen());
    assert!(!kit.screen().contains("─ Delete "), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn escape_forgets_them_and_help_comes_at_once() {
    let mut kit = early().await;
    kit.keys("j j l <esc>").await;
    assert!(kit.screen().contains("forgotten"), "{}", kit.screen());
    kit.keys("?").await;
    assert!(kit.screen().contains("─ Help "), "{}", kit.screen());
    kit.keys("<esc>").await.until(listed).await.settled().await;
    assert_eq!(kit.selected(), kit.names()[0]);
    assert_eq!(kit.store().ui.focus(), ui::FUNCTIONS);
}

#[tokio::test(start_paused = true)]
async fn they_wait_for_the_queues_too() {
    let mut kit = Kit::new(80, 24).await;
    kit.until(listed).await.keys("3").await;
    assert!(
        kit.store().letters.discovery().queues().is_empty(),
        "{}",
        kit.screen()
    );
    kit.keys("G <enter>").await;
    kit.until(|store| store.letters.open().is_some()).await;
    let opened = kit.store().letters.open().map(|key| key.arn.clone());
    kit.until(found).await;
    kit.keys("<esc> G").await;
    rest(&mut kit).await;
    kit.keys("<enter>").await;
    assert_eq!(
        kit.store().letters.open().map(|key| key.arn.clone()),
        opened
    );
}
