//! The identity that a cloud gives to the machine or container Tidegate runs in.
//!
//! The chain of the AWS tools: variables of the environment, then the container's endpoint, then the instance
//! metadata service (version 2 only). The first that is configured is used; where it fails, the next is *not*
//! tried, as another identity would be used in silence. Everything is given in an [`AmbientSource`]: nothing
//! is read from the environment here. Who may use this identity is decided elsewhere.

mod container;
mod imds;
mod source;

pub use source::AmbientSource;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::Result;
use domain::clock::Clock;
use domain::provider::{ProviderError, ProviderErrorKind};
use domain::secret::SecretBytes;
use http::Method;
use ipnet::IpNet;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::exchange::{Incoming, Outgoing};
use crate::transport::Transport;
use source::Chosen;

/// The name of the whole chain in errors.
const OPERATION: &str = "ambient identity";

/// How long before their end credentials are replaced.
const RENEW_BEFORE: Duration = Duration::from_secs(5 * 60);

/// Each request to an endpoint, which is beside us.
const TIMEOUT: Duration = Duration::from_secs(2);

const MAX_BODY: usize = 64 * 1024;

/// Keys of the machine's own identity.
#[derive(Debug, Clone)]
pub struct AmbientCredentials {
    /// Not secret.
    pub access_key_id: String,
    /// Secret.
    pub secret_access_key: SecretBytes,
    /// Secret; absent for a long-lived key pair.
    pub session_token: Option<SecretBytes>,
    /// When they end; `None` for keys from the environment.
    pub expires_at: Option<Timestamp>,
}

/// Finds the machine's identity and keeps it until five minutes before its end.
pub struct Ambient {
    source: AmbientSource,
    clock: Arc<dyn Clock>,
    container: Transport,
    imds: Transport,
    /// How many searches have ended; tells who waited for one.
    searches: AtomicU64,
    last: Mutex<Option<Result<AmbientCredentials, ProviderError>>>,
}

impl Ambient {
    /// A client of this chain. No I/O happens yet.
    ///
    /// # Errors
    /// `internal` only.
    pub fn new(source: AmbientSource, clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self {
            source,
            clock,
            container: Transport::ambient(&container::ADDRESSES)?,
            imds: Transport::ambient(&imds::ADDRESSES)?,
            searches: AtomicU64::new(0),
            last: Mutex::new(None),
        })
    }

    /// Keys that are good for another five minutes at least, or the last ones while they are good at all.
    ///
    /// Concurrent callers share one search, its failure too.
    ///
    /// # Errors
    /// What the endpoint answered, or that there is no identity.
    pub async fn credentials(&self) -> Result<AmbientCredentials, ProviderError> {
        let before = self.searches.load(Ordering::Acquire);
        let mut last = self.last.lock().await;
        match &*last {
            Some(Ok(kept)) if self.good_for(kept, RENEW_BEFORE) => return Ok(kept.clone()),
            Some(outcome) if self.searches.load(Ordering::Acquire) != before => return outcome.clone(),
            _ => {}
        }
        let found = match (self.search().await, last.take()) {
            (Err(error), Some(Ok(kept))) if self.good_for(&kept, Duration::ZERO) => {
                tracing::warn!(%error, "the machine's identity could not be renewed; the old one is good for a while");
                Ok(kept)
            }
            (outcome, _) => outcome,
        };
        *last = Some(found.clone());
        self.searches.fetch_add(1, Ordering::AcqRel);
        found
    }

    async fn search(&self) -> Result<AmbientCredentials, ProviderError> {
        match self.source.choose()? {
            Chosen::Keys(keys) => Ok(keys),
            Chosen::Container(endpoint) => container::fetch(&self.container, endpoint).await,
            Chosen::Imds(endpoint) => imds::fetch(&self.imds, endpoint).await,
        }
    }

    fn good_for(&self, keys: &AmbientCredentials, time: Duration) -> bool {
        let now = self.clock.now();
        keys.expires_at.is_none_or(|end| now.checked_add(time).is_ok_and(|then| then < end))
    }
}

/// The document that both endpoints answer with.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    access_key_id: String,
    secret_access_key: SecretBytes,
    token: Option<SecretBytes>,
    expiration: Option<Timestamp>,
}

fn parse(answer: &Incoming, operation: &'static str) -> Result<AmbientCredentials, ProviderError> {
    // The parser's own words are left out: they may quote what it read.
    let document: Document = serde_json::from_slice(&answer.body).map_err(|_| {
        let message = "the answer is not a credentials document";
        ProviderError::new(ProviderErrorKind::NotTheProvider, operation, message)
    })?;
    Ok(AmbientCredentials {
        access_key_id: document.access_key_id,
        secret_access_key: document.secret_access_key,
        session_token: document.token,
        expires_at: document.expiration,
    })
}

fn request(operation: &'static str, method: Method, origin: &str, path: &str) -> Outgoing {
    Outgoing {
        operation,
        method,
        origin: origin.to_owned(),
        host: None,
        path_and_query: path.to_owned(),
        headers: Vec::new(),
        body: Bytes::new(),
        timeout: TIMEOUT,
        max_body: MAX_BODY,
    }
}

fn refused(operation: &'static str, what: &str, status: u16) -> ProviderError {
    let kind = match status {
        401 | 403 => ProviderErrorKind::Denied,
        429 => ProviderErrorKind::Throttled,
        500.. => ProviderErrorKind::Unavailable,
        _ => ProviderErrorKind::NotTheProvider,
    };
    ProviderError::new(kind, operation, format!("{what} answered with status {status}"))
}

const fn v4(address: [u8; 4], prefix: u8) -> IpNet {
    let [a, b, c, d] = address;
    IpNet::V4(ipnet::Ipv4Net::new_assert(std::net::Ipv4Addr::new(a, b, c, d), prefix))
}

const fn v6(address: u128, prefix: u8) -> IpNet {
    IpNet::V6(ipnet::Ipv6Net::new_assert(std::net::Ipv6Addr::from_bits(address), prefix))
}
