//! Queueing the proofs of what goes through a changed integration.

use domain::Result;
use domain::integration::Integration;
use domain::principal::Principal;
use domain::proof::ProofMode;
use domain::proof_run::RunCause;
use jiff::Timestamp;
use store::Tx;
use store::datasources::DatasourceFilter;
use store::proof_runs::NewRun;
use store::proofs::ProofOwner;

/// Queues a proof of every datasource of an integration, in the unit that changes it.
pub(crate) async fn prove_datasources_of(
    tx: &mut Tx,
    integration: &Integration,
    by: Option<&Principal>,
    here: Timestamp,
) -> Result<()> {
    let filter = DatasourceFilter { integration: Some(integration.id), ..DatasourceFilter::default() };
    let now = store::proof_runs::clock(tx, here).await?;
    for datasource in crate::datasources::every(tx, integration.project, filter).await? {
        if datasource.proof_mode == ProofMode::Off {
            continue;
        }
        let new = NewRun {
            project: datasource.project,
            owner: ProofOwner::Datasource(datasource.id),
            name: datasource.name,
            method: integration.method.clone(),
            mode: datasource.proof_mode,
            cause: RunCause::Change,
            requested_by: by.map(|principal| principal.id),
            due_at: now,
        };
        store::proof_runs::ask(tx, &new, now).await?;
    }
    Ok(())
}
