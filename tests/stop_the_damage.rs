//! Stopping the damage, reviews, resume cards and marks, driven by keys on the demo account under
//! a paused clock.

mod kit;

use std::path::PathBuf;

use kit::{Kit, Stage, listed};
use lambdeck::{
    demo,
    domain::{
        draft::{Field, Item, record::Record},
        function::Arn,
        secret::Secret,
    },
    runtime::access::Access,
    settings::Protected,
    store::{
        Action, Store,
        configure::{self, CONFIGURE, Edit, Step, Wish},
        identity::FunctionKey,
    },
};

/// The sizes that every screen is drawn in.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 12)];
const WIDE: (u16, u16) = (120, 40);

fn check(name: &str, kit: &Kit) {
    let (width, height) = kit.store().ui.size();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("{name}-{width}x{height}"), kit.styled());
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

/// The cursor on the function of this name.
async fn on(kit: &mut Kit, name: &str) {
    kit.keys("0 / <ctrl-u>").await.types(name).await;
    kit.keys("<enter>").await.settled().await;
    assert_eq!(kit.selected(), name);
}

fn reviewed(store: &Store) -> bool {
    let review = store.configure.review();
    review.is_some_and(|review| review.reviews().is_some())
}

fn cards(store: &Store) -> usize {
    store.configure.memory().cards.len()
}

fn step(step: Step) -> Action {
    Action::Configure(configure::Action::Do(step))
}

#[track_caller]
fn shows(kit: &Kit, text: &str) {
    assert!(kit.screen().contains(text), "{text}:\n{}", kit.screen());
}

/// `X`, a move, and the name of the function.
async fn stop(kit: &mut Kit, key: &str, name: &str) {
    kit.keys("X").await.settled().await;
    kit.keys(key).await.until(reviewed).await;
    kit.types(name).await.keys("<enter>").await.settled().await;
}

/// Drafts a longer timeout, and opens its review.
async fn edit(kit: &mut Kit, name: &str) -> FunctionKey {
    on(kit, name).await;
    let subject = kit.store().subject().expect("selected");
    kit.keys("5").await.settled().await;
    let item = Item::Setting(Field::Timeout);
    let set = Edit::Set(Secret::new("60".to_owned()));
    kit.act(step(Step::Edit(subject.clone(), item, set)));
    kit.keys("<ctrl-s>").await.until(reviewed).await;
    subject
}

