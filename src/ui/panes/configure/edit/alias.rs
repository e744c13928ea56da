//! Which version an alias points to, and its share.

use std::rc::Rc;

use super::{At, check, edited, set};
use crate::store::configure::Step;
use crate::{
    domain::{
        age,
        draft::{Item, LATEST, Routing},
    },
    ui::{
        overlays::picker::{self, Choice, Picker},
        panes::configure::{answer::Answer, info, step, words},
        surface::{Outcome, Surface},
    },
};

impl At<'_> {
    /// Asks for the version that an alias points to, then for its share.
    pub(super) fn lead(&self, name: &str) -> Outcome {
        let drafted = self.function_form.draft().aliases.get(name).cloned();
        let Some(now) = drafted.or_else(|| self.loaded.snapshot.routing(name)) else {
            return info("this alias is gone: r reads the function again");
        };
        let mut items: Vec<picker::Item> = Vec::new();
        let mut offer = |version: &str, detail: String| {
            let label = match version {
                Routing::NEW => "the version that this draft publishes".to_owned(),
                version => shown(version),
            };
            items.push(picker::Item {
                label,
                detail,
                key: String::new(),
                choice: self.lead_to(name, &now, version),
            });
        };
        let mut versions: Vec<_> = self
            .loaded
            .versions
            .iter()
            .filter_map(|version| Some((version.version.parse::<u64>().ok()?, version)))
            .collect();
        versions.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        if self.function_form.draft().publish.is_some() {
            offer(Routing::NEW, String::new());
        }
        for (_, version) in versions {
            let at = version.modified.map(|at| age::age(self.store.now, at));
            let mut detail = at.map_or_else(String::new, |age| format!("{age} ago"));
            if version.version == now.version {
                detail.push_str(" · now");
            }
            if !version.description.is_empty() {
                detail.push_str(&format!(" · {}", version.description));
            }
            offer(&version.version, detail);
        }
        offer(LATEST, "whatever is edited next".to_owned());
        let typed = self.typed_routing(name, &now);
        items.push(picker::Item {
            label: "type it…".to_owned(),
            detail: "7, or 7,8=0.1".to_owned(),
            key: String::new(),
            choice: Choice::Open(typed),
        });
        let title = format!("alias {name}, now {now}");
        Outcome::open(Picker::new(title, items))
    }

    fn lead_to(&self, name: &str, now: &Routing, version: &str) -> Choice {
        let item = Item::Alias(name.to_owned());
        // `$LATEST` cannot share an alias, and nothing is shared with itself.
        if version == LATEST || now.version == LATEST || now.version == version {
            return Choice::Act(step(Step::Edit(self.key.clone(), item, set(version))));
        }
        let (key, from, to) = (self.key.clone(), now.version.clone(), version.to_owned());
        let name = name.to_owned();
        Choice::Open(Rc::new(move || {
            let shared = {
                let (from, to) = (from.clone(), to.clone());
                move |share: &str| match share.trim() {
                    "" | "1" | "100%" => to.clone(),
                    share => format!("{from},{to}={share}"),
                }
            };
            let check = check(Item::Alias(name.clone()));
            let (key, item) = (key.clone(), Item::Alias(name.clone()));
            let check_shared = shared.clone();
            let answer = Answer::new(
                format!("share of {} in {name}", shown(&to)),
                "",
                move |share| vec![edited(&key, item.clone(), set(&shared(share)))],
            );
            let help = format!(
                "empty for all of it; 10% for a tenth: {} keeps the rest",
                shown(&from)
            );
            let answer = answer.help(help);
            Box::new(answer.checked(move |share| check(&check_shared(share))))
        }))
    }

    fn typed_routing(&self, name: &str, now: &Routing) -> Rc<dyn Fn() -> Box<dyn Surface>> {
        let (key, item, typed) = (self.key.clone(), Item::Alias(name.to_owned()), now.typed());
        Rc::new(move || {
            let (key, target) = (key.clone(), item.clone());
            let answer = Answer::new(item.to_string(), &typed, move |text| {
                vec![edited(&key, target.clone(), set(text))]
            });
            let answer = answer.help(words::help(&item));
            Box::new(answer.checked(check(item.clone())))
        })
    }
}

/// A version as it is spoken of.
fn shown(version: &str) -> String {
    match version {
        Routing::NEW => "the new version".to_owned(),
        LATEST => LATEST.to_owned(),
        number => format!("v{number}"),
    }
}
