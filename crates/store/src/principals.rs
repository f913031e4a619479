//! Users and service accounts.
//!
//! A user's name is unique in the installation, a service account's in its project. Nobody is ever
//! removed by himself, only disabled: the audit speaks of him.

use std::collections::{BTreeMap, HashMap};

use domain::id::{PrincipalId, ProjectId};
use domain::name::UserName;
use domain::page::{Page, PageAsk};
use domain::principal::{Principal, PrincipalKind};
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;

use crate::engine::{after, json, page, word};
use crate::{Engine, Query, Row, StoreError, Tx, args};

/// A principal as he is kept.
#[derive(Debug, Clone)]
pub struct StoredPrincipal {
    /// Who he is.
    pub principal: Principal,
    /// Of a service account: the project it belongs to.
    pub project: Option<ProjectId>,
    /// May not sign in, and none of his tokens is accepted.
    pub disabled: bool,
    /// When he was made.
    pub created_at: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, project, name, administrator, disabled, properties, created_at FROM principals WHERE ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<StoredPrincipal> {
    let principal = Principal {
        id: row.get("id")?,
        kind: row.get_word::<PrincipalKind>("kind")?,
        name: row.get_text("name")?.to_owned(),
        administrator: row.get_bool("administrator")?,
        properties: row.get_json("properties")?,
    };
    Ok(StoredPrincipal {
        principal,
        project: row.get_opt("project")?,
        disabled: row.get_bool("disabled")?,
        created_at: row.get_time("created_at")?,
    })
}

/// Adds a principal.
///
/// # Errors
/// `name_taken`.
pub async fn insert(tx: &mut Tx, new: &StoredPrincipal) -> Result<()> {
    let principal = &new.principal;
    let kind = word(&principal.kind)?;
    let properties = json(&principal.properties)?;
    let inserted = tx.execute(
        "INSERT INTO principals (id, kind, project, name, administrator, disabled, properties, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            principal.id,
            kind,
            new.project,
            &principal.name,
            principal.administrator,
            new.disabled,
            properties,
            new.created_at
        ],
    );
    inserted.await.map(drop).map_err(|error| taken(error, &principal.name))
}

fn taken(error: StoreError, name: &str) -> Error {
    if error.is_unique("principals_name") || error.is_unique("principals_project_name") {
        return Error::new(ErrorKind::NameTaken, format!("there is a principal '{name}' already")).at("/name");
    }
    error.into()
}

/// A principal by id.
///
/// # Errors
/// Those of the database.
pub async fn get(tx: &mut Tx, id: PrincipalId) -> Result<Option<StoredPrincipal>> {
    tx.fetch_optional(select!("id = $1"), args![id]).await?.as_ref().map(read).transpose()
}

/// A user by name.
///
/// # Errors
/// Those of the database.
pub async fn user(tx: &mut Tx, name: &str) -> Result<Option<StoredPrincipal>> {
    let row = tx.fetch_optional(select!("project IS NULL AND name = $1"), args![name]).await?;
    row.as_ref().map(read).transpose()
}

/// A service account by name.
///
/// # Errors
/// Those of the database.
pub async fn service_account(tx: &mut Tx, project: ProjectId, name: &str) -> Result<Option<StoredPrincipal>> {
    let row = tx.fetch_optional(select!("project = $1 AND name = $2"), args![project, name]).await?;
    row.as_ref().map(read).transpose()
}

/// The users, by name.
///
/// # Errors
/// Those of the database.
pub async fn users(tx: &mut Tx, ask: &PageAsk) -> Result<Page<StoredPrincipal>> {
    list(tx, Query::new(select!("project IS NULL"), args![]), ask).await
}

/// The service accounts of a project, by name.
///
/// # Errors
/// Those of the database.
pub async fn service_accounts(tx: &mut Tx, project: ProjectId, ask: &PageAsk) -> Result<Page<StoredPrincipal>> {
    list(tx, Query::new(select!("project = $1"), args![project]), ask).await
}

async fn list(tx: &mut Tx, query: Query, ask: &PageAsk) -> Result<Page<StoredPrincipal>> {
    // A name of either kind follows the grammar of user names.
    let after = after::<UserName>(ask)?.map(String::from);
    let query = query.and_opt("name >", after).text(" ORDER BY name").limit(ask.limit + 1);
    page(tx.fetch_query(query).await?, ask, |item: &StoredPrincipal| item.principal.name.clone(), read)
}

/// The names of these.
///
/// # Errors
/// Those of the database.
pub async fn names(tx: &mut Tx, ids: impl IntoIterator<Item = PrincipalId>) -> Result<HashMap<PrincipalId, String>> {
    let query = Query::new("SELECT id, name FROM principals WHERE 1 = 1", args![]).and_in("id", ids);
    let rows = tx.fetch_query(query).await?;
    rows.iter().map(|row| Ok((row.get("id")?, row.get_text("name")?.to_owned()))).collect()
}

/// Lets a principal in or keeps him out; tells whether there is one.
///
/// # Errors
/// Those of the database.
pub async fn set_disabled(tx: &mut Tx, id: PrincipalId, disabled: bool) -> Result<bool> {
    Ok(tx.execute("UPDATE principals SET disabled = $1 WHERE id = $2", args![disabled, id]).await? == 1)
}

/// Replaces all properties; tells whether there is such a principal.
///
/// # Errors
/// Those of the database.
pub async fn set_properties(tx: &mut Tx, id: PrincipalId, properties: &BTreeMap<String, String>) -> Result<bool> {
    let properties = json(properties)?;
    Ok(tx.execute("UPDATE principals SET properties = $1 WHERE id = $2", args![properties, id]).await? == 1)
}

/// How many administrators may sign in. Nobody else changes that before this unit ends.
///
/// # Errors
/// Those of the database.
pub async fn count_administrators(tx: &mut Tx) -> Result<usize> {
    let sql = match tx.engine() {
        Engine::Sqlite => "SELECT id FROM principals WHERE administrator = 1 AND disabled = 0",
        Engine::Postgres => "SELECT id FROM principals WHERE administrator = 1 AND disabled = 0 ORDER BY id FOR UPDATE",
    };
    Ok(tx.fetch_all(sql, args![]).await?.len())
}
