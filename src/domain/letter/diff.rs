//! What an edit changed, line by line, for the review.

use similar::{Algorithm, ChangeTag, capture_diff_slices, group_diff_ops};

use crate::domain::json;

/// Lines around a change.
const CONTEXT: usize = 2;
/// More changed lines than this on a side are not compared with each other, only shown as old and
/// new: comparing costs their product.
const COMPARED: usize = 2_000;

/// A line of a diff, untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// What became of it.
    pub change: Change,
    /// The line, without its end. Bodies are in it: not for logs.
    pub text: String,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// In both.
    Kept,
    /// Only in the old text.
    Removed,
    /// Only in the new text.
    Added,
    /// So many lines in between are the same, and left out.
    Skipped(usize),
}

/// The changed lines of two texts, laid out if they are JSON, with a little around them. Empty if
/// the lines are the same.
pub fn diff(old: &str, new: &str) -> Vec<DiffLine> {
    let (old, new) = (laid_out(old), laid_out(new));
    let old: Vec<&str> = old.lines().collect();
    let new: Vec<&str> = new.lines().collect();
    let ahead = same(old.iter(), new.iter());
    let behind = same(old[ahead..].iter().rev(), new[ahead..].iter().rev());
    let olds = &old[ahead..old.len() - behind];
    let news = &new[ahead..new.len() - behind];
    if olds.is_empty() && news.is_empty() {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let before = &old[..ahead];
    let shown = before.len().saturating_sub(CONTEXT);
    skip(&mut lines, shown);
    keep(&mut lines, &before[shown..]);
    between(&mut lines, olds, news);
    let after = &old[old.len() - behind..];
    let shown = after.len().min(CONTEXT);
    keep(&mut lines, &after[..shown]);
    skip(&mut lines, after.len() - shown);
    lines
}

fn laid_out(text: &str) -> String {
    if json::error_position(text).is_some() {
        return text.to_owned();
    }
    json::pretty(text, usize::MAX).unwrap_or_else(|| text.to_owned())
}

fn same<'a>(
    old: impl Iterator<Item = &'a &'a str>,
    new: impl Iterator<Item = &'a &'a str>,
) -> usize {
    old.zip(new).take_while(|(old, new)| old == new).count()
}

fn between(lines: &mut Vec<DiffLine>, old: &[&str], new: &[&str]) {
    if old.len() > COMPARED || new.len() > COMPARED {
        lines.extend(old.iter().map(|text| line(Change::Removed, text)));
        lines.extend(new.iter().map(|text| line(Change::Added, text)));
        return;
    }
    let operations = capture_diff_slices(Algorithm::Myers, old, new);
    let mut at = 0;
    for group in group_diff_ops(operations, CONTEXT) {
        let start = group.first().map_or(at, |first| first.old_range().start);
        skip(lines, start - at);
        for operation in &group {
            for change in operation.iter_changes(old, new) {
                let kind = match change.tag() {
                    ChangeTag::Equal => Change::Kept,
                    ChangeTag::Delete => Change::Removed,
                    ChangeTag::Insert => Change::Added,
                };
                lines.push(line(kind, change.value()));
            }
        }
        at = group.last().map_or(start, |last| last.old_range().end);
    }
}

fn keep(lines: &mut Vec<DiffLine>, kept: &[&str]) {
    lines.extend(kept.iter().map(|text| line(Change::Kept, text)));
}

fn skip(lines: &mut Vec<DiffLine>, count: usize) {
    if count > 0 {
        lines.push(line(Change::Skipped(count), ""));
    }
}

fn line(change: Change, text: &str) -> DiffLine {
    DiffLine {
        change,
        text: text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drawn(old: &str, new: &str) -> Vec<String> {
        diff(old, new)
            .into_iter()
            .map(|line| match line.change {
                Change::Kept => format!(" {}", line.text),
                Change::Removed => format!("-{}", line.text),
                Change::Added => format!("+{}", line.text),
                Change::Skipped(count) => format!("~{count}"),
            })
            .collect()
    }

    #[test]
    fn a_changed_member_is_shown_with_its_neighbours() {
        let old = r#"{"a":1,"b":2,"c":3,"amount":"150","d":4,"e":5,"f":6}"#;
        let new = r#"{"a":1,"b":2,"c":3,"amount":150,"d":4,"e":5,"f":6}"#;
        assert_eq!(
            drawn(old, new),
            [
                "~2",
                "   \"b\": 2,",
                "   \"c\": 3,",
                "-  \"amount\": \"150\",",
                "+  \"amount\": 150,",
                "   \"d\": 4,",
                "   \"e\": 5,",
                "~2",
            ]
        );
        assert!(drawn(old, old).is_empty());
        assert!(drawn("{\"a\":1}", "{ \"a\" : 1 }").is_empty());
    }

    #[test]
    fn what_lies_between_two_changes_is_left_out() {
        let old: Vec<u32> = (0..40).collect();
        let mut new = old.clone();
        new[10] = 1_000;
        new[30] = 1_001;
        let drawn = drawn(&format!("{old:?}"), &format!("{new:?}"));
        assert!(drawn.contains(&"~15".to_owned()), "{drawn:?}");
        assert_eq!(drawn.iter().filter(|line| line.starts_with('+')).count(), 2);
    }

    #[test]
    fn text_and_huge_bodies_are_compared_too() {
        assert_eq!(drawn("a\nb", "a\nc"), [" a", "-b", "+c"]);
        let many = |from: u32| format!("{:?}", (from..from + 10_000).collect::<Vec<u32>>());
        assert_eq!(diff(&many(0), &many(20_000)).len(), 20_002);
    }

    proptest! {
        #[test]
        fn both_sides_can_be_read_off(old in "[ab\n]{0,40}", new in "[ab\n]{0,40}") {
            let lines = diff(&old, &new);
            let side = |text: &str, without: Change| {
                let mut all = text.lines();
                for line in &lines {
                    match line.change {
                        Change::Skipped(count) => {
                            for _ in 0..count { all.next(); }
                        }
                        change if change == without => {}
                        _ => assert_eq!(all.next(), Some(line.text.as_str())),
                    }
                }
                lines.is_empty() || all.next().is_none()
            };
            prop_assert!(side(&old, Change::Added));
            prop_assert!(side(&new, Change::Removed));
        }
    }
}
