//! Integrations with their secrets, a datasource of each, and what proofs have found of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::datasource::{Datasource, Purpose};
use domain::id::{DatasourceId, IntegrationId, ProofId, SecretId};
use domain::integration::{Integration, IntegrationState};
use domain::proof::{Check, CheckName, CheckStatus, Proof, ProofMode, ProofStatus, Remedy, latency_detail};
use domain::proof_run::RunCause;
use jiff::SignedDuration;
use store::Store;
use store::proof_runs::{NewRun, RunEnd};
use store::proofs::{ProofOwner, StoredChange, StoredProof};
use store::secrets::StoredSecret;

use super::{Ground, INTEGRATIONS, bytes, unit};

/// Rows of one unit.
const UNIT: usize = 2_000;
/// Further proofs of the first integration and the first datasource.
const HISTORY: usize = 200;
/// Datasources of the first integration beside its own.
const MORE: usize = 300;
/// Changes of results within the last week.
const CHANGES: usize = 50;

/// What pages of proofs are named by.
pub(super) struct Proofs {
    pub(super) of_integration: Vec<String>,
    pub(super) of_datasource: Vec<String>,
    pub(super) run: String,
}

pub(super) async fn connect(store: &Store, ground: &Arc<Ground>) -> (Vec<Integration>, Vec<Datasource>) {
    let integrations: Vec<_> = (0..INTEGRATIONS).map(|at| integration(ground, at)).collect();
    let first = integrations.first().expect("there are integrations");
    let own = integrations.iter().enumerate().map(|(at, one)| datasource(ground, one, at));
    let more = (0..MORE).map(|at| datasource(ground, first, INTEGRATIONS + at));
    let datasources: Vec<_> = own.chain(more).collect();
    for some in integrations.chunks(UNIT) {
        let (some, ground) = (some.to_vec(), Arc::clone(ground));
        unit(store, move |tx| {
            Box::pin(async move {
                for one in &some {
                    store::integrations::insert(tx, one).await?;
                    if one.settings.contains_key("access_key_id") {
                        store::secrets::insert(tx, &secret(&ground, one)).await?;
                    }
                }
                Ok(())
            })
        })
        .await;
    }
    for some in datasources.chunks(UNIT) {
        let some = some.to_vec();
        unit(store, move |tx| {
            Box::pin(async move {
                for one in &some {
                    store::datasources::insert(tx, one).await?;
                }
                Ok(())
            })
        })
        .await;
    }
    (integrations, datasources)
}

/// Whether the integration of the datasource at this place assumes a role; the first one does.
pub(super) fn assumes_role(at: usize) -> bool {
    at >= INTEGRATIONS || at % 10 < 6
}

fn integration(ground: &Ground, at: usize) -> Integration {
    let account = 100_000_000_000 + at;
    let pairs = |pairs: &[(&str, String)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    };
    let region = ("region", "eu-central-1".to_owned());
    let (method, settings) = match at % 10 {
        _ if assumes_role(at) => {
            let role = format!("arn:aws:iam::{account}:role/tidegate");
            ("aws-cross-account", pairs(&[("role_arn", role), region]))
        }
        6 | 7 => ("aws-access-key", pairs(&[("access_key_id", format!("AKIA{account:016}")), region])),
        _ => {
            let endpoint = ("endpoint", format!("https://store-{at}.example.com"));
            let key = ("access_key_id", format!("key-{at}"));
            ("s3-compatible", pairs(&[("preset", "generic".to_owned()), endpoint, key, region]))
        }
    };
    let state = match at % 100 {
        0 => IntegrationState::Active,
        1 | 2 => IntegrationState::Failed,
        3 => IntegrationState::Pending,
        4 => IntegrationState::Unproven,
        5 => IntegrationState::Paused,
        _ => IntegrationState::Active,
    };
    Integration {
        id: IntegrationId::new(),
        project: ground.project,
        name: format!("customer-{at:05}").parse().expect("a valid name"),
        method: method.to_owned(),
        settings,
        state,
        reason: (state == IntegrationState::Unproven).then(|| "the bucket is not there yet".to_owned()),
        revision: 1,
        created_at: ground.ago(86_400 * 90 + INTEGRATIONS - at),
        updated_at: ground.ago(86_400 * 90),
        last_used_at: state.usable().then(|| ground.ago(at)),
    }
}

fn secret(ground: &Ground, one: &Integration) -> StoredSecret {
    // Some were not rotated for longer than they should be.
    let days = if one.method == "aws-access-key" { 100 } else { 10 };
    StoredSecret {
        id: SecretId::new(),
        project: ground.project,
        owner: format!("integration:{}", one.id),
        field: "secret_access_key".to_owned(),
        version: 1,
        current: true,
        key_version: 1,
        wrapped_key: [bytes(), bytes()].concat(),
        ciphertext: [bytes(), bytes()].concat(),
        fingerprint: super::hex(&bytes()),
        created_at: ground.ago(86_400 * days),
        created_by: ground.administrator,
    }
}

fn datasource(ground: &Ground, one: &Integration, at: usize) -> Datasource {
    Datasource {
        id: DatasourceId::new(),
        project: ground.project,
        name: format!("pictures-{at:05}").parse().expect("a valid name"),
        integration: one.id,
        bucket: format!("bucket-{at:05}").parse().expect("a valid bucket"),
        prefix: "camera/raw".parse().expect("a valid prefix"),
        purpose: if at.is_multiple_of(3) { Purpose::InputOutput } else { Purpose::Input },
        region: Some(if at.is_multiple_of(2) { "eu-central-1" } else { "us-east-1" }.to_owned()),
        output_datasource: None,
        sse: None,
        cors_origin: Some("https://label.example.com".to_owned()),
        proof_mode: ProofMode::Full,
        reason: None,
        usable: one.state.usable(),
        revision: 1,
        created_at: ground.ago(86_400 * 80),
        updated_at: ground.ago(86_400 * 80),
    }
}

