//! What can be added: entries, variables, tags, provisioned concurrency, URLs, a version.

use std::rc::Rc;

use super::{At, check, edited, set, url_picker};
use crate::{
    domain::{
        draft::{
            Item, LATEST, Side,
            environment::{MOST_BYTES, check_name},
        },
        function::Environment,
    },
    store::configure::Step,
    ui::{
        overlays::picker::{self, Choice, Picker},
        panes::configure::{
            answer::{Answer, Lines},
            info,
            rows::{Kind, Row, Section},
            step, words,
        },
        surface::{Intent, Outcome, Surface},
    },
};

impl At<'_> {
    /// Drafts a version, with its description.
    pub fn publish(&self) -> Outcome {
        let key = self.key.clone();
        let now = self
            .function_form
            .draft()
            .publish
            .clone()
            .unwrap_or_default();
        let answer = Answer::new("publish a version", &now, move |text| {
            let description = Some(text.trim().to_owned());
            vec![Intent::Act(step(Step::Publish(key.clone(), description)))]
        });
        let answer = answer
            .help("its description, at most 256 characters; may be empty")
            .checked(|text| {
                (text.chars().count() > 256).then(|| "at most 256 characters".to_owned())
            });
        Outcome::open(answer)
    }

    /// Adds to the section of a row.
    pub fn add(&self, row: &Row) -> Outcome {
        match &row.kind {
            Kind::Item(Item::Setting(field)) if words::is_list(*field) => {
                return self.edit_entry(*field, None);
            }
            Kind::Entry(field, _) | Kind::Gone(field, _) => return self.edit_entry(*field, None),
            _ => {}
        }
        match row.section {
            Section::Environment => match self.blocked() {
                Some(why) => info(why),
                None => self.add_named(Item::Variable),
            },
            Section::Tags => self.add_named(Item::Tag),
            Section::Concurrency => self.add_provisioned(),
            Section::Urls => self.add_url(),
            Section::Publish => self.publish(),
            _ => info("nothing is added here: variables, tags, layers, provisioned and URLs are"),
        }
    }

    /// A name, then a value.
    fn add_named(&self, item: fn(String) -> Item) -> Outcome {
        let key = self.key.clone();
        let names = self.names(item);
        let is_variable = matches!(item(String::new()), Item::Variable(_));
        let what = if is_variable { "variable" } else { "tag" };
        let answer = Answer::new(format!("new {what}: its name"), "", move |name| {
            let (key, target) = (key.clone(), item(name.trim().to_owned()));
            let title = format!("value of {}", name.trim());
            let check = check(target.clone());
            let help = words::help(&target);
            let value = Answer::new(title, "", move |value| {
                vec![edited(&key, target.clone(), set(value))]
            });
            let lines = if is_variable {
                Lines::InEditor
            } else {
                Lines::Refused
            };
            let value = value.help(help).checked(check).lines(lines);
            vec![Intent::Open(Box::new(value))]
        });
        let help = if is_variable {
            format!(
                "letters, digits and _; all of them at most {MOST_BYTES} bytes with their values"
            )
        } else {
            "at most 128 characters; aws: is reserved".to_owned()
        };
        let check_name = name_check(item, names);
        Outcome::open(answer.help(help).checked(check_name))
    }

    /// The names that a new one must differ from: what is there, or drafted to be.
    pub(super) fn names(&self, item: fn(String) -> Item) -> Vec<String> {
        let snapshot = &self.loaded.snapshot;
        let draft = self.function_form.draft();
        let all: Vec<String> = if matches!(item(String::new()), Item::Variable(_)) {
            let there = match &snapshot.environment {
                Environment::Variables(variables) => variables.as_slice(),
                Environment::Unreadable { .. } => &[],
            };
            let there = there.iter().map(|(name, _)| name.clone());
            there.chain(draft.environment.keys().cloned()).collect()
        } else {
            let there = snapshot.tags.iter().flatten().map(|(key, _)| key.clone());
            there.chain(draft.tags.keys().cloned()).collect()
        };
        let is_there = |name: &String| self.side(&item(name.clone())) != Side::Unset;
        all.into_iter().filter(is_there).collect()
    }

    /// Aliases, then versions, newest first.
    fn qualifiers(&self) -> Vec<String> {
        let aliases = self.loaded.snapshot.aliases.iter();
        let versions = self.loaded.versions.iter();
        let mut numbers: Vec<u64> = versions
            .filter_map(|version| version.version.parse().ok())
            .collect();
        numbers.sort_unstable_by(|left, right| right.cmp(left));
        let aliases = aliases.map(|alias| alias.name.clone());
        aliases
            .chain(numbers.iter().map(ToString::to_string))
            .collect()
    }

    fn add_provisioned(&self) -> Outcome {
        let free = self.qualifiers().into_iter();
        let free = free.map(Item::Provisioned);
        let items: Vec<picker::Item> = free
            .filter(|item| self.side(item) == Side::Unset)
            .map(|item| {
                let key = self.key.clone();
                let make = {
                    let item = item.clone();
                    move || -> Box<dyn Surface> {
                        let (key, target) = (key.clone(), item.clone());
                        let answer = Answer::new(words::label(&item), "", move |text| {
                            vec![edited(&key, target.clone(), set(text))]
                        });
                        let answer = answer.help(words::help(&item));
                        Box::new(answer.checked(check(item.clone())))
                    }
                };
                picker::Item {
                    label: words::label(&item).replace("provisioned ", ""),
                    detail: String::new(),
                    key: String::new(),
                    choice: Choice::Open(Rc::new(make)),
                }
            })
            .collect();
        if items.is_empty() {
            return info("only a version or an alias can be provisioned, and there is none left");
        }
        Outcome::open(Picker::new("keep executions ready for", items))
    }

    fn add_url(&self) -> Outcome {
        let aliases = self.loaded.snapshot.aliases.iter();
        let aliases = aliases.map(|alias| alias.name.clone());
        let items: Vec<picker::Item> = std::iter::once(LATEST.to_owned())
            .chain(aliases)
            .filter(|qualifier| self.side(&Item::Url(qualifier.clone())) == Side::Unset)
            .map(|qualifier| {
                let (key, label) = (self.key.clone(), qualifier.clone());
                picker::Item {
                    label,
                    detail: String::new(),
                    key: String::new(),
                    choice: Choice::Open(Rc::new(move || Box::new(url_picker(&key, &qualifier)))),
                }
            })
            .collect();
        if items.is_empty() {
            return info("$LATEST and every alias have a URL, or it could not be read");
        }
        Outcome::open(Picker::new("a URL for", items))
    }
}

/// Whether something may be called that, and is not yet.
pub(super) fn name_check(
    item: fn(String) -> Item,
    names: Vec<String>,
) -> impl Fn(&str) -> Option<String> {
    move |name| {
        let name = name.trim();
        if names.iter().any(|known| known == name) {
            return Some("there is one of that name".to_owned());
        }
        match item(name.to_owned()) {
            Item::Variable(name) => check_name(&name).err(),
            other => check(other)(""),
        }
    }
}
