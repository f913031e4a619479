//! The requests of the JSON API (Cloud Storage JSON API, "Objects", "Buckets").

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::provider::{
    BucketInfo, GetAsk, ListAsk, Listing, ObjectStorage, ProviderError, ProviderErrorKind as Kind, PutAsk,
    PutCondition, SessionTags, Stored,
};
use futures::stream::BoxStream;
use http::Method;
use serde::Deserialize;

use super::stored::{FIELDS, Resource, of_download};
use super::{call, list, names};
use crate::answer::is_web_page;
use crate::gcp::answer::{About, not_google};
use crate::gcp::connection::Shared;
use crate::gcp::tokens::AccessToken;
use crate::gcp::wire::{Call, Wire, encode, pairs};

/// A generation that no object has, for a tag that is none: generations are microseconds since 1970.
const NO_GENERATION: &str = "1";

/// The most pages that are read for one answer.
const MOST_PAGES: usize = 10;

/// With which token objects are reached.
#[derive(Clone)]
pub(in crate::gcp) enum Bearer {
    /// This one, as long as it is good.
    Fixed(AccessToken),
    /// The connection's own, always a good one.
    Renewed,
}

/// The objects of one bucket, with one session.
pub(in crate::gcp) struct Objects {
    pub(in crate::gcp) shared: Arc<Shared>,
    pub(in crate::gcp) bearer: Bearer,
    pub(in crate::gcp) bucket: String,
    /// For whom: what the bucket's own log shows beside the account.
    pub(in crate::gcp) tags: SessionTags,
    /// Whether the bucket is known to keep old versions.
    pub(in crate::gcp) versioned: bool,
}

impl Objects {
    fn wire(&self) -> &Wire {
        &self.shared.wire
    }

    fn call(&self, operation: &'static str, about: About, method: Method, rest: &str) -> Call<'static> {
        Call { headers: self.named(Vec::new()), ..call(self.wire(), operation, about, method, &self.bucket, rest) }
    }

    /// Cloud Audit Logs keep these headers of a request beside the account ("Cloud Audit Logs with Cloud Storage",
    /// "Adding custom information").
    fn named(&self, mut headers: Vec<(String, String)>) -> Vec<(String, String)> {
        let tags = [("principal", &self.tags.principal), ("project", &self.tags.project)];
        let named = tags.into_iter().filter(|(_, value)| !value.is_empty() && value.is_ascii());
        headers.extend(named.map(|(name, value)| (format!("x-goog-custom-audit-tidegate-{name}"), value.clone())));
        headers
    }

    async fn token(&self) -> Result<AccessToken, ProviderError> {
        match &self.bearer {
            Bearer::Fixed(token) => Ok(token.clone()),
            Bearer::Renewed => self.shared.token().await,
        }
    }

    /// Sends with a good token; one that Google has forgotten is replaced once.
    async fn ask(&self, make: impl Fn() -> Call<'static> + Send + Sync) -> Result<net::Incoming, ProviderError> {
        let token = self.token().await?;
        match self.wire().ask(Call { bearer: Some(&token.secret), ..make() }).await {
            Err(error) if error.kind == Kind::BadCredentials && matches!(self.bearer, Bearer::Renewed) => {
                let token = self.shared.token_other_than(&token).await?;
                self.wire().ask(Call { bearer: Some(&token.secret), ..make() }).await
            }
            answer => answer,
        }
    }

    fn resource(&self, operation: &'static str, incoming: &net::Incoming) -> Result<Stored, ProviderError> {
        let resource: Option<Resource> = serde_json::from_slice(&incoming.body).ok();
        resource
            .map(|resource| resource.stored(&incoming.headers, self.versioned))
            .ok_or_else(|| not_google(operation, incoming.status, &incoming.headers, &incoming.body))
    }
}

fn object(key: &str) -> String {
    format!("/o/{}", encode(key))
}

/// The buckets of a project that a token may see.
pub(in crate::gcp) async fn list_buckets(
    wire: &Wire,
    token: &AccessToken,
    project: &str,
) -> Result<Vec<BucketInfo>, ProviderError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Page {
        kind: String,
        #[serde(default)]
        items: Vec<Named>,
        next_page_token: Option<String>,
    }
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    const OPERATION: &str = "storage.buckets.list";
    let (mut buckets, mut next) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let always = [("project", project), ("fields", "kind,nextPageToken,items(name)"), ("maxResults", "1000")];
        let query: Vec<_> = always.into_iter().chain(next.as_deref().map(|next| ("pageToken", next))).collect();
        let path_and_query = format!("/storage/v1/b?{}", pairs(&query));
        let call = Call { path_and_query, ..call(wire, OPERATION, About::Bucket, Method::GET, "", "") };
        let incoming = wire.ask(Call { bearer: Some(&token.secret), ..call }).await?;
        let page: Option<Page> = serde_json::from_slice(&incoming.body).ok();
        let page = page
            .filter(|page| page.kind == "storage#buckets")
            .ok_or_else(|| not_google(OPERATION, incoming.status, &incoming.headers, &incoming.body))?;
        buckets.extend(page.items.into_iter().map(|named| BucketInfo { name: named.name }));
        next = page.next_page_token.filter(|next| !next.is_empty());
        if next.is_none() {
            break;
        }
    }
    Ok(buckets)
}

