//! `~/.aws/config` and `~/.aws/credentials`, as the AWS CLI reads them: profiles, `sso-session`
//! and `services` sections, and what is wrong with which line.
//!
//! The only reader of these files in the program: the SDK gets the outcome ([`Self::for_sdk`] and
//! what [`super::chain`] makes of it), never the files, so that two parsers cannot disagree.
//! botocore is the reference wherever it reads a file; `tests/aws_files` holds the comparison.
//!
//! Not responsible for what the settings mean: [`super::chain`] decides on credentials,
//! [`super::endpoint`] on endpoints.
//!
//! [`Self::for_sdk`]: ProfileFile::for_sdk

mod disk;
mod ini;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
};

use ini::{Ini, Mistake, Section};

/// Settings of a profile that the SDK's loader reads and lambdeck has no word on.
const FOR_SDK: [&str; 9] = [
    "account_id_endpoint_mode",
    "auth_scheme_preference",
    "disable_request_compression",
    "request_checksum_calculation",
    "request_min_compression_size_bytes",
    "response_checksum_validation",
    "sdk_ua_app_id",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
];

/// Which of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Config,
    Credentials,
}

/// Something wrong in one of the files, or in the variables beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, as it was opened, or the name of the variable.
    pub file: PathBuf,
    /// From 1; 0 when it is the file as a whole.
    pub line: usize,
    /// What is wrong, in words that follow the place.
    pub cause: String,
    /// Whether a profile may say something else than its author meant: using it is refused.
    pub serious: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, " {}", self.cause)
    }
}

/// A setting of a profile, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) value: &'a str,
    pub(super) which: Which,
    pub(super) line: usize,
}

/// Both files. The credentials file wins where both set something.
#[derive(Debug, Default)]
pub(super) struct ProfileFile {
    paths: [PathBuf; 2],
    config: BTreeMap<String, Section>,
    credentials: BTreeMap<String, Section>,
    sso_sessions: BTreeMap<String, Section>,
    services: BTreeMap<String, Section>,
    /// Files that are there and cannot be read.
    unreadable: Vec<Finding>,
    /// What belongs to no section that counts, and the profile that was probably meant.
    loose: Vec<(String, Finding)>,
    /// Sections that are all right, unless somebody looks for this profile.
    hints: Vec<(String, Finding)>,
}

impl ProfileFile {
    /// Reads both files from the disk.
    pub(super) fn read(config: &Path, credentials: &Path) -> Self {
        let mut unreadable = Vec::new();
        let mut text = |path: &Path| {
            disk::read(path).unwrap_or_else(|unread| {
                unreadable.push(Finding {
                    file: path.to_path_buf(),
                    line: 0,
                    cause: unread.cause,
                    serious: unread.is_there,
                });
                String::new()
            })
        };
        let texts = (text(config), text(credentials));
        Self {
            unreadable,
            ..Self::parse([config, credentials], &texts.0, &texts.1)
        }
    }

    /// Sorts the sections of both texts.
    fn parse(paths: [&Path; 2], config: &str, credentials: &str) -> Self {
        let mut file = Self {
            paths: paths.map(Path::to_path_buf),
            ..Self::default()
        };
        let config = Ini::parse(config);
        for mistake in config.loose {
            file.note(Which::Config, "default", &mistake);
        }
        for section in config.sections {
            file.sort(section);
        }
        let credentials = Ini::parse(credentials);
        for mistake in credentials.loose {
            file.note(Which::Credentials, "default", &mistake);
        }
        for section in credentials.sections {
            let header = &section.header;
            if let Some(name) = header.strip_prefix("profile ").map(str::trim) {
                let cause =
                    format!("[{header}] is a profile of that whole name: here it is [{name}]");
                file.hint(Which::Credentials, section.line, name, cause);
            }
            file.credentials.insert(header.clone(), section);
        }
        file
    }

    /// Puts a section of the config file where its header says.
    fn sort(&mut self, section: Section) {
        let header = section.header.as_str();
        let kind = ["profile", "sso-session", "services"]
            .into_iter()
            .find(|kind| header.starts_with(kind));
        let name = match kind {
            // Of two headers for one name the later counts, as in botocore.
            Some(_) => match shlex::split(header).unwrap_or_default().as_slice() {
                [_, name] => Some(name.clone()),
                _ => None,
            },
            None => (header == "default").then(|| header.to_owned()),
        };
        let Some(name) = name else {
            return self.ignored(&section, kind);
        };
        let names = match kind {
            Some("sso-session") => &mut self.sso_sessions,
            Some("services") => &mut self.services,
            _ => &mut self.config,
        };
        names.insert(name, section);
    }

