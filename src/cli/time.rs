//! Times as they are typed.

/// Reads a time; what the parser itself says of a wrong one helps nobody.
pub(super) fn time(text: &str) -> Result<jiff::Timestamp, String> {
    text.parse()
        .map_err(|_| "write a time as 2026-01-31T12:00:00Z, or with an offset as 2026-01-31T13:00:00+01:00".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_an_offset_and_a_wrong_one_is_explained() {
        assert_eq!(time("2026-01-31T13:00:00+01:00").unwrap().to_string(), "2026-01-31T12:00:00Z");
        for wrong in ["yesterday", "1h", "2026-01-31"] {
            assert!(time(wrong).is_err_and(|message| message.contains("2026-01-31T12:00:00Z")), "{wrong}");
        }
    }
}
