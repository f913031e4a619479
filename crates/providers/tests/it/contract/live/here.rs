//! The live profile over what runs here, so that it works for whoever has an account.
//!
//! SeaweedFS decides by itself; before fake-gcs-server and Azurite doubles decide.

use domain::provider::IdentityTokens as _;
use serde_json::Value;
use tempfile::TempDir;
use testkit::Bucket;
use testkit::azure::FederatedCredential;
use testkit::component::{self, ACCOUNT, BROKER};
use testkit::gcp::PoolProvider;
use testkit::oidc::IssuerKeys;

use crate::contract::issuer::SUBJECT;
use crate::contract::stores::{Trusting, WEB_ROLE};
use crate::contract::subject::Subject;
use crate::contract::variables::Variables;
use crate::contract::whole;
use crate::gcp_double::world::{TOKEN_CREATOR, USER};
use crate::store::WRITER;
use crate::{azure, gcp_double as gcp};

/// Twice over the same bucket, as whoever has one runs it again; and nothing stays in it.
async fn runs(subject: fn(&Variables) -> Subject, variables: &Variables) {
    for _ in 0..2 {
        let subject = subject(variables);
        whole(&subject).await;
        assert_eq!(subject.everything().await, Vec::<String>::new());
    }
}

/// A file with this in it.
fn file(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, format!("{text}\n")).unwrap();
    path.display().to_string()
}

/// An issuer made as the profile makes it: its key file, and the variables that name it.
struct Made {
    folder: TempDir,
    key: String,
}

const ISSUER: &str = "https://tidegate.example.com";

impl Made {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("issuer.pem").display().to_string();
        let made = Self { folder, key };
        super::write_documents(&made.variables(&[("ISSUER_FOLDER", &made.folder.path().display().to_string())]));
        made
    }

    fn variables(&self, more: &[(&str, &str)]) -> Variables {
        let own = [("ISSUER_URL", ISSUER), ("ISSUER_KEY_FILE", self.key.as_str())];
        Variables::given(&own.into_iter().chain(more.iter().copied()).collect::<Vec<_>>())
    }

    /// What a cloud reads under the issuer's URL.
    fn document(&self, name: &str) -> Value {
        let path = self.folder.path().join(".well-known").join(name);
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    fn jwks(&self) -> IssuerKeys {
        assert_eq!(self.document("openid-configuration")["issuer"], ISSUER);
        IssuerKeys::Given(self.document("jwks.json"))
    }
}

#[tokio::test]
async fn the_live_profile_of_aws_runs_over_seaweedfs() {
    let (url, folder) = (component::seaweed().url, tempfile::tempdir().unwrap());
    let bucket = Bucket::create(&url).await;
    let secret = file(&folder, "secret", BROKER.secret_access_key);
    let variables = Variables::given(&[
        ("AWS_ACCESS_KEY_ID", BROKER.access_key_id),
        ("AWS_SECRET_ACCESS_KEY_FILE", &secret),
        ("AWS_REGION", "us-east-1"),
        ("AWS_BUCKET", bucket.name()),
        ("AWS_ROLE_ARN", WRITER),
        ("AWS_ENDPOINT", &url),
        ("AWS_STS_ENDPOINT", &url),
    ]);
    runs(super::aws, &variables).await;
}

#[tokio::test]
async fn the_live_profile_of_google_runs_where_a_double_decides() {
    let (world, folder) = (gcp::world::World::new().await, tempfile::tempdir().unwrap());
    world.front.grant(world.bucket.name(), &world.member("writer"), USER);
    let key = file(&folder, "key.json", &world.front.service_account_json("writer"));
    let endpoint = world.front.url();
    let variables =
        [("GCP_KEY_FILE", key.as_str()), ("GCP_BUCKET", world.bucket.name()), ("GCP_ENDPOINT", endpoint.as_str())];
    runs(super::gcp, &Variables::given(&variables)).await;
}

