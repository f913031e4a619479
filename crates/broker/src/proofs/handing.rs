//! The checks of what is handed out: a real signed URL, and CORS for the page that will load it.

use std::time::Duration;

use bytes::Bytes;
use domain::fetch::{PlainAnswer, PlainRequest};
use domain::proof::{CheckName, ProofMode, ProviderAnswer};
use domain::provider::{ProviderError, ProviderErrorKind, SignAsk, UrlsBy};
use domain::scope::Verb;
use jiff::Timestamp;

use super::content::FIRST;
use super::outcome::sentence;
use super::run::Bench;
use super::{Outcome, Report};

const URL_TTL: Duration = Duration::from_secs(60);
const FETCH_LIMIT: Duration = Duration::from_secs(10);

pub(crate) async fn check(bench: &mut Bench<'_>, report: &mut Report<'_>) {
    if bench.ask.mode == ProofMode::ListOnly {
        report.skip(CheckName::SignedUrl, "contents can only be reached from the customer's network");
        report.skip(CheckName::Cors, "contents can only be reached from the customer's network");
        return;
    }
    if bench.ask.connection.facts().urls == UrlsBy::Tidegate {
        report.skip(CheckName::SignedUrl, "Tidegate itself serves the objects of this method");
        report.skip(CheckName::Cors, "Tidegate itself lets the datasource's web page load them");
        return;
    }
    let target = Target::choose(bench, report);
    // A slow store may have used up the life of a URL that began with the proof.
    let now = bench.ask.now.saturating_add(report.elapsed()).unwrap_or(bench.ask.now);
    match &target {
        Some(target) => report.check(CheckName::SignedUrl, signed_url(bench, target, now)).await,
        None => report.note(
            CheckName::SignedUrl,
            Outcome::skipped("the prefix is empty and the store does not tell an absent key from a forbidden one"),
        ),
    };
    match (&bench.place.cors_origin, &target) {
        (None, _) => report.skip(CheckName::Cors, "the datasource names no web page that loads objects"),
        (Some(_), None) => report.skip(CheckName::Cors, "there is no object to ask for"),
        (Some(origin), Some(target)) => {
            report.check(CheckName::Cors, cors(bench, target, origin, now)).await;
        }
    }
}

/// What a signed URL is tried on.
struct Target {
    key: String,
    verb: Verb,
    expect: Expect,
}

