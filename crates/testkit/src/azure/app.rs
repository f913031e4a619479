//! Applications of the tenant, and what proves that somebody is one.

use crate::oidc::IssuerKeys;
use crate::random;

/// An application with its service principal, as its owner sees it.
#[derive(Debug, Clone)]
pub struct App {
    /// The id it signs in with.
    pub client_id: String,
    /// The id that roles are assigned to: the service principal's, not the application's own.
    pub object_id: String,
    /// The client secret; guards nothing but test data.
    pub secret: String,
}

/// An issuer whose tokens an application may show in place of a secret.
#[derive(Debug, Clone)]
pub struct FederatedCredential {
    /// The name of the issuer, compared exactly.
    pub issuer: String,
    /// The subject, compared exactly.
    pub subject: String,
    /// The audience, usually `api://AzureADTokenExchange`.
    pub audience: String,
    /// Where the issuer's keys are; Entra itself discovers them, over https.
    pub keys: IssuerKeys,
}

/// An application as Entra knows it.
#[derive(Debug, Clone)]
pub(super) struct Registered {
    pub(super) app: App,
    pub(super) secret_has_expired: bool,
    pub(super) disabled: bool,
    pub(super) federated: Vec<FederatedCredential>,
}

impl Registered {
    pub(super) fn new() -> Self {
        let app = App {
            client_id: uuid::Uuid::new_v4().to_string(),
            object_id: uuid::Uuid::new_v4().to_string(),
            secret: format!("tst8Q~{}", random::hex(32)),
        };
        Self { app, secret_has_expired: false, disabled: false, federated: Vec::new() }
    }
}
