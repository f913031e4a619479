//! Signing: decided, opened, kept and recorded, and only then signed.

use std::time::Duration;

use authz::Action;
use aws_lc_rs::digest::{Context, SHA256};
use domain::audit::Target;
use domain::datasource::Datasource;
use domain::grant::{GrantKind, GrantScope};
use domain::name::Name;
use domain::place::ObjectKey;
use domain::principal::Caller;
use domain::provider::{SignAsk, UrlsBy};
use domain::{Error, Result};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::{Map, Value};

use super::{UrlBatch, UrlsAsk};
use crate::Broker;
use crate::decide::Entered;
use crate::grants::HandOut;
use crate::idempotency::Call;
use crate::served::{self, OwnSigner};
use crate::sessions::{Lent, Need, limits};

/// So many keys stand in the audit record; the digest covers all.
const RECORDED: usize = 10;
/// From so many keys on, looking at them all takes a thread of its own.
const MANY: usize = 1_000;
/// A session may end so much earlier than its URLs were asked to: they then end with it.
const TOLERANCE: Duration = Duration::from_secs(60);

/// What the audit says of all keys.
struct Summary {
    digest: String,
    first: Vec<String>,
}

impl Broker {
    /// A batch of URLs, ready to be signed: its grant and its one audit record are kept.
    ///
    /// # Errors
    /// `permission_denied` where one key lies outside the datasource or the method outside its purpose:
    /// nothing is signed then; `ttl_exceeds_limit`; the provider's own refusal.
    pub async fn sign_urls(
        &self,
        caller: &Caller,
        project: &Name,
        datasource: &Name,
        ask: UrlsAsk,
        call: Option<Call>,
    ) -> Result<UrlBatch> {
        let target = Target::named("datasource", datasource);
        let entered = self.enter(caller, project, Action::UrlSign, target.clone()).await?;
        match self.sign_in_project(caller, &entered, datasource, ask, call).await {
            Ok(batch) => Ok(batch),
            Err(error) => Err(self.not_handed_out(caller, &entered, Action::UrlSign, target, error).await),
        }
    }

    async fn sign_in_project(
        &self,
        caller: &Caller,
        entered: &Entered,
        datasource: &Name,
        ask: UrlsAsk,
        call: Option<Call>,
    ) -> Result<UrlBatch> {
        let ttl = ask.check()?;
        let place = self.usable_place(caller, &entered.project, datasource).await?;
        let (ask, summary) = examine(ask, place.datasource.clone()).await?;
        let lent = self.session_for(place.wish(&entered.project, caller, None, Need::Sign { ttl })).await?;
        let (from, life) = life(&lent, self.now(), ttl)?;
        let expires_at = from.saturating_add(life).map_err(Error::internal)?;
        let headers = ask.headers(&place.datasource, &lent.connection.facts().put_headers);
        let by = lent.connection.facts().urls;
        let sign = SignAsk {
            bucket: place.datasource.bucket.clone(),
            region: place.datasource.region.clone(),
            verb: ask.verb,
            now: from,
            ttl: life,
            headers: headers.clone(),
            response: ask.response.query(),
            internal: false,
        };
        // What a store refuses is refused before anything is kept; a URL of our own names its grant.
        let signer = match by {
            UrlsBy::Session | UrlsBy::Key => Some(lent.opened.session.signer(&sign)?),
            UrlsBy::Tidegate => {
                served::base(self)?;
                None
            }
        };
        let scope = GrantScope {
            bucket: place.datasource.bucket.to_string(),
            prefix: place.datasource.prefix.to_string(),
            access: ask.verb.as_str().to_owned(),
            count: u64::try_from(ask.keys.len()).ok(),
        };
        let (details, kind, action) = (details(&ask, summary, life), GrantKind::Urls, Action::UrlSign);
        let (place, lent) = (&place, &lent);
        let hand = HandOut { caller, entered, place, lent, action, kind, scope, expires_at, details, call };
        let grant = self.hand_out(hand).await?;
        let signer = match signer {
            Some(signer) => signer,
            None => {
                let folder = &lent.connection.facts().endpoint;
                Box::new(OwnSigner::new(self, (entered.project.id, grant), folder, &sign)?)
            }
        };
        Ok(UrlBatch { grant, expires_at, verb: ask.verb, headers, keys: ask.keys.into_iter(), signer })
    }
}

/// Checks and sums up all keys, off the threads that serve others if there are many.
async fn examine(ask: UrlsAsk, datasource: Datasource) -> Result<(UrlsAsk, Summary)> {
    let many = ask.keys.len() > MANY;
    let work = move || {
        ask.check_place(&datasource)?;
        let summary = sum_up(&ask.keys);
        Ok((ask, summary))
    };
    if many { tokio::task::spawn_blocking(work).await.map_err(Error::internal)? } else { work() }
}

fn sum_up(keys: &[ObjectKey]) -> Summary {
    let mut context = Context::new(&SHA256);
    for (at, key) in keys.iter().enumerate() {
        if at > 0 {
            context.update(b"\n");
        }
        context.update(key.as_str().as_bytes());
    }
    let first = keys.iter().take(RECORDED).map(|key| key.as_str().to_owned()).collect();
    Summary { digest: hex::encode(context.finish()), first }
}

fn details(ask: &UrlsAsk, summary: Summary, life: Duration) -> Map<String, Value> {
    let mut details = Map::new();
    details.insert("method".to_owned(), ask.verb.as_str().into());
    details.insert("count".to_owned(), ask.keys.len().into());
    details.insert("keys_sha256".to_owned(), summary.digest.into());
    details.insert("first_keys".to_owned(), summary.first.into());
    details.insert("requested_ttl_seconds".to_owned(), ask.ttl_seconds.into());
    details.insert("granted_ttl_seconds".to_owned(), life.as_secs().into());
    details
}

/// From when and for how long the URLs work: never longer than the session that signs them.
///
/// Signatures know whole seconds only.
fn life(lent: &Lent, now: Timestamp, ttl: Duration) -> Result<(Timestamp, Duration)> {
    let from =
        now.round(TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Floor)).map_err(Error::internal)?;
    let left = lent.opened.left(from);
    if left.saturating_add(TOLERANCE) < ttl || left.as_secs() == 0 {
        return Err(limits::outlived(ttl, left));
    }
    Ok((from, ttl.min(Duration::from_secs(left.as_secs()))))
}
