//! `GET P/grants`

use axum::Json;
use axum::extract::{Path, State};
use broker::{GrantQuery, GrantView};
use domain::grant::{GrantKind, GrantState};
use domain::page::Page;
use serde::Deserialize;

use crate::App;
use crate::face::{Failure, Listing, Problem, Signed, name};

/// Which grants.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    state: Option<GrantState>,
    kind: Option<GrantKind>,
    principal: Option<String>,
    integration: Option<String>,
    datasource: Option<String>,
}

/// The grants of a project, the newest first.
#[utoipa::path(
    get, path = "/projects/{project}/grants", tag = "grants", operation_id = "list_grants",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("state" = Option<GrantState>, Query, description = "Only those in this state now"),
        ("kind" = Option<GrantKind>, Query, description = "Only those of this kind"),
        ("principal" = Option<String>, Query, description = "Only those to this principal: a name or an id"),
        ("integration" = Option<String>, Query, description = "Only those through this integration"),
        ("datasource" = Option<String>, Query, description = "Only those of this datasource"),
        ("limit" = Option<u32>, Query, description = "How many items at most: 1 to 1,000; 100 if not given"),
        ("after" = Option<String>, Query, description = "The `next` of the page before")
    ),
    responses((status = 200, body = Page<GrantView>), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("grant.list")))
)]
pub(crate) async fn list(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
    Listing { page, filter }: Listing<Which>,
) -> Result<Json<Page<GrantView>>, Failure> {
    let query = GrantQuery {
        state: filter.state,
        kind: filter.kind,
        principal: filter.principal,
        integration: filter.integration,
        datasource: filter.datasource,
    };
    Ok(Json(app.broker().list_grants(&caller, &name("project", &project)?, query, page).await?))
}
