//! `GET P/integrations/{name}/proofs`

use axum::Json;
use axum::extract::{Path, State};
use broker::{KeptProof, Proven};
use domain::page::Page;

use crate::App;
use crate::face::{Failure, Listing, NoFilter, Problem, Signed, name};

/// Lists the proofs of an integration, the newest first.
#[utoipa::path(
    get, path = "/projects/{project}/integrations/{name}/proofs", tag = "integrations",
    operation_id = "list_integration_proofs",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The integration's name"),
        ("limit" = Option<u32>, Query, description = "At most so many, 1 to 1,000; 100 by default"),
        ("after" = Option<String>, Query, description = "The `next` of the page before")
    ),
    responses((status = 200, body = Page<KeptProof>), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("proof.list")))
)]
pub(crate) async fn proofs(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, integration)): Path<(String, String)>,
    Listing { page, filter: NoFilter {} }: Listing<NoFilter>,
) -> Result<Json<Page<KeptProof>>, Failure> {
    let (project, integration) = (name("project", &project)?, name("integration", &integration)?);
    Ok(Json(app.broker().list_proofs(&caller, &project, Proven::Integration, &integration, page).await?))
}
