//! Reads a keymap file: bindings with everything wrong in it collected.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use crokey::KeyCombination;
use toml::Spanned;
use toml::de::DeValue;

use super::keys;
use crate::command::{self, Class, CommandSpec, Context};
use crate::settings::{Document, Problem, entries};

/// The name that unbinds a key.
const NONE: &str = "none";

/// One line of a keymap file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) context: Context,
    pub(super) keys: Vec<KeyCombination>,
    /// The first one offered runs; empty: the key does nothing.
    pub(super) commands: Vec<&'static CommandSpec>,
}

/// Reads the bindings of a file in its order; what is wrong is left out and reported.
pub(super) fn parse(file: &Path, text: &str) -> (Vec<Binding>, Vec<Problem>) {
    let (document, table) = Document::parse(file, text);
    let mut reader = Reader {
        document,
        bindings: Vec::new(),
        seen: HashMap::new(),
    };
    for (key, value) in entries(&table) {
        let name = key.get_ref().as_ref();
        match (Context::from_name(name), value.get_ref().as_table()) {
            (Some(context), Some(section)) => {
                for (key, value) in entries(section) {
                    reader.binding(context, key.get_ref(), key.span(), value);
                }
            }
            (Some(_), None) => reader.document.report_type(value, "a section of keys"),
            (None, _) if name == "extends" => reader.extends(value),
            (None, _) => {
                let contexts = Context::ALL.iter().map(|c| c.name());
                reader
                    .document
                    .report_unknown(key.span(), "context", name, contexts);
            }
        }
    }
    (reader.bindings, reader.document.into_problems())
}

struct Reader<'t> {
    document: Document<'t>,
    bindings: Vec<Binding>,
    /// Where a sequence was bound first, by context.
    seen: HashMap<(Context, Vec<KeyCombination>), Range<usize>>,
}

impl Reader<'_> {
    fn extends(&mut self, value: &Spanned<DeValue<'_>>) {
        match value.get_ref().as_str() {
            Some("default") => {}
            Some(other) => self
                .document
                .report_unknown(value.span(), "keymap", other, ["default"]),
            None => self
                .document
                .report_type(value, "the name of a keymap: \"default\""),
        }
    }

    fn binding(
        &mut self,
        context: Context,
        text: &str,
        at: Range<usize>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let keys = match keys::parse_sequence(text) {
            Ok(keys) => keys,
            Err(message) => return self.document.report(at, message),
        };
        let Some(commands) = self.commands(context, value) else {
            return;
        };
        if let Some(message) = refusal(context, &keys, &commands) {
            return self.document.report(at, message);
        }
        if let Some(message) = self.conflict(context, text, &keys) {
            return self.document.report(at, message);
        }
        if let Some((key, instead)) = keys
            .iter()
            .find_map(|key| Some((*key, keys::sent_instead(*key)?)))
            && !commands.is_empty()
        {
            let key = keys::format_sequence(&[key]);
            self.document.report(
                at.clone(),
                format!("most terminals send {key:?} as {instead:?}, so this works in few of them"),
            );
        }
        self.seen.insert((context, keys.clone()), at);
        self.bindings.push(Binding {
            context,
            keys,
            commands,
        });
    }

    /// The commands of a value; `None` when nothing usable stands there.
    fn commands(
        &mut self,
        context: Context,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Vec<&'static CommandSpec>> {
        const WANTED: &str = "a command, or a list of commands of which the first one offered runs";
        match value.get_ref() {
            DeValue::String(name) if name == NONE => Some(Vec::new()),
            DeValue::String(name) => Some(vec![self.command(context, name, value.span())?]),
            DeValue::Array(list) => {
                let mut commands = Vec::new();
                for item in list {
                    match item.get_ref().as_str() {
                        Some(name) => commands.extend(self.command(context, name, item.span())),
                        None => self.document.report_type(item, "a command"),
                    }
                }
                (!commands.is_empty()).then_some(commands)
            }
            _ => {
                self.document.report_type(value, WANTED);
                None
            }
        }
    }

    fn command(
        &mut self,
        context: Context,
        name: &str,
        at: Range<usize>,
    ) -> Option<&'static CommandSpec> {
        let Some(spec) = command::find(name) else {
            self.document
                .report_unknown(at, "command", name, command::all().map(|spec| spec.id));
            return None;
        };
        if context.is_pane()
            && !spec.contexts.contains(&context)
            && spec.contexts.iter().all(|c| c.is_pane())
        {
            let pane = context.name();
            self.document
                .report(at, format!("{name:?} is never offered in [{pane}]"));
            return None;
        }
        Some(spec)
    }

    /// Whether an earlier line of this context leaves no room for these keys.
    fn conflict(&self, context: Context, text: &str, keys: &[KeyCombination]) -> Option<String> {
        let same = self.seen.get(&(context, keys.to_vec()));
        if let Some(earlier) = same {
            let line = self.document.line_of(earlier.start);
            return Some(format!(
                "{text:?} is the same key as in line {line}, which counts"
            ));
        }
        let (earlier, at) = self.seen.iter().find(|((other, earlier), _)| {
            *other == context && (keys.starts_with(earlier) || earlier.starts_with(keys))
        })?;
        let (earlier, line) = (
            keys::format_sequence(&earlier.1),
            self.document.line_of(at.start),
        );
        Some(if keys.len() > earlier.split(' ').count() {
            format!("{text:?} can never be typed: {earlier:?} in line {line} acts before")
        } else {
            format!("{text:?} would hide {earlier:?} in line {line}, which counts")
        })
    }
}

/// Why a key may not be bound to these commands, whatever else is in the file.
fn refusal(
    context: Context,
    keys: &[KeyCombination],
    commands: &[&'static CommandSpec],
) -> Option<String> {
    let first = *keys.first()?;
    if context == Context::Input && keys::is_printable(first) {
        return Some("a key that types a character is always text in [input]".to_owned());
    }
    if context == Context::Dialog
        && keys::is_printable(first)
        && commands.iter().any(|spec| spec.id == "dialog.press")
    {
        return Some(
            "no letter and no space presses a button; use enter or another key".to_owned(),
        );
    }
    if let [key] = keys
        && keys::is_bare_enter_or_space(*key)
        && let Some(spec) = commands.iter().find(|spec| spec.class == Class::Destroy)
    {
        return Some(format!(
            "{:?} cannot be undone, so it may not stand on a bare enter or space",
            spec.id
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_undone_does_not_stand_on_enter_or_space() {
        static PURGE: CommandSpec = CommandSpec {
            id: "dlq.purge",
            title: "purge",
            doc: "Deletes every letter.",
            contexts: &[Context::List],
            class: Class::Destroy,
            needs_function: false,
        };
        for (text, refused) in [
            ("enter", true),
            ("space", true),
            ("ctrl-enter", false),
            ("D", false),
            ("space D", false),
        ] {
            let keys = keys::parse_sequence(text).unwrap();
            assert_eq!(
                refusal(Context::List, &keys, &[&PURGE]).is_some(),
                refused,
                "{text}"
            );
            assert_eq!(
                refusal(Context::List, &keys, &[]),
                None,
                "{text} may be unbound"
            );
        }
    }
}
