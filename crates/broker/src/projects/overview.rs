//! A project at a glance.
//!
//! Every number and list is bounded and found on an index, so that looking costs the same in a project with
//! a hundred thousand grants as in an empty one.

use authz::Action;
use domain::Result;
use domain::audit::{Outcome, Target};
use domain::id::{IntegrationId, PrincipalId, ProjectId};
use domain::integration::IntegrationState;
use domain::name::Name;
use domain::principal::Caller;
use domain::proof::ProofStatus;
use jiff::{SignedDuration, Timestamp};
use store::Tx;
use store::audit::AuditFilter;
use store::last_proofs::{LineFilter, Subject};
use store::tokens::TokenFilter;

use crate::audit::{AuditRecord, Log, shown};
use crate::counted::ONE_MORE;
use crate::grants::{GrantView, Names};
use crate::latencies::LatencyView;
use crate::people::{TokenView, token_views};
use crate::proofs::LastProof;
use crate::{Broker, Counted};

/// So many proofs, tokens and secrets are shown.
const SHOWN: usize = 8;
/// So many grants and refusals are shown.
const FEW: u32 = 5;
/// A proof that is older says little about today.
const STALE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A token that ends sooner should be replaced.
const ENDING: SignedDuration = SignedDuration::from_hours(14 * 24);
/// A secret that is older should be rotated.
pub(crate) const OLD: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How far back refusals are looked for.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A project at a glance.
#[derive(Debug, Clone)]
pub struct Overview {
    /// How many integrations there are.
    pub integrations: IntegrationCounts,
    /// How many datasources there are.
    pub datasources: DatasourceCounts,
    /// The last proofs that matter most: what failed, what was left open, what is stale, what is new.
    pub proofs: Vec<ProofLine>,
    /// How many grants are live.
    pub live_grants: Counted,
    /// The live grants that end next.
    pub ending_next: Vec<GrantView>,
    /// Tokens that end within 14 days, the next first: the caller's own, or all for whoever may revoke them.
    pub tokens: Vec<TokenView>,
    /// Secrets that were not rotated for 90 days, the oldest first.
    pub secrets: Vec<OldSecret>,
    /// What was refused within a day; none for whoever may not read the audit.
    pub refusals: Option<Refusals>,
    /// How long it takes to reach the buckets, by region.
    pub latencies: Vec<LatencyView>,
}

/// Integrations by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IntegrationCounts {
    /// The cloud side is not finished.
    pub pending: u64,
    /// Proven.
    pub active: u64,
    /// The proof was switched off.
    pub unproven: u64,
    /// The last proof failed.
    pub failed: u64,
    /// Switched off.
    pub paused: u64,
}

impl IntegrationCounts {
    pub(crate) fn of(found: Vec<(IntegrationState, u64)>) -> Self {
        let mut counts = Self::default();
        for (state, count) in found {
            match state {
                IntegrationState::Pending => counts.pending = count,
                IntegrationState::Active => counts.active = count,
                IntegrationState::Unproven => counts.unproven = count,
                IntegrationState::Failed => counts.failed = count,
                IntegrationState::Paused => counts.paused = count,
            }
        }
        counts
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.pending + self.active + self.unproven + self.failed + self.paused
    }
}

/// Datasources by whether access may be handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DatasourceCounts {
    /// It may.
    pub usable: u64,
    /// It may not.
    pub unusable: u64,
}

impl DatasourceCounts {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.usable + self.unusable
    }
}

/// What a proof is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofSubject {
    /// An integration.
    Integration,
    /// A datasource.
    Datasource,
}

impl ProofSubject {
    /// The word that stands for it everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Integration => "integration",
            Self::Datasource => "datasource",
        }
    }
}

/// The last proof of an integration or a datasource.
#[derive(Debug, Clone)]
pub struct ProofLine {
    /// What it is about.
    pub subject: ProofSubject,
    /// The name of that.
    pub name: Name,
    /// The state of an integration.
    pub state: Option<IntegrationState>,
    /// Whether a datasource is usable.
    pub usable: Option<bool>,
    /// The proof.
    pub last_proof: LastProof,
    /// It is older than a week.
    pub stale: bool,
}

/// A secret that was not rotated for long.
#[derive(Debug, Clone)]
pub struct OldSecret {
    /// The integration that it belongs to.
    pub integration: Name,
    /// The field.
    pub field: String,
    /// The version in use.
    pub version: u32,
    /// When that was set.
    pub set_at: Timestamp,
}

/// What was refused within a day.
#[derive(Debug, Clone)]
pub struct Refusals {
    /// How often.
    pub count: Counted,
    /// The newest.
    pub newest: Vec<AuditRecord>,
}

/// Of what the caller may see more than others do.
struct Sight {
    project: ProjectId,
    /// Whose tokens; none for everybody's.
    tokens_of: Option<PrincipalId>,
    refusals: bool,
}

