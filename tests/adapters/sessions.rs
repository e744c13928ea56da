//! Opening a session: where it points, whose keys it uses, and how it fails before any call.

use std::{fs, process::Command};

use lambdeck::{
    aws::{Environment, Provider},
    domain::{log::LogQuery, session::Target},
    ports::{ErrorKind, Functions, Logs, Session},
};
use serde_json::json;

use crate::support::{self, Answer, Stub};

/// A home directory with a config file, and the variables that point to it.
pub fn home(config: &str, variables: &[(&str, &str)]) -> (tempfile::TempDir, Environment) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config");
    fs::write(&path, config).unwrap();
    let environment = [
        ("AWS_CONFIG_FILE", path.to_str().unwrap()),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
    .into_iter()
    .chain(variables.iter().copied())
    .collect();
    (home, environment)
}

/// The access key id that signed a request.
pub fn signer(stub: &Stub) -> String {
    let requests = stub.requests();
    let header = requests.last().unwrap().header("authorization").unwrap();
    let (_, rest) = header.split_once("Credential=").unwrap();
    rest.split('/').next().unwrap().to_owned()
}

async fn stub() -> Stub {
    Stub::script([Answer::json(&json!({"Functions": []}))]).await
}

#[tokio::test]
async fn a_chosen_profile_signs_even_if_the_environment_has_keys() {
    let stub = stub().await;
    let config = "[profile mine]\nregion = eu-west-1\naws_access_key_id = AKIAPROFILE\n\
        aws_secret_access_key = s\n";
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIAENV"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", &stub.url()),
    ];
    for (option, expected) in [(None, "AKIAENV"), (Some("mine"), "AKIAPROFILE")] {
        let (_home, environment) = home(config, &keys);
        let target = environment.resolve(option, None, None);
        let session = Provider::with_env(environment)
            .session(&target)
            .await
            .unwrap();
        session.list_functions(None).await.unwrap();
        assert_eq!(signer(&stub), expected);
    }
}

#[tokio::test]
async fn opening_anew_reads_the_files_anew() {
    let stub = stub().await;
    let config = |key: &str| {
        format!("[default]\nregion=eu-west-1\naws_access_key_id={key}\naws_secret_access_key=s\n")
    };
    let (home, environment) = home(&config("AKIAOLD"), &[("AWS_ENDPOINT_URL", &stub.url())]);
    let target = environment.resolve(None, None, None);
    let provider = Provider::with_env(environment);
    let session = provider.session(&target).await.unwrap();
    session.list_functions(None).await.unwrap();
    assert_eq!(signer(&stub), "AKIAOLD");
    fs::write(home.path().join("config"), config("AKIANEW")).unwrap();
    let session = provider.session(&target).await.unwrap();
    session.list_functions(None).await.unwrap();
    assert_eq!(signer(&stub), "AKIANEW");
}

#[cfg(unix)]
#[tokio::test]
async fn a_credential_process_is_asked() {
    let stub = stub().await;
    let config = "[default]\nregion=eu-west-1\ncredential_process = /bin/echo \
        '{\"Version\":1,\"AccessKeyId\":\"AKIAPROCESS\",\"SecretAccessKey\":\"s\"}'\n";
    let (_home, environment) = home(config, &[("AWS_ENDPOINT_URL", &stub.url())]);
    let target = environment.resolve(None, None, None);
    let session = Provider::with_env(environment)
        .session(&target)
        .await
        .unwrap();
    session.list_functions(None).await.unwrap();
    assert_eq!(signer(&stub), "AKIAPROCESS");
}

#[tokio::test]
async fn each_service_is_asked_at_its_own_endpoint() {
    let (lambda, logs) = (stub().await, Stub::script([Answer::json(&json!({}))]).await);
    let config = "[profile local]\nregion=eu-west-1\nservices=s\naws_access_key_id=A\n\
        aws_secret_access_key=s\n[services s]\ncloudwatch_logs =\n  endpoint_url = URL\n"
        .replace("URL", &logs.url());
    let (_home, environment) = home(&config, &[("AWS_ENDPOINT_URL_LAMBDA", &lambda.url())]);
    let target = environment.resolve(Some("local"), None, None);
    assert_eq!(target.endpoint, None);
    let session = Provider::with_env(environment)
        .session(&target)
        .await
        .unwrap();
    assert!(session.has_custom_endpoint());
    session.list_functions(None).await.unwrap();
    let query = LogQuery {
        group: "g".into(),
        ..LogQuery::default()
    };
    session.filter_events(&query).await.unwrap();
    assert_eq!((lambda.count(), logs.count()), (1, 1));
}

