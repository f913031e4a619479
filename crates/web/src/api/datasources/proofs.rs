//! `GET P/datasources/{name}/proofs`

use axum::Json;
use axum::extract::{Path, State};
use broker::{KeptProof, Proven};
use domain::page::Page;

use crate::App;
use crate::face::{Failure, Listing, NoFilter, Problem, Signed, name};

/// Lists the proofs of a datasource, the newest first.
#[utoipa::path(
    get, path = "/projects/{project}/datasources/{name}/proofs", tag = "datasources",
    operation_id = "list_datasource_proofs",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The datasource's name"),
        ("limit" = Option<u32>, Query, description = "At most so many, 1 to 1,000; 100 by default"),
        ("after" = Option<String>, Query, description = "The `next` of the page before")
    ),
    responses((status = 200, body = Page<KeptProof>), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("proof.list")))
)]
pub(crate) async fn proofs(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, datasource)): Path<(String, String)>,
    Listing { page, filter: NoFilter {} }: Listing<NoFilter>,
) -> Result<Json<Page<KeptProof>>, Failure> {
    let (project, datasource) = (name("project", &project)?, name("datasource", &datasource)?);
    Ok(Json(app.broker().list_proofs(&caller, &project, Proven::Datasource, &datasource, page).await?))
}
