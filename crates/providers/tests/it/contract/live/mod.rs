//! The same contract against real accounts, for whoever has some; the buckets are for nothing else.
//!
//! Run with `cargo test -p tidegate-providers --test it -- --ignored live`; CONTRIBUTING.md names the variables. That
//! the profile itself works is tested over what runs here.

mod here;

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;

use domain::clock::SystemClock;
use domain::secret::SecretBytes;
use testkit::jwt::SigningKey;
use tidegate_providers::{AzureDeps, Deps, GcpDeps};

use super::issuer::Issuer;
use super::subject::{Given, Narrows, Subject, connect, transport};
use super::variables::Variables;
use super::whole;

/// The operator's part: stores in place of the clouds' own, where such are named.
fn deps(variables: &Variables) -> Deps {
    let ca = variables.get("CA_FILE").map(|_| variables.file("CA_FILE"));
    let named = |name: &str| variables.get(name).map(str::to_owned);
    let gcp = named("GCP_ENDPOINT");
    Deps {
        gcp: GcpDeps {
            identity_audience: None,
            storage_endpoint: gcp.clone(),
            oauth_endpoint: gcp.clone(),
            sts_endpoint: gcp.clone(),
            iam_endpoint: gcp,
        },
        azure: AzureDeps { authority: named("AZURE_AUTHORITY"), blob_endpoint: named("AZURE_BLOB_ENDPOINT") },
        ..Deps::bare(transport(ca), Arc::new(SystemClock)).unwrap()
    }
}

/// A method with what the variables say: settings that are needed, settings that may be left out, secrets.
struct Ask<'a> {
    method: &'static str,
    bucket: &'a str,
    needed: &'a [(&'a str, &'a str)],
    optional: &'a [(&'a str, &'a str)],
    secret: Option<(&'a str, &'a str)>,
}

fn subject(variables: &Variables, ask: &Ask<'_>, issuer: Option<Arc<Issuer>>) -> Subject {
    let needed = ask.needed.iter().map(|(name, variable)| (*name, variables.need(variable)));
    let optional = ask.optional.iter().filter_map(|(name, variable)| Some((*name, variables.get(variable)?)));
    let settings: Vec<_> = needed.chain(optional).collect();
    let secrets: Vec<(&str, SecretBytes)> =
        ask.secret.iter().map(|(name, variable)| (*name, variables.secret(variable))).collect();
    let given = Given { settings: &settings, secrets: &secrets, tokens: issuer.map(|issuer| issuer as Arc<_>) };
    let connection = connect(deps(variables), ask.method, given);
    Subject::new(ask.method, connection, variables.need(ask.bucket), ())
}

const AWS_PLACE: [(&str, &str); 2] = [("endpoint", "AWS_ENDPOINT"), ("sts_endpoint", "AWS_STS_ENDPOINT")];

/// A user's key pair, or the role that it assumes if one is named.
fn aws(variables: &Variables) -> Subject {
    let role = [("role_arn", "AWS_ROLE_ARN")];
    let ask = Ask {
        method: if variables.get("AWS_ROLE_ARN").is_some() { "aws-sts" } else { "aws-access-key" },
        bucket: "AWS_BUCKET",
        needed: &[("access_key_id", "AWS_ACCESS_KEY_ID"), ("region", "AWS_REGION")],
        optional: &[AWS_PLACE[0], AWS_PLACE[1], role[0]],
        secret: Some(("secret_access_key", "AWS_SECRET_ACCESS_KEY_FILE")),
    };
    subject(variables, &ask, None)
}

fn gcp(variables: &Variables) -> Subject {
    let ask = Ask {
        method: "gcp-service-account-key",
        bucket: "GCP_BUCKET",
        needed: &[],
        optional: &[],
        secret: Some(("service_account_key", "GCP_KEY_FILE")),
    };
    subject(variables, &ask, None)
}

const AZURE: [(&str, &str); 4] = [
    ("account", "AZURE_ACCOUNT"),
    ("tenant_id", "AZURE_TENANT_ID"),
    ("client_id", "AZURE_CLIENT_ID"),
    ("hierarchical", "AZURE_HIERARCHICAL"),
];

