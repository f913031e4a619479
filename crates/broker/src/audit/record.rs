//! One record and its place in a log.

use aws_lc_rs::digest::{SHA256, digest};
use domain::audit::{Event, Outcome, Target};
use domain::principal::Caller;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use store::Tx;
pub(crate) use store::audit::Log;
use store::audit::NewRecord;

/// The hashed part of a record. The order of the fields is part of the documented format.
#[derive(Serialize)]
struct Record<'a> {
    log: &'a str,
    seq: u64,
    time: Timestamp,
    action: &'a str,
    outcome: Outcome,
    rule: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Actor>,
    target: &'a Target,
    details: &'a Map<String, Value>,
    request_id: &'a str,
    version: &'static str,
    private_hash: String,
}

#[derive(Serialize)]
struct Actor {
    id: String,
    kind: domain::principal::PrincipalKind,
    token: String,
}

/// Personal data: beside the log, salted, so that it can be erased and the log still verifies.
#[derive(Serialize)]
struct Private<'a> {
    salt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_ip: Option<std::net::IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    more: &'a Map<String, Value>,
}

/// An event that was done, to be completed with `details`.
pub(crate) fn event(action: authz::Action, outcome: Outcome, rule: &str, target: Target) -> Event {
    let action = action.as_str().to_owned();
    Event { action, outcome, rule: rule.to_owned(), target, details: Map::new(), private: Map::new() }
}

/// Appends a record to a log, in the transaction of what it records.
pub(crate) async fn append(
    tx: &mut Tx,
    installation: &str,
    log: Log,
    now: Timestamp,
    caller: Option<&Caller>,
    event: &Event,
) -> Result<u64> {
    let name = origin(installation, log);
    let private = private(caller, event)?;
    let actor = caller.map(|caller| Actor {
        id: caller.principal.id.to_string(),
        kind: caller.principal.kind,
        token: caller.token.to_string(),
    });
    let build = |seq: u64| {
        let record = Record {
            log: &name,
            seq,
            time: now,
            action: &event.action,
            outcome: event.outcome,
            rule: &event.rule,
            actor,
            target: &event.target,
            details: &event.details,
            request_id: caller.map_or("", |caller| caller.origin.request_id.as_str()),
            version: env!("CARGO_PKG_VERSION"),
            private_hash: hex::encode(digest(&SHA256, private.as_bytes())),
        };
        Ok(NewRecord {
            time: now,
            action: event.action.clone(),
            principal: caller.map(|caller| caller.principal.id),
            outcome: event.outcome,
            record: bounded(serde_json::to_string(&record).map_err(Error::internal)?)?,
            private: Some(private),
        })
    };
    store::audit::append(tx, log, build).await.map_err(unavailable)
}

/// A record must fit into one line of an export, with its personal data; what does not is not done either.
const LONGEST_RECORD: usize = audit_log::MAX_LINE / 4;

fn bounded(record: String) -> Result<String> {
    if record.len() <= LONGEST_RECORD {
        return Ok(record);
    }
    let message = format!("what would be recorded of this is over {LONGEST_RECORD} bytes, so it is not done");
    Err(Error::new(ErrorKind::TooLarge, message).with_hint("shorten the texts of the request"))
}

/// The origin of a log's checkpoints: names the installation and the project.
pub(crate) fn origin(installation: &str, log: Log) -> String {
    format!("tidegate/{installation}/{log}")
}

fn private(caller: Option<&Caller>, event: &Event) -> Result<String> {
    let mut salt = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut salt).map_err(|_| Error::internal("no randomness"))?;
    let private = Private {
        salt: hex::encode(salt),
        principal: caller.map(|caller| caller.principal.name.as_str()),
        source_ip: caller.and_then(|caller| caller.origin.source_ip),
        user_agent: caller.and_then(|caller| caller.origin.user_agent.as_deref()),
        more: &event.private,
    };
    serde_json::to_string(&private).map_err(Error::internal)
}

/// No record, no access.
pub(crate) fn unavailable(error: impl Into<Error>) -> Error {
    let error = error.into();
    match error.kind() {
        ErrorKind::Internal => {
            Error::new(ErrorKind::AuditUnavailable, "the audit record could not be written, so nothing was done")
                .with_hint("look at the server's log and at the disk of its store")
                .with_source(error)
        }
        _ => error,
    }
}
