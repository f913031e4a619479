//! Rights that the datasource does not need, found without harm.
//!
//! Outside the prefix nothing is asked but reads, and PUT with `If-Match` on an absent key where the
//! store is known to honour it: such a request cannot write.

use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::proof::{CheckName, ProofMode, ProviderAnswer, latency_detail};
use domain::provider::{ListAsk, ProviderError, ProviderErrorKind, PutAsk, PutCondition};

use super::content::first_byte;
use super::outcome::{sentence, shows_right};
use super::run::Bench;
use super::{Outcome, Report};

/// An entity tag that no object has.
const NO_ETAG: &str = "\"00000000000000000000000000000000\"";
/// A refusal of an absent key shows nothing where the store refuses those who may read it as well.
const UNTOLD: &str =
    "the store does not tell this session an absent key from a forbidden one, so a refusal shows nothing";
const SLOW: Duration = Duration::from_millis(300);

pub(crate) async fn check(bench: &Bench<'_>, report: &mut Report<'_>) {
    report.check(CheckName::ExcessWrite, write(bench)).await;
    report.check(CheckName::ExcessOtherPrefix, other_prefix(bench)).await;
    report.check(CheckName::ExcessOtherBucket, other_bucket(bench)).await;
    report.check(CheckName::ExcessAdministration, administration(bench)).await;
    report.check(CheckName::Latency, latency(bench)).await;
}

/// What an answer says about a right that should not be there.
enum Right {
    There,
    Refused(Option<ProviderAnswer>),
    Unknown(ProviderError),
}

fn right<T>(result: Result<T, ProviderError>) -> Right {
    match result {
        Ok(_) => Right::There,
        Err(error) if shows_right(error.kind) => Right::There,
        Err(error) if error.kind.is_refusal() => Right::Refused(error.answer),
        Err(error) => Right::Unknown(error),
    }
}

fn excess(bench: &Bench<'_>, name: CheckName, detail: &str) -> Outcome {
    Outcome::warning(detail).with_remedy(bench.ask.connection.remedy(name, &bench.need()))
}

/// Asks for a write that cannot happen: the key is absent, so no entity tag matches.
async fn may_write(bench: &Bench<'_>, key: String) -> Option<Right> {
    if !bench.ask.connection.facts().conditional_replace {
        return None;
    }
    let condition = PutCondition::Matches(NO_ETAG.to_owned());
    // With the headers of a real write: a bucket may refuse all others.
    let headers = bench.place.sse.as_ref().map(|sse| sse.headers()).unwrap_or_default();
    Some(right(bench.storage.put(&PutAsk { key, body: Bytes::new(), condition, headers }).await))
}

async fn write(bench: &Bench<'_>) -> Outcome {
    if bench.place.purpose.writes() {
        return Outcome::skipped("the datasource is written to");
    }
    match may_write(bench, bench.names.absent.clone()).await {
        None => {
            Outcome::skipped("this store does not say how it treats If-Match on an absent key, so asking might write")
        }
        Some(Right::There) => {
            excess(bench, CheckName::ExcessWrite, "it may write, although the datasource is only read")
        }
        Some(Right::Refused(answer)) if bench.tells_absent => Outcome::passed("writing is refused").with_answer(answer),
        Some(Right::Refused(answer)) => Outcome::skipped(UNTOLD).with_answer(answer),
        Some(Right::Unknown(error)) => Outcome::inconclusive(sentence(&error)).with_answer(error.answer),
    }
}

