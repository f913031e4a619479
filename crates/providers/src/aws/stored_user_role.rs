//! `aws-sts`: a role, assumed with the stored key pair of a user who may do nothing else.

use std::sync::Arc;

use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, Provider, Rating, Setup, SetupAsk,
};
use domain::{FieldError, Result};

use super::shared::{self, Common, Takes, Trust};
use crate::connection::Base;
use crate::registry::Deps;
use crate::settings::{Form, external_id, fields};

const FIELDS: &[Field] = &[
    fields::ROLE_ARN,
    fields::ACCESS_KEY_ID,
    fields::SECRET_ACCESS_KEY,
    fields::EXTERNAL_ID,
    fields::REGION,
    fields::STS_REGION,
    fields::ENDPOINT,
    fields::PUBLIC_ENDPOINT,
    fields::ADDRESSING,
    fields::STS_ENDPOINT,
    fields::IAM_ENDPOINT,
    fields::REVOKE_SESSIONS,
];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "aws-sts",
    title: "AWS role with a key pair",
    cloud: "Amazon Web Services",
    summary: "A key pair of a user without any permission assumes a role; the pair alone reaches no data.",
    fields: FIELDS,
    capabilities: Capabilities {
        two_step: true,
        keyless: false,
        external_id: true,
        ambient: false,
        stored_key: true,
        browse: true,
        sign: true,
        serves: false,
        credentials: true,
    },
    advice: Advice {
        recommended: false,
        when: "Choose it when the data is on AWS and Tidegate has no identity of its own there.",
        privilege: Rating::Good,
        rotation: Rating::Fair,
        audit: Rating::Good,
        separation: Rating::Fair,
        speed: Rating::Good,
        ease: Rating::Fair,
    },
};

/// The method.
pub(crate) struct StoredUserRole {
    deps: Arc<Deps>,
}

impl StoredUserRole {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }
}

fn read<'a>(ask: &'a ConnectAsk) -> (Form<'a>, Common) {
    let mut form = Form::open(ask, &DESCRIPTOR, &[]);
    let own_sts = form.sound("sts_endpoint").is_some();
    let common = shared::read(&mut form, Takes { properties: false, own_sts });
    shared::refuse_session_key(&mut form);
    external_id::check(&mut form);
    (form, common)
}

impl Provider for StoredUserRole {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        read(ask).0.errors()
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let (form, common) = read(&ask);
        let base = Base::Stored(shared::stored_keys(&form));
        let trust = Trust { external_id: form.get("external_id").map(str::to_owned), ..Trust::default() };
        form.finish()?;
        common.need_role()?;
        Ok(common.connect(&self.deps, base, trust)?)
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        shared::setup(self, ask, shared::partition_of(ask), cloud_policy::FlavourKind::AssumedByUser)
    }
}
