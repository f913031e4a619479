//! Tokens from the real oidc-provider, an issuer that is not ours, and the keys of any issuer.

use serde_json::Value;

use crate::component;
use crate::front::Form;
use crate::request::{Call, send, try_send};

/// Where a double takes an issuer's keys from.
#[derive(Debug, Clone)]
pub enum IssuerKeys {
    /// From the issuer's discovery document, asked anew each time.
    Discovered,
    /// This key set, as uploaded by hand.
    Given(Value),
}

/// The name of the issuer, which is its address.
pub fn issuer() -> String {
    component::oidc()
}

/// A signed token of a client (`alice` or `bob`), who is its subject, for an audience that is an
/// absolute URI.
pub async fn token(client: &str, audience: &str) -> String {
    let form = Form::of(&[
        ("grant_type", "client_credentials"),
        ("client_id", client),
        ("client_secret", &format!("{client}-secret-0123456789abcdef0123456789")),
        ("resource", audience),
    ]);
    let call =
        Call::new("POST", "/token").header("content-type", "application/x-www-form-urlencoded").body(form.encode());
    let answer = send(&issuer(), call).await.ok();
    let answer: Value = serde_json::from_slice(&answer.body).expect("oidc-provider answers with JSON");
    answer.get("access_token").and_then(Value::as_str).expect("oidc-provider gives a token").to_owned()
}

impl IssuerKeys {
    /// The key set.
    pub(crate) async fn of(&self, issuer: &str) -> Result<Value, String> {
        match self {
            Self::Given(keys) => Ok(keys.clone()),
            Self::Discovered => {
                let document =
                    get(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))).await?;
                if document.get("issuer").and_then(Value::as_str) != Some(issuer) {
                    return Err(format!("the discovery document of {issuer} names another issuer"));
                }
                let keys = document.get("jwks_uri").and_then(Value::as_str);
                get(keys.ok_or("the discovery document names no keys")?).await
            }
        }
    }
}

async fn get(url: &str) -> Result<Value, String> {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let path = url.get(after_scheme..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| after_scheme + at);
    let (origin, path) = url.split_at(path);
    let answer = try_send(origin, Call::new("GET", path)).await?;
    if answer.status != 200 {
        return Err(format!("{url} answered {}", answer.status));
    }
    serde_json::from_slice(&answer.body).map_err(|why| format!("{url} is not JSON: {why}"))
}
