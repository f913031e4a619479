//! The objects of one directory. The file system is asked on threads of its own.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::place::BucketName;
use domain::provider::{
    BucketInfo, GetAsk, ListAsk, Listing, ObjectStorage, ProviderError, ProviderErrorKind as Kind, PutAsk, Stored,
    UploadAsk,
};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use rustix::fs::Stat;

use super::folder::{self, Root, etag, meaning};
use super::name::split;
use super::turns::Turns;
use super::walk::{self, Bounds};
use super::write::{self, Unfinished};

/// So much of a file is read at once.
const PIECE: usize = 256 * 1024;

/// The objects of one bucket.
pub(super) struct LocalStorage {
    pub(super) root: Arc<Root>,
    pub(super) bucket: BucketName,
    pub(super) turns: Arc<Turns>,
}

impl LocalStorage {
    /// Does work of the file system elsewhere: it may block for long.
    async fn work<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Root, &str) -> io::Result<T> + Send + 'static,
    ) -> Result<T, ProviderError> {
        let (root, bucket) = (self.root.clone(), self.bucket.clone());
        let done = tokio::task::spawn_blocking(move || work(&root, bucket.as_str())).await;
        let done = done.map_err(|_| ProviderError::new(Kind::Unavailable, operation, "the work broke off"))?;
        done.map_err(|error| meaning(operation, &error))
    }

    /// The same in its turn, which it has until it is done, even if nobody waits for it any more.
    async fn work_in_turn<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Root, &str) -> io::Result<T> + Send + 'static,
    ) -> Result<T, ProviderError> {
        let turn = self.turns.take(operation).await?;
        self.work(operation, move |root, bucket| {
            let done = work(root, bucket);
            drop(turn);
            done
        })
        .await
    }

    async fn open(&self, operation: &'static str, key: &str) -> Result<(File, Stat), ProviderError> {
        let key = key.to_owned();
        self.work(operation, move |root, bucket| {
            let Ok((way, name)) = split(&key) else { return Err(io::ErrorKind::NotFound.into()) };
            let mut at = root.descend(&[bucket])?;
            for part in way {
                at = folder::subdirectory(&at, part)?;
            }
            folder::file(&at, name)
        })
        .await
    }

    /// Begins an object, if a file can have the name of its key.
    async fn begin(&self, operation: &'static str, key: &str) -> Result<Unfinished, ProviderError> {
        if let Err(why) = split(key) {
            return Err(ProviderError::new(Kind::BadRequest, operation, format!("no file can have this key: {why}")));
        }
        let (key, own) = (key.to_owned(), own_word());
        self.work(operation, move |root, bucket| match split(&key) {
            Ok((way, name)) => Unfinished::begin(root, bucket, &way, name, &own),
            Err(_) => Err(io::ErrorKind::InvalidFilename.into()),
        })
        .await
    }
}

/// Unique on this machine: what is left of a crash is never met again.
fn own_word() -> String {
    let mut random = [0_u8; 16];
    // Without randomness the file exists already at worst, and is refused.
    let _ = aws_lc_rs::rand::fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn stored(key: &str, stat: &Stat) -> Stored {
    Stored {
        size: u64::try_from(stat.st_size).ok(),
        etag: Some(etag(stat)),
        modified: walk::modified(stat),
        content_type: mime_guess::from_path(key).first_raw().map(str::to_owned),
        ..Stored::default()
    }
}

/// The rest of a file from where it stands, so many bytes of it.
fn pieces(file: File, left: u64) -> BoxStream<'static, Result<Bytes, ProviderError>> {
    futures::stream::try_unfold((file, left), |(file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let (piece, file) = piece(file, left).await?;
        let left = left.saturating_sub(u64::try_from(piece.len()).unwrap_or_default());
        Ok(Some((Bytes::from(piece), (file, left))))
    })
    .boxed()
}

async fn piece(mut file: File, left: u64) -> Result<(Vec<u8>, File), ProviderError> {
    const OPERATION: &str = "read";
    let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
    let read = tokio::task::spawn_blocking(move || {
        let mut piece = vec![0; most];
        let count = file.read(&mut piece)?;
        piece.truncate(count);
        io::Result::Ok((piece, file))
    });
    let broke = |_| ProviderError::new(Kind::Unavailable, OPERATION, "the work broke off");
    let (piece, file) = read.await.map_err(broke)?.map_err(|error| meaning(OPERATION, &error))?;
    match piece.is_empty() {
        // Whoever reads must not take it for whole.
        true => Err(ProviderError::new(Kind::Network, OPERATION, "the file became shorter while it was read")),
        false => Ok((piece, file)),
    }
}

