//! Which bytes are asked for (RFC 9110, section 14).

/// What a `Range` header comes to for an object of this size.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Range {
    /// All of it: none was asked for, or in a way that may be ignored.
    Whole,
    /// First and last byte, both included.
    Part(u64, u64),
    /// Nothing of it.
    Outside,
}

impl Range {
    /// One range of bytes; several at once are answered with the whole, as the standard allows.
    pub(super) fn read(header: Option<&str>, size: u64) -> Self {
        let Some(asked) = header.and_then(|header| header.strip_prefix("bytes=")) else { return Self::Whole };
        let Some((first, last)) = asked.split_once('-').filter(|_| !asked.contains(',')) else { return Self::Whole };
        let (first, last) = (first.trim(), last.trim());
        let end = size.saturating_sub(1);
        match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), _) if first >= size => Self::Outside,
            (Ok(first), Ok(last)) if last < first => Self::Whole,
            (Ok(first), Ok(last)) => Self::Part(first, last.min(end)),
            (Ok(first), Err(_)) if last.is_empty() => Self::Part(first, end),
            (Err(_), Ok(0)) if first.is_empty() => Self::Outside,
            (Err(_), Ok(_)) if first.is_empty() && size == 0 => Self::Outside,
            (Err(_), Ok(count)) if first.is_empty() => Self::Part(size.saturating_sub(count), end),
            _ => Self::Whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Range::{self, Outside, Part, Whole};

    #[test]
    fn ranges_are_read_as_the_standard_has_them() {
        let cases = [
            (None, Whole),
            (Some("bytes=0-0"), Part(0, 0)),
            (Some("bytes=2-"), Part(2, 9)),
            (Some("bytes=-3"), Part(7, 9)),
            (Some("bytes=-30"), Part(0, 9)),
            (Some("bytes=5-99"), Part(5, 9)),
            (Some("bytes=10-"), Outside),
            (Some("bytes=-0"), Outside),
            (Some("bytes=5-2"), Whole),
            (Some("bytes=0-1,3-4"), Whole),
            (Some("bytes=x-y"), Whole),
            (Some("lines=1-2"), Whole),
        ];
        for (header, expected) in cases {
            assert_eq!(Range::read(header, 10), expected, "{header:?}");
        }
        assert_eq!(Range::read(Some("bytes=0-"), 0), Outside);
        assert_eq!(Range::read(Some("bytes=-1"), 0), Outside);
    }
}
