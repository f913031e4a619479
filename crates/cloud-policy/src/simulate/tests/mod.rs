//! What policies decide together.

mod bad_input;
mod cross_account;
mod keys;
mod properties;
mod session;
mod single_account;
mod trust;

use super::*;

pub(super) const ANN: &str = "arn:aws:iam::111122223333:user/ann";
pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/team/reader";
pub(super) const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/reader/run-1";
pub(super) const KEY: &str = "arn:aws:s3:::data/in/a.txt";

/// A policy of one statement.
pub(super) fn one(effect: &str, rest: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "{effect}", {rest}}}]}}"#)
}

pub(super) fn allow_get() -> String {
    one("Allow", r#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*""#)
}

/// The same for a bucket, to somebody.
pub(super) fn bucket(effect: &str, principal: &str) -> String {
    one(effect, &format!(r#""Principal": {principal}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*""#))
}

pub(super) fn aws(who: &str) -> String {
    format!(r#"{{"AWS": "{who}"}}"#)
}

/// The policies, each with the word for where it is attached as the name of its file.
pub(super) fn policies(given: &[(&str, &str)]) -> Policies {
    let mut policies = Policies::new();
    for (word, text) in given {
        let attached = match word.split('-').next().unwrap() {
            "identity" => Attached::Identity,
            "session" => Attached::Session,
            "bucket" => Attached::Bucket,
            _ => Attached::Trust,
        };
        policies.add(attached, *word, text).unwrap_or_else(|fault| panic!("{word}: {fault}"));
    }
    policies
}

pub(super) fn get(principal: &str) -> Request {
    ask(principal, "s3:GetObject", KEY, &[])
}

pub(super) fn ask(principal: &str, action: &str, resource: &str, keys: &[(&str, &str)]) -> Request {
    let mut context = Context::new();
    for (key, value) in keys {
        context.add(key, *value);
    }
    Request::new(principal, action, resource, context).unwrap()
}

pub(super) fn outcome(given: &[(&str, &str)], request: &Request) -> Outcome {
    policies(given).decide(request).decision
}

/// Files of the deciding statements.
pub(super) fn files(decision: &Decision<'_>) -> Vec<String> {
    decision.statements.iter().map(|statement| format!("{}:{}", statement.file, statement.index)).collect()
}