/// What both Azure profiles are told of the world.
fn azure_variables(world: &azure::world::World, hierarchical: &str) -> Vec<(&'static str, String)> {
    let ca = component::azurite().ca.display().to_string();
    let pairs = [
        ("AZURE_ACCOUNT", ACCOUNT.name.to_owned()),
        ("AZURE_CONTAINER", world.container.name().to_owned()),
        ("AZURE_TENANT_ID", world.entra.tenant()),
        ("AZURE_CLIENT_ID", world.app.client_id.clone()),
        ("AZURE_HIERARCHICAL", hierarchical.to_owned()),
        ("AZURE_AUTHORITY", world.entra.url()),
        ("AZURE_BLOB_ENDPOINT", format!("{}/{{account}}", world.front.url())),
        ("CA_FILE", ca),
    ];
    pairs.into()
}

fn borrowed<'a>(pairs: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    pairs.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn the_live_profile_of_azure_runs_flat_and_with_folders_where_a_double_decides() {
    let folder = tempfile::tempdir().unwrap();
    for hierarchical in [false, true] {
        let world = azure::world::World::with_role(azure::world::CONTRIBUTOR).await;
        world.front.set_hierarchical(ACCOUNT.name, hierarchical);
        let mut pairs = azure_variables(&world, &hierarchical.to_string());
        pairs.push(("AZURE_CLIENT_SECRET_FILE", file(&folder, "secret", &world.app.secret)));
        runs(super::azure, &Variables::given(&borrowed(&pairs))).await;
    }
}

#[tokio::test]
async fn the_live_profile_of_keyless_aws_runs_over_seaweedfs() {
    let made = Made::new();
    let world = Trusting::start(&super::issuer(&made.variables(&[]))).await;
    let variables = made.variables(&[
        ("AWS_REGION", "us-east-1"),
        ("AWS_BUCKET", world.bucket.name()),
        ("AWS_ROLE_ARN", WEB_ROLE),
        ("AWS_ENDPOINT", &world.gateway.url()),
        ("AWS_STS_ENDPOINT", &world.sts.url()),
    ]);
    // SeaweedFS does not name the user of a session that it gives for a token; AWS does.
    runs(|variables| super::keyless_aws(variables).untold("session_arn"), &variables).await;
}

#[tokio::test]
async fn the_live_profile_of_keyless_google_runs_where_a_double_decides() {
    let (made, world) = (Made::new(), gcp::world::World::new().await);
    let provider = PoolProvider::named("7", "own-pool", "tidegate", ISSUER);
    let provider = PoolProvider { keys: made.jwks(), subjects: Some(vec![SUBJECT.to_owned()]), ..provider };
    let email = world.front.service_account("writer");
    world.front.grant(world.bucket.name(), &world.member("writer"), USER);
    world.front.grant_account(&email, &provider.member(SUBJECT), TOKEN_CREATOR);
    world.front.trust(provider.clone());
    let variables = made.variables(&[
        ("GCP_POOL_PROVIDER", &provider.audience()),
        ("GCP_SERVICE_ACCOUNT", &email),
        ("GCP_BUCKET", world.bucket.name()),
        ("GCP_ENDPOINT", &world.front.url()),
    ]);
    runs(super::keyless_gcp, &variables).await;
}

#[tokio::test]
async fn the_live_profile_of_keyless_azure_runs_where_a_double_decides() {
    let (made, world) = (Made::new(), azure::world::World::with_role(azure::world::CONTRIBUTOR).await);
    let issuer = super::issuer(&made.variables(&[]));
    let trusted = FederatedCredential {
        issuer: issuer.subject().issuer.clone(),
        subject: SUBJECT.to_owned(),
        audience: "api://AzureADTokenExchange".to_owned(),
        keys: made.jwks(),
    };
    world.entra.federate(&world.app.client_id, trusted);
    let pairs = azure_variables(&world, "false");
    runs(super::keyless_azure, &made.variables(&borrowed(&pairs))).await;
}
