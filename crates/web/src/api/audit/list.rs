//! `GET P/audit` and `GET /audit`

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use broker::{AuditFilter, AuditRecord, AuditScope};
use domain::audit::Outcome;
use domain::page::Page;
use domain::principal::Caller;
use domain::{Error, ErrorKind};
use futures::TryStreamExt as _;
use jiff::Timestamp;
use serde::Deserialize;

use super::of_project;
use crate::App;
use crate::face::{Failure, Listing, Problem, Signed};

const NDJSON: &str = "application/x-ndjson";

/// Which records.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    action: Option<String>,
    principal: Option<String>,
    outcome: Option<Outcome>,
    #[serde(default, deserialize_with = "crate::face::time")]
    since: Option<Timestamp>,
    #[serde(default, deserialize_with = "crate::face::time")]
    until: Option<Timestamp>,
    #[serde(default, deserialize_with = "crate::face::flag")]
    newest_first: Option<bool>,
}

/// Records of a project, oldest first if not asked otherwise; as NDJSON its whole log, as `tidegate audit verify` reads it.
#[utoipa::path(
    get, path = "/projects/{project}/audit", tag = "audit", operation_id = "list_project_audit",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("action" = Option<String>, Query, description = "Only this action"),
        ("principal" = Option<String>, Query, description = "Only what this principal did: a name or an id"),
        ("outcome" = Option<Outcome>, Query, description = "Only what ended so"),
        ("since" = Option<String>, Query, description = "Only what was done at this time or later (RFC 3339)"),
        ("until" = Option<String>, Query, description = "Only what was done before this time (RFC 3339)"),
        ("newest_first" = Option<bool>, Query, description = "From the end of the log to its beginning"),
        ("limit" = Option<u32>, Query, description = "How many items at most: 1 to 1,000; 100 if not given"),
        ("after" = Option<String>, Query, description = "The `next` of the page before")
    ),
    responses(
        (status = 200, content((Page<AuditRecord> = "application/json"), (String = "application/x-ndjson"))),
        (status = "default", body = Problem)
    ),
    extensions(("x-tidegate-action" = json!("audit.read")))
)]
pub(crate) async fn of_a_project(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    listing: Listing<Which>,
) -> Result<Response, Failure> {
    answer(&app, &caller, of_project(&project)?, &headers, &uri, listing).await
}

/// Records of the installation, oldest first if not asked otherwise; as NDJSON its whole log.
#[utoipa::path(
    get, path = "/audit", tag = "audit", operation_id = "list_audit",
    params(
        ("action" = Option<String>, Query, description = "Only this action"),
        ("principal" = Option<String>, Query, description = "Only what this principal did: a name or an id"),
        ("outcome" = Option<Outcome>, Query, description = "Only what ended so"),
        ("since" = Option<String>, Query, description = "Only what was done at this time or later (RFC 3339)"),
        ("until" = Option<String>, Query, description = "Only what was done before this time (RFC 3339)"),
        ("newest_first" = Option<bool>, Query, description = "From the end of the log to its beginning"),
        ("limit" = Option<u32>, Query, description = "How many items at most: 1 to 1,000; 100 if not given"),
        ("after" = Option<String>, Query, description = "The `next` of the page before")
    ),
    responses(
        (status = 200, content((Page<AuditRecord> = "application/json"), (String = "application/x-ndjson"))),
        (status = "default", body = Problem)
    ),
    extensions(("x-tidegate-action" = json!("audit.read-installation")))
)]
pub(crate) async fn of_the_installation(
    State(app): State<App>,
    Signed(caller): Signed,
    headers: HeaderMap,
    uri: Uri,
    listing: Listing<Which>,
) -> Result<Response, Failure> {
    answer(&app, &caller, AuditScope::Installation, &headers, &uri, listing).await
}

async fn answer(
    app: &App,
    caller: &Caller,
    scope: AuditScope,
    headers: &HeaderMap,
    uri: &Uri,
    Listing { page, filter: which }: Listing<Which>,
) -> Result<Response, Failure> {
    if !accepts_lines(headers) {
        let Which { action, principal, outcome, since, until, newest_first } = which;
        let newest_first = newest_first.unwrap_or_default();
        let filter = AuditFilter { action, principal, outcome, since, until, newest_first };
        return Ok(Json(app.broker().list_audit(caller, &scope, filter, page).await?).into_response());
    }
    if uri.query().is_some_and(|query| !query.is_empty()) {
        let message = "an export is of the whole log, else it could not be verified: it takes no query";
        return Err(Failure(Error::new(ErrorKind::Malformed, message)));
    }
    let lines = app.broker().export_audit(caller, &scope).await?;
    // The answer has begun, so a failure can only break it off; the client sees that.
    let lines = lines.inspect_err(|error| tracing::error!(?error, "an export of the audit broke off"));
    Ok(([(header::CONTENT_TYPE, NDJSON)], Body::from_stream(lines)).into_response())
}

fn accepts_lines(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepted.flat_map(|value| value.split(',')).filter_map(|kind| kind.split(';').next());
    kinds.any(|kind| kind.trim().eq_ignore_ascii_case(NDJSON))
}
