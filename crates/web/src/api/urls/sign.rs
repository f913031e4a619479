//! `POST P/datasources/{name}/urls`

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use broker::{ResponseHeaders, UrlsAsk};
use domain::scope::Verb;
use serde::{Deserialize, Serialize};

use super::keys::Keys;
use super::print::{Form, Printer};
use crate::App;
use crate::face::{Failure, Problem, Repeatable, Signed, name};

/// 100,000 keys of 1,024 bytes, and the JSON around them.
pub(crate) const BODY_LIMIT: usize = 128 * 1024 * 1024;
const NDJSON: &str = "application/x-ndjson";

/// URLs that are asked for.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUrls {
    /// Whole keys of the bucket, the datasource's prefix included; never changed. 100,000 at most.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 100_000)]
    keys: Keys,
    /// What the URLs are good for.
    method: Verb,
    /// How long they work, in seconds.
    ttl_seconds: i64,
    /// The content type that whoever uses a PUT must send.
    content_type: Option<String>,
    /// What the store answers to GET and HEAD in place of its own headers.
    #[serde(default)]
    response_headers: ResponseHeaders,
}

/// A signed batch. As NDJSON: a line with the first three fields, a line a URL, a line `{"done": true, "count"}`.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SignedUrls {
    /// The grant.
    grant_id: String,
    /// When all of the URLs end.
    #[schema(format = DateTime)]
    expires_at: String,
    /// How many there are.
    count: u64,
    /// In the order of the keys.
    urls: Vec<SignedUrl>,
}

/// One URL; like the batch written by hand, this describes it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SignedUrl {
    /// The key, as it was sent.
    key: String,
    /// The URL; a secret until it ends.
    url: String,
    /// What it is good for.
    method: Verb,
    /// The headers that whoever uses it must send, exactly.
    headers: BTreeMap<String, String>,
    /// When it ends.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Signs URLs, all or none of them; the grant and its audit record are kept before the first one leaves.
#[utoipa::path(
    post, path = "/projects/{project}/datasources/{name}/urls", tag = "access", operation_id = "sign_urls",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The datasource's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating the call issues again under the same grant")
    ),
    request_body = SignUrls,
    responses(
        (status = 200, content((SignedUrls = "application/json"), (SignedUrl = "application/x-ndjson"))),
        (status = "default", body = Problem)
    ),
    extensions(("x-tidegate-action" = json!("url.sign")))
)]
pub(crate) async fn sign(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, datasource)): Path<(String, String)>,
    headers: HeaderMap,
    Repeatable { ask, call }: Repeatable<SignUrls>,
) -> Result<Response, Failure> {
    let (project, datasource) = (name("project", &project)?, name("datasource", &datasource)?);
    let ask = UrlsAsk {
        keys: ask.keys.0,
        verb: ask.method,
        ttl_seconds: ask.ttl_seconds,
        content_type: ask.content_type,
        response: ask.response_headers,
    };
    let batch = app.broker().sign_urls(&caller, &project, &datasource, ask, call).await?;
    let (form, kind) = if wants_lines(&headers) { (Form::Lines, NDJSON) } else { (Form::Document, "application/json") };
    Ok(([(header::CONTENT_TYPE, kind)], Printer::new(batch, form).into_body().await?).into_response())
}

fn wants_lines(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepts.flat_map(|value| value.split(','));
    kinds.any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(NDJSON)))
}
