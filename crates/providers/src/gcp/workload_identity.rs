//! `gcp-workload-identity`: a pool of the customer's own trusts the tokens that Tidegate issues for one integration.

use std::sync::Arc;

use cloud_policy::gcp::Access;
use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, Provider, Rating, Setup, SetupAsk, Whose,
};
use domain::{Error, FieldError, Result};

use super::connection::{GcpConnection, Identity, Pool};
use super::endpoints::Endpoints;
use super::pool::{self, PoolProvider};
use super::{account, fields, setup};
use crate::registry::Deps;
use crate::settings::Form;

const FIELDS: &[Field] = &[fields::AUDIENCE, fields::OPTIONAL_SERVICE_ACCOUNT, fields::PROJECT_ID];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "gcp-workload-identity",
    title: "Google Cloud workload identity",
    cloud: "Google Cloud",
    summary: "A workload identity pool of the customer trusts the tokens that Tidegate issues for this integration: no key exists.",
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
        when: "Choose it when whom to trust is to be decided in the customer's own pool, or the operator gave Tidegate none.",
        privilege: Rating::Good,
        rotation: Rating::Good,
        audit: Rating::Good,
        separation: Rating::Good,
        speed: Rating::Fair,
        ease: Rating::Fair,
    },
};

/// The method.
pub(crate) struct WorkloadIdentity {
    deps: Arc<Deps>,
}

impl WorkloadIdentity {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }
}

fn read(ask: &ConnectAsk) -> (Form<'_>, Option<PoolProvider>) {
    let mut form = Form::open(ask, &DESCRIPTOR, &[]);
    setup::check_account(&mut form);
    let audience = form.sound(fields::AUDIENCE.name);
    let provider = audience.and_then(PoolProvider::parse);
    if audience.is_some() && provider.is_none() {
        form.wrong_setting(fields::AUDIENCE.name, pool::WRONG);
    }
    (form, provider)
}

impl Provider for WorkloadIdentity {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        read(ask).0.errors()
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let (form, provider) = read(&ask);
        let service_account = form.get(fields::SERVICE_ACCOUNT.name).map(str::to_owned);
        let project = form.get(fields::PROJECT_ID.name).map(str::to_owned);
        form.finish()?;
        let provider = provider.ok_or_else(|| {
            Error::invalid("/settings/audience", "the integration is finished with the name of the pool's provider")
        })?;
        // A number serves as well as an id where buckets are listed.
        let project = project
            .or_else(|| account::project_of(service_account.as_deref()?))
            .unwrap_or_else(|| provider.project_number().to_owned());
        let tokens = setup::tokens(&ask)?;
        let pool = Pool { tokens, whose: Whose::Integration, provider, service_account, shared: false };
        Ok(GcpConnection::connect(&self.deps, Endpoints::of(&self.deps.gcp)?, Identity::Pool(pool), Some(project)))
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        let subject = setup::issued(ask)?;
        let given = |name: &str| ask.settings.get(name).map(String::as_str).filter(|text| !text.is_empty());
        let audience = given(fields::AUDIENCE.name);
        let provider = audience
            .map(|text| PoolProvider::parse(text).ok_or_else(|| Error::invalid("/settings/audience", pool::WRONG)));
        let provider = provider.transpose()?;
        let unnamed = format!("{}:integration:NAME", subject.project);
        let access = Access::OwnPool {
            issuer: &subject.issuer,
            subject: subject.integration.as_deref().unwrap_or(&unnamed),
            provider: provider.as_ref().map(PoolProvider::names),
            // Nobody has decided against an account until a pool is named without one.
            acts_for_account: audience.is_none() || given(fields::SERVICE_ACCOUNT.name).is_some(),
        };
        setup::setup(self, access, ask)
    }
}
