//! Names that no other test uses.

/// `length` characters of lower-case hexadecimal, at most 32.
pub(crate) fn hex(length: usize) -> String {
    uuid::Uuid::new_v4().simple().to_string().chars().take(length).collect()
}

/// A number below `limit`.
pub(crate) fn below(limit: u16) -> u16 {
    let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
    u16::try_from(high % u64::from(limit.max(1))).unwrap_or(0)
}
