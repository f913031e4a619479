//! The objects of the double: in memory, within the scope of their session.

use async_trait::async_trait;
use bytes::Bytes;
use domain::proof::ProviderAnswer;
use domain::provider::{
    BucketInfo, GetAsk, ListAsk, Listing, ObjectEntry, ObjectStorage, ProviderError, ProviderErrorKind, PutAsk,
    PutCondition, Stored,
};
use domain::scope::Scope;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use jiff::Timestamp;

use super::{WorldDouble, denied};

pub(super) struct StorageDouble {
    pub(super) world: WorldDouble,
    pub(super) bucket: String,
    pub(super) scope: Option<Scope>,
}

impl StorageDouble {
    fn within(&self, operation: &'static str, key: &str, writes: bool) -> Result<(), ProviderError> {
        let inside = self.scope.as_ref().is_none_or(|scope| {
            let may = if writes { scope.access.writes() } else { scope.access.reads() };
            may && key.starts_with(scope.prefix.as_str())
        });
        if inside { self.world.answer(operation, key) } else { Err(denied(operation)) }
    }

    fn keep(&self, ask: &PutAsk) -> Result<Stored, ProviderError> {
        let mut world = self.world.lock();
        let there = world.objects.contains_key(&self.at(&ask.key));
        let holds = match &ask.condition {
            PutCondition::None => true,
            PutCondition::Absent => !there,
            PutCondition::Matches(_) => false,
        };
        if !holds {
            return Err(ProviderError::new(
                ProviderErrorKind::PreconditionFailed,
                "put",
                "the condition does not hold",
            ));
        }
        world.objects.insert(self.at(&ask.key), (ask.body.to_vec(), Timestamp::UNIX_EPOCH));
        Ok(Stored { version: world.versions.then(|| "v1".to_owned()), ..Stored::default() })
    }

    fn at(&self, key: &str) -> (String, String) {
        (self.bucket.clone(), key.to_owned())
    }
}

fn missing(operation: &'static str) -> ProviderError {
    ProviderError::new(ProviderErrorKind::NoSuchKey, operation, "no such key")
}

#[async_trait]
impl ObjectStorage for StorageDouble {
    async fn list(&self, ask: &ListAsk) -> Result<Listing, ProviderError> {
        self.within("list", &ask.prefix, false)?;
        self.world.hang("list").await;
        let world = self.world.lock();
        let entries = world.objects.iter().filter(|((bucket, key), _)| {
            *bucket == self.bucket && key.starts_with(&ask.prefix) && ask.token.as_ref().is_none_or(|token| key > token)
        });
        let mut listing = Listing::default();
        let mut last = None;
        for ((_, key), (body, modified)) in entries {
            let rest = key.get(ask.prefix.len()..).unwrap_or_default();
            let folder = ask.delimiter.as_ref().and_then(|cut| rest.find(cut.as_str()).map(|at| at + cut.len()));
            let folder = folder.map(|end| format!("{}{}", ask.prefix, rest.get(..end).unwrap_or_default()));
            let known = folder.as_ref().is_some_and(|folder| listing.prefixes.last() == Some(folder));
            if !known && listing.items.len() + listing.prefixes.len() == ask.limit as usize {
                listing.next = last;
                break;
            }
            match folder {
                Some(_) if known => {}
                Some(folder) => listing.prefixes.push(folder),
                None => listing.items.push(ObjectEntry {
                    key: key.clone(),
                    size: body.len() as u64,
                    etag: None,
                    modified: Some(*modified),
                }),
            }
            last = Some(key.clone());
        }
        Ok(listing)
    }

    async fn head(&self, key: &str) -> Result<Stored, ProviderError> {
        self.within("get", key, false)?;
        let world = self.world.lock();
        let (body, modified) = world.objects.get(&self.at(key)).ok_or_else(|| missing("head"))?;
        Ok(Stored {
            size: Some(body.len() as u64),
            modified: Some(*modified),
            content_type: Some("text/x-double".into()),
            metadata: vec![("label".into(), "cat".into())],
            ..Stored::default()
        })
    }

    async fn get(
        &self,
        ask: &GetAsk,
    ) -> Result<(Stored, BoxStream<'static, Result<Bytes, ProviderError>>), ProviderError> {
        self.within("get", &ask.key, false)?;
        let found = self.world.lock().objects.get(&self.at(&ask.key)).cloned();
        if found.is_some() && self.world.lock().archived {
            let answer = ProviderAnswer { code: Some("InvalidObjectState".to_owned()), ..ProviderAnswer::default() };
            return Err(denied("get").with_answer(answer));
        }
        let (body, _) = found.ok_or_else(|| missing("get"))?;
        let stored = Stored { size: Some(body.len() as u64), ..Stored::default() };
        Ok((stored, futures::stream::once(async move { Ok(Bytes::from(body)) }).boxed()))
    }

    async fn put(&self, ask: &PutAsk) -> Result<Stored, ProviderError> {
        self.within("put", &ask.key, true)?;
        let stored = self.keep(ask)?;
        self.world.hang("put").await;
        Ok(stored)
    }

    async fn delete(&self, key: &str, _version: Option<&str>) -> Result<(), ProviderError> {
        self.within("delete", key, true)?;
        self.world.lock().objects.remove(&self.at(key));
        Ok(())
    }

    async fn list_buckets(&self) -> Result<Vec<BucketInfo>, ProviderError> {
        self.within("list-buckets", "", false)?;
        let world = self.world.lock();
        let mut names: Vec<_> = world.objects.keys().map(|(bucket, _)| bucket.clone()).collect();
        names.dedup();
        Ok(names.into_iter().map(|name| BucketInfo { name }).collect())
    }

    async fn may_read_bucket_policy(&self) -> Result<(), ProviderError> {
        Err(denied("policy"))
    }

    async fn may_read_bucket_acl(&self) -> Result<(), ProviderError> {
        Err(denied("acl"))
    }
}
