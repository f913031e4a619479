//! `aws-web-identity`: a role that Tidegate's own tokens are exchanged for; nothing secret is kept on either side.

use std::sync::Arc;

use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, Provider, Rating, Setup, SetupAsk,
};
use domain::{Error, ErrorKind, FieldError, Result};

use super::shared::{self, Common, Takes, Trust};
use crate::connection::Base;
use crate::registry::Deps;
use crate::settings::{Form, fields};

/// The audience of tokens for AWS's own STS (IAM User Guide, "Creating OpenID Connect identity providers").
const AUDIENCE: &str = "sts.amazonaws.com";

const FIELDS: &[Field] = &[
    fields::ROLE_ARN,
    fields::REGION,
    fields::STS_REGION,
    fields::ENDPOINT_WITHOUT_KEYS,
    fields::PUBLIC_ENDPOINT,
    fields::ADDRESSING,
    Field {
        help: "The STS to ask, if it is not the region's; tokens are then made for this address, so that no other takes them.",
        rebinds_secret: false,
        ..fields::STS_ENDPOINT
    },
];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "aws-web-identity",
    title: "AWS role by web identity",
    cloud: "Amazon Web Services",
    summary: "AWS trusts tokens that Tidegate issues for this integration alone: no key and no identity of Tidegate's own.",
    fields: FIELDS,
    capabilities: Capabilities {
        two_step: true,
        keyless: true,
        external_id: false,
        ambient: false,
        stored_key: false,
        browse: true,
        sign: true,
        serves: false,
        credentials: true,
    },
    advice: Advice {
        recommended: false,
        when: "Choose it where no long-lived key may exist at all, and AWS can reach Tidegate's address or a copy of two documents.",
        privilege: Rating::Good,
        rotation: Rating::Good,
        audit: Rating::Fair,
        separation: Rating::Good,
        speed: Rating::Good,
        ease: Rating::Fair,
    },
};

const EXPLAINED: &[(&str, &str)] = &[
    ("external_id", "the subject of Tidegate's token stands for the external id; see setup"),
    ("revoke_sessions", "older sessions are not denied with this method: delete the trust, or let them end"),
    ("access_key_id", "this method stores no keys; use aws-sts to bring a key pair"),
];

/// The method.
pub(crate) struct WebIdentity {
    deps: Arc<Deps>,
}

impl WebIdentity {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }
}

fn read<'a>(ask: &'a ConnectAsk) -> (Form<'a>, Common) {
    let mut form = Form::open(ask, &DESCRIPTOR, EXPLAINED);
    let own_sts = form.sound("sts_endpoint").is_some();
    let common = shared::read(&mut form, Takes { properties: false, own_sts });
    (form, common)
}

/// A token for another STS than AWS's is worth nothing at AWS's.
fn audience(settings: &domain::integration::Settings) -> String {
    let own = settings.get("sts_endpoint").map(|url| url.trim_end_matches('/').to_owned());
    own.unwrap_or_else(|| AUDIENCE.to_owned())
}

impl Provider for WebIdentity {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        read(ask).0.errors()
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let (form, common) = read(&ask);
        form.finish()?;
        common.need_role()?;
        let tokens = ask.identity.clone().ok_or_else(no_issuer)?;
        let base = Base::Token { tokens, audience: audience(&ask.settings) };
        Ok(common.connect(&self.deps, base, Trust::default())?)
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        let identity = ask.identity.as_ref().ok_or_else(no_issuer)?;
        let unnamed = format!("{}:integration:NAME", identity.project);
        let federation = cloud_policy::Federation {
            issuer: &identity.issuer,
            subject: identity.integration.as_deref().unwrap_or(&unnamed),
            audience: &audience(&ask.settings),
        };
        shared::setup(self, ask, shared::partition_of(ask), cloud_policy::FlavourKind::FederatedRole { federation })
    }
}

/// What every keyless method says where no tokens are issued.
pub(crate) fn no_issuer() -> Error {
    Error::new(ErrorKind::Unsupported, "this installation issues no tokens of its own, which this method needs")
        .with_hint("the operator sets public_url to its https:// address, or url in the section [issuer]")
}
