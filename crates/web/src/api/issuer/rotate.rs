//! `POST /issuer/rotate`

use axum::Json;
use axum::extract::State;
use broker::IssuerView;
use serde::Deserialize;

use crate::App;
use crate::face::{Body, Failure, Problem, Signed};

/// How the key is replaced.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateIssuer {
    /// Sign with the new key at once and withdraw all others: only where one of them is known to others. Clouds may
    /// refuse tokens until they have read the new key.
    #[serde(default)]
    now: bool,
}

/// Makes the next key of the issuer; it is published at once and signs from tomorrow on.
#[utoipa::path(
    post, path = "/issuer/rotate", tag = "keys", operation_id = "rotate_issuer",
    request_body = RotateIssuer,
    responses((status = 200, body = IssuerView), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("issuer.rotate")))
)]
pub(crate) async fn rotate(
    State(app): State<App>,
    Signed(caller): Signed,
    Body(ask): Body<RotateIssuer>,
) -> Result<Json<IssuerView>, Failure> {
    Ok(Json(app.broker().rotate_issuer(&caller, ask.now).await?))
}
