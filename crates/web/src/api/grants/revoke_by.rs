//! `POST P/grants/revoke`

use axum::Json;
use axum::extract::{Path, State};
use broker::{RevokeAsk, RevokeBy, Revoked};
use serde::{Deserialize, Serialize};

use super::preview::{RevokePreview, SHOWN};
use crate::App;
use crate::face::{Body, Failure, Problem, Signed, name};

/// Which grants are taken back, and how.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevokeMany {
    /// What they have in common.
    by: By,
    /// Only show what would be taken back and what else would be cut off.
    #[serde(default)]
    preview: bool,
    /// Cutting off is about a role: cut off other live grants of it too (`true`), or let what is revoked end by
    /// itself (`false`). Needed only where there are any.
    cut_off_others: Option<bool>,
}

/// Exactly one of these.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// All that went through this integration.
    Integration(String),
    /// All of this datasource.
    Datasource(String),
    /// All that this principal was given: a name or an id.
    Principal(String),
    /// All of this project.
    Project(String),
}

impl From<By> for RevokeBy {
    fn from(by: By) -> Self {
        match by {
            By::Integration(name) => Self::Integration(name),
            By::Datasource(name) => Self::Datasource(name),
            By::Principal(name) => Self::Principal(name),
            By::Project(name) => Self::Project(name),
        }
    }
}

/// What was taken back, or would be.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub(crate) enum RevokedAnswer {
    /// The grants as they are now.
    Grants(Revoked),
    /// With `preview`.
    Preview(RevokePreview),
}

/// Takes back all grants of an integration, datasource, principal or project.
#[utoipa::path(
    post, path = "/projects/{project}/grants/revoke", tag = "grants", operation_id = "revoke_grants",
    params(("project" = String, Path, description = "The project's name")),
    request_body = RevokeMany,
    responses(
        (status = 200, description = "What was taken back; with `preview` what would be", body = RevokedAnswer),
        (status = "default", body = Problem)
    ),
    extensions(("x-tidegate-action" = json!("grant.revoke-own")))
)]
pub(crate) async fn revoke_by(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
    Body(ask): Body<RevokeMany>,
) -> Result<Json<RevokedAnswer>, Failure> {
    let project = name("project", &project)?;
    if ask.preview {
        let preview = app.broker().preview_revocation(&caller, &project, ask.by.into(), SHOWN).await?;
        return Ok(Json(RevokedAnswer::Preview(preview.into())));
    }
    let ask = RevokeAsk { by: ask.by.into(), cut_off_others: ask.cut_off_others };
    Ok(Json(RevokedAnswer::Grants(app.broker().revoke(&caller, &project, ask).await?)))
}
