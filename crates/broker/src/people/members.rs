//! Members of a project: people and its service accounts, each with one role.

use authz::Action;
use domain::Result;
use domain::audit::{Outcome, Target};
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::principal::{Caller, PrincipalKind, Role};
use serde::Serialize;
use store::members::Member;

use super::bounds::{Reach, keep_an_owner};
use super::find;
use crate::Broker;
use crate::audit::{Log, append, event};

/// A member as he is shown.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MemberView {
    /// The id of the user or service account.
    pub id: String,
    /// The name of the user or service account.
    pub principal: String,
    /// Person or program.
    pub kind: PrincipalKind,
    /// What he may do.
    pub role: Role,
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        Self { id: member.principal.to_string(), principal: member.name, kind: member.kind, role: member.role }
    }
}

fn view(found: &store::principals::StoredPrincipal, role: Role) -> MemberView {
    let principal = &found.principal;
    MemberView { id: principal.id.to_string(), principal: principal.name.clone(), kind: principal.kind, role }
}

/// Who it is about is personal data, so a refusal names only the project.
fn somebody() -> Target {
    Target { kind: "member".to_owned(), id: None, name: None }
}

impl Broker {
    /// The members of a project.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see.
    pub async fn list_members(&self, caller: &Caller, project: &Name, page: PageAsk) -> Result<Page<MemberView>> {
        let entered = self.enter(caller, project, Action::MemberList, somebody()).await?;
        let members = self
            .store()
            .read(move |tx| Box::pin(async move { store::members::list(tx, entered.project.id, &page).await }))
            .await?;
        Ok(members.map(MemberView::from))
    }

    /// One member, by name or id.
    ///
    /// # Errors
    /// `not_found` for who is none; `conflict` for a name that two have.
    pub async fn show_member(&self, caller: &Caller, project: &Name, who: &str) -> Result<MemberView> {
        let entered = self.enter(caller, project, Action::MemberList, somebody()).await?;
        let who = who.to_owned();
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let (found, role) = find::member(tx, entered.project.id, &who).await?;
                    Ok(view(&found, role))
                })
            })
            .await
    }

    /// Makes a user or service account a member, or gives a member another role; tells whether he is new.
    ///
    /// # Errors
    /// `permission_denied` for a role, old or new, that allows what the caller may not do; `conflict`
    /// for the last owner; `not_found` for someone who is not in reach of the project.
    pub async fn add_member(
        &self,
        caller: &Caller,
        project: &Name,
        who: &str,
        role: Role,
    ) -> Result<(MemberView, bool)> {
        self.give_role(caller, project, who, role, false).await
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// As [`Broker::add_member`]; `not_found` for who is no member.
    pub async fn change_member(&self, caller: &Caller, project: &Name, who: &str, role: Role) -> Result<MemberView> {
        self.give_role(caller, project, who, role, true).await.map(|(member, _)| member)
    }

    async fn give_role(
        &self,
        caller: &Caller,
        project: &Name,
        who: &str,
        role: Role,
        is_member: bool,
    ) -> Result<(MemberView, bool)> {
        let entered = self.enter(caller, project, Action::MemberChange, somebody()).await?;
        let (reach, log) = (Reach::of(caller, &entered), Log::Project(entered.project.id));
        let (now, installation, who, by) = (self.now(), self.installation(), who.to_owned(), caller.clone());
        let given = self.store().write(move |tx| {
            Box::pin(async move {
                let project = entered.project.id;
                let (found, before) = match is_member {
                    true => find::member(tx, project, &who).await.map(|(found, before)| (found, Some(before)))?,
                    false => {
                        let found = find::principal(tx, project, &who).await?;
                        let before = store::members::role(tx, project, found.principal.id).await?;
                        (found, before)
                    }
                };
                reach.require(before.into_iter().chain([role]))?;
                keep_an_owner(tx, project, before, Some(role)).await?;
                store::members::set(tx, project, found.principal.id, role).await?;
                let given = event(Action::MemberChange, Outcome::Done, entered.rule, find::target(&found.principal))
                    .with("role", role.as_str())
                    .with("before", before.map(Role::as_str));
                let given = find::naming(given, &found.principal);
                append(tx, &installation, log, now, Some(&by), &given).await?;
                Ok((view(&found, role), before.is_none()))
            })
        });
        self.settled(log, caller, Action::MemberChange, somebody(), given.await).await
    }

    /// Takes a member's role and his tokens of the project away. What he has made stays.
    ///
    /// # Errors
    /// `permission_denied` for one who may do more than the caller; `conflict` for the last owner.
    pub async fn remove_member(&self, caller: &Caller, project: &Name, who: &str) -> Result<()> {
        let entered = self.enter(caller, project, Action::MemberChange, somebody()).await?;
        let (reach, log) = (Reach::of(caller, &entered), Log::Project(entered.project.id));
        let (now, installation, who, by) = (self.now(), self.installation(), who.to_owned(), caller.clone());
        let removed = self.store().write(move |tx| {
            Box::pin(async move {
                let project = entered.project.id;
                let (found, role) = find::member(tx, project, &who).await?;
                reach.require([role])?;
                keep_an_owner(tx, project, Some(role), None).await?;
                store::members::remove(tx, project, found.principal.id).await?;
                store::tokens::revoke_in_project(tx, found.principal.id, project, now).await?;
                let gone = event(Action::MemberChange, Outcome::Done, entered.rule, find::target(&found.principal))
                    .with("role", serde_json::Value::Null)
                    .with("before", role.as_str());
                let gone = find::naming(gone, &found.principal);
                append(tx, &installation, log, now, Some(&by), &gone).await?;
                Ok(found.principal.id)
            })
        });
        let removed = self.settled(log, caller, Action::MemberChange, somebody(), removed.await).await?;
        self.forget_principal(removed);
        Ok(())
    }
}