#[async_trait]
impl ObjectStorage for LocalStorage {
    async fn list(&self, ask: &ListAsk) -> Result<Listing, ProviderError> {
        let ask = ask.clone();
        let listed = self.work_in_turn("list", move |root, bucket| walk::list(root, bucket, &ask, Bounds::USUAL)).await;
        listed.map_err(|error| match error.kind {
            Kind::NoSuchKey => ProviderError::new(
                Kind::NoSuchBucket,
                "list",
                format!("there is no directory '{}' in the connected folder", self.bucket),
            ),
            _ => error,
        })
    }

    async fn head(&self, key: &str) -> Result<Stored, ProviderError> {
        let (_, stat) = self.open("head", key).await?;
        Ok(stored(key, &stat))
    }

    async fn get(
        &self,
        ask: &GetAsk,
    ) -> Result<(Stored, BoxStream<'static, Result<Bytes, ProviderError>>), ProviderError> {
        let (mut file, stat) = self.open("read", &ask.key).await?;
        let size = u64::try_from(stat.st_size).unwrap_or_default();
        let (first, last) = ask.range.unwrap_or((0, u64::MAX));
        let left = last.saturating_add(1).min(size).saturating_sub(first);
        if first > 0 {
            file.seek(SeekFrom::Start(first)).map_err(|error| meaning("read", &error))?;
        }
        Ok((stored(&ask.key, &stat), pieces(file, left)))
    }

    async fn put(&self, ask: &PutAsk) -> Result<Stored, ProviderError> {
        let unfinished = self.begin("write", &ask.key).await?;
        let (body, condition, size) = (ask.body.clone(), ask.condition.clone(), ask.body.len());
        let etag = self.work("write", move |_, _| {
            let mut unfinished = unfinished;
            unfinished.write(&body)?;
            unfinished.finish(&condition)
        });
        Ok(Stored { size: u64::try_from(size).ok(), etag: Some(etag.await?), ..Stored::default() })
    }

    async fn upload(&self, mut ask: UploadAsk) -> Result<Stored, ProviderError> {
        const OPERATION: &str = "write";
        let wrong = |message: &str| ProviderError::new(Kind::BadRequest, OPERATION, message.to_owned());
        let mut unfinished = self.begin(OPERATION, &ask.key).await?;
        let mut come = 0_u64;
        while let Some(piece) = ask.body.next().await {
            let piece = piece.map_err(|_| wrong("the body broke off; nothing was kept"))?;
            come = come.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if come > ask.length {
                return Err(wrong("the body is longer than it was said to be; nothing was kept"));
            }
            let work = move |_: &Root, _: &str| {
                unfinished.write(&piece)?;
                Ok(unfinished)
            };
            unfinished = self.work(OPERATION, work).await?;
        }
        if come != ask.length {
            return Err(wrong("the body is shorter than it was said to be; nothing was kept"));
        }
        let condition = ask.condition.clone();
        let etag = self.work(OPERATION, move |_, _| unfinished.finish(&condition)).await?;
        Ok(Stored { size: Some(come), etag: Some(etag), ..Stored::default() })
    }

    async fn delete(&self, key: &str, _version: Option<&str>) -> Result<(), ProviderError> {
        let key = key.to_owned();
        self.work("delete", move |root, bucket| match split(&key) {
            Ok((way, name)) => write::remove(root, bucket, &way, name),
            Err(_) => Ok(()),
        })
        .await
    }

    async fn list_buckets(&self) -> Result<Vec<BucketInfo>, ProviderError> {
        let names = self.work_in_turn("list buckets", |root, _| walk::buckets(root)).await?;
        let known = names.into_iter().filter(|name| name.parse::<BucketName>().is_ok());
        Ok(known.map(|name| BucketInfo { name }).collect())
    }

    async fn may_read_bucket_policy(&self) -> Result<(), ProviderError> {
        Err(ProviderError::new(Kind::NotImplemented, "policy", "a directory has no policy"))
    }

    async fn may_read_bucket_acl(&self) -> Result<(), ProviderError> {
        Err(ProviderError::new(Kind::NotImplemented, "acl", "the modes of files are the operator's care"))
    }
}
