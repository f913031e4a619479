//! `GET /docs/assets/{hash}/{path}`

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use domain::Error;

use crate::App;
use crate::face::Failure;

/// A picture of the manual; its address changes with its bytes, so it may be kept.
pub(super) async fn serve(
    State(app): State<App>,
    Path((hash, path)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let found = app.manual().asset(&hash, &path).ok_or_else(|| Error::not_found("picture", &path))?;
    let mut response = found.bytes.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(found.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    Ok(response)
}
