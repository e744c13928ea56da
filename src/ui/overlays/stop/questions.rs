//! What a move asks before it can be reviewed: which alias, which version, how much of it, which
//! card.

use std::rc::Rc;

use super::facts::Facts;
use crate::{
    domain::{
        draft::{Routing, card::ResumeCard, stop::Move},
        session::SessionId,
    },
    store::{configure::Wish, identity::FunctionKey},
    ui::{
        overlays::{
            ask::Ask,
            picker::{Choice, Item, Picker},
            review::ReviewDialog,
        },
        surface::Surface,
    },
};

/// Versions that a hint names.
const NAMED: usize = 6;

/// Asks further about this alias.
type Next = fn(&FunctionKey, &Rc<Facts>, &str) -> Ask;

/// Which alias, if it is not the only one; then what `next` asks.
pub(super) fn alias(function: &FunctionKey, facts: Facts, next: Next) -> Box<dyn Surface> {
    let facts = Rc::new(facts);
    let aliases = facts.snapshot().map_or(&[] as &[_], |base| &base.aliases);
    match aliases {
        [] => {
            let (function, facts) = (function.clone(), Rc::clone(&facts));
            let ask = Ask::opening("Which alias", "", move |alias| {
                next(&function, &facts, alias.trim())
            });
            Box::new(ask.checked(|text| needed(text, "the name of an alias")))
        }
        [alias] => Box::new(next(function, &facts, &alias.name)),
        many => {
            let items = many.iter().map(|alias| {
                let routing = facts.snapshot().and_then(|base| base.routing(&alias.name));
                let (function, facts) = (function.clone(), Rc::clone(&facts));
                let name = alias.name.clone();
                Item {
                    label: alias.name.clone(),
                    detail: routing.map_or_else(String::new, |routing| format!("→ {routing}")),
                    key: String::new(),
                    choice: Choice::Open(Rc::new(move || {
                        Box::new(next(&function, &facts, &name)) as Box<dyn Surface>
                    })),
                }
            });
            Box::new(Picker::new("Which alias", items.collect()))
        }
    }
}

/// Which version an alias shall point back to.
pub(super) fn back(function: &FunctionKey, facts: &Rc<Facts>, alias: &str) -> Ask {
    let stop = move |alias: String, version: Option<String>| Move::AliasBack { alias, version };
    let earlier = facts.loaded.as_deref().and_then(|loaded| {
        let draft = stop(alias.to_owned(), None).draft(&loaded.snapshot, &loaded.versions);
        let routing = draft.ok()?.aliases.remove(alias)?;
        Some(routing.version)
    });
    let (function, name) = (function.clone(), alias.to_owned());
    let present = present(facts, alias);
    let known = facts.numbers();
    let ask = Ask::opening(
        format!("Point {alias} to version"),
        &earlier.unwrap_or_default(),
        move |version| {
            let version = number(&version);
            review(&function, stop(name.clone(), Some(version)))
        },
    );
    let leads = present.as_ref().map(|routing| routing.version.clone());
    ask.hint(hint(present.as_ref(), &known))
        .checked(move |text| {
            needed(text, "a version, for example 7").or_else(|| {
                let version = number(text);
                if Routing::parse(&version).is_err() || version.contains(',') {
                    return Some("takes a version, for example 7".to_owned());
                }
                if leads.as_ref() == Some(&version) {
                    return Some("it points there already".to_owned());
                }
                let is_unknown = !known.is_empty() && !known.contains(&version);
                is_unknown.then(|| format!("there is no version {version}"))
            })
        })
}

