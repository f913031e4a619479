//! `PATCH P/integrations/{name}`

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::secret::SecretBytes;
use serde::Deserialize;

use super::{ProofOff, ProvenIntegration, unproven};
use crate::App;
use crate::face::{Body, Failure, IfMatch, Problem, Progress, Signed, name};

/// A change: what is left out is kept.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeIntegration {
    /// Public settings; `null` removes one.
    #[serde(default)]
    settings: BTreeMap<String, Option<String>>,
    /// Secrets; one left blank is kept, `null` removes it.
    #[serde(default)]
    #[schema(value_type = Object)]
    secrets: BTreeMap<String, Option<SecretBytes>>,
    /// Switches the proof off.
    proof: Option<ProofOff>,
    /// Why the proof is off.
    reason: Option<String>,
    /// Keep it as `pending` without proving it; only while it is `pending` or `failed`.
    #[serde(default)]
    draft: bool,
}

/// Changes settings or secrets: the new state is proven before the old one is given up.
///
/// With `Accept: text/event-stream` as when it is made.
#[utoipa::path(
    patch, path = "/projects/{project}/integrations/{name}", tag = "integrations",
    operation_id = "change_integration",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The integration's name"),
        ("if-match" = String, Header, description = "The ETag of the revision that is changed")
    ),
    request_body = ChangeIntegration,
    responses((status = 200, body = ProvenIntegration), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("integration.change")))
)]
pub(crate) async fn change(
    State(app): State<App>,
    Signed(caller): Signed,
    progress: Progress,
    Path((project, integration)): Path<(String, String)>,
    IfMatch(revision): IfMatch,
    Body(ask): Body<ChangeIntegration>,
) -> Result<Response, Failure> {
    let (project, integration) = (name("project", &project)?, name("integration", &integration)?);
    let change = broker::ChangeIntegration {
        settings: ask.settings,
        secrets: ask.secrets,
        unproven: unproven(ask.proof, ask.reason)?,
        draft: ask.draft,
    };
    let broker = app.broker().clone();
    let work = |observer: std::sync::Arc<dyn broker::Observer>| async move {
        let changed =
            broker.change_integration(&caller, &project, &integration, revision, change, observer.as_ref()).await?;
        ProvenIntegration::shown(StatusCode::OK, changed)
    };
    Ok(progress.run(&app, work).await)
}
