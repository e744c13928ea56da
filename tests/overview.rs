//! The Overview pane on the demo account: what it looks like, and what its keys do.
//!
//! Time is paused: the console runs until nothing is left to answer.

mod kit;

use kit::{Kit, Stage, listed};
use lambdeck::{demo::Faults, ports::Operation, store::effect::Terminal};

fn check(name: &str, screen: &str) {
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(name, screen);
    });
}

async fn console(size: (u16, u16)) -> Kit {
    let mut kit = Kit::on(Stage {
        size,
        ..Stage::default()
    })
    .await;
    kit.until(listed).await.settled().await;
    kit
}

/// Selects a function and goes to its overview.
async fn open(kit: &mut Kit, name: &str) {
    kit.keys("0 /").await.types(name).await;
    kit.keys("<enter> 1").await.settled().await;
}

/// Presses keys one by one, each until all is answered.
async fn press(kit: &mut Kit, keys: &str) {
    for key in keys.chars() {
        kit.types(key.encode_utf8(&mut [0; 4]))
            .await
            .settled()
            .await;
    }
}

/// Moves the cursor down to the first row that says this.
async fn go_to(kit: &mut Kit, what: &str) {
    for _ in 0..200 {
        let screen = kit.screen();
        let mut lines = screen.lines();
        if lines.any(|line| line.contains('▸') && line.contains(what)) {
            return;
        }
        press(kit, "j").await;
    }
    panic!("no row says {what}:\n{}", kit.screen());
}

/// Everything that was copied, oldest first.
fn copied(kit: &Kit) -> Vec<&str> {
    let texts = kit.terminal.iter().filter_map(|effect| match effect {
        Terminal::Copy(text) => Some(text.reveal().as_str()),
        _ => None,
    });
    texts.collect()
}

#[tokio::test(start_paused = true)]
async fn a_narrow_screen_shows_the_pane_alone() {
    let mut kit = console((80, 24)).await;
    open(&mut kit, "orders-consumer").await;
    check("narrow", &kit.styled());
}

#[tokio::test(start_paused = true)]
async fn a_wide_screen_shows_it_beside_the_list() {
    let mut kit = console((120, 40)).await;
    open(&mut kit, "payments-charge").await;
    check("wide", &kit.styled());
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_list_of_a_function_whose_tags_are_denied() {
    let mut kit = console((80, 24)).await;
    open(&mut kit, "fraud-score").await;
    press(&mut kit, "G").await;
    check("denied", &kit.screen());
}

#[tokio::test(start_paused = true)]
async fn every_part_denied_still_shows_what_the_list_knows() {
    let mut kit = console((80, 30)).await;
    kit.provider.inject(Faults {
        deny: Operation::ALL.to_vec(),
        ..Faults::default()
    });
    open(&mut kit, "audit-trail").await;
    check("all_denied", &kit.screen());
}

#[tokio::test(start_paused = true)]
async fn one_value_is_revealed_until_the_cursor_leaves_it() {
    let mut kit = console((80, 24)).await;
    open(&mut kit, "payments-charge").await;
    let secret = "sk_live_demo_51Hx9Q2eZvKYlo2C";
    go_to(&mut kit, "API_KEY").await;
    assert!(!kit.screen().contains(secret));
    press(&mut kit, "y").await;
    assert!(kit.screen().contains("masked: v reveals it"));
    assert_eq!(copied(&kit), [""; 0]);

    press(&mut kit, "v").await;
    assert!(kit.screen().contains(secret));
    assert!(!kit.screen().contains("correct-horse"), "only the one");
    press(&mut kit, "y").await;
    assert_eq!(copied(&kit), [secret]);
    press(&mut kit, "jk").await;
    assert!(!kit.screen().contains(secret), "the cursor left it");

    press(&mut kit, "v").await;
    assert!(kit.screen().contains(secret));
    press(&mut kit, "v").await;
    assert!(!kit.screen().contains(secret), "masked by the same key");

    press(&mut kit, "v01").await;
    assert!(!kit.screen().contains(secret), "the pane was left");
}

#[tokio::test(start_paused = true)]
async fn copy_gives_names_their_arns_and_the_json_has_no_values() {
    let mut kit = console((120, 40)).await;
    open(&mut kit, "payments-charge").await;
    go_to(&mut kit, "payments-dlq").await;
    press(&mut kit, "yYo").await;
    assert_eq!(
        copied(&kit),
        [
            "arn:aws:sqs:eu-west-1:000000000000:payments-dlq",
            "arn:aws:lambda:eu-west-1:000000000000:function:payments-charge",
            "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/payments-charge",
        ]
    );
    press(&mut kit, "Jy").await;
    let json = kit.copied().expect("a copy");
    assert!(json.contains(r#""API_KEY": null"#), "{json}");
    assert!(!json.contains("sk_live_demo") && !json.contains("correct-horse"));
}

#[tokio::test(start_paused = true)]
async fn scrolling_through_the_list_asks_only_where_the_cursor_stands_still() {
    let mut kit = console((120, 40)).await;
    let before = kit.provider.calls(Operation::ListTags);
    // Past the rows that stood on top while the list was still being put in order.
    kit.keys(&"<down>".repeat(8)).await;
    kit.settled().await;
    assert_eq!(kit.provider.calls(Operation::ListTags), before + 1);
}

#[tokio::test(start_paused = true)]
async fn refresh_reads_every_part_and_a_failure_keeps_what_was_there() {
    let mut kit = console((80, 24)).await;
    open(&mut kit, "orders-consumer").await;
    let before = kit.provider.calls(Operation::ListAliases);
    kit.provider.inject(Faults {
        deny: vec![Operation::ListAliases],
        ..Faults::default()
    });
    press(&mut kit, "r").await;
    assert_eq!(kit.provider.calls(Operation::ListAliases), before + 1);
    go_to(&mut kit, "what callers use").await;
    press(&mut kit, "jjj").await;
    let screen = kit.screen();
    assert!(screen.contains("→ v17 90%, v18 10%"), "{screen}");
    assert!(
        screen.contains("not refreshed: ✖ no permission lambda:ListAliases"),
        "{screen}"
    );
    assert!(screen.contains("✖ 1 failed, W why"), "{screen}");
}
