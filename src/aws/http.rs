//! One HTTP client for all services of a provider. Its connector is built while a session opens,
//! beside the first frame and not before it: loading the system's root certificates takes
//! milliseconds.
//!
//! No answer is read without an end: a body that is longer than its ceiling breaks off there,
//! whatever length it announced, so that a server gone wrong cannot fill the memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        http::{
            HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector, http_client_fn,
        },
        interceptors::{Intercept, context::BeforeTransmitInterceptorContextMut},
        orchestrator::{HttpRequest, HttpResponse, Metadata},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag};
use http_body_util::Limited;

use crate::ports::operation::{self, Operation};

/// The longest answer to a request that is no operation of ours: a role, a token.
const OTHERS: usize = 1 << 20;

/// The connectors of a provider: they pool connections over every session opened with it.
#[derive(Debug, Clone)]
pub(super) struct Http(Arc<Connectors>);

#[derive(Debug)]
struct Connectors {
    /// By the two timeouts that a connector is built with.
    built: Mutex<HashMap<[Option<Duration>; 2], SharedHttpConnector>>,
    proxies: bool,
}

impl Http {
    /// No connector yet. `proxies` lets them read `HTTPS_PROXY` and its kin from the process's
    /// environment.
    pub(super) fn new(proxies: bool) -> Self {
        Self(Arc::new(Connectors {
            built: Mutex::default(),
            proxies,
        }))
    }

    /// The client to give to the SDK.
    pub(super) fn client(&self) -> SharedHttpClient {
        let http = self.clone();
        http_client_fn(move |settings, _components| http.connector(settings))
    }

    /// The connector for these settings, built when it is asked for first.
    pub(super) fn connector(&self, settings: &HttpConnectorSettings) -> SharedHttpConnector {
        let Connectors { built, proxies } = &*self.0;
        built
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry([settings.connect_timeout(), settings.read_timeout()])
            .or_insert_with(|| {
                SharedHttpConnector::new(Bounded {
                    connector: connector(settings, *proxies),
                })
            })
            .clone()
    }
}

fn connector(settings: &HttpConnectorSettings, proxies: bool) -> SharedHttpConnector {
    let proxy = if proxies {
        ProxyConfig::from_env()
    } else {
        ProxyConfig::disabled()
    };
    SharedHttpConnector::new(
        Connector::builder()
            .connector_settings(settings.clone())
            .proxy_config(proxy)
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .build(),
    )
}

/// How long the answer to an operation may be, in bytes: what it fits, or the bound of errors.
pub(super) const fn ceiling(operation: Operation, status: u16) -> usize {
    bound(operation.spec().longest_answer, status)
}

const fn bound(longest: usize, status: u16) -> usize {
    match status {
        200..=299 => longest,
        _ => operation::LONGEST_ERROR,
    }
}

/// The longest good answer to a request; travels with it.
#[derive(Debug, Clone, Copy)]
struct Longest(usize);

/// Tells the connector how long the answer to each operation may be.
#[derive(Debug)]
pub(super) struct Ceilings;

impl Intercept for Ceilings {
    fn name(&self) -> &'static str {
        "Ceilings"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(operation) = config
            .load::<Metadata>()
            .and_then(|metadata| Operation::named(metadata.name()))
        {
            let longest = Longest(operation.spec().longest_answer);
            context.request_mut().add_extension(longest);
        }
        Ok(())
    }
}

/// A connector whose answers have an end.
#[derive(Debug)]
struct Bounded {
    connector: SharedHttpConnector,
}

impl HttpConnector for Bounded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let longest = request.extension::<Longest>().map_or(OTHERS, |it| it.0);
        let answer = self.connector.call(request);
        HttpConnectorFuture::new(async move {
            let mut answer: HttpResponse = answer.await?;
            let bound = bound(longest, answer.status().as_u16());
            let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
            *answer.body_mut() = SdkBody::from_body_1_x(Limited::new(body, bound));
            Ok(answer)
        })
    }
}
