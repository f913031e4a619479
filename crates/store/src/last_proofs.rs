//! The newest proof of each integration and datasource, in short.
//!
//! Kept in the unit that keeps the proof itself, so that lists and overviews read one small row where
//! they would read a whole report. It goes with what it is about; the proofs stay.

use std::collections::HashMap;

use domain::Result;
use domain::id::{DatasourceId, IntegrationId, ProjectId};
use domain::integration::IntegrationState;
use domain::name::Name;
use domain::proof::{CheckName, CheckStatus, Proof, ProofStatus};
use jiff::Timestamp;

use crate::engine::word;
use crate::proofs::ProofOwner;
use crate::{Query, Row, Tx, args};

/// The last proof in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastProof {
    /// How it ended.
    pub status: ProofStatus,
    /// When it was done.
    pub checked_at: Timestamp,
    /// The checks that found a right which is not needed.
    pub too_wide: Vec<String>,
}

/// What a last proof is about, and how it is used now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An integration.
    Integration(Name, IntegrationState),
    /// A datasource, and whether it is usable.
    Datasource(Name, bool),
}

/// A last proof and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub subject: Subject,
    /// The proof.
    pub last: LastProof,
}

/// Last proofs of one kind.
#[derive(Debug, Clone, Copy)]
pub struct LineFilter {
    /// That ended so.
    pub status: ProofStatus,
    /// That are older than this: the oldest come first then, else the newest.
    pub before: Option<Timestamp>,
}

/// The checks that find rights which are not needed.
const WIDE: [CheckName; 5] = [
    CheckName::BaseIdentityBare,
    CheckName::ExcessWrite,
    CheckName::ExcessOtherPrefix,
    CheckName::ExcessOtherBucket,
    CheckName::ExcessAdministration,
];

fn too_wide(proof: &Proof) -> String {
    let wide = proof.checks.iter().filter(|check| check.status == CheckStatus::Warning && WIDE.contains(&check.name));
    wide.map(|check| format!("{} ", check.name)).collect()
}

fn read(row: &Row) -> Result<LastProof> {
    Ok(LastProof {
        status: row.get_word("status")?,
        checked_at: row.get_time("checked_at")?,
        too_wide: row.get_text("too_wide")?.split_whitespace().map(str::to_owned).collect(),
    })
}

/// Keeps it in place of the one before, where what it is about is still there.
pub(crate) async fn keep(tx: &mut Tx, project: ProjectId, owner: ProofOwner, proof: &Proof) -> Result<()> {
    macro_rules! sql {
        ($select:literal) => {
            concat!(
                "INSERT INTO last_proofs (owner_id, project, integration, datasource, status, checked_at, too_wide) ",
                $select,
                " WHERE project = $1 AND id = $2
                 ON CONFLICT (owner_id) DO UPDATE SET integration = excluded.integration, status = excluded.status,
                     checked_at = excluded.checked_at, too_wide = excluded.too_wide"
            )
        };
    }
    let (sql, id) = match owner {
        ProofOwner::Integration(id) => {
            (sql!("SELECT id, project, id, NULL, $3, $4, $5 FROM integrations"), id.to_string())
        }
        ProofOwner::Datasource(id) => {
            (sql!("SELECT id, project, integration, id, $3, $4, $5 FROM datasources"), id.to_string())
        }
    };
    tx.execute(sql, args![project, id, word(&proof.status)?, proof.checked_at, too_wide(proof)]).await?;
    Ok(())
}

/// Goes with a datasource that goes through another integration from now on.
pub(crate) async fn moved(tx: &mut Tx, datasource: DatasourceId, integration: IntegrationId) -> Result<()> {
    let sql = "UPDATE last_proofs SET integration = $1 WHERE owner_id = $2 AND integration <> $1";
    tx.execute(sql, args![integration, datasource]).await?;
    Ok(())
}

/// The last proofs of these, by id of the integration or datasource.
///
/// # Errors
/// Those of the database.
pub async fn of(
    tx: &mut Tx,
    project: ProjectId,
    owners: impl IntoIterator<Item = String>,
) -> Result<HashMap<String, LastProof>> {
    let sql = "SELECT owner_id, status, checked_at, too_wide FROM last_proofs WHERE 1 = 1";
    let rows = tx.fetch_query(Query::new(sql, args![]).and_in("owner_id", owners).only_of(project)).await?;
    rows.iter().map(|row| Ok((row.get_text("owner_id")?.to_owned(), read(row)?))).collect()
}

/// Last proofs of a project that ended in one way.
///
/// # Errors
/// Those of the database.
pub async fn lines(tx: &mut Tx, project: ProjectId, filter: LineFilter, limit: u32) -> Result<Vec<Line>> {
    // So many are chosen before their names are looked up.
    let sql = "SELECT p.status, p.checked_at, p.too_wide, p.datasource, i.name AS integration_name, i.state AS state,
               d.name AS datasource_name, d.usable AS usable
               FROM (SELECT * FROM last_proofs WHERE project = $1 AND status = $2";
    let query = Query::new(sql, args![project, word(&filter.status)?]).and_opt("checked_at <", filter.before).text(
        match filter.before {
            Some(_) => " ORDER BY checked_at",
            None => " ORDER BY checked_at DESC",
        },
    );
    let query = query.limit(limit).text(
        ") p JOIN integrations i ON i.id = p.integration LEFT JOIN datasources d ON d.id = p.datasource
         ORDER BY p.checked_at",
    );
    let query = if filter.before.is_some() { query } else { query.text(" DESC") };
    tx.fetch_query(query).await?.iter().map(line).collect()
}

fn line(row: &Row) -> Result<Line> {
    let subject = match row.get_opt::<Name>("datasource_name")? {
        Some(name) => Subject::Datasource(name, row.get_bool("usable")?),
        None => Subject::Integration(row.get("integration_name")?, row.get_word("state")?),
    };
    Ok(Line { subject, last: read(row)? })
}
