//! The subjects: every method over a store, with a bucket of the test's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::clock::SystemClock;
use domain::provider::{Connection, Credential, IdentityTokens as _};
use domain::scope::Access;
use domain::secret::SecretBytes;
use serde_json::{Value, json};
use testkit::component::{self, ACCOUNT, BROKER, ROOT};
use testkit::jwt::SigningKey;
use testkit::{Bucket, Gateway, HttpDouble, Reply, StsFront};
use tidegate_providers::{AwsDeps, Deps, LocalDeps, OwnIdentity, OwnKeys};

use super::issuer::{Issuer, SUBJECT};
use super::named_sts::NamedSts;
use super::subject::{Given, Narrows, Subject, bare, connect, transport};
use crate::store::WRITER;
use crate::{azure, gcp_double as gcp};

/// A method over a bucket in SeaweedFS; the store's address is added to the settings.
async fn over_seaweedfs(method: &'static str, deps: Deps, given: Given<'_>) -> Subject {
    let url = component::seaweed().url;
    let bucket = Bucket::create(&url).await;
    let settings: Vec<_> = [("endpoint", url.as_str())].into_iter().chain(given.settings.iter().copied()).collect();
    let connection = connect(deps, method, Given { settings: &settings, ..given });
    Subject::new(method, connection, bucket.name(), ())
}

/// Tidegate, or its machine, is the user `broker`, whom the roles of the components trust.
fn as_broker(source: OwnKeys) -> Deps {
    let url = component::seaweed().url;
    let identity = OwnIdentity { source, principal_arn: None, sts_endpoint: Some(url) };
    let bare = bare();
    Deps { aws: AwsDeps { identities: BTreeMap::from([("aws".to_owned(), identity)]), ..bare.aws }, ..bare }
}

/// The machine has the keys of a user, and the project of these tests may use them.
fn on_the_machine_of(user: component::User, transport: net::Transport) -> Deps {
    let variables = [("AWS_ACCESS_KEY_ID", user.access_key_id), ("AWS_SECRET_ACCESS_KEY", user.secret_access_key)];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let source = net::AmbientSource::from_variables(&BTreeMap::from(variables));
    let ambient = Arc::new(net::Ambient::new(source, Arc::new(SystemClock)).unwrap());
    let bare = Deps::bare(transport, Arc::new(SystemClock)).unwrap();
    Deps { aws: AwsDeps { allow_ambient: vec!["acme".to_owned()], ambient, ..bare.aws }, ..bare }
}

fn key_pair(user: component::User) -> (&'static str, [(&'static str, SecretBytes); 1]) {
    (user.access_key_id, [("secret_access_key", SecretBytes::from(user.secret_access_key))])
}

pub(crate) async fn role_of_a_customer_on_seaweedfs(method: &'static str) -> Subject {
    let source = OwnKeys::Keys {
        access_key_id: BROKER.access_key_id.to_owned(),
        secret_access_key: SecretBytes::from(BROKER.secret_access_key),
    };
    over_seaweedfs(method, as_broker(source), Given { settings: &[("role_arn", WRITER)], ..Given::default() }).await
}

pub(crate) async fn role_of_a_key_pair_on_seaweedfs(method: &'static str) -> Subject {
    let (url, (id, secrets)) = (component::seaweed().url, key_pair(BROKER));
    let settings = [("role_arn", WRITER), ("access_key_id", id), ("sts_endpoint", &url)];
    over_seaweedfs(method, bare(), Given { settings: &settings, secrets: &secrets, tokens: None }).await
}

/// The administrator of these components has no policies, so his federated users may do nothing.
pub(crate) async fn key_pair_on_seaweedfs(method: &'static str) -> Subject {
    let (url, (id, secrets)) = (component::seaweed().url, key_pair(ROOT));
    let settings = [("access_key_id", id), ("sts_endpoint", &url)];
    let subject = over_seaweedfs(method, bare(), Given { settings: &settings, secrets: &secrets, tokens: None }).await;
    subject.narrows(Narrows::Unseen)
}

pub(crate) async fn machine_on_seaweedfs(method: &'static str) -> Subject {
    over_seaweedfs(method, on_the_machine_of(ROOT, transport(None)), Given::default()).await
}

