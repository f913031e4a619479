//! The stores that are compared with, and how they are asked.

use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use testkit::aws_query::{SessionKeys, assume_role, query};
use testkit::component::{self, BROKER, OTHER, ROOT};
use testkit::request::{Answer, Call, send};
use testkit::{Bucket, Gateway, Iam};

use super::world::{Caller, KEYS, Make, Names, OTHER_CASE, Question, Verb, World};

/// A store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Store {
    Seaweed,
    Ceph,
}

/// A store with a bucket for worlds without a bucket policy, one for those with one, and all roles.
pub(super) struct Prepared {
    pub(super) store: Store,
    pub(super) url: String,
    pub(super) seats: Vec<Seat>,
    trust: Value,
    _gateway: Option<Gateway>,
}

/// Where a world is asked.
pub(super) struct Seat {
    pub(super) names: Names,
    pub(super) world: World,
    bucket: Bucket,
}

impl Store {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Seaweed => "SeaweedFS",
            Self::Ceph => "Ceph",
        }
    }

    fn names(self, bucket: &str, role: &str) -> Names {
        let account = if self == Self::Seaweed { "000000000000" } else { "" };
        Names {
            bucket: bucket.to_owned(),
            role: format!("arn:aws:iam::{account}:role/{role}"),
            session: format!("arn:aws:sts::{account}:assumed-role/{role}/testkit"),
            other: format!("arn:aws:iam::{account}:user/{}", OTHER.name),
            account: format!("arn:aws:iam::{account}:root"),
        }
    }
}

impl Prepared {
    /// Makes the buckets and, on SeaweedFS, a gateway with all roles.
    pub(super) async fn of(store: Store, worlds: &[(Make, u64)]) -> Self {
        let base = match store {
            Store::Seaweed => component::seaweed().url,
            Store::Ceph => component::ceph(),
        };
        let (plain, governed) = (filled(&base).await, filled(&base).await);
        let seats: Vec<_> = worlds
            .iter()
            .enumerate()
            .map(|(at, (make, seed))| {
                let role = format!("{}-{at}", plain.name());
                let has_policy = make(&store.names(plain.name(), &role), *seed).bucket.is_some();
                let bucket = if has_policy { governed.clone() } else { plain.clone() };
                let names = store.names(bucket.name(), &role);
                Seat { world: make(&names, *seed), names, bucket }
            })
            .collect();
        let broker = if store == Store::Seaweed { BROKER.arn() } else { BROKER.ceph_arn() };
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": [broker]}, "Action": ["sts:AssumeRole"]}]});
        let gateway = (store == Store::Seaweed).then(|| {
            let add = |iam: Iam, seat: &Seat| iam.role(&seat.names.role, &trust, &seat.world.role);
            Gateway::start(seats.iter().fold(Iam::new(), add))
        });
        let url = gateway.as_ref().map_or(base, Gateway::url);
        Self { store, url, seats, trust, _gateway: gateway }
    }

    /// Puts the policies of a world in force and gives the bucket as who asks sees it.
    ///
    /// # Errors
    /// What the store said when it refused one of them.
    pub(super) async fn enter(&self, at: usize) -> Result<Bucket, String> {
        let Seat { names, world, bucket } = &self.seats[at];
        let bucket = bucket.through(&self.url);
        let mut keys = SessionKeys::of(&OTHER);
        if world.caller == Caller::Session {
            if self.store == Store::Ceph {
                self.make_role(names, &world.role).await?;
            }
            let session = world.session.as_ref().map(Value::to_string);
            let more: Vec<_> = session.iter().map(|text| ("Policy", text.as_str())).collect();
            keys = assume_role(&self.url, &BROKER, &names.role, &more).await.map_err(|answer| said(&answer))?;
        }
        if let Some(policy) = &world.bucket {
            let answer = bucket.call("PUT", "", &[("policy", "")], &[], policy.to_string().into()).await;
            taken(&answer)?;
        }
        Ok(bucket.seen_by(keys))
    }

    async fn make_role(&self, names: &Names, policy: &Value) -> Result<(), String> {
        let (trust, policy) = (self.trust.to_string(), policy.to_string());
        let role = names.role.rsplit('/').next().unwrap();
        let create = [("Action", "CreateRole"), ("RoleName", role), ("AssumeRolePolicyDocument", trust.as_str())];
        query(&self.url, &ROOT.keys(), "iam", &create).await.ok();
        let put =
            [("Action", "PutRolePolicy"), ("RoleName", role), ("PolicyName", "p"), ("PolicyDocument", policy.as_str())];
        taken(&query(&self.url, &ROOT.keys(), "iam", &put).await)
    }
}

async fn filled(url: &str) -> Bucket {
    let bucket = Bucket::create(url).await;
    for key in KEYS.into_iter().chain([OTHER_CASE]) {
        bucket.put(key, "x").await.ok();
    }
    bucket
}

fn taken(answer: &Answer) -> Result<(), String> {
    if (200..300).contains(&answer.status) { Ok(()) } else { Err(said(answer)) }
}

fn said(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.element("Message").or(answer.element("Code")).unwrap_or_default())
}

/// What the store does: whether it is allowed.
pub(super) async fn ask(url: &str, seen: &Bucket, caller: Caller, question: &Question) -> bool {
    let seen = seen.seen_from(question.address);
    let name = question.name.as_deref();
    let prefix: Vec<_> = [("list-type", "2")].into_iter().chain(name.map(|name| ("prefix", name))).collect();
    let answer = match (caller, question.verb) {
        (Caller::Nobody, _) => unsigned(url, seen.name(), question).await,
        (_, Verb::Get) => seen.get(name.unwrap()).await,
        (_, Verb::Put) => seen.put(name.unwrap(), "x").await,
        (_, Verb::Delete) => seen.delete(name.unwrap()).await,
        (_, Verb::List) => seen.call("GET", "", &prefix, &[], Bytes::new()).await,
    };
    match answer.status {
        200..=299 => true,
        403 => false,
        other => panic!("{question:?} was answered {other}: {}", answer.text()),
    }
}

async fn unsigned(url: &str, bucket: &str, question: &Question) -> Answer {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let name = question.name.as_deref().map(encode);
    let of_key = || format!("/{bucket}/{}", name.clone().unwrap_or_default());
    let call = match question.verb {
        Verb::Get => Call::new("GET", &of_key()),
        Verb::Put => Call::new("PUT", &of_key()).body("x"),
        Verb::Delete => Call::new("DELETE", &of_key()),
        Verb::List => {
            let prefix = name.as_deref().map_or(String::new(), |name| format!("&prefix={name}"));
            Call::new("GET", &format!("/{bucket}?list-type=2{prefix}"))
        }
    };
    send(url, call.from_address(question.address)).await
}

impl Store {
    /// Whether keys that differ only in case are different to its policies.
    pub(super) fn tells_cases_apart(self) -> bool {
        self == Self::Ceph
    }
}
