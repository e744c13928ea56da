//! How the functions of the demo account are put together, from a plain one to a peculiar one.

use std::collections::BTreeMap;

use super::{
    catalogue::SHARED_GROUP,
    dice::{hex32, label, mix, uuid},
    function::{Function, Traffic},
    place::{DAY_MS, Place},
    work::Work,
};
use crate::domain::function::{
    Alias, Environment, EventSourceMapping, FunctionConfiguration, FunctionState, FunctionSummary,
    FunctionUrl, Logging, Version, Vpc,
};

/// One mebibyte.
pub(super) const MB: u64 = 1_048_576;

/// A function with nothing special about it.
pub(super) fn plain(place: &Place, name: &str, work: Work) -> Function {
    let arn = place.function_arn(name);
    let number = mix(&[place.seed, label(name)]);
    let summary = FunctionSummary {
        arn,
        name: name.into(),
        runtime: Some("nodejs22.x".into()),
        memory_mb: 256,
        timeout_s: 30,
        modified: Some(place.ago(20 * DAY_MS)),
        package: "Zip".into(),
        architecture: "x86_64".into(),
        code_size: 2 * MB,
        log_group: Some(format!("/aws/lambda/{name}").into()),
        dead_letter: None,
        durable: false,
        quiet: false,
    };
    Function {
        latest: FunctionConfiguration {
            handler: Some("index.handler".into()),
            role: format!("arn:aws:iam::{}:role/{name}", place.account),
            revision_id: Some(uuid(number)),
            code_sha256: Some(format!("{number:x}=")),
            state: FunctionState {
                state: Some("Active".into()),
                last_update: Some("Successful".into()),
                ..FunctionState::default()
            },
            ephemeral_mb: Some(512),
            tracing: Some("PassThrough".into()),
            logging: Logging {
                format: Some("Text".into()),
                ..Logging::default()
            },
            ..FunctionConfiguration::of(summary)
        },
        work,
        traffic: None,
        live: None,
        aliases: Vec::new(),
        versions: Vec::new(),
        mappings: Vec::new(),
        async_config: None,
        qualified_async: Vec::new(),
        reserved: None,
        provisioned: Vec::new(),
        recursion: "Terminate".into(),
        urls: Vec::new(),
        tags: Vec::new(),
        denied: Vec::new(),
        update: None,
        settling: BTreeMap::new(),
        eras: Vec::new(),
        deployed_often: false,
    }
}

impl Function {
    pub fn runs(mut self, runtime: &str, memory_mb: u32, timeout_s: u32, handler: &str) -> Self {
        self.latest.summary.runtime = Some(runtime.into());
        self.latest.summary.memory_mb = memory_mb;
        self.latest.summary.timeout_s = timeout_s;
        self.latest.handler = Some(handler.into());
        self
    }

    pub fn described(mut self, description: &str, code_size: u64) -> Self {
        self.latest.description = description.into();
        self.latest.summary.code_size = code_size;
        self
    }

    pub fn changed(mut self, place: &Place, ago_ms: i64) -> Self {
        self.latest.summary.modified = Some(place.ago(ago_ms));
        self
    }

    pub fn on_arm(mut self) -> Self {
        self.latest.summary.architecture = "arm64".into();
        self
    }

    pub fn called(mut self, period_ms: i64, lanes: i64, lifetime: i64) -> Self {
        self.traffic = Some(Traffic {
            period_ms,
            lanes,
            lifetime,
        });
        self
    }

    pub fn environment(mut self, variables: &[(&str, &str)]) -> Self {
        self.latest.environment = Environment::Variables(
            variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned().into()))
                .collect(),
        );
        self
    }

    /// Published versions, oldest first, each with how long ago.
    pub fn published(mut self, place: &Place, versions: &[(u32, &str, i64)]) -> Self {
        let code_size = self.latest.summary.code_size;
        self.versions = versions
            .iter()
            .map(|(number, description, ago)| Version {
                version: number.to_string(),
                description: (*description).to_owned(),
                modified: Some(place.ago(*ago)),
                code_size: code_size - u64::from(number % 7) * 1024,
            })
            .collect();
        self
    }

    pub fn alias(name: &str, version: u32, weights: &[(u32, f64)], description: &str) -> Alias {
        Alias {
            name: name.to_owned(),
            version: version.to_string(),
            weights: weights
                .iter()
                .map(|(v, share)| (v.to_string(), *share))
                .collect(),
            description: description.to_owned(),
            revision_id: Some(uuid(mix(&[label(name), u64::from(version)]))),
        }
    }

    pub fn live(mut self, version: u32, weights: &[(u32, f64)]) -> Self {
        self.live = Some(Self::alias("live", version, weights, "what callers use"));
        self
    }

    pub fn tagged(mut self, tags: &[(&str, &str)]) -> Self {
        self.tags = tags
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        self.tags.sort();
        self
    }

    pub fn shares_log_group(mut self) -> Self {
        self.latest.summary.log_group = Some(SHARED_GROUP.into());
        self
    }

    pub fn writes_json_at(mut self, application: &str, system: &str) -> Self {
        self.latest.summary.quiet = system == "WARN";
        self.latest.logging = Logging {
            format: Some("JSON".into()),
            application_level: Some(application.into()),
            system_level: Some(system.into()),
        };
        self
    }

    pub fn in_vpc(mut self) -> Self {
        self.latest.vpc = Some(Vpc {
            id: Some("vpc-0a51c3f2".into()),
            subnets: vec!["subnet-03aa19".into(), "subnet-07be42".into()],
            security_groups: vec!["sg-0c11d8".into()],
            ipv6: false,
        });
        self
    }

    pub fn url(mut self, auth: &str, mode: &str, qualifier: Option<&str>) -> Self {
        let id = &hex32(label(self.name()))[..20];
        let region = self.arn().region().unwrap_or("eu-west-1").to_owned();
        self.urls.push(FunctionUrl {
            url: format!("https://{id}.lambda-url.{region}.on.aws/"),
            auth: auth.to_owned(),
            invoke_mode: Some(mode.to_owned()),
            qualifier: qualifier.map(str::to_owned),
        });
        self
    }
}

/// An enabled trigger on a resource, with what mappings have by default.
pub(super) fn mapping(
    place: &Place,
    function: &str,
    service: &str,
    resource: &str,
) -> EventSourceMapping {
    EventSourceMapping {
        uuid: uuid(mix(&[place.seed, label(function), label(resource)])),
        function: Some(place.function_arn(function)),
        source: Some(place.arn(service, resource)),
        state: "Enabled".into(),
        state_reason: Some("USER_INITIATED".into()),
        batch_size: Some(10),
        batch_window_s: None,
        last_result: Some("OK".into()),
        on_failure: None,
        maximum_concurrency: None,
        partial_batch_responses: false,
        filters: Vec::new(),
        has_hidden_filters: false,
    }
}
