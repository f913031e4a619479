//! Request and stored object in; decision and deciding rule out.

use domain::id::ProjectId;
use domain::principal::{Caller, Role};

use crate::{Action, Level};

/// The stored object that is acted on, never an id from a request's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// The caller himself, or nothing in particular.
    Own,
    /// The installation.
    Installation,
    /// Something of this project, in which the caller has this role.
    Project {
        /// The project that the stored object belongs to.
        id: ProjectId,
        /// The caller's role there, from the store.
        role: Option<Role>,
    },
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may be done.
    Allow,
    /// It may not, and the caller may know that the object exists.
    Deny,
    /// It may not, and the object must look as if it did not exist.
    Hide,
    /// The password must be changed first.
    ChangePasswordFirst,
}

/// What was decided, and by which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// What was decided.
    pub verdict: Verdict,
    /// The rule, as the audit names it.
    pub rule: &'static str,
}

impl Decision {
    /// Who may do what was denied, and what the caller can do about it.
    pub fn hint(self, action: Action) -> Option<String> {
        match self.rule {
            "role" => Some(format!("{} may; its admins and owners change roles", one_of(action.roles()))),
            "token-role" => Some(format!("the role of this token is too small; {} may", one_of(action.roles()))),
            "token-of-a-project" => Some("this token opens one project only; sign in instead".to_owned()),
            "not-an-administrator" => Some("administrators of the installation may".to_owned()),
            _ => None,
        }
    }
}

/// `a developer, admin or owner of the project`
fn one_of(roles: &[Role]) -> String {
    let (last, others) = roles.split_last().map_or(("nobody", &[][..]), |(last, others)| (last.as_str(), others));
    let others: Vec<_> = others.iter().map(|role| role.as_str()).collect();
    let between = if others.is_empty() { "" } else { " or " };
    let article = if roles.first().is_some_and(|role| role.as_str().starts_with(['a', 'o'])) { "an" } else { "a" };
    format!("{article} {}{between}{last} of the project", others.join(", "))
}

const fn decision(verdict: Verdict, rule: &'static str) -> Decision {
    Decision { verdict, rule }
}

/// Decides whether the caller may do this to this object.
pub fn decide(caller: &Caller, action: Action, object: Object) -> Decision {
    if caller.must_change_password && !matches!(action, Action::PasswordChange | Action::SessionEnd | Action::SelfShow)
    {
        return decision(Verdict::ChangePasswordFirst, "password-change-required");
    }
    if caller.limit.is_some() && matches!(action, Action::SessionManage | Action::TokenListOwn) {
        return decision(Verdict::Deny, "token-of-a-project");
    }
    match (action.level(), object) {
        (Level::Own, _) => decision(Verdict::Allow, "own"),
        (Level::Installation, Object::Installation) => installation(caller),
        (Level::Project, Object::Project { id, role }) => project(caller, action, id, role),
        (Level::Installation | Level::Project, _) => decision(Verdict::Deny, "object-of-another-level"),
    }
}

fn installation(caller: &Caller) -> Decision {
    if caller.limit.is_some() {
        return decision(Verdict::Deny, "token-of-a-project");
    }
    if caller.principal.administrator {
        decision(Verdict::Allow, "installation-administrator")
    } else {
        decision(Verdict::Deny, "not-an-administrator")
    }
}

fn project(caller: &Caller, action: Action, id: ProjectId, role: Option<Role>) -> Decision {
    if caller.limit.is_some_and(|limit| limit.project != id) {
        return decision(Verdict::Hide, "token-of-another-project");
    }
    let Some(role) = role else {
        return decision(Verdict::Hide, "not-a-member");
    };
    if !action.roles().contains(&role) {
        return decision(Verdict::Deny, "role");
    }
    if caller.limit.is_some_and(|limit| !action.roles().contains(&limit.role)) {
        return decision(Verdict::Deny, "token-role");
    }
    decision(Verdict::Allow, role.as_str())
}

#[cfg(test)]
mod tests {
    use domain::id::{PrincipalId, TokenId};
    use domain::principal::{Origin, Principal, PrincipalKind, TokenLimit};

    use super::*;

