//! No one can grant what he lacks.

use domain::principal::Role;

use crate::Action;

/// Whether someone of one role may give the other, take it away, or make a token of it.
///
/// The other role must allow nothing that the granter's own does not.
pub fn may_grant(granter: Role, role: Role) -> bool {
    Action::ALL.iter().filter(|action| action.roles().contains(&role)).all(|action| action.roles().contains(&granter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_owners_name_owners() {
        assert_eq!(Role::ALL.map(|granter| may_grant(granter, Role::Owner)), [false, false, false, false, true]);
    }

    #[test]
    fn developers_give_viewer_but_not_auditor() {
        assert!(may_grant(Role::Developer, Role::Viewer));
        assert!(!may_grant(Role::Developer, Role::Auditor));
        assert!(may_grant(Role::Admin, Role::Auditor));
    }
}
