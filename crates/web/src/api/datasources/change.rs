//! `PATCH P/datasources/{name}`

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::datasource::{Encryption, Purpose};
use domain::name::Name;
use domain::place::{BucketName, Prefix};
use serde::Deserialize;

use super::{ProofChoice, ProvenDatasource};
use crate::App;
use crate::face::{Body, Failure, IfMatch, Problem, Progress, Signed, given, name};

/// A change: what is left out is kept.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeDatasource {
    /// The bucket.
    bucket: Option<BucketName>,
    /// Everything under it.
    prefix: Option<Prefix>,
    /// What the data is for.
    purpose: Option<Purpose>,
    /// The region of the bucket; `null` finds it out again.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    region: Option<Option<String>>,
    /// The datasource to which goes what is made from this input; `null` forgets it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Name>)]
    output_datasource: Option<Option<Name>>,
    /// How the bucket must encrypt what is written; `null` asks for nothing.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Encryption>)]
    sse: Option<Option<Encryption>>,
    /// The origin of the web page that loads objects; `null` forgets it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    cors_origin: Option<Option<String>>,
    /// How it is proven.
    proof: Option<ProofChoice>,
}

/// Changes a datasource: the new state is proven before the old one is given up.
///
/// With `Accept: text/event-stream` as when it is made.
#[utoipa::path(
    patch, path = "/projects/{project}/datasources/{name}", tag = "datasources", operation_id = "change_datasource",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The datasource's name"),
        ("if-match" = String, Header, description = "The ETag of the revision that is changed")
    ),
    request_body = ChangeDatasource,
    responses((status = 200, body = ProvenDatasource), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("datasource.change")))
)]
pub(crate) async fn change(
    State(app): State<App>,
    Signed(caller): Signed,
    progress: Progress,
    Path((project, datasource)): Path<(String, String)>,
    IfMatch(revision): IfMatch,
    Body(ask): Body<ChangeDatasource>,
) -> Result<Response, Failure> {
    let (project, datasource) = (name("project", &project)?, name("datasource", &datasource)?);
    let change = broker::ChangeDatasource {
        bucket: ask.bucket,
        prefix: ask.prefix,
        purpose: ask.purpose,
        region: ask.region,
        output_datasource: ask.output_datasource,
        sse: ask.sse,
        cors_origin: ask.cors_origin,
        proof: ask.proof.map(Into::into),
    };
    let broker = app.broker().clone();
    let work = |observer: std::sync::Arc<dyn broker::Observer>| async move {
        let changed =
            broker.change_datasource(&caller, &project, &datasource, revision, change, observer.as_ref()).await?;
        ProvenDatasource::shown(StatusCode::OK, changed)
    };
    Ok(progress.run(&app, work).await)
}
