//! Asks for the credentials that a [`Plan`] names: the base first, then each role with the
//! credentials before it.
//!
//! Every step knows its own name, so that a failure says which one it was and what to run.
//! STS is asked here and not by the SDK's own provider, which knows no endpoint but those of the
//! process's variables.

use std::{error::Error, fmt, path::PathBuf, time::Duration};

use aws_config::{
    Region,
    credential_process::CredentialProcessProvider,
    ecs::EcsCredentialsProvider,
    imds::{self, credentials::ImdsCredentialsProvider, region::ImdsRegionProvider},
    login::LoginCredentialsProvider,
    provider_config::ProviderConfig,
    sso::SsoCredentialsProvider,
};
use aws_credential_types::{
    Credentials,
    provider::{
        self, ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future,
    },
};
use aws_sdk_sts::operation::{
    assume_role::AssumeRoleError, assume_role_with_web_identity::AssumeRoleWithWebIdentityError,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;

use crate::domain::shell;

use super::{
    chain::{Base, Plan, Role},
    profile_file::ProfileFile,
    target::Environment,
};

/// The instance metadata service answers within milliseconds or is not there: a laptop must not
/// stall on it.
const IMDS_PATIENCE: Duration = Duration::from_secs(1);

/// The name that CloudTrail shows for a role's session when the profile gives none.
const SESSION_NAME: &str = "lambdeck";

/// One step of the way failed.
#[derive(Debug)]
pub(super) struct StepFailed {
    /// Which one, as the subject of a sentence.
    pub(super) what: String,
    /// The profile that names it.
    pub(super) profile: String,
    /// What to do, where it is known beforehand.
    pub(super) advice: Option<String>,
    /// Nothing names credentials; this was the last thing to ask.
    pub(super) is_last_resort: bool,
    cause: Box<dyn Error + Send + Sync>,
}

impl StepFailed {
    /// What STS said, if it was STS that refused.
    pub(super) fn refusal(&self) -> Option<String> {
        let mut next = self.source();
        while let Some(error) = next {
            let meta = error
                .downcast_ref::<AssumeRoleError>()
                .map(ProvideErrorMetadata::meta)
                .or_else(|| {
                    error
                        .downcast_ref::<AssumeRoleWithWebIdentityError>()
                        .map(ProvideErrorMetadata::meta)
                });
            if let Some(meta) = meta {
                let said = [meta.code(), meta.message()];
                let said: Vec<_> = said.into_iter().flatten().collect();
                return (!said.is_empty()).then(|| said.join(": "));
            }
            next = error.source();
        }
        None
    }
}

impl fmt::Display for StepFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed", self.what)
    }
}

impl Error for StepFailed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}

/// What the providers are made with.
pub(super) struct Means<'a> {
    pub(super) environment: &'a Environment,
    pub(super) file: &'a ProfileFile,
    /// For the SDK's own providers.
    pub(super) lookup: &'a ProviderConfig,
    /// For STS, without credentials.
    pub(super) sts: SdkConfig,
    /// Where STS is asked, if not at AWS: the variables of the process do not count here.
    pub(super) sts_endpoint: Option<String>,
}

/// Builds the provider of a plan; nothing is asked yet.
pub(super) fn provider(plan: Plan, means: &Means<'_>) -> SharedCredentialsProvider {
    let mut provider = SharedCredentialsProvider::new(Step {
        what: what(&plan, means.file),
        advice: advice(&plan, means.file),
        is_last_resort: plan.is_last_resort(),
        inner: base(&plan, means),
        profile: plan.profile,
    });
    for role in plan.roles {
        let client = sts(means, Some(provider));
        provider = SharedCredentialsProvider::new(Step {
            what: format!("assuming {} (profile {})", role.arn, role.profile),
            advice: Some(format!(
                "check that {} trusts these credentials and that they may sts:AssumeRole it",
                role.arn
            )),
            is_last_resort: false,
            profile: role.profile.clone(),
            inner: SharedCredentialsProvider::new(AssumeRole { client, role }),
        });
    }
    provider
}

fn sts(means: &Means<'_>, credentials: Option<SharedCredentialsProvider>) -> aws_sdk_sts::Client {
    let mut config = aws_sdk_sts::config::Builder::from(&means.sts);
    config.set_endpoint_url(means.sts_endpoint.clone());
    config.set_credentials_provider(credentials);
    aws_sdk_sts::Client::from_conf(config.build())
}

