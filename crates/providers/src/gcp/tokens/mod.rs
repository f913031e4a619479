//! Access tokens: from a key, from a pool that trusts Tidegate, of an impersonated account, and narrowed ones.

mod exchange;
mod grant;
mod impersonate;
mod kept;

pub(super) use exchange::{federate, narrow};
pub(super) use grant::by_key;
pub(super) use impersonate::{impersonate, sign_blob};
pub(super) use kept::{Kept, Wanted};

use std::time::Duration;

use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use domain::secret::SecretBytes;
use jiff::Timestamp;

/// What tokens may do: IAM decides, not the scope. A narrowed token needs it as its source
/// (Google's IAM documentation, "Create a downscoped short-lived credential").
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// No token lives longer, whatever an answer says (IAM credentials API, `generateAccessToken`).
const LONGEST: u64 = 43_200;

/// A bearer token and when it ends.
#[derive(Debug, Clone)]
pub(super) struct AccessToken {
    pub(super) secret: SecretBytes,
    pub(super) expires_at: Timestamp,
}

impl AccessToken {
    /// How long it is still good for.
    pub(super) fn left(&self, now: Timestamp) -> Duration {
        Duration::try_from(self.expires_at.duration_since(now)).unwrap_or_default()
    }
}

/// A token of the answer of a token service (RFC 6749, section 5.1).
#[derive(serde::Deserialize)]
struct Issued {
    access_token: Option<zeroize::Zeroizing<String>>,
    token_type: Option<String>,
    expires_in: Option<u64>,
}

impl Issued {
    /// The token, if it is a bearer token at all; `end` where the service names none.
    fn token(
        self,
        operation: &'static str,
        asked_at: Timestamp,
        end: Option<Timestamp>,
    ) -> Result<AccessToken, ProviderError> {
        let bearer = self.token_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
        let text = self.access_token.filter(|text| bearer && is_sendable(text));
        let stated = self.expires_in.map(|seconds| Duration::from_secs(seconds.min(LONGEST)));
        let stated = stated.and_then(|life| asked_at.saturating_add(life).ok());
        let expires_at = match (stated, end) {
            (Some(stated), Some(end)) => Some(stated.min(end)),
            (stated, end) => stated.or(end),
        };
        match (text, expires_at) {
            (Some(text), Some(expires_at)) => Ok(AccessToken { secret: SecretBytes::new(text.as_bytes()), expires_at }),
            _ => Err(no_token(operation)),
        }
    }
}

/// Whether a text can be a bearer token (RFC 6750, section 2.1); it goes into a header.
fn is_sendable(text: &str) -> bool {
    (1..=16_384).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

fn no_token(operation: &'static str) -> ProviderError {
    ProviderError::new(Kind::NotTheProvider, operation, "the answer holds no access token that ends")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issued(text: &str) -> Result<AccessToken, ProviderError> {
        let now = Timestamp::from_second(1_000).unwrap();
        serde_json::from_str::<Issued>(text).unwrap().token("sts.exchange", now, None)
    }

    #[test]
    fn a_token_ends_when_the_service_says() {
        let token = issued(r#"{"access_token":"ya29.x","expires_in":3599,"token_type":"Bearer"}"#).unwrap();
        assert_eq!(token.expires_at.as_second(), 4_599);
        let endless = issued(r#"{"access_token":"ya29.x","expires_in":99999999999}"#).unwrap();
        assert_eq!(endless.expires_at.as_second(), 44_200);
    }

    #[test]
    fn an_answer_without_a_bearer_token_that_ends_is_none() {
        for bad in [
            r#"{"id_token":"eyJ","expires_in":3599}"#,
            r#"{"access_token":"","expires_in":3599}"#,
            r#"{"access_token":"a\r\nb","expires_in":3599}"#,
            r#"{"access_token":"a","expires_in":3599,"token_type":"mac"}"#,
            r#"{"access_token":"a"}"#,
        ] {
            assert_eq!(issued(bad).unwrap_err().kind, Kind::NotTheProvider, "{bad}");
        }
    }
}