/// Whether a token may list a bucket.
pub(in crate::gcp) async fn list_one(wire: &Wire, token: &AccessToken, bucket: &str) -> Result<(), ProviderError> {
    const OPERATION: &str = "storage.objects.list";
    let query = list::query(&ListAsk { limit: 1, ..ListAsk::default() }, None);
    let call =
        Call { bearer: Some(&token.secret), ..call(wire, OPERATION, About::Bucket, Method::GET, bucket, &query) };
    list::page(OPERATION, &wire.ask(call).await?, None).map(drop)
}

#[async_trait]
impl ObjectStorage for Objects {
    async fn list(&self, ask: &ListAsk) -> Result<Listing, ProviderError> {
        const OPERATION: &str = "storage.objects.list";
        let mut listing = Listing { next: ask.token.clone(), ..Listing::default() };
        // A page may hold nothing but the name that it begins with: then the next one is what was asked for.
        for _ in 0..MOST_PAGES {
            let query = list::query(ask, listing.next.as_deref());
            let incoming = self.ask(|| self.call(OPERATION, About::Bucket, Method::GET, &query)).await?;
            listing = list::page(OPERATION, &incoming, ask.start_after.as_deref())?;
            if !listing.items.is_empty() || !listing.prefixes.is_empty() || listing.next.is_none() {
                break;
            }
        }
        Ok(listing)
    }

    async fn head(&self, key: &str) -> Result<Stored, ProviderError> {
        const OPERATION: &str = "storage.objects.get";
        names::refused(OPERATION, key)?;
        let rest = format!("{}?fields={FIELDS}", object(key));
        let incoming = self.ask(|| self.call(OPERATION, About::Object, Method::GET, &rest)).await?;
        self.resource(OPERATION, &incoming)
    }

    async fn get(
        &self,
        ask: &GetAsk,
    ) -> Result<(Stored, BoxStream<'static, Result<Bytes, ProviderError>>), ProviderError> {
        const OPERATION: &str = "storage.objects.get";
        names::refused(OPERATION, &ask.key)?;
        let make = || {
            let rest = format!("{}?alt=media", object(&ask.key));
            let mut call = self.call(OPERATION, About::Object, Method::GET, &rest);
            // Without it Google unpacks what was stored packed (Cloud Storage, "Transcoding of gzip-compressed files").
            call.headers.push(("accept-encoding".to_owned(), "gzip".to_owned()));
            if let Some((first, last)) = ask.range {
                call.headers.push(("range".to_owned(), format!("bytes={first}-{last}")));
            }
            call
        };
        let token = self.token().await?;
        let incoming = match self.wire().stream(Call { bearer: Some(&token.secret), ..make() }).await {
            Err(error) if error.kind == Kind::BadCredentials && matches!(self.bearer, Bearer::Renewed) => {
                let token = self.shared.token_other_than(&token).await?;
                self.wire().stream(Call { bearer: Some(&token.secret), ..make() }).await?
            }
            answer => answer?,
        };
        Ok((of_download(OPERATION, incoming.status, &incoming.headers, self.versioned)?, incoming.body))
    }

