//! Revocations: a line in time that no older session crosses.
//!
//! A session may have been shared by several grants of one holder, so taking back one grant also
//! draws the line for its holder and datasource.

use domain::Result;
use domain::id::{DatasourceId, GrantId, IntegrationId, PrincipalId, ProjectId};
use jiff::Timestamp;

use crate::{Tx, args};

/// What was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RevokedBy {
    /// One grant.
    Grant(GrantId),
    /// All that went through an integration.
    Integration(IntegrationId),
    /// All of a datasource.
    Datasource(DatasourceId),
    /// All that a principal was given.
    Principal(PrincipalId),
    /// All of a datasource that a principal was given.
    Holder(DatasourceId, PrincipalId),
    /// All of the project.
    Project,
}

/// When a session was last revoked, of project `$1`, integration `$2`, datasource `$3`, principal `$4`, holder
/// `$5`: a query in brackets. Each of the five is one look at the index; together in one condition they would
/// be a walk through all revocations of the project.
macro_rules! reaching {
    () => {
        "(SELECT MAX(at) FROM (
             SELECT MAX(at) AS at FROM revocations WHERE project = $1 AND by_kind = 'project' AND by_id = $1
             UNION ALL
             SELECT MAX(at) FROM revocations WHERE project = $1 AND by_kind = 'integration' AND by_id = $2
             UNION ALL
             SELECT MAX(at) FROM revocations WHERE project = $1 AND by_kind = 'datasource' AND by_id = $3
             UNION ALL
             SELECT MAX(at) FROM revocations WHERE project = $1 AND by_kind = 'principal' AND by_id = $4
             UNION ALL
             SELECT MAX(at) FROM revocations WHERE project = $1 AND by_kind = 'holder' AND by_id = $5) reaching)"
    };
}
pub(crate) use reaching;

pub(crate) async fn insert(
    tx: &mut Tx,
    project: ProjectId,
    by: RevokedBy,
    at: Timestamp,
    who: PrincipalId,
) -> Result<()> {
    let (kind, id) = match by {
        RevokedBy::Grant(id) => ("grant", id.to_string()),
        RevokedBy::Integration(id) => ("integration", id.to_string()),
        RevokedBy::Datasource(id) => ("datasource", id.to_string()),
        RevokedBy::Principal(id) => ("principal", id.to_string()),
        RevokedBy::Holder(datasource, principal) => ("holder", holder(datasource, principal)),
        RevokedBy::Project => ("project", project.to_string()),
    };
    tx.execute(
        "INSERT INTO revocations (id, project, by_kind, by_id, at, by_principal) VALUES ($1, $2, $3, $4, $5, $6)",
        args![uuid::Uuid::now_v7().to_string(), project, kind, id, at, who],
    )
    .await?;
    Ok(())
}

/// By what name a holder is kept.
pub(crate) fn holder(datasource: DatasourceId, principal: PrincipalId) -> String {
    format!("{datasource}/{principal}")
}

/// When access of this kind was last revoked. A session that began then or before must not be used.
///
/// Without a datasource it is about what is used for none.
///
/// # Errors
/// Those of the database.
pub async fn last(
    tx: &mut Tx,
    project: ProjectId,
    integration: IntegrationId,
    datasource: Option<DatasourceId>,
    principal: PrincipalId,
) -> Result<Option<Timestamp>> {
    let holder = datasource.map(|datasource| holder(datasource, principal));
    let row = tx
        .fetch_one(
            concat!("SELECT ", reaching!(), " AS at"),
            args![project, integration, datasource, principal, holder],
        )
        .await?;
    Ok(row.get_opt_time("at")?)
}
