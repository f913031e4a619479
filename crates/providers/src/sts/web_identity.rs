//! Sessions of roles that trust tokens of an identity provider; the call is not signed, the token is all there is.

use std::time::Duration;

use domain::provider::ProviderError;
use domain::secret::SecretBytes;

use super::answer::{Opened, opened};
use super::session_name::{ROLE_SESSION, session_name};
use super::{Service, VERSION};
use crate::signed::Wire;

/// What `AssumeRoleWithWebIdentity` is asked.
pub(crate) struct WebIdentity<'a> {
    pub(crate) role_arn: &'a str,
    pub(crate) token: &'a SecretBytes,
    pub(crate) policy: Option<&'a str>,
    pub(crate) duration: Duration,
    /// For whom: the name of the session.
    pub(crate) principal: &'a str,
}

/// Exchanges a token for a session of a role.
pub(crate) async fn assume_role_with_web_identity(
    wire: &Wire,
    service: &Service,
    ask: &WebIdentity<'_>,
) -> Result<Opened, ProviderError> {
    const OPERATION: &str = "sts:AssumeRoleWithWebIdentity";
    let (name, seconds) = (session_name(ask.principal, ROLE_SESSION), ask.duration.as_secs().to_string());
    let token = ask.token.expose_str().unwrap_or_default();
    let mut form = vec![
        ("Action", "AssumeRoleWithWebIdentity"),
        VERSION,
        ("RoleArn", ask.role_arn),
        ("RoleSessionName", &name),
        ("DurationSeconds", &seconds),
        ("WebIdentityToken", token),
    ];
    form.extend(ask.policy.map(|policy| ("Policy", policy)));
    let incoming = wire.post_form(OPERATION, &service.endpoint, &form, ask.token).await?;
    opened(OPERATION, &incoming)
}
