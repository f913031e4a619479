//! Programs: each belongs to one project and acts there by a role and a token.

use std::collections::BTreeMap;

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::id::PrincipalId;
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::principal::{Caller, Principal, PrincipalKind, Role};
use domain::{Error, Result};
use jiff::Timestamp;
use serde::Serialize;
use store::Tx;
use store::principals::StoredPrincipal;

use super::bounds::{Reach, keep_an_owner};
use super::find;
use crate::Broker;
use crate::audit::{Log, append, event};

/// A service account as it is shown.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ServiceAccountView {
    /// Never reused.
    pub id: String,
    /// Unique in the project.
    pub name: String,
    /// What it may do in the project; none until it is made a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// None of its tokens is accepted.
    pub disabled: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

async fn view(tx: &mut Tx, found: StoredPrincipal) -> Result<ServiceAccountView> {
    let role = match found.project {
        Some(project) => store::members::role(tx, project, found.principal.id).await?,
        None => None,
    };
    Ok(ServiceAccountView {
        id: found.principal.id.to_string(),
        name: found.principal.name,
        role,
        disabled: found.disabled,
        created_at: found.created_at,
    })
}

impl Broker {
    /// Makes a service account without a role.
    ///
    /// # Errors
    /// `name_taken`.
    pub async fn create_service_account(
        &self,
        caller: &Caller,
        project: &Name,
        name: Name,
    ) -> Result<ServiceAccountView> {
        let target = Target::named("service-account", &name);
        let entered = self.enter(caller, project, Action::ServiceAccountChange, target).await?;
        find::refuse_id_as_name(name.as_str())?;
        let (now, installation, caller) = (self.now(), self.installation(), caller.clone());
        let made = StoredPrincipal {
            principal: Principal {
                id: PrincipalId::new(),
                kind: PrincipalKind::ServiceAccount,
                name: name.into(),
                administrator: false,
                properties: BTreeMap::new(),
            },
            project: Some(entered.project.id),
            disabled: false,
            created_at: now,
        };
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    store::principals::insert(tx, &made).await?;
                    let target = find::target(&made.principal);
                    let born =
                        event(Action::ServiceAccountChange, Outcome::Done, entered.rule, target).with("created", true);
                    append(tx, &installation, Log::Project(entered.project.id), now, Some(&caller), &born).await?;
                    view(tx, made).await
                })
            })
            .await
    }

    /// The service accounts of a project, by name.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see.
    pub async fn list_service_accounts(
        &self,
        caller: &Caller,
        project: &Name,
        page: PageAsk,
    ) -> Result<Page<ServiceAccountView>> {
        let target = Target::named("project", project);
        let entered = self.enter(caller, project, Action::ServiceAccountList, target).await?;
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let found = store::principals::service_accounts(tx, entered.project.id, &page).await?;
                    let mut items = Vec::with_capacity(found.items.len());
                    for account in found.items {
                        items.push(view(tx, account).await?);
                    }
                    Ok(Page { items, next: found.next })
                })
            })
            .await
    }

    /// One service account.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller may not see.
    pub async fn show_service_account(
        &self,
        caller: &Caller,
        project: &Name,
        name: &Name,
    ) -> Result<ServiceAccountView> {
        let target = Target::named("service-account", name);
        let entered = self.enter(caller, project, Action::ServiceAccountList, target).await?;
        let name = name.clone();
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let found = store::principals::service_account(tx, entered.project.id, name.as_str()).await?;
                    view(tx, found.ok_or_else(|| Error::not_found("service account", name.as_str()))?).await
                })
            })
            .await
    }

    /// Disables a service account, which ends all its tokens, or enables it again.
    ///
    /// # Errors
    /// `permission_denied` for one that may do more than the caller; `conflict` for the last owner.
    pub async fn switch_service_account(
        &self,
        caller: &Caller,
        project: &Name,
        name: &Name,
        disabled: bool,
    ) -> Result<ServiceAccountView> {
        let target = Target::named("service-account", name);
        let entered = self.enter(caller, project, Action::ServiceAccountChange, target.clone()).await?;
        let (reach, log) = (Reach::of(caller, &entered), Log::Project(entered.project.id));
        let (now, installation, name, by) = (self.now(), self.installation(), name.clone(), caller.clone());
        let switched = self.store().write(move |tx| {
            Box::pin(async move {
                let project = entered.project.id;
                let found = store::principals::service_account(tx, project, name.as_str()).await?;
                let mut found = found.ok_or_else(|| Error::not_found("service account", name.as_str()))?;
                let id = found.principal.id;
                let role = store::members::role(tx, project, id).await?;
                reach.require(role)?;
                if disabled {
                    keep_an_owner(tx, project, role, None).await?;
                    store::tokens::revoke_all(tx, id, None, now).await?;
                }
                store::principals::set_disabled(tx, id, disabled).await?;
                found.disabled = disabled;
                let target = find::target(&found.principal);
                let done =
                    event(Action::ServiceAccountChange, Outcome::Done, entered.rule, target).with("disabled", disabled);
                append(tx, &installation, log, now, Some(&by), &done).await?;
                Ok((id, view(tx, found).await?))
            })
        });
        let switched = self.settled(log, caller, Action::ServiceAccountChange, target, switched.await).await;
        let (id, account) = switched?;
        self.forget_principal(id);
        Ok(account)
    }
}
