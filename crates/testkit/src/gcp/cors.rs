//! What a bucket's CORS configuration lets pages of other origins do. It concerns the XML API alone:
//! Google's JSON API ignores it.

use http::{HeaderMap, HeaderValue, Response};
use serde_json::Value;

use super::reply::answer;
use crate::server::ReplyBody;

/// The answer to a preflight: with permission, or without any.
pub(super) fn preflight(cors: Option<&Value>, headers: &HeaderMap) -> Response<ReplyBody> {
    let mut response = answer(200, "text/html; charset=UTF-8", "");
    let asked = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (origin, method) = (asked("origin"), asked("access-control-request-method"));
    let Some(rule) = rule(cors, origin, method) else { return response };
    let wanted = asked("access-control-request-headers").split(',').map(str::trim).filter(|name| !name.is_empty());
    // Google answers a preflight with the headers that it lets through, both ways.
    let known = list(rule, "responseHeader");
    if !wanted.clone().all(|name| known.iter().any(|known| *known == "*" || known.eq_ignore_ascii_case(name))) {
        return response;
    }
    let age = rule.get("maxAgeSeconds").and_then(Value::as_u64).unwrap_or(3600);
    let granted = [
        ("access-control-allow-origin", origin.to_owned()),
        ("access-control-allow-methods", list(rule, "method").join(",")),
        ("access-control-allow-headers", wanted.collect::<Vec<_>>().join(",")),
        ("access-control-max-age", age.to_string()),
    ];
    insert(response.headers_mut(), &granted);
    response
}

/// Adds what lets the page read an answer.
pub(super) fn expose(cors: Option<&Value>, method: &str, headers: &HeaderMap, response: &mut Response<ReplyBody>) {
    let Some(origin) = headers.get("origin").and_then(|value| value.to_str().ok()) else { return };
    let Some(rule) = rule(cors, origin, method) else { return };
    let exposed = list(rule, "responseHeader").join(", ");
    let granted = [("access-control-allow-origin", origin.to_owned()), ("access-control-expose-headers", exposed)];
    insert(response.headers_mut(), &granted);
}

fn rule<'a>(cors: Option<&'a Value>, origin: &str, method: &str) -> Option<&'a Value> {
    let holds = |rule: &Value, name: &str, asked: &str| list(rule, name).iter().any(|one| *one == "*" || *one == asked);
    cors?.as_array()?.iter().find(|rule| holds(rule, "origin", origin) && holds(rule, "method", method))
}

fn list<'a>(rule: &'a Value, name: &str) -> Vec<&'a str> {
    rule.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn insert(headers: &mut HeaderMap, fields: &[(&'static str, String)]) {
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(*name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(origin: &str, method: &str, headers: &str) -> Option<String> {
        let cors = json!([{"origin": ["https://a"], "method": ["GET", "PUT"], "responseHeader": ["Content-Type"]}]);
        let given = [
            ("origin", origin),
            ("access-control-request-method", method),
            ("access-control-request-headers", headers),
        ];
        let given = given.map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap()));
        let answer = preflight(Some(&cors), &HeaderMap::from_iter(given));
        answer.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn origin_method_and_headers_must_all_be_configured() {
        assert_eq!(asked("https://a", "PUT", "content-type").as_deref(), Some("https://a"));
        assert_eq!(asked("https://b", "PUT", "content-type"), None);
        assert_eq!(asked("https://a", "DELETE", ""), None);
        assert_eq!(asked("https://a", "PUT", "x-other"), None);
    }
}
