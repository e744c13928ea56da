//! Flows through the console as keys, on the demo account under a paused clock. Each waits for a
//! state, never for time.

mod kit;

use std::time::Duration;

use crossterm::event::{Event, MouseEventKind};
use jiff::{SignedDuration, Timestamp};
use kit::{Kit, START, Stage, listed};
use lambdeck::{
    app::Exit,
    demo::{self, Faults},
    domain::{
        function::{Arn, FunctionSummary},
        function_list::sort::{Column, Direction},
        session::{SessionId, WriteState},
    },
    ports::{ErrorKind, Operation},
    runtime::access::Access,
    settings::Protected,
    store::{
        Action,
        effect::Terminal,
        functions,
        session::{self, Status},
        ui::FUNCTIONS,
    },
    ui::screen,
};

/// The list of the demo account alone on the screen, read and its states known.
async fn ready() -> Kit {
    let mut kit = on(Faults::default(), 14).await;
    kit.until(listed).await.settled().await;
    kit
}

/// The list alone on the screen, as far as it is known when the console starts.
async fn alone(stage: Stage) -> Kit {
    let mut kit = Kit::on(stage).await;
    kit.keys("z").await;
    kit
}

async fn on(faults: Faults, functions: usize) -> Kit {
    alone(Stage {
        faults,
        functions: Some(functions),
        ..Stage::default()
    })
    .await
}

fn start() -> Timestamp {
    START.parse().expect("a moment")
}

#[tokio::test(start_paused = true)]
async fn starting_shows_the_list_and_who_we_are() {
    let mut kit = Kit::new(120, 40).await;
    assert!(
        kit.screen().contains("reading the functions"),
        "the first frame waits for nothing:\n{}",
        kit.screen()
    );
    kit.until(listed).await.settled().await;
    let screen = kit.screen();
    for shown in [
        "000000000000",
        "eu-west-1",
        "14 functions",
        "payments-charge",
    ] {
        assert!(screen.contains(shown), "{shown}:\n{screen}");
    }
    assert_eq!(kit.names().len(), 14);
}

#[tokio::test(start_paused = true)]
async fn the_cursor_opens_on_the_first_row_however_the_pages_come() {
    let mut kit = Kit::new(120, 40).await;
    kit.until(listed).await;
    let before = kit.names()[0].clone();
    assert_eq!(kit.selected(), before);
    kit.settled().await;
    assert_ne!(kit.names()[0], before, "a state brought something worse");
    assert_eq!(kit.selected(), kit.names()[0]);
    kit.keys("j").await;
    let chosen = kit.selected();
    kit.keys("s name<enter>").await;
    assert_eq!(kit.selected(), chosen, "once chosen, the cursor follows");
}

