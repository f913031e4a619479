//! Objects under Tidegate's own URLs: for whoever holds one, without a token or a cookie.
//!
//! The URL is the only thing that counts, so cookies are not looked at and pages of other origins may use it.
//! What people have stored is never a page of the console's origin: it is served in a sandbox, and what browsers
//! would run is only ever downloaded.

mod answer;
mod cors;
mod range;
mod read;
mod write;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::Method;
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
