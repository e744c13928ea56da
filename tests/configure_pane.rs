//! The Configure pane driven by keys, on the demo account under a paused clock.

mod kit;

use std::time::Duration;

use crossterm::event::Event;
use kit::{Kit, Stage, listed};
use lambdeck::{
    demo::Faults,
    domain::{
        draft::{
            Field, Item, TriggerField, Value,
            record::{Ended, Report, Step as RecordStep, StepState},
            update::{Call, ConfigurationUpdate},
        },
        secret::Secret,
    },
    ports::{ErrorKind, Operation, Provider as _},
    store::{
        Action, Store,
        configure::{self, CONFIGURE, Change, FunctionForm, Step},
        effect::Terminal,
    },
};

/// The sizes that every screen is drawn in.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 12)];
const WIDE: (u16, u16) = (120, 40);

/// Values of variables of payments-charge on the demo account.
const SECRETS: [&str; 2] = ["sk_live_demo", "postgres://"];

fn check(name: &str, kit: &Kit) {
    let (width, height) = kit.store().ui.size();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("configure-{name}-{width}x{height}"), kit.styled());
    });
}

fn function_form(store: &Store) -> Option<&FunctionForm> {
    store.configure.function_form(&store.subject()?)
}

fn read(store: &Store) -> bool {
    function_form(store).is_some_and(|function_form| {
        !function_form.loaded().is_loading() && function_form.loaded().value().is_some()
    })
}

/// The form of a function, on the whole screen.
async fn form_on(stage: Stage, function: &str) -> Kit {
    let mut kit = Kit::on(stage).await;
    kit.until(listed).await;
    kit.keys("/").await.types(function).await;
    kit.keys("<enter> e").await;
    if !kit.store().ui.is_zoomed() {
        kit.keys("z").await;
    }
    kit.until(read).await.settled().await;
    kit
}

async fn form(size: (u16, u16), function: &str) -> Kit {
    let stage = Stage {
        size,
        ..Stage::default()
    };
    form_on(stage, function).await
}

/// Puts the cursor on the last row that holds these words, and shows all rows again.
async fn go(kit: &mut Kit, words: &str) {
    kit.keys("/").await.types(words).await;
    kit.keys("<enter> G <esc>").await;
}

/// What the draft says of an item, masked values in full.
fn drafted(kit: &Kit, item: &Item) -> Option<String> {
    let side = function_form(kit.store())?.draft().side(item)?;
    Some(side.shown(true))
}

fn setting(kit: &Kit, field: Field) -> Option<String> {
    drafted(kit, &Item::Setting(field))
}

fn variable(name: &str) -> Item {
    Item::Variable(name.to_owned())
}

/// The row of the screen that holds these words.
fn line(kit: &Kit, words: &str) -> String {
    let screen = kit.screen();
    let found = screen.lines().find(|line| line.contains(words));
    found
        .unwrap_or_else(|| panic!("{words:?} is not on the screen:\n{screen}"))
        .to_owned()
}

