//! Reading a log, record by record.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::id::{PrincipalId, ProjectId};
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::principal::{Caller, PrincipalKind};
use domain::{Error, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::Tx;
use store::audit::StoredRecord;

use super::Log;
use crate::Broker;

/// Whose log.
#[derive(Debug, Clone)]
pub enum AuditScope {
    /// That of the installation.
    Installation,
    /// That of a project.
    Project(Name),
}

/// Which records.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of this action.
    pub action: Option<String>,
    /// By this principal: a name or an id.
    pub principal: Option<String>,
    /// That ended so.
    pub outcome: Option<Outcome>,
    /// At that time or later.
    pub since: Option<Timestamp>,
    /// Before that time.
    pub until: Option<Timestamp>,
    /// The newest first; the oldest if not asked for.
    pub newest_first: bool,
}

/// A record, with the personal data that stands beside it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AuditRecord {
    /// Its place in the log, from 0 on.
    pub seq: u64,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    /// What was done.
    pub action: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The rule that decided.
    pub rule: String,
    /// Who did it, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<AuditActor>,
    /// What it was done to.
    pub target: Target,
    /// Facts of the act.
    #[schema(value_type = Object)]
    pub details: Map<String, Value>,
    /// Personal data of the act: where it came from, and names of people acted on; absent once erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub private: Option<Map<String, Value>>,
    /// The id of the request, as in the log.
    pub request_id: String,
    /// The program that wrote it.
    pub version: String,
}

/// Who acted.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AuditActor {
    /// Never reused.
    pub id: String,
    /// Person or program.
    pub kind: PrincipalKind,
    /// The token or session that was used.
    pub token: String,
    /// The name at that time; absent once erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The record as it is kept.
#[derive(Deserialize)]
struct Kept {
    seq: u64,
    time: Timestamp,
    action: String,
    outcome: Outcome,
    rule: String,
    actor: Option<KeptActor>,
    target: Target,
    details: Map<String, Value>,
    request_id: String,
    version: String,
}

#[derive(Deserialize)]
struct KeptActor {
    id: String,
    kind: PrincipalKind,
    token: String,
}

pub(crate) fn shown(stored: &StoredRecord) -> Result<AuditRecord> {
    let kept: Kept = serde_json::from_str(&stored.record).map_err(Error::internal)?;
    let private: Option<Map<String, Value>> =
        stored.private.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?;
    let (mut private, mut name) = (private, None);
    if let Some(private) = &mut private {
        private.remove("salt");
        name = private.remove("principal").and_then(|name| name.as_str().map(str::to_owned));
    }
    let principal = kept.actor.map(|actor| AuditActor { id: actor.id, kind: actor.kind, token: actor.token, name });
    Ok(AuditRecord {
        seq: kept.seq,
        time: kept.time,
        action: kept.action,
        outcome: kept.outcome,
        rule: kept.rule,
        principal,
        target: kept.target,
        details: kept.details,
        private,
        request_id: kept.request_id,
        version: kept.version,
    })
}

/// A log that the caller may read.
pub(super) struct Opened {
    pub(super) log: Log,
    pub(super) project: Option<ProjectId>,
    pub(super) action: Action,
    pub(super) rule: &'static str,
}

impl Broker {
    /// Decides whether the caller may read a log.
    pub(super) async fn open_log(&self, caller: &Caller, scope: &AuditScope) -> Result<Opened> {
        match scope {
            AuditScope::Installation => {
                let action = Action::InstallationAuditRead;
                let rule = self.permit(caller, action, Target::named("audit", "installation")).await?;
                Ok(Opened { log: Log::Installation, project: None, action, rule })
            }
            AuditScope::Project(name) => {
                let action = Action::AuditRead;
                let entered = self.enter(caller, name, action, Target::named("audit", name)).await?;
                let project = entered.project.id;
                Ok(Opened { log: Log::Project(project), project: Some(project), action, rule: entered.rule })
            }
        }
    }

    /// Records of a log, in its order or against it.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see; `invalid` for a principal's name that two have.
    pub async fn list_audit(
        &self,
        caller: &Caller,
        scope: &AuditScope,
        filter: AuditFilter,
        page: PageAsk,
    ) -> Result<Page<AuditRecord>> {
        let opened = self.open_log(caller, scope).await?;
        check_action(filter.action.as_deref())?;
        let found = self.store().read(move |tx| {
            Box::pin(async move {
                let principal = match &filter.principal {
                    Some(who) => match actor(tx, opened.project, who).await? {
                        Some(id) => Some(id),
                        None => return Ok(Page { items: Vec::new(), next: None }),
                    },
                    None => None,
                };
                let AuditFilter { action, outcome, since, until, newest_first, .. } = filter;
                let filter = store::audit::AuditFilter { action, principal, outcome, since, until, newest_first };
                store::audit::list(tx, opened.log, &filter, &page).await
            })
        });
        let found = found.await?;
        let items = found.items.iter().map(shown).collect::<Result<_>>()?;
        Ok(Page { items, next: found.next })
    }
}

/// Actions are written `noun.verb`; anything else would find nothing, and silently so.
fn check_action(action: Option<&str>) -> Result<()> {
    let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte == b'.');
    match action.filter(|text| !word(text) || !text.contains('.')) {
        Some(_) => Err(Error::invalid("/action", "an action is written 'noun.verb', for example 'credential.issue'")),
        None => Ok(()),
    }
}

/// Whom the filter names; an id needs nobody who still exists.
async fn actor(tx: &mut Tx, project: Option<ProjectId>, who: &str) -> Result<Option<PrincipalId>> {
    if let Ok(id) = who.parse() {
        return Ok(Some(id));
    }
    let found = crate::people::principals_named(tx, project, who).await?;
    match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only.principal.id)),
        several => {
            let ids: Vec<_> = several.iter().map(|found| found.principal.id.to_string()).collect();
            let message = format!("'{who}' is both a user and a service account; name one by id: {}", ids.join(" or "));
            Err(Error::invalid("/principal", message))
        }
    }
}