pub(crate) async fn role_of_the_machine_on_seaweedfs(method: &'static str) -> Subject {
    let sts = NamedSts::start();
    let (deps, settings) =
        (on_the_machine_of(BROKER, sts.transport()), [("role_arn", WRITER), ("region", "us-east-1")]);
    let subject = over_seaweedfs(method, deps, Given { settings: &settings, ..Given::default() }).await;
    subject.keeping(sts)
}

/// A gateway of SeaweedFS that trusts an issuer's subject, and a bucket behind it.
pub(crate) struct Trusting {
    pub(crate) gateway: Gateway,
    /// Its address is the audience, which the gateway has to know before it starts.
    pub(crate) sts: StsFront,
    pub(crate) bucket: Bucket,
    _documents: HttpDouble,
}

impl Trusting {
    pub(crate) async fn start(issuer: &Issuer) -> Self {
        let documents = HttpDouble::always(Reply::new(200, "application/json", issuer.jwks().to_string()));
        let seaweed = component::seaweed();
        let (sts, bucket) = (StsFront::start(&seaweed.url), Bucket::create(&seaweed.url).await);
        let gateway = Gateway::start_with_document(&seaweed, &trusting(issuer, &documents.url(), &sts.url()));
        sts.forward_to(&gateway.url());
        Self { gateway, sts, bucket, _documents: documents }
    }
}

pub(crate) async fn role_by_web_identity_on_seaweedfs(method: &'static str) -> Subject {
    let issuer = Issuer::new("https://tidegate.example.com", SigningKey::generate());
    let world = Trusting::start(&issuer).await;
    let (url, audience) = (world.gateway.url(), world.sts.url());
    let settings = [("role_arn", WEB_ROLE), ("endpoint", &url), ("sts_endpoint", &audience)];
    let connection = connect(bare(), method, Given { settings: &settings, tokens: Some(issuer), ..Given::default() });
    let bucket = world.bucket.name().to_owned();
    // SeaweedFS names the user of a session that it gives for keys, and not of one that it gives for a token.
    Subject::new(method, connection, &bucket, world).untold("session_arn")
}

/// The role that it trusts the subject with; it knows the subject by another name than AWS.
pub(crate) const WEB_ROLE: &str = "arn:aws:iam::000000000000:role/contract-web";

/// What a gateway trusts: tokens of the issuer about this one subject, for this audience.
fn trusting(issuer: &Issuer, documents: &str, audience: &str) -> Value {
    let base = std::fs::read_to_string(component::seaweed().config.join("iam.json")).unwrap();
    let mut iam: Value = serde_json::from_str(&base).unwrap();
    iam["providers"] = json!([{"name": "tidegate", "type": "oidc", "enabled": true, "config": {
        "issuer": issuer.subject().issuer, "clientId": audience, "jwksUri": format!("{documents}/jwks.json")}}]);
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "tidegate"},
        "Action": ["sts:AssumeRoleWithWebIdentity"], "Condition": {"StringEquals": {"oidc:sub": SUBJECT}}}]});
    iam["roles"] = json!([{"roleName": "contract-web", "roleArn": WEB_ROLE, "attachedPolicies": ["TestBuckets"],
        "trustPolicy": trust}]);
    iam
}

pub(crate) async fn seaweedfs(method: &'static str) -> Subject {
    let (id, secrets) = key_pair(BROKER);
    let settings = [("preset", "seaweedfs"), ("role_arn", WRITER), ("access_key_id", id)];
    over_seaweedfs(method, bare(), Given { settings: &settings, secrets: &secrets, tokens: None }).await
}

pub(crate) async fn ceph(method: &'static str) -> Subject {
    let url = component::ceph();
    let (bucket, (id, secrets)) = (Bucket::create(&url).await, key_pair(ROOT));
    let settings = [("preset", "ceph"), ("endpoint", url.as_str()), ("access_key_id", id)];
    let connection = connect(bare(), method, Given { settings: &settings, secrets: &secrets, tokens: None });
    Subject::new(method, connection, bucket.name(), ())
}

