//! Tells what a session will be opened on, from options, environment and `~/.aws`, with the
//! precedence of the AWS CLI.
//!
//! Local and quick: reads two small files, builds no HTTP client, asks no network, so that the
//! first frame may wait for it.

use std::{collections::HashMap, env, path::PathBuf};

use crate::domain::session::Target;

use super::{
    chain::Plan,
    endpoint::{self, Endpoints, Service},
    profile_file::{Finding, ProfileFile, Which},
};

/// Variables that name the profile; the first one that is set counts. (botocore looks at the
/// older one first; the AWS CLI's manual and every other tool know only the newer.)
const PROFILE: [&str; 2] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// A profile of the user's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileInfo {
    /// Name, without the word `profile`.
    pub name: String,
    /// Its own region, if it has one.
    pub region: Option<String>,
    /// Whether it signs in through IAM Identity Center, itself or by a source profile.
    pub sso: bool,
}

/// The environment variables that configure AWS: the process's, or a test's own.
#[derive(Clone, Default)]
pub struct Environment {
    variables: HashMap<String, String>,
    /// `--profile`.
    profile: Option<String>,
}

impl Environment {
    /// The variables of this process; those that are not UTF-8 are left out.
    pub fn process() -> Self {
        env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// Lets command-line options win for good, as in the AWS CLI: `--profile` over the keys of
    /// the environment (which `AWS_PROFILE` does *not* outrank), `--endpoint-url` over every
    /// configured endpoint, even when an option only repeats a variable.
    #[must_use]
    pub fn with_options(mut self, profile: Option<&str>, endpoint: Option<&str>) -> Self {
        self.profile = profile.map(str::to_owned);
        if let Some(endpoint) = endpoint {
            for service in Service::ALL {
                self.variables.remove(service.variable());
            }
            // A profile may ignore what is configured, but not what is asked for.
            let said = [
                ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"),
                ("AWS_ENDPOINT_URL", endpoint),
            ];
            for (key, value) in said {
                self.variables.insert(key.to_owned(), value.to_owned());
            }
        }
        self
    }

    /// The target: option before environment before file, for each part.
    pub fn resolve(
        &self,
        profile: Option<&str>,
        region: Option<&str>,
        endpoint: Option<&str>,
    ) -> Target {
        let profile = profile
            .or(self.profile.as_deref())
            .or_else(|| self.profile_variable());
        let name = profile.unwrap_or("default");
        let mut file = None;
        let region = region
            .or_else(|| self.get("AWS_REGION"))
            .or_else(|| self.get("AWS_DEFAULT_REGION"))
            .map(str::to_owned)
            .or_else(|| {
                let file = file.get_or_insert_with(|| self.profile_file());
                file.setting(name, "region").map(str::to_owned)
            });
        let endpoint = endpoint
            .or_else(|| {
                self.get("AWS_ENDPOINT_URL").filter(|_| {
                    let file = file.get_or_insert_with(|| self.profile_file());
                    !endpoint::are_ignored(name, self, file)
                })
            })
            .map(str::to_owned);
        Target {
            profile: profile.map(str::to_owned),
            region,
            endpoint,
        }
    }

    /// The profiles of both files: `default` first, then by name.
    pub fn profiles(&self) -> Vec<ProfileInfo> {
        let file = self.profile_file();
        let mut profiles: Vec<_> = file
            .profiles()
            .into_iter()
            .map(|name| ProfileInfo {
                name: name.to_owned(),
                region: file.setting(name, "region").map(str::to_owned),
                sso: file.chain_has(name, &["sso_session", "sso_start_url"]),
            })
            .collect();
        profiles.sort_by_key(|profile| profile.name != "default");
        profiles
    }

    /// What the reader should know at the start: lines of the files that may mean something else
    /// than they say, two variables that contradict each other. What concerns the target is left
    /// to the failure of its session.
    pub fn warnings(&self, target: &Target) -> Vec<Finding> {
        let file = self.profile_file();
        let mut findings: Vec<_> = self.contradiction().into_iter().collect();
        if file.fault(target.profile_name()).is_none() {
            findings.extend(file.findings().into_iter().filter(|one| one.serious));
        }
        findings
    }

    /// Everything that is wrong with both files, with the variables beside them, and with the
    /// target itself.
    pub fn findings(&self, target: &Target) -> Vec<Finding> {
        let file = self.profile_file();
        let mut findings = file.findings();
        let own = match &target.profile {
            Some(name) if !file.has(name) => Some(Finding {
                file: file.path(Which::Config).to_path_buf(),
                line: 0,
                cause: format!(
                    "is asked for a profile that it does not have: {}",
                    file.missing(name)
                ),
                serious: true,
            }),
            _ => file
                .fault(target.profile_name())
                .or_else(|| Plan::resolve(target, self, &file).err())
                .or_else(|| self.misplaced(target, &file)),
        };
        let own = own.into_iter().chain(self.contradiction());
        for finding in own {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        findings
    }

    /// A region or an endpoint of the profile that cannot be one.
    fn misplaced(&self, target: &Target, file: &ProfileFile) -> Option<Finding> {
        let profile = target.profile_name();
        let region = file
            .entry(profile, "region")
            .filter(|entry| !entry.value.is_empty() && !is_region(entry.value))
            .map(|entry| {
                let cause = format!("{:?} cannot be the name of a region", entry.value);
                file.place(entry, cause)
            });
        region.or_else(|| {
            let endpoints = Endpoints::resolve(target, self, file);
            file.endpoint_place(profile, endpoints.malformed()?)
        })
    }

    /// Two variables name a profile, and differ.
    fn contradiction(&self) -> Option<Finding> {
        let [newer, older] = PROFILE.map(|name| self.get(name));
        let (newer, older) = (newer?, older?);
        (self.profile.is_none() && newer != older).then(|| Finding {
            file: PROFILE[0].into(),
            line: 0,
            cause: format!(
                "is {newer} and {} is {older}: {newer} is used; unset one of them",
                PROFILE[1]
            ),
            serious: false,
        })
    }

    /// Where the credentials of a target come from, as a stable word for file names and keys:
    /// the access key id of the environment, or the profile.
    pub fn credential_source(&self, target: &Target) -> String {
        match self.get("AWS_ACCESS_KEY_ID") {
            Some(id) if !self.chooses_profile(target) => format!("key:{id}"),
            _ => format!("profile:{}", target.profile_name()),
        }
    }

    /// Whether the target's profile was chosen by hand, not by a variable.
    pub(super) fn chooses_profile(&self, target: &Target) -> bool {
        let Some(profile) = target.profile.as_deref() else {
            return false;
        };
        self.profile.as_deref() == Some(profile) || self.profile_variable() != Some(profile)
    }

    fn profile_variable(&self) -> Option<&str> {
        PROFILE.iter().find_map(|name| self.get(name))
    }

    /// A variable; an empty one counts as absent.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.variables
            .get(key)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether a variable says `true`.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.get(key)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Both files, read anew.
    pub(super) fn profile_file(&self) -> ProfileFile {
        let path =
            |variable: &str, default: &str| self.expanded(self.get(variable).unwrap_or(default));
        ProfileFile::read(
            &path("AWS_CONFIG_FILE", "~/.aws/config"),
            &path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
        )
    }

    /// A path of the user's with variables and `~` replaced, as the AWS CLI does.
    pub(super) fn expanded(&self, path: &str) -> PathBuf {
        let mut parts = path.split('$');
        let mut plain = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let (name, rest) = match part.strip_prefix('{').and_then(|part| part.split_once('}')) {
                Some(braced) => braced,
                None => part.split_at(part.find(|c| !is_name(c)).unwrap_or(part.len())),
            };
            if let Some(value) = self.get(name) {
                plain.push_str(value);
                plain.push_str(rest);
            } else {
                plain.push('$');
                plain.push_str(part);
            }
        }
        match (plain.strip_prefix("~/"), self.get("HOME")) {
            (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => PathBuf::from(plain),
        }
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(variables: T) -> Self {
        let variables = variables
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        Self {
            variables,
            profile: None,
        }
    }
}

/// Whether a region's name may become part of a host name.
pub(super) fn is_region(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 63
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// An environment whose config file is a real one on disk.
    fn environment(config: &str, variables: &[(&str, &str)]) -> (tempfile::TempDir, Environment) {
        let home = tempfile::tempdir().expect("a directory");
        fs::create_dir(home.path().join(".aws")).expect("a directory");
        fs::write(home.path().join(".aws/config"), config).expect("a file");
        let environment = variables
            .iter()
            .copied()
            .chain([("HOME", home.path().to_str().expect("UTF-8"))])
            .collect();
        (home, environment)
    }

    const CONFIG: &str = "[default]\nregion=eu-west-1\n[profile prod]\nregion=us-east-1\n\
        sso_session=corp\n[profile role]\nsource_profile=prod\n";

    #[test]
    fn options_beat_the_environment_and_the_environment_beats_the_file() {
        let (_home, bare) = environment(CONFIG, &[]);
        assert_eq!(
            bare.resolve(None, None, None).region.as_deref(),
            Some("eu-west-1")
        );
        assert_eq!(bare.resolve(None, None, None).profile, None);
        let (_home, set) = environment(
            CONFIG,
            &[
                ("AWS_PROFILE", "prod"),
                ("AWS_DEFAULT_REGION", "r-default"),
                ("AWS_ENDPOINT_URL", "http://env"),
            ],
        );
        let target = set.resolve(None, None, None);
        assert_eq!(target.profile.as_deref(), Some("prod"));
        assert_eq!(target.region.as_deref(), Some("r-default"));
        assert_eq!(target.endpoint.as_deref(), Some("http://env"));
        let target = set.resolve(Some("role"), Some("r-option"), Some("http://option"));
        assert_eq!(target.profile.as_deref(), Some("role"));
        assert_eq!(target.region.as_deref(), Some("r-option"));
        assert_eq!(target.endpoint.as_deref(), Some("http://option"));
        let (_home, both) = environment(
            CONFIG,
            &[("AWS_REGION", "first"), ("AWS_DEFAULT_REGION", "second")],
        );
        assert_eq!(
            both.resolve(None, None, None).region.as_deref(),
            Some("first")
        );
        let (_home, empty) = environment(CONFIG, &[("AWS_REGION", ""), ("AWS_PROFILE", "prod")]);
        assert_eq!(
            empty.resolve(None, None, None).region.as_deref(),
            Some("us-east-1")
        );
    }

    #[test]
    fn configured_endpoints_can_be_ignored_but_an_option_stays() {
        let (_home, environment) = environment(
            CONFIG,
            &[
                ("AWS_ENDPOINT_URL", "http://env"),
                ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
            ],
        );
        assert_eq!(environment.resolve(None, None, None).endpoint, None);
        assert_eq!(
            environment
                .resolve(None, None, Some("http://o"))
                .endpoint
                .as_deref(),
            Some("http://o")
        );
    }

    #[test]
    fn profiles_are_listed_with_region_and_sign_in() {
        let (_home, environment) = environment(CONFIG, &[]);
        let profiles = environment.profiles();
        let names: Vec<_> = profiles
            .iter()
            .map(|profile| profile.name.as_str())
            .collect();
        assert_eq!(names, ["default", "prod", "role"]);
        assert!(!profiles[0].sso);
        assert!(profiles[1].sso && profiles[2].sso);
        assert_eq!(profiles[2].region, None);
    }

    #[test]
    fn a_chosen_profile_outranks_the_keys_of_the_environment() {
        let (_home, environment) = environment(
            CONFIG,
            &[
                ("AWS_ACCESS_KEY_ID", "AKIA1"),
                ("AWS_SECRET_ACCESS_KEY", "s"),
                ("AWS_PROFILE", "prod"),
            ],
        );
        let by_variable = environment.resolve(None, None, None);
        assert_eq!(environment.credential_source(&by_variable), "key:AKIA1");
        let chosen = environment.resolve(Some("role"), None, None);
        assert_eq!(environment.credential_source(&chosen), "profile:role");
        let repeated = environment.clone().with_options(Some("prod"), None);
        assert_eq!(
            repeated.credential_source(&repeated.resolve(None, None, None)),
            "profile:prod"
        );
    }

    #[test]
    fn paths_are_expanded_as_a_shell_does() {
        let environment: Environment = [("HOME", "/h"), ("A_1", "a")].into_iter().collect();
        for (path, expected) in [
            ("~/x", "/h/x"),
            ("$HOME/x", "/h/x"),
            ("/${A_1}b/$A_1/c", "/ab/a/c"),
            ("/$NONE/${NONE}/$", "/$NONE/${NONE}/$"),
            ("~other/x", "~other/x"),
        ] {
            assert_eq!(
                environment.expanded(path),
                PathBuf::from(expected),
                "{path}"
            );
        }
    }

    #[test]
    fn no_home_and_no_files_is_no_failure() {
        let environment: Environment = [("AWS_CONFIG_FILE", "/nonexistent")].into_iter().collect();
        assert_eq!(environment.resolve(None, None, None), Target::default());
        assert!(environment.profiles().is_empty());
    }
}
