//! Verifying an export with nothing but files.
//!
//! Each line must be intact in itself, the records must be numbered without a gap, and those that
//! the checkpoint covers must give the root that it signs. The last is what an attacker who
//! recomputes every hash cannot achieve without the signing key.

use std::io::{self, BufRead, Read as _};

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::export::{ExportLine, Head, LineError, MAX_LINE};
use crate::frontier::Frontier;
use crate::hash::{Hash, leaf_hash};
use crate::key::PublicKey;

/// What was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The name of the log.
    pub origin: String,
    /// How many records the signed checkpoint covers; without one, how many were read.
    pub size: u64,
    /// How many records follow that the checkpoint does not cover yet.
    pub extra: u64,
    /// How many records name personal data that the export does not hold: erased or withheld.
    pub erased: u64,
    /// The root over the records counted in `size`.
    pub root: Hash,
    /// Whether a signed checkpoint was there. Without one only damage shows: a cut tail and a log
    /// that was rewritten as a whole do not.
    pub anchored: bool,
}

/// The export is not the log that it claims to be. Lines count from 1, records from 0.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The export could not be read.
    #[error("the export could not be read: {0}")]
    Read(#[from] io::Error),
    /// The checkpoint does not verify.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The line has another form.
    #[error("line {line} is damaged: {reason}")]
    Malformed {
        /// The line.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The last line has no end.
    #[error("line {line} breaks off: the export was cut in the middle of a record")]
    CutLine {
        /// The line.
        line: u64,
    },
    /// The record does not fit the hash beside it.
    #[error("line {line}: the record was edited (it does not fit its hash)")]
    Edited {
        /// The line.
        line: u64,
    },
    /// The personal data does not fit the record.
    #[error("line {line}: the personal data was edited (it does not fit the hash in its record)")]
    PrivateEdited {
        /// The line.
        line: u64,
    },
    /// The record belongs to another log.
    #[error("line {line}: the record is of the log '{found}' instead of '{expected}'")]
    OtherLog {
        /// The line.
        line: u64,
        /// The log that is being verified.
        expected: String,
        /// The log that the record names.
        found: String,
    },
    /// A record is not there at all.
    #[error("line {line}: record {seq} is missing; it was deleted (record {found} stands in its place)")]
    Missing {
        /// The line where it should be.
        line: u64,
        /// The record.
        seq: u64,
        /// The record that is there instead.
        found: u64,
    },
    /// A record stands at another place.
    #[error("line {line}: records were reordered; record {seq} belongs here and stands at line {at}")]
    Reordered {
        /// The line where it should be.
        line: u64,
        /// The record.
        seq: u64,
        /// The line where it is.
        at: u64,
    },
    /// A record comes twice.
    #[error("line {line}: record {seq} comes again; it was inserted or repeated")]
    Repeated {
        /// The line of the second.
        line: u64,
        /// The record.
        seq: u64,
    },
    /// The export ends before its checkpoint.
    #[error("the export ends after {found} records, but the checkpoint covers {expected}: the tail was cut")]
    Truncated {
        /// How many records the export has.
        found: u64,
        /// How many the checkpoint covers.
        expected: u64,
    },
    /// Everything fits together, and not with the checkpoint.
    #[error(
        "the first {size} records are not those that the checkpoint signs: at least one was changed, and the hashes in the export were recomputed"
    )]
    Rewritten {
        /// How many records the checkpoint covers.
        size: u64,
    },
}