    /// A section of the config file that names nothing, and what it was probably meant to name.
    fn ignored(&mut self, section: &Section, kind: Option<&str>) {
        let header = &section.header;
        let meant = kind.map_or(header.as_str(), |kind| header[kind.len()..].trim());
        let meant = meant.trim_matches(['"', '\'']);
        for mistake in &section.mistakes {
            self.note(Which::Config, meant, mistake);
        }
        let Some(kind) = kind else {
            let cause = format!("[{header}] is no profile: here it is [profile {header}]");
            return self.hint(Which::Config, section.line, meant, cause);
        };
        let mistake = Mistake {
            line: section.line,
            cause: format!(
                "[{header}] names nothing: a name with blanks stands in quotes, as in [{kind} 'two \
                 words']"
            ),
            serious: false,
        };
        self.note(Which::Config, meant, &mistake);
    }

    fn note(&mut self, which: Which, meant: &str, mistake: &Mistake) {
        let finding = self.finding(which, mistake);
        self.loose.push((meant.to_owned(), finding));
    }

    fn hint(&mut self, which: Which, line: usize, meant: &str, cause: String) {
        let mistake = Mistake {
            line,
            cause,
            serious: false,
        };
        let finding = self.finding(which, &mistake);
        self.hints.push((meant.to_owned(), finding));
    }

    fn finding(&self, which: Which, mistake: &Mistake) -> Finding {
        Finding {
            file: self.path(which).to_path_buf(),
            line: mistake.line,
            cause: mistake.cause.clone(),
            serious: mistake.serious,
        }
    }

    /// Where a file lies.
    pub(super) fn path(&self, which: Which) -> &Path {
        &self.paths[which as usize]
    }

    /// Every profile, by name.
    pub(super) fn profiles(&self) -> BTreeSet<&str> {
        self.config
            .keys()
            .chain(self.credentials.keys())
            .map(String::as_str)
            .collect()
    }

    /// Whether either file has a profile.
    pub(super) fn has(&self, profile: &str) -> bool {
        self.config.contains_key(profile) || self.credentials.contains_key(profile)
    }

