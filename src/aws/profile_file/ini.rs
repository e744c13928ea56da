//! The INI text of `~/.aws/config` and `~/.aws/credentials`, read as botocore reads it.
//!
//! botocore leaves that to Python's `configparser`, whose rules these are: a line that is
//! indented deeper than the setting above it continues that setting's value; comments stand on
//! lines of their own; `=` and `:` separate. Where `configparser` gives up, this reads on and
//! notes what is wrong with which line: one broken profile must not take the others along.

/// The section whose settings every other section of its file inherits.
const DEFAULTS: &str = "DEFAULT";

/// Settings that decide whose credentials are used: one of them swallowed by the value above it
/// makes another account of the profile.
const IDENTITY: [&str; 13] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "credential_process",
    "credential_source",
    "external_id",
    "login_session",
    "mfa_serial",
    "role_arn",
    "source_profile",
    "sso_account_id",
    "sso_session",
    "web_identity_token_file",
];

/// Settings that decide where is asked. Unlike those of [`IDENTITY`] they have a place in nested
/// blocks.
const PLACES: [&str; 4] = [
    "endpoint_url",
    "ignore_configured_endpoint_urls",
    "region",
    "services",
];

/// A whole text.
#[derive(Debug, Default)]
pub(super) struct Ini {
    pub(super) sections: Vec<Section>,
    /// What is wrong outside every section.
    pub(super) loose: Vec<Mistake>,
}

/// One section and everything found in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Section {
    /// The text between the brackets, as it stands.
    pub(super) header: String,
    /// Where it begins, from 1.
    pub(super) line: usize,
    settings: Vec<Setting>,
    pub(super) mistakes: Vec<Mistake>,
}

/// One setting: its value, and the lines that continue it.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    /// In lower case.
    key: String,
    /// From 1.
    pub(super) line: usize,
    /// Without blanks around it; with its line breaks, if it has several lines.
    pub(super) value: String,
    /// The lines below an empty value.
    nested: Vec<Nested>,
}

/// One setting of a block below an empty value.
#[derive(Debug, Clone)]
struct Nested {
    /// As it stands.
    key: String,
    value: String,
    line: usize,
}

/// What is wrong with one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    /// From 1.
    pub(super) line: usize,
    /// Why, in words that follow the place.
    pub(super) cause: String,
    /// Whether the section may say something else than its author meant.
    pub(super) serious: bool,
}

impl Section {
    /// A setting, by its name in lower case. The first one counts; a second is a mistake.
    pub(super) fn get(&self, key: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.key == key)
    }

    /// A setting of the block below an empty one. Unlike others its name keeps its case.
    pub(super) fn nested(&self, block: &str, key: &str) -> Option<&str> {
        let block = self.get(block)?;
        let found = block.nested.iter().rev().find(|nested| nested.key == key)?;
        Some(&found.value)
    }

    /// Where a value of a block stands.
    pub(super) fn line_of(&self, value: &str) -> Option<usize> {
        self.settings
            .iter()
            .flat_map(|block| &block.nested)
            .find(|nested| nested.value == value)
            .map(|nested| nested.line)
    }

    /// Every setting of one line that says something.
    pub(super) fn plain(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings
            .iter()
            .filter(|setting| !setting.value.is_empty() && !setting.value.contains('\n'))
            .map(|setting| (setting.key.as_str(), setting.value.as_str()))
    }

    fn note(&mut self, line: usize, serious: bool, cause: impl Into<String>) {
        self.mistakes.push(Mistake {
            line,
            cause: cause.into(),
            serious,
        });
    }
}

impl Ini {
    /// Reads a text; nothing in it stops the reading.
    pub(super) fn parse(text: &str) -> Self {
        let mut reader = Reader::default();
        let unmarked = text.strip_prefix('\u{feff}');
        if unmarked.is_some() {
            reader.ini.loose.push(Mistake {
                line: 1,
                cause: "begins with a byte order mark, for which the AWS CLI refuses the file; \
                        it is passed over here"
                    .to_owned(),
                serious: false,
            });
        }
        for (index, line) in lines(unmarked.unwrap_or(text)).enumerate() {
            reader.line(index + 1, line);
        }
        reader.finish()
    }
}

