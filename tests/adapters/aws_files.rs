//! `~/.aws` and the way to credentials, on the wire: who is asked, who signs, and what a failure
//! says.

use std::fs;

use lambdeck::{
    aws::{Environment, Provider},
    domain::session::Target,
    ports::{ApiError, ErrorKind, Functions, Session},
};
use serde_json::json;

use super::sessions::{home, in_a_process, signer};
use crate::support::{Answer, Request, Stub};

const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Lambda and STS in one. STS answers every role with a key that is named after it.
async fn account() -> Stub {
    Stub::serve(|request: &Request| {
        let body = String::from_utf8_lossy(&request.body);
        let Some(action) = form(&body, "Action") else {
            return Answer::json(&json!({"Functions": []}));
        };
        let role = form(&body, "RoleArn").unwrap_or_default();
        let key = role.rsplit("%2F").next().unwrap_or_default().to_uppercase();
        let result = match action {
            "GetCallerIdentity" => "<Account>300000000002</Account><Arn>arn:x</Arn>".to_owned(),
            _ => format!(
                "<Credentials><AccessKeyId>AKIA{key}</AccessKeyId><SecretAccessKey>s\
                 </SecretAccessKey><SessionToken>t</SessionToken>\
                 <Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>"
            ),
        };
        Answer::new(
            200,
            format!(
                "<{action}Response xmlns=\"{STS}\"><{action}Result>{result}</{action}Result>\
                 </{action}Response>"
            ),
        )
        .header("content-type", "text/xml")
    })
    .await
}

/// One field of a form.
fn form<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    body.split('&')
        .find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
}

/// The actions of STS that were asked for, with who signed them.
fn asked(stub: &Stub) -> Vec<String> {
    let requests = stub.requests();
    requests
        .iter()
        .filter_map(|request| {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            let action = form(&body, "Action")?.to_owned();
            let header = request.header("authorization").unwrap_or("Credential=-/");
            let (_, key) = header.split_once("Credential=")?;
            Some(format!("{action} {}", key.split('/').next()?))
        })
        .collect()
}

const CHAIN: &str = "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n\
    [profile mid]\nrole_arn = arn:aws:iam::300000000001:role/mid\nsource_profile = base\n\
    [profile prod]\nregion = eu-west-1\nrole_arn = arn:aws:iam::300000000002:role/ops\n\
    source_profile = mid\nexternal_id = ext\nrole_session_name = me\nduration_seconds = 900\n\
    services = elsewhere\n\
    [services elsewhere]\nsts =\n  endpoint_url = http://127.0.0.1:1\n";

/// The variables of the process name another STS, and so does the profile: the option counts.
#[test]
fn the_endpoint_of_the_option_is_that_of_the_roles_too() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config");
    fs::write(&config, CHAIN).unwrap();
    in_a_process(
        "aws_files::process_with_an_endpoint_option",
        &[
            ("AWS_CONFIG_FILE", config.to_str().unwrap()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
        ],
    );
}

#[tokio::test]
#[ignore = "run by the_endpoint_of_the_option_is_that_of_the_roles_too"]
async fn process_with_an_endpoint_option() {
    let stub = account().await;
    let url = stub.url();
    let environment = Environment::process().with_options(Some("prod"), Some(&url));
    let target = environment.resolve(Some("prod"), None, Some(&url));
    let session = Provider::with_env(environment)
        .session(&target)
        .await
        .unwrap();
    let identity = session.caller_identity().await.unwrap();
    assert_eq!(identity.account, "300000000002");
    assert_eq!(
        asked(&stub),
        [
            "AssumeRole AKIABASE",
            "AssumeRole AKIAMID",
            "GetCallerIdentity AKIAOPS"
        ]
    );
    session.list_functions(None).await.unwrap();
    assert_eq!(signer(&stub), "AKIAOPS");
    assert_eq!(asked(&stub).len(), 3, "credentials are kept");
    let second = stub.requests()[1].clone();
    let body = String::from_utf8(second.body).unwrap();
    assert_eq!(form(&body, "ExternalId"), Some("ext"));
    assert_eq!(form(&body, "RoleSessionName"), Some("me"));
    assert_eq!(form(&body, "DurationSeconds"), Some("900"));
}

