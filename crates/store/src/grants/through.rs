//! What went through an integration or a datasource.

use domain::Result;
use domain::id::{DatasourceId, IntegrationId, PrincipalId};
use jiff::Timestamp;

use crate::{Query, Tx, args};

/// What grants went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// An integration of the project.
    Integration(IntegrationId),
    /// A datasource of the project.
    Datasource(DatasourceId),
}

impl Through {
    fn query(self, integration: &'static str, datasource: &'static str) -> Query {
        match self {
            Self::Integration(id) => Query::new(integration, args![id]),
            Self::Datasource(id) => Query::new(datasource, args![id]),
        }
    }
}

/// Who holds live grants of this, those with the most first; looks at `most` grants.
///
/// # Errors
/// Those of the database.
pub async fn holders(
    tx: &mut Tx,
    through: Through,
    now: Timestamp,
    most: u32,
    limit: u32,
) -> Result<Vec<(PrincipalId, u64)>> {
    macro_rules! sql {
        ($column:literal) => {
            concat!(
                "SELECT principal, COUNT(*) AS held FROM (SELECT principal FROM grants WHERE ",
                $column,
                " = $1 AND revoked_at IS NULL"
            )
        };
    }
    let query = through
        .query(sql!("integration"), sql!("datasource"))
        .and("usable_until >", now)
        .and("expires_at >", now)
        .limit(most)
        .text(") held GROUP BY principal ORDER BY COUNT(*) DESC, principal")
        .limit(limit);
    let rows = tx.fetch_query(query).await?;
    rows.iter().map(|row| Ok((row.get("principal")?, row.get_count("held")?))).collect()
}

/// How many grants of this are live; counting ends at `most`.
///
/// # Errors
/// Those of the database.
pub async fn count_live_through(tx: &mut Tx, through: Through, now: Timestamp, most: u32) -> Result<u64> {
    macro_rules! sql {
        ($column:literal) => {
            concat!(
                "SELECT COUNT(*) AS found FROM (SELECT 1 FROM grants WHERE ",
                $column,
                " = $1 AND revoked_at IS NULL"
            )
        };
    }
    let query = through.query(sql!("integration"), sql!("datasource"));
    let query = query.and("usable_until >", now).and("expires_at >", now).limit(most).text(") found");
    let rows = tx.fetch_query(query).await?;
    Ok(rows.first().map(|row| row.get_count("found")).transpose()?.unwrap_or_default())
}

/// When something was last handed out of a datasource.
///
/// # Errors
/// Those of the database.
pub async fn last_of(tx: &mut Tx, datasource: DatasourceId) -> Result<Option<Timestamp>> {
    let sql = "SELECT created_at FROM grants WHERE datasource = $1 ORDER BY id DESC LIMIT 1";
    let row = tx.fetch_optional(sql, args![datasource]).await?;
    Ok(row.map(|row| row.get_time("created_at")).transpose()?)
}
