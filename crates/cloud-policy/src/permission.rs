//! What a role or user may do: one policy for all places.

use std::collections::{BTreeMap, BTreeSet};

use domain::provider::SetupPlace;
use serde_json::Value;

use crate::dialect::Dialect;
use crate::document::{Policy, Statement};
use crate::{PolicyError, kms};

/// One policy for all the places: listing on the bucket, objects under their prefixes, keys.
///
/// Places that another one covers are left out; a place that is written to is also read.
///
/// # Errors
/// `NotExpressible` where the store has no policies, a prefix cannot be written, or no place is given.
pub fn permission_policy(dialect: &Dialect, partition: &str, places: &[SetupPlace]) -> Result<Value, PolicyError> {
    policy(dialect, partition, places).map(|policy| policy.value())
}

pub(crate) fn policy(dialect: &Dialect, partition: &str, places: &[SetupPlace]) -> Result<Policy, PolicyError> {
    if places.is_empty() {
        return Err(PolicyError::not_expressible(
            "name at least one bucket: a policy without places would allow nothing",
        ));
    }
    let mut statements = listing(dialect, partition, places)?;
    let written: Vec<&SetupPlace> = places.iter().filter(|place| place.purpose.writes()).collect();
    let read: Vec<&SetupPlace> = places
        .iter()
        .filter(|place| !place.purpose.writes() && !written.iter().any(|other| covers(other, place)))
        .collect();
    let read = objects(dialect, partition, &read)?;
    if !read.is_empty() {
        statements.push(Statement::allow(vec![dialect.actions.get], read).named(dialect.sid("TidegateRead")));
    }
    let written = objects(dialect, partition, &written)?;
    if !written.is_empty() {
        statements.push(Statement::allow(dialect.object_actions(), written).named(dialect.sid("TidegateReadWrite")));
    }
    statements.extend(keys(dialect, partition, places)?);
    dialect.policy(statements)
}

fn covers(wide: &SetupPlace, narrow: &SetupPlace) -> bool {
    wide.bucket == narrow.bucket && wide.prefix.covers(&narrow.prefix)
}

/// The prefixes by bucket, without those that another one covers.
fn widest<'a>(places: impl Iterator<Item = &'a SetupPlace>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for place in places {
        all.entry(place.bucket.as_str()).or_default().insert(place.prefix.as_str());
    }
    let keep = |prefixes: BTreeSet<&'a str>| {
        // A prefix sorts before everything that it covers.
        prefixes.into_iter().fold(Vec::<&str>::new(), |mut kept, prefix| {
            if !kept.iter().any(|wide| prefix.starts_with(wide)) {
                kept.push(prefix);
            }
            kept
        })
    };
    all.into_iter().map(|(bucket, prefixes)| (bucket, keep(prefixes))).collect()
}

fn listing(dialect: &Dialect, partition: &str, places: &[SetupPlace]) -> Result<Vec<Statement>, PolicyError> {
    let buckets = widest(places.iter());
    let numbered = buckets.len() > 1;
    let of = |(index, (bucket, prefixes)): (usize, (&str, Vec<&str>))| {
        let sid = if numbered { format!("TidegateList{}", index + 1) } else { "TidegateList".to_owned() };
        Ok(dialect.list(partition, bucket, &prefixes)?.named(dialect.sid(&sid)))
    };
    buckets.into_iter().enumerate().map(of).collect()
}

fn objects(dialect: &Dialect, partition: &str, places: &[&SetupPlace]) -> Result<Vec<String>, PolicyError> {
    let mut out = Vec::new();
    for (bucket, prefixes) in widest(places.iter().copied()) {
        for prefix in prefixes {
            out.push(dialect.objects(partition, bucket, prefix)?);
        }
    }
    Ok(out)
}

