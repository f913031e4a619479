//! How long it takes to reach the buckets of a region, from the server and from people's browsers.
//!
//! Of each datasource and side the newest [`KEPT`] samples are kept, and a median is made of the newest
//! [`JUDGED`] of a region, so that neither a busy page nor a large project makes reading dear.

use domain::id::{DatasourceId, ProjectId};
use domain::integration::Settings;
use domain::proof::Proof;
use domain::{Error, Result};
use jiff::Timestamp;

use crate::proofs::ProofOwner;
use crate::{Query, Tx, args};

/// So many samples of a datasource and side are kept.
pub const KEPT: u32 = 500;
/// A median is made of so many of the newest samples of a region.
pub const JUDGED: u32 = 100;
/// So many regions of a project are told of.
const REGIONS: u32 = 50;

/// Who measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// A proof, on the server.
    Server,
    /// A page, in somebody's browser.
    Browser,
}

impl Side {
    fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Browser => "browser",
        }
    }
}

/// What was measured of the buckets in one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Median {
    /// The region; empty where it is not known.
    pub region: String,
    /// The median, in microseconds.
    pub micros: u64,
    /// Of how many samples.
    pub samples: u64,
    /// When the newest was taken.
    pub newest: Timestamp,
}

/// The region of a datasource's bucket: its own, or that of its integration; empty where neither says.
///
/// # Errors
/// Those of the database.
pub async fn region(tx: &mut Tx, project: ProjectId, datasource: DatasourceId) -> Result<String> {
    let sql = "SELECT d.region AS region, i.settings AS settings FROM datasources d
               JOIN integrations i ON i.id = d.integration WHERE d.project = $1 AND d.id = $2";
    let Some(row) = tx.fetch_optional(sql, args![project, datasource]).await? else { return Ok(String::new()) };
    if let Some(region) = row.get_opt_text("region")? {
        return Ok(region.to_owned());
    }
    let mut settings: Settings = row.get_json("settings")?;
    Ok(settings.remove("region").unwrap_or_default())
}

/// Keeps the sample that a proof of a datasource has taken, if it has.
pub(crate) async fn keep_proven(tx: &mut Tx, project: ProjectId, owner: ProofOwner, proof: &Proof) -> Result<()> {
    let (ProofOwner::Datasource(datasource), Some(latency)) = (owner, proof.latency()) else { return Ok(()) };
    let region = region(tx, project, datasource).await?;
    let micros = i64::try_from(latency.as_micros()).map_err(Error::internal)?;
    insert(tx, project, datasource, Side::Server, &region, &[micros], proof.checked_at).await
}

/// Keeps samples of a datasource, and forgets the oldest beyond the bound.
///
/// # Errors
/// Those of the database. Nothing is kept of a datasource that is gone.
pub async fn insert(
    tx: &mut Tx,
    project: ProjectId,
    datasource: DatasourceId,
    side: Side,
    region: &str,
    micros: &[i64],
    at: Timestamp,
) -> Result<()> {
    for micros in micros.iter().copied() {
        tx.execute(
            "INSERT INTO latency_samples (id, project, datasource, side, region, micros, measured_at)
             SELECT $1, project, id, $2, $3, $4, $5 FROM datasources WHERE project = $6 AND id = $7",
            args![uuid::Uuid::now_v7().to_string(), side.as_str(), region, micros, at, project, datasource],
        )
        .await?;
    }
    tx.execute(
        "DELETE FROM latency_samples WHERE datasource = $1 AND side = $2 AND id <=
             (SELECT id FROM latency_samples WHERE datasource = $1 AND side = $2 ORDER BY id DESC LIMIT 1 OFFSET $3)",
        args![datasource, side.as_str(), KEPT],
    )
    .await?;
    Ok(())
}

/// The medians of a project by region.
///
/// # Errors
/// Those of the database.
pub async fn medians(tx: &mut Tx, project: ProjectId, side: Side) -> Result<Vec<Median>> {
    let mut medians = Vec::new();
    for region in regions(tx, project, side).await? {
        let sql = "SELECT micros, measured_at FROM latency_samples WHERE project = $1 AND side = $2 AND region = $3
                   ORDER BY id DESC";
        let query = Query::new(sql, args![project, side.as_str(), &region]).limit(JUDGED);
        let rows = tx.fetch_query(query).await?;
        let Some(newest) = rows.first() else { continue };
        let newest = newest.get_time("measured_at")?;
        let mut micros = rows.iter().map(|row| Ok(row.get_count::<u64>("micros")?)).collect::<Result<Vec<_>>>()?;
        let samples = u64::try_from(micros.len()).unwrap_or(u64::MAX);
        medians.push(Median { region, micros: median(&mut micros), samples, newest });
    }
    Ok(medians)
}

/// Jumps from region to region on the index, whatever the number of samples.
async fn regions(tx: &mut Tx, project: ProjectId, side: Side) -> Result<Vec<String>> {
    let sql = "WITH RECURSIVE r (region) AS (
                   SELECT MIN(region) FROM latency_samples WHERE project = $1 AND side = $2
                   UNION ALL
                   SELECT (SELECT MIN(s.region) FROM latency_samples s
                       WHERE s.project = $1 AND s.side = $2 AND s.region > r.region)
                   FROM r WHERE r.region IS NOT NULL)
               SELECT region FROM r WHERE region IS NOT NULL";
    let rows = tx.fetch_query(Query::new(sql, args![project, side.as_str()]).limit(REGIONS)).await?;
    rows.iter().map(|row| Ok(row.get_text("region")?.to_owned())).collect()
}

/// The middle one; of an even number the mean of the two.
fn median(values: &mut [u64]) -> u64 {
    values.sort_unstable();
    let middle = values.len() / 2;
    let upper = values.get(middle).copied().unwrap_or_default();
    match values.len() % 2 {
        0 => values.get(middle.saturating_sub(1)).map_or(0, |lower| lower.midpoint(upper)),
        _ => upper,
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn median_is_the_middle_or_the_mean_of_the_two() {
        assert_eq!(median(&mut []), 0);
        assert_eq!(median(&mut [7]), 7);
        assert_eq!(median(&mut [9, 1, 5]), 5);
        assert_eq!(median(&mut [10, 1, 4, 100]), 7);
    }
}
