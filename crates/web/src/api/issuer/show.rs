//! `GET /issuer`

use axum::Json;
use axum::extract::State;
use broker::IssuerView;

use crate::App;
use crate::face::{Failure, Problem, Signed};

/// Shows the issuer of Tidegate's own tokens, its keys, and the documents that clouds read.
#[utoipa::path(
    get, path = "/issuer", tag = "keys", operation_id = "show_issuer",
    responses((status = 200, body = IssuerView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("issuer.show")))
)]
pub(crate) async fn show(State(app): State<App>, Signed(caller): Signed) -> Result<Json<IssuerView>, Failure> {
    Ok(Json(app.broker().show_issuer(&caller).await?))
}
