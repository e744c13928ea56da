//! lambdeck's own settings: `config.toml`, the directories, the process environment.
//!
//! Read once at the start into one immutable [`Settings`]. A mistake in a file never stops the start: it becomes a
//! [`Problem`], and the default stands in for what is wrong. The one exception is deliberate: where a mistake may hide a
//! protection (`protected`, `read_only`, a file that cannot be read), everything is read-only until it is mended.
//!
//! Not here: the configuration of functions (`domain`), the AWS configuration (the SDK), command-line options (`cli`).

mod environment;
mod paths;
mod problem;
mod protected;
mod quantity;

use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

pub use environment::{Environment, NoHome};
pub use paths::{
    Paths, append_private_file, create_private_dir, create_private_file, keep_private,
    write_atomically,
};
pub use problem::{Document, Problem, entries, nearest, read_text};
pub use protected::{Protected, Protection};
pub use quantity::{parse_duration, parse_size};

/// What the user has set, or the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The theme, or one for each background.
    pub theme: ThemeChoice,
    /// The user's keymap file: a name in the config directory, or an absolute path.
    pub keymap: String,
    /// Forbid everything that is not a read, as `--read-only` does.
    pub read_only: bool,
    /// A mistake may hide a protection: read-only is taken until it is mended.
    pub doubtful: bool,
    /// Sessions where writing needs to be unlocked.
    pub protected: Protected,
    /// Bytes that the log lines in memory may take, all books together.
    pub log_budget: u64,
    /// How often lists are read again.
    pub refresh: Duration,
    /// How far back Logs opens.
    pub since: Duration,
    /// The editor's command line, instead of `$VISUAL` and `$EDITOR`.
    pub editor: Option<String>,
}

/// Names of themes: which one depends on the terminal's background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeChoice {
    /// On a light background.
    pub light: String,
    /// On a dark background, or when it is not known.
    pub dark: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            theme: ThemeChoice {
                light: "light".into(),
                dark: "dark".into(),
            },
            keymap: "keymap.toml".into(),
            read_only: false,
            doubtful: false,
            protected: Protected::default(),
            log_budget: 512 * 1024 * 1024,
            refresh: Duration::from_mins(1),
            since: Duration::from_mins(15),
            editor: None,
        }
    }
}

const KEYS: &[&str] = &[
    "theme",
    "keymap",
    "read_only",
    "protected",
    "log_budget",
    "refresh",
    "since",
    "editor",
];

/// Settings whose loss would make the session less safe.
const SAFETY: &[&str] = &["read_only", "protected"];

impl Settings {
    /// Reads `config.toml` of the config directory; a missing file is the defaults.
    pub fn load(paths: &Paths) -> (Settings, Vec<Problem>) {
        let file = paths.config_file();
        match read_text(&file) {
            Ok(None) => (Settings::default(), Vec::new()),
            Ok(Some(text)) => Settings::parse(&file, &text),
            Err(problem) => {
                let mut settings = Settings::default();
                let mut problems = vec![problem];
                settings.shut(&file, &mut problems);
                (settings, problems)
            }
        }
    }

    /// Read-only, and says so before everything else: nobody can tell what was to be protected.
    fn shut(&mut self, file: &Path, problems: &mut Vec<Problem>) {
        self.doubtful = true;
        let why = "may hide what it should protect: the session is read-only until this is mended";
        problems.insert(0, Problem::of_file(file, why));
    }

    /// Reads the text of a settings file; `file` only names it in problems.
    pub fn parse(file: &Path, text: &str) -> (Settings, Vec<Problem>) {
        let mut settings = Settings::default();
        let (mut document, table) = Document::parse(file, text);
        let mut safe = document.is_sound();
        for (key, value) in entries(&table) {
            let name = key.get_ref().as_ref();
            safe &= !reports_misplaced(value.get_ref(), name, &mut document);
            if !KEYS.contains(&name) {
                document.report_unknown(key.span(), "setting", name, KEYS.iter().copied());
                safe &= !means_safety(name);
                continue;
            }
            let understood = settings.set(name, value, &mut document);
            safe &= understood || !SAFETY.contains(&name);
        }
        let mut problems = document.into_problems();
        if !safe {
            settings.shut(file, &mut problems);
        }
        (settings, problems)
    }

