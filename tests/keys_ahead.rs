//! Keys that come before the rows they are about: kept in their order until the rows are there;
//! what writes is refused, and what is about no row is done at once.

mod kit;

use std::time::Duration;

use kit::{Kit, listed};
use lambdeck::store::{
    Store, functions,
    letters::{self, Look},
    logs, ui,
};

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
    // States order the rows anew later on: the second row is the one that is second in the end.
    assert_eq!(kit.store().ui.focus(), ui::FUNCTIONS);
    kit.settled().await;
    let second = kit.names()[1].clone();
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
        let queue_letters = store.letters.queue_letters();
        queue_letters.is_some_and(|queue_letters| matches!(queue_letters.look, Look::Ended(_)))
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

#[tokio::test(start_paused = true)]
async fn they_wait_until_the_list_is_read_and_in_its_order() {
    // As a hand types: the rows come in the middle of it, and their states after that.
    for pause in [0, 5, 20, 60, 100] {
        let mut kit = early().await;
        for key in ["j", "j", "j", "l"] {
            kit.keys(key).await.pass(Duration::from_millis(pause)).await;
        }
        kit.until(listed).await.settled().await;
        let fourth = kit.names()[3].clone();
        assert_eq!(kit.selected(), fourth, "{pause} ms");
        assert_eq!(kit.store().ui.focus(), logs::PANE, "{pause} ms");
        assert!(kit.row(1).contains(&fourth), "{}", kit.row(1));
    }
}

