//! The checks of an integration: from its settings to its region.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::proof::{CheckName, CheckStatus};
use domain::provider::{
    BaseIdentity, BoundBy, ExternalIdSent, Finding, Probe, ProviderError, ProviderErrorKind, Session,
};
use jiff::Timestamp;

use super::outcome::{explained, sentence};
use super::run::{open, remedy_ask};
use super::{Outcome, ProofAsk, Report};
use crate::datasources::wrong_region;

/// Clocks further apart than this are worth a word.
const SKEW_WARNING: Duration = Duration::from_secs(60);
/// Clocks further apart than this make signatures invalid (15 minutes on AWS), so there is no margin left.
const SKEW_FATAL: Duration = Duration::from_secs(300);

/// What the checks of the connection found out for those that follow.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) session: Option<Arc<dyn Session>>,
    pub(crate) region: Option<String>,
    /// How the identity is bound, if it was seen to admit others all the same.
    pub(crate) trust_open: Option<BoundBy>,
}

pub(crate) async fn check(ask: &ProofAsk<'_>, report: &mut Report<'_>) -> Found {
    report.note(CheckName::Settings, Outcome::passed("the settings are complete and well formed"));
    if !reach(ask, report).await {
        return Found::default();
    }
    let authenticates = report.check(CheckName::Authenticates, authenticate(ask)).await;
    if !matches!(authenticates, CheckStatus::Passed | CheckStatus::Skipped) {
        return Found::default();
    }
    report.check(CheckName::BaseIdentityBare, base_identity_bare(ask)).await;
    let mut found = Found::default();
    session(ask, report, &mut found).await;
    if found.session.is_some() {
        refuses(ask, report, &mut found).await;
        region(ask, report, &mut found).await;
    }
    found
}

/// `egress-allowed`, `reachable` and `clock-skew` from one request.
async fn reach(ask: &ProofAsk<'_>, report: &mut Report<'_>) -> bool {
    let started = Instant::now();
    let finding = ask.connection.probe(&Probe::Reach).await;
    let took = started.elapsed();
    if let Finding::Unclear(error) = &finding
        && error.kind == ProviderErrorKind::EgressDenied
    {
        report.keep(CheckName::EgressAllowed, took, Outcome::failed(error.message.clone()));
        return false;
    }
    report.note(CheckName::EgressAllowed, Outcome::passed("the egress guard permits the endpoint"));
    let outcome = match &finding {
        Finding::Yes { detail, .. } => Outcome::passed(detail),
        Finding::No { detail, answer, .. } => Outcome::failed(detail).with_answer(answer.clone()),
        Finding::NotApplicable { reason } => Outcome::skipped(reason),
        Finding::Unclear(error) => {
            Outcome::inconclusive(format!("no usable answer: {}", explained(error))).with_answer(error.answer.clone())
        }
    };
    let status = report.keep(CheckName::Reachable, took, outcome);
    let clock = match &finding {
        Finding::Yes { clock, .. } => *clock,
        Finding::No { .. } | Finding::NotApplicable { .. } | Finding::Unclear(_) => None,
    };
    let skew = report.note(CheckName::ClockSkew, clock_skew(clock, ask.now));
    matches!(status, CheckStatus::Passed | CheckStatus::Skipped) && skew != CheckStatus::Failed
}

fn clock_skew(theirs: Option<Timestamp>, ours: Timestamp) -> Outcome {
    let Some(theirs) = theirs else {
        return Outcome::skipped("the endpoint did not say what time it has");
    };
    let apart = theirs.duration_since(ours).unsigned_abs();
    let detail = format!("the clocks are {} s apart", apart.as_secs());
    if apart > SKEW_FATAL {
        Outcome::failed(format!(
            "{detail}: signatures are refused; set the clock of this machine, for example with NTP"
        ))
    } else if apart > SKEW_WARNING {
        Outcome::warning(format!("{detail}: check the time service of this machine"))
    } else {
        Outcome::passed(detail)
    }
}

/// The meaning of a finding for a check that should find "yes".
fn positive(ask: &ProofAsk<'_>, name: CheckName, finding: Finding) -> Outcome {
    match finding {
        Finding::Yes { detail, .. } => Outcome::passed(detail),
        Finding::No { detail, answer, region } => Outcome::failed(detail)
            .with_answer(answer)
            .with_remedy(ask.connection.remedy(name, &remedy_ask(ask.place.as_ref(), region))),
        Finding::NotApplicable { reason } => Outcome::skipped(reason),
        Finding::Unclear(error) => Outcome::of_error(&error),
    }
}

async fn authenticate(ask: &ProofAsk<'_>) -> Outcome {
    let finding = ask.connection.probe(&Probe::Authenticate).await;
    positive(ask, CheckName::Authenticates, finding)
}

