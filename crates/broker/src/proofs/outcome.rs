//! How one check ended, before it has a name and a duration.

use domain::proof::{CheckStatus, ProviderAnswer, Remedy};
use domain::provider::{ProviderError, ProviderErrorKind, RemedyAsk};

/// The result of one check.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) status: CheckStatus,
    pub(crate) detail: String,
    pub(crate) answer: Option<ProviderAnswer>,
    pub(crate) remedy: Option<Remedy>,
    /// The provider said that there is no such bucket.
    pub(crate) no_bucket: bool,
}

impl Outcome {
    fn of(status: CheckStatus, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), answer: None, remedy: None, no_bucket: false }
    }

    pub(crate) fn passed(detail: impl Into<String>) -> Self {
        Self::of(CheckStatus::Passed, detail)
    }

    pub(crate) fn failed(detail: impl Into<String>) -> Self {
        Self::of(CheckStatus::Failed, detail)
    }

    pub(crate) fn warning(detail: impl Into<String>) -> Self {
        Self::of(CheckStatus::Warning, detail)
    }

    pub(crate) fn skipped(reason: impl Into<String>) -> Self {
        Self::of(CheckStatus::Skipped, reason)
    }

    pub(crate) fn inconclusive(reason: impl Into<String>) -> Self {
        Self::of(CheckStatus::Inconclusive, reason)
    }

    /// A positive check that got an error: failed on the provider's word, else inconclusive.
    pub(crate) fn of_error(error: &ProviderError) -> Self {
        let status = if error.kind.is_inconclusive() { CheckStatus::Inconclusive } else { CheckStatus::Failed };
        let no_bucket = error.kind == ProviderErrorKind::NoSuchBucket;
        let remedy = no_bucket.then(|| Remedy::say("correct the name of the bucket, or make the bucket at the store"));
        Self { remedy, no_bucket, ..Self::of(status, sentence(error)).with_answer(error.answer.clone()) }
    }

    /// A negative check: passed only on the explicit refusal, `allowed` if it was not refused at all.
    pub(crate) fn of_refusal<T>(result: Result<T, ProviderError>, passed: &str, allowed: Outcome) -> Self {
        match result {
            Ok(_) => allowed,
            Err(error) if error.kind.is_refusal() => Self::passed(passed).with_answer(error.answer),
            Err(error) => Self::inconclusive(format!("neither allowed nor refused: {}", sentence(&error)))
                .with_answer(error.answer),
        }
    }

    pub(crate) fn with_answer(mut self, answer: Option<ProviderAnswer>) -> Self {
        self.answer = answer;
        self
    }

    /// Says which bucket it is that is not there, where that is what the provider said.
    pub(crate) fn naming_bucket(mut self, need: &RemedyAsk) -> Self {
        if let (true, Some(bucket)) = (self.no_bucket, &need.bucket) {
            let place = need.region.as_deref().map(|region| format!(" in the region {region}")).unwrap_or_default();
            let summary = format!("there is no bucket '{bucket}' at this store: correct its name, or make it{place}");
            self.remedy = Some(Remedy::say(summary));
        }
        self
    }

    /// What could not be found out is not mended by a policy, nor is a bucket that is not there.
    pub(crate) fn with_remedy(mut self, remedy: Option<Remedy>) -> Self {
        self.remedy = self.remedy.or(remedy).filter(|_| self.status != CheckStatus::Inconclusive);
        self
    }

    pub(crate) fn is_passed(&self) -> bool {
        self.status == CheckStatus::Passed
    }
}

/// One sentence on an error, with what mends it.
pub(crate) fn sentence(error: &ProviderError) -> String {
    format!("{}: {}", error.operation, explained(error))
}

/// The same without the operation.
pub(crate) fn explained(error: &ProviderError) -> String {
    match &error.hint {
        Some(hint) => format!("{} ({hint})", error.message),
        None => error.message.clone(),
    }
}

/// Whether an answer shows that the right is there although the request did not succeed.
pub(crate) fn shows_right(kind: ProviderErrorKind) -> bool {
    matches!(kind, ProviderErrorKind::NoSuchKey | ProviderErrorKind::PreconditionFailed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: ProviderErrorKind) -> ProviderError {
        ProviderError::new(kind, "s3:GetObject", "no")
    }

    #[test]
    fn timeout_and_network_errors_are_never_a_pass() {
        use ProviderErrorKind::{BadRequest, Network, NotTheProvider, Throttled, Timeout, Unavailable};
        for kind in [Timeout, Network, Unavailable, Throttled, NotTheProvider, BadRequest] {
            assert_eq!(Outcome::of_error(&error(kind)).status, CheckStatus::Inconclusive);
            let negative = Outcome::of_refusal(Err::<(), _>(error(kind)), "refused", Outcome::failed("allowed"));
            assert_eq!(negative.status, CheckStatus::Inconclusive);
        }
    }

    #[test]
    fn an_open_question_has_no_remedy() {
        let remedy = || Some(Remedy::say("allow it"));
        let remedied = |kind| Outcome::of_error(&error(kind)).with_remedy(remedy()).remedy.is_some();
        assert!(remedied(ProviderErrorKind::Denied) && !remedied(ProviderErrorKind::Timeout));
    }

    #[test]
    fn a_bucket_that_is_not_there_is_not_mended_by_a_policy() {
        let outcome =
            Outcome::of_error(&error(ProviderErrorKind::NoSuchBucket)).with_remedy(Some(Remedy::say("allow it")));
        assert!(outcome.remedy.unwrap().summary.contains("name of the bucket"));
    }

    #[test]
    fn negative_check_passes_only_on_the_explicit_refusal() {
        let of = |result| Outcome::of_refusal(result, "refused", Outcome::failed("allowed")).status;
        assert_eq!(of(Err::<(), _>(error(ProviderErrorKind::Denied))), CheckStatus::Passed);
        assert_eq!(of(Ok(())), CheckStatus::Failed);
        assert_eq!(of(Err(error(ProviderErrorKind::NoSuchKey))), CheckStatus::Inconclusive);
        assert_eq!(of(Err(error(ProviderErrorKind::BadCredentials))), CheckStatus::Inconclusive);
    }
}
