//! Signing in at Microsoft Entra ID as an application: the client credentials flow, with a secret or with a token
//! of Tidegate's own issuer ("Microsoft identity platform and the OAuth 2.0 client credentials flow").
//!
//! The login endpoint is the operator's alone; no error holds what was sent.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use domain::proof::ProviderAnswer;
use domain::provider::{IdentityTokens, ProviderError, ProviderErrorKind as Kind, Whose};
use domain::secret::SecretBytes;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use signing::Endpoint;

use super::aadsts;
use super::wire::form;
use crate::answer::is_web_page;

pub(super) const OPERATION: &str = "entra:token";

/// Tokens for all storage accounts, in every cloud ("Authorize with Microsoft Entra ID", Azure Storage REST API).
const SCOPE: &str = "https://storage.azure.com/.default";

/// What a token for storage is for: the resource, or its application id where tokens are of version 2.
const AUDIENCES: [&str; 2] = ["https://storage.azure.com", "e406a681-f3d4-42a8-90b6-c2b029497af1"];

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Shorter than what a proof gives one check, so that it can say who was slow.
const TIMEOUT: Duration = Duration::from_secs(15);

const MAX_BODY: usize = 64 * 1024;

/// Longer than any token of Entra ID that storage takes in a header.
const LONGEST_TOKEN: usize = 32 * 1024;

/// No token lives longer; what claims to is asked for again.
const LONGEST_LIFE: i64 = 24 * 3600;

/// Who signs in, and where.
pub(super) struct Login {
    pub(super) authority: Endpoint,
    pub(super) tenant_id: String,
    pub(super) client_id: String,
    pub(super) proof: Proof,
}

/// What an application shows.
pub(super) enum Proof {
    /// A secret of it.
    Secret(SecretBytes),
    /// A token that its federated credential trusts.
    Federated { identity: Arc<dyn IdentityTokens>, whose: Whose, audience: &'static str },
}

/// An access token.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) value: SecretBytes,
    pub(super) expires_at: Timestamp,
    /// The object id of the application's service principal, as the token says.
    pub(super) object_id: Option<String>,
}

