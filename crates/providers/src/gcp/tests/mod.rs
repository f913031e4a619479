//! What holds before anything is asked of Google. Nothing here may reach the network.

mod offline;
mod remedies;
mod settings;

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use domain::Result;
use domain::clock::SystemClock;
use domain::integration::ExternalId;
use domain::provider::{ConnectAsk, Connection, IdentityTokens, IssuedSubject, Provider, Whose};
use domain::secret::SecretBytes;
use serde_json::{Value, json};
use testkit::jwt::SigningKey;

use crate::{Deps, GcpDeps, registry};

const OPERATORS: &str =
    "//iam.googleapis.com/projects/99/locations/global/workloadIdentityPools/operators/providers/tidegate";
const OWN: &str = "//iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/pool/providers/farm";
const EMAIL: &str = "reader@acme-1.iam.gserviceaccount.com";

/// Tokens that are none: nothing here may send them.
struct Tokens(IssuedSubject);

#[async_trait]
impl IdentityTokens for Tokens {
    fn subject(&self) -> &IssuedSubject {
        &self.0
    }

    async fn token(&self, _whose: Whose, _audience: &str) -> Result<SecretBytes> {
        panic!("no token may be asked for here")
    }
}

fn subject() -> IssuedSubject {
    IssuedSubject {
        issuer: "https://tidegate.example.com".to_owned(),
        project: "project:tidegate-0123".to_owned(),
        integration: Some("project:tidegate-0123:integration:farm".to_owned()),
    }
}

fn method_with(id: &str, gcp: GcpDeps) -> Arc<dyn Provider> {
    let transport = net::Transport::new(net::EgressConfig::default()).unwrap();
    let deps = Deps::bare(transport, Arc::new(SystemClock)).unwrap();
    registry(Deps { gcp, ..deps }).get(id).unwrap()
}

fn method(id: &str) -> Arc<dyn Provider> {
    method_with(id, GcpDeps { identity_audience: Some(OPERATORS.to_owned()), ..GcpDeps::default() })
}

fn ask(settings: &[(&str, &str)], key_file: Option<&str>) -> ConnectAsk {
    ConnectAsk {
        project: "acme".to_owned(),
        external_id: ExternalId::restored("tidegate-0123".to_owned()),
        identity: Some(Arc::new(Tokens(subject()))),
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        secrets: key_file.map(|file| ("service_account_key".to_owned(), SecretBytes::from(file))).into_iter().collect(),
    }
}

/// Making a key takes longer than all else here.
static PEM: LazyLock<String> = LazyLock::new(|| SigningKey::generate().private_pem());

fn key_file() -> Value {
    json!({
        "type": "service_account", "project_id": "acme-1", "private_key_id": "0a1b2c",
        "private_key": *PEM, "client_email": EMAIL,
        "token_uri": "https://oauth2.googleapis.com/token",
    })
}

fn connect(id: &str, settings: &[(&str, &str)]) -> Arc<dyn Connection> {
    let file = (id == "gcp-service-account-key").then(|| key_file().to_string());
    method(id).connect(ask(settings, file.as_deref())).unwrap_or_else(|error| panic!("{error:?}"))
}

/// The three methods with an account, and the one without.
fn connections() -> [(&'static str, Arc<dyn Connection>); 4] {
    [
        ("key", connect("gcp-service-account-key", &[])),
        ("cross", connect("gcp-cross-project", &[("service_account", EMAIL)])),
        ("pool", connect("gcp-workload-identity", &[("audience", OWN), ("service_account", EMAIL)])),
        ("direct", connect("gcp-workload-identity", &[("audience", OWN)])),
    ]
}
