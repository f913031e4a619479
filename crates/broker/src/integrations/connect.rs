//! From a stored integration to a live connection.

use std::sync::Arc;

use domain::integration::{Integration, IntegrationState, Settings};
use domain::name::Name;
use domain::principal::{Caller, Principal, PrincipalKind};
use domain::provider::{ConnectAsk, Connection, Provider, SessionTags};
use domain::secret::{MAX_SECRET, Secrets};
use domain::{Error, ErrorKind, FieldError, Result};
use store::projects::StoredProject;

use crate::Broker;
use crate::keys::Vault;

impl Broker {
    /// The live connection of a stored integration; opens its secrets.
    pub(crate) async fn connect(
        &self,
        project: &StoredProject,
        integration: &Integration,
    ) -> Result<Arc<dyn Connection>> {
        let vault = Vault::new(self.root(), project.id);
        let owner = super::owner(integration.id);
        let secrets = self.store().read(move |tx| Box::pin(async move { vault.open(tx, &owner).await })).await?;
        let method = self.method(&integration.method)?;
        method.connect(self.connect_ask(project, Some(&integration.name), integration.settings.clone(), secrets))
    }

    /// Refuses to prove an integration that cannot be connected yet.
    pub(crate) fn must_be_complete(&self, integration: &Integration) -> Result<()> {
        let method = self.method(&integration.method)?.descriptor();
        if !method.waits(&integration.settings) {
            return Ok(());
        }
        let wanted: Vec<_> = method.later_fields().map(|field| format!("'{}'", field.name)).collect();
        let message = format!("the integration '{}' waits for its cloud side", integration.name);
        Err(Error::new(ErrorKind::Conflict, message)
            .with_hint(format!("set {} with 'integration edit'", wanted.join(" and "))))
    }

    /// What a connection of this project is made of; its name may not be known while it is typed.
    pub(crate) fn connect_ask(
        &self,
        project: &StoredProject,
        integration: Option<&Name>,
        settings: Settings,
        secrets: Secrets,
    ) -> ConnectAsk {
        ConnectAsk {
            project: project.name.to_string(),
            external_id: project.external_id.clone(),
            identity: self.identity_tokens(&project.external_id, integration),
            settings,
            secrets,
        }
    }

    /// Everything wrong with these settings, all reported together.
    pub(crate) fn check_settings(&self, method: &Arc<dyn Provider>, ask: &ConnectAsk) -> Result<()> {
        let mut wrong = too_long(ask);
        wrong.extend(method.check(ask));
        wrong.extend(self.own_endpoints(method, &ask.settings));
        if wrong.is_empty() { Ok(()) } else { Err(Error::invalid_fields(wrong)) }
    }
}

/// No provider has longer settings; secrets may be any bytes up to their own limit.
const LONGEST_SETTING: usize = 4 * 1024;

fn too_long(ask: &ConnectAsk) -> Vec<FieldError> {
    let settings = ask.settings.iter().filter(|(name, value)| name.len() + value.len() > LONGEST_SETTING);
    let settings = settings.map(|(name, _)| {
        let shown: String = name.chars().take(100).collect();
        FieldError::new(format!("/settings/{shown}"), format!("a setting has at most {LONGEST_SETTING} bytes"))
    });
    let secrets = ask.secrets.iter().filter(|(_, secret)| secret.len() > MAX_SECRET);
    let secrets = secrets.map(|(name, _)| {
        FieldError::new(format!("/secrets/{name}"), format!("a secret has at most {MAX_SECRET} bytes"))
    });
    settings.chain(secrets).collect()
}

/// For whom a session is opened.
pub(crate) fn tags(project: &StoredProject, caller: &Caller) -> SessionTags {
    tags_for(project, Some(&caller.principal))
}

/// The same for nobody in particular, where Tidegate itself asks.
pub(crate) fn tags_for(project: &StoredProject, principal: Option<&Principal>) -> SessionTags {
    SessionTags {
        principal: principal.map_or_else(|| OURSELVES.to_owned(), name_in_the_cloud),
        project: project.name.to_string(),
        properties: principal.map(|principal| principal.properties.clone()).unwrap_or_default(),
    }
}

/// What the cloud's own log shows where nobody asked.
const OURSELVES: &str = "tidegate";

/// How the cloud's own log names a principal: a program is marked, since a person may have its name.
///
/// `=` is in the grammar of AWS session names and in that of no name of Tidegate.
fn name_in_the_cloud(principal: &Principal) -> String {
    match principal.kind {
        PrincipalKind::User => principal.name.clone(),
        PrincipalKind::ServiceAccount => format!("service-account={}", principal.name),
    }
}

/// The integration of this name, or the one error for "none" and "not yours".
pub(crate) async fn by_name(tx: &mut store::Tx, project: &StoredProject, name: &Name) -> Result<Integration> {
    let found = store::integrations::by_name(tx, project.id, name.as_str()).await?;
    found.ok_or_else(|| Error::not_found("integration", name.as_str()))
}

/// Refuses an integration through which nothing may be reached now, and says what mends it.
pub(crate) fn must_be_usable(integration: &Integration) -> Result<()> {
    let (is, hint) = match integration.state {
        IntegrationState::Active | IntegrationState::Unproven => return Ok(()),
        IntegrationState::Pending => (
            "waits for its cloud side or its proof",
            "set what it waits for with 'integration edit', or run 'integration prove'",
        ),
        IntegrationState::Failed => {
            ("failed its last proof", "mend what the proof names, then run 'integration prove'")
        }
        IntegrationState::Paused => ("is paused", "run 'integration resume'"),
    };
    let message = format!("the integration '{}' {is}", integration.name);
    Err(Error::new(ErrorKind::Conflict, message).with_hint(hint))
}
