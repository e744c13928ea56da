//! Opens sessions: reads the configuration anew, builds the clients, asks STS who we are.

use async_trait::async_trait;
use std::{fmt, time::Duration};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, identity::IdentityCache, provider_config::ProviderConfig,
    retry::RetryConfig, stalled_stream_protection::StalledStreamProtectionConfig,
    timeout::TimeoutConfig,
};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_runtime_api::client::{
    http::HttpConnectorSettings, interceptors::SharedInterceptor,
};

use crate::{
    domain::session::{Identity, Target},
    ports::{self, ApiError, ErrorKind, Operation, Remedy},
};

use super::{
    chain::Plan,
    credentials::{self, Means},
    endpoint::Endpoints,
    error::Caller,
    http::{Ceilings, Http},
    profile_file::{Finding, ProfileFile},
    target::{Environment, is_region},
};

/// Time to reach a server (the SDK's own default, said aloud).
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);

/// Time to get credentials: a `credential_process` or a chain of roles may take a while.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(25);

/// Opens sessions on AWS, or on a custom endpoint.
#[derive(Clone)]
pub struct Provider {
    /// `None` reads the process's variables at each `open`.
    environment: Option<Environment>,
    http: Http,
}

impl Default for Provider {
    fn default() -> Self {
        Self::new()
    }
}

impl Provider {
    /// A provider on the process's environment. Costs nothing: the HTTP client is built with the
    /// first session and then shared by every one.
    pub fn new() -> Self {
        Self {
            environment: None,
            http: Http::new(true),
        }
    }

    /// A provider on an environment of its own: command-line options applied to the process's
    /// (see [`Environment::with_options`]), or variables of a test.
    pub fn with_env(environment: Environment) -> Self {
        let proxies = [
            "HTTPS_PROXY",
            "https_proxy",
            "HTTP_PROXY",
            "http_proxy",
            "ALL_PROXY",
            "all_proxy",
        ]
        .iter()
        .any(|variable| environment.get(variable).is_some());
        Self {
            environment: Some(environment),
            http: Http::new(proxies),
        }
    }

    /// The environment that decides, as it is now.
    pub fn environment(&self) -> Environment {
        self.environment
            .clone()
            .unwrap_or_else(Environment::process)
    }

    /// Nothing is kept from an earlier `open`: the SDK's profile providers cache parsed files
    /// for ever (`docs/aws.md` §6), so each session gets its own.
    ///
    /// # Errors
    /// What can be told without a call: no region, an unknown profile, a file that cannot be used.
    pub async fn session(&self, target: &Target) -> ports::Result<AwsSession> {
        let environment = self.environment();
        let file = environment.profile_file();
        sound_profile(target, &file)?;
        let plan = Plan::resolve(target, &environment, &file).map_err(|finding| mend(&finding))?;
        let endpoints = Endpoints::resolve(target, &environment, &file);
        if let Some(url) = endpoints.malformed() {
            if let Some(finding) = file.endpoint_place(target.profile_name(), url) {
                return Err(mend(&finding));
            }
            return Err(refused(
                ErrorKind::Invalid,
                format!("the endpoint {url} is no URL; it needs the form http://host:port"),
            ));
        }
        // Calls made to get credentials (a role, a token) are safe to repeat; ours are not.
        let lookup = ProviderConfig::without_region()
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_http_client(self.http.client())
            .with_retry_config(RetryConfig::standard())
            .with_timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .build(),
            );
        let region = if let Some(region) = &target.region {
            region.clone()
        } else {
            credentials::instance_region(&environment, &file, target.profile_name(), &lookup)
                .await
                .ok_or_else(no_region)?
        };
        if !is_region(&region) {
            return Err(no_name_of_a_region(&region, target, &file));
        }
        let lookup = lookup.with_region(Some(Region::new(region.clone())));
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region.clone()))
            .profile_name("default")
            .profile_files(
                EnvConfigFiles::builder()
                    .with_contents(
                        EnvConfigFileKind::Config,
                        file.for_sdk(target.profile_name()),
                    )
                    .build(),
            )
            .no_credentials()
            .identity_cache(
                IdentityCache::lazy()
                    .load_timeout(CREDENTIALS_TIMEOUT)
                    .build(),
            )
            .http_client(self.http.client())
            // Explicit, because the loader panics on an `AWS_RETRY_MODE` or `AWS_MAX_ATTEMPTS`
            // that it does not know (`docs/aws.md` §0.2).
            .retry_config(RetryConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .build(),
            )
            // The Gate has a deadline for every call; a slow answer is not a broken one.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .load()
            .await;
        let caller = Caller {
            profile: target.profile_name().to_owned(),
            source: credentials::what(&plan, &file),
            mfa: plan.roles.iter().any(|role| role.mfa),
        };
        let means = Means {
            environment: &environment,
            file: &file,
            lookup: &lookup,
            sts: sdk
                .to_builder()
                .retry_config(RetryConfig::standard())
                // What is fetched there is kept by the session that asked for it.
                .identity_cache(IdentityCache::no_cache())
                .build(),
            sts_endpoint: endpoints.sts.clone(),
        };
        // Here and not at the first request, which then leaves at once.
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT);
        self.http.connector(&settings.build());
        let sdk = sdk
            .to_builder()
            .credentials_provider(credentials::provider(plan, &means))
            .build();
        Ok(AwsSession::new(&sdk, &endpoints, region, caller))
    }
}

