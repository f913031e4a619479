//! Identifiers: UUID version 7 (RFC 9562), one type for each kind of object.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a new identifier; identifiers sort by the time they were made.
            #[expect(clippy::new_without_default, reason = "a default identifier would be a different one each time")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// An installation of Tidegate: one store.
    InstallationId,
    /// A project, which is a tenant.
    ProjectId,
    /// A user or a service account.
    PrincipalId,
    /// An API token or a signed-in session.
    TokenId,
    /// An integration.
    IntegrationId,
    /// A datasource.
    DatasourceId,
    /// A grant.
    GrantId,
    /// A proof.
    ProofId,
    /// A proof that is queued, goes on, or has ended.
    ProofRunId,
    /// One sealed secret (all its versions).
    SecretId,
}