fn azure(variables: &Variables) -> Subject {
    let ask = Ask {
        method: "azure-client-secret",
        bucket: "AZURE_CONTAINER",
        needed: &AZURE,
        optional: &[],
        secret: Some(("client_secret", "AZURE_CLIENT_SECRET_FILE")),
    };
    with_its_folders(variables, subject(variables, &ask, None))
}

/// Only an account with folders narrows to one.
fn with_its_folders(variables: &Variables, subject: Subject) -> Subject {
    let flat = variables.need("AZURE_HIERARCHICAL") != "true";
    subject.narrows(if flat { Narrows::ToBuckets } else { Narrows::ToFolders })
}

const KEY_NAME: &str = "tidegate-live";

/// An issuer whose documents are where the clouds can read them.
fn issuer(variables: &Variables) -> Arc<Issuer> {
    let pem = String::from_utf8(variables.file("ISSUER_KEY_FILE")).unwrap();
    Issuer::new(variables.need("ISSUER_URL"), SigningKey::from_private_pem(KEY_NAME, &pem))
}

fn keyless_aws(variables: &Variables) -> Subject {
    let ask = Ask {
        method: "aws-web-identity",
        bucket: "AWS_BUCKET",
        needed: &[("role_arn", "AWS_ROLE_ARN"), ("region", "AWS_REGION")],
        optional: &AWS_PLACE,
        secret: None,
    };
    subject(variables, &ask, Some(issuer(variables)))
}

fn keyless_gcp(variables: &Variables) -> Subject {
    let ask = Ask {
        method: "gcp-workload-identity",
        bucket: "GCP_BUCKET",
        needed: &[("audience", "GCP_POOL_PROVIDER"), ("service_account", "GCP_SERVICE_ACCOUNT")],
        optional: &[],
        secret: None,
    };
    subject(variables, &ask, Some(issuer(variables)))
}

fn keyless_azure(variables: &Variables) -> Subject {
    let ask = Ask { method: "azure-federated", bucket: "AZURE_CONTAINER", needed: &AZURE, optional: &[], secret: None };
    with_its_folders(variables, subject(variables, &ask, Some(issuer(variables))))
}

/// Writes what the clouds must be able to read under the issuer's URL; makes its key if there is none yet.
fn write_documents(variables: &Variables) {
    let key = variables.path("ISSUER_KEY_FILE");
    if !key.exists() {
        // Clouds trust it: it is nobody else's to read.
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&key).unwrap();
        file.write_all(SigningKey::generate().private_pem().as_bytes()).unwrap();
    }
    let issuer = issuer(variables);
    let folder = variables.path("ISSUER_FOLDER").join(".well-known");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("openid-configuration"), issuer.discovery().to_string()).unwrap();
    std::fs::write(folder.join("jwks.json"), issuer.jwks().to_string()).unwrap();
}

async fn run(subject: fn(&Variables) -> Subject) {
    whole(&subject(&Variables::of_the_environment())).await;
}

#[tokio::test]
#[ignore = "needs an account of AWS: see CONTRIBUTING.md"]
async fn live_aws() {
    run(aws).await;
}

#[tokio::test]
#[ignore = "needs an account of Google Cloud: see CONTRIBUTING.md"]
async fn live_gcp() {
    run(gcp).await;
}

#[tokio::test]
#[ignore = "needs an account of Azure: see CONTRIBUTING.md"]
async fn live_azure() {
    run(azure).await;
}

#[test]
#[ignore = "writes the documents for the three below: see CONTRIBUTING.md"]
fn live_issuer_documents() {
    write_documents(&Variables::of_the_environment());
}

#[tokio::test]
#[ignore = "needs an account of AWS that trusts an issuer: see CONTRIBUTING.md"]
async fn live_keyless_aws() {
    run(keyless_aws).await;
}

#[tokio::test]
#[ignore = "needs an account of Google Cloud that trusts an issuer: see CONTRIBUTING.md"]
async fn live_keyless_gcp() {
    run(keyless_gcp).await;
}

#[tokio::test]
#[ignore = "needs an account of Azure that trusts an issuer: see CONTRIBUTING.md"]
async fn live_keyless_azure() {
    run(keyless_azure).await;
}
