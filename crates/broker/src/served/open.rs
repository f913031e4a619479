//! From a URL of Tidegate's own to the object.

use std::sync::Arc;
use std::time::Duration;

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::datasource::Datasource;
use domain::grant::GrantKind;
use domain::integration::Integration;
use domain::provider::{ExternalIdSent, ObjectStorage, SessionAsk, UrlsBy};
use domain::scope::Verb;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;
use store::grants::StoredGrant;
use store::projects::StoredProject;

use super::url::{Came, signing_key};
use crate::Broker;
use crate::audit::{Log, event};

/// So much of what was asked for is written down: whoever asks may send far more.
const RECORDED: usize = 100;
/// No session of a store is needed for longer than its object is looked at.
const LIFE: Duration = Duration::from_secs(900);

/// A use of a URL: what came.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// The path as it was sent.
    pub path: &'a str,
    /// The query as it was sent.
    pub query: &'a str,
    /// The method of the request.
    pub method: Verb,
    /// The content type that was sent.
    pub content_type: Option<&'a str>,
    /// The bytes that were asked for, as they were; for the audit.
    pub range: Option<&'a str>,
}

/// What a URL is about, before anything is done.
#[derive(Debug, Clone)]
pub struct Served {
    /// The origin whose pages may have the answer.
    pub cors_origin: Option<String>,
    /// What the URL is good for.
    pub verb: Verb,
}

/// An object that may be served now.
pub struct ServedObject {
    /// The objects of its bucket.
    pub storage: Arc<dyn ObjectStorage>,
    /// Its key.
    pub key: String,
    /// Headers of the answer that the URL fixes, by the name of the header.
    pub response: Vec<(String, String)>,
    /// The same as before.
    pub about: Served,
    /// When this use began.
    pub since: Timestamp,
}

struct Found {
    project: StoredProject,
    stored: StoredGrant,
    datasource: Datasource,
    integration: Integration,
}

impl Broker {
    /// What a URL is about: for a browser that asks before it sends.
    ///
    /// # Errors
    /// `permission_denied` for what is no URL of ours, or works no more; it never says which.
    pub async fn served(&self, path: &str, query: &str) -> Result<Served> {
        let (came, found) = self.find_served(path, query).await?;
        Ok(Served { cors_origin: found.datasource.cors_origin, verb: came.verb })
    }

