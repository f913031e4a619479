//! A new key in place of the old one, with an overlap: copies of the published keys are renewed in between.

use std::time::Duration;

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::principal::Caller;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;

use super::keys;
use super::show::IssuerView;
use super::tokens::LIFE;
use crate::Broker;
use crate::audit::{Log, append, event};

/// A new key is published so long before it signs: clouds keep what they have read for up to a day.
const LEAD: Duration = Duration::from_hours(24);
/// An old key is published so long after its last token has ended.
const SPARE: Duration = Duration::from_hours(1);

impl Broker {
    /// Makes the next key. It signs from tomorrow on; `now` makes it sign at once and withdraws all others, for
    /// when a key is known to others.
    ///
    /// # Errors
    /// `unsupported` where no tokens are issued; `conflict` where a new key waits already.
    pub async fn rotate_issuer(&self, caller: &Caller, now: bool) -> Result<IssuerView> {
        let target = Target::named("installation", self.installation());
        let rule = self.permit(caller, Action::IssuerRotate, target.clone()).await?;
        self.must_issue()?;
        let kept = self.issuer_keys().await?;
        let (at, last) = (self.now(), kept.first());
        if !now && last.is_some_and(|last| last.signs_from > at) {
            return Err(Error::new(ErrorKind::Conflict, "a new key waits for its turn already").with_hint(
                "withdraw the old ones at once only if one of them is known to others: issuer rotate --now",
            ));
        }
        let (signs_from, published_until) = if now || last.is_none() { (at, at) } else { turn(at)? };
        let root = self.root();
        let number = last.map_or(1, |last| last.number.saturating_add(1));
        let make = move || keys::make(&root, number, at, signs_from);
        let key = tokio::task::spawn_blocking(make).await.map_err(Error::internal)??;
        let (installation, by) = (self.installation(), caller.clone());
        let rotated = event(Action::IssuerRotate, Outcome::Done, rule, target)
            .with("key", key.id.as_str())
            .with("signs_from", key.signs_from.to_string())
            .with("old_keys_until", published_until.to_string());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    keys::keep(tx, &key, published_until).await?;
                    append(tx, &installation, Log::Installation, at, Some(&by), &rotated).await.map(drop)
                })
            })
            .await?;
        self.issuer_view().await
    }

    /// Makes a key after the one of that number; another node may have been faster, which is as good.
    pub(super) async fn make_issuer_key(&self, last: u32, signs_from: Timestamp, old_until: Timestamp) -> Result<()> {
        let (root, at, installation) = (self.root(), self.now(), self.installation());
        let make = move || keys::make(&root, last.saturating_add(1), at, signs_from);
        let key = tokio::task::spawn_blocking(make).await.map_err(Error::internal)??;
        let target = Target::named("installation", &installation);
        let made = event(Action::IssuerRotate, Outcome::Done, "schedule", target)
            .with("key", key.id.as_str())
            .with("signs_from", key.signs_from.to_string());
        let written = self.store().write(move |tx| {
            Box::pin(async move {
                keys::keep(tx, &key, old_until).await?;
                append(tx, &installation, Log::Installation, at, None, &made).await.map(drop)
            })
        });
        match written.await {
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
            other => other,
        }
    }
}

/// When the next key begins to sign, and when those before it are published no more.
fn turn(now: Timestamp) -> Result<(Timestamp, Timestamp)> {
    let signs_from = now.saturating_add(LEAD).map_err(Error::internal)?;
    let life = Duration::from_secs(LIFE.unsigned_abs());
    let until = signs_from.saturating_add(life.saturating_add(SPARE)).map_err(Error::internal)?;
    Ok((signs_from, until))
}

/// Makes the first key, the next one when it is time, and forgets those that are published no more.
pub(crate) async fn upkeep(broker: &Broker) -> Result<()> {
    let Some(issuer) = broker.issuer() else { return Ok(()) };
    let kept = broker.issuer_keys().await?;
    let now = broker.now();
    match (kept.first(), issuer.rotate_every) {
        (None, _) => broker.make_issuer_key(0, now, now).await?,
        (Some(last), Some(every)) if last.signs_from.saturating_add(every).map_err(Error::internal)? <= now => {
            let (signs_from, until) = turn(now)?;
            broker.make_issuer_key(last.number, signs_from, until).await?;
        }
        (Some(_), _) => {}
    }
    broker.store().write(move |tx| Box::pin(store::issuer_keys::purge(tx, now))).await.map(drop)
}
