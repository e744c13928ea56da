//! The forms in which messages come: a JSON value a line, a value over many lines, an answer of
//! `receive-message`, an array. What has the form of none of them is a body, and what only looks
//! like one is refused: taken literally it would be sent as the text of one message, receipt
//! handles and all.

use super::{FIELDS, Place};
use crate::domain::{
    json,
    letter::member::{get, items, members},
};

/// What an answer has beside its messages (the AWS CLI and boto3, the SDK for JavaScript).
const AROUND: [&str; 2] = ["ResponseMetadata", "$metadata"];

/// One message to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub place: Place,
    pub form: Form<'a>,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form<'a> {
    /// A message, by its members.
    Message(Vec<(String, &'a str)>),
    /// A body as it stands.
    Body(&'a str),
}

/// A JSON value of the input.
struct Found<'a> {
    line: usize,
    text: &'a str,
    /// It stands on more than one line.
    spans: bool,
}

/// Takes an input apart. Each value begins on a line of its own.
///
/// # Errors
/// What cannot be read, by its line.
pub(super) fn pieces(input: &str) -> Result<Vec<Piece<'_>>, String> {
    let found = values(input)?;
    let is_alone = found.len() == 1;
    let mut pieces = Vec::with_capacity(found.len());
    for value in found {
        let line = value.line;
        take_apart(&value, is_alone, &mut pieces).map_err(|why| format!("{line}: {why}"))?;
    }
    Ok(pieces)
}

/// The JSON values of an input, each with its line.
fn values(input: &str) -> Result<Vec<Found<'_>>, String> {
    let mut rest = input.strip_prefix('\u{feff}').unwrap_or(input);
    let mut found = Vec::new();
    let mut line = 1;
    while !rest.is_empty() {
        let end = rest.find('\n').map_or(rest.len(), |end| end + 1);
        if rest[..end].trim().is_empty() {
            (rest, line) = (&rest[end..], line + 1);
            continue;
        }
        // As it is written, but for the white space of JSON around it.
        let indented = rest.len();
        rest = rest.trim_start_matches([' ', '\t', '\r']);
        let indent = indented - rest.len();
        let value = json::first_value(rest).map_err(|fault| {
            let (at, why) = (fault.column, fault.message);
            let place = match fault.line {
                1 => format!("column {}", indent + at),
                more => format!("line {}, column {at}", line + more - 1),
            };
            format!("{line}: this is not JSON: {why} at {place}")
        })?;
        let text = &rest[..value];
        let lines = text.matches('\n').count();
        let behind = &rest[value..];
        let end = behind.find('\n').map_or(behind.len(), |end| end + 1);
        if !behind[..end].trim().is_empty() {
            let last = line + lines;
            return Err(format!(
                "{last}: this is not JSON: something stands behind the value; write each on a line of its own"
            ));
        }
        found.push(Found {
            line,
            text,
            spans: lines > 0,
        });
        (rest, line) = (&behind[end..], line + lines + 1);
    }
    Ok(found)
}

fn take_apart<'a>(
    value: &Found<'a>,
    is_alone: bool,
    pieces: &mut Vec<Piece<'a>>,
) -> Result<(), String> {
    let mut put = |form, item| {
        let line = value.line;
        let place = Place { line, item };
        pieces.push(Piece { place, form });
    };
    if let Some(items) = messages_of(value, is_alone)? {
        for (number, item) in (1..).zip(items) {
            let fields = members(item).unwrap_or_default();
            check_message(&fields).map_err(|why| format!("message {number} {why}"))?;
            put(Form::Message(fields), Some(number));
        }
        return Ok(());
    }
    let fields = members(value.text).unwrap_or_default();
    match check_message(&fields) {
        Ok(()) => put(Form::Message(fields), None),
        Err(why) if is_like_message(&fields) => {
            return Err(format!(
                "this looks like a received message, but {why}; if it is a body, write it as the text of {{\"Body\":\"…\"}}"
            ));
        }
        Err(_) if is_record(&fields) => {
            return Err(
                "this is what Lambda makes of SQS messages (receiptHandle, body), not what SQS takes: \
                 write {\"Body\":\"…\"} for each"
                    .to_owned(),
            );
        }
        Err(_) if value.spans => {
            return Err(
                "a body over several lines: write each value on one line (jq -c .)".to_owned(),
            );
        }
        Err(_) => put(Form::Body(value.text), None),
    }
    Ok(())
}

