//! The rows of the dry run that can be changed: what goes, where to, edited how, how fast.

use super::{
    dialogs::{check_jq, opens, queue_of},
    redrive::prepare,
};
use crate::{
    domain::{
        age,
        dead_letters::{DeadLetterQueue, Feeder},
        function::{Alias, Arn},
        place::Place,
        queue::QueueAddress,
    },
    store::{
        Action, Store,
        letters::{self, Choice, Pace, QueueLetters, Step, To, Which},
    },
    ui::overlays::{
        ask::Ask,
        picker::{self, Item, Picker},
    },
};

/// Rates that are offered, letters a second.
const RATES: &[f64] = &[1.0, 10.0, 50.0, 200.0];

/// Which letters, in words.
pub fn which(which: &Which, queue_letters: &QueueLetters) -> String {
    match which {
        Which::Letters(letters) if letters.len() == 1 => "the one under the cursor".to_owned(),
        Which::Letters(_) => "those shown of a cluster".to_owned(),
        Which::Cluster(cluster) => queue_letters.cluster(*cluster).map_or_else(
            || "a cluster".to_owned(),
            |cluster| format!("cluster {}", cluster.headline),
        ),
        Which::Filtered if queue_letters.filter.text.is_empty() => "all that were read".to_owned(),
        Which::Filtered => format!("all read that fit /{}", queue_letters.filter.text),
        Which::Marked => match queue_letters.hidden_marks() {
            0 => "the marked ones".to_owned(),
            hidden => format!(
                "the marked ones, {} hidden by the filter",
                age::count(hidden as u64)
            ),
        },
        Which::Standing { .. } if queue_letters.filter.text.is_empty() => {
            "everything in the queue, not read yet included".to_owned()
        }
        Which::Standing { .. } => {
            format!(
                "all in the queue that fit /{}, not read yet included",
                queue_letters.filter.text
            )
        }
    }
}

/// Where to, in words.
pub fn to(to: &To, place: &Place) -> String {
    match to {
        To::Source => "each to the queue it came from".to_owned(),
        To::SourceOr(inferred) => format!(
            "each to the queue it came from, to {} (inferred) where it names none",
            inferred.resource_name()
        ),
        To::Queue(address) => {
            format!("queue {}", place.named(address.name(), address.account()))
        }
        To::Invoke {
            function,
            qualifier,
        } => {
            let invoked = invoked(function, qualifier.as_deref(), place);
            format!("{invoked}, asynchronously")
        }
        To::Delete => "nowhere: they are deleted".to_owned(),
    }
}

fn invoked(function: &Arn, qualifier: Option<&str>, place: &Place) -> String {
    let qualifier = qualifier.map_or_else(String::new, |qualifier| format!(":{qualifier}"));
    let name = place.named(function.resource_name(), function.account());
    format!("invoke {name}{qualifier}")
}

/// How fast, in words.
pub fn speed(pace: &Pace) -> String {
    let rate = match pace.per_second {
        Some(rate) => format!("at most {}", super::card::rate(rate)),
        None => "as fast as AWS takes them".to_owned(),
    };
    match pace.stop_after_returned {
        Some(most) => format!("{rate} · stop when more than {most} come back"),
        None => rate,
    }
}

/// The steps of a canary, in words.
pub fn steps(pace: &Pace) -> String {
    let steps: Vec<String> = pace
        .canary_steps
        .iter()
        .map(|&step| match step {
            1 => "one".to_owned(),
            step => age::count(u64::from(step)),
        })
        .collect();
    format!("{} first", steps.join(", then "))
}

fn item(label: impl Into<String>, detail: impl Into<String>, choice: Choice) -> Item {
    Item {
        label: label.into(),
        detail: detail.into(),
        key: String::new(),
        choice: picker::Choice::Act(prepare(choice)),
    }
}

/// Which item stands for what is set now; the first where none does (a queue that was typed).
fn place_of(items: &[Item], is_set: impl Fn(&Choice) -> bool) -> usize {
    let is_it = |item: &Item| match &item.choice {
        picker::Choice::Act(Action::Letters(letters::Action::Do(Step::Prepare(choice)))) => {
            is_set(choice)
        }
        _ => false,
    };
    items.iter().position(is_it).unwrap_or(0)
}