fn keys(dialect: &Dialect, partition: &str, places: &[SetupPlace]) -> Result<Vec<Statement>, PolicyError> {
    if !dialect.kms_actions {
        return Ok(Vec::new());
    }
    let mut writes_with: BTreeMap<&str, bool> = BTreeMap::new();
    for place in places {
        if let Some(key) = place.sse.as_ref().and_then(|sse| sse.kms_key_arn()) {
            kms::key_account(partition, key)?;
            *writes_with.entry(key).or_default() |= place.purpose.writes();
        }
    }
    let mut out = Vec::new();
    for (writes, sid, actions) in
        [(false, "TidegateDecrypt", kms::READ.to_vec()), (true, "TidegateEncrypt", kms::ALL.to_vec())]
    {
        let keys: Vec<String> =
            writes_with.iter().filter(|(_, with)| **with == writes).map(|(key, _)| (*key).to_owned()).collect();
        if !keys.is_empty() {
            out.push(Statement::allow(actions, keys).named(dialect.sid(sid)));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use domain::datasource::{Encryption, Purpose};
    use serde_json::json;

    use super::*;
    use crate::dialect;

    fn place(bucket: &str, prefix: &str, purpose: Purpose) -> SetupPlace {
        SetupPlace {
            bucket: bucket.parse().unwrap(),
            prefix: prefix.parse().unwrap(),
            purpose,
            sse: None,
            cors_origin: None,
        }
    }

    fn two() -> Vec<SetupPlace> {
        vec![place("data", "in", Purpose::Input), place("data", "out", Purpose::Output)]
    }

    /// The golden policy of every store that speaks AWS's language.
    fn golden() -> Value {
        json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "TidegateList", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::data"],
             "Condition": {"StringLike": {"s3:prefix": ["in/*", "out/*"]}}},
            {"Sid": "TidegateRead", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::data/in/*"]},
            {"Sid": "TidegateReadWrite", "Effect": "Allow",
             "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
             "Resource": ["arn:aws:s3:::data/out/*"]},
        ]})
    }

    #[test]
    fn golden_policy_of_aws_and_its_kin() {
        for dialect in
            [dialect::AWS, dialect::SEAWEEDFS, dialect::CEPH, dialect::MINIO, dialect::WASABI, dialect::GENERIC]
        {
            let policy = permission_policy(&dialect, "aws", &two()).unwrap();
            assert_eq!(policy, golden(), "{}", dialect.id);
        }
    }

    #[test]
    fn golden_policy_of_huawei_and_open_telekom_cloud() {
        for dialect in [dialect::HUAWEI_OBS, dialect::OTC_OBS] {
            assert_eq!(
                permission_policy(&dialect, "aws", &two()).unwrap(),
                json!({"Version": "1.1", "Statement": [
                    {"Effect": "Allow", "Action": ["obs:bucket:ListBucket"], "Resource": ["obs:*:*:bucket:data"],
                     "Condition": {"StringLike": {"obs:prefix": ["in/*", "out/*"]}}},
                    {"Effect": "Allow", "Action": ["obs:object:GetObject"], "Resource": ["obs:*:*:object:data/in/*"]},
                    {"Effect": "Allow",
                     "Action": ["obs:object:GetObject", "obs:object:PutObject", "obs:object:DeleteObject",
                                "obs:object:AbortMultipartUpload", "obs:object:ListMultipartUploadParts"],
                     "Resource": ["obs:*:*:object:data/out/*"]},
                ]})
            );
        }
    }

    #[test]
    fn golden_policy_of_alibaba() {
        assert_eq!(
            permission_policy(&dialect::ALIBABA_OSS, "aws", &two()).unwrap(),
            json!({"Version": "1", "Statement": [
                {"Effect": "Allow", "Action": ["oss:ListObjects"], "Resource": ["acs:oss:*:*:data"],
                 "Condition": {"StringLike": {"oss:Prefix": ["in/*", "out/*"]}}},
                {"Effect": "Allow", "Action": ["oss:GetObject"], "Resource": ["acs:oss:*:*:data/in/*"]},
                {"Effect": "Allow",
                 "Action": ["oss:GetObject", "oss:PutObject", "oss:DeleteObject", "oss:AbortMultipartUpload", "oss:ListParts"],
                 "Resource": ["acs:oss:*:*:data/out/*"]},
            ]})
        );
    }

    #[test]
    fn stores_without_policies_say_so() {
        for dialect in [dialect::CLOUDFLARE_R2, dialect::BACKBLAZE_B2, dialect::GARAGE] {
            let error = permission_policy(&dialect, "aws", &two()).unwrap_err().to_string();
            assert!(error.contains(dialect.title) && error.contains("no policies"), "{error}");
        }
    }

    #[test]
    fn places_that_others_cover_are_left_out() {
        let places = [
            place("data", "a/b", Purpose::Input),
            place("data", "a", Purpose::Input),
            place("data", "a/b/c", Purpose::Output),
            place("data", "a/b/c/d", Purpose::Input),
            place("data", "ab", Purpose::Input),
            place("other", "", Purpose::InputOutput),
            place("other", "x", Purpose::Input),
        ];
        let policy = permission_policy(&dialect::AWS, "aws-us-gov", &places).unwrap();
        let resources: Vec<&Value> = policy["Statement"].as_array().unwrap().iter().map(|s| &s["Resource"]).collect();
        assert_eq!(
            resources,
            [
                &json!(["arn:aws-us-gov:s3:::data"]),
                &json!(["arn:aws-us-gov:s3:::other"]),
                &json!(["arn:aws-us-gov:s3:::data/a/*", "arn:aws-us-gov:s3:::data/ab/*"]),
                &json!(["arn:aws-us-gov:s3:::data/a/b/c/*", "arn:aws-us-gov:s3:::other/*"]),
            ]
        );
        assert_eq!(policy["Statement"][0]["Condition"], json!({"StringLike": {"s3:prefix": ["a/*", "ab/*"]}}));
        assert_eq!(policy["Statement"][1].get("Condition"), None);
    }

    #[test]
    fn keys_are_granted_as_far_as_they_are_needed() {
        let key = |id: &str| format!("arn:aws:kms:eu-central-1:111122223333:key/{id}");
        let with = |id: &str, purpose| SetupPlace {
            sse: Some(Encryption::Kms { kms_key_arn: key(id) }),
            ..place("data", id, purpose)
        };
        let places = [with("r", Purpose::Input), with("w", Purpose::Output), with("w", Purpose::Input)];
        let policy = permission_policy(&dialect::AWS, "aws", &places).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        assert_eq!(
            statements[statements.len() - 2..],
            [
                json!({"Sid": "TidegateDecrypt", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [key("r")]}),
                json!({"Sid": "TidegateEncrypt", "Effect": "Allow",
                    "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"], "Resource": [key("w")]}),
            ]
        );
    }

    #[test]
    fn a_policy_without_places_is_refused() {
        assert!(permission_policy(&dialect::AWS, "aws", &[]).is_err());
    }
}