/// The base of a plan as the subject of a sentence.
pub(super) fn what(plan: &Plan, file: &ProfileFile) -> String {
    let profile = &plan.profile;
    match &plan.base {
        Base::Environment(_) => "the keys of the environment".to_owned(),
        Base::Keys(which, _) => format!(
            "the keys of profile {profile} in {}",
            file.path(*which).display()
        ),
        Base::WebIdentity { token_file, .. } => format!("the web identity token {token_file}"),
        Base::Sso { session, .. } => match session {
            Some(session) => format!("the SSO session {session} of profile {profile}"),
            None => format!("the SSO session of profile {profile}"),
        },
        Base::Process(_) => format!("the credential_process of profile {profile}"),
        Base::Login(_) => format!("the login session of profile {profile}"),
        Base::Container => "the container's credentials endpoint".to_owned(),
        Base::Instance => "instance metadata".to_owned(),
    }
}

fn advice(plan: &Plan, file: &ProfileFile) -> Option<String> {
    let profile = shell::quoted(&plan.profile);
    match &plan.base {
        Base::Sso { .. } => Some(format!("run `aws sso login --profile {profile}`")),
        Base::Login(_) => Some(format!("run `aws login --profile {profile}`")),
        Base::Process(_) => {
            Some("run its command in another terminal to see what it says".to_owned())
        }
        Base::WebIdentity { token_file, .. } => Some(format!(
            "check that {token_file} is there and fresh, and that its role trusts it"
        )),
        Base::Container | Base::Instance if !plan.is_last_resort() => {
            Some("check where lambdeck runs: these credentials exist only on AWS".to_owned())
        }
        Base::Instance => file
            .not_checked()
            .map(|finding| format!("{finding}: set AWS_CONFIG_FILE, or HOME, to what can be read")),
        _ => None,
    }
}

fn base(plan: &Plan, means: &Means<'_>) -> SharedCredentialsProvider {
    let lookup = means.lookup;
    match &plan.base {
        Base::Environment(keys) | Base::Keys(_, keys) => {
            SharedCredentialsProvider::new(keys.clone())
        }
        Base::WebIdentity {
            role,
            token_file,
            session_name,
        } => SharedCredentialsProvider::new(WebIdentity {
            client: sts(means, None),
            role: role.clone(),
            token_file: means.environment.expanded(token_file),
            session_name: session_name.clone(),
        }),
        Base::Sso {
            account,
            role,
            region,
            start_url,
            session,
        } => {
            let mut sso = SsoCredentialsProvider::builder()
                .configure(lookup)
                .account_id(account)
                .role_name(role)
                .region(Region::new(region.clone()))
                .start_url(start_url);
            sso.set_session_name(session.clone());
            SharedCredentialsProvider::new(sso.build())
        }
        Base::Process(command) => {
            SharedCredentialsProvider::new(CredentialProcessProvider::new(command.reveal().clone()))
        }
        Base::Login(session) => SharedCredentialsProvider::new(
            LoginCredentialsProvider::builder(session)
                .configure(lookup)
                .build(),
        ),
        Base::Container => SharedCredentialsProvider::new(
            EcsCredentialsProvider::builder().configure(lookup).build(),
        ),
        Base::Instance => {
            let client = instance_metadata(means.environment, means.file, &plan.profile, lookup);
            SharedCredentialsProvider::new(Instance(client.map(|client| {
                ImdsCredentialsProvider::builder()
                    .configure(lookup)
                    .imds_client(client)
                    .build()
            })))
        }
    }
}

/// The region of the instance we run on, as the AWS CLI's last resort.
pub(super) async fn instance_region(
    environment: &Environment,
    file: &ProfileFile,
    profile: &str,
    config: &ProviderConfig,
) -> Option<String> {
    let client = instance_metadata(environment, file, profile, config)?;
    let provider = ImdsRegionProvider::builder()
        .configure(config)
        .imds_client(client)
        .build();
    provider.region().await.map(|region| region.to_string())
}

