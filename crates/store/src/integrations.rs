//! Integrations.
//!
//! A change names the revision it is based on; of two that name the same, one is done.

use std::collections::HashMap;

use domain::id::{IntegrationId, ProjectId};
use domain::integration::{Integration, IntegrationState, Settings};
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;

use crate::engine::{after, json, page, word};
use crate::{Engine, Query, Row, StoreError, Tx, args};

/// Which integrations to list.
#[derive(Debug, Clone, Default)]
pub struct IntegrationFilter {
    /// In this state.
    pub state: Option<IntegrationState>,
    /// Of this method.
    pub method: Option<String>,
    /// Whose name holds this.
    pub contains: Option<String>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, project, name, method, settings, state, reason, revision, created_at, updated_at, last_used_at
             FROM integrations WHERE ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Integration> {
    Ok(Integration {
        id: row.get("id")?,
        project: row.get("project")?,
        name: row.get("name")?,
        method: row.get_text("method")?.to_owned(),
        settings: row.get_json("settings")?,
        state: row.get_word("state")?,
        reason: row.get_opt_text("reason")?.map(str::to_owned),
        revision: row.get_i64("revision")?,
        created_at: row.get_time("created_at")?,
        updated_at: row.get_time("updated_at")?,
        last_used_at: row.get_opt_time("last_used_at")?,
    })
}

/// Kept beside the settings, so that those who share it are found. The same role at another address is the
/// role of another cloud.
fn role(settings: &Settings) -> Option<String> {
    let endpoint = settings.get("endpoint").map_or("", String::as_str);
    settings.get("role_arn").map(|role| format!("{role} {endpoint}"))
}

fn taken(error: StoreError, name: &Name) -> Error {
    if error.is_unique("integrations_project_name") {
        return Error::new(ErrorKind::NameTaken, format!("the project has an integration '{name}' already"))
            .at("/name");
    }
    error.into()
}

/// Adds an integration.
///
/// # Errors
/// `name_taken`.
pub async fn insert(tx: &mut Tx, new: &Integration) -> Result<()> {
    let inserted = tx.execute(
        "INSERT INTO integrations (id, project, name, method, settings, state, reason, revision, created_at, updated_at,
             last_used_at, role) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        args![
            new.id,
            new.project,
            &new.name,
            &new.method,
            json(&new.settings)?,
            word(&new.state)?,
            new.reason.clone(),
            new.revision,
            new.created_at,
            new.updated_at,
            new.last_used_at,
            role(&new.settings)
        ],
    );
    inserted.await.map(drop).map_err(|error| taken(error, &new.name))
}

/// An integration of the project by id.
///
/// # Errors
/// Those of the database.
pub async fn get(tx: &mut Tx, project: ProjectId, id: IntegrationId) -> Result<Option<Integration>> {
    tx.fetch_optional(select!("project = $1 AND id = $2"), args![project, id]).await?.as_ref().map(read).transpose()
}

/// An integration of the project by name.
///
/// # Errors
/// Those of the database.
pub async fn by_name(tx: &mut Tx, project: ProjectId, name: &str) -> Result<Option<Integration>> {
    tx.fetch_optional(select!("project = $1 AND name = $2"), args![project, name]).await?.as_ref().map(read).transpose()
}

/// An integration by id; nobody else changes or removes it, or adds a datasource to it, before this
/// unit ends.
///
/// # Errors
/// Those of the database.
pub async fn lock(tx: &mut Tx, project: ProjectId, id: IntegrationId) -> Result<Option<Integration>> {
    let sql = match tx.engine() {
        Engine::Sqlite => select!("project = $1 AND id = $2"),
        Engine::Postgres => select!("project = $1 AND id = $2 FOR UPDATE"),
    };
    tx.fetch_optional(sql, args![project, id]).await?.as_ref().map(read).transpose()
}

