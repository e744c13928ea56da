//! The credential chain, in the order of the AWS CLI: keys of the environment (unless a profile
//! was chosen by hand), the profile, web identity, container, instance metadata.
//!
//! The SDK's own default chain always prefers the keys of the environment, so that `--profile
//! prod` could silently act as somebody else.

use std::{path::PathBuf, time::Duration};

use aws_config::{
    ecs::EcsCredentialsProvider,
    imds::{self, credentials::ImdsCredentialsProvider, region::ImdsRegionProvider},
    meta::credentials::CredentialsProviderChain,
    profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
    web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider},
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};

use crate::domain::session::Target;

use super::target::Environment;

/// The instance metadata service answers within milliseconds or is not there: a laptop must not
/// stall on it.
const IMDS_PATIENCE: Duration = Duration::from_secs(1);

/// Builds the chain for a target.
pub(super) fn chain(
    target: &Target,
    environment: &Environment,
    config: &ProviderConfig,
    files: EnvConfigFiles,
) -> SharedCredentialsProvider {
    let profile = ProfileFileCredentialsProvider::builder()
        .configure(config)
        .profile_name(target.profile_name())
        .profile_files(files)
        .build();
    let mut chain = match environment.keys(target) {
        Some((id, secret, token)) => {
            let keys = Credentials::new(id, secret, token.map(str::to_owned), None, "Environment");
            CredentialsProviderChain::first_try("environment", keys).or_else("profile", profile)
        }
        None => CredentialsProviderChain::first_try("profile", profile),
    };
    if let Some(identity) = web_identity(target, environment, config) {
        chain = chain.or_else("web identity", identity);
    }
    if environment
        .get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        .is_some()
        || environment
            .get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
            .is_some()
    {
        let container = EcsCredentialsProvider::builder().configure(config).build();
        chain = chain.or_else("container", container);
    }
    if let Some(client) = instance_metadata(environment, config) {
        let provider = ImdsCredentialsProvider::builder()
            .configure(config)
            .imds_client(client)
            .build();
        chain = chain.or_else("instance metadata", Instance(provider));
    }
    SharedCredentialsProvider::new(chain)
}

/// The region of the instance we run on, as the AWS CLI's last resort.
pub(super) async fn instance_region(
    environment: &Environment,
    config: &ProviderConfig,
) -> Option<String> {
    let client = instance_metadata(environment, config)?;
    let provider = ImdsRegionProvider::builder()
        .configure(config)
        .imds_client(client)
        .build();
    provider.region().await.map(|region| region.to_string())
}

fn web_identity(
    target: &Target,
    environment: &Environment,
    config: &ProviderConfig,
) -> Option<WebIdentityTokenCredentialsProvider> {
    if environment.chooses_profile(target) {
        return None;
    }
    let session = environment
        .get("AWS_ROLE_SESSION_NAME")
        .unwrap_or("lambdeck");
    Some(
        WebIdentityTokenCredentialsProvider::builder()
            .configure(config)
            .static_configuration(StaticConfiguration {
                web_identity_token_file: PathBuf::from(
                    environment.get("AWS_WEB_IDENTITY_TOKEN_FILE")?,
                ),
                role_arn: environment.get("AWS_ROLE_ARN")?.to_owned(),
                session_name: session.to_owned(),
            })
            .build(),
    )
}

fn instance_metadata(environment: &Environment, config: &ProviderConfig) -> Option<imds::Client> {
    if environment.flag("AWS_EC2_METADATA_DISABLED") {
        return None;
    }
    let client = imds::Client::builder()
        .configure(config)
        .max_attempts(1)
        .connect_timeout(IMDS_PATIENCE)
        .read_timeout(IMDS_PATIENCE)
        .operation_timeout(IMDS_PATIENCE);
    let client = match environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") {
        Some(endpoint) => client.endpoint(endpoint).ok()?,
        None => client,
    };
    Some(client.build())
}

/// The files as the SDK wants them; given as text, so that it reads what the rest of us read.
pub(super) fn files(config: String, credentials: String) -> EnvConfigFiles {
    EnvConfigFiles::builder()
        .with_contents(EnvConfigFileKind::Config, config)
        .with_contents(EnvConfigFileKind::Credentials, credentials)
        .build()
}

/// Instance metadata, where no answer means «not on an instance» and never a failure of its own.
#[derive(Debug)]
struct Instance(ImdsCredentialsProvider);

impl ProvideCredentials for Instance {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.0
                .provide_credentials()
                .await
                .map_err(CredentialsError::not_loaded)
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.0.fallback_on_interrupt()
    }
}
