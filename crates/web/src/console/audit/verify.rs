//! `/projects/{project}/audit/verify` and `/admin/audit/verify`: taking the log away, and checking it here.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use broker::AuditVerdict;

use super::log::Log;
use crate::App;
use crate::console::answer;
use crate::console::failure::is_part;
use crate::console::frame::Frame;
use crate::face::Failure;

/// What came of checking it here.
#[derive(Template)]
#[template(path = "audit/verdict.html")]
struct Verdict {
    frame: Frame,
    base: String,
    verdict: AuditVerdict,
}

#[derive(Template)]
#[template(path = "audit/verify.html")]
struct VerifyPage {
    frame: Frame,
    base: String,
    checkpoint_file: String,
    key_file: String,
    /// The line that verifies the files offline.
    command: String,
    checkpoint: String,
    key: String,
    verdict: Option<Verdict>,
}

/// The files, the line that verifies them elsewhere, and the button that checks it here.
pub(super) async fn show(State(app): State<App>, log: Log) -> Result<Response, Failure> {
    answer::page(&page(&app, &log, None).await?)
}

/// Checks it here.
pub(super) async fn submit(State(app): State<App>, log: Log, headers: HeaderMap) -> Result<Response, Failure> {
    let verdict = app.broker().verify_audit(log.caller(), &log.scope, None).await?;
    let verdict = Verdict { frame: log.frame(), base: log.base.clone(), verdict };
    if is_part(&headers) {
        return answer::page(&verdict);
    }
    answer::page(&page(&app, &log, Some(verdict)).await?)
}

async fn page(app: &App, log: &Log, verdict: Option<Verdict>) -> Result<VerifyPage, Failure> {
    let file = &log.file;
    Ok(VerifyPage {
        frame: log.frame_of("Export and verify"),
        base: log.base.clone(),
        command: format!("tidegate audit verify {file}.ndjson --public-key {file}.pub --checkpoint {file}.checkpoint"),
        checkpoint: app.broker().audit_checkpoint(log.caller(), &log.scope).await?,
        key: app.broker().audit_key(log.caller(), &log.scope).await?,
        checkpoint_file: format!("{file}.checkpoint"),
        key_file: format!("{file}.pub"),
        verdict,
    })
}
