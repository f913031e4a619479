//! Signed checkpoints of a log, and the key that verifies them.

use audit_log::{Checkpoint, SigningKey, empty_root};
use domain::principal::Caller;
use domain::{Error, Result};

use super::{AuditScope, Log, origin};
use crate::Broker;

impl Broker {
    /// The checkpoint of the log as it is now, in the text form of C2SP. It is kept.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see.
    pub async fn audit_checkpoint(&self, caller: &Caller, scope: &AuditScope) -> Result<String> {
        let log = self.open_log(caller, scope).await?.log;
        let (origin, key) = (origin(&self.installation(), log), self.log_key(log)?);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let Some(head) = store::audit::head(tx, log).await? else {
                        let empty = Checkpoint { origin, size: 0, root: empty_root() };
                        return empty.sign(&key).map_err(Error::internal);
                    };
                    if let Some(kept) = store::audit::checkpoint(tx, log, head.size).await? {
                        return Ok(kept);
                    }
                    let checkpoint = Checkpoint { origin, size: head.size, root: head.root };
                    let text = checkpoint.sign(&key).map_err(Error::internal)?;
                    store::audit::save_checkpoint(tx, log, head.size, &text).await?;
                    Ok(text)
                })
            })
            .await
    }

    /// The public key that verifies the checkpoints of a log, in one line.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see.
    pub async fn audit_key(&self, caller: &Caller, scope: &AuditScope) -> Result<String> {
        let log = self.open_log(caller, scope).await?.log;
        Ok(format!("{}\n", self.log_key(log)?.public_key()))
    }

    pub(super) fn log_key(&self, log: Log) -> Result<SigningKey> {
        let origin = origin(&self.installation(), log);
        SigningKey::from_seed(&origin, self.0.seed.expose()).map_err(Error::internal)
    }
}
