//! What only the words of a failure tell: the action that is missing, and whether a connection
//! stood.

use crate::ports::Operation;

/// The action after «is not authorized to perform: », if it has the form of one.
pub(super) fn denied_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("not authorized to perform: ")?;
    let action = rest
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'))
        .next()?
        .trim_end_matches('.');
    let (service, name) = action.split_once(':')?;
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'*'))
    };
    (plain(service) && plain(name)).then_some(action)
}

/// The right to a queue's key that a denial by KMS is about, where its words do not name one: a
/// send makes a data key, everything else only reads with one (SQS developer guide, «Configure
/// KMS permissions»).
pub(super) fn key_action(operation: Operation, code: &str) -> Option<&'static str> {
    match (operation, code) {
        (Operation::SendMessageBatch, "KMS.AccessDeniedException" | "KmsAccessDenied") => {
            Some("kms:GenerateDataKey")
        }
        (_, "KMS.AccessDeniedException" | "KmsAccessDenied") => Some("kms:Decrypt"),
        _ => None,
    }
}

/// Whether the words of a failure say that no connection stood, so that nothing was sent.
pub(super) fn never_connected(text: &str) -> bool {
    [
        "(Connect)",
        "HTTP connect",
        "dns error",
        "failed to lookup address",
        "tcp connect error",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

/// Why there was no connection, in one line.
pub(super) fn connection_failure(text: &str) -> String {
    let has = |needles: &[&str]| needles.iter().any(|needle| text.contains(needle));
    if has(&["dns error", "failed to lookup address"]) {
        "the host name could not be resolved".to_owned()
    } else if has(&["HTTP connect"]) {
        "no connection within 3.1 s".to_owned()
    } else if has(&["refused"]) {
        "the connection was refused: nothing listens there".to_owned()
    } else if has(&["certificate", "tls", "TLS", "handshake", "corrupt message"]) {
        let cause = text.rsplit(": ").next().unwrap_or(text);
        format!("no secure connection: {cause}")
    } else {
        let cause = text.rsplit(": ").next().unwrap_or(text);
        format!("no connection: {cause}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_denied_action_is_read_from_every_known_text() {
        let because = "User: arn:aws:iam::1:user/x is not authorized to perform: \
            lambda:ListFunctions on resource: * because no identity-based policy allows it";
        assert_eq!(denied_action(because), Some("lambda:ListFunctions"));
        let lower = "User: x is not authorized to perform: sqs:getqueueattributes on resource: y";
        assert_eq!(denied_action(lower), Some("sqs:getqueueattributes"));
        let kms = "Lambda was unable to decrypt. KMS Message: User: x is not authorized to \
            perform: kms:Decrypt.";
        assert_eq!(denied_action(kms), Some("kms:Decrypt"));
        for odd in [
            "",
            "not authorized to perform: ",
            "not authorized to perform: \u{1b}[2J:x",
        ] {
            assert_eq!(denied_action(odd), None, "{odd:?}");
        }
    }

    /// As hyper and the SDK word them; the wire tests see the ones that loopback can give.
    #[test]
    fn only_what_found_no_connection_was_certainly_not_sent() {
        for text in [
            "dispatch failure: io error: client error (Connect): dns error: failed to lookup \
             address information: Name or service not known",
            "dispatch failure: io error: client error (Connect): tcp connect error: Connection \
             refused (os error 111)",
            "dispatch failure: timeout: error trying to connect: HTTP connect timeout occurred \
             after 3.1s",
        ] {
            assert!(never_connected(text), "{text}");
        }
        for text in [
            "dispatch failure: io error: client error (SendRequest): connection closed before \
             message completed",
            "dispatch failure: io error: client error (SendRequest): connection error: Connection \
             reset by peer (os error 104)",
            "dispatch failure: timeout: HTTP read timeout occurred after 5s",
            "dispatch failure: other: something new",
        ] {
            assert!(!never_connected(text), "{text}");
        }
    }
}
