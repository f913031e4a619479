//! `POST P/datasources`

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use broker::NewDatasource;
use domain::datasource::{Encryption, Purpose};
use domain::name::Name;
use domain::place::{BucketName, Prefix};
use serde::Deserialize;

use super::{ProofChoice, ProvenDatasource};
use crate::App;
use crate::face::{Body, Failure, Problem, Progress, Signed, name};

/// A new datasource.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateDatasource {
    /// Unique in the project.
    name: Name,
    /// The integration it goes through.
    integration: Name,
    /// The bare name of the bucket.
    bucket: BucketName,
    /// Everything under it; a `/` is appended unless it is empty, which stands for the whole bucket.
    #[serde(default)]
    prefix: Prefix,
    /// What the data is for.
    purpose: Purpose,
    /// The region of the bucket; found out if it is not given.
    region: Option<String>,
    /// The datasource to which goes what is made from this input.
    output_datasource: Option<Name>,
    /// How the bucket must encrypt what is written.
    sse: Option<Encryption>,
    /// The origin of the web page that will load objects, `scheme://host[:port]`.
    cors_origin: Option<String>,
    /// How it is proven; by default `read-only` for an input, else `full`.
    proof: Option<ProofChoice>,
    /// Keep it, not usable, if the proof fails.
    #[serde(default)]
    keep: bool,
    /// Keep it, not usable, without proving it: a proof makes it usable.
    #[serde(default)]
    draft: bool,
}

/// Makes a datasource and proves it.
///
/// With `Accept: text/event-stream` each check is a `check` event, and the answer a last `result` or
/// `problem` event.
#[utoipa::path(
    post, path = "/projects/{project}/datasources", tag = "datasources", operation_id = "create_datasource",
    params(("project" = String, Path, description = "The project's name")),
    request_body = CreateDatasource,
    responses((status = 201, body = ProvenDatasource), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("datasource.create")))
)]
pub(crate) async fn create(
    State(app): State<App>,
    Signed(caller): Signed,
    progress: Progress,
    Path(project): Path<String>,
    Body(ask): Body<CreateDatasource>,
) -> Result<Response, Failure> {
    let project = name("project", &project)?;
    let new = NewDatasource {
        name: ask.name,
        integration: ask.integration,
        bucket: ask.bucket,
        prefix: ask.prefix,
        purpose: ask.purpose,
        region: ask.region,
        output_datasource: ask.output_datasource,
        sse: ask.sse,
        cors_origin: ask.cors_origin,
        proof: ask.proof.map(Into::into),
        keep: ask.keep,
        draft: ask.draft,
    };
    let broker = app.broker().clone();
    let work = |observer: std::sync::Arc<dyn broker::Observer>| async move {
        let created = broker.create_datasource(&caller, &project, new, observer.as_ref()).await?;
        ProvenDatasource::shown(StatusCode::CREATED, created)
    };
    Ok(progress.run(&app, work).await)
}
