//! `DELETE P/datasources/{name}`

use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::App;
use crate::face::{Failure, IfMatch, Problem, Signed, name};

/// Deletes a datasource; refused while live grants or inputs need it. The objects stay.
#[utoipa::path(
    delete, path = "/projects/{project}/datasources/{name}", tag = "datasources",
    operation_id = "delete_datasource",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The datasource's name"),
        ("if-match" = String, Header, description = "The ETag of the revision that is deleted")
    ),
    responses((status = 204), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("datasource.delete")))
)]
pub(crate) async fn delete(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, datasource)): Path<(String, String)>,
    IfMatch(revision): IfMatch,
) -> Result<StatusCode, Failure> {
    let (project, datasource) = (name("project", &project)?, name("datasource", &datasource)?);
    app.broker().delete_datasource(&caller, &project, &datasource, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}
