//! From the names in a request to ids. Nobody learns of people who are not of the project.

use domain::id::{DatasourceId, IntegrationId, PrincipalId, ProjectId};
use domain::page::PageAsk;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;
use store::Tx;
use store::grants::GrantFilter;

pub(super) async fn integration(tx: &mut Tx, project: ProjectId, name: &str) -> Result<IntegrationId> {
    let found = store::integrations::by_name(tx, project, name).await?;
    found.map(|found| found.id).ok_or_else(|| Error::not_found("integration", name))
}

pub(super) async fn datasource(tx: &mut Tx, project: ProjectId, name: &str) -> Result<DatasourceId> {
    let found = store::datasources::by_name(tx, project, name).await?;
    found.map(|found| found.id).ok_or_else(|| Error::not_found("datasource", name))
}

/// A member of the project, or someone who was and to whom something was handed out.
pub(super) async fn principal(tx: &mut Tx, project: ProjectId, who: &str, now: Timestamp) -> Result<PrincipalId> {
    let mut known = Vec::new();
    for found in crate::people::principals_named(tx, Some(project), who).await? {
        let id = found.principal.id;
        let member = store::members::role(tx, project, id).await?.is_some();
        if member || found.project.is_some() || was_given(tx, project, id, now).await? {
            known.push(id);
        }
    }
    match known.as_slice() {
        [] => Err(Error::not_found("principal", who)),
        [only] => Ok(*only),
        several => {
            let ids: Vec<_> = several.iter().map(ToString::to_string).collect();
            let message = format!("'{who}' is both a user and a service account of this project");
            Err(Error::new(ErrorKind::Conflict, message).with_hint(format!("name one by id: {}", ids.join(" or "))))
        }
    }
}

async fn was_given(tx: &mut Tx, project: ProjectId, principal: PrincipalId, now: Timestamp) -> Result<bool> {
    let filter = GrantFilter { principal: Some(principal), ..GrantFilter::default() };
    let ask = PageAsk { after: None, limit: 1 };
    Ok(!store::grants::list(tx, project, filter, now, &ask).await?.items.is_empty())
}