    /// One setting of a profile, an empty one too.
    pub(super) fn entry(&self, profile: &str, key: &str) -> Option<Entry<'_>> {
        [Which::Credentials, Which::Config]
            .into_iter()
            .find_map(|which| self.entry_in(which, profile, key))
    }

    /// The same from one file alone.
    pub(super) fn entry_in(&self, which: Which, profile: &str, key: &str) -> Option<Entry<'_>> {
        let profiles = match which {
            Which::Config => &self.config,
            Which::Credentials => &self.credentials,
        };
        let setting = profiles.get(profile)?.get(key)?;
        Some(Entry {
            value: &setting.value,
            which,
            line: setting.line,
        })
    }

    /// One setting of a profile; an empty one counts as absent.
    pub(super) fn setting(&self, profile: &str, key: &str) -> Option<&str> {
        self.entry(profile, key)
            .map(|entry| entry.value)
            .filter(|value| !value.is_empty())
    }

    /// Whether there is such an `sso-session`.
    pub(super) fn has_sso_session(&self, session: &str) -> bool {
        self.sso_sessions.contains_key(session)
    }

    /// One setting of an `sso-session`; an empty one counts as absent.
    pub(super) fn sso_setting(&self, session: &str, key: &str) -> Option<&str> {
        let setting = self.sso_sessions.get(session)?.get(key)?;
        Some(setting.value.as_str()).filter(|value| !value.is_empty())
    }

    /// `endpoint_url` of a service in the `services` section that the profile names.
    pub(super) fn service_endpoint(&self, profile: &str, service: &str) -> Option<&str> {
        let section = self.services.get(self.setting(profile, "services")?)?;
        section
            .nested(service, "endpoint_url")
            .filter(|url| !url.is_empty())
    }

    /// Where an endpoint of a profile stands.
    pub(super) fn endpoint_place(&self, profile: &str, url: &str) -> Option<Finding> {
        let cause = format!("the endpoint {url} is no URL; it needs the form http://host:port");
        if let Some(entry) = self.entry(profile, "endpoint_url")
            && entry.value == url
        {
            return Some(self.place(entry, cause));
        }
        let section = self.services.get(self.setting(profile, "services")?)?;
        Some(Finding {
            file: self.path(Which::Config).to_path_buf(),
            line: section.line_of(url)?,
            cause,
            serious: true,
        })
    }

    /// A mistake at the place of a setting.
    pub(super) fn place(&self, entry: Entry<'_>, cause: impl Into<String>) -> Finding {
        Finding {
            file: self.path(entry.which).to_path_buf(),
            line: entry.line,
            cause: cause.into(),
            serious: true,
        }
    }

    /// Whether a setting appears in the profile or in one that it draws its credentials from.
    pub(super) fn chain_has(&self, profile: &str, keys: &[&str]) -> bool {
        self.chain(profile)
            .iter()
            .any(|name| keys.iter().any(|key| self.setting(name, key).is_some()))
    }

    /// The profile and those that it draws its credentials from.
    fn chain<'a>(&'a self, profile: &'a str) -> Vec<&'a str> {
        let mut seen = Vec::new();
        let mut next = Some(profile);
        while let Some(name) = next.filter(|name| !seen.contains(name)) {
            seen.push(name);
            next = self.setting(name, "source_profile");
        }
        seen
    }

    /// Why a profile must not be used as it reads: a file that cannot be read, a broken line in
    /// the profile, in its chain or in its sections. A lost line may mean another account.
    pub(super) fn fault(&self, profile: &str) -> Option<Finding> {
        if let Some(finding) = self.unreadable.iter().find(|one| one.serious) {
            return Some(finding.clone());
        }
        let services = self.setting(profile, "services");
        if let Some(entry) = self.entry(profile, "services")
            && let Some(name) = services
        {
            let Some(section) = self.services.get(name) else {
                return Some(self.place(
                    entry,
                    format!("names [services {name}], which is not there"),
                ));
            };
            if section.nested("cloudwatch-logs", "endpoint_url").is_some()
                && section.nested("cloudwatch_logs", "endpoint_url").is_none()
            {
                let line = section.get("cloudwatch-logs").map_or(0, |s| s.line);
                return Some(Finding {
                    line,
                    ..self.place(
                        entry,
                        "is a service that the AWS CLI does not know; it is written \
                         `cloudwatch_logs`",
                    )
                });
            }
        }
        let sections = self
            .chain(profile)
            .into_iter()
            .flat_map(|name| {
                let session = self.setting(name, "sso_session");
                [
                    (Which::Credentials, self.credentials.get(name)),
                    (Which::Config, self.config.get(name)),
                    (
                        Which::Config,
                        session.and_then(|session| self.sso_sessions.get(session)),
                    ),
                ]
            })
            .chain([(
                Which::Config,
                services.and_then(|name| self.services.get(name)),
            )]);
        let broken = sections
            .filter_map(|(which, section)| Some((which, section?)))
            .flat_map(|(which, section)| section.mistakes.iter().map(move |m| (which, m)))
            .find(|(_, mistake)| mistake.serious)
            .map(|(which, mistake)| self.finding(which, mistake));
        broken.or_else(|| {
            self.loose
                .iter()
                .find(|(meant, finding)| finding.serious && meant == profile)
                .map(|(_, finding)| finding.clone())
        })
    }

    /// A file that may be there, and may not.
    pub(super) fn not_checked(&self) -> Option<&Finding> {
        self.unreadable.first()
    }

    /// Why a profile is not there, as far as the files tell.
    pub(super) fn missing(&self, profile: &str) -> String {
        let [config, credentials] = &self.paths;
        let mut text = format!(
            "profile {profile} is neither in {} nor in {}",
            config.display(),
            credentials.display()
        );
        let hint = self
            .loose
            .iter()
            .chain(&self.hints)
            .find(|(meant, _)| meant == profile)
            .map(|(_, finding)| finding.clone())
            .or_else(|| self.not_checked().cloned())
            .or_else(|| self.findings().into_iter().find(|finding| finding.serious));
        if let Some(hint) = hint {
            text.push_str(&format!("; {hint}"));
        }
        text
    }

    /// Everything that is wrong with both files, in their order.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let of_config = [&self.config, &self.sso_sessions, &self.services]
            .into_iter()
            .flat_map(BTreeMap::values)
            .map(|section| (Which::Config, section));
        let of_credentials = self
            .credentials
            .values()
            .map(|section| (Which::Credentials, section));
        let mut findings: Vec<_> = of_config
            .chain(of_credentials)
            .flat_map(|(which, section)| section.mistakes.iter().map(move |m| (which, m)))
            .map(|(which, mistake)| self.finding(which, mistake))
            .chain(self.loose.iter().map(|(_, finding)| finding.clone()))
            .chain(self.unreadable.iter().cloned())
            .collect();
        findings.sort_by_key(|one| (one.file != self.paths[0], one.line));
        findings.dedup();
        findings
    }

    /// The text that the SDK gets in place of the files: the profile in use as `default`, with
    /// what concerns neither credentials nor endpoints.
    pub(super) fn for_sdk(&self, profile: &str) -> String {
        let mut settings = BTreeMap::new();
        for section in [self.config.get(profile), self.credentials.get(profile)] {
            settings.extend(section.into_iter().flat_map(Section::plain));
        }
        settings.retain(|key, _| FOR_SDK.contains(key));
        let lines = settings
            .into_iter()
            .map(|(key, value)| format!("{key} = {value}\n"));
        ["[default]\n".to_owned()]
            .into_iter()
            .chain(lines)
            .collect()
    }
}

