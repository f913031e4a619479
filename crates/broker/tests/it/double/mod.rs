//! A double of a provider: a cloud in memory whose answers a test scripts.

mod connection;
mod storage;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use domain::fetch::{Fetch, PlainAnswer, PlainRequest};
use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, FieldKind, Provider, ProviderError,
    ProviderErrorKind, Rating, Setup, SetupAsk,
};
use domain::{Error, FieldError, Result};
use jiff::Timestamp;
use tokio::sync::Semaphore;

use self::connection::ConnectionDouble;

/// An object: its body, and when it was written.
type Stored = (Vec<u8>, Timestamp);

/// What the cloud of a test has and does.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// The role can be assumed by anybody.
    pub(crate) trusts_everybody: bool,
    /// Operations that are refused: `authenticate`, `assume`, `list`, `get`, `put`, `delete`.
    pub(crate) refused: BTreeSet<&'static str>,
    /// There is no bucket at all.
    pub(crate) no_bucket: bool,
    /// Operations that are never answered.
    pub(crate) silent: BTreeSet<&'static str>,
    /// Objects by bucket and key.
    pub(crate) objects: BTreeMap<(String, String), Stored>,
    /// What was asked, in order: the operation and the key, prefix or secret.
    pub(crate) asked: Vec<(&'static str, String)>,
    /// The store keeps versions.
    pub(crate) versions: bool,
    /// The so many-th of these operations is done and never answered: a check runs out of time over it.
    pub(crate) hangs: BTreeMap<&'static str, usize>,
    /// These operations wait until the test lets them go.
    pub(crate) held: BTreeMap<&'static str, Arc<Semaphore>>,
    /// The properties that the role ARN names.
    pub(crate) user_properties: Vec<String>,
    /// What the store says its region is, if not the usual one.
    pub(crate) region: Option<&'static str>,
    /// Every object is archived.
    pub(crate) archived: bool,
    /// The store honours `If-Match` on an absent key.
    pub(crate) conditional_replace: bool,
    /// `Access-Control-Allow-Origin` of every answer to a signed URL.
    pub(crate) cors: Option<&'static str>,
    /// The status and body of every answer to a signed URL, whatever is there.
    pub(crate) answers: Option<(u16, &'static str)>,
    /// The method signs no URLs.
    pub(crate) signs_nothing: bool,
    /// From when on the URLs of the proofs are valid.
    pub(crate) signed_at: Vec<Timestamp>,
}

/// Time passes at once while nothing else can happen, until this is dropped.
struct TimeFlies;

impl Drop for TimeFlies {
    fn drop(&mut self) {
        tokio::time::resume();
    }
}

/// The cloud of a test, shared by its provider, its network and the test.
#[derive(Debug, Clone)]
pub(crate) struct WorldDouble(Arc<Mutex<World>>);

impl WorldDouble {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(World::default())))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(crate) fn put(&self, bucket: &str, key: &str, body: &[u8], at: &str) {
        let at = at.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        self.lock().objects.insert((bucket.to_owned(), key.to_owned()), (body.to_vec(), at));
    }

    /// How often an operation was asked.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.lock().asked.iter().filter(|(asked, _)| *asked == operation).count()
    }

    /// The keys of a bucket.
    pub(crate) fn keys(&self, bucket: &str) -> Vec<String> {
        let world = self.lock();
        world.objects.keys().filter(|(in_bucket, _)| in_bucket == bucket).map(|(_, key)| key.clone()).collect()
    }

    /// Has an operation wait until the semaphore that is given has room.
    pub(crate) fn hold(&self, operation: &'static str) -> Arc<Semaphore> {
        let held = Arc::new(Semaphore::new(0));
        self.lock().held.insert(operation, held.clone());
        held
    }

    /// Waits, if the operation is held.
    async fn wait(&self, operation: &'static str) {
        let held = self.lock().held.get(operation).cloned();
        if let Some(held) = held {
            drop(held.acquire().await);
        }
    }

    /// Never answers, if this is the one of these operations that does not.
    async fn hang(&self, operation: &'static str) {
        let nth = self.count(operation);
        let hangs = self.lock().hangs.get(operation) == Some(&nth);
        if hangs {
            tokio::time::pause();
            let _flies = TimeFlies;
            std::future::pending::<()>().await;
        }
    }

    /// Writes down that something was asked, and answers as the test has scripted.
    fn answer(&self, operation: &'static str, about: &str) -> Result<(), ProviderError> {
        let mut world = self.lock();
        world.asked.push((operation, about.to_owned()));
        if world.silent.contains(operation) {
            return Err(ProviderError::new(ProviderErrorKind::Timeout, operation, "no answer in time"));
        }
        match world.refused.contains(operation) {
            true => Err(denied(operation)),
            false if world.no_bucket && matches!(operation, "list" | "get" | "put" | "delete") => {
                Err(ProviderError::new(ProviderErrorKind::NoSuchBucket, operation, "there is no such bucket"))
            }
            false => Ok(()),
        }
    }
}