#[tokio::test(start_paused = true)]
async fn rows_that_an_earlier_run_kept_are_drawn_at_once_and_waited_for_all_the_same() {
    let mut kit = Kit::new(80, 24).await;
    kit.until(listed).await.settled().await;
    let kept = functions::Action::Kept {
        session: kit.store().sessions.current().id,
        account: Some(lambdeck::demo::ACCOUNT.to_owned()),
        at: kit.now(),
        rows: kit.store().functions.all().to_vec(),
    };
    for pause in [0, 5, 50] {
        let mut kit = Kit::on(kit::Stage {
            size: (80, 24),
            kept: Some(kept.clone()),
            ..kit::Stage::default()
        })
        .await;
        assert!(!kit.names().is_empty());
        for key in ["j", "j", "j", "l"] {
            kit.keys(key).await.pass(Duration::from_millis(pause)).await;
        }
        kit.until(listed).await.settled().await;
        assert_eq!(kit.selected(), kit.names()[3], "{pause} ms");
        assert_eq!(kit.store().ui.focus(), logs::PANE, "{pause} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn typed_in_one_go_they_open_the_cluster_that_is_third_in_the_end() {
    let mut kit = Kit::new(80, 24).await;
    kit.until(listed).await.settled().await;
    kit.burst("3 g <enter> <enter> j j <enter>").await;
    kit.until(|store| {
        let queue_letters = store.letters.queue_letters();
        queue_letters.is_some_and(|queue_letters| {
            matches!(queue_letters.look, Look::Ended(_)) && !queue_letters.is_sorting()
        })
    })
    .await;
    rest(&mut kit).await;
    let queue_letters = kit.store().letters.queue_letters().expect("a queue");
    let sorted = queue_letters.sorted().expect("clusters");
    let (third, count) = sorted.ranking[2];
    let headline = queue_letters.cluster(third).expect("it").headline.clone();
    let shown: Vec<_> = sorted.clusters.get(third).expect("it").members.clone();
    assert_eq!(shown.len(), count);
    let start: String = headline.chars().take(12).collect();
    assert!(kit.screen().contains(&start), "{start}\n{}", kit.screen());
    assert!(
        kit.screen().contains("VERDICT"),
        "letters:\n{}",
        kit.screen()
    );
    kit.keys("<esc>").await;
    rest(&mut kit).await;
    let row = kit.screen();
    let row = row
        .lines()
        .find(|line| line.contains('▸'))
        .unwrap_or_default();
    assert!(row.contains(&start), "{start}\n{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn the_raw_line_is_that_of_the_error_which_was_jumped_to() {
    let mut slow = Kit::new(80, 24).await;
    slow.until(listed).await.settled().await;
    slow.keys("g l").await.settled().await;
    slow.keys("e").await.settled().await.keys("J").await;
    let expected = slow.screen();
    assert!(expected.contains("─ Event "), "{expected}");
    for is_burst in [true, false] {
        let mut kit = Kit::new(80, 24).await;
        kit.until(listed).await.settled().await;
        if is_burst {
            kit.burst("g l e J").await;
        } else {
            kit.keys("g l e J").await;
        }
        kit.settled().await;
        let overlay = |screen: &str| {
            let (_, event) = screen.split_once("─ Event ").unwrap_or_default();
            event.lines().take(4).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(overlay(&kit.screen()), overlay(&expected), "{is_burst}");
    }
}

#[tokio::test(start_paused = true)]
async fn stop_is_not_taken_ahead_of_what_it_would_stop() {
    let mut kit = early().await;
    kit.burst("j x").await;
    assert!(
        kit.screen().contains("stop is not taken"),
        "{}",
        kit.screen()
    );
    kit.until(listed).await.settled().await;
    assert_eq!(kit.selected(), kit.names()[1], "the list was not stopped");
    // What is shown as being read is stopped.
    let mut kit = Kit::on(kit::Stage {
        size: (80, 24),
        latency: Some(Duration::from_millis(50)),
        ..kit::Stage::default()
    })
    .await;
    kit.until(listed).await.burst("3 x").await;
    assert!(kit.store().letters.discovery().is_walking());
    kit.keys("x").await;
    assert!(
        kit.store().letters.discovery().was_stopped(),
        "{}",
        kit.screen()
    );
}

#[tokio::test(start_paused = true)]
async fn they_wait_no_longer_than_a_silence_for_a_list_that_is_slow() {
    let mut kit = Kit::on(kit::Stage {
        size: (80, 24),
        functions: Some(2_000),
        latency: Some(Duration::from_secs(3)),
        ..kit::Stage::default()
    })
    .await;
    kit.keys("j l").await;
    kit.until(|store| !store.functions.is_empty()).await;
    assert_eq!(kit.store().ui.focus(), ui::FUNCTIONS, "{}", kit.screen());
    assert!(kit.footer().contains("waits"), "{}", kit.footer());
    let shown = kit.names()[1].clone();
    kit.pass(Duration::from_millis(1_100)).await;
    assert_eq!(kit.store().ui.focus(), logs::PANE, "{}", kit.screen());
    assert_eq!(kit.selected(), shown);
    // What is drawn is acted on at once.
    kit.keys("0 g").await;
    rest(&mut kit).await;
    assert!(kit.store().functions.slot().is_loading());
    let second = kit.names()[1].clone();
    kit.keys("j").await;
    assert_eq!(kit.selected(), second);
}

#[tokio::test(start_paused = true)]
async fn what_was_typed_ahead_is_no_answer_to_a_question() {
    let mut asked = 0;
    for row in 0..7 {
        let mut kit = Kit::new(80, 24).await;
        kit.until(listed).await.settled().await;
        let down = "j".repeat(row);
        kit.burst(&format!("3 g {down} <enter> <enter> j <enter>"))
            .await;
        rest(&mut kit).await;
        if kit.screen().contains("─ Look ") {
            asked += 1;
            let screen = kit.screen();
            assert!(screen.contains("a question came up"), "{screen}");
            kit.keys("<tab> <enter>").await;
            rest(&mut kit).await;
            assert!(!kit.screen().contains("─ Look "), "{}", kit.screen());
            let queue_letters = kit.store().letters.queue_letters().expect("a queue");
            assert!(!queue_letters.letters().is_empty(), "{}", kit.screen());
        }
    }
    assert!(asked > 0);
}

#[tokio::test(start_paused = true)]
async fn a_sequence_that_goes_places_is_carried_out_in_its_order() {
    let mut kit = early().await;
    kit.keys("l 0 j q").await;
    assert_eq!(kit.exit(), None, "q is no part of nothing");
    kit.until(listed).await.settled().await;
    assert_eq!(kit.exit(), None);
    assert_eq!(kit.store().ui.focus(), logs::PANE, "{}", kit.screen());
    assert_eq!(
        kit.selected(),
        kit.names()[0],
        "back to where l was pressed"
    );
    // After a pause a key that leads elsewhere does so, whatever waits.
    let mut kit = early().await;
    kit.keys("j").await.pass(Duration::from_millis(1)).await;
    assert!(kit.footer().contains("waits"), "{}", kit.footer());
    kit.keys("?").await;
    assert!(kit.screen().contains("─ Help "), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_was_looked_at_before_is_acted_on_at_once() {
    let mut kit = Kit::on(kit::Stage {
        size: (80, 24),
        latency: Some(Duration::from_millis(300)),
        ..kit::Stage::default()
    })
    .await;
    kit.until(listed).await;
    rest(&mut kit).await;
    kit.keys("1").await;
    rest(&mut kit).await;
    kit.keys("0 r").await;
    assert!(kit.store().functions.slot().is_loading());
    let here = kit.selected();
    kit.keys("j").await;
    assert_ne!(kit.selected(), here, "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn enter_that_was_typed_before_the_terminal_was_ours_is_enter() {
    let mut kit = early().await;
    kit.keys("/").await.types("orders-c").await;
    kit.keys("<ctrl-j> i").await;
    kit.until(listed).await.settled().await;
    assert!(kit.row(1).contains("orders-consumer"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn escape_in_one_go_with_what_waits_is_a_part_of_it() {
    let mut kit = early().await;
    kit.burst("3 0 j j <esc>").await;
    kit.until(listed).await.settled().await;
    assert_eq!(kit.store().ui.focus(), letters::LETTERS, "{}", kit.screen());
    assert_eq!(kit.selected(), kit.names()[2]);
}
