//! `aws-access-key`: a stored key pair that reads and writes itself.

use std::sync::Arc;

use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, Provider, Rating, Setup, SetupAsk,
};
use domain::{FieldError, Result};

use super::shared::{self, Common, Takes, Trust};
use crate::connection::Base;
use crate::registry::Deps;
use crate::settings::{Form, fields};

const FIELDS: &[Field] = &[
    fields::ACCESS_KEY_ID,
    fields::SECRET_ACCESS_KEY,
    fields::REGION,
    fields::STS_REGION,
    fields::ENDPOINT,
    fields::PUBLIC_ENDPOINT,
    fields::ADDRESSING,
    fields::STS_ENDPOINT,
];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "aws-access-key",
    title: "AWS access key",
    cloud: "Amazon Web Services",
    summary: "A key pair of a user who may use the data himself; Tidegate keeps it sealed and never hands it out.",
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
        when: "Choose it to try something out, or where roles are not to be had.",
        privilege: Rating::Poor,
        rotation: Rating::Poor,
        audit: Rating::Poor,
        separation: Rating::Poor,
        speed: Rating::Good,
        ease: Rating::Good,
    },
};

/// Settings that this method refuses, with the reason.
const EXPLAINED: &[(&str, &str)] = &[("role_arn", "this method assumes no role; use aws-sts or aws-cross-account")];

/// The method.
pub(crate) struct AccessKey {
    deps: Arc<Deps>,
}

impl AccessKey {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }
}

fn read<'a>(ask: &'a ConnectAsk) -> (Form<'a>, Common) {
    let mut form = Form::open(ask, &DESCRIPTOR, EXPLAINED);
    let common = shared::read(&mut form, Takes { properties: false, own_sts: false });
    shared::refuse_session_key(&mut form);
    (form, common)
}

impl Provider for AccessKey {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        read(ask).0.errors()
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let (form, common) = read(&ask);
        let base = Base::Stored(shared::stored_keys(&form));
        form.finish()?;
        Ok(common.connect(&self.deps, base, Trust::default())?)
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        shared::setup(self, ask, shared::partition_of(ask), cloud_policy::FlavourKind::User)
    }
}
