//! `azure-federated`: an application of the customer's tenant that trusts tokens of Tidegate's own issuer.

use std::sync::Arc;

use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, IdentityTokens, Provider, Rating, Setup, SetupAsk,
    Whose,
};
use domain::{FieldError, Result};

use super::client_secret::EXPLAINED;
use super::cloud::Cloud;
use super::connection::{Base, Federated as Trust};
use super::fields;
use super::login::{Login, Proof};
use super::setup::{self, Kind};
use super::shared::{self, Common};
use super::tokens::Tokens;
use crate::aws::no_issuer;
use crate::registry::Deps;
use crate::settings::Form;

const FIELDS: &[Field] = &[
    fields::ACCOUNT_WITHOUT_SECRET,
    fields::TENANT_ID_LATER,
    fields::CLIENT_ID_LATER,
    fields::CLOUD_WITHOUT_SECRET,
    fields::HIERARCHICAL,
];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "azure-federated",
    title: "Azure application without a secret",
    cloud: "Azure",
    summary: "An application of the customer's tenant trusts tokens that Tidegate issues for this integration alone: nothing is stored.",
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
        recommended: true,
        when: "Choose it whenever the data is on Azure and the tenant can reach Tidegate's issuer over the internet.",
        privilege: Rating::Good,
        rotation: Rating::Good,
        audit: Rating::Good,
        separation: Rating::Good,
        speed: Rating::Good,
        ease: Rating::Fair,
    },
};

/// The method.
pub(crate) struct Federated {
    deps: Arc<Deps>,
}

impl Federated {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }

    fn read<'a>(&self, ask: &'a ConnectAsk) -> (Form<'a>, Common) {
        let mut form = Form::open(ask, &DESCRIPTOR, EXPLAINED);
        let common = shared::read(&mut form, &self.deps.azure);
        (form, common)
    }

    fn tokens(
        &self,
        ask: &ConnectAsk,
        common: &Common,
        identity: &Arc<dyn IdentityTokens>,
        whose: Whose,
    ) -> Result<Arc<Tokens>> {
        let audience = common.cloud.exchange_audience;
        let login = Login {
            authority: common.authority(&self.deps.azure)?,
            tenant_id: shared::needed(ask, "tenant_id")?,
            client_id: shared::needed(ask, "client_id")?,
            proof: Proof::Federated { identity: identity.clone(), whose, audience },
        };
        Ok(Arc::new(Tokens::new(self.deps.transport.clone(), self.deps.clock.clone(), login)))
    }
}

impl Provider for Federated {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        self.read(ask).0.errors()
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let (form, common) = self.read(&ask);
        form.finish()?;
        let identity = ask.identity.as_ref().ok_or_else(no_issuer)?;
        let trust = Trust {
            subject: identity.subject().clone(),
            audience: common.cloud.exchange_audience,
            stranger: self.tokens(&ask, &common, identity, Whose::Stranger)?,
        };
        let tokens = self.tokens(&ask, &common, identity, Whose::Integration)?;
        Ok(common.connect(&self.deps, Base::Application { tokens, federated: Some(trust) })?)
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        let subject = ask.identity.as_ref().ok_or_else(no_issuer)?;
        let cloud = Cloud::named(ask.settings.get("cloud").map(String::as_str));
        setup::setup(self, ask, &Kind::Federated { subject, audience: cloud.exchange_audience })
    }
}
