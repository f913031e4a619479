//! A double: `sts.googleapis.com/v1/token` (RFC 8693): tokens of other issuers for Google's, through a
//! workload identity pool, and narrowing a token with an access boundary.
//!
//! Issuer, keys, audience, times and an attribute condition on the subject are checked; attribute
//! mappings are not: the subject is always `assertion.sub`. Google itself takes issuers over https only.

use std::sync::Arc;

use http::Response;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::reply::{json, oauth_error};
use super::state::{Caller, State};
use super::{Shared, boundary, lock};
use crate::front::Form;
use crate::jwt;
use crate::oidc::IssuerKeys;
use crate::server::ReplyBody;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const FOREIGN: [&str; 2] = ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"];

/// An issuer that a workload identity pool trusts.
#[derive(Debug, Clone)]
pub struct PoolProvider {
    /// The number of the project that the pool belongs to.
    pub project_number: String,
    /// The pool.
    pub pool: String,
    /// The provider in it.
    pub provider: String,
    /// The name of the issuer.
    pub issuer: String,
    /// The audiences taken; if none, the provider's own full name.
    pub audiences: Vec<String>,
    /// The attribute condition, as the subjects it lets through; all if there is none.
    pub subjects: Option<Vec<String>>,
    /// Where the issuer's keys are.
    pub keys: IssuerKeys,
}

impl PoolProvider {
    /// One that takes its own full name as audience, every subject, and discovers the keys.
    pub fn named(project_number: &str, pool: &str, provider: &str, issuer: &str) -> Self {
        Self {
            project_number: project_number.to_owned(),
            pool: pool.to_owned(),
            provider: provider.to_owned(),
            issuer: issuer.to_owned(),
            audiences: Vec::new(),
            subjects: None,
            keys: IssuerKeys::Discovered,
        }
    }

    /// The full name, `//iam.googleapis.com/projects/...`, which a request names as `audience`.
    pub fn audience(&self) -> String {
        format!("//{}/providers/{}", self.pool_name(), self.provider)
    }

    /// A subject as policies name it.
    pub fn member(&self, subject: &str) -> String {
        format!("principal://{}/subject/{subject}", self.pool_name())
    }

    fn pool_name(&self) -> String {
        let Self { project_number, pool, .. } = self;
        format!("iam.googleapis.com/projects/{project_number}/locations/global/workloadIdentityPools/{pool}")
    }

    fn audiences(&self) -> Vec<String> {
        if self.audiences.is_empty() {
            return vec![self.audience(), format!("https:{}", self.audience())];
        }
        self.audiences.clone()
    }
}

/// Whether a form asks for narrowing.
pub(super) fn narrows(form: &Form) -> bool {
    form.get("subject_token_type") == Some(ACCESS_TOKEN)
}

pub(super) async fn answer(state: &Shared, form: &Form, principal: &mut Option<String>) -> Response<ReplyBody> {
    if form.get("grant_type") != Some(GRANT) || form.get("requested_token_type") != Some(ACCESS_TOKEN) {
        return oauth_error(400, "invalid_request", "Invalid grant_type or requested_token_type.");
    }
    let done =
        if narrows(form) { narrow(&mut lock(state), form, principal) } else { federate(state, form, principal).await };
    match done {
        Ok(token) => json(200, &token),
        Err((code, description)) => oauth_error(400, code, &description),
    }
}

