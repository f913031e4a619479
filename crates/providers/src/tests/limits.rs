//! What is refused before anything is asked of a provider. Nothing here may reach the network.

use std::sync::Arc;
use std::time::Duration;

use domain::grant::Revocability;
use domain::provider::{
    Connection, ExternalIdSent, NarrowedBy, ProviderErrorKind as Kind, Session, SessionAsk, SessionTags, SetupAsk,
    SignAsk,
};
use domain::scope::{Access, Scope, Verb};

use super::{ask, methods};

const ROLE: (&str, &str) = ("role_arn", "arn:aws:iam::123456789012:role/tidegate");
const KEY: (&str, &str) = ("access_key_id", "AKIAIOSFODNN7EXAMPLE");
const SECRET: (&str, &[u8]) = ("secret_access_key", b"wJalrXUtnFEMI");

fn connect(method: &str, settings: &[(&str, &str)]) -> Arc<dyn Connection> {
    let method = methods().get(method).unwrap();
    let secrets: &[(&str, &[u8])] = if method.descriptor().capabilities.stored_key { &[SECRET] } else { &[] };
    method.connect(ask(settings, secrets)).unwrap_or_else(|error| panic!("{error:?}"))
}

fn session_ask(prefix: Option<&str>, hours: u64) -> SessionAsk {
    SessionAsk {
        scope: prefix.map(|prefix| Scope {
            bucket: "data".parse().unwrap(),
            prefix: prefix.parse().unwrap(),
            access: Access::Read,
            kms_key_arn: None,
        }),
        tags: SessionTags { principal: "ann".into(), project: "machine".into(), ..SessionTags::default() },
        ttl: Duration::from_hours(hours),
        external_id: ExternalIdSent::Right,
    }
}

async fn refusal(connection: &Arc<dyn Connection>, ask: &SessionAsk) -> domain::provider::ProviderError {
    connection.open_session(ask).await.err().expect("it must be refused")
}

async fn key_session(settings: &[(&str, &str)]) -> Arc<dyn Session> {
    connect("s3-compatible", settings).open_session(&session_ask(None, 1)).await.unwrap()
}

#[tokio::test]
async fn sessions_over_a_known_limit_are_refused() {
    for (method, settings, limit) in [
        ("aws-cross-account", vec![ROLE], 12),
        ("aws-sts", vec![ROLE, KEY], 12),
        ("aws-assume-role", vec![ROLE], 1),
        ("aws-access-key", vec![KEY], 36),
    ] {
        let connection = connect(method, &settings);
        assert_eq!(connection.facts().max_session, Some(Duration::from_hours(limit)), "{method}");
        let error = refusal(&connection, &session_ask(Some("a"), limit + 1)).await;
        assert_eq!(error.kind, Kind::TtlTooLong, "{method}");
        assert!(error.message.contains(&format!("at most {}", domain::ttl::show(Duration::from_hours(limit)))));
    }
}

#[tokio::test]
async fn scopes_that_no_policy_can_say_are_refused() {
    let seaweed = connect("s3-compatible", &[KEY, ("preset", "seaweedfs"), ("endpoint", "https://h"), ROLE]);
    assert_eq!(refusal(&seaweed, &session_ask(Some("a*b"), 1)).await.kind, Kind::NotExpressible);
    let long = "a/".repeat(500);
    let aws = connect("aws-cross-account", &[ROLE]);
    assert_eq!(refusal(&aws, &session_ask(Some(&long), 1)).await.kind, Kind::PolicyTooLarge);
}

#[tokio::test]
async fn a_key_pair_that_cannot_be_narrowed_is_unsupported_with_a_way_out() {
    for settings in [
        vec![KEY, ("preset", "garage"), ("endpoint", "https://h")],
        vec![KEY, ("endpoint", "https://h")],
        vec![KEY, ("preset", "ceph"), ("endpoint", "https://h")],
        vec![KEY, ("preset", "cloudflare-r2"), ("endpoint", "https://h")],
    ] {
        let connection = connect("s3-compatible", &settings);
        assert!(matches!(connection.facts().narrowed_by, NarrowedBy::Nothing { .. }));
        let error = refusal(&connection, &session_ask(Some("a"), 1)).await;
        assert_eq!(error.kind, Kind::Unsupported);
        assert!(error.hint.unwrap().contains("gateway key"));
    }
}

#[tokio::test]
async fn a_user_without_the_property_that_the_role_names_is_told_which() {
    let role = ("role_arn", "arn:aws:iam::123456789012:role/team-${user.team}");
    let connection = connect("aws-assume-role", &[role]);
    assert_eq!(connection.facts().user_properties, ["team"]);
    let error = refusal(&connection, &session_ask(None, 1)).await;
    assert_eq!(error.kind, Kind::MissingProperty);
    assert!(error.message.contains("'team'"), "{}", error.message);
    let shared: domain::Error = error.into();
    assert_eq!(shared.code(), "permission_denied");
}

