//! A token for a key (RFC 7523; Google, "Using OAuth 2.0 for server to server applications").

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use jiff::Timestamp;
use serde_json::json;

use super::{AccessToken, Issued, SCOPE};
use crate::gcp::key_file::KeyFile;
use crate::gcp::wire::{Call, Wire};

const OPERATION: &str = "oauth2.token";

/// What assertions are for, wherever they are sent: Google's own libraries never write anything else.
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";

/// The longest life of an assertion; tokens have an hour of their own.
const ASSERTION: i64 = 3_600;

/// Asks for a token with an assertion that the key signs.
pub(in crate::gcp) async fn by_key(wire: &Wire, key: &KeyFile) -> Result<AccessToken, ProviderError> {
    let now = wire.now();
    let assertion = assertion(key, now).ok_or_else(|| {
        ProviderError::new(Kind::Unavailable, OPERATION, "the key could not sign; the machine may be out of memory")
    })?;
    let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &*assertion)];
    let issued: Issued = wire.document(Call::form(OPERATION, &wire.endpoints.oauth, "/token", &form)).await?;
    issued.token(OPERATION, now, None)
}

fn assertion(key: &KeyFile, now: Timestamp) -> Option<zeroize::Zeroizing<String>> {
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": key.key_id});
    let issued_at = now.as_second();
    let claims = json!({
        "iss": key.email, "scope": SCOPE, "aud": AUDIENCE, "iat": issued_at, "exp": issued_at + ASSERTION,
    });
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = key.key.sign(signed.as_bytes()).ok()?;
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
}
