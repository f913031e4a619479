//! `azure-sas`: a shared access signature that somebody else made, used and never handed out.

use std::sync::Arc;

use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, Provider, Rating, Setup, SetupAsk,
};
use domain::{Error, FieldError, Result};

use super::connection::Base;
use super::pasted::Pasted;
use super::setup::{self, Kind};
use super::shared::{self, Common};
use super::{fields, pasted};
use crate::registry::Deps;
use crate::settings::Form;

const FIELDS: &[Field] = &[fields::ACCOUNT, fields::SAS_TOKEN, fields::CLOUD, fields::HIERARCHICAL, fields::ENDPOINT];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "azure-sas",
    title: "Azure shared access signature",
    cloud: "Azure",
    summary: "A signature for a container or account that its owner made: for browsing and reading through Tidegate, never handed out.",
    fields: FIELDS,
    capabilities: Capabilities {
        two_step: false,
        keyless: false,
        external_id: false,
        ambient: false,
        stored_key: true,
        browse: true,
        sign: false,
        serves: false,
        credentials: false,
    },
    advice: Advice {
        recommended: false,
        when: "Choose it only when a signature is all that the owner gives: it signs no URLs and gives no credentials, because \
               without the key it cannot be narrowed.",
        privilege: Rating::Fair,
        rotation: Rating::Poor,
        audit: Rating::Poor,
        separation: Rating::Poor,
        speed: Rating::Good,
        ease: Rating::Good,
    },
};

/// The method.
pub(crate) struct SharedAccess {
    deps: Arc<Deps>,
}

impl SharedAccess {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }

    fn read<'a>(&self, ask: &'a ConnectAsk) -> (Form<'a>, Common, Option<Pasted>) {
        let mut form = Form::open(ask, &DESCRIPTOR, &[]);
        let common = shared::read(&mut form, &self.deps.azure);
        let pasted = match form.sound_secret("sas_token").map(pasted::sas) {
            Some(Ok(pasted)) => Some(pasted),
            Some(Err(all)) => {
                all.into_iter().for_each(|why| form.wrong_secret("sas_token", why));
                None
            }
            None => {
                shared::refuse_bytes(&mut form, "sas_token");
                None
            }
        };
        (form, common, pasted)
    }
}

impl Provider for SharedAccess {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    /// A signature that has ended is refused when it is given; one that ends later says so when it is used.
    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        let (mut form, _, pasted) = self.read(ask);
        if pasted.and_then(|pasted| pasted.ends).is_some_and(|end| end <= self.deps.clock.now()) {
            form.wrong_secret("sas_token", "this signature has ended (se): make a new one");
        }
        form.errors()
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let (form, common, pasted) = self.read(&ask);
        form.finish()?;
        let pasted = pasted.ok_or_else(|| Error::invalid("/secrets/sas_token", "the signature is needed"))?;
        Ok(common.connect(&self.deps, Base::Pasted(pasted))?)
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        setup::setup(self, ask, &Kind::SharedAccess)
    }
}
