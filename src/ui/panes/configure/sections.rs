//! Makes the rows of the form, section by section, when something changed.

mod environment;

use super::{
    notices,
    rows::{Cell, Kind, Row, Section, Sign},
    words,
};
use crate::{
    domain::{
        age,
        draft::{self, Field, Item, LATEST, Side, TriggerField, card::ResumeCard, record::Record},
        function::EventSourceMapping,
    },
    store::configure::{FunctionForm, Loaded, Part, Run},
    theme::Role,
};

/// What the form is made from.
pub struct Source<'a> {
    /// What is there and what is drafted.
    pub function_form: &'a FunctionForm,
    /// The last apply that concerns this function, unless it was put away.
    pub run: Option<(&'a Run, &'a Part)>,
    /// What of it was stopped.
    pub cards: Vec<&'a ResumeCard>,
    /// Edits of it that did not end.
    pub unfinished: Vec<&'a Record>,
}

/// The whole form; empty while the function is not read.
pub fn form(source: &Source<'_>) -> Vec<Row> {
    let Some(loaded) = source.function_form.loaded().value() else {
        return Vec::new();
    };
    let mut form = FormWriter {
        function_form: source.function_form,
        loaded,
        section: Section::General,
        said: Vec::new(),
        rows: Vec::new(),
    };
    form.titled(Section::General, "General", "");
    form.settings(&draft::Section::General.fields());
    form.environment();
    form.titled(Section::Async, "Async", "events that nobody waits for");
    form.settings(&draft::Section::Async.fields());
    form.concurrency();
    form.triggers();
    form.aliases();
    form.titled(Section::Logging, "Logging", "");
    form.settings(&draft::Section::Logging.fields());
    form.titled(Section::Network, "Network and storage", "");
    form.settings(&draft::Section::Network.fields());
    form.urls();
    form.tags();
    form.publish();
    let problems = source.function_form.problems().iter();
    let unsaid = problems.filter(|problem| !form.said.contains(&problem.item));
    let mut rows = notices::rows(source, &loaded.state, unsaid);
    rows.append(&mut form.rows);
    rows
}

struct FormWriter<'a> {
    function_form: &'a FunctionForm,
    loaded: &'a Loaded,
    section: Section,
    /// Problems that stand under their rows.
    said: Vec<String>,
    rows: Vec<Row>,
}