/// The lines of a text with the line ends of any system.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

#[derive(Default)]
struct Reader {
    ini: Ini,
    /// Which section the lines belong to.
    section: Option<usize>,
    /// Whether a setting stands above that a deeper line continues.
    open: bool,
    /// How deep the last header or setting is indented.
    indent: usize,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) {
        let content = line.trim();
        if content.starts_with(['#', ';']) {
            return;
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        if self.open && (content.is_empty() || indent > self.indent) {
            return self.continuation(number, content);
        }
        if content.is_empty() {
            return;
        }
        self.indent = indent;
        self.open = false;
        if content.starts_with('[') {
            return self.header(number, content);
        }
        if let Some(at) = self.section {
            self.open = setting(&mut self.ini.sections[at], number, content);
        } else {
            self.ini.loose.push(Mistake {
                line: number,
                cause: "stands before the first section, so it belongs to no profile".to_owned(),
                serious: true,
            });
        }
    }

    fn header(&mut self, number: usize, content: &str) {
        let closed = content
            .rfind(']')
            .map(|end| &content[1..end])
            .filter(|name| !name.is_empty());
        let name = closed.unwrap_or(content[1..].trim());
        let sections = &mut self.ini.sections;
        let known = sections.iter().position(|known| known.header == name);
        let at = known.unwrap_or(sections.len());
        if known.is_none() {
            sections.push(Section {
                header: name.to_owned(),
                line: number,
                ..Section::default()
            });
        } else if name != DEFAULTS {
            let first = sections[at].line;
            sections[at].note(
                number,
                true,
                format!(
                    "begins [{name}] a second time (first in line {first}); the AWS CLI refuses \
                     the file"
                ),
            );
        }
        if closed.is_none() {
            sections[at].note(
                number,
                true,
                "begins a section whose header does not end in `]`",
            );
        }
        self.section = Some(at);
    }

    /// A line of the value above.
    fn continuation(&mut self, number: usize, content: &str) {
        let section = self.section.and_then(|at| self.ini.sections.get_mut(at));
        let Some(section) = section else {
            return;
        };
        let Some(setting) = section.settings.last_mut() else {
            return;
        };
        let is_block = setting.value.is_empty() || setting.value.starts_with('\n');
        setting.value.push('\n');
        setting.value.push_str(content);
        if content.is_empty() {
            return;
        }
        let above = setting.key.clone();
        if is_block && let Some((key, value)) = content.split_once('=') {
            setting.nested.push(Nested {
                key: key.trim().to_owned(),
                value: value.trim().to_owned(),
                line: number,
            });
        }
        let key = content
            .split(['=', ':'])
            .next()
            .map(|key| key.trim().to_ascii_lowercase())
            .unwrap_or_default();
        let swallowed =
            IDENTITY.contains(&key.as_str()) || (!is_block && PLACES.contains(&key.as_str()));
        if content.starts_with('[') {
            section.note(
                number,
                true,
                format!(
                    "is indented deeper than `{above}` above it, so it continues that value: no \
                     section begins here"
                ),
            );
        } else if swallowed {
            section.note(
                number,
                true,
                format!(
                    "is indented deeper than `{above}` above it, so `{key}` is a part of that \
                     value and no setting of its own"
                ),
            );
        } else if is_block && !content.contains('=') {
            section.note(
                number,
                true,
                format!("is no setting of the block `{above}`: there is no `=` in it"),
            );
        }
    }

    /// Closes the values, and hands on the settings of [`DEFAULTS`].
    fn finish(self) -> Ini {
        let mut ini = self.ini;
        for section in &mut ini.sections {
            for setting in &mut section.settings {
                setting.value.truncate(setting.value.trim_end().len());
            }
        }
        if let Some(at) = ini.sections.iter().position(|s| s.header == DEFAULTS) {
            let defaults = ini.sections.remove(at);
            for section in &mut ini.sections {
                for setting in &defaults.settings {
                    if section.get(&setting.key).is_none() {
                        section.settings.push(setting.clone());
                    }
                }
                section.mistakes.extend(defaults.mistakes.iter().cloned());
            }
        }
        ini
    }
}

