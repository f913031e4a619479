//! The meaning of a refusal of S3, STS or IAM, by its code and by its status.
//!
//! AWS answers `<Error>` from S3 and `<ErrorResponse><Error>` from STS and IAM; SeaweedFS and Ceph answer
//! `<Error>` from all three; a HEAD has no body at all. What is none of these is not the provider.

use std::time::Duration;

use domain::proof::ProviderAnswer;
use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use http::HeaderMap;

use crate::xml::Element;

/// Headers in which stores put their id of a request.
const REQUEST_ID_HEADERS: [&str; 6] = [
    "x-amz-request-id",
    "x-amzn-requestid",
    "x-obs-request-id",
    "x-oss-request-id",
    "x-wasabi-cm-reference-id",
    "x-goog-request-id",
];

/// Longest text of a provider that is passed on.
const LONGEST_QUOTE: usize = 300;

/// What the store says of itself in its headers.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_ID_HEADERS.iter().find_map(|name| header(headers, name))
}

/// A header as text.
pub(crate) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned).filter(|text| !text.is_empty())
}

/// Whether the answer says that it is a web page.
pub(crate) fn is_web_page(headers: &HeaderMap, body: &[u8]) -> bool {
    let declared = header(headers, "content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("text/html"));
    let start: Vec<u8> = body.iter().skip_while(|byte| byte.is_ascii_whitespace()).take(14).copied().collect();
    let start = start.to_ascii_lowercase();
    declared || start.starts_with(b"<!doctype html") || start.starts_with(b"<html")
}

/// An error for an answer that no such provider gives.
pub(crate) fn not_the_provider(
    operation: &'static str,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> ProviderError {
    let what = if (300..400).contains(&status) {
        "a redirect, which is never followed"
    } else if is_web_page(headers, body) {
        "a web page"
    } else {
        "something that is not S3"
    };
    ProviderError::new(Kind::NotTheProvider, operation, format!("the endpoint answered HTTP {status} with {what}"))
        .with_answer(ProviderAnswer { code: None, http_status: Some(status), request_id: request_id(headers) })
        .with_hint("give the address of the object store's API: scheme, host and port, without a path")
}

/// The error of an answer that is not a success.
///
/// `private` is what was sent and must not come back in a message: the session token, for one.
pub(crate) fn refusal(
    operation: &'static str,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    private: Option<&[u8]>,
) -> ProviderError {
    let said = Said::read(headers, body);
    let kind = match said.as_ref().and_then(|said| said.code.as_deref()) {
        Some(code) => by_code(code, said.as_ref().map_or("", |said| &said.message)).or_else(|| by_status(status)),
        None if said.is_none() && (!body.trim_ascii().is_empty() || is_web_page(headers, body)) => {
            return unreadable(operation, status, headers, body);
        }
        None => by_status(status),
    };
    let Some(kind) = kind else { return not_the_provider(operation, status, headers, body) };
    let said = said.unwrap_or_default();
    let region = said.region.or_else(|| header(headers, "x-amz-bucket-region"));
    let kind =
        if region.is_some() && is_region_answer(status, said.code.as_deref()) { Kind::WrongRegion } else { kind };
    let quoted = quote(&said.message, private);
    let mut message = sentence(kind, region.as_deref(), said.code.as_deref(), status);
    if let Some(quoted) = quoted {
        message = format!("{message}: {quoted}");
    }
    let answer = ProviderAnswer {
        code: said.code.as_deref().map(clean),
        http_status: Some(status),
        request_id: request_id(headers).or(said.request_id).as_deref().map(clean),
    };
    let mut error = ProviderError::new(kind, operation, message).with_answer(answer);
    error.region = region.filter(|_| kind == Kind::WrongRegion);
    error.retry_after = header(headers, "retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs);
    error
}

/// A body that is none of ours: a gateway's page of a failure is still a failure, the rest is a stranger.
fn unreadable(operation: &'static str, status: u16, headers: &HeaderMap, body: &[u8]) -> ProviderError {
    match status {
        429 | 500..=599 => {
            let kind = by_status(status).unwrap_or(Kind::Unavailable);
            ProviderError::new(kind, operation, sentence(kind, None, None, status)).with_answer(ProviderAnswer {
                code: None,
                http_status: Some(status),
                request_id: request_id(headers),
            })
        }
        _ => not_the_provider(operation, status, headers, body),
    }
}

/// What an error document holds.
#[derive(Debug, Default)]
struct Said {
    code: Option<String>,
    message: String,
    region: Option<String>,
    request_id: Option<String>,
}

impl Said {
    fn read(headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        if is_web_page(headers, body) {
            return None;
        }
        let root = Element::parse(body).ok()?;
        let error = match root.name.as_str() {
            "Error" => &root,
            "ErrorResponse" => root.child("Error").unwrap_or(&root),
            _ => return None,
        };
        let text = |name: &str| error.text_at(&[name]).map(str::to_owned).filter(|text| !text.is_empty());
        let request_id = text("RequestId").or_else(|| root.text_at(&["RequestId"]).map(str::to_owned));
        Some(Self {
            code: text("Code"),
            message: text("Message").unwrap_or_default(),
            region: text("Region"),
            request_id: request_id.filter(|id| !id.is_empty()),
        })
    }
}

fn is_region_answer(status: u16, code: Option<&str>) -> bool {
    match code {
        Some(code) => matches!(
            code,
            "AuthorizationHeaderMalformed"
                | "AuthorizationQueryParametersError"
                | "PermanentRedirect"
                | "TemporaryRedirect"
                | "IllegalLocationConstraintException"
        ),
        None => matches!(status, 301 | 307 | 400),
    }
}

fn by_code(code: &str, message: &str) -> Option<Kind> {
    Some(match code {
        "AccessDenied"
        | "AccessDeniedException"
        | "AllAccessDisabled"
        | "AccountProblem"
        | "AccessForbidden"
        | "UnauthorizedAccess"
        | "UserSuspended" => Kind::Denied,
        "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidToken"
        | "InvalidSecurity"
        | "MissingAuthenticationToken"
        | "IncompleteSignature"
        | "NotSignedUp" => Kind::BadCredentials,
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired" => {
            Kind::ExpiredCredentials
        }
        "NoSuchKey" | "NoSuchVersion" | "NoSuchEntity" => Kind::NoSuchKey,
        "NoSuchBucket" => Kind::NoSuchBucket,
        "PreconditionFailed" | "ConditionalRequestConflict" | "OperationAborted" => Kind::PreconditionFailed,
        "PermanentRedirect" | "TemporaryRedirect" | "IllegalLocationConstraintException" => Kind::WrongRegion,
        "RequestTimeTooSkewed" => Kind::ClockSkew,
        "NotImplemented" | "InvalidAction" | "MethodNotAllowed" | "UnsupportedOperation" => Kind::NotImplemented,
        "PackedPolicyTooLarge" => Kind::PolicyTooLarge,
        "SessionDurationEscalationException" => Kind::TtlTooLong,
        "Throttling"
        | "ThrottlingException"
        | "SlowDown"
        | "TooManyRequests"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "Busy" => Kind::Throttled,
        "InternalError" | "InternalFailure" | "ServiceUnavailable" => Kind::Unavailable,
        "RequestTimeout" => Kind::Timeout,
        _ if says_too_long(message) => Kind::TtlTooLong,
        _ => return None,
    })
}

/// AWS names no code of its own for a duration over the role's limit, only its sentence.
fn says_too_long(message: &str) -> bool {
    message.contains("DurationSeconds")
        && ["exceeds", "less than or equal to", "MaxSessionDuration"].iter().any(|word| message.contains(word))
}

/// The meaning of a bare status.
pub(crate) fn by_status(status: u16) -> Option<Kind> {
    Some(match status {
        401 => Kind::BadCredentials,
        403 => Kind::Denied,
        404 => Kind::NoSuchKey,
        405 | 501 => Kind::NotImplemented,
        408 | 504 => Kind::Timeout,
        409 | 412 => Kind::PreconditionFailed,
        301 | 307 => Kind::WrongRegion,
        429 => Kind::Throttled,
        400..=499 => Kind::BadRequest,
        500..=599 => Kind::Unavailable,
        _ => return None,
    })
}

/// What a kind of refusal means, in words.
pub(crate) fn sentence(kind: Kind, region: Option<&str>, code: Option<&str>, status: u16) -> String {
    let what = match kind {
        Kind::Denied => "the provider refused",
        Kind::BadCredentials => "the provider does not know these keys, or their secret is wrong",
        Kind::ExpiredCredentials => "the session has ended",
        Kind::NoSuchKey => "there is no such object",
        Kind::NoSuchBucket => "there is no such bucket",
        Kind::PreconditionFailed => "the condition of the request did not hold",
        Kind::WrongRegion => {
            return region.map_or_else(
                || "the bucket is in another region".to_owned(),
                |region| format!("the bucket is in the region {region}"),
            );
        }
        Kind::ClockSkew => "the provider's clock and ours are too far apart",
        Kind::NotImplemented => "the provider does not know this operation",
        Kind::PolicyTooLarge => "the policy of the session is too large for the provider",
        Kind::TtlTooLong => "the provider gives no session as long as this",
        Kind::Throttled => "the provider says that too much is asked of it",
        Kind::Unavailable => "the provider cannot answer now",
        Kind::Timeout => "the provider did not finish in time",
        _ => "the provider found the request faulty",
    };
    match code {
        Some(code) => format!("{what} ({})", clean(code)),
        None => format!("{what} (HTTP {status})"),
    }
}

/// The beginning of a text of somebody else, on one line.
pub(crate) fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST_QUOTE).collect()
}

