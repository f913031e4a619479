//! The blobs of one container, with whatever allows it.

use async_trait::async_trait;
use bytes::Bytes;
use domain::provider::{
    BucketInfo, GetAsk, ListAsk, Listing, ObjectStorage, ProviderError, ProviderErrorKind as Kind, PutAsk,
    PutCondition, Stored,
};
use domain::scope::Scope;
use futures::stream::BoxStream;
use http::Method;

use super::names::wrong_blob;
use super::stored::stored;
use super::wire::{Call, Client};
use super::{BLOCK_BLOB, list};

/// So many pages are looked through for a key to begin after; Azure begins nowhere but at the start.
const MOST_SKIPPED: usize = 100;

/// So many pages of containers are asked for.
const MOST_CONTAINER_PAGES: usize = 10;

/// The blobs of one container.
pub(super) struct Blobs {
    pub(super) client: Client,
    pub(super) container: String,
    pub(super) hierarchical: bool,
    /// What the signature in use was made for, where one is.
    pub(super) within: Option<Scope>,
}

impl Blobs {
    fn of_blob(&self, operation: &'static str, method: Method, key: &str) -> Result<Call, ProviderError> {
        let written = method == Method::PUT;
        if let Some(why) = wrong_blob(key, self.hierarchical, written) {
            return Err(ProviderError::new(Kind::Unsupported, operation, why).with_hint("choose another name"));
        }
        Ok(Call::new(operation, method, self.client.address.path(Some(&self.container), Some(key))))
    }

    fn of_container(&self, operation: &'static str) -> Call {
        Call::new(operation, Method::GET, self.client.address.path(Some(&self.container), None))
            .query([("restype", "container")])
    }

    async fn page(&self, ask: &ListAsk, marker: Option<&str>) -> Result<Listing, ProviderError> {
        const OPERATION: &str = "blob:ListBlobs";
        let limit = ask.limit.clamp(1, 1000).to_string();
        let mut call = self.of_container(OPERATION).query([("comp", "list"), ("maxresults", &limit)]);
        let given = [("prefix", Some(ask.prefix.as_str()).filter(|prefix| !prefix.is_empty()))];
        let given = given.into_iter().chain([("delimiter", ask.delimiter.as_deref()), ("marker", marker)]);
        call.query.extend(given.filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))));
        let outside = !self.holds(&ask.prefix);
        let incoming = self.client.ask(&call).await.map_err(|error| beyond(error, outside))?;
        list::blobs(OPERATION, &incoming)
    }

    /// Whether the signature in use was made for this place.
    fn holds(&self, place: &str) -> bool {
        self.within.as_ref().is_none_or(|scope| scope.bucket.as_str() == self.container && scope.prefix.holds(place))
    }
}

/// A signature does not fit what it was not made for, so Azure answers as if it were forged; where it is known
/// that the request lies outside, that answer is the refusal of it.
fn beyond(error: ProviderError, outside: bool) -> ProviderError {
    if !outside || error.kind != Kind::BadCredentials {
        return error;
    }
    ProviderError { kind: Kind::Denied, message: "the signature is not for this place".to_owned(), ..error }
}

/// All of the service's containers, or the first many.
pub(super) async fn list_containers(client: &Client, most: usize) -> Result<Vec<BucketInfo>, ProviderError> {
    const OPERATION: &str = "blob:ListContainers";
    let (mut all, mut marker) = (Vec::new(), None::<String>);
    for _ in 0..MOST_CONTAINER_PAGES {
        let limit = most.to_string();
        let call = Call::new(OPERATION, Method::GET, client.address.path(None, None));
        let mut call = call.query([("comp", "list"), ("maxresults", &limit)]);
        call.query.extend(marker.take().map(|marker| ("marker".to_owned(), marker)));
        let (names, next) = list::containers(OPERATION, &client.ask(&call).await?)?;
        all.extend(names);
        marker = next;
        if marker.is_none() || all.len() >= most {
            break;
        }
    }
    Ok(all)
}

#[async_trait]
impl ObjectStorage for Blobs {
    async fn list(&self, ask: &ListAsk) -> Result<Listing, ProviderError> {
        let mut marker = ask.token.clone();
        for _ in 0..MOST_SKIPPED {
            let mut page = self.page(ask, marker.as_deref()).await?;
            let Some(after) = &ask.start_after else { return Ok(page) };
            page.items.retain(|item| item.key > *after);
            page.prefixes.retain(|prefix| prefix > after);
            if !(page.items.is_empty() && page.prefixes.is_empty()) || page.next.is_none() {
                return Ok(page);
            }
            marker = page.next;
        }
        let message = "Azure lists from the start only, and there is too much before the key to begin after";
        Err(ProviderError::new(Kind::Unsupported, "blob:ListBlobs", message).with_hint("give a longer prefix"))
    }