/// The integrations of a project, by name.
///
/// # Errors
/// Those of the database.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    filter: &IntegrationFilter,
    ask: &PageAsk,
) -> Result<Page<Integration>> {
    let query = Query::new(select!("project = $1"), args![project])
        .and_opt("state =", filter.state.as_ref().map(word).transpose()?)
        .and_opt("method =", filter.method.as_deref())
        .and_contains("name LIKE", filter.contains.as_deref())
        .and_opt("name >", after::<Name>(ask)?)
        .text(" ORDER BY name")
        .limit(ask.limit + 1);
    page(tx.fetch_query(query).await?, ask, |item: &Integration| item.name.to_string(), read)
}

/// The names of these.
///
/// # Errors
/// Those of the database.
pub async fn names(
    tx: &mut Tx,
    project: ProjectId,
    ids: impl IntoIterator<Item = IntegrationId>,
) -> Result<HashMap<IntegrationId, Name>> {
    let query = Query::new("SELECT id, name FROM integrations WHERE 1 = 1", args![]).and_in("id", ids).only_of(project);
    tx.fetch_query(query).await?.iter().map(|row| Ok((row.get("id")?, row.get("name")?))).collect()
}

/// The ids of all integrations of a project.
///
/// # Errors
/// Those of the database.
pub async fn ids<C: FromIterator<IntegrationId>>(tx: &mut Tx, project: ProjectId) -> Result<C> {
    let rows = tx.fetch_all("SELECT id FROM integrations WHERE project = $1", args![project]).await?;
    rows.iter().map(|row| Ok(row.get("id")?)).collect()
}

/// How many integrations there are in each state: of a project, or of all.
///
/// # Errors
/// Those of the database.
pub async fn count_by_state(tx: &mut Tx, project: Option<ProjectId>) -> Result<Vec<(IntegrationState, u64)>> {
    let query = Query::new("SELECT state, COUNT(*) AS found FROM integrations WHERE 1 = 1", args![])
        .and_opt("project =", project)
        .text(" GROUP BY state");
    let rows = tx.fetch_query(query).await?;
    rows.iter().map(|row| Ok((row.get_word("state")?, row.get_count("found")?))).collect()
}

/// Writes everything that may change, if `changed.revision` is still that of the store, which then
/// grows by one; tells whether it was.
///
/// # Errors
/// `name_taken`.
pub async fn update(tx: &mut Tx, changed: &Integration) -> Result<bool> {
    let updated = tx.execute(
        "UPDATE integrations SET name = $1, method = $2, settings = $3, state = $4, reason = $5, updated_at = $6,
             role = $7, revision = revision + 1
         WHERE project = $8 AND id = $9 AND revision = $10",
        args![
            &changed.name,
            &changed.method,
            json(&changed.settings)?,
            word(&changed.state)?,
            changed.reason.clone(),
            changed.updated_at,
            role(&changed.settings),
            changed.project,
            changed.id,
            changed.revision
        ],
    );
    updated.await.map(|touched| touched == 1).map_err(|error| taken(error, &changed.name))
}

/// Notes that something was handed out; not a change, so the revision stays.
///
/// # Errors
/// Those of the database.
pub async fn touch(tx: &mut Tx, project: ProjectId, id: IntegrationId, at: Timestamp) -> Result<()> {
    let sql = "UPDATE integrations SET last_used_at = $1 WHERE project = $2 AND id = $3";
    tx.defer(sql, args![at, project, id]).await?;
    Ok(())
}

/// Removes an integration if its revision is still this one; tells whether it was.
///
/// # Errors
/// `conflict` while datasources go through it.
pub async fn delete(tx: &mut Tx, project: ProjectId, id: IntegrationId, revision: i64) -> Result<bool> {
    let sql = "DELETE FROM integrations WHERE project = $1 AND id = $2 AND revision = $3";
    Ok(tx.execute(sql, args![project, id, revision]).await? == 1)
}