impl Broker {
    /// A project at a glance.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see.
    pub async fn overview(&self, caller: &Caller, project: &Name) -> Result<Overview> {
        let entered = self.enter(caller, project, Action::ProjectShow, Target::named("project", project)).await?;
        let all_tokens = self.may(caller, &entered, Action::TokenRevoke);
        let sight = Sight {
            project: entered.project.id,
            tokens_of: (!all_tokens).then_some(caller.principal.id),
            refusals: self.may(caller, &entered, Action::AuditRead),
        };
        let now = self.now();
        self.store().read(move |tx| Box::pin(async move { read(tx, &sight, now).await })).await
    }
}

async fn read(tx: &mut Tx, sight: &Sight, now: Timestamp) -> Result<Overview> {
    let project = sight.project;
    let (usable, unusable) = store::datasources::count_by_usable(tx, project).await?;
    let ending = store::grants::ending_next(tx, project, now, FEW).await?;
    Ok(Overview {
        integrations: IntegrationCounts::of(store::integrations::count_by_state(tx, Some(project)).await?),
        datasources: DatasourceCounts { usable, unusable },
        proofs: proofs(tx, project, now).await?,
        live_grants: Counted::of(store::grants::count_live_in_project(tx, project, now, ONE_MORE).await?),
        ending_next: Names::default().views(tx, ending).await?,
        tokens: tokens(tx, sight, now).await?,
        secrets: secrets(tx, project, now).await?,
        refusals: if sight.refusals { Some(refusals(tx, project, now).await?) } else { None },
        latencies: crate::latencies::read(tx, project).await?,
    })
}

async fn proofs(tx: &mut Tx, project: ProjectId, now: Timestamp) -> Result<Vec<ProofLine>> {
    let stale = back(now, STALE);
    let mut lines: Vec<ProofLine> = Vec::new();
    for (status, before) in [
        (ProofStatus::Failed, None),
        (ProofStatus::Inconclusive, None),
        (ProofStatus::Passed, Some(stale)),
        (ProofStatus::Passed, None),
    ] {
        let left = SHOWN.saturating_sub(lines.len());
        let Some(limit) = u32::try_from(left).ok().filter(|left| *left > 0) else { break };
        for found in store::last_proofs::lines(tx, project, LineFilter { status, before }, limit).await? {
            let line = line(found, stale);
            // The newest of few are the oldest as well.
            let known = |other: &ProofLine| (other.subject, &other.name) == (line.subject, &line.name);
            if !lines.iter().any(known) {
                lines.push(line);
            }
        }
    }
    Ok(lines)
}

fn line(found: store::last_proofs::Line, stale: Timestamp) -> ProofLine {
    let (subject, name, state, usable) = match found.subject {
        Subject::Integration(name, state) => (ProofSubject::Integration, name, Some(state), None),
        Subject::Datasource(name, usable) => (ProofSubject::Datasource, name, None, Some(usable)),
    };
    let stale = found.last.checked_at < stale;
    ProofLine { subject, name, state, usable, last_proof: LastProof::of(&found.last), stale }
}

async fn tokens(tx: &mut Tx, sight: &Sight, now: Timestamp) -> Result<Vec<TokenView>> {
    let filter = TokenFilter { principal: sight.tokens_of, project: Some(sight.project) };
    let until = now.checked_add(ENDING).unwrap_or(Timestamp::MAX);
    let found = store::tokens::ending(tx, filter, (now, until), u32::try_from(SHOWN).unwrap_or(u32::MAX)).await?;
    token_views(tx, found).await
}

async fn secrets(tx: &mut Tx, project: ProjectId, now: Timestamp) -> Result<Vec<OldSecret>> {
    let limit = u32::try_from(SHOWN).unwrap_or(u32::MAX);
    let found = store::secrets::old(tx, project, back(now, OLD), limit).await?;
    let integration = |owner: &str| owner.strip_prefix("integration:")?.parse::<IntegrationId>().ok();
    let ids: Vec<_> = found.iter().filter_map(|secret| integration(&secret.owner)).collect();
    let names = store::integrations::names(tx, project, ids).await?;
    let named = found.into_iter().filter_map(|secret| {
        let integration = names.get(&integration(&secret.owner)?)?.clone();
        Some(OldSecret { integration, field: secret.field, version: secret.version, set_at: secret.set_at })
    });
    Ok(named.collect())
}

async fn refusals(tx: &mut Tx, project: ProjectId, now: Timestamp) -> Result<Refusals> {
    let filter = AuditFilter {
        outcome: Some(Outcome::Refused),
        since: Some(back(now, DAY)),
        newest_first: true,
        ..AuditFilter::default()
    };
    let log = Log::Project(project);
    let count = store::audit::count(tx, log, &filter, ONE_MORE).await?;
    let page = domain::page::PageAsk { after: None, limit: FEW };
    let newest = store::audit::list(tx, log, &filter, &page).await?;
    let newest = newest.items.iter().map(shown).collect::<Result<_>>()?;
    Ok(Refusals { count: Counted::of(count), newest })
}

/// So long before.
pub(crate) fn back(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_sub(by).unwrap_or(Timestamp::MIN)
}
