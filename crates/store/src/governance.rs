//! All integrations of the installation, for whoever answers for them.
//!
//! The one place that reads across projects; it reads how things are set up and never what they hold.

use domain::Result;
use domain::id::{IntegrationId, ProjectId};
use domain::integration::IntegrationState;
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::proof::ProofStatus;
use jiff::Timestamp;

use crate::engine::{after, page, word};
use crate::{Engine, Query, Row, Tx, args};

/// Which integrations.
#[derive(Debug, Clone, Default)]
pub struct GovernedFilter {
    /// In this state.
    pub state: Option<IntegrationState>,
    /// Of this method.
    pub method: Option<String>,
    /// Of which the last proof, or that of a datasource, ended so.
    pub proof: Option<ProofStatus>,
    /// Of which the last proof, or that of a datasource, found a right that is not needed.
    pub too_wide: bool,
    /// Whose name holds this.
    pub contains: Option<String>,
}

/// How an integration is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Governed {
    /// Its id.
    pub id: IntegrationId,
    /// Its project.
    pub project: ProjectId,
    /// The name of that.
    pub project_name: Name,
    /// Its name.
    pub name: Name,
    /// Its method.
    pub method: String,
    /// How far it has come.
    pub state: IntegrationState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something was last handed out through it.
    pub last_used_at: Option<Timestamp>,
}

/// A last proof of an integration or of one of its datasources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The integration.
    pub integration: IntegrationId,
    /// The datasource, if it is of one.
    pub datasource: Option<Name>,
    /// How it ended.
    pub status: ProofStatus,
    /// When it was done.
    pub checked_at: Timestamp,
    /// The checks that found a right which is not needed.
    pub too_wide: Vec<String>,
}

/// A few numbers about the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// Projects.
    pub projects: u64,
    /// Users who may sign in.
    pub users: u64,
    /// Last proofs that failed.
    pub failed_proofs: u64,
    /// Integrations with a right that is not needed.
    pub too_wide: u64,
    /// Secrets whose version in use was set before the time that was given.
    pub old_secrets: u64,
}

fn read(row: &Row) -> Result<Governed> {
    Ok(Governed {
        id: row.get("id")?,
        project: row.get("project")?,
        project_name: row.get("project_name")?,
        name: row.get("name")?,
        method: row.get_text("method")?.to_owned(),
        state: row.get_word("state")?,
        created_at: row.get_time("created_at")?,
        last_used_at: row.get_opt_time("last_used_at")?,
    })
}

/// Integrations of all projects, by the name of the project and their own.
///
/// # Errors
/// `invalid` for a cursor that is none.
pub async fn integrations(tx: &mut Tx, filter: &GovernedFilter, ask: &PageAsk) -> Result<Page<Governed>> {
    let sql = "SELECT i.id, i.project, p.name AS project_name, i.name, i.method, i.state, i.created_at, i.last_used_at
               FROM projects p JOIN integrations i ON i.project = p.id WHERE 1 = 1";
    let mut query = Query::new(sql, args![])
        .and_opt("i.state =", filter.state.as_ref().map(word).transpose()?)
        .and_opt("i.method =", filter.method.as_deref())
        .and_contains("i.name LIKE", filter.contains.as_deref());
    if let Some(status) = &filter.proof {
        let within = "i.id IN (SELECT integration FROM last_proofs WHERE status =";
        query = query.and(within, word(status)?).text(")");
    }
    if filter.too_wide {
        query = query.text(" AND i.id IN (SELECT integration FROM last_proofs WHERE too_wide <> '')");
    }
    if let Some(Place { project, name }) = after::<Place>(ask)? {
        query = query.and("p.name >=", &project).and("NOT (p.name =", project).and("i.name <=", name).text(")");
    }
    let query = match tx.engine() {
        Engine::Sqlite => query.text(" ORDER BY p.name, i.name"),
        // By an expression, which is on no index: else it looks through all integrations for each project,
        // where one project has most of them.
        Engine::Postgres => query.text(" ORDER BY p.name || '', i.name"),
    };
    let rows = tx.fetch_query(query.limit(ask.limit + 1)).await?;
    page(rows, ask, |item: &Governed| format!("{}/{}", item.project_name, item.name), read)
}

/// Where a page ended.
struct Place {
    project: Name,
    name: Name,
}

impl std::str::FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (project, name) = text.split_once('/').ok_or(())?;
        Ok(Self { project: project.parse().map_err(drop)?, name: name.parse().map_err(drop)? })
    }
}

/// So many last proofs are told of, the integrations' own before those of datasources.
const FOUND: u32 = 5_000;

/// The last proofs of these integrations and of their datasources: each integration's own, and of the
/// datasources' those that did not pass or found a right that is not needed.
///
/// # Errors
/// Those of the database.
pub async fn found(tx: &mut Tx, integrations: impl IntoIterator<Item = IntegrationId>) -> Result<Vec<Found>> {
    let sql = "SELECT p.integration, d.name AS datasource, p.status, p.checked_at, p.too_wide
               FROM last_proofs p LEFT JOIN datasources d ON d.id = p.datasource
               WHERE (p.datasource IS NULL OR p.status <> 'passed' OR p.too_wide <> '')";
    let query = Query::new(sql, args![])
        .and_in("p.integration", integrations)
        .text(" ORDER BY p.datasource IS NOT NULL, p.integration, d.name")
        .limit(FOUND);
    let read = |row: &Row| {
        Ok(Found {
            integration: row.get("integration")?,
            datasource: row.get_opt("datasource")?,
            status: row.get_word("status")?,
            checked_at: row.get_time("checked_at")?,
            too_wide: row.get_text("too_wide")?.split_whitespace().map(str::to_owned).collect(),
        })
    };
    tx.fetch_query(query).await?.iter().map(read).collect()
}

/// The numbers; `old` is since when a secret is one.
///
/// # Errors
/// Those of the database.
pub async fn numbers(tx: &mut Tx, old: Timestamp) -> Result<Numbers> {
    let sql = "SELECT (SELECT COUNT(*) FROM projects) AS projects,
               (SELECT COUNT(*) FROM principals WHERE project IS NULL AND disabled = 0) AS users,
               (SELECT COUNT(*) FROM last_proofs WHERE status = 'failed') AS failed_proofs,
               (SELECT COUNT(DISTINCT integration) FROM last_proofs WHERE too_wide <> '') AS too_wide,
               (SELECT COUNT(*) FROM secrets WHERE state = 'current' AND created_at < $1) AS old_secrets";
    let row = tx.fetch_one(sql, args![old]).await?;
    Ok(Numbers {
        projects: row.get_count("projects")?,
        users: row.get_count("users")?,
        failed_proofs: row.get_count("failed_proofs")?,
        too_wide: row.get_count("too_wide")?,
        old_secrets: row.get_count("old_secrets")?,
    })
}