/// Takes a line as a setting; whether a deeper line below may continue it.
fn setting(section: &mut Section, number: usize, content: &str) -> bool {
    let Some(end) = content.find(['=', ':']) else {
        section.note(number, true, "is no setting: there is no `=` in it");
        return false;
    };
    let key = content[..end].trim_end().to_lowercase();
    let value = content[end + 1..].trim();
    let named = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '%' | '@' | '+'));
    if !named {
        let (separator, _) = content[end..].split_at(1);
        section.note(
            number,
            true,
            format!("is no setting: {key:?} before its `{separator}` is no name of one"),
        );
        return false;
    }
    if let Some(first) = section.get(&key).map(|first| first.line) {
        section.note(
            number,
            true,
            format!("sets `{key}` a second time (first in line {first})"),
        );
    }
    let comment = [" #", " ;", "\t#", "\t;"]
        .iter()
        .any(|sign| value.contains(sign));
    if comment {
        section.note(
            number,
            false,
            format!(
                "the value of `{key}` holds what looks like a comment; to the AWS CLI it is a \
                 part of the value, as comments stand on lines of their own"
            ),
        );
    }
    section.settings.push(Setting {
        key,
        line: number,
        value: value.to_owned(),
        nested: Vec::new(),
    });
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<(usize, bool)> {
        let ini = Ini::parse(text);
        ini.sections
            .iter()
            .flat_map(|section| &section.mistakes)
            .chain(&ini.loose)
            .map(|mistake| (mistake.line, mistake.serious))
            .collect()
    }

    #[test]
    fn what_follows_a_broken_line_is_read() {
        let text = "[a]\nnonsense\nx = 1\n[b\ny = 2\n[c]\nz = 3\n";
        let ini = Ini::parse(text);
        let found: Vec<_> = ini
            .sections
            .iter()
            .flat_map(|s| s.plain().map(|(k, v)| (s.header.as_str(), k, v)))
            .collect();
        assert_eq!(found, [("a", "x", "1"), ("b", "y", "2"), ("c", "z", "3")]);
        assert_eq!(mistakes(text), [(2, true), (4, true)]);
    }

    #[test]
    fn a_setting_that_decides_the_account_is_not_swallowed_in_silence() {
        for text in [
            "[a]\nregion = eu-west-1\n role_arn = r\n",
            "[a]\nregion = eu-west-1\n  region = us-east-1\n",
            "[a]\ns3 =\n  max = 1\n  role_arn = r\n",
            "[a]\nregion = eu-west-1\n  [profile b]\n",
            "[a]\ns3 =\n\n  nonsense\n",
        ] {
            assert_eq!(mistakes(text).len(), 1, "{text}");
        }
        for text in [
            "[a]\ncredential_process = x\n  --for y\n  --to=z\n",
            "[a]\nlambda =\n  endpoint_url = http://x\n",
            "[a]\nx =\n\ny = 1\n",
        ] {
            assert_eq!(mistakes(text), [], "{text}");
        }
    }

    #[test]
    fn what_is_odd_but_harmless_is_no_error() {
        assert_eq!(mistakes("\u{feff}[a]\nx = 1\n"), [(1, false)]);
        assert_eq!(mistakes("[a]\nregion = r ; near\n"), [(2, false)]);
        assert_eq!(mistakes("[a]\nurl = https://x#/\n"), []);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[\\[\\]=:#; \t\r\n\u{feff}a-cé\"']{0,80}") {
            Ini::parse(&text);
        }
    }
}