/// Marks, the cluster, the filter, or all.
pub fn ask_which(choice: &Choice, queue_letters: &QueueLetters) -> Picker {
    let with = |letters: Which| Choice {
        letters,
        ..choice.clone()
    };
    let count = |which: &Which| age::count(queue_letters.select(which).len() as u64);
    let mut options = Vec::new();
    if queue_letters.marks() > 0 {
        options.push(Which::Marked);
    }
    if !matches!(
        choice.letters,
        Which::Marked | Which::Filtered | Which::Standing { .. }
    ) {
        options.push(choice.letters.clone());
    }
    options.push(Which::Filtered);
    let mut items: Vec<Item> = options
        .into_iter()
        .map(|option| item(count(&option), which(&option, queue_letters), with(option)))
        .collect();
    if choice.to != To::Delete {
        let standing = Which::Standing { limit: None };
        let detail = which(&standing, queue_letters);
        items.push(item("everything", detail, with(standing)));
    }
    let set = place_of(&items, |set| set.letters == choice.letters);
    Picker::new("Which letters", items).starting_on(set)
}

/// Own sources, a queue that is known or typed, a function.
pub fn ask_to(choice: &Choice, queue_letters: &QueueLetters, store: &Store) -> Picker {
    let with = |to: To| Choice {
        to,
        ..choice.clone()
    };
    let mut items = vec![item(
        "its own source",
        "each to the queue it came from",
        with(To::Source),
    )];
    let place = store.sessions.current().place();
    if let Some(source) = store
        .letters
        .discovery()
        .only_source(&queue_letters.key.arn)
    {
        items.push(item(
            format!("its own source, or {}", source.resource_name()),
            "inferred where none is named: the only queue that fails to this one",
            with(To::SourceOr(source.clone())),
        ));
    }
    let functions = suggested(choice, queue_letters, store);
    items.extend(qualifiers(choice, queue_letters, &place));
    for (function, qualifier) in &functions {
        let to = To::Invoke {
            function: function.clone(),
            qualifier: qualifier.clone(),
        };
        let label = invoked(function, qualifier.as_deref(), &place);
        items.push(item(label, "its own function, asynchronously", with(to)));
    }
    let discovery = store.letters.discovery();
    let mut queues: Vec<Arn> = Vec::new();
    for queue in discovery.queues() {
        for feeder in &queue.feeders {
            if let Feeder::Queue { arn, .. } = feeder {
                queues.push(arn.clone());
            }
        }
    }
    queues.extend(discovery.queues().iter().map(|queue| queue.arn.clone()));
    queues.retain(|arn| *arn != queue_letters.key.arn);
    let mut seen = std::collections::HashSet::new();
    queues.retain(|arn| seen.insert(arn.clone()));
    for address in queues.iter().filter_map(|arn| QueueAddress::of(arn).ok()) {
        let account = place.foreign_account(address.account());
        let detail = account.map_or_else(
            || "a queue of this account".to_owned(),
            |account| format!("a queue of account {account}"),
        );
        let label = format!("queue {}", address.name());
        items.push(item(label, detail, with(To::Queue(address))));
    }
    items.push(Item {
        label: "another queue…".to_owned(),
        detail: "by name, URL or ARN".to_owned(),
        key: String::new(),
        choice: {
            let (choice, place) = (choice.clone(), place.clone());
            opens(move || ask_queue(&choice, &place))
        },
    });
    for function in store.functions.all() {
        if functions.iter().any(|(known, _)| *known == function.arn) {
            continue;
        }
        let to = To::Invoke {
            function: function.arn.clone(),
            qualifier: None,
        };
        let label = invoked(&function.arn, None, &place);
        items.push(item(label, "another function, asynchronously", with(to)));
    }
    let set = place_of(&items, |set| set.to == choice.to);
    Picker::new("Where to", items).starting_on(set)
}

