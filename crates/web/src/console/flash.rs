//! A sentence that is shown once, on the page after a form was sent.

use axum::http::HeaderMap;
use cookie::time::Duration;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::session;
use crate::App;

/// The cookie of a server behind TLS: no neighbour of this host can set it (RFC 6265bis, 4.1.3.2).
const SECURE: &str = "__Host-tidegate-flash";
/// The cookie of a server on loopback without TLS.
const PLAIN: &str = "tidegate-flash";
const LIFE: Duration = Duration::minutes(1);
/// Longer sentences are cut: a cookie is small.
const LONGEST: usize = 400;

fn name_of_cookie(app: &App) -> &'static str {
    if app.config().secure_cookies { SECURE } else { PLAIN }
}

/// The sentence, if there is one, and its cookie's end.
pub(crate) fn take(app: &App, headers: &HeaderMap) -> Option<String> {
    let value = session::cookie(headers, name_of_cookie(app)).filter(|value| !value.is_empty())?;
    let text = percent_decode_str(&value).decode_utf8().ok()?;
    Some(text.chars().take(LONGEST).collect())
}

/// Says this on the next page.
pub(crate) fn say(app: &App, headers: &mut HeaderMap, sentence: &str) {
    let cut: String = sentence.chars().take(LONGEST).collect();
    let value = utf8_percent_encode(&cut, NON_ALPHANUMERIC).to_string();
    session::set(app, headers, name_of_cookie(app), &value, LIFE);
}

/// Was shown.
pub(crate) fn clear(app: &App, headers: &mut HeaderMap) {
    session::set(app, headers, name_of_cookie(app), "", Duration::ZERO);
}
