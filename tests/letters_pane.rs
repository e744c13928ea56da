//! The Dead letters pane driven by keys, on the demo account under a paused clock.

mod kit;

use kit::{Kit, Stage, listed};
use lambdeck::{
    demo::Faults,
    domain::{
        draft::{Routing, update::Call},
        function::Arn,
    },
    ports::{ErrorKind, Operation, Provider as _},
    runtime::access::Access,
    store::{
        Store,
        letters::{LETTERS, Look},
    },
};

/// The sizes that every screen is drawn in.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 12)];
const WIDE: (u16, u16) = (120, 40);

fn check(name: &str, kit: &Kit) {
    let (width, height) = kit.store().ui.size();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("letters-{name}-{width}x{height}"), kit.styled());
    });
}

fn found(store: &Store) -> bool {
    let discovery = store.letters.discovery();
    discovery.ended().is_some() && !discovery.queues().is_empty()
}

fn sorted(store: &Store) -> bool {
    store.letters.queue_letters().is_some_and(|queue_letters| {
        matches!(queue_letters.look, Look::Ended(_))
            && !queue_letters.is_sorting()
            && queue_letters.sorted().is_some()
    })
}

/// The queues, found, on the whole screen.
async fn queues(size: (u16, u16)) -> Kit {
    let mut kit = Kit::on(Stage {
        size,
        ..Stage::default()
    })
    .await;
    kit.until(listed).await.keys("3").await;
    if !kit.store().ui.is_zoomed() {
        kit.keys("z").await;
    }
    kit.until(found).await.settled().await;
    kit
}

/// The clusters of a queue by its place in the list.
async fn clusters(size: (u16, u16), place: usize) -> Kit {
    let mut kit = queues(size).await;
    for _ in 0..place {
        kit.keys("j").await;
    }
    kit.keys("<enter>").await.settled().await;
    kit.keys("<enter>").await.until(sorted).await;
    kit
}

