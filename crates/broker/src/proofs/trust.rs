//! The part of a proof that nobody can switch off: whom a role lets in that trusts Tidegate itself.
//!
//! With Tidegate's own identity anyone whom Tidegate serves can name the ARN of any role that trusts it. Only the
//! external id keeps one tenant out of the roles of another, so a role is taken only once it was seen to admit
//! this project's external id and no other. Where a tenant brings keys of his own, they are his own risk.

use std::sync::Arc;

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::principal::Caller;
use domain::proof::ProofMode;
use domain::provider::{BaseIdentity, BoundBy, Connection, ExternalIdSent};
use domain::{Error, ErrorKind, Result};
use tokio_util::sync::CancellationToken;

use super::run::{ProofAsk, open};
use crate::Broker;
use crate::audit::{Log, event};
use crate::decide::Entered;
use crate::integrations::tags;

impl Broker {
    /// Refuses a role that is not shown to require the project's external id; the refusal is recorded.
    pub(crate) async fn require_trust(
        &self,
        caller: &Caller,
        entered: &Entered,
        action: Action,
        target: Target,
        connection: Arc<dyn Connection>,
    ) -> Result<()> {
        let facts = connection.facts();
        if facts.base != BaseIdentity::Own || facts.bound_by == BoundBy::Nothing {
            return Ok(());
        }
        let ask = ProofAsk {
            connection,
            fetch: self.0.parts.fetch.as_ref(),
            now: self.now(),
            mode: ProofMode::Off,
            tags: tags(&entered.project, caller),
            place: None,
            cut: CancellationToken::new(),
        };
        let Err(error) = trust(&ask).await else { return Ok(()) };
        let refused = event(action, Outcome::Failed, entered.rule, target).with("code", error.code());
        self.record(Log::Project(entered.project.id), Some(caller), refused).await?;
        Err(error)
    }
}

async fn trust(ask: &ProofAsk<'_>) -> Result<()> {
    // Who is let in by the right one only later could be anybody's role until then.
    open(ask, None, ExternalIdSent::Right).await?;
    let bound_by = ask.connection.facts().bound_by;
    for sent in [ExternalIdSent::Missing, ExternalIdSent::Wrong] {
        if bound_by == BoundBy::Subject && sent == ExternalIdSent::Missing {
            continue;
        }
        match open(ask, None, sent).await {
            Ok(_) => return Err(open_to_others(bound_by)),
            Err(error) if error.kind.is_refusal() => {}
            Err(_) => {
                let message = "it could not be found out whether the trust admits this project alone";
                return Err(Error::new(ErrorKind::ProofFailed, message).with_retryable(true));
            }
        }
    }
    Ok(())
}

/// A role that others may assume through Tidegate as well.
pub(super) fn open_to_others(bound_by: BoundBy) -> Error {
    let (message, hint) = match bound_by {
        BoundBy::Subject => (
            "the trust admits tokens of other subjects than this integration's",
            "require the subject in the trust, as 'integration setup' prints it",
        ),
        BoundBy::ExternalId | BoundBy::Nothing => (
            "the role can be assumed without this project's external id",
            "add the external id to the role's trust policy, as 'integration setup' prints it",
        ),
    };
    Error::new(ErrorKind::TrustNotEnforced, message).with_hint(hint)
}