/// Verifies an export, line by line, against the checkpoint where there is one.
///
/// The export may be longer than the checkpoint, never shorter. The name of the key is the origin
/// of the log, so that the export and checkpoint of another log do not pass.
pub fn verify_export(reader: impl BufRead, checkpoint: Option<&str>, key: &PublicKey) -> Result<Verified, VerifyError> {
    let checkpoint = checkpoint.map(|text| Checkpoint::open(text, key)).transpose()?;
    let mut lines = Lines { reader, buffer: Vec::new(), number: 0 };
    let mut frontier = Frontier::new();
    let mut erased = 0;
    hold_against(checkpoint.as_ref(), &frontier)?;
    while let Some((line, head)) = lines.next()? {
        let leaf = leaf_hash(line.record.as_bytes());
        erased += u64::from(head.names_private() && line.private.is_none());
        check_place(&head, frontier.size(), key, &mut lines)?;
        frontier.append(leaf);
        hold_against(checkpoint.as_ref(), &frontier)?;
    }
    let read = frontier.size();
    let (size, root) = checkpoint.as_ref().map_or((read, frontier.root()), |signed| (signed.size, signed.root));
    let Some(extra) = read.checked_sub(size) else {
        return Err(VerifyError::Truncated { found: read, expected: size });
    };
    Ok(Verified { origin: key.name().to_owned(), size, extra, erased, root, anchored: checkpoint.is_some() })
}

/// Compares the root as soon as the log has the size of the checkpoint.
fn hold_against(checkpoint: Option<&Checkpoint>, frontier: &Frontier) -> Result<(), VerifyError> {
    match checkpoint {
        Some(signed) if signed.size == frontier.size() && signed.root != frontier.root() => {
            Err(VerifyError::Rewritten { size: signed.size })
        }
        _ => Ok(()),
    }
}

/// The record must be of this log and carry the next number; finds out what happened if not.
fn check_place<R: BufRead>(
    head: &Head,
    expected: u64,
    key: &PublicKey,
    lines: &mut Lines<R>,
) -> Result<(), VerifyError> {
    let line = lines.number;
    if head.log != key.name() {
        return Err(VerifyError::OtherLog { line, expected: key.name().to_owned(), found: head.log.clone() });
    }
    if head.seq == expected {
        return Ok(());
    }
    if head.seq < expected {
        return Err(VerifyError::Repeated { line, seq: head.seq });
    }
    Err(match lines.find(expected)? {
        Some(at) => VerifyError::Reordered { line, seq: expected, at },
        None => VerifyError::Missing { line, seq: expected, found: head.seq },
    })
}

/// Reads one line at a time.
struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// The next line, `None` at the end.
    fn next(&mut self) -> Result<Option<(ExportLine<'_>, Head)>, VerifyError> {
        if !self.fill()? {
            return Ok(None);
        }
        let line = self.number;
        let malformed = |reason: &str| VerifyError::Malformed { line, reason: reason.to_owned() };
        let Some((b'\n', text)) = self.buffer.split_last() else {
            return Err(match self.buffer.len() {
                MAX_LINE.. => malformed("it is too long"),
                _ => VerifyError::CutLine { line },
            });
        };
        let text = std::str::from_utf8(text).map_err(|_| malformed("it is not UTF-8"))?;
        ExportLine::parse(text).map(Some).map_err(|error| match error {
            LineError::Malformed(reason) => VerifyError::Malformed { line, reason },
            LineError::Edited => VerifyError::Edited { line },
            LineError::PrivateEdited => VerifyError::PrivateEdited { line },
        })
    }

    /// The line of a record among those not read yet; what is damaged there is passed over.
    fn find(&mut self, seq: u64) -> Result<Option<u64>, VerifyError> {
        loop {
            match self.next() {
                Ok(None) => return Ok(None),
                Ok(Some((_, head))) if head.seq == seq => return Ok(Some(self.number)),
                Err(VerifyError::Read(error)) => return Err(VerifyError::Read(error)),
                Ok(Some(_)) | Err(_) => {}
            }
        }
    }

    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        self.number += 1;
        (&mut self.reader).take(MAX_LINE as u64).read_until(b'\n', &mut self.buffer)?;
        Ok(!self.buffer.is_empty())
    }
}

#[cfg(test)]
#[path = "verifier_tests.rs"]
mod tests;
