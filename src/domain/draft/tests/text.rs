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
}

fn read(text: &str) -> Vec<(String, String)> {
    let variables = dotenv::parse(text).expect(text).into_iter();
    variables
        .map(|(name, value)| (name, value.into_inner()))
        .collect()
}

/// The forms that dotenv's readers know: python-dotenv, dotenv for Node, docker compose.
#[test]
fn every_quote_of_dotenv_is_read() {
    for (text, value) in [
        ("TOKEN=`it's \"x\" #1`", "it's \"x\" #1"),
        ("TOKEN=`a\\n $X`  # note", "a\\n $X"),
        ("TOKEN=`line 1\nline 2`", "line 1\nline 2"),
        ("TOKEN='line 1\n# line 2'#note", "line 1\n# line 2"),
        ("TOKEN=\"line 1\nline 2\"", "line 1\nline 2"),
        ("export\tTOKEN = \"`'\"", "`'"),
        ("export  TOKEN=a b", "a b"),
        ("TOKEN=\"\\d\\\\ \\t\"", "\\d\\ \t"),
        ("TOKEN=it's `a` \"b\"", "it's `a` \"b\""),
        ("TOKEN=\"a\r\"", "a\r"),
        ("TOKEN=a=b", "a=b"),
        ("TOKEN=${OTHER}", "${OTHER}"),
        ("TOKEN=``", ""),
    ] {
        let wanted = ("TOKEN".to_owned(), value.to_owned());
        let read = read(&format!("{text}\r\nLAST=1\r\n"));
        assert_eq!(
            read,
            [wanted, ("LAST".to_owned(), "1".to_owned())],
            "{text}"
        );
    }
}

#[test]
fn what_is_not_understood_is_refused_with_its_place() {
    for (text, line, column, why) in [
        ("AB=1\nnothing", 2, 1, "NAME=value"),
        ("AB=1\n  export nothing", 2, 10, "NAME=value"),
        ("AB='a\nb'\n1X=2", 3, 1, "begins with a letter"),
        ("AB=\"open\n", 1, 4, "not closed"),
        ("AB=1\nCD= `open\n\n", 2, 5, "not closed"),
        ("AB='a' b", 1, 8, "behind"),
        ("AB=\"gr\u{fc}n\"x", 1, 10, "behind"),
        ("AB='it\\'s'", 1, 9, "escapes nothing"),
        ("AB=`a`b`", 1, 7, "behind"),
        ("AB=$'a\\n'", 1, 4, "shell"),
        ("AB=1\rCD=2\r", 1, 5, "carriage return"),
        ("gr\u{f6}\u{df}e=1", 1, 1, "only letters"),
        ("declare -x AB=\"1\"", 1, 1, "begins with a letter"),
        ("{\"AB\": \"1\"}", 1, 1, "NAME=value"),
    ] {
        let malformed = dotenv::parse(text).expect_err(text);
        assert_eq!(
            (malformed.line, malformed.column),
            (line, column),
            "{text}: {malformed}"
        );
        let told = malformed.to_string();
        assert!(told.contains(why), "{text}: {told}");
        assert!(told.starts_with(&format!("line {line}, column {column}: ")));
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
