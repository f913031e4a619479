//! Anything that was handed out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{DatasourceId, GrantId, IntegrationId, PrincipalId, ProjectId};

/// What was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GrantKind {
    /// A batch of signed URLs.
    Urls,
    /// A credential.
    Credential,
    /// A revocable link.
    Link,
    /// A key of the gateway.
    GatewayKey,
    /// The session of a job.
    Job,
}

/// Where a grant is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum GrantState {
    /// Usable.
    Live,
    /// Taken back; what was handed out may still work until `usable_until`.
    Revoking,
    /// Taken back and shown not to work any more, or past `usable_until`.
    Revoked,
    /// Past its end.
    Expired,
}

/// How a grant can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Revocability {
    /// At once.
    Immediate,
    /// Within so many seconds.
    Bounded {
        /// The bound.
        bound_seconds: u64,
    },
    /// Only by waiting for its end.
    AtExpiry,
}

/// A grant as it is kept. It never holds what was handed out.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Never reused.
    pub id: GrantId,
    /// The project.
    pub project: ProjectId,
    /// What was handed out.
    pub kind: GrantKind,
    /// Through which integration.
    pub integration: IntegrationId,
    /// Of which datasource.
    pub datasource: DatasourceId,
    /// To whom.
    pub principal: PrincipalId,
    /// When.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Until when what was handed out may still work.
    pub usable_until: Timestamp,
    /// Where it is in its life.
    pub state: GrantState,
    /// How it can be taken back.
    pub revocability: Revocability,
    /// What it allows, in the form the API shows.
    pub scope: GrantScope,
}

/// What a grant allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GrantScope {
    /// The bucket.
    pub bucket: String,
    /// Everything under it.
    pub prefix: String,
    /// `read`, `write`, `read-write`, or the method of the URLs.
    pub access: String,
    /// How many URLs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub count: Option<u64>,
}