#[cfg(test)]
impl ProfileFile {
    /// Both texts, as if they had been read from `config` and `credentials`.
    pub(super) fn of(config: &str, credentials: &str) -> Self {
        Self::parse(
            [Path::new("config"), Path::new("credentials")],
            config,
            credentials,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(config: &str, profile: &str) -> Option<String> {
        let file = ProfileFile::of(config, "");
        file.fault(profile).map(|finding| finding.to_string())
    }

    #[test]
    fn a_broken_line_is_an_error_only_where_it_counts() {
        let config = "[default]\nregion = r\n[profile a]\nrole_arn arn\nsource_profile = b\n\
            [profile b]\nregion = r\n[profile c]\nsource_profile = a\n";
        assert_eq!(fault(config, "default"), None);
        assert_eq!(fault(config, "b"), None);
        for profile in ["a", "c"] {
            assert_eq!(
                fault(config, profile).as_deref(),
                Some("config:4 is no setting: there is no `=` in it")
            );
        }
    }

    #[test]
    fn the_sections_that_a_profile_names_count_with_it() {
        let config = "[profile a]\nsso_session = s\n[sso-session s]\nbroken\n\
            [profile b]\nservices = v\n[services v]\nlambda =\n  broken\n\
            [profile c]\nservices = gone\n\
            [profile d]\nservices = w\n[services w]\ncloudwatch-logs =\n  endpoint_url = u\n";
        for (profile, place) in [
            ("a", "config:4 "),
            ("b", "config:9 "),
            ("c", "config:11 "),
            ("d", "config:15 "),
        ] {
            let said = fault(config, profile).expect("a fault");
            assert!(said.starts_with(place), "{said}");
        }
    }

    #[test]
    fn a_missing_profile_names_the_line_that_was_meant() {
        let missing = |config: &str, credentials: &str, name: &str| {
            ProfileFile::of(config, credentials).missing(name)
        };
        for (config, credentials, name, place) in [
            ("[profile two words]\n", "", "two words", "config:1 "),
            ("[x]\n", "", "x", "config:1 [x] is no profile"),
            ("", "[profile x]\n", "x", "credentials:1 "),
            (
                "[default]\nregion = r\n  [profile x]\n",
                "",
                "x",
                "config:3 is indented deeper",
            ),
        ] {
            let said = missing(config, credentials, name);
            assert!(said.contains(place), "{said}");
        }
        assert_eq!(
            missing("", "", "x"),
            "profile x is neither in config nor in credentials"
        );
    }

    #[test]
    fn the_sdk_gets_no_secret_and_no_endpoint() {
        let file = ProfileFile::of(
            "[profile a b]\n[profile 'a b']\nUse_Fips_Endpoint = true\nendpoint_url = http://x\n\
             services = s\nsdk_ua_app_id = x\n  y\n",
            "[a b]\naws_access_key_id = A\naws_secret_access_key = s\nrole_arn = r\n",
        );
        assert_eq!(file.for_sdk("a b"), "[default]\nuse_fips_endpoint = true\n");
    }

    #[test]
    fn a_source_profile_loop_ends() {
        let file = ProfileFile::of(
            "[profile a]\nsource_profile=b\n[profile b]\nsource_profile=a\nmfa_serial=m\n",
            "",
        );
        assert!(file.chain_has("a", &["mfa_serial"]));
        assert!(!file.chain_has("a", &["sso_session"]));
    }
}
