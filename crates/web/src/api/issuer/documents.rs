//! `GET /.well-known/openid-configuration` and `GET /.well-known/jwks.json`: for clouds, which have no token.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;

use crate::App;
use crate::face::Failure;

/// Says who the issuer is and where its keys are.
pub(crate) async fn discovery(State(app): State<App>) -> Result<impl IntoResponse, Failure> {
    Ok(([(CACHE_CONTROL, kept(&app))], Json(app.broker().issuer_discovery()?)))
}

/// The public halves of its keys.
pub(crate) async fn jwks(State(app): State<App>) -> Result<impl IntoResponse, Failure> {
    Ok(([(CACHE_CONTROL, kept(&app))], Json(app.broker().issuer_jwks().await?)))
}

fn kept(app: &App) -> String {
    format!("public, max-age={}", app.broker().issuer_documents_kept_for().as_secs())
}