/// The messages of an answer, or of an array of messages; none where a value is neither.
fn messages_of<'a>(value: &Found<'a>, is_alone: bool) -> Result<Option<Vec<&'a str>>, String> {
    let looks_so = |item: &&str| members(item).is_some_and(|fields| is_like_message(&fields));
    if let Some(items) = items(value.text) {
        let bodies = "write its elements one a line (jq -c '.[]'), or, if it is one body, as the \
                      text of {\"Body\":\"…\"}";
        let is_message =
            |item: &&str| members(item).is_some_and(|fields| check_message(&fields).is_ok());
        if items.iter().any(|item| is_message(item) || looks_so(item)) {
            return Ok(Some(items));
        }
        let has_objects = items.iter().any(|item| item.starts_with('{'));
        return if value.spans || (is_alone && has_objects) {
            Err(format!("an array that holds no messages: {bodies}"))
        } else {
            Ok(None)
        };
    }
    let fields = members(value.text).unwrap_or_default();
    if get(&fields, "ReceiveMessageResponse").is_some() {
        return Err(
            "this is an answer of SQS's query protocol: write it as `aws sqs receive-message` does"
                .to_owned(),
        );
    }
    let Some(messages) = get(&fields, "Messages").and_then(items) else {
        return Ok(None);
    };
    let other = fields
        .iter()
        .map(|(name, _)| name.as_str())
        .find(|name| *name != "Messages" && !AROUND.contains(name));
    match other {
        // A body of somebody's own, as long as nothing in it is a message of SQS.
        _ if !messages.is_empty() && !messages.iter().any(looks_so) => Ok(None),
        None => Ok(Some(messages)),
        Some(_) if messages.is_empty() => Ok(None),
        Some(other) => Err(format!(
            "this looks like an answer of receive-message, but has the field {other:?}: write its messages one a line"
        )),
    }
}

/// Whether this is a message: it has a body of text, and nothing that a message has not. Else why
/// it is none.
fn check_message(fields: &[(String, &str)]) -> Result<(), String> {
    let foreign = fields
        .iter()
        .map(|(name, _)| name.as_str())
        .find(|name| !FIELDS.contains(name));
    match (get(fields, "Body"), foreign) {
        (None, _) => Err("has no Body".to_owned()),
        (Some(body), _) if !body.starts_with('"') => Err("has a Body that is no text".to_owned()),
        (_, Some(foreign)) => Err(format!("has the field {foreign:?}, which no message has")),
        _ => Ok(()),
    }
}

/// Whether this is some kind of received message.
fn is_like_message(fields: &[(String, &str)]) -> bool {
    let has = |name: &str| get(fields, name).is_some();
    has("ReceiptHandle") || (has("Body") && (has("MessageId") || has("MD5OfBody")))
}

