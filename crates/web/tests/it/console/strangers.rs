//! What strangers, neighbours of the host and the network between can do to the console.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use web::AppConfig;

use super::{get, member};
use crate::tenants::{Tenants, tenants, tenants_with};

const FORM: &str = "application/x-www-form-urlencoded";

/// Sends a request as it is.
async fn sent(tenants: &Tenants, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let (parts, body) = tenants.router.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
}

/// A form of so many bytes, with or without saying so first.
fn form(path: &str, cookie: &str, bytes: usize, says: bool) -> Request<Body> {
    let request = Request::post(path).header("content-type", FORM).header("cookie", cookie);
    let request = if says { request.header("content-length", bytes) } else { request };
    request.body(Body::from(format!("name={}", "x".repeat(bytes - 5)))).unwrap()
}

#[tokio::test]
async fn a_large_form_is_only_read_of_somebody_who_is_signed_in() {
    let tenants = tenants().await;
    let path = "/projects/ours/service-accounts";
    let signed_in = format!("tidegate={}", member(&tenants, "owner").token);
    for says in [true, false] {
        for (path, cookie, bytes, status) in [
            ("/sign-in", "", 70_000, StatusCode::PAYLOAD_TOO_LARGE),
            (path, "", 70_000, StatusCode::PAYLOAD_TOO_LARGE),
            (path, "tidegate=made-up", 70_000, StatusCode::PAYLOAD_TOO_LARGE),
            (path, "", 60_000, StatusCode::UNAUTHORIZED),
            (path, &signed_in, 70_000, StatusCode::UNPROCESSABLE_ENTITY),
            (path, &signed_in, 600_000, StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            let (seen, _, html) = sent(&tenants, form(path, cookie, bytes, says)).await;
            assert_eq!(seen, status, "{path} {cookie:?} {bytes} {says}: {html}");
        }
    }
    let body = format!("{{\"username\": \"{}\", \"password\": \"x\"}}", "x".repeat(20_000));
    let request = Request::post("/api/v1/sessions").header("content-type", "application/json").body(Body::from(body));
    assert_eq!(sent(&tenants, request.unwrap()).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn what_is_too_long_to_go_back_into_its_form_does_not_stand_in_the_way_of_signing_in() {
    let tenants = tenants().await;
    let (status, _, html) = sent(&tenants, form("/projects/ours/service-accounts", "", 50_000, true)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(html.contains(r#"name="kept" value="">"#) && !html.contains("What you typed is kept"), "{html}");
}

#[tokio::test]
async fn a_stranger_searches_the_manual_only_so_often() {
    let tenants = tenants().await;
    let ask = || Request::get("/docs/search?q=bucket").body(Body::empty()).unwrap();
    let mut refused = None;
    for _ in 0..200 {
        let (status, headers, _) = sent(&tenants, ask()).await;
        if status != StatusCode::OK {
            refused = Some((status, headers.contains_key("retry-after")));
            break;
        }
    }
    assert_eq!(refused, Some((StatusCode::TOO_MANY_REQUESTS, true)));
    let known = get(&tenants, member(&tenants, "viewer"), "/docs/search?q=bucket").await;
    assert_eq!(known.status, StatusCode::OK, "{}", known.html);
}

#[tokio::test]
async fn browsers_are_told_to_keep_to_tls_where_they_use_it_and_only_there() {
    let name = "strict-transport-security";
    let plain = tenants().await;
    let strict = tenants_with(AppConfig { strict_transport: true, ..AppConfig::default() }).await;
    for path in ["/sign-in", "/projects", "/api/v1/projects", "/healthz", "/nowhere", "/static/x/y.css"] {
        let ask = || Request::get(path).body(Body::empty()).unwrap();
        assert!(!sent(&plain, ask()).await.1.contains_key(name), "{path}");
        assert_eq!(sent(&strict, ask()).await.1[name], "max-age=31536000", "{path}");
    }
}

#[tokio::test]
async fn over_tls_a_neighbour_of_the_host_can_put_no_sentence_into_a_page() {
    let tenants = tenants_with(AppConfig { secure_cookies: true, ..AppConfig::default() }).await;
    let with = |cookie: &str| Request::get("/sign-in").header("cookie", cookie).body(Body::empty()).unwrap();
    // Without TLS the cookie has a name that any host below the same domain can set.
    assert!(!sent(&tenants, with("tidegate-flash=Send%20money")).await.2.contains("Send money"));
    let (_, headers, html) = sent(&tenants, with("__Host-tidegate-flash=You%20are%20signed%20out%2E")).await;
    assert!(html.contains("You are signed out."), "{html}");
    assert!(headers["set-cookie"].to_str().unwrap().starts_with("__Host-tidegate-flash=; "), "{headers:?}");

    let session = format!("__Host-tidegate={}", member(&tenants, "viewer").token);
    let request = Request::post("/sign-out").header("content-type", FORM).header("cookie", session);
    let (status, headers, _) = sent(&tenants, request.body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let set: Vec<_> = headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    let said = set.iter().find(|cookie| cookie.starts_with("__Host-tidegate-flash=You")).expect("a sentence is said");
    // What the prefix asks for (RFC 6265bis, 4.1.3.2).
    assert!(said.contains("; Secure") && said.contains("; Path=/") && !said.contains("Domain"), "{said}");
}
