//! Where a store reads a policy otherwise than AWS documents it, each with the policies that show it.

use serde_json::{Value, json};

use super::store::Store;
use super::world::{Caller, Make, World};

/// A difference that is known.
pub(super) struct Quirk {
    pub(super) store: Store,
    /// What the store does, as in the manual.
    pub(super) says: &'static str,
    /// Policies, and what they show.
    pub(super) worlds: &'static [(Shows, Make)],
}

/// What a world shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    /// The store allows what the decision does not.
    Opened,
    /// The store refuses what the decision allows.
    Closed,
    /// One and the other.
    Both,
    /// The store does not take the policy.
    Refused,
}

use Shows::{Both, Closed, Opened, Refused};
use Store::{Ceph, Seaweed};

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        store: Seaweed,
        says: "compares resources without regard to case, except in bucket policies for users: `in/*` is `IN/a.txt` too",
        worlds: &[(Opened, |n, _| World::role(vec![allow(&json!([n.objects("in/*")]))]))],
    },
    Quirk {
        store: Seaweed,
        says: "takes `${*}`, `${?}` and `${$}` for themselves",
        worlds: &[(Closed, |n, _| World::role(vec![allow(&json!([n.objects("out/a${?}b${*}.txt")]))]))],
    },
    Quirk {
        store: Seaweed,
        says: "does not complete ARNs of fewer than six fields",
        worlds: &[(Closed, |_, _| World::role(vec![allow(&json!(["arn:aws:s3"]))]))],
    },
    Quirk {
        store: Seaweed,
        says: "allows nothing at all by a role's policy that has `NotAction` or `NotResource` anywhere, and takes no session policy that has",
        worlds: &[
            (Closed, |n, _| {
                World::role(vec![json!({"Effect": "Allow", "NotAction": ["s3:PutObject"], "Resource": n.everything()})])
            }),
            (Closed, |n, _| {
                World::role(vec![
                    allow(&n.everything()),
                    json!({"Effect": "Deny", "Action": ["s3:GetObject"], "NotResource": [n.objects("in/*")]}),
                ])
            }),
            (Refused, |n, _| {
                World::role(vec![allow(&n.everything())]).session(vec![
                    json!({"Effect": "Allow", "NotAction": ["s3:PutObject"], "Resource": n.everything()}),
                ])
            }),
        ],
    },
    Quirk {
        store: Seaweed,
        says: "applies no statement whose condition has an operator with `IfExists`, and takes no bucket policy with one, with `ForAllValues`, `ForAnyValue` or `ArnNotLike`",
        worlds: &[
            (Closed, |n, _| {
                World::role(vec![when(
                    allow(&n.everything()),
                    json!({"IpAddressIfExists": {"aws:SourceIp": ["127.0.0.0/8"]}}),
                )])
            }),
            (Opened, |n, _| {
                World::role(vec![
                    allow(&n.everything()),
                    deny(&n.everything(), json!({"IpAddressIfExists": {"aws:SourceIp": ["127.0.0.0/8"]}})),
                ])
            }),
            (Refused, |n, _| {
                World::role(vec![none()]).bucket(vec![of(
                    "*",
                    when(allow(&n.everything()), json!({"StringLikeIfExists": {"s3:prefix": ["in/*"]}})),
                )])
            }),
            (Refused, |n, _| {
                World::role(vec![none()]).bucket(vec![of(
                    "*",
                    when(allow(&n.everything()), json!({"ForAnyValue:StringLike": {"s3:prefix": ["in/*"]}})),
                )])
            }),
            (Refused, |n, _| {
                World::role(vec![none()]).bucket(vec![of(
                    "*",
                    when(allow(&n.everything()), json!({"ArnNotLike": {"aws:PrincipalArn": [n.role]}})),
                )])
            }),
        ],
    },
    Quirk {
        store: Seaweed,
        says: "does not know `aws:SecureTransport` and `aws:CurrentTime` in role and session policies, so that a Deny by them denies nothing",
        worlds: &[
            (Closed, |n, _| {
                World::role(vec![when(allow(&n.everything()), json!({"Bool": {"aws:SecureTransport": "false"}}))])
            }),
            (Closed, |n, _| {
                World::role(vec![allow(&n.everything())]).session(vec![when(
                    allow(&n.everything()),
                    json!({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}),
                )])
            }),
            (Opened, |n, _| {
                World::role(vec![
                    allow(&n.everything()),
                    deny(&n.everything(), json!({"Bool": {"aws:SecureTransport": "false"}})),
                ])
            }),
        ],
    },
    Quirk {
        store: Seaweed,
        says: "does not know `aws:PrincipalArn` of a session",
        worlds: &[(Closed, |n, _| {
            World::role(vec![when(allow(&n.everything()), json!({"ArnEquals": {"aws:PrincipalArn": [n.role]}}))])
        })],
    },
    Quirk {
        store: Seaweed,
        says: "lets `ForAllValues` hold only where the request has the key",
        worlds: &[(Closed, |n, _| {
            World::role(vec![when(allow(&n.everything()), json!({"ForAllValues:StringLike": {"s3:prefix": ["in*"]}}))])
        })],
    },
    Quirk {
        store: Seaweed,
        says: "has an empty `s3:prefix` in a listing that names none",
        worlds: &[(Opened, |n, _| {
            World::role(vec![when(allow(&n.everything()), json!({"Null": {"s3:prefix": "false"}}))])
        })],
    },
    Quirk {
        store: Seaweed,
        says: "compares the names of condition keys with regard to case",
        worlds: &[(Closed, |n, _| {
            World::role(vec![when(allow(&n.everything()), json!({"IpAddress": {"AWS:sourceip": ["127.0.0.0/8"]}}))])
        })],
    },
    Quirk {
        store: Seaweed,
        says: "does not take a role for its sessions in bucket policies, nor an account for its users, so that a Deny to one denies nothing",
        worlds: &[
            (Closed, |n, _| World::role(vec![none()]).bucket(vec![to(&n.role, allow(&n.everything()))])),
            (Opened, |n, _| {
                World::role(vec![allow(&n.everything())]).bucket(vec![to(
                    &n.role,
                    json!({"Effect": "Deny", "Action": ["s3:GetObject"], "Resource": n.everything()}),
                )])
            }),
            (Opened, |n, _| {
                World::role(vec![allow(&n.everything())]).bucket(vec![to(
                    &n.account,
                    json!({"Effect": "Deny", "Action": ["s3:GetObject"], "Resource": n.everything()}),
                )])
            }),
        ],
    },
    Quirk {
        store: Seaweed,
        says: "takes no bucket policy with `NotPrincipal`, with the action `*`, or with a resource outside the bucket such as `*`",
        worlds: &[
            (Refused, |n, _| {
                World::role(vec![none()]).bucket(vec![json!({"Effect": "Deny", "NotPrincipal": {"AWS": [n.other]}, "Action": ["s3:GetObject"], "Resource": n.everything()})])
            }),
            (Refused, |n, _| {
                World::role(vec![none()]).bucket(vec![
                    json!({"Effect": "Allow", "Principal": "*", "Action": ["*"], "Resource": n.everything()}),
                ])
            }),
            (Refused, |_, _| World::role(vec![none()]).bucket(vec![of("*", allow(&json!("*")))])),
        ],
    },
    Quirk {
        store: Seaweed,
        says: "does not know `s3:prefix` in a Deny of a role or session where the bucket's policy allows the listing",
        worlds: &[(Opened, |n, _| {
            World::role(vec![json!({"Effect": "Deny", "Action": ["s3:ListBucket"], "Resource": [n.bucket()], "Condition": {"StringLike": {"s3:prefix": ["in/*"]}}})]).bucket(vec![of("*", allow(&n.everything()))])
        })],
    },
    Quirk {
        store: Seaweed,
        says: "compares actions in bucket policies for users with regard to case",
        worlds: &[(Closed, |n, _| {
            World::role(vec![none()]).bucket(vec![json!({"Effect": "Allow", "Principal": "*", "Action": ["s3:getobject"], "Resource": n.everything()})]).asked_by(Caller::Other)
        })],
    },
    Quirk {
        store: Seaweed,
        says: "does not read `NotResource` in bucket policies for sessions, so that an Allow is one for all resources",
        worlds: &[(Opened, |n, _| {
            World::role(vec![none()]).bucket(vec![json!({"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "NotResource": [n.objects("in/*")]})])
        })],
    },
    Quirk {
        store: Seaweed,
        says: "lets nobody write who did not sign, whatever the bucket's policy allows",
        worlds: &[(Closed, |n, _| {
            World::role(vec![none()]).bucket(vec![of("*", json!({"Effect": "Allow", "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": n.everything()}))]).asked_by(Caller::Nobody)
        })],
    },
    Quirk {
        store: Ceph,
        says: "does not read `NotAction`: an Allow allows nothing, and a Deny denies nothing",
        worlds: &[
            (Closed, |n, _| {
                World::role(vec![json!({"Effect": "Allow", "NotAction": ["s3:PutObject"], "Resource": n.everything()})])
            }),
            (Opened, |n, _| {
                World::role(vec![
                    allow(&n.everything()),
                    json!({"Effect": "Deny", "NotAction": ["s3:PutObject"], "Resource": n.everything()}),
                ])
            }),
        ],
    },
    Quirk {
        store: Ceph,
        says: "gives up after the first place where what follows a `*` begins: `*0%` is not `100%`",
        worlds: &[
            (Closed, |n, _| World::role(vec![allow(&json!([n.objects("out/*0%#.txt")]))])),
            (Opened, |n, _| {
                World::role(vec![
                    allow(&n.everything()),
                    json!({"Effect": "Deny", "Action": ["s3:GetObject"], "Resource": [n.objects("out/*0%#.txt")]}),
                ])
            }),
        ],
    },
    Quirk {
        store: Ceph,
        says: "takes `${*}`, `${?}` and `${$}` for themselves",
        worlds: &[(Closed, |n, _| World::role(vec![allow(&json!([n.objects("out/a${?}b${*}.txt")]))]))],
    },
    Quirk {
        store: Ceph,
        says: "takes no ARN of fewer than six fields and no variable in a resource",
        worlds: &[
            (Refused, |_, _| World::role(vec![allow(&json!(["arn:aws:s3"]))])),
            (Refused, |n, _| World::role(vec![allow(&json!([n.objects("${aws:username}/*")]))])),
        ],
    },
    Quirk {
        store: Ceph,
        says: "lets negated operators hold only where the request has the key, so that a Deny by one denies less",
        worlds: &[
            (Closed, |n, _| {
                World::role(vec![when(allow(&n.everything()), json!({"StringNotEquals": {"s3:prefix": ["in/"]}}))])
            }),
            (Opened, |n, _| {
                World::role(vec![
                    allow(&n.everything()),
                    deny(&n.everything(), json!({"StringNotLike": {"aws:UserAgent": ["nobody*"]}})),
                ])
            }),
        ],
    },
    Quirk {
        store: Ceph,
        says: "reads `Null` with `false` as if it were `true`",
        worlds: &[(Both, |n, _| {
            World::role(vec![when(allow(&n.everything()), json!({"Null": {"s3:prefix": "false"}}))])
        })],
    },
    Quirk {
        store: Ceph,
        says: "does not know `aws:SecureTransport` of a request without TLS, so that a Deny by it denies nothing",
        worlds: &[
            (Closed, |n, _| {
                World::role(vec![when(allow(&n.everything()), json!({"Bool": {"aws:SecureTransport": "false"}}))])
            }),
            (Opened, |n, _| {
                World::role(vec![allow(&n.everything())])
                    .bucket(vec![of("*", deny(&n.everything(), json!({"Bool": {"aws:SecureTransport": "false"}})))])
            }),
        ],
    },
    Quirk {
        store: Ceph,
        says: "does not know `aws:PrincipalArn`",
        worlds: &[(Closed, |n, _| {
            World::role(vec![when(allow(&n.everything()), json!({"ArnEquals": {"aws:PrincipalArn": [n.role]}}))])
        })],
    },
    Quirk {
        store: Ceph,
        says: "compares the names of condition keys with regard to case",
        worlds: &[(Closed, |n, _| {
            World::role(vec![when(allow(&n.everything()), json!({"IpAddress": {"AWS:sourceip": ["127.0.0.0/8"]}}))])
        })],
    },
    Quirk {
        store: Ceph,
        says: "takes an account in a bucket policy for everyone of it himself and for who did not sign, but not for sessions",
        worlds: &[
            (Opened, |n, _| {
                World::role(vec![none()]).bucket(vec![to(&n.account, allow(&n.everything()))]).asked_by(Caller::Other)
            }),
            (Opened, |n, _| {
                World::role(vec![none()]).bucket(vec![to(&n.account, allow(&n.everything()))]).asked_by(Caller::Nobody)
            }),
            (Opened, |n, _| {
                World::role(vec![allow(&n.everything())]).bucket(vec![to(
                    &n.account,
                    json!({"Effect": "Deny", "Action": ["s3:GetObject"], "Resource": n.everything()}),
                )])
            }),
        ],
    },
    Quirk {
        store: Ceph,
        says: "spares the sessions of a role that `NotPrincipal` lists",
        worlds: &[(Opened, |n, _| {
            World::role(vec![allow(&n.everything())]).bucket(vec![json!({"Effect": "Deny", "NotPrincipal": {"AWS": [n.role]}, "Action": ["s3:GetObject"], "Resource": n.everything()})])
        })],
    },
    Quirk {
        store: Ceph,
        says: "where there is a session policy, leaves of a bucket's policy what the last statement that names somebody makes of it: nothing beside the role's own rights if that is not the session or its role",
        worlds: &[(Closed, |n, _| {
            World::role(vec![none()])
                .session(vec![allow(&n.everything())])
                .bucket(vec![to(&n.session, allow(&n.everything())), to(&n.other, allow(&n.everything()))])
        })],
    },
    Quirk {
        store: Ceph,
        says: "limits by the session's policy also what a bucket's policy gives to everyone",
        worlds: &[(Closed, |n, _| {
            World::role(vec![none()]).session(vec![none()]).bucket(vec![of("*", allow(&n.everything()))])
        })],
    },
];

fn allow(resource: &Value) -> Value {
    json!({"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"], "Resource": resource})
}

/// A statement that allows nothing that is asked for.
fn none() -> Value {
    allow(&json!(["arn:aws:s3:::unrelated/*"]))
}

fn deny(resource: &Value, condition: Value) -> Value {
    when(json!({"Effect": "Deny", "Action": ["s3:GetObject"], "Resource": resource}), condition)
}

fn when(mut statement: Value, condition: Value) -> Value {
    statement["Condition"] = condition;
    statement
}

fn of(everyone: &str, mut statement: Value) -> Value {
    statement["Principal"] = everyone.into();
    statement
}

fn to(who: &str, mut statement: Value) -> Value {
    statement["Principal"] = json!({"AWS": [who]});
    statement
}
