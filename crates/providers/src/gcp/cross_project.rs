//! `gcp-cross-project`: the customer's service account, for which Tidegate's own identity acts.
//!
//! That identity is a subject of a workload identity pool of the operator, another one for each project of Tidegate:
//! the customer names the subject, and so no other tenant can act for his account.

use std::sync::Arc;

use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, Provider, Rating, Setup, SetupAsk, Whose,
};
use domain::{Error, ErrorKind, FieldError, Result};

use super::connection::{GcpConnection, Identity, Pool};
use super::endpoints::Endpoints;
use super::pool::{self, PoolProvider};
use super::{account, fields, setup};
use crate::registry::Deps;
use crate::settings::Form;

const FIELDS: &[Field] = &[fields::SERVICE_ACCOUNT, fields::PROJECT_ID];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "gcp-cross-project",
    title: "Google Cloud service account of a customer",
    cloud: "Google Cloud",
    summary: "Tidegate's own identity acts for a service account of the customer, as a principal of this project alone: no key changes hands.",
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
        when: "Choose it whenever the data is on Google Cloud and the operator gave Tidegate a pool of its own there.",
        privilege: Rating::Good,
        rotation: Rating::Good,
        audit: Rating::Good,
        separation: Rating::Good,
        speed: Rating::Fair,
        ease: Rating::Good,
    },
};

/// Settings that this method refuses, with the reason.
const EXPLAINED: &[(&str, &str)] = &[(
    "audience",
    "only the operator sets the pool of Tidegate's own identity; use gcp-workload-identity for your own",
)];

/// The method.
pub(crate) struct CrossProject {
    deps: Arc<Deps>,
}

impl CrossProject {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }

    /// The pool that trusts Tidegate itself.
    fn own_pool(&self) -> Result<PoolProvider> {
        let Some(audience) = &self.deps.gcp.identity_audience else {
            return Err(Error::new(ErrorKind::PermissionDenied, "Tidegate has no identity of its own on Google Cloud")
                .with_hint("the operator sets gcp.identity_audience; gcp-workload-identity needs no such identity"));
        };
        PoolProvider::parse(audience).ok_or_else(|| {
            Error::new(ErrorKind::Invalid, format!("gcp.identity_audience of the server: {}", pool::WRONG))
        })
    }
}

fn read(ask: &ConnectAsk) -> Form<'_> {
    let mut form = Form::open(ask, &DESCRIPTOR, EXPLAINED);
    setup::check_account(&mut form);
    form
}

impl Provider for CrossProject {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        read(ask).errors()
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let form = read(&ask);
        let email = form.get(fields::SERVICE_ACCOUNT.name).map(str::to_owned);
        let project = form.get(fields::PROJECT_ID.name).map(str::to_owned);
        form.finish()?;
        let email = email.ok_or_else(|| {
            Error::invalid(
                "/settings/service_account",
                "the integration is finished with the service account's address",
            )
        })?;
        let pool = Pool {
            provider: self.own_pool()?,
            tokens: setup::tokens(&ask)?,
            whose: Whose::Project,
            shared: true,
            service_account: Some(email.clone()),
        };
        let project = project.or_else(|| account::project_of(&email));
        Ok(GcpConnection::connect(&self.deps, Endpoints::of(&self.deps.gcp)?, Identity::Pool(pool), project))
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        let member = self.own_pool()?.member(&setup::issued(ask)?.project);
        setup::setup(self, cloud_policy::gcp::Access::OperatorsPool { member: &member }, ask)
    }
}
