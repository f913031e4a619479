//! `GET P/datasources/{name}`

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use broker::DatasourceView;

use crate::App;
use crate::face::{Failure, Problem, Signed, etag, name};

/// Shows a datasource; the ETag names its revision.
#[utoipa::path(
    get, path = "/projects/{project}/datasources/{name}", tag = "datasources", operation_id = "show_datasource",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The datasource's name")
    ),
    responses((status = 200, body = DatasourceView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("datasource.show")))
)]
pub(crate) async fn show(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, datasource)): Path<(String, String)>,
) -> Result<impl IntoResponse, Failure> {
    let (project, datasource) = (name("project", &project)?, name("datasource", &datasource)?);
    let view = app.broker().show_datasource(&caller, &project, &datasource).await?;
    Ok((etag(view.revision), Json(view)))
}
