//! The console's pages as they are answered, without a browser.

mod audit;
mod grants;
mod matrix;
mod policy;
mod strangers;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::tenants::{Asker, Tenants};

/// What was answered.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) html: String,
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Fails the test unless all of this is on the page.
    #[track_caller]
    pub(crate) fn shows(&self, texts: &[&str]) {
        for text in texts {
            assert!(self.html.contains(text), "{} without {text:?}: {}", self.status, self.html);
        }
    }
}

/// Asks for a page.
pub(crate) async fn get(tenants: &Tenants, asker: &Asker, path: &str) -> Page {
    ask(tenants, asker, Request::get(path), Body::empty()).await
}

/// Sends a form.
pub(crate) async fn post(tenants: &Tenants, asker: &Asker, path: &str, form: &str) -> Page {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    ask(tenants, asker, request, Body::from(form.to_owned())).await
}

/// Sends a request with the console's cookie.
pub(crate) async fn ask(tenants: &Tenants, asker: &Asker, request: axum::http::request::Builder, body: Body) -> Page {
    let request = request.header("cookie", format!("tidegate={}", asker.token)).body(body).unwrap();
    let response = tenants.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Page { status: parts.status, headers: parts.headers, html: String::from_utf8_lossy(&bytes).into_owned() }
}

/// A member of `ours` with a session.
pub(crate) fn member<'a>(tenants: &'a Tenants, role: &str) -> &'a Asker {
    let who = format!("{role} of ours");
    tenants.askers.iter().find(|asker| asker.who == who).unwrap()
}
