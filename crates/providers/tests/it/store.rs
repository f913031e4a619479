//! The store of these tests, and connections to it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::clock::{Clock as _, SystemClock};
use domain::integration::ExternalId;
use domain::place::BucketName;
use domain::provider::{
    ConnectAsk, Connection, ExternalIdSent, ObjectStorage, PutAsk, PutCondition, Session, SessionAsk, SessionTags,
};
use domain::scope::{Access, Scope};
use domain::secret::SecretBytes;
use signing::{Endpoint, Keys, Payload};
use tidegate_providers::{AwsDeps, Deps, OwnIdentity, OwnKeys, Registry, registry};

pub(crate) const ROOT: (&str, &str) = ("AKIAROOT000000000001", "root-secret-0000000000000000000000000001");
pub(crate) const BROKER: (&str, &str) = ("AKIABROKER0000000001", "broker-secret-00000000000000000000000001");
pub(crate) const WRITER: &str = "arn:aws:iam::000000000000:role/test-writer";
pub(crate) const READER: &str = "arn:aws:iam::000000000000:role/test-reader";

/// The bucket that the roles of the components reach.
const BUCKET: &str = "tg-providers";

#[expect(clippy::disallowed_methods, reason = "a test has nobody to pass the environment in")]
pub(crate) fn endpoint() -> String {
    std::env::var("TIDEGATE_TEST_SEAWEED")
        .unwrap_or_else(|_| panic!("set TIDEGATE_TEST_SEAWEED to the endpoint of a SeaweedFS; 'cargo xtask test' does"))
}

pub(crate) fn bucket() -> BucketName {
    BUCKET.parse().unwrap()
}

fn transport() -> net::Transport {
    let allow = vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
    net::Transport::new(net::EgressConfig { allow, ..net::EgressConfig::default() }).unwrap()
}

/// All methods; Tidegate's own identity is the user `broker`.
fn methods(endpoint: &str) -> Registry {
    let (id, secret) = BROKER;
    let identity = OwnIdentity {
        source: OwnKeys::Keys { access_key_id: id.to_owned(), secret_access_key: SecretBytes::from(secret) },
        principal_arn: None,
        sts_endpoint: Some(endpoint.to_owned()),
    };
    let identities = BTreeMap::from([("aws".to_owned(), identity)]);
    let bare = Deps::bare(transport(), Arc::new(SystemClock)).unwrap();
    registry(Deps { aws: AwsDeps { identities, ..bare.aws }, ..bare })
}

/// A connection to the store, with the settings that every method takes added.
pub(crate) fn connect(method: &str, keys: Option<(&str, &str)>, settings: &[(&str, &str)]) -> Arc<dyn Connection> {
    connect_to(&endpoint(), method, keys, settings)
}

/// The same to another store.
pub(crate) fn connect_to(
    endpoint: &str,
    method: &str,
    keys: Option<(&str, &str)>,
    settings: &[(&str, &str)],
) -> Arc<dyn Connection> {
    let mut all = BTreeMap::from([("endpoint".to_owned(), endpoint.to_owned())]);
    all.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let mut secrets = BTreeMap::new();
    if let Some((id, secret)) = keys {
        all.insert("access_key_id".to_owned(), id.to_owned());
        secrets.insert("secret_access_key".to_owned(), SecretBytes::from(secret));
    }
    if method == "s3-compatible" {
        all.entry("preset".to_owned()).or_insert_with(|| "seaweedfs".to_owned());
    }
    let ask = ConnectAsk {
        project: "acme".to_owned(),
        external_id: ExternalId::new(),
        identity: None,
        settings: all,
        secrets,
    };
    methods(endpoint).get(method).unwrap().connect(ask).unwrap_or_else(|error| panic!("{error:?}"))
}

pub(crate) fn session_ask(scope: Option<(&str, Access)>) -> SessionAsk {
    SessionAsk {
        scope: scope.map(|(prefix, access)| Scope {
            bucket: bucket(),
            prefix: prefix.parse().unwrap(),
            access,
            kms_key_arn: None,
        }),
        tags: SessionTags {
            principal: "ann@example.com".to_owned(),
            project: "acme".to_owned(),
            ..SessionTags::default()
        },
        ttl: Duration::from_secs(900),
        external_id: ExternalIdSent::Right,
    }
}

/// The administrator of the store, after making sure that the bucket is there.
pub(crate) async fn root() -> Arc<dyn Session> {
    make_bucket().await;
    connect("s3-compatible", Some(ROOT), &[]).open_session(&session_ask(None)).await.unwrap()
}

pub(crate) fn objects(session: &Arc<dyn Session>) -> Arc<dyn ObjectStorage> {
    session.storage(&bucket(), None).unwrap()
}

pub(crate) fn put(key: &str, body: &'static [u8]) -> PutAsk {
    PutAsk { key: key.to_owned(), body: Bytes::from_static(body), condition: PutCondition::None, headers: Vec::new() }
}

/// A prefix of its own for a test.
pub(crate) fn own_prefix(under: &str) -> String {
    format!("{under}{}/", uuid::Uuid::new_v4().simple())
}

async fn make_bucket() {
    let endpoint = Endpoint::parse(&endpoint(), true).unwrap();
    let signed = signing::sign_request(
        &Keys { access_key_id: ROOT.0, secret_access_key: ROOT.1.as_bytes(), session_token: None },
        &signing::Request {
            method: "PUT",
            host: endpoint.authority(),
            path: "/data",
            query: &[],
            headers: &[],
            payload: Payload::Bytes(b""),
            service: "s3",
            region: "us-east-1",
            at: SystemClock.now(),
        },
    );
    let transport = transport();
    let made = transport.send(net::Outgoing {
        operation: "s3:CreateBucket",
        method: http::Method::PUT,
        origin: endpoint.origin(),
        host: None,
        path_and_query: signed.path_and_query,
        headers: signed.headers,
        body: Bytes::new(),
        timeout: Duration::from_secs(20),
        max_body: 64 * 1024,
    });
    let status = made.await.unwrap_or_else(|error| panic!("SeaweedFS does not answer: {error}")).status;
    assert!(matches!(status, 200 | 409), "the bucket could not be made: HTTP {status}");
}