#[tokio::test(start_paused = true)]
async fn the_queues() {
    for size in SIZES {
        let mut kit = queues(size).await;
        check("queues", &kit);
        kit.keys("/ l e d g e r").await;
        assert!(kit.screen().contains("ledger-dlq.fifo"), "{}", kit.screen());
        assert!(!kit.screen().contains("payments-dlq"), "{}", kit.screen());
        kit.keys("<esc> <esc>").await;
        assert!(kit.screen().contains("payments-dlq"), "{}", kit.screen());
    }
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_read_is_said_with_its_reason() {
    let mut kit = Kit::on(Stage {
        faults: Faults {
            deny: vec![Operation::ListQueues],
            ..Faults::default()
        },
        ..Stage::default()
    })
    .await;
    kit.until(listed).await.keys("3 z").await;
    kit.until_shown("not read, W why").await;
    kit.keys("W").await;
    assert!(kit.screen().contains("sqs:ListQueues"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_received_before_the_look_is_wanted() {
    for size in SIZES {
        let mut kit = queues(size).await;
        kit.keys("<enter>").await.settled().await;
        check("before", &kit);
        kit.keys("r j k").await.settled().await;
        assert_eq!(kit.provider.calls(Operation::ReceiveMessage), 0);
        kit.keys("<enter>").await.until(sorted).await;
        assert!(kit.provider.calls(Operation::ReceiveMessage) > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_can_do_harm_asks_and_begins_on_cancel() {
    for size in SIZES {
        let mut kit = queues(size).await;
        kit.keys("/ l e d g e r <enter>").await;
        kit.keys("<enter>").await.settled().await;
        kit.keys("<enter>").await.until_shown("[ Cancel ]").await;
        check("notice", &kit);
        kit.keys("<enter>").await.settled().await;
        assert_eq!(kit.provider.calls(Operation::ReceiveMessage), 0);
        kit.keys("<enter>").await.until_shown("[ Cancel ]").await;
        kit.keys("<tab> <enter>").await.until(sorted).await;
        assert!(kit.provider.calls(Operation::ReceiveMessage) > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_clusters_the_letters_one_letter() {
    for size in SIZES {
        let mut kit = clusters(size, 0).await;
        check("clusters", &kit);
        kit.keys("<enter>").await;
        check("letters", &kit);
        kit.keys("<enter>").await;
        check("letter", &kit);
        kit.keys("<esc> <esc>").await;
        check("clusters", &kit);
    }
}

#[tokio::test(start_paused = true)]
async fn closing_a_queue_gives_its_letters_back_and_says_so() {
    let mut kit = clusters(WIDE, 1).await;
    assert!(kit.row(0).contains("9 leased"), "{}", kit.row(0));
    kit.keys("<esc>")
        .await
        .until_shown("9 letters were given back")
        .await;
    kit.until(|store| !store.letters.is_giving_back()).await;
    assert!(!kit.row(0).contains("leased"), "{}", kit.row(0));
    assert_eq!(kit.store().ui.focus(), LETTERS);
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_is_none_says_where_and_enter_keeps_asking() {
    let mut kit = clusters(WIDE, 0).await;
    kit.keys("/").await.types("amount>").await;
    let shown = kit.screen();
    assert!(shown.contains("at character"), "{shown}");
    kit.keys("<enter>").await.types("300").await;
    kit.until(sorted).await;
    kit.keys("<enter>").await;
    let sorted = kit
        .store()
        .letters
        .queue_letters()
        .and_then(|queue_letters| queue_letters.sorted());
    let left = sorted.expect("sorted").shown.len();
    assert!((1..214).contains(&left), "{left}");
}

#[tokio::test(start_paused = true)]
async fn marks_are_acted_on_and_counted() {
    let mut kit = clusters(WIDE, 0).await;
    assert!(kit.footer().contains("M redrive 186"), "{}", kit.footer());
    kit.keys("j <space>").await;
    assert!(kit.footer().contains("M redrive 22"), "{}", kit.footer());
    kit.keys("g <enter> v j j v").await;
    assert!(kit.footer().contains("M redrive 25"), "{}", kit.footer());
    kit.keys("<ctrl-a>").await;
    assert!(kit.footer().contains("M redrive 208"), "{}", kit.footer());
    kit.keys("<ctrl-a>").await;
    assert!(kit.footer().contains("M redrive 1 "), "{}", kit.footer());
}

#[tokio::test(start_paused = true)]
async fn the_dry_run_begins_on_cancel_and_each_change_makes_another() {
    for size in SIZES {
        let mut kit = clusters(size, 0).await;
        kit.keys("M").await;
        let made = |store: &Store| {
            let queue_letters = store.letters.queue_letters();
            queue_letters.is_some_and(|queue_letters| {
                queue_letters.dry_run.is_some() && !queue_letters.is_preparing()
            })
        };
        kit.until(made).await;
        check("dry-run", &kit);
        kit.keys("<shift-tab> <enter> <up> <enter>").await;
        kit.until(made).await;
        assert!(kit.screen().contains("canary off"), "{}", kit.screen());
        kit.keys("<tab> <enter>").await;
        assert!(kit.store().letters.runs().is_empty(), "Enter was Cancel");
        assert!(
            kit.store()
                .letters
                .queue_letters()
                .unwrap()
                .dry_run
                .is_none()
        );
    }
}

/// Whether the dry run of the open queue is there.
fn planned(store: &Store) -> bool {
    let open = store.letters.queue_letters();
    open.is_some_and(|open| open.dry_run.is_some() && !open.is_preparing())
}

#[tokio::test(start_paused = true)]
async fn what_is_chosen_of_a_plan_stays_with_its_queue_until_it_is_dropped() {
    let mut kit = clusters(WIDE, 0).await;
    kit.keys("M").await.until(planned).await;
    assert!(!kit.screen().contains("Start over"), "{}", kit.screen());
    // The filter row stands four above Cancel.
    kit.keys("<shift-tab> <shift-tab> <shift-tab> <shift-tab> <enter>")
        .await;
    kit.types(".amount | tonumber > 300").await;
    kit.keys("<enter>").await.until(planned).await;
    let screen = kit.screen();
    assert!(
        screen.contains("filter .amount | tonumber > 300"),
        "{screen}"
    );
    assert!(
        screen.contains("the filter is not true of them"),
        "{screen}"
    );
    let chosen = kit.store().letters.queue_letters().unwrap();
    let planned_letters = chosen.dry_run.as_ref().unwrap().plan.chosen().len();
    assert!((1..186).contains(&planned_letters), "{planned_letters}");
    // Escape loses nothing, and another cluster is asked the same.
    kit.keys("<esc> j M").await.until(planned).await;
    let screen = kit.screen();
    assert!(
        screen.contains("filter .amount | tonumber > 300"),
        "{screen}"
    );
    kit.keys("<esc> k M").await.until(planned).await;
    kit.keys("<tab> <tab>").await;
    assert!(kit.screen().contains("[ Start over ]"), "{}", kit.screen());
    kit.keys("<enter>").await.until(planned).await;
    assert!(kit.screen().contains("filter none"), "{}", kit.screen());
    kit.keys("<esc> M").await.until(planned).await;
    assert!(kit.screen().contains("filter none"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn a_redrive_by_invoke_offers_aliases_and_says_where_they_point() {
    let mut kit = clusters(WIDE, 0).await;
    kit.keys("M").await.until(planned).await;
    kit.keys("<shift-tab> <shift-tab> <shift-tab> <shift-tab> <shift-tab> <enter>")
        .await;
    let screen = kit.screen();
    for offered in ["payments-charge:$LATEST", "payments-charge:live", "→ v42"] {
        assert!(screen.contains(offered), "{offered}: {screen}");
    }
    kit.types(":live").await;
    kit.keys("<enter>").await.until(planned).await;
    let screen = kit.screen();
    assert!(
        screen.contains("invoke payments-charge:live, asynchronously · → v42"),
        "{screen}"
    );
    kit.keys("<esc>").await;
    // A roll-back of the alias changes what a new plan says.
    let target = kit.store().sessions.current().target.clone();
    let function = Arn::new("arn:aws:lambda:eu-west-1:000000000000:function:payments-charge");
    let session = kit.provider.open(&target).await.expect("a session");
    let roll_back = Call::Alias {
        name: "live".to_owned(),
        routing: Routing::to("41"),
        revision_id: None,
    };
    session.edit(&function, &roll_back).await.expect("taken");
    kit.keys("M").await.until(planned).await;
    assert!(
        kit.screen().contains("live, asynchronously · → v41"),
        "{}",
        kit.screen()
    );
}

#[tokio::test(start_paused = true)]
async fn an_edit_by_jq_shows_every_difference_before_it_is_kept() {
    for size in SIZES {
        let mut kit = clusters(size, 0).await;
        kit.keys("e").await.types(".amount |= tonumber").await;
        kit.keys("<enter>")
            .await
            .until_shown("[ Keep these edits ]")
            .await;
        check("review", &kit);
        assert_eq!(kit.store().letters.queue_letters().unwrap().edits(), 0);
        kit.keys("<tab> <enter>").await;
        assert_eq!(kit.store().letters.queue_letters().unwrap().edits(), 186);
        kit.keys("u").await;
        assert_eq!(kit.store().letters.queue_letters().unwrap().edits(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_redrive_ends_in_an_equation() {
    for size in SIZES {
        let mut kit = clusters(size, 0).await;
        kit.keys("j M").await;
        let made = |store: &Store| {
            let queue_letters = store.letters.queue_letters();
            queue_letters.is_some_and(|queue_letters| {
                queue_letters.dry_run.is_some() && !queue_letters.is_preparing()
            })
        };
        kit.until(made).await;
        // Without a canary: it would wait for minutes.
        kit.keys("<shift-tab> <enter> <up> <enter>").await;
        kit.until(made).await;
        kit.keys("<tab> <tab> <tab> <tab> <enter>").await;
        let ended = |store: &Store| {
            let mut runs = store.letters.runs().iter();
            runs.any(|run| !run.is_running()) && sorted(store)
        };
        kit.until(ended).await;
        let row = kit.row(2);
        assert!(row.contains("22 read = 22 sent"), "{row}");
        kit.keys("<tab>").await;
        assert!(kit.footer().contains("enter report"), "{}", kit.footer());
        kit.keys("<enter>").await;
        assert!(kit.screen().contains("Report: redrive"), "{}", kit.screen());
    }
}

/// The demo account keeps no journal that could tell afterwards which letters went.
#[tokio::test(start_paused = true)]
async fn what_a_stopped_redrive_sent_leaves_the_clusters_at_once() {
    let mut kit = clusters(WIDE, 0).await;
    let made = |store: &Store| {
        let open = store.letters.queue_letters();
        open.is_some_and(|open| open.dry_run.is_some() && !open.is_preparing())
    };
    let read = |store: &Store| {
        store
            .letters
            .queue_letters()
            .map_or(0, |open| open.letters().len())
    };
    let before = read(kit.store());
    kit.keys("j M").await.until(made).await;
    // One a second, without a canary.
    kit.keys("<shift-tab> <shift-tab> <enter> <down> <enter>")
        .await;
    kit.until(made).await;
    kit.keys("<tab> <enter> <up> <enter>").await;
    kit.until(made).await;
    kit.keys("<tab> <tab> <tab> <tab> <enter>").await;
    let moved = |store: &Store| {
        let run = store.letters.runs().first();
        let progress = run.and_then(|run| run.progress.as_ref());
        progress.map_or(0, |progress| progress.tally.moved as usize)
    };
    kit.until(|store| moved(store) >= 2).await;
    kit.keys("x").await;
    let ended = |store: &Store| {
        let mut runs = store.letters.runs().iter();
        runs.any(|run| !run.is_running()) && sorted(store)
    };
    kit.until(ended).await;
    let moved = moved(kit.store());
    assert!((2..22).contains(&moved), "{moved}:\n{}", kit.screen());
    assert_eq!(read(kit.store()), before - moved, "{}", kit.screen());
    let left = (22 - moved).to_string();
    let screen = kit.screen();
    let row = screen.lines().find(|line| line.contains("Task timed out"));
    assert!(row.is_some_and(|row| row.contains(&left)), "{screen}");
    assert!(
        kit.footer().contains(&format!("redrive {left}")),
        "{}",
        kit.footer()
    );
}

#[tokio::test(start_paused = true)]
async fn deleting_asks_for_the_name() {
    let mut kit = clusters(WIDE, 1).await;
    let before = kit.provider.calls(Operation::DeleteMessageBatch);
    kit.keys("D").await.until_shown("[ Delete ]").await;
    let made = |store: &Store| {
        let queue_letters = store.letters.queue_letters();
        queue_letters.is_some_and(|queue_letters| {
            queue_letters.dry_run.is_some() && !queue_letters.is_preparing()
        })
    };
    kit.until(made).await;
    kit.keys("<shift-tab> <shift-tab> <enter>").await;
    assert!(
        kit.screen().contains("type orders-dlq to go on"),
        "{}",
        kit.screen()
    );
    kit.types("orders").await.keys("<enter>").await;
    assert_eq!(kit.provider.calls(Operation::DeleteMessageBatch), before);
    kit.types("-dlq").await.keys("<enter>").await;
    kit.until(|store| store.letters.runs().iter().any(|run| !run.is_running()))
        .await;
    assert!(
        kit.screen().contains(" deleted + 0 released"),
        "{}",
        kit.screen()
    );
}

#[tokio::test(start_paused = true)]
async fn a_read_only_session_sends_nothing() {
    let mut kit = Kit::on(Stage {
        access: Access::new(true, false, lambdeck::settings::Protected::default()),
        ..Stage::default()
    })
    .await;
    kit.until(listed).await.keys("3 z").await;
    kit.until(found).await.settled().await;
    kit.keys("<enter>").await.settled().await;
    kit.keys("<enter>")
        .await
        .until_shown("reading failed")
        .await;
    kit.keys("W").await;
    assert!(kit.screen().contains("read-only"), "{}", kit.screen());
    let refused = ErrorKind::ReadOnly;
    assert!(matches!(
        &kit.store().letters.queue_letters().unwrap().look,
        Look::Ended(lambdeck::store::letters::LookEnd::Failed(error)) if error.kind == refused
    ));
    assert_eq!(kit.provider.calls(Operation::ReceiveMessage), 0);
}

#[tokio::test(start_paused = true)]
async fn the_ways_here() {
    let mut kit = Kit::new(120, 40).await;
    kit.until(found).await.settled().await;
    kit.keys("/ c h a r g e <enter> d").await.settled().await;
    assert_eq!(kit.store().ui.focus(), LETTERS);
    let open = kit.store().letters.open().expect("its one queue");
    assert_eq!(open.arn.resource_name(), "payments-dlq");
    kit.keys(":").await.types("queue orders-dlq").await;
    kit.keys("<enter>").await.settled().await;
    let open = kit.store().letters.open().expect("the named queue");
    assert_eq!(open.arn.resource_name(), "orders-dlq");
}

/// Every place of the pane where a queue is typed, with one of another region.
#[tokio::test(start_paused = true)]
async fn a_queue_of_another_region_is_refused_where_it_is_typed() {
    let foreign = "arn:aws:sqs:us-east-1:000000000000:orders-dlq";
    let right = "start with --region us-east-1";
    let mut kit = queues(WIDE).await;
    kit.keys("n").await.types(foreign).await;
    let flat = |kit: &Kit| {
        kit.screen()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert!(
        flat(&kit).contains("us-east-1, this session"),
        "{}",
        kit.screen()
    );
    kit.keys("<enter>").await.settled().await;
    assert!(
        kit.store().letters.queue_letters().is_none(),
        "it was not opened"
    );
    kit.keys("<esc> <esc> :")
        .await
        .types(&format!("queue {foreign}"))
        .await;
    kit.keys("<enter>").await.settled().await;
    assert!(
        kit.store().letters.queue_letters().is_none(),
        "it was not opened"
    );
    assert!(flat(&kit).contains(right), "{}", kit.screen());
    assert_eq!(kit.provider.calls(Operation::ReceiveMessage), 0);
}
