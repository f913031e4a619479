//! Datasources.
//!
//! Integration and output datasource belong to the same project: the references carry it.

use std::collections::HashMap;

use domain::datasource::{Datasource, Purpose};
use domain::id::{DatasourceId, IntegrationId, ProjectId};
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::{Error, ErrorKind, Result};

use crate::engine::{after, json, page, word};
use crate::{Engine, Query, Row, StoreError, Tx, args, last_proofs};

/// Which datasources to list.
#[derive(Debug, Clone, Default)]
pub struct DatasourceFilter {
    /// Those that go through it.
    pub integration: Option<IntegrationId>,
    /// Those that name it as the place for what is made from them.
    pub output_datasource: Option<DatasourceId>,
    /// For this.
    pub purpose: Option<Purpose>,
    /// Usable, or not.
    pub usable: Option<bool>,
    /// Whose name holds this.
    pub contains: Option<String>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, project, name, integration, bucket, prefix, purpose, region, output_datasource, sse, cors_origin,
             proof_mode, reason, usable, revision, created_at, updated_at FROM datasources WHERE ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Datasource> {
    Ok(Datasource {
        id: row.get("id")?,
        project: row.get("project")?,
        name: row.get("name")?,
        integration: row.get("integration")?,
        bucket: row.get("bucket")?,
        prefix: row.get("prefix")?,
        purpose: row.get_word("purpose")?,
        region: row.get_opt_text("region")?.map(str::to_owned),
        output_datasource: row.get_opt("output_datasource")?,
        sse: row.get_opt_json("sse")?,
        cors_origin: row.get_opt_text("cors_origin")?.map(str::to_owned),
        proof_mode: row.get_word("proof_mode")?,
        reason: row.get_opt_text("reason")?.map(str::to_owned),
        usable: row.get_bool("usable")?,
        revision: row.get_i64("revision")?,
        created_at: row.get_time("created_at")?,
        updated_at: row.get_time("updated_at")?,
    })
}

fn refused(error: StoreError, name: &Name) -> Error {
    if error.is_unique("datasources_project_name") {
        return Error::new(ErrorKind::NameTaken, format!("the project has a datasource '{name}' already")).at("/name");
    }
    error.into()
}

/// Adds a datasource.
///
/// # Errors
/// `name_taken`; `conflict` if its integration or output datasource is gone.
pub async fn insert(tx: &mut Tx, new: &Datasource) -> Result<()> {
    let inserted = tx.execute(
        "INSERT INTO datasources (id, project, name, integration, bucket, prefix, purpose, region, output_datasource,
             sse, cors_origin, proof_mode, reason, usable, revision, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        args![
            new.id,
            new.project,
            &new.name,
            new.integration,
            &new.bucket,
            &new.prefix,
            word(&new.purpose)?,
            new.region.clone(),
            new.output_datasource,
            new.sse.as_ref().map(json).transpose()?,
            new.cors_origin.clone(),
            word(&new.proof_mode)?,
            new.reason.clone(),
            new.usable,
            new.revision,
            new.created_at,
            new.updated_at
        ],
    );
    inserted.await.map(drop).map_err(|error| refused(error, &new.name))
}

/// A datasource of the project by id.
///
/// # Errors
/// Those of the database.
pub async fn get(tx: &mut Tx, project: ProjectId, id: DatasourceId) -> Result<Option<Datasource>> {
    tx.fetch_optional(select!("project = $1 AND id = $2"), args![project, id]).await?.as_ref().map(read).transpose()
}

/// A datasource of the project by name.
///
/// # Errors
/// Those of the database.
pub async fn by_name(tx: &mut Tx, project: ProjectId, name: &str) -> Result<Option<Datasource>> {
    tx.fetch_optional(select!("project = $1 AND name = $2"), args![project, name]).await?.as_ref().map(read).transpose()
}

/// A datasource by id; nobody else changes or removes it, or keeps a grant of it, before this unit
/// ends.
///
/// # Errors
/// Those of the database.
pub async fn lock(tx: &mut Tx, project: ProjectId, id: DatasourceId) -> Result<Option<Datasource>> {
    let sql = match tx.engine() {
        Engine::Sqlite => select!("project = $1 AND id = $2"),
        Engine::Postgres => select!("project = $1 AND id = $2 FOR UPDATE"),
    };
    tx.fetch_optional(sql, args![project, id]).await?.as_ref().map(read).transpose()
}

/// Datasources of a project, by name.
///
/// # Errors
/// Those of the database.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    filter: &DatasourceFilter,
    ask: &PageAsk,
) -> Result<Page<Datasource>> {
    let query = Query::new(select!("project = $1"), args![project])
        .and_opt("integration =", filter.integration)
        .and_opt("output_datasource =", filter.output_datasource)
        .and_opt("purpose =", filter.purpose.map(Purpose::as_str))
        .and_opt("usable =", filter.usable)
        .and_contains("name LIKE", filter.contains.as_deref())
        .and_opt("name >", after::<Name>(ask)?)
        .text(" ORDER BY name")
        .limit(ask.limit + 1);
    page(tx.fetch_query(query).await?, ask, |item: &Datasource| item.name.to_string(), read)
}

