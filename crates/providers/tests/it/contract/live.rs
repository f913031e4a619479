//! The same contract against real accounts, for whoever has some; the buckets are for nothing else.
//!
//! Run with `cargo test -p tidegate-providers --test it -- --ignored live`; CONTRIBUTING.md names the variables.

use std::sync::Arc;

use domain::clock::SystemClock;
use domain::integration::ExternalId;
use domain::provider::ConnectAsk;
use domain::secret::SecretBytes;
use tidegate_providers::{AwsDeps, AzureDeps, Deps, GcpDeps, LocalDeps, registry};

use super::subject::Subject;

#[expect(clippy::disallowed_methods, reason = "a test has nobody to pass the environment in")]
fn variable(name: &str) -> String {
    let name = format!("TIDEGATE_LIVE_{name}");
    std::env::var(&name).unwrap_or_else(|_| panic!("set {name}: CONTRIBUTING.md says to what"))
}

fn secret(name: &str) -> SecretBytes {
    let file = variable(name);
    let bytes = std::fs::read(&file).unwrap_or_else(|why| panic!("{file}: {why}"));
    SecretBytes::new(bytes.trim_ascii_end())
}

fn subject(method: &str, bucket: &str, settings: &[(&str, String)], secrets: &[(&str, SecretBytes)]) -> Subject {
    let clock = Arc::new(SystemClock);
    let ambient = Arc::new(net::Ambient::new(net::AmbientSource::default(), clock.clone()).unwrap());
    let methods = registry(Deps {
        transport: net::Transport::new(net::EgressConfig::default()).unwrap(),
        clock,
        aws: AwsDeps { identities: std::collections::BTreeMap::new(), allow_ambient: Vec::new(), ambient },
        gcp: GcpDeps::default(),
        azure: AzureDeps::default(),
        local: LocalDeps::default(),
    });
    let ask = ConnectAsk {
        project: "live".to_owned(),
        external_id: ExternalId::new(),
        identity: None,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        secrets: secrets.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    };
    let connection = methods.get(method).unwrap().connect(ask).unwrap_or_else(|error| panic!("{error:?}"));
    Subject::new(connection, bucket, ())
}

fn aws() -> Subject {
    let settings = [("access_key_id", variable("AWS_ACCESS_KEY_ID")), ("region", variable("AWS_REGION"))];
    let secrets = [("secret_access_key", secret("AWS_SECRET_ACCESS_KEY_FILE"))];
    subject("aws-access-key", &variable("AWS_BUCKET"), &settings, &secrets)
}

fn gcp() -> Subject {
    let secrets = [("service_account_key", secret("GCP_KEY_FILE"))];
    subject("gcp-service-account-key", &variable("GCP_BUCKET"), &[], &secrets)
}

fn azure() -> Subject {
    let settings = [
        ("account", variable("AZURE_ACCOUNT")),
        ("tenant_id", variable("AZURE_TENANT_ID")),
        ("client_id", variable("AZURE_CLIENT_ID")),
        ("hierarchical", variable("AZURE_HIERARCHICAL")),
    ];
    let secrets = [("client_secret", secret("AZURE_CLIENT_SECRET_FILE"))];
    subject("azure-client-secret", &variable("AZURE_CONTAINER"), &settings, &secrets)
}

async fn whole_contract(subject: fn() -> Subject) {
    super::objects::round(subject()).await;
    super::objects::awkward(subject()).await;
    super::objects::pages(subject()).await;
    super::objects::conditions(subject()).await;
    super::objects::absent(subject()).await;
    super::urls::signed(subject()).await;
    super::urls::ended(subject()).await;
    super::narrowing::narrowed(subject()).await;
}

#[tokio::test]
#[ignore = "needs an account of AWS: see CONTRIBUTING.md"]
async fn live_aws() {
    whole_contract(aws).await;
}

#[tokio::test]
#[ignore = "needs an account of Google Cloud: see CONTRIBUTING.md"]
async fn live_gcp() {
    whole_contract(gcp).await;
}

#[tokio::test]
#[ignore = "needs an account of Azure: see CONTRIBUTING.md"]
async fn live_azure() {
    whole_contract(azure).await;
}