#[async_trait]
impl ports::Provider for Provider {
    fn profiles(&self) -> Vec<Target> {
        self.environment()
            .profiles()
            .into_iter()
            .map(|profile| Target {
                profile: Some(profile.name),
                region: profile.region,
                endpoint: None,
            })
            .collect()
    }

    fn credential_source(&self, target: &Target) -> String {
        self.environment().credential_source(target)
    }

    async fn open(&self, target: &Target) -> ports::Result<Box<dyn ports::Session>> {
        Ok(Box::new(self.session(target).await?))
    }
}

/// Whether the profile is there and reads as its author meant it.
fn sound_profile(target: &Target, file: &ProfileFile) -> ports::Result<()> {
    if let Some(finding) = file.fault(target.profile_name()) {
        return Err(mend(&finding));
    }
    match &target.profile {
        Some(name) if !file.has(name) => Err(refused(ErrorKind::NoCredentials, file.missing(name))),
        _ => Ok(()),
    }
}

/// A profile that makes no sense. Guessing what was meant could be another account.
fn mend(finding: &Finding) -> ApiError {
    let mut error = refused(ErrorKind::BadCredentials, finding.to_string());
    error.remedy = Some(Box::new(Remedy::Advice(
        "mend it; `lambdeck check-config` shows all that is wrong in these files".to_owned(),
    )));
    error
}

fn no_name_of_a_region(region: &str, target: &Target, file: &ProfileFile) -> ApiError {
    let place = file
        .entry(target.profile_name(), "region")
        .filter(|entry| entry.value == region)
        .map(|entry| format!(" ({}:{})", file.path(entry.which).display(), entry.line));
    refused(
        ErrorKind::NoRegion,
        format!(
            "{region:?} cannot be the name of a region{}",
            place.unwrap_or_default()
        ),
    )
}

fn no_region() -> ApiError {
    refused(
        ErrorKind::NoRegion,
        "no region is configured for this profile".to_owned(),
    )
}

/// A failure before anything could be asked; STS stands for the session.
fn refused(kind: ErrorKind, message: String) -> ApiError {
    ApiError::new(Operation::GetCallerIdentity, kind, message)
}

/// One opened session: a client of each service, and nothing that outlives it but connections.
pub struct AwsSession {
    lambda: aws_sdk_lambda::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) sqs: aws_sdk_sqs::Client,
    sts: aws_sdk_sts::Client,
    region: String,
    custom_endpoint: bool,
    pub(super) caller: Caller,
}

impl AwsSession {
    fn new(sdk: &SdkConfig, endpoints: &Endpoints, region: String, caller: Caller) -> Self {
        let mut lambda = aws_sdk_lambda::config::Builder::from(sdk);
        lambda.set_endpoint_url(endpoints.lambda.clone());
        lambda.push_interceptor(SharedInterceptor::new(Ceilings));
        let mut logs = aws_sdk_cloudwatchlogs::config::Builder::from(sdk);
        logs.set_endpoint_url(endpoints.logs.clone());
        logs.push_interceptor(SharedInterceptor::new(Ceilings));
        let mut sqs = aws_sdk_sqs::config::Builder::from(sdk);
        sqs.set_endpoint_url(endpoints.sqs.clone());
        sqs.push_interceptor(SharedInterceptor::new(Ceilings));
        let mut sts = aws_sdk_sts::config::Builder::from(sdk);
        sts.set_endpoint_url(endpoints.sts.clone());
        sts.push_interceptor(SharedInterceptor::new(Ceilings));
        Self {
            lambda: aws_sdk_lambda::Client::from_conf(lambda.build()),
            logs: aws_sdk_cloudwatchlogs::Client::from_conf(logs.build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            region,
            custom_endpoint: endpoints.is_custom(),
            caller,
        }
    }
}

/// The longest text that becomes a part of an address, in bytes. An ARN has 400, and a page token
/// no more than this (see [`crate::domain::paging`]).
const LONGEST_PART: usize = crate::domain::paging::LONGEST_TOKEN;
/// All parts of an address together: three bytes each where they are escaped, of 65,534.
const LONGEST_PARTS: usize = 20_000;

impl AwsSession {
    /// The Lambda client, for a request that has these texts in its address. Lambda's requests
    /// are built from them, and the SDK panics on an address that is too long.
    pub(super) fn lambda(
        &self,
        operation: Operation,
        address: &[Option<&str>],
    ) -> ports::Result<&aws_sdk_lambda::Client> {
        let lengths = address.iter().flatten().map(|part| part.len());
        let longest = lengths.clone().max().unwrap_or_default();
        let all: usize = lengths.sum();
        if longest > LONGEST_PART || all > LONGEST_PARTS {
            return Err(ApiError::new(
                operation,
                ErrorKind::TooLarge,
                format!(
                    "a name, a qualifier or a page token of {} bytes cannot be sent: {LONGEST_PART} are the most",
                    if longest > LONGEST_PART { longest } else { all }
                ),
            ));
        }
        Ok(&self.lambda)
    }
}

impl fmt::Debug for AwsSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsSession")
            .field("profile", &self.caller.profile)
            .field("region", &self.region)
            .field("custom_endpoint", &self.custom_endpoint)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl ports::Session for AwsSession {
    async fn caller_identity(&self) -> ports::Result<Identity> {
        let answer = self
            .sts
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::GetCallerIdentity, &error))?;
        Ok(Identity {
            account: answer.account.unwrap_or_default(),
            arn: answer.arn.unwrap_or_default(),
        })
    }

    fn region(&self) -> &str {
        &self.region
    }

    fn has_custom_endpoint(&self) -> bool {
        self.custom_endpoint
    }
}
