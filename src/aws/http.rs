//! One HTTP client for all services of a provider, built at the first request: loading the
//! system's root certificates takes milliseconds that the first frame does not have.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};

/// A client that pools connections over every session opened with it. `proxies` lets it read
/// `HTTPS_PROXY` and its kin from the process's environment.
pub(super) fn shared(proxies: bool) -> SharedHttpClient {
    type Key = (Option<Duration>, Option<Duration>);
    let connectors: Mutex<HashMap<Key, SharedHttpConnector>> = Mutex::default();
    http_client_fn(move |settings, _components| {
        connectors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry((settings.connect_timeout(), settings.read_timeout()))
            .or_insert_with(|| connector(settings, proxies))
            .clone()
    })
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