fn gcs(method: &'static str, world: gcp::world::World, connection: Arc<dyn Connection>) -> Subject {
    let bucket = world.bucket.name().to_owned();
    Subject::new(method, connection, &bucket, world)
}

pub(crate) async fn gcs_with_a_key_where_a_double_decides(method: &'static str) -> Subject {
    let world = gcp::world::World::new().await;
    let connection = world.by_key("writer", gcp::world::USER);
    gcs(method, world, connection)
}

pub(crate) async fn gcs_of_a_customer_where_a_double_decides(method: &'static str) -> Subject {
    let world = gcp::world::World::new().await;
    let connection = world.by_acting("writer", gcp::world::USER);
    gcs(method, world, connection)
}

pub(crate) async fn gcs_by_a_pool_where_a_double_decides(method: &'static str) -> Subject {
    use gcp::world::{INTEGRATION, TOKEN_CREATOR, USER};
    let world = gcp::world::World::new().await;
    let (provider, email) = (world.provider("own-pool"), world.front.service_account("writer"));
    world.front.grant(world.bucket.name(), &world.member("writer"), USER);
    world.front.grant_account(&email, &provider.member(INTEGRATION), TOKEN_CREATOR);
    world.front.trust(provider.clone());
    let settings = [("audience", &*provider.audience()), ("service_account", &*email)];
    let connection = world.connect(method, &settings, None);
    gcs(method, world, connection)
}

fn azure(method: &'static str, world: azure::world::World, connection: Arc<dyn Connection>) -> Subject {
    let bucket = world.container.name().to_owned();
    Subject::new(method, connection, &bucket, world)
}

async fn azure_contributor() -> azure::world::World {
    azure::world::World::with_role(azure::world::CONTRIBUTOR).await
}

pub(crate) async fn azure_with_folders_where_a_double_decides(method: &'static str) -> Subject {
    let world = azure_contributor().await;
    world.front.set_hierarchical(ACCOUNT.name, true);
    let connection = world.by_secret(&[("hierarchical", "true")]);
    azure(method, world, connection)
}

pub(crate) async fn azure_flat_where_a_double_decides(method: &'static str) -> Subject {
    let world = azure_contributor().await;
    let connection = world.by_secret(&[]);
    azure(method, world, connection).narrows(Narrows::ToBuckets)
}

pub(crate) async fn azure_without_a_secret_where_a_double_decides(method: &'static str) -> Subject {
    let world = azure_contributor().await;
    world.front.set_hierarchical(ACCOUNT.name, true);
    let issuer = azure::world::Issuer::new();
    world.entra.federate(&world.app.client_id, issuer.credential());
    let (tenant, client) = (world.entra.tenant(), world.app.client_id.clone());
    let settings = [("tenant_id", tenant.as_str()), ("client_id", client.as_str()), ("hierarchical", "true")];
    let connection = world.connect(method, &settings, &[], Some(issuer.tokens()));
    azure(method, world, connection)
}

pub(crate) async fn azure_account_key(method: &'static str) -> Subject {
    let world = azure::world::World::new().await;
    let connection = world.with_key(ACCOUNT.key, &[]);
    azure(method, world, connection).narrows(Narrows::ToBuckets)
}

/// A signature that the owner of the account made for one container.
pub(crate) async fn azure_pasted_signature(method: &'static str) -> Subject {
    use azure::world::{scope, session_ask};
    let world = azure::world::World::new().await;
    let whole = session_ask(Some(scope(&world.bucket(), "", Access::ReadWrite)));
    let made = world.with_key(ACCOUNT.key, &[]).open_session(&whole).await.unwrap();
    let Credential::Azure(made) = made.credential().unwrap() else { panic!("not for Azure") };
    let connection = world.connect(method, &[], &[("sas_token", made.sas_token.expose_str().unwrap())], None);
    azure(method, world, connection)
}

pub(crate) async fn local_directory(method: &'static str) -> Subject {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("bucket")).unwrap();
    let deps = Deps { local: LocalDeps { allow: vec![folder.path().to_path_buf()] }, ..bare() };
    let path = folder.path().display().to_string();
    let connection = connect(deps, method, Given { settings: &[("path", &path)], ..Given::default() });
    Subject::new(method, connection, "bucket", folder)
}