#[tokio::test]
async fn stored_keys_sign_and_are_never_handed_out() {
    let settings = [
        KEY,
        ("endpoint", "http://127.0.0.1:9000"),
        ("public_endpoint", "https://files.example.com"),
        ("region", "xx-1"),
    ];
    let session = key_session(&settings).await;
    assert_eq!(session.expires_at(), None);
    assert_eq!(session.credential().unwrap_err().kind, Kind::Unsupported);
    let mut ask = SignAsk {
        bucket: "data".parse().unwrap(),
        region: None,
        verb: Verb::Get,
        now: "2026-11-22T18:44:25Z".parse().unwrap(),
        ttl: Duration::from_secs(60),
        headers: Vec::new(),
        response: Vec::new(),
        internal: false,
    };
    let url = |ask: &SignAsk| {
        let mut url = String::new();
        session.signer(ask).unwrap().sign_into("a+b //c", &mut url);
        url
    };
    assert!(url(&ask).starts_with("https://files.example.com/data/a%2Bb%20//c?"), "{}", url(&ask));
    ask.internal = true;
    assert!(url(&ask).starts_with("http://127.0.0.1:9000/data/a%2Bb%20//c?"));
    assert!(!url(&ask).contains("wJalrXUtnFEMI"));
    ask.ttl = Duration::from_secs(604_801);
    assert_eq!(session.signer(&ask).err().unwrap().kind, Kind::TtlTooLong);
}

#[tokio::test]
async fn older_sessions_are_cut_off_only_where_that_was_agreed() {
    let plain = connect("aws-cross-account", &[ROLE]);
    assert_eq!(plain.facts().revocability, Revocability::AtExpiry);
    let error = plain.cut_off(&SessionTags::default(), "2026-11-22T18:44:25Z".parse().unwrap()).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unsupported);
    let agreed = connect("aws-cross-account", &[ROLE, ("revoke_sessions", "true")]);
    assert_eq!(agreed.facts().revocability, Revocability::Bounded { bound_seconds: 300 });
}

#[test]
fn endpoints_follow_region_and_partition() {
    let china = ("role_arn", "arn:aws-cn:iam::123456789012:role/x");
    for (method, settings, endpoint) in [
        ("aws-cross-account", vec![ROLE], "https://s3.us-east-1.amazonaws.com"),
        ("aws-sts", vec![china, KEY], "https://s3.cn-north-1.amazonaws.com.cn"),
        ("aws-access-key", vec![KEY, ("region", "us-gov-west-1")], "https://s3.us-gov-west-1.amazonaws.com"),
        (
            "s3-compatible",
            vec![KEY, ("preset", "alibaba-oss"), ("region", "cn-hangzhou")],
            "https://s3.oss-cn-hangzhou.aliyuncs.com",
        ),
    ] {
        assert_eq!(connect(method, &settings).facts().endpoint, endpoint);
    }
    assert!(!connect("aws-cross-account", &[ROLE]).facts().path_style);
    assert!(connect("aws-cross-account", &[ROLE, ("endpoint", "http://127.0.0.1:8333")]).facts().path_style);
}

/// A set-up of a place, before there is an integration.
fn setup_ask() -> SetupAsk {
    let place = domain::provider::SetupPlace {
        bucket: "data".parse().unwrap(),
        prefix: "team-a".parse().unwrap(),
        purpose: domain::datasource::Purpose::InputOutput,
        sse: None,
        cors_origin: None,
    };
    let asked = ask(&[], &[]);
    SetupAsk {
        project: asked.project,
        external_id: asked.external_id.clone(),
        identity: Some(domain::provider::IssuedSubject {
            issuer: "https://tidegate.example.com".to_owned(),
            project: format!("project:{}", asked.external_id.as_str()),
            integration: None,
        }),
        settings: asked.settings,
        integration: None,
        places: vec![place],
        server_networks: Vec::new(),
        worker_networks: Vec::new(),
        viewer_networks: Vec::new(),
        vpcs: Vec::new(),
        kms_key_arn: None,
        gsutil: false,
    }
}

#[test]
fn the_wider_read_of_gsutil_is_given_on_google_cloud_and_refused_elsewhere() {
    for method in methods().all() {
        let descriptor = method.descriptor();
        let setup = method.setup(&SetupAsk { gsutil: true, ..setup_ask() });
        if descriptor.cloud == "Google Cloud" {
            let policy = setup.unwrap().permission_policy.unwrap().to_string();
            assert!(policy.contains(cloud_policy::gcp::BUCKET_READER), "{}: {policy}", descriptor.id);
        } else {
            assert_eq!(setup.unwrap_err().fields()[0].pointer, "/gsutil", "{}", descriptor.id);
        }
    }
}

#[test]
fn every_method_can_be_set_up_before_it_exists() {
    for method in methods().all() {
        let asked = setup_ask();
        let setup = method.setup(&asked);
        let setup = setup.unwrap_or_else(|error| panic!("{}: {error:?}", method.descriptor().id));
        assert!(!setup.steps.is_empty() && !setup.probe_keys.is_empty());
        if method.descriptor().id == "aws-cross-account" {
            assert_eq!(setup.external_id.as_deref(), Some(asked.external_id.as_str()));
            assert_eq!(setup.principal_arn.as_deref(), Some("arn:aws:iam::999999999999:role/tidegate"));
        }
    }
}
