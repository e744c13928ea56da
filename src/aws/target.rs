//! Tells what a session will be opened on, from options, environment and `~/.aws`, with the
//! precedence of the AWS CLI.
//!
//! Local and quick: reads two small files, builds no HTTP client, asks no network, so that the
//! first frame may wait for it.

use std::{collections::HashMap, env, fs, path::PathBuf};

use crate::domain::session::Target;

use super::{endpoint::Service, profile_file::ProfileFile};

/// Variables that hold static credentials.
const KEYS: [&str; 3] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

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
pub struct Environment(HashMap<String, String>);

/// Resolves a target from the process's environment; see [`Environment::resolve`].
pub fn resolve(profile: Option<&str>, region: Option<&str>, endpoint: Option<&str>) -> Target {
    Environment::process().resolve(profile, region, endpoint)
}

/// The profiles of the user's files; see [`Environment::profiles`].
pub fn profiles() -> Vec<ProfileInfo> {
    Environment::process().profiles()
}

impl Environment {
    /// The variables of this process; those that are not UTF-8 are left out.
    pub fn process() -> Self {
        Self(
            env::vars_os()
                .filter_map(|(key, value)| {
                    Some((key.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    /// Lets command-line options win for good, as in the AWS CLI: `--profile` over the keys of
    /// the environment (which `AWS_PROFILE` does *not* outrank), `--endpoint-url` over every
    /// configured endpoint, even when an option only repeats a variable.
    #[must_use]
    pub fn with_options(mut self, profile: Option<&str>, endpoint: Option<&str>) -> Self {
        if let Some(profile) = profile {
            for key in KEYS {
                self.0.remove(key);
            }
            self.0.insert("AWS_PROFILE".into(), profile.into());
        }
        if let Some(endpoint) = endpoint {
            for service in Service::ALL {
                self.0.remove(service.variable());
            }
            self.0.remove("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
            self.0.insert("AWS_ENDPOINT_URL".into(), endpoint.into());
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
            .or_else(|| self.get("AWS_PROFILE"))
            .map(str::to_owned);
        let region = region
            .or_else(|| self.get("AWS_REGION"))
            .or_else(|| self.get("AWS_DEFAULT_REGION"))
            .map(str::to_owned)
            .or_else(|| {
                let name = profile.as_deref().unwrap_or("default");
                self.profile_file()
                    .setting(name, "region")
                    .map(str::to_owned)
            });
        let endpoint = endpoint
            .or_else(|| {
                self.get("AWS_ENDPOINT_URL")
                    .filter(|_| !self.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))
            })
            .map(str::to_owned);
        Target {
            profile,
            region,
            endpoint,
        }
    }

    /// The profiles of both files: `default` first, then by name.
    pub fn profiles(&self) -> Vec<ProfileInfo> {
        let file = self.profile_file();
        let mut profiles: Vec<_> = file
            .profiles()
            .map(|(name, settings)| ProfileInfo {
                name: name.to_owned(),
                region: settings.get("region").cloned(),
                sso: file.chain_has(name, &["sso_session", "sso_start_url"]),
            })
            .collect();
        profiles.sort_by_key(|profile| profile.name != "default");
        profiles
    }

    /// Where the credentials of a target come from, as a stable word for file names and keys:
    /// the access key id of the environment, or the profile.
    pub fn credential_source(&self, target: &Target) -> String {
        match self.keys(target) {
            Some((id, ..)) => format!("key:{id}"),
            None => format!("profile:{}", target.profile_name()),
        }
    }

    /// Static keys of the environment, unless the target names a profile of its own.
    pub(super) fn keys(&self, target: &Target) -> Option<(&str, &str, Option<&str>)> {
        if self.chooses_profile(target) {
            return None;
        }
        let [id, secret, token] = KEYS;
        Some((self.get(id)?, self.get(secret)?, self.get(token)))
    }

    /// Whether the target's profile was chosen by hand, not by `AWS_PROFILE`.
    pub(super) fn chooses_profile(&self, target: &Target) -> bool {
        target.profile.is_some() && target.profile.as_deref() != self.get("AWS_PROFILE")
    }

    /// A variable; an empty one counts as absent.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0
            .get(key)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether a variable says `true`.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.get(key)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The text of the config file and of the credentials file; a missing file is empty.
    pub(super) fn file_texts(&self) -> (String, String) {
        let read = |variable: &str, default: &str| {
            let path = self.expanded(self.get(variable).unwrap_or(default));
            fs::read(path)
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .unwrap_or_default()
        };
        (
            read("AWS_CONFIG_FILE", "~/.aws/config"),
            read("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
        )
    }

    /// Both files, parsed.
    pub(super) fn profile_file(&self) -> ProfileFile {
        let (config, credentials) = self.file_texts();
        ProfileFile::parse(&config, &credentials)
    }

    fn expanded(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), self.get("HOME")) {
            (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => PathBuf::from(path),
        }
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(variables: T) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
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
    fn no_home_and_no_files_is_no_failure() {
        let environment: Environment = [("AWS_CONFIG_FILE", "/nonexistent")].into_iter().collect();
        assert_eq!(environment.resolve(None, None, None), Target::default());
        assert!(environment.profiles().is_empty());
    }
}