fn instance_metadata(
    environment: &Environment,
    file: &ProfileFile,
    profile: &str,
    config: &ProviderConfig,
) -> Option<imds::Client> {
    if environment.flag("AWS_EC2_METADATA_DISABLED") {
        return None;
    }
    let setting = |variable, key| {
        environment
            .get(variable)
            .or_else(|| file.setting(profile, key))
    };
    let address = setting(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "ec2_metadata_service_endpoint",
    );
    let mode = setting(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        "ec2_metadata_service_endpoint_mode",
    );
    // Always said: where it is not, the SDK looks for it in files that it reads by itself.
    let address = address.unwrap_or_else(|| match mode {
        Some(mode) if mode.eq_ignore_ascii_case("ipv6") => "http://[fd00:ec2::254]",
        _ => "http://169.254.169.254",
    });
    imds::Client::builder()
        .configure(config)
        .max_attempts(1)
        .connect_timeout(IMDS_PATIENCE)
        .read_timeout(IMDS_PATIENCE)
        .operation_timeout(IMDS_PATIENCE)
        .endpoint(address)
        .ok()
        .map(imds::client::Builder::build)
}

/// A provider that puts its name to its failures.
#[derive(Debug)]
struct Step {
    what: String,
    profile: String,
    advice: Option<String>,
    is_last_resort: bool,
    inner: SharedCredentialsProvider,
}

impl ProvideCredentials for Step {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.inner.provide_credentials().await.map_err(|cause| {
                CredentialsError::provider_error(StepFailed {
                    what: self.what.clone(),
                    profile: self.profile.clone(),
                    advice: self.advice.clone(),
                    is_last_resort: self.is_last_resort,
                    cause: cause.into(),
                })
            })
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.inner.fallback_on_interrupt()
    }
}

/// `sts:AssumeRole`.
#[derive(Debug)]
struct AssumeRole {
    client: aws_sdk_sts::Client,
    role: Role,
}

impl ProvideCredentials for AssumeRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let role = &self.role;
            let answer = self
                .client
                .assume_role()
                .role_arn(&role.arn)
                .role_session_name(role.session_name.as_deref().unwrap_or(SESSION_NAME))
                .set_external_id(role.external_id.clone())
                .set_duration_seconds(role.duration)
                .send()
                .await
                .map_err(CredentialsError::provider_error)?;
            issued(answer.credentials)
        })
    }
}

/// `sts:AssumeRoleWithWebIdentity`.
#[derive(Debug)]
struct WebIdentity {
    client: aws_sdk_sts::Client,
    role: String,
    token_file: PathBuf,
    session_name: Option<String>,
}

impl ProvideCredentials for WebIdentity {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            // Read each time: whoever issues the token replaces it before it expires.
            let token = tokio::fs::read_to_string(&self.token_file)
                .await
                .map_err(CredentialsError::provider_error)?;
            let session_name = self.session_name.as_deref().unwrap_or(SESSION_NAME);
            let answer = self
                .client
                .assume_role_with_web_identity()
                .role_arn(&self.role)
                .role_session_name(session_name)
                .web_identity_token(token.trim())
                .send()
                .await
                .map_err(CredentialsError::provider_error)?;
            issued(answer.credentials)
        })
    }
}

/// Credentials as STS hands them out.
fn issued(credentials: Option<aws_sdk_sts::types::Credentials>) -> provider::Result {
    let issued =
        credentials.ok_or_else(|| CredentialsError::unhandled("STS sent no credentials"))?;
    let expiry = issued
        .expiration
        .try_into()
        .map_err(|_| CredentialsError::unhandled("STS sent no date of expiry"))?;
    Ok(Credentials::new(
        issued.access_key_id,
        issued.secret_access_key,
        Some(issued.session_token),
        Some(expiry),
        "AssumeRole",
    ))
}

/// Instance metadata, if it may be asked. No answer means «not on an instance».
#[derive(Debug)]
struct Instance(Option<ImdsCredentialsProvider>);

impl ProvideCredentials for Instance {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let provider = self.0.as_ref().ok_or_else(|| {
                CredentialsError::not_loaded("AWS_EC2_METADATA_DISABLED forbids to ask it")
            })?;
            provider
                .provide_credentials()
                .await
                .map_err(CredentialsError::not_loaded)
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.0.as_ref()?.fallback_on_interrupt()
    }
}
