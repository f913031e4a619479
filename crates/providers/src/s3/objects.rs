//! The objects of one bucket, with one set of keys.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::provider::{
    BucketInfo, GetAsk, ListAsk, Listing, ObjectStorage, ProviderError, PutAsk, PutCondition, Stored,
};
use futures::stream::BoxStream;
use http::Method;
use signing::Endpoint;

use super::list::{buckets, listing};
use super::stored::stored;
use crate::answer::not_the_provider;
use crate::signed::{Call, KeySet, Wire};

/// The objects of one bucket.
pub(crate) struct Objects {
    pub(crate) wire: Wire,
    pub(crate) keys: Arc<KeySet>,
    pub(crate) endpoint: Endpoint,
    pub(crate) region: String,
    pub(crate) bucket: String,
}

impl Objects {
    fn call(&self, operation: &'static str, method: Method) -> Call<'_> {
        Call { bucket: Some(&self.bucket), ..Call::s3(operation, method, &self.region, &self.endpoint) }
    }

    /// `HEAD` of the bucket: only its headers say anything.
    pub(crate) async fn head_bucket(&self) -> Result<net::Incoming, ProviderError> {
        self.wire.send(&self.keys, self.call("s3:HeadBucket", Method::HEAD)).await
    }

    async fn subresource(&self, operation: &'static str, name: &str) -> Result<(), ProviderError> {
        let call = Call { query: vec![(name.to_owned(), String::new())], ..self.call(operation, Method::GET) };
        let incoming = self.wire.ask(&self.keys, call).await?;
        if crate::answer::is_web_page(&incoming.headers, &incoming.body) {
            return Err(not_the_provider(operation, incoming.status, &incoming.headers, &incoming.body));
        }
        Ok(())
    }
}

/// The buckets that these keys may see.
pub(crate) async fn list_buckets(
    wire: &Wire,
    keys: &KeySet,
    endpoint: &Endpoint,
    region: &str,
) -> Result<Vec<BucketInfo>, ProviderError> {
    const OPERATION: &str = "s3:ListAllMyBuckets";
    let incoming = wire.ask(keys, Call::s3(OPERATION, Method::GET, region, endpoint)).await?;
    buckets(OPERATION, &incoming)
}

#[async_trait]
impl ObjectStorage for Objects {
    async fn list(&self, ask: &ListAsk) -> Result<Listing, ProviderError> {
        const OPERATION: &str = "s3:ListBucket";
        let fixed = [("list-type", "2".to_owned()), ("encoding-type", "url".to_owned())];
        let always = [("prefix", ask.prefix.clone()), ("max-keys", ask.limit.clamp(1, 1000).to_string())];
        let given = [
            ("delimiter", ask.delimiter.clone()),
            ("continuation-token", ask.token.clone()),
            ("start-after", ask.start_after.clone()),
        ];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let query =
            fixed.into_iter().chain(always).chain(given).map(|(name, value)| (name.to_owned(), value)).collect();
        let incoming = self.wire.ask(&self.keys, Call { query, ..self.call(OPERATION, Method::GET) }).await?;
        listing(OPERATION, &incoming)
    }

    async fn head(&self, key: &str) -> Result<Stored, ProviderError> {
        // AWS asks for the right to GetObject.
        const OPERATION: &str = "s3:HeadObject";
        let incoming = self.wire.ask(&self.keys, Call { key, ..self.call(OPERATION, Method::HEAD) }).await?;
        stored(OPERATION, incoming.status, &incoming.headers)
    }

    async fn get(
        &self,
        ask: &GetAsk,
    ) -> Result<(Stored, BoxStream<'static, Result<Bytes, ProviderError>>), ProviderError> {
        const OPERATION: &str = "s3:GetObject";
        let range = ask.range.map(|(first, last)| ("range".to_owned(), format!("bytes={first}-{last}")));
        let headers = range.into_iter().collect();
        let call = Call { key: &ask.key, headers, ..self.call(OPERATION, Method::GET) };
        let incoming = self.wire.stream(&self.keys, call).await?;
        Ok((stored(OPERATION, incoming.status, &incoming.headers)?, incoming.body))
    }

    async fn put(&self, ask: &PutAsk) -> Result<Stored, ProviderError> {
        const OPERATION: &str = "s3:PutObject";
        let mut headers = ask.headers.clone();
        match &ask.condition {
            PutCondition::None => {}
            PutCondition::Absent => headers.push(("if-none-match".to_owned(), "*".to_owned())),
            PutCondition::Matches(etag) => headers.push(("if-match".to_owned(), format!("\"{etag}\""))),
        }
        let call = Call { key: &ask.key, headers, body: ask.body.clone(), ..self.call(OPERATION, Method::PUT) };
        let incoming = self.wire.ask(&self.keys, call).await?;
        let answered = stored(OPERATION, incoming.status, &incoming.headers)?;
        Ok(Stored { size: u64::try_from(ask.body.len()).ok(), ..answered })
    }

    async fn delete(&self, key: &str, version: Option<&str>) -> Result<(), ProviderError> {
        const OPERATION: &str = "s3:DeleteObject";
        let query = version.map(|version| ("versionId".to_owned(), version.to_owned())).into_iter().collect();
        let call = Call { key, query, ..self.call(OPERATION, Method::DELETE) };
        let incoming = self.wire.ask(&self.keys, call).await?;
        if crate::answer::is_web_page(&incoming.headers, &incoming.body) {
            return Err(not_the_provider(OPERATION, incoming.status, &incoming.headers, &incoming.body));
        }
        Ok(())
    }

    async fn list_buckets(&self) -> Result<Vec<BucketInfo>, ProviderError> {
        list_buckets(&self.wire, &self.keys, &self.endpoint, &self.region).await
    }

    async fn may_read_bucket_policy(&self) -> Result<(), ProviderError> {
        self.subresource("s3:GetBucketPolicy", "policy").await
    }

    async fn may_read_bucket_acl(&self) -> Result<(), ProviderError> {
        self.subresource("s3:GetBucketAcl", "acl").await
    }
}
