//! Limits that are known before anything is asked of a provider, and whose they are.

use std::time::Duration;

use domain::provider::{Facts, NarrowedBy, UrlsBy};
use domain::{Error, ErrorKind, Result, ttl};

use super::{Need, USUAL_LIFE};

/// The longest session of a role that is assumed with the keys of another session.
const CHAINED: Duration = Duration::from_secs(60 * 60);

/// Refuses a life that is over a known limit.
pub(crate) fn check(facts: &Facts, need: Need) -> Result<()> {
    match need {
        Need::Reach => Ok(()),
        Need::Sign { ttl: asked } => {
            if asked > facts.max_url {
                let limit = ttl::show(facts.max_url);
                return Err(over(
                    asked,
                    facts.max_url,
                    format!("a signed URL lives at most {limit}, by the rules of its signature"),
                ));
            }
            // URLs of a plain key do not end with a session.
            match facts.max_session.filter(|limit| facts.urls == UrlsBy::Session && asked > *limit) {
                Some(limit) => {
                    let (shown, whose) = (ttl::show(limit), whose(facts));
                    let why = format!(
                        "a signed URL ends with the session that signed it, and that lives at most {shown}, {whose}"
                    );
                    Err(over(asked, limit, why))
                }
                None => Ok(()),
            }
        }
        Need::Credential { ttl: asked } => match facts.max_session.filter(|limit| asked > *limit) {
            Some(limit) => {
                let (shown, whose) = (ttl::show(limit), whose(facts));
                Err(over(asked, limit, format!("a credential of this integration lives at most {shown}, {whose}")))
            }
            None => Ok(()),
        },
    }
}

/// The life that a fresh session is asked for.
pub(crate) fn life(facts: &Facts, need: Need) -> Duration {
    let life = match need {
        Need::Reach => USUAL_LIFE,
        Need::Sign { ttl } => ttl.max(USUAL_LIFE),
        Need::Credential { ttl } => return ttl,
    };
    facts.max_session.map_or(life, |limit| life.min(limit))
}

/// The provider gave a session that ends before the URLs would.
pub(crate) fn outlived(asked: Duration, left: Duration) -> Error {
    let shown = ttl::show(Duration::from_secs(left.as_secs()));
    let why = format!("a signed URL ends with the session that signed it, and the provider gave one of {shown} only");
    over(asked, left, why)
}

fn over(asked: Duration, limit: Duration, why: String) -> Error {
    let message = format!("{why}; {} were asked for", ttl::show(asked));
    let limit = ttl::show(Duration::from_secs(limit.as_secs()));
    Error::new(ErrorKind::TtlExceedsLimit, message).at("/ttl_seconds").with_hint(format!("ask for {limit} or less"))
}

fn whose(facts: &Facts) -> &'static str {
    match &facts.narrowed_by {
        NarrowedBy::AccessBoundary => "Google's limit for tokens of service accounts",
        _ if facts.assumes_role && facts.max_session == Some(CHAINED) => {
            "the provider's limit for a role that is assumed with the keys of another session"
        }
        _ if facts.assumes_role => "the provider's limit for roles",
        NarrowedBy::FederationToken => "the provider's limit for federated users",
        NarrowedBy::SessionPolicy | NarrowedBy::Sas | NarrowedBy::Nothing { .. } => "the provider's limit",
    }
}

#[cfg(test)]
mod tests {
    use domain::grant::Revocability;
    use domain::provider::{BaseIdentity, BoundBy};

    use super::*;

    fn hours(count: u64) -> Duration {
        Duration::from_secs(count * 3600)
    }

    fn facts(assumes_role: bool, max_session: Option<Duration>) -> Facts {
        Facts {
            endpoint: String::new(),
            public_endpoint: String::new(),
            region: None,
            path_style: true,
            base: BaseIdentity::Own,
            assumes_role,
            bound_by: BoundBy::Nothing,
            urls: if assumes_role { UrlsBy::Session } else { UrlsBy::Key },
            put_headers: Vec::new(),
            narrowed_by: NarrowedBy::SessionPolicy,
            max_session,
            max_url: hours(168),
            revocability: Revocability::AtExpiry,
            conditional_create: true,
            conditional_replace: true,
            kms: true,
            user_properties: Vec::new(),
        }
    }

    #[test]
    fn credential_over_the_limit_of_its_session_is_refused_naming_whose_limit() {
        let chained = facts(true, Some(hours(1)));
        assert!(check(&chained, Need::Credential { ttl: hours(1) }).is_ok());
        let error = check(&chained, Need::Credential { ttl: hours(2) }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TtlExceedsLimit);
        assert_eq!(error.fields()[0].pointer, "/ttl_seconds");
        assert!(
            error.message().contains("at most 1h") && error.message().contains("keys of another session"),
            "{error}"
        );
    }

    #[test]
    fn url_is_bounded_by_the_session_of_a_role_and_by_the_signature_alone_for_a_key_pair() {
        let week_and_more = Need::Sign { ttl: hours(169) };
        assert!(check(&facts(true, Some(hours(12))), Need::Sign { ttl: hours(13) }).is_err());
        assert!(check(&facts(false, Some(hours(12))), Need::Sign { ttl: hours(13) }).is_ok());
        let error = check(&facts(false, None), week_and_more).unwrap_err();
        assert!(error.message().contains("at most 7d, by the rules of its signature"), "{error}");
    }

    #[test]
    fn session_for_signing_lives_an_hour_or_as_long_as_its_urls_within_the_limit() {
        let role = facts(true, Some(hours(12)));
        assert_eq!(life(&role, Need::Sign { ttl: Duration::from_secs(1) }), hours(1));
        assert_eq!(life(&role, Need::Sign { ttl: hours(3) }), hours(3));
        assert_eq!(life(&role, Need::Credential { ttl: Duration::from_secs(900) }), Duration::from_secs(900));
        assert_eq!(life(&facts(true, Some(Duration::from_secs(1800))), Need::Reach), Duration::from_secs(1800));
    }
}
