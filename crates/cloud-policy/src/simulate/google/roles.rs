//! What roles hold, as far as storing objects and acting as service accounts go.
//!
//! Google's documentation, "IAM roles for Cloud Storage" and "Service accounts roles".

const OBJECTS: &str = "storage.objects.";

/// Permissions, with `*` at the end for all that begin so.
const ROLES: [(&str, &[&str]); 14] = [
    (
        "roles/storage.objectViewer",
        &[
            "storage.objects.get",
            "storage.objects.list",
            "storage.folders.get",
            "storage.folders.list",
            "storage.managedFolders.get",
            "storage.managedFolders.list",
        ],
    ),
    (
        "roles/storage.objectUser",
        &[
            "storage.objects.create",
            "storage.objects.delete",
            "storage.objects.get",
            "storage.objects.list",
            "storage.objects.move",
            "storage.objects.restore",
            "storage.objects.update",
            "storage.folders.*",
            "storage.managedFolders.create",
            "storage.managedFolders.delete",
            "storage.managedFolders.get",
            "storage.managedFolders.list",
            "storage.multipartUploads.*",
        ],
    ),
    (
        "roles/storage.objectCreator",
        &[
            "storage.objects.create",
            "storage.folders.create",
            "storage.managedFolders.create",
            "storage.multipartUploads.create",
            "storage.multipartUploads.abort",
            "storage.multipartUploads.listParts",
        ],
    ),
    (
        "roles/storage.objectAdmin",
        &["storage.objects.*", "storage.folders.*", "storage.managedFolders.*", "storage.multipartUploads.*"],
    ),
    ("roles/storage.admin", &["storage.*"]),
    (
        "roles/storage.legacyBucketReader",
        &[
            "storage.buckets.get",
            "storage.objects.list",
            "storage.managedFolders.get",
            "storage.managedFolders.list",
            "storage.multipartUploads.list",
        ],
    ),
    (
        "roles/storage.legacyBucketWriter",
        &[
            "storage.buckets.get",
            "storage.objects.create",
            "storage.objects.delete",
            "storage.objects.list",
            "storage.managedFolders.*",
            "storage.multipartUploads.*",
        ],
    ),
    (
        "roles/storage.legacyBucketOwner",
        &[
            "storage.buckets.get",
            "storage.buckets.getIamPolicy",
            "storage.buckets.setIamPolicy",
            "storage.buckets.update",
            "storage.objects.create",
            "storage.objects.delete",
            "storage.objects.list",
            "storage.managedFolders.*",
            "storage.multipartUploads.*",
        ],
    ),
    ("roles/storage.legacyObjectReader", &["storage.objects.get"]),
    (
        "roles/storage.legacyObjectOwner",
        &[
            "storage.objects.get",
            "storage.objects.getIamPolicy",
            "storage.objects.setIamPolicy",
            "storage.objects.update",
        ],
    ),
    (
        "roles/iam.serviceAccountTokenCreator",
        &[
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
            "iam.serviceAccounts.implicitDelegation",
            "iam.serviceAccounts.list",
            "iam.serviceAccounts.signBlob",
            "iam.serviceAccounts.signJwt",
        ],
    ),
    (
        "roles/iam.workloadIdentityUser",
        &[
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
            "iam.serviceAccounts.list",
        ],
    ),
    ("roles/iam.serviceAccountOpenIdTokenCreator", &["iam.serviceAccounts.getOpenIdToken"]),
    ("roles/storage.hmacKeyAdmin", &["storage.hmacKeys.*"]),
];

/// Whether a role holds a permission; none where that is not known.
pub(super) fn holds(role: &str, permission: &str) -> Option<bool> {
    let (_, permissions) = ROLES.iter().find(|(known, _)| *known == role)?;
    let fits = |pattern: &&str| match pattern.strip_suffix('*') {
        Some(start) => permission.starts_with(start),
        None => *pattern == permission,
    };
    if permissions.iter().any(fits) {
        return Some(true);
    }
    // Roles grow; what is said here is complete for objects and accounts only.
    let complete = permission.starts_with(OBJECTS) || permission.starts_with("iam.serviceAccounts.");
    complete.then_some(false)
}
