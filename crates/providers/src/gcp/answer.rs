//! The meaning of a refusal of Google, by its code and by its status.
//!
//! Cloud Storage answers `{"error": {"code", "message", "errors": [{"reason"}]}}`, and to a download plain text;
//! IAM answers the same with a `status` and `details`; the token services answer `{"error", "error_description"}`
//! (RFC 6749, section 5.2). What is none of these and bears no mark of Google is not Google.

use std::time::Duration;

use domain::proof::ProviderAnswer;
use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use http::HeaderMap;
use serde_json::Value;

use crate::answer::{clean, header, is_web_page, quote};

/// Where Cloud Storage puts its id of a request.
const REQUEST_ID: &str = "x-guploader-uploadid";

/// How tokens begin: Google's own, and all that are JSON Web Tokens. What goes to a token service is in its form, and
/// no sentence that has one in it is repeated.
const TOKENS: [&str; 2] = ["ya29.", "eyJ"];

/// What a request is about: what "not found" and "forbidden" then mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// Tokens and signatures.
    Identity,
    /// A bucket, or several.
    Bucket,
    /// One object.
    Object,
}

/// Google's own id of a request.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    header(headers, REQUEST_ID).as_deref().map(clean)
}

/// An error for an answer that Google does not give.
pub(super) fn not_google(operation: &'static str, status: u16, headers: &HeaderMap, body: &[u8]) -> ProviderError {
    let what = if (300..400).contains(&status) {
        "a redirect, which is never followed"
    } else if is_web_page(headers, body) {
        "a web page"
    } else {
        "something that Google does not answer"
    };
    ProviderError::new(Kind::NotTheProvider, operation, format!("the endpoint answered HTTP {status} with {what}"))
        .with_answer(ProviderAnswer { code: None, http_status: Some(status), request_id: request_id(headers) })
        .with_hint("a proxy or a wrong address stands between: the operator checks egress.proxy and [gcp]")
}