/// What an alias points to now.
pub fn points_to(alias: &Alias) -> String {
    let mut words = format!("→ v{}", alias.version);
    for (version, share) in &alias.weights {
        words.push_str(&format!(", {:.0} % v{version}", share * 100.0));
    }
    words
}

/// The version in work, the aliases and the versions of the function that is invoked now.
fn qualifiers(choice: &Choice, queue_letters: &QueueLetters, place: &Place) -> Vec<Item> {
    let (To::Invoke { function, .. }, Some(dry_run)) = (&choice.to, &queue_letters.dry_run) else {
        return Vec::new();
    };
    let facts = &dry_run.facts;
    let latest = ("$LATEST".to_owned(), "what is in work".to_owned());
    let aliases = facts.aliases.iter();
    let aliases = aliases.map(|alias| (alias.name.clone(), points_to(alias)));
    let versions = facts.versions.iter();
    let versions = versions.map(|version| (version.clone(), "a published version".to_owned()));
    std::iter::once(latest)
        .chain(aliases)
        .chain(versions)
        .map(|(qualifier, detail)| {
            let label = invoked(function, Some(&qualifier), place);
            let to = To::Invoke {
                function: function.clone(),
                qualifier: Some(qualifier),
            };
            let set = Choice {
                to,
                ..choice.clone()
            };
            item(label, detail, set)
        })
        .collect()
}

/// The functions that the letters were meant for, each once.
fn suggested(
    choice: &Choice,
    queue_letters: &QueueLetters,
    store: &Store,
) -> Vec<(Arn, Option<String>)> {
    let mut found: Vec<(Arn, Option<String>)> = Vec::new();
    let letters = queue_letters.select(&choice.letters);
    let of_letters = letters
        .iter()
        .filter_map(|id| queue_letters.letter(id)?.function.as_ref())
        .map(|function| (function.arn.clone(), function.qualifier.clone()));
    let owners = store
        .letters
        .discovery()
        .queue(&queue_letters.key.arn)
        .map_or_else(Vec::new, DeadLetterQueue::owners);
    for candidate in of_letters.chain(owners.into_iter().map(|owner| (owner, None))) {
        if !found.contains(&candidate) {
            found.push(candidate);
        }
    }
    found
}

fn ask_queue(choice: &Choice, place: &Place) -> Ask {
    let (choice, place) = (choice.clone(), place.clone());
    Ask::new("To which queue", "", move |text| {
        // What is no address is held back by the check.
        let to = QueueAddress::parse(&text).map_or(To::Source, To::Queue);
        prepare(Choice {
            to,
            ..choice.clone()
        })
    })
    .hint("a name, a URL or an ARN, of another account too")
    .checked(move |text| queue_of(text, &place).err())
}

/// A jq expression that letters are chosen by; empty: none.
pub fn ask_filter(choice: &Choice) -> Ask {
    let now = choice.filter.clone().unwrap_or_default();
    let choice = choice.clone();
    Ask::new("Filter by jq", &now, move |text| {
        let text = text.trim();
        prepare(Choice {
            filter: (!text.is_empty()).then(|| text.to_owned()),
            ..choice.clone()
        })
    })
    .hint("over each event, for example .amount > 100; what it is not true of stays. Empty: none.")
    .checked(|text| {
        if text.trim().is_empty() {
            None
        } else {
            check_jq(text)
        }
    })
}

/// A jq expression; empty: none.
pub fn ask_edit(choice: &Choice) -> Ask {
    let now = choice.edit.clone().unwrap_or_default();
    let choice = choice.clone();
    Ask::new("Edit by jq", &now, move |text| {
        let text = text.trim();
        prepare(Choice {
            edit: (!text.is_empty()).then(|| text.to_owned()),
            ..choice.clone()
        })
    })
    .hint("over each event; empty: none. What was edited by hand stays as it is.")
    .checked(|text| {
        if text.trim().is_empty() {
            None
        } else {
            check_jq(text)
        }
    })
}