pub(super) async fn prove(
    store: &Store,
    ground: &Arc<Ground>,
    integrations: &[Integration],
    datasources: &[Datasource],
) -> Proofs {
    let of_integrations = integrations.iter().map(|one| (ProofOwner::Integration(one.id), one.state));
    let states: BTreeMap<_, _> = integrations.iter().map(|one| (one.id, one.state)).collect();
    let state = |one: &Datasource| states.get(&one.integration).copied().unwrap_or(IntegrationState::Active);
    let of_datasources = datasources.iter().map(|one| (ProofOwner::Datasource(one.id), state(one)));
    let (first, second) = (integrations.first(), datasources.first());
    let (first, second) = first.zip(second).expect("there are integrations and datasources");
    let history = |owner| (0..HISTORY).map(move |_| (owner, IntegrationState::Active));
    let all: Vec<_> = history(ProofOwner::Integration(first.id))
        .chain(history(ProofOwner::Datasource(second.id)))
        .chain(of_integrations)
        .chain(of_datasources)
        .filter(|(_, state)| !matches!(state, IntegrationState::Pending | IntegrationState::Unproven))
        .enumerate()
        .map(|(at, (owner, state))| (owner, StoredProof { id: ProofId::new(), proof: proof(ground, at, state) }))
        .collect();
    for some in all.chunks(UNIT) {
        let (some, project) = (some.to_vec(), ground.project);
        unit(store, move |tx| {
            Box::pin(async move {
                for (owner, proof) in &some {
                    store::proofs::insert(tx, project, *owner, proof).await?;
                }
                Ok(())
            })
        })
        .await;
    }
    let of = |wanted: ProofOwner| -> Vec<String> {
        all.iter().filter(|(owner, _)| *owner == wanted).map(|(_, proof)| proof.id.to_string()).collect()
    };
    change(store, ground, &all, first).await;
    Proofs {
        of_integration: of(ProofOwner::Integration(first.id)),
        of_datasource: of(ProofOwner::Datasource(second.id)),
        run: run(store, ground, first, &all).await,
    }
}

/// As a real one is: every check with a sentence, those that matter with a remedy.
fn proof(ground: &Ground, at: usize, state: IntegrationState) -> Proof {
    let check = |name: &CheckName| {
        let status = match name {
            CheckName::List if state == IntegrationState::Failed => CheckStatus::Failed,
            CheckName::ExcessWrite if at.is_multiple_of(100) => CheckStatus::Warning,
            CheckName::Encryption | CheckName::DeleteProbe => CheckStatus::Skipped,
            _ => CheckStatus::Passed,
        };
        let detail = match name {
            CheckName::Latency => {
                latency_detail(Duration::from_millis(20 + u64::try_from(at % 40).unwrap_or_default()))
            }
            _ => format!("{name} was asked of the store and answered as it should be"),
        };
        let remedy = matches!(status, CheckStatus::Failed | CheckStatus::Warning)
            .then(|| Remedy::say("allow s3:ListBucket on the bucket, and nothing else"));
        Check { name: *name, status, duration_ms: 12, detail, provider: None, remedy }
    };
    let checks: Vec<_> = CheckName::ALL.iter().map(check).collect();
    Proof {
        status: ProofStatus::of(&checks),
        mode: ProofMode::Full,
        checked_at: ground.ago(86_400 - at % 86_400),
        duration_ms: 900,
        checks,
    }
}

async fn change(store: &Store, ground: &Arc<Ground>, all: &[(ProofOwner, StoredProof)], first: &Integration) {
    let some: Vec<_> = all.iter().take(CHANGES).map(|(owner, proof)| (*owner, proof.id)).collect();
    let (ground, name) = (Arc::clone(ground), first.name.clone());
    unit(store, move |tx| {
        Box::pin(async move {
            for (at, (owner, proof)) in some.into_iter().enumerate() {
                let new = StoredChange {
                    proof,
                    owner,
                    name: name.clone(),
                    before: ProofStatus::Passed,
                    after: ProofStatus::Failed,
                    at: ground.ago(3_600 * (at + 1)),
                    checks: vec![CheckName::List, CheckName::Read],
                };
                store::proofs::insert_change(tx, ground.project, &new).await?;
            }
            Ok(())
        })
    })
    .await;
}

/// A run that is over.
async fn run(store: &Store, ground: &Arc<Ground>, first: &Integration, all: &[(ProofOwner, StoredProof)]) -> String {
    let owner = ProofOwner::Integration(first.id);
    let newest = all.iter().rev().find(|(other, _)| *other == owner).expect("it was proven");
    let end = RunEnd::Proof(newest.1.id, newest.1.proof.status);
    let now = ground.now;
    let new = NewRun {
        project: ground.project,
        owner,
        name: first.name.clone(),
        method: first.method.clone(),
        mode: ProofMode::Full,
        cause: RunCause::Asked,
        requested_by: Some(ground.administrator),
        due_at: now,
    };
    unit(store, move |tx| {
        Box::pin(async move {
            let asked = store::proof_runs::ask(tx, &new, now).await?;
            let taken = store::proof_runs::claim(tx, &asked, "bench", now, now + SignedDuration::from_mins(1)).await?;
            let taken = taken.ok_or_else(|| domain::Error::internal("nobody else takes it"))?;
            store::proof_runs::finish(tx, taken.hold(), now, &end).await?;
            Ok(taken.id.to_string())
        })
    })
    .await
}
