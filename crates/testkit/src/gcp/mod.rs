//! A double: Google Cloud's token services, IAM and Cloud Storage at one address, before fake-gcs-server.
//!
//! fake-gcs-server keeps buckets and objects and checks nothing. This front checks what Google would,
//! in our reading of its documentation: assertions, federation and access boundaries (real RSA, real
//! JWKS), who may have tokens and signatures of a service account, the role on the bucket, the scope of
//! the token, and V4 signatures. What it lets through is done by fake-gcs-server; what it does not know
//! it refuses. It counts and records all calls, delays them, and answers in its own way when told.

mod account;
mod boundary;
mod bucket;
mod condition;
mod cors;
mod credentials;
mod exchange;
mod iam;
mod object;
mod reply;
mod route;
mod serve;
mod signed_url;
mod state;
mod storage;
mod token;
mod upstream;
mod xml;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use domain::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::http_double::Reply;
use crate::server::Server;
use crate::trouble::Trouble;
use crate::{component, random};
use account::PROJECT;
pub use bucket::GcpBucket;
pub use exchange::PoolProvider;
use iam::Iam;
use serve::{Note, serve};
use state::{CLOUD_PLATFORM, Caller, State};
use upstream::Upstream;

/// The front, running.
pub struct GcpFront {
    server: Server,
    secure: OnceLock<Server>,
    upstream: Upstream,
    state: Shared,
}

/// What a request was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are those of Google's own methods")]
pub enum GcpCall {
    Token,
    Exchange,
    Downscope,
    GenerateAccessToken,
    SignBlob,
    BucketList,
    BucketGet,
    BucketPatch,
    BucketPolicy,
    BucketPermissions,
    ObjectList,
    ObjectGet,
    ObjectHead,
    ObjectPut,
    ObjectDelete,
    ObjectUpdate,
    ObjectCopy,
}

/// A request that was answered.
#[derive(Debug, Clone)]
pub struct GcpRecord {
    /// What it was.
    pub call: GcpCall,
    /// The method.
    pub method: String,
    /// Path and query, byte for byte.
    pub target: String,
    /// Who it was, as policies name him; `None` if that was not shown.
    pub principal: Option<String>,
    /// The form or JSON that was sent; null for objects.
    pub body: Value,
    /// What was answered.
    pub status: u16,
}

type Shared = Arc<Mutex<State>>;

