//! `POST P/grants/{id}/revoke`

use axum::Json;
use axum::extract::{Path, State};
use broker::{GrantView, RevokeAsk, RevokeBy};
use serde::{Deserialize, Serialize};

use super::preview::{RevokePreview, SHOWN};
use crate::App;
use crate::face::{Body, Failure, Problem, Signed, name};

/// How a grant is taken back.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revoke {
    /// Only show what would be taken back and what else would be cut off.
    #[serde(default)]
    preview: bool,
    /// Cutting off is about a role: cut off other live grants of it too (`true`), or let what is revoked end by
    /// itself (`false`). Needed only where there are any.
    cut_off_others: Option<bool>,
}

/// What was taken back, or would be.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub(crate) enum RevokeAnswer {
    /// The grant as it is now.
    Grant(Box<GrantView>),
    /// With `preview`.
    Preview(RevokePreview),
}

/// Takes back a grant: one's own, or any for whoever may revoke everything.
#[utoipa::path(
    post, path = "/projects/{project}/grants/{id}/revoke", tag = "grants", operation_id = "revoke_grant",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("id" = String, Path, description = "The grant's id")
    ),
    request_body = Revoke,
    responses(
        (status = 200, description = "The grant; with `preview` what would be taken back", body = RevokeAnswer),
        (status = "default", body = Problem)
    ),
    extensions(("x-tidegate-action" = json!("grant.revoke-own")))
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, id)): Path<(String, String)>,
    Body(ask): Body<Revoke>,
) -> Result<Json<RevokeAnswer>, Failure> {
    let project = name("project", &project)?;
    let by = RevokeBy::Grant(id.clone());
    if ask.preview {
        let preview = app.broker().preview_revocation(&caller, &project, by, SHOWN).await?;
        return Ok(Json(RevokeAnswer::Preview(preview.into())));
    }
    app.broker().revoke(&caller, &project, RevokeAsk { by, cut_off_others: ask.cut_off_others }).await?;
    let grant = app.broker().show_grant(&caller, &project, &id).await?;
    Ok(Json(RevokeAnswer::Grant(Box::new(grant))))
}
