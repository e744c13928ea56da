//! Reads `~/.aws/config` and `~/.aws/credentials` far enough to name profiles, their regions and
//! their endpoints, without the SDK and without the network.
//!
//! Not responsible for credentials: the SDK's profile provider gets the same text and follows
//! `source_profile`, SSO and processes by itself.

use std::collections::BTreeMap;

/// The settings of one section; a nested setting (`lambda =` and below it `  endpoint_url = …`)
/// is found under `lambda.endpoint_url`.
pub(super) type Settings = BTreeMap<String, String>;

/// Both files, merged by profile as the AWS CLI does: the credentials file wins.
#[derive(Debug, Clone, Default)]
pub(super) struct ProfileFile {
    profiles: BTreeMap<String, Settings>,
    services: BTreeMap<String, Settings>,
}

impl ProfileFile {
    /// Parses the text of the config file and of the credentials file. What cannot be read as
    /// a setting is skipped: the SDK reports broken files when it loads credentials.
    pub(super) fn parse(config: &str, credentials: &str) -> Self {
        let mut file = Self::default();
        for (header, settings) in sections(config) {
            let (kind, name) = match header.split_once(char::is_whitespace) {
                Some((kind, name)) => (kind, unquoted(name.trim())),
                None if header == "default" => ("profile", "default"),
                None => continue,
            };
            match kind {
                "profile" => file.profiles.entry(name.to_owned()),
                "services" => file.services.entry(name.to_owned()),
                _ => continue,
            }
            .or_default()
            .extend(settings);
        }
        for (header, settings) in sections(credentials) {
            file.profiles
                .entry(unquoted(&header).to_owned())
                .or_default()
                .extend(settings);
        }
        file
    }

    /// Every profile and its settings, by name.
    pub(super) fn profiles(&self) -> impl Iterator<Item = (&str, &Settings)> {
        self.profiles
            .iter()
            .map(|(name, settings)| (name.as_str(), settings))
    }

    /// The settings of a profile, if either file has it.
    pub(super) fn profile(&self, name: &str) -> Option<&Settings> {
        self.profiles.get(name)
    }

    /// One setting of a profile; an empty one counts as absent.
    pub(super) fn setting(&self, profile: &str, key: &str) -> Option<&str> {
        self.profile(profile)?
            .get(key)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// `endpoint_url` of a service in the `services` section that the profile names.
    ///
    /// The AWS CLI documents multi-word ids with an underscore (`cloudwatch_logs`); the SDK for
    /// Rust only knows a dash (`aws-facts` §6). Both are understood here.
    pub(super) fn service_endpoint(&self, profile: &str, service: &str) -> Option<&str> {
        let section = self.services.get(self.setting(profile, "services")?)?;
        [service.to_owned(), service.replace('_', "-")]
            .iter()
            .find_map(|id| section.get(&format!("{id}.endpoint_url")))
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether a setting appears in the profile or in one that it draws its credentials from.
    pub(super) fn chain_has(&self, profile: &str, keys: &[&str]) -> bool {
        let mut seen = Vec::new();
        let mut next = Some(profile);
        while let Some(name) = next.filter(|name| !seen.contains(name)) {
            if keys.iter().any(|key| self.setting(name, key).is_some()) {
                return true;
            }
            seen.push(name);
            next = self.setting(name, "source_profile");
        }
        false
    }
}

/// The sections of an INI text, in order, each with its settings.
fn sections(text: &str) -> Vec<(String, Settings)> {
    let mut sections: Vec<(String, Settings)> = Vec::new();
    let mut parent = String::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if let Some(header) = content.strip_prefix('[') {
            if let Some((name, _)) = header.split_once(']') {
                sections.push((name.trim().to_owned(), Settings::new()));
            }
            parent.clear();
            continue;
        }
        let (Some((key, value)), Some((_, settings))) =
            (content.split_once('='), sections.last_mut())
        else {
            continue;
        };
        let key = key.trim().to_ascii_lowercase();
        let value = without_comment(value).to_owned();
        if line.starts_with([' ', '\t']) && !parent.is_empty() {
            settings.insert(format!("{parent}.{key}"), value);
        } else {
            parent = if value.is_empty() {
                key.clone()
            } else {
                String::new()
            };
            settings.insert(key, value);
        }
    }
    sections
}

/// A value ends where a comment starts: at `#` or `;` after a blank.
fn without_comment(value: &str) -> &str {
    let end = value
        .char_indices()
        .zip(value.chars().skip(1))
        .find(|((_, before), c)| before.is_whitespace() && matches!(c, '#' | ';'))
        .map_or(value.len(), |((at, _), _)| at);
    value[..end].trim()
}

fn unquoted(name: &str) -> &str {
    name.strip_prefix(['"', '\''])
        .and_then(|rest| rest.strip_suffix(['"', '\'']))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "\
# the team's
[default]
region = eu-west-1 ; near
[profile 'prod']
region=us-east-1
services = local
source_profile = base
s3 =
  endpoint_url = http://s3.example
[profile base]
mfa_serial = arn:aws:iam::1:mfa/me
[sso-session corp]
sso_start_url = https://corp.example#/
[services local]
lambda =
  endpoint_url = http://lambda.example
cloudwatch_logs =
    endpoint_url = http://logs.example
[broken
nonsense
";

    #[test]
    fn profiles_of_both_files_are_merged() {
        let file = ProfileFile::parse(CONFIG, "[ci]\naws_access_key_id = A\n[prod]\nregion = x\n");
        let names: Vec<_> = file.profiles().map(|(name, _)| name).collect();
        assert_eq!(names, ["base", "ci", "default", "prod"]);
        assert_eq!(file.setting("default", "region"), Some("eu-west-1"));
        assert_eq!(file.setting("prod", "region"), Some("x"));
        assert_eq!(file.setting("prod", "endpoint_url"), None);
    }

    #[test]
    fn the_services_section_is_found_with_dash_and_underscore() {
        let file = ProfileFile::parse(CONFIG, "");
        assert_eq!(
            file.service_endpoint("prod", "lambda"),
            Some("http://lambda.example")
        );
        assert_eq!(
            file.service_endpoint("prod", "cloudwatch_logs"),
            Some("http://logs.example")
        );
        let dashed = ProfileFile::parse(&CONFIG.replace("cloudwatch_logs", "cloudwatch-logs"), "");
        assert_eq!(
            dashed.service_endpoint("prod", "cloudwatch_logs"),
            Some("http://logs.example")
        );
        assert_eq!(file.service_endpoint("prod", "sqs"), None);
        assert_eq!(file.service_endpoint("default", "lambda"), None);
    }

    #[test]
    fn a_source_profile_loop_ends() {
        let file = ProfileFile::parse(
            "[profile a]\nsource_profile=b\n[profile b]\nsource_profile=a\n",
            "",
        );
        assert!(!file.chain_has("a", &["mfa_serial"]));
        assert!(ProfileFile::parse(CONFIG, "").chain_has("prod", &["mfa_serial"]));
    }

    #[test]
    fn a_hash_inside_a_value_is_no_comment() {
        assert_eq!(
            without_comment(" https://corp.example#/ "),
            "https://corp.example#/"
        );
        assert_eq!(without_comment(" a # b"), "a");
        assert_eq!(without_comment(""), "");
    }
}
