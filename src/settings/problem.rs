//! What is wrong in a file of the user's, and where: shared by settings, keymap and theme.
//!
//! [`Document`] parses TOML, keeps what is sound and collects everything that is not; nothing here stops a start.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::domain::text::sanitise;

/// No file of ours is larger (bytes); a larger one is a mistake, and reading it would stall the start.
const LARGEST_FILE: u64 = 1024 * 1024;

/// One thing wrong in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, as it was opened.
    pub file: PathBuf,
    /// From 1; 0 when the problem is the file as a whole.
    pub line: usize,
    /// From 1, in characters; 0 when it is the line or the file as a whole.
    pub column: usize,
    /// What is wrong and what happens instead, in one line.
    pub message: String,
}

impl Problem {
    /// A problem with the file as a whole.
    pub fn of_file(file: &Path, message: impl Into<String>) -> Problem {
        Problem {
            file: file.to_path_buf(),
            line: 0,
            column: 0,
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    /// `keymap.toml:12:8 unknown command …`, the file with its whole path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.file.display().to_string();
        for place in [self.line, self.column].into_iter().filter(|at| *at > 0) {
            text.push_str(&format!(":{place}"));
        }
        text.push(' ');
        text.push_str(&self.message);
        // Names of files and what stands in them are text from outside.
        f.write_str(&sanitise(&text))
    }
}

/// The text of one file, and the problems found in it so far.
#[derive(Debug)]
pub struct Document<'t> {
    file: &'t Path,
    text: &'t str,
    problems: Vec<Problem>,
    /// Lines that are no TOML: what else is wrong in them follows from that, and is not told.
    broken: BTreeSet<usize>,
}

impl<'t> Document<'t> {
    /// Parses TOML and keeps every line that can be kept; each line that cannot becomes one problem.
    pub fn parse(file: &'t Path, text: &'t str) -> (Document<'t>, DeTable<'t>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut document = Document {
            file,
            text,
            problems: Vec::new(),
            broken: BTreeSet::new(),
        };
        for error in errors {
            let at = error.span().unwrap_or_default();
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            let (line, column) = position(text, at.start);
            if document.broken.insert(line) {
                document.add(line, column, message);
            }
        }
        (document, table.into_inner())
    }

    /// Adds a problem at a byte range of the text.
    pub fn report(&mut self, at: Range<usize>, message: impl Into<String>) {
        let (line, column) = position(self.text, at.start);
        // The parser puts an empty range on a value that it made up to go on.
        let made_up = at.is_empty() && !self.broken.is_empty();
        if !made_up && !self.broken.contains(&line) {
            self.add(line, column, message.into());
        }
    }

    fn add(&mut self, line: usize, column: usize, message: String) {
        self.problems.push(Problem {
            file: self.file.to_path_buf(),
            line,
            column,
            message,
        });
    }

    /// Adds that a value has the wrong type: `wanted` reads like "a string, such as …".
    pub fn report_type(&mut self, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = value.get_ref().type_str();
        self.report(value.span(), format!("expected {wanted}, found {found}"));
    }

    /// Adds an unknown name, with the nearest known one if there is one near.
    pub fn report_unknown<'c>(
        &mut self,
        at: Range<usize>,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'c str>,
    ) {
        let message = match nearest(name, known) {
            Some(near) => format!("unknown {what} {name:?}, did you mean {near:?}?"),
            None => format!("unknown {what} {name:?}"),
        };
        self.report(at, message);
    }

    /// The line (from 1) of a byte offset.
    pub fn line_of(&self, offset: usize) -> usize {
        position(self.text, offset).0
    }

    /// Whether nothing was wrong so far.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// The problems, in the order of the text.
    pub fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|p| (p.line, p.column));
        self.problems
    }
}

/// The entries of a table in the order of the text.
pub fn entries<'a, 't>(
    table: &'a DeTable<'t>,
) -> Vec<(&'a Spanned<Cow<'t, str>>, &'a Spanned<DeValue<'t>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// Line and column, both from 1, of a byte offset; the column counts characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let before = String::from_utf8_lossy(before);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (line, column)
}

