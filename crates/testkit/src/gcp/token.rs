//! A double: `oauth2.googleapis.com/token`, where a service account exchanges a signed assertion
//! (RFC 7523) for a token. Signature, audience, times and scope are checked as documented.

use http::Response;
use serde_json::{Value, json};

use super::reply::{json, oauth_error};
use super::state::{Caller, State};
use crate::front::Form;
use crate::jwt;
use crate::server::ReplyBody;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Google takes an assertion whose clock is off by a few minutes at most.
const SKEW: i64 = 600;

pub(super) fn answer(state: &mut State, form: &Form, principal: &mut Option<String>) -> Response<ReplyBody> {
    if form.get("grant_type") != Some(GRANT) {
        return oauth_error(400, "unsupported_grant_type", "Invalid grant_type: it must be jwt-bearer");
    }
    match exchange(state, form.get("assertion").unwrap_or_default(), principal) {
        Ok(token) => json(200, &token),
        Err((code, description)) => oauth_error(400, code, description),
    }
}

fn exchange(
    state: &mut State,
    assertion: &str,
    principal: &mut Option<String>,
) -> Result<Value, (&'static str, &'static str)> {
    let grant = |description: &'static str| ("invalid_grant", description);
    let unread = jwt::claims(assertion).map_err(|_| grant("Invalid JWT: it could not be read."))?;
    let email = jwt::text(&unread, "iss").to_owned();
    let account = state.accounts.get(&email).ok_or(grant("Invalid grant: account not found"))?;
    if account.disabled {
        return Err(grant("Invalid grant: account is disabled"));
    }
    let claims = jwt::verify(assertion, &account.keys()).map_err(|_| grant("Invalid JWT Signature."))?;
    let member = format!("serviceAccount:{email}");
    *principal = Some(member.clone());
    let audiences = ["https://oauth2.googleapis.com/token".to_owned(), format!("{}/token", state.origin)];
    if !jwt::is_for(&claims, &audiences) {
        return Err(grant("Invalid JWT: Failed audience check."));
    }
    let now = state.now().as_second();
    let times = jwt::seconds(&claims, "iat").zip(jwt::seconds(&claims, "exp"));
    let is_near =
        times.is_some_and(|(iat, exp)| iat <= now + SKEW && exp > now - SKEW && exp > iat && exp - iat <= 3600);
    if !is_near {
        return Err(grant(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. \
             Check your iat and exp values in the JWT claim.",
        ));
    }
    let scopes: Vec<String> = jwt::text(&claims, "scope").split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() {
        return Err(("invalid_scope", "Invalid OAuth scope or ID token audience provided."));
    }
    let lifetime = state.lifetime;
    let expires_at = state.after(lifetime);
    let token = state.issue(Caller { member, scopes, boundary: None, expires_at });
    Ok(json!({"access_token": token, "expires_in": lifetime.as_secs().saturating_sub(1), "token_type": "Bearer"}))
}
