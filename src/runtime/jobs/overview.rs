//! Reading one part of a function's overview.

use std::{sync::Arc, time::Duration};

use crate::{
    domain::function::Arn,
    ports::Operation,
    runtime::{gate::Gate, runner::Shared},
    store::{
        Action, Ticket,
        overview::{self, Work, facts::Part},
    },
};

/// How long a selection must stand still before its function is asked.
const STAND_STILL: Duration = Duration::from_millis(200);

pub(super) async fn perform(shared: &Arc<Shared>, ticket: Ticket, work: Work) {
    if work.waits {
        tokio::time::sleep(STAND_STILL).await;
    }
    let Ok(gate) = shared.gate(work.session, Operation::GetFunctionConfiguration) else {
        return;
    };
    let action = read(&gate, ticket, work.part, &work.resource).await;
    shared.send(Action::Overview(action)).await;
}

async fn read(gate: &Gate, ticket: Ticket, part: Part, resource: &Arn) -> overview::Action {
    use overview::Action as A;
    match part {
        Part::Configuration => {
            let answer = gate.configuration(resource, None).await;
            A::Configuration(ticket, answer.map(Box::new))
        }
        Part::Triggers => A::Triggers(ticket, gate.event_source_mappings(Some(resource)).await),
        Part::Async => A::Async(ticket, gate.async_configs(resource).await),
        Part::DeadLetterQueue => A::DeadLetterQueue(ticket, gate.queue_attributes(resource).await),
        Part::Versions => A::Versions(ticket, gate.versions(resource).await),
        Part::Aliases => A::Aliases(ticket, gate.aliases(resource).await),
        Part::Reserved => A::Reserved(ticket, gate.reserved_concurrency(resource).await),
        Part::Provisioned => A::Provisioned(ticket, gate.provisioned_concurrency(resource).await),
        Part::Urls => A::Urls(ticket, gate.urls(resource).await),
        Part::Tags => A::Tags(ticket, gate.tags(resource).await),
    }
}