type Refused = (&'static str, String);

fn narrow(state: &mut State, form: &Form, principal: &mut Option<String>) -> Result<Value, Refused> {
    let source = state.bearer(form.get("subject_token").unwrap_or_default());
    let source = source.ok_or(("invalid_grant", "The subject token is unknown or has expired.".to_owned()))?;
    *principal = Some(source.member.clone());
    if source.boundary.is_some() {
        return Err(("invalid_grant", "A narrowed token cannot be narrowed again.".into()));
    }
    if !source.has_storage() {
        return Err(("invalid_scope", "The subject token holds no scope of Cloud Storage.".into()));
    }
    let options = options(form.get("options").unwrap_or_default());
    let rules = options.and_then(|options| boundary::parse(&options));
    let rules = rules.map_err(|why| ("invalid_request", format!("Invalid value for \"options\": {why}.")))?;
    let is_account = source.member.starts_with("serviceAccount:");
    let seconds = source.expires_at.duration_since(state.now()).as_secs();
    let token = state.issue(Caller { boundary: Some(Arc::new(rules)), ..source });
    let mut answer = json!({"access_token": token, "issued_token_type": ACCESS_TOKEN, "token_type": "Bearer"});
    // For a service account's token Google leaves it out: the end is that of the token it came from.
    if let (false, Some(answer)) = (is_account, answer.as_object_mut()) {
        answer.insert("expires_in".into(), json!(seconds));
    }
    Ok(answer)
}

/// JSON, which Google's own clients encode once more than the form does.
fn options(text: &str) -> Result<Value, String> {
    let decoded = if text.starts_with('{') { text.into() } else { percent_decode_str(text).decode_utf8_lossy() };
    serde_json::from_str(&decoded).map_err(|why| format!("it is not JSON: {why}"))
}

async fn federate(state: &Shared, form: &Form, principal: &mut Option<String>) -> Result<Value, Refused> {
    let asked = form.get("audience").unwrap_or_default();
    let provider = lock(state).providers.iter().find(|provider| provider.audience() == asked).cloned();
    let provider = provider.ok_or((
        "invalid_target",
        format!("The target service indicated by the \"audience\" parameter is invalid: {asked}"),
    ))?;
    if !FOREIGN.contains(&form.get("subject_token_type").unwrap_or_default()) {
        return Err(("invalid_request", "Invalid subject_token_type.".into()));
    }
    let scopes: Vec<_> = form.get("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() {
        return Err(("invalid_scope", "A scope is required.".into()));
    }
    let claims = verify(state, &provider, form.get("subject_token").unwrap_or_default()).await?;
    let subject = jwt::text(&claims, "sub");
    if provider.subjects.as_ref().is_some_and(|known| !known.iter().any(|known| known == subject)) {
        return Err(("unauthorized_client", "The given credential is rejected by the attribute condition.".into()));
    }
    let member = provider.member(subject);
    *principal = Some(member.clone());
    let mut state = lock(state);
    let lifetime = state.lifetime;
    let expires_at = state.after(lifetime);
    let token = state.issue(Caller { member, scopes, boundary: None, expires_at });
    Ok(json!({
        "access_token": token, "issued_token_type": ACCESS_TOKEN, "token_type": "Bearer",
        "expires_in": lifetime.as_secs(),
    }))
}

async fn verify(state: &Shared, provider: &PoolProvider, token: &str) -> Result<Value, Refused> {
    let grant = |description: String| ("invalid_grant", description);
    let claims = jwt::claims(token).map_err(|_| grant("The ID token is malformed.".into()))?;
    let issuer = jwt::text(&claims, "iss");
    if issuer != provider.issuer {
        return Err(grant(format!("The issuer in ID Token {issuer} does not match the expected one.")));
    }
    let keys = provider.keys.of(issuer).await;
    let keys = keys.map_err(|why| grant(format!("Error connecting to the given credential's issuer: {why}.")))?;
    let claims =
        jwt::verify(token, &keys).map_err(|_| grant("Invalid ID Token: the signature does not fit.".into()))?;
    let audiences = provider.audiences();
    if !jwt::is_for(&claims, &audiences) {
        return Err(grant("The audience in ID Token does not match the expected audience.".into()));
    }
    let now = lock(state).now().as_second();
    let times = jwt::seconds(&claims, "iat").zip(jwt::seconds(&claims, "exp"));
    // Google wants both, and at most a day between them.
    if !times.is_some_and(|(iat, exp)| iat <= now && exp > now && exp - iat <= 86_400) {
        return Err(grant("The ID Token is stale to sign-in, or not valid yet.".into()));
    }
    Ok(claims)
}