fn denied(operation: &'static str) -> ProviderError {
    ProviderError::new(ProviderErrorKind::Denied, operation, "not allowed")
}

/// The method of a test.
pub(crate) struct ScriptedProviderDouble(pub(crate) WorldDouble);

static DESCRIPTOR: Descriptor = Descriptor {
    id: "scripted",
    title: "A double",
    cloud: "A double",
    summary: "Answers as a test says.",
    fields: &[
        Field { later: true, ..field("role_arn", FieldKind::RoleArn, false, false) },
        field("endpoint", FieldKind::Endpoint, false, true),
        field("region", FieldKind::Region, false, false),
        field("secret_access_key", FieldKind::Text, true, false),
    ],
    capabilities: Capabilities {
        two_step: true,
        keyless: false,
        external_id: true,
        ambient: false,
        stored_key: true,
        browse: true,
        sign: true,
        serves: false,
        credentials: true,
    },
    advice: Advice {
        recommended: false,
        when: "in tests",
        privilege: Rating::Fair,
        rotation: Rating::Fair,
        audit: Rating::Fair,
        separation: Rating::Fair,
        speed: Rating::Fair,
        ease: Rating::Fair,
    },
};

const fn field(name: &'static str, kind: FieldKind, secret: bool, rebinds_secret: bool) -> Field {
    Field {
        name,
        label: name,
        help: "A field.",
        kind,
        required: false,
        later: false,
        secret,
        rebinds_secret,
        default: None,
        choices: &[],
    }
}

impl Provider for ScriptedProviderDouble {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        let known = |name: &String| DESCRIPTOR.fields.iter().any(|field| field.name == name);
        let unknown = ask.settings.keys().filter(|name| !known(name));
        unknown.map(|name| FieldError::new(format!("/settings/{name}"), "there is no such setting")).collect()
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let secret = ask.secrets.get("secret_access_key").and_then(|secret| secret.expose_str()).unwrap_or_default();
        self.0.lock().asked.push(("connect", secret.to_owned()));
        Ok(Arc::new(ConnectionDouble::new(self.0.clone())))
    }

    fn setup(&self, _ask: &SetupAsk) -> Result<Setup> {
        Err(Error::invalid("/method", "a double is set up by its test"))
    }
}

/// A network on which only what the double signed is found: `double://<bucket>/<key>`.
#[async_trait::async_trait]
impl Fetch for WorldDouble {
    async fn fetch(&self, request: PlainRequest) -> Result<PlainAnswer, ProviderError> {
        let place = request.url.strip_prefix("double://").and_then(|rest| rest.split_once('/'));
        let Some((bucket, key)) = place.map(|(bucket, key)| (bucket.to_owned(), key.to_owned())) else {
            return Err(ProviderError::new(ProviderErrorKind::Network, "fetch", "no such host"));
        };
        let (cors, scripted) = {
            let world = self.lock();
            (world.cors, world.answers)
        };
        let cors =
            cors.map(|origin| (http::header::ACCESS_CONTROL_ALLOW_ORIGIN, http::HeaderValue::from_static(origin)));
        let headers: http::HeaderMap = cors.into_iter().collect();
        let answer = |status, body: Vec<u8>| PlainAnswer { status, headers: headers.clone(), body: body.into() };
        if let Some((status, body)) = scripted {
            return Ok(answer(status, body.into()));
        }
        if request.method == http::Method::PUT {
            self.put(&bucket, &key, &request.body, "2026-01-01T00:00:00Z");
            return Ok(answer(200, Vec::new()));
        }
        let found = self.lock().objects.get(&(bucket, key)).cloned();
        Ok(found.map_or_else(|| answer(404, Vec::new()), |(body, _)| answer(200, body)))
    }
}
