//! Looking through an integration at its buckets and folders, to choose a datasource.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::name::Name;
use domain::page::{Page, PageAsk};
use domain::place::BucketName;
use domain::principal::Caller;
use domain::provider::{BucketInfo, ListAsk, ObjectStorage, Session};
use domain::{Error, Result};
use serde::Serialize;

use super::connect::{by_name, must_be_usable};
use crate::Broker;
use crate::audit::{Log, event};
use crate::objects::{Cursor, ObjectPage};
use crate::sessions::{Need, SessionWish};

/// What is looked at.
#[derive(Debug, Clone)]
pub struct BrowseQuery {
    /// The bucket; none lists the buckets.
    pub bucket: Option<BucketName>,
    /// Only keys that begin so.
    pub prefix: String,
    /// Roll up keys that share what comes before it; none lists flat.
    pub delimiter: Option<String>,
    /// Which page.
    pub page: PageAsk,
}

/// The buckets of an integration, or a level of one of them.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Browsed {
    /// The buckets, where none was named.
    Buckets(Page<BucketInfo>),
    /// A page of the named bucket.
    Objects(ObjectPage),
}

impl Broker {
    /// The buckets of an integration, or one level of a bucket.
    ///
    /// # Errors
    /// `conflict` where the integration is not usable; the provider's own refusal.
    pub async fn browse_integration(
        &self,
        caller: &Caller,
        project: &Name,
        name: &Name,
        query: BrowseQuery,
    ) -> Result<Browsed> {
        let target = Target::named("integration", name);
        let entered = self.enter(caller, project, Action::IntegrationBrowse, target).await?;
        let (asked, stored, principal) = (name.clone(), entered.project.clone(), caller.principal.id);
        let (integration, not_before) = self
            .store()
            .read(move |tx| {
                Box::pin(async move {
                    let found = by_name(tx, &stored, &asked).await?;
                    let not_before = store::revocations::last(tx, stored.id, found.id, None, principal).await?;
                    Ok((found, not_before))
                })
            })
            .await?;
        must_be_usable(&integration)?;
        let from = Cursor::read(query.page.after.as_deref())?;
        let target = Target::new("integration", integration.id).with_name(name);
        let browsed = event(Action::IntegrationBrowse, Outcome::Done, entered.rule, target)
            .with("bucket", query.bucket.as_ref().map(BucketName::as_str))
            .with("prefix", query.prefix.as_str());
        self.record(Log::Project(integration.project), Some(caller), browsed).await?;
        let (project, integration) = (&entered.project, &integration);
        let wish = SessionWish { project, integration, caller, scope: None, need: Need::Reach, not_before };
        let session = self.session_for(wish).await?.opened.session;
        match &query.bucket {
            Some(bucket) => {
                let storage = session.storage(bucket, None)?;
                level(storage.as_ref(), &query, from).await.map(Browsed::Objects)
            }
            None => buckets(session.as_ref()).await.map(Browsed::Buckets),
        }
    }
}

async fn level(storage: &dyn ObjectStorage, query: &BrowseQuery, from: Cursor) -> Result<ObjectPage> {
    let ask = ListAsk {
        prefix: query.prefix.clone(),
        delimiter: query.delimiter.clone(),
        token: from.token,
        start_after: None,
        limit: query.page.limit,
    };
    let listing = storage.list(&ask).await?;
    let next = listing.next.map(|token| Cursor { token: Some(token), key: None }.write()).transpose()?;
    Ok(ObjectPage { items: listing.items, prefixes: listing.prefixes, next })
}

async fn buckets(session: &dyn Session) -> Result<Page<BucketInfo>> {
    // ListBuckets needs no bucket; the client wants a well-formed one all the same.
    let any: BucketName = "any-bucket".parse().map_err(Error::internal)?;
    let items = session.storage(&any, None)?.list_buckets().await?;
    Ok(Page { items, next: None })
}
