//! `azure-client-secret`: an application of one tenant, with a stored secret.

use std::sync::Arc;

use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, Provider, Rating, Setup, SetupAsk,
};
use domain::{FieldError, Result};

use super::connection::Base;
use super::login::{Login, Proof};
use super::setup::{self, Kind};
use super::shared::{self, Common};
use super::tokens::Tokens;
use super::{fields, pasted};
use crate::registry::Deps;
use crate::settings::Form;

const FIELDS: &[Field] = &[
    fields::ACCOUNT,
    fields::TENANT_ID,
    fields::CLIENT_ID,
    fields::CLIENT_SECRET,
    fields::CLOUD,
    fields::HIERARCHICAL,
];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "azure-client-secret",
    title: "Azure application with a secret",
    cloud: "Azure",
    summary: "An application of the customer's tenant whose secret Tidegate keeps sealed; its roles decide what it reaches.",
    fields: FIELDS,
    capabilities: Capabilities {
        two_step: false,
        keyless: false,
        external_id: false,
        ambient: false,
        stored_key: true,
        browse: true,
        sign: true,
        serves: false,
        credentials: true,
    },
    advice: Advice {
        recommended: false,
        when: "Choose it when the tenant cannot reach Tidegate's issuer, so that azure-federated does not work.",
        privilege: Rating::Good,
        rotation: Rating::Fair,
        audit: Rating::Fair,
        separation: Rating::Fair,
        speed: Rating::Good,
        ease: Rating::Fair,
    },
};

/// Settings that this method refuses, with the reason.
pub(super) const EXPLAINED: &[(&str, &str)] = &[(
    "endpoint",
    "an access token is good for more than one account, so only the operator says where it is shown (azure.blob_endpoint)",
)];

/// The method.
pub(crate) struct ClientSecret {
    deps: Arc<Deps>,
}

impl ClientSecret {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }

    fn read<'a>(&self, ask: &'a ConnectAsk) -> (Form<'a>, Common) {
        let mut form = Form::open(ask, &DESCRIPTOR, EXPLAINED);
        let common = shared::read(&mut form, &self.deps.azure);
        if let Some(why) = form.sound_secret("client_secret").and_then(pasted::wrong_client_secret) {
            form.wrong_secret("client_secret", why);
        }
        (form, common)
    }
}

impl Provider for ClientSecret {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        self.read(ask).0.errors()
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let (form, common) = self.read(&ask);
        let secret = form.secret("client_secret").cloned().unwrap_or_default();
        form.finish()?;
        let login = Login {
            authority: common.authority(&self.deps.azure)?,
            tenant_id: shared::needed(&ask, "tenant_id")?,
            client_id: shared::needed(&ask, "client_id")?,
            proof: Proof::Secret(secret),
        };
        let tokens = Tokens::new(self.deps.transport.clone(), self.deps.clock.clone(), login);
        let base = Base::Application { tokens: Arc::new(tokens), federated: None };
        Ok(common.connect(&self.deps, base)?)
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        setup::setup(self, ask, &Kind::ClientSecret)
    }
}
