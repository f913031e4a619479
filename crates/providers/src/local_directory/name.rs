//! From a key to the names of directories and a file; what cannot be such a name is no key here.

/// The longest name of a file on the file systems of Linux (`NAME_MAX`).
const LONGEST: usize = 255;

/// What unfinished uploads are called; they are never shown.
pub(super) const UNFINISHED: &str = ".tidegate-upload-";

/// The directories that lead to the file of a key, and its name.
pub(super) fn split(key: &str) -> Result<(Vec<&str>, &str), &'static str> {
    let mut names: Vec<&str> = key.split('/').collect();
    if let Some(why) = names.iter().find_map(|name| wrong(name)) {
        return Err(why);
    }
    let file = names.pop().unwrap_or_default();
    Ok((names, file))
}

/// Why a part of a key cannot be the name of a file or directory.
pub(super) fn wrong(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("a key here neither begins nor ends with '/' and has no two of them in a row"),
        "." | ".." => Some("a key here has no part that is '.' or '..'"),
        _ if name.contains('\0') => Some("a key here has no zero byte"),
        _ if name.len() > LONGEST => Some("each part of a key here has at most 255 bytes"),
        _ if name.starts_with(UNFINISHED) => Some("names that begin with '.tidegate-upload-' are Tidegate's own"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_lead_nowhere_else_are_split() {
        assert_eq!(split("a/b c/ü%2F.txt"), Ok((vec!["a", "b c"], "ü%2F.txt")));
        assert_eq!(split("...").unwrap().1, "...");
        let long = "x".repeat(256);
        for bad in ["", "/a", "a/", "a//b", "a/../b", "./a", "a\0", ".tidegate-upload-1", long.as_str()] {
            assert!(split(bad).is_err(), "{bad}");
        }
    }
}