async fn opened(
    config: &str,
    variables: &[(&str, &str)],
    profile: Option<&str>,
) -> Result<impl Session, ApiError> {
    let (_home, environment) = home(config, variables);
    let environment = environment.with_options(profile, None);
    let target = environment.resolve(profile, None, None);
    Provider::with_env(environment).session(&target).await
}

#[tokio::test]
async fn a_token_file_is_exchanged_where_the_endpoint_says() {
    let stub = account().await;
    let (home, environment) = home("", &[]);
    let token = home.path().join("token");
    fs::write(&token, "the-token\n").unwrap();
    let config = format!(
        "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::300000000001:role/pod\n\
         web_identity_token_file = {}\nendpoint_url = {}\n",
        token.display(),
        stub.url()
    );
    fs::write(home.path().join("config"), config).unwrap();
    let target = environment.resolve(None, None, None);
    let session = Provider::with_env(environment)
        .session(&target)
        .await
        .unwrap();
    session.caller_identity().await.unwrap();
    assert_eq!(
        asked(&stub),
        ["AssumeRoleWithWebIdentity -", "GetCallerIdentity AKIAPOD"]
    );
    let body = String::from_utf8(stub.requests()[0].body.clone()).unwrap();
    assert_eq!(form(&body, "WebIdentityToken"), Some("the-token"));
}

#[tokio::test]
async fn what_the_aws_cli_reads_is_read() {
    let stub = account().await;
    let url = stub.url();
    let indented = "[default]\nregion = eu-west-1\naws_access_key_id = AKIADEFAULT\n\
        aws_secret_access_key = s\n\n[profile other]\n region = us-east-1\n \
        aws_access_key_id = AKIAOTHER\n aws_secret_access_key = s\n";
    let spaces = "[profile 'team prod']\nregion = eu-west-1\naws_access_key_id = AKIATEAM\n\
        aws_secret_access_key = s\n";
    let prod = "[default]\nregion = eu-west-1\naws_access_key_id = AKIADEFAULT\n\
        aws_secret_access_key = s\n[profile prod]\nregion = eu-west-1\n\
        aws_access_key_id = AKIAPROD\naws_secret_access_key = s\n";
    let older = [("AWS_DEFAULT_PROFILE", "prod")];
    let both = [("AWS_DEFAULT_PROFILE", "default"), ("AWS_PROFILE", "prod")];
    for (config, variables, profile, key, region) in [
        (indented, &[][..], None, "AKIADEFAULT", "eu-west-1"),
        (indented, &[], Some("other"), "AKIAOTHER", "us-east-1"),
        (spaces, &[], Some("team prod"), "AKIATEAM", "eu-west-1"),
        (prod, &older, None, "AKIAPROD", "eu-west-1"),
        (prod, &both, None, "AKIAPROD", "eu-west-1"),
    ] {
        let mut variables = variables.to_vec();
        variables.push(("AWS_ENDPOINT_URL", &url));
        let session = opened(config, &variables, profile).await.unwrap();
        session.caller_identity().await.unwrap();
        assert_eq!((signer(&stub).as_str(), session.region()), (key, region));
    }
}

