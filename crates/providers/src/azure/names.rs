//! Names that Azure can hold ("Naming and Referencing Containers, Blobs, and Metadata", Azure Storage REST API).
//!
//! A name that Azure would read as another one is refused before anything is asked: a backslash counts as a
//! slash and dots at the end of a segment go astray, so such a name could reach an object outside of a prefix. An
//! account with folders has none without a name: `/a` is written as `a` there (percona/percona-xtrabackup, pull
//! request 1787).

/// The most segments of a name on an account without directories.
const MOST_SEGMENTS: usize = 254;

/// The most on one with: 63, of which host and container take one each.
const MOST_SEGMENTS_IN_DIRECTORIES: usize = 61;

/// Why a name cannot be that of a blob.
pub(super) fn wrong_blob(name: &str, hierarchical: bool, written: bool) -> Option<String> {
    let most = if hierarchical { MOST_SEGMENTS_IN_DIRECTORIES } else { MOST_SEGMENTS };
    let why = if name.chars().any(char::is_control) {
        "has a control character".to_owned()
    } else if name.contains('\\') {
        "has a backslash, which Azure reads as a slash".to_owned()
    } else if name.split('/').any(|segment| segment.ends_with('.')) {
        "has a segment that ends with a dot, which Azure does not keep".to_owned()
    } else if hierarchical && (name.starts_with('/') || name.contains("//")) {
        "has an empty segment, which an account with folders does not keep".to_owned()
    } else if name.split('/').count() > most {
        format!("has more than the {most} segments that this account can hold")
    } else if written && name.ends_with('/') {
        "ends with a slash, which Azure reads as the name of a folder".to_owned()
    } else {
        return None;
    };
    Some(format!("the name {why}: Azure cannot hold it"))
}

/// Why a name cannot be that of a container; what buckets may have anywhere was checked before.
pub(super) fn wrong_container(name: &str) -> Option<&'static str> {
    (name.contains('.') || name.contains("--"))
        .then_some("the name of a container has no dots and no two hyphens in a row: there is none of this name")
}

/// Why a text is not the name of an account.
pub(super) fn wrong_account(name: &str) -> Option<&'static str> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    if name.contains("://") || name.contains('.') {
        return Some("give the bare name of the storage account, not its address");
    }
    (!(3..=24).contains(&name.len()) || !name.bytes().all(plain))
        .then_some("the name of a storage account has 3 to 24 lower-case letters and digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_azure_keeps_are_taken() {
        for name in [
            "a",
            "/lead",
            "//two",
            " blank ",
            "a%2Fb",
            "a#b?c&d",
            "日本/é",
            ".tidegate/probe-1",
            "a..b",
            &"k".repeat(1024),
        ] {
            assert_eq!(wrong_blob(name, false, true), None, "{name:?}");
        }
        assert_eq!(wrong_blob("folder/", false, false), None, "what tools have left behind can be read");
    }

    #[test]
    fn names_that_azure_would_read_as_others_are_refused() {
        for name in ["a\\b", "in/..\\secret", "a/../b", "./a", "a.", "a./b", "a\nb", "a\u{7f}", "a\u{81}"] {
            assert!(wrong_blob(name, false, false).is_some(), "{name:?}");
        }
        assert!(wrong_blob("folder/", false, true).is_some());
    }

    #[test]
    fn a_folder_without_a_name_is_refused_where_there_are_folders() {
        for name in ["/lead", "//two", "a//b", "a//"] {
            assert!(wrong_blob(name, true, false).unwrap().contains("empty segment"), "{name:?}");
            assert_eq!(wrong_blob(name, false, false), None, "{name:?}");
        }
        assert_eq!(wrong_blob("folder/", true, false), None);
    }

    #[test]
    fn directories_may_be_nested_less_deep() {
        let deep = |segments: usize| "a/".repeat(segments - 1) + "a";
        assert_eq!(wrong_blob(&deep(254), false, true), None);
        assert!(wrong_blob(&deep(255), false, true).unwrap().contains("254"));
        assert_eq!(wrong_blob(&deep(61), true, true), None);
        assert!(wrong_blob(&deep(62), true, true).unwrap().contains("61"));
    }

    #[test]
    fn containers_and_accounts_are_known_by_their_form() {
        assert_eq!((wrong_container("my-data"), wrong_account("tidegateone")), (None, None));
        assert!(wrong_container("my.data").is_some() && wrong_container("my--data").is_some());
        for bad in ["https://x.blob.core.windows.net", "x.blob.core.windows.net", "ab", "My", "a-b", &"a".repeat(25)] {
            assert!(wrong_account(bad).is_some(), "{bad}");
        }
    }
}