#[tokio::test]
async fn without_an_endpoint_the_session_is_on_aws() {
    let (_home, environment) = home("[default]\nregion=eu-west-1\n", &[]);
    let target = environment.resolve(None, None, None);
    let session = Provider::with_env(environment)
        .session(&target)
        .await
        .unwrap();
    assert!(!session.has_custom_endpoint());
    assert_eq!(session.region(), "eu-west-1");
}

#[tokio::test]
async fn what_can_be_told_without_a_call_is_told_at_once() {
    let open = async |variables: &[(&str, &str)], target: Target| {
        let (_home, environment) = home("[profile known]\n", variables);
        Provider::with_env(environment)
            .session(&target)
            .await
            .unwrap_err()
    };
    let unknown = Target {
        profile: Some("unknown".into()),
        ..Target::default()
    };
    let error = open(&[("AWS_REGION", "eu-west-1")], unknown).await;
    assert_eq!(error.kind, ErrorKind::NoCredentials);
    assert!(
        error.message.contains("unknown") && error.message.contains("config"),
        "{error}"
    );

    let error = open(
        &[],
        Target {
            profile: Some("known".into()),
            ..Target::default()
        },
    )
    .await;
    assert_eq!(error.kind, ErrorKind::NoRegion);

    let region = Target {
        region: Some("eu west/1".into()),
        ..Target::default()
    };
    assert_eq!(open(&[], region).await.kind, ErrorKind::NoRegion);

    let endpoint = Target {
        region: Some("eu-west-1".into()),
        endpoint: Some("localhost:4566".into()),
        ..Target::default()
    };
    let error = open(&[], endpoint).await;
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("localhost:4566"), "{error}");
}

#[tokio::test]
async fn no_credentials_is_told_without_a_request() {
    let stub = stub().await;
    let (_home, environment) = home(
        "",
        &[("AWS_ENDPOINT_URL", &stub.url()), ("AWS_REGION", "r")],
    );
    let target = environment.resolve(None, None, None);
    let session = Provider::with_env(environment)
        .session(&target)
        .await
        .unwrap();
    let error = session.caller_identity().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoCredentials, "{error:?}");
    assert!(
        error
            .message
            .starts_with("no credentials for profile default: neither file nor variable")
            && !error.message.contains('\n'),
        "{}",
        error.message
    );
    assert!(error.next_step("default").contains("aws configure"));
    assert_eq!(stub.count(), 0);
}

/// A laptop on a network that swallows the metadata address: the answer is a failure, not a
/// stall. The test hangs if it is not.
#[tokio::test]
async fn silent_instance_metadata_is_given_up() {
    let metadata = Stub::script([Answer::silence()]).await;
    let variables = [
        ("AWS_EC2_METADATA_DISABLED", "false"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &metadata.url()),
    ];
    let (_home, environment) = home("", &variables);
    let error = Provider::with_env(environment.clone())
        .session(&Target::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoRegion);
    assert_eq!(metadata.count(), 1, "asked once");

    let target = environment.resolve(None, Some("eu-west-1"), Some(&metadata.url()));
    let session = Provider::with_env(environment)
        .session(&target)
        .await
        .unwrap();
    let error = session.caller_identity().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoCredentials, "{error:?}");
}

#[tokio::test]
async fn a_retry_mode_of_the_profile_does_not_panic() {
    let stub = stub().await;
    let config = "[default]\nregion=eu-west-1\nretry_mode = legacy\nmax_attempts = 0\n\
        aws_access_key_id=A\naws_secret_access_key=s\n";
    let (_home, environment) = home(config, &[("AWS_ENDPOINT_URL", &stub.url())]);
    let target = environment.resolve(None, None, None);
    let session = Provider::with_env(environment)
        .session(&target)
        .await
        .unwrap();
    session.list_functions(None).await.unwrap();
}

