//! Every provider with a bucket of the test's own, that may read and write all of it.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use domain::clock::SystemClock;
use domain::integration::ExternalId;
use domain::place::{BucketName, Prefix};
use domain::provider::{
    ConnectAsk, Connection, ExternalIdSent, GetAsk, ObjectStorage, ProviderError, PutAsk, PutCondition, Session,
    SessionAsk, SessionTags,
};
use domain::scope::{Access, Scope};
use futures::StreamExt as _;
use testkit::Bucket;
use testkit::component::{self, ACCOUNT, ROOT};
use tidegate_providers::{AwsDeps, AzureDeps, Deps, GcpDeps, LocalDeps, registry};

use crate::store::{WRITER, connect_to};
use crate::{azure, gcp};

pub(crate) struct Subject {
    pub(crate) connection: Arc<dyn Connection>,
    pub(crate) bucket: BucketName,
    /// What the provider lives in while the test runs.
    _world: Box<dyn Any>,
}

impl Subject {
    pub(crate) fn new(connection: Arc<dyn Connection>, bucket: &str, world: impl Any) -> Self {
        Self { connection, bucket: bucket.parse().unwrap(), _world: Box::new(world) }
    }

    pub(crate) async fn session(&self) -> Arc<dyn Session> {
        self.open(None).await.unwrap_or_else(|error| panic!("{error:?}"))
    }

    pub(crate) async fn open(&self, scope: Option<Scope>) -> Result<Arc<dyn Session>, ProviderError> {
        let tags = SessionTags {
            principal: "ann@example.com".to_owned(),
            project: "acme".to_owned(),
            ..SessionTags::default()
        };
        let ttl = std::time::Duration::from_secs(900);
        self.connection.open_session(&SessionAsk { scope, tags, ttl, external_id: ExternalIdSent::Right }).await
    }

    pub(crate) async fn storage(&self) -> Arc<dyn ObjectStorage> {
        self.session().await.storage(&self.bucket, None).unwrap()
    }

    pub(crate) fn scope(&self, prefix: &str, access: Access) -> Scope {
        let prefix: Prefix = prefix.parse().unwrap();
        Scope { bucket: self.bucket.clone(), prefix, access, kms_key_arn: None }
    }
}

pub(crate) fn put(key: &str, body: &'static [u8]) -> PutAsk {
    PutAsk { key: key.to_owned(), body: Bytes::from_static(body), condition: PutCondition::None, headers: Vec::new() }
}

pub(crate) async fn read(
    storage: &Arc<dyn ObjectStorage>,
    key: &str,
    range: Option<(u64, u64)>,
) -> Result<Vec<u8>, ProviderError> {
    let (_, mut body) = storage.get(&GetAsk { key: key.to_owned(), range }).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        bytes.extend_from_slice(&chunk?);
    }
    Ok(bytes)
}

pub(crate) async fn seaweedfs() -> Subject {
    let url = component::seaweed().url;
    let bucket = Bucket::create(&url).await;
    let keys = (component::BROKER.access_key_id, component::BROKER.secret_access_key);
    let settings = [("preset", "seaweedfs"), ("role_arn", WRITER)];
    let connection = connect_to(&url, "s3-compatible", Some(keys), &settings);
    Subject::new(connection, bucket.name(), ())
}

pub(crate) async fn ceph() -> Subject {
    let url = component::ceph();
    let bucket = Bucket::create(&url).await;
    let keys = (ROOT.access_key_id, ROOT.secret_access_key);
    let connection = connect_to(&url, "s3-compatible", Some(keys), &[("preset", "ceph")]);
    Subject::new(connection, bucket.name(), ())
}

pub(crate) async fn gcs_with_a_key() -> Subject {
    let world = gcp::world::World::new().await;
    let (connection, bucket) = (world.by_key("writer", gcp::world::USER), world.bucket.name().to_owned());
    Subject::new(connection, &bucket, world)
}

pub(crate) async fn gcs_without_a_key() -> Subject {
    let world = gcp::world::World::new().await;
    let (connection, bucket) = (world.by_acting("writer", gcp::world::USER), world.bucket.name().to_owned());
    Subject::new(connection, &bucket, world)
}

pub(crate) async fn azure_with_folders() -> Subject {
    let world = azure::world::World::with_role(azure::world::CONTRIBUTOR).await;
    world.front.set_hierarchical(ACCOUNT.name, true);
    let connection = world.by_secret(&[("hierarchical", "true")]);
    let bucket = world.container.name().to_owned();
    Subject::new(connection, &bucket, world)
}

pub(crate) async fn azure_flat() -> Subject {
    let world = azure::world::World::with_role(azure::world::CONTRIBUTOR).await;
    let (connection, bucket) = (world.by_secret(&[]), world.container.name().to_owned());
    Subject::new(connection, &bucket, world)
}

pub(crate) async fn azure_account_key() -> Subject {
    let world = azure::world::World::new().await;
    let (connection, bucket) = (world.with_key(ACCOUNT.key, &[]), world.container.name().to_owned());
    Subject::new(connection, &bucket, world)
}

pub(crate) async fn local_directory() -> Subject {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("bucket")).unwrap();
    let clock = Arc::new(SystemClock);
    let ambient = Arc::new(net::Ambient::new(net::AmbientSource::default(), clock.clone()).unwrap());
    let methods = registry(Deps {
        transport: net::Transport::new(net::EgressConfig::default()).unwrap(),
        clock,
        aws: AwsDeps { identities: BTreeMap::new(), allow_ambient: Vec::new(), ambient },
        gcp: GcpDeps::default(),
        azure: AzureDeps::default(),
        local: LocalDeps { allow: vec![folder.path().to_path_buf()] },
    });
    let ask = ConnectAsk {
        project: "acme".to_owned(),
        external_id: ExternalId::new(),
        identity: None,
        settings: BTreeMap::from([("path".to_owned(), folder.path().display().to_string())]),
        secrets: BTreeMap::new(),
    };
    let connection = methods.get("local-directory").unwrap().connect(ask).unwrap();
    Subject::new(connection, "bucket", folder)
}
