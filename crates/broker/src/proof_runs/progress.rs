//! What has ended so far, written down for every server that is asked to show it.

use domain::proof::Check;
use domain::{Error, Result};
use store::proof_runs::Hold;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio_util::sync::CancellationToken;

use super::{LEASE, LONGEST, RENEWED};
use crate::Broker;
use crate::proofs::Observer;

/// Passes every check on to whoever writes it down.
pub(super) struct Passing(pub(super) UnboundedSender<Check>);

impl Observer for Passing {
    fn ended(&self, check: &Check) {
        // The writer ends only after the proof.
        drop(self.0.send(check.clone()));
    }
}

impl Broker {
    /// Writes down what ends, and holds on to the run meanwhile; checks that end together are one write.
    ///
    /// The proof is cut short once it has taken too long, or once the run is another server's.
    pub(super) async fn follow(&self, hold: Hold, mut ended: UnboundedReceiver<Check>, cut: &CancellationToken) {
        let mut checks = Vec::new();
        let too_long = tokio::time::sleep(LONGEST);
        tokio::pin!(too_long);
        loop {
            tokio::select! {
                check = ended.recv() => match check {
                    Some(check) => checks.push(check),
                    None => return,
                },
                () = tokio::time::sleep(RENEWED) => {}
                () = &mut too_long, if !cut.is_cancelled() => cut.cancel(),
            }
            while let Ok(check) = ended.try_recv() {
                checks.push(check);
            }
            match self.write_progress(hold, checks.clone()).await {
                Ok(true) => {}
                Ok(false) => cut.cancel(),
                // Held until the lease ends; written with the next check.
                Err(error) => tracing::warn!(run = %hold.id, %error, "the progress of a proof could not be written"),
            }
        }
    }

    async fn write_progress(&self, hold: Hold, checks: Vec<Check>) -> Result<bool> {
        let here = self.now();
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let now = store::proof_runs::clock(tx, here).await?;
                    let until = now.saturating_add(LEASE).map_err(Error::internal)?;
                    store::proof_runs::progress(tx, hold, &checks, until).await
                })
            })
            .await
    }
}
