//! A tenant, an account with a container, and connections to it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use domain::clock::{Clock as _, SystemClock};
use domain::integration::ExternalId;
use domain::place::BucketName;
use domain::provider::{
    ConnectAsk, Connection, ExternalIdSent, IdentityTokens, IssuedSubject, ObjectStorage, ProviderError, PutAsk,
    PutCondition, Session, SessionAsk, SessionTags, SignAsk, Whose,
};
use domain::scope::{Access, Scope, Verb};
use domain::secret::SecretBytes;
use serde_json::json;
use testkit::azure::{App, AzureContainer, FederatedCredential, Scope as RoleScope};
use testkit::component::{ACCOUNT, azurite};
use testkit::jwt::SigningKey;
use testkit::oidc::IssuerKeys;
use testkit::request::{Answer, Call, send};
use testkit::{AzuriteFront, EntraFront};
use tidegate_providers::{AzureDeps, Deps, Registry, registry};

pub(crate) const READER: &str = "Storage Blob Data Reader";
pub(crate) const CONTRIBUTOR: &str = "Storage Blob Data Contributor";
pub(crate) const DELEGATOR: &str = "Storage Blob Delegator";

/// What everything of a test is in.
pub(crate) struct World {
    pub(crate) entra: EntraFront,
    pub(crate) front: AzuriteFront,
    pub(crate) container: AzureContainer,
    pub(crate) app: App,
}

impl World {
    /// A tenant with one application that has no roles yet.
    pub(crate) async fn new() -> Self {
        let entra = EntraFront::start();
        let front = AzuriteFront::start(&entra);
        let (container, app) = (front.create_container().await, entra.register());
        Self { entra, front, container, app }
    }

    /// The same with a role on the container and the right to sign.
    pub(crate) async fn with_role(role: &str) -> Self {
        let world = Self::new().await;
        world.assign(role);
        world.front.assign(&world.app.object_id, DELEGATOR, RoleScope::Account(ACCOUNT.name.to_owned()));
        world
    }

    pub(crate) fn assign(&self, role: &str) {
        let scope = RoleScope::Container(ACCOUNT.name.to_owned(), self.container.name().to_owned());
        self.front.assign(&self.app.object_id, role, scope);
    }

    pub(crate) fn bucket(&self) -> BucketName {
        self.container.name().parse().unwrap()
    }

    fn deps(&self) -> AzureDeps {
        AzureDeps {
            authority: Some(self.entra.url()),
            blob_endpoint: Some(format!("{}/{{account}}", self.front.url())),
        }
    }

    /// A connection of the application with this secret.
    pub(crate) fn with_secret(&self, secret: &str, settings: &[(&str, &str)]) -> Arc<dyn Connection> {
        let (tenant, client) = (self.entra.tenant(), self.app.client_id.clone());
        let own = [("tenant_id", tenant.as_str()), ("client_id", client.as_str())];
        let settings: Vec<_> = own
            .into_iter()
            .filter(|(name, _)| settings.iter().all(|(given, _)| given != name))
            .collect::<Vec<_>>()
            .into_iter()
            .chain(settings.iter().copied())
            .collect();
        self.connect("azure-client-secret", &settings, &[("client_secret", secret)], None)
    }

    /// A connection of the application as it should be.
    pub(crate) fn by_secret(&self, settings: &[(&str, &str)]) -> Arc<dyn Connection> {
        self.with_secret(&self.app.secret, settings)
    }

    /// A connection of the application without a secret.
    pub(crate) fn federated(&self, issuer: &Issuer) -> Arc<dyn Connection> {
        let (tenant, client) = (self.entra.tenant(), self.app.client_id.clone());
        let settings = [("tenant_id", tenant.as_str()), ("client_id", client.as_str())];
        self.connect("azure-federated", &settings, &[], Some(issuer.tokens()))
    }

    /// A connection with the account's key, through the front.
    pub(crate) fn with_key(&self, key: &str, settings: &[(&str, &str)]) -> Arc<dyn Connection> {
        self.connect("azure-account-key", settings, &[("account_key", key)], None)
    }

    pub(crate) fn connect(
        &self,
        method: &str,
        settings: &[(&str, &str)],
        secrets: &[(&str, &str)],
        identity: Option<Arc<dyn IdentityTokens>>,
    ) -> Arc<dyn Connection> {
        connect(self.deps(), method, settings, secrets, identity)
    }
}

/// A connection of a method; the account is that of the tests.
pub(crate) fn connect(
    azure: AzureDeps,
    method: &str,
    settings: &[(&str, &str)],
    secrets: &[(&str, &str)],
    identity: Option<Arc<dyn IdentityTokens>>,
) -> Arc<dyn Connection> {
    let settings = [("account", ACCOUNT.name)].iter().chain(settings);
    let ask = ConnectAsk {
        project: "acme".to_owned(),
        external_id: ExternalId::restored("tidegate-1".to_owned()),
        identity,
        settings: settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        secrets: secrets.iter().map(|(name, value)| ((*name).to_owned(), SecretBytes::from(*value))).collect(),
    };
    let method = methods(azure).get(method).unwrap();
    assert_eq!(method.check(&ask), Vec::new());
    method.connect(ask).unwrap_or_else(|error| panic!("{error:?}"))
}

/// A connection with a key straight to Azurite.
pub(crate) fn azurite_with(key: &str, settings: &[(&str, &str)]) -> Arc<dyn Connection> {
    let endpoint = format!("{}/{}", azurite().url, ACCOUNT.name);
    let settings: Vec<_> = [("endpoint", endpoint.as_str())].into_iter().chain(settings.iter().copied()).collect();
    connect(AzureDeps::default(), "azure-account-key", &settings, &[("account_key", key)], None)
}

