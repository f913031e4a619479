//! From the names of people and programs to who they are.

use domain::audit::{Event, Target};
use domain::id::{PrincipalId, ProjectId};
use domain::name::UserName;
use domain::principal::{Principal, PrincipalKind, Role};
use domain::{Error, ErrorKind, Result};
use store::Tx;
use store::principals::StoredPrincipal;

/// The user of this name.
pub(super) async fn user(tx: &mut Tx, name: &UserName) -> Result<StoredPrincipal> {
    let found = store::principals::user(tx, name.as_str()).await?;
    found.ok_or_else(|| Error::not_found("user", name.as_str()))
}

/// Whom this names, by name or id: users, and the service accounts of the project.
///
/// A user and a service account may have the same name.
pub(crate) async fn named(tx: &mut Tx, project: Option<ProjectId>, who: &str) -> Result<Vec<StoredPrincipal>> {
    if let Ok(id) = who.parse::<PrincipalId>() {
        let found = store::principals::get(tx, id).await?;
        return Ok(found.into_iter().filter(|found| found.project.is_none() || found.project == project).collect());
    }
    let mut found = Vec::new();
    if who.parse::<UserName>().is_ok() {
        found.extend(store::principals::user(tx, who).await?);
        if let Some(project) = project {
            found.extend(store::principals::service_account(tx, project, who).await?);
        }
    }
    Ok(found)
}

/// The one whom this names in a project, member or not.
pub(super) async fn principal(tx: &mut Tx, project: ProjectId, who: &str) -> Result<StoredPrincipal> {
    one(named(tx, Some(project), who).await?, "principal", who, |found| found)
}

/// The member whom this names, and his role.
pub(super) async fn member(tx: &mut Tx, project: ProjectId, who: &str) -> Result<(StoredPrincipal, Role)> {
    let mut members = Vec::new();
    for found in named(tx, Some(project), who).await? {
        if let Some(role) = store::members::role(tx, project, found.principal.id).await? {
            members.push((found, role));
        }
    }
    one(members, "member", who, |(found, _)| found)
}

fn one<T>(mut found: Vec<T>, what: &str, who: &str, principal: impl Fn(&T) -> &StoredPrincipal) -> Result<T> {
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            found.push(last);
            let ids: Vec<_> = found.iter().map(|found| principal(found).principal.id.to_string()).collect();
            let message = format!("'{who}' is both a user and a service account of this project");
            Err(Error::new(ErrorKind::Conflict, message).with_hint(format!("name one by id: {}", ids.join(" or "))))
        }
        (None, _) => Err(Error::not_found(what, who)),
    }
}

/// A name that reads as an id would hide whom it names behind whom the id is.
pub(super) fn refuse_id_as_name(name: &str) -> Result<()> {
    match name.parse::<PrincipalId>() {
        Ok(_) => Err(Error::invalid("/name", "a name must not have the form of an id")),
        Err(_) => Ok(()),
    }
}

/// What the audit says of a principal that was acted on: people's names stand beside the log.
pub(super) fn target(principal: &Principal) -> Target {
    match principal.kind {
        PrincipalKind::User => Target::new("user", principal.id),
        PrincipalKind::ServiceAccount => Target::new("service-account", principal.id).with_name(&principal.name),
    }
}

/// Adds the name of whom was acted on.
pub(super) fn naming(event: Event, principal: &Principal) -> Event {
    match principal.kind {
        PrincipalKind::User => event.with_private("name", principal.name.as_str()),
        PrincipalKind::ServiceAccount => event,
    }
}