#[tokio::test(start_paused = true)]
async fn keys_faster_than_frames_act_on_the_row_that_is_there() {
    let mut kit = ready().await;
    kit.burst("5").await.settled().await;
    kit.burst("/timeout<enter><enter>").await;
    let screen = kit.screen();
    assert!(screen.contains("─ timeout ─"), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn a_filter_narrows_while_it_is_typed_and_enter_keeps_it() {
    let mut kit = ready().await;
    kit.keys("/paycha").await;
    assert_eq!(kit.names(), ["payments-charge"]);
    assert!(kit.screen().contains("1 of 14"), "{}", kit.screen());
    kit.keys("<enter>").await;
    assert_eq!(kit.names(), ["payments-charge"]);
    assert!(kit.row(1).contains("/paycha"), "{}", kit.row(1));
    assert!(kit.footer().contains("open"), "the list has the keys again");
}

#[tokio::test(start_paused = true)]
async fn filters_invert_and_ask_for_fields() {
    let mut kit = ready().await;
    kit.keys("/!orders<enter>").await;
    assert_eq!(kit.names().len(), 12);
    assert!(kit.names().iter().all(|name| !name.contains("orders")));
    kit.keys("<esc>/")
        .await
        .types("runtime:python memory:>512")
        .await;
    assert_eq!(kit.names(), ["fraud-score"]);
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_is_not_understood_says_where_and_keeps_the_last_good_one() {
    let mut kit = ready().await;
    kit.keys("/").await.types("orders").await;
    let good = kit.names();
    kit.event(Event::Paste(" memory:>lots".into())).await;
    assert_eq!(kit.names(), good, "the last good meaning stays");
    let prompt = kit.row(38 - 1);
    let error = kit
        .store()
        .functions
        .query()
        .error
        .clone()
        .expect("an error");
    assert!(
        prompt.contains(&error.to_string()),
        "{prompt:?} lacks {error}"
    );
    assert!(error.to_string().starts_with("column 16:"), "{error}");
    kit.keys("<backspace><backspace><backspace><backspace>512")
        .await;
    assert!(kit.store().functions.query().error.is_none());
}

#[tokio::test(start_paused = true)]
async fn esc_leaves_the_prompt_then_clears_the_filter_and_never_quits() {
    let mut kit = ready().await;
    kit.keys("/orders<esc>").await;
    assert_eq!(
        kit.store().functions.query().text,
        "orders",
        "the text stays"
    );
    assert!(kit.footer().contains("filter"), "the prompt is left");
    kit.keys("<esc>").await;
    assert_eq!(kit.names().len(), 14, "the second clears");
    kit.keys("f").await;
    assert!(kit.names().len() < 14);
    kit.keys("<esc>").await;
    assert_eq!(kit.names().len(), 14, "faults only is a filter too");
    kit.keys("<esc><esc><esc><esc>").await;
    assert_eq!(kit.exit(), None);
}

#[tokio::test(start_paused = true)]
async fn opening_the_prompt_again_selects_its_text_and_takes_edits_back() {
    let mut kit = ready().await;
    kit.keys("/pay<enter>/orders<enter>").await;
    assert_eq!(kit.store().functions.query().text, "orders", "replaced");
    kit.keys("/<ctrl-u>pay<enter>/<end>ments").await;
    assert_eq!(kit.store().functions.query().text, "payments", "gone on");
    kit.keys("<ctrl-_>").await;
    assert_ne!(kit.store().functions.query().text, "payments", "undone");
}

#[tokio::test(start_paused = true)]
async fn rows_are_moved_through_under_an_open_prompt() {
    let mut kit = ready().await;
    kit.keys("/orders").await;
    let names = kit.names();
    assert!(names.len() > 1, "{names:?}");
    assert_eq!(kit.selected(), names[0]);
    kit.keys("<down>").await;
    assert_eq!(kit.selected(), names[1]);
    kit.keys("<up>").await;
    assert_eq!(kit.selected(), names[0]);
    assert_eq!(kit.store().functions.query().text, "orders");
}

#[tokio::test(start_paused = true)]
async fn the_sort_picker_sorts_and_once_more_turns_the_direction() {
    let mut kit = ready().await;
    kit.keys("s").await;
    assert!(kit.screen().contains("Sort by"), "{}", kit.screen());
    kit.keys("memory<enter>").await;
    assert!(!kit.screen().contains("Sort by"));
    let sort = kit.store().functions.query().sort;
    assert_eq!(sort.column, Column::Memory);
    let memory = |kit: &Kit| -> Vec<u32> {
        let list = &kit.store().functions;
        (0..list.len())
            .filter_map(|place| list.row(place))
            .map(|row| row.memory_mb)
            .collect()
    };
    let once = memory(&kit);
    assert_eq!(once.is_sorted(), sort.direction == Direction::Ascending);
    kit.keys("s memory<enter>").await;
    let mut turned = memory(&kit);
    turned.reverse();
    assert_eq!(turned, once);
}

#[tokio::test(start_paused = true)]
async fn faults_only_shows_what_needs_attention_and_says_so() {
    let mut kit = ready().await;
    let faults = kit.store().functions.faults();
    assert!(faults > 0);
    kit.keys("f").await;
    assert_eq!(kit.names().len(), faults);
    assert!(kit.row(1).contains("faults only"), "{}", kit.row(1));
    kit.keys("f").await;
    assert_eq!(kit.names().len(), 14);
}

#[tokio::test(start_paused = true)]
async fn the_selection_is_kept_by_identity() {
    let mut kit = ready().await;
    kit.keys("/payments-charge<enter><esc>").await;
    assert_eq!(kit.selected(), "payments-charge");
    kit.keys("s name<enter>").await;
    assert_eq!(kit.selected(), "payments-charge", "over another order");
    kit.keys("r").await.settled().await;
    assert_eq!(kit.selected(), "payments-charge", "over a refresh");
    kit.keys("/thumb<enter>").await;
    assert_eq!(
        kit.selected(),
        "thumbnailer",
        "a filter that hides it moves on"
    );
}

#[tokio::test(start_paused = true)]
async fn movement_stops_at_both_ends_and_pages() {
    let mut kit = on(Faults::default(), 300).await;
    kit.until(listed).await.settled().await;
    kit.keys("k").await;
    assert_eq!(kit.store().functions.cursor(), 0);
    kit.keys("G").await;
    assert_eq!(kit.store().functions.cursor(), 299);
    kit.keys("j").await;
    assert_eq!(kit.store().functions.cursor(), 299);
    kit.keys("g<pgdn>").await;
    let page = kit.store().functions.cursor();
    assert!((20..40).contains(&page), "{page}");
    kit.keys("<ctrl-u>").await;
    assert!(kit.store().functions.cursor() < page);
}

#[tokio::test(start_paused = true)]
async fn the_states_of_rows_are_asked_when_they_come_on_screen() {
    let mut kit = on(Faults::default(), 300).await;
    kit.until(listed).await.settled().await;
    let known = |kit: &Kit| {
        let list = &kit.store().functions;
        let arn = list.selected().expect("a row").arn.clone();
        list.state(&arn).is_some()
    };
    kit.keys("g").await;
    assert!(known(&kit));
    kit.keys("G").await;
    assert!(!known(&kit), "not asked before it was seen");
    kit.settled().await;
    assert!(known(&kit), "scrolled into view");
    kit.keys("g /memory:>600<enter>").await.settled().await;
    let list = &kit.store().functions;
    assert!(list.len() > 40, "more than a screen: {}", list.len());
    for place in 0..30 {
        let arn = &list.row(place).expect("a row").arn;
        assert!(list.state(arn).is_some(), "{place} was filtered into view");
    }
}

#[tokio::test(start_paused = true)]
async fn help_is_searched_and_runs_what_it_finds() {
    let mut kit = ready().await;
    kit.keys("?").await;
    assert!(kit.screen().contains("Help"), "{}", kit.screen());
    kit.keys("sort<enter>").await;
    assert!(!kit.screen().contains("Help"));
    assert!(kit.screen().contains("Sort by"), "{}", kit.screen());
    kit.keys("<esc>").await;
    assert!(!kit.screen().contains("Sort by"));
}

#[tokio::test(start_paused = true)]
async fn the_palette_runs_commands_and_does_not_pile_up() {
    let mut kit = ready().await;
    kit.keys(":zoom<enter>").await;
    assert!(!kit.store().ui.is_zoomed(), "it was before");
    assert!(!kit.screen().contains("Palette"));
    kit.keys("<ctrl-p><ctrl-p><ctrl-p><esc>").await;
    assert!(
        !kit.screen().contains("Palette"),
        "one palette, one way out:\n{}",
        kit.screen()
    );
    kit.keys(":nothing-is-called-this").await;
    assert!(kit.screen().contains("nothing matches"));
    kit.keys("<enter><esc>").await;
    assert!(!kit.screen().contains("Palette"));
}

#[tokio::test(start_paused = true)]
async fn zoom_turns_on_and_off() {
    let mut kit = Kit::new(120, 40).await;
    kit.until(listed).await.settled().await;
    let before = kit.screen();
    kit.keys("z").await;
    assert!(kit.store().ui.is_zoomed() && !kit.store().ui.is_split());
    kit.keys("z").await;
    assert!(!kit.store().ui.is_zoomed());
    assert_eq!(kit.screen(), before);
}

#[tokio::test(start_paused = true)]
async fn the_brackets_turn_the_tabs_and_tab_goes_to_the_other_side() {
    let mut kit = Kit::new(120, 40).await;
    kit.until(listed).await.settled().await;
    let tabs: Vec<_> = screen::tabs().collect();
    let first = kit.store().ui.tab();
    for turned in 1..=tabs.len() {
        kit.keys("]").await;
        let tab = tabs[turned % tabs.len()];
        assert_eq!(kit.store().ui.tab(), tab.id);
        assert!(kit.row(1).contains(tab.name), "{}", kit.row(1));
    }
    assert_eq!(kit.store().ui.tab(), first, "all the way round");
    assert_eq!(kit.store().ui.focus(), FUNCTIONS, "the list keeps the keys");
    kit.keys("<tab>").await;
    assert_eq!(kit.store().ui.focus(), first);
    kit.keys("0").await;
    assert_eq!(kit.store().ui.focus(), FUNCTIONS);
}

#[tokio::test(start_paused = true)]
async fn any_size_is_drawn_whatever_is_open() {
    for open in ["", "/pay", "?", ":", "s", "<ctrl-p>zo", "G", "W", "z"] {
        let mut kit = ready().await;
        kit.keys(open).await;
        let mut sizes = vec![
            (1, 1),
            (0, 0),
            (39, 11),
            (40, 12),
            (39, 12),
            (40, 11),
            (0, 40),
            (120, 0),
        ];
        let mut dice = fastrand::Rng::with_seed(7);
        sizes.extend((0..40).map(|_| (dice.u16(0..150), dice.u16(0..50))));
        for (width, height) in sizes {
            kit.event(Event::Resize(width, height)).await;
            assert_eq!(kit.screen().lines().count(), usize::from(height));
        }
        kit.event(Event::Resize(120, 40)).await;
        assert!(kit.screen().contains("lambdeck"), "{open}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_is_too_small_asks_for_more_in_one_line() {
    let mut kit = Kit::new(39, 11).await;
    kit.until(listed).await;
    let screen = kit.screen();
    let lines: Vec<&str> = screen.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 1, "{screen}");
    assert!(lines[0].contains("40x12"), "{screen}");
    kit.event(Event::Resize(40, 12)).await;
    assert!(kit.screen().contains("Functions"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn under_a_throttle_on_every_second_call_the_list_is_still_whole() {
    let faults = Faults {
        throttle_every: Some(2),
        ..Faults::default()
    };
    let mut kit = on(faults, 230).await;
    kit.until(listed).await;
    assert_eq!(kit.store().functions.slot().error(), None);
    assert_eq!(kit.store().functions.all().len(), 230);
    assert!(
        kit.provider.calls(Operation::ListFunctions) > 5,
        "some were sent again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_denied_list_names_the_missing_action_and_what_to_do() {
    let faults = Faults {
        deny: vec![Operation::ListFunctions],
        ..Faults::default()
    };
    let mut kit = on(faults, 14).await;
    kit.until(listed).await;
    let screen = kit.screen();
    assert!(screen.contains("lambda:ListFunctions"), "{screen}");
    assert!(
        screen.contains("ask for lambda:ListFunctions"),
        "the next step:\n{screen}"
    );
    kit.keys("W").await;
    let why = kit.screen();
    for shown in ["AccessDeniedException", "403", "request", "IAM"] {
        assert!(why.contains(shown), "{shown}:\n{why}");
    }
    kit.keys("<esc>").await;
    kit.provider.inject(Faults::default());
    kit.keys("r").await.until(listed).await.settled().await;
    assert_eq!(kit.names().len(), 14, "r tries again");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_repeats_its_token_ends_the_walk_with_a_reason() {
    let faults = Faults {
        repeat_token: true,
        ..Faults::default()
    };
    let mut kit = on(faults, 230).await;
    kit.until(listed).await;
    assert!(
        kit.screen().contains("repeats a page token"),
        "{}",
        kit.screen()
    );
    assert!(!kit.names().is_empty(), "what came is shown");
    assert!(kit.provider.calls(Operation::ListFunctions) < 10);
}

#[tokio::test(start_paused = true)]
async fn an_empty_page_with_a_token_is_not_the_end() {
    let faults = Faults {
        empty_page_with_token: true,
        ..Faults::default()
    };
    let mut kit = on(faults, 120).await;
    kit.until(listed).await;
    assert_eq!(kit.store().functions.all().len(), 120);
}

#[tokio::test(start_paused = true)]
async fn an_account_without_functions_says_so() {
    let mut kit = on(Faults::default(), 0).await;
    kit.until(listed).await;
    assert!(
        kit.screen().contains("no functions in eu-west-1"),
        "{}",
        kit.screen()
    );
    kit.keys("j G <enter> l i y s <esc> /x<enter><esc>").await;
    assert_eq!(kit.exit(), None);
}

fn kept(account: &str, names: &[&str]) -> functions::Action {
    let row = |name: &&str| FunctionSummary {
        arn: Arn::new(format!(
            "arn:aws:lambda:eu-west-1:{account}:function:{name}"
        )),
        name: (*name).into(),
        runtime: Some("python3.12".into()),
        memory_mb: 128,
        timeout_s: 3,
        modified: Some(start()),
        package: "Zip".into(),
        architecture: "arm64".into(),
        code_size: 1,
        log_group: None,
        dead_letter: None,
        durable: false,
        quiet: false,
    };
    functions::Action::Kept {
        session: SessionId(1),
        account: Some(account.to_owned()),
        at: start() - SignedDuration::from_hours(5),
        rows: names.iter().map(row).collect(),
    }
}

#[tokio::test(start_paused = true)]
async fn the_kept_list_is_on_the_first_frame_with_its_age_and_is_replaced_by_the_new_one() {
    let mut kit = alone(Stage {
        kept: Some(kept(demo::ACCOUNT, &["gone-since", "payments-charge"])),
        ..Stage::default()
    })
    .await;
    let first = kit.screen();
    assert!(
        first.contains("gone-since") && first.contains("5h"),
        "{first}"
    );
    kit.until(listed).await;
    assert_eq!(kit.names().len(), 14);
    assert!(!kit.screen().contains("gone-since"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn a_kept_list_stays_when_it_cannot_be_refreshed() {
    let mut kit = alone(Stage {
        kept: Some(kept(demo::ACCOUNT, &["payments-charge"])),
        faults: Faults {
            deny: vec![Operation::ListFunctions],
            ..Faults::default()
        },
        ..Stage::default()
    })
    .await;
    kit.until(listed).await.settled().await;
    assert_eq!(kit.names(), ["payments-charge"]);
    assert!(
        kit.screen().contains("no permission lambda:ListFunctions"),
        "{}",
        kit.screen()
    );
}

#[tokio::test(start_paused = true)]
async fn a_kept_list_of_another_account_is_replaced_and_never_merged() {
    for deny in [vec![], vec![Operation::ListFunctions]] {
        let mut kit = alone(Stage {
            kept: Some(kept("111111111111", &["a-stranger"])),
            faults: Faults {
                deny,
                ..Faults::default()
            },
            ..Stage::default()
        })
        .await;
        assert!(kit.screen().contains("a-stranger"));
        kit.until(|store| store.sessions.current().account().is_some())
            .await;
        assert!(!kit.screen().contains("a-stranger"), "{}", kit.screen());
        kit.settled().await;
        assert!(!kit.screen().contains("a-stranger"), "{}", kit.screen());
    }
}

#[tokio::test(start_paused = true)]
async fn a_reopened_session_drops_the_answers_of_the_old_one() {
    let mut kit = alone(Stage {
        latency: Some(Duration::from_secs(2)),
        functions: Some(300),
        ..Stage::default()
    })
    .await;
    kit.until(|store| !store.functions.all().is_empty()).await;
    let old = kit.store().sessions.current().id;
    // The next page of the old walk comes while nobody reads the channel.
    tokio::time::sleep(Duration::from_secs(3)).await;
    kit.act(Action::Session(session::Action::Reopen));
    kit.provider.inject(Faults {
        deny: vec![Operation::ListFunctions],
        ..Faults::default()
    });
    kit.until(listed).await.settled().await;
    assert_ne!(kit.store().sessions.current().id, old);
    assert!(kit.store().functions.slot().error().is_some());
    assert!(
        kit.store().functions.all().len() < 100,
        "a page of the old walk was taken: {}",
        kit.store().functions.all().len()
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_that_cannot_be_opened_says_what_to_run_and_r_opens_it_anew() {
    let mut kit = on(
        Faults {
            open: Some(ErrorKind::SsoExpired),
            ..Faults::default()
        },
        14,
    )
    .await;
    kit.until(|store| matches!(store.sessions.current().status, Status::Failed(_)))
        .await;
    assert!(
        kit.screen().contains("aws sso login --profile demo"),
        "{}",
        kit.screen()
    );
    kit.provider.inject(Faults::default());
    kit.keys("r").await.until(listed).await.settled().await;
    assert_eq!(kit.names().len(), 14);
}

#[tokio::test(start_paused = true)]
async fn expired_credentials_keep_the_list_and_r_opens_the_session_anew() {
    let mut kit = ready().await;
    kit.keys("/orders<enter>").await;
    let before = kit.names();
    kit.provider.inject(Faults {
        fail: vec![(Operation::ListFunctions, ErrorKind::BadCredentials)],
        ..Faults::default()
    });
    kit.keys("r").await.settled().await;
    assert_eq!(kit.names(), before, "the old rows stay");
    assert!(kit.screen().contains("not refreshed"), "{}", kit.screen());
    kit.keys("r").await;
    assert_eq!(kit.names(), before, "while it is opened anew, too");
    kit.provider.inject(Faults::default());
    kit.settled().await.keys("r").await.settled().await;
    assert_eq!(kit.names(), before, "the filter is still the same");
    assert_eq!(kit.store().functions.slot().error(), None);
    assert_eq!(kit.store().functions.all().len(), 14);
}

#[tokio::test(start_paused = true)]
async fn lists_are_refreshed_every_minute_but_not_behind_the_users_back() {
    let mut kit = ready().await;
    let calls = |kit: &Kit| kit.provider.calls(Operation::ListFunctions);
    let before = calls(&kit);
    kit.pass(Duration::from_secs(62)).await;
    assert_eq!(calls(&kit), before + 1);
    kit.event(Event::FocusLost)
        .await
        .pass(Duration::from_mins(10))
        .await;
    assert_eq!(
        calls(&kit),
        before + 1,
        "not while the terminal is unfocused"
    );
    kit.event(Event::FocusGained).await.settled().await;
    assert_eq!(calls(&kit), before + 2);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_means_nothing_here_is_not_offered() {
    let mut kit = ready().await;
    let before = kit.screen();
    kit.keys("u").await;
    assert_eq!(kit.screen(), before, "there is nothing to undo in the list");
    kit.keys("x").await;
    let screen = kit.screen();
    assert!(screen.contains("nothing of ours is under way"), "{screen}");
    kit.keys("1 / s f n N w x").await;
    assert!(!kit.screen().contains("does nothing"), "{}", kit.screen());
    kit.keys("? s o r t").await;
    assert!(kit.screen().contains("nothing matches"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn a_message_goes_by_itself() {
    let mut kit = ready().await;
    kit.keys("W").await;
    assert!(
        kit.screen().contains("nothing has failed"),
        "{}",
        kit.screen()
    );
    kit.pass(Duration::from_secs(7)).await;
    assert!(
        !kit.screen().contains("nothing has failed"),
        "{}",
        kit.screen()
    );
}

#[tokio::test(start_paused = true)]
async fn a_protected_session_says_so_and_is_unlocked_by_its_account_id() {
    let mut kit = alone(Stage {
        access: Access::new(false, false, Protected::new([demo::ACCOUNT])),
        ..Stage::default()
    })
    .await;
    kit.until(listed).await.settled().await;
    assert!(
        kit.row(0).contains("PROD") && kit.row(0).contains("locked"),
        "{}",
        kit.row(0)
    );
    kit.keys(":unlock<enter>").await;
    assert!(
        kit.screen().contains("type 000000000000"),
        "{}",
        kit.screen()
    );
    kit.keys("111111111111<enter><tab><enter>")
        .await
        .settled()
        .await;
    assert_eq!(
        kit.store().sessions.current().write,
        WriteState::Protected,
        "a wrong id"
    );
    kit.keys("<esc>").await;
    kit.keys(":unlock<enter>000000000000<enter><enter>")
        .await
        .settled()
        .await;
    assert!(kit.row(0).contains("unlocked 30m"), "{}", kit.row(0));
    kit.pass(Duration::from_mins(31)).await;
    assert!(
        kit.row(0).contains("locked") && !kit.row(0).contains("unlocked"),
        "{}",
        kit.row(0)
    );
}

#[tokio::test(start_paused = true)]
async fn copying_takes_the_name_or_the_arn() {
    let mut kit = ready().await;
    kit.keys("/payments-charge<enter>y").await;
    assert_eq!(kit.copied(), Some("payments-charge"));
    kit.keys("Y").await;
    assert_eq!(
        kit.copied(),
        Some("arn:aws:lambda:eu-west-1:000000000000:function:payments-charge")
    );
}

#[tokio::test(start_paused = true)]
async fn pasted_text_is_text_of_a_prompt_and_nothing_else() {
    let mut kit = ready().await;
    kit.event(Event::Paste("q".into())).await;
    assert_eq!(kit.exit(), None, "a paste presses no key");
    assert_eq!(kit.names().len(), 14);
    kit.keys("/")
        .await
        .event(Event::Paste("payments\nq".into()))
        .await;
    assert_eq!(
        kit.store().functions.query().text,
        "payments",
        "one line of it"
    );
    kit.event(Event::Paste(String::new())).await;
    assert_eq!(kit.store().functions.query().text, "payments");
    kit.keys("<esc>:")
        .await
        .event(Event::Paste("zoom".into()))
        .await
        .keys("<enter>")
        .await;
    assert!(!kit.store().ui.is_zoomed(), "it was before");
}

#[tokio::test(start_paused = true)]
async fn the_mouse_selects_and_the_wheel_moves() {
    let mut kit = ready().await;
    let names = kit.names();
    // Header, border and the names of the columns come before the rows.
    kit.click(5, 3 + 4).await;
    assert_eq!(kit.selected(), names[4]);
    kit.mouse(MouseEventKind::ScrollDown, 5, 5).await;
    assert_eq!(kit.selected(), names[7]);
    kit.mouse(MouseEventKind::ScrollUp, 5, 5).await;
    assert_eq!(kit.selected(), names[4]);
    kit.click(5, 38).await.click(5, 0).await.click(5, 39).await;
    assert_eq!(
        kit.selected(),
        names[4],
        "the borders, header and footer are not rows"
    );
    kit.click(5, 30).await;
    assert_eq!(
        kit.selected(),
        names[4],
        "nor is what is below the last one"
    );
}

#[tokio::test(start_paused = true)]
async fn quitting() {
    for (keys, exit) in [
        ("q", Some(Exit::Quit)),
        ("<ctrl-c>", Some(Exit::Quit)),
        ("?<ctrl-c>", Some(Exit::Quit)),
        ("/q", None),
        ("?q", None),
        ("?<esc>q", Some(Exit::Quit)),
    ] {
        let mut kit = ready().await;
        kit.keys(keys).await;
        assert_eq!(kit.exit(), exit.as_ref(), "{keys}");
    }
}

#[tokio::test(start_paused = true)]
async fn suspending_is_asked_of_the_terminal() {
    let mut kit = ready().await;
    kit.keys("<ctrl-z>").await;
    assert_eq!(kit.terminal, [Terminal::Suspend]);
}
