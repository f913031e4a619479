//! `aws-environment`: the identity of the machine that Tidegate runs on, used as it is.

use std::sync::Arc;

use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, Provider, Rating, Setup, SetupAsk,
};
use domain::{FieldError, Result};

use super::shared::{self, Common, Takes, Trust};
use crate::connection::Base;
use crate::registry::Deps;
use crate::settings::{Form, fields};

const FIELDS: &[Field] =
    &[fields::REGION, fields::STS_REGION, fields::ENDPOINT_WITHOUT_KEYS, fields::PUBLIC_ENDPOINT, fields::ADDRESSING];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "aws-environment",
    title: "AWS environment",
    cloud: "Amazon Web Services",
    summary: "The identity that the machine, the container or the process has from AWS, if the operator permits it.",
    fields: FIELDS,
    capabilities: Capabilities {
        two_step: false,
        keyless: false,
        external_id: false,
        ambient: true,
        stored_key: false,
        browse: true,
        sign: true,
        serves: false,
        credentials: false,
    },
    advice: Advice {
        recommended: false,
        when: "Choose it when Tidegate runs in the account that owns the data and serves nobody else.",
        privilege: Rating::Poor,
        rotation: Rating::Good,
        audit: Rating::Poor,
        separation: Rating::Poor,
        speed: Rating::Good,
        ease: Rating::Good,
    },
};

/// Settings that this method refuses, with the reason.
pub(super) const EXPLAINED: &[(&str, &str)] = &[
    ("access_key_id", "this method uses the machine's own identity and takes no keys; use aws-access-key"),
    ("sts_endpoint", "a method that brings no keys cannot choose the STS"),
    ("role_arn", "this method assumes no role; use aws-assume-role"),
    ("external_id", "the machine's own identity assumes its roles without an external id"),
];

/// The method.
pub(crate) struct Environment {
    deps: Arc<Deps>,
}

impl Environment {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }
}

fn read<'a>(ask: &'a ConnectAsk) -> (Form<'a>, Common) {
    let mut form = Form::open(ask, &DESCRIPTOR, EXPLAINED);
    let common = shared::read(&mut form, Takes { properties: false, own_sts: false });
    (form, common)
}

impl Provider for Environment {
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
        let base = Base::Ambient(self.deps.aws.ambient.clone());
        Ok(common.connect(&self.deps, base, Trust::default())?)
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        shared::setup(self, ask, shared::partition_of(ask), cloud_policy::FlavourKind::Ambient)
    }
}
