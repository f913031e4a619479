//! Pages, parts of pages, and where to go next.

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::Error;

use super::csp::Csp;
use super::flash;
use crate::App;
use crate::face::Failure;

/// A page.
pub(crate) fn page(template: &impl Template) -> Result<Response, Failure> {
    page_with(StatusCode::OK, template, &Csp::default())
}

/// A form that has something wrong with it.
pub(crate) fn refused(template: &impl Template) -> Result<Response, Failure> {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, template, &Csp::default())
}

/// A page with a status and a content security policy of its own.
pub(crate) fn page_with(status: StatusCode, template: &impl Template, csp: &Csp) -> Result<Response, Failure> {
    let html = template.render().map_err(Error::internal)?;
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, csp.header());
    // Forms that end a session need to know where they were sent from; other origins learn nothing.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    Ok(response)
}

/// Go there next.
pub(crate) fn to(path: impl AsRef<str>) -> Result<Response, Failure> {
    let location = HeaderValue::from_str(path.as_ref()).map_err(Error::internal)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}

/// Go there next, and say this there.
pub(crate) fn said(app: &App, path: impl AsRef<str>, sentence: &str) -> Result<Response, Failure> {
    let mut response = to(path)?;
    flash::say(app, response.headers_mut(), sentence);
    Ok(response)
}

/// The page of this server that a request came from; the first page if it came from elsewhere.
pub(crate) fn came_from(headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let from = text("hx-current-url".parse().unwrap_or(header::REFERER)).or_else(|| text(header::REFERER));
    let host = text(header::HOST);
    let path = from.and_then(|from| from.split_once("://")).and_then(|(_, rest)| {
        let (authority, path) = rest.split_once('/')?;
        (Some(authority) == host).then(|| format!("/{path}"))
    });
    path.map_or_else(|| "/".to_owned(), |path| inside(&path).to_owned())
}

/// The path if it stays on this server; browsers read `//host` and `/\host` as another one.
pub(crate) fn inside(path: &str) -> &str {
    let stays = path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\") && path.len() <= 4_096;
    if stays && path.chars().all(|c| c.is_ascii_graphic()) { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_back_never_leaves_the_server() {
        for hostile in ["//evil.example", "/\\evil.example", "https://evil.example", "", "javascript:x", "/a\nb"] {
            assert_eq!(inside(hostile), "/", "{hostile:?}");
        }
        assert_eq!(inside("/projects/a?x=1"), "/projects/a?x=1");
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("tg:1"));
        headers.insert(header::REFERER, HeaderValue::from_static("http://evil.example/x"));
        assert_eq!(came_from(&headers), "/");
        headers.insert(header::REFERER, HeaderValue::from_static("http://tg:1/projects/a"));
        assert_eq!(came_from(&headers), "/projects/a");
    }
}
