//! One line of an export, and what a record says of itself.
//!
//! A line has exactly one spelling: it is written again from its parts and compared, so that no
//! byte of it can change unnoticed.

use std::fmt::Write as _;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::hash::{leaf_hash, sha256};

/// Longest line of an export, in bytes, with its newline; bounds the verifier's memory.
pub const MAX_LINE: usize = 1024 * 1024;

/// A record and the personal data that stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportLine<'a> {
    /// The record, a JSON object in one line: the leaf of the tree.
    pub record: &'a str,
    /// The personal data, a JSON object in one line; `None` where there is none or it was erased.
    pub private: Option<&'a str>,
}

/// The line is not as it was written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LineError {
    /// It has another form.
    Malformed(String),
    /// The record does not fit its hash.
    Edited,
    /// The personal data does not fit the record.
    PrivateEdited,
}

/// The members of a record that the verifier reads; others are covered by the hash alone.
#[derive(Debug, Deserialize)]
pub(crate) struct Head {
    pub(crate) log: String,
    pub(crate) seq: u64,
    #[serde(rename = "time")]
    _time: String,
    #[serde(rename = "action")]
    _action: String,
    #[serde(deserialize_with = "present")]
    private_hash: Option<String>,
}

impl Head {
    /// The hash of its personal data.
    pub(crate) fn private_hash(&self) -> Option<&str> {
        self.private_hash.as_deref()
    }

    /// Whether the record names personal data.
    pub(crate) fn names_private(&self) -> bool {
        self.private_hash.is_some()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(borrow)]
    record: &'a RawValue,
    #[serde(borrow)]
    private: &'a RawValue,
    leaf: String,
}

/// The hash by which a record names its personal data; a random `salt` in there keeps it from
/// being guessed.
pub fn private_hash(private: &str) -> String {
    hex::encode(sha256(&[private.as_bytes()]))
}

impl<'a> ExportLine<'a> {
    /// Appends the line with its newline.
    pub fn write(&self, out: &mut String) {
        let leaf = hex::encode(leaf_hash(self.record.as_bytes()));
        let private = self.private.unwrap_or("null");
        // Writing to a string does not fail.
        let _ = writeln!(out, r#"{{"record":{},"private":{private},"leaf":"{leaf}"}}"#, self.record);
    }

    /// Reads a line without its newline.
    pub(crate) fn parse(line: &'a str) -> Result<(Self, Head), LineError> {
        let wire: Wire<'a> = serde_json::from_str(line).map_err(|error| malformed("line", &error))?;
        let private = Some(wire.private.get()).filter(|text| *text != "null");
        let parsed = Self { record: wire.record.get(), private };
        if wire.leaf != hex::encode(leaf_hash(parsed.record.as_bytes())) {
            return Err(LineError::Edited);
        }
        let mut again = String::with_capacity(line.len() + 1);
        parsed.write(&mut again);
        if again.strip_suffix('\n') != Some(line) {
            return Err(LineError::Malformed("it is not written in the one form of an export".to_owned()));
        }
        // A list of the right values would otherwise pass for a record.
        if [Some(parsed.record), parsed.private].into_iter().flatten().any(|text| !text.starts_with('{')) {
            return Err(LineError::Malformed("record and personal data are JSON objects".to_owned()));
        }
        let head: Head = serde_json::from_str(parsed.record).map_err(|error| malformed("record", &error))?;
        if parsed.private.is_some() && parsed.private.map(private_hash) != head.private_hash {
            return Err(LineError::PrivateEdited);
        }
        Ok((parsed, head))
    }
}

/// Reads a member that may be null and must be there.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

fn malformed(what: &str, error: &serde_json::Error) -> LineError {
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    LineError::Malformed(format!("{reason}, at column {} of the {what}", error.column()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIVATE: &str = r#"{"salt":"c2FsdA==","ip":"192.0.2.7"}"#;

    fn record(private_hash: &str) -> String {
        format!(
            r#"{{"log":"l","seq":0,"time":"2026-01-01T00:00:00Z","action":"a.b","private_hash":{private_hash},"x":[1]}}"#
        )
    }

    fn written(record: &str, private: Option<&str>) -> String {
        let mut line = String::new();
        ExportLine { record, private }.write(&mut line);
        assert_eq!(line.pop(), Some('\n'));
        line
    }

    fn error(line: &str) -> LineError {
        ExportLine::parse(line).unwrap_err()
    }

    #[test]
    fn a_written_line_reads_back_with_and_without_personal_data() {
        let named = record(&format!("\"{}\"", private_hash(PRIVATE)));
        for (record, private, names) in
            [(record("null"), None, false), (named.clone(), Some(PRIVATE), true), (named, None, true)]
        {
            let line = written(&record, private);
            let (parsed, head) = ExportLine::parse(&line).unwrap();
            assert_eq!(parsed, ExportLine { record: &record, private });
            assert_eq!((head.log.as_str(), head.seq, head.names_private()), ("l", 0, names));
        }
    }

    #[test]
    fn personal_data_that_the_record_does_not_name_is_refused() {
        assert_eq!(error(&written(&record("null"), Some(PRIVATE))), LineError::PrivateEdited);
        let other = record(&format!("\"{}\"", private_hash("{}")));
        assert_eq!(error(&written(&other, Some(PRIVATE))), LineError::PrivateEdited);
    }

    #[test]
    fn every_other_spelling_of_the_same_line_is_refused() {
        let line = written(&record("null"), None);
        for bad in [
            line.replace(",\"private\"", ", \"private\""),
            format!(" {line}"),
            format!("{line} "),
            format!("{line}\r"),
            line.replace(",\"leaf\"", ",\"more\":1,\"leaf\""),
            line.replace("{\"record\"", "{\"record\":{},\"record\""),
            line.replace("\"private\"", "\"\\u0070rivate\""),
            line.replace("\"private\":null,", ""),
            format!("[{line}]"),
            String::new(),
        ] {
            assert!(matches!(error(&bad), LineError::Malformed(_)), "{bad}");
        }
    }

    #[test]
    fn a_record_without_its_members_is_refused() {
        let good = record("null");
        for bad in [
            good.replace("\"log\":\"l\",", ""),
            good.replace("\"seq\":0", "\"seq\":\"0\""),
            good.replace("\"seq\":0", "\"seq\":0,\"seq\":1"),
            good.replace("\"time\"", "\"when\""),
            good.replace("\"action\"", "\"act\""),
            good.replace("\"private_hash\":null,", ""),
            "7".to_owned(),
            r#"["l",0,"2026-01-01T00:00:00Z","a.b",null]"#.to_owned(),
        ] {
            assert!(matches!(error(&written(&bad, None)), LineError::Malformed(_)), "{bad}");
        }
    }
}
