//! What STS answers.

use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use domain::secret::SecretBytes;

use crate::answer::not_the_provider;
use crate::signed::KeySet;
use crate::xml::Element;

/// A session and the name that the provider gives it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) keys: KeySet,
    pub(crate) arn: Option<String>,
}

/// Reads `<XResponse><XResult><Credentials>`.
pub(crate) fn opened(operation: &'static str, incoming: &net::Incoming) -> Result<Opened, ProviderError> {
    let stranger = || not_the_provider(operation, incoming.status, &incoming.headers, &incoming.body);
    let root = Element::parse(&incoming.body).map_err(|_| stranger())?;
    let result = ["AssumeRoleResult", "AssumeRoleWithWebIdentityResult", "GetFederationTokenResult"]
        .iter()
        .find_map(|name| root.child(name));
    let credentials = result.and_then(|result| result.child("Credentials")).ok_or_else(stranger)?;
    let text = |name: &str| credentials.text_at(&[name]).map(str::trim).filter(|text| !text.is_empty());
    let (Some(id), Some(secret), Some(token)) = (text("AccessKeyId"), text("SecretAccessKey"), text("SessionToken"))
    else {
        return Err(stranger());
    };
    let expires_at = text("Expiration").and_then(|text| text.parse().ok()).ok_or_else(|| {
        ProviderError::new(Kind::NotTheProvider, operation, "the provider gave a session without saying when it ends")
    })?;
    let arn = ["AssumedRoleUser", "FederatedUser"].iter().find_map(|name| result?.text_at(&[name, "Arn"]));
    Ok(Opened {
        keys: KeySet {
            access_key_id: id.to_owned(),
            secret_access_key: SecretBytes::from(secret),
            session_token: Some(SecretBytes::from(token)),
            expires_at: Some(expires_at),
        },
        arn: arn.map(str::to_owned),
    })
}

/// Reads `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>`.
pub(crate) fn caller_arn(operation: &'static str, incoming: &net::Incoming) -> Result<String, ProviderError> {
    Element::parse(&incoming.body)
        .ok()
        .and_then(|root| root.text_at(&["GetCallerIdentityResult", "Arn"]).map(str::to_owned))
        .filter(|arn| !arn.is_empty())
        .ok_or_else(|| not_the_provider(operation, incoming.status, &incoming.headers, &incoming.body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incoming(body: &str) -> net::Incoming {
        net::Incoming { status: 200, headers: http::HeaderMap::new(), body: body.to_owned().into() }
    }

    const ANSWER: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
        <AssumedRoleUser><AssumedRoleId>X:ann</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/R/ann</Arn></AssumedRoleUser>\
        <Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s3cr3t</SecretAccessKey>\
        <SessionToken>t0k3n</SessionToken><Expiration>2026-11-22T19:00:00Z</Expiration></Credentials>\
        <PackedPolicySize>6</PackedPolicySize></AssumeRoleResult></AssumeRoleResponse>";

    #[test]
    fn a_session_is_read_with_its_true_end() {
        let opened = opened("sts:AssumeRole", &incoming(ANSWER)).unwrap();
        assert_eq!(opened.keys.access_key_id, "ASIA1");
        assert_eq!(opened.keys.expires_at.unwrap().to_string(), "2026-11-22T19:00:00Z");
        assert_eq!(opened.arn.as_deref(), Some("arn:aws:sts::1:assumed-role/R/ann"));
        assert!(!format!("{opened:?}").contains("t0k3n"));
    }

    #[test]
    fn half_a_session_and_a_web_page_are_no_session() {
        for bad in [ANSWER.replace("ASIA1", ""), ANSWER.replace("2026-11-22", "soon"), "<html>ok</html>".to_owned()] {
            let error = opened("sts:AssumeRole", &incoming(&bad)).unwrap_err();
            assert_eq!(error.kind, Kind::NotTheProvider);
            assert!(!error.to_string().contains("s3cr3t"));
        }
        assert!(caller_arn("sts:GetCallerIdentity", &incoming("<html/>")).is_err());
    }
}
