//! A double: who may do what. The roles are the predefined ones of Google's documentation, as far as
//! they concern storage and service accounts; the real ones have further permissions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::boundary::Rule;
use super::condition::{Condition, Subject};

/// A role given to a member.
#[derive(Debug, Clone)]
struct Binding {
    member: String,
    role: String,
    condition: Option<(String, Condition)>,
}

/// All policies that the double knows.
#[derive(Default)]
pub(super) struct Iam {
    buckets: BTreeMap<String, Vec<Binding>>,
    accounts: BTreeMap<String, Vec<Binding>>,
    project: Vec<Binding>,
}

/// Google allows so many logical operators in the condition of a binding.
const MOST_OPERATORS: usize = 12;

impl Iam {
    pub(super) fn grant(&mut self, bucket: &str, member: &str, role: &str, condition: Option<&str>) {
        self.buckets.entry(bucket.to_owned()).or_default().push(Binding::new(member, role, condition));
    }

    pub(super) fn take_back(&mut self, bucket: &str, member: &str) {
        self.buckets.entry(bucket.to_owned()).or_default().retain(|binding| binding.member != member);
    }

    pub(super) fn grant_project(&mut self, member: &str, role: &str) {
        self.project.push(Binding::new(member, role, None));
    }

    pub(super) fn grant_account(&mut self, target: &str, member: &str, role: &str) {
        self.accounts.entry(target.to_owned()).or_default().push(Binding::new(member, role, None));
    }

    pub(super) fn take_back_account(&mut self, target: &str, member: &str) {
        self.accounts.entry(target.to_owned()).or_default().retain(|binding| binding.member != member);
    }

    /// Whether the member may do this to a service account.
    pub(super) fn allows_on_account(&self, member: &str, permission: &str, target: &str) -> bool {
        let none = Subject { name: String::new(), list_prefix: String::new() };
        let bindings = self.accounts.get(target).into_iter().flatten().chain(&self.project);
        bindings.into_iter().any(|binding| binding.gives(member, permission, &none))
    }

    /// Whether the member may do this to a bucket or object.
    pub(super) fn allows(&self, member: &str, permission: &str, bucket: &str, subject: &Subject) -> bool {
        let bindings = self.buckets.get(bucket).into_iter().flatten().chain(&self.project);
        bindings.into_iter().any(|binding| binding.gives(member, permission, subject))
    }

    /// Whether the member may do this in the project.
    pub(super) fn allows_in_project(&self, member: &str, permission: &str) -> bool {
        let none = Subject { name: String::new(), list_prefix: String::new() };
        self.project.iter().any(|binding| binding.gives(member, permission, &none))
    }

    /// The policy of a bucket as the JSON API gives it.
    pub(super) fn policy(&self, bucket: &str) -> Value {
        let bindings = self.buckets.get(bucket).into_iter().flatten().map(|binding| match &binding.condition {
            None => json!({"role": binding.role, "members": [binding.member]}),
            Some((text, _)) => json!({
                "role": binding.role, "members": [binding.member], "condition": {"title": "c", "expression": text},
            }),
        });
        json!({
            "kind": "storage#policy", "resourceId": format!("projects/_/buckets/{bucket}"), "version": 3, "etag": "CAE=",
            "bindings": bindings.collect::<Vec<_>>(),
        })
    }
}

impl Binding {
    fn new(member: &str, role: &str, condition: Option<&str>) -> Self {
        assert!(permissions(role).is_some(), "the double does not know the role {role}");
        let condition = condition.map(|text| {
            let parsed = Condition::parse(text).unwrap_or_else(|why| panic!("the condition {text}: {why}"));
            assert!(parsed.operators() <= MOST_OPERATORS, "Google takes {MOST_OPERATORS} operators at most: {text}");
            (text.to_owned(), parsed)
        });
        Self { member: member.to_owned(), role: role.to_owned(), condition }
    }

    fn gives(&self, member: &str, permission: &str, subject: &Subject) -> bool {
        is_member(&self.member, member)
            && role_has(&self.role, permission)
            && self.condition.as_ref().is_none_or(|(_, condition)| condition.holds(subject))
    }
}

/// Whether the rules of an access boundary let it through.
pub(super) fn within(rules: &[Rule], permission: &str, bucket: &str, subject: &Subject) -> bool {
    rules.iter().any(|rule| {
        rule.bucket == bucket
            && rule.roles.iter().any(|role| role_has(role, permission))
            && rule.condition.as_ref().is_none_or(|condition| condition.holds(subject))
    })
}

/// `principalSet://.../POOL/*` are all principals of a pool.
fn is_member(bound: &str, member: &str) -> bool {
    let of_pool = || {
        let pool = bound.strip_prefix("principalSet://")?.strip_suffix("/*")?;
        member.strip_prefix("principal://")?.strip_prefix(pool)?.strip_prefix("/subject/")
    };
    bound == member || of_pool().is_some()
}

