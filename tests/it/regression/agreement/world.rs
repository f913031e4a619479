//! A world: policies, who asks, and what for.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};

/// The objects of every bucket.
pub(super) const KEYS: [&str; 8] = [
    "in/a.txt",
    "in/b.txt",
    "in/sub/c d+e.txt",
    "in/ä&'.txt",
    "in/A_;=@.TXT",
    "in-beside/a.txt",
    "out/a?b*.txt",
    "out/100%#.txt",
];
/// An object whose key differs from another's prefix in case only.
pub(super) const OTHER_CASE: &str = "IN/a.txt";
/// What is listed; nothing is a listing that names no prefix.
const PREFIXES: [Option<&str>; 6] = [None, Some("in/"), Some("in/sub/"), Some("in"), Some("out/"), Some("in/ä")];
/// From where.
const ADDRESSES: [Ipv4Addr; 3] =
    [Ipv4Addr::new(127, 0, 0, 1), Ipv4Addr::new(127, 0, 0, 5), Ipv4Addr::new(127, 0, 0, 66)];

/// What things are called in a store.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) bucket: String,
    pub(super) role: String,
    pub(super) session: String,
    pub(super) other: String,
    pub(super) account: String,
}

impl Names {
    /// The ARN of objects.
    pub(super) fn objects(&self, pattern: &str) -> String {
        format!("arn:aws:s3:::{}/{pattern}", self.bucket)
    }

    /// The ARN of the bucket.
    pub(super) fn bucket(&self) -> String {
        format!("arn:aws:s3:::{}", self.bucket)
    }

    /// The bucket and all that is in it.
    pub(super) fn everything(&self) -> Value {
        json!([self.objects("*"), self.bucket()])
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// A session of the role.
    Session,
    /// A user without policies.
    Other,
    /// Nobody signed it.
    Nobody,
}

/// The policies, in the words of one store, and who asks.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) caller: Caller,
    pub(super) role: Value,
    pub(super) session: Option<Value>,
    pub(super) bucket: Option<Value>,
}

/// Makes a world in the words of a store.
pub(super) type Make = fn(&Names, u64) -> World;

impl World {
    /// Whose role may do only this.
    pub(super) fn role(statements: Vec<Value>) -> Self {
        Self { caller: Caller::Session, role: policy(statements), session: None, bucket: None }
    }

    pub(super) fn session(self, statements: Vec<Value>) -> Self {
        Self { session: Some(policy(statements)), ..self }
    }

    pub(super) fn bucket(self, statements: Vec<Value>) -> Self {
        Self { bucket: Some(policy(statements)), ..self }
    }

    pub(super) fn asked_by(self, caller: Caller) -> Self {
        Self { caller, ..self }
    }
}

pub(super) fn policy(statements: Vec<Value>) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) verb: Verb,
    /// The key, or the prefix of a listing.
    pub(super) name: Option<String>,
    pub(super) address: IpAddr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Put,
    Delete,
    List,
}

impl Verb {
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::Get => "s3:GetObject",
            Self::Put => "s3:PutObject",
            Self::Delete => "s3:DeleteObject",
            Self::List => "s3:ListBucket",
        }
    }

    /// The key that is asked for: asking changes nothing that is asked for again. Who wrote an object owns
    /// it, which some stores count as a right, and an object that is not there can be deleted any time.
    fn key(self, key: &str) -> String {
        match self {
            Self::Get | Self::List => key.to_owned(),
            Self::Put => format!("{key}.put"),
            Self::Delete => format!("{key}.absent"),
        }
    }
}

/// Everything that is asked in a world: each key with each verb, reading from each address.
pub(super) fn questions(other_case: bool) -> Vec<Question> {
    let mut questions = Vec::new();
    let keys: Vec<_> = KEYS.into_iter().chain(other_case.then_some(OTHER_CASE)).collect();
    for (turn, address) in ADDRESSES.into_iter().enumerate() {
        let address = IpAddr::from(address);
        for (number, key) in keys.iter().enumerate() {
            let mut ask = |verb: Verb| questions.push(Question { verb, name: Some(verb.key(key)), address });
            ask(Verb::Get);
            match (number + turn) % ADDRESSES.len() {
                0 => ask(Verb::Put),
                1 => ask(Verb::Delete),
                _ => {}
            }
        }
        questions.extend(PREFIXES.map(|name| Question { verb: Verb::List, name: name.map(str::to_owned), address }));
    }
    questions
}
