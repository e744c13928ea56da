//! What the keys of a row open: prompts, pickers, and the edits that their answers become.

use std::rc::Rc;

use super::{
    answer::{Answer, Source},
    info,
    rows::{Kind, Row, Section, Sign},
    step, words,
};
use crate::{
    domain::{
        age,
        draft::{
            Draft, Field, Item, LATEST, Limit, Routing, Side, TriggerField,
            environment::{MOST_BYTES, check_name},
        },
        function::Environment,
        runtime_support,
        secret::Secret,
    },
    store::{
        Store,
        configure::{Desk, Edit, Loaded, Step},
        ui::FunctionKey,
    },
    ui::{
        overlays::picker::{self, Choice, Picker},
        surface::{Intent, Outcome},
    },
};

/// Settings of a function URL, and what they mean.
const URLS: [(&str, &str); 4] = [
    ("AWS_IAM,BUFFERED", "callers sign their requests"),
    (
        "AWS_IAM,RESPONSE_STREAM",
        "callers sign; responses are streamed",
    ),
    ("NONE,BUFFERED", "open to everyone its policy lets in"),
    (
        "NONE,RESPONSE_STREAM",
        "open to everyone its policy lets in; streamed",
    ),
];

/// The function that is edited.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// Shared state.
    pub store: &'a Store,
    /// Which function.
    pub key: &'a FunctionKey,
    /// What is known and drafted of it.
    pub desk: &'a Desk,
    /// What is there.
    pub loaded: &'a Loaded,
}

fn edited(key: &FunctionKey, item: Item, edit: Edit) -> Intent {
    Intent::Act(step(Step::Edit(key.clone(), item, edit)))
}

fn set(text: &str) -> Edit {
    Edit::Set(Secret::new(text.to_owned()))
}

/// What is wrong with a text for this item.
fn check(item: Item) -> impl Fn(&str) -> Option<String> {
    move |text| {
        let problem = Draft::default().set(&item, text).err()?;
        Some(problem.message)
    }
}

