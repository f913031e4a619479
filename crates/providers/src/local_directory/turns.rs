//! So many lists run at once, of all connected folders together: each of them may read large directories.

use std::sync::Arc;
use std::time::Duration;

use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many lists run at once.
const AT_ONCE: usize = 8;
/// So long a list waits for its turn; a check of a proof has 20 seconds for all of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Gives the turns of one process.
#[derive(Debug)]
pub(super) struct Turns {
    free: Arc<Semaphore>,
    patience: Duration,
}

impl Default for Turns {
    fn default() -> Self {
        Self::new(AT_ONCE, PATIENCE)
    }
}

impl Turns {
    pub(super) fn new(at_once: usize, patience: Duration) -> Self {
        Self { free: Arc::new(Semaphore::new(at_once)), patience }
    }

    /// Waits for a turn. It is to be kept until the work itself has ended, not only whoever waits for it.
    pub(super) async fn take(&self, operation: &'static str) -> Result<OwnedSemaphorePermit, ProviderError> {
        match tokio::time::timeout(self.patience, self.free.clone().acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => {
                let message = "as many lists of local directories are running as may run at once; try again";
                Err(ProviderError::new(Kind::Throttled, operation, message))
            }
        }
    }
}
