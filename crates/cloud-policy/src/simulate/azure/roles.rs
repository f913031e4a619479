//! What the built-in roles on blobs hold (Microsoft's documentation, "Azure built-in roles for Storage").

/// What data actions on blobs begin with.
const BLOB_SERVICES: &str = "microsoft.storage/storageaccounts/blobservices/";

/// Name, id, and data actions after what they all begin with; `*` is all.
const ROLES: [(&str, &str, &[&str]); 4] = [
    (
        "Storage Blob Data Reader",
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        &["containers/read", "containers/blobs/read", "generateuserdelegationkey/action"],
    ),
    (
        "Storage Blob Data Contributor",
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        &[
            "containers/read",
            "containers/write",
            "containers/delete",
            "containers/blobs/read",
            "containers/blobs/write",
            "containers/blobs/delete",
            "containers/blobs/move/action",
            "containers/blobs/add/action",
            "generateuserdelegationkey/action",
        ],
    ),
    ("Storage Blob Data Owner", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", &["*"]),
    ("Storage Blob Delegator", "db58b8e5-c6ad-4a2a-8342-4190687cbf4a", &["generateuserdelegationkey/action"]),
];

/// Roles that manage resources and touch no data.
const MANAGING: [(&str, &str); 3] = [
    ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
    ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    ("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"),
];

/// Whether a role, by its name or the id of its definition, holds an action; none where that is not known.
pub(super) fn holds(role: &str, action: &str) -> Option<bool> {
    let own = |name: &str, id: &str| {
        let last = role.rsplit('/').next().unwrap_or(role);
        role.eq_ignore_ascii_case(name) || last.eq_ignore_ascii_case(id)
    };
    let action = action.to_ascii_lowercase();
    let of_blobs = action.strip_prefix(BLOB_SERVICES)?;
    if let Some((_, _, actions)) = ROLES.iter().find(|(name, id, _)| own(name, id)) {
        return Some(actions.iter().any(|known| *known == "*" || *known == of_blobs));
    }
    let data = of_blobs.starts_with("containers/blobs/");
    MANAGING.iter().any(|(name, id)| data && own(name, id)).then_some(false)
}
