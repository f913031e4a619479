//! The headers under which an object leaves.

use axum::http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CONTENT_DISPOSITION,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LAST_MODIFIED, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use broker::{Served, ServedObject, Use};
use domain::provider::Stored;
use domain::scope::Verb;
use jiff::fmt::rfc2822::DateTimePrinter;

/// Nothing that is stored runs, submits or loads in the name of this origin.
const SANDBOX: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'; media-src 'self'; img-src 'self'");

/// The use that a request makes of its URL.
pub(super) fn use_of<'a>(uri: &'a axum::http::Uri, headers: &'a HeaderMap, method: Verb) -> Use<'a> {
    Use {
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        method,
        content_type: text(headers, CONTENT_TYPE),
        range: text(headers, axum::http::header::RANGE),
    }
}

pub(super) fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// What every answer about an object says.
pub(super) fn of(object: &ServedObject, stored: &Stored, origin: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let kind = stored.content_type.as_deref().unwrap_or("application/octet-stream");
    insert(&mut headers, CONTENT_TYPE, kind);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(etag) = &stored.etag {
        insert(&mut headers, ETAG, &format!("\"{etag}\""));
    }
    let modified = stored.modified.and_then(|at| DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok());
    if let Some(modified) = modified {
        insert(&mut headers, LAST_MODIFIED, &modified);
    }
    for (name, value) in &object.response {
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            insert(&mut headers, name, value);
        }
    }
    // Last: whoever signed the URL may have given another type, but not the right to run here.
    if !text(&headers, CONTENT_TYPE).is_some_and(is_shown) {
        let download = downloaded(text(&headers, CONTENT_DISPOSITION).unwrap_or_default());
        insert(&mut headers, CONTENT_DISPOSITION, &download);
    }
    headers.insert(CONTENT_SECURITY_POLICY, SANDBOX);
    allow(&mut headers, &object.about, origin);
    headers
}

/// The same disposition as a download, under the name that was given (RFC 6266).
fn downloaded(given: &str) -> String {
    match given.split_once(';') {
        Some((_, parameters)) => format!("attachment;{parameters}"),
        None => "attachment".to_owned(),
    }
}

/// What a browser shows without running anything. Of several types browsers take the last.
fn is_shown(kind: &str) -> bool {
    if kind.contains(',') {
        return false;
    }
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let picture = kind.starts_with("image/") && !kind.contains("svg") && !kind.contains("xml");
    picture
        || kind.starts_with("video/")
        || kind.starts_with("audio/")
        || matches!(kind.as_str(), "text/plain" | "application/json" | "text/csv")
}

/// Lets the datasource's web page have the answer, and no other origin's.
pub(super) fn allow(headers: &mut HeaderMap, about: &Served, origin: Option<&str>) {
    headers.insert(VARY, HeaderValue::from_static("origin"));
    let Some(origin) = origin.filter(|origin| about.cors_origin.as_deref() == Some(*origin)) else { return };
    insert(headers, ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let exposed = "etag, content-length, content-range, content-type, last-modified";
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
}

pub(super) fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::{downloaded, is_shown};

    #[test]
    fn only_what_runs_nothing_is_shown() {
        for shown in ["image/png", "IMAGE/jpeg; x=y", "video/mp4", "audio/ogg", "text/plain; charset=utf-8"] {
            assert!(is_shown(shown), "{shown}");
        }
        for run in ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/pdf", ""] {
            assert!(!is_shown(run), "{run}");
        }
        for several in ["image/png, text/html", "text/plain;,text/html", "video/mp4,text/html"] {
            assert!(!is_shown(several), "{several}");
        }
    }

    #[test]
    fn a_download_keeps_its_name_and_no_other_disposition() {
        for (given, kept) in [
            ("", "attachment"),
            ("inline", "attachment"),
            ("attachment, inline", "attachment"),
            ("inline; filename=\"a b.html\"", "attachment; filename=\"a b.html\""),
            ("attachment; filename=a", "attachment; filename=a"),
        ] {
            assert_eq!(downloaded(given), kept);
        }
    }
}