    async fn head(&self, key: &str) -> Result<Stored, ProviderError> {
        const OPERATION: &str = "blob:GetBlobProperties";
        let call = self.of_blob(OPERATION, Method::HEAD, key)?;
        let incoming = self.client.ask(&call).await.map_err(|error| beyond(error, !self.holds(key)))?;
        stored(OPERATION, incoming.status, &incoming.headers)
    }

    async fn get(
        &self,
        ask: &GetAsk,
    ) -> Result<(Stored, BoxStream<'static, Result<Bytes, ProviderError>>), ProviderError> {
        const OPERATION: &str = "blob:GetBlob";
        let mut call = self.of_blob(OPERATION, Method::GET, &ask.key)?;
        call.headers.extend(ask.range.map(|(first, last)| ("range".to_owned(), format!("bytes={first}-{last}"))));
        let incoming = self.client.stream(&call).await.map_err(|error| beyond(error, !self.holds(&ask.key)))?;
        Ok((stored(OPERATION, incoming.status, &incoming.headers)?, incoming.body))
    }

    async fn put(&self, ask: &PutAsk) -> Result<Stored, ProviderError> {
        const OPERATION: &str = "blob:PutBlob";
        let mut call = self.of_blob(OPERATION, Method::PUT, &ask.key)?;
        let (kind, block) = BLOCK_BLOB;
        call.headers.push((kind.to_owned(), block.to_owned()));
        // Headers of S3 mean nothing here: what is stored is encrypted anyway.
        call.headers.extend(ask.headers.iter().filter(|(name, _)| !name.starts_with("x-amz-")).cloned());
        match &ask.condition {
            PutCondition::None => {}
            PutCondition::Absent => call.headers.push(("if-none-match".to_owned(), "*".to_owned())),
            PutCondition::Matches(etag) => {
                call.headers.push(("if-match".to_owned(), format!("\"{}\"", etag.trim_matches('"'))));
            }
        }
        call.body = ask.body.clone();
        let incoming = self.client.ask(&call).await.map_err(|error| beyond(error, !self.holds(&ask.key)))?;
        let answered = stored(OPERATION, incoming.status, &incoming.headers)?;
        Ok(Stored { size: u64::try_from(ask.body.len()).ok(), ..answered })
    }

    async fn delete(&self, key: &str, version: Option<&str>) -> Result<(), ProviderError> {
        const OPERATION: &str = "blob:DeleteBlob";
        let mut call = self.of_blob(OPERATION, Method::DELETE, key)?;
        call.query.extend(version.map(|version| ("versionid".to_owned(), version.to_owned())));
        match self.client.ask(&call).await.map_err(|error| beyond(error, !self.holds(key))) {
            Ok(incoming) => stored(OPERATION, incoming.status, &incoming.headers).map(drop),
            Err(error) if error.kind == Kind::NoSuchKey => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn list_buckets(&self) -> Result<Vec<BucketInfo>, ProviderError> {
        let outside = self.within.is_some();
        list_containers(&self.client, 5000).await.map_err(|error| beyond(error, outside))
    }

    async fn may_read_bucket_policy(&self) -> Result<(), ProviderError> {
        const OPERATION: &str = "blob:GetContainerACL";
        let call = self.of_container(OPERATION).query([("comp", "acl")]);
        let outside = self.within.is_some();
        let incoming = self.client.ask(&call).await.map_err(|error| beyond(error, outside))?;
        stored(OPERATION, incoming.status, &incoming.headers).map(drop)
    }

    async fn may_read_bucket_acl(&self) -> Result<(), ProviderError> {
        let message = "Azure has one such document of a container, which was asked for as its policy";
        Err(ProviderError::new(Kind::NotImplemented, "blob:GetContainerACL", message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: Kind) -> ProviderError {
        ProviderError::new(kind, "blob:ListBlobs", "no")
    }

    #[test]
    fn a_signature_that_does_not_fit_is_a_refusal_only_outside_of_its_place() {
        assert_eq!(beyond(error(Kind::BadCredentials), true).kind, Kind::Denied);
        assert_eq!(beyond(error(Kind::BadCredentials), false).kind, Kind::BadCredentials);
        for kind in [Kind::ExpiredCredentials, Kind::Timeout, Kind::Unavailable, Kind::NoSuchBucket] {
            assert_eq!(beyond(error(kind), true).kind, kind);
        }
    }
}
