//! Who acts.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{PrincipalId, ProjectId, TokenId};

/// The kinds of principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PrincipalKind {
    /// A person.
    User,
    /// A program; belongs to one project.
    ServiceAccount,
}

/// What a member may do in a project, from the least to the most.
///
/// The order is not a hierarchy: an auditor reads the audit, a developer does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads configuration and grants.
    Viewer,
    /// A viewer who also reads the audit.
    Auditor,
    /// A viewer who also browses, signs and issues, and revokes his own.
    Developer,
    /// Also integrations, datasources, members, tokens, all revoking.
    Admin,
    /// Also deletes and names owners.
    Owner,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Auditor, Self::Developer, Self::Admin, Self::Owner];

    /// The word that stands for it everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Auditor => "auditor",
            Self::Developer => "developer",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is not a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of viewer, auditor, developer, admin, owner")]
pub struct RoleError;

impl FromStr for Role {
    type Err = RoleError;
    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(RoleError)
    }
}

/// A principal with what policies and role ARNs may ask about him.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Never reused.
    pub id: PrincipalId,
    /// Person or program.
    pub kind: PrincipalKind,
    /// Unique in the installation (users) or project (service accounts).
    pub name: String,
    /// The installation's administrator.
    pub administrator: bool,
    /// Set by administrators only; usable as `${user.<property>}`.
    pub properties: BTreeMap<String, String>,
}

/// A principal, how he signed in, and from where: made once at the face, passed to every use case.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// The token or session that was presented.
    pub token: TokenId,
    /// What the token is limited to, beside what its principal may do.
    pub limit: Option<TokenLimit>,
    /// The password must be changed before anything else.
    pub must_change_password: bool,
    /// What the face knows of the request.
    pub origin: Origin,
}

/// The limits of an API token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenLimit {
    /// The only project it opens.
    pub project: ProjectId,
    /// The most it may do there; never more than its principal may.
    pub role: Role,
}

/// Where a request came from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The id that is in the answer, the log and the audit.
    pub request_id: String,
    /// The peer's address, or what a trusted proxy says it is.
    pub source_ip: Option<std::net::IpAddr>,
    /// What the client calls itself; a hint only.
    pub user_agent: Option<String>,
}
