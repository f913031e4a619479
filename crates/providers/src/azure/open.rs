//! Opening sessions: all that stands behind a connection is used, or a signature narrows it.

use std::sync::Arc;
use std::time::Duration;

use domain::provider::{ExternalIdSent, ProviderError, ProviderErrorKind as Kind, SessionAsk};
use domain::scope::{Access, Scope};
use domain::secret::SecretBytes;
use domain::ttl;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use signing::Scheme;
use signing::sas::{self, Overrides, Permissions, Protocol, SasAsk, SasError, SasKey};

use super::connection::{AzureConnection, Base, ONLY_USED};
use super::names::{wrong_blob, wrong_container};
use super::session::{AzureSession, Narrowed};
use super::wire::{Auth, Client};

const OPERATION: &str = "shared access signature";

impl AzureConnection {
    /// Opens a session, with everything that is known to be impossible refused first.
    pub(super) async fn open(&self, ask: &SessionAsk) -> Result<Arc<AzureSession>, ProviderError> {
        if ask.external_id != ExternalIdSent::Right {
            return self.as_stranger(ask.external_id).await;
        }
        let client = self.whole();
        let object_id = match &self.shared.base {
            Base::Application { tokens, .. } => tokens.current().await?.object_id,
            Base::Account(_) => None,
            Base::Pasted(pasted) => {
                if pasted.ends.is_some_and(|end| end <= self.now()) {
                    let message = "the shared access signature has ended";
                    return Err(ProviderError::new(Kind::ExpiredCredentials, OPERATION, message)
                        .with_hint("give a new one with 'integration rotate'"));
                }
                None
            }
        };
        let narrowed = match &ask.scope {
            Some(scope) => Some(self.narrow(&client, scope, ask.ttl).await?),
            None => None,
        };
        let client = match &narrowed {
            Some(narrowed) => Client { auth: Auth::Signature(narrowed.token.clone()), ..client },
            None => client,
        };
        Ok(Arc::new(AzureSession { shared: self.shared.clone(), client, narrowed, object_id }))
    }

    /// What a token of somebody else opens: it must be refused.
    async fn as_stranger(&self, sent: ExternalIdSent) -> Result<Arc<AzureSession>, ProviderError> {
        let stranger = match &self.shared.base {
            Base::Application { federated: Some(federated), .. } if sent == ExternalIdSent::Wrong => {
                &federated.stranger
            }
            _ => {
                let message = "nothing is sent here that could be wrong or missing";
                return Err(ProviderError::new(Kind::Unsupported, "entra:token", message));
            }
        };
        let object_id = stranger.current().await?.object_id;
        let client = self.client(Auth::Token(stranger.clone()));
        Ok(Arc::new(AzureSession { shared: self.shared.clone(), client, narrowed: None, object_id }))
    }

    /// A signature for a scope.
    pub(super) async fn narrow(
        &self,
        client: &Client,
        scope: &Scope,
        asked: Duration,
    ) -> Result<Narrowed, ProviderError> {
        if let Base::Pasted(_) = &self.shared.base {
            return Err(ProviderError::new(Kind::Unsupported, OPERATION, ONLY_USED));
        }
        let place = self.place(scope)?;
        if let Some(limit) = self.facts.max_session.filter(|limit| asked > *limit) {
            let (limit, asked) = (ttl::show(limit), ttl::show(asked));
            let message = format!("Azure gives at most {limit}; {asked} were asked for");
            return Err(
                ProviderError::new(Kind::TtlTooLong, OPERATION, message).with_hint(format!("ask for {limit} or less"))
            );
        }
        let now = self.now();
        let ends = whole_second(now.saturating_add(asked).unwrap_or(now));
        let permissions = Permissions::parse(letters(scope.access)).map_err(not_signed)?;
        let token = |key: SasKey<'_>| {
            let ask = SasAsk {
                key,
                service: self.address.service(),
                container: scope.bucket.as_str(),
                permissions: &permissions,
                protocol: protocol(client),
                start: None,
                expires: ends,
                overrides: Overrides::default(),
            };
            sas::token(&ask, place).map_err(not_signed)
        };
        let token = match &self.shared.base {
            Base::Account(key) => token(SasKey::Account(key.expose()))?,
            Base::Application { .. } | Base::Pasted(_) => {
                let key = self.shared.user_key(client, asked, ends).await?;
                token(SasKey::Delegated { key: key.signs(), correlation_id: correlation_id(client) })?
            }
        };
        Ok(Narrowed { scope: scope.clone(), token: SecretBytes::from(token.as_str()), ends })
    }

    /// What a signature for the scope is made for. Without folders there is nothing between a container and a blob.
    fn place<'a>(&self, scope: &'a Scope) -> Result<sas::Scope<'a>, ProviderError> {
        if let Some(why) = wrong_container(scope.bucket.as_str()) {
            return Err(ProviderError::new(Kind::NoSuchBucket, OPERATION, why));
        }
        let folder = scope.prefix.as_str().strip_suffix('/').unwrap_or_default();
        if folder.is_empty() {
            return Ok(sas::Scope::Container);
        }
        if !self.shared.hierarchical {
            let message = format!(
                "an account without a hierarchical namespace has no folders, so a signature is for one object or for the \
                 whole container '{}', which is more than '{}'",
                scope.bucket, scope.prefix
            );
            return Err(ProviderError::new(Kind::Unsupported, OPERATION, message).with_hint(
                "use signed URLs or a gateway key, keep the data in a container of its own, or set hierarchical to true if \
                 the account has folders",
            ));
        }
        match wrong_blob(folder, true, false) {
            Some(why) => Err(ProviderError::new(Kind::NotExpressible, OPERATION, why)),
            None => Ok(sas::Scope::Directory(folder)),
        }
    }
}

/// Over what a signature may be used: only an endpoint in a network of one's own is without TLS.
pub(super) fn protocol(client: &Client) -> Protocol {
    match client.address.endpoint.scheme() {
        Scheme::Https => Protocol::Https,
        Scheme::Http => Protocol::HttpsAndHttp,
    }
}

/// What joins Azure's log to ours; emulators, which have the account in the path, do not sign it as Azure does.
pub(super) fn correlation_id(client: &Client) -> Option<&str> {
    (!client.address.endpoint.path_style()).then_some(&*client.correlation_id)
}

/// Signing refuses what no signature can say.
pub(super) fn not_signed(error: SasError) -> ProviderError {
    let kind = match error {
        SasError::Times => Kind::TtlTooLong,
        SasError::LineBreak { .. } | SasError::Backslash { .. } | SasError::Directory | SasError::Permissions => {
            Kind::NotExpressible
        }
    };
    ProviderError::new(kind, OPERATION, error.to_string())
}

/// "Create a user delegation SAS", section "Specify permissions".
fn letters(access: Access) -> &'static str {
    match access {
        Access::Read => "rl",
        Access::Write => "cwd",
        Access::ReadWrite => "rcwdl",
    }
}

/// Signatures have no parts of a second, and none may end later than it says.
fn whole_second(time: Timestamp) -> Timestamp {
    time.round(TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Floor)).unwrap_or(time)
}
