//! Tests over all methods at once.

mod advice;
mod bad_input;
mod descriptors;
mod gcp_setups;
mod limits;
mod remedies;
mod tell;
mod web_identity;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::clock::SystemClock;
use domain::integration::ExternalId;
use domain::provider::ConnectAsk;
use domain::secret::SecretBytes;

use crate::{AwsDeps, Deps, GcpDeps, OwnIdentity, OwnKeys, Registry, registry};

/// All methods, with an identity of Tidegate's own in `aws` and the project `machine` permitted.
fn methods() -> Registry {
    let identity = OwnIdentity {
        source: OwnKeys::Keys {
            access_key_id: "AKIAOWN".to_owned(),
            secret_access_key: SecretBytes::from("own-secret"),
        },
        principal_arn: Some("arn:aws:iam::999999999999:role/tidegate".to_owned()),
        sts_endpoint: None,
    };
    let transport = net::Transport::new(net::EgressConfig::default()).unwrap();
    let bare = Deps::bare(transport, Arc::new(SystemClock)).unwrap();
    registry(Deps {
        aws: AwsDeps {
            identities: BTreeMap::from([("aws".to_owned(), identity)]),
            allow_ambient: vec!["machine".to_owned()],
            ..bare.aws
        },
        gcp: GcpDeps {
            identity_audience: Some(
                "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/tidegate/providers/tidegate"
                    .to_owned(),
            ),
            ..GcpDeps::default()
        },
        ..bare
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
