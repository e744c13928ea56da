//! The names of saved events: what may become a file name everywhere a project is checked out.

/// Longest name in bytes: leaves room for an extension and a temporary name within the 255 bytes
/// of a file name.
pub const MAX_NAME: usize = 120;

/// Why a name cannot be used. Each says what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is left of it.
    #[error("an event needs a name")]
    Empty,
    /// More than [`MAX_NAME`] bytes.
    #[error("the name has {0} bytes, at most {MAX_NAME} fit a file name")]
    TooLong(usize),
    /// A character that some file system refuses or that cannot be seen.
    #[error("{0:?} cannot stand in the name of an event: it becomes a file name")]
    Character(char),
    /// A leading dot hides the file; a leading `@` is kept for shared events.
    #[error("the name of an event cannot begin with {0:?}")]
    Beginning(char),
    /// White space or a dot at an end.
    #[error("the name of an event cannot begin or end with white space, nor end with a dot")]
    End,
    /// The extension is added by lambdeck.
    #[error("leave out .json: it is added")]
    Extension,
    /// A device name on Windows, with or without an extension.
    #[error("{0} is a reserved file name on Windows, where the project could not be checked out")]
    Reserved(String),
}

/// Whether `name` can be the file name of an event, without its extension.
pub fn check_name(name: &str) -> Result<(), NameError> {
    let Some(first) = name.chars().next() else {
        return Err(NameError::Empty);
    };
    if matches!(first, '.' | '@') {
        return Err(NameError::Beginning(first));
    }
    if name.trim() != name || name.ends_with('.') {
        return Err(NameError::End);
    }
    if let Some(refused) = name.chars().find(|&letter| !is_allowed(letter)) {
        return Err(NameError::Character(refused));
    }
    if name.len() > MAX_NAME {
        return Err(NameError::TooLong(name.len()));
    }
    if name.to_ascii_lowercase().ends_with(".json") {
        return Err(NameError::Extension);
    }
    let stem = name.split('.').next().unwrap_or(name).trim_end();
    if is_reserved(stem) {
        return Err(NameError::Reserved(stem.to_owned()));
    }
    Ok(())
}

fn is_allowed(letter: char) -> bool {
    let invisible = matches!(
        letter,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    );
    !letter.is_control()
        && !invisible
        && !matches!(letter, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
}

fn is_reserved(stem: &str) -> bool {
    let upper = stem.to_ascii_uppercase();
    let numbered = ["COM", "LPT"].iter().any(|device| {
        upper
            .strip_prefix(device)
            .is_some_and(|rest| matches!(rest.as_bytes(), [b'1'..=b'9']))
    });
    numbered || matches!(upper.as_str(), "CON" | "PRN" | "AUX" | "NUL")
}

/// A name that is not yet taken: `wanted` itself, else with the next number: `event`, `event-2`.
/// Names that differ only in case count as equal, as they do on some file systems.
pub fn next_free_name<S: AsRef<str>>(wanted: &str, taken: &[S]) -> String {
    let is_taken = |name: &str| {
        let name = name.to_lowercase();
        taken
            .iter()
            .any(|other| other.as_ref().to_lowercase() == name)
    };
    if !is_taken(wanted) {
        return wanted.to_owned();
    }
    let (stem, number) = split_number(wanted);
    let stem = &stem[..stem.floor_char_boundary(MAX_NAME - 20)];
    (number + 1..=u32::MAX)
        .map(|number| format!("{stem}-{number}"))
        .find(|name| !is_taken(name))
        .unwrap_or_else(|| wanted.to_owned())
}

/// `event-2` is the second `event`.
fn split_number(name: &str) -> (&str, u32) {
    name.rsplit_once('-')
        .and_then(|(stem, digits)| Some((stem, digits.parse().ok()?)))
        .filter(|&(stem, number)| !stem.is_empty() && (2..1_000_000).contains(&number))
        .unwrap_or((name, 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_names_are_fine() {
        for name in [
            "event",
            "happy path",
            "from DLQ 8f0c",
            "größe-2",
            "v1.2",
            "console",
            "a(b)",
        ] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn a_refused_name_says_why() {
        for (name, error) in [
            ("", NameError::Empty),
            (".hidden", NameError::Beginning('.')),
            ("..", NameError::Beginning('.')),
            ("@shared", NameError::Beginning('@')),
            ("a/b", NameError::Character('/')),
            ("a\\b", NameError::Character('\\')),
            ("a\nb", NameError::Character('\n')),
            ("a\u{202e}b", NameError::Character('\u{202e}')),
            (" a", NameError::End),
            ("a ", NameError::End),
            ("a.", NameError::End),
            ("a.JSON", NameError::Extension),
            ("nul", NameError::Reserved("nul".into())),
            ("Com1.x", NameError::Reserved("Com1".into())),
        ] {
            assert_eq!(check_name(name), Err(error), "{name:?}");
        }
        assert_eq!(check_name(&"x".repeat(120)), Ok(()));
        assert_eq!(check_name(&"x".repeat(121)), Err(NameError::TooLong(121)));
    }

    #[test]
    fn the_next_free_name_counts_on() {
        assert_eq!(next_free_name("event", &["other"]), "event");
        assert_eq!(next_free_name("event", &["Event"]), "event-2");
        assert_eq!(next_free_name("event", &["event", "event-2"]), "event-3");
        assert_eq!(next_free_name("event-2", &["event-2"]), "event-3");
        assert_eq!(next_free_name("run-0", &["run-0"]), "run-0-2");
    }

    proptest! {
        #[test]
        fn an_allowed_name_is_one_component_of_a_path(name in "\\PC{0,30}|[./\\\\a: ]{0,6}") {
            if check_name(&name).is_ok() {
                let path = std::path::Path::new("dir").join(format!("{name}.json"));
                prop_assert_eq!(path.components().count(), 2);
                prop_assert_eq!(path.parent(), Some(std::path::Path::new("dir")));
            }
        }

        #[test]
        fn a_free_name_is_free_and_allowed(
            name in "[a-z]{1,3}(-[0-9]{1,2})?|x{118,120}",
            mut taken in prop::collection::vec("[a-c]{1,2}(-[2-4])?", 0..8),
        ) {
            taken.push(name.clone());
            let free = next_free_name(&name, &taken);
            prop_assert!(!taken.contains(&free));
            prop_assert_eq!(check_name(&free), Ok(()));
        }
    }
}
