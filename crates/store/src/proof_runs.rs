//! Runs of proofs: queued, taken by one server at a time, shown while they go on.
//!
//! Whoever takes a run gets the next number of its fence; everything he writes names that number, and is
//! refused once somebody else has a newer one. A run that is taken is his until `claimed_until`, which he
//! moves on while he is at it; after that anybody may take it. Of one integration or datasource at most one
//! run is not over: asking again joins it.

use domain::id::{PrincipalId, ProjectId, ProofId, ProofRunId};
use domain::name::Name;
use domain::proof::{Check, ProofMode, ProofStatus};
use domain::proof_run::{RunCause, RunState};
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;

use crate::engine::{json, word};
use crate::proofs::ProofOwner;
use crate::{Engine, Query, Row, Tx, args};

/// A run that is to be.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// The project.
    pub project: ProjectId,
    /// What is proven.
    pub owner: ProofOwner,
    /// Its name.
    pub name: Name,
    /// The method of the integration, or of the one behind the datasource.
    pub method: String,
    /// How it is proven.
    pub mode: ProofMode,
    /// Why.
    pub cause: RunCause,
    /// Who asked for it, if anybody did.
    pub requested_by: Option<PrincipalId>,
    /// From when on it may begin.
    pub due_at: Timestamp,
}

/// A run as it is kept.
#[derive(Debug, Clone)]
pub struct StoredRun {
    /// Never reused.
    pub id: ProofRunId,
    /// What it is of, and why.
    pub what: NewRun,
    /// How far it has come.
    pub state: RunState,
    /// The number of who has it.
    pub fence: i64,
    /// How often it was begun.
    pub attempts: u32,
    /// The checks that have ended so far.
    pub progress: Vec<Check>,
    /// The proof, once it is done.
    pub proof: Option<ProofId>,
    /// Why there is no proof: code and message.
    pub error: Option<(String, String)>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was last begun.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

/// Which run is held, under which number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// The run.
    pub id: ProofRunId,
    /// The number.
    pub fence: i64,
}

/// How a run was over.
#[derive(Debug, Clone)]
pub enum RunEnd {
    /// With a proof.
    Proof(ProofId, ProofStatus),
    /// Without one, for this reason: code and message.
    Error(String, String),
}

