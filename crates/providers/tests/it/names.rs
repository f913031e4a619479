//! Names of objects as every provider keeps them: each printable character of ASCII, and what lies at the edges of
//! Unicode. What one of them cannot hold is refused before it is asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use domain::clock::SystemClock;
use domain::integration::ExternalId;
use domain::place::{BucketName, MAX_KEY};
use domain::provider::{
    ConnectAsk, Connection, ListAsk, ObjectStorage, ProviderErrorKind as Kind, PutAsk, PutCondition, Session, SignAsk,
    UrlsBy,
};
use domain::scope::{Access, Verb};
use futures::{Stream, StreamExt as _};
use testkit::azure::AzureCall;
use tidegate_providers::{Deps, LocalDeps, registry};

use crate::azure::world::{self as azure, CONTRIBUTOR, sign, sign_ask};
use crate::gcp_double::world::{self as gcp, USER};
use crate::store;

/// Of Latin-1, at the edges of the lengths of UTF-8 and of the planes, what joins to its neighbour, what cannot be
/// seen, and what is no character at all.
const BEYOND: [char; 18] = [
    '\u{a0}',
    '\u{ad}',
    'é',
    'ÿ',
    '\u{301}',
    '\u{7ff}',
    '\u{800}',
    '\u{200d}',
    '\u{2028}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{feff}',
    '\u{fffd}',
    '\u{fffe}',
    '\u{ffff}',
    '\u{10000}',
    '\u{1f600}',
    '\u{10ffff}',
];

/// So many requests at once.
const AT_ONCE: usize = 8;

/// Every character between others, and each that is neither letter nor digit alone; two names that look alike; and
/// the longest there is.
fn names(folder: &str) -> Vec<String> {
    let each = || (' '..='~').chain(BEYOND);
    let within = each().map(|c| format!("{folder}a{c}b"));
    let alone = each().filter(|c| !c.is_ascii_alphanumeric()).map(|c| format!("{folder}{c}"));
    within.chain(alone).chain([format!("{folder}e\u{301}"), longest(folder)]).collect()
}

/// As long as a key can be, in parts that files can be named.
fn longest(folder: &str) -> String {
    let mut name = folder.to_owned();
    while MAX_KEY - name.len() > 200 {
        name += &format!("{}/", "x".repeat(199));
    }
    let left = MAX_KEY - name.len();
    name + &"k".repeat(left)
}

/// A place, and how it is reached.
struct Place {
    session: Arc<dyn Session>,
    storage: Arc<dyn ObjectStorage>,
    bucket: BucketName,
    folder: String,
    /// What a URL that writes is signed with; nothing where Tidegate serves URLs itself.
    put_headers: Option<Vec<(String, String)>>,
}

impl Place {
    async fn of(connection: &Arc<dyn Connection>, bucket: &BucketName, folder: &str) -> Self {
        let session = connection.open_session(&store::session_ask(None)).await.unwrap();
        let storage = session.storage(bucket, None).unwrap();
        let facts = connection.facts();
        let put_headers = (facts.urls != UrlsBy::Tidegate).then(|| facts.put_headers.clone());
        Self { session, storage, bucket: bucket.clone(), folder: folder.to_owned(), put_headers }
    }

    /// Everything that can be done with an object is done with every one of these.
    async fn keeps(&self, names: &[String]) {
        self.holds(names).await;
        assert_eq!(self.listed().await, names.iter().cloned().collect::<BTreeSet<_>>());
        each(names.iter().map(|name| self.remove(name))).await;
        assert_eq!(self.listed().await, BTreeSet::new());
    }

    /// All are written before any is looked at: no two of them are one.
    async fn holds(&self, names: &[String]) {
        each(names.iter().map(|name| self.write(name))).await;
        each(names.iter().map(|name| self.look(name))).await;
        each(names.iter().map(|name| self.by_url(name))).await;
    }

    async fn write(&self, name: &str) {
        let put = put(name, name);
        self.storage.put(&put).await.unwrap_or_else(|error| panic!("{name:?}: {error:?}"));
    }

    async fn listed(&self) -> BTreeSet<String> {
        let ask = ListAsk { prefix: self.folder.clone(), limit: 1000, ..ListAsk::default() };
        self.storage.list(&ask).await.unwrap().items.into_iter().map(|item| item.key).collect()
    }

    async fn look(&self, name: &str) {
        let stored = self.storage.head(name).await.unwrap_or_else(|error| panic!("{name:?}: {error:?}"));
        assert_eq!(stored.size, u64::try_from(name.len()).ok(), "{name:?}");
        assert_eq!(azure::read(&self.storage, name, None).await.1, name, "{name:?}");
    }

    /// As somebody who has nothing else.
    async fn by_url(&self, name: &str) {
        let Some(headers) = self.put_headers.clone() else { return };
        let get = self.url(Verb::Get, Vec::new(), name).await;
        assert_eq!(azure::fetch("GET", &get, &[], b"").await.ok().text(), name, "{name:?}");
        let put = self.url(Verb::Put, headers.clone(), name).await;
        let sent: Vec<_> = headers.iter().map(|(header, value)| (header.as_str(), value.as_str())).collect();
        azure::fetch("PUT", &put, &sent, b"by url").await.ok();
        assert_eq!(azure::read(&self.storage, name, None).await.1, "by url", "{name:?}");
    }

    async fn url(&self, verb: Verb, headers: Vec<(String, String)>, name: &str) -> String {
        let ask = SignAsk { headers, ..sign_ask(&self.bucket, verb) };
        sign(&self.session, &ask, name).await.unwrap_or_else(|error| panic!("{name:?}: {error:?}"))
    }