impl At<'_> {
    /// How an item shall be: as it is drafted, else as it is.
    pub fn side(&self, item: &Item) -> Side {
        let drafted = self.desk.draft().side(item);
        drafted.unwrap_or_else(|| self.loaded.snapshot.side(item))
    }

    fn text(&self, item: &Item) -> String {
        let side = self.side(item);
        side.value(true).unwrap_or_default().to_owned()
    }

    /// Why the environment cannot be edited, if it cannot.
    pub fn blocked(&self) -> Option<&'static str> {
        let environment = &self.loaded.snapshot.environment;
        matches!(environment, Environment::Unreadable { .. }).then_some(
            "the environment is blocked: its values could not be decrypted, and an edit would \
             wipe them",
        )
    }

    fn opens(&self, answer: Answer, needs_suggestions: bool) -> Outcome {
        let mut intents = Vec::new();
        if needs_suggestions && self.store.configure.suggestions().is_untouched() {
            intents.push(Intent::Act(step(Step::Suggest(self.key.session))));
        }
        intents.push(Intent::Open(Box::new(answer)));
        Outcome::Done(intents)
    }

    /// The row's own edit; where there is nothing to edit, something is added.
    pub fn edit(&self, row: &Row, is_revealed: bool) -> Outcome {
        match &row.kind {
            Kind::Item(item) | Kind::Problem(Some(item)) => self.edit_item(item, is_revealed),
            Kind::Entry(field, place) => self.edit_entry(*field, Some(*place)),
            Kind::Gone(field, entry) => {
                let mut entries = self.entries(*field);
                entries.push(entry.clone());
                let edit = set(&entries.join(","));
                Outcome::Done(vec![edited(self.key, Item::Setting(*field), edit)])
            }
            Kind::Trigger(uuid) => {
                let item = Item::Trigger(uuid.clone(), TriggerField::Enabled);
                self.edit_item(&item, false)
            }
            Kind::Publish => self.publish(),
            Kind::Header | Kind::Note | Kind::Problem(None) | Kind::Offer(_) => self.add(row),
        }
    }

    fn edit_item(&self, item: &Item, is_revealed: bool) -> Outcome {
        match item {
            Item::Setting(field) => match field.limit() {
                Limit::Choice(words) => self.choose(item, words, field.can_be_unset()),
                _ => self.ask(item),
            },
            Item::Trigger(_, field) => match field.limit() {
                Limit::Choice(words) => self.choose(item, words, false),
                _ => self.ask(item),
            },
            Item::Variable(name) => self.ask_value(name, is_revealed),
            Item::Alias(name) => self.lead(name),
            Item::Url(qualifier) => Outcome::open(url_picker(self.key, qualifier)),
            Item::Provisioned(_) | Item::Tag(_) => self.ask(item),
        }
    }

    fn ask(&self, item: &Item) -> Outcome {
        let (key, target) = (self.key.clone(), item.clone());
        let now = self.text(item);
        let was = now.clone();
        let source = self.source(item);
        let suggests = !matches!(source, Source::Nothing | Source::Words(_));
        let answer = Answer::new(words::label(item), &now, move |text| {
            // What was not touched is not drafted.
            if text == was {
                return Vec::new();
            }
            vec![edited(&key, target.clone(), set(text))]
        });
        let answer = answer
            .help(words::help(item))
            .checked(check(item.clone()))
            .from(source);
        self.opens(answer, suggests)
    }

    fn source(&self, item: &Item) -> Source {
        let Item::Setting(field) = item else {
            return Source::Nothing;
        };
        match field {
            Field::Role => Source::Roles,
            Field::DeadLetter | Field::AsyncOnSuccess | Field::AsyncOnFailure => Source::Queues,
            Field::Runtime => {
                let today = self.store.now.to_zoned(jiff::tz::TimeZone::UTC).date();
                let ids = runtime_support::current(today).map(str::to_owned);
                Source::Words(ids.collect())
            }
            _ => Source::Nothing,
        }
    }

    fn choose(&self, item: &Item, choices: &[&str], can_be_unset: bool) -> Outcome {
        let now = self.text(item);
        let choice = |label: &str, edit: Edit| picker::Item {
            label: label.to_owned(),
            detail: if label == now { "now" } else { "" }.to_owned(),
            key: String::new(),
            choice: Choice::Act(step(Step::Edit(self.key.clone(), item.clone(), edit))),
        };
        let mut items: Vec<picker::Item> =
            choices.iter().map(|word| choice(word, set(word))).collect();
        if can_be_unset {
            items.push(choice("unset", Edit::Unset));
        }
        Outcome::open(Picker::new(words::label(item), items))
    }

    fn ask_value(&self, name: &str, is_revealed: bool) -> Outcome {
        if let Some(why) = self.blocked() {
            return info(why);
        }
        let item = Item::Variable(name.to_owned());
        let now = self.text(&item);
        if is_revealed && now.contains(char::is_control) {
            return info("this value has several lines: e edits it in your editor");
        }
        let is_new = self.side(&item) == Side::Unset;
        let key = self.key.clone();
        let (target, was) = (item.clone(), now.clone());
        let begin = if is_revealed { now.as_str() } else { "" };
        let answer = Answer::new(format!("value of {name}"), begin, move |text| {
            let is_untouched = if is_revealed {
                text == was
            } else {
                text.is_empty() && !is_new
            };
            if is_untouched {
                return Vec::new();
            }
            vec![edited(&key, target.clone(), set(text))]
        });
        let help = if is_revealed || is_new {
            "any text on one line; e edits several lines in your editor"
        } else {
            "the new value; nothing leaves it as it is (v first edits the present one)"
        };
        Outcome::open(answer.help(help).checked(check(item)))
    }

    /// Which version an alias leads to, then how much of it.
    fn lead(&self, name: &str) -> Outcome {
        let drafted = self.desk.draft().aliases.get(name).cloned();
        let Some(now) = drafted.or_else(|| self.loaded.snapshot.routing(name)) else {
            return info("this alias is gone: r reads the function again");
        };
        let mut items: Vec<picker::Item> = Vec::new();
        let mut offer = |version: &str, detail: String| {
            let label = match version {
                Routing::NEW => "the version that this draft publishes".to_owned(),
                LATEST => LATEST.to_owned(),
                number => format!("v{number}"),
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
        if self.desk.draft().publish.is_some() {
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
            let answer = Answer::new(format!("share of {to} in {name}"), "", move |share| {
                vec![edited(&key, item.clone(), set(&shared(share)))]
            });
            let help = format!("nothing gives it all; 10% gives it a tenth, {from} keeps the rest");
            let answer = answer.help(help);
            Box::new(answer.checked(move |share| check(&check_shared(share))))
        }))
    }

    fn typed_routing(
        &self,
        name: &str,
        now: &Routing,
    ) -> Rc<dyn Fn() -> Box<dyn crate::ui::surface::Surface>> {
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

    fn entries(&self, field: Field) -> Vec<String> {
        let text = self.text(&Item::Setting(field));
        words::entries(&text).map(str::to_owned).collect()
    }

    /// Edits an entry of a list, or adds one.
    fn edit_entry(&self, field: Field, place: Option<usize>) -> Outcome {
        let entries = self.entries(field);
        let now = place.and_then(|place| entries.get(place)).cloned();
        let now = now.unwrap_or_default();
        let whole = move |entry: &str| {
            let mut entries = entries.clone();
            match place.and_then(|place| entries.get_mut(place)) {
                Some(known) => entry.trim().clone_into(known),
                None => entries.push(entry.trim().to_owned()),
            }
            entries.join(",")
        };
        let item = Item::Setting(field);
        let (key, target, composed) = (self.key.clone(), item.clone(), whole.clone());
        let label = words::label(&item);
        let title = place.map_or_else(
            || format!("add to {label}"),
            |place| format!("{label}, entry {}", place + 1),
        );
        let answer = Answer::new(title, &now, move |entry| {
            vec![edited(&key, target.clone(), set(&composed(entry)))]
        });
        let source = if field == Field::Layers {
            Source::Layers
        } else {
            Source::Nothing
        };
        let suggests = matches!(source, Source::Layers);
        let check = check(item);
        let answer = answer
            .help(field.help())
            .checked(move |entry| {
                if entry.trim().is_empty() {
                    return Some("an entry cannot be empty; D removes one".to_owned());
                }
                check(&whole(entry))
            })
            .from(source);
        self.opens(answer, suggests)
    }

    /// Drafts a version, with its description.
    pub fn publish(&self) -> Outcome {
        let key = self.key.clone();
        let now = self.desk.draft().publish.clone().unwrap_or_default();
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
            vec![Intent::Open(Box::new(value.help(help).checked(check)))]
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
    fn names(&self, item: fn(String) -> Item) -> Vec<String> {
        let snapshot = &self.loaded.snapshot;
        let draft = self.desk.draft();
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

    /// Another name for a variable or a tag.
    pub fn rename(&self, row: &Row) -> Outcome {
        let (item, name): (fn(String) -> Item, &str) = match row.item() {
            Some(Item::Variable(_)) if self.blocked().is_some() => {
                return info(self.blocked().unwrap_or_default());
            }
            Some(Item::Variable(name)) => (Item::Variable, name),
            Some(Item::Tag(name)) => (Item::Tag, name),
            _ => return info("only variables and tags have a name that can be changed"),
        };
        let (key, old) = (self.key.clone(), item(name.to_owned()));
        let was = name.to_owned();
        let answer = Answer::new(format!("another name for {name}"), name, move |new| {
            if new.trim() == was {
                return Vec::new();
            }
            let edit = Edit::Rename(new.trim().to_owned());
            vec![edited(&key, old.clone(), edit)]
        });
        let others = self.names(item).into_iter().filter(|other| other != name);
        let answer = answer.help("the value stays as it is");
        Outcome::open(answer.checked(name_check(item, others.collect())))
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
                    move || -> Box<dyn crate::ui::surface::Surface> {
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

    /// Drafts that a row shall not be there.
    pub fn remove(&self, row: &Row) -> Outcome {
        match &row.kind {
            Kind::Item(item) | Kind::Problem(Some(item)) => {
                if let (Item::Variable(_), Some(why)) = (item, self.blocked()) {
                    return info(why);
                }
                let edit = match row.sign {
                    Sign::Added => Edit::Undo,
                    Sign::Removed => return info("it is drafted to go already; u keeps it"),
                    _ => Edit::Unset,
                };
                if let Err(problem) = Draft::default().unset(item)
                    && edit == Edit::Unset
                {
                    return info(&problem.message);
                }
                Outcome::Done(vec![edited(self.key, item.clone(), edit)])
            }
            Kind::Entry(field, place) => {
                let mut entries = self.entries(*field);
                if *place < entries.len() {
                    entries.remove(*place);
                }
                let edit = set(&entries.join(","));
                Outcome::Done(vec![edited(self.key, Item::Setting(*field), edit)])
            }
            Kind::Publish => self.undo(row),
            Kind::Trigger(_) => {
                info("a trigger is not deleted here: enter disables it, and it waits where it is")
            }
            _ => info("there is nothing to remove on this row"),
        }
    }

    /// Leaves a row as it is.
    pub fn undo(&self, row: &Row) -> Outcome {
        let item = match &row.kind {
            Kind::Item(item) | Kind::Problem(Some(item)) => item.clone(),
            Kind::Entry(field, _) | Kind::Gone(field, _) => Item::Setting(*field),
            Kind::Publish => {
                return Outcome::act(step(Step::Publish(self.key.clone(), None)));
            }
            _ => return info("nothing is drafted on this row"),
        };
        Outcome::Done(vec![edited(self.key, item, Edit::Undo)])
    }
}

/// Whether something may be called that, and is not yet.
fn name_check(item: fn(String) -> Item, names: Vec<String>) -> impl Fn(&str) -> Option<String> {
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

fn url_picker(key: &FunctionKey, qualifier: &str) -> Picker {
    let item = Item::Url(qualifier.to_owned());
    let items = URLS.iter().map(|(url, meaning)| picker::Item {
        label: (*url).to_owned(),
        detail: (*meaning).to_owned(),
        key: String::new(),
        choice: Choice::Act(step(Step::Edit(key.clone(), item.clone(), set(url)))),
    });
    Picker::new(format!("URL of {qualifier}"), items.collect())
}
