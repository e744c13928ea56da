//! A wish, from the asking to what is applied.

use super::*;
use crate::{
    domain::{
        draft::{Routing, Side},
        log::LogEvent,
        logbook::{LogWriter, SourceId},
    },
    store::logs,
};

fn plans(world: &World) -> Vec<Vec<&'static str>> {
    let review = world.configure().review().expect("a review");
    let reviews = review.reviews().expect("answered").expect("planned");
    let calls = reviews.iter().map(|function_review| {
        let plan = function_review.plan.as_ref().expect("a plan");
        plan.calls
            .iter()
            .map(crate::domain::draft::update::Call::name)
            .collect()
    });
    calls.collect()
}

#[test]
fn a_wish_is_read_anew_and_only_its_own_answer_counts() {
    let mut world = World::new();
    world.wish(&["charge"], Wish::Edit(Box::default()));
    assert!(world.configure().review().is_none(), "nothing is wished");
    world.set_field(Field::Memory, "1024");
    world.review(&[snapshot("charge")]);
    assert_eq!(plans(&world), [["UpdateFunctionConfiguration"]]);
    let late = world.ticket("configure.review");
    world.wish(&["charge"], Wish::Stop(Move::PauseTriggers));
    world.send(Action::Reviewed(late, Err("late".into())));
    let review = world.configure().review().expect("a review");
    assert_eq!(review.reviews(), None);
    let ticket = world.ticket("configure.review");
    world.send(Action::Reviewed(ticket, Err("the record is gone".into())));
    let review = world.configure().review().expect("a review");
    assert_eq!(review.reviews(), Some(Err("the record is gone")));
}

#[test]
fn closing_the_review_keeps_the_draft_and_gives_the_reading_up() {
    let mut world = World::new();
    world.set_field(Field::Memory, "1024");
    let draft = Box::new(world.function_form().draft().clone());
    world.wish(&["charge"], Wish::Edit(draft));
    world.act(Step::CloseReview);
    assert_eq!(world.cancelled("configure.review"), 1);
    let late = world.ticket("configure.review");
    world.send(Action::Reviewed(late, Ok(Vec::new())));
    assert!(world.configure().review().is_none());
    assert_eq!(world.sides(), ["memory=1024"]);
}

#[test]
fn a_wish_of_another_session_is_refused() {
    let mut world = World::new();
    world.act(Step::Review {
        session: SessionId(9),
        functions: vec![arn("charge")],
        wish: Wish::Stop(Move::PauseTriggers),
    });
    assert!(world.configure().review().is_none());
    assert_eq!(world.asked("configure.review"), 0);
}

#[test]
fn what_another_changed_since_the_form_was_read_is_said() {
    let mut world = World::new();
    world.set_field(Field::Memory, "1024");
    let mut now = snapshot("charge");
    now.settings.insert(Field::Memory, "256".into());
    world.review(&[now]);
    let review = world.configure().review().expect("a review");
    let reviews = review.reviews().expect("answered").expect("planned");
    let [change] = reviews[0].moved_on.as_slice() else {
        panic!("{:?}", reviews[0].moved_on);
    };
    assert_eq!(change.before, Side::Plain("512".into()));
    assert_eq!(change.after, Side::Plain("256".into()));
}

#[test]
fn publishing_and_shifting_are_offered_in_the_review_and_stay_in_the_editor() {
    let mut world = World::new();
    world.set_field(Field::Memory, "1024");
    world.review(&[snapshot("charge"), snapshot("refund")]);
    let asked = world.asked("configure.review");
    world.act(Step::OfferShift("live".into(), true));
    let steps = [
        "UpdateFunctionConfiguration",
        "PublishVersion",
        "UpdateAlias",
    ];
    assert_eq!(plans(&world), [steps, steps]);
    assert_eq!(world.function_form().draft().publish.as_deref(), Some(""));
    assert_eq!(
        world.function_form().draft().aliases["live"],
        Routing::to("new")
    );
    world.act(Step::OfferShift("live".into(), false));
    let steps = ["UpdateFunctionConfiguration", "PublishVersion"];
    assert_eq!(plans(&world), [steps, steps]);
    world.act(Step::OfferShift("live".into(), true));
    world.act(Step::OfferPublish(false));
    let steps = ["UpdateFunctionConfiguration"];
    assert_eq!(plans(&world), [steps, steps], "no shift without a version");
    assert_eq!(world.sides(), ["memory=1024"]);
    assert_eq!(world.function_form().draft().publish, None);
    assert_eq!(world.asked("configure.review"), asked, "nothing is read");
}

