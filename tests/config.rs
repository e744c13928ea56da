//! The corpus of configuration files: what is valid is silent, what is invalid says all that is wrong and where, and no
//! file at all stops a start.
//!
//! A file is `NAME.{config,keymap,theme}.toml`. An invalid one begins with what it must be told, a line each:
//! `#! LINE:COLUMN MESSAGE`, or only `#! LINE` where the message is the TOML parser's.

use std::fs;
use std::path::{Path, PathBuf};

use lambdeck::command::Context;
use lambdeck::keymap::{Keymap, Lookup};
use lambdeck::settings::{Problem, Settings};
use lambdeck::theme::{Depth, Role, Theme};

/// What came of a file.
struct Outcome {
    problems: Vec<Problem>,
}

/// Loads a file of the corpus as the program would, and checks that what came of it can be worked with.
fn load(file: &Path, text: &str) -> Outcome {
    let name = file
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a UTF-8 name");
    let (stem, kind) = name
        .strip_suffix(".toml")
        .and_then(|name| name.rsplit_once('.'))
        .expect("NAME.KIND.toml");
    let problems = match kind {
        "config" => Settings::parse(file, text).1,
        "keymap" => {
            let (keymap, problems) = Keymap::merge(file, text);
            let path = [Context::Dialog, Context::Global];
            for id in ["app.quit", "dialog.cancel", "dialog.press"] {
                assert!(
                    !keymap.keys_for(id, &path).is_empty(),
                    "{name} leaves no key for {id}"
                );
            }
            assert_eq!(keymap.lookup(&path, &[]), Lookup::Unbound);
            problems
        }
        "theme" => {
            let dir = tempfile::tempdir().expect("a directory");
            fs::write(dir.path().join(format!("{stem}.toml")), text).expect("written");
            let (theme, problems) = Theme::load(stem, Some(dir.path()), Depth::Rgb);
            for role in Role::ALL {
                assert!(
                    theme.style(*role).fg.is_some(),
                    "{name} leaves {} bare",
                    role.name()
                );
            }
            problems
        }
        other => panic!("{name}: no kind {other:?}"),
    };
    Outcome { problems }
}

fn corpus(dir: &str) -> Vec<(PathBuf, String)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/config")
        .join(dir);
    let mut files: Vec<_> = fs::read_dir(&dir)
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .map(|file| (file.clone(), fs::read_to_string(file).expect("UTF-8")))
        .collect();
    files.sort();
    assert!(files.len() >= 5, "the corpus is not where it was");
    files
}

#[test]
fn valid_files_have_no_problem() {
    for (file, text) in corpus("valid") {
        let problems = load(&file, &text).problems;
        assert!(problems.is_empty(), "{}: {problems:#?}", file.display());
    }
}

#[test]
fn invalid_files_say_all_that_is_wrong_and_where() {
    for (file, text) in corpus("invalid") {
        let expected: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("#! "))
            .collect();
        assert!(!expected.is_empty(), "{} expects nothing", file.display());
        let problems = load(&file, &text).problems;
        let told: Vec<String> = problems
            .iter()
            .enumerate()
            .map(|(at, p)| match expected.get(at) {
                Some(line) if !line.contains(' ') => p.line.to_string(),
                _ => format!("{}:{} {}", p.line, p.column, p.message),
            })
            .collect();
        assert_eq!(told, expected, "{}", file.display());
        assert!(
            problems.iter().all(|p| !p.message.contains('\n')),
            "{}",
            file.display()
        );
    }
}

/// A file that is cut while it is being written, at any byte.
#[test]
fn a_file_cut_anywhere_never_panics() {
    for (file, text) in corpus("valid").into_iter().chain(corpus("invalid")) {
        for at in (0..text.len())
            .filter(|at| text.is_char_boundary(*at))
            .step_by(7)
        {
            load(&file, &text[..at]);
        }
    }
}
