//! What the contract runs over: a method with a bucket of the test's own, that may read and write all of it.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use domain::clock::SystemClock;
use domain::integration::ExternalId;
use domain::place::{BucketName, Prefix};
use domain::provider::{
    Capabilities, ConnectAsk, Connection, ExternalIdSent, GetAsk, IdentityTokens, ListAsk, ObjectStorage,
    ProviderError, PutAsk, PutCondition, Session, SessionAsk, SessionTags,
};
use domain::scope::{Access, Scope};
use domain::secret::SecretBytes;
use futures::StreamExt as _;
use tidegate_providers::{Deps, Registry, registry};

/// How far the credentials of a subject can be narrowed here. Facts alone do not say it: they are of the method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Narrows {
    /// To a prefix; and if facts say that nothing is narrowed, to nothing.
    ToFolders,
    /// Only to a whole bucket: whatever is less must be refused before anything is handed out.
    ToBuckets,
    /// To a prefix, and this store then lets nothing be done at all: only the refusals show.
    Unseen,
}

#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) connection: Arc<dyn Connection>,
    pub(crate) bucket: BucketName,
    pub(crate) method: &'static str,
    pub(crate) narrows: Narrows,
    /// The id of a session that the store does not tell, if there is one.
    pub(crate) untold: Option<&'static str>,
    /// The folder of this subject in the bucket, with its slash.
    root: String,
    /// What the provider lives in while the test runs.
    _world: Rc<dyn Any>,
}

impl Subject {
    pub(crate) fn new(method: &'static str, connection: Arc<dyn Connection>, bucket: &str, world: impl Any) -> Self {
        let subject = Self {
            connection,
            bucket: bucket.parse().unwrap(),
            method,
            narrows: Narrows::ToFolders,
            untold: None,
            root: String::new(),
            _world: Rc::new(world),
        };
        subject.afresh()
    }

    pub(crate) fn narrows(self, narrows: Narrows) -> Self {
        Self { narrows, ..self }
    }

    /// Something more that the provider lives in.
    pub(crate) fn keeping(self, world: impl Any) -> Self {
        Self { _world: Rc::new((self._world.clone(), world)), ..self }
    }

    pub(crate) fn untold(self, id: &'static str) -> Self {
        Self { untold: Some(id), ..self }
    }

    /// The same subject in a folder that nothing is in.
    pub(crate) fn afresh(&self) -> Self {
        Self { root: format!("c-{}/", uuid::Uuid::new_v4().simple()), ..self.clone() }
    }

    /// A key in the folder of this subject.
    pub(crate) fn at(&self, key: &str) -> String {
        format!("{}{key}", self.root)
    }

    /// What the method says of itself.
    pub(crate) fn capabilities(&self) -> Capabilities {
        methods().get(self.method).unwrap().descriptor().capabilities
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

    /// A scope in the folder of this subject; without a name, the whole bucket.
    pub(crate) fn scope(&self, prefix: Option<&str>, access: Access) -> Scope {
        let prefix: Prefix = prefix.map(|prefix| self.at(prefix)).unwrap_or_default().parse().unwrap();
        Scope { bucket: self.bucket.clone(), prefix, access, kms_key_arn: None }
    }

    /// Removes what is in the folder of this subject.
    pub(crate) async fn sweep(&self) {
        let storage = self.storage().await;
        for key in below(&storage, &self.root).await {
            storage.delete(&key, None).await.unwrap_or_else(|error| panic!("{key}: {error:?}"));
        }
    }

    /// Every key of the bucket.
    pub(crate) async fn everything(&self) -> Vec<String> {
        below(&self.storage().await, "").await
    }
}

async fn below(storage: &Arc<dyn ObjectStorage>, prefix: &str) -> Vec<String> {
    let (mut keys, mut token) = (Vec::new(), None);
    loop {
        let ask = ListAsk { prefix: prefix.to_owned(), limit: 1000, token, ..ListAsk::default() };
        let page = storage.list(&ask).await.unwrap();
        keys.extend(page.items.into_iter().map(|item| item.key));
        token = page.next;
        if token.is_none() {
            return keys;
        }
    }
}

pub(crate) fn put(key: String, body: &'static [u8]) -> PutAsk {
    PutAsk { key, body: Bytes::from_static(body), condition: PutCondition::None, headers: Vec::new() }
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

/// A way out that may reach what runs on this machine.
pub(crate) fn transport(ca_pem: Option<Vec<u8>>) -> net::Transport {
    let allow = vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
    net::Transport::new(net::EgressConfig { allow, ca_pem, ..net::EgressConfig::default() }).unwrap()
}

pub(crate) fn bare() -> Deps {
    Deps::bare(transport(None), Arc::new(SystemClock)).unwrap()
}

/// Every method, of an operator who configured nothing.
pub(crate) fn methods() -> Registry {
    registry(bare())
}

/// What a tenant gives.
#[derive(Default)]
pub(crate) struct Given<'a> {
    pub(crate) settings: &'a [(&'a str, &'a str)],
    pub(crate) secrets: &'a [(&'a str, SecretBytes)],
    pub(crate) tokens: Option<Arc<dyn IdentityTokens>>,
}

pub(crate) fn connect(deps: Deps, method: &str, given: Given<'_>) -> Arc<dyn Connection> {
    let ask = ConnectAsk {
        project: "acme".to_owned(),
        external_id: ExternalId::new(),
        identity: given.tokens,
        settings: given.settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        secrets: given.secrets.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    };
    let method = registry(deps).get(method).unwrap();
    assert_eq!(method.check(&ask), Vec::new());
    method.connect(ask).unwrap_or_else(|error| panic!("{error:?}"))
}