enum Expect {
    Body(&'static [u8]),
    Success,
    NoSuchKey,
}

impl Target {
    fn choose(bench: &Bench<'_>, report: &Report<'_>) -> Option<Self> {
        let key = bench.names.object.clone();
        if bench.ask.mode == ProofMode::WriteOnly {
            let written = report.passed(CheckName::WriteProbe);
            return written.then_some(Self { key, verb: Verb::Put, expect: Expect::Success });
        }
        if let Some(body) = bench.read_back {
            return Some(Self { key, verb: Verb::Get, expect: Expect::Body(body) });
        }
        if let Some(existing) = &bench.existing {
            return Some(Self { key: existing.clone(), verb: Verb::Get, expect: Expect::Success });
        }
        let absent = bench.names.absent.clone();
        bench.tells_absent.then_some(Self { key: absent, verb: Verb::Get, expect: Expect::NoSuchKey })
    }
}

/// A URL and the headers that go with it.
type Signed = (String, Vec<(String, String)>);

async fn sign(bench: &Bench<'_>, target: &Target, now: Timestamp, internal: bool) -> Result<Signed, ProviderError> {
    let sse = bench.place.sse.as_ref().map(|sse| sse.headers()).unwrap_or_default();
    let all = sse.into_iter().chain(bench.ask.connection.facts().put_headers.iter().cloned());
    let headers = if target.verb == Verb::Put { all.collect() } else { Vec::new() };
    let mut signer = bench.session.signer(&SignAsk {
        bucket: bench.place.bucket.clone(),
        region: bench.region.clone(),
        verb: target.verb,
        now,
        ttl: URL_TTL,
        headers: headers.clone(),
        response: Vec::new(),
        internal,
    })?;
    let mut url = String::new();
    signer.prepare(&[&target.key]).await?;
    signer.sign_into(&target.key, &mut url);
    Ok((url, headers))
}

async fn fetch(
    bench: &Bench<'_>,
    target: &Target,
    now: Timestamp,
    internal: bool,
) -> Result<PlainAnswer, ProviderError> {
    let (url, mut headers) = sign(bench, target, now, internal).await?;
    let method = match target.verb {
        Verb::Put => http::Method::PUT,
        Verb::Get | Verb::Head | Verb::Delete => http::Method::GET,
    };
    if target.verb == Verb::Get && matches!(target.expect, Expect::Success) {
        headers.push(("range".into(), "bytes=0-0".into()));
    }
    let body = if target.verb == Verb::Put { Bytes::from_static(FIRST) } else { Bytes::new() };
    bench.ask.fetch.fetch(PlainRequest { method, url, headers, body, timeout: FETCH_LIMIT }).await
}

/// The public endpoint need not be reachable from here: then the internal one shows that signing works.
async fn signed_url(bench: &Bench<'_>, target: &Target, now: Timestamp) -> Outcome {
    let facts = bench.ask.connection.facts();
    let public = fetch(bench, target, now, false).await;
    let hidden = |error: &ProviderError| {
        matches!(error.kind, ProviderErrorKind::Network | ProviderErrorKind::Timeout | ProviderErrorKind::EgressDenied)
    };
    let (answer, note) = match public {
        Err(error) if facts.public_endpoint != facts.endpoint && hidden(&error) => (
            fetch(bench, target, now, true).await,
            " (through the internal endpoint: the public one cannot be reached from here)",
        ),
        other => (other, ""),
    };
    match answer {
        Ok(answer) => judge(target, &answer, note).with_remedy(None),
        Err(error) => unsigned(&error).with_remedy(bench.ask.connection.remedy(CheckName::SignedUrl, &bench.need())),
    }
}

/// A method that signs nothing says so beforehand, which is no fault.
fn unsigned(error: &ProviderError) -> Outcome {
    match error.kind {
        ProviderErrorKind::Unsupported => Outcome::skipped(format!("no URLs can be signed: {}", error.message)),
        _ => Outcome::of_error(error),
    }
}

fn judge(target: &Target, answer: &PlainAnswer, note: &str) -> Outcome {
    let ok = (200..300).contains(&answer.status);
    let outcome = match &target.expect {
        Expect::Body(body) if ok && answer.body == *body => {
            Outcome::passed(format!("a signed URL gave the probe byte for byte{note}"))
        }
        Expect::Body(_) if ok => Outcome::failed("a signed URL gave other bytes than were written"),
        // A range of an empty object cannot be satisfied, and says so only to readers.
        Expect::Success if ok || answer.status == 416 => {
            Outcome::passed(format!("a signed {} of '{}' worked{note}", target.verb.as_str(), target.key))
        }
        Expect::NoSuchKey if answer.status == 404 => {
            Outcome::passed(format!("a signed URL of an absent key was answered with 404, as to a reader{note}"))
        }
        Expect::Body(_) | Expect::Success | Expect::NoSuchKey if is_passing(answer.status) => {
            Outcome::inconclusive(format!("a signed URL was answered with {}", answer.status))
        }
        Expect::Body(_) | Expect::Success | Expect::NoSuchKey => {
            Outcome::failed(format!("a signed URL was answered with {}", answer.status))
        }
    };
    outcome.with_answer(Some(provider_answer(answer)))
}

/// Statuses of a store that has too much to do, or is not there now.
fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..)
}

fn provider_answer(answer: &PlainAnswer) -> ProviderAnswer {
    let mut ids = ["x-amz-request-id", "x-ms-request-id", "x-guploader-uploadid"]
        .iter()
        .filter_map(|name| answer.headers.get(*name));
    let request_id = ids.find_map(|id| id.to_str().ok()).map(str::to_owned);
    ProviderAnswer { code: None, http_status: Some(answer.status), request_id }
}

async fn cors(bench: &Bench<'_>, target: &Target, origin: &str, now: Timestamp) -> Outcome {
    let (url, _) = match sign(bench, target, now, false).await {
        Ok(signed) => signed,
        Err(error) => return unsigned(&error),
    };
    let headers = vec![
        ("origin".to_owned(), origin.to_owned()),
        ("access-control-request-method".to_owned(), target.verb.as_str().to_owned()),
        ("access-control-request-headers".to_owned(), "range".to_owned()),
    ];
    let preflight =
        PlainRequest { method: http::Method::OPTIONS, url, headers, body: Bytes::new(), timeout: FETCH_LIMIT };
    let remedy = bench.ask.connection.remedy(CheckName::Cors, &bench.need());
    match bench.ask.fetch.fetch(preflight).await {
        Err(error) => Outcome::inconclusive(sentence(&error)),
        Ok(answer) => {
            let allowed = answer.headers.get("access-control-allow-origin").and_then(|value| value.to_str().ok());
            if allowed.is_some_and(|allowed| allowed == origin || allowed == "*") && answer.status < 400 {
                Outcome::passed(format!("pages of {origin} may load objects"))
            } else {
                Outcome::warning(format!("the bucket does not let pages of {origin} load objects"))
                    .with_answer(Some(provider_answer(&answer)))
                    .with_remedy(remedy)
            }
        }
    }
}