/// Reads a file of the user's. A file that does not exist is no problem: `Ok(None)`. A link to one is.
///
/// # Errors
/// The problem, ready to be shown: unreadable, not UTF-8, or over 1 MiB.
pub fn read_text(file: &Path) -> Result<Option<String>, Problem> {
    let unreadable = |error: std::io::Error| {
        let why = match error.kind() {
            std::io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
            _ => error.to_string(),
        };
        Problem::of_file(
            file,
            format!("cannot be read: {why}; the defaults are used"),
        )
    };
    let about = match std::fs::metadata(file) {
        Ok(about) => about,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return match link_to_nowhere(file) {
                Some(link) => Err(Problem::of_file(
                    file,
                    format!(
                        "cannot be read: {} is a link to nowhere; the defaults are used",
                        link.display()
                    ),
                )),
                None => Ok(None),
            };
        }
        Err(error) => return Err(unreadable(error)),
    };
    // Opening a pipe would wait for whoever writes into it.
    let is_nothing = std::fs::canonicalize(file).is_ok_and(|path| path == Path::new("/dev/null"));
    if !about.is_file() && !about.is_dir() && !is_nothing {
        return Err(Problem::of_file(
            file,
            "is no regular file; the defaults are used",
        ));
    }
    let handle = std::fs::File::open(file).map_err(unreadable)?;
    let mut text = String::new();
    handle
        .take(LARGEST_FILE + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(Problem::of_file(
            file,
            "is larger than 1 MiB; the defaults are used",
        ));
    }
    Ok(Some(text))
}

/// The link on the way to a file that leads nowhere: the file was meant to be there.
fn link_to_nowhere(file: &Path) -> Option<&Path> {
    file.ancestors()
        .find(|path| path.is_symlink() && !path.exists())
}

/// The candidate nearest to a mistyped name, if any is near enough to be meant.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = (name.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edits between two words: insert, delete, replace, swap of neighbours.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > 3 {
        return usize::MAX;
    }
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters() {
        let text = "a = 1\nü = 2 # é\nb = 3\n";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, text.find('2').unwrap()), (2, 5));
        assert_eq!(position(text, text.find('b').unwrap()), (3, 1));
        assert_eq!(position(text, 999), (4, 1));
    }

    #[test]
    fn every_syntax_error_is_collected_and_the_rest_kept() {
        let text = "good = 1\nbad = = 2\nalso = 'x\nlast = true\n";
        let (document, table) = Document::parse(Path::new("c.toml"), text);
        let problems = document.into_problems();
        assert_eq!(problems.iter().map(|p| p.line).collect::<Vec<_>>(), [2, 3]);
        assert!(table.iter().any(|(key, _)| key.get_ref() == "good"));
        assert!(table.iter().any(|(key, _)| key.get_ref() == "last"));
    }

    #[test]
    fn a_problem_reads_as_file_line_column_message() {
        let mut problem = Problem::of_file(Path::new("/c/keymap.toml"), "is larger");
        assert_eq!(problem.to_string(), "/c/keymap.toml is larger");
        (problem.line, problem.column) = (12, 8);
        assert_eq!(problem.to_string(), "/c/keymap.toml:12:8 is larger");
    }

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["dlq.redrive", "list.top", "list.down"];
        assert_eq!(nearest("dlq.redive", known), Some("dlq.redrive"));
        assert_eq!(nearest("list.tpo", known), Some("list.top"));
        assert_eq!(nearest("quit", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("abcd", "acbd"), 1);
    }

    #[test]
    fn files_that_cannot_be_read_are_problems_and_missing_ones_are_not() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read_text(&dir.path().join("none.toml")), Ok(None));

        let binary = dir.path().join("binary.toml");
        std::fs::write(&binary, [0xff, 0xfe, 0x00]).unwrap();
        assert!(
            read_text(&binary)
                .unwrap_err()
                .message
                .contains("not UTF-8")
        );

        let large = dir.path().join("large.toml");
        std::fs::write(&large, vec![b'#'; LARGEST_FILE as usize + 1]).unwrap();
        assert!(read_text(&large).unwrap_err().message.contains("1 MiB"));

        assert!(read_text(dir.path()).is_err(), "a directory is not a file");
    }
}
