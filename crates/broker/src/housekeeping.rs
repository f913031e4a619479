//! Work that nobody waits for: forgetting what has ended.

use std::time::Duration;

use jiff::{SignedDuration, ToSpan as _};
use tokio_util::sync::CancellationToken;

use crate::Broker;

/// How often it is looked after.
const EVERY: Duration = Duration::from_secs(600);
/// So many grants are forgotten in one unit of work, so that nobody waits for it.
const GRANTS: u32 = 500;
/// So many such units are done in a round.
const UNITS: u32 = 200;

/// Runs until `stopping` is cancelled; a round that fails is tried again in the next.
pub(crate) async fn run(broker: Broker, stopping: CancellationToken) {
    loop {
        if let Err(error) = round(&broker).await {
            tracing::warn!(%error, "forgetting what has ended did not succeed; it is tried again");
        }
        if let Err(error) = forget_grants(&broker, &stopping).await {
            tracing::warn!(%error, "grants that ended long ago could not be forgotten; it is tried again");
        }
        if let Err(error) = crate::issuer::upkeep(&broker).await {
            tracing::warn!(%error, "the keys of the issuer could not be looked after; it is tried again");
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

/// Grants that ended long ago: pages that show pictures hand one out each time they are looked at.
async fn forget_grants(broker: &Broker, stopping: &CancellationToken) -> domain::Result<()> {
    let Some(kept) = broker.0.parts.options.grants_kept else { return Ok(()) };
    let kept = SignedDuration::try_from(kept).map_err(domain::Error::internal)?;
    let before = broker.now().saturating_sub(kept).map_err(domain::Error::internal)?;
    for _ in 0..UNITS {
        let gone = broker.store().write(move |tx| Box::pin(store::grants::purge(tx, before, GRANTS))).await?;
        if gone < u64::from(GRANTS) || stopping.is_cancelled() {
            break;
        }
    }
    Ok(())
}