/// Asks for a token.
pub(super) async fn sign_in(transport: &net::Transport, now: Timestamp, login: &Login) -> Result<Token, ProviderError> {
    let shown = login.proof.shown().await?;
    let shown_text = shown.expose_str().unwrap_or_default();
    let mut fields = vec![("grant_type", "client_credentials"), ("client_id", &login.client_id), ("scope", SCOPE)];
    match login.proof {
        Proof::Secret(_) => fields.push(("client_secret", shown_text)),
        Proof::Federated { .. } => {
            fields.extend([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", shown_text)]);
        }
    }
    let incoming = transport.send(net::Outgoing {
        operation: OPERATION,
        method: Method::POST,
        origin: login.authority.origin(),
        host: None,
        path_and_query: format!("/{}/oauth2/v2.0/token", login.tenant_id),
        headers: vec![
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ("accept".to_owned(), "application/json".to_owned()),
        ],
        body: Bytes::from(form(&fields)),
        timeout: TIMEOUT,
        max_body: MAX_BODY,
    });
    read(&incoming.await?, now, shown.expose())
}

impl Proof {
    async fn shown(&self) -> Result<SecretBytes, ProviderError> {
        match self {
            Self::Secret(secret) => Ok(secret.clone()),
            Self::Federated { identity, whose, audience } => identity.token(*whose, audience).await.map_err(|error| {
                let message = format!("Tidegate's own issuer gave no token: {}", error.message());
                ProviderError::new(Kind::Unavailable, OPERATION, message)
            }),
        }
    }
}

fn read(incoming: &net::Incoming, now: Timestamp, private: &[u8]) -> Result<Token, ProviderError> {
    let document = serde_json::from_slice::<Value>(&incoming.body).ok().filter(Value::is_object);
    let document = document.filter(|_| !is_web_page(&incoming.headers, &incoming.body));
    let Some(document) = document else { return Err(not_entra(incoming)) };
    if incoming.status != 200 {
        return Err(aadsts::refusal(incoming.status, &incoming.headers, &document, private)
            .unwrap_or_else(|| not_entra(incoming)));
    }
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let value = text("access_token").filter(|token| {
        (1..=LONGEST_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
    });
    let bearer = text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
    let (Some(value), Some(life), true) = (value, seconds(&document), bearer) else {
        return Err(not_entra(incoming));
    };
    let claims = claims(value).unwrap_or_default();
    for_storage(&claims)?;
    let expires_at = now.saturating_add(SignedDuration::from_secs(life)).unwrap_or(now);
    let object_id = claims.get("oid").and_then(Value::as_str).filter(|id| super::guid::is_guid(id)).map(str::to_owned);
    Ok(Token { value: SecretBytes::from(value), expires_at, object_id })
}

/// How long it lives; Entra ID writes a number, older endpoints of it a text.
fn seconds(document: &Value) -> Option<i64> {
    let given = document.get("expires_in")?;
    let seconds = given.as_i64().or_else(|| given.as_str()?.parse().ok())?;
    (seconds > 0).then(|| seconds.min(LONGEST_LIFE))
}

/// What the token says of itself. Only storage can verify it; a token that is no JWT says nothing.
fn claims(token: &str) -> Option<Value> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

/// A token for somebody else is never shown to storage.
fn for_storage(claims: &Value) -> Result<(), ProviderError> {
    let known =
        |audience: &Value| audience.as_str().is_some_and(|text| AUDIENCES.contains(&text.trim_end_matches('/')));
    match claims.get("aud") {
        None => Ok(()),
        Some(Value::Array(all)) if all.iter().any(known) => Ok(()),
        Some(one) if known(one) => Ok(()),
        Some(_) => {
            let message = "the login endpoint gave a token for somebody else, not for Azure Storage; it was not used";
            Err(ProviderError::new(Kind::NotTheProvider, OPERATION, message)
                .with_hint("the operator checks azure.authority"))
        }
    }
}

fn not_entra(incoming: &net::Incoming) -> ProviderError {
    let what = if is_web_page(&incoming.headers, &incoming.body) { "a web page" } else { "something that is no token" };
    let message = format!("the login endpoint answered HTTP {} with {what}", incoming.status);
    let kind = match incoming.status {
        429 => Kind::Throttled,
        500..=599 => Kind::Unavailable,
        _ => Kind::NotTheProvider,
    };
    let answer = ProviderAnswer { code: None, http_status: Some(incoming.status), request_id: None };
    ProviderError::new(kind, OPERATION, message).with_answer(answer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn incoming(status: u16, body: &str) -> net::Incoming {
        net::Incoming { status, headers: http::HeaderMap::new(), body: body.to_owned().into() }
    }

    fn token(claims: &Value) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    fn ask(body: &Value) -> Result<Token, ProviderError> {
        read(&incoming(200, &body.to_string()), Timestamp::UNIX_EPOCH, b"")
    }

    #[test]
    fn a_token_is_read_with_its_end_and_its_owner() {
        let oid = "bbbb0000-0000-0000-0000-000000000001";
        for audience in [json!("https://storage.azure.com"), json!("https://storage.azure.com/"), json!([AUDIENCES[1]])]
        {
            let value = token(&json!({"aud": audience, "oid": oid}));
            let read = ask(&json!({"token_type": "Bearer", "expires_in": 3599, "access_token": value})).unwrap();
            assert_eq!((read.expires_at.as_second(), read.object_id.as_deref()), (3599, Some(oid)));
        }
        let opaque = ask(&json!({"token_type": "bearer", "expires_in": "60", "access_token": "opaque"})).unwrap();
        assert_eq!((opaque.expires_at.as_second(), opaque.object_id), (60, None));
    }

    #[test]
    fn a_token_for_somebody_else_is_not_used() {
        let value = token(&json!({"aud": "https://graph.microsoft.com"}));
        let error = ask(&json!({"token_type": "Bearer", "expires_in": 3599, "access_token": value})).err().unwrap();
        assert_eq!(error.kind, Kind::NotTheProvider);
        assert!(error.message.contains("not for Azure Storage"));
    }

    #[test]
    fn what_is_no_answer_of_a_login_endpoint_is_not_taken_for_one() {
        let no_life = json!({"token_type": "Bearer", "access_token": "x"}).to_string();
        let split = json!({"token_type": "Bearer", "expires_in": 1, "access_token": "x\r\ny"}).to_string();
        let never = json!({"token_type": "Bearer", "expires_in": 0, "access_token": "x"}).to_string();
        for body in ["<html>Sign in</html>", "", "[]", "{}", &no_life, &split, &never] {
            let error = read(&incoming(200, body), Timestamp::UNIX_EPOCH, b"").err().unwrap();
            assert_eq!(error.kind, Kind::NotTheProvider, "{body}");
        }
        assert_eq!(read(&incoming(503, "later"), Timestamp::UNIX_EPOCH, b"").err().unwrap().kind, Kind::Unavailable);
    }
}
