//! What is applied to a bucket itself: from where it may be used, and by which web pages.

use serde::Serialize;
use serde_json::Value;

use crate::PolicyError;
use crate::dialect::Dialect;
use crate::document::{Effect, Policy, Principal, Statement};

/// From where objects may be used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks {
    /// Networks (CIDR), as the store sees them.
    pub cidrs: Vec<String>,
    /// VPCs with an endpoint of the store.
    pub vpcs: Vec<String>,
}

/// The policy of a bucket whose objects are out of reach from everywhere else; `None` without a restriction.
///
/// One Deny that holds only if the request comes neither from one of the networks nor from one of the
/// VPCs: a request through a VPC endpoint has no public address, and one from outside has no VPC, and a
/// negated condition on what is missing holds. Object verbs only, so that listing stays possible from
/// outside, and nobody can lock himself out of the bucket's policy.
///
/// # Errors
/// `NotExpressible` where the store's buckets have no such policies or a prefix cannot be written.
pub fn bucket_policy(
    dialect: &Dialect,
    partition: &str,
    bucket: &str,
    prefixes: &[&str],
    networks: &Networks,
) -> Result<Option<Value>, PolicyError> {
    policy(dialect, partition, bucket, prefixes, networks).map(|policy| policy.map(|policy| policy.value()))
}

pub(crate) fn policy(
    dialect: &Dialect,
    partition: &str,
    bucket: &str,
    prefixes: &[&str],
    networks: &Networks,
) -> Result<Option<Policy>, PolicyError> {
    let vpcs: &[String] = if dialect.source_vpc { &networks.vpcs } else { &[] };
    if networks.cidrs.is_empty() && networks.vpcs.is_empty() {
        return Ok(None);
    }
    if !dialect.bucket_policies || (networks.cidrs.is_empty() && vpcs.is_empty()) {
        return Err(PolicyError::not_expressible(format!(
            "{} cannot restrict a bucket to these networks by a policy of the bucket",
            dialect.title
        )));
    }
    let objects = prefixes.iter().map(|prefix| dialect.objects(partition, bucket, prefix));
    let mut deny = Statement::allow(dialect.object_actions(), objects.collect::<Result<_, _>>()?)
        .named(dialect.sid("TidegateNetworks"))
        .of(Principal::everyone());
    deny.effect = Effect::Deny;
    if !networks.cidrs.is_empty() {
        deny = deny.when("NotIpAddress", "aws:SourceIp", networks.cidrs.clone());
    }
    if !vpcs.is_empty() {
        deny = deny.when("StringNotEquals", "aws:SourceVpc", vpcs.to_vec());
    }
    dialect.policy(vec![deny]).map(Some)
}

/// The CORS document of a bucket whose objects a web page of this origin loads, and writes if `writes`.
pub fn cors_document(origin: &str, writes: bool) -> Value {
    Cors { rules: vec![CorsRule::new(origin, writes)] }.value()
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Cors {
    #[serde(rename = "CORSRules")]
    pub(crate) rules: Vec<CorsRule>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CorsRule {
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) allowed_methods: Vec<&'static str>,
    pub(crate) allowed_headers: Vec<&'static str>,
    pub(crate) expose_headers: Vec<&'static str>,
    pub(crate) max_age_seconds: u32,
}

impl Cors {
    pub(crate) fn value(&self) -> Value {
        serde_json::json!(self)
    }
}

impl CorsRule {
    pub(crate) fn new(origin: &str, writes: bool) -> Self {
        let (mut methods, mut headers) = (vec!["GET", "HEAD"], vec!["Range"]);
        if writes {
            methods.push("PUT");
            headers.extend(["Content-Type", "Content-MD5", "x-amz-*"]);
        }
        Self {
            allowed_origins: vec![origin.to_owned()],
            allowed_methods: methods,
            allowed_headers: headers,
            expose_headers: vec!["ETag", "Content-Range", "Accept-Ranges", "Content-Length"],
            max_age_seconds: 3600,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dialect;

    fn networks(cidrs: &[&str], vpcs: &[&str]) -> Networks {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Networks { cidrs: own(cidrs), vpcs: own(vpcs) }
    }

    #[test]
    fn one_deny_with_all_conditions_and_object_verbs_only() {
        let from = networks(&["198.51.100.0/24", "2001:db8::/32"], &["vpc-1", "vpc-2"]);
        assert_eq!(
            bucket_policy(&dialect::AWS, "aws", "data", &["a*/", "b/"], &from).unwrap().unwrap(),
            json!({"Version": "2012-10-17", "Statement": [{
                "Sid": "TidegateNetworks", "Effect": "Deny", "Principal": "*",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
                "Resource": ["arn:aws:s3:::data/a${*}/*", "arn:aws:s3:::data/b/*"],
                "Condition": {
                    "NotIpAddress": {"aws:SourceIp": ["198.51.100.0/24", "2001:db8::/32"]},
                    "StringNotEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}
                }
            }]})
        );
    }

    #[test]
    fn without_a_restriction_there_is_no_policy() {
        assert_eq!(bucket_policy(&dialect::AWS, "aws", "data", &[""], &Networks::default()), Ok(None));
    }

    #[test]
    fn an_empty_condition_is_never_emitted() {
        let vpc_only = bucket_policy(&dialect::AWS, "aws", "data", &[""], &networks(&[], &["vpc-1"])).unwrap().unwrap();
        assert_eq!(vpc_only["Statement"][0]["Condition"], json!({"StringNotEquals": {"aws:SourceVpc": ["vpc-1"]}}));
        assert!(bucket_policy(&dialect::CEPH, "aws", "data", &[""], &networks(&[], &["vpc-1"])).is_err());
        assert!(bucket_policy(&dialect::GARAGE, "aws", "data", &[""], &networks(&["192.0.2.0/24"], &[])).is_err());
    }

    #[test]
    fn cors_allows_writing_only_where_the_purpose_writes() {
        assert_eq!(
            cors_document("https://app.example.com", false),
            json!({"CORSRules": [{
                "AllowedOrigins": ["https://app.example.com"], "AllowedMethods": ["GET", "HEAD"], "AllowedHeaders": ["Range"],
                "ExposeHeaders": ["ETag", "Content-Range", "Accept-Ranges", "Content-Length"], "MaxAgeSeconds": 3600}]})
        );
        assert_eq!(cors_document("https://a", true)["CORSRules"][0]["AllowedMethods"], json!(["GET", "HEAD", "PUT"]));
    }
}
