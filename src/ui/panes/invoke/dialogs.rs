//! What the pane asks: names, targets, and before it drops, overwrites, deletes or sends.

use crate::{
    domain::{
        function::Arn,
        invocation::InvocationType,
        saved_event::{EventId, name::check_name, template::TEMPLATES},
        secret::Secret,
    },
    store::{
        Action,
        invoke::{self, FunctionInvokes, NameFor, Qualifiers, Question, Source, Step},
    },
    ui::{
        overlays::{
            ask::Ask,
            confirm::Confirm,
            picker::{Choice, Item, Picker},
        },
        surface::{Surface, View},
    },
};

/// An action of this slice.
pub fn step(function: &Arn, step: Step) -> Action {
    Action::Invoke(invoke::Action::Do(function.clone(), step))
}

/// The overlay that asks a question of the store.
pub fn question(
    function: &Arn,
    invokes: &FunctionInvokes,
    question: &Question,
    view: View<'_>,
) -> Box<dyn Surface> {
    match question {
        Question::Send(payload) => Box::new(send(function, invokes, payload, view)),
        Question::Changed { message, .. } => Box::new(changed(function, message)),
        Question::Name(what, suggestion) => Box::new(name(function, invokes, what, suggestion)),
        Question::Template => Box::new(templates(function)),
        Question::Target => Box::new(target(function, invokes)),
        Question::Qualifier => Box::new(qualifier(function)),
    }
}

/// Before an invoke on a protected session: what exactly will be called.
fn send(
    function: &Arn,
    invokes: &FunctionInvokes,
    payload: &Secret<String>,
    view: View<'_>,
) -> Confirm {
    let session = view.store.sessions.current();
    let settings = &invokes.draft.settings;
    let qualifier = settings.qualifier.as_deref().unwrap_or("unqualified");
    let event = invokes.draft.name().unwrap_or("scratch, not saved");
    let lines = vec![
        format!("call     Invoke ({}), once", settings.kind.as_str()),
        format!("function {} · {qualifier}", invokes.function),
        format!(
            "account  {} · {} · {}",
            session.account().unwrap_or("unknown"),
            session.target.region.as_deref().unwrap_or("no region"),
            session.target.profile_name(),
        ),
        format!("event    {event}, {} bytes", payload.reveal().len()),
        String::new(),
        "This session is protected. It asks again when event, function or qualifier change."
            .to_owned(),
    ];
    Confirm::new(
        "Invoke",
        lines,
        "Invoke",
        vec![step(function, Step::Confirm)],
    )
}

/// The first choice does nothing, as the first button of every dialog.
fn changed(function: &Arn, message: &str) -> Picker {
    let item = |label: &str, detail: &str, then: Step| Item {
        label: label.to_owned(),
        detail: detail.to_owned(),
        key: String::new(),
        choice: Choice::Act(step(function, then)),
    };
    let items = vec![
        item("cancel", message, Step::Dismiss),
        item("reload", "take the file, drop what was typed", Step::Reload),
        item("overwrite", "save over it, then send", Step::Overwrite),
    ];
    Picker::new("Nothing was sent: the file changed", items)
}

fn name(function: &Arn, invokes: &FunctionInvokes, what: &NameFor, suggestion: &str) -> Ask {
    let title = match what {
        NameFor::New(_) => "New event".to_owned(),
        NameFor::SaveAs(_) => "Save the payload as".to_owned(),
        NameFor::Duplicate(id) => format!("Duplicate {}", id.name),
        NameFor::Rename(id) => format!("Rename {}", id.name),
    };
    let place = if invokes.events.project {
        "in .lambdeck/events of this project"
    } else {
        "for you only, in your data directory"
    };
    let hint = match what {
        NameFor::New(_) | NameFor::SaveAs(_) => place.to_owned(),
        NameFor::Duplicate(id) | NameFor::Rename(id) => format!("{} event", id.origin.title()),
    };
    let function = function.clone();
    let dismiss = step(&function, Step::Dismiss);
    Ask::new(title, suggestion, move |name| {
        step(&function, Step::Named(name))
    })
    .hint(hint)
    .checked(|name| check_name(name).err().map(|why| why.to_string()))
    .or_else(dismiss)
}

