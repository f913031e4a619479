//! A cloud of a test's own: a front, a bucket, accounts, an issuer of tokens, and connections.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::clock::{Clock, SystemClock};
use domain::fetch::{Fetch as _, PlainAnswer, PlainRequest};
use domain::integration::ExternalId;
use domain::provider::{
    ConnectAsk, Connection, ExternalIdSent, GetAsk, IdentityTokens, IssuedSubject, ObjectStorage, ProviderError,
    PutAsk, PutCondition, Session, SessionAsk, SessionTags, Whose,
};
use domain::scope::{Access, Scope};
use domain::secret::SecretBytes;
use futures::StreamExt as _;
use serde_json::{Value, json};
use testkit::gcp::{GcpBucket, PoolProvider};
use testkit::jwt::SigningKey;
use testkit::oidc::IssuerKeys;
use testkit::{GcpFront, HttpDouble, Reply};
use tidegate_providers::{Deps, GcpDeps, Registry, registry};

pub(crate) const TOKEN_CREATOR: &str = "roles/iam.serviceAccountTokenCreator";
pub(crate) const VIEWER: &str = "roles/storage.objectViewer";
pub(crate) const USER: &str = "roles/storage.objectUser";

pub(crate) const PROJECT: &str = "project:tidegate-0123";
pub(crate) const INTEGRATION: &str = "project:tidegate-0123:integration:farm";

/// An issuer like Tidegate's: keys that change, and documents that say which are good.
pub(crate) struct Issuer {
    keys: Arc<Mutex<Vec<SigningKey>>>,
    documents: HttpDouble,
    subject: IssuedSubject,
    clock: Arc<dyn Clock>,
}

impl Issuer {
    fn start(clock: Arc<dyn Clock>) -> Arc<Self> {
        let keys = Arc::new(Mutex::new(vec![SigningKey::generate()]));
        let shown = keys.clone();
        let documents = HttpDouble::start(move |asked| {
            let own = format!("http://{}", asked.header("host").unwrap_or_default());
            let document = match asked.target.as_str() {
                "/jwks" => json!({"keys": shown.lock().unwrap().iter().map(SigningKey::jwk).collect::<Vec<_>>()}),
                _ => json!({"issuer": own, "jwks_uri": format!("{own}/jwks")}),
            };
            Reply::new(200, "application/json", document.to_string())
        });
        let subject = IssuedSubject {
            issuer: documents.url(),
            project: PROJECT.to_owned(),
            integration: Some(INTEGRATION.to_owned()),
        };
        Arc::new(Self { keys, documents, subject, clock })
    }

    /// A new key signs; the old one stays in the documents.
    pub(crate) fn rotate(&self) {
        self.keys.lock().unwrap().push(SigningKey::generate());
    }

    /// Only the newest key stays.
    pub(crate) fn retire(&self) {
        let mut keys = self.keys.lock().unwrap();
        let newest = keys.pop().unwrap();
        *keys = vec![newest];
    }

    pub(crate) fn url(&self) -> String {
        self.documents.url()
    }
}

#[async_trait]
impl IdentityTokens for Issuer {
    fn subject(&self) -> &IssuedSubject {
        &self.subject
    }

    async fn token(&self, whose: Whose, audience: &str) -> domain::Result<SecretBytes> {
        let subject = match whose {
            Whose::Integration => INTEGRATION,
            Whose::Project => PROJECT,
            Whose::Stranger => "project:tidegate-ffff:integration:farm",
            Whose::StrangeProject => "project:tidegate-ffff",
        };
        let now = self.clock.now().as_second();
        let claims = json!({"iss": self.url(), "sub": subject, "aud": audience, "iat": now, "exp": now + 600});
        Ok(SecretBytes::from(self.keys.lock().unwrap().last().unwrap().sign(&claims).as_str()))
    }
}

