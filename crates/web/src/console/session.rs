//! The console's session: the same token as everywhere, kept in a cookie that scripts cannot read.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use domain::secret::SecretBytes;

use crate::App;

/// The cookie of a server behind TLS: bound to this host and to TLS by its name (RFC 6265bis, 4.1.3.2).
const SECURE: &str = "__Host-tidegate";
/// The cookie of a server on loopback without TLS.
const PLAIN: &str = "tidegate";
/// As long as a session lives.
const LIFE: Duration = Duration::hours(12);

/// The name of the session's cookie here.
pub(crate) fn name_of_cookie(app: &App) -> &'static str {
    if app.config().secure_cookies { SECURE } else { PLAIN }
}

/// The token in the session's cookie.
pub(crate) fn bearer_of_cookie(app: &App, headers: &HeaderMap) -> Option<SecretBytes> {
    cookie(headers, name_of_cookie(app)).map(|value| SecretBytes::from(value.as_str()))
}

/// The value of a cookie; the first of that name, as browsers send the most specific first.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = lines.flat_map(|line| Cookie::split_parse(line.to_owned())).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

/// Puts the token into the browser.
pub(crate) fn begin(app: &App, headers: &mut HeaderMap, token: &SecretBytes) {
    set(app, headers, name_of_cookie(app), token.expose_str().unwrap_or_default(), LIFE);
}

/// Takes it away again.
pub(crate) fn end(app: &App, headers: &mut HeaderMap) {
    set(app, headers, name_of_cookie(app), "", Duration::ZERO);
}

/// Sets a cookie that only this server reads.
pub(crate) fn set(app: &App, headers: &mut HeaderMap, name: &'static str, value: &str, life: Duration) {
    let cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(app.config().secure_cookies)
        .same_site(SameSite::Lax)
        .max_age(life)
        .build();
    if let Ok(mut value) = HeaderValue::from_str(&cookie.to_string()) {
        value.set_sensitive(true);
        headers.append(header::SET_COOKIE, value);
    }
}
