//! What to apply on the cloud's side: the documents are `cloud_policy`'s, the meaning of their errors is ours.

use cloud_policy::arn::RoleArn;
use cloud_policy::{Flavour, FlavourKind, PolicyError};
use domain::provider::{Setup, SetupAsk};
use domain::{Error, ErrorKind, Result};

use crate::s3::Preset;

/// The set-up for a store and a way of connecting.
pub(crate) fn setup(preset: &Preset, partition: &str, kind: FlavourKind<'_>, ask: &SetupAsk) -> Result<Setup> {
    if let Some(Err(error)) = ask.settings.get("role_arn").map(|text| RoleArn::parse_for_store(text)) {
        return Err(Error::invalid("/settings/role_arn", error.to_string()));
    }
    let flavour = Flavour {
        dialect: preset.dialect,
        kind,
        partition,
        vendor_title: preset.title,
        session_policies: preset.dialect.session_policies && preset.sts.is_some(),
    };
    let mut setup = cloud_policy::setup(&flavour, ask).map_err(|error| match error {
        PolicyError::NotExpressible { reason } => Error::new(ErrorKind::ScopeNotExpressible, reason),
        PolicyError::TooLarge { .. } => Error::new(ErrorKind::PolicyTooLarge, error.to_string())
            .with_hint("split the datasources over several integrations"),
    })?;
    setup.notes.extend(preset.unverified.iter().map(|what| format!("Not verified for {}: {what}.", preset.title)));
    Ok(setup)
}
