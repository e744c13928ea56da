//! Bytes of a file as text: nothing but UTF-8 is read, and what it is instead is named.

/// The text.
///
/// # Errors
/// What the bytes are, and what to do.
pub fn text(bytes: Vec<u8>) -> Result<String, &'static str> {
    String::from_utf8(bytes).map_err(|error| kind(error.as_bytes()))
}

/// What bytes are that are not UTF-8.
pub const fn kind(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            "is UTF-16, not UTF-8 text (by its byte order mark): save it as UTF-8"
        }
        _ => "is not UTF-8 text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_utf_8_is_named() {
        assert_eq!(text(b"\xc3\xa9".to_vec()).as_deref(), Ok("\u{e9}"));
        let named = |bytes: &[u8]| text(bytes.to_vec()).expect_err("is no text");
        assert!(named(b"\xff\xfe{\0}\0").contains("UTF-16"));
        assert!(named(b"\xfe\xff\0{\0}").contains("UTF-16"));
        assert_eq!(named(b"{\xff}"), "is not UTF-8 text");
    }
}