/// The provider's sentence, unless it repeats something that is not to be shown.
pub(crate) fn quote(message: &str, private: Option<&[u8]>) -> Option<String> {
    let private = private.and_then(|bytes| std::str::from_utf8(bytes).ok()).and_then(|text| text.get(..16));
    let leaks = private.is_some_and(|start| message.contains(start))
        || ["Signature=", "X-Amz-", "AWS4-HMAC-SHA256"].iter().any(|word| message.contains(word));
    let text = clean(message);
    let text = text.trim().trim_end_matches('.');
    (!leaks && !text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(status: u16, body: &str) -> ProviderError {
        refusal("s3:GetObject", status, &HeaderMap::new(), body.as_bytes(), None)
    }

    #[test]
    fn each_dialect_of_refusal_is_understood() {
        let aws = ask(
            403,
            "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>no</Message><RequestId>R1</RequestId></Error>",
        );
        assert_eq!((aws.kind, aws.answer.unwrap().request_id.as_deref()), (Kind::Denied, Some("R1")));
        let sts = ask(
            403,
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>AccessDenied</Code>\
             <Message>User: arn:aws:iam::1:user/b is not authorized</Message></Error><RequestId>R2</RequestId></ErrorResponse>",
        );
        assert_eq!(sts.kind, Kind::Denied);
        assert!(sts.message.contains("arn:aws:iam::1:user/b"));
        assert_eq!(sts.answer.unwrap().request_id.as_deref(), Some("R2"));
        let ceph = ask(403, "<Error><Code>AccessDenied</Code><RequestId>tx0-1</RequestId><HostId>h</HostId></Error>");
        assert_eq!(ceph.kind, Kind::Denied);
        let bare = ask(403, "<Error><Message>x</Message></Error>");
        assert_eq!(bare.kind, Kind::Denied);
    }

    #[test]
    fn what_a_stranger_says_is_kept_short() {
        let long = "x".repeat(100_000);
        let body =
            format!("<Error><Code>A\n{long}</Code><Message>{long}</Message><RequestId>{long}</RequestId></Error>");
        let error = ask(403, &body);
        let answer = error.answer.unwrap();
        for text in [answer.code.unwrap(), answer.request_id.unwrap()] {
            assert!(text.len() <= LONGEST_QUOTE && !text.contains('\n'), "{}", text.len());
        }
        assert!(error.message.len() < 3 * LONGEST_QUOTE);
    }

    #[test]
    fn codes_and_sentences_give_the_kind() {
        for (status, code, message, kind) in [
            (403, "SignatureDoesNotMatch", "", Kind::BadCredentials),
            (403, "InvalidAccessKeyId", "", Kind::BadCredentials),
            (400, "ExpiredToken", "", Kind::ExpiredCredentials),
            (404, "NoSuchKey", "", Kind::NoSuchKey),
            (404, "NoSuchBucket", "", Kind::NoSuchBucket),
            (412, "PreconditionFailed", "", Kind::PreconditionFailed),
            (403, "RequestTimeTooSkewed", "", Kind::ClockSkew),
            (501, "NotImplemented", "", Kind::NotImplemented),
            (400, "PackedPolicyTooLarge", "", Kind::PolicyTooLarge),
            (503, "SlowDown", "", Kind::Throttled),
            (400, "Throttling", "", Kind::Throttled),
            (500, "InternalError", "", Kind::Unavailable),
            (400, "MalformedPolicyDocument", "", Kind::BadRequest),
            (400, "SomethingNew", "", Kind::BadRequest),
            (403, "SomethingNew", "", Kind::Denied),
            (
                400,
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
                Kind::TtlTooLong,
            ),
        ] {
            let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
            assert_eq!(ask(status, &body).kind, kind, "{code}");
        }
    }

    #[test]
    fn the_right_region_is_taken_from_body_or_header() {
        let body = ask(
            400,
            "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'us-east-1' is wrong; expecting \
             'eu-central-1'</Message><Region>eu-central-1</Region></Error>",
        );
        assert_eq!((body.kind, body.region.as_deref()), (Kind::WrongRegion, Some("eu-central-1")));
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-bucket-region", "eu-west-1".parse().unwrap());
        let head = refusal("s3:HeadBucket", 301, &headers, b"", None);
        assert_eq!((head.kind, head.region.as_deref()), (Kind::WrongRegion, Some("eu-west-1")));
        let denied = refusal("s3:HeadBucket", 403, &headers, b"", None);
        assert_eq!((denied.kind, denied.region), (Kind::Denied, None));
        let malformed = ask(400, "<Error><Code>AuthorizationHeaderMalformed</Code></Error>");
        assert_eq!(malformed.kind, Kind::BadRequest);
    }

    #[test]
    fn a_stranger_is_never_taken_for_a_refusal() {
        for (status, body) in [
            (403, "<!DOCTYPE html><html>Forbidden</html>"),
            (403, "forbidden"),
            (403, "{\"error\":1}"),
            (302, ""),
            (404, "<html/>"),
        ] {
            assert_eq!(ask(status, body).kind, Kind::NotTheProvider, "{status} {body}");
        }
        assert_eq!(ask(502, "<html>Bad gateway</html>").kind, Kind::Unavailable);
        assert_eq!(ask(403, "").kind, Kind::Denied, "a HEAD has no body");
    }

    #[test]
    fn what_was_sent_in_confidence_is_not_repeated() {
        let token = b"IQoJb3JpZ2luX2VjEPn//////////wEaCXVzLWVhc3QtMSJ";
        for message in
            ["bad token IQoJb3JpZ2luX2VjEPn//////////wEaCXVz", "Authorization: AWS4-HMAC-SHA256 Signature=abc"]
        {
            let body = format!("<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>");
            let error = refusal("s3:GetObject", 403, &HeaderMap::new(), body.as_bytes(), Some(token));
            assert_eq!(error.message, "the provider refused (AccessDenied)");
        }
    }
}