    /// Takes one setting over. False: it was (partly) wrong, which is reported, and the default stays.
    fn set(
        &mut self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
        document: &mut Document<'_>,
    ) -> bool {
        let mut read = Reader {
            document,
            value,
            sound: true,
        };
        match name {
            "theme" => read.theme(&mut self.theme),
            "keymap" => read.file_name(&mut self.keymap),
            "read_only" => {
                // Whoever wrote something else than a boolean did not mean "no".
                self.read_only = value.get_ref().as_bool().unwrap_or(true);
                if !value.get_ref().is_bool() {
                    read.wrong_type("true or false (read-only is taken)");
                }
            }
            "protected" => read.protected(&mut self.protected),
            "log_budget" => {
                const MIB: u64 = 1024 * 1024;
                if let Some(bytes) = read.size()
                    && read.within(bytes, 16 * MIB, 64 * 1024 * MIB, "16 MB and 64 GB")
                {
                    self.log_budget = bytes;
                }
            }
            "refresh" => {
                if let Some(every) = read.duration()
                    && read.within(every.as_secs(), 5, 86400, "5s and 1d")
                {
                    self.refresh = every;
                }
            }
            "since" => {
                if let Some(since) = read.duration()
                    && read.within(since.as_secs(), 1, 366 * 86400, "1s and 366d")
                {
                    self.since = since;
                }
            }
            "editor" => {
                self.editor = read.text("an editor's command line, such as \"code --wait\"");
            }
            _ => {}
        }
        read.sound
    }
}

/// Reads one value, and reports what is wrong with it.
struct Reader<'r, 't> {
    document: &'r mut Document<'t>,
    value: &'r Spanned<DeValue<'r>>,
    sound: bool,
}

impl Reader<'_, '_> {
    fn wrong(&mut self, message: impl Into<String>) {
        self.sound = false;
        self.document.report(self.value.span(), message);
    }

    fn wrong_type(&mut self, wanted: &str) {
        self.sound = false;
        self.document.report_type(self.value, wanted);
    }

