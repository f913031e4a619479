//! The meaning of a refusal of the blob service, by its code and by its status.
//!
//! The code is in the header `x-ms-error-code`, so that a HEAD has one too, and in the XML of the body. What has
//! neither, and no request id of Azure's, is not the blob service.

use std::time::Duration;

use domain::proof::ProviderAnswer;
use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use http::HeaderMap;

use crate::answer::{by_status, clean, header, is_web_page, sentence};
use crate::xml::Element;

/// What Azure calls the id of a request.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    header(headers, "x-ms-request-id").as_deref().map(clean)
}

/// The error of an answer that is not a success.
///
/// `private` is what was sent and must not come back in a message.
pub(super) fn refusal(
    operation: &'static str,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    private: Option<&[u8]>,
) -> ProviderError {
    let Some(said) = Said::read(headers, body) else { return unreadable(operation, status, headers, body) };
    let code = said.code.as_deref();
    let reason = format!("{} {}", said.message, said.detail);
    let kind = code.and_then(|code| by_code(code, &reason)).or_else(|| by_status(status));
    let Some(kind) = kind.filter(|kind| *kind != Kind::WrongRegion) else {
        return not_azure(operation, status, headers, body);
    };
    let mut message = sentence(kind, None, code, status);
    if let Some(quoted) = said.quote(private) {
        message = format!("{message}: {quoted}");
    }
    let mut error = ProviderError::new(kind, operation, message).with_answer(ProviderAnswer {
        code: code.map(clean),
        http_status: Some(status),
        request_id: request_id(headers),
    });
    error.retry_after = header(headers, "retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs);
    error.hint = code.and_then(|code| hint(code, kind)).map(str::to_owned);
    error
}

/// An error for an answer that the blob service does not give.
pub(super) fn not_azure(operation: &'static str, status: u16, headers: &HeaderMap, body: &[u8]) -> ProviderError {
    let what = if (300..400).contains(&status) {
        "a redirect, which is never followed"
    } else if is_web_page(headers, body) {
        "a web page"
    } else {
        "something that is not Azure Blob Storage"
    };
    ProviderError::new(Kind::NotTheProvider, operation, format!("the endpoint answered HTTP {status} with {what}"))
        .with_answer(ProviderAnswer { code: None, http_status: Some(status), request_id: request_id(headers) })
        .with_hint("check the name of the storage account and, where one is set, the endpoint of its blob service")
}

/// A gateway's page of a failure is still a failure, the rest is a stranger.
fn unreadable(operation: &'static str, status: u16, headers: &HeaderMap, body: &[u8]) -> ProviderError {
    match by_status(status).filter(|_| matches!(status, 429 | 500..=599)) {
        Some(kind) => ProviderError::new(kind, operation, sentence(kind, None, None, status))
            .with_answer(ProviderAnswer { code: None, http_status: Some(status), request_id: request_id(headers) }),
        None => not_azure(operation, status, headers, body),
    }
}

/// What a refusal holds.
#[derive(Debug, Default)]
struct Said {
    code: Option<String>,
    message: String,
    detail: String,
}

impl Said {
    fn read(headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        if is_web_page(headers, body) {
            return None;
        }
        let document = Element::parse(body).ok().filter(|root| root.name == "Error");
        let text = |name: &str| document.as_ref()?.text_at(&[name]).map(str::trim).filter(|text| !text.is_empty());
        let code = header(headers, "x-ms-error-code").or_else(|| text("Code").map(str::to_owned));
        if code.is_none() && request_id(headers).is_none() {
            return None;
        }
        Some(Self {
            code,
            message: text("Message").unwrap_or_default().to_owned(),
            detail: text("AuthenticationErrorDetail").unwrap_or_default().to_owned(),
        })
    }

    /// The first line of the message, and what is wrong with a token; other details repeat what was signed.
    fn quote(&self, private: Option<&[u8]>) -> Option<String> {
        let of_token = self.code.as_deref() == Some("InvalidAuthenticationInfo") && !self.detail.is_empty();
        let text = if of_token { &self.detail } else { self.message.lines().next().unwrap_or_default() };
        let private = private.and_then(|bytes| std::str::from_utf8(bytes).ok()).and_then(|text| text.get(..16));
        let leaks = private.is_some_and(|start| text.contains(start)) || text.contains("sig=");
        let text = clean(text);
        let text = text.trim().trim_end_matches('.');
        (!leaks && !text.is_empty()).then(|| text.to_owned())
    }
}

/// "Status and error codes" and "Blob service error codes" (Azure Storage REST API).
fn by_code(code: &str, reason: &str) -> Option<Kind> {
    Some(match code {
        // So Azurite answers a signature that does not fit, where Azure says AuthenticationFailed.
        "AuthorizationFailure" if reason.contains("failed to authenticate") => Kind::BadCredentials,
        "AuthorizationPermissionMismatch"
        | "AuthorizationFailure"
        | "AuthorizationSourceIPMismatch"
        | "AuthorizationProtocolMismatch"
        | "AuthorizationServiceMismatch"
        | "AuthorizationResourceTypeMismatch"
        | "InsufficientAccountPermissions"
        | "UnauthorizedBlobOverwrite"
        | "BlobImmutableDueToPolicy"
        | "AccountIsDisabled" => Kind::Denied,
        // Only these words say something that is not about the key.
        "AuthenticationFailed" if reason.contains("specified time frame") => Kind::ExpiredCredentials,
        "AuthenticationFailed" if reason.contains("date header too old") => Kind::ClockSkew,
        "InvalidAuthenticationInfo" if reason.contains("expired") => Kind::ExpiredCredentials,
        "AuthenticationFailed"
        | "InvalidAuthenticationInfo"
        | "NoAuthenticationInformation"
        | "PublicAccessNotPermitted"
        | "KeyBasedAuthenticationNotPermitted" => Kind::BadCredentials,
        "BlobNotFound" | "ResourceNotFound" | "PathNotFound" => Kind::NoSuchKey,
        "ContainerNotFound" | "ContainerBeingDeleted" | "ContainerDisabled" => Kind::NoSuchBucket,
        "ConditionNotMet"
        | "BlobAlreadyExists"
        | "TargetConditionNotMet"
        | "LeaseIdMissing"
        | "LeaseIdMismatchWithBlobOperation" => Kind::PreconditionFailed,
        "UnsupportedHttpVerb" | "UnsupportedQueryParameter" | "UnsupportedHeader" => Kind::NotImplemented,
        "ServerBusy" | "TooManyRequests" => Kind::Throttled,
        "OperationTimedOut" => Kind::Timeout,
        "InternalError" => Kind::Unavailable,
        // Neither a right nor a condition: it lies in the archive, has snapshots, or is no such blob.
        "BlobArchived" | "SnapshotsPresent" | "InvalidBlobType" => Kind::BadRequest,
        _ => return None,
    })
}

fn hint(code: &str, kind: Kind) -> Option<&'static str> {
    Some(match code {
        "KeyBasedAuthenticationNotPermitted" => {
            "this account takes no keys and no signatures made with them: use azure-federated or azure-client-secret"
        }
        "AuthorizationFailure" if kind == Kind::Denied => {
            "the firewall of the storage account may not admit the address that the request came from"
        }
        "AuthorizationSourceIPMismatch" => "the signature admits other addresses only",
        "InvalidAuthenticationInfo" => "application and storage account must belong to the tenant that tenant_id names",
        "AccountIsDisabled" => "the owner enables the account again",
        "SnapshotsPresent" => "the owner removes the snapshots of the object first",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn ask(status: u16, pairs: &[(&'static str, &str)], body: &str) -> ProviderError {
        refusal("blob:GetBlob", status, &headers(pairs), body.as_bytes(), Some(b"eyJ0eXAiOiJKV1QiLCJhbGci"))
    }

    fn coded(status: u16, code: &str, detail: &str) -> ProviderError {
        let body = format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>It is so.\nRequestId:r\n\
             Time:t</Message><AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail></Error>"
        );
        ask(status, &[("x-ms-request-id", "R1")], &body)
    }

    #[test]
    fn codes_give_the_kind_from_body_and_from_header() {
        for (status, code, kind) in [
            (403, "AuthorizationPermissionMismatch", Kind::Denied),
            (403, "AuthorizationFailure", Kind::Denied),
            (403, "AuthenticationFailed", Kind::BadCredentials),
            (403, "KeyBasedAuthenticationNotPermitted", Kind::BadCredentials),
            (401, "InvalidAuthenticationInfo", Kind::BadCredentials),
            (401, "NoAuthenticationInformation", Kind::BadCredentials),
            (404, "BlobNotFound", Kind::NoSuchKey),
            (404, "ContainerNotFound", Kind::NoSuchBucket),
            (409, "ContainerBeingDeleted", Kind::NoSuchBucket),
            (409, "BlobAlreadyExists", Kind::PreconditionFailed),
            (412, "ConditionNotMet", Kind::PreconditionFailed),
            (409, "BlobArchived", Kind::BadRequest),
            (503, "ServerBusy", Kind::Throttled),
            (500, "InternalError", Kind::Unavailable),
            (400, "SomethingNew", Kind::BadRequest),
            (403, "SomethingNew", Kind::Denied),
        ] {
            let error = coded(status, code, "");
            assert_eq!(error.kind, kind, "{code}");
            let answer = error.answer.unwrap();
            assert_eq!((answer.code.as_deref(), answer.request_id.as_deref()), (Some(code), Some("R1")));
            let head = ask(status, &[("x-ms-error-code", code), ("x-ms-request-id", "R1")], "");
            assert_eq!(head.kind, kind, "a HEAD that says {code}");
        }
    }

    #[test]
    fn an_expired_signature_and_a_clock_are_told_from_a_wrong_key() {
        let frame = "Signature not valid in the specified time frame: Start [a] - Expiry [b] - Current [c]";
        assert_eq!(coded(403, "AuthenticationFailed", frame).kind, Kind::ExpiredCredentials);
        assert_eq!(coded(403, "AuthenticationFailed", "Request date header too old: x").kind, Kind::ClockSkew);
        let token = coded(401, "InvalidAuthenticationInfo", "Lifetime validation failed. The token is expired.");
        assert_eq!(token.kind, Kind::ExpiredCredentials);
        assert!(token.message.contains("The token is expired"), "{}", token.message);
    }

    #[test]
    fn what_was_sent_in_confidence_is_not_repeated() {
        let signed = coded(403, "AuthenticationFailed", "Server used following string to sign: 'r\n/blob/a/c?sig=x'");
        assert!(signed.message.ends_with("It is so"), "only the first line: {}", signed.message);
        let token = coded(401, "InvalidAuthenticationInfo", "IDX12709: eyJ0eXAiOiJKV1QiLCJhbGci is malformed");
        assert!(!token.message.contains("eyJ0"), "{}", token.message);
    }

    #[test]
    fn a_stranger_is_never_taken_for_a_refusal() {
        for (status, pairs, body) in [
            (403, [("content-type", "text/html")], "<html>Forbidden</html>"),
            (403, [("content-type", "text/plain")], "forbidden"),
            (404, [("content-type", "application/json")], "{\"error\":1}"),
            (302, [("x-ms-request-id", "R1")], ""),
        ] {
            assert_eq!(ask(status, &pairs, body).kind, Kind::NotTheProvider, "{status} {body}");
        }
        assert_eq!(ask(502, &[], "<html>Bad gateway</html>").kind, Kind::Unavailable);
    }
}