impl GcpFront {
    /// A front of the running fake-gcs-server, with nobody in it.
    pub fn start() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// The same with a clock of the test's.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let upstream = Upstream::new(&component::gcs());
        let state = Arc::new(Mutex::new(State {
            clock,
            origin: String::new(),
            upstream: upstream.origin().to_owned(),
            accounts: BTreeMap::new(),
            tokens: BTreeMap::new(),
            buckets: BTreeMap::new(),
            iam: Iam::default(),
            providers: Vec::new(),
            lifetime: Duration::from_secs(3600),
            trouble: Trouble::none(),
            calls: Vec::new(),
            signatures_per_second: None,
            signed_at: VecDeque::new(),
            uploads: BTreeSet::new(),
        }));
        let (shared, way) = (Arc::clone(&state), upstream.clone());
        let server = Server::start(move |request, _| serve(Arc::clone(&shared), way.clone(), request));
        lock(&state).origin = format!("http://{}", server.address());
        Self { server, secure: OnceLock::new(), upstream, state }
    }

    /// Its address: storage, both token endpoints, and the credentials of service accounts.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The same over TLS, `https://localhost:port`, for clients that know nothing else.
    pub fn secure_url(&self) -> String {
        let secure = self.secure.get_or_init(|| {
            let (shared, way) = (Arc::clone(&self.state), self.upstream.clone());
            Server::start_tls(move |request, _| serve(Arc::clone(&shared), way.clone(), request))
        });
        format!("https://localhost:{}", secure.address().port())
    }

    /// Where service accounts exchange assertions.
    pub fn token_uri(&self) -> String {
        format!("{}/token", self.url())
    }

    /// Where foreign tokens are exchanged and tokens are narrowed.
    pub fn sts_uri(&self) -> String {
        format!("{}/v1/token", self.url())
    }

    /// The service that gives tokens and signatures of service accounts; the path of a call follows.
    pub fn iam_credentials_url(&self) -> String {
        self.url()
    }

    /// The email of a service account, which is made if need be.
    pub fn service_account(&self, name: &str) -> String {
        let email = format!("{name}@{PROJECT}.iam.gserviceaccount.com");
        lock(&self.state).accounts.entry(email.clone()).or_default();
        email
    }

    /// The text of a key file of a service account, with a new key.
    pub fn service_account_json(&self, name: &str) -> String {
        let email = self.service_account(name);
        let origin = self.url();
        let file = lock(&self.state).accounts.entry(email.clone()).or_default().key_file(&email, &origin);
        format!("{file:#}")
    }

    /// Deletes a key that was downloaded, by its `private_key_id`.
    pub fn revoke_key(&self, private_key_id: &str) {
        lock(&self.state).accounts.values_mut().for_each(|account| account.revoke(private_key_id));
    }

    /// Disables a service account: its tokens, keys and URLs are refused.
    pub fn disable(&self, email: &str) {
        lock(&self.state).accounts.entry(email.to_owned()).or_default().disabled = true;
    }

    /// Enables it again.
    pub fn enable(&self, email: &str) {
        lock(&self.state).accounts.entry(email.to_owned()).or_default().disabled = false;
    }

    /// A token of a service account for everything, as a machine in the cloud would have it.
    pub fn access_token(&self, email: &str) -> String {
        let mut state = lock(&self.state);
        let expires_at = state.after(state.lifetime);
        let member = format!("serviceAccount:{email}");
        state.issue(Caller { member, scopes: vec![CLOUD_PLATFORM.to_owned()], boundary: None, expires_at })
    }

    /// Makes a bucket that no other test uses, with uniform access.
    pub async fn create_bucket(&self) -> GcpBucket {
        let name = format!("tg-{}", random::hex(16));
        let upstream = lock(&self.state).upstream.clone();
        let body = json!({"name": name}).to_string();
        let call = crate::request::Call::new("POST", &format!("/storage/v1/b?project={PROJECT}"));
        crate::request::send(&upstream, call.header("content-type", "application/json").body(body)).await.ok();
        let metadata = json!({
            "kind": "storage#bucket", "id": name, "name": name, "projectNumber": "100000000001",
            "location": "US", "locationType": "multi-region", "storageClass": "STANDARD", "etag": "CAE=",
            "metageneration": "1", "timeCreated": "2026-01-01T00:00:00.000Z", "updated": "2026-01-01T00:00:00.000Z",
            "iamConfiguration": {
                "uniformBucketLevelAccess": {"enabled": true}, "bucketPolicyOnly": {"enabled": true},
                "publicAccessPrevention": "enforced",
            },
        });
        lock(&self.state).buckets.insert(name.clone(), metadata);
        GcpBucket::new(&upstream, &name)
    }

    /// Merges into what the front says of a bucket; null removes.
    pub fn set_bucket(&self, name: &str, patch: &Value) {
        let mut state = lock(&self.state);
        let metadata = state.buckets.get_mut(name).unwrap_or_else(|| panic!("the front made no bucket {name}"));
        storage::merge(metadata, patch);
    }

    /// What the front says of a bucket now.
    pub fn bucket_metadata(&self, name: &str) -> Value {
        lock(&self.state).buckets.get(name).cloned().unwrap_or(Value::Null)
    }

    /// Gives a member a role on a bucket; the role `permissions:a,b` is made of these permissions.
    pub fn grant(&self, bucket: &str, member: &str, role: &str) {
        lock(&self.state).iam.grant(bucket, member, role, None);
    }

    /// The same under a condition.
    pub fn grant_if(&self, bucket: &str, member: &str, role: &str, condition: &str) {
        lock(&self.state).iam.grant(bucket, member, role, Some(condition));
    }

    /// Takes back every role of a member on a bucket.
    pub fn take_back(&self, bucket: &str, member: &str) {
        lock(&self.state).iam.take_back(bucket, member);
    }

    /// Gives a member a role on the whole project.
    pub fn grant_project(&self, member: &str, role: &str) {
        lock(&self.state).iam.grant_project(member, role);
    }

    /// Gives a member a role on a service account.
    pub fn grant_account(&self, target_email: &str, member: &str, role: &str) {
        lock(&self.state).iam.grant_account(target_email, member, role);
    }

    /// Takes back every role of a member on a service account.
    pub fn take_back_account(&self, target_email: &str, member: &str) {
        lock(&self.state).iam.take_back_account(target_email, member);
    }

    /// Has a workload identity pool trust an issuer.
    pub fn trust(&self, provider: PoolProvider) {
        lock(&self.state).providers.push(provider);
    }

    /// Answers a kind of call in place of the service.
    pub fn fault(&self, call: GcpCall, reply: Reply) {
        lock(&self.state).trouble.fault(call, reply);
    }

    /// Holds a kind of call back.
    pub fn delay(&self, call: GcpCall, by: Duration) {
        lock(&self.state).trouble.delay(call, by);
    }

    /// Takes back every delay and fault, and the limit of signatures.
    pub fn heal(&self) {
        let mut state = lock(&self.state);
        state.trouble.heal();
        state.signatures_per_second = None;
    }

    /// Refuses signatures above a rate as Google does.
    pub fn limit_sign_blob(&self, per_second: Option<u32>) {
        lock(&self.state).signatures_per_second = per_second;
    }

    /// How long tokens live that are issued from now on.
    pub fn token_lifetime(&self, lifetime: Duration) {
        lock(&self.state).lifetime = lifetime;
    }

    /// Forgets every token.
    pub fn forget_tokens(&self) {
        lock(&self.state).tokens.clear();
    }

    /// All calls so far, in the order of their answers.
    pub fn calls(&self) -> Vec<GcpRecord> {
        lock(&self.state).calls.clone()
    }

    /// The calls of one kind so far.
    pub fn calls_of(&self, call: GcpCall) -> Vec<GcpRecord> {
        self.calls().into_iter().filter(|record| record.call == call).collect()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
