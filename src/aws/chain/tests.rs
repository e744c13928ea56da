//! The files of `tests/aws_files`, read here and by botocore.

use std::{collections::BTreeMap, fs};

use serde::Deserialize;

use super::*;
use crate::aws::endpoint::Endpoints;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    config: Option<String>,
    credentials: Option<String>,
    profile: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
}

type Facts = BTreeMap<String, String>;

/// Files that botocore reads and we refuse to use: it loses a line without a word.
const REFUSED_HERE: [&str; 3] = [
    "an indented header continues a value",
    "a line that is no setting",
    "multi-word ids with a dash are not known",
];

/// Files that botocore refuses and we read, as the profile in use is not touched by it.
const READ_HERE: [&str; 2] = ["a byte order mark", "a header that does not close"];

impl Case {
    fn read(&self) -> Result<Facts, String> {
        let home = tempfile::tempdir().expect("a directory");
        let mut variables = self.env.clone();
        for (variable, name, text) in [
            ("AWS_CONFIG_FILE", "config", &self.config),
            (
                "AWS_SHARED_CREDENTIALS_FILE",
                "credentials",
                &self.credentials,
            ),
        ] {
            let path = home.path().join(name);
            if let Some(text) = text {
                fs::write(&path, text).expect("a file");
            }
            variables.insert(
                variable.to_owned(),
                path.to_str().expect("UTF-8").to_owned(),
            );
        }
        let environment: Environment = variables.into_iter().collect();
        let environment = environment.with_options(self.profile.as_deref(), None);
        let target = environment.resolve(self.profile.as_deref(), None, None);
        let file = environment.profile_file();
        if let Some(name) = target.profile.as_deref().filter(|name| !file.has(name)) {
            return Err(file.missing(name));
        }
        let fault = file.fault(target.profile_name());
        let endpoints = Endpoints::resolve(&target, &environment, &file);
        let endpoint = |url: Option<String>| match &fault {
            Some(fault) if fault.cause.contains("[services") => "error".to_owned(),
            _ => url.unwrap_or_default(),
        };
        let provider = match Plan::resolve(&target, &environment, &file) {
            Ok(plan) => words(&plan),
            Err(_) => "error".to_owned(),
        };
        let facts = [
            ("profile", target.profile_name().to_owned()),
            ("region", target.region.unwrap_or_default()),
            ("lambda", endpoint(endpoints.lambda)),
            ("logs", endpoint(endpoints.logs)),
            ("sqs", endpoint(endpoints.sqs)),
            ("sts", endpoint(endpoints.sts)),
            ("provider", provider),
        ];
        if let Some(fault) = fault.filter(|fault| !fault.cause.contains("is not there")) {
            return Err(fault.to_string());
        }
        let fact = |(key, value): (&str, String)| (key.to_owned(), value);
        Ok(facts.into_iter().map(fact).collect())
    }
}

/// The plan in the words of `botocore.py`.
fn words(plan: &Plan) -> String {
    let base = match &plan.base {
        Base::Environment(keys) => format!("env {}", keys.access_key_id()),
        Base::Keys(Which::Config, keys) => format!("config-file {}", keys.access_key_id()),
        Base::Keys(Which::Credentials, keys) => {
            format!("shared-credentials-file {}", keys.access_key_id())
        }
        Base::WebIdentity {
            role, token_file, ..
        } => format!("web-identity {role} {token_file}"),
        Base::Sso {
            account,
            role,
            region,
            start_url,
            session,
        } => {
            let session = session.as_ref().map(|name| format!(" {name}"));
            format!(
                "sso {account} {role} {region} {start_url}{}",
                session.unwrap_or_default()
            )
        }
        Base::Process(command) => format!("process {}", command.reveal()),
        Base::Login(session) => format!("login {session}"),
        Base::Container => "container".to_owned(),
        Base::Instance if plan.is_last_resort() => "none".to_owned(),
        Base::Instance => "instance".to_owned(),
    };
    plan.roles.iter().fold(base, |before, role| {
        format!("assume-role {} by {before}", role.arn)
    })
}

fn cases() -> Vec<Case> {
    let text = include_str!("../../../tests/aws_files/cases.toml");
    let cases: Cases = toml::from_str(text).expect("the cases");
    cases.case
}

#[test]
fn the_files_are_read_as_botocore_reads_them() {
    let text = include_str!("../../../tests/aws_files/botocore.toml");
    let expected: BTreeMap<String, Facts> = toml::from_str(text).expect("the expectations");
    let cases = cases();
    assert!(cases.len() >= 30 && cases.len() == expected.len());
    for case in &cases {
        let name = case.name.as_str();
        let mut facts = expected[name].clone();
        for fact in facts.values_mut() {
            // Why is told in our own words.
            if fact.starts_with("error ") {
                "error".clone_into(fact);
            }
        }
        let read = case.read();
        if REFUSED_HERE.contains(&name) {
            assert!(!facts.contains_key("refused"), "{name}: botocore reads it");
            let said = read.expect_err(name);
            assert!(said.contains("config:"), "{name}: {said}");
        } else if READ_HERE.contains(&name) {
            assert!(facts.contains_key("refused"), "{name}: botocore refuses it");
            let read = read.expect(name);
            assert_eq!(read["region"], "eu-west-1", "{name}");
        } else if facts.contains_key("refused") {
            let said = read.expect_err(name);
            assert!(said.contains("config"), "{name}: {said}");
        } else {
            assert_eq!(read.as_ref(), Ok(&facts), "{name}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_named_with_file_line_and_setting() {
    let said = |config: &str| {
        let file = ProfileFile::of(config, "");
        let target = Target {
            profile: Some("a".into()),
            ..Target::default()
        };
        Plan::resolve(&target, &Environment::default(), &file)
            .expect_err(config)
            .to_string()
    };
    for (config, words) in [
        (
            "role_arn =\nsource_profile = a\n",
            "config:2 profile a: role_arn is empty",
        ),
        (
            "role_arn = r\n",
            "config:2 profile a: role_arn needs source_profile",
        ),
        (
            "role_arn = r\nsource_profile = b\n",
            "config:3 profile a: the source profile is not there",
        ),
        (
            "role_arn = r\nsource_profile = a\n",
            "config:3 profile a: source_profile goes round",
        ),
        (
            "role_arn = r\ncredential_source = X\n",
            "config:3 profile a: credential_source must be",
        ),
        (
            "credential_process =\n",
            "config:2 profile a: credential_process is empty",
        ),
        (
            "aws_access_key_id = A\n",
            "config:2 profile a: aws_access_key_id stands without",
        ),
        (
            "sso_account_id = 1\nsso_session = s\n",
            "config:3 profile a: [sso-session s] is not there",
        ),
        (
            "sso_account_id = 1\nsso_role_name = r\nsso_region = x\n",
            "sso_start_url is missing",
        ),
        (
            "web_identity_token_file = t\n",
            "config:2 profile a: a web identity token needs a role",
        ),
    ] {
        let said = said(&format!("[profile a]\n{config}"));
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_command_that_goes_on_is_one_command() {
    let file = ProfileFile::of("[default]\ncredential_process = x\n  --for y\n", "");
    let plan = Plan::resolve(&Target::default(), &Environment::default(), &file).expect("a plan");
    assert_eq!(words(&plan), "process x --for y");
}
