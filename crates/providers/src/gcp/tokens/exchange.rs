//! The Security Token Service: Tidegate's tokens become Google's, and wide ones become narrow (RFC 8693).

use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use domain::secret::SecretBytes;
use serde_json::Value;

use super::{AccessToken, Issued, SCOPE};
use crate::gcp::wire::{Call, Wire, encode};

const FEDERATE: &str = "sts.exchange";
const NARROW: &str = "sts.downscope";

const GRANT: (&str, &str) = ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
const WANTED: (&str, &str) = ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token");

/// A token of the pool for one of Tidegate's own; `audience` is the pool's provider.
pub(in crate::gcp) async fn federate(
    wire: &Wire,
    audience: &str,
    subject_token: &SecretBytes,
) -> Result<AccessToken, ProviderError> {
    let now = wire.now();
    let form = [
        GRANT,
        WANTED,
        ("audience", audience),
        ("scope", SCOPE),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ("subject_token", subject_token.expose_str().unwrap_or_default()),
    ];
    let issued: Issued = wire.document(Call::form(FEDERATE, &wire.endpoints.sts, "/v1/token", &form)).await?;
    issued.token(FEDERATE, now, None)
}

/// A token that may do what the source may, within a Credential Access Boundary. It ends with its source, whose end
/// the service leaves out.
pub(in crate::gcp) async fn narrow(
    wire: &Wire,
    source: &AccessToken,
    boundary: &Value,
) -> Result<AccessToken, ProviderError> {
    let now = wire.now();
    // The document is encoded for itself, and once more as part of the form (google-auth does the same).
    let options = encode(&boundary.to_string()).to_string();
    let form = [
        GRANT,
        WANTED,
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("subject_token", source.secret.expose_str().unwrap_or_default()),
        ("options", &*options),
    ];
    let issued: Issued = wire.document(Call::form(NARROW, &wire.endpoints.sts, "/v1/token", &form)).await?;
    let narrowed = issued.token(NARROW, now, Some(source.expires_at))?;
    // A service that knows no boundaries gives back what it was given.
    if narrowed.secret.expose() == source.secret.expose() {
        let message = "the token that came back is the one that was to be narrowed; it was not used";
        return Err(
            ProviderError::new(Kind::NotTheProvider, NARROW, message).with_hint("the operator checks gcp.sts_endpoint")
        );
    }
    Ok(narrowed)
}
