//! Projects. The external id of one is written once and never changed.

use std::collections::HashMap;

use domain::id::{PrincipalId, ProjectId};
use domain::integration::ExternalId;
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;

use crate::engine::{after, page};
use crate::{Engine, Query, Row, Tx, args};

/// A project as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProject {
    /// Never reused.
    pub id: ProjectId,
    /// Unique in the installation.
    pub name: Name,
    /// Made by Tidegate.
    pub external_id: ExternalId,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom; he may be gone.
    pub created_by: PrincipalId,
}

fn read(row: &Row) -> Result<StoredProject> {
    Ok(StoredProject {
        id: row.get("id")?,
        name: row.get("name")?,
        external_id: ExternalId::restored(row.get_text("external_id")?.to_owned()),
        created_at: row.get_time("created_at")?,
        created_by: row.get("created_by")?,
    })
}

/// Adds a project.
///
/// # Errors
/// `name_taken`.
pub async fn insert(tx: &mut Tx, new: &StoredProject) -> Result<()> {
    let inserted = tx.execute(
        "INSERT INTO projects (id, name, external_id, created_at, created_by) VALUES ($1, $2, $3, $4, $5)",
        args![new.id, &new.name, new.external_id.as_str(), new.created_at, new.created_by],
    );
    inserted.await.map(drop).map_err(|error| {
        if error.is_unique("projects_name") {
            Error::new(ErrorKind::NameTaken, format!("there is a project '{}' already", new.name)).at("/name")
        } else {
            error.into()
        }
    })
}

/// A project by id.
///
/// # Errors
/// Those of the database.
pub async fn get(tx: &mut Tx, id: ProjectId) -> Result<Option<StoredProject>> {
    let sql = "SELECT id, name, external_id, created_at, created_by FROM projects WHERE id = $1";
    tx.fetch_optional(sql, args![id]).await?.as_ref().map(read).transpose()
}

/// A project by name.
///
/// # Errors
/// Those of the database.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<StoredProject>> {
    let sql = "SELECT id, name, external_id, created_at, created_by FROM projects WHERE name = $1";
    tx.fetch_optional(sql, args![name]).await?.as_ref().map(read).transpose()
}

/// The projects by name: all, or those that a principal is a member of.
///
/// # Errors
/// Those of the database.
pub async fn list(tx: &mut Tx, member: Option<PrincipalId>, ask: &PageAsk) -> Result<Page<StoredProject>> {
    let sql = "SELECT id, name, external_id, created_at, created_by FROM projects WHERE name > $1";
    let mut query = Query::new(sql, args![after::<Name>(ask)?.map(String::from).unwrap_or_default()]);
    if let Some(member) = member {
        query = query.and("id IN (SELECT project FROM members WHERE principal =", member).text(")");
    }
    let rows = tx.fetch_query(query.text(" ORDER BY name").limit(ask.limit + 1)).await?;
    page(rows, ask, |project: &StoredProject| project.name.to_string(), read)
}

/// The names of these.
///
/// # Errors
/// Those of the database.
pub async fn names(tx: &mut Tx, ids: impl IntoIterator<Item = ProjectId>) -> Result<HashMap<ProjectId, Name>> {
    let query = Query::new("SELECT id, name FROM projects WHERE 1 = 1", args![]).and_in("id", ids);
    tx.fetch_query(query).await?.iter().map(|row| Ok((row.get("id")?, row.get("name")?))).collect()
}

/// Removes a project with its members, service accounts, keys, secrets, grants and proofs; tells
/// whether there was one. Its audit stays.
///
/// # Errors
/// `conflict` while it has integrations or datasources.
pub async fn delete(tx: &mut Tx, id: ProjectId) -> Result<bool> {
    Ok(tx.execute("DELETE FROM projects WHERE id = $1", args![id]).await? == 1)
}

/// Waits until nobody else takes away from, or adds to, what was handed out in the project.
///
/// SQLite has one writer and needs no lock; sharing one asks it nothing.
///
/// # Errors
/// `not_found` if the project is gone.
pub async fn lock(tx: &mut Tx, id: ProjectId, shared: bool) -> Result<()> {
    let sql = match (tx.engine(), shared) {
        (Engine::Sqlite, true) => return Ok(()),
        (Engine::Sqlite, false) => "SELECT id FROM projects WHERE id = $1",
        (Engine::Postgres, true) => "SELECT id FROM projects WHERE id = $1 FOR KEY SHARE",
        (Engine::Postgres, false) => "SELECT id FROM projects WHERE id = $1 FOR UPDATE",
    };
    let found = tx.fetch_optional(sql, args![id]).await?;
    found.map(drop).ok_or_else(|| Error::new(ErrorKind::NotFound, "the project was deleted in the meantime"))
}
