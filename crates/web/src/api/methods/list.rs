//! `GET /methods`

use axum::Json;
use axum::extract::State;
use domain::provider::Descriptor;
use serde::Serialize;

use crate::App;
use crate::face::{Failure, Problem, Signed};

/// All methods, with their settings and secrets, and when to choose them.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Methods {
    /// In the order in which they are best shown.
    items: Vec<&'static Descriptor>,
    /// Always absent: there is one page.
    next: Option<String>,
}

/// Lists the methods that an integration may use.
#[utoipa::path(
    get, path = "/methods", tag = "integrations", operation_id = "list_methods",
    responses((status = 200, body = Methods), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("method.list")))
)]
pub(crate) async fn list(State(app): State<App>, Signed(caller): Signed) -> Result<Json<Methods>, Failure> {
    Ok(Json(Methods { items: app.broker().list_methods(&caller).await?, next: None }))
}
