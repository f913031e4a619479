//! Tests over all methods at once.

mod bad_input;
mod descriptors;
mod limits;
mod remedies;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::clock::SystemClock;
use domain::integration::ExternalId;
use domain::provider::ConnectAsk;
use domain::secret::SecretBytes;

use crate::{AwsDeps, AzureDeps, Deps, GcpDeps, LocalDeps, OwnIdentity, OwnKeys, Registry, registry};

/// All methods, with an identity of Tidegate's own in `aws` and the project `machine` permitted.
fn methods() -> Registry {
    let clock = Arc::new(SystemClock);
    let identity = OwnIdentity {
        source: OwnKeys::Keys {
            access_key_id: "AKIAOWN".to_owned(),
            secret_access_key: SecretBytes::from("own-secret"),
        },
        principal_arn: Some("arn:aws:iam::999999999999:role/tidegate".to_owned()),
        sts_endpoint: None,
    };
    let ambient = net::Ambient::new(net::AmbientSource::default(), clock.clone()).unwrap();
    registry(Deps {
        transport: net::Transport::new(net::EgressConfig::default()).unwrap(),
        clock,
        aws: AwsDeps {
            identities: BTreeMap::from([("aws".to_owned(), identity)]),
            allow_ambient: vec!["machine".to_owned()],
            ambient: Arc::new(ambient),
        },
        gcp: GcpDeps {
            identity_audience: Some(
                "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/tidegate/providers/tidegate"
                    .to_owned(),
            ),
            ..GcpDeps::default()
        },
        azure: AzureDeps::default(),
        local: LocalDeps::default(),
    })
}

fn ask(settings: &[(&str, &str)], secrets: &[(&str, &[u8])]) -> ConnectAsk {
    ConnectAsk {
        project: "machine".to_owned(),
        identity: None,
        external_id: ExternalId::restored("tidegate-00112233445566778899aabbccddeeff".to_owned()),
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        secrets: secrets.iter().map(|(name, value)| ((*name).to_owned(), SecretBytes::new(*value))).collect(),
    }
}
