//! The language of assignments: `memory=512 env.LOG_LEVEL=debug -env.OLD description=`. Beside
//! settings and variables there are `trigger.orders.batch_size=5`, `alias.live=7,8=0.1`, `provisioned.live=5`,
//! `url.live=AWS_IAM`, `tag.team=payments` and `publish=DESCRIPTION`.
//!
//! A trigger is named by its UUID or by what it reads;
//! [`Draft::with_uuids`](super::Draft::with_uuids) finds which one that is.

use super::{Draft, Field, Item, LATEST, TriggerField, environment::check_name, write::check_tag};

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("argument {}, character {}: {message}", .argument + 1, .at + 1)]
pub struct Malformed {
    /// Which assignment, counted from 0.
    pub argument: usize,
    /// Where in it, in characters from 0.
    pub at: usize,
    /// What, without the value of a variable.
    pub message: String,
}

/// What an assignment is about.
enum Subject {
    Item(Item),
    Publish,
}

/// Reads assignments, one text each, so that values may contain blanks. `-NAME` unsets. `NAME=` does
/// too, except that `env.NAME=` and `tag.KEY=` set an empty value.
///
/// # Errors
/// The first that cannot be read, or that contradicts an earlier one.
pub fn parse<S: AsRef<str>>(assignments: &[S]) -> Result<Draft, Malformed> {
    let mut draft = Draft::default();
    for (argument, text) in assignments.iter().enumerate() {
        assign(&mut draft, text.as_ref()).map_err(|(at, message)| Malformed {
            argument,
            at,
            message,
        })?;
    }
    Ok(draft)
}

fn assign(draft: &mut Draft, text: &str) -> Result<(), (usize, String)> {
    let (name, value, begin) = if let Some(name) = text.strip_prefix('-') {
        (name, None, 1)
    } else if let Some((name, value)) = text.split_once('=') {
        (name, Some(value), 0)
    } else {
        let end = text.chars().count();
        return Err((end, "expected name=value, or -name to unset".to_owned()));
    };
    let at_value = if value.is_some() {
        name.chars().count() + 1
    } else {
        begin
    };
    let subject = subject(name).map_err(|(at, message)| (begin + at, message))?;
    let was_said = || (begin, format!("{name} was said before"));
    match (subject, value) {
        (Subject::Publish, None) => Err((begin, "there is nothing to unset".to_owned())),
        (Subject::Publish, Some(description)) => {
            let before = draft.publish.replace(description.to_owned());
            before.map_or(Ok(()), |_| Err(was_said()))
        }
        (Subject::Item(item), value) => {
            if draft.side(&item).is_some() {
                return Err(was_said());
            }
            let done = match value {
                Some(value) => draft.set(&item, value),
                None => draft.unset(&item),
            };
            done.map_err(|problem| (at_value, format!("{name} {}", problem.message)))
        }
    }
}

/// What a name stands for. The place of an error is counted in characters of the name.
fn subject(name: &str) -> Result<Subject, (usize, String)> {
    let chars = |text: &str| text.chars().count();
    let Some((kind, rest)) = name.split_once('.') else {
        return match name {
            "publish" => Ok(Subject::Publish),
            "url" => Ok(Subject::Item(Item::Url(LATEST.to_owned()))),
            _ => Field::named(name)
                .map(|field| Subject::Item(Item::Setting(field)))
                .ok_or_else(|| (0, unknown(name))),
        };
    };
    let at_rest = chars(kind) + 1;
    if rest.is_empty() {
        return Err((at_rest, format!("{kind}. of what?")));
    }
    let owned = || rest.to_owned();
    let item = match kind {
        "env" => {
            check_name(rest).map_err(|rule| (at_rest, rule))?;
            Item::Variable(owned())
        }
        "tag" => {
            check_tag(rest, "").map_err(|rule| (at_rest, rule))?;
            Item::Tag(owned())
        }
        "alias" => Item::Alias(owned()),
        "provisioned" => Item::Provisioned(owned()),
        "url" => Item::Url(owned()),
        // The name of a queue may contain dots: the field is behind the last one.
        "trigger" => {
            let (trigger, field) = rest.rsplit_once('.').unwrap_or((rest, ""));
            let known = TriggerField::named(field).ok_or_else(|| {
                let names: Vec<&str> = TriggerField::ALL
                    .into_iter()
                    .map(TriggerField::name)
                    .collect();
                let at = at_rest + chars(rest) - chars(field);
                (at, format!("a trigger has {}", names.join(", ")))
            })?;
            if trigger.is_empty() {
                return Err((at_rest, "trigger. of what?".to_owned()));
            }
            Item::Trigger(trigger.to_owned(), known)
        }
        _ => return Err((0, unknown(name))),
    };
    Ok(Subject::Item(item))
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = Field::ALL.into_iter().map(Field::name).collect();
    format!(
        "there is no setting {name:?}; there are {}, env.NAME, trigger.NAME.FIELD, alias.NAME, \
         provisioned.NAME, url, url.ALIAS, tag.KEY and publish",
        names.join(", ")
    )
}
