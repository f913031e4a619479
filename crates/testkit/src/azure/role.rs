//! A double: role assignments. The roles are the built-in ones of Azure's documentation, as far as they
//! concern blobs; a condition is a prefix of the blob's path, whatever text expresses it in Azure.

/// Where a role is assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// A storage account and everything in it.
    Account(String),
    /// One container of an account.
    Container(String, String),
}

/// All assignments.
#[derive(Default)]
pub(super) struct Roles(Vec<Assignment>);

struct Assignment {
    object_id: String,
    role: String,
    scope: Scope,
    below: Option<String>,
}

/// What is asked for, below the prefix that all these names have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    BlobRead,
    BlobWrite,
    BlobDelete,
    BlobOther,
    ContainerRead,
    ContainerWrite,
    ContainerDelete,
    ContainerAcl,
    DelegationKey,
    AccountInfo,
    ServiceRead,
    ServiceWrite,
}

/// What it is asked of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) account: &'a str,
    /// `None` for what concerns the account as a whole.
    pub(super) container: Option<&'a str>,
    /// The path of a blob, or the prefix of a listing.
    pub(super) path: &'a str,
}

impl Action {
    /// The name in role definitions.
    fn name(self) -> &'static str {
        match self {
            Self::BlobRead => "containers/blobs/read",
            Self::BlobWrite => "containers/blobs/write",
            Self::BlobDelete => "containers/blobs/delete",
            Self::BlobOther => "containers/blobs/runAsSuperUser/action",
            Self::ContainerRead => "containers/read",
            Self::ContainerWrite => "containers/write",
            Self::ContainerDelete => "containers/delete",
            Self::ContainerAcl => "containers/setAcl/action",
            Self::DelegationKey => "generateUserDelegationKey/action",
            Self::AccountInfo => "getInfo/action",
            Self::ServiceRead => "read",
            Self::ServiceWrite => "write",
        }
    }

    fn is_of_blobs(self) -> bool {
        matches!(self, Self::BlobRead | Self::BlobWrite | Self::BlobDelete | Self::BlobOther)
    }
}

impl Roles {
    pub(super) fn assign(&mut self, object_id: &str, role: &str, scope: Scope, below: Option<&str>) {
        assert!(actions(role).is_some(), "the double does not know the role {role}");
        let (object_id, role, below) = (object_id.to_owned(), role.to_owned(), below.map(str::to_owned));
        self.0.push(Assignment { object_id, role, scope, below });
    }

    pub(super) fn unassign(&mut self, object_id: &str) {
        self.0.retain(|assignment| assignment.object_id != object_id);
    }

    /// Whether the principal may.
    pub(super) fn allow(&self, object_id: &str, action: Action, target: Target<'_>) -> bool {
        self.0.iter().any(|assignment| assignment.object_id == object_id && assignment.gives(action, target))
    }
}

impl Assignment {
    fn gives(&self, action: Action, target: Target<'_>) -> bool {
        let reaches = match &self.scope {
            Scope::Account(account) => account == target.account,
            Scope::Container(account, container) => {
                account == target.account && target.container == Some(container.as_str())
            }
        };
        let is_below =
            !action.is_of_blobs() || self.below.as_ref().is_none_or(|prefix| target.path.starts_with(prefix.as_str()));
        let named = |list: Vec<&str>| list.into_iter().any(|known| matches(known, action.name()));
        reaches && is_below && actions(&self.role).is_some_and(named)
    }
}

fn matches(known: &str, name: &str) -> bool {
    known.strip_suffix('*').map_or(known == name, |start| name.starts_with(start))
}

/// What a role holds, below `Microsoft.Storage/storageAccounts/blobServices/`; `actions:a,b` is a role
/// made for a test.
fn actions(role: &str) -> Option<Vec<&str>> {
    if let Some(list) = role.strip_prefix("actions:") {
        return Some(list.split(',').collect());
    }
    let list: &[&str] = match role {
        "Storage Blob Data Reader" => &["containers/read", "generateUserDelegationKey/action", "containers/blobs/read"],
        "Storage Blob Data Contributor" => &[
            "containers/read",
            "containers/write",
            "containers/delete",
            "generateUserDelegationKey/action",
            "containers/blobs/read",
            "containers/blobs/write",
            "containers/blobs/add/action",
            "containers/blobs/delete",
        ],
        "Storage Blob Data Owner" => &["containers/*", "generateUserDelegationKey/action"],
        "Storage Blob Delegator" => &["generateUserDelegationKey/action"],
        // Of the management plane: everything about accounts and containers, and no data.
        "Contributor" | "Owner" | "Storage Account Contributor" => &[
            "containers/read",
            "containers/write",
            "containers/delete",
            "containers/setAcl/action",
            "generateUserDelegationKey/action",
            "getInfo/action",
            "read",
            "write",
        ],
        "Reader" => &["containers/read", "read"],
        _ => return None,
    };
    Some(list.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    const READER: &str = "Storage Blob Data Reader";

    fn at<'a>(container: Option<&'a str>, path: &'a str) -> Target<'a> {
        Target { account: "a", container, path }
    }

    #[test]
    fn a_role_reaches_as_far_as_its_scope() {
        let mut roles = Roles::default();
        roles.assign("p", READER, Scope::Container("a".into(), "c".into()), None);
        assert!(roles.allow("p", Action::BlobRead, at(Some("c"), "x")));
        assert!(!roles.allow("p", Action::BlobRead, at(Some("d"), "x")));
        assert!(!roles.allow("p", Action::BlobWrite, at(Some("c"), "x")));
        assert!(!roles.allow("q", Action::BlobRead, at(Some("c"), "x")));
        assert!(!roles.allow("p", Action::DelegationKey, at(None, "")), "that acts on the account");
        roles.assign("p", "Storage Blob Delegator", Scope::Account("a".into()), None);
        assert!(roles.allow("p", Action::DelegationKey, at(None, "")));
        roles.unassign("p");
        assert!(!roles.allow("p", Action::BlobRead, at(Some("c"), "x")));
    }

    #[test]
    fn a_condition_narrows_blobs_and_nothing_else() {
        let mut roles = Roles::default();
        roles.assign("p", "Storage Blob Data Contributor", Scope::Account("a".into()), Some("in/"));
        assert!(roles.allow("p", Action::BlobDelete, at(Some("c"), "in/x")));
        assert!(!roles.allow("p", Action::BlobDelete, at(Some("c"), "out/x")));
        assert!(!roles.allow("p", Action::BlobRead, at(Some("c"), "")), "a listing of everything");
        assert!(roles.allow("p", Action::DelegationKey, at(None, "")));
    }

    #[test]
    fn an_administrator_reads_no_data() {
        let mut roles = Roles::default();
        roles.assign("p", "Owner", Scope::Account("a".into()), None);
        assert!(roles.allow("p", Action::AccountInfo, at(None, "")));
        assert!(!roles.allow("p", Action::BlobRead, at(Some("c"), "x")));
    }
}