/// Two things in one list: how it is sent, and to what.
fn target(function: &Arn, invokes: &FunctionInvokes) -> Picker {
    let settings = &invokes.draft.settings;
    let item = |label: String, detail: String, is_now: bool, then: Step| Item {
        label,
        detail,
        key: if is_now {
            "now".to_owned()
        } else {
            String::new()
        },
        choice: Choice::Act(step(function, then)),
    };
    let kinds = [
        (
            InvocationType::RequestResponse,
            "waits for the answer; up to 6 MB",
        ),
        (
            InvocationType::Event,
            "hands it to Lambda's queue; up to 1 MB",
        ),
        (
            InvocationType::DryRun,
            "checks rights and parameters, runs nothing",
        ),
    ];
    let mut items: Vec<Item> = kinds
        .into_iter()
        .map(|(kind, detail)| {
            let is_now = settings.kind == kind;
            item(
                kind.title().to_owned(),
                detail.to_owned(),
                is_now,
                Step::Kind(kind),
            )
        })
        .collect();
    let is = |qualifier: &str| settings.qualifier.as_deref() == Some(qualifier);
    items.push(item(
        "unqualified".to_owned(),
        "$LATEST, and the policies of the function itself".to_owned(),
        settings.qualifier.is_none(),
        Step::Qualify(None),
    ));
    let none = Qualifiers::default();
    let known = invokes.qualifiers.value().unwrap_or(&none);
    for alias in &known.aliases {
        let mut detail = format!("alias of {}", alias.version);
        for (version, weight) in &alias.weights {
            detail.push_str(&format!(" · {:.0} % to {version}", weight * 100.0));
        }
        let then = Step::Qualify(Some(alias.name.clone()));
        items.push(item(alias.name.clone(), detail, is(&alias.name), then));
    }
    for version in known.versions.iter().rev() {
        let then = Step::Qualify(Some(version.version.clone()));
        let detail = if version.description.is_empty() {
            "version".to_owned()
        } else {
            format!("version · {}", version.description)
        };
        items.push(item(
            version.version.clone(),
            detail,
            is(&version.version),
            then,
        ));
    }
    let detail = match invokes.qualifiers.error() {
        Some(error) => format!("the list is not there: {error}"),
        None => "a version or alias that is not in this list".to_owned(),
    };
    items.push(item(
        "another…".to_owned(),
        detail,
        false,
        Step::AskQualifier,
    ));
    Picker::new(format!("Target of {}", invokes.function), items)
}

fn qualifier(function: &Arn) -> Ask {
    let function = function.clone();
    let dismiss = step(&function, Step::Dismiss);
    Ask::new("Version or alias", "", move |text| {
        step(&function, Step::Qualify(Some(text.trim().to_owned())))
    })
    .hint("a number, $LATEST, or the name of an alias")
    .checked(|text| match text.trim().chars().count() {
        0 => Some("a version or an alias, please".to_owned()),
        1..=128 => None,
        _ => Some("at most 128 characters".to_owned()),
    })
    .or_else(dismiss)
}

/// What a new event begins with.
fn templates(function: &Arn) -> Picker {
    let items = TEMPLATES
        .iter()
        .enumerate()
        .map(|(place, template)| Item {
            label: template.title.to_owned(),
            detail: String::new(),
            key: String::new(),
            choice: Choice::Act(step(function, Step::New(place))),
        })
        .collect();
    Picker::new("New event from", items)
}

/// Before a file is deleted.
pub fn delete(function: &Arn, invokes: &FunctionInvokes, id: &EventId) -> Confirm {
    let listed = invokes.events.all().iter().find(|event| event.id == *id);
    let path = match (&invokes.draft.source, listed) {
        (_, Some(event)) => event.path.display().to_string(),
        (Source::Saved { path, .. }, None) => path.display().to_string(),
        (Source::Scratch, None) => id.name.clone(),
    };
    let lines = vec![
        path,
        String::new(),
        "Removes this file and the settings beside it from this machine.".to_owned(),
    ];
    let then = vec![step(function, Step::Delete(id.clone()))];
    Confirm::new(format!("Delete {}", id.name), lines, "Delete", then)
}

/// Before typed text is lost: `what` takes its place.
pub fn drop_text(function: &Arn, invokes: &FunctionInvokes, what: &str, then: Step) -> Confirm {
    let of = invokes.draft.name().unwrap_or("the scratch payload");
    let lines = vec![
        format!("{of} has changes that no file keeps."),
        String::new(),
        format!("{what} drops them; S saves them first."),
    ];
    let then = vec![step(function, then)];
    Confirm::new("Unsaved payload", lines, "Drop them", then)
}
