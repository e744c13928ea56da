//! The Activity pane driven by keys, on the demo account under a paused clock.

mod kit;

use std::time::Duration;

use kit::{Kit, Stage, listed};
use lambdeck::{
    domain::activity::{Ending, State},
    store::{Store, activity::ACTIVITY, letters::Look},
};

/// The sizes that every screen is drawn in.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 12)];
const WIDE: (u16, u16) = (120, 40);

fn check(name: &str, kit: &Kit) {
    let (width, height) = kit.store().ui.size();
    // Ids and hashes are drawn by lot.
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("activity-{name}-{width}x{height}"), kit.styled());
    });
}

fn read(store: &Store) -> bool {
    store.activity.read().is_some() && !store.activity.is_reading()
}

fn sorted(store: &Store) -> bool {
    store.letters.queue_letters().is_some_and(|queue_letters| {
        matches!(queue_letters.look, Look::Ended(_))
            && !queue_letters.is_sorting()
            && queue_letters.sorted().is_some()
    })
}

fn made(store: &Store) -> bool {
    let queue_letters = store.letters.queue_letters();
    queue_letters.is_some_and(|queue_letters| {
        queue_letters.dry_run.is_some() && !queue_letters.is_preparing()
    })
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

/// Invokes the function of this name once, with an empty event, and waits for its end.
async fn invoke(kit: &mut Kit, name: &str) {
    kit.keys("0 /")
        .await
        .types(name)
        .await
        .keys("<enter> 4")
        .await;
    kit.settled().await.keys("<ctrl-s>").await.settled().await;
    kit.keys("0 <esc>").await;
}

/// Activity on the whole screen.
async fn activity(kit: &mut Kit) {
    kit.keys("6").await;
    if !kit.store().ui.is_zoomed() {
        kit.keys("z").await;
    }
    kit.until(read).await.settled().await;
    assert_eq!(kit.store().ui.focus(), ACTIVITY);
}

#[tokio::test(start_paused = true)]
async fn an_empty_log_says_what_will_be_here() {
    for size in SIZES {
        let mut kit = console(size).await;
        activity(&mut kit).await;
        check("empty", &kit);
        kit.keys("<enter> y Y J j k").await;
        assert!(kit.copied().is_none(), "there is nothing to copy");
        kit.keys("S").await;
        assert!(
            kit.screen().contains("nothing is listed"),
            "{}",
            kit.screen()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn writes_stand_newest_first_and_are_read_when_they_end() {
    for size in SIZES {
        let mut kit = console(size).await;
        invoke(&mut kit, "payments-charge").await;
        kit.pass(Duration::from_secs(90)).await;
        invoke(&mut kit, "search-indexer").await;
        activity(&mut kit).await;
        check("writes", &kit);
        let writes = &kit.store().activity.log().writes;
        let states: Vec<State> = writes.iter().map(|write| write.state).collect();
        // payments-charge raises an error on an empty event.
        assert_eq!(
            states,
            [State::Ended(Ending::Done), State::Ended(Ending::Failed)]
        );
        assert!(writes[0].entry.summary.contains("search-indexer"));
        kit.keys("/ c h a r g e").await;
        check("filter", &kit);
        assert!(!kit.screen().contains("search-indexer"), "{}", kit.screen());
        kit.keys("<enter> <esc>").await;
        if size != SIZES[2] {
            assert!(kit.screen().contains("search-indexer"), "{}", kit.screen());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_pane_follows_what_is_written_while_it_is_shown() {
    let mut kit = console(WIDE).await;
    kit.keys("/").await.types("search-indexer").await;
    kit.keys("<enter> 6").await.until(read).await;
    kit.keys("0").await;
    assert!(kit.store().ui.shows(ACTIVITY), "beside the list");
    kit.keys("4").await.settled().await;
    kit.keys("<ctrl-s> 6").await;
    kit.until(|store| store.activity.log().writes.len() == 1)
        .await;
    kit.until(|store| store.activity.log().writes[0].word() == "done")
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_write_is_looked_at_and_its_command_copied() {
    let mut kit = console(WIDE).await;
    invoke(&mut kit, "payments-charge").await;
    activity(&mut kit).await;
    kit.keys("y").await;
    let command = kit.copied().expect("copied").to_owned();
    assert!(
        command.starts_with("aws lambda invoke --region eu-west-1"),
        "{command}"
    );
    kit.keys("<enter>").await;
    let screen = kit.screen();
    for shown in [
        "who",
        "account",
        "region",
        "eu-west-1",
        "✖ failed",
        "function error",
        "aws lambda invoke",
    ] {
        assert!(screen.contains(shown), "{shown}: {screen}");
    }
    kit.keys("Y").await;
    assert!(kit.copied().is_some_and(|text| text.contains("✖ failed")));
    kit.keys("y").await;
    assert_eq!(kit.copied(), Some(command.as_str()));
    kit.keys("<esc> J").await;
    assert!(
        kit.screen().contains("\"result\": \"failed\""),
        "{}",
        kit.screen()
    );
}

#[tokio::test(start_paused = true)]
async fn a_hand_over_is_written_once_and_holds_what_is_listed() {
    let mut kit = console(WIDE).await;
    invoke(&mut kit, "payments-charge").await;
    invoke(&mut kit, "search-indexer").await;
    activity(&mut kit).await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("hand-over.md");
    let path_text = path.display().to_string();
    for expected in ["1 write is in", "exists already"] {
        kit.keys("/ <ctrl-u>").await.types("charge").await;
        kit.keys("<enter> S <ctrl-u>").await.types(&path_text).await;
        kit.keys("<enter>").await.until_shown(expected).await;
    }
    let text = std::fs::read_to_string(&path).expect("written");
    assert!(text.contains("invoke payments-charge"), "{text}");
    assert!(!text.contains("search-indexer"), "{text}");
    assert!(text.contains("```sh\naws lambda invoke"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn the_demo_account_keeps_nothing_on_disk() {
    let mut kit = console(WIDE).await;
    invoke(&mut kit, "search-indexer").await;
    activity(&mut kit).await;
    assert_eq!(kit.store().activity.log().writes.len(), 1);
    assert!(!kit.paths.activity_file().exists());
}

#[tokio::test(start_paused = true)]
async fn lines_that_cannot_be_read_are_told() {
    let mut kit = Kit::on(Stage {
        keeps_activity: true,
        ..Stage::default()
    })
    .await;
    kit.until(listed).await.settled().await;
    let file = kit.paths.activity_file();
    std::fs::create_dir_all(file.parent().expect("a parent")).expect("directory");
    std::fs::write(&file, "foreign \u{1b}[31m\n{\"id\":").expect("written");
    activity(&mut kit).await;
    assert!(
        kit.screen().contains("2 lines not read"),
        "{}",
        kit.screen()
    );
    kit.keys("W").await;
    assert!(
        kit.screen().contains("line 1: not an entry"),
        "{}",
        kit.screen()
    );
    assert!(
        kit.screen().contains("line 2: cut short"),
        "{}",
        kit.screen()
    );
}

/// A redrive of 22 letters begun, without its canary.
async fn redrive(kit: &mut Kit) {
    kit.keys("3").await;
    if !kit.store().ui.is_zoomed() {
        kit.keys("z").await;
    }
    kit.settled().await.keys("<enter>").await.settled().await;
    kit.keys("<enter>").await.until(sorted).await;
    kit.keys("M").await.until(made).await;
}

#[tokio::test(start_paused = true)]
async fn a_running_redrive_is_a_card_and_a_stopped_one_offers_its_rest() {
    for size in SIZES {
        let mut kit = console(size).await;
        kit.hide_timeouts();
        redrive(&mut kit).await;
        // With its canary it waits for minutes.
        kit.keys("<tab> <tab> <enter>").await;
        kit.until(|store| {
            store
                .letters
                .runs()
                .iter()
                .any(|run| run.progress.is_some())
        })
        .await;
        kit.until_shown("canary sent").await;
        kit.keys("6").await.until(read).await;
        check("running", &kit);
        kit.keys("k p").await;
        assert!(kit.footer().contains("resume"), "{}", kit.footer());
        kit.keys("p").await.keys("<enter>").await;
        assert!(
            kit.screen().contains("─ Redrive of payments-dlq"),
            "{}",
            kit.screen()
        );
        kit.keys("<esc> x").await;
        kit.until(|store| !store.letters.journals().is_empty())
            .await;
        kit.until(|store| {
            let writes = &store.activity.log().writes;
            read(store) && matches!(writes[..], [ref one] if one.word() != "running")
        })
        .await;
        check("stopped", &kit);
        kit.keys("g <enter>").await.until_shown("[ Resume ]").await;
        kit.keys("<enter>").await;
        assert_eq!(kit.store().letters.journals().len(), 1, "Enter was Cancel");
        kit.keys("<enter> <tab> <enter>").await;
        assert_eq!(kit.store().letters.journals().len(), 0);
        assert_eq!(kit.store().letters.runs().len(), 2);
        assert_eq!(kit.store().ui.focus(), ACTIVITY);
    }
}

/// What a secret must not be in, after an invoke with it and a redrive whose bodies hold it.
#[tokio::test(start_paused = true)]
async fn no_secret_of_a_payload_or_a_body_is_in_log_pane_or_hand_over() {
    for case in 0..6_u64 {
        let mut dice = fastrand::Rng::with_seed(case);
        let letters: String = (0..12 + case).map(|_| dice.alphanumeric()).collect();
        let secret = format!("s3cr{letters}");
        let mut kit = Kit::on(Stage {
            keeps_activity: true,
            ..Stage::default()
        })
        .await;
        kit.until(listed).await.settled().await;
        kit.keys("/").await.types("payments-charge").await;
        kit.keys("<enter> 4").await.settled().await;
        let payload = format!("{{\"card\":\"{secret}\"}}");
        kit.keys("<enter> <ctrl-a> <ctrl-k>").await;
        kit.event(crossterm::event::Event::Paste(payload.clone()))
            .await;
        kit.keys("<ctrl-s>").await.settled().await;
        let entered = kit.screen().contains(&secret);
        kit.keys("<esc> <esc> 3 z").await.settled().await;
        kit.keys("<enter>").await.settled().await;
        kit.keys("<enter>").await.until(sorted).await;
        kit.keys("j e").await;
        kit.types(&format!(".card = \"{secret}\"")).await;
        kit.keys("<enter>")
            .await
            .until_shown("[ Keep these edits ]")
            .await;
        assert!(kit.screen().contains(&secret), "{}", kit.screen());
        kit.keys("<tab> <enter> M").await.until(made).await;
        kit.keys("<shift-tab> <enter> <up> <enter>").await;
        kit.until(made).await;
        kit.keys("<tab> <tab> <tab> <tab> <enter>").await;
        kit.until(|store| store.letters.runs().iter().any(|run| !run.is_running()))
            .await;
        kit.keys("6").await;
        kit.until(|store| read(store) && store.activity.log().writes.len() == 2)
            .await;
        assert!(entered, "the payload was on the screen of Invoke");

        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("hand-over.md");
        let path_text = path.display().to_string();
        kit.keys("S <ctrl-u>").await.types(&path_text).await;
        kit.keys("<enter>").await.until_shown("writes are in").await;
        let mut seen = vec![
            kit.screen(),
            std::fs::read_to_string(&path).expect("written"),
            std::fs::read_to_string(kit.paths.activity_file()).expect("the log"),
        ];
        for _ in 0..kit.store().activity.log().writes.len() {
            for keys in ["<enter>", "<esc> J", "<esc> Y"] {
                kit.keys(keys).await;
                seen.push(kit.screen());
                seen.extend(kit.copied().map(str::to_owned));
            }
            kit.keys("j").await;
        }
        for text in seen {
            assert!(!text.contains(&secret), "{secret} in {text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_cursor_stays_on_its_write_when_newer_ones_come() {
    let mut kit = Kit::on(Stage {
        size: (120, 40),
        keeps_activity: true,
        ..Stage::default()
    })
    .await;
    kit.until(kit::listed).await.settled().await;
    let row = |kit: &Kit| {
        let screen = kit.screen();
        let row = screen.lines().find(|line| line.contains('▸'));
        row.unwrap_or_default().to_owned()
    };
    for down in ["", "j", "j j"] {
        kit.keys(&format!("z 0 g {down} i <ctrl-s>"))
            .await
            .settled()
            .await;
        kit.keys("0 z").await;
    }
    kit.keys("z 6").await.settled().await;
    kit.keys("g j").await;
    let before = row(&kit);
    assert!(before.contains("nvoke"), "{}", kit.screen());
    kit.keys("0 G i <ctrl-s>").await.settled().await;
    kit.keys("6").await.settled().await;
    assert_eq!(row(&kit), before, "{}", kit.screen());
}
