//! Opening sessions: as the identity itself, or with a token that is narrowed to a scope.

use std::sync::Arc;

use cloud_policy::PolicyError;
use domain::provider::{ExternalIdSent, NarrowedBy, ProviderError, ProviderErrorKind as Kind, Session, SessionAsk};
use domain::scope::Scope;
use domain::ttl;

use super::session::{GcpSession, Power};
use super::{Identity, MAX_TOKEN, Pool, Shared};
use crate::gcp::storage::{BucketFacts, read_bucket};
use crate::gcp::tokens::{self, AccessToken, Wanted};

const NARROW: &str = "sts.downscope";

/// Opens a session, with everything that is known to be impossible refused first.
pub(super) async fn open(shared: &Arc<Shared>, ask: &SessionAsk) -> Result<Arc<dyn Session>, ProviderError> {
    let power = match (&shared.identity, ask.external_id) {
        (Identity::Pool(pool), ExternalIdSent::Wrong) => Power::Stranger(shared.as_stranger(pool).await?),
        (Identity::Pool(_), ExternalIdSent::Missing) => {
            let message = "no token of Tidegate is without a subject";
            return Err(ProviderError::new(Kind::Unsupported, "sts.exchange", message));
        }
        _ => match &ask.scope {
            // Whoever opens a session wants to know that it can be had now.
            None => shared.own_token(Wanted::Fresh).await.map(|_| Power::Whole)?,
            Some(scope) => Power::Narrowed(shared.narrowed(scope, ask).await?),
        },
    };
    Ok(Arc::new(GcpSession { shared: shared.clone(), power, tags: ask.tags.clone() }))
}

impl Shared {
    /// What a tenant would get who is not this one: nothing, if the trust is right.
    async fn as_stranger(&self, pool: &Pool) -> Result<AccessToken, ProviderError> {
        let stranger = self.federate(pool, pool.whose.stranger()).await?;
        match &pool.service_account {
            Some(email) => tokens::impersonate(&self.wire, &stranger, email, MAX_TOKEN).await,
            None => Ok(stranger),
        }
    }

    async fn narrowed(&self, scope: &Scope, ask: &SessionAsk) -> Result<AccessToken, ProviderError> {
        if let NarrowedBy::Nothing { why } = &self.facts.narrowed_by {
            return Err(ProviderError::new(Kind::Unsupported, "credential", why.clone())
                .with_hint("use a gateway key: the gateway narrows every request itself"));
        }
        if ask.ttl > MAX_TOKEN {
            let (limit, asked) = (ttl::show(MAX_TOKEN), ttl::show(ask.ttl));
            let message =
                format!("Google gives at most {limit} for a token of a service account; {asked} were asked for");
            return Err(
                ProviderError::new(Kind::TtlTooLong, NARROW, message).with_hint(format!("ask for {limit} or less"))
            );
        }
        let boundary = cloud_policy::gcp::access_boundary(std::slice::from_ref(scope)).map_err(policy_error)?;
        let source = self.source(ask.ttl).await?;
        if self.look_at(scope.bucket.as_str(), &source).await?.is_some_and(|facts| !facts.uniform) {
            return Err(fine_grained(scope.bucket.as_str()));
        }
        tokens::narrow(&self.wire, &source, &boundary).await
    }

    /// A token that ends when the session should. Google gives a key's tokens an hour, whatever is asked.
    async fn source(&self, life: std::time::Duration) -> Result<AccessToken, ProviderError> {
        match &self.identity {
            Identity::Key(_) => self.own_token(Wanted::Left(life)).await,
            Identity::Pool(_) => self.fetch(life).await,
        }
    }

    /// What the bucket is like, where it may be looked at; remembered for a while.
    async fn look_at(&self, bucket: &str, token: &AccessToken) -> Result<Option<BucketFacts>, ProviderError> {
        let now = self.wire.now();
        if let Some(known) = self.notes.get(bucket, now) {
            return Ok(known);
        }
        let facts = match read_bucket(&self.wire, &token.secret, bucket).await {
            Ok(facts) => Some(facts),
            Err(error) if error.kind.is_refusal() => None,
            Err(error) => return Err(error),
        };
        self.notes.put(bucket, facts.clone(), now);
        Ok(facts)
    }
}

/// The meaning of a boundary that cannot be made.
fn policy_error(error: PolicyError) -> ProviderError {
    let kind = match error {
        PolicyError::NotExpressible { .. } => Kind::NotExpressible,
        PolicyError::TooLarge { .. } => Kind::PolicyTooLarge,
    };
    ProviderError::new(kind, NARROW, error.to_string())
        .with_hint("choose another prefix, or use a gateway key: it needs no boundary of Google's")
}

/// Boundaries bound what IAM allows; the access lists of objects are beside them
/// (Google's IAM documentation, "Credential Access Boundaries overview").
fn fine_grained(bucket: &str) -> ProviderError {
    let message = format!(
        "the bucket {bucket} has fine-grained access: the access lists of its objects would let a narrowed token past its bounds"
    );
    ProviderError::new(Kind::Unsupported, NARROW, message).with_hint(format!(
        "gcloud storage buckets update gs://{bucket} --uniform-bucket-level-access; or use signed URLs"
    ))
}
