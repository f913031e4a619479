//! The files of a log: what `tidegate audit verify` takes, and the proof of one record.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use broker::ProofOf;
use domain::{Error, ErrorKind};
use futures::TryStreamExt as _;

use super::log::{Log, missing};
use crate::App;
use crate::face::Failure;

/// Something to keep as a file of this name; names are made of names of projects and of numbers.
fn file(name: &str, kind: &'static str, body: Body) -> Result<Response, Failure> {
    let disposition = format!("attachment; filename=\"{name}\"");
    let disposition = HeaderValue::from_str(&disposition).map_err(Error::internal)?;
    let kind = HeaderValue::from_static(kind);
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)], body).into_response())
}

/// The whole log, a record a line; that it was read is its last line.
pub(super) async fn export(State(app): State<App>, log: Log) -> Result<Response, Failure> {
    let lines = app.broker().export_audit(log.caller(), &log.scope).await?;
    // The answer has begun, so a failure can only break it off; the browser sees that.
    let lines = lines.inspect_err(|error| tracing::error!(?error, "an export of the audit broke off"));
    file(&format!("{}.ndjson", log.file), "application/x-ndjson", Body::from_stream(lines))
}

/// The signed checkpoint of the log as it is now.
pub(super) async fn checkpoint(State(app): State<App>, log: Log) -> Result<Response, Failure> {
    let text = app.broker().audit_checkpoint(log.caller(), &log.scope).await?;
    file(&format!("{}.checkpoint", log.file), "text/plain; charset=utf-8", Body::from(text))
}

/// The public key that verifies its checkpoints.
pub(super) async fn key(State(app): State<App>, log: Log) -> Result<Response, Failure> {
    let text = app.broker().audit_key(log.caller(), &log.scope).await?;
    file(&format!("{}.pub", log.file), "text/plain; charset=utf-8", Body::from(text))
}

/// The proof that a record is in the log as it is now.
pub(super) async fn proof(State(app): State<App>, log: Log) -> Result<Response, Failure> {
    let index = log.seq()?;
    let of = ProofOf::Inclusion { index, size: None };
    let proof = app.broker().audit_proof(log.caller(), &log.scope, of).await;
    let proof = proof.map_err(|error| if error.kind() == ErrorKind::Invalid { missing(index) } else { error })?;
    let mut text = serde_json::to_string_pretty(&proof).map_err(Error::internal)?;
    text.push('\n');
    file(&format!("{}-{index}-proof.json", log.file), "application/json", Body::from(text))
}
