//! Settings in words: labels, units, what it means that nothing is set.

use crate::{
    domain::{
        age,
        draft::{Field, Item, Kind, Side, TriggerField},
        function::EventSourceMapping,
        text,
    },
    theme::Role,
};

use super::rows::Cell;

/// Cells of a value that are kept; no screen shows more, and a value may be a megabyte.
const MOST: usize = 400;

/// What a row is called inside its section.
pub fn label(item: &Item) -> String {
    match item {
        Item::Setting(field) => field.label(),
        Item::Trigger(_, field) => field.name().replace('_', " "),
        Item::Variable(name) | Item::Alias(name) | Item::Tag(name) => name.clone(),
        Item::Provisioned(qualifier) => format!("provisioned {qualifier}"),
        Item::Url(qualifier) => qualifier.clone(),
    }
}

/// What it is called where no section stands above it.
pub fn whole_label(item: &Item) -> String {
    match item {
        Item::Setting(field) => field.name().replace('_', " "),
        item => item.to_string(),
    }
}

/// Untrusted text as a row keeps it: clean, and no longer than any screen is wide.
pub fn clean(value: &str) -> String {
    text::truncate_middle(&text::sanitise(&ends(value)), MOST).into_owned()
}

/// The beginning and the end of a text that is far too long, so that cleaning it is cheap.
fn ends(value: &str) -> std::borrow::Cow<'_, str> {
    const END: usize = 4_096;
    if value.len() <= 2 * END {
        return value.into();
    }
    let head = &value[..value.floor_char_boundary(END)];
    let tail = &value[value.ceil_char_boundary(value.len() - END)..];
    format!("{head}{tail}").into()
}

/// One side of a row.
pub fn cell(item: &Item, side: &Side) -> Cell {
    match side {
        Side::Unknown => Cell::Text("? not read".to_owned(), Role::Dim),
        Side::Unset => Cell::Text(unset(item).to_owned(), Role::Dim),
        Side::Masked(value) => Cell::Masked(value.clone()),
        Side::Plain(value) => Cell::Text(clean(&with_unit(item, value)), role(item, value)),
    }
}

/// What it means that nothing is set.
fn unset(item: &Item) -> &'static str {
    match item {
        Item::Setting(field) => field.unset(),
        Item::Trigger(_, TriggerField::Concurrency) => "no limit",
        Item::Trigger(_, TriggerField::Filters) => "none",
        Item::Trigger(..) => "–",
        _ => "(not there)",
    }
}

fn with_unit(item: &Item, value: &str) -> String {
    let counted = |unit: &str| {
        let number = value.parse::<u64>().ok().map(age::count);
        number.map_or_else(|| value.to_owned(), |number| format!("{number}{unit}"))
    };
    if let Some(unit) = item.unit() {
        return counted(&format!(" {unit}"));
    }
    match item {
        Item::Setting(Field::ReservedConcurrency) if value == "0" => "0: nothing runs".to_owned(),
        Item::Setting(Field::ReservedConcurrency)
        | Item::Provisioned(_)
        | Item::Trigger(_, TriggerField::BatchSize | TriggerField::Concurrency) => counted(""),
        Item::Setting(field) if is_list(*field) => {
            let count = entries(value).count();
            format!("{count} {}", if count == 1 { "entry" } else { "entries" })
        }
        _ => value.to_owned(),
    }
}

fn role(item: &Item, value: &str) -> Role {
    match item {
        Item::Setting(Field::ReservedConcurrency) if value == "0" => Role::Error,
        Item::Trigger(_, TriggerField::Enabled) if value == "disabled" => Role::Warn,
        Item::Url(_) if value.starts_with("NONE") => Role::Warn,
        _ => Role::Text,
    }
}

/// Whether a setting is a list whose entries have rows of their own.
pub fn is_list(field: Field) -> bool {
    matches!(field.kind(), Kind::List(_) | Kind::Set(_))
}

/// What one entry of a list is.
pub fn entry_help(field: Field) -> &'static str {
    match field {
        Field::Layers => {
            "ARN of one version of a layer; later ones overwrite files of earlier ones"
        }
        Field::Subnets => "id of a subnet: subnet-…",
        Field::SecurityGroups => "id of a security group: sg-…",
        field => field.help(),
    }
}

/// What a trigger reads.
pub fn trigger(mapping: &EventSourceMapping) -> &str {
    let source = mapping.source.as_ref();
    source.map_or("self-managed", |arn| arn.resource_name())
}

/// The entries of a list, as [`Field::write`] writes it.
pub fn entries(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').filter(|entry| !entry.is_empty())
}

/// What a row takes, for the line at the foot of the form.
pub fn help(item: &Item) -> &'static str {
    match item {
        Item::Setting(field) => field.help(),
        Item::Trigger(_, field) => field.help(),
        Item::Variable(_) => {
            "any text; names and values together at most 4,096 bytes; several lines with e"
        }
        Item::Alias(_) => "a version, and another one with its share: 7, or 7,8=0.1",
        Item::Provisioned(_) => {
            "executions kept ready, billed while they wait; empty gives them back"
        }
        Item::Url(_) => {
            "AWS_IAM or NONE (open to everyone its policy lets in), BUFFERED or \
                         RESPONSE_STREAM"
        }
        Item::Tag(_) => "at most 256 characters; aws: is reserved",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(item: &Item, value: &str) -> String {
        match cell(item, &Side::Plain(value.to_owned())) {
            Cell::Text(text, _) => text,
            Cell::Masked(_) => panic!("{item} is masked"),
        }
    }

    #[test]
    fn numbers_have_their_unit_and_lists_their_count() {
        assert_eq!(shown(&Item::Setting(Field::Memory), "1024"), "1,024 MB");
        assert_eq!(shown(&Item::Setting(Field::Timeout), "30"), "30 s");
        assert_eq!(shown(&Item::Setting(Field::Subnets), "a,b"), "2 entries");
        assert_eq!(
            shown(&Item::Setting(Field::ReservedConcurrency), "0"),
            "0: nothing runs"
        );
    }

    #[test]
    fn hostile_and_endless_values_are_tamed() {
        let item = Item::Tag("x".to_owned());
        assert_eq!(shown(&item, "a\u{1b}[31m\nb"), "a␛[31m␊b");
        let endless = shown(&item, &("a".to_owned() + &"é".repeat(1 << 20) + "z"));
        assert!(
            endless.starts_with('a') && endless.ends_with('z'),
            "{endless}"
        );
        assert_eq!(text::width(&endless), MOST);
    }
}
