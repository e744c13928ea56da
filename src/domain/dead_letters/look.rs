//! What a look costs: a look at a queue is a receive, and SQS counts it.

use super::{Consumer, DeadLetterQueue};

/// What is said before the first receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookNotice {
    /// One effect each, the harmful ones first.
    pub lines: Vec<String>,
    /// It can do harm here: it is asked, not only said.
    pub asks: bool,
}

/// What receiving from this queue does, by what is known of it (`docs/aws.md` §3.1).
pub fn look_cost(queue: &DeadLetterQueue) -> LookNotice {
    let mut harm = Vec::new();
    let attributes = queue.attributes.as_ref();
    if let Some(target) = attributes.and_then(|found| found.dead_letter.as_ref()) {
        let target = target.resource_name();
        if queue.feeders.is_empty() {
            harm.push(
                "this is a source queue, not a dead-letter queue: its consumers do not get what \
                 is held here"
                    .to_owned(),
            );
        }
        harm.push(match attributes.and_then(|found| found.max_receive_count) {
            Some(most) => format!(
                "it has a redrive policy of its own: a message received {most}× is pushed on to \
                 {target}, and this look counts as one"
            ),
            None => format!(
                "it has a redrive policy of its own: messages received too often are pushed on \
                 to {target}, and this look counts"
            ),
        });
    }
    if queue.is_fifo() {
        harm.push(
            "FIFO: while letters are held, nobody else receives from their message groups"
                .to_owned(),
        );
    }
    let eaters: Vec<&Consumer> = queue.consumers.iter().filter(|one| one.enabled).collect();
    if let Some(first) = eaters.first() {
        let name = first.function.resource_name();
        let others = match eaters.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        harm.push(format!(
            "{name}{others} reads this queue too: it may take letters before they are seen, and \
             waits for those held here"
        ));
    }
    let asks = !harm.is_empty();
    let mut lines = harm;
    lines.push("a look is a receive: each letter's receive count grows by 1".to_owned());
    lines.push("letters are hidden from others while they are held".to_owned());
    if let Some(in_flight) = attributes.map(|found| found.in_flight)
        && in_flight > 0
    {
        lines.push(format!(
            "about {in_flight} are in flight: another reader holds them, and they are not seen"
        ));
    }
    if attributes.is_none() {
        lines.push(
            "the queue's settings could not be read: it may have a redrive policy of its own"
                .to_owned(),
        );
    }
    LookNotice {
        asks: asks || attributes.is_none(),
        lines,
    }
}
