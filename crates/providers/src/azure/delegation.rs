//! User-delegation keys: what signs for an identity that has no key ("Get User Delegation Key").
//!
//! A key stands for the identity that asked for it: a signature made with it can never do more than the roles of
//! that identity, which Azure looks at whenever the signature is used.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use domain::secret::SecretBytes;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use signing::sas::DelegationKey;

use super::answer::not_azure;
use super::wire::{Call, Client};
use crate::xml::Element;

const OPERATION: &str = "blob:GetUserDelegationKey";

/// How far the clocks may differ: a key that began only now would be refused by a clock that is behind.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The longest life of a key is seven days from the service's own now.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600 - 5 * 60);

/// A key is asked for again after so long: whoever takes all keys of the account back would spoil every signature.
pub(super) const REUSE: Duration = Duration::from_hours(1);

/// The longest life of a signature, so that a key of any age within [`REUSE`] covers it.
pub(super) const LONGEST_SIGNATURE: Duration = Duration::from_secs(7 * 24 * 3600 - 3600 - 5 * 60);

/// The least that a key is asked for: what most ask of it comes within this.
const USUAL: Duration = Duration::from_hours(12);

/// A key, its texts as they came.
pub(super) struct UserKey {
    object_id: String,
    tenant_id: String,
    start: String,
    expiry: String,
    service: String,
    version: String,
    value: SecretBytes,
    asked_at: Timestamp,
    ends: Timestamp,
}

impl UserKey {
    /// A fresh one that covers a signature of this life.
    pub(super) async fn ask(client: &Client, life: Duration) -> Result<Self, ProviderError> {
        let now = client.clock.now();
        let life = (life.max(USUAL) + REUSE).min(LONGEST);
        let second = |moment: Timestamp| moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (start, end) = (now.saturating_sub(SKEW).unwrap_or(now), now.saturating_add(life).unwrap_or(now));
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><KeyInfo><Start>{}</Start><Expiry>{}</Expiry></KeyInfo>",
            second(start),
            second(end)
        );
        let call = Call::new(OPERATION, Method::POST, client.address.path(None, None));
        let mut call = call.query([("restype", "service"), ("comp", "userdelegationkey")]);
        call.headers.push(("content-type".to_owned(), "application/xml".to_owned()));
        call.body = Bytes::from(body);
        let incoming = client.ask(&call).await.map_err(|error| match error.kind {
            Kind::Denied => error.with_hint(
                "give the application the role Storage Blob Delegator on the storage account: a role on a container does \
                 not let it sign",
            ),
            _ => error,
        })?;
        Self::read(&incoming.body, now)
            .ok_or_else(|| not_azure(OPERATION, incoming.status, &incoming.headers, &incoming.body))
    }

    fn read(body: &[u8], now: Timestamp) -> Option<Self> {
        let root = Element::parse(body).ok().filter(|root| root.name == "UserDelegationKey")?;
        let text = |name: &str| root.text_at(&[name]).filter(|text| !text.is_empty()).map(str::to_owned);
        let expiry = text("SignedExpiry")?;
        Some(Self {
            object_id: text("SignedOid")?,
            tenant_id: text("SignedTid")?,
            start: text("SignedStart")?,
            ends: expiry.parse().ok()?,
            expiry,
            service: text("SignedService")?,
            version: text("SignedVersion")?,
            value: SecretBytes::new(STANDARD.decode(text("Value")?).ok()?),
            asked_at: now,
        })
    }

    /// Whether it may still sign something that ends then.
    pub(super) fn serves(&self, now: Timestamp, until: Timestamp) -> bool {
        let age = now.duration_since(self.asked_at);
        self.ends >= until && age < SignedDuration::try_from(REUSE).unwrap_or(SKEW)
    }

    /// As signatures need it.
    pub(super) fn signs(&self) -> DelegationKey<'_> {
        DelegationKey {
            object_id: &self.object_id,
            tenant_id: &self.tenant_id,
            start: &self.start,
            expiry: &self.expiry,
            service: &self.service,
            version: &self.version,
            value: self.value.expose(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><UserDelegationKey><SignedOid>o</SignedOid>\
        <SignedTid>t</SignedTid><SignedStart>2026-11-22T18:00:00Z</SignedStart>\
        <SignedExpiry>2026-11-23T07:00:00Z</SignedExpiry><SignedService>b</SignedService>\
        <SignedVersion>2022-11-02</SignedVersion><Value>c2VjcmV0</Value></UserDelegationKey>";

    #[test]
    fn a_key_serves_while_it_is_fresh_and_covers_what_it_signs() {
        let now: Timestamp = "2026-11-22T18:05:00Z".parse().unwrap();
        let key = UserKey::read(ANSWER.as_bytes(), now).unwrap();
        assert_eq!((key.signs().object_id, key.signs().value), ("o", b"secret".as_slice()));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(key.serves(now, at("2026-11-23T07:00:00Z")));
        assert!(!key.serves(now, at("2026-11-23T07:00:01Z")), "beyond its end");
        assert!(!key.serves(at("2026-11-22T19:05:00Z"), at("2026-11-22T20:00:00Z")), "an hour old");
    }

    #[test]
    fn half_a_key_is_none() {
        for bad in
            [ANSWER.replace("c2VjcmV0", "?"), ANSWER.replace("<SignedOid>o</SignedOid>", ""), "<html/>".to_owned()]
        {
            assert!(UserKey::read(bad.as_bytes(), Timestamp::UNIX_EPOCH).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_longest_signature_fits_into_the_longest_key_at_any_age() {
        assert!(LONGEST_SIGNATURE + REUSE <= LONGEST);
    }
}
