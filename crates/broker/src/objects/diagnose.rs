//! Why a browser could not load an object.
//!
//! A page learns nothing but "it failed". So the server signs the same URL, asks for one byte in the name of
//! the page's origin, and reads what the browser may not: the status, the store's own code, and the header
//! that lets the page have the answer. The URL itself never leaves.

use std::time::Duration;

use bytes::Bytes;
use domain::fetch::{PlainAnswer, PlainRequest};
use domain::name::Name;
use domain::principal::Caller;
use domain::proof::{CheckName, Remedy};
use domain::provider::{Connection, ProviderError, ProviderErrorKind, RemedyAsk, SignAsk, Stored, UrlsBy};
use domain::scope::Verb;
use domain::{Error, Result};
use jiff::{RoundMode, TimestampRound, Unit};

use super::verdict::{CorsFinding, ObjectVerdict, Read};
use crate::Broker;
use crate::datasources::wrong_origin;
use crate::served;
use crate::sessions::{Need, Place};

/// How long the URL lives.
const URL_TTL: Duration = Duration::from_secs(60);
/// How long an answer is waited for.
const FETCH_LIMIT: Duration = Duration::from_secs(10);

/// Why a browser could, or could not, load an object.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// The store's public endpoint answered this server.
    pub reached: bool,
    /// With this status.
    pub http_status: Option<u16>,
    /// And this error code of its own.
    pub provider_code: Option<String>,
    /// Its id of the request, for a question to its support.
    pub request_id: Option<String>,
    /// Whether a page of the origin may have the answer.
    pub cors: CorsFinding,
    /// What it comes to.
    pub verdict: ObjectVerdict,
    /// The same in one sentence.
    pub explanation: String,
    /// What mends it, where something does.
    pub remedy: Option<Remedy>,
}

impl Broker {
    /// Finds out why pages of an origin cannot load an object.
    ///
    /// # Errors
    /// `invalid` for what is no origin; `permission_denied` for a key outside the datasource; `conflict` where
    /// the datasource is not usable.
    pub async fn diagnose_object(
        &self,
        caller: &Caller,
        project: &Name,
        datasource: &Name,
        key: &str,
        origin: &str,
    ) -> Result<Diagnosis> {
        let (entered, place) = self.object_place(caller, project, datasource, key).await?;
        if let Some(message) = wrong_origin(origin) {
            return Err(Error::invalid("/origin", message));
        }
        self.record_object(caller, &entered, &place, key, "diagnose").await?;
        let lent = self.session_for(place.wish(&entered.project, caller, None, Need::Sign { ttl: URL_TTL })).await?;
        if lent.connection.facts().urls == UrlsBy::Tidegate {
            let storage = lent.opened.session.storage(&place.datasource.bucket, place.datasource.region.as_deref())?;
            let own = served::base(self).ok().and_then(super::origin::origin);
            let allowed = place.datasource.cors_origin.as_deref() == Some(origin) || own.as_deref() == Some(origin);
            let answer = own_answer(storage.head(key).await, allowed.then_some(origin));
            return Ok(answered(&answer, origin, lent.connection.as_ref(), &need(&place, origin)));
        }
        let now = self.now();
        let now = now.round(TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Floor)).unwrap_or(now);
        let mut signer = lent.opened.session.signer(&SignAsk {
            bucket: place.datasource.bucket.clone(),
            region: place.datasource.region.clone(),
            verb: Verb::Get,
            now,
            ttl: URL_TTL,
            headers: Vec::new(),
            response: Vec::new(),
            internal: false,
        })?;
        let mut url = String::new();
        signer.prepare(&[key]).await?;
        signer.sign_into(key, &mut url);
        let headers = vec![("origin".to_owned(), origin.to_owned()), ("range".to_owned(), "bytes=0-0".to_owned())];
        let request =
            PlainRequest { method: http::Method::GET, url, headers, body: Bytes::new(), timeout: FETCH_LIMIT };
        let need = need(&place, origin);
        Ok(match self.0.parts.fetch.fetch(request).await {
            Ok(answer) => answered(&answer, origin, lent.connection.as_ref(), &need),
            Err(error) => unanswered(&error),
        })
    }
}

/// What Tidegate itself would answer to a page of this origin.
fn own_answer(found: std::result::Result<Stored, ProviderError>, allowed: Option<&str>) -> PlainAnswer {
    let status = match found {
        Ok(_) => 200,
        Err(error) if error.kind == ProviderErrorKind::NoSuchKey => 404,
        Err(error) if error.kind.is_refusal() => 403,
        Err(_) => 503,
    };
    let mut headers = http::HeaderMap::new();
    if let Some(origin) = allowed.and_then(|origin| http::HeaderValue::from_str(origin).ok()) {
        headers.insert(http::header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    PlainAnswer { status, headers, body: Bytes::new() }
}

fn need(place: &Place, origin: &str) -> RemedyAsk {
    let datasource = &place.datasource;
    RemedyAsk {
        bucket: Some(datasource.bucket.clone()),
        prefix: datasource.prefix.clone(),
        purpose: datasource.purpose,
        sse: datasource.sse.clone(),
        cors_origin: Some(origin.to_owned()),
        region: datasource.region.clone(),
    }
}

fn answered(answer: &PlainAnswer, origin: &str, connection: &dyn Connection, need: &RemedyAsk) -> Diagnosis {
    let read = Read::of(answer, origin);
    let verdict = read.verdict();
    let remedy = match verdict {
        ObjectVerdict::Fine => None,
        ObjectVerdict::Cors => connection.remedy(CheckName::Cors, need),
        ObjectVerdict::Forbidden => connection.remedy(CheckName::Read, need),
        ObjectVerdict::Encryption => connection.remedy(CheckName::Encryption, need),
        other => other.advice().map(Remedy::say),
    };
    Diagnosis {
        reached: true,
        http_status: Some(answer.status),
        explanation: verdict.sentence(origin),
        remedy: remedy.or_else(|| verdict.advice().map(Remedy::say)),
        provider_code: read.code,
        request_id: read.request_id,
        cors: read.cors,
        verdict,
    }
}

fn unanswered(error: &ProviderError) -> Diagnosis {
    let verdict = match error.kind {
        ProviderErrorKind::EgressDenied => ObjectVerdict::Blocked,
        _ => ObjectVerdict::Network,
    };
    Diagnosis {
        reached: false,
        http_status: None,
        provider_code: None,
        request_id: None,
        cors: CorsFinding::Unknown,
        verdict,
        explanation: error.message.clone(),
        remedy: verdict.advice().map(Remedy::say),
    }
}