    fn text(&mut self, wanted: &str) -> Option<String> {
        match self.value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            Some(_) => {
                self.wrong(format!("expected {wanted}, found an empty string"));
                None
            }
            None => {
                self.wrong_type(wanted);
                None
            }
        }
    }

    fn file_name(&mut self, name: &mut String) {
        let Some(text) = self.text("the name of a file beside config.toml") else {
            return;
        };
        *name = text;
    }

    fn theme(&mut self, choice: &mut ThemeChoice) {
        const WANTED: &str = "the name of a theme, or { light = \"…\", dark = \"…\" }";
        let Some(table) = self.value.get_ref().as_table() else {
            if let Some(name) = self.text(WANTED) {
                *choice = ThemeChoice {
                    light: name.clone(),
                    dark: name,
                };
            }
            return;
        };
        for (key, value) in entries(table) {
            let target = match key.get_ref().as_ref() {
                "light" => &mut choice.light,
                "dark" => &mut choice.dark,
                other => {
                    self.document.report_unknown(
                        key.span(),
                        "background",
                        other,
                        ["light", "dark"],
                    );
                    continue;
                }
            };
            match value.get_ref().as_str() {
                Some(name) => name.clone_into(target),
                None => self.document.report_type(value, "the name of a theme"),
            }
        }
    }

    fn protected(&mut self, protected: &mut Protected) {
        const WANTED: &str = "a list of patterns, such as [\"prod*\", \"123456789012\"]";
        let Some(list) = self.value.get_ref().as_array() else {
            return self.wrong_type(WANTED);
        };
        let mut patterns = Vec::new();
        for item in list {
            match item.get_ref().as_str().map(str::trim) {
                Some(pattern) if !pattern.is_empty() => {
                    if let Err(why) = protected::check(pattern) {
                        self.document.report(item.span(), why);
                        self.sound = false;
                    }
                    patterns.push(pattern.to_owned());
                }
                _ => {
                    self.document
                        .report_type(item, "a pattern, such as \"prod*\"");
                    self.sound = false;
                }
            }
        }
        *protected = Protected::new(patterns);
    }

    fn duration(&mut self) -> Option<Duration> {
        const WANTED: &str = "a duration, such as \"15m\" or 60 (seconds)";
        self.quantity(WANTED, parse_duration, Duration::from_secs)
    }

    fn size(&mut self) -> Option<u64> {
        const WANTED: &str = "a size, such as \"512 MB\"";
        self.quantity(WANTED, parse_size, |bytes| bytes)
    }

    fn quantity<T>(
        &mut self,
        wanted: &str,
        parse: impl Fn(&str) -> Option<T>,
        plain: impl Fn(u64) -> T,
    ) -> Option<T> {
        let parsed = match self.value.get_ref() {
            DeValue::String(text) => parse(text),
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix())
                .ok()
                .map(plain),
            _ => {
                self.wrong_type(wanted);
                return None;
            }
        };
        if parsed.is_none() {
            self.wrong(format!("expected {wanted}"));
        }
        parsed
    }

    fn within(&mut self, value: u64, least: u64, most: u64, range: &str) -> bool {
        let inside = (least..=most).contains(&value);
        if !inside {
            self.wrong(format!("must be between {range}"));
        }
        inside
    }
}

/// Whether a name that is no setting was probably meant for one that makes the session safer.
fn means_safety(name: &str) -> bool {
    let name = name.to_lowercase().replace('-', "_");
    let bare = name.replace('_', "");
    nearest(&name, KEYS.iter().copied()).is_some_and(|near| SAFETY.contains(&near))
        || ["protect", "readonly"]
            .iter()
            .any(|word| bare.contains(word))
}

