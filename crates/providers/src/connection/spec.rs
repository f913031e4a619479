//! Everything that is fixed when a connection is made: the checked settings in the form that the code needs.

use std::sync::Arc;
use std::time::Duration;

use cloud_policy::arn::RoleArn;
use domain::grant::Revocability;
use domain::provider::{
    BaseIdentity, BoundBy, Facts, IdentityTokens, NarrowedBy, ProviderError, ProviderErrorKind as Kind, UrlsBy,
};

use crate::s3::{Address, Preset, StsKind, Style, Which};
use crate::signed::KeySet;
use crate::sts::Service;

/// The longest life of a URL that Signature Version 4 allows (Amazon S3 API Reference, `X-Amz-Expires`).
const MAX_URL: Duration = Duration::from_secs(604_800);

/// The longest session of a role, if its owner raised its limit (AWS STS API, `AssumeRole`).
const MAX_ROLE_SESSION: Duration = Duration::from_hours(12);

/// The longest session of a role that is assumed with the keys of another session (AWS STS API, `AssumeRole`).
const MAX_CHAINED_SESSION: Duration = Duration::from_hours(1);

/// The longest session of a federated user (AWS STS API, `GetFederationToken`).
const MAX_FEDERATED_SESSION: Duration = Duration::from_hours(36);

/// The longest session of MinIO's own users (MinIO, `AssumeRole`, `DurationSeconds`).
const MAX_CALLER_SESSION: Duration = Duration::from_hours(168);

/// The shortest session that any STS gives (AWS STS API, `DurationSeconds`).
pub(crate) const MIN_SESSION: Duration = Duration::from_secs(900);

/// A connection before it lives.
pub(crate) struct Spec {
    pub(crate) preset: &'static Preset,
    pub(crate) partition: String,
    pub(crate) base: Base,
    pub(crate) role: Option<RoleSpec>,
    pub(crate) region: String,
    pub(crate) address: Address,
    pub(crate) sts: Option<Service>,
    /// Only where the integration was set up with the right to deny older sessions.
    pub(crate) iam: Option<Service>,
}

/// The role to assume.
pub(crate) struct RoleSpec {
    pub(crate) arn: RoleArn,
    pub(crate) external_id: Option<String>,
    /// Whom its trust policy must name, where that is known.
    pub(crate) principal_arn: Option<String>,
}

/// Whose keys stand behind a connection.
pub(crate) enum Base {
    /// A key pair of the customer.
    Stored(KeySet),
    /// Tidegate's own key pair.
    Own(KeySet),
    /// Tidegate's own identity is that of the machine.
    OwnAmbient(Arc<net::Ambient>),
    /// The machine's identity, used as such.
    Ambient(Arc<net::Ambient>),
    /// No keys at all: tokens of this integration, which the role trusts.
    Token {
        /// The tokens.
        tokens: Arc<dyn IdentityTokens>,
        /// For whom they are made.
        audience: String,
    },
}

impl Base {
    /// The keys, as they are now.
    pub(crate) async fn keys(&self) -> Result<KeySet, ProviderError> {
        match self {
            Self::Stored(keys) | Self::Own(keys) => Ok(keys.clone()),
            Self::Token { .. } => {
                Err(ProviderError::new(Kind::Unsupported, "keys", "there are no keys behind the role, only tokens"))
            }
            Self::OwnAmbient(ambient) | Self::Ambient(ambient) => {
                let found = ambient.credentials().await?;
                Ok(KeySet {
                    access_key_id: found.access_key_id,
                    secret_access_key: found.secret_access_key,
                    session_token: found.session_token,
                    expires_at: found.expires_at,
                })
            }
        }
    }

    /// Whether these keys are not the project's own: Tidegate's, or the machine's.
    pub(crate) fn is_lent(&self) -> bool {
        !matches!(self, Self::Stored(_))
    }

    fn is_ambient(&self) -> bool {
        matches!(self, Self::OwnAmbient(_) | Self::Ambient(_))
    }
}

impl Spec {
    /// What does not change while the connection lives.
    pub(crate) fn facts(&self) -> Facts {
        let narrowed_by = self.narrowed_by();
        Facts {
            endpoint: self.address.url(Which::Internal, &self.region),
            public_endpoint: self.address.url(Which::Public, &self.region),
            region: Some(self.region.clone()),
            path_style: self.address.style == Style::Path,
            base: match (&self.base, &self.role) {
                (Base::Own(_) | Base::OwnAmbient(_) | Base::Token { .. }, _) => BaseIdentity::Own,
                (Base::Ambient(_), _) => BaseIdentity::Ambient,
                (Base::Stored(_), Some(_)) => BaseIdentity::StoredBare,
                (Base::Stored(_), None) => BaseIdentity::Stored,
            },
            assumes_role: self.role.is_some(),
            bound_by: match (&self.base, self.role.as_ref().and_then(|role| role.external_id.as_ref())) {
                (Base::Token { .. }, _) => BoundBy::Subject,
                (_, Some(_)) => BoundBy::ExternalId,
                (_, None) => BoundBy::Nothing,
            },
            urls: if self.role.is_some() { UrlsBy::Session } else { UrlsBy::Key },
            put_headers: Vec::new(),
            max_session: self.max_session(&narrowed_by),
            narrowed_by,
            max_url: MAX_URL,
            revocability: match self.iam {
                Some(_) => Revocability::Bounded { bound_seconds: self.preset.cut_off_seconds },
                None => Revocability::AtExpiry,
            },
            conditional_create: self.preset.conditional_create,
            conditional_replace: self.preset.conditional_replace,
            kms: self.preset.kms,
            user_properties: self.role.as_ref().map(|role| role.arn.properties().to_vec()).unwrap_or_default(),
        }
    }

    fn max_session(&self, narrowed_by: &NarrowedBy) -> Option<Duration> {
        match (&self.role, narrowed_by) {
            (Some(_), _) if self.base.is_ambient() => Some(MAX_CHAINED_SESSION),
            (Some(_), _) => Some(MAX_ROLE_SESSION),
            (None, NarrowedBy::SessionPolicy) => Some(MAX_CALLER_SESSION),
            (None, NarrowedBy::FederationToken) => Some(MAX_FEDERATED_SESSION),
            (None, NarrowedBy::AccessBoundary | NarrowedBy::Sas | NarrowedBy::Nothing { .. }) => None,
        }
    }

    fn narrowed_by(&self) -> NarrowedBy {
        let nothing = |why: String| NarrowedBy::Nothing { why };
        let dialect = self.preset.dialect;
        match (&self.role, &self.base, self.preset.sts) {
            _ if !dialect.session_policies => nothing(format!(
                "{} has no session policies, so its sessions and keys cannot be narrowed; a gateway key will serve",
                self.preset.title
            )),
            (Some(_), ..) => NarrowedBy::SessionPolicy,
            (None, Base::Stored(_), Some(sts)) if sts.kind == StsKind::Caller => NarrowedBy::SessionPolicy,
            (None, Base::Stored(_), Some(sts)) if sts.federation => NarrowedBy::FederationToken,
            (None, Base::Stored(_), _) => nothing(format!(
                "{} cannot narrow a key pair; give a role, or a gateway key will serve",
                self.preset.title
            )),
            (None, ..) => nothing(
                "the machine's own identity cannot be narrowed; use aws-assume-role, or a gateway key will serve"
                    .to_owned(),
            ),
        }
    }
}
