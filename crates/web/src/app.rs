//! What every route can reach.

use std::sync::{Arc, OnceLock};

use broker::Broker;
use ipnet::IpNet;

use crate::docs::Manual;
use crate::face::{Limits, Metrics};

/// How the face behaves.
#[derive(Debug, Clone, Default)]
pub struct AppConfig {
    /// Networks of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks that may connect at all; empty for all.
    pub allow: Vec<IpNet>,
    /// Serve `/metrics` here to whoever has this token; none leaves it to a listener of its own.
    pub metrics_token: Option<domain::secret::SecretBytes>,
    /// Browsers reach the server over TLS only, so the session's cookie is bound to it.
    pub secure_cookies: bool,
    /// Browsers are known to reach the server over TLS: they are told to keep to it.
    pub strict_transport: bool,
    /// Where browsers find the server, if it was said: the origin whose forms are believed behind a proxy.
    pub public_url: Option<String>,
}

/// What every route can reach; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    broker: Broker,
    config: AppConfig,
    limits: Limits,
    metrics: Metrics,
    manual: OnceLock<Manual>,
}

impl App {
    /// The state of the face.
    pub fn new(broker: Broker, config: AppConfig) -> Self {
        Self(Arc::new(Inner {
            broker,
            config,
            limits: Limits::default(),
            metrics: Metrics::default(),
            manual: OnceLock::new(),
        }))
    }

    /// The metrics in the text form of Prometheus.
    pub fn metrics_text(&self) -> String {
        self.0.metrics.text()
    }

    pub(crate) fn broker(&self) -> &Broker {
        &self.0.broker
    }

    pub(crate) fn config(&self) -> &AppConfig {
        &self.0.config
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The manual with a page for each method; made when it is first read.
    pub(crate) fn manual(&self) -> &Manual {
        self.0.manual.get_or_init(|| Manual::with_methods(&self.0.broker.descriptors()))
    }
}
