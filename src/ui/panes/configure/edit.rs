//! What the keys of a row open: prompts, pickers, and the edits that their answers become.

mod add;
mod alias;
mod paste;

use self::add::name_check;
use super::{
    answer::{Answer, Lines, Source},
    info,
    rows::{Kind, Row, Sign},
    step, words,
};
use crate::{
    domain::{
        draft::{Draft, Field, Item, Limit, Side, TriggerField},
        function::Environment,
        runtime_support,
        secret::Secret,
    },
    store::{
        Store,
        configure::{Edit, FunctionForm, Loaded, Step},
        identity::FunctionKey,
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
    pub function_form: &'a FunctionForm,
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
        let drafted = self.function_form.draft().side(item);
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
        // The store knows whether what it has is still good.
        if needs_suggestions {
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
        let answer = Answer::new(self.title(item), &now, move |text| {
            // What was not touched is not drafted.
            if text == was {
                return Vec::new();
            }
            vec![edited(&key, target.clone(), set(text))]
        });
        let answer = answer
            .help(words::help(item))
            .checked(check(item.clone()))
            .lines(match item {
                Item::Trigger(_, TriggerField::Filters) => Lines::Joined,
                _ => Lines::Refused,
            })
            .from(source);
        self.opens(answer, suggests)
    }

    /// What a prompt asks for: one of the fields of a trigger with what that reads.
    fn title(&self, item: &Item) -> String {
        let Item::Trigger(uuid, _) = item else {
            return words::label(item);
        };
        let mapping = self.loaded.snapshot.mapping(uuid);
        let name = mapping.map_or(uuid.as_str(), words::trigger);
        format!("{} of {}", words::label(item), words::clean(name))
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
        Outcome::open(Picker::new(self.title(item), items))
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
            "the new value; empty keeps the present one, which v, then enter edits"
        };
        let answer = answer.help(help).checked(check(item));
        Outcome::open(answer.lines(Lines::InEditor))
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
            .help(words::entry_help(field))
            .checked(move |entry| {
                if entry.trim().is_empty() {
                    return Some("an entry cannot be empty; D removes one".to_owned());
                }
                check(&whole(entry))
            })
            .from(source);
        self.opens(answer, suggests)
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