    fn caller(administrator: bool) -> Caller {
        Caller {
            principal: Principal {
                id: PrincipalId::new(),
                kind: PrincipalKind::User,
                name: "ann".into(),
                administrator,
                properties: Default::default(),
            },
            token: TokenId::new(),
            limit: None,
            must_change_password: false,
            origin: Origin::default(),
        }
    }

    fn in_project(id: ProjectId, role: Role) -> Object {
        Object::Project { id, role: Some(role) }
    }

    #[test]
    fn every_role_may_do_exactly_what_its_table_says() {
        let id = ProjectId::new();
        for action in Action::ALL.iter().filter(|action| action.level() == Level::Project) {
            for role in Role::ALL {
                let verdict = decide(&caller(false), *action, in_project(id, role)).verdict;
                assert_eq!(verdict == Verdict::Allow, action.roles().contains(&role), "{} {role}", action.as_str());
            }
        }
    }

    #[test]
    fn a_denial_says_who_may() {
        let denied = |rule| decision(Verdict::Deny, rule);
        let hint = denied("role").hint(Action::UrlSign).unwrap();
        assert_eq!(hint, "a developer, admin or owner of the project may; its admins and owners change roles");
        assert!(denied("role").hint(Action::ProjectDelete).unwrap().starts_with("an owner of the project may"));
        assert!(denied("not-an-administrator").hint(Action::UserList).is_some());
        assert_eq!(denied("object-of-another-level").hint(Action::UserList), None);
    }

    #[test]
    fn administrator_without_membership_sees_nothing_of_a_project() {
        let object = Object::Project { id: ProjectId::new(), role: None };
        for action in Action::ALL.iter().filter(|action| action.level() == Level::Project) {
            assert_eq!(decide(&caller(true), *action, object).verdict, Verdict::Hide);
        }
    }

    #[test]
    fn token_opens_no_other_project_and_no_more_than_its_role() {
        let (here, there) = (ProjectId::new(), ProjectId::new());
        let mut caller = caller(true);
        caller.limit = Some(TokenLimit { project: here, role: Role::Viewer });
        let sign = |caller: &Caller, id| decide(caller, Action::UrlSign, in_project(id, Role::Owner));
        assert_eq!(sign(&caller, there), decision(Verdict::Hide, "token-of-another-project"));
        assert_eq!(sign(&caller, here), decision(Verdict::Deny, "token-role"));
        assert_eq!(decide(&caller, Action::GrantList, in_project(here, Role::Owner)).verdict, Verdict::Allow);
        assert_eq!(decide(&caller, Action::UserCreate, Object::Installation).verdict, Verdict::Deny);
    }

    #[test]
    fn token_of_a_project_touches_no_session_of_its_principal() {
        let mut caller = caller(false);
        for action in [Action::SessionManage, Action::TokenListOwn] {
            caller.limit = None;
            assert_eq!(decide(&caller, action, Object::Own).verdict, Verdict::Allow);
            caller.limit = Some(TokenLimit { project: ProjectId::new(), role: Role::Owner });
            assert_eq!(decide(&caller, action, Object::Own), decision(Verdict::Deny, "token-of-a-project"));
        }
    }

    #[test]
    fn token_is_never_more_than_its_principal_may() {
        let id = ProjectId::new();
        let mut caller = caller(false);
        caller.limit = Some(TokenLimit { project: id, role: Role::Owner });
        assert_eq!(decide(&caller, Action::UrlSign, in_project(id, Role::Viewer)).verdict, Verdict::Deny);
    }

    #[test]
    fn generated_password_allows_only_changing_it() {
        let mut caller = caller(true);
        caller.must_change_password = true;
        for action in Action::ALL {
            let object = match action.level() {
                Level::Own => Object::Own,
                Level::Installation => Object::Installation,
                Level::Project => in_project(ProjectId::new(), Role::Owner),
            };
            let allowed = matches!(action, Action::PasswordChange | Action::SessionEnd | Action::SelfShow);
            assert_eq!(decide(&caller, *action, object).verdict == Verdict::Allow, allowed, "{}", action.as_str());
        }
    }

    #[test]
    fn installation_action_on_a_project_object_is_denied() {
        let object = in_project(ProjectId::new(), Role::Owner);
        assert_eq!(decide(&caller(true), Action::UserCreate, object).verdict, Verdict::Deny);
    }
}
