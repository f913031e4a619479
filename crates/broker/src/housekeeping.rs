//! Work that nobody waits for: forgetting what has ended.

use std::time::Duration;

use jiff::{SignedDuration, ToSpan as _};
use tokio_util::sync::CancellationToken;

use crate::Broker;

/// How often it is looked after.
const EVERY: Duration = Duration::from_secs(600);

/// Runs until `stopping` is cancelled; a round that fails is tried again in the next.
pub(crate) async fn run(broker: Broker, stopping: CancellationToken) {
    loop {
        if let Err(error) = round(&broker).await {
            tracing::warn!(%error, "forgetting what has ended did not succeed; it is tried again");
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Sessions a day after their end, the keys of repeated calls when they have lost their meaning, and old runs
/// of proofs.
async fn round(broker: &Broker) -> domain::Result<()> {
    let now = broker.now();
    // When something was last looked at is read from its runs too.
    let every = SignedDuration::try_from(broker.0.parts.options.proofs_every.unwrap_or_default());
    let kept = crate::proof_runs::KEPT.max(every.map_err(domain::Error::internal)?.saturating_mul(2));
    let a_day_ago = now.saturating_sub(24.hours()).map_err(domain::Error::internal)?;
    broker
        .store()
        .write(move |tx| {
            Box::pin(async move {
                store::tokens::purge_sessions(tx, a_day_ago).await?;
                store::idempotency::purge(tx, now).await?;
                let now = store::proof_runs::clock(tx, now).await?;
                let before = now.saturating_sub(kept).map_err(domain::Error::internal)?;
                store::proof_runs::purge(tx, before).await.map(drop)
            })
        })
        .await
}
