//! `gcp-service-account-key`: a stored key of a service account that reads and writes itself.

use std::sync::Arc;

use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, Provider, Rating, Setup, SetupAsk,
};
use domain::secret::SecretBytes;
use domain::{Error, FieldError, Result};

use super::connection::{GcpConnection, Identity};
use super::endpoints::Endpoints;
use super::key_file::{self, KeyFile};
use super::{fields, setup};
use crate::registry::Deps;
use crate::settings::Form;

const FIELDS: &[Field] = &[fields::SERVICE_ACCOUNT_KEY, fields::KEY_FILE, fields::PROJECT_OF_KEY];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "gcp-service-account-key",
    title: "Google Cloud service account key",
    cloud: "Google Cloud",
    summary: "A key file of a service account; Tidegate keeps it sealed, signs URLs with it, and never hands it out.",
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
        when: "Choose it to try something out, or where very many URLs are signed at once; many organisations forbid such keys.",
        privilege: Rating::Fair,
        rotation: Rating::Poor,
        audit: Rating::Fair,
        separation: Rating::Poor,
        speed: Rating::Good,
        ease: Rating::Good,
    },
};

/// The method.
pub(crate) struct ServiceAccountKey {
    deps: Arc<Deps>,
}

impl ServiceAccountKey {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }

    /// The key of the file, with everything that is wrong noted.
    fn read<'a>(&self, ask: &'a ConnectAsk) -> Result<(Form<'a>, Endpoints, Option<KeyFile>)> {
        let mut form = Form::open(ask, &DESCRIPTOR, &[]);
        let endpoints = Endpoints::of(&self.deps.gcp)?;
        let name = fields::SERVICE_ACCOUNT_KEY.name;
        let text = form.sound_secret(name).map(str::as_bytes);
        // What is no text at all is no key file either.
        let other = form.secret(name).map(SecretBytes::expose).filter(|bytes| std::str::from_utf8(bytes).is_err());
        let mut key = None;
        match text.or(other).map(|bytes| key_file::read(bytes, &endpoints)) {
            Some(Ok(read)) => match form.sound(fields::PROJECT_ID.name) {
                Some(project) if project != read.project_id => {
                    let message = format!("this key is of the project {}, not of {project}", read.project_id);
                    form.wrong_secret(name, message);
                }
                _ => key = Some(read),
            },
            Some(Err(message)) => form.wrong_secret(name, message),
            None => {}
        }
        Ok((form, endpoints, key))
    }
}

impl Provider for ServiceAccountKey {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        match self.read(ask) {
            Ok((form, ..)) => form.errors(),
            Err(error) => vec![FieldError::new("/settings", error.message())],
        }
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let (form, endpoints, key) = self.read(&ask)?;
        form.finish()?;
        let key = key.ok_or_else(|| Error::invalid("/secrets/service_account_key", "a key file is needed"))?;
        let project = Some(key.project_id.clone());
        Ok(GcpConnection::connect(&self.deps, endpoints, Identity::Key(key), project))
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        setup::setup(self, cloud_policy::gcp::Access::Key, ask)
    }
}
