//! Ids of Microsoft Entra ID.

/// Whether a text is 32 hexadecimal digits in five groups.
pub(super) fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_one() {
        assert!(is_guid("11111111-2222-3333-4444-55555555555F"));
        for bad in [
            "",
            "common",
            "{11111111-2222-3333-4444-555555555555}",
            "11111111222233334444555555555555",
            "1111111g-2222-3333-4444-555555555555",
        ] {
            assert!(!is_guid(bad), "{bad}");
        }
    }
}