    async fn remove(&self, name: &str) {
        self.storage.delete(name, None).await.unwrap_or_else(|error| panic!("{name:?}: {error:?}"));
        assert_eq!(self.storage.head(name).await.unwrap_err().kind, Kind::NoSuchKey, "{name:?}");
    }

    /// What cannot be held is said so, and nothing is written.
    async fn refuses(&self, names: &[String], kind: Kind) {
        for name in names {
            let error = self.storage.put(&put(name, "x")).await.unwrap_err();
            assert_eq!(error.kind, kind, "{name:?}: {error:?}");
            assert!(self.storage.head(name).await.is_err(), "{name:?}");
            if self.put_headers.is_some() {
                let signed = sign(&self.session, &sign_ask(&self.bucket, Verb::Put), name).await;
                assert_eq!(signed.unwrap_err().kind, kind, "{name:?}");
            }
        }
        assert_eq!(self.listed().await, BTreeSet::new());
    }
}

fn put(name: &str, body: &str) -> PutAsk {
    let (key, body) = (name.to_owned(), Bytes::from(body.to_owned()));
    PutAsk { key, body, condition: PutCondition::None, headers: Vec::new() }
}

async fn each(work: impl Iterator<Item = impl Future<Output = ()>>) {
    let done: &mut (dyn Stream<Item = ()> + Unpin) = &mut futures::stream::iter(work).buffer_unordered(AT_ONCE);
    while done.next().await.is_some() {}
}

/// Those that a provider keeps, and the others.
fn split(folder: &str, keeps: impl Fn(&str) -> bool) -> (Vec<String>, Vec<String>) {
    names(folder).into_iter().partition(|name| keeps(&name[folder.len()..]))
}

#[tokio::test]
async fn every_name_is_kept_by_urls_and_by_a_narrowed_credential_where_a_double_of_google_decides() {
    let world = gcp::World::new().await;
    let connection = world.by_key("writer", USER);
    let whole = Place::of(&connection, &world.bucket_name(), "n/").await;
    whole.keeps(&names("n/")).await;
    let narrowed = gcp::session_ask(Some(world.scope("n/", Access::ReadWrite)));
    let narrowed = connection.open_session(&narrowed).await.unwrap();
    let storage = narrowed.storage(&world.bucket_name(), None).unwrap();
    Place { session: narrowed, storage, put_headers: None, ..whole }.keeps(&names("n/")).await;
}

#[tokio::test]
async fn every_name_is_kept_by_azurite_but_what_azure_reads_as_another() {
    let world = azure::World::with_role(CONTRIBUTOR).await;
    let place = Place::of(&world.by_secret(&[]), &world.bucket(), "n/").await;
    let (kept, refused) = split("n/", |name| !name.contains('\\') && !name.ends_with(['.', '/']));
    assert_eq!(refused, ["n/a\\b", "n/.", "n//", "n/\\"]);
    // Azure lists what XML cannot hold percent-encoded; Azurite answers such a listing with 500.
    let (unlisted, kept): (Vec<_>, Vec<_>) = kept.into_iter().partition(|name| name.contains(['\u{fffe}', '\u{ffff}']));
    assert_eq!(unlisted.len(), 4);
    place.keeps(&kept).await;
    place.holds(&unlisted).await;
    each(unlisted.iter().map(|name| place.remove(name))).await;
    let before = world.front.calls_of(AzureCall::BlobPut).len();
    place.refuses(&refused, Kind::Unsupported).await;
    assert_eq!(world.front.calls_of(AzureCall::BlobPut).len(), before, "it was asked");
}

#[tokio::test]
async fn every_name_is_kept_by_seaweedfs_but_what_it_takes_for_a_path() {
    let folder = store::own_prefix("");
    store::root().await;
    let connection = store::connect("s3-compatible", Some(store::ROOT), &[]);
    let place = Place::of(&connection, &store::bucket(), &folder).await;
    // It resolves dots and slashes, and takes `\` for a slash: what it does with these is its own affair.
    let (kept, left) = split(&folder, |name| !name.contains('\\') && !matches!(name, "." | "/"));
    assert_eq!(left.len(), 4);
    place.keeps(&kept).await;
}

#[tokio::test]
async fn every_name_is_kept_by_a_directory_but_what_no_file_is_called() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("bucket")).unwrap();
    let place = Place::of(&directory(root.path()), &"bucket".parse().unwrap(), "n/").await;
    let (kept, mut refused) = split("n/", |name| !matches!(name, "." | "/"));
    assert_eq!(refused, ["n/.", "n//"]);
    place.keeps(&kept).await;
    let long = format!("n/{}", "k".repeat(MAX_KEY - 2));
    let error = place.storage.put(&put(&long, "x")).await.unwrap_err();
    assert!(error.message.contains("at most 255 bytes"), "{error:?}");
    refused.extend([long, format!("n/{}", "é".repeat(128)), "n/..".to_owned(), "n/a\0b".to_owned()]);
    place.refuses(&refused, Kind::BadRequest).await;
    place.keeps(&[format!("n/{}", "k".repeat(255))]).await;
}

fn directory(root: &std::path::Path) -> Arc<dyn Connection> {
    let transport = net::Transport::new(net::EgressConfig::default()).unwrap();
    let bare = Deps::bare(transport, Arc::new(SystemClock)).unwrap();
    let deps = Deps { local: LocalDeps { allow: vec![root.to_path_buf()] }, ..bare };
    let ask = ConnectAsk {
        project: "acme".to_owned(),
        external_id: ExternalId::new(),
        identity: None,
        settings: [("path".to_owned(), root.display().to_string())].into(),
        secrets: [].into(),
    };
    registry(deps).get("local-directory").unwrap().connect(ask).unwrap_or_else(|error| panic!("{error:?}"))
}
