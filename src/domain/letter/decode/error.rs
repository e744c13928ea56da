//! What failed, read from the texts that origins keep of it.

use super::{ErrorSource, LetterError};

/// The longest name that is taken for an exception's.
const LONGEST_KIND: usize = 80;

/// What the endings of exception names are.
const ENDINGS: &[&str] = &["Error", "Exception", "Fault", "Failure", "Timeout", "Panic"];

/// CamelCase words that stand before a colon and are no exceptions.
const LABELS: &[&str] = &[
    "RequestId",
    "RequestID",
    "StatusCode",
    "ErrorCode",
    "ErrorMessage",
];

/// An error of attributes; none if both are missing.
pub(super) fn of(code: Option<&str>, message: Option<&str>) -> Option<LetterError> {
    let (told, message) = match message {
        Some(text) => split(without_request(text)),
        None => (None, code.map(str::to_owned)?),
    };
    let inferred = (told.is_none() && is_key(&message)).then(|| "KeyError".to_owned());
    Some(LetterError {
        code: code.map(str::to_owned),
        is_kind_inferred: inferred.is_some(),
        kind: told.or(inferred),
        message,
        source: ErrorSource::Letter,
    })
}

/// Without the `RequestId: <id> Error: ` that Lambda writes before its own errors (a timeout, a
/// runtime that exited): the letter has the id as an attribute, and it tells no error apart.
fn without_request(text: &str) -> &str {
    text.strip_prefix("RequestId: ")
        .and_then(|rest| rest.split_once(" Error: "))
        .filter(|(id, error)| !id.contains(char::is_whitespace) && !error.is_empty())
        .map_or(text, |(_, error)| error)
}

/// An exception's name before a message and the message without it, where there is one.
fn split(text: &str) -> (Option<String>, String) {
    match text.split_once(": ") {
        Some((kind, rest)) if is_kind(kind) => (Some(kind.to_owned()), rest.to_owned()),
        _ => (None, text.to_owned()),
    }
}

/// Whether a message is a quoted name and nothing else. Python's `KeyError` is the one exception
/// whose text is only the key that was missing, as `repr` writes it; Lambda keeps that text without
/// the type (`CPython`, `KeyError.__str__`).
fn is_key(message: &str) -> bool {
    let name = message
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    name.is_some_and(|name| {
        let is_plain = |c: char| !c.is_control() && c != '\'';
        !name.is_empty() && name.len() <= LONGEST_KIND && name.chars().all(is_plain)
    })
}

/// Whether a word looks like the type of an exception: `KeyError`, `CardDeclined`,
/// `botocore.exceptions.ClientError`, `Error`.
fn is_kind(word: &str) -> bool {
    let name = word.rsplit(['.', '$', ':']).next().unwrap_or(word);
    let is_name = word.len() <= LONGEST_KIND
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b':'));
    if !is_name || !name.starts_with(|first: char| first.is_ascii_uppercase()) {
        return false;
    }
    let bytes = name.as_bytes();
    let humps = bytes
        .windows(2)
        .filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
        .count();
    ENDINGS.iter().any(|ending| name.ends_with(ending)) || humps > 0 && !LABELS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_before_the_message_is_its_kind() {
        for (text, kind, message) in [
            ("KeyError: 'amount'", Some("KeyError"), "'amount'"),
            (
                "CardDeclined: card declined for o-8812",
                Some("CardDeclined"),
                "card declined for o-8812",
            ),
            (
                "botocore.exceptions.ClientError: denied",
                Some("botocore.exceptions.ClientError"),
                "denied",
            ),
            ("Error: no", Some("Error"), "no"),
            (
                "Task timed out after 3.00 seconds",
                None,
                "Task timed out after 3.00 seconds",
            ),
            ("Warning: low", None, "Warning: low"),
            ("could not: reach", None, "could not: reach"),
            ("order o-1: KeyError: x", None, "order o-1: KeyError: x"),
            ("", None, ""),
        ] {
            let error = of(Some("200"), Some(text)).expect("an error");
            assert_eq!(
                (error.kind.as_deref(), error.message.as_str()),
                (kind, message)
            );
            assert_eq!(error.headline(), text, "the headline is what was read");
        }
    }

    #[test]
    fn a_key_alone_is_what_pythons_key_error_says() {
        let error = of(Some("200"), Some("'amount'")).expect("an error");
        assert_eq!(error.headline(), "KeyError: 'amount'");
        assert!(error.is_kind_inferred, "nobody told it");
        let told = of(Some("200"), Some("KeyError: 'amount'")).expect("an error");
        assert!(!told.is_kind_inferred);
        for text in [
            "amount",
            "'amount' is missing",
            "''",
            "'",
            "'a' or 'b'",
            "'a\nb'",
        ] {
            let error = of(Some("200"), Some(text)).expect("an error");
            assert_eq!(
                (error.kind, error.is_kind_inferred),
                (None, false),
                "{text}"
            );
        }
    }

    #[test]
    fn the_request_in_front_of_lambdas_own_errors_is_left_out() {
        for (text, headline) in [
            (
                "RequestId: 8f0c1f7a-93a4-4b1e-8a0e-0d5ffb7be1d2 Error: Task timed out after 3.00 seconds",
                "Task timed out after 3.00 seconds",
            ),
            (
                "RequestId: 8f0c Error: Runtime exited with error: signal: killed",
                "Runtime exited with error: signal: killed",
            ),
            ("RequestId: 8f0c Error: ", "RequestId: 8f0c Error: "),
            ("RequestId: a b Error: c", "RequestId: a b Error: c"),
            (
                "see RequestId: 8f0c Error: c",
                "see RequestId: 8f0c Error: c",
            ),
        ] {
            let error = of(Some("200"), Some(text)).expect("an error");
            assert_eq!(error.headline(), headline);
        }
    }

    #[test]
    fn a_code_alone_is_an_error_too() {
        let error = of(Some("SDK_CLIENT_ERROR"), None).expect("an error");
        assert_eq!(error.headline(), "SDK_CLIENT_ERROR");
        assert_eq!(of(None, None), None);
    }
}
