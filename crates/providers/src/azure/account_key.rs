//! `azure-account-key`: the key of a storage account, for accounts that have nothing better.

use std::sync::Arc;

use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, Provider, Rating, Setup, SetupAsk,
};
use domain::secret::SecretBytes;
use domain::{FieldError, Result};

use super::connection::Base;
use super::setup::{self, Kind};
use super::shared::{self, Common};
use super::{fields, pasted};
use crate::registry::Deps;
use crate::settings::Form;

const FIELDS: &[Field] = &[fields::ACCOUNT, fields::ACCOUNT_KEY, fields::CLOUD, fields::HIERARCHICAL, fields::ENDPOINT];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "azure-account-key",
    title: "Azure account key",
    cloud: "Azure",
    summary: "An access key of the storage account, which may do everything there; Tidegate keeps it sealed and hands out only signatures.",
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
        when: "Choose it to try something out, or for an emulator: the key opens the whole account.",
        privilege: Rating::Poor,
        rotation: Rating::Poor,
        audit: Rating::Poor,
        separation: Rating::Poor,
        speed: Rating::Good,
        ease: Rating::Good,
    },
};

/// The method.
pub(crate) struct AccountKey {
    deps: Arc<Deps>,
}

impl AccountKey {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }

    fn read<'a>(&self, ask: &'a ConnectAsk) -> (Form<'a>, Common, SecretBytes) {
        let mut form = Form::open(ask, &DESCRIPTOR, &[]);
        let common = shared::read(&mut form, &self.deps.azure);
        let key = match form.sound_secret("account_key").map(pasted::account_key) {
            Some(Ok(key)) => key,
            Some(Err(why)) => {
                form.wrong_secret("account_key", why);
                SecretBytes::default()
            }
            None => {
                shared::refuse_bytes(&mut form, "account_key");
                SecretBytes::default()
            }
        };
        (form, common, key)
    }
}

impl Provider for AccountKey {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        self.read(ask).0.errors()
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let (form, common, key) = self.read(&ask);
        form.finish()?;
        Ok(common.connect(&self.deps, Base::Account(key))?)
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        setup::setup(self, ask, &Kind::AccountKey)
    }
}
