//! Policies by chance, in forms that the store reads as AWS documents them.

use serde_json::{Map, Value, json};

use super::chance::Chance;
use super::store::Store;
use super::world::{Caller, Names, World};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Role,
    Session,
    Bucket,
}

struct Maker<'a> {
    chance: Chance,
    store: Store,
    names: &'a Names,
    caller: Caller,
    /// There is a bucket policy.
    governed: bool,
    /// There is a session policy.
    narrowed: bool,
}

/// A world of its own for each seed.
pub(super) fn world(store: Store, names: &Names, seed: u64) -> World {
    let mut chance = Chance::new(seed);
    let (governed, narrowed) = (chance.one_in(3), chance.one_in(2));
    let callers = [Caller::Session, Caller::Session, Caller::Other, Caller::Nobody];
    let caller = if governed { chance.pick(&callers) } else { Caller::Session };
    let mut maker = Maker { chance, store, names, caller, governed, narrowed };
    let mut world = World::role(maker.statements(Place::Role)).asked_by(caller);
    if narrowed {
        world = world.session(maker.statements(Place::Session));
    }
    if governed {
        world = world.bucket(maker.statements(Place::Bucket));
    }
    world
}

impl Maker<'_> {
    /// Up to three statements, often after one that allows much.
    fn statements(&mut self, place: Place) -> Vec<Value> {
        let count = 1 + self.chance.below(3);
        let mut statements: Vec<_> = (0..count).map(|_| self.statement(place)).collect();
        if self.chance.one_in(2) {
            let actions = if self.reads_only(place) { ["s3:Get*", "s3:List*"] } else { ["s3:*"; 2] };
            let mut wide = json!({"Effect": "Allow", "Action": actions, "Resource": self.names.everything()});
            if place == Place::Bucket {
                wide["Principal"] = self.principal();
            }
            statements.push(wide);
        }
        statements
    }

    fn statement(&mut self, place: Place) -> Value {
        let effect = if self.chance.one_in(3) { "Deny" } else { "Allow" };
        let mut parts = Map::new();
        parts.insert("Effect".to_owned(), effect.into());
        if place == Place::Bucket {
            parts.insert("Principal".to_owned(), self.principal());
        }
        parts.insert("Action".to_owned(), self.action(place, effect));
        parts.insert("Resource".to_owned(), self.resource(place));
        if self.chance.one_in(2) {
            parts.insert("Condition".to_owned(), self.condition(place, effect));
        }
        Value::Object(parts)
    }

    /// SeaweedFS lets nobody write who did not sign.
    fn reads_only(&self, place: Place) -> bool {
        place == Place::Bucket && self.store == Store::Seaweed && self.caller == Caller::Nobody
    }

    fn principal(&mut self) -> Value {
        let names = self.names;
        if self.store == Store::Ceph && self.governed && self.narrowed {
            // What Ceph leaves a session of this depends on how the last statement names it.
            return json!({"AWS": [names.session, names.other]});
        }
        let mut menu = vec![
            json!({"AWS": names.other}),
            json!({"AWS": [names.session]}),
            json!({"AWS": [names.session, names.other]}),
            json!("*"),
            json!({"AWS": "*"}),
        ];
        if self.store == Store::Ceph {
            menu.push(json!({"AWS": [names.role]}));
        }
        self.chance.pick(&menu)
    }

    fn action(&mut self, place: Place, effect: &str) -> Value {
        let mut menu = vec![
            json!(["s3:GetObject"]),
            json!(["s3:GetObject"]),
            json!("s3:GetObject"),
            json!(["s3:ListBucket"]),
            json!(["s3:GetObject", "s3:ListBucket"]),
            json!(["s3:Get*", "s3:List*"]),
            json!(["s3:?etObject"]),
        ];
        if self.reads_only(place) {
            return self.chance.pick(&menu);
        }
        menu.extend([json!(["s3:PutObject", "s3:DeleteObject"]), json!(["s3:*Object"])]);
        if place != Place::Bucket {
            menu.extend([json!(["s3:getobject"]), json!(["S3:LISTBUCKET"]), json!(["*"])]);
        }
        // Whoever denies everything can never change the policy again.
        if place != Place::Bucket || effect == "Allow" {
            menu.push(json!(["s3:*"]));
        }
        self.chance.pick(&menu)
    }

    fn resource(&mut self, place: Place) -> Value {
        let names = self.names;
        let cut = &names.bucket[..8];
        let mut menu = vec![
            names.everything(),
            names.everything(),
            json!([names.objects("in/*"), names.bucket()]),
            json!([names.objects("in/*"), names.bucket()]),
            json!(names.objects("in/*")),
            json!([names.objects("in/?.txt*")]),
            json!([names.objects("in*/a.txt"), names.objects("out/100%#.txt")]),
            json!([names.objects("in/ä&'.txt"), names.objects("in/sub/c d+e.txt")]),
            json!([names.objects("out/a?b*.txt"), names.bucket()]),
            json!([names.objects("*/sub/*"), names.bucket()]),
        ];
        if place != Place::Bucket {
            menu.extend([json!("*"), json!(["*"]), json!("arn:aws:s3:::*")]);
            menu.push(json!([format!("arn:aws:s3:::{cut}*"), format!("arn:aws:s3:::{cut}*/*")]));
        }
        self.chance.pick(&menu)
    }

    fn condition(&mut self, place: Place, effect: &str) -> Value {
        let mut menu = vec![
            json!({"IpAddress": {"aws:SourceIp": ["127.0.0.5/32"]}}),
            json!({"IpAddress": {"aws:SourceIp": "127.0.0.5"}}),
            json!({"IpAddress": {"aws:SourceIp": ["127.0.0.0/29", "10.0.0.0/8"]}}),
            json!({"IpAddress": {"aws:SourceIp": ["127.0.0.66/32", "2001:db8::/32"]}}),
            json!({"NotIpAddress": {"aws:SourceIp": ["127.0.0.0/29"]}}),
        ];
        // Where a bucket policy allows a listing, SeaweedFS forgets the prefix.
        if self.store == Store::Seaweed && self.governed && place != Place::Bucket && effect == "Deny" {
            return self.chance.pick(&menu);
        }
        menu.extend([
            json!({"StringLike": {"s3:prefix": ["in/*", "out/"]}}),
            json!({"StringLike": {"s3:prefix": ["in/?*", "o*t/"]}}),
            json!({"StringEquals": {"s3:prefix": ["in/", "in/ä"]}}),
            json!({"StringEqualsIgnoreCase": {"s3:prefix": ["IN/"]}}),
            json!({"StringLike": {"aws:UserAgent": "nobody*"}}),
            json!({"Bool": {"aws:SecureTransport": "true"}}),
            json!({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}),
            json!({"StringEquals": {"aws:username": "other"}}),
            json!({"IpAddress": {"aws:SourceIp": ["127.0.0.0/29"]}, "StringLike": {"s3:prefix": ["in/*"]}}),
        ]);
        match self.store {
            Store::Seaweed => {
                menu.push(json!({"StringNotEquals": {"s3:prefix": ["in/"]}}));
                menu.push(json!({"StringNotLike": {"s3:prefix": ["in*"]}}));
                if place == Place::Bucket {
                    menu.push(json!({"Bool": {"aws:SecureTransport": "false"}}));
                    menu.push(json!({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}));
                } else {
                    menu.push(json!({"ForAnyValue:StringLike": {"s3:prefix": ["in*"]}}));
                }
            }
            Store::Ceph => {
                menu.push(json!({"Null": {"s3:prefix": "true"}}));
                menu.push(json!({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}));
                menu.push(json!({"StringLikeIfExists": {"s3:prefix": ["in/*"]}}));
                menu.push(json!({"IpAddressIfExists": {"aws:SourceIp": ["127.0.0.0/29"]}}));
                menu.push(json!({"ForAllValues:StringLike": {"s3:prefix": ["in*"]}}));
                menu.push(json!({"ForAnyValue:StringLike": {"s3:prefix": ["in*"]}}));
            }
        }
        self.chance.pick(&menu)
    }
}
