//! What the console says, and where: messages that are long, keys that mean nothing in a dialog,
//! prompts that were only opened.

mod kit;

use std::time::Duration;

use kit::{Kit, Stage, listed};
use lambdeck::store::{
    Action,
    activity::ACTIVITY,
    toast::{self, Tone},
    ui,
};

const LONG: &str = "the first part of this message tells what was done, the second one what it \
    did not do, and the third what is to be done about it: read on, it ends here with the word fin";

async fn console() -> Kit {
    let mut kit = Kit::on(Stage {
        size: (80, 24),
        keeps_activity: true,
        ..Stage::default()
    })
    .await;
    kit.until(listed).await.settled().await;
    kit
}

async fn rest(kit: &mut Kit) {
    kit.pass(Duration::from_millis(600)).await;
}

fn say(kit: &mut Kit, text: &str) {
    let action = toast::Action::Show(Tone::Info, text.to_owned());
    kit.act(Action::Toast(action));
}

/// What is drawn, its lines joined.
fn words(kit: &Kit) -> String {
    let screen = kit.screen();
    let words = screen.split(|c: char| c.is_whitespace() || "│┌┐└┘─".contains(c));
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test(start_paused = true)]
async fn a_long_message_is_shown_whole_and_never_over_the_cursor() {
    let mut kit = console().await;
    let height = kit.names().len().min(20);
    for row in 0..height {
        kit.keys("g").await;
        for _ in 0..row {
            kit.keys("j").await;
        }
        let name = kit.selected();
        say(&mut kit, LONG);
        let cursor = kit.screen();
        let cursor = cursor.lines().find(|line| line.contains('▸'));
        let start: String = name.chars().take(8).collect();
        assert!(
            cursor.is_some_and(|line| line.contains(&start)),
            "{row}:\n{}",
            kit.screen()
        );
        assert!(kit.screen().contains("the word fin"), "{}", kit.screen());
        kit.pass(Duration::from_secs(7)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_messages_can_be_read_whole() {
    let mut kit = console().await;
    let longest = format!("{LONG}, {LONG}, {LONG}");
    for number in 0..60 {
        say(&mut kit, &format!("message {number}"));
    }
    say(&mut kit, &longest);
    assert!(kit.screen().contains("… H"), "{}", kit.screen());
    kit.pass(Duration::from_secs(7)).await;
    kit.keys("H").await;
    assert!(kit.screen().contains("─ Messages"), "{}", kit.screen());
    assert!(
        words(&kit).contains("fin, the first part"),
        "{}",
        kit.screen()
    );
    assert!(kit.screen().contains("09:26:5"), "{}", kit.screen());
    kit.keys("G").await;
    assert!(kit.screen().contains("message 11"), "{}", kit.screen());
    assert!(!kit.screen().contains("message 10"), "only the last fifty");
    kit.keys("<esc> ?").await.types("messages").await;
    assert!(
        kit.screen().contains("last messages whole"),
        "{}",
        kit.screen()
    );
}

#[tokio::test(start_paused = true)]
async fn a_key_that_means_nothing_in_a_dialog_is_named() {
    let mut kit = console().await;
    kit.keys("3").await.settled().await;
    kit.keys("g").await;
    // A queue whose look costs something.
    for _ in 0..7 {
        kit.keys("<enter>").await;
        rest(&mut kit).await;
        kit.keys("<enter>").await;
        rest(&mut kit).await;
        if kit.screen().contains("─ Look ") {
            break;
        }
        kit.keys("<esc> j").await;
        rest(&mut kit).await;
    }
    assert!(kit.screen().contains("─ Look "), "{}", kit.screen());
    kit.keys("<space>").await;
    assert!(
        kit.screen().contains("space ticks a box"),
        "{}",
        kit.screen()
    );
    kit.keys("v").await;
    assert!(
        !kit.screen().contains("does nothing here"),
        "{}",
        kit.screen()
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_moves_behind_what_stands_on_top() {
    let mut kit = console().await;
    kit.keys("g i").await;
    rest(&mut kit).await;
    kit.keys("<ctrl-s>").await.settled().await;
    kit.keys("6").await;
    rest(&mut kit).await;
    kit.keys("g <enter>").await;
    assert!(kit.screen().contains("─ Write "), "{}", kit.screen());
    for key in ["<tab>", "<shift-tab>", "[", "]", "z"] {
        kit.keys(key).await;
        assert!(
            kit.screen().contains("─ Write "),
            "{key}:\n{}",
            kit.screen()
        );
        assert_eq!(kit.store().ui.focus(), ACTIVITY, "{key}");
        assert!(!kit.store().ui.is_zoomed(), "{key}");
    }
    kit.keys("<esc> <tab>").await;
    assert_eq!(kit.store().ui.focus(), ui::FUNCTIONS);
}

#[tokio::test(start_paused = true)]
async fn a_prompt_that_was_only_opened_has_no_error() {
    let mut kit = console().await;
    kit.keys("g 5").await.settled().await;
    kit.keys("/")
        .await
        .types("environment")
        .await
        .keys("<enter>")
        .await;
    kit.keys("n").await;
    assert!(kit.screen().contains("new variable"), "{}", kit.screen());
    assert!(!kit.screen().contains('✖'), "{}", kit.screen());
    kit.keys("<enter>").await;
    assert!(
        kit.screen().contains('✖'),
        "enter says why:\n{}",
        kit.screen()
    );
    kit.keys("<esc> n a <backspace>").await;
    assert!(kit.screen().contains('✖'), "typed:\n{}", kit.screen());
}
