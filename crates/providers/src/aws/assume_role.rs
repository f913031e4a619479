//! `aws-assume-role`: a role, assumed with the identity of the machine; each user may have a role of his own.

use std::sync::Arc;

use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, Provider, Rating, Setup, SetupAsk,
};
use domain::{FieldError, Result};

use super::environment::EXPLAINED;
use super::shared::{self, Common, Takes, Trust};
use crate::connection::Base;
use crate::registry::Deps;
use crate::settings::{Form, fields};

const FIELDS: &[Field] = &[
    fields::ROLE_ARN_TEMPLATE,
    fields::REGION,
    fields::STS_REGION,
    fields::ENDPOINT_WITHOUT_KEYS,
    fields::PUBLIC_ENDPOINT,
    fields::ADDRESSING,
    fields::REVOKE_SESSIONS,
];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "aws-assume-role",
    title: "AWS environment with a role",
    cloud: "Amazon Web Services",
    summary: "The machine's own identity assumes a role, which may differ from user to user by a property.",
    fields: FIELDS,
    capabilities: Capabilities {
        two_step: true,
        keyless: false,
        external_id: false,
        ambient: true,
        stored_key: false,
        browse: true,
        sign: true,
        serves: false,
        credentials: true,
    },
    advice: Advice {
        recommended: false,
        when: "Choose it when Tidegate runs in the account that owns the data and people must act with roles of their own.",
        privilege: Rating::Good,
        rotation: Rating::Good,
        audit: Rating::Good,
        separation: Rating::Fair,
        speed: Rating::Fair,
        ease: Rating::Fair,
    },
};

/// The method.
pub(crate) struct AssumeRole {
    deps: Arc<Deps>,
}

impl AssumeRole {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }
}

fn read<'a>(ask: &'a ConnectAsk) -> (Form<'a>, Common) {
    let mut form = Form::open(ask, &DESCRIPTOR, EXPLAINED);
    let common = shared::read(&mut form, Takes { properties: true, own_sts: false });
    (form, common)
}

impl Provider for AssumeRole {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        read(ask).0.errors()
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let (form, common) = read(&ask);
        form.finish()?;
        shared::permit_ambient(&self.deps, &ask.project)?;
        common.need_role()?;
        let base = Base::Ambient(self.deps.aws.ambient.clone());
        Ok(common.connect(&self.deps, base, Trust::default())?)
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        shared::setup(
            self,
            ask,
            shared::partition_of(ask),
            cloud_policy::FlavourKind::AmbientRole { principal_arn: None },
        )
    }
}
