//! Tokens by which a cloud knows one integration of one project, without any secret that is kept.
//!
//! Tidegate is an OpenID Connect issuer. A method never chooses a subject: it gets tokens of its own project and
//! integration, and for proofs those of a stranger, whom the cloud must refuse.

use async_trait::async_trait;

use crate::Result;
use crate::secret::SecretBytes;

/// Of whom a token speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The integration.
    Integration,
    /// The project, whichever integration it is for.
    Project,
    /// Nobody: an integration of the same name in a project that there is not; no trust may admit it.
    Stranger,
    /// Nobody: a project that there is not.
    StrangeProject,
}

impl Whose {
    /// Who differs from this one in the project alone.
    #[must_use]
    pub fn stranger(self) -> Self {
        match self {
            Self::Integration | Self::Stranger => Self::Stranger,
            Self::Project | Self::StrangeProject => Self::StrangeProject,
        }
    }
}

/// How tokens name a project and an integration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedSubject {
    /// The issuer, `https://` and without a trailing slash.
    pub issuer: String,
    /// The subject of the project: `project:<external id>`.
    pub project: String,
    /// The subject of the integration: `project:<external id>:integration:<name>`; `None` before it has a name.
    pub integration: Option<String>,
}

/// Tokens of one integration.
#[async_trait]
pub trait IdentityTokens: Send + Sync {
    /// How they name it.
    fn subject(&self) -> &IssuedSubject;

    /// A signed token (RFC 7519, RS256) for one audience; it lives for minutes.
    ///
    /// # Errors
    /// Those of the store that keeps the issuer's keys.
    async fn token(&self, whose: Whose, audience: &str) -> Result<SecretBytes>;
}
