//! Whether an endpoint answers like an object store, asked without any key.

use domain::proof::ProviderAnswer;
use domain::provider::Finding;
use jiff::Timestamp;
use signing::Endpoint;

use crate::answer::{header, is_web_page, request_id};
use crate::signed::Wire;
use crate::xml::Element;

/// Asks the endpoint for `/` as a stranger.
pub(crate) async fn reach(wire: &Wire, endpoint: &Endpoint) -> Finding {
    match wire.unsigned("reach", endpoint).await {
        Ok(incoming) => judge(&incoming, &endpoint.origin()),
        Err(error) => Finding::Unclear(error),
    }
}

fn judge(incoming: &net::Incoming, origin: &str) -> Finding {
    let (status, headers) = (incoming.status, &incoming.headers);
    let id = request_id(headers).or_else(|| header(headers, "x-amz-id-2"));
    let server = header(headers, "server").unwrap_or_default();
    let page = is_web_page(headers, &incoming.body);
    let redirect = (300..400).contains(&status);
    let document = Element::parse(&incoming.body).ok().filter(|_| !page);
    let speaks_s3 = document.is_some_and(|root| matches!(root.name.as_str(), "Error" | "ListAllMyBucketsResult"));
    // AWS sends a stranger's GET of the service to its product page, as itself.
    let marked = id.is_some() && !page && (!redirect || server == "AmazonS3");
    if speaks_s3 || marked {
        return Finding::Yes {
            detail: format!("{origin} answers like an S3 store"),
            clock: clock(headers),
            region: header(headers, "x-amz-bucket-region"),
        };
    }
    let detail = match status {
        _ if redirect => {
            format!(
                "{origin} answers with a redirect (HTTP {status}), which is never followed: give the address of the store's own API"
            )
        }
        _ if page => format!("{origin} answers with a web page (HTTP {status}): give the address of the store's API"),
        500..=599 => format!("{origin} answers HTTP {status} and nothing that an S3 store says"),
        _ => format!("{origin} answers HTTP {status}, but not like an S3 store"),
    };
    Finding::No {
        detail,
        answer: Some(ProviderAnswer { code: None, http_status: Some(status), request_id: id }),
        region: None,
    }
}

/// The provider's clock, from its `Date` header.
fn clock(headers: &http::HeaderMap) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(header(headers, "date")?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(status: u16, pairs: &[(&'static str, &str)], body: &str) -> Finding {
        let headers =
            pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect();
        judge(&net::Incoming { status, headers, body: body.to_owned().into() }, "https://s3.example.com")
    }

    #[test]
    fn stores_are_known_by_their_answer_and_their_clock_is_read() {
        let denied = "<Error><Code>AccessDenied</Code></Error>";
        let Finding::Yes { clock, .. } = ask(403, &[("date", "Sun, 22 Nov 2026 18:44:25 GMT")], denied) else {
            panic!("SeaweedFS answers so")
        };
        assert_eq!(clock.unwrap().to_string(), "2026-11-22T18:44:25Z");
        let aws = [("server", "AmazonS3"), ("x-amz-request-id", "R"), ("location", "https://aws.amazon.com/s3/")];
        assert!(matches!(ask(307, &aws, ""), Finding::Yes { .. }));
        assert!(matches!(ask(200, &[], "<ListAllMyBucketsResult/>"), Finding::Yes { .. }));
    }

    #[test]
    fn web_pages_redirects_and_strangers_are_not_stores() {
        let html = [("content-type", "text/html"), ("x-amz-request-id", "a static site on S3")];
        for (finding, word) in [
            (ask(200, &html, "<html></html>"), "web page"),
            (ask(302, &[("location", "http://169.254.169.254/")], ""), "redirect"),
            (ask(200, &[], "ok"), "not like"),
            (ask(502, &[], "bad gateway"), "nothing"),
        ] {
            let Finding::No { detail, .. } = finding else { panic!("{word}") };
            assert!(detail.contains(word), "{detail}");
            assert!(!detail.contains("169.254"), "what the redirect points at is nobody's business");
        }
    }
}
