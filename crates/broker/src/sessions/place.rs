//! A datasource that something may be handed out of.

use domain::datasource::Datasource;
use domain::id::{PrincipalId, ProjectId};
use domain::integration::Integration;
use domain::name::Name;
use domain::principal::Caller;
use domain::scope::Scope;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;
use store::projects::StoredProject;

use super::{Need, SessionWish};
use crate::Broker;

/// A datasource of a project, and for whom.
pub(crate) type PlaceKey = (ProjectId, Name, PrincipalId);

/// A datasource, its integration, and since when sessions of the caller may be used for it.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) datasource: Datasource,
    pub(crate) integration: Integration,
    pub(crate) not_before: Option<Timestamp>,
}

impl Place {
    /// The session that is wanted for it.
    pub(crate) fn wish<'a>(
        &'a self,
        project: &'a StoredProject,
        caller: &'a Caller,
        scope: Option<Scope>,
        need: Need,
    ) -> SessionWish<'a> {
        SessionWish { project, integration: &self.integration, caller, scope, need, not_before: self.not_before }
    }
}

impl Broker {
    /// The datasource of this name, if access to it may be handed out.
    pub(crate) async fn usable_place(&self, caller: &Caller, project: &StoredProject, name: &Name) -> Result<Place> {
        let key = (project.id, name.clone(), caller.principal.id);
        let place = self.0.reading.places.get(key.clone(), || self.read_place(key)).await?;
        let place = place.ok_or_else(|| Error::not_found("datasource", name.as_str()))?;
        refuse_unusable(&place)?;
        Ok(place)
    }

    async fn read_place(&self, (project, name, principal): PlaceKey) -> Result<Option<Place>> {
        let place = self.store().read(move |tx| {
            Box::pin(async move {
                let found = store::datasources::by_name(tx, project, name.as_str()).await?;
                let Some(datasource) = found else { return Ok(None) };
                let integration = store::integrations::get(tx, project, datasource.integration).await?;
                let Some(integration) = integration else { return Ok(None) };
                let about = Some(datasource.id);
                let not_before = store::revocations::last(tx, project, integration.id, about, principal).await?;
                Ok(Some(Place { datasource, integration, not_before }))
            })
        });
        place.await
    }
}

fn refuse_unusable(place: &Place) -> Result<()> {
    crate::integrations::must_be_usable(&place.integration)?;
    if place.datasource.usable {
        return Ok(());
    }
    let message = format!("the datasource '{}' failed its last proof", place.datasource.name);
    Err(Error::new(ErrorKind::Conflict, message).with_hint("mend what the proof names, then run 'datasource prove'"))
}
