//! What to apply on the cloud's side: the documents are `cloud_policy`'s, the meaning of their errors is ours.

use cloud_policy::arn::RoleArn;
use cloud_policy::{Flavour, FlavourKind, PolicyError};
use domain::proof::Remedy;
use domain::provider::{Provider, Setup, SetupAsk};
use domain::{Error, ErrorKind, Result};

use crate::s3::Preset;
use crate::tell;

/// Says of a remedy that is a role or a trust where it stands as Terraform: the set-up is written from the same.
pub(crate) fn for_terraform(mut remedy: Remedy) -> Remedy {
    if remedy.policy.is_some() {
        remedy.summary.push_str("; 'tidegate integration setup' prints it for Terraform");
    }
    remedy
}

/// The set-up of a method for a store and a way of connecting.
pub(crate) fn setup(
    method: &dyn Provider,
    preset: &Preset,
    partition: &str,
    kind: FlavourKind<'_>,
    ask: &SetupAsk,
) -> Result<Setup> {
    refuse_gsutil(ask)?;
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
    tell::last(method, ask, &[], &mut setup);
    Ok(setup)
}

/// `gsutil` is a tool of Google Cloud; elsewhere nothing would be wider for it.
pub(crate) fn refuse_gsutil(ask: &SetupAsk) -> Result<()> {
    if ask.gsutil {
        return Err(Error::invalid("/gsutil", "gsutil works with Google Cloud alone: leave it out for this method"));
    }
    Ok(())
}
