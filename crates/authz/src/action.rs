//! Everything that can be asked for, and which roles may do it.

use domain::principal::Role;

/// Where an action takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// On oneself: any signed-in principal.
    Own,
    /// On the installation: its administrator.
    Installation,
    /// In a project: by role.
    Project,
}

macro_rules! actions {
    ($($variant:ident = $text:literal, $level:ident $(, [$($role:ident),+])?;)+) => {
        /// An action that a principal may ask for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $(#[doc = concat!("`", $text, "`")] $variant),+
        }

        impl Action {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that stands for it in the audit and the OpenAPI document.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Where it takes place.
            pub fn level(self) -> Level {
                match self { $(Self::$variant => Level::$level),+ }
            }

            /// The roles of a project that may do it; none for actions of another level.
            pub fn roles(self) -> &'static [Role] {
                match self { $(Self::$variant => &[$($(Role::$role),+)?]),+ }
            }
        }
    };
}

actions! {
    SessionEnd = "session.end", Own;
    SelfShow = "self.show", Own;
    SessionManage = "session.manage", Own;
    TokenListOwn = "token.list-own", Own;
    PasswordChange = "password.change", Own;
    MethodList = "method.list", Own;
    UrlUse = "url.use", Own;
    ProjectList = "project.list", Own;
    PolicyExamine = "policy.examine", Own;

    ProjectCreate = "project.create", Installation;
    UserCreate = "user.create", Installation;
    UserList = "user.list", Installation;
    UserShow = "user.show", Installation;
    UserChange = "user.change", Installation;
    InstallationAuditRead = "audit.read-installation", Installation;
    KeyRewrap = "key.rewrap", Installation;
    KeyStatus = "key.status", Installation;
    IssuerShow = "issuer.show", Installation;
    IssuerRotate = "issuer.rotate", Installation;
    InstallationGovern = "installation.govern", Installation;

    ProjectShow = "project.show", Project, [Viewer, Auditor, Developer, Admin, Owner];
    ProjectDelete = "project.delete", Project, [Owner];
    MemberList = "member.list", Project, [Viewer, Auditor, Developer, Admin, Owner];
    MemberChange = "member.change", Project, [Admin, Owner];
    ServiceAccountList = "service-account.list", Project, [Viewer, Auditor, Developer, Admin, Owner];
    ServiceAccountChange = "service-account.change", Project, [Admin, Owner];
    TokenList = "token.list", Project, [Viewer, Auditor, Developer, Admin, Owner];
    TokenCreateOwn = "token.create-own", Project, [Viewer, Auditor, Developer, Admin, Owner];
    TokenCreateService = "token.create-service", Project, [Admin, Owner];
    TokenRevokeOwn = "token.revoke-own", Project, [Viewer, Auditor, Developer, Admin, Owner];
    TokenRevoke = "token.revoke", Project, [Admin, Owner];
    KeyRotate = "key.rotate", Project, [Admin, Owner];

    SetupShow = "setup.show", Project, [Viewer, Auditor, Developer, Admin, Owner];
    IntegrationList = "integration.list", Project, [Viewer, Auditor, Developer, Admin, Owner];
    IntegrationShow = "integration.show", Project, [Viewer, Auditor, Developer, Admin, Owner];
    IntegrationCreate = "integration.create", Project, [Admin, Owner];
    IntegrationChange = "integration.change", Project, [Admin, Owner];
    IntegrationProve = "integration.prove", Project, [Admin, Owner];
    IntegrationDelete = "integration.delete", Project, [Admin, Owner];
    IntegrationBrowse = "integration.browse", Project, [Developer, Admin, Owner];
    ProofList = "proof.list", Project, [Viewer, Auditor, Developer, Admin, Owner];

    DatasourceList = "datasource.list", Project, [Viewer, Auditor, Developer, Admin, Owner];
    DatasourceShow = "datasource.show", Project, [Viewer, Auditor, Developer, Admin, Owner];
    DatasourceCreate = "datasource.create", Project, [Admin, Owner];
    DatasourceChange = "datasource.change", Project, [Admin, Owner];
    DatasourceProve = "datasource.prove", Project, [Admin, Owner];
    DatasourceDelete = "datasource.delete", Project, [Admin, Owner];

    ObjectList = "object.list", Project, [Developer, Admin, Owner];
    ObjectShow = "object.show", Project, [Developer, Admin, Owner];
    LatencyRecord = "latency.record", Project, [Developer, Admin, Owner];
    UrlSign = "url.sign", Project, [Developer, Admin, Owner];
    CredentialIssue = "credential.issue", Project, [Developer, Admin, Owner];
    GrantList = "grant.list", Project, [Viewer, Auditor, Developer, Admin, Owner];
    GrantShow = "grant.show", Project, [Viewer, Auditor, Developer, Admin, Owner];
    GrantRevokeOwn = "grant.revoke-own", Project, [Developer, Admin, Owner];
    GrantRevoke = "grant.revoke", Project, [Admin, Owner];
    AuditRead = "audit.read", Project, [Auditor, Admin, Owner];
}

impl Action {
    /// The action of this word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_read_back() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.as_str()), Some(*action));
        }
    }

    #[test]
    fn project_actions_name_roles_and_others_name_none() {
        for action in Action::ALL {
            assert_eq!(action.level() == Level::Project, !action.roles().is_empty(), "{}", action.as_str());
        }
    }

    #[test]
    fn owners_may_do_everything_in_a_project() {
        for action in Action::ALL.iter().filter(|action| action.level() == Level::Project) {
            assert!(action.roles().contains(&Role::Owner), "{}", action.as_str());
        }
    }

    #[test]
    fn viewers_change_hand_out_and_audit_nothing() {
        let may: Vec<_> =
            Action::ALL.iter().filter(|a| a.roles().contains(&Role::Viewer)).map(|a| a.as_str()).collect();
        assert_eq!(
            may,
            [
                "project.show",
                "member.list",
                "service-account.list",
                "token.list",
                "token.create-own",
                "token.revoke-own",
                "setup.show",
                "integration.list",
                "integration.show",
                "proof.list",
                "datasource.list",
                "datasource.show",
                "grant.list",
                "grant.show"
            ]
        );
    }
}
