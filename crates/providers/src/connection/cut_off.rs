//! Taking sessions back: the role refuses everything to sessions that began too early.
//!
//! This is what AWS itself calls revoking older sessions (IAM User Guide, "Revoking IAM role temporary
//! security credentials"). It cuts off everybody's sessions of the role, not only those that Tidegate opened.

use std::time::Duration;

use domain::provider::{CutOff, ExternalIdSent, ProviderError, ProviderErrorKind as Kind, SessionAsk, SessionTags};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

use super::S3Connection;
use super::spec::{Base, MIN_SESSION};
use crate::iam;
use crate::signed::KeySet;

const OPERATION: &str = "iam:PutRolePolicy";

/// The name of the inline policy; there is only ever one, each cut replaces the one before.
const POLICY_NAME: &str = "TidegateRevokeOlderSessions";

impl S3Connection {
    /// Denies everything to sessions that began before `before`, and reads back that it was taken up.
    pub(super) async fn deny_older(&self, tags: &SessionTags, before: Timestamp) -> Result<CutOff, ProviderError> {
        let Some(service) = &self.spec.iam else {
            let message = "this integration was not set up with the right to deny older sessions";
            return Err(ProviderError::new(Kind::Unsupported, OPERATION, message).with_hint(
                "give the right (see setup) and set revoke_sessions to true; until then access ends by expiry",
            ));
        };
        let resolved = self.role_arn(&tags.properties)?.unwrap_or_default();
        let name = resolved.rsplit('/').next().unwrap_or_default().to_owned();
        let before = whole_second_after(before);
        let document = cloud_policy::deny_older_sessions(before).to_string();
        let keys = self.keys_for_iam(tags).await?;
        iam::put_role_policy(&self.wire, service, &keys, &name, POLICY_NAME, &document).await?;
        let kept = iam::get_role_policy(&self.wire, service, &keys, &name, POLICY_NAME).await;
        let verified = kept.is_ok_and(|kept| kept.contains(&before.to_string()));
        Ok(CutOff { before, verified, bound: Duration::from_secs(self.spec.preset.cut_off_seconds) })
    }

    /// A stored key pair has the right itself; with Tidegate's own identity or the machine's it is the role's.
    async fn keys_for_iam(&self, tags: &SessionTags) -> Result<KeySet, ProviderError> {
        match &self.spec.base {
            Base::Stored(keys) => Ok(keys.clone()),
            Base::Own(_) | Base::OwnAmbient(_) | Base::Ambient(_) | Base::Token { .. } => {
                let external_id = ExternalIdSent::Right;
                let ask = SessionAsk { scope: None, tags: tags.clone(), ttl: MIN_SESSION, external_id };
                Ok(self.open(&ask).await?.keys().clone())
            }
        }
    }
}

/// Tokens are stamped with whole seconds: one that began within the second of the cut must not survive it.
fn whole_second_after(time: Timestamp) -> Timestamp {
    time.round(TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Ceil)).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_of_the_same_second_does_not_survive() {
        let cut = whole_second_after("2026-11-22T18:44:25.700Z".parse().unwrap());
        assert_eq!(cut.to_string(), "2026-11-22T18:44:26Z");
        assert_eq!(whole_second_after(cut), cut);
    }
}
