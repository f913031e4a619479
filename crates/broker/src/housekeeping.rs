//! Work that nobody waits for: forgetting what has ended.

use std::time::Duration;

use jiff::ToSpan as _;
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

/// Sessions a day after their end, and the keys of repeated calls when they have lost their meaning.
async fn round(broker: &Broker) -> domain::Result<()> {
    let now = broker.now();
    let a_day_ago = now.saturating_sub(24.hours()).map_err(domain::Error::internal)?;
    broker
        .store()
        .write(move |tx| {
            Box::pin(async move {
                store::tokens::purge_sessions(tx, a_day_ago).await?;
                store::idempotency::purge(tx, now).await.map(drop)
            })
        })
        .await
}
