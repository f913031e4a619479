//! What the methods of Google Cloud share on the way to a connection and to a set-up.

use std::sync::Arc;

use cloud_policy::PolicyError;
use cloud_policy::gcp::Access;
use domain::provider::{ConnectAsk, IdentityTokens, IssuedSubject, Provider, Setup, SetupAsk};
use domain::{Error, ErrorKind, Result};

use super::{account, fields};
use crate::aws::no_issuer;
use crate::settings::Form;
use crate::tell;

/// The file of the key, as the commands of a set-up name it.
const KEY_FILE: &str = "tidegate-key.json";

/// Notes a service account that is none.
pub(super) fn check_account(form: &mut Form<'_>) {
    let name = fields::SERVICE_ACCOUNT.name;
    if let Some(wrong) = form.sound(name).and_then(account::wrong) {
        form.wrong_setting(name, wrong);
    }
}

/// The tokens of Tidegate's own issuer.
pub(super) fn tokens(ask: &ConnectAsk) -> Result<Arc<dyn IdentityTokens>> {
    ask.identity.clone().ok_or_else(no_issuer)
}

/// How they name the project and the integration.
pub(super) fn issued(ask: &SetupAsk) -> Result<&IssuedSubject> {
    ask.identity.as_ref().ok_or_else(no_issuer)
}

/// The set-up; the documents are `cloud_policy`'s.
pub(super) fn setup(method: &dyn Provider, access: Access<'_>, ask: &SetupAsk) -> Result<Setup> {
    let account = ask.settings.get(fields::SERVICE_ACCOUNT.name).filter(|text| !text.is_empty());
    if let Some(wrong) = account.and_then(|email| account::wrong(email)) {
        return Err(Error::invalid("/settings/service_account", wrong));
    }
    let mut setup = cloud_policy::gcp::setup(access, ask).map_err(refused)?;
    let mut made = cloud_policy::gcp::made(access, ask).map_err(refused)?;
    made.push((fields::SERVICE_ACCOUNT_KEY.name, KEY_FILE.to_owned()));
    tell::last(method, ask, &made, &mut setup);
    Ok(setup)
}

fn refused(error: PolicyError) -> Error {
    match error {
        PolicyError::NotExpressible { reason } => Error::new(ErrorKind::ScopeNotExpressible, reason),
        PolicyError::TooLarge { .. } => Error::new(ErrorKind::PolicyTooLarge, error.to_string())
            .with_hint("use a shorter prefix, or the whole bucket"),
    }
}
