//! The IAM credentials service: tokens and signatures of a service account, for somebody who may act for it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::provider::ProviderError;
use domain::secret::SecretBytes;
use jiff::Timestamp;
use serde_json::json;

use super::{AccessToken, LONGEST, SCOPE, is_sendable, no_token};
use crate::gcp::answer::not_google;
use crate::gcp::wire::{Call, Wire, encode};

const GENERATE: &str = "iamcredentials.generateAccessToken";
const SIGN: &str = "iamcredentials.signBlob";

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Generated {
    access_token: Option<zeroize::Zeroizing<String>>,
    expire_time: Option<Timestamp>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignedBlob {
    signed_blob: Option<String>,
}

/// A token of the account.
pub(in crate::gcp) async fn impersonate(
    wire: &Wire,
    caller: &AccessToken,
    email: &str,
    life: Duration,
) -> Result<AccessToken, ProviderError> {
    let latest = wire.now().saturating_add(Duration::from_secs(LONGEST)).ok();
    let body = json!({"scope": [SCOPE], "lifetime": format!("{}s", life.as_secs())});
    let path = path(email, "generateAccessToken");
    let generated: Generated =
        wire.document(Call::json(GENERATE, &wire.endpoints.iam, path, &caller.secret, &body)).await?;
    let text = generated.access_token.filter(|text| is_sendable(text));
    match (text, generated.expire_time.zip(latest).map(|(stated, latest)| stated.min(latest))) {
        (Some(text), Some(expires_at)) => Ok(AccessToken { secret: SecretBytes::new(text.as_bytes()), expires_at }),
        _ => Err(no_token(GENERATE)),
    }
}

/// A signature with the key that Google keeps for the account: RSA PKCS #1 v1.5 with SHA-256.
pub(in crate::gcp) async fn sign_blob(
    wire: &Wire,
    caller: &AccessToken,
    email: &str,
    payload: &[u8],
) -> Result<Vec<u8>, ProviderError> {
    let body = json!({"payload": STANDARD.encode(payload)});
    let call = Call::json(SIGN, &wire.endpoints.iam, path(email, "signBlob"), &caller.secret, &body);
    let incoming = wire.ask(call).await?;
    let signed: Option<SignedBlob> = serde_json::from_slice(&incoming.body).ok();
    let signature =
        signed.and_then(|signed| STANDARD.decode(signed.signed_blob?).ok()).filter(|bytes| !bytes.is_empty());
    signature.ok_or_else(|| not_google(SIGN, incoming.status, &incoming.headers, &incoming.body))
}

fn path(email: &str, verb: &str) -> String {
    format!("/v1/projects/-/serviceAccounts/{}:{verb}", encode(email))
}