    /// The object of a URL. Its use is written down before this returns.
    ///
    /// # Errors
    /// `permission_denied` for what is no URL of ours, is used otherwise than it was made for, or works no more;
    /// `audit_unavailable` where it could not be written down; the store's own refusal.
    pub async fn open_served(&self, ask: Use<'_>) -> Result<ServedObject> {
        let since = self.now();
        let (came, found) = self.find_served(ask.path, ask.query).await?;
        let connection = self.live_connection(&found.project, &found.integration).await;
        let leads_there = connection.as_ref().is_ok_and(|connection| {
            let facts = connection.facts();
            facts.urls == UrlsBy::Tidegate
                && came.is_of(&signing_key(&self.0.seed), &facts.endpoint, &found.datasource.bucket)
        });
        let allowed =
            came.verb == ask.method && leads_there && may(&came, &found.datasource) && sends(&came, ask.content_type);
        let target = Target::new("datasource", found.datasource.id).with_name(&found.datasource.name);
        let outcome = if allowed { Outcome::Done } else { Outcome::Refused };
        let used = event(Action::UrlUse, outcome, "signature", target)
            .with("grant", came.grant.to_string())
            .with("granted_to", found.stored.grant.principal.to_string())
            .with("method", ask.method.as_str())
            .with("key", came.key.as_str())
            .with("range", ask.range.map(|range| range.chars().take(RECORDED).collect::<String>()));
        self.record(Log::Project(found.project.id), None, used).await.map_err(crate::audit::unavailable)?;
        let connection = connection?;
        if !allowed {
            return Err(not_ours());
        }
        let tags = crate::integrations::tags_for(&found.project, None);
        let ask = SessionAsk { scope: None, tags, ttl: LIFE, external_id: ExternalIdSent::Right };
        let session = connection.open_session(&ask).await?;
        let storage = session.storage(&found.datasource.bucket, found.datasource.region.as_deref())?;
        let response = came
            .rest
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix("response-")?.to_owned(), value.clone())));
        Ok(ServedObject {
            storage,
            response: response.collect(),
            about: Served { cors_origin: found.datasource.cors_origin, verb: came.verb },
            key: came.key,
            since,
        })
    }

    /// Refuses to finish what began at `since`, where access was taken back meanwhile: who sends slowly must not
    /// write later. A URL that has only ended lets what began before be finished.
    ///
    /// # Errors
    /// `permission_denied` where access was taken back.
    pub async fn still_served(&self, path: &str, query: &str, since: Timestamp) -> Result<()> {
        let (_, found) = self.look_up_served(path, query).await?;
        let grant = found.stored.grant.clone();
        let last = self.store().read(move |tx| {
            Box::pin(async move {
                let about = Some(grant.datasource);
                store::revocations::last(tx, grant.project, grant.integration, about, grant.principal).await
            })
        });
        let cut = last.await?.is_some_and(|at| at >= since);
        if found.stands() && !cut { Ok(()) } else { Err(not_ours()) }
    }

    /// Checks that the grant still stands, and the URL's own time.
    async fn find_served(&self, path: &str, query: &str) -> Result<(Came, Found)> {
        let (came, found) = self.look_up_served(path, query).await?;
        let now = self.now();
        let in_time = found.stored.grant.usable_until > now && came.expires > now.as_second();
        if in_time && found.stands() { Ok((came, found)) } else { Err(not_ours()) }
    }

    /// Checks the signature before anything is read.
    async fn look_up_served(&self, path: &str, query: &str) -> Result<(Came, Found)> {
        let came = Came::read(path, query).ok_or_else(not_ours)?;
        if !came.promise().is_signed_by(&signing_key(&self.0.seed), &came.signature) {
            return Err(not_ours());
        }
        let now = self.now();
        let (project, grant) = (came.project, came.grant);
        let found = self.store().read(move |tx| {
            Box::pin(async move {
                let Some(project) = store::projects::get(tx, project).await? else { return Ok(None) };
                let Some(stored) = store::grants::get(tx, project.id, grant, now).await? else { return Ok(None) };
                let about = stored.grant.datasource;
                let Some(datasource) = store::datasources::get(tx, project.id, about).await? else { return Ok(None) };
                let through = datasource.integration;
                let integration = store::integrations::get(tx, project.id, through).await?;
                Ok(integration.map(|integration| Found { project, stored, datasource, integration }))
            })
        });
        Ok((came, found.await?.ok_or_else(not_ours)?))
    }
}

impl Found {
    /// Whether access stands: nobody has taken it back, paused or broken what it leads through.
    fn stands(&self) -> bool {
        let grant = &self.stored.grant;
        let usable = self.datasource.usable && self.integration.state.usable();
        let same = grant.kind == GrantKind::Urls && grant.integration == self.integration.id;
        self.stored.revoked_at.is_none() && usable && same
    }
}

/// The datasource may have been narrowed since the URL was signed.
fn may(came: &Came, datasource: &Datasource) -> bool {
    datasource.prefix.holds(&came.key) && (!came.verb.writes() || datasource.purpose.writes())
}

/// What was fixed when it was signed must be sent.
fn sends(came: &Came, content_type: Option<&str>) -> bool {
    let wanted = came.rest.iter().find(|(name, _)| name == "header-content-type");
    wanted.is_none_or(|(_, wanted)| content_type == Some(wanted.as_str()))
}

fn not_ours() -> Error {
    Error::new(ErrorKind::PermissionDenied, "this URL is not valid, or not any more")
        .with_hint("ask whoever gave it to you for a new one")
}