impl FormWriter<'_> {
    fn push(&mut self, kind: Kind, label: &str, now: Cell) -> &mut Row {
        let place = self.rows.len();
        self.rows.push(Row::new(self.section, kind, label, now));
        &mut self.rows[place]
    }

    fn titled(&mut self, section: Section, title: &str, detail: &str) {
        self.section = section;
        let detail = Cell::Text(detail.to_owned(), Role::Dim);
        self.push(Kind::Header, title, detail);
    }

    fn note(&mut self, text: impl Into<String>, role: Role) {
        self.push(Kind::Note, "", Cell::Text(text.into(), role));
    }

    fn settings(&mut self, fields: &[Field]) {
        for field in fields {
            self.item(&Item::Setting(*field));
            if words::is_list(*field) {
                self.entries(*field);
            }
        }
    }

    fn item(&mut self, item: &Item) {
        let before = self.loaded.snapshot.side(item);
        let refused = self.function_form.refused(item);
        let after = self.function_form.draft().side(item);
        let (sign, then) = match (refused, after) {
            (Some((typed, _)), _) if matches!(item, Item::Variable(_)) => {
                (Sign::Refused, Some(Cell::Masked(typed.clone())))
            }
            (Some((typed, _)), _) => {
                let typed = words::clean(typed.reveal());
                (Sign::Refused, Some(Cell::Text(typed, Role::Error)))
            }
            (None, Some(after)) if after != before => {
                let sign = sign(item, &before, &after);
                let then = match sign {
                    Sign::Removed => Cell::Text("removed".to_owned(), Role::Warn),
                    _ => words::cell(item, &after),
                };
                (sign, Some(then))
            }
            (None, _) => (Sign::Same, None),
        };
        let now = match (sign, &before) {
            (Sign::Added | Sign::Refused, Side::Unset) => Cell::Text(String::new(), Role::Dim),
            _ => words::cell(item, &before),
        };
        // What belongs to a trigger stands under its title.
        let indent = if matches!(item, Item::Trigger(..)) {
            "  "
        } else {
            ""
        };
        let label = format!("{indent}{}", words::label(item));
        let mut row = Row::new(self.section, Kind::Item(item.clone()), label, now);
        row.sign = sign;
        row.then = then;
        row.help = self.help(item);
        self.rows.push(row);
        self.problems(item);
    }

    fn help(&self, item: &Item) -> String {
        let help = words::help(item);
        if let Item::Url(qualifier) = item {
            let urls = self.loaded.snapshot.urls.iter().flatten();
            let url = urls
                .filter(|url| url.qualifier.as_deref().unwrap_or(LATEST) == qualifier)
                .map(|url| words::clean(&url.url))
                .next();
            return url.map_or_else(|| help.to_owned(), |url| format!("{url} · {help}"));
        }
        help.to_owned()
    }

    /// What is wrong with an item, under its row.
    fn problems(&mut self, item: &Item) {
        let name = self.loaded.snapshot.label(item);
        let refused = self.function_form.refused(item).map(|(_, problem)| problem);
        let whole = self.function_form.problems().iter();
        let messages: Vec<String> = refused
            .into_iter()
            .chain(whole.filter(|problem| problem.item == name))
            .map(|problem| format!("✖ {}", words::clean(&problem.message)))
            .collect();
        self.said.push(name);
        for message in messages {
            let kind = Kind::Problem(Some(item.clone()));
            self.push(kind, "", Cell::Text(message, Role::Error));
        }
    }

    /// The entries of a list, and those that the draft removes.
    fn entries(&mut self, field: Field) {
        let item = Item::Setting(field);
        let text = |side: &Side| side.value(false).unwrap_or_default().to_owned();
        let before = text(&self.loaded.snapshot.side(&item));
        let after = self.function_form.draft().side(&item);
        let after = after.map_or_else(|| before.clone(), |after| text(&after));
        let help = words::help(&item);
        for (place, entry) in words::entries(&after).enumerate() {
            let is_new = !words::entries(&before).any(|known| known == entry);
            let now = Cell::Text(words::clean(entry), Role::Text);
            let row = self.push(Kind::Entry(field, place), &format!("  {}", place + 1), now);
            help.clone_into(&mut row.help);
            if is_new {
                row.sign = Sign::Added;
            }
        }
        for entry in words::entries(&before) {
            if !words::entries(&after).any(|kept| kept == entry) {
                let now = Cell::Text(words::clean(entry), Role::Dim);
                let row = self.push(Kind::Gone(field, entry.to_owned()), "", now);
                row.sign = Sign::Removed;
                row.then = Some(Cell::Text("removed".to_owned(), Role::Warn));
            }
        }
    }

    /// The names of refused items of a kind.
    fn refused(&self, item: fn(String) -> Item) -> Vec<String> {
        let refused = self
            .function_form
            .all_refused()
            .filter_map(|(refused, _)| match refused {
                Item::Variable(name)
                | Item::Provisioned(name)
                | Item::Url(name)
                | Item::Tag(name) => (item(name.clone()) == *refused).then(|| name.clone()),
                Item::Setting(_) | Item::Alias(_) | Item::Trigger(..) => None,
            });
        refused.collect()
    }

    fn concurrency(&mut self) {
        self.titled(Section::Concurrency, "Concurrency", "");
        self.settings(&[Field::ReservedConcurrency]);
        let snapshot = &self.loaded.snapshot;
        let there = snapshot.provisioned.iter().flatten();
        let drafted = self.function_form.draft().provisioned.keys();
        let mut names: Vec<String> = there
            .map(|one| one.qualifier.clone())
            .chain(drafted.cloned())
            .chain(self.refused(Item::Provisioned))
            .collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            let (text, role) = match snapshot.provisioned {
                Some(_) => (
                    "none: n keeps some ready for a version or an alias",
                    Role::Dim,
                ),
                None => ("? not read", Role::Dim),
            };
            let text = Cell::Text(text.to_owned(), role);
            self.push(Kind::Note, "provisioned", text);
        }
        for name in names {
            self.item(&Item::Provisioned(name));
        }
        let mut others = draft::Section::Concurrency.fields();
        others.retain(|field| *field != Field::ReservedConcurrency);
        self.settings(&others);
    }

    fn triggers(&mut self) {
        let count = self.loaded.snapshot.mappings.len();
        let detail = if count == 0 {
            String::new()
        } else {
            age::count(count as u64)
        };
        self.titled(Section::Triggers, "Triggers", &detail);
        if count == 0 {
            self.note("nothing that Lambda polls for this function", Role::Dim);
        }
        let loaded = self.loaded;
        for mapping in &loaded.snapshot.mappings {
            let (name, state) = trigger_words(mapping);
            let row = self.push(Kind::Trigger(mapping.uuid.clone()), &name, state);
            let source = mapping
                .source
                .as_ref()
                .map_or("self-managed", |arn| arn.as_str());
            row.help = words::clean(&format!("{source} · {}", mapping.uuid));
            for field in TriggerField::ALL {
                if knows(mapping, field) {
                    self.item(&Item::Trigger(mapping.uuid.clone(), field));
                }
            }
        }
    }

    fn aliases(&mut self) {
        self.titled(Section::Aliases, "Aliases", "");
        let loaded = self.loaded;
        if loaded.snapshot.aliases.is_empty() {
            self.note(
                "none: every caller without a version runs $LATEST",
                Role::Dim,
            );
        }
        for alias in &loaded.snapshot.aliases {
            self.item(&Item::Alias(alias.name.clone()));
        }
    }

    fn urls(&mut self) {
        self.titled(Section::Urls, "Function URL", "");
        let snapshot = &self.loaded.snapshot;
        let there = snapshot.urls.iter().flatten();
        let there = there.map(|url| url.qualifier.clone().unwrap_or_else(|| LATEST.to_owned()));
        let drafted = self.function_form.draft().urls.keys().cloned();
        let is_read = snapshot.urls.is_some();
        self.named(
            there.chain(drafted).collect(),
            Item::Url,
            is_read,
            "none: n gives $LATEST or an alias an address of its own",
        );
    }

    fn tags(&mut self) {
        self.titled(Section::Tags, "Tags", "");
        let snapshot = &self.loaded.snapshot;
        let there = snapshot.tags.iter().flatten().map(|(key, _)| key.clone());
        let drafted = self.function_form.draft().tags.keys().cloned();
        let is_read = snapshot.tags.is_some();
        self.named(
            there.chain(drafted).collect(),
            Item::Tag,
            is_read,
            "none: n adds one",
        );
    }

    fn named(
        &mut self,
        mut names: Vec<String>,
        item: fn(String) -> Item,
        is_read: bool,
        none: &str,
    ) {
        names.extend(self.refused(item));
        names.sort();
        names.dedup();
        if names.is_empty() {
            self.note(if is_read { none } else { "? not read" }, Role::Dim);
        }
        for name in names {
            self.item(&item(name));
        }
    }

    fn publish(&mut self) {
        self.titled(Section::Publish, "Publish", "");
        let versions = self.loaded.versions.iter();
        let newest = versions
            .filter_map(|one| one.version.parse::<u64>().ok())
            .max();
        let now = newest.map_or_else(
            || "none was published".to_owned(),
            |number| format!("v{number} is the newest"),
        );
        let drafted = self
            .function_form
            .draft()
            .publish
            .as_deref()
            .map(|description| {
                if description.is_empty() {
                    "a new one, without a description".to_owned()
                } else {
                    format!("a new one: {}", words::clean(description))
                }
            });
        let row = self.push(Kind::Publish, "version", Cell::Text(now, Role::Dim));
        "freezes $LATEST as a version after the update; aliases get it when they are led there"
            .clone_into(&mut row.help);
        if let Some(drafted) = drafted {
            row.sign = Sign::Added;
            row.then = Some(Cell::Text(drafted, Role::Text));
        }
    }
}

