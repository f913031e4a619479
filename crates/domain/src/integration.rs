//! A secure connection to a provider.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{IntegrationId, ProjectId};
use crate::name::Name;

/// The public settings of an integration by field name. Secrets are never among them.
pub type Settings = BTreeMap<String, String>;

/// How far an integration has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum IntegrationState {
    /// The cloud side is not finished.
    Pending,
    /// Proven.
    Active,
    /// The proof was switched off, with a reason.
    Unproven,
    /// The last proof failed and it was kept all the same.
    Failed,
    /// Switched off by a person.
    Paused,
}

impl IntegrationState {
    /// Whether access may be handed out through it.
    pub fn usable(self) -> bool {
        matches!(self, Self::Active | Self::Unproven)
    }
}

/// An integration as it is kept.
#[derive(Debug, Clone)]
pub struct Integration {
    /// Never reused.
    pub id: IntegrationId,
    /// The project it belongs to.
    pub project: ProjectId,
    /// Unique in the project.
    pub name: Name,
    /// The method, as in the registry.
    pub method: String,
    /// Public settings.
    pub settings: Settings,
    /// How far it has come.
    pub state: IntegrationState,
    /// Why it is unproven, if it is.
    pub reason: Option<String>,
    /// Grows with every change; the ETag.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When something was last handed out through it.
    pub last_used_at: Option<Timestamp>,
}

/// The external id of a project: made by Tidegate, immutable, never typed by a user.
///
/// It is unique, not secret: whoever may read the role in the cloud sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct ExternalId(String);

impl ExternalId {
    /// Makes a new one; `tidegate-` and 122 random bits, within the grammar of
    /// AWS STS (`[\w+=,.@:\/-]`, 2 to 1,224 characters).
    #[expect(clippy::new_without_default, reason = "a default external id would be a different one each time")]
    pub fn new() -> Self {
        Self(format!("tidegate-{}", uuid::Uuid::new_v4().simple()))
    }

    /// One that was kept.
    pub fn restored(text: String) -> Self {
        Self(text)
    }

    /// The text to put into a trust policy.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