/// Which second version an alias shall have, and how much of it.
pub(super) fn weight(function: &FunctionKey, facts: &Rc<Facts>, alias: &str) -> Ask {
    let second = facts.second(alias);
    let text = second.map_or_else(String::new, |(version, share)| format!("{version}={share}"));
    let (function, name) = (function.clone(), alias.to_owned());
    let present = present(facts, alias);
    let known = facts.numbers();
    let ask = Ask::opening(format!("Weight of {alias}"), &text, move |text| {
        // What was checked is right.
        let (version, share) = share(&text).unwrap_or_default();
        let stop = Move::Weight {
            alias: name.clone(),
            version: Some(version),
            share,
        };
        review(&function, stop)
    });
    let hint = format!(
        "VERSION=SHARE, for example 7=0.1 or 7=10%; 0 takes it off · {}",
        hint(present.as_ref(), &known)
    );
    let leads = present.map(|routing| routing.version);
    ask.hint(hint).checked(move |text| {
        let Some((version, _)) = share(text) else {
            return Some("takes VERSION=SHARE, the share 0 or more and below 1".to_owned());
        };
        if leads.as_ref() == Some(&version) {
            return Some(format!("v{version} is its main version: name another one"));
        }
        let is_unknown = !known.is_empty() && !known.contains(&version);
        is_unknown.then(|| format!("there is no version {version}"))
    })
}

/// Which card, if it is not the only one.
pub(super) fn card(session: SessionId, cards: &[ResumeCard]) -> Box<dyn Surface> {
    let restore = move |card: &ResumeCard| {
        let wish = Wish::Restore(Box::new(card.clone()));
        ReviewDialog::of(session, vec![card.function.clone()], wish)
    };
    if let [card] = cards {
        return Box::new(restore(card));
    }
    let items = cards.iter().map(|card| {
        let one = card.clone();
        Item {
            label: format!("{} {}", card.stop.done(), card.at.strftime("%H:%M")),
            detail: card.words.join(", "),
            key: String::new(),
            choice: Choice::Open(Rc::new(move || Box::new(restore(&one)) as Box<dyn Surface>)),
        }
    });
    Box::new(Picker::new("Restore", items.collect()))
}

fn review(function: &FunctionKey, stop: Move) -> ReviewDialog {
    let functions = vec![function.arn.clone()];
    ReviewDialog::of(function.session, functions, Wish::Stop(stop))
}

fn present(facts: &Facts, alias: &str) -> Option<Routing> {
    facts.snapshot()?.routing(alias)
}

/// Where it leads now, and where it could.
fn hint(present: Option<&Routing>, known: &[String]) -> String {
    let mut parts = Vec::new();
    parts.extend(present.map(|routing| format!("now {routing}")));
    if !known.is_empty() {
        let newest = known.iter().rev().take(NAMED);
        let names: Vec<String> = newest.map(|number| format!("v{number}")).collect();
        let more = if known.len() > NAMED { ", …" } else { "" };
        parts.push(format!("versions {}{more}", names.join(", ")));
    }
    parts.join(" · ")
}

fn needed(text: &str, what: &str) -> Option<String> {
    text.trim().is_empty().then(|| format!("takes {what}"))
}

/// A version as it is typed: `v7` is `7`.
fn number(text: &str) -> String {
    let text = text.trim();
    text.strip_prefix('v').unwrap_or(text).to_owned()
}

/// `7=0.1`, `v7=10%`, `7=0`.
fn share(text: &str) -> Option<(String, f64)> {
    let (version, share) = text.split_once('=')?;
    let version = number(version);
    let is_number = !version.is_empty() && version.chars().all(|c| c.is_ascii_digit());
    let share = share.trim();
    let share = match share.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => share.parse().ok()?,
    };
    (is_number && (0.0..1.0).contains(&share)).then_some((version, share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_part_or_a_percentage_below_all_of_it() {
        assert_eq!(share("7=0.1"), Some(("7".to_owned(), 0.1)));
        assert_eq!(share(" v7 = 25 %"), Some(("7".to_owned(), 0.25)));
        assert_eq!(share("7=0"), Some(("7".to_owned(), 0.0)));
        for wrong in [
            "7", "7=", "=0.1", "x=0.1", "7=1", "7=100%", "7=-0.1", "7=NaN",
        ] {
            assert_eq!(share(wrong), None, "{wrong}");
        }
    }
}
