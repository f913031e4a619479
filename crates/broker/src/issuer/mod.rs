//! Tidegate as an OpenID Connect issuer: how clouds know a project and an integration without any secret.
//!
//! What always holds: a token speaks of one integration or project, never of one that a caller names; a key is
//! published before it signs and until its last token has ended; private halves leave the store sealed only.

mod documents;
mod keys;
mod rotate;
mod show;
mod tokens;

pub use documents::{Discovery, KeySet};
pub use show::{IssuerKeyState, IssuerKeyView, IssuerView};

pub(crate) use keys::rewrap;
pub(crate) use rotate::upkeep;

use std::sync::Arc;
use std::time::Duration;

use domain::integration::ExternalId;
use domain::name::Name;
use domain::provider::{IdentityTokens, IssuedSubject};
use domain::{Error, ErrorKind, Result};

use crate::Broker;
use tokens::Tokens;

/// Tidegate's own tokens, as the operator has set them.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// `https://` and without a trailing slash; what clouds are told to trust.
    pub url: String,
    /// How often a new key takes the place of the old one; only on demand, if it is not set.
    pub rotate_every: Option<Duration>,
}

/// How tokens name a project.
fn subject_of(project: &ExternalId) -> String {
    format!("project:{}", project.as_str())
}

impl Broker {
    pub(crate) fn issuer(&self) -> Option<&Issuer> {
        self.0.parts.options.issuer.as_ref()
    }

    /// The issuer, or what to do about there being none.
    pub(crate) fn must_issue(&self) -> Result<&Issuer> {
        self.issuer().ok_or_else(|| {
            Error::new(ErrorKind::Unsupported, "this installation issues no tokens of its own")
                .with_hint("the operator sets public_url to its https:// address, or url in the section [issuer]")
        })
    }

    /// How tokens name a project, and an integration where it has a name.
    pub(crate) fn issued_subject(&self, project: &ExternalId, integration: Option<&Name>) -> Option<IssuedSubject> {
        let issuer = self.issuer()?.url.clone();
        let project = subject_of(project);
        let integration = integration.map(|name| format!("{project}:integration:{name}"));
        Some(IssuedSubject { issuer, project, integration })
    }

    /// Tokens that speak of this integration alone.
    pub(crate) fn identity_tokens(
        &self,
        project: &ExternalId,
        integration: Option<&Name>,
    ) -> Option<Arc<dyn IdentityTokens>> {
        let subject = self.issued_subject(project, integration)?;
        Some(Arc::new(Tokens::new(self, subject)))
    }
}