#[test]
fn warnings_follow_what_is_ticked() {
    let mut world = World::new();
    world.set_field(Field::Memory, "1024");
    let draft = world.function_form().draft().clone();
    world.wish(&["charge"], Wish::Edit(Box::new(draft.clone())));
    let mut function_review = function_review(snapshot("charge"), &draft);
    function_review.facts.aliases = vec![("live".into(), "42".into())];
    world.reviewed(vec![function_review]);
    let told = |world: &World| {
        let review = world.configure().review().expect("a review");
        let reviews = review.reviews().expect("answered").expect("planned");
        reviews[0].warnings.join("\n")
    };
    world.act(Step::OfferPublish(true));
    assert!(
        told(&world).contains("live → v42 gets nothing until shifted"),
        "{}",
        told(&world)
    );
    world.act(Step::OfferShift("live".into(), true));
    assert!(!told(&world).contains("gets nothing"), "{}", told(&world));
    world.act(Step::OfferPublish(false));
    assert!(
        told(&world).contains("until you publish and shift"),
        "{}",
        told(&world)
    );
}

#[test]
fn those_that_can_be_are_applied_and_as_many_are_typed() {
    let mut world = World::new();
    let mut draft = Draft::default();
    draft.settings.insert(Field::Memory, "1024".into());
    let names = ["charge", "refund", "mailer"];
    world.wish(&names, Wish::Edit(Box::new(draft.clone())));
    let mut reviews: Vec<FunctionReview> = names
        .iter()
        .map(|name| function_review(snapshot(name), &draft))
        .collect();
    reviews[1].plan = Err(Vec::new());
    world.reviewed(reviews);
    let review = world.configure().review().expect("a review");
    assert_eq!(review.typed().as_deref(), Some("2 of 3"));
    world.act(Step::Apply);
    let [run] = world.configure().runs() else {
        panic!("a run");
    };
    assert_eq!(run.parts.len(), 2);
    assert!(run.part(&arn("refund")).is_none());
}

#[test]
fn what_cannot_be_planned_from_what_was_read_is_read_anew() {
    let mut world = World::new();
    world.set_field(Field::Memory, "1024");
    let mut other = snapshot("refund");
    other.aliases.clear();
    world.review(&[snapshot("charge"), other]);
    let asked = world.asked("configure.review");
    world.act(Step::OfferShift("live".into(), true));
    assert_eq!(world.asked("configure.review"), asked + 1);
    let review = world.configure().review().expect("a review");
    assert_eq!(review.reviews(), None);
    let Wish::Edit(draft) = &review.asked().wish else {
        panic!("an edit");
    };
    assert!(draft.aliases["live"].follows_publish());
}

#[test]
fn nothing_is_offered_beside_a_move() {
    let mut world = World::new();
    world.wish(&["charge"], Wish::Stop(Move::PauseTriggers));
    let mut draft = Draft::default();
    draft.enable("u1", false);
    world.reviewed(vec![function_review(snapshot("charge"), &draft)]);
    world.act(Step::OfferPublish(true));
    assert_eq!(plans(&world), [["UpdateEventSourceMapping"]]);
    assert!(world.function_form().draft().is_empty());
}