/// Runs one test of this binary again in a process of its own, with its own variables and
/// none of the developer's.
pub fn in_a_process(test: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for (key, _) in std::env::vars_os() {
        let name = key.to_string_lossy().to_ascii_uppercase();
        if name.starts_with("AWS_") || name.ends_with("_PROXY") {
            command.env_remove(key);
        }
    }
    let output = command
        .args(["--exact", test, "--ignored", "--nocapture"])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn retry_variables_of_other_sdks_do_not_panic() {
    for variables in [
        [("AWS_RETRY_MODE", "legacy")],
        [("AWS_MAX_ATTEMPTS", "0")],
        [("AWS_MAX_ATTEMPTS", "many")],
    ] {
        in_a_process("sessions::process_with_retry_variables", &variables);
    }
}

#[tokio::test]
#[ignore = "run by retry_variables_of_other_sdks_do_not_panic"]
async fn process_with_retry_variables() {
    let stub = stub().await;
    let target = Target {
        region: Some("eu-west-1".into()),
        endpoint: Some(stub.url()),
        ..Target::default()
    };
    // The loader of the SDK reads the process's variables by itself, whatever ours are.
    let environment: Environment = [
        ("AWS_ACCESS_KEY_ID", "A"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_CONFIG_FILE", "/nonexistent"),
    ]
    .into_iter()
    .collect();
    let session = Provider::with_env(environment)
        .session(&target)
        .await
        .unwrap();
    session.list_functions(None).await.unwrap();
}

const SSO: &str = "[profile corp]\nregion=eu-west-1\nsso_session=corp-test\n\
    sso_account_id=123456789012\nsso_role_name=Reader\n[sso-session corp-test]\n\
    sso_region=eu-west-1\nsso_start_url=https://corp.invalid/start\n\
    [profile signed-in]\nregion=eu-west-1\nlogin_session=arn:aws:iam::123456789012:user/x\n\
    [profile guarded]\nregion=eu-west-1\nrole_arn=arn:aws:iam::123456789012:role/r\n\
    source_profile=base\nmfa_serial=arn:aws:iam::123456789012:mfa/x\n\
    [profile base]\naws_access_key_id=A\naws_secret_access_key=s\n";

/// The token caches lie in the home directory of the process.
#[test]
fn signing_in_is_what_an_absent_or_expired_session_needs() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("aws-config");
    fs::write(&config, SSO).unwrap();
    let variables = |expected| {
        [
            ("EXPECTED", expected),
            ("HOME", home.path().to_str().unwrap()),
            ("AWS_CONFIG_FILE", config.to_str().unwrap()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
    };
    in_a_process(
        "sessions::process_without_sign_in",
        &variables("not signed in"),
    );
    // SHA-1 of the session's name, as the AWS CLI names the file.
    let cache = home.path().join(".aws/sso/cache");
    fs::create_dir_all(&cache).unwrap();
    let token = json!({"accessToken": "t", "expiresAt": "2020-01-01T00:00:00Z",
        "startUrl": "https://corp.invalid/start", "region": "eu-west-1"});
    fs::write(
        cache.join("668d1defa76c50da3178dac19dcc762213e92c56.json"),
        token.to_string(),
    )
    .unwrap();
    in_a_process(
        "sessions::process_without_sign_in",
        &variables("has expired"),
    );
}

#[tokio::test]
#[ignore = "run by signing_in_is_what_an_absent_or_expired_session_needs"]
async fn process_without_sign_in() {
    let provider = Provider::new();
    let expected = std::env::var("EXPECTED").unwrap();
    for (profile, kind, words, step) in [
        (
            "corp",
            ErrorKind::SsoExpired,
            expected.as_str(),
            "aws sso login --profile corp",
        ),
        (
            "signed-in",
            ErrorKind::NoCredentials,
            "login session",
            "aws login --profile signed-in",
        ),
    ] {
        let target = provider.environment().resolve(Some(profile), None, None);
        let session = provider.session(&target).await.unwrap();
        let error = session.caller_identity().await.unwrap_err();
        assert_eq!(error.kind, kind, "{error:?}");
        assert!(error.message.contains(words), "{error}");
        assert!(
            error.next_step(profile).contains(step),
            "{}",
            error.next_step(profile)
        );
    }
}

/// STS inside the chain is asked where the variables say; it refuses, as it does without a code.
#[tokio::test(flavor = "multi_thread")]
async fn a_profile_with_mfa_says_what_works() {
    let stub = Stub::script([Answer::xml_error(
        403,
        "AccessDenied",
        "User: x is not authorized to perform: sts:AssumeRole on resource: r",
    )])
    .await;
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config");
    fs::write(&config, SSO).unwrap();
    let url = stub.url();
    let config = config.to_str().unwrap().to_owned();
    tokio::task::spawn_blocking(move || {
        in_a_process(
            "sessions::process_with_mfa",
            &[
                ("AWS_CONFIG_FILE", &config),
                ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
                ("AWS_EC2_METADATA_DISABLED", "true"),
                ("AWS_ENDPOINT_URL", &url),
            ],
        );
    })
    .await
    .unwrap();
    assert_eq!(stub.count(), 1, "only AssumeRole was asked");
}

#[tokio::test]
#[ignore = "run by a_profile_with_mfa_says_what_works"]
async fn process_with_mfa() {
    let provider = Provider::new();
    let target = provider.environment().resolve(Some("guarded"), None, None);
    let session = provider.session(&target).await.unwrap();
    let error = session.list_functions(None).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadCredentials, "{error:?}");
    assert!(
        error
            .message
            .contains("aws configure export-credentials --profile guarded"),
        "{error}"
    );
}

/// Nothing secret in what may be traced.
#[tokio::test]
async fn a_session_does_not_show_its_keys() {
    let stub = stub().await;
    let session = support::open(stub.variables()).await.unwrap();
    let text = format!("{session:?}");
    assert!(
        text.contains("eu-west-1") && !text.contains("AKIASTUB"),
        "{text}"
    );
}
