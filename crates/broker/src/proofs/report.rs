//! Collects the checks of one proof.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use domain::proof::{Check, CheckName, CheckStatus, Proof, ProofMode, ProofStatus};
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Outcome;

/// The longest that one check may take.
pub(crate) const CHECK_LIMIT: Duration = Duration::from_secs(20);

/// Sees every check as soon as it has ended.
pub trait Observer: Send + Sync {
    /// One check has ended.
    fn ended(&self, check: &Check);
}

/// The checks of one proof, each at most once.
pub(crate) struct Report<'a> {
    checks: BTreeMap<CheckName, Check>,
    observer: &'a dyn Observer,
    started: Instant,
    cut: CancellationToken,
    no_bucket: bool,
}

impl<'a> Report<'a> {
    /// A report that asks nothing more once `cut` is cancelled, and then only cleans up.
    pub(crate) fn new(observer: &'a dyn Observer, cut: CancellationToken) -> Self {
        Self { checks: BTreeMap::new(), observer, started: Instant::now(), cut, no_bucket: false }
    }

    /// Runs one check within its time limit and keeps how it ended.
    pub(crate) async fn check(&mut self, name: CheckName, run: impl Future<Output = Outcome>) -> CheckStatus {
        let started = Instant::now();
        let late = || Outcome::inconclusive(format!("no result within {} s", CHECK_LIMIT.as_secs()));
        let cleans_up = matches!(name, CheckName::DeleteProbe | CheckName::Cleanup);
        let outcome = tokio::select! {
            biased;
            () = self.cut.cancelled(), if !cleans_up => {
                Outcome::inconclusive("the proof was ended before there was a result")
            }
            outcome = tokio::time::timeout(CHECK_LIMIT, run) => outcome.unwrap_or_else(|_| late()),
        };
        self.keep(name, started.elapsed(), outcome)
    }

    /// Keeps a check that needed no request of its own.
    pub(crate) fn note(&mut self, name: CheckName, outcome: Outcome) -> CheckStatus {
        self.keep(name, Duration::ZERO, outcome)
    }

    /// Keeps a check whose time was taken elsewhere.
    pub(crate) fn keep(&mut self, name: CheckName, took: Duration, outcome: Outcome) -> CheckStatus {
        self.no_bucket |= outcome.no_bucket;
        let status = match (outcome.status, name.warns_only()) {
            (CheckStatus::Failed, true) => CheckStatus::Warning,
            (status, _) => status,
        };
        let check = Check {
            name,
            status,
            duration_ms: millis(took),
            detail: outcome.detail,
            provider: outcome.answer,
            remedy: outcome.remedy,
        };
        self.observer.ended(&check);
        self.checks.insert(name, check);
        status
    }

    /// Whether the provider has said that there is no such bucket: nothing else is worth asking then.
    pub(crate) fn no_bucket(&self) -> bool {
        self.no_bucket
    }

    /// How long the proof has been going on.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn skip(&mut self, name: CheckName, reason: &str) {
        self.note(name, Outcome::skipped(reason));
    }

    /// Skips what comes up to a check and was not reached, because one before it did not pass.
    pub(crate) fn skip_to(&mut self, last: CheckName) {
        for name in CheckName::ALL.iter().filter(|name| **name <= last) {
            if !self.checks.contains_key(name) {
                self.skip(*name, "a check before it did not pass, so this was not asked");
            }
        }
    }

    pub(crate) fn passed(&self, name: CheckName) -> bool {
        self.checks.get(&name).is_some_and(|check| check.status == CheckStatus::Passed)
    }

    /// The whole report; what was not reached is skipped with the reason.
    pub(crate) fn finish(mut self, mode: ProofMode, checked_at: Timestamp, rest: &str) -> Proof {
        for name in CheckName::ALL {
            if !self.checks.contains_key(name) {
                self.skip(*name, rest);
            }
        }
        let checks: Vec<_> = self.checks.into_values().collect();
        let duration_ms = millis(self.started.elapsed());
        Proof { status: ProofStatus::of(&checks), mode, checked_at, duration_ms, checks }
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proofs::Silent;

    #[tokio::test(start_paused = true)]
    async fn check_without_an_end_is_inconclusive() {
        let mut report = Report::new(&Silent, CancellationToken::new());
        let status = report.check(CheckName::List, std::future::pending()).await;
        assert_eq!(status, CheckStatus::Inconclusive);
        let proof = report.finish(ProofMode::Full, Timestamp::UNIX_EPOCH, "not reached");
        assert_eq!(proof.status, ProofStatus::Inconclusive);
    }

    #[tokio::test]
    async fn proof_that_is_cut_asks_nothing_more_and_still_cleans_up() {
        let cut = CancellationToken::new();
        let mut report = Report::new(&Silent, cut.clone());
        let answer = || async { Outcome::passed("answered") };
        assert_eq!(report.check(CheckName::List, answer()).await, CheckStatus::Passed);
        cut.cancel();
        assert_eq!(report.check(CheckName::Read, answer()).await, CheckStatus::Inconclusive);
        assert_eq!(report.check(CheckName::DeleteProbe, answer()).await, CheckStatus::Passed);
        assert_eq!(report.check(CheckName::Cleanup, answer()).await, CheckStatus::Passed);
    }

    #[test]
    fn every_check_is_reported_once_and_in_order() {
        let mut report = Report::new(&Silent, CancellationToken::new());
        report.note(CheckName::Cleanup, Outcome::passed("nothing was written"));
        report.note(CheckName::List, Outcome::passed("listed"));
        let proof = report.finish(ProofMode::Full, Timestamp::UNIX_EPOCH, "not reached");
        let names: Vec<_> = proof.checks.iter().map(|check| check.name).collect();
        assert_eq!(names, CheckName::ALL);
    }

    #[test]
    fn what_a_failure_cut_off_is_not_blamed_on_the_end_of_the_proof() {
        let mut report = Report::new(&Silent, CancellationToken::new());
        report.note(CheckName::EgressAllowed, Outcome::failed("refused"));
        report.skip_to(CheckName::Region);
        let proof = report.finish(ProofMode::Full, Timestamp::UNIX_EPOCH, "ends with 'region'");
        let detail = |name| proof.checks.iter().find(|check| check.name == name).unwrap().detail.as_str();
        assert_eq!(detail(CheckName::EgressAllowed), "refused");
        assert!(detail(CheckName::Region).contains("did not pass"), "{}", detail(CheckName::Region));
        assert_eq!(detail(CheckName::List), "ends with 'region'");
    }

    #[test]
    fn warning_checks_never_fail() {
        let mut report = Report::new(&Silent, CancellationToken::new());
        assert_eq!(report.note(CheckName::Cors, Outcome::failed("no")), CheckStatus::Warning);
        assert_eq!(report.note(CheckName::List, Outcome::failed("no")), CheckStatus::Failed);
    }
}
