//! Objects under Tidegate's own URLs: for whoever holds one, without a token or a cookie.
//!
//! The URL is the only thing that counts, so cookies are not looked at and pages of other origins may use it.
//! What people have stored is never a page of the console's origin, nor part of one: it is served in a sandbox, what
//! browsers would run is only ever downloaded, and no page of this origin gets a script or a style from here.

mod answer;
mod cors;
mod range;
mod read;
mod write;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::any;
use domain::scope::Verb;
use domain::{Error, ErrorKind};

use crate::App;
use crate::face::Failure;

/// The routes; no limit on a body but that it keeps coming.
pub(crate) fn router() -> Router<App> {
    Router::new().route("/objects/{project}/{grant}/{*key}", any(serve)).layer(DefaultBodyLimit::disable())
}

async fn serve(State(app): State<App>, request: Request) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    if is_for_a_page_of_ours(&parts.headers) {
        let message = "a page of this server may show objects and never run them";
        return Err(Error::new(ErrorKind::PermissionDenied, message).into());
    }
    let verb = match parts.method {
        Method::OPTIONS => return cors::preflight(&app, &parts).await,
        Method::GET => Verb::Get,
        Method::HEAD => Verb::Head,
        Method::PUT => Verb::Put,
        Method::DELETE => Verb::Delete,
        _ => return Err(Error::new(ErrorKind::Malformed, "this path does not know that method").into()),
    };
    match verb {
        Verb::Get | Verb::Head => read::read(&app, &parts, verb).await,
        Verb::Put => write::put(&app, &parts, body).await,
        Verb::Delete => write::delete(&app, &parts).await,
    }
}

/// What pages of this origin may make of an object (Fetch Metadata, `Sec-Fetch-Dest`): see it, read it, save it.
const SEEN: [&str; 6] = ["empty", "document", "image", "audio", "video", "track"];

/// Whether a page of this origin is about to run an object or to look as it says: the policy of the console lets
/// scripts and styles of its own origin run, so here is none.
fn is_for_a_page_of_ours(headers: &HeaderMap) -> bool {
    let says = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    says("sec-fetch-site") == Some("same-origin") && says("sec-fetch-dest").is_some_and(|dest| !SEEN.contains(&dest))
}
