//! Nothing leaves before its grant and its audit record are kept.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::grant::{Grant, GrantKind, GrantScope, GrantState};
use domain::id::GrantId;
use domain::principal::Caller;
use domain::step::Step;
use domain::{Error, ErrorKind, Result};
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Map, Value};
use store::Tx;

use crate::Broker;
use crate::audit::{Log, append, event};
use crate::decide::Entered;
use crate::idempotency::{Call, Under, claim_hand_out, finish_hand_out};
use crate::sessions::{Lent, Place};

/// Something that is ready to be handed out.
pub(crate) struct HandOut<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) entered: &'a Entered,
    pub(crate) place: &'a Place,
    pub(crate) lent: &'a Lent,
    pub(crate) action: Action,
    pub(crate) kind: GrantKind,
    pub(crate) scope: GrantScope,
    pub(crate) expires_at: Timestamp,
    /// Facts of the act for the audit, never a secret.
    pub(crate) details: Map<String, Value>,
    pub(crate) call: Option<Call>,
}

impl Broker {
    /// Keeps the grant and its one audit record; what it stands for may leave when this returns.
    ///
    /// # Errors
    /// `conflict` where access was revoked meanwhile; `audit_unavailable` where it could not be kept.
    pub(crate) async fn hand_out(&self, hand: HandOut<'_>) -> Result<GrantId> {
        self.reached(Step::SessionOpened);
        let (now, installation, caller) = (self.now(), self.installation(), hand.caller.clone());
        let grant = grant(&hand, now);
        let started = hand.lent.opened.opened_at;
        let target = Target::new("datasource", grant.datasource).with_name(&hand.place.datasource.name);
        let mut handed = event(hand.action, Outcome::Done, hand.entered.rule, target);
        handed.details = hand.details;
        let ids = hand.lent.opened.session.log_ids();
        let ids: Map<String, Value> = ids.into_iter().map(|(name, id)| (name.to_owned(), id.into())).collect();
        handed = handed
            .with("integration", hand.place.integration.name.as_str())
            .with("expires_at", grant.expires_at.to_string())
            .with("log_ids", ids);
        let used = touches(hand.place.integration.last_used_at, now);
        let revision = hand.place.integration.revision;
        let call = hand.call.map(|call| call.bound(&self.0.seed, hand.caller));
        let id = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let id = keep(tx, &grant, revision, started, call.as_ref(), now).await?;
                    let handed = handed.with("grant", id.to_string()).with("again", (id != grant.id).then_some(true));
                    if used {
                        store::integrations::touch(tx, grant.project, grant.integration, now).await?;
                    }
                    // Last: whoever changes the integration holds its row when he comes to the log.
                    append(tx, &installation, Log::Project(grant.project), now, Some(&caller), &handed).await?;
                    Ok(id)
                })
            })
            .await
            .map_err(crate::audit::unavailable)?;
        self.reached(Step::GrantRecorded);
        Ok(id)
    }

    /// Writes down that something was refused or did not succeed, and gives its error.
    pub(crate) async fn not_handed_out(
        &self,
        caller: &Caller,
        entered: &Entered,
        action: Action,
        target: Target,
        error: Error,
    ) -> Error {
        let (outcome, rule) = match error.kind() {
            // A slip of the pen, and what could not be written down anyway.
            ErrorKind::Invalid | ErrorKind::TooLarge | ErrorKind::AuditUnavailable => return error,
            ErrorKind::PermissionDenied => (Outcome::Refused, "outside-the-datasource"),
            _ => (Outcome::Failed, entered.rule),
        };
        let answer = error.answer().and_then(|answer| serde_json::to_value(answer).ok());
        let failed = event(action, outcome, rule, target).with("code", error.code()).with("provider", answer);
        match self.record(Log::Project(entered.project.id), Some(caller), failed).await {
            Ok(()) => error,
            Err(unavailable) => unavailable,
        }
    }
}

/// What was opened belongs to the integration as it was then: its role and how it can be taken back.
fn refuse_if_changed(then: i64, now: Option<i64>) -> Result<()> {
    if now == Some(then) {
        return Ok(());
    }
    let message = "the integration was changed while access was being handed out";
    Err(Error::new(ErrorKind::Conflict, message).with_retryable(true).with_hint("ask again"))
}

fn grant(hand: &HandOut<'_>, now: Timestamp) -> Grant {
    Grant {
        id: GrantId::new(),
        project: hand.entered.project.id,
        kind: hand.kind,
        integration: hand.place.integration.id,
        datasource: hand.place.datasource.id,
        principal: hand.caller.principal.id,
        created_at: now,
        expires_at: hand.expires_at,
        usable_until: hand.expires_at,
        state: GrantState::Live,
        revocability: hand.lent.connection.facts().revocability,
        scope: hand.scope.clone(),
    }
}

/// Keeps a new grant, or extends that of the first call with the same key.
async fn keep(
    tx: &mut Tx,
    grant: &Grant,
    revision: i64,
    started: Timestamp,
    call: Option<&Call>,
    now: Timestamp,
) -> Result<GrantId> {
    let Some(call) = call else {
        refuse_if_changed(revision, store::grants::insert(tx, grant, Some(started)).await?)?;
        return Ok(grant.id);
    };
    let (principal, project) = (grant.principal, grant.project);
    match claim_hand_out(tx, call, principal, project, now).await? {
        Under::New => {
            refuse_if_changed(revision, store::grants::insert(tx, grant, Some(started)).await?)?;
            finish_hand_out(tx, call, principal, project, grant.id).await?;
            Ok(grant.id)
        }
        Under::Again(id) => {
            let there = store::integrations::get(tx, project, grant.integration).await?;
            refuse_if_changed(revision, there.map(|there| there.revision))?;
            let about = Some(grant.datasource);
            let last = store::revocations::last(tx, project, grant.integration, about, principal).await?;
            let extended = store::grants::extend(tx, project, id, grant.expires_at, grant.usable_until).await?;
            if extended && last.is_none_or(|at| at < started) {
                return Ok(id);
            }
            let message = "what this Idempotency-Key stands for was revoked, so it is not issued again";
            Err(Error::new(ErrorKind::Conflict, message).with_hint("ask anew with another key, if you may"))
        }
    }
}

/// Being used is noted once a minute: every hand-out would write the same row.
fn touches(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| last.saturating_add(1.minute()).is_ok_and(|next| next <= now))
}