/// The error of an answer that is not a success.
///
/// `private` is what was sent and must not come back in a message: the token, for one.
pub(super) fn refusal(
    operation: &'static str,
    about: About,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    private: Option<&[u8]>,
) -> ProviderError {
    let said = Said::read(headers, body);
    let overloaded = matches!(status, 429 | 500..=599);
    let speaks = !body.is_empty() || (300..400).contains(&status);
    if said.is_none() && speaks && !overloaded {
        return not_google(operation, status, headers, body);
    }
    let said = said.unwrap_or_default();
    let Some(kind) = said.kind(about).or_else(|| by_status(status, about)) else {
        return not_google(operation, status, headers, body);
    };
    let code = said.code();
    let mut message = sentence(kind, code, status);
    let leaks = |text: &str| TOKENS.iter().any(|start| text.contains(start));
    if let Some(quoted) = quote(&said.message, private).filter(|text| !leaks(text)) {
        message = format!("{message}: {quoted}");
    }
    let answer = ProviderAnswer { code: code.map(clean), http_status: Some(status), request_id: request_id(headers) };
    let mut error = ProviderError::new(kind, operation, message).with_answer(answer);
    error.hint = hint(kind, &said).map(str::to_owned);
    error.retry_after = header(headers, "retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs);
    error
}

/// What an error document holds.
#[derive(Debug, Default)]
struct Said {
    /// Of the token services.
    oauth: Option<String>,
    /// Of all others, for example `PERMISSION_DENIED`.
    status: Option<String>,
    /// Of Cloud Storage, for example `notFound`; of IAM, for example `SERVICE_DISABLED`.
    reason: Option<String>,
    message: String,
}

impl Said {
    fn read(headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        if let Ok(document) = serde_json::from_slice::<Value>(body) {
            let error = document.get("error")?;
            if let Some(code) = text(error) {
                let message = document.get("error_description").and_then(text).unwrap_or_default();
                return Some(Self { oauth: Some(code), message, ..Self::default() });
            }
            error.as_object()?;
            let of = |list: &str| {
                let all = error.get(list).and_then(Value::as_array).into_iter().flatten();
                all.filter_map(|one| one.get("reason").and_then(text)).next()
            };
            return Some(Self {
                oauth: None,
                status: error.get("status").and_then(text),
                reason: of("details").or_else(|| of("errors")),
                message: error.get("message").and_then(text).unwrap_or_default(),
            });
        }
        // The refusal of a download is a sentence, whatever its type is said to be.
        let page = body.trim_ascii_start().starts_with(b"<");
        let sentence = std::str::from_utf8(body).ok().filter(|_| request_id(headers).is_some() && !page)?;
        Some(Self { message: sentence.to_owned(), ..Self::default() })
    }

    fn code(&self) -> Option<&str> {
        self.oauth.as_deref().or(self.reason.as_deref()).or(self.status.as_deref())
    }

    fn kind(&self, about: About) -> Option<Kind> {
        if let Some(code) = &self.oauth {
            return Some(self.oauth_kind(code));
        }
        Some(match self.reason.as_deref().or(self.status.as_deref())? {
            // The service is switched off in the project: no word about rights.
            "SERVICE_DISABLED" | "accessNotConfigured" => Kind::NotImplemented,
            "rateLimitExceeded" | "userRateLimitExceeded" | "RATE_LIMIT_EXCEEDED" | "RESOURCE_EXHAUSTED" => {
                Kind::Throttled
            }
            "notFound" | "NOT_FOUND" => self.not_found(about),
            _ => return None,
        })
    }

    /// Google says which of the two is missing only in its sentence.
    fn not_found(&self, about: About) -> Kind {
        match about {
            About::Object if self.message.contains("bucket does not exist") => Kind::NoSuchBucket,
            About::Object => Kind::NoSuchKey,
            About::Bucket => Kind::NoSuchBucket,
            About::Identity => Kind::Denied,
        }
    }

    fn oauth_kind(&self, code: &str) -> Kind {
        match code {
            // "Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
            "invalid_grant" if self.message.contains("reasonable timeframe") => Kind::ClockSkew,
            // "The given credential is rejected by the attribute condition."
            "unauthorized_client" | "access_denied" => Kind::Denied,
            "invalid_grant" | "invalid_client" | "invalid_target" | "disabled_client" | "deleted_client" => {
                Kind::BadCredentials
            }
            "rate_limit_exceeded" => Kind::Throttled,
            "temporarily_unavailable" | "internal_failure" | "server_error" => Kind::Unavailable,
            _ => Kind::BadRequest,
        }
    }
}

fn by_status(status: u16, about: About) -> Option<Kind> {
    Some(match status {
        401 => Kind::BadCredentials,
        403 => Kind::Denied,
        404 => Said::default().not_found(about),
        405 | 501 => Kind::NotImplemented,
        408 | 504 => Kind::Timeout,
        304 | 409 | 412 => Kind::PreconditionFailed,
        429 => Kind::Throttled,
        400..=499 => Kind::BadRequest,
        500..=599 => Kind::Unavailable,
        _ => return None,
    })
}

fn hint(kind: Kind, said: &Said) -> Option<&'static str> {
    match kind {
        Kind::NotImplemented if said.reason.is_some() => {
            Some("switch the service on in the project that is named: gcloud services enable")
        }
        Kind::ClockSkew => Some("set the server's clock, for example with chrony or systemd-timesyncd"),
        Kind::BadRequest if said.message.contains("requester pays") => {
            Some("the bucket lets the requester pay, which Tidegate does not do: switch that off")
        }
        _ => None,
    }
}

