//! The environment as a `.env` text, there and back.

use super::*;

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, Secret<String>)> {
    let pair =
        |(name, value): &(&str, &str)| ((*name).to_owned(), Secret::new((*value).to_owned()));
    pairs.iter().map(pair).collect()
}

#[test]
fn a_written_text_is_pleasant_to_edit() {
    let variables = pairs(&[
        ("PLAIN", "https://x.example/a?b=c&d=1"),
        ("EMPTY", ""),
        ("BLANK", "two words # no comment"),
        ("PEM", "-----BEGIN\n$x\n-----END\n"),
        ("BOTH", "it's \"$5\" \\ \r\n"),
    ]);
    let text = dotenv::write_below(&["payments-charge", "two\nlines"], &variables);
    assert_eq!(
        text.reveal(),
        "# payments-charge\n# two\n# lines\nPLAIN=https://x.example/a?b=c&d=1\nEMPTY=\n\
         BLANK='two words # no comment'\nPEM='-----BEGIN\n$x\n-----END\n'\n\
         BOTH=\"it's \\\"\\$5\\\" \\\\ \\r\n\"\n"
    );
    assert_eq!(dotenv::parse(text.reveal()).expect("variables"), variables);
    assert_eq!(dotenv::write(&[]).reveal(), "");
    assert!(!format!("{text:?}").contains("BEGIN"));
}

#[test]
fn a_comment_may_stand_behind_nothing() {
    let read = dotenv::parse("AB= # none\nCD=\t# none\nEF=a#b\nGH=#c\nIJ=a\t# note\nKL=' # kept'")
        .expect("variables");
    let values: Vec<&str> = read
        .iter()
        .map(|(_, value)| value.reveal().as_str())
        .collect();
    assert_eq!(values, ["", "", "a#b", "#c", "a", " # kept"]);
}

/// Whatever gets into environments: quotes, ends of lines, blanks at the ends, any letter.
fn value() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,6}",
        Just("\r\n".to_owned()),
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        Just("\t".to_owned()),
        Just(" ".to_owned()),
        Just("'".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just("$".to_owned()),
        Just("#".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("\0\u{1b}\u{85}\u{2028}".to_owned()),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_dotenv_text_keeps_quotes_and_newlines() {
    let text = "\u{feff}# comment\r\nexport PLAIN=one two # note\n\nHASH=a#b\nEMPTY=\nSINGLE='a\\n\"b\" $X'\n\
                DOUBLE=\"line 1\nline 2\\n\\\"q\\\" \\$Y\" # note\n  LAST = spaced\nPLAIN=again";
    let read: Vec<(String, String)> = dotenv::parse(text)
        .expect("variables")
        .into_iter()
        .map(|(name, value)| (name, value.into_inner()))
        .collect();
    let pairs = [
        ("HASH", "a#b"),
        ("EMPTY", ""),
        ("SINGLE", "a\\n\"b\" $X"),
        ("DOUBLE", "line 1\nline 2\n\"q\" $Y"),
        ("LAST", "spaced"),
        ("PLAIN", "again"),
    ];
    assert_eq!(read, pairs.map(|(n, v)| (n.to_owned(), v.to_owned())));
    for (text, line) in [
        ("AB=1\nnothing", 2),
        ("AB='a\nb'\n1X=2", 3),
        ("AB=\"open\n", 1),
        ("AB='a' b", 1),
        ("größe=1", 1),
    ] {
        assert_eq!(
            dotenv::parse(text).expect_err("malformed").line,
            line,
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_exactly(
        variables in proptest::collection::btree_map("[A-Z][A-Z0-9_]{1,8}", value(), 0..6),
        windows in any::<bool>(),
    ) {
        let variables: Vec<(String, Secret<String>)> = variables
            .into_iter()
            .filter(|(name, _)| check_name(name).is_ok())
            .map(|(name, value)| (name, Secret::new(value)))
            .collect();
        let text = dotenv::write_below(&["edit, save, close"], &variables).into_inner();
        // An editor may save the ends of lines of Windows: they are read as plain ones.
        let text = if windows { text.replace('\n', "\r\n") } else { text };
        prop_assert_eq!(dotenv::parse(&text).expect("variables"), variables);
    }
}