#[test]
fn what_the_logs_tell_goes_with_the_wish() {
    let mut world = World::new();
    world.apply(Any::Ui(ui::Action::Focus(logs::PANE)));
    let book = world.store.logs.book().expect("a book").id();
    let line = |number: u8, timestamp: i64, message: String| LogEvent {
        id: format!("{number:056}"),
        stream: "2026/11/21/[$LATEST]abc".into(),
        timestamp,
        ingested: timestamp,
        message,
    };
    let id = |number: u8| format!("8f0c1f2e-0000-4000-8000-0000000000{number:02}");
    let now = 1_000_000;
    let lines = [
        line(
            1,
            now - 900_000,
            format!("START RequestId: {} Version: 1", id(1)),
        ),
        line(
            2,
            now - 500,
            format!("START RequestId: {} Version: 1", id(2)),
        ),
        line(
            3,
            now - 500,
            format!("START RequestId: {} Version: 1", id(3)),
        ),
        line(4, now - 400, format!("END RequestId: {}", id(3))),
        line(
            5,
            now - 400,
            format!(
                "REPORT RequestId: {}\tDuration: 3.00 ms\tBilled Duration: 4 ms\tMemory Size: 512 MB\tMax Memory Used: 141 MB",
                id(3)
            ),
        ),
    ];
    let splice = LogWriter::new().append(SourceId(0), &lines);
    let spliced = logs::Action::Spliced(book, crate::store::parcel::Parcel::new(splice));
    world.apply(Any::Logs(spliced));
    world.tick(now / 1_000);
    world.wish(&["charge", "refund"], Wish::Stop(Move::ConcurrencyZero));
    let review = world.configure().review().expect("a review");
    let seen = &review.asked().seen;
    let charge = Seen {
        used_mb: Some(141),
        running: Some(1),
    };
    assert_eq!(
        seen.get(&arn("charge")),
        Some(&charge),
        "one is long over its time"
    );
    assert_eq!(
        seen.get(&arn("refund")),
        None,
        "nothing is known, nothing is said"
    );
}

#[test]
fn only_what_is_shown_and_can_be_is_applied() {
    let mut world = World::new();
    world.act(Step::Apply);
    world.set_field(Field::Memory, "1024");
    let draft = Box::new(world.function_form().draft().clone());
    world.wish(&["charge", "refund"], Wish::Edit(draft.clone()));
    world.act(Step::Apply);
    assert!(
        world.toast().contains("still being read"),
        "{}",
        world.toast()
    );
    let mut bad = function_review(snapshot("refund"), &draft);
    bad.plan = Err(vec![crate::domain::draft::Problem {
        item: "memory".into(),
        message: "no".into(),
    }]);
    world.reviewed(vec![bad.clone(), bad.clone()]);
    world.act(Step::Apply);
    assert!(
        world.toast().contains("nothing was sent"),
        "{}",
        world.toast()
    );
    world.wish(&["refund"], Wish::Edit(draft));
    world.reviewed(vec![bad]);
    world.act(Step::Apply);
    assert!(
        world.toast().contains("refund: memory: no"),
        "{}",
        world.toast()
    );
    assert!(world.applied().is_empty());
    assert!(world.configure().review().is_some(), "it is still shown");
}

#[test]
fn what_is_so_already_is_not_applied_but_its_card_is_taken_away() {
    let mut world = World::new();
    world.set_field(Field::Memory, "1024");
    let mut so = snapshot("charge");
    so.settings.insert(Field::Memory, "1024".into());
    world.review(&[so.clone()]);
    world.act(Step::Apply);
    assert!(world.toast().contains("so already"), "{}", world.toast());
    assert!(world.applied().is_empty());
    world.review(&[so, snapshot("refund")]);
    world.act(Step::Apply);
    let [(_, apply)] = world.applied()[..] else {
        panic!("one run");
    };
    let names: Vec<&str> = apply.plans.iter().map(|plan| plan.base.name()).collect();
    assert_eq!(names, ["refund"]);

    let card = card();
    world.wish(&["charge"], Wish::Restore(Box::new(card.clone())));
    world.reviewed(vec![function_review(snapshot("charge"), &card.earlier)]);
    world.act(Step::Apply);
    let (_, apply) = world.applied()[1];
    assert!(apply.plans.len() == 1 && apply.plans[0].is_empty());
    assert!(world.configure().review().is_none());
}