fn sentence(kind: Kind, code: Option<&str>, status: u16) -> String {
    let what = match kind {
        Kind::Denied => "Google refused",
        Kind::BadCredentials => "Google does not take this key or token",
        Kind::NoSuchKey => "there is no such object",
        Kind::NoSuchBucket => "there is no such bucket",
        Kind::PreconditionFailed => "the condition of the request did not hold",
        Kind::ClockSkew => "Google's clock and ours are too far apart",
        Kind::NotImplemented => "Google does not offer this there",
        Kind::Throttled => "Google says that too much is asked of it",
        Kind::Unavailable => "Google cannot answer now",
        Kind::Timeout => "Google did not finish in time",
        _ => "Google found the request faulty",
    };
    match code {
        Some(code) => format!("{what} ({})", clean(code)),
        None => format!("{what} (HTTP {status})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(about: About, status: u16, body: &str) -> ProviderError {
        refusal("storage.objects.get", about, status, &HeaderMap::new(), body.as_bytes(), None)
    }

    fn of_storage(status: u16, reason: &str, message: &str) -> String {
        format!(
            r#"{{"error":{{"code":{status},"message":"{message}","errors":[{{"message":"{message}","domain":"global","reason":"{reason}"}}]}}}}"#
        )
    }

    #[test]
    fn refusals_of_the_store_are_understood() {
        use About::{Bucket, Object};
        for (about, status, reason, message, kind) in [
            (Object, 401, "authError", "Invalid Credentials", Kind::BadCredentials),
            (Object, 403, "forbidden", "a@p does not have storage.objects.get access", Kind::Denied),
            (Object, 403, "userRateLimitExceeded", "", Kind::Throttled),
            (Object, 404, "notFound", "No such object: b/k", Kind::NoSuchKey),
            (Object, 404, "notFound", "The specified bucket does not exist.", Kind::NoSuchBucket),
            (Bucket, 404, "notFound", "The specified bucket does not exist.", Kind::NoSuchBucket),
            (Object, 412, "conditionNotMet", "", Kind::PreconditionFailed),
            (Object, 429, "rateLimitExceeded", "", Kind::Throttled),
            (Object, 503, "backendError", "", Kind::Unavailable),
            (Object, 400, "invalid", "", Kind::BadRequest),
            (Bucket, 403, "accessNotConfigured", "", Kind::NotImplemented),
        ] {
            let error = ask(about, status, &of_storage(status, reason, message));
            assert_eq!(error.kind, kind, "{reason} {message}");
            assert_eq!(error.answer.unwrap().code.as_deref(), Some(reason));
        }
    }

    #[test]
    fn refusals_of_the_token_services_are_understood() {
        for (status, code, description, kind) in [
            (400, "invalid_grant", "Invalid JWT Signature.", Kind::BadCredentials),
            (400, "invalid_grant", "Invalid grant: account not found", Kind::BadCredentials),
            (
                400,
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
                Kind::ClockSkew,
            ),
            (401, "unauthorized_client", "The given credential is rejected by the attribute condition.", Kind::Denied),
            (400, "invalid_target", "The target service indicated by the audience is invalid", Kind::BadCredentials),
            (400, "invalid_request", "Invalid value for accessBoundary", Kind::BadRequest),
            (503, "temporarily_unavailable", "", Kind::Unavailable),
        ] {
            let body = format!(r#"{{"error":"{code}","error_description":"{description}"}}"#);
            assert_eq!(ask(About::Identity, status, &body).kind, kind, "{code} {description}");
        }
    }

    #[test]
    fn a_service_that_is_switched_off_is_no_refusal_of_rights() {
        let body = r#"{"error":{"code":403,"message":"IAM Service Account Credentials API has not been used","status":
            "PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED"}]}}"#;
        let error = ask(About::Identity, 403, body);
        assert_eq!(error.kind, Kind::NotImplemented);
        assert!(error.hint.unwrap().contains("gcloud services enable"));
        let denied = body.replace("SERVICE_DISABLED", "IAM_PERMISSION_DENIED");
        assert_eq!(ask(About::Identity, 403, &denied).kind, Kind::Denied);
    }

    #[test]
    fn a_download_is_refused_with_a_sentence() {
        let mut headers = HeaderMap::new();
        headers.insert("x-guploader-uploadid", "ABC".parse().unwrap());
        headers.insert("content-type", "text/html; charset=UTF-8".parse().unwrap());
        let ask = |body: &str| refusal("storage.objects.get", About::Object, 404, &headers, body.as_bytes(), None);
        let error = ask("No such object: b/k");
        assert_eq!((error.kind, error.answer.unwrap().request_id.as_deref()), (Kind::NoSuchKey, Some("ABC")));
        assert_eq!(ask("<html>not here</html>").kind, Kind::NotTheProvider);
    }

    #[test]
    fn a_stranger_is_never_taken_for_a_refusal() {
        for (status, body) in [
            (403, "<!DOCTYPE html><html>Forbidden</html>"),
            (403, "forbidden"),
            (403, "[1]"),
            (403, r#"{"error":1}"#),
            (302, ""),
            (404, "{}"),
        ] {
            assert_eq!(ask(About::Object, status, body).kind, Kind::NotTheProvider, "{status} {body}");
        }
        assert_eq!(ask(About::Object, 502, "<html>Bad gateway</html>").kind, Kind::Unavailable);
        assert_eq!(ask(About::Object, 403, "").kind, Kind::Denied, "a HEAD has no body");
    }

    #[test]
    fn what_was_sent_in_confidence_is_not_repeated() {
        let token = b"ya29.c.b0Aaekm1KlMnOpQrStUvWxYz";
        for message in ["bad token ya29.c.b0Aaekm1KlMn", "the token ya29.other was seen"] {
            let body = of_storage(403, "forbidden", message);
            let error =
                refusal("storage.objects.get", About::Object, 403, &HeaderMap::new(), body.as_bytes(), Some(token));
            assert_eq!(error.message, "Google refused (forbidden)");
        }
    }

    #[test]
    fn an_assertion_or_subject_token_that_a_token_service_repeats_is_not_shown() {
        let body = r#"{"error":"invalid_grant","error_description":"Invalid value eyJhbGciOiJSUzI1NiJ9.e30.AA for 'subject_token'."}"#;
        let error = ask(About::Identity, 400, body);
        assert_eq!(error.message, "Google does not take this key or token (invalid_grant)");
    }
}
