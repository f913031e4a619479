//! Where Google is: its own addresses, unless the operator set others. A tenant never does: tokens go there.

use domain::{Error, ErrorKind, Result};
use signing::Endpoint;

use crate::registry::GcpDeps;

const STORAGE: &str = "https://storage.googleapis.com";
const OAUTH: &str = "https://oauth2.googleapis.com";
const STS: &str = "https://sts.googleapis.com";
const IAM: &str = "https://iamcredentials.googleapis.com";

/// The token endpoints that key files name: the present one and those of older files.
const TOKEN_URIS: [&str; 4] = [
    "https://oauth2.googleapis.com/token",
    "https://accounts.google.com/o/oauth2/token",
    "https://www.googleapis.com/oauth2/v4/token",
    "https://www.googleapis.com/oauth2/v3/token",
];

/// The services that a connection asks.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    pub(super) storage: Endpoint,
    pub(super) oauth: String,
    pub(super) sts: String,
    pub(super) iam: String,
}

impl Endpoints {
    /// The addresses that the operator left or set.
    pub(super) fn of(deps: &GcpDeps) -> Result<Self> {
        let set = |given: &Option<String>, own: &str, name: &str| {
            let text = given.as_deref().unwrap_or(own);
            Endpoint::parse(text, true)
                .map_err(|error| Error::new(ErrorKind::Invalid, format!("gcp.{name}_endpoint of the server: {error}")))
        };
        Ok(Self {
            storage: set(&deps.storage_endpoint, STORAGE, "storage")?,
            oauth: set(&deps.oauth_endpoint, OAUTH, "oauth")?.origin(),
            sts: set(&deps.sts_endpoint, STS, "sts")?.origin(),
            iam: set(&deps.iam_endpoint, IAM, "iam")?.origin(),
        })
    }

    /// Whether every tool finds the store by itself.
    pub(super) fn is_googles_own_store(&self) -> bool {
        self.storage.origin() == STORAGE
    }

    /// Whether a key file may name this token endpoint: Google's, or the operator's. It is never sent to, all the same.
    pub(super) fn takes_token_uri(&self, uri: &str) -> bool {
        TOKEN_URIS.contains(&uri) || uri == format!("{}/token", self.oauth)
    }
}