/// A rate, or a number that is typed; and what is stopped for.
pub fn ask_speed(choice: &Choice) -> Picker {
    let with = |pace: Pace| Choice {
        pace,
        ..choice.clone()
    };
    let at = |per_second: Option<f64>| Pace {
        per_second,
        ..choice.pace.clone()
    };
    let mut items = vec![item(
        "as fast as AWS takes them",
        "8 to 64 requests at once, fewer after a throttle",
        with(at(None)),
    )];
    items.extend(RATES.iter().map(|&rate| {
        let label = format!("at most {}", super::card::rate(rate));
        item(label, "letters a second", with(at(Some(rate))))
    }));
    items.push(Item {
        label: "another rate…".to_owned(),
        detail: "letters a second".to_owned(),
        key: String::new(),
        choice: {
            let choice = choice.clone();
            opens(move || ask_rate(&choice))
        },
    });
    let returned = |stop_after_returned: Option<u32>| Pace {
        stop_after_returned,
        ..choice.pace.clone()
    };
    items.push(item(
        "stop when more than 2 come back",
        "the consumer still fails on them",
        with(returned(Some(2))),
    ));
    items.push(item(
        "never stop for what comes back",
        "the queue may fill again",
        with(returned(None)),
    ));
    // The rates come first, and each keeps what is stopped for: the one that is set stands there.
    let set = place_of(&items, |set| set.pace == choice.pace);
    Picker::new("How fast", items).starting_on(set)
}

fn ask_rate(choice: &Choice) -> Ask {
    let choice = choice.clone();
    Ask::new("Letters a second", "", move |text| {
        let mut choice = choice.clone();
        choice.pace.per_second = rate(&text);
        prepare(choice)
    })
    .checked(|text| {
        rate(text)
            .is_none()
            .then(|| "a rate is a number above 0, for example 50 or 0.5".to_owned())
    })
}

fn rate(text: &str) -> Option<f64> {
    let rate: f64 = text.trim().parse().ok()?;
    (rate.is_finite() && rate > 0.0).then_some(rate)
}

/// Steps of a canary that are offered.
const STEPS: &[&[u32]] = &[&[1], &[1, 10], &[1, 10, 100]];

/// None, or the steps of a canary.
pub fn ask_canary(choice: &Choice) -> Picker {
    let with = |canary: bool, canary_steps: Vec<u32>| Choice {
        pace: Pace {
            canary,
            canary_steps,
            ..choice.pace.clone()
        },
        ..choice.clone()
    };
    let mut items = vec![item(
        "off",
        "all are sent at once",
        with(false, choice.pace.canary_steps.clone()),
    )];
    items.extend(STEPS.iter().map(|&offered| {
        let set = with(true, offered.to_vec());
        let detail = match offered.len() {
            1 => "the others wait until it is clear that it does not come back",
            _ => "each step waits until it is clear that none of the one before comes back",
        };
        item(steps(&set.pace), detail, set)
    }));
    items.push(Item {
        label: "other steps…".to_owned(),
        detail: "how many letters in each step".to_owned(),
        key: String::new(),
        choice: {
            let choice = choice.clone();
            opens(move || ask_steps(&choice))
        },
    });
    let set = place_of(&items, |set| {
        set.pace.canary == choice.pace.canary
            && (!set.pace.canary || set.pace.canary_steps == choice.pace.canary_steps)
    });
    Picker::new("Canary", items).starting_on(set)
}

fn ask_steps(choice: &Choice) -> Ask {
    let choice = choice.clone();
    Ask::new("Letters in each step", "1, 10", move |text| {
        let mut choice = choice.clone();
        choice.pace.canary = true;
        choice.pace.canary_steps = steps_of(&text).unwrap_or_else(|| vec![1]);
        prepare(choice)
    })
    .hint("numbers with commas: the letters of each step")
    .checked(|text| {
        steps_of(text)
            .is_none()
            .then(|| "write numbers above 0 with commas, for example 1, 10".to_owned())
    })
}

fn steps_of(text: &str) -> Option<Vec<u32>> {
    let steps: Option<Vec<u32>> = text.split(',').map(|one| one.trim().parse().ok()).collect();
    steps.filter(|steps| steps.iter().all(|&step| step > 0))
}
