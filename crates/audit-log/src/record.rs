//! Whether one record is what it should be at its place, by itself.
//!
//! That it is the one that was written there is shown by the tree over it, not here.

use crate::export::{Head, private_hash};

/// A record is not what belongs at its place.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It has another form.
    #[error("the record is damaged")]
    Malformed,
    /// It belongs to another log.
    #[error("the record is of the log '{found}'")]
    OtherLog {
        /// The log that it names.
        found: String,
    },
    /// It belongs to another place.
    #[error("the record belongs at place {found}")]
    OtherPlace {
        /// The place that it names.
        found: u64,
    },
    /// The personal data does not fit the record.
    #[error("the personal data was edited (it does not fit the hash in its record)")]
    PrivateEdited,
}

/// Checks a record and what stands beside it; tells whether it names personal data that is not there: erased
/// or withheld.
pub fn check_record(record: &str, private: Option<&str>, log: &str, seq: u64) -> Result<bool, RecordError> {
    let head: Head = serde_json::from_str(record).map_err(|_| RecordError::Malformed)?;
    if head.log != log {
        return Err(RecordError::OtherLog { found: head.log });
    }
    if head.seq != seq {
        return Err(RecordError::OtherPlace { found: head.seq });
    }
    match private {
        Some(private) if head.private_hash() != Some(private_hash(private).as_str()) => Err(RecordError::PrivateEdited),
        Some(_) => Ok(false),
        None => Ok(head.names_private()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_held_against_its_place_and_its_personal_data() {
        let private = r#"{"salt":"00"}"#;
        let hash = private_hash(private);
        let record =
            format!(r#"{{"log":"l","seq":3,"time":"2026-01-01T00:00:00Z","action":"a.b","private_hash":"{hash}"}}"#);
        assert_eq!(check_record(&record, Some(private), "l", 3), Ok(false));
        assert_eq!(check_record(&record, None, "l", 3), Ok(true));
        assert_eq!(check_record(&record, Some("{}"), "l", 3), Err(RecordError::PrivateEdited));
        assert_eq!(check_record(&record, None, "m", 3), Err(RecordError::OtherLog { found: "l".into() }));
        assert_eq!(check_record(&record, None, "l", 4), Err(RecordError::OtherPlace { found: 3 }));
        assert_eq!(check_record("[]", None, "l", 3), Err(RecordError::Malformed));
    }
}