impl StoredRun {
    /// What its holder writes under.
    pub fn hold(&self) -> Hold {
        Hold { id: self.id, fence: self.fence }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, project, owner_kind, owner_id, owner_name, method, mode, cause, requested_by, state, due_at,
             fence, attempts, progress, proof, error_code, error_message, created_at, started_at, finished_at
             FROM proof_runs WHERE ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<StoredRun> {
    let message = row.get_opt_text("error_message")?.unwrap_or_default();
    Ok(StoredRun {
        id: row.get("id")?,
        what: NewRun {
            project: row.get("project")?,
            owner: ProofOwner::read(row)?,
            name: row.get("owner_name")?,
            method: row.get_text("method")?.to_owned(),
            mode: row.get_word("mode")?,
            cause: row.get_word("cause")?,
            requested_by: row.get_opt("requested_by")?,
            due_at: row.get_time("due_at")?,
        },
        state: row.get_word("state")?,
        fence: row.get_i64("fence")?,
        attempts: row.get_count("attempts")?,
        progress: row.get_json("progress")?,
        proof: row.get_opt("proof")?,
        error: row.get_opt_text("error_code")?.map(|code| (code.to_owned(), message.to_owned())),
        created_at: row.get_time("created_at")?,
        started_at: row.get_opt_time("started_at")?,
        finished_at: row.get_opt_time("finished_at")?,
    })
}

/// The clock that claims are measured by: the server's where several share one, else the given one.
///
/// # Errors
/// Those of the database.
pub async fn clock(tx: &mut Tx, here: Timestamp) -> Result<Timestamp> {
    match tx.engine() {
        Engine::Sqlite => Ok(here),
        Engine::Postgres => {
            let sql = "SELECT CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000) AS BIGINT) AS now";
            Ok(tx.fetch_one(sql, args![]).await?.get_time("now")?)
        }
    }
}

/// Queues a run, or joins the one that is not over; one that waits becomes what was asked for now.
///
/// A change of what is proven begins a run anew that goes on already: what it has found is of before.
///
/// # Errors
/// `conflict` if the project is gone.
pub async fn ask(tx: &mut Tx, new: &NewRun, now: Timestamp) -> Result<StoredRun> {
    // The run that stood in the way may be over before it is looked at.
    for _ in 0..3 {
        insert(tx, new, now, false).await?;
        if new.cause == RunCause::Asked {
            tx.execute(
                "UPDATE proof_runs SET cause = 'asked', requested_by = $1, mode = $2, due_at = $3
                 WHERE owner_id = $4 AND state = 'queued'",
                args![new.requested_by, word(&new.mode)?, new.due_at, new.owner.parts().1],
            )
            .await?;
        }
        if new.cause == RunCause::Change {
            tx.execute(
                "UPDATE proof_runs SET state = 'queued', fence = fence + 1, claimed_by = NULL, claimed_until = NULL,
                     attempts = 0, progress = '[]', started_at = NULL
                 WHERE owner_id = $1 AND state = 'running'",
                args![new.owner.parts().1],
            )
            .await?;
        }
        if let Some(run) = unfinished(tx, new.project, new.owner).await? {
            return Ok(run);
        }
    }
    Err(Error::new(ErrorKind::Conflict, "the proof could not be queued").with_retryable(true))
}

/// Queues a run whose time has come, unless one is not over or was due at that time already; tells whether
/// it was queued.
///
/// # Errors
/// `conflict` if the project is gone.
pub async fn plan(tx: &mut Tx, new: &NewRun, now: Timestamp) -> Result<bool> {
    Ok(insert(tx, new, now, true).await? == 1)
}

async fn insert(tx: &mut Tx, new: &NewRun, now: Timestamp, once: bool) -> Result<u64> {
    let (kind, owner) = new.owner.parts();
    let arguments = args![
        ProofRunId::new(),
        new.project,
        kind,
        owner,
        &new.name,
        &new.method,
        word(&new.mode)?,
        word(&new.cause)?,
        new.requested_by,
        new.due_at,
        now
    ];
    macro_rules! insert {
        ($condition:literal) => {
            concat!(
                "INSERT INTO proof_runs (id, project, owner_kind, owner_id, owner_name, method, mode, cause,
                     requested_by, state, due_at, fence, attempts, progress, created_at)
                 SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued', $10, 0, 0, '[]', $11 WHERE ",
                $condition,
                " ON CONFLICT (owner_id) WHERE state IN ('queued', 'running') DO NOTHING"
            )
        };
    }
    let sql = match once {
        true => insert!("NOT EXISTS (SELECT 1 FROM proof_runs WHERE owner_id = $4 AND due_at >= $10)"),
        false => insert!("1 = 1"),
    };
    Ok(tx.execute(sql, arguments).await?)
}

/// A run of the project by id.
///
/// # Errors
/// Those of the database.
pub async fn get(tx: &mut Tx, project: ProjectId, id: ProofRunId) -> Result<Option<StoredRun>> {
    tx.fetch_optional(select!("project = $1 AND id = $2"), args![project, id]).await?.as_ref().map(read).transpose()
}

/// The run of this owner that is not over, if there is one.
///
/// # Errors
/// Those of the database.
pub async fn unfinished(tx: &mut Tx, project: ProjectId, owner: ProofOwner) -> Result<Option<StoredRun>> {
    let sql = select!("project = $1 AND owner_id = $2 AND state IN ('queued', 'running')");
    tx.fetch_optional(sql, args![project, owner.parts().1]).await?.as_ref().map(read).transpose()
}

/// What has as many runs going as it may.
#[derive(Debug, Clone, Default)]
pub struct Full {
    /// These methods.
    pub methods: Vec<String>,
    /// These projects.
    pub projects: Vec<ProjectId>,
    /// These methods in these projects.
    pub both: Vec<(ProjectId, String)>,
}

/// What may be taken now: the runs that somebody asked for or the others, of all that is not full.
///
/// # Errors
/// Those of the database.
pub async fn due(tx: &mut Tx, now: Timestamp, asked: bool, full: &Full, limit: u32) -> Result<Vec<StoredRun>> {
    let sql = if asked {
        select!(
            "state IN ('queued', 'running') AND due_at <= $1 AND (claimed_until IS NULL OR claimed_until <= $1)
             AND cause = 'asked'"
        )
    } else {
        select!(
            "state IN ('queued', 'running') AND due_at <= $1 AND (claimed_until IS NULL OR claimed_until <= $1)
             AND cause <> 'asked'"
        )
    };
    let query = Query::new(sql, args![now])
        .and_not_in("method", &full.methods)
        .and_not_in("project", full.projects.iter().copied());
    let query = full.both.iter().fold(query, |query, (project, method)| {
        query.and("NOT (project =", *project).and("method =", method).text(")")
    });
    tx.fetch_query(query.text(" ORDER BY due_at, id").limit(limit)).await?.iter().map(read).collect()
}

/// Takes a run that was seen under this number; nothing if somebody was faster.
///
/// # Errors
/// Those of the database.
pub async fn claim(
    tx: &mut Tx,
    seen: &StoredRun,
    node: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<StoredRun>> {
    let taken = tx
        .execute(
            "UPDATE proof_runs SET state = 'running', claimed_by = $1, claimed_until = $2, started_at = $3,
                 fence = fence + 1, attempts = attempts + 1, progress = '[]'
             WHERE id = $4 AND fence = $5 AND state IN ('queued', 'running')
               AND (claimed_until IS NULL OR claimed_until <= $3)",
            args![node, until, now, seen.id, seen.fence],
        )
        .await?;
    if taken == 1 { get(tx, seen.what.project, seen.id).await } else { Ok(None) }
}

/// Writes down what has ended so far and holds on until then; false if it is held no more.
///
/// # Errors
/// Those of the database.
pub async fn progress(tx: &mut Tx, hold: Hold, checks: &[Check], until: Timestamp) -> Result<bool> {
    let sql = "UPDATE proof_runs SET progress = $1, claimed_until = $2
               WHERE id = $3 AND fence = $4 AND state = 'running'";
    Ok(tx.execute(sql, args![json(checks)?, until, hold.id, hold.fence]).await? == 1)
}

/// Gives a run back that was not finished, as if it had not been begun; false if it is held no more.
///
/// # Errors
/// Those of the database.
pub async fn give_back(tx: &mut Tx, hold: Hold) -> Result<bool> {
    let sql = "UPDATE proof_runs SET state = 'queued', claimed_by = NULL, claimed_until = NULL, fence = fence + 1,
                   attempts = attempts - 1, progress = '[]', started_at = NULL
               WHERE id = $1 AND fence = $2 AND state = 'running'";
    Ok(tx.execute(sql, args![hold.id, hold.fence]).await? == 1)
}

/// Ends a run; false if it is held no more.
///
/// # Errors
/// Those of the database.
pub async fn finish(tx: &mut Tx, hold: Hold, now: Timestamp, end: &RunEnd) -> Result<bool> {
    let (state, proof, status, code, message) = match end {
        RunEnd::Proof(proof, status) => (RunState::Done, Some(*proof), Some(word(status)?), None, None),
        RunEnd::Error(code, message) => (RunState::Failed, None, None, Some(code.clone()), Some(message.clone())),
    };
    let touched = tx
        .execute(
            "UPDATE proof_runs SET state = $1, proof = $2, status = $3, error_code = $4, error_message = $5,
                 finished_at = $6, claimed_by = NULL, claimed_until = NULL
             WHERE id = $7 AND fence = $8 AND state = 'running'",
            args![word(&state)?, proof, status, code, message, now, hold.id, hold.fence],
        )
        .await?;
    Ok(touched == 1)
}

/// Ends every claim: for the start of a server that has the database to itself, after which nobody else can
/// be at anything.
///
/// # Errors
/// Those of the database.
pub async fn end_claims(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Ok(tx.execute("UPDATE proof_runs SET claimed_until = $1 WHERE state = 'running'", args![now]).await?)
}

/// Forgets runs that were over before then; their proofs stay.
///
/// # Errors
/// Those of the database.
pub async fn purge(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let sql = "DELETE FROM proof_runs WHERE state IN ('done', 'failed') AND finished_at < $1";
    Ok(tx.execute(sql, args![before]).await?)
}