fn sign(item: &Item, before: &Side, after: &Side) -> Sign {
    let has_rows_of_its_own = !matches!(item, Item::Setting(_) | Item::Trigger(..));
    match (before, after) {
        (Side::Unset, _) if has_rows_of_its_own => Sign::Added,
        (_, Side::Unset) if has_rows_of_its_own => Sign::Removed,
        _ => Sign::Changed,
    }
}

/// The name and the state of a trigger.
fn trigger_words(mapping: &EventSourceMapping) -> (String, Cell) {
    let name = words::trigger(mapping);
    let state = mapping.state.to_lowercase();
    let reason = mapping.state_reason.as_deref().unwrap_or_default();
    let text = if reason.is_empty() {
        state
    } else {
        format!("{state} · {reason}")
    };
    let role = if mapping.is_disabled() {
        Role::Warn
    } else {
        Role::Dim
    };
    (words::clean(name), Cell::Text(words::clean(&text), role))
}

/// Whether a source of this kind knows the field (Lambda API, `UpdateEventSourceMapping`), or has
/// it set all the same.
fn knows(mapping: &EventSourceMapping, field: TriggerField) -> bool {
    let service = mapping.source.as_ref().and_then(|arn| arn.service());
    match field {
        TriggerField::Concurrency => {
            service == Some("sqs") || mapping.maximum_concurrency.is_some()
        }
        TriggerField::PartialResponses => {
            matches!(service, Some("sqs" | "kinesis" | "dynamodb"))
                || mapping.partial_batch_responses
        }
        _ => true,
    }
}
