//! Who may do what in a project: a role for each member.

use domain::Result;
use domain::id::{PrincipalId, ProjectId};
use domain::page::{Page, PageAsk};
use domain::principal::{PrincipalKind, Role};

use crate::engine::page;
use crate::{Query, Row, Tx, args};

/// A member of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub principal: PrincipalId,
    /// Person or program.
    pub kind: PrincipalKind,
    /// His name.
    pub name: String,
    /// What he may do.
    pub role: Role,
}

/// Makes a principal a member, or gives him another role.
///
/// # Errors
/// `conflict` if project or principal are gone.
pub async fn set(tx: &mut Tx, project: ProjectId, principal: PrincipalId, role: Role) -> Result<()> {
    tx.execute(
        "INSERT INTO members (project, principal, role) VALUES ($1, $2, $3)
         ON CONFLICT (project, principal) DO UPDATE SET role = excluded.role",
        args![project, principal, role],
    )
    .await?;
    Ok(())
}

/// The role of a principal, if he is a member.
///
/// # Errors
/// Those of the database.
pub async fn role(tx: &mut Tx, project: ProjectId, principal: PrincipalId) -> Result<Option<Role>> {
    let sql = "SELECT role FROM members WHERE project = $1 AND principal = $2";
    let row = tx.fetch_optional(sql, args![project, principal]).await?;
    Ok(row.map(|row| row.get("role")).transpose()?)
}

/// Removes a member; tells whether he was one.
///
/// # Errors
/// Those of the database.
pub async fn remove(tx: &mut Tx, project: ProjectId, principal: PrincipalId) -> Result<bool> {
    let sql = "DELETE FROM members WHERE project = $1 AND principal = $2";
    Ok(tx.execute(sql, args![project, principal]).await? == 1)
}

/// How many owners the project has. Nobody else changes that before this unit ends.
///
/// # Errors
/// `not_found` if the project is gone.
pub async fn count_owners(tx: &mut Tx, project: ProjectId) -> Result<u64> {
    crate::projects::lock(tx, project, false).await?;
    let sql = "SELECT COUNT(*) AS owners FROM members WHERE project = $1 AND role = 'owner'";
    Ok(tx.fetch_one(sql, args![project]).await?.get_count("owners")?)
}

/// The members in the order of their ids.
///
/// # Errors
/// `invalid` for a cursor that is none.
pub async fn list(tx: &mut Tx, project: ProjectId, ask: &PageAsk) -> Result<Page<Member>> {
    let sql = "SELECT m.principal, p.kind, p.name, m.role FROM members m JOIN principals p ON p.id = m.principal
               WHERE m.project = $1";
    let query = Query::new(sql, args![project])
        .and_opt("m.principal >", crate::engine::after::<PrincipalId>(ask)?)
        .text(" ORDER BY m.principal")
        .limit(ask.limit + 1);
    page(tx.fetch_query(query).await?, ask, |member: &Member| member.principal.to_string(), read)
}

fn read(row: &Row) -> Result<Member> {
    Ok(Member {
        principal: row.get("principal")?,
        kind: row.get_word("kind")?,
        name: row.get_text("name")?.to_owned(),
        role: row.get("role")?,
    })
}