/// A cloud with one bucket.
pub(crate) struct World {
    pub(crate) front: GcpFront,
    pub(crate) bucket: GcpBucket,
    pub(crate) issuer: Arc<Issuer>,
    clock: Arc<dyn Clock>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock)).await
    }

    pub(crate) async fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let front = GcpFront::with_clock(clock.clone());
        let bucket = front.create_bucket().await;
        Self { front, bucket, issuer: Issuer::start(clock.clone()), clock }
    }

    pub(crate) fn bucket_name(&self) -> domain::place::BucketName {
        self.bucket.name().parse().unwrap()
    }

    /// The provider of a pool that trusts the issuer.
    pub(crate) fn provider(&self, pool: &str) -> PoolProvider {
        PoolProvider { keys: IssuerKeys::Discovered, ..PoolProvider::named("7", pool, "tidegate", &self.issuer.url()) }
    }

    fn methods(&self, gcp: GcpDeps) -> Registry {
        let allow = vec!["127.0.0.0/8".parse().unwrap()];
        let transport = net::Transport::new(net::EgressConfig { allow, ..net::EgressConfig::default() }).unwrap();
        registry(Deps { gcp, ..Deps::bare(transport, self.clock.clone()).unwrap() })
    }

    pub(crate) fn deps(&self) -> GcpDeps {
        let url = Some(self.front.url());
        GcpDeps {
            identity_audience: Some(self.provider("operators").audience()),
            storage_endpoint: url.clone(),
            oauth_endpoint: url.clone(),
            sts_endpoint: url.clone(),
            iam_endpoint: url,
        }
    }

    pub(crate) fn connect(
        &self,
        method: &str,
        settings: &[(&str, &str)],
        key_file: Option<&str>,
    ) -> Arc<dyn Connection> {
        self.connect_with(self.deps(), method, settings, key_file)
    }

    pub(crate) fn connect_with(
        &self,
        deps: GcpDeps,
        method: &str,
        settings: &[(&str, &str)],
        key_file: Option<&str>,
    ) -> Arc<dyn Connection> {
        let ask = ConnectAsk {
            project: "acme".to_owned(),
            external_id: ExternalId::restored("tidegate-0123".to_owned()),
            identity: Some(self.issuer.clone()),
            settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            secrets: key_file
                .map(|file| ("service_account_key".to_owned(), SecretBytes::from(file)))
                .into_iter()
                .collect(),
        };
        self.methods(deps).get(method).unwrap().connect(ask).unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// A connection with a key of an account that has this role on the bucket.
    pub(crate) fn by_key(&self, account: &str, role: &str) -> Arc<dyn Connection> {
        self.front.grant(self.bucket.name(), &self.member(account), role);
        self.connect("gcp-service-account-key", &[], Some(&self.front.service_account_json(account)))
    }

    /// A connection for which Tidegate's own identity acts for an account that has this role on the bucket.
    pub(crate) fn by_acting(&self, account: &str, role: &str) -> Arc<dyn Connection> {
        let provider = self.provider("operators");
        let email = self.front.service_account(account);
        self.front.grant(self.bucket.name(), &self.member(account), role);
        self.front.grant_account(&email, &provider.member(PROJECT), TOKEN_CREATOR);
        self.front.trust(provider);
        self.connect("gcp-cross-project", &[("service_account", &email)], None)
    }

    /// An account as policies name it.
    pub(crate) fn member(&self, account: &str) -> String {
        format!("serviceAccount:{}", self.front.service_account(account))
    }

    pub(crate) async fn whole(&self, connection: &Arc<dyn Connection>) -> Arc<dyn Session> {
        connection.open_session(&session_ask(None)).await.unwrap()
    }

    pub(crate) async fn storage(&self, connection: &Arc<dyn Connection>) -> Arc<dyn ObjectStorage> {
        self.whole(connection).await.storage(&self.bucket_name(), None).unwrap()
    }

    pub(crate) fn scope(&self, prefix: &str, access: Access) -> Scope {
        Scope { bucket: self.bucket_name(), prefix: prefix.parse().unwrap(), access, kms_key_arn: None }
    }
}

pub(crate) fn session_ask(scope: Option<Scope>) -> SessionAsk {
    SessionAsk {
        scope,
        tags: SessionTags {
            principal: "ann@example.com".to_owned(),
            project: "acme".to_owned(),
            ..SessionTags::default()
        },
        ttl: Duration::from_secs(900),
        external_id: ExternalIdSent::Right,
    }
}

/// The same for a stranger.
pub(crate) fn stranger() -> SessionAsk {
    SessionAsk { external_id: ExternalIdSent::Wrong, ..session_ask(None) }
}

pub(crate) fn put(key: &str, body: &'static [u8]) -> PutAsk {
    PutAsk { key: key.to_owned(), body: Bytes::from_static(body), condition: PutCondition::None, headers: Vec::new() }
}

/// Reads an object whole, or a range of it.
pub(crate) async fn read(
    storage: &Arc<dyn ObjectStorage>,
    key: &str,
    range: Option<(u64, u64)>,
) -> Result<(Option<u64>, Bytes), ProviderError> {
    let (stored, mut body) = storage.get(&GetAsk { key: key.to_owned(), range }).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        bytes.extend_from_slice(&chunk?);
    }
    Ok((stored.size, bytes.into()))
}

/// Uses a URL as somebody who has nothing else.
pub(crate) async fn fetch(method: &str, url: &str, body: &'static [u8]) -> PlainAnswer {
    let allow = vec!["127.0.0.0/8".parse().unwrap()];
    let plain = net::Transport::new(net::EgressConfig { allow, ..net::EgressConfig::default() }).unwrap();
    let request = PlainRequest {
        method: method.parse().unwrap(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: Bytes::from_static(body),
        timeout: Duration::from_secs(20),
    };
    plain.fetch(request).await.unwrap()
}

/// The id of the key in a file.
pub(crate) fn key_id(key_file: &str) -> String {
    let file: Value = serde_json::from_str(key_file).unwrap();
    file["private_key_id"].as_str().unwrap().to_owned()
}
