//! Killed at every single step, and started again.

use super::kit::{World, end};
use crate::{
    demo::Faults,
    domain::redrive::{Destination, End, Plan, Progress, Scope, Workers},
};

/// What a drill is about.
#[derive(Debug, Clone, Copy)]
struct Drill {
    letters: usize,
    fifo: bool,
    groups: usize,
    is_selection: bool,
    deletes: bool,
    /// How long the machine is down.
    down_s: u64,
}

const PLAIN: Drill = Drill {
    letters: 13,
    fifo: false,
    groups: 0,
    is_selection: false,
    deletes: false,
    down_s: 1,
};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
}

/// Runs a drill that dies at step `k`, then resumes until it is through. Says whether it died.
fn dies_at(drill: Drill, k: u64, again: Option<u64>) -> bool {
    runtime().block_on(async {
        let mut world = World::new(drill.fifo);
        world.seed(drill.letters, drill.groups);
        let mut plan = world.plan();
        let held = if drill.is_selection {
            let held = world
                .hold(if drill.fifo {
                    10.min(drill.letters)
                } else {
                    drill.letters
                })
                .await;
            plan.scope = World::selection(&held);
            held
        } else {
            Vec::new()
        };
        if drill.deletes {
            plan.destination = Destination::Delete;
        }
        plan.pace.workers = Workers::Fixed(2);
        world.inject(Faults {
            crash_at: Some(k),
            ..Faults::default()
        });
        let mut last = world.run(&plan, held).await;
        let has_died = last.is_none();
        let mut deaths = 0;
        while last.is_none()
            && world
                .journals()
                .path(&plan.id)
                .is_some_and(|path| path.exists())
        {
            deaths += 1;
            world.inject(Faults {
                crash_at: again.filter(|_| deaths == 1),
                ..Faults::default()
            });
            tokio::time::sleep(std::time::Duration::from_secs(drill.down_s)).await;
            if !world.is_unfinished(&plan) {
                // It died before its plan was written (nothing was done), or after its end was.
                break;
            }
            last = world.resume(&plan.id).await;
        }
        check(&world, drill, &plan, last.as_ref(), k);
        has_died
    })
}

fn check(world: &World, drill: Drill, plan: &Plan, last: Option<&Progress>, k: u64) {
    let what = format!("{drill:?}, killed at step {k}");
    let Some(last) = last else {
        let source = world.bodies(&world.dlq);
        let target = world.bodies(&world.main);
        let is_untouched = world
            .seeded
            .iter()
            .all(|(_, body)| source.contains_key(body))
            && target.is_empty();
        let is_through = world.seeded.iter().all(|(_, body)| {
            (target.contains_key(body) || drill.deletes) && !source.contains_key(body)
        });
        assert!(is_untouched || is_through, "{what}: {source:?} {target:?}");
        return;
    };
    assert_eq!(end(last), &End::Complete, "{what}: {last:?}");
    assert!(
        last.tally.is_clean() && last.tally.adds_up(),
        "{what}: {last:?}"
    );
    let planned = match &plan.scope {
        Scope::Selection(chosen) => chosen.len(),
        Scope::Standing { .. } => drill.letters,
    };
    if drill.deletes {
        assert!(world.bodies(&world.dlq).is_empty(), "{what}");
        return;
    }
    world.account(last, &what);
    let target = world.bodies(&world.main);
    assert_eq!(target.len(), planned, "{what}: sent is not planned");
    assert_eq!(
        world.bodies(&world.dlq).len(),
        drill.letters - planned,
        "{what}"
    );
    if drill.fifo && drill.down_s < 200 {
        assert!(
            target.values().all(|times| *times == 1),
            "{what}: {target:?}"
        );
        assert_eq!(last.tally.duplicates, 0, "{what}: the window was open");
        in_order(world, drill, &what);
    }
    let journal = super::kit::text(&world.journals().path(&plan.id).expect("a path"));
    assert!(
        !journal.contains("\\\"n\\\""),
        "{what}: a finished journal holds a body"
    );
}

/// Per group, the letters lie in the destination in the order in which they were.
fn in_order(world: &World, drill: Drill, what: &str) {
    let mut latest = vec![None; drill.groups];
    for stored in world.session.contents(&world.main).expect("a queue") {
        let number: usize = stored
            .body
            .reveal()
            .trim_matches(|c: char| !c.is_ascii_digit())
            .parse()
            .expect("a number");
        let group = number % drill.groups;
        assert_eq!(stored.group.as_deref(), Some(format!("g{group}").as_str()));
        assert!(
            latest[group] < Some(number),
            "{what}: {number} in group {group}"
        );
        latest[group] = Some(number);
    }
}

fn dies_at_every_step(drill: Drill) {
    let mut k = 1;
    while dies_at(drill, k, None) {
        k += 1;
        assert!(k < 2_000, "it never ends");
    }
    assert!(k > 20, "it made {k} steps only: nothing was tried");
}

#[test]
fn a_standing_plan_survives_a_crash_after_every_step() {
    dies_at_every_step(PLAIN);
}

#[test]
fn so_it_does_when_every_lease_has_run_out_meanwhile() {
    dies_at_every_step(Drill {
        down_s: 400,
        ..PLAIN
    });
}

#[test]
fn a_selection_survives_a_crash_after_every_step() {
    dies_at_every_step(Drill {
        is_selection: true,
        ..PLAIN
    });
    dies_at_every_step(Drill {
        is_selection: true,
        down_s: 400,
        ..PLAIN
    });
}

#[test]
fn fifo_keeps_its_order_and_has_no_duplicate_after_a_crash_at_every_step() {
    dies_at_every_step(Drill {
        fifo: true,
        groups: 3,
        ..PLAIN
    });
}

#[test]
fn a_plan_that_deletes_survives_a_crash_after_every_step() {
    dies_at_every_step(Drill {
        deletes: true,
        ..PLAIN
    });
}

#[test]
fn it_survives_a_second_crash_while_it_resumes() {
    for k in [8, 11, 14, 17, 20, 23, 26] {
        let mut again = 1;
        while dies_at(PLAIN, k, Some(again)) && again < 45 {
            again += 1;
        }
    }
}