async fn base_identity_bare(ask: &ProofAsk<'_>) -> Outcome {
    match ask.connection.facts().base {
        BaseIdentity::StoredBare => {}
        BaseIdentity::Own | BaseIdentity::Ambient => {
            return Outcome::skipped("the base identity is Tidegate's own; its rights are the operator's care");
        }
        BaseIdentity::Stored => return Outcome::skipped("the key pair is used itself, not to assume a role"),
    }
    let bucket = ask.place.as_ref().map(|place| place.bucket.clone());
    match ask.connection.probe(&Probe::BaseReaches { bucket }).await {
        Finding::Yes { detail, .. } => Outcome::warning(detail)
            .with_remedy(ask.connection.remedy(CheckName::BaseIdentityBare, &remedy_ask(ask.place.as_ref(), None))),
        Finding::No { detail, answer, .. } => Outcome::passed(detail).with_answer(answer),
        Finding::NotApplicable { reason } => Outcome::skipped(reason),
        Finding::Unclear(error) => Outcome::inconclusive(sentence(&error)).with_answer(error.answer),
    }
}

async fn session(ask: &ProofAsk<'_>, report: &mut Report<'_>, found: &mut Found) {
    let started = Instant::now();
    let opened = open(ask, None, ExternalIdSent::Right).await;
    let outcome = match &opened {
        Ok(_) => Outcome::passed("the identity was taken on"),
        Err(error) => refused_role(error)
            .with_remedy(ask.connection.remedy(CheckName::AssumesRole, &remedy_ask(ask.place.as_ref(), None))),
    };
    if ask.connection.facts().assumes_role || opened.is_err() {
        report.keep(CheckName::AssumesRole, started.elapsed(), outcome);
    } else {
        report.skip(CheckName::AssumesRole, "this method uses the key pair itself");
    }
    found.session = opened.ok();
}

/// A role that was made a moment ago is refused until the cloud has spread it.
fn refused_role(error: &ProviderError) -> Outcome {
    let mut outcome = Outcome::of_error(error);
    if error.kind.is_refusal() {
        outcome.detail.push_str("; if the role or its trust was made in the last minute, try again");
    }
    outcome
}

/// Confused deputy: without the external id, and with a wrong one, the role must stay shut.
async fn refuses(ask: &ProofAsk<'_>, report: &mut Report<'_>, found: &mut Found) {
    let tests = [
        (CheckName::RefusesMissingExternalId, ExternalIdSent::Missing),
        (CheckName::RefusesWrongExternalId, ExternalIdSent::Wrong),
    ];
    for (name, sent) in tests {
        let how = match (ask.connection.facts().bound_by, sent) {
            (BoundBy::Nothing, _) => {
                report.skip(name, "this method has no external id");
                continue;
            }
            (BoundBy::Subject, ExternalIdSent::Missing) => {
                report
                    .skip(name, "the subject of Tidegate's token stands for the external id, and no token is without");
                continue;
            }
            (BoundBy::Subject, _) => "with the token of another subject",
            (BoundBy::ExternalId, ExternalIdSent::Missing) => "without an external id",
            (BoundBy::ExternalId, _) => "with a wrong external id",
        };
        let allowed = Outcome::failed(format!(
            "the role can be assumed {how}: anyone whom Tidegate serves could reach it by naming it"
        ))
        .with_remedy(ask.connection.remedy(name, &remedy_ask(ask.place.as_ref(), None)));
        let passed = format!("the provider refuses the role {how}");
        let test = async { Outcome::of_refusal(open(ask, None, sent).await, &passed, allowed) };
        if report.check(name, test).await == CheckStatus::Failed {
            found.trust_open = Some(ask.connection.facts().bound_by);
        }
    }
}

async fn region(ask: &ProofAsk<'_>, report: &mut Report<'_>, found: &mut Found) {
    let bucket = ask.place.as_ref().map(|place| place.bucket.clone());
    let started = Instant::now();
    let finding = ask.connection.probe(&Probe::Region { tags: ask.tags.clone(), bucket }).await;
    found.region = match &finding {
        // A store that does not name its region accepts the one that requests are signed for.
        Finding::Yes { region, .. } => region.clone().or_else(|| ask.connection.facts().region.clone()),
        Finding::No { .. } | Finding::NotApplicable { .. } | Finding::Unclear(_) => None,
    };
    let outcome = match finding {
        // The region of a datasource is its own: a bucket elsewhere is no fault of the integration.
        Finding::No { region: Some(there), .. } if ask.place.as_ref().is_some_and(|place| place.region.is_none()) => {
            found.region = Some(there.clone());
            Outcome::passed(format!("the bucket is in {there}, and requests are signed for that region"))
        }
        other => {
            let set = ask.place.as_ref().and_then(|place| place.region.clone());
            let set = set.or_else(|| ask.connection.facts().region.clone());
            positive(ask, CheckName::Region, other).naming_bucket(&remedy_ask(ask.place.as_ref(), set))
        }
    };
    // The store's own word goes where one that is typed would: a strange one is not taken.
    found.region = found.region.take().filter(|region| wrong_region(region).is_none());
    report.keep(CheckName::Region, started.elapsed(), outcome);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_apart_warn_above_a_minute_and_fail_above_five() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let at = |seconds: i64| clock_skew(Some(Timestamp::from_second(1_000_000 + seconds).unwrap()), now).status;
        assert_eq!(
            [at(0), at(-60), at(61), at(-300), at(301), at(-301)],
            [
                CheckStatus::Passed,
                CheckStatus::Passed,
                CheckStatus::Warning,
                CheckStatus::Warning,
                CheckStatus::Failed,
                CheckStatus::Failed
            ]
        );
        assert_eq!(clock_skew(None, now).status, CheckStatus::Skipped);
    }
}