fn methods(azure: AzureDeps) -> Registry {
    let allow = vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
    let ca_pem = Some(std::fs::read(azurite().ca).unwrap());
    let transport = net::Transport::new(net::EgressConfig { allow, ca_pem, ..net::EgressConfig::default() }).unwrap();
    registry(Deps { azure, ..Deps::bare(transport, Arc::new(SystemClock)).unwrap() })
}

/// An issuer as Tidegate is one.
pub(crate) struct Issuer(Arc<Signing>);

struct Signing {
    key: Mutex<SigningKey>,
    subject: IssuedSubject,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        let subject = IssuedSubject {
            issuer: "https://tidegate.example.com".to_owned(),
            project: "project:tidegate-1".to_owned(),
            integration: Some("project:tidegate-1:integration:pictures".to_owned()),
        };
        Self(Arc::new(Signing { key: Mutex::new(SigningKey::generate()), subject }))
    }

    /// What the application must trust.
    pub(crate) fn credential(&self) -> FederatedCredential {
        FederatedCredential {
            issuer: self.0.subject.issuer.clone(),
            subject: self.0.subject.integration.clone().unwrap(),
            audience: "api://AzureADTokenExchange".to_owned(),
            keys: IssuerKeys::Given(self.0.key.lock().unwrap().jwks()),
        }
    }

    /// Signs with another key from now on.
    pub(crate) fn rotate(&self) {
        *self.0.key.lock().unwrap() = SigningKey::generate();
    }

    pub(crate) fn tokens(&self) -> Arc<dyn IdentityTokens> {
        Arc::new(Tokens(self.0.clone()))
    }
}

struct Tokens(Arc<Signing>);

#[async_trait::async_trait]
impl IdentityTokens for Tokens {
    fn subject(&self) -> &IssuedSubject {
        &self.0.subject
    }

    async fn token(&self, whose: Whose, audience: &str) -> domain::Result<SecretBytes> {
        let now = SystemClock.now().as_second();
        let subject = match whose {
            Whose::Integration => self.0.subject.integration.clone().unwrap(),
            Whose::Project => self.0.subject.project.clone(),
            Whose::Stranger => "project:tidegate-0:integration:pictures".to_owned(),
            Whose::StrangeProject => "project:tidegate-0".to_owned(),
        };
        let claims = json!({"iss": self.0.subject.issuer, "sub": subject, "aud": audience, "iat": now, "nbf": now, "exp": now + 300});
        Ok(SecretBytes::from(self.0.key.lock().unwrap().sign(&claims).as_str()))
    }
}

pub(crate) fn session_ask(scope: Option<Scope>) -> SessionAsk {
    SessionAsk {
        scope,
        tags: SessionTags::default(),
        ttl: Duration::from_secs(900),
        external_id: ExternalIdSent::Right,
    }
}

pub(crate) async fn open(connection: &Arc<dyn Connection>) -> Arc<dyn Session> {
    connection.open_session(&session_ask(None)).await.unwrap()
}

pub(crate) async fn refused(connection: &Arc<dyn Connection>) -> ProviderError {
    connection.open_session(&session_ask(None)).await.err().expect("it must be refused")
}

pub(crate) fn scope(bucket: &BucketName, prefix: &str, access: Access) -> Scope {
    Scope { bucket: bucket.clone(), prefix: prefix.parse().unwrap(), access, kms_key_arn: None }
}

pub(crate) fn put(key: &str, body: &'static [u8]) -> PutAsk {
    PutAsk { key: key.to_owned(), body: Bytes::from_static(body), condition: PutCondition::None, headers: Vec::new() }
}

pub(crate) async fn read(
    storage: &Arc<dyn ObjectStorage>,
    key: &str,
    range: Option<(u64, u64)>,
) -> (Option<u64>, Bytes) {
    use futures::StreamExt as _;
    let (stored, mut body) = storage
        .get(&domain::provider::GetAsk { key: key.to_owned(), range })
        .await
        .unwrap_or_else(|error| panic!("{key}: {error:?}"));
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        bytes.extend_from_slice(&chunk.unwrap());
    }
    (stored.size, bytes.into())
}

pub(crate) fn sign_ask(bucket: &BucketName, verb: Verb) -> SignAsk {
    SignAsk {
        bucket: bucket.clone(),
        region: None,
        verb,
        now: SystemClock.now(),
        ttl: Duration::from_secs(60),
        headers: Vec::new(),
        response: Vec::new(),
        internal: false,
    }
}

pub(crate) async fn sign(session: &Arc<dyn Session>, ask: &SignAsk, key: &str) -> Result<String, ProviderError> {
    let mut signer = session.signer(ask)?;
    signer.prepare(&[key]).await?;
    let mut url = String::new();
    signer.sign_into(key, &mut url);
    Ok(url)
}

/// What whoever has the URL is answered.
pub(crate) async fn fetch(method: &str, url: &str, headers: &[(&str, &str)], body: &'static [u8]) -> Answer {
    let after_scheme = url.find("://").unwrap() + 3;
    let path = after_scheme + url[after_scheme..].find('/').unwrap();
    let (origin, target) = url.split_at(path);
    let call = headers.iter().fold(Call::new(method, target), |call, (name, value)| call.header(name, value));
    send(origin, call.body(body)).await
}
