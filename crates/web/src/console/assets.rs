//! What the browser needs beside pages: stylesheet, scripts, icon. All of it is in the program.
//!
//! A file's address holds a hash of its bytes, so it may be kept for ever. The packed form is made once;
//! only these files are packed, pages are not: a packed page that repeats what a stranger sent would tell
//! him by its length what else it holds.

use std::io::Write as _;
use std::sync::OnceLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use domain::Error;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::App;
use crate::face::Failure;

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! asset {
    ($name:literal, $kind:literal) => {
        Asset { name: $name, kind: $kind, bytes: include_bytes!(concat!("../../static/", $name)) }
    };
}

/// All of them.
const ASSETS: &[Asset] = &[
    asset!("tidegate.css", "text/css; charset=utf-8"),
    asset!("tidegate.js", "text/javascript; charset=utf-8"),
    asset!("objects.js", "text/javascript; charset=utf-8"),
    asset!("htmx.min.js", "text/javascript; charset=utf-8"),
    asset!("icon.svg", "image/svg+xml"),
];

struct Ready {
    asset: &'static Asset,
    path: String,
    packed: Vec<u8>,
}

fn ready() -> &'static [Ready] {
    static READY: OnceLock<Vec<Ready>> = OnceLock::new();
    READY.get_or_init(|| {
        ASSETS.iter().map(|asset| Ready { asset, path: path(asset), packed: pack(asset.bytes) }).collect()
    })
}

/// Only tells versions of a file apart; nothing is trusted because of it.
fn path(asset: &Asset) -> String {
    use std::hash::Hasher as _;
    let mut hash = std::hash::DefaultHasher::new();
    hash.write(asset.bytes);
    format!("/static/{:016x}/{}", hash.finish(), asset.name)
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).and_then(|()| packer.finish()).unwrap_or_default()
}

/// The address of a file of this program; empty for one that there is not, which a test refuses.
pub(crate) fn address(name: &str) -> &'static str {
    ready().iter().find(|ready| ready.asset.name == name).map_or("", |ready| ready.path.as_str())
}

pub(crate) fn router() -> Router<App> {
    Router::new().route("/static/{hash}/{name}", get(serve))
}

async fn serve(Path((_, name)): Path<(String, String)>, headers: HeaderMap) -> Result<Response, Failure> {
    let found = ready().iter().find(|ready| ready.asset.name == name);
    let Some(found) = found else { return Err(Failure(Error::not_found("file", &name))) };
    let packs = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let packs = packs.is_some_and(|value| value.contains("gzip")) && !found.packed.is_empty();
    let body: &'static [u8] = if packs { &found.packed } else { found.asset.bytes };
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(found.asset.kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if packs {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_page_loads_stays_under_100_kib() {
        let packed: usize = ready().iter().map(|ready| ready.packed.len()).sum();
        assert!(packed < 100 * 1024, "{packed} bytes");
        assert!(address("tidegate.css").starts_with("/static/"));
        assert_eq!(address("nothing.css"), "");
    }
}