/// Whether the double knows the role.
pub(super) fn is_known(role: &str) -> bool {
    permissions(role).is_some()
}

fn role_has(role: &str, permission: &str) -> bool {
    let Some(list) = permissions(role) else { return false };
    list.iter().any(|known| match known.strip_suffix('*') {
        Some(all) => permission.starts_with(all),
        None => *known == permission,
    })
}

/// `permissions:a,b` is a role made for a test.
fn permissions(role: &str) -> Option<Vec<&str>> {
    if let Some(list) = role.strip_prefix("permissions:") {
        return Some(list.split(',').collect());
    }
    let list: &[&str] = match role {
        "roles/storage.objectViewer" => &["storage.objects.get", "storage.objects.list"],
        "roles/storage.objectCreator" => &["storage.objects.create", "storage.multipartUploads.create"],
        "roles/storage.objectUser" => &[
            "storage.objects.create",
            "storage.objects.delete",
            "storage.objects.get",
            "storage.objects.list",
            "storage.objects.update",
            "storage.multipartUploads.*",
        ],
        "roles/storage.objectAdmin" => &["storage.objects.*", "storage.multipartUploads.*"],
        "roles/storage.legacyObjectReader" => &["storage.objects.get"],
        "roles/storage.legacyObjectOwner" => {
            &["storage.objects.get", "storage.objects.update", "storage.objects.getIamPolicy"]
        }
        "roles/storage.legacyBucketReader" => &["storage.buckets.get", "storage.objects.list"],
        "roles/storage.legacyBucketWriter" => &[
            "storage.buckets.get",
            "storage.objects.create",
            "storage.objects.delete",
            "storage.objects.list",
            "storage.multipartUploads.*",
        ],
        "roles/storage.bucketViewer" => &["storage.buckets.get", "storage.buckets.list"],
        "roles/storage.admin" => &["storage.*"],
        "roles/iam.serviceAccountTokenCreator" => &[
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
            "iam.serviceAccounts.signBlob",
            "iam.serviceAccounts.signJwt",
        ],
        "roles/iam.workloadIdentityUser" => {
            &["iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken"]
        }
        "roles/owner" => &["storage.buckets.*", "iam.serviceAccounts.get", "resourcemanager.*"],
        _ => return None,
    };
    Some(list.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &str = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool";

    fn object(key: &str) -> Subject {
        Subject { name: format!("projects/_/buckets/b/objects/{key}"), list_prefix: String::new() }
    }

    #[test]
    fn a_binding_gives_its_role_on_its_bucket_to_its_member() {
        let mut iam = Iam::default();
        iam.grant("b", "serviceAccount:a", "roles/storage.objectViewer", None);
        assert!(iam.allows("serviceAccount:a", "storage.objects.get", "b", &object("k")));
        assert!(!iam.allows("serviceAccount:a", "storage.objects.create", "b", &object("k")));
        assert!(!iam.allows("serviceAccount:a", "storage.objects.get", "c", &object("k")));
        assert!(!iam.allows("serviceAccount:x", "storage.objects.get", "b", &object("k")));
        iam.take_back("b", "serviceAccount:a");
        assert!(!iam.allows("serviceAccount:a", "storage.objects.get", "b", &object("k")));
    }

    #[test]
    fn a_condition_narrows_its_binding() {
        let mut iam = Iam::default();
        let condition = "resource.name.startsWith('projects/_/buckets/b/objects/in/')";
        iam.grant("b", "serviceAccount:a", "roles/storage.objectUser", Some(condition));
        assert!(iam.allows("serviceAccount:a", "storage.objects.delete", "b", &object("in/k")));
        assert!(!iam.allows("serviceAccount:a", "storage.objects.delete", "b", &object("out/k")));
    }

    #[test]
    fn a_pool_holds_its_own_principals() {
        let all = format!("principalSet://{POOL}/*");
        assert!(is_member(&all, &format!("principal://{POOL}/subject/alice")));
        assert!(!is_member(&all, &format!("principal://{POOL}2/subject/alice")));
        assert!(!is_member(&all, "serviceAccount:alice"));
    }

    #[test]
    fn workload_identity_gives_tokens_and_no_signatures() {
        assert!(role_has("roles/iam.workloadIdentityUser", "iam.serviceAccounts.getAccessToken"));
        assert!(!role_has("roles/iam.workloadIdentityUser", "iam.serviceAccounts.signBlob"));
    }

    #[test]
    #[should_panic(expected = "does not know the role")]
    fn an_unknown_role_fails_the_test() {
        Iam::default().grant("b", "serviceAccount:a", "roles/storage.everything", None);
    }
}
