//! What surrounds every page: who is here, where, and what else there is.

use authz::Action;
use broker::ProjectView;
use jiff::Timestamp;

use super::assets;
use super::theme::Theme;
use super::time::When;

/// Which entry of the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Section {
    #[default]
    None,
    Overview,
    Integrations,
    Datasources,
    Grants,
    Audit,
    Members,
    ServiceAccounts,
    Tokens,
    Settings,
    Projects,
    AllIntegrations,
    Users,
    InstallationAudit,
    Account,
    Policy,
    Manual,
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) administrator: bool,
}

/// What surrounds a page; every page's template has one as `frame`.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) section: Section,
    pub(crate) theme: Theme,
    pub(crate) person: Option<Person>,
    pub(crate) project: Option<ProjectView>,
    /// A sentence of the page before.
    pub(crate) said: Option<String>,
    pub(crate) now: Timestamp,
}

impl Frame {
    /// The address of a file of this program.
    pub(crate) fn asset(&self, name: &str) -> &'static str {
        assets::address(name)
    }

    /// A time as it is shown.
    pub(crate) fn when(&self, at: &Timestamp) -> When {
        When { at: *at, now: self.now }
    }

    /// Whether to offer something in the project of this page; the use case decides by itself.
    pub(crate) fn may(&self, action: Action) -> bool {
        self.project.as_ref().is_some_and(|project| action.roles().contains(&project.role))
    }

    /// The name of the project of this page, for addresses; empty outside of projects.
    pub(crate) fn project_name(&self) -> &str {
        self.project.as_ref().map_or("", |project| project.name.as_str())
    }

    /// An address in the project of this page.
    pub(crate) fn in_project(&self, rest: &str) -> String {
        self.project.as_ref().map_or_else(|| "/".to_owned(), |project| format!("/projects/{}{rest}", project.name))
    }

    pub(crate) fn is_administrator(&self) -> bool {
        self.person.as_ref().is_some_and(|person| person.administrator)
    }

    /// For the navigation: `page` where the reader is.
    pub(crate) fn current(&self, section: Section) -> &'static str {
        if self.section == section { "page" } else { "false" }
    }

    pub(crate) fn reads_audit(&self) -> bool {
        self.may(Action::AuditRead)
    }
}
