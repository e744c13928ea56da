//! What one sees, as text with its styles: every change on the screen is a change of a snapshot.
//!
//! After a wanted change: `INSTA_UPDATE=always cargo test --test screens`, and for the pictures
//! of the README `LAMBDECK_UPDATE=1 cargo test --test screens`; then look at the difference.

mod kit;

use std::{env, fs, path::Path, time::Duration};

use jiff::SignedDuration;
use kit::{Kit, Stage, listed};
use lambdeck::{
    demo::Faults,
    ports::{ErrorKind, Operation},
    store::session::Status,
    theme::Depth,
};

/// The sizes that every screen is drawn in.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 12)];

fn stage(size: (u16, u16)) -> Stage {
    Stage {
        size,
        ..Stage::default()
    }
}

fn check(name: &str, kit: &Kit) {
    let (width, height) = kit.store().ui.size();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("{name}-{width}x{height}"), kit.styled());
    });
}

/// The Functions pane alone, its list read and its states known.
async fn functions(stage: Stage) -> Kit {
    let mut kit = Kit::on(stage).await;
    kit.keys("z").await.until(listed).await.settled().await;
    kit
}

#[tokio::test(start_paused = true)]
async fn the_functions() {
    for size in SIZES {
        check("functions", &functions(stage(size)).await);
    }
}

#[tokio::test(start_paused = true)]
async fn the_functions_while_they_are_read() {
    for size in SIZES {
        let mut kit = Kit::on(Stage {
            latency: Some(Duration::from_secs(1)),
            ..stage(size)
        })
        .await;
        kit.keys("z").await;
        kit.until(|store| store.functions.slot().is_loading()).await;
        check("functions-loading", &kit);
    }
}

#[tokio::test(start_paused = true)]
async fn the_functions_that_could_not_be_refreshed() {
    for size in SIZES {
        let mut kit = functions(stage(size)).await;
        kit.provider.inject(Faults {
            deny: vec![Operation::ListFunctions],
            ..Faults::default()
        });
        kit.keys("r").await.settled().await;
        check("functions-stale", &kit);
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_account() {
    for size in SIZES {
        let kit = functions(Stage {
            functions: Some(0),
            ..stage(size)
        })
        .await;
        check("functions-empty", &kit);
    }
}

#[tokio::test(start_paused = true)]
async fn functions_that_may_not_be_read() {
    for size in SIZES {
        let kit = functions(Stage {
            faults: Faults {
                deny: vec![Operation::ListFunctions],
                ..Faults::default()
            },
            ..stage(size)
        })
        .await;
        check("functions-denied", &kit);
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_cannot_be_opened() {
    let mut kit = Kit::on(Stage {
        faults: Faults {
            open: Some(ErrorKind::NoCredentials),
            ..Faults::default()
        },
        ..stage((80, 24))
    })
    .await;
    kit.until(|store| matches!(store.sessions.current().status, Status::Failed(_)))
        .await;
    check("no-credentials", &kit);
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_is_typed() {
    let mut kit = functions(stage((80, 24))).await;
    kit.keys("/orders").await;
    check("filter", &kit);
    kit.types(" memory:>lots").await;
    check("filter-error", &kit);
}

#[tokio::test(start_paused = true)]
async fn the_help_and_the_palette() {
    for size in [(80, 24), (40, 12)] {
        for (name, keys) in [("help", "?"), ("palette", ":"), ("sort", "s")] {
            let mut kit = functions(stage(size)).await;
            kit.keys(keys).await;
            check(name, &kit);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn why_something_failed() {
    let mut kit = functions(Stage {
        faults: Faults {
            deny: vec![Operation::ListFunctions],
            ..Faults::default()
        },
        ..stage((80, 24))
    })
    .await;
    kit.keys("W").await;
    check("why", &kit);
}

#[tokio::test(start_paused = true)]
async fn a_terminal_that_is_too_small() {
    let mut kit = Kit::new(39, 11).await;
    kit.until(listed).await;
    check("too-small", &kit);
}

#[tokio::test(start_paused = true)]
async fn a_terminal_without_colours_shows_the_same_by_attributes() {
    let kit = functions(Stage {
        depth: Depth::Mono,
        ..stage((80, 24))
    })
    .await;
    check("functions-no-color", &kit);
}

/// The pictures of the README: name, and the keys that lead there.
const PICTURES: [(&str, &str); 1] = [("functions", "")];

#[tokio::test(start_paused = true)]
async fn the_pictures_of_the_readme_are_what_the_demo_account_shows() {
    for (name, keys) in PICTURES {
        let mut kit = Kit::on(Stage {
            refresh_every: SignedDuration::from_hours(1),
            ..stage((120, 32))
        })
        .await;
        kit.until(listed).await.settled().await;
        kit.keys(keys).await.settled().await;
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/screens/{name}.svg"));
        let picture = kit.svg();
        if env::var_os("LAMBDECK_UPDATE").is_some() {
            fs::create_dir_all(file.parent().expect("a directory")).expect("the directory");
            fs::write(&file, &picture).expect("the picture");
        }
        let committed = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            committed == picture,
            "{} is not what the console shows; LAMBDECK_UPDATE=1 cargo test --test screens draws it anew",
            file.display()
        );
    }
}
