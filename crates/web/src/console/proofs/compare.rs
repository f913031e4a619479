//! What changed between two proofs.

use domain::proof::{Check, CheckName, Proof};

use super::view::{status, title};
use crate::console::failure::sentence;

/// A check that ended otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) title: String,
    /// How it ended then; none where it was not asked.
    pub(super) before: Option<End>,
    pub(super) after: Option<End>,
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) tone: &'static str,
    pub(super) word: &'static str,
    pub(super) detail: String,
}

/// The checks whose end differs, and those that only one of the two has, in the order of the report.
pub(super) fn changes(before: &Proof, after: &Proof) -> Vec<Change> {
    let end = |proof: &Proof, name: CheckName| proof.checks.iter().find(|check| check.name == name).map(end_of);
    let change = |name: &CheckName| {
        let (before, after) = (end(before, *name), end(after, *name));
        let differs = before.as_ref().map(|end| end.word) != after.as_ref().map(|end| end.word);
        differs.then(|| Change { title: title(name.as_str()), before, after })
    };
    CheckName::ALL.iter().filter_map(change).collect()
}

fn end_of(check: &Check) -> End {
    let (tone, word) = status(check.status);
    End { tone, word, detail: sentence(&check.detail) }
}

#[cfg(test)]
mod tests {
    use domain::proof::{CheckStatus, ProofMode, ProofStatus};

    use super::*;

    fn proof(checks: &[(CheckName, CheckStatus)]) -> Proof {
        let check = |(name, status): &(CheckName, CheckStatus)| Check {
            name: *name,
            status: *status,
            duration_ms: 0,
            detail: "Detail.".to_owned(),
            provider: None,
            remedy: None,
        };
        let checks = checks.iter().map(check).collect();
        let checked_at = jiff::Timestamp::UNIX_EPOCH;
        Proof { status: ProofStatus::Passed, mode: ProofMode::Full, checked_at, duration_ms: 0, checks }
    }

    #[test]
    fn only_checks_that_ended_otherwise_are_named() {
        use CheckName::{Cors, List, Read, Region};
        use CheckStatus::{Failed, Passed};
        let changes = changes(
            &proof(&[(Region, Passed), (List, Passed), (Cors, Passed)]),
            &proof(&[(Region, Passed), (List, Failed), (Read, Passed)]),
        );
        let words: Vec<_> = changes
            .iter()
            .map(|c| (c.title.as_str(), c.before.as_ref().map(|e| e.word), c.after.as_ref().map(|e| e.word)))
            .collect();
        let expected =
            [("List", Some("passed"), Some("failed")), ("Read", None, Some("passed")), ("CORS", Some("passed"), None)];
        assert_eq!(words, expected);
    }
}
