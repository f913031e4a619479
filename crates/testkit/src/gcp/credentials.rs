//! A double: `iamcredentials.googleapis.com`: tokens of service accounts for those who may have them,
//! and signatures with the keys that Google keeps.
//!
//! Chains of delegates are refused. An account has no right to itself unless it was given.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Response;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::reply::{json, rpc_error};
use super::state::{Caller, State};
use crate::server::ReplyBody;

/// What is asked of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    GenerateAccessToken,
    SignBlob,
}

impl Verb {
    fn permission(self) -> &'static str {
        match self {
            Self::GenerateAccessToken => "iam.serviceAccounts.getAccessToken",
            Self::SignBlob => "iam.serviceAccounts.signBlob",
        }
    }
}

pub(super) fn answer(
    state: &mut State,
    verb: Verb,
    email: &str,
    caller: Option<Caller>,
    body: &Value,
) -> Response<ReplyBody> {
    let Some(caller) = caller else {
        return rpc_error(
            401,
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other \
             valid authentication credential.",
            Value::Null,
        );
    };
    if caller.boundary.is_some() || !caller.has_iam() {
        let reason = error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", json!({"service": "iamcredentials.googleapis.com"}));
        return rpc_error(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.", reason);
    }
    let permission = verb.permission();
    let delegates = body.get("delegates").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let is_there = state.accounts.get(email).is_some_and(|account| !account.disabled);
    if delegates || !is_there || !state.iam.allows_on_account(&caller.member, permission, email) {
        return rpc_error(
            403,
            "PERMISSION_DENIED",
            &format!("Permission '{permission}' denied on resource (or it may not exist)."),
            error_info("IAM_PERMISSION_DENIED", json!({"permission": permission})),
        );
    }
    match verb {
        Verb::GenerateAccessToken => generate_access_token(state, email, body),
        Verb::SignBlob => sign_blob(state, email, body),
    }
}

fn generate_access_token(state: &mut State, email: &str, body: &Value) -> Response<ReplyBody> {
    let invalid = |message: &str| rpc_error(400, "INVALID_ARGUMENT", message, Value::Null);
    let scopes = body.get("scope").and_then(Value::as_array);
    let scopes: Vec<_> = scopes.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    if scopes.is_empty() {
        return invalid("Request contains an invalid argument: scope is required.");
    }
    let lifetime = body.get("lifetime").map_or(Some("3600s"), Value::as_str).and_then(|text| text.strip_suffix('s'));
    let Some(seconds) = lifetime.and_then(|text| text.parse::<u64>().ok()).filter(|seconds| *seconds > 0) else {
        return invalid("Request contains an invalid argument: lifetime.");
    };
    if seconds > 3600 {
        return invalid("The access token lifetime cannot exceed 3600 seconds.");
    }
    let expires_at = state.after(Duration::from_secs(seconds).min(state.lifetime));
    let member = format!("serviceAccount:{email}");
    let token = state.issue(Caller { member, scopes, boundary: None, expires_at });
    json(200, &json!({"accessToken": token, "expireTime": expires_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()}))
}

fn sign_blob(state: &mut State, email: &str, body: &Value) -> Response<ReplyBody> {
    let payload = body.get("payload").and_then(Value::as_str).and_then(|text| STANDARD.decode(text).ok());
    let Some(payload) = payload.filter(|payload| !payload.is_empty()) else {
        return rpc_error(400, "INVALID_ARGUMENT", "Request contains an invalid argument: payload.", Value::Null);
    };
    if is_too_fast(state) {
        return rpc_error(
            429,
            "RESOURCE_EXHAUSTED",
            "Quota exceeded for quota metric 'Generate credentials requests' and limit 'Generate credentials \
             requests per minute' of service 'iamcredentials.googleapis.com'.",
            error_info("RATE_LIMIT_EXCEEDED", json!({"service": "iamcredentials.googleapis.com"})),
        );
    }
    let account = state.accounts.entry(email.to_owned()).or_default();
    let (key_id, signature) = account.sign_blob(&payload);
    json(200, &json!({"keyId": key_id, "signedBlob": STANDARD.encode(signature)}))
}

/// Counts what was signed within the last second.
fn is_too_fast(state: &mut State) -> bool {
    let Some(limit) = state.signatures_per_second else { return false };
    let now = state.now();
    state.signed_at.retain(|at| now.duration_since(*at) < SignedDuration::from_secs(1));
    if state.signed_at.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
        return true;
    }
    state.signed_at.push_back(now);
    false
}

fn error_info(reason: &str, metadata: Value) -> Value {
    json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "iam.googleapis.com",
        "metadata": metadata,
    })
}
