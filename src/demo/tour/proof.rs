//! Shows a proof: briefly, and honestly about what it warns of.

use domain::proof::{Check, CheckStatus, Proof, ProofStatus};

use super::wrong;
use crate::cli::Failure;
use crate::demo::say::Say;

/// A proof as a step: it must have passed.
pub(super) fn step(say: &mut Say, what: &str, result: Result<Proof, Failure>, all_lines: bool) -> Option<()> {
    let proof = match result {
        Ok(proof) => proof,
        Err(mut failure) => {
            let proof = failure.take_proof();
            say.step::<()>(what, Err(failure));
            proof
                .iter()
                .flat_map(|proof| &proof.checks)
                .filter(|check| is_bad(check))
                .for_each(|check| line(say, check));
            return None;
        }
    };
    let held = if proof.status == ProofStatus::Passed {
        Ok(((), counts(&proof)))
    } else {
        Err(wrong("the proof did not pass").because(counts(&proof)))
    };
    let held = say.step(what, held);
    let tells = |check: &&Check| match check.status {
        CheckStatus::Passed => all_lines,
        CheckStatus::Skipped => false,
        CheckStatus::Failed | CheckStatus::Warning | CheckStatus::Inconclusive => true,
    };
    proof.checks.iter().filter(tells).for_each(|check| line(say, check));
    held
}

fn is_bad(check: &Check) -> bool {
    matches!(check.status, CheckStatus::Failed | CheckStatus::Inconclusive)
}

fn line(say: &Say, check: &Check) {
    say.more(format_args!("{:<8} {}: {}", word(check.status), check.name, crate::cli::clean(&check.detail)));
}

fn counts(proof: &Proof) -> String {
    use CheckStatus::{Failed, Inconclusive, Passed, Skipped, Warning};
    let counted = [Passed, Warning, Failed, Inconclusive, Skipped].map(|status| {
        let count = proof.checks.iter().filter(|check| check.status == status).count();
        (count, word(status))
    });
    let parts = counted.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    format!("{} of {} checks", parts.collect::<Vec<_>>().join(", "), proof.checks.len())
}

fn word(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Passed => "passed",
        CheckStatus::Failed => "failed",
        CheckStatus::Warning => "warning",
        CheckStatus::Skipped => "skipped",
        CheckStatus::Inconclusive => "open",
    }
}
