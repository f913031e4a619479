//! A double: what Entra checks before it gives an application a token, in the order that it does, and
//! the numbers of its errors.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::app::{FederatedCredential, Registered};
use super::entra::{STORAGE, Shared, lock};
use crate::front::Form;
use crate::jwt;

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    error: &'static str,
    pub(super) code: u64,
    description: String,
}

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl Refusal {
    fn request(error: &'static str, code: u64, description: impl Into<String>) -> Self {
        Self { status: 400, error, code, description: description.into() }
    }

    fn client(code: u64, description: impl Into<String>) -> Self {
        Self { status: 401, error: "invalid_client", code, description: description.into() }
    }

    fn missing(parameter: &str) -> Self {
        let description = format!("The request body must contain the following parameter: '{parameter}'.");
        Self::request("invalid_request", 900_144, description)
    }

    /// The body of the answer.
    pub(super) fn document(&self, correlation: &str, now: Timestamp) -> Value {
        let (trace, time) = (uuid::Uuid::new_v4(), now.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
        let Self { code, description, .. } = self;
        json!({
            "error": self.error,
            "error_description": format!(
                "AADSTS{code}: {description} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}"
            ),
            "error_codes": [code], "timestamp": time, "trace_id": trace.to_string(), "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        })
    }
}

pub(super) async fn answer(state: &Shared, tenant: &str, form: &Form) -> Result<Value, Refusal> {
    if tenant != lock(state).tenant {
        return Err(Refusal::request("invalid_request", 90_002, format!("Tenant '{tenant}' not found.")));
    }
    let given = |name: &str| form.get(name).filter(|value| !value.is_empty()).ok_or_else(|| Refusal::missing(name));
    if given("grant_type")? != "client_credentials" {
        return Err(Refusal::request("unsupported_grant_type", 70_003, "The app requested an unsupported grant type."));
    }
    let client_id = given("client_id")?;
    let registered = lock(state).apps.get(client_id).cloned();
    let registered = registered.ok_or_else(|| {
        let description = format!(
            "Application with identifier '{client_id}' was not found in the directory. This can happen if the \
             application has not been installed by the administrator of the tenant."
        );
        Refusal::request("unauthorized_client", 700_016, description)
    })?;
    if registered.disabled {
        let description = format!("Application '{client_id}' is disabled.");
        return Err(Refusal::request("unauthorized_client", 7_000_112, description));
    }
    let resource = resource(given("scope")?)?;
    match (form.get("client_assertion"), form.get("client_secret")) {
        (Some(assertion), _) => {
            if form.get("client_assertion_type") != Some(ASSERTION) {
                return Err(Refusal::missing("client_assertion_type"));
            }
            federated(state, &registered, assertion).await?;
        }
        (None, Some(secret)) => check_secret(&registered, secret)?,
        (None, None) => {
            let description = "The request body must contain the following parameter: 'client_assertion' or \
                               'client_secret'.";
            return Err(Refusal::client(7_000_218, description));
        }
    }
    Ok(lock(state).token(&registered.app, &resource))
}

/// `https://storage.azure.com/.default` is for `https://storage.azure.com`.
fn resource(scope: &str) -> Result<String, Refusal> {
    let resource = scope.strip_suffix("/.default").ok_or_else(|| {
        let description = format!(
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with \
             /.default suffixed to the resource identifier (application ID URI)."
        );
        Refusal::request("invalid_scope", 1_002_012, description)
    })?;
    let name = resource.trim_end_matches('/');
    let is_account = name.starts_with("https://") && name.ends_with(".blob.core.windows.net");
    if name == STORAGE || is_account || name == "https://management.azure.com" {
        return Ok(resource.to_owned());
    }
    let description = format!("The resource principal named {resource} was not found in the tenant.");
    Err(Refusal::request("invalid_resource", 500_011, description))
}

fn check_secret(registered: &Registered, secret: &str) -> Result<(), Refusal> {
    let client_id = &registered.app.client_id;
    if secret != registered.app.secret {
        let description = format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, \
             not the client secret ID, for a secret added to app '{client_id}'."
        );
        return Err(Refusal::client(7_000_215, description));
    }
    if registered.secret_has_expired {
        let description = format!("The provided client secret keys for app '{client_id}' are expired.");
        return Err(Refusal::client(7_000_222, description));
    }
    Ok(())
}

async fn federated(state: &Shared, registered: &Registered, assertion: &str) -> Result<(), Refusal> {
    let claims = jwt::claims(assertion).map_err(|_| Refusal::client(50_027, "JWT token is invalid or malformed."))?;
    let (issuer, subject) = (jwt::text(&claims, "iss"), jwt::text(&claims, "sub"));
    let credential = matching(&registered.federated, &claims)?;
    let keys = credential.keys.of(issuer).await;
    let keys =
        keys.map_err(|why| Refusal::client(50_166, format!("Request to External OIDC endpoint failed: {why}.")))?;
    jwt::verify(assertion, &keys).map_err(|_| {
        let description = format!("Client assertion failed signature validation. Subject: '{subject}'.");
        Refusal::client(700_027, description)
    })?;
    let now = lock(state).clock.now().as_second();
    let is_current = jwt::seconds(&claims, "exp").is_some_and(|exp| now < exp)
        && jwt::seconds(&claims, "nbf").or(jwt::seconds(&claims, "iat")).is_some_and(|nbf| nbf <= now + 300);
    if is_current {
        return Ok(());
    }
    Err(Refusal::client(700_024, "Client assertion is not within its valid time range."))
}

/// Issuer, then subject, then audience: the first of them that no credential has is what is told.
fn matching<'a>(credentials: &'a [FederatedCredential], claims: &Value) -> Result<&'a FederatedCredential, Refusal> {
    let (issuer, subject) = (jwt::text(claims, "iss"), jwt::text(claims, "sub"));
    let none = |code: u64, what: &str, value: &str| {
        let description = format!(
            "No matching federated identity record found for presented assertion {what} '{value}'. Check your \
             federated identity credential Subject, Audience and Issuer against the presented assertion."
        );
        Refusal::client(code, description)
    };
    let by_issuer: Vec<_> = credentials.iter().filter(|credential| credential.issuer == issuer).collect();
    if by_issuer.is_empty() {
        return Err(none(700_211, "issuer", issuer));
    }
    let by_subject: Vec<_> = by_issuer.into_iter().filter(|credential| credential.subject == subject).collect();
    if by_subject.is_empty() {
        return Err(none(700_213, "subject", subject));
    }
    let found =
        by_subject.into_iter().find(|credential| jwt::is_for(claims, std::slice::from_ref(&credential.audience)));
    found.ok_or_else(|| none(700_212, "audience", &claims.get("aud").map(Value::to_string).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::IssuerKeys;

    #[test]
    fn what_does_not_match_is_told_in_order() {
        let one = FederatedCredential {
            issuer: "https://i".into(),
            subject: "s".into(),
            audience: "api://a".into(),
            keys: IssuerKeys::Discovered,
        };
        let code = |iss: &str, sub: &str, aud: &str| {
            let claims = json!({"iss": iss, "sub": sub, "aud": aud});
            matching(std::slice::from_ref(&one), &claims).err().map(|refusal| refusal.code)
        };
        assert_eq!(code("https://i", "s", "api://a"), None);
        assert_eq!(code("https://i/", "s", "api://a"), Some(700_211));
        assert_eq!(code("https://i", "S", "x"), Some(700_213));
        assert_eq!(code("https://i", "s", "api://b"), Some(700_212));
    }

    #[test]
    fn a_scope_names_a_resource_and_ends_with_default() {
        assert_eq!(resource("https://storage.azure.com/.default").unwrap(), STORAGE);
        assert_eq!(resource("https://a.blob.core.windows.net/.default").unwrap(), "https://a.blob.core.windows.net");
        assert_eq!(resource("https://storage.azure.com/user_impersonation").unwrap_err().code, 1_002_012);
        assert_eq!(resource("https://graph.example/.default").unwrap_err().code, 500_011);
    }
}