#[tokio::test]
async fn a_broken_line_of_the_profile_in_use_is_an_error() {
    let config = "[default]\nregion = eu-west-1\n[profile a]\nregion = eu-west-1\n\
        role_arn arn:aws:iam::300000000001:role/r\naws_access_key_id = A\n\
        aws_secret_access_key = s\n";
    opened(config, &[], None).await.unwrap();
    let error = opened(config, &[], Some("a")).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::BadCredentials);
    assert!(error.message.contains("config:5 "), "{error}");
    assert!(error.next_step("a").contains("check-config"));
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named_with_the_reason() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("folder");
    fs::create_dir(&folder).unwrap();
    let broken = home.path().join("broken");
    fs::write(&broken, b"[default]\nregion = \xff\n").unwrap();
    for (path, why) in [(&folder, "folder"), (&broken, "UTF-8")] {
        let path = path.to_str().unwrap();
        let variables = [
            ("AWS_CONFIG_FILE", path),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
            ("AWS_REGION", "eu-west-1"),
        ];
        let environment: Environment = variables.into_iter().collect();
        let target = Target {
            profile: Some("prod".into()),
            ..environment.resolve(None, None, None)
        };
        let provider = Provider::with_env(environment);
        let error = provider.session(&target).await.err().unwrap();
        assert!(
            error.message.contains(path) && error.message.contains(why),
            "{error}"
        );
        assert!(!error.message.contains("neither"), "{error}");
    }
}

#[tokio::test]
async fn a_failure_names_its_provider_and_what_to_run() {
    let refusing = Stub::script([Answer::xml_error(
        403,
        "AccessDenied",
        "User: x is not authorized to perform: sts:AssumeRole",
    )])
    .await;
    let failure = async |config: &str, profile: &str| {
        let variables = [("AWS_ENDPOINT_URL", refusing.url())];
        let variables = variables.each_ref().map(|(key, url)| (*key, url.as_str()));
        let session = opened(config, &variables, Some(profile)).await.unwrap();
        session.caller_identity().await.unwrap_err()
    };
    let process = "[profile p]\nregion = eu-west-1\ncredential_process = exit 7\n\
        [profile role]\nregion = eu-west-1\nrole_arn = arn:aws:iam::300000000001:role/r\n\
        source_profile = p\n";
    for profile in ["p", "role"] {
        let error = failure(process, profile).await;
        assert_eq!(error.kind, ErrorKind::BadCredentials, "{error}");
        assert!(
            error
                .message
                .contains("the credential_process of profile p failed"),
            "{error}"
        );
        assert!(error.next_step(profile).contains("run its command"));
    }
    let error = failure(CHAIN, "prod").await;
    assert!(
        error
            .message
            .contains("assuming arn:aws:iam::300000000001:role/mid (profile mid)")
            && error.message.contains("AccessDenied: User: x"),
        "{error}"
    );
    assert!(error.next_step("prod").contains("sts:AssumeRole"));
}

const SSO: &str = "[profile base]\nsso_session = Two Words\nsso_account_id = 300000000001\n\
    sso_role_name = Dev\n[sso-session 'Two Words']\nsso_region = eu-west-1\n\
    sso_start_url = https://corp.invalid/start\n\
    [profile prod]\nregion = eu-west-1\nrole_arn = arn:aws:iam::300000000002:role/ops\n\
    source_profile = base\n";

/// The profile that must sign in is not always the one in use. The SDK looks for tokens in the
/// home directory of the process.
#[test]
fn a_role_by_way_of_sso_says_which_profile_signs_in() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config");
    fs::write(&config, SSO).unwrap();
    in_a_process(
        "aws_files::process_with_sso",
        &[
            ("HOME", home.path().to_str().unwrap()),
            ("AWS_CONFIG_FILE", config.to_str().unwrap()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
        ],
    );
}

#[tokio::test]
#[ignore = "run by a_role_by_way_of_sso_says_which_profile_signs_in"]
async fn process_with_sso() {
    let environment = Environment::process().with_options(Some("prod"), None);
    let target = environment.resolve(Some("prod"), None, None);
    let session = Provider::with_env(environment)
        .session(&target)
        .await
        .unwrap();
    let error = session.caller_identity().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::SsoExpired, "{error:?}");
    assert!(error.message.contains("Two Words"), "{error}");
    assert_eq!(
        error.next_step("prod"),
        "run `aws sso login --profile base`"
    );
}
