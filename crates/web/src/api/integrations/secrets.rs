//! `GET P/integrations/{name}/secrets`

use axum::Json;
use axum::extract::{Path, State};
use broker::SecretVersionView;
use domain::page::Page;

use crate::App;
use crate::face::{Failure, Problem, Signed, name};

/// Lists the versions of an integration's secrets; never what they are.
#[utoipa::path(
    get, path = "/projects/{project}/integrations/{name}/secrets", tag = "integrations",
    operation_id = "list_secret_versions",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The integration's name")
    ),
    responses((status = 200, body = Page<SecretVersionView>), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("integration.show")))
)]
pub(crate) async fn secrets(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, integration)): Path<(String, String)>,
) -> Result<Json<Page<SecretVersionView>>, Failure> {
    let (project, integration) = (name("project", &project)?, name("integration", &integration)?);
    let items = app.broker().list_secret_versions(&caller, &project, &integration).await?;
    Ok(Json(Page { items, next: None }))
}