/// Whether this is a record, or an event, of Lambda's SQS mapping.
fn is_record(fields: &[(String, &str)]) -> bool {
    let is_one = |fields: &[(String, &str)]| {
        get(fields, "receiptHandle").is_some() && get(fields, "body").is_some()
    };
    let records = get(fields, "Records").and_then(items).unwrap_or_default();
    is_one(fields)
        || records
            .first()
            .and_then(|record| members(record))
            .is_some_and(|record| is_one(&record))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Place and what it is: `m` and its body, or `b` and the text.
    fn read(input: &str) -> Vec<(String, String)> {
        let pieces = pieces(input).expect(input);
        let shown = |piece: &Piece<'_>| match &piece.form {
            Form::Message(fields) => format!("m{}", get(fields, "Body").expect("a body")),
            Form::Body(text) => format!("b{text}"),
        };
        pieces
            .iter()
            .map(|piece| (piece.place.to_string(), shown(piece)))
            .collect()
    }

    fn refused(input: &str) -> String {
        pieces(input).expect_err(input)
    }

    fn expected(pieces: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(place, what): &(&str, &str)| ((*place).to_owned(), (*what).to_owned());
        pieces.iter().map(owned).collect()
    }

    const ONE: &str =
        r#"{"MessageId":"m-1","ReceiptHandle":"h-1","MD5OfBody":"x","Body":"{\"order\":1}"}"#;

    #[test]
    fn an_answer_of_receive_message_is_its_messages_on_one_line_or_on_many() {
        let wanted = expected(&[("1.1", r#"m"{\"order\":1}""#)]);
        assert_eq!(read(&format!("{{\"Messages\":[{ONE}]}}\n")), wanted);
        assert_eq!(
            read(&format!(
                "{{\n    \"Messages\": [\n        {ONE}\n    ]\n}}\n"
            )),
            wanted
        );
        let boto =
            format!("{{\"Messages\":[{ONE}],\"ResponseMetadata\":{{\"HTTPStatusCode\":200}}}}");
        assert_eq!(read(&boto), wanted);
        assert_eq!(read("{\"Messages\":[]}"), []);
        let two = format!("{{\"Messages\":[{ONE},{ONE}]}}\n\n{{\"Messages\":[{ONE}]}}");
        let places: Vec<String> = read(&two).into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, ["1.1", "1.2", "3.1"]);
    }

    #[test]
    fn an_export_may_be_pretty_or_an_array() {
        let pretty = "{\n  \"MessageId\": \"a\",\n  \"Body\": \"1\"\n}\n{\n  \"MessageId\": \"b\",\n  \"Body\": \"2\"\n}\n";
        assert_eq!(read(pretty), expected(&[("1", "m\"1\""), ("5", "m\"2\"")]));
        let array = "[{\"Body\":\"1\"},\n {\"Body\":\"2\"}]";
        assert_eq!(
            read(array),
            expected(&[("1.1", "m\"1\""), ("1.2", "m\"2\"")])
        );
        assert_eq!(
            read(&format!("\u{feff}{array}\r\n")),
            read(array),
            "a byte order mark and Windows' ends of lines say nothing"
        );
    }

    #[test]
    fn a_value_on_a_line_that_looks_like_nothing_else_is_a_body() {
        for text in [
            r#"{"order":  "o-1"}"#,
            r#"{"Body":"b","order":1}"#,
            r#"{"Body":{"a":1}}"#,
            r#"{"Messages":["hello"]}"#,
            r#"{"Messages":[],"page":2}"#,
            r#"{"Records":[{"eventSource":"aws:s3"}]}"#,
            "[1,2]",
            "[]",
            r#""text""#,
        ] {
            let body = format!("b{text}");
            assert_eq!(read(&format!("  {text} \r\n")), expected(&[("1", &body)]));
        }
        // Several arrays, one a line, are bodies.
        assert_eq!(read("[{\"a\":1}]\n[{\"a\":2}]").len(), 2);
    }

    #[test]
    fn what_only_looks_like_a_message_is_refused_with_the_reason() {
        for (input, why) in [
            (r#"{"MessageId":"m","ReceiptHandle":"h"}"#, "has no Body"),
            (
                r#"{"MessageId":"m","Body":{"a":1}}"#,
                "a Body that is no text",
            ),
            (
                r#"{"ReceiptHandle":"h","Body":"b","Queue":"q"}"#,
                "\"Queue\"",
            ),
            (
                r#"{"Messages":[{"MessageId":"m","ReceiptHandle":"h"}]}"#,
                "message 1 has no Body",
            ),
            (
                r#"{"Messages":[{"MessageId":"m","Body":"b"}],"Next":"t"}"#,
                "\"Next\"",
            ),
            (
                r#"[{"MessageId":"m","Body":"b"},{"order":1}]"#,
                "message 2 has no Body",
            ),
            (
                r#"[{"order":1},{"order":2}]"#,
                "an array that holds no messages",
            ),
            ("[\n  1\n]", "an array that holds no messages"),
            ("{\n  \"order\": 1\n}", "over several lines"),
            (r#"{"ReceiveMessageResponse":{}}"#, "query protocol"),
            (
                r#"{"messageId":"m","receiptHandle":"h","body":"b"}"#,
                "receiptHandle",
            ),
            (
                r#"{"Records":[{"messageId":"m","receiptHandle":"h","body":"b"}]}"#,
                "receiptHandle",
            ),
        ] {
            let error = refused(input);
            assert!(
                error.starts_with("1: ") && error.contains(why),
                "{input}: {error}"
            );
        }
    }

    #[test]
    fn a_fault_is_named_by_its_line() {
        for (input, why) in [
            ("{}\n\n{", "3: this is not JSON: EOF"),
            (
                "1 2",
                "1: this is not JSON: something stands behind the value",
            ),
            (
                "{\"a\":1,\n}",
                "1: this is not JSON: a trailing comma: JSON has none before } at column 7",
            ),
            (
                "{}\n{\"a\":\n  // note\n1}",
                "2: this is not JSON: a comment: JSON has none at line 3, column 3",
            ),
            (
                "{\"a\": 1} // note",
                "1: this is not JSON: something stands behind",
            ),
            ("{'a':1}", "1: this is not JSON: a single quote"),
        ] {
            let error = refused(input);
            assert!(error.starts_with(why), "{input}: {error}");
        }
    }
}
