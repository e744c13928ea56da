//! Decides where each service is asked: AWS, or a custom endpoint from the places the AWS CLI
//! knows (`--endpoint-url`, `AWS_ENDPOINT_URL`, its per-service forms, `services` sections).
//!
//! The SDK would resolve most of these itself; doing it here gives one answer that is shown,
//! tested, and the same for every service.

use crate::domain::session::Target;

use super::{profile_file::ProfileFile, target::Environment};

/// A service that lambdeck asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// Lambda.
    Lambda,
    /// CloudWatch Logs.
    Logs,
    /// SQS.
    Sqs,
    /// STS.
    Sts,
}

impl Service {
    /// Every service.
    pub(super) const ALL: [Self; 4] = [Self::Lambda, Self::Logs, Self::Sqs, Self::Sts];

    /// Its own endpoint variable (AWS SDKs reference, service-specific endpoints).
    pub(super) const fn variable(self) -> &'static str {
        match self {
            Self::Lambda => "AWS_ENDPOINT_URL_LAMBDA",
            Self::Logs => "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
            Self::Sqs => "AWS_ENDPOINT_URL_SQS",
            Self::Sts => "AWS_ENDPOINT_URL_STS",
        }
    }

    /// Its id in a `services` section.
    const fn id(self) -> &'static str {
        match self {
            Self::Lambda => "lambda",
            Self::Logs => "cloudwatch_logs",
            Self::Sqs => "sqs",
            Self::Sts => "sts",
        }
    }
}

/// The custom endpoint of each service; `None` is AWS itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Endpoints {
    pub(super) lambda: Option<String>,
    pub(super) logs: Option<String>,
    pub(super) sqs: Option<String>,
    pub(super) sts: Option<String>,
}

impl Endpoints {
    /// Resolves all of them for a target.
    pub(super) fn resolve(target: &Target, environment: &Environment, file: &ProfileFile) -> Self {
        let find = |service| find(service, target, environment, file);
        Self {
            lambda: find(Service::Lambda),
            logs: find(Service::Logs),
            sqs: find(Service::Sqs),
            sts: find(Service::Sts),
        }
    }

    fn each(&self) -> impl Iterator<Item = &str> {
        [&self.lambda, &self.logs, &self.sqs, &self.sts]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    /// Whether any service is asked elsewhere than at AWS.
    pub(super) fn is_custom(&self) -> bool {
        self.each().next().is_some()
    }

    /// The first endpoint that is no URL of a server.
    pub(super) fn malformed(&self) -> Option<&str> {
        self.each().find(|url| {
            let host = url
                .strip_prefix("http://")
                .or_else(|| url.strip_prefix("https://"))
                .map(|rest| rest.split('/').next().unwrap_or_default());
            host.is_none_or(str::is_empty)
                || url.contains(|c: char| c.is_whitespace() || c.is_control())
        })
    }
}

fn find(
    service: Service,
    target: &Target,
    environment: &Environment,
    file: &ProfileFile,
) -> Option<String> {
    let profile = target.profile_name();
    let ignored = are_ignored(profile, environment, file);
    let general = environment.get("AWS_ENDPOINT_URL").filter(|_| !ignored);
    if target.endpoint.is_some() && target.endpoint.as_deref() != general {
        return target.endpoint.clone();
    }
    if ignored {
        return None;
    }
    environment
        .get(service.variable())
        .or(general)
        .or_else(|| file.service_endpoint(profile, service.id()))
        .or_else(|| file.setting(profile, "endpoint_url"))
        .map(str::to_owned)
}

/// Whether configured endpoints do not count: the variable decides, if it is set at all.
pub(super) fn are_ignored(profile: &str, environment: &Environment, file: &ProfileFile) -> bool {
    environment
        .get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .or_else(|| file.setting(profile, "ignore_configured_endpoint_urls"))
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "[profile local]\nservices = s\nendpoint_url = http://profile\n\
        [services s]\nlambda =\n  endpoint_url = http://section\n";

    fn resolved(variables: &[(&str, &str)], option: Option<&str>) -> Endpoints {
        let environment: Environment = variables.iter().copied().collect();
        let environment = environment.with_options(None, option);
        let target = environment.resolve(Some("local"), None, option);
        Endpoints::resolve(&target, &environment, &ProfileFile::of(CONFIG, ""))
    }

    #[test]
    fn a_services_section_beats_the_profile_and_a_variable_beats_both() {
        let from_file = resolved(&[], None);
        assert_eq!(from_file.lambda.as_deref(), Some("http://section"));
        assert_eq!(from_file.sqs.as_deref(), Some("http://profile"));
        let from_variables = resolved(
            &[
                ("AWS_ENDPOINT_URL", "http://all"),
                ("AWS_ENDPOINT_URL_SQS", "http://queues"),
            ],
            None,
        );
        assert_eq!(from_variables.lambda.as_deref(), Some("http://all"));
        assert_eq!(from_variables.sqs.as_deref(), Some("http://queues"));
    }

    #[test]
    fn the_option_beats_all_even_when_it_repeats_the_variable() {
        let variables = [
            ("AWS_ENDPOINT_URL", "http://option"),
            ("AWS_ENDPOINT_URL_SQS", "http://queues"),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
        ];
        let endpoints = resolved(&variables, Some("http://option"));
        assert!(endpoints.each().all(|url| url == "http://option"));
        assert_eq!(endpoints.each().count(), 4);
    }

    #[test]
    fn ignored_endpoints_leave_aws() {
        let endpoints = resolved(&[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE")], None);
        assert_eq!(endpoints, Endpoints::default());
        assert!(!endpoints.is_custom());
    }

    #[test]
    fn an_endpoint_without_scheme_or_host_is_malformed() {
        for url in [
            "localhost:4566",
            "http://",
            "http:// x",
            "http://x/ # local",
            "ftp://x",
        ] {
            assert_eq!(resolved(&[], Some(url)).malformed(), Some(url));
        }
        assert_eq!(
            resolved(&[], Some("http://127.0.0.1:4566/x")).malformed(),
            None
        );
    }
}
