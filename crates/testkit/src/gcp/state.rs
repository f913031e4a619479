//! What the front knows, and who is calling.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use jiff::Timestamp;
use serde_json::Value;

use super::account::Account;
use super::boundary::Rule;
use super::condition::Subject;
use super::exchange::PoolProvider;
use super::iam::{self, Iam};
use super::{GcpCall, GcpRecord};
use crate::random;
use crate::trouble::Trouble;

/// Everything that tests can change.
pub(super) struct State {
    pub(super) clock: Arc<dyn Clock>,
    /// The front's own address.
    pub(super) origin: String,
    /// The address of fake-gcs-server.
    pub(super) upstream: String,
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) tokens: BTreeMap<String, Caller>,
    /// What `GET /storage/v1/b/B` answers.
    pub(super) buckets: BTreeMap<String, Value>,
    pub(super) iam: Iam,
    pub(super) providers: Vec<PoolProvider>,
    pub(super) lifetime: Duration,
    pub(super) trouble: Trouble<GcpCall>,
    pub(super) calls: Vec<GcpRecord>,
    pub(super) signatures_per_second: Option<u32>,
    pub(super) signed_at: VecDeque<Timestamp>,
    /// Addresses of uploads that were begun; whoever knows one may go on with it.
    pub(super) uploads: BTreeSet<String>,
}

/// Somebody who proved who he is.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// As policies name him.
    pub(super) member: String,
    pub(super) scopes: Vec<String>,
    pub(super) boundary: Option<Arc<Vec<Rule>>>,
    pub(super) expires_at: Timestamp,
}

impl State {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A moment from now.
    pub(super) fn after(&self, lifetime: Duration) -> Timestamp {
        self.now().checked_add(lifetime).expect("a test stays within the years that a timestamp can hold")
    }

    /// Makes a token.
    pub(super) fn issue(&mut self, caller: Caller) -> String {
        let token = format!("ya29.c.{}{}{}", random::hex(32), random::hex(32), random::hex(32));
        self.tokens.insert(token.clone(), caller);
        token
    }

    /// Whose bearer token it is, unless it has ended or its account has.
    pub(super) fn bearer(&self, token: &str) -> Option<Caller> {
        let caller = self.tokens.get(token).filter(|caller| caller.expires_at > self.now())?;
        self.is_alive(&caller.member).then(|| caller.clone())
    }

    pub(super) fn is_alive(&self, member: &str) -> bool {
        let account = member.strip_prefix("serviceAccount:").and_then(|email| self.accounts.get(email));
        account.is_none_or(|account| !account.disabled)
    }

    /// Whether uniform access is on; only then do access boundaries work.
    fn is_uniform(&self, bucket: &str) -> bool {
        let path = "/iamConfiguration/uniformBucketLevelAccess/enabled";
        self.buckets.get(bucket).and_then(|bucket| bucket.pointer(path)).and_then(Value::as_bool) == Some(true)
    }

    /// Whether the caller may do this to a bucket (no key) or object.
    pub(super) fn allows(&self, caller: &Caller, permission: &str, at: &At) -> bool {
        let subject = at.subject(permission);
        let bounded = |rules: &Arc<Vec<Rule>>| {
            self.is_uniform(&at.bucket) && iam::within(rules, permission, &at.bucket, &subject)
        };
        caller.may_by_scope(permission)
            && self.iam.allows(&caller.member, permission, &at.bucket, &subject)
            && caller.boundary.as_ref().is_none_or(bounded)
    }
}

/// A bucket, an object, or a listing.
#[derive(Debug, Clone, Default)]
pub(super) struct At {
    pub(super) bucket: String,
    pub(super) key: Option<String>,
    pub(super) list_prefix: String,
}

impl At {
    pub(super) fn object(bucket: &str, key: &str) -> Self {
        Self { bucket: bucket.to_owned(), key: Some(key.to_owned()), list_prefix: String::new() }
    }

    fn subject(&self, permission: &str) -> Subject {
        let Self { bucket, key, list_prefix } = self;
        match key.as_ref().filter(|_| permission != "storage.objects.list") {
            Some(key) => {
                Subject { name: format!("projects/_/buckets/{bucket}/objects/{key}"), list_prefix: String::new() }
            }
            None => Subject { name: format!("projects/_/buckets/{bucket}"), list_prefix: list_prefix.clone() },
        }
    }
}

impl Caller {
    /// Whether the token reaches IAM.
    pub(super) fn has_iam(&self) -> bool {
        self.has(&["cloud-platform", "iam"])
    }

    /// Whether the token may be narrowed: it must be one for storage at all.
    pub(super) fn has_storage(&self) -> bool {
        self.has(&["cloud-platform", "devstorage.full_control", "devstorage.read_write", "devstorage.read_only"])
    }

    fn may_by_scope(&self, permission: &str) -> bool {
        let full = ["cloud-platform", "devstorage.full_control"];
        let read = ["cloud-platform.read-only", "devstorage.read_only"];
        let reads = ["storage.objects.get", "storage.objects.list", "storage.buckets.get", "storage.buckets.list"];
        let writes = ["storage.objects.create", "storage.objects.delete"];
        let by_object = reads.contains(&permission) || writes.contains(&permission);
        self.has(&full)
            || (by_object && self.has(&["devstorage.read_write"]))
            || (reads.contains(&permission) && self.has(&read))
    }

    fn has(&self, names: &[&str]) -> bool {
        let short = |scope: &str| scope.strip_prefix("https://www.googleapis.com/auth/").map(str::to_owned);
        self.scopes.iter().filter_map(|scope| short(scope)).any(|scope| names.contains(&scope.as_str()))
    }
}

/// The scope that reaches everything.
pub(super) const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