    async fn put(&self, ask: &PutAsk) -> Result<Stored, ProviderError> {
        const OPERATION: &str = "storage.objects.create";
        names::refused(OPERATION, &ask.key)?;
        let content_type = content_type(OPERATION, &ask.headers)?;
        let generation = match &ask.condition {
            PutCondition::None => None,
            PutCondition::Absent => Some("0"),
            PutCondition::Matches(tag) if is_generation(tag) => Some(tag.as_str()),
            PutCondition::Matches(_) => Some(NO_GENERATION),
        };
        let condition = generation.map(|generation| ("ifGenerationMatch", generation));
        let query: Vec<_> = [("uploadType", "media"), ("name", ask.key.as_str()), ("fields", FIELDS)]
            .into_iter()
            .chain(condition)
            .collect();
        let query = pairs(&query);
        let make = || Call {
            path_and_query: format!("/upload/storage/v1/b/{}/o?{query}", encode(&self.bucket)),
            headers: self.named(vec![("content-type".to_owned(), content_type.clone())]),
            body: ask.body.clone(),
            ..self.call(OPERATION, About::Object, Method::POST, "")
        };
        let stored = self.resource(OPERATION, &self.ask(make).await?)?;
        Ok(Stored { size: u64::try_from(ask.body.len()).ok(), ..stored })
    }

    async fn delete(&self, key: &str, version: Option<&str>) -> Result<(), ProviderError> {
        const OPERATION: &str = "storage.objects.delete";
        names::refused(OPERATION, key)?;
        let generation = version.map(|version| format!("?{}", pairs(&[("generation", version)]))).unwrap_or_default();
        let rest = format!("{}{generation}", object(key));
        match self.ask(|| self.call(OPERATION, About::Object, Method::DELETE, &rest)).await {
            Ok(incoming) if is_web_page(&incoming.headers, &incoming.body) => {
                Err(not_google(OPERATION, incoming.status, &incoming.headers, &incoming.body))
            }
            Ok(_) => Ok(()),
            Err(error) if error.kind == Kind::NoSuchKey => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn list_buckets(&self) -> Result<Vec<BucketInfo>, ProviderError> {
        let Some(project) = &self.shared.project else {
            let message = "buckets are listed by project, and none is known";
            return Err(ProviderError::new(Kind::Unsupported, "storage.buckets.list", message)
                .with_hint("set project_id of the integration"));
        };
        list_buckets(self.wire(), &self.token().await?, project).await
    }

    async fn may_read_bucket_policy(&self) -> Result<(), ProviderError> {
        self.may_read("storage.buckets.getIamPolicy", "/iam?fields=kind,etag").await
    }

    async fn may_read_bucket_acl(&self) -> Result<(), ProviderError> {
        // A bucket with uniform access has no lists, and says so with 400 to whoever may ask.
        self.may_read("storage.bucketAccessControls.list", "/acl?fields=kind").await.map_err(|error| match error.kind {
            Kind::BadRequest => ProviderError { kind: Kind::NotImplemented, ..error },
            _ => error,
        })
    }
}

impl Objects {
    async fn may_read(&self, operation: &'static str, rest: &str) -> Result<(), ProviderError> {
        let incoming = self.ask(|| self.call(operation, About::Bucket, Method::GET, rest)).await?;
        let document: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_slice(&incoming.body).ok();
        match document {
            Some(_) => Ok(()),
            None => Err(not_google(operation, incoming.status, &incoming.headers, &incoming.body)),
        }
    }
}

fn is_generation(tag: &str) -> bool {
    (2..=19).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_digit())
}

/// Google encrypts everything itself: the only header of a write that means something here is its type.
fn content_type(operation: &'static str, headers: &[(String, String)]) -> Result<String, ProviderError> {
    let mut found = None;
    for (name, value) in headers {
        if !name.eq_ignore_ascii_case("content-type") {
            return Err(foreign_header(operation, name));
        }
        found = Some(value.clone());
    }
    Ok(found.unwrap_or_else(|| "application/octet-stream".to_owned()))
}

/// The refusal of a header of S3.
pub(in crate::gcp) fn foreign_header(operation: &'static str, name: &str) -> ProviderError {
    let message = format!("Cloud Storage does not know the header {}", name.escape_debug());
    ProviderError::new(Kind::Unsupported, operation, message).with_hint(
        "leave the encryption of the datasource out: Google encrypts every object, with the bucket's own key if it has one",
    )
}
