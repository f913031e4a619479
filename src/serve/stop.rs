//! When to stop.

use domain::{Error, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancelled at the first SIGTERM or SIGINT; a second one ends the process at once.
pub(crate) fn on_signal() -> Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::internal)?;
    let stopping = CancellationToken::new();
    let stop = stopping.clone();
    #[expect(clippy::disallowed_methods, reason = "lives as long as the process; shutting down is what it begins")]
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: what is in flight is finished first");
        stop.cancel();
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::warn!("told to stop a second time: not waiting any longer");
        std::process::exit(1);
    });
    Ok(stopping)
}