async fn other_prefix(bench: &Bench<'_>) -> Outcome {
    let prefix = bench.place.prefix.as_str();
    if prefix.is_empty() {
        return Outcome::skipped("the datasource is the whole bucket");
    }
    let whole = ListAsk { limit: 1, ..ListAsk::default() };
    let name = CheckName::ExcessOtherPrefix;
    let listed = match right(bench.storage.list(&whole).await) {
        Right::There => return excess(bench, name, "it may list the whole bucket, not only the prefix"),
        Right::Unknown(error) => return Outcome::inconclusive(sentence(&error)).with_answer(error.answer),
        Right::Refused(answer) => answer,
    };
    let sibling = format!("{}-beside/{}", prefix.trim_end_matches('/'), uuid::Uuid::new_v4().simple());
    if bench.tells_absent && bench.ask.mode != ProofMode::WriteOnly {
        match right(first_byte(bench.storage.as_ref(), &sibling).await) {
            Right::There => return excess(bench, name, "it may read objects outside the prefix"),
            Right::Refused(_) => {}
            Right::Unknown(error) => return Outcome::inconclusive(sentence(&error)).with_answer(error.answer),
        }
    }
    match may_write(bench, sibling).await {
        Some(Right::There) => excess(bench, name, "it may write objects outside the prefix"),
        Some(Right::Unknown(error)) => Outcome::inconclusive(sentence(&error)).with_answer(error.answer),
        Some(Right::Refused(_)) | None if bench.tells_absent => {
            Outcome::passed("outside the prefix it is refused").with_answer(listed)
        }
        Some(Right::Refused(_)) | None => {
            Outcome::passed("outside the prefix listing is refused; of reading and writing this store tells nothing")
                .with_answer(listed)
        }
    }
}

async fn other_bucket(bench: &Bench<'_>) -> Outcome {
    let buckets = match bench.storage.list_buckets().await {
        Ok(buckets) => buckets,
        Err(error) if error.kind.is_refusal() => {
            return Outcome::skipped("it may not list buckets, so no other bucket is known").with_answer(error.answer);
        }
        Err(error) => return Outcome::inconclusive(sentence(&error)).with_answer(error.answer),
    };
    let other = buckets.into_iter().map(|bucket| bucket.name).find(|name| name != bench.place.bucket.as_str());
    let Some(other) = other.and_then(|name| name.parse().ok()) else {
        return Outcome::skipped("ListBuckets shows no other bucket");
    };
    let storage = match bench.session.storage(&other, None) {
        Ok(storage) => storage,
        Err(error) => return Outcome::inconclusive(sentence(&error)),
    };
    match right(storage.list(&ListAsk { limit: 1, ..ListAsk::default() }).await) {
        Right::There => {
            let detail = format!("it may list another bucket, '{other}'");
            excess(bench, CheckName::ExcessOtherBucket, &detail)
        }
        Right::Refused(answer) => Outcome::passed(format!("another bucket, '{other}', is refused")).with_answer(answer),
        Right::Unknown(error) => Outcome::inconclusive(sentence(&error)).with_answer(error.answer),
    }
}

async fn administration(bench: &Bench<'_>) -> Outcome {
    let asked = [
        ("the bucket's policy", bench.storage.may_read_bucket_policy().await),
        ("the bucket's ACL", bench.storage.may_read_bucket_acl().await),
    ];
    let mut refused = None;
    let mut unknown = None;
    for (what, result) in asked {
        match right(result) {
            Right::There => {
                let detail = format!("it may read {what}, which is administration and not needed");
                return excess(bench, CheckName::ExcessAdministration, &detail);
            }
            Right::Refused(answer) => refused = answer.or(refused),
            Right::Unknown(error) if error.kind == ProviderErrorKind::NotImplemented => {}
            Right::Unknown(error) => unknown = Some(error),
        }
    }
    match (unknown, refused) {
        (Some(error), _) => Outcome::inconclusive(sentence(&error)).with_answer(error.answer),
        (None, Some(answer)) => Outcome::passed("administration is refused").with_answer(Some(answer)),
        (None, None) => Outcome::skipped("this store has no such administration to ask about"),
    }
}

/// The median of three small requests, from this server.
async fn latency(bench: &Bench<'_>) -> Outcome {
    let mut took = Vec::new();
    for _ in 0..3 {
        let started = Instant::now();
        match bench.storage.head(&bench.names.absent).await {
            Err(error) if error.kind.is_inconclusive() => return Outcome::inconclusive(sentence(&error)),
            Ok(_) | Err(_) => took.push(started.elapsed()),
        }
    }
    took.sort();
    let median = took.get(1).copied().unwrap_or_default();
    let facts = bench.ask.connection.facts();
    let place = bench.region.as_deref().or(facts.region.as_deref()).unwrap_or("an unknown region");
    let detail = format!("{} to the bucket in {place}, the median of three", latency_detail(median));
    if median > SLOW {
        Outcome::warning(format!("{detail}: files are best stored near the people who look at them"))
    } else {
        Outcome::passed(detail)
    }
}