/// Reports the safety settings that stand inside a table, where TOML takes them along when they
/// are written below its header. Whether there are any.
fn reports_misplaced(value: &DeValue<'_>, inside: &str, document: &mut Document<'_>) -> bool {
    let mut found = false;
    if let Some(list) = value.as_array() {
        for item in list {
            found |= reports_misplaced(item.get_ref(), inside, document);
        }
    }
    for (key, value) in value.as_table().map(entries).unwrap_or_default() {
        let name = key.get_ref().as_ref();
        if means_safety(name) {
            document.report(
                key.span(),
                format!("{name} stands inside [{inside}], where it protects nothing: write it above every [table]"),
            );
            found = true;
        }
        found |= reports_misplaced(value.get_ref(), inside, document);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Settings, Vec<String>) {
        let (settings, problems) = Settings::parse(Path::new("config.toml"), text);
        (settings, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn everything_can_be_set() {
        let (settings, problems) = parse(
            r#"
            theme = { light = "paper", dark = "ink" }
            keymap = "mine.toml"
            read_only = true
            protected = ["prod*", "123456789012"]
            log_budget = "1 GB"
            refresh = 120
            since = "1h"
            editor = "hx"
            "#,
        );
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(
            settings,
            Settings {
                theme: ThemeChoice {
                    light: "paper".into(),
                    dark: "ink".into()
                },
                keymap: "mine.toml".into(),
                read_only: true,
                doubtful: false,
                protected: Protected::new(["prod*", "123456789012"]),
                log_budget: 1024 * 1024 * 1024,
                refresh: Duration::from_mins(2),
                since: Duration::from_hours(1),
                editor: Some("hx".into()),
            }
        );
    }

    #[test]
    fn every_key_is_read() {
        for key in KEYS {
            let (_, problems) = parse(&format!("{key} = 1979-05-27"));
            let told = problems
                .iter()
                .filter(|problem| problem.starts_with("config.toml:1:"))
                .count();
            assert_eq!(told, 1, "{key} takes a date without a word");
        }
    }

    #[test]
    fn one_wrong_setting_keeps_the_others() {
        let (settings, problems) = parse("refresh = \"soon\"\nsince = \"1h\"\ntheme = 3\n");
        assert_eq!(settings.refresh, Duration::from_mins(1));
        assert_eq!(settings.since, Duration::from_hours(1));
        assert_eq!(
            problems,
            [
                "config.toml:1:11 expected a duration, such as \"15m\" or 60 (seconds)",
                "config.toml:3:9 expected the name of a theme, or { light = \"…\", dark = \"…\" }, found integer",
            ]
        );
        assert_eq!(
            settings.protected.matches(Some("dev"), None),
            None,
            "no safety was at stake"
        );
    }

    #[test]
    fn a_mistake_that_may_hide_a_protection_makes_everything_read_only() {
        for text in [
            "protcted = [\"prod*\"]",
            "Protected = [\"prod*\"]",
            "protected-accounts = [\"prod*\"]",
            "protected = \"prod*\"",
            "protected = [\"prod*\", 3]",
            "protected = [\"12345678901\"]",
            "protected = [\"[*\"]",
            "protected = [\"1{12}\"]",
            "read_onyl = true",
            "READ_ONLY = true",
            "read_only = \"yes\"",
            "read_only = 1",
            "theme = \"dark\nprotected = [\"prod*\"]",
            "[theme]\nlight = \"light\"\nread_only = true",
            "[defaults]\nread_only = true",
            "[[profile]]\nname = \"x\"\nsafety = { protected = [\"prod*\"] }",
            "a.b.protected = []",
        ] {
            let (settings, problems) = parse(text);
            assert!(settings.doubtful, "{text}");
            assert!(problems[0].contains("read-only until"), "{problems:?}");
            assert!(problems.len() > 1, "{text}: {problems:?}");
        }
    }

    #[test]
    fn what_hides_no_protection_leaves_the_session_open() {
        for text in [
            "[defaults]\nrefresh = 3",
            "nonsense = true",
            "protected = []",
        ] {
            let (settings, problems) = parse(text);
            assert!(!settings.doubtful, "{text}: {problems:?}");
        }
    }

    #[test]
    fn a_misplaced_setting_is_named_with_its_place() {
        let (_, problems) = parse("since = \"1h\"\n[theme]\ndark = \"dark\"\nread_only = true\n");
        assert!(
            problems
                .iter()
                .any(|problem| problem
                    .starts_with("config.toml:4:1 read_only stands inside [theme]")),
            "{problems:?}"
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_makes_everything_read_only() {
        let root = tempfile::tempdir().unwrap();
        let paths = Paths::under(root.path());
        assert_eq!(Settings::load(&paths), (Settings::default(), Vec::new()));

        create_private_dir(&paths.config_file()).unwrap();
        let (settings, problems) = Settings::load(&paths);
        assert_eq!(problems.len(), 2);
        assert!(settings.doubtful);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nowhere_is_no_missing_file() {
        let root = tempfile::tempdir().unwrap();
        let paths = Paths::under(root.path());
        let file = paths.config_file();
        std::os::unix::fs::symlink(root.path().join("gone"), file.parent().unwrap()).unwrap();
        let shut = || {
            let (settings, problems) = Settings::load(&paths);
            assert!(problems[1].message.contains("link"), "{problems:?}");
            settings.doubtful
        };
        assert!(shut(), "its directory");
        std::fs::remove_file(file.parent().unwrap()).unwrap();
        create_private_dir(file.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(root.path().join("gone"), &file).unwrap();
        assert!(shut(), "the file");
    }
}
