//! Answers in Google's words: JSON for the JSON API and the token services, XML for the XML API.

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

use crate::random;
use crate::server::{ReplyBody, full};

/// Which API was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Json,
    Xml,
}

/// Why something is not done.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// The code of the XML API.
    code: &'static str,
    /// The reason of the JSON API.
    reason: &'static str,
    message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, reason, message: message.into() }
    }

    pub(super) fn unauthenticated(message: &str) -> Self {
        Self::new(401, "AuthenticationRequired", "authError", message)
    }

    pub(super) fn denied(who: &str, permission: &str, on_object: bool) -> Self {
        let who = who.strip_prefix("serviceAccount:").unwrap_or(who);
        let what = if on_object { "object" } else { "bucket" };
        let message = format!(
            "{who} does not have {permission} access to the Google Cloud Storage {what}. \
             Permission '{permission}' denied on resource (or it may not exist)."
        );
        Self::new(403, "AccessDenied", "forbidden", message)
    }

    pub(super) fn no_bucket() -> Self {
        Self::new(404, "NoSuchBucket", "notFound", "The specified bucket does not exist.")
    }

    pub(super) fn no_object(bucket: &str, key: &str) -> Self {
        Self::new(404, "NoSuchKey", "notFound", format!("No such object: {bucket}/{key}"))
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidArgument", "invalid", message)
    }

    pub(super) fn unknown(what: &str) -> Self {
        Self::new(501, "NotImplemented", "notImplemented", format!("The double does not know {what}."))
    }

    pub(super) fn send(&self, face: Face) -> Response<ReplyBody> {
        let Self { status, code, reason, message } = self;
        match face {
            Face::Json => {
                let error = json!({"message": message, "domain": "global", "reason": reason});
                json(*status, &json!({"error": {"code": status, "message": message, "errors": [error]}}))
            }
            Face::Xml => {
                let (general, details) = (general(code), escape(message));
                let xml = format!(
                    "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{general}</Message>\
                     <Details>{details}</Details></Error>"
                );
                answer(*status, "application/xml; charset=UTF-8", xml)
            }
        }
    }
}

fn general(code: &str) -> &'static str {
    match code {
        "AccessDenied" => "Access denied.",
        "AuthenticationRequired" => "Authentication required.",
        "NoSuchBucket" => "The specified bucket does not exist.",
        "NoSuchKey" => "The specified key does not exist.",
        "PreconditionFailed" => "At least one of the pre-conditions you specified did not hold.",
        "SignatureDoesNotMatch" => {
            "The request signature we calculated does not match the signature you provided. \
             Check your Google secret key and signing method."
        }
        "ExpiredToken" => "Invalid argument.",
        _ => "Invalid argument.",
    }
}

/// An error of the services that are not storage (google.rpc.Status).
pub(super) fn rpc_error(status: u16, name: &str, message: &str, details: Value) -> Response<ReplyBody> {
    let mut error = json!({"code": status, "message": message, "status": name});
    if let (false, Some(error)) = (details.is_null(), error.as_object_mut()) {
        error.insert("details".into(), json!([details]));
    }
    json(status, &json!({"error": error}))
}

/// An error of the token endpoints (RFC 6749).
pub(super) fn oauth_error(status: u16, code: &str, description: &str) -> Response<ReplyBody> {
    json(status, &json!({"error": code, "error_description": description}))
}

pub(super) fn json(status: u16, value: &Value) -> Response<ReplyBody> {
    answer(status, "application/json; charset=UTF-8", value.to_string())
}

pub(super) fn answer(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response<ReplyBody> {
    Response::builder()
        .status(status)
        .header("content-type", content_type)
        .header("x-guploader-uploadid", upload_id())
        .body(full(body))
        .expect("the double makes valid answers")
}

/// What Google's storage puts on every answer, and people quote to its support.
pub(super) fn upload_id() -> String {
    format!("AHVrFx{}", random::hex(32))
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