/// The records of edits on disk.
fn records(kit: &Kit) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(kit.paths.state.join("changes"));
    entries
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn triggers_are_paused_in_two_keys_and_a_name_and_leave_a_card() {
    for size in SIZES {
        let mut kit = console(size).await;
        on(&mut kit, "orders-consumer").await;
        kit.keys("X").await.settled().await;
        check("stop-menu", &kit);
        kit.keys("t").await.until(reviewed).await;
        check("stop-review", &kit);
        kit.types("orders-consumer").await;
        kit.keys("<enter>").await.settled().await;
        assert_eq!(cards(kit.store()), 1, "{}", kit.screen());
        assert!(kit.store().configure.review().is_none());
        check("stop-stopped", &kit);
        kit.keys("6").await.settled().await;
        check("stop-activity", &kit);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_without_the_whole_name_and_escape_closes_it() {
    let mut kit = console(WIDE).await;
    on(&mut kit, "orders-consumer").await;
    kit.keys("X").await.settled().await;
    kit.keys("c").await.until(reviewed).await;
    kit.types("orders")
        .await
        .keys("<enter>")
        .await
        .settled()
        .await;
    shows(&kit, "type orders-consumer first");
    assert!(kit.store().configure.runs().is_empty());
    kit.keys("<tab> <enter>").await.settled().await;
    shows(&kit, "type orders-consumer first");
    kit.keys("<esc>").await.settled().await;
    assert!(kit.store().configure.review().is_none());
    assert!(!kit.screen().contains("Apply to"), "{}", kit.screen());
    kit.keys("X c").await.until(reviewed).await;
    kit.keys("<enter>").await.settled().await;
    assert!(
        kit.store().configure.review().is_none(),
        "it starts on Cancel"
    );
    assert!(kit.store().configure.runs().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_was_stopped_is_restored_from_the_menu() {
    let mut kit = console(WIDE).await;
    on(&mut kit, "orders-consumer").await;
    stop(&mut kit, "c", "orders-consumer").await;
    shows(&kit, "⏸ 1 stopped");
    shows(&kit, "concurrency set to 0 by you");
    shows(&kit, "X r restores");
    kit.keys("X").await.settled().await;
    kit.keys("c").await;
    shows(&kit, "its reserved concurrency is already 0");
    kit.keys("r").await.until(reviewed).await;
    shows(&kit, "0 → 50");
    let review = kit.store().configure.review().expect("reviewed");
    assert!(matches!(review.asked().wish, Wish::Restore(_)));
    kit.keys("<tab> <enter>").await.settled().await;
    assert_eq!(cards(kit.store()), 0, "{}", kit.screen());
    assert!(!kit.screen().contains("1 stopped"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn an_alias_is_chosen_and_led_back() {
    let mut kit = console(WIDE).await;
    on(&mut kit, "payments-charge").await;
    kit.keys("X").await.settled().await;
    kit.keys("a").await;
    shows(&kit, "Which alias");
    kit.types("live").await.keys("<enter>").await;
    shows(&kit, "Point live to version");
    shows(&kit, "› 41");
    kit.keys("<ctrl-u> 9 9 9 <enter>").await;
    shows(&kit, "there is no version 999");
    kit.keys("<ctrl-u> v 4 1 <enter>")
        .await
        .until(reviewed)
        .await;
    shows(&kit, "v42 → v41");
    kit.types("payments-charge").await;
    kit.keys("<enter>").await.settled().await;
    shows(&kit, "live led back by you");
}

#[tokio::test(start_paused = true)]
async fn the_weight_of_a_canary_is_set_as_a_share_or_a_percentage() {
    let mut kit = console(WIDE).await;
    on(&mut kit, "orders-consumer").await;
    kit.keys("X").await.settled().await;
    kit.keys("w").await;
    shows(&kit, "Weight of live");
    shows(&kit, "› 18=0.1");
    kit.keys("<ctrl-u>").await.types("18=100%").await;
    kit.keys("<enter>").await;
    shows(&kit, "below 1");
    kit.keys("<ctrl-u>").await.types("17=0.5").await;
    kit.keys("<enter>").await;
    shows(&kit, "its main version");
    kit.keys("<ctrl-u>").await.types("18=0").await;
    kit.keys("<enter>").await.until(reviewed).await;
    shows(&kit, "v17 90%, v18 10% → v17");
}

#[tokio::test(start_paused = true)]
async fn a_move_that_cannot_help_says_why() {
    let mut kit = console(WIDE).await;
    on(&mut kit, "report-nightly").await;
    kit.keys("X").await.settled().await;
    shows(&kit, "no event source mapping of it is enabled");
    kit.keys("t").await;
    shows(&kit, "✖ no event source mapping of it is enabled");
    kit.keys("r").await;
    shows(&kit, "✖ nothing was stopped on this function");
    assert!(kit.store().configure.review().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_session_that_may_not_write_refuses_at_once_and_says_what_lifts_that() {
    let read_only = Access::new(true, false, Protected::default());
    let protected = Access::new(false, false, Protected::new([demo::ACCOUNT]));
    for (access, why) in [
        (read_only, "start without --read-only"),
        (protected, ":unlock"),
    ] {
        let stage = Stage {
            access,
            ..Stage::default()
        };
        let mut kit = Kit::on(stage).await;
        kit.until(listed).await.settled().await;
        on(&mut kit, "orders-consumer").await;
        kit.keys("X").await.settled().await;
        kit.keys("t").await.settled().await;
        shows(&kit, why);
        assert!(kit.store().configure.review().is_none());
        kit.keys("<esc>").await;
        edit(&mut kit, "report-nightly").await;
        kit.keys("<esc>").await;
        assert!(kit.store().configure.runs().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn the_review_of_an_edit_offers_to_publish_and_to_shift() {
    for size in SIZES {
        let mut kit = console(size).await;
        edit(&mut kit, "payments-charge").await;
        check("review-edit", &kit);
        // Up from Cancel are the boxes.
        kit.keys("<shift-tab>").await;
        kit.keys("<enter> a p y").await.settled().await;
        assert!(
            kit.store().configure.runs().is_empty(),
            "no letter applies:\n{}",
            kit.screen()
        );
    }
    let mut kit = console(WIDE).await;
    edit(&mut kit, "payments-charge").await;
    shows(&kit, "30 s → 60 s");
    shows(&kit, "[ ] publish  [ ] shift live");
    kit.keys("<tab> <tab> <tab> <space>").await.settled().await;
    shows(&kit, "[x] publish  [x] shift live");
    shows(&kit, "PublishVersion");
    check("review-offers", &kit);
    kit.keys("<shift-tab> <space>").await.settled().await;
    shows(&kit, "[ ] publish  [ ] shift live");
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_was_applied_is_led_back_from_activity() {
    let mut kit = console(WIDE).await;
    edit(&mut kit, "report-nightly").await;
    kit.keys("<tab> <enter>").await.settled().await;
    assert_eq!(records(&kit).len(), 1, "{}", kit.screen());
    kit.keys("6").await.settled().await;
    kit.keys("u").await.until(reviewed).await;
    shows(&kit, "Way back  report-nightly");
    shows(&kit, "60 s → 3 s");
}

#[tokio::test(start_paused = true)]
async fn what_keeps_no_record_says_that_there_is_no_way_back() {
    let mut kit = console(WIDE).await;
    on(&mut kit, "search-indexer").await;
    kit.keys("4").await.settled().await;
    kit.keys("<ctrl-s>").await.settled().await;
    kit.keys("<esc> 6").await.settled().await;
    kit.keys("u").await;
    shows(&kit, "there is no way back");
    kit.keys("D").await;
    shows(&kit, "only the card of what was stopped");
}

#[tokio::test(start_paused = true)]
async fn a_card_in_activity_is_restored_or_dismissed_after_a_question() {
    let mut kit = console(WIDE).await;
    on(&mut kit, "orders-consumer").await;
    stop(&mut kit, "t", "orders-consumer").await;
    kit.keys("6").await.settled().await;
    kit.keys("g <enter>").await.until(reviewed).await;
    shows(&kit, "Restore  orders-consumer");
    kit.keys("<esc> D").await;
    shows(&kit, "Dismiss a resume card");
    kit.keys("<enter>").await.settled().await;
    assert_eq!(cards(kit.store()), 1, "the question starts on Cancel");
    kit.keys("D <tab> <enter>").await.settled().await;
    assert_eq!(cards(kit.store()), 0, "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn an_edit_whose_process_died_offers_its_rest_and_the_way_back() {
    for size in SIZES {
        let mut kit = console(size).await;
        on(&mut kit, "orders-consumer").await;
        stop(&mut kit, "c", "orders-consumer").await;
        let path = records(&kit).pop().expect("a record");
        let text = std::fs::read(&path).expect("a file");
        let mut record: Record = serde_json::from_slice(&text).expect("a record");
        record.ended = None;
        let text = serde_json::to_vec(&record).expect("as JSON");
        std::fs::write(&path, text).expect("written");
        kit.act(step(Step::Remember));
        kit.keys("6").await.settled().await;
        assert_eq!(kit.store().configure.memory().unfinished.len(), 1);
        kit.keys("g j").await;
        check("stop-unfinished", &kit);
        kit.keys("<enter>").await.until(reviewed).await;
        let review = kit.store().configure.review().expect("reviewed");
        assert!(matches!(review.asked().wish, Wish::Rest(_)));
        kit.keys("<esc> u").await.until(reviewed).await;
        let review = kit.store().configure.review().expect("reviewed");
        assert!(matches!(review.asked().wish, Wish::Revert(_)));
    }
}

#[tokio::test(start_paused = true)]
async fn the_start_names_what_is_stopped_and_quitting_does_too() {
    let mut kit = console(WIDE).await;
    assert!(!kit.screen().contains("restores"), "{}", kit.screen());
    on(&mut kit, "orders-consumer").await;
    stop(&mut kit, "t", "orders-consumer").await;
    kit.keys("q").await;
    shows(&kit, "orders-consumer is stopped and not restored");
    assert!(kit.exit().is_none());
    kit.keys("<enter>").await;
    assert!(kit.exit().is_none(), "it starts on Cancel");
    // Another session of the same account is told of it.
    kit.keys("R").await.types("eu-west-1").await;
    kit.keys("<enter>").await.until(listed).await;
    kit.until_shown("⏸ stopped: orders-consumer · 6 restores")
        .await;
    kit.keys("<ctrl-c> <tab> <enter>").await;
    assert!(kit.exit().is_some());
}

#[tokio::test(start_paused = true)]
async fn marks_are_set_one_by_one_in_a_range_or_all() {
    let mut kit = console(WIDE).await;
    let names = kit.names();
    kit.keys("g <space>").await;
    assert_eq!(kit.store().functions.marked().len(), 1);
    assert_eq!(kit.selected(), names[1], "the cursor goes on");
    kit.keys("v j j v").await;
    assert_eq!(kit.store().functions.marked().len(), 4);
    kit.keys("k k <space>").await;
    assert_eq!(kit.store().functions.marked().len(), 3, "it is taken away");
    kit.keys("<ctrl-a>").await;
    assert_eq!(kit.store().functions.marked().len(), names.len());
    kit.keys("<ctrl-a>").await;
    assert!(kit.store().functions.marked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn marks_that_a_filter_hides_are_named_and_two_are_compared() {
    for size in SIZES {
        let mut kit = console(size).await;
        on(&mut kit, "orders-consumer").await;
        kit.keys("c").await;
        if size != SIZES[2] {
            shows(&kit, "comparing takes two marked functions");
        }
        kit.keys("<space>").await;
        on(&mut kit, "payments-charge").await;
        kit.keys("<space>").await.settled().await;
        check("functions-marks", &kit);
        let hidden = kit.store().functions.hidden_marks();
        assert_eq!(hidden.len(), 1);
        assert_eq!(hidden[0].resource_name(), "orders-consumer");
        kit.keys("c").await.settled().await;
        assert_eq!(kit.store().ui.focus(), CONFIGURE);
        assert!(kit.store().configure.comparison().value().is_some());
        shows(&kit, "/ find");
        kit.keys("<esc>").await;
        assert!(!kit.screen().contains("/ find"), "{}", kit.screen());
        // Who thinks better of it compares nothing, not even by a later comparison.
        kit.keys("c <esc>").await.settled().await;
        assert!(!kit.screen().contains("/ find"), "{}", kit.screen());
        kit.keys("R").await.types("us-east-1").await;
        kit.keys("<enter>").await;
        assert!(kit.store().functions.marked().is_empty(), "another session");
    }
}

#[tokio::test(start_paused = true)]
async fn the_footer_keeps_the_way_to_all_keys_at_every_width() {
    let mut kit = console(WIDE).await;
    for keys in ["0", "1", "2", "5", "6", "0 X"] {
        kit.keys(keys).await.settled().await;
        for width in 40..=200 {
            kit.event(crossterm::event::Event::Resize(width, 24)).await;
            let screen = kit.screen();
            let footer = screen.lines().last().unwrap_or_default().trim_end();
            assert!(footer.ends_with("? more"), "{keys} at {width}: {footer}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn stopping_the_damage_is_among_the_keys_of_a_list_80_columns_wide() {
    let kit = console((80, 24)).await;
    shows(&kit, "X stop the damage");
}

#[tokio::test(start_paused = true)]
async fn what_is_stopped_stands_in_the_header_of_any_screen() {
    let protected = Access::new(false, true, Protected::new([demo::ACCOUNT]));
    for access in [Access::default(), protected] {
        let stage = Stage {
            size: (40, 12),
            access,
            ..Stage::default()
        };
        let mut kit = Kit::on(stage).await;
        kit.until(listed).await.settled().await;
        on(&mut kit, "orders-consumer").await;
        stop(&mut kit, "c", "orders-consumer").await;
        let screen = kit.screen();
        let header = screen.lines().next().unwrap_or_default();
        assert!(header.contains("⏸ 1"), "{header}");
        assert!(header.contains(demo::ACCOUNT), "{header}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_being_applied_stands_in_the_header() {
    let mut kit = console(WIDE).await;
    on(&mut kit, "orders-consumer").await;
    kit.keys("X").await.settled().await;
    kit.keys("c").await.until(reviewed).await;
    kit.types("orders-consumer").await.keys("<enter>").await;
    shows(&kit, "▸ applying 1");
    kit.settled().await;
    assert!(!kit.screen().contains("applying"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn the_footer_of_the_menu_has_only_what_helps() {
    let mut kit = console(WIDE).await;
    on(&mut kit, "report-nightly").await;
    kit.keys("X").await.settled().await;
    let footer = |kit: &Kit| kit.screen().lines().last().unwrap_or_default().to_owned();
    assert!(footer(&kit).contains("c concurrency 0"), "{}", footer(&kit));
    assert!(!footer(&kit).contains("t pause"), "{}", footer(&kit));
    assert!(!footer(&kit).contains("r restore"), "{}", footer(&kit));
    kit.keys("c").await.until(reviewed).await;
    assert!(!footer(&kit).contains("enter"), "{}", footer(&kit));
    kit.types("report").await;
    assert!(footer(&kit).contains("enter apply"), "{}", footer(&kit));
    kit.keys("<tab>").await;
    assert!(footer(&kit).contains("enter apply"), "{}", footer(&kit));
}

#[tokio::test(start_paused = true)]
async fn which_alias_is_asked_once_they_are_read() {
    let mut kit = console(WIDE).await;
    on(&mut kit, "payments-charge").await;
    kit.keys("X a").await;
    shows(&kit, "still being read");
    kit.settled().await;
    kit.keys("a").await;
    shows(&kit, "Which alias");
    shows(&kit, "live");
}

#[tokio::test(start_paused = true)]
async fn raising_a_weight_does_not_claim_to_stop_anything() {
    let mut kit = console(WIDE).await;
    on(&mut kit, "orders-consumer").await;
    kit.keys("X").await.settled().await;
    kit.keys("w <ctrl-u>").await.types("18=0.5").await;
    kit.keys("<enter>").await.until(reviewed).await;
    shows(&kit, "stops nothing by itself");
}

#[tokio::test(start_paused = true)]
async fn the_menu_of_another_function_names_what_is_stopped() {
    let mut kit = console(WIDE).await;
    on(&mut kit, "orders-consumer").await;
    stop(&mut kit, "c", "orders-consumer").await;
    on(&mut kit, "report-nightly").await;
    kit.keys("X").await.settled().await;
    shows(&kit, "orders-consumer is stopped");
}

#[tokio::test(start_paused = true)]
async fn the_review_of_many_functions_tells_each_and_asks_when_one_is_left_out() {
    for size in SIZES {
        let mut kit = console(size).await;
        let subject = edit(&mut kit, "report-nightly").await;
        let review = kit.store().configure.review().expect("reviewed");
        let wish = review.asked().wish.clone();
        let mut functions = vec![subject.arn.clone()];
        for name in ["payments-charge", "thumbnailer", "checkout-api"] {
            functions.push(Arn::new(
                subject.arn.as_str().replace("report-nightly", name),
            ));
        }
        let ask = |functions: &[Arn]| Step::Review {
            session: subject.session,
            functions: functions.to_vec(),
            wish: wish.clone(),
        };
        kit.act(step(ask(&functions)));
        kit.until(reviewed).await;
        kit.settled().await;
        check("review-many", &kit);
        shows(&kit, "Apply to");
        let gone = subject.arn.as_str().replace("report-nightly", "gone");
        functions.push(Arn::new(gone));
        kit.act(step(ask(&functions)));
        kit.until(reviewed).await;
        kit.settled().await;
        check("review-many-refused", &kit);
        shows(&kit, "type 3 of 5 to go on");
        kit.keys("<enter>").await.settled().await;
        assert!(kit.store().configure.runs().is_empty(), "nothing was typed");
    }
}
