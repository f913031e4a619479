//! Facts, limits and what a session cannot do.

use std::time::Duration;

use domain::provider::{
    BaseIdentity, BoundBy, ExternalIdSent, NarrowedBy, ProviderErrorKind as Kind, SessionAsk, SessionTags, UrlsBy,
};
use domain::scope::{Access, Scope};

use super::connections;

fn session_ask(prefix: &str, ttl: Duration) -> SessionAsk {
    SessionAsk {
        scope: Some(Scope {
            bucket: "data".parse().unwrap(),
            prefix: prefix.parse().unwrap(),
            access: Access::Read,
            kms_key_arn: None,
        }),
        tags: SessionTags::default(),
        ttl,
        external_id: ExternalIdSent::Right,
    }
}

#[test]
fn each_way_of_being_somebody_has_its_own_facts() {
    for (name, connection) in connections() {
        let facts = connection.facts();
        let own = name != "key";
        assert_eq!(facts.base, if own { BaseIdentity::Own } else { BaseIdentity::Stored }, "{name}");
        assert_eq!(facts.bound_by, if own { BoundBy::Subject } else { BoundBy::Nothing }, "{name}");
        assert_eq!(facts.max_url, Duration::from_hours(if own { 12 } else { 168 }), "{name}");
        assert_eq!(facts.urls, UrlsBy::Key, "{name}");
        assert_eq!(facts.narrowed_by == NarrowedBy::AccessBoundary, name != "direct", "{name}");
        assert_eq!(facts.max_session, Some(Duration::from_hours(1)), "{name}");
        assert_eq!(facts.endpoint, "https://storage.googleapis.com", "{name}");
    }
}

#[tokio::test]
async fn what_is_known_to_be_impossible_is_refused_before_anything_is_asked() {
    for (name, connection) in connections() {
        let refused = async |ask: SessionAsk| connection.open_session(&ask).await.err().unwrap();
        if name == "direct" {
            let error = refused(session_ask("a", Duration::from_secs(900))).await;
            assert_eq!(error.kind, Kind::Unsupported);
            assert!(error.message.contains("service_account") && error.hint.unwrap().contains("gateway key"));
            continue;
        }
        let error = refused(session_ask("a", Duration::from_secs(3_601))).await;
        assert_eq!(error.kind, Kind::TtlTooLong, "{name}");
        assert!(error.message.contains("at most 1h"), "{}", error.message);
        let error = refused(session_ask(&"'".repeat(1_020), Duration::from_secs(900))).await;
        assert_eq!(error.kind, Kind::PolicyTooLarge, "{name}");
    }
}