/// The names of these.
///
/// # Errors
/// Those of the database.
pub async fn names(
    tx: &mut Tx,
    project: ProjectId,
    ids: impl IntoIterator<Item = DatasourceId>,
) -> Result<HashMap<DatasourceId, Name>> {
    let query = Query::new("SELECT id, name FROM datasources WHERE 1 = 1", args![]).and_in("id", ids).only_of(project);
    tx.fetch_query(query).await?.iter().map(|row| Ok((row.get("id")?, row.get("name")?))).collect()
}

/// The names of the datasources that go through these integrations, each list in order.
///
/// # Errors
/// Those of the database.
pub async fn names_by_integration(
    tx: &mut Tx,
    project: ProjectId,
    integrations: impl IntoIterator<Item = IntegrationId>,
) -> Result<HashMap<IntegrationId, Vec<Name>>> {
    let query = Query::new("SELECT integration, name FROM datasources WHERE 1 = 1", args![])
        .and_in("integration", integrations)
        .only_of(project)
        .text(" ORDER BY integration, name");
    let mut names: HashMap<_, Vec<_>> = HashMap::new();
    for row in tx.fetch_query(query).await? {
        names.entry(row.get("integration")?).or_default().push(row.get("name")?);
    }
    Ok(names)
}

/// How many datasources go through each of these integrations; those without any are left out.
///
/// # Errors
/// Those of the database.
pub async fn count_by_integration(
    tx: &mut Tx,
    integrations: impl IntoIterator<Item = IntegrationId>,
) -> Result<HashMap<IntegrationId, u64>> {
    let query = Query::new("SELECT integration, COUNT(*) AS found FROM datasources WHERE 1 = 1", args![])
        .and_in("integration", integrations)
        .text(" GROUP BY integration");
    let rows = tx.fetch_query(query).await?;
    rows.iter().map(|row| Ok((row.get("integration")?, row.get_count("found")?))).collect()
}

/// How many datasources of a project are usable, and how many are not.
///
/// # Errors
/// Those of the database.
pub async fn count_by_usable(tx: &mut Tx, project: ProjectId) -> Result<(u64, u64)> {
    let sql = "SELECT usable, COUNT(*) AS found FROM datasources WHERE project = $1 GROUP BY usable";
    let mut counts = (0, 0);
    for row in tx.fetch_all(sql, args![project]).await? {
        let found = row.get_count("found")?;
        if row.get_bool("usable")? { counts.0 = found } else { counts.1 = found }
    }
    Ok(counts)
}

/// Writes everything that may change, if `changed.revision` is still that of the store, which then
/// grows by one; tells whether it was.
///
/// # Errors
/// `name_taken`; `conflict` if its integration or output datasource is gone.
pub async fn update(tx: &mut Tx, changed: &Datasource) -> Result<bool> {
    let updated = tx.execute(
        "UPDATE datasources SET name = $1, integration = $2, bucket = $3, prefix = $4, purpose = $5, region = $6,
             output_datasource = $7, sse = $8, cors_origin = $9, proof_mode = $10, reason = $11, usable = $12,
             updated_at = $13, revision = revision + 1
         WHERE project = $14 AND id = $15 AND revision = $16",
        args![
            &changed.name,
            changed.integration,
            &changed.bucket,
            &changed.prefix,
            word(&changed.purpose)?,
            changed.region.clone(),
            changed.output_datasource,
            changed.sse.as_ref().map(json).transpose()?,
            changed.cors_origin.clone(),
            word(&changed.proof_mode)?,
            changed.reason.clone(),
            changed.usable,
            changed.updated_at,
            changed.project,
            changed.id,
            changed.revision
        ],
    );
    let updated = updated.await.map(|touched| touched == 1).map_err(|error| refused(error, &changed.name))?;
    if updated {
        last_proofs::moved(tx, changed.id, changed.integration).await?;
    }
    Ok(updated)
}

/// Removes a datasource if its revision is still this one; tells whether it was.
///
/// # Errors
/// `conflict` while another names it as its output.
pub async fn delete(tx: &mut Tx, project: ProjectId, id: DatasourceId, revision: i64) -> Result<bool> {
    let sql = "DELETE FROM datasources WHERE project = $1 AND id = $2 AND revision = $3";
    Ok(tx.execute(sql, args![project, id, revision]).await? == 1)
}
