//! Keeping a proof, and noticing that it found otherwise than the one before.

use std::collections::BTreeMap;

use domain::Result;
use domain::audit::{Event, Outcome, Target};
use domain::id::ProjectId;
use domain::name::Name;
use domain::proof::{CheckName, CheckStatus, Proof};
use jiff::Timestamp;
use store::Tx;
use store::proofs::{ProofOwner, StoredChange, StoredProof};

use super::stored;

/// What the audit calls it.
const CHANGED: &str = "proof.changed";

/// A proof that is kept, and what is to be recorded after it.
pub(crate) struct Kept {
    pub(crate) proof: StoredProof,
    /// Says what has changed since the proof before.
    pub(crate) changed: Option<Event>,
}

/// Keeps a proof of something that was there before.
pub(crate) async fn keep(
    tx: &mut Tx,
    (project, owner, name): (ProjectId, ProofOwner, &Name),
    proof: &Proof,
    rule: &str,
    now: Timestamp,
) -> Result<Kept> {
    let before = store::proofs::latest(tx, project, owner).await?;
    let proof = stored(proof);
    store::proofs::insert(tx, project, owner, &proof).await?;
    let Some(before) = before else { return Ok(Kept { proof, changed: None }) };
    let Some(checks) = changed(&before.proof, &proof.proof) else { return Ok(Kept { proof, changed: None }) };
    let (was, is) = (before.proof.status, proof.proof.status);
    let change = StoredChange { proof: proof.id, owner, name: name.clone(), before: was, after: is, at: now, checks };
    store::proofs::insert_change(tx, project, &change).await?;
    let word = |status| serde_json::to_value(status).map_err(domain::Error::internal);
    let event = Event {
        action: CHANGED.to_owned(),
        outcome: Outcome::Done,
        rule: rule.to_owned(),
        target: Target::new(owner.kind(), owner.id()).with_name(name),
        details: serde_json::Map::new(),
        private: serde_json::Map::new(),
    }
    .with("before", word(was)?)
    .with("after", word(is)?)
    .with("checks", change.checks.iter().map(|check| check.as_str()).collect::<Vec<_>>());
    Ok(Kept { proof, changed: Some(event) })
}

/// The checks that pass now and did not, or the other way round; nothing if the news is none: the status is
/// the same, and what passed still does.
fn changed(before: &Proof, after: &Proof) -> Option<Vec<CheckName>> {
    // A check that was not asked says nothing about another time.
    let asked = |check: &&domain::proof::Check| check.status != CheckStatus::Skipped;
    let passed: BTreeMap<_, _> =
        before.checks.iter().filter(asked).map(|check| (check.name, check.status == CheckStatus::Passed)).collect();
    let turned = after.checks.iter().filter(asked).filter_map(|check| {
        let (was, is) = (*passed.get(&check.name)?, check.status == CheckStatus::Passed);
        (was != is).then_some((check.name, was))
    });
    let turned: Vec<_> = turned.collect();
    let news = before.status != after.status || turned.iter().any(|(_, was)| *was);
    news.then(|| turned.into_iter().map(|(name, _)| name).collect())
}

#[cfg(test)]
mod tests {
    use domain::proof::{Check, ProofMode, ProofStatus};

    use super::*;

    fn proof(checks: &[(CheckName, CheckStatus)]) -> Proof {
        let check = |(name, status): &(CheckName, CheckStatus)| Check {
            name: *name,
            status: *status,
            duration_ms: 0,
            detail: String::new(),
            provider: None,
            remedy: None,
        };
        let checks: Vec<_> = checks.iter().map(check).collect();
        let status = ProofStatus::of(&checks);
        Proof { status, mode: ProofMode::Full, checked_at: Timestamp::UNIX_EPOCH, duration_ms: 0, checks }
    }

    #[test]
    fn what_was_not_asked_or_was_never_good_is_no_news() {
        use CheckName::{Cors, List, Read};
        use CheckStatus::{Failed, Passed, Skipped, Warning};
        let good = proof(&[(List, Passed), (Read, Passed), (Cors, Passed)]);
        assert_eq!(changed(&good, &good), None);
        assert_eq!(changed(&good, &proof(&[(List, Passed), (Read, Skipped)])), None);
        assert_eq!(changed(&good, &proof(&[(List, Passed), (Read, Failed)])), Some(vec![Read]));
        let warned = proof(&[(List, Passed), (Read, Passed), (Cors, Warning)]);
        assert_eq!(changed(&good, &warned), Some(vec![Cors]), "the status is the same, a check is not");
        assert_eq!(changed(&warned, &good), None);
        assert_eq!(changed(&proof(&[(List, Failed)]), &good), Some(vec![List]), "it was mended");
    }
}
