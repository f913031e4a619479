//! What the settings of all methods of Azure have in common.

use std::sync::Arc;

use domain::provider::ConnectAsk;
use domain::{Error, Result};
use signing::Endpoint;

use super::address::Address;
use super::cloud::Cloud;
use super::connection::{AzureConnection, Base};
use super::guid::is_guid;
use super::names::wrong_account;
use crate::registry::{AzureDeps, Deps};
use crate::settings::Form;

/// Words that mean any tenant where a tenant belongs.
const ANY_TENANT: [&str; 3] = ["common", "organizations", "consumers"];

/// The settings that all methods have.
pub(super) struct Common {
    pub(super) cloud: &'static Cloud,
    address: Option<Address>,
    hierarchical: bool,
}

/// Reads them, and notes what is wrong.
pub(super) fn read(form: &mut Form<'_>, operator: &AzureDeps) -> Common {
    let cloud = Cloud::named(form.sound("cloud"));
    if let Some(why) = form.sound("account").and_then(wrong_account) {
        form.wrong_setting("account", why);
    }
    for name in ["tenant_id", "client_id"] {
        if let Some(text) = form.sound(name).filter(|text| !is_guid(text)) {
            let why = if ANY_TENANT.contains(&text) {
                "the application is of one tenant, which must be named by its id"
            } else {
                "this is an id of 32 hexadecimal digits, as the overview of the app registration shows it"
            };
            form.wrong_setting(name, why);
        }
    }
    let address = form.sound("account").and_then(|account| address(form, cloud, operator, account));
    Common { cloud, address, hierarchical: form.is_true("hierarchical") }
}

fn address(form: &mut Form<'_>, cloud: &Cloud, operator: &AzureDeps, account: &str) -> Option<Address> {
    if let Some(url) = form.sound("endpoint") {
        return Address::parse(url, account).map_err(|error| form.wrong_setting("endpoint", error.to_string())).ok();
    }
    let template = operator.blob_endpoint.as_deref().unwrap_or(cloud.blob_endpoint);
    Address::of_template(template, account)
        .map_err(|_| form.wrong_setting("account", "the operator's azure.blob_endpoint is no address with {account}"))
        .ok()
}

impl Common {
    /// The connection of these settings.
    pub(super) fn connect(self, deps: &Deps, base: Base) -> Result<Arc<AzureConnection>> {
        let address =
            self.address.ok_or_else(|| Error::invalid("/settings/account", "the storage account is needed"))?;
        Ok(AzureConnection::new(deps, address, self.hierarchical, base))
    }

    /// Where the application signs in: never where a tenant says.
    pub(super) fn authority(&self, operator: &AzureDeps) -> Result<Endpoint> {
        let url = operator.authority.as_deref().unwrap_or(self.cloud.authority);
        Endpoint::parse(url, true).map_err(|error| Error::internal(format!("azure.authority: {error}")))
    }
}

/// A setting without which an integration is not finished.
pub(super) fn needed(ask: &ConnectAsk, name: &str) -> Result<String> {
    let given = ask.settings.get(name).cloned();
    given.ok_or_else(|| {
        let pointer = format!("/settings/{name}");
        Error::invalid(pointer, "the integration is finished with the ids of tenant and application")
    })
}

/// A secret that is text by its nature, given as bytes that are none.
pub(super) fn refuse_bytes(form: &mut Form<'_>, name: &str) {
    if form.secret(name).is_some_and(|secret| !secret.is_empty() && secret.expose_str().is_none()) {
        form.wrong_secret(name, "this is no text: give the secret as the portal shows it");
    }
}
