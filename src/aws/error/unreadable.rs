//! Answers that are none of AWS's: too long, cut off, a page of some proxy, a redirect. What came
//! is named, so that its reader finds out who sent it.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use http_body_util::LengthLimitError;

use super::{chain, find};
use crate::{
    aws::http,
    domain::age,
    ports::{ApiError, ErrorKind, Operation},
};

/// Characters of a header that are repeated in a message.
const HEADER: usize = 80;

/// Something came back that is no whole answer of AWS.
pub(super) fn answer(
    operation: Operation,
    error: &(dyn Error + 'static),
    response: &HttpResponse,
) -> ApiError {
    const CUT: [&str; 7] = [
        "IncompleteMessage",
        "connection closed",
        "connection reset",
        "reading a body",
        "unexpected end of file",
        "end of file before message",
        "streaming error",
    ];
    let status = response.status().as_u16();
    if find::<LengthLimitError>(error).is_some() {
        let longest = match http::ceiling(operation, status) {
            bytes @ ..1_048_576 => format!("{} KB", bytes >> 10),
            bytes => format!("{} MB", bytes >> 20),
        };
        return ApiError::new(
            operation,
            ErrorKind::Unreadable,
            format!(
                "the answer (HTTP {status}) is longer than {longest}, which none of AWS is: the \
                 rest was not read"
            ),
        );
    }
    let text = chain(error);
    if CUT.iter().any(|sign| text.contains(sign)) {
        return ApiError::new(
            operation,
            ErrorKind::Interrupted,
            "the connection broke in the middle of the answer",
        );
    }
    tracing::debug!(operation = operation.spec().name, text, "not understood");
    ApiError::new(operation, ErrorKind::Unreadable, unexplained(response))
}

/// What came, when AWS would have said more.
pub(super) fn unexplained(response: &HttpResponse) -> String {
    let status = response.status().as_u16();
    if is_redirect(status) {
        let to = response.headers().get("location").and_then(host);
        let to = to.map_or_else(String::new, |host| format!(" to {host}"));
        return format!("HTTP {status}, a redirect{to}: it was not followed");
    }
    let what = content(response);
    if is_good(status) {
        return format!("HTTP {status} came with {what}: that is no answer of AWS");
    }
    format!("HTTP {status} without an explanation ({what})")
}

/// Whether a status without a failure's code says that no server of AWS spoke.
pub(super) const fn is_foreign(status: u16) -> bool {
    is_good(status) || is_redirect(status)
}

const fn is_good(status: u16) -> bool {
    matches!(status, 200..=299)
}

const fn is_redirect(status: u16) -> bool {
    matches!(status, 300..=399)
}

/// The host that an address leads to; the whole of one that has none.
fn host(location: &str) -> Option<String> {
    let rest = location.split_once("//").map_or(location, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // A name and a password are nobody's business.
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = if host.is_empty() { rest } else { host };
    (!host.is_empty()).then(|| short(host))
}

/// Type and length of what came.
fn content(response: &HttpResponse) -> String {
    let kind = response.headers().get("content-type");
    let kind = kind.map_or_else(|| "no content type".to_owned(), short);
    match response.body().bytes().map(<[u8]>::len) {
        Some(0) => format!("{kind}, empty"),
        Some(length) => format!("{kind}, {}", age::bytes(length as u64)),
        None => kind,
    }
}

fn short(text: &str) -> String {
    text.chars().take(HEADER).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_redirect_only_the_host_is_told() {
        for (location, expected) in [
            (
                "https://login.example.com/sso?token=secret",
                "login.example.com",
            ),
            ("http://user:secret@example.com:8443", "example.com:8443"),
            ("//example.com/x", "example.com"),
            ("/elsewhere", "/elsewhere"),
        ] {
            assert_eq!(host(location).as_deref(), Some(expected), "{location}");
        }
        assert_eq!(host(""), None);
        assert_eq!(
            host(&"x".repeat(5_000)).map(|host| host.len()),
            Some(HEADER)
        );
    }
}
