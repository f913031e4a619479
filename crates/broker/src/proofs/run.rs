//! The order of a proof.

use std::sync::Arc;
use std::time::Duration;

use domain::datasource::{Encryption, Purpose};
use domain::fetch::Fetch;
use domain::place::{BucketName, Prefix};
use domain::proof::{Check, CheckName, Proof, ProofMode};
use domain::provider::{
    BoundBy, Connection, ExternalIdSent, ObjectStorage, ProviderError, RemedyAsk, Session, SessionAsk, SessionTags,
};
use domain::scope::Scope;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::leftovers::{Leftovers, ProbeNames};
use super::{Observer, Report};

/// How long the sessions of a proof live: the least that AWS gives.
pub(crate) const PROOF_SESSION: Duration = Duration::from_secs(900);

const NO_BUCKET: &str = "there is no such bucket, so nothing else was asked of it";

/// What is proven.
pub(crate) struct ProofAsk<'a> {
    pub(crate) connection: Arc<dyn Connection>,
    pub(crate) fetch: &'a dyn Fetch,
    pub(crate) now: Timestamp,
    pub(crate) mode: ProofMode,
    pub(crate) tags: SessionTags,
    /// None proves the integration alone, up to `region`.
    pub(crate) place: Option<ProofPlace>,
    /// Ends the proof early; what it wrote is still removed.
    pub(crate) cut: CancellationToken,
}

/// The place that a datasource's proof is about.
#[derive(Debug, Clone)]
pub(crate) struct ProofPlace {
    pub(crate) bucket: BucketName,
    pub(crate) prefix: Prefix,
    pub(crate) purpose: Purpose,
    pub(crate) region: Option<String>,
    pub(crate) sse: Option<Encryption>,
    pub(crate) cors_origin: Option<String>,
}

/// A proof, and what was found out on the way.
pub(crate) struct Run {
    pub(crate) proof: Proof,
    /// The region of the bucket or of the endpoint.
    pub(crate) region: Option<String>,
    /// How the identity is bound, where it could be taken on all the same without that, or with a wrong one.
    pub(crate) trust_open: Option<BoundBy>,
}

/// An observer that looks away.
pub struct Silent;

impl Observer for Silent {
    fn ended(&self, _check: &Check) {}
}

/// What the checks of a place share.
pub(crate) struct Bench<'a> {
    pub(crate) ask: &'a ProofAsk<'a>,
    pub(crate) place: &'a ProofPlace,
    pub(crate) session: Arc<dyn Session>,
    pub(crate) storage: Arc<dyn ObjectStorage>,
    pub(crate) names: ProbeNames,
    pub(crate) leftovers: Leftovers,
    pub(crate) region: Option<String>,
    /// An object that was there before the proof.
    pub(crate) existing: Option<String>,
    /// What is in the probe, as it was read back.
    pub(crate) read_back: Option<&'static [u8]>,
    /// The session answered 404 for an absent key under the prefix.
    pub(crate) tells_absent: bool,
}

impl Bench<'_> {
    /// Whether the proof writes at all.
    pub(crate) fn writes(&self) -> bool {
        self.place.purpose.writes() && matches!(self.ask.mode, ProofMode::Full | ProofMode::WriteOnly)
    }

    /// Whether the proof reads objects at all.
    pub(crate) fn reads(&self) -> bool {
        matches!(self.ask.mode, ProofMode::Full | ProofMode::ReadOnly)
    }

    /// The need that a remedy must meet.
    pub(crate) fn need(&self) -> RemedyAsk {
        remedy_ask(Some(self.place), self.region.clone())
    }

    /// Opens a session narrowed to a scope and gives the bucket through it.
    pub(crate) async fn scoped(&self, scope: Scope) -> Result<Arc<dyn ObjectStorage>, ProviderError> {
        let session = open(self.ask, Some(scope), ExternalIdSent::Right).await?;
        session.storage(&self.place.bucket, self.region.as_deref())
    }
}

/// Opens a session of the connection under test.
pub(crate) async fn open(
    ask: &ProofAsk<'_>,
    scope: Option<Scope>,
    external_id: ExternalIdSent,
) -> Result<Arc<dyn Session>, ProviderError> {
    let session = SessionAsk { scope, tags: ask.tags.clone(), ttl: PROOF_SESSION, external_id };
    ask.connection.open_session(&session).await
}

pub(crate) fn remedy_ask(place: Option<&ProofPlace>, region: Option<String>) -> RemedyAsk {
    RemedyAsk {
        bucket: place.map(|place| place.bucket.clone()),
        prefix: place.map(|place| place.prefix.clone()).unwrap_or_default(),
        purpose: place.map_or(Purpose::Input, |place| place.purpose),
        sse: place.and_then(|place| place.sse.clone()),
        cors_origin: place.and_then(|place| place.cors_origin.clone()),
        region,
    }
}

/// Runs all checks that apply, and cleans up.
pub(crate) async fn run(ask: &ProofAsk<'_>, observer: &dyn Observer) -> Run {
    let mut report = Report::new(observer, ask.cut.clone());
    let found = super::connection::check(ask, &mut report).await;
    let mut run = Run {
        proof: Proof {
            status: domain::proof::ProofStatus::Inconclusive,
            mode: ask.mode,
            checked_at: ask.now,
            duration_ms: 0,
            checks: Vec::new(),
        },
        region: found.region.clone(),
        trust_open: found.trust_open,
    };
    let rest = match (&ask.place, found.session) {
        (None, _) => {
            report.skip_to(CheckName::Region);
            "an integration's proof ends with 'region'; its datasources are proven each for itself"
        }
        (Some(_), None) => "no session could be opened, so nothing could be asked",
        (Some(_), Some(_)) if report.no_bucket() => NO_BUCKET,
        (Some(place), Some(session)) => {
            run.region = place.region.clone().or(found.region);
            match session.storage(&place.bucket, run.region.as_deref()) {
                Err(error) => {
                    let need = remedy_ask(Some(place), run.region.clone());
                    report.note(CheckName::List, super::Outcome::of_error(&error).naming_bucket(&need));
                    "the session has no objects"
                }
                Ok(storage) => match prove_place(ask, place, session, storage, run.region.clone(), &mut report).await {
                    true => "it does not apply",
                    false => NO_BUCKET,
                },
            }
        }
    };
    run.proof = report.finish(ask.mode, ask.now, rest);
    run
}

/// Tells whether there was a bucket to ask about.
async fn prove_place(
    ask: &ProofAsk<'_>,
    place: &ProofPlace,
    session: Arc<dyn Session>,
    storage: Arc<dyn ObjectStorage>,
    region: Option<String>,
    report: &mut Report<'_>,
) -> bool {
    let mut bench = Bench {
        ask,
        place,
        session,
        storage,
        names: ProbeNames::new(&place.prefix),
        leftovers: Leftovers::default(),
        region,
        existing: None,
        read_back: None,
        tells_absent: false,
    };
    if !super::content::check(&mut bench, report).await {
        return false;
    }
    super::handing::check(&mut bench, report).await;
    super::scope::check(&bench, report).await;
    super::excess::check(&bench, report).await;
    super::content::delete(&mut bench, report).await;
    let may_delete = ask.mode != ProofMode::WriteOnly;
    let leftovers = std::mem::take(&mut bench.leftovers);
    report.check(CheckName::Cleanup, leftovers.clean(bench.storage.as_ref(), &bench.names, may_delete)).await;
    true
}