fn shows_no_secret(kit: &Kit) {
    let screen = kit.screen();
    for secret in SECRETS {
        assert!(!screen.contains(secret), "{screen}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_form() {
    for size in SIZES {
        let mut kit = form(size, "payments-charge").await;
        assert_eq!(kit.store().ui.focus(), CONFIGURE);
        check("form", &kit);
        kit.keys("G").await;
        check("form-end", &kit);
        shows_no_secret(&kit);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_function_it_says_what_would_be_here() {
    let mut kit = Kit::on(Stage {
        functions: Some(0),
        ..Stage::default()
    })
    .await;
    kit.until(listed).await.keys("5 z").await;
    assert!(
        kit.screen().contains("no function is selected"),
        "{}",
        kit.screen()
    );
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_read_is_said_with_its_reason() {
    let deny = |operation| Stage {
        faults: Faults {
            deny: vec![operation],
            ..Faults::default()
        },
        ..Stage::default()
    };
    let mut kit = Kit::on(deny(Operation::GetFunctionConfiguration)).await;
    kit.until(listed).await.settled().await.keys("5 z").await;
    kit.until_shown("lambda:GetFunctionConfiguration").await;
    kit.keys("W").await;
    assert!(kit.screen().contains("Why"), "{}", kit.screen());

    let mut kit = form_on(deny(Operation::ListTags), "payments-charge").await;
    let status_line = kit.row(38);
    assert!(
        status_line.contains("1 part not read, W why"),
        "{status_line}"
    );
    kit.keys("G").await;
    assert!(kit.screen().contains("? not read"), "{}", kit.screen());
    kit.keys("W").await;
    assert!(kit.screen().contains("lambda:ListTags"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn a_number_is_checked_while_it_is_typed() {
    for size in SIZES {
        let mut kit = form(size, "payments-charge").await;
        kit.keys("<enter> <ctrl-u> 6 4").await;
        check("prompt", &kit);
        assert!(kit.screen().contains("✖ takes MB"), "{}", kit.screen());
        kit.keys("<enter>").await;
        assert_eq!(setting(&kit, Field::Memory), None, "64 MB cannot be");
        kit.keys("<ctrl-u> 1 0 2 4 <enter>").await;
        assert_eq!(setting(&kit, Field::Memory).as_deref(), Some("1024"));
        let row = line(&kit, "memory");
        assert!(
            row.contains("~ memory") && row.contains("512 MB → 1,024 MB"),
            "{row}"
        );
        check("drafted", &kit);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_drafted_can_be_undone_and_shown_alone() {
    let mut kit = form(WIDE, "payments-charge").await;
    kit.keys("<enter> <ctrl-u> 1 0 2 4 <enter> j <enter> <ctrl-u> 6 0 <enter>")
        .await;
    let status_line = kit.row(38);
    assert!(status_line.contains("2 changes drafted"), "{status_line}");
    assert!(
        kit.footer().contains("ctrl-s review 2 changes"),
        "{}",
        kit.footer()
    );
    kit.keys("f").await;
    check("only-changed", &kit);
    kit.keys("<esc> u").await;
    assert_eq!(setting(&kit, Field::Timeout), None);
    assert_eq!(setting(&kit, Field::Memory).as_deref(), Some("1024"));
    // What is drafted as it is already is no change.
    kit.keys("k <enter> <ctrl-u> 5 1 2 <enter>").await;
    assert!(function_form(kit.store()).unwrap().draft().is_empty());
    kit.keys("f").await;
    assert!(kit.screen().contains("nothing is left"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn a_choice_is_picked_and_a_role_is_suggested() {
    let mut kit = form(WIDE, "payments-charge").await;
    go(&mut kit, "tracing active").await;
    kit.keys("<enter>").await.types("pass").await;
    kit.keys("<enter>").await;
    assert_eq!(
        setting(&kit, Field::Tracing).as_deref(),
        Some("PassThrough")
    );
    go(&mut kit, "role").await;
    kit.keys("<enter> <ctrl-u>").await.types("audit").await;
    kit.until_shown("role/audit-trail").await;
    check("suggestions", &kit);
    kit.keys("<down> <enter>").await;
    let role = setting(&kit, Field::Role).unwrap();
    assert!(role.ends_with(":role/audit-trail"), "{role}");
}

#[tokio::test(start_paused = true)]
async fn a_list_is_edited_entry_by_entry() {
    let mut kit = form(WIDE, "payments-charge").await;
    go(&mut kit, "layers").await;
    kit.keys("n")
        .await
        .types("arn:aws:lambda:eu-west-1:000000000000:layer:more:3")
        .await;
    kit.keys("<enter>").await;
    let layers = setting(&kit, Field::Layers).unwrap();
    assert_eq!(layers.split(',').count(), 2, "{layers}");
    assert!(
        line(&kit, "layer:more:3").contains("+   2"),
        "{}",
        kit.screen()
    );
    kit.keys("k D").await;
    let layers = setting(&kit, Field::Layers).unwrap();
    assert!(
        layers.ends_with("layer:more:3") && !layers.contains(','),
        "{layers}"
    );
    assert!(kit.screen().contains("removed"), "{}", kit.screen());
    kit.keys("u").await;
    assert_eq!(setting(&kit, Field::Layers), None);
}

#[tokio::test(start_paused = true)]
async fn variables_are_added_renamed_removed_and_stay_masked() {
    let mut kit = form(WIDE, "payments-charge").await;
    go(&mut kit, "API_KEY").await;
    kit.keys("n").await.types("AWS_REGION").await;
    assert!(kit.screen().contains("reserved"), "{}", kit.screen());
    kit.keys("<enter> <ctrl-u>").await.types("FLAGS").await;
    kit.keys("<enter>").await.types("hush hush").await;
    kit.keys("<enter>").await;
    assert_eq!(
        drafted(&kit, &variable("FLAGS")).as_deref(),
        Some("hush hush")
    );
    let row = line(&kit, "FLAGS");
    assert!(row.contains("+ FLAGS") && row.contains("••••••"), "{row}");
    assert!(!kit.screen().contains("hush"), "{}", kit.screen());

    go(&mut kit, "FLAGS").await;
    kit.keys("D").await;
    assert_eq!(
        drafted(&kit, &variable("FLAGS")),
        None,
        "it was never there"
    );

    go(&mut kit, "env LOG_LEVEL").await;
    kit.keys("a").await.types("rename").await;
    kit.keys("<enter> <ctrl-u>").await.types("LEVEL").await;
    kit.keys("<enter>").await;
    assert_eq!(
        drafted(&kit, &variable("LOG_LEVEL")).as_deref(),
        Some("(unset)")
    );
    assert_eq!(drafted(&kit, &variable("LEVEL")).as_deref(), Some("info"));
    let row = line(&kit, " LOG_LEVEL");
    assert!(
        row.contains("− LOG_LEVEL") && row.contains("→ removed"),
        "{row}"
    );
    check("environment", &kit);
    shows_no_secret(&kit);
}

#[tokio::test(start_paused = true)]
async fn one_value_is_revealed_until_it_is_left() {
    let mut kit = form(WIDE, "payments-charge").await;
    go(&mut kit, "API_KEY").await;
    shows_no_secret(&kit);
    kit.keys("y").await;
    assert_eq!(kit.copied(), None, "masked");
    kit.keys("v").await;
    let row = line(&kit, "API_KEY");
    assert!(row.contains("sk_live_demo"), "{row}");
    assert!(line(&kit, "DATABASE_URL").contains("••••••"));
    kit.keys("y").await;
    assert!(
        kit.copied()
            .is_some_and(|text| text.starts_with("sk_live_demo"))
    );
    kit.keys("j k").await;
    shows_no_secret(&kit);
    kit.keys("v <tab> 5").await;
    shows_no_secret(&kit);
}

#[tokio::test(start_paused = true)]
async fn a_masked_value_is_not_wiped_by_an_empty_answer() {
    let mut kit = form(WIDE, "payments-charge").await;
    go(&mut kit, "API_KEY").await;
    kit.keys("<enter>").await;
    shows_no_secret(&kit);
    kit.keys("<enter>").await;
    assert_eq!(drafted(&kit, &variable("API_KEY")), None);
    kit.keys("v <enter> <end> x <enter>").await;
    let value = drafted(&kit, &variable("API_KEY")).unwrap();
    assert!(value.starts_with("sk_live_demo") && value.ends_with('x'));
    kit.keys("u <enter> <ctrl-u> <enter>").await;
    assert_eq!(drafted(&kit, &variable("API_KEY")).as_deref(), Some(""));
}

#[tokio::test(start_paused = true)]
async fn a_pasted_env_is_counted_before_it_is_drafted() {
    let mut kit = form(WIDE, "payments-charge").await;
    kit.event(Event::Paste("A1=x\n".into())).await;
    assert!(
        kit.screen().contains("nothing is pasted here"),
        "{}",
        kit.screen()
    );
    go(&mut kit, "API_KEY").await;
    let text = "export LOG_LEVEL=debug\nGREETING=\"hush\\nhush\"\n# done\n";
    kit.event(Event::Paste(text.into())).await;
    check("paste", &kit);
    assert!(
        kit.screen().contains("2 variables: 1 new, 1 existing"),
        "{}",
        kit.screen()
    );
    assert!(!kit.screen().contains("hush"), "{}", kit.screen());
    kit.keys("<enter>").await;
    assert!(
        function_form(kit.store()).unwrap().draft().is_empty(),
        "Enter was Cancel"
    );
    kit.event(Event::Paste(text.into())).await;
    kit.keys("<tab> <enter>").await;
    assert_eq!(
        drafted(&kit, &variable("GREETING")).as_deref(),
        Some("hush\nhush")
    );
    assert!(!kit.screen().contains("hush"), "{}", kit.screen());
    // Several lines are not for a prompt of one.
    go(&mut kit, "GREETING").await;
    kit.keys("v <enter>").await;
    assert!(kit.screen().contains("several lines"), "{}", kit.screen());
    kit.event(Event::Paste("no assignment".into())).await;
    assert!(kit.screen().contains("line 1"), "{}", kit.screen());
    kit.keys("g").await;
    let kept = line(&kit, "is kept: e opens it");
    assert!(kept.contains("could not be read"), "{kept}");
    kit.keys("e").await.settled().await;
    let Some(Terminal::Edit { text, .. }) = kit.terminal.last() else {
        panic!("no editor was opened");
    };
    assert!(text.reveal().ends_with("no assignment"));
}

#[tokio::test(start_paused = true)]
async fn the_environment_goes_to_the_editor() {
    let mut kit = form(WIDE, "payments-charge").await;
    kit.keys("e").await.settled().await;
    let edits = kit.terminal.iter();
    let text = edits.rev().find_map(|effect| match effect {
        Terminal::Edit { text, .. } => Some(text.reveal().clone()),
        _ => None,
    });
    assert!(text.is_some_and(|text| text.contains("LOG_LEVEL")));
    shows_no_secret(&kit);
}

#[tokio::test(start_paused = true)]
async fn an_environment_that_cannot_be_read_is_blocked_with_its_reason() {
    for size in SIZES {
        let mut kit = form(size, "legacy-mailer").await;
        kit.keys("/").await.types("environment").await;
        kit.keys("<enter>").await;
        check("blocked", &kit);
        kit.keys("n").await;
        assert!(kit.screen().contains("blocked"), "{}", kit.screen());
        kit.keys("e").await.settled().await;
        let edits = |effect: &Terminal| matches!(effect, Terminal::Edit { .. });
        assert!(!kit.terminal.iter().any(edits));
    }
}

#[tokio::test(start_paused = true)]
async fn an_alias_is_led_to_a_version_with_a_share() {
    let mut kit = form(WIDE, "payments-charge").await;
    go(&mut kit, "alias live").await;
    kit.keys("<enter>").await;
    check("versions", &kit);
    kit.types("v41").await.keys("<enter>").await;
    kit.types("200%").await;
    assert!(
        kit.screen().contains("above 0 and below 1"),
        "{}",
        kit.screen()
    );
    kit.keys("<ctrl-u>").await.types("10%").await;
    kit.keys("<enter>").await;
    let live = Item::Alias("live".to_owned());
    assert_eq!(drafted(&kit, &live).as_deref(), Some("v42 90%, v41 10%"));
    kit.keys("<enter>").await.types("v41").await;
    kit.keys("<enter> <enter>").await;
    assert_eq!(drafted(&kit, &live).as_deref(), Some("v41"));
}

#[tokio::test(start_paused = true)]
async fn a_trigger_is_paused_and_its_filters_are_checked() {
    let mut kit = form(WIDE, "orders-consumer").await;
    let store = kit.store();
    let loaded = function_form(store).unwrap().loaded().value().unwrap();
    let last = loaded.snapshot.mappings.last().unwrap();
    let uuid = last.uuid.clone();
    let item = |field| Item::Trigger(uuid.clone(), field);
    go(&mut kit, "batch size").await;
    kit.keys("<enter> <ctrl-u> 7 <enter>").await;
    assert_eq!(
        drafted(&kit, &item(TriggerField::BatchSize)).as_deref(),
        Some("7")
    );
    go(&mut kit, "filters").await;
    kit.keys("<enter> <ctrl-u>").await.types("[{").await;
    assert!(
        kit.screen().contains("object at line 1"),
        "{}",
        kit.screen()
    );
    check("filters", &kit);
    kit.types("\"body\":{\"a\":[1]}}]")
        .await
        .keys("<enter>")
        .await;
    let filters = drafted(&kit, &item(TriggerField::Filters));
    assert_eq!(filters.as_deref(), Some(r#"[{"body":{"a":[1]}}]"#));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_is_said_at_its_row_and_kept_from_the_review() {
    let mut kit = form((80, 24), "orders-consumer").await;
    go(&mut kit, "app log level").await;
    kit.keys("<enter> <enter>").await;
    let foot = kit.row(21);
    assert!(foot.contains("✖ needs log_format=JSON"), "{foot}");
    kit.keys("g <ctrl-s>").await.settled().await;
    assert!(kit.store().configure.review().is_none(), "{}", kit.screen());
    assert!(kit.screen().contains("marked ✖"), "{}", kit.screen());
    check("cannot-be", &kit);
    go(&mut kit, "log format text").await;
    kit.keys("<enter>").await.types("json").await;
    kit.keys("<enter>").await;
    assert!(!kit.screen().contains("✖ needs"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn lines_that_a_terminal_sends_as_returns_are_lines() {
    let mut kit = form(WIDE, "orders-consumer").await;
    go(&mut kit, "TABLE").await;
    kit.event(Event::Paste("# all\rA1='x\ry'\r\nB1=2\r".into()))
        .await;
    kit.keys("<tab> <enter>").await;
    assert_eq!(drafted(&kit, &variable("A1")).as_deref(), Some("x\ny"));
    assert_eq!(drafted(&kit, &variable("B1")).as_deref(), Some("2"));
    // JSON may be broken over lines; other prompts take one.
    go(&mut kit, "orders-priority filters").await;
    kit.keys("<enter> <ctrl-u>").await;
    kit.event(Event::Paste("[\r  {\"body\":\r {\"a\": [1]}}\r]\r".into()))
        .await;
    kit.keys("<enter>").await;
    let row = line(&kit, "filters  ");
    assert!(kit.screen().contains(r#"[{"body":{"a":[1]}}]"#), "{row}");
    go(&mut kit, "description").await;
    kit.keys("<enter>").await;
    kit.event(Event::Paste("one\rtwo".into())).await;
    assert!(
        kit.screen().contains("several lines, this takes one"),
        "{}",
        kit.screen()
    );
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_target_is_picked_among_queues_that_can_be_one() {
    let mut kit = form(WIDE, "payments-charge").await;
    go(&mut kit, "dead letter").await;
    kit.keys("<enter> <ctrl-u>").await.types("led").await;
    kit.until(|store| store.configure.suggestions().value().is_some())
        .await;
    assert!(!kit.screen().contains(".fifo"), "{}", kit.screen());
    kit.keys("<ctrl-u>").await.types("orders").await;
    kit.until_shown(":orders-dlq").await;
    kit.keys("<down> <enter>").await;
    let target = setting(&kit, Field::DeadLetter).unwrap();
    assert!(target.contains(":orders"), "{target}");
}

#[tokio::test(start_paused = true)]
async fn provisioned_url_tag_and_version_are_added() {
    let mut kit = form(WIDE, "payments-charge").await;
    go(&mut kit, "reserved").await;
    kit.keys("n").await.types("live").await;
    kit.keys("<enter> 0").await;
    assert!(kit.screen().contains("1 or more"), "{}", kit.screen());
    kit.keys("<ctrl-u> 5 <enter>").await;
    let provisioned = Item::Provisioned("live".to_owned());
    assert_eq!(drafted(&kit, &provisioned).as_deref(), Some("5"));

    go(&mut kit, "function url").await;
    kit.keys("n").await.types("live").await;
    kit.keys("<enter>").await.types("AWS_IAM,BUFF").await;
    kit.keys("<enter>").await;
    let url = drafted(&kit, &Item::Url("live".to_owned()));
    assert_eq!(url.as_deref(), Some("AWS_IAM,BUFFERED"));

    go(&mut kit, "tags").await;
    kit.keys("n").await.types("aws:x").await;
    assert!(kit.screen().contains("reserved"), "{}", kit.screen());
    kit.keys("<ctrl-u>").await.types("owner-of-it").await;
    kit.keys("<enter>").await.types("me").await;
    kit.keys("<enter>").await;
    let tag = drafted(&kit, &Item::Tag("owner-of-it".to_owned()));
    assert_eq!(tag.as_deref(), Some("me"));

    go(&mut kit, "version newest").await;
    kit.keys("<enter>").await.types("before the fix").await;
    kit.keys("<enter>").await;
    let draft = function_form(kit.store()).unwrap().draft();
    assert_eq!(draft.publish.as_deref(), Some("before the fix"));
    kit.keys("f").await;
    check("added", &kit);
    kit.keys("f G u").await;
    assert_eq!(function_form(kit.store()).unwrap().draft().publish, None);
}

#[tokio::test(start_paused = true)]
async fn two_places_stand_side_by_side() {
    for size in SIZES {
        let mut kit = form(size, "payments-charge").await;
        kit.keys("c").await.types("orders-consumer").await;
        kit.keys("<enter>").await.until_shown("different").await;
        check("beside", &kit);
        shows_no_secret(&kit);
        kit.keys("/").await.types("env").await;
        kit.keys("<enter>").await;
        assert!(line(&kit, "▸").contains("env "), "{}", kit.screen());
        kit.keys("<esc>").await;
        assert!(kit.screen().contains("memory"), "{}", kit.screen());
        assert_eq!(kit.store().ui.focus(), CONFIGURE);
    }
}

#[tokio::test(start_paused = true)]
async fn a_review_applies_nothing_by_itself() {
    let mut kit = form(WIDE, "payments-charge").await;
    kit.keys("<ctrl-s>").await;
    assert!(
        kit.screen().contains("nothing is drafted"),
        "{}",
        kit.screen()
    );
    kit.keys("<enter> <ctrl-u> 1 0 2 4 <enter> <ctrl-s>").await;
    kit.until_shown("[ Cancel ]").await.settled().await;
    kit.keys("<enter>").await.settled().await;
    let updates = kit.provider.calls(Operation::UpdateFunctionConfiguration);
    assert_eq!(updates, 0, "Enter was Cancel");
    assert_eq!(
        setting(&kit, Field::Memory).as_deref(),
        Some("1024"),
        "it is kept"
    );
}

#[tokio::test(start_paused = true)]
async fn the_button_that_is_drawn_takes_the_focus_while_the_review_is_read() {
    let stage = Stage {
        size: WIDE,
        latency: Some(Duration::from_secs(2)),
        ..Stage::default()
    };
    let mut kit = form_on(stage, "payments-charge").await;
    kit.keys("<enter> <ctrl-u> 1 0 2 4 <enter> <ctrl-s>").await;
    let screen = kit.screen();
    assert!(screen.contains("read anew"), "{screen}");
    assert!(screen.contains("[ Apply"), "{screen}");
    kit.keys("<tab> <enter>").await;
    let screen = kit.screen();
    assert!(screen.contains("still reading"), "not Cancel: {screen}");
    kit.until_shown("UpdateFunctionConfiguration").await;
    assert!(!kit.screen().contains("still reading"), "{}", kit.screen());
    kit.keys("<enter>").await;
    kit.until(ended).await;
    let updates = kit.provider.calls(Operation::UpdateFunctionConfiguration);
    assert_eq!(updates, 1);
}

/// Drafts 1,024 MB and 60 s and confirms the review.
async fn apply(kit: &mut Kit) {
    kit.keys("<enter> <ctrl-u> 1 0 2 4 <enter> j <enter> <ctrl-u> 6 0 <enter> <ctrl-s>")
        .await;
    kit.until_shown("[ Apply").await.settled().await;
    kit.keys("<tab> <enter>").await;
}

fn ended(store: &Store) -> bool {
    let run = store.subject().and_then(|key| store.configure.run_of(&key));
    run.is_some_and(|run| !run.is_running())
}

#[tokio::test(start_paused = true)]
async fn an_apply_shows_its_steps_and_is_put_away() {
    let mut kit = form(WIDE, "payments-charge").await;
    apply(&mut kit).await;
    kit.until_shown("▸ 1  UpdateFunctionConfiguration").await;
    check("applying", &kit);
    let footer = kit.row(39);
    assert!(footer.contains("x stop"), "{footer}");
    assert!(
        !footer.contains(" D ") && !footer.contains("review"),
        "{footer}"
    );
    kit.until(ended).await.settled().await;
    check("applied", &kit);
    assert!(kit.screen().contains("Applied"), "{}", kit.screen());
    assert!(
        line(&kit, " memory").contains("1,024 MB"),
        "{}",
        kit.screen()
    );
    assert!(function_form(kit.store()).unwrap().draft().is_empty());
    go(&mut kit, "revert").await;
    kit.keys("<enter>").await;
    kit.until_shown("MB → 512 MB").await;
    kit.keys("<esc> g D").await;
    assert!(!kit.screen().contains("Applied"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn a_failed_apply_can_be_finished_or_reverted() {
    for size in SIZES {
        let mut kit = form(size, "payments-charge").await;
        kit.keys("/").await.types("reserved").await;
        kit.keys("<enter> g j <enter>").await.types("5").await;
        kit.keys("<enter> <esc> g j").await;
        kit.provider.inject(Faults {
            fail: vec![(Operation::PutFunctionConcurrency, ErrorKind::Invalid)],
            ..Faults::default()
        });
        apply(&mut kit).await;
        kit.until(ended).await.settled().await;
        check("failed", &kit);
        let screen = kit.screen();
        assert!(screen.contains("✖ Failed"), "{screen}");
        kit.provider.inject(Faults::default());
        kit.keys("/").await.types("review what is left").await;
        kit.keys("<enter> G <enter>").await;
        kit.until_shown("[ Cancel ]").await.settled().await;
        kit.keys("<esc>").await.settled().await;
        assert_eq!(kit.provider.calls(Operation::PutFunctionConcurrency), 1);
    }
}

/// Somebody else gives the subject another description.
async fn describe_behind(kit: &Kit, description: &str) {
    let target = kit.store().sessions.current().target.clone();
    let arn = kit.store().subject().expect("a subject").arn;
    let session = kit.provider.open(&target).await.expect("a session");
    let description = Value::Text(description.to_owned());
    let update = ConfigurationUpdate::of(Field::Description, description);
    let updated = session
        .edit(&arn, &Call::Configuration(Box::new(update.clone())))
        .await;
    updated.expect("taken");
}

#[tokio::test(start_paused = true)]
async fn a_lost_update_shows_what_another_did() {
    let mut kit = form(WIDE, "payments-charge").await;
    kit.keys("<enter> <ctrl-u> 1 0 2 4 <enter> <ctrl-s>").await;
    kit.until_shown("[ Apply").await.settled().await;
    describe_behind(&kit, "mended by another").await;
    kit.keys("<tab> <enter>")
        .await
        .until(ended)
        .await
        .settled()
        .await;
    check("lost", &kit);
    let screen = kit.screen();
    assert!(
        screen.contains("theirs") && screen.contains("mine"),
        "{screen}"
    );
    assert!(!screen.contains("revert"), "nothing was sent: {screen}");
    // What was asked is reviewed again, whatever is drafted by now.
    let subject = kit.store().subject().expect("a subject");
    let draft = function_form(kit.store()).expect("read").draft().clone();
    let step = |step| Action::Configure(configure::Action::Do(step));
    kit.act(step(Step::Discard(subject)));
    kit.keys("/").await.types("review mine").await;
    kit.keys("<enter> G <enter>").await;
    kit.until_shown("[ Cancel ]").await.settled().await;
    let review = kit.store().configure.review().expect("a review");
    assert_eq!(review.proposal().change, Change::Edit(Box::new(draft)));
}

#[tokio::test(start_paused = true)]
async fn one_draft_goes_to_many_functions_through_one_review() {
    let mut kit = form(WIDE, "payments-charge").await;
    kit.keys("<enter> <ctrl-u> 1 0 2 4 <enter> a")
        .await
        .types("apply to others")
        .await;
    kit.keys("<enter>").await.types("orders").await;
    kit.keys("<space>").await;
    kit.keys("<ctrl-u>").await.types("thumb").await;
    kit.keys("<space>").await;
    check("many", &kit);
    assert!(
        kit.screen().contains("2 marked, 1 of them hidden"),
        "{}",
        kit.screen()
    );
    kit.keys("<enter>").await;
    kit.until_shown("[ Cancel ]").await.settled().await;
    let review = kit.store().configure.review().expect("a review");
    assert_eq!(review.proposal().functions.len(), 3);
    assert_eq!(
        review.proposal().functions[0].resource_name(),
        "payments-charge"
    );
    kit.keys("<tab> <enter>").await;
    kit.until(|store| {
        let run = store.subject().and_then(|key| store.configure.run_of(&key));
        run.is_some_and(|run| run.is_running() && run.parts.iter().any(|part| part.end.is_some()))
    })
    .await;
    let screen = kit.screen();
    assert!(screen.contains("1 of 3 functions"), "{screen}");
    assert!(!screen.contains("puts this away"), "{screen}");
    kit.until(ended).await.settled().await;
    let title = line(&kit, "✔ Applied");
    assert!(
        title.contains("3 of 3 functions · D puts this away"),
        "{title}"
    );
}

#[tokio::test(start_paused = true)]
async fn discarding_asks() {
    let mut kit = form(WIDE, "payments-charge").await;
    kit.keys("<enter> <ctrl-u> 1 0 2 4 <enter> a")
        .await
        .types("discard")
        .await;
    kit.keys("<enter> <enter>").await;
    assert!(setting(&kit, Field::Memory).is_some(), "Enter was Cancel");
    kit.keys("a").await.types("discard").await;
    kit.keys("<enter> <tab> <enter>").await;
    assert!(function_form(kit.store()).unwrap().draft().is_empty());
}

#[tokio::test(start_paused = true)]
async fn raw_json_keeps_values_to_itself() {
    let mut kit = form(WIDE, "payments-charge").await;
    kit.keys("J").await;
    assert!(
        kit.screen().contains("\"API_KEY\": null"),
        "{}",
        kit.screen()
    );
    kit.keys("<ctrl-d> <ctrl-d>").await;
    shows_no_secret(&kit);
}

#[tokio::test(start_paused = true)]
async fn quitting_names_what_was_drafted_and_asks() {
    let mut kit = form(WIDE, "payments-charge").await;
    kit.keys("<enter> <ctrl-u> 1 0 2 4 <enter>").await;
    kit.keys("<ctrl-c>").await;
    assert!(kit.exit().is_none());
    let named = "payments-charge: 1 change not sent";
    assert!(kit.screen().contains(named), "{}", kit.screen());
    kit.keys("<enter>").await;
    assert!(kit.exit().is_none(), "Enter was Cancel");
    // A draft of a region that was left is one still.
    kit.keys("R").await.types("eu-west-1").await;
    kit.keys("<enter>").await.until(listed).await;
    kit.keys("<ctrl-c>").await;
    assert!(kit.screen().contains(named), "{}", kit.screen());
    kit.keys("<tab> <enter>").await;
    assert!(kit.exit().is_some());
}

#[tokio::test(start_paused = true)]
async fn an_edit_lost_in_the_middle_can_be_finished_or_reverted() {
    let mut kit = form(WIDE, "payments-charge").await;
    apply(&mut kit).await;
    let run = kit.store().configure.runs().last().expect("it began").id;
    let step = |call: &str, state| RecordStep {
        call: call.to_owned(),
        state,
    };
    let report = Report {
        id: "edit-1".to_owned(),
        steps: vec![
            step("UpdateFunctionConfiguration", StepState::Done),
            step("PutFunctionConcurrency", StepState::Left),
        ],
        ended: Ended::Lost(Vec::new()),
        notes: Vec::new(),
    };
    let end = Ok(Box::new(report));
    kit.act(Action::Configure(configure::Action::Ended(run, 0, end)));
    kit.settled().await;
    for offer in [
        "review mine again",
        "review what is left",
        "review the revert",
    ] {
        assert!(kit.screen().contains(offer), "{offer}:\n{}", kit.screen());
    }
}

#[tokio::test(start_paused = true)]
async fn the_review_shows_what_was_typed_in_this_draft_when_it_is_asked_for() {
    let mut kit = form(WIDE, "payments-charge").await;
    let subject = kit.store().subject().expect("a subject");
    let set = |name: &str, value: &str| {
        let edit = configure::Edit::Set(Secret::new(value.to_owned()));
        let item = Item::Variable(name.to_owned());
        let edit = Step::Edit(subject.clone(), item, edit);
        Action::Configure(configure::Action::Do(edit))
    };
    kit.act(set("LOG_LEVEL", "typed-just-now"));
    kit.keys("<ctrl-s>").await;
    kit.until(|store| {
        store
            .configure
            .review()
            .is_some_and(|one| one.reviews().is_some())
    })
    .await;
    assert!(!kit.screen().contains("typed-just-now"), "{}", kit.screen());
    assert!(kit.footer().contains("v show values"), "{}", kit.footer());
    kit.keys("v").await;
    let shown = kit.screen();
    assert!(
        shown.contains("••••••  → typed-just-now") || shown.contains("•••••• → typed-just-now"),
        "{shown}"
    );
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{shown}");
    }
    kit.keys("v").await;
    assert!(!kit.screen().contains("typed-just-now"), "{}", kit.screen());
    // No other review begins with what this one showed.
    kit.keys("v <esc> <ctrl-s>").await;
    kit.until(|store| {
        store
            .configure
            .review()
            .is_some_and(|one| one.reviews().is_some())
    })
    .await;
    assert!(!kit.screen().contains("typed-just-now"), "{}", kit.screen());
}
