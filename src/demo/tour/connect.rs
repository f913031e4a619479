//! First act: a project, an integration, and a datasource to read from and one to write to, all proven.

use domain::proof::Proof;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{PROJECT, Tour, proof, wrong};
use crate::cli::Failure;
use crate::cli::answer::parse;
use crate::cli::client::Ask;
use crate::cli::path::ApiPath;
use crate::demo::home::BUCKET;
use crate::demo::say::Say;

const INTEGRATION: &str = "embedded";
pub(super) const INPUT: &str = "photos";
pub(super) const OUTPUT: &str = "results";

pub(super) async fn run(tour: &Tour<'_>, say: &mut Say) -> Option<()> {
    say.act("Connect, and prove the connection");
    say.step("project 'demo'", project(tour).await)?;
    proof::step(say, "integration 'embedded'", integration(tour).await, true)?;
    let output = datasource(tour, OUTPUT, "output", None).await;
    proof::step(say, "datasource 'results', for output", output, false)?;
    let input = datasource(tour, INPUT, "input", Some(OUTPUT)).await;
    proof::step(say, "datasource 'photos', for input", input, false)?;
    say.more(
        "The warnings are right: the embedded store has one key for everything. A real store gives a narrower one.",
    );
    Some(())
}

/// Whether there is something at this path already.
async fn exists(tour: &Tour<'_>, path: &ApiPath) -> Result<bool, Failure> {
    match tour.remote.get(path).await {
        Ok(_) => Ok(true),
        Err(failure) if failure.code() == "not_found" => Ok(false),
        Err(failure) => Err(failure),
    }
}

async fn project(tour: &Tour<'_>) -> Result<((), String), Failure> {
    #[derive(Deserialize)]
    struct Project {
        external_id: String,
    }
    let path = ApiPath::new(&["projects", PROJECT]);
    let (body, how) = if exists(tour, &path).await? {
        (tour.remote.get(&path).await?, "used again")
    } else {
        (tour.remote.post(&ApiPath::new(&["projects"]), &json!({ "name": PROJECT })).await?, "made")
    };
    let Project { external_id } = parse(&body)?;
    Ok(((), format!("{how}; a customer's role must ask for its external id, {external_id}")))
}

#[derive(Serialize)]
struct Settings<'a> {
    preset: &'a str,
    endpoint: &'a str,
    addressing: &'a str,
    access_key_id: &'a str,
}

#[derive(Serialize)]
struct Secrets<'a> {
    secret_access_key: &'a str,
}

#[derive(Serialize)]
struct Integration<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    settings: Settings<'a>,
    secrets: Secrets<'a>,
}

#[derive(Deserialize)]
struct Proven {
    proof: Option<Proof>,
}

fn proof_of(body: &[u8]) -> Result<Proof, Failure> {
    parse::<Proven>(body)?.proof.ok_or_else(|| wrong("the answer holds no proof"))
}

/// A store that runs again has another port and key: then the integration is changed, and proven anew.
async fn integration(tour: &Tour<'_>) -> Result<Proof, Failure> {
    let path = tour.remote.in_project(&["integrations", INTEGRATION])?;
    let there = exists(tour, &path).await?;
    let store = tour.store;
    let body = Integration {
        name: (!there).then_some(INTEGRATION),
        method: (!there).then_some("s3-compatible"),
        settings: Settings {
            preset: "generic",
            endpoint: &store.url,
            addressing: "path",
            access_key_id: &store.access_key_id,
        },
        secrets: Secrets { secret_access_key: store.secret_access_key.expose_str().unwrap_or_default() },
    };
    if there {
        let etag = tour.remote.etag(&path).await?;
        let change = Ask::new(Method::PATCH, &path).if_match(etag).with_json(&body)?;
        return proof_of(&tour.remote.send(change).await?.bytes().await?);
    }
    proof_of(&tour.remote.post(&tour.remote.in_project(&["integrations"])?, &body).await?)
}

async fn datasource(tour: &Tour<'_>, name: &str, purpose: &str, output: Option<&str>) -> Result<Proof, Failure> {
    #[derive(Serialize)]
    struct Datasource<'a> {
        name: &'a str,
        integration: &'a str,
        bucket: &'a str,
        prefix: String,
        purpose: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        output_datasource: Option<&'a str>,
    }
    if exists(tour, &tour.remote.in_project(&["datasources", name])?).await? {
        let prove = tour.remote.in_project(&["datasources", name, "prove"])?;
        return parse(&tour.remote.post(&prove, &json!({})).await?);
    }
    let body = Datasource {
        name,
        integration: INTEGRATION,
        bucket: BUCKET,
        prefix: format!("{name}/"),
        purpose,
        output_datasource: output,
    };
    proof_of(&tour.remote.post(&tour.remote.in_project(&["datasources"])?, &body).await?)
}
