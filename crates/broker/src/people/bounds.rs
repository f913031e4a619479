//! No one gives what he lacks, and every project keeps an owner.

use authz::{Action, Object, Verdict};
use domain::audit::{Outcome, Target};
use domain::id::ProjectId;
use domain::principal::{Caller, Role};
use domain::{Error, ErrorKind, Result};
use store::Tx;

use crate::Broker;
use crate::audit::{Log, event};
use crate::decide::Entered;

/// What a caller may give and take in a project: by his role there and by his token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    own: Role,
    token: Option<Role>,
}

impl Reach {
    pub(super) fn of(caller: &Caller, entered: &Entered) -> Self {
        Self { own: entered.role, token: caller.limit.map(|limit| limit.role) }
    }

    /// Whether he may give this role, or take it away.
    pub(super) fn covers(self, role: Role) -> bool {
        authz::may_grant(self.own, role) && self.token.is_none_or(|token| authz::may_grant(token, role))
    }

    /// Refuses to give, or to take away, what he lacks.
    pub(super) fn require(self, roles: impl IntoIterator<Item = Role>) -> Result<()> {
        match roles.into_iter().find(|role| !self.covers(*role)) {
            Some(role) => Err(Error::new(
                ErrorKind::PermissionDenied,
                format!("the role '{role}' allows what you may not do yourself, so you can neither give nor take it"),
            )
            .at("/role")
            .with_hint("ask someone of that role, or an owner of the project")),
            None => Ok(()),
        }
    }

    /// The most of what he may give: his own role, or that of his token.
    pub(super) fn usual(self) -> Role {
        match self.token {
            Some(token) if !self.covers(self.own) => token,
            Some(_) | None => self.own,
        }
    }
}

/// Refuses to leave a project without an owner; call it first, as others wait behind it.
pub(super) async fn keep_an_owner(
    tx: &mut Tx,
    project: ProjectId,
    before: Option<Role>,
    after: Option<Role>,
) -> Result<()> {
    let owners = store::members::count_owners(tx, project).await?;
    if before == Some(Role::Owner) && after != Some(Role::Owner) && owners <= 1 {
        return Err(Error::new(ErrorKind::Conflict, "this is the last owner of the project")
            .with_hint("name another owner first: 'tidegate member add NAME --role owner'"));
    }
    Ok(())
}

impl Broker {
    /// Whether the caller may also do this other thing in the project; nothing is written down.
    pub(crate) fn may(&self, caller: &Caller, entered: &Entered, action: Action) -> bool {
        let object = Object::Project { id: entered.project.id, role: Some(entered.role) };
        authz::decide(caller, action, object).verdict == Verdict::Allow
    }

    /// Writes down that an allowed act was refused by a rule of its own.
    pub(crate) async fn settled<T>(
        &self,
        log: Log,
        caller: &Caller,
        action: Action,
        target: Target,
        result: Result<T>,
    ) -> Result<T> {
        let Err(error) = result else { return result };
        let (outcome, rule) = match error.kind() {
            ErrorKind::PermissionDenied => (Outcome::Refused, "gives-no-more-than-own"),
            ErrorKind::Conflict => (Outcome::Failed, "state"),
            _ => return Err(error),
        };
        let refused = event(action, outcome, rule, target).with("code", error.code());
        self.record(log, Some(caller), refused).await?;
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_gives_no_more_than_it_may_itself() {
        let reach = Reach { own: Role::Owner, token: Some(Role::Developer) };
        assert!(reach.covers(Role::Viewer) && reach.covers(Role::Developer));
        assert!(!reach.covers(Role::Owner) && !reach.covers(Role::Auditor));
        assert!(reach.require([Role::Viewer, Role::Admin]).is_err());
        assert_eq!(reach.usual(), Role::Developer);
    }

    #[test]
    fn a_member_who_was_demoted_gives_by_the_lesser_role() {
        let reach = Reach { own: Role::Viewer, token: Some(Role::Admin) };
        assert_eq!(reach.usual(), Role::Viewer);
        assert!(!reach.covers(Role::Admin));
    }
}
