//! Third act: what must be refused, tried.

use http::StatusCode;
use serde_json::{Value, json};

use super::connect::{INPUT, OUTPUT};
use super::hand_out::HandedOut;
use super::plain::Plain;
use super::{Tour, wrong};
use crate::cli::Failure;
use crate::cli::path::ApiPath;
use crate::demo::pictures;
use crate::demo::say::Say;

/// More than any signature of version 4 may live.
const TOO_LONG: u64 = 8 * 24 * 3600;

pub(super) async fn run(tour: &Tour<'_>, say: &mut Say, handed: &HandedOut) {
    say.act("Try what must be refused");
    let sign = |keys: Value, method: &str, ttl: u64| json!({ "keys": keys, "method": method, "ttl_seconds": ttl });
    let photo = pictures::key(0);

    let outside = sign(json!([photo, "results/secret.txt"]), "GET", 300);
    let outside = urls(tour, INPUT, &outside).await;
    say.refused("a key outside the datasource, among good ones", "permission_denied", "/keys/1", outside);

    let put = urls(tour, INPUT, &sign(json!(["photos/new.bmp"]), "PUT", 300)).await;
    say.refused("PUT into an input", "permission_denied", "/method", put);

    let long = urls(tour, INPUT, &sign(json!([photo]), "GET", TOO_LONG)).await;
    say.refused("a URL for eight days", "ttl_exceeds_limit", "/ttl_seconds", long);

    let nobody = ApiPath::new(&["projects", "somebody-elses", "datasources", INPUT, "objects"]);
    say.refused("a project that is not there, or not yours", "not_found", "", tour.remote.get(&nobody).await);

    say.step("a signed URL bent to another key", bent(handed).await);

    let credential = json!({ "access": "read", "ttl_seconds": 900 });
    let path = tour.remote.in_project(&["datasources", OUTPUT, "credentials"]);
    let issued = match path {
        Ok(path) => tour.remote.post(&path, &credential).await,
        Err(failure) => Err(failure),
    };
    if say.refused("a narrowed credential", "unsupported", "", issued) {
        say.more("The embedded store has no STS, so nobody could narrow its key, and Tidegate never hands out the key itself.");
        say.more("With SeaweedFS, Ceph or AWS the same call gives a session for this prefix that ends by itself.");
    }
}

async fn urls(tour: &Tour<'_>, datasource: &str, body: &Value) -> Result<(), Failure> {
    let path = tour.remote.in_project(&["datasources", datasource, "urls"])?;
    tour.remote.post(&path, body).await.map(drop)
}

/// The signature covers the key: with another one it is worth nothing.
async fn bent(handed: &HandedOut) -> Result<((), String), Failure> {
    let signed = handed.urls.first().ok_or_else(|| wrong("the URL is not there"))?;
    let url = signed.url.replacen(&pictures::key(0), &pictures::key(1), 1);
    if url == signed.url {
        return Err(wrong("the URL does not hold its key"));
    }
    match Plain::new().get(&url).await? {
        (StatusCode::FORBIDDEN, _) => Ok(((), "refused, the store answers 403".to_owned())),
        (status, _) => Err(wrong(format!("the store must answer 403, and answered {status}"))),
    }
}
