//! The walk over the demo account.

use std::sync::Arc;

use super::*;
use crate::{
    demo::{self, Faults},
    domain::session::Target,
    runtime::{access::Access, activity::ActivityLog, clock::Clock},
};

struct World {
    provider: demo::Provider,
    gate: Gate,
}

impl World {
    fn with(faults: Faults) -> Self {
        let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
        let provider = demo::Provider::new(demo::Options {
            faults,
            ..demo::Options::new(clock.as_fn())
        });
        let session = provider.session(&Target::default()).expect("it opens");
        let activity = Arc::new(ActivityLog::nowhere());
        let gate = Gate::new(Box::new(session), None, Access::default(), activity, clock);
        Self { provider, gate }
    }

    async fn walk(&self, functions: Option<Vec<FunctionSummary>>) -> Vec<Fact> {
        let functions = functions.map(Arc::new);
        let mut facts = Vec::new();
        Box::pin(walk(&self.gate, functions, |fact| facts.push(fact))).await;
        facts
    }
}

fn queues(facts: &[Fact]) -> Vec<&str> {
    let queues = facts.iter().filter_map(|fact| match fact {
        Fact::Queue(url, _) => Some(url.name()),
        _ => None,
    });
    queues.collect()
}

fn missing(facts: &[Fact]) -> Vec<&Missing> {
    let missing = facts.iter().filter_map(|fact| match fact {
        Fact::Missing(missing) => Some(missing),
        _ => None,
    });
    missing.collect()
}

#[tokio::test(start_paused = true)]
async fn a_walk_tells_every_part_of_the_account() {
    let world = World::with(Faults::default());
    let facts = world.walk(None).await;
    assert!(queues(&facts).contains(&"orders-dlq"), "{facts:?}");
    let functions: usize = facts
        .iter()
        .map(|fact| match fact {
            Fact::Functions(functions) => functions.len(),
            _ => 0,
        })
        .sum();
    let asked = facts
        .iter()
        .filter(|fact| matches!(fact, Fact::Destinations(..)))
        .count();
    assert_eq!((functions, asked), (14, 14));
    let has_mappings =
        |fact: &Fact| matches!(fact, Fact::Mappings(mappings) if !mappings.is_empty());
    assert!(facts.iter().any(has_mappings));
    assert_eq!(missing(&facts), Vec::<&Missing>::new());
}

#[tokio::test(start_paused = true)]
async fn functions_that_are_known_are_not_listed_again() {
    let world = World::with(Faults::default());
    let facts = world.walk(Some(Vec::new())).await;
    assert_eq!(world.provider.calls(Operation::ListFunctions), 0);
    assert!(!queues(&facts).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_part_that_is_denied_is_named_with_its_action_and_the_others_come() {
    let world = World::with(Faults {
        deny: vec![
            Operation::ListEventSourceMappings,
            Operation::ListFunctionEventInvokeConfigs,
        ],
        ..Faults::default()
    });
    let facts = world.walk(None).await;
    assert!(queues(&facts).contains(&"payments-dlq"));
    let told: Vec<String> = missing(&facts).iter().map(ToString::to_string).collect();
    assert!(
        told.contains(
            &"event source mappings could not be read: lambda:ListEventSourceMappings is missing"
                .to_owned()
        ),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|one| one.starts_with("async destinations: 14 of 14 could not be read")),
        "{told:?}"
    );
    let calls = world
        .provider
        .calls(Operation::ListFunctionEventInvokeConfigs);
    assert!(calls < 14, "denied is denied: {calls} calls");
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_is_denied_leaves_what_functions_name() {
    let world = World::with(Faults {
        deny: vec![Operation::ListQueues],
        ..Faults::default()
    });
    let facts = world.walk(None).await;
    assert_eq!(missing(&facts)[0].part, Part::Queues);
    assert!(
        queues(&facts).contains(&"payments-dlq"),
        "a function sends its failures there: {facts:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_named_and_not_there_is_nothing_that_is_missing() {
    let world = World::with(Faults::default());
    let listed = world.gate.list_functions(None).await.expect("a page");
    let mut function = listed.items.into_iter().next().expect("a function");
    function.dead_letter = Some(Arn::new("arn:aws:sqs:eu-west-1:123456789012:gone"));
    let facts = world.walk(Some(vec![function])).await;
    assert!(!queues(&facts).is_empty());
    assert_eq!(missing(&facts), Vec::<&Missing>::new());
}

#[tokio::test(start_paused = true)]
async fn move_tasks_are_told_by_queue() {
    let world = World::with(Faults::default());
    let address = crate::domain::queue::QueueAddress::parse("orders-dlq").expect("a name");
    let (_, attributes) = world.gate.read_queue(&address).await.expect("it");
    let arn = attributes.arn.expect("an ARN");
    let mut facts = Vec::new();
    walk_move_tasks(&world.gate, vec![arn.clone()], |fact| facts.push(fact)).await;
    let is_told = |fact: &Fact| matches!(fact, Fact::MoveTasks(queue, _) if *queue == arn);
    assert!(facts.iter().any(is_told), "{facts:?}");
}

/// Some servers know no move tasks; only a right that is missing hides any.
#[tokio::test(start_paused = true)]
async fn a_server_without_move_tasks_lacks_nothing() {
    let arn = Arn::new("arn:aws:sqs:eu-west-1:000000000000:orders-dlq");
    let operation = Operation::ListMessageMoveTasks;
    for (faults, parts) in [
        (
            Faults {
                fail: vec![(operation, ErrorKind::Invalid)],
                ..Faults::default()
            },
            0,
        ),
        (
            Faults {
                deny: vec![operation],
                ..Faults::default()
            },
            1,
        ),
    ] {
        let world = World::with(faults);
        let mut facts = Vec::new();
        walk_move_tasks(&world.gate, vec![arn.clone()], |fact| facts.push(fact)).await;
        assert_eq!(missing(&facts).len(), parts, "{facts:?}");
    }
}
