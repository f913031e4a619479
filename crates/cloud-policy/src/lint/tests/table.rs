//! Every rule with a policy that it finds and a twin that it does not.

use super::*;

/// A policy of one statement.
fn one(statement: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{{{statement}}}]}}"#)
}

fn two(first: &str, second: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{{{first}}}, {{{second}}}]}}"#)
}

/// An Allow with this action on this resource, and more.
fn allow(action: &str, resource: &str, more: &str) -> String {
    one(&allowing(action, resource, more))
}

fn allowing(action: &str, resource: &str, more: &str) -> String {
    let comma = if more.is_empty() { "" } else { ", " };
    format!(r#""Effect": "Allow", "Action": {action}, "Resource": {resource}{comma}{more}"#)
}

fn deny(more: &str) -> String {
    one(&format!(r#""Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": {OBJECTS}, {more}"#))
}

/// A trust policy for a role of another account, and more.
fn trust(principal: &str, more: &str) -> String {
    let comma = if more.is_empty() { "" } else { ", " };
    one(&format!(r#""Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"{comma}{more}"#))
}

/// A statement of a bucket's policy.
fn shared(principal: &str, more: &str) -> String {
    let comma = if more.is_empty() { "" } else { ", " };
    one(&format!(
        r#""Effect": "Allow", "Principal": {principal}, "Action": "s3:GetObject", "Resource": {OBJECTS}{comma}{more}"#
    ))
}

fn when(condition: &str) -> String {
    format!(r#""Condition": {{{condition}}}"#)
}

fn binding(role: &str, member: &str, expression: &str) -> String {
    let condition = match expression {
        "" => String::new(),
        text => format!(r#", "condition": {{"title": "t", "expression": {}}}"#, serde_json::json!(text)),
    };
    format!(r#"{{"version": 3, "bindings": [{{"role": "{role}", "members": ["{member}"]{condition}}}]}}"#)
}

fn bound(expression: &str) -> String {
    binding("roles/storage.objectViewer", "serviceAccount:a@p.iam.gserviceaccount.com", expression)
}

fn boundary(rules: &[&str]) -> String {
    format!(r#"{{"accessBoundary": {{"accessBoundaryRules": [{}]}}}}"#, rules.join(","))
}

fn assignment(role: &str, scope: &str, more: &str) -> String {
    let comma = if more.is_empty() { "" } else { ", " };
    format!(r#"{{"roleDefinitionName": "{role}", "scope": "{scope}"{comma}{more}}}"#)
}

fn conditional(condition: &str) -> String {
    assignment(
        "Storage Blob Data Reader",
        ACCOUNT,
        &format!(r#""conditionVersion": "2.0", "condition": {}"#, serde_json::json!(condition)),
    )
}

const POOL: &str = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p";
const BUCKET: &str = r#""arn:aws:s3:::data""#;
const OBJECTS: &str = r#""arn:aws:s3:::data/in/*""#;
const ROLE: &str = r#"{"AWS": "arn:aws:iam::111122223333:role/tidegate"}"#;
const EXTERNAL: &str = r#""Condition": {"StringEquals": {"sts:ExternalId": "tidegate-1"}}"#;
const MEMBER: &str = "serviceAccount:a@p.iam.gserviceaccount.com";
const NAMED: &str = "resource.name.startsWith('projects/_/buckets/data/objects/in/')";
const LISTED: &str = "resource.name.startsWith('projects/_/buckets/data/objects/in/') || api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('in/')";
const ACCOUNT: &str = "/subscriptions/0/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";
const READ: &str = "ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'}";
const CONTAINER: &str = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'data'";
const PATH: &str = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringStartsWith";

/// Rule, a policy that has it, the same without it.
fn table() -> Vec<(Rule, String, String)> {
    let sound = allow(r#""s3:GetObject""#, OBJECTS, "");
    [documents(&sound), of_aws(), written_otherwise(), conditions(), whom(), google(), azure()].concat()
}

/// The same faults in other ways of writing them.
fn written_otherwise() -> Vec<(Rule, String, String)> {
    let on = |action: &str, resource: &str| allow(&format!("\"{action}\""), resource, "");
    let get = || on("s3:GetObject", OBJECTS);
    let everyone = |condition: &str| shared("\"*\"", &when(condition));
    let listing = |condition: &str| {
        two(&allowing("\"s3:GetObject\"", OBJECTS, ""), &allowing("\"s3:ListBucket\"", BUCKET, &when(condition)))
    };
    let narrow = || listing(r#""StringLike": {"s3:prefix": ["in/*"]}"#);
    let of_everyone = || everyone(r#""StringEquals": {"aws:PrincipalOrgID": "o-1"}"#);
    let from = |network: &str| deny(&when(&format!(r#""NotIpAddress": {{"aws:SourceIp": "{network}"}}"#)));
    let trusted = |condition: &str| trust(ROLE, &when(condition));
    let all = "\"arn:aws:*:*:*:*\"";
    vec![
        (Rule::AllActions, on("s3:**", OBJECTS), get()),
        (Rule::AllActions, on("S3:?*", OBJECTS), get()),
        (Rule::Administrator, on("**", all), get()),
        (Rule::Administrator, on("*:*", "\"arn:*:*:*:*:*\""), get()),
        (Rule::AllResources, on("s3:GetObject", all), get()),
        (Rule::AllResources, on("s3:GetObject", "\"arn:aws:s3:*:*:*\""), get()),
        (Rule::PrefixWithoutSlash, on("s3:GetObject", "\"arn:aws:s3:::data*\""), get()),
        (Rule::BucketActionOnObjectArn, on("s3:List*", OBJECTS), on("s3:List*", BUCKET)),
        (
            Rule::BucketActionOnObjectArn,
            deny("").replace("s3:GetObject", "s3:ListBucket").replace(", }", "}"),
            deny(&when("")),
        ),
        (Rule::WholeBucketListing, listing(r#""Null": {"s3:prefix": "false"}"#), narrow()),
        (Rule::WholeBucketListing, listing(r#""ForAllValues:StringLike": {"s3:prefix": "in/*"}"#), narrow()),
        (
            Rule::WholeBucketListing,
            listing(r#""StringLike": {"s3:prefix": ["", "in/*"]}"#),
            listing(r#""StringLike": {"s3:prefix": ["", "in/*"]}, "StringEquals": {"s3:delimiter": "/"}"#),
        ),
        (
            Rule::WholeBucketListing,
            listing(r#""StringLike": {"s3:prefix": ["", "in/*"]}, "StringNotEquals": {"s3:delimiter": "/"}"#),
            narrow(),
        ),
        (
            Rule::NotPrincipal,
            trust(ROLE, EXTERNAL).replace("\"Principal\"", "\"NotPrincipal\"").replace("\"Allow\"", "\"Deny\""),
            trust(ROLE, EXTERNAL),
        ),
        (
            Rule::WeakExternalId,
            trusted(r#""ForAllValues:StringEquals": {"sts:ExternalId": "e-1"}"#),
            trust(ROLE, EXTERNAL),
        ),
        (
            Rule::WeakExternalId,
            trusted(r#""StringEquals": {"sts:ExternalId": "${sts:ExternalId}"}"#),
            trust(ROLE, EXTERNAL),
        ),
        (
            Rule::MissingExternalId,
            trust(ROLE, "").replace(r#""Action": "sts:AssumeRole""#, r#""NotAction": "sts:TagSession""#),
            trust(ROLE, EXTERNAL),
        ),
        (
            Rule::PublicPrincipal,
            everyone(r#""ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}"#),
            of_everyone(),
        ),
        (Rule::PublicPrincipal, everyone(r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}"#), of_everyone()),
        (
            Rule::AllowReversedCondition,
            everyone(r#""StringEquals": {"aws:SecureTransport": "false"}"#),
            everyone(r#""StringEquals": {"aws:SecureTransport": "true"}"#),
        ),
        (
            Rule::KmsAllKeys,
            on("kms:Decrypt", "\"arn:aws:kms:*:*:key/*\""),
            on("kms:Decrypt", "\"arn:aws:kms:*:111122223333:key/k\""),
        ),
        (
            Rule::AllResources,
            on("sts:AssumeRole", "\"arn:aws:iam::*:role/*\""),
            on("sts:AssumeRole", "\"arn:aws:iam::*:role/tidegate-*\""),
        ),
        (
            Rule::UnboundWebIdentity,
            binding("roles/iam.workloadIdentityUser", &format!("principalSet:{POOL}/*"), ""),
            binding("roles/iam.workloadIdentityUser", &format!("principal:{POOL}/subject/s"), ""),
        ),
        (Rule::PrivateSourceIp, from("10.0.0.0/8"), from("198.51.100.0/24")),
        (Rule::OpenNetwork, from("0.0.0.0/0"), from("198.51.100.0/24")),
        (Rule::ConditionNeverHolds, from("198.51.100.0/33"), from("198.51.100.0/24")),
        (
            Rule::ConditionNeverHolds,
            everyone(r#""DateLessThan": {"aws:CurrentTime": "tomorrow"}"#),
            everyone(r#""DateLessThan": {"aws:CurrentTime": "2026-01-01"}"#),
        ),
    ]
}

fn documents(sound: &str) -> Vec<(Rule, String, String)> {
    let sound = sound.to_owned();
    vec![
        (Rule::NotJson, "{".into(), sound.clone()),
        (Rule::TooLarge, "[".repeat(40), "[[]]".into()),
        (Rule::TextAroundJson, format!("Paste this: {sound}"), sound.clone()),
        (Rule::TypographicQuotes, sound.replace("\"Version\"", "“Version”"), sound.clone()),
        (Rule::TypographicQuotes, sound.replace("in/", "in”/"), sound.clone()),
        (Rule::UnknownKind, "{}".into(), sound.clone()),
        (Rule::DuplicateKey, sound.replace("\"Effect\"", "\"Effect\": \"Allow\", \"Effect\""), sound.clone()),
        (Rule::UnknownField, sound.replace("\"Effect\"", "\"Conditions\": {}, \"Effect\""), sound.clone()),
        (Rule::WrongType, sound.replace("\"s3:GetObject\"", "{}"), sound.clone()),
        (Rule::MissingPart, sound.replace("\"Effect\": \"Allow\", ", ""), sound.clone()),
        (Rule::MissingPart, one(r#""Effect": "Allow", "Action": "s3:GetObject""#), sound.clone()),
        (Rule::ConflictingParts, sound.replace("\"Effect\"", "\"NotAction\": \"s3:*\", \"Effect\""), sound.clone()),
        (Rule::UnknownValue, sound.replace("\"Allow\"", "\"Permit\""), sound.clone()),
        (Rule::Placeholder, sound.replace("data", "<bucket>"), sound.clone()),
        (Rule::MissingVersion, sound.replace("\"Version\": \"2012-10-17\", ", ""), sound.clone()),
        (Rule::OldVersion, sound.replace("2012", "2008"), sound.clone()),
    ]
}

fn of_aws() -> Vec<(Rule, String, String)> {
    let get = || allow(r#""s3:GetObject""#, OBJECTS, "");
    let on = |action: &str, resource: &str| allow(&format!("\"{action}\""), resource, "");
    vec![
        (Rule::PartOfOtherKind, trust(ROLE, &format!(r#"{EXTERNAL}, "Resource": "*""#)), trust(ROLE, EXTERNAL)),
        (Rule::UnknownAction, on("s3:ListObjects", BUCKET), on("s3:ListBucket", BUCKET)),
        (Rule::UnknownAction, on("s3:GetObjct", OBJECTS), get()),
        (Rule::UnknownAction, on("GetObject", OBJECTS), get()),
        (Rule::UnknownAction, deny(&when("")).replace("GetObject", "HeadObject"), deny(&when(""))),
        (Rule::Administrator, on("*", r#""*""#), get()),
        (Rule::Administrator, on("iam:*", r#""*""#), on("iam:GetRole", r#""*""#)),
        (Rule::AllActions, on("s3:*", OBJECTS), get()),
        (Rule::AllActions, on("*", OBJECTS), get()),
        (Rule::ExcessAction, on("s3:PutBucketPolicy", BUCKET), on("s3:ListBucket", BUCKET)),
        (Rule::ExcessAction, on("s3:Put*", OBJECTS), on("s3:PutObject", OBJECTS)),
        (Rule::PassRole, on("iam:PassRole", r#""*""#), on("iam:GetRole", r#""*""#)),
        (Rule::IamRights, on("iam:PutRolePolicy", r#""*""#), on("iam:GetRolePolicy", r#""*""#)),
        (
            Rule::KmsAllKeys,
            on("kms:*", r#""arn:aws:kms:eu-central-1:111122223333:key/k""#),
            on("kms:Decrypt", r#""arn:aws:kms:eu-central-1:111122223333:key/k""#),
        ),
        (Rule::KmsAllKeys, on("kms:Decrypt", r#""*""#), on("kms:ListAliases", r#""*""#)),
        (Rule::AllResources, on("s3:GetObject", r#""*""#), get()),
        (
            Rule::AllResources,
            on("sts:AssumeRole", r#""*""#),
            on("sts:AssumeRole", r#""arn:aws:iam::111122223333:role/r""#),
        ),
        (Rule::AllResources, on("s3:GetObject", r#""arn:aws:s3:::*""#), on("s3:ListAllMyBuckets", r#""*""#)),
        (Rule::WholeBucket, on("s3:GetObject", r#""arn:aws:s3:::data/*""#), get()),
        (Rule::InvalidArn, on("s3:GetObject", r#""s3://data/in/*""#), get()),
        (Rule::InvalidArn, on("s3:GetObject", r#""arn:amazon:s3:::data/in/*""#), get()),
        (Rule::InvalidArn, trust(r#"{"AWS": "tidegate"}"#, EXTERNAL), trust(ROLE, EXTERNAL)),
        (
            Rule::WrongPartition,
            two(
                &allowing(r#""s3:GetObject""#, OBJECTS, ""),
                &allowing(r#""s3:ListBucket""#, r#""arn:aws-cn:s3:::data""#, ""),
            ),
            two(&allowing(r#""s3:GetObject""#, OBJECTS, ""), &allowing(r#""s3:ListBucket""#, BUCKET, "")),
        ),
        (
            Rule::WrongPartition,
            on("kms:Decrypt", r#""arn:aws:kms:cn-north-1:111122223333:key/k""#),
            on("kms:Decrypt", r#""arn:aws-cn:kms:cn-north-1:111122223333:key/k""#),
        ),
        (Rule::AccountId, trust(r#"{"AWS": "11112222333"}"#, EXTERNAL), trust(r#"{"AWS": "111122223333"}"#, EXTERNAL)),
        (Rule::AccountId, trust(r#"{"AWS": "arn:aws:iam::1:root"}"#, EXTERNAL), trust(ROLE, EXTERNAL)),
        (Rule::BucketActionOnObjectArn, on("s3:ListBucket", r#""arn:aws:s3:::data/*""#), on("s3:ListBucket", BUCKET)),
        (
            Rule::BucketActionOnObjectArn,
            on("s3:ListBucket", r#"["arn:aws:s3:::data", "arn:aws:s3:::data/in/*"]"#),
            on("s3:ListBucket", r#"["arn:aws:s3:::data"]"#),
        ),
        (Rule::ObjectActionOnBucketArn, on("s3:GetObject", BUCKET), get()),
        (Rule::AccountActionOnArn, on("s3:ListAllMyBuckets", BUCKET), on("s3:ListAllMyBuckets", r#""*""#)),
        (
            Rule::MixedLevels,
            allow(r#"["s3:ListBucket", "s3:GetObject"]"#, r#"["arn:aws:s3:::data", "arn:aws:s3:::data/*"]"#, ""),
            get(),
        ),
        (
            Rule::WholeBucketListing,
            two(&allowing(r#""s3:GetObject""#, OBJECTS, ""), &allowing(r#""s3:ListBucket""#, BUCKET, "")),
            two(
                &allowing(r#""s3:GetObject""#, OBJECTS, ""),
                &allowing(r#""s3:ListBucket""#, BUCKET, &when(r#""StringLike": {"s3:prefix": "in/*"}"#)),
            ),
        ),
        (
            Rule::PrefixOperator,
            allow(r#""s3:ListBucket""#, BUCKET, &when(r#""StringEquals": {"s3:prefix": "in/*"}"#)),
            allow(r#""s3:ListBucket""#, BUCKET, &when(r#""StringEquals": {"s3:prefix": "in/"}"#)),
        ),
        (
            Rule::PrefixOperator,
            allow(r#""s3:ListBucket""#, BUCKET, &when(r#""StringLikeIfExists": {"s3:prefix": "in/*"}"#)),
            allow(r#""s3:ListBucket""#, BUCKET, &when(r#""StringLike": {"s3:prefix": "in/*"}"#)),
        ),
        (Rule::PrefixWithoutSlash, on("s3:GetObject", r#""arn:aws:s3:::data/in*""#), get()),
    ]
}

fn conditions() -> Vec<(Rule, String, String)> {
    let get = |condition: &str| allow(r#""s3:GetObject""#, OBJECTS, &when(condition));
    let office = r#""IpAddress": {"aws:SourceIp": "198.51.100.0/24"}"#;
    vec![
        (Rule::AllowReversedCondition, get(r#""NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}"#), get(office)),
        (
            Rule::AllowReversedCondition,
            get(r#""Bool": {"aws:SecureTransport": "false"}"#),
            get(r#""Bool": {"aws:SecureTransport": "true"}"#),
        ),
        (
            Rule::AllowReversedCondition,
            get(r#""Bool": {"aws:MultiFactorAuthPresent": "false"}"#),
            get(r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#),
        ),
        (
            Rule::AllowReversedCondition,
            get(r#""StringNotEquals": {"aws:SourceVpc": "vpc-1"}"#),
            get(r#""NotIpAddress": {"aws:SourceIp": "198.51.100.7"}, "StringEquals": {"aws:PrincipalOrgID": "o-1"}"#),
        ),
        (
            Rule::AllowDoesNotRestrict,
            two(&allowing(r#""s3:*""#, OBJECTS, &when(office)), &allowing(r#""s3:GetObject""#, OBJECTS, "")),
            two(&allowing(r#""s3:*""#, OBJECTS, &when(office)), &allowing(r#""s3:ListBucket""#, BUCKET, "")),
        ),
        (Rule::AllowIsNoDeny, get(office), get(r#""StringEquals": {"s3:ExistingObjectTag/a": "b"}"#)),
        (
            Rule::AllowIfExists,
            get(r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}"#),
            get(r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#),
        ),
        (
            Rule::AllowForAllValues,
            get(r#""ForAllValues:StringEquals": {"aws:TagKeys": "a"}"#),
            get(r#""ForAllValues:StringEquals": {"aws:TagKeys": "a"}, "Null": {"aws:TagKeys": "false"}"#),
        ),
        (
            Rule::DenyWithoutIfExists,
            deny(&when(r#""Bool": {"aws:MultiFactorAuthPresent": "false"}"#)),
            deny(&when(r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}"#)),
        ),
        (
            Rule::DenyIfExists,
            deny(&when(r#""StringEqualsIfExists": {"aws:PrincipalTag/a": "b"}"#)),
            deny(&when(r#""StringEquals": {"aws:PrincipalTag/a": "b"}"#)),
        ),
        (
            Rule::DenyAddressHitsServices,
            deny(&when(r#""NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}"#)),
            deny(&when(
                r#""NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}, "Bool": {"aws:ViaAWSService": "false"}"#,
            )),
        ),
        (
            Rule::UnknownOperator,
            get(r#""StringIs": {"aws:userid": "a"}"#),
            get(r#""StringEquals": {"aws:userid": "a"}"#),
        ),
        (
            Rule::ConditionNeverHolds,
            get(r#""StringEquals": {"aws:userid": []}"#),
            get(r#""StringEquals": {"aws:userid": ["a"]}"#),
        ),
        (
            Rule::ConditionNeverHolds,
            get(r#""Bool": {"aws:SecureTransport": "yes"}"#),
            get(r#""Bool": {"aws:SecureTransport": true}"#),
        ),
        (Rule::ConditionNeverHolds, get(r#""IpAddress": {"aws:SourceIp": "198.51.100.0/33"}"#), get(office)),
        (
            Rule::ConditionNeverHolds,
            get(r#""NumericLessThan": {"s3:max-keys": "ten"}"#),
            get(r#""NumericLessThan": {"s3:max-keys": 10}"#),
        ),
        (
            Rule::ConditionNeverHolds,
            get(r#""StringEquals": {"aws:userid": "a"}, "StringNotEquals": {"aws:userid": ["a", "b"]}"#),
            get(r#""StringEquals": {"aws:userid": "c"}, "StringNotEquals": {"aws:userid": ["a", "b"]}"#),
        ),
        (
            Rule::ConditionNeverHolds,
            get(r#""StringEquals": {"aws:userid": "a"}, "Null": {"aws:userid": "true"}"#),
            get(r#""StringEquals": {"aws:userid": "a"}, "Null": {"aws:userid": "false"}"#),
        ),
        (
            Rule::ConditionNeverHolds,
            get(&format!(r#"{office}, "StringEquals": {{"aws:SourceVpc": "vpc-1"}}"#)),
            get(&format!(r#"{office}, "StringEquals": {{"aws:PrincipalOrgID": "o-1"}}"#)),
        ),
        (
            Rule::ConditionNeverHolds,
            get(r#""StringLike": {"s3:prefix": "in/*"}"#),
            allow(r#""s3:ListBucket""#, BUCKET, &when(r#""StringLike": {"s3:prefix": "in/*"}"#)),
        ),
        (Rule::PrivateSourceIp, get(r#""IpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#), get(office)),
        (Rule::OpenNetwork, get(r#""IpAddress": {"aws:SourceIp": "0.0.0.0/0"}"#), get(office)),
        (
            Rule::AllowNotAction,
            one(&format!(r#""Effect": "Allow", "NotAction": "iam:*", "Resource": {OBJECTS}"#)),
            one(&format!(r#""Effect": "Deny", "NotAction": "s3:GetObject", "Resource": {OBJECTS}"#)),
        ),
        (
            Rule::AllowNotResource,
            one(&format!(r#""Effect": "Allow", "Action": "s3:GetObject", "NotResource": {OBJECTS}"#)),
            one(&format!(r#""Effect": "Deny", "Action": "s3:GetObject", "NotResource": {OBJECTS}"#)),
        ),
    ]
}

fn whom() -> Vec<(Rule, String, String)> {
    let external = |condition: &str| trust(ROLE, &when(condition));
    let provider = r#"{"Federated": "arn:aws:iam::111122223333:oidc-provider/tidegate.example.com"}"#;
    let web = |condition: &str| {
        trust(provider, &when(condition)).replace("sts:AssumeRole\"", "sts:AssumeRoleWithWebIdentity\"")
    };
    vec![
        (Rule::NotPrincipal, shared(ROLE, "").replace("\"Principal\"", "\"NotPrincipal\""), shared(ROLE, "")),
        (Rule::PublicPrincipal, shared(r#""*""#, ""), shared(ROLE, "")),
        (
            Rule::PublicPrincipal,
            shared(r#"{"AWS": "*"}"#, &when(r#""Bool": {"aws:SecureTransport": "true"}"#)),
            shared(r#"{"AWS": "*"}"#, &when(r#""StringEquals": {"aws:PrincipalOrgID": "o-1"}"#)),
        ),
        (
            Rule::PublicPrincipal,
            shared(r#""*""#, &when(r#""IpAddress": {"aws:SourceIp": "0.0.0.0/0"}"#)),
            shared(r#""*""#, &when(r#""IpAddress": {"aws:SourceIp": "198.51.100.0/24"}"#)),
        ),
        (Rule::PublicPrincipal, trust(r#""*""#, EXTERNAL), trust(ROLE, EXTERNAL)),
        (
            Rule::PrincipalWildcard,
            trust(r#"{"AWS": "arn:aws:iam::111122223333:role/*"}"#, EXTERNAL),
            trust(ROLE, EXTERNAL),
        ),
        (Rule::MissingExternalId, trust(ROLE, ""), trust(ROLE, EXTERNAL)),
        (
            Rule::MissingExternalId,
            trust(ROLE, "").replace("sts:AssumeRole", "sts:*"),
            trust(r#"{"Service": "ec2.amazonaws.com"}"#, ""),
        ),
        (
            Rule::WeakExternalId,
            external(r#""StringLike": {"sts:ExternalId": "tidegate-*"}"#),
            external(r#""StringLike": {"sts:ExternalId": "tidegate-1"}"#),
        ),
        (
            Rule::WeakExternalId,
            external(r#""StringEqualsIfExists": {"sts:ExternalId": "tidegate-1"}"#),
            trust(ROLE, EXTERNAL),
        ),
        (Rule::WeakExternalId, external(r#""Null": {"sts:ExternalId": "false"}"#), trust(ROLE, EXTERNAL)),
        (
            Rule::UnboundWebIdentity,
            web(r#""StringEquals": {"tidegate.example.com:aud": "sts.amazonaws.com"}"#),
            web(r#""StringEquals": {"tidegate.example.com:sub": "project:p:integration:i"}"#),
        ),
        (
            Rule::UnboundWebIdentity,
            web(r#""StringLike": {"tidegate.example.com:sub": "*"}"#),
            web(r#""StringLike": {"tidegate.example.com:sub": "project:p:*"}"#),
        ),
    ]
}

fn google() -> Vec<(Rule, String, String)> {
    let many = format!("{LISTED}{}", " || resource.name == 'x'".repeat(12));
    let long = format!("resource.name.startsWith('projects/_/buckets/data/objects/{}/')", "k".repeat(2000));
    let rule = |permission: &str, more: &str| {
        format!(
            r#"{{"availableResource": "//storage.googleapis.com/projects/_/buckets/data", "availablePermissions": ["{permission}"]{more}}}"#
        )
    };
    let narrowed = |text: &str| format!(r#", "availabilityCondition": {{"expression": {}}}"#, serde_json::json!(text));
    let good = rule("inRole:roles/storage.objectViewer", &narrowed(LISTED));
    vec![
        (Rule::PublicPrincipal, binding("roles/storage.objectViewer", "allUsers", LISTED), bound(LISTED)),
        (Rule::PublicPrincipal, binding("roles/storage.objectViewer", "allAuthenticatedUsers", LISTED), bound(LISTED)),
        (Rule::BasicRole, binding("roles/editor", MEMBER, ""), bound(LISTED)),
        (Rule::WideRole, binding("roles/storage.admin", MEMBER, LISTED), bound(LISTED)),
        (
            Rule::CannotOverwrite,
            binding("roles/storage.objectCreator", MEMBER, NAMED),
            binding("roles/storage.objectUser", MEMBER, LISTED),
        ),
        (Rule::ConditionMissing, bound(""), bound(LISTED)),
        (Rule::ConditionMissing, boundary(&[&rule("inRole:roles/storage.objectViewer", "")]), boundary(&[&good])),
        (Rule::ConditionInvalid, bound("resource.name.matches('a.*')"), bound(LISTED)),
        (Rule::ConditionTooLong, bound(&many), bound(LISTED)),
        (
            Rule::ConditionTooLong,
            boundary(&[&rule("inRole:roles/storage.objectCreator", &narrowed(&long))]),
            bound(&long),
        ),
        (Rule::ConditionVersion, bound(LISTED).replace("\"version\": 3, ", ""), bound(LISTED)),
        (Rule::ConditionNeverHolds, bound("resource.name.startsWith('gs://data/in/')"), bound(LISTED)),
        (Rule::ConditionNeverHolds, bound(&LISTED.replace("projects/_/", "projects/p/")), bound(LISTED)),
        (Rule::ListPrefixMissing, bound(NAMED), bound(LISTED)),
        (Rule::ListPrefixMissing, NAMED.into(), LISTED.into()),
        (Rule::PrefixWithoutSlash, bound(&LISTED.replace("in/", "in")), bound(LISTED)),
        (
            Rule::PrefixWithoutSlash,
            bound("resource.name.startsWith('projects/_/buckets/data')"),
            bound("resource.name.startsWith('projects/_/buckets/data/')"),
        ),
        (
            Rule::BoundaryInvalid,
            boundary(&[&rule("roles/storage.objectViewer", &narrowed(LISTED))]),
            boundary(&[&good]),
        ),
        (Rule::BoundaryInvalid, boundary(&[&good.replace("//storage", "storage")]), boundary(&[&good])),
        (Rule::BoundaryInvalid, boundary(&[good.as_str(); 11]), boundary(&[good.as_str(); 10])),
        (Rule::Placeholder, bound(&LISTED.replace("data", "YOUR_BUCKET")), bound(LISTED)),
    ]
}

fn azure() -> Vec<(Rule, String, String)> {
    let made = {
        let scope = domain::scope::Scope {
            bucket: "data".parse().unwrap(),
            prefix: "in".parse().unwrap(),
            access: domain::scope::Access::Read,
            kms_key_arn: None,
        };
        crate::azure::role_condition(&[scope]).unwrap()
    };
    let made = made.as_str();
    let covered = format!("((!({READ})) OR ({CONTAINER}))");
    let writing = |action: &str| {
        format!("((!({}) AND !({READ})) OR ({CONTAINER}))", READ.replace("/read'", &format!("/{action}'")))
    };
    let custom =
        |action: &str| format!(r#"{{"assignableScopes": ["{ACCOUNT}"], "actions": ["{action}"], "dataActions": []}}"#);
    let reader = |scope: &str| {
        assignment("Storage Blob Data Reader", scope, &format!(r#""condition": {}"#, serde_json::json!(made)))
    };
    vec![
        (Rule::BasicRole, assignment("Owner", ACCOUNT, ""), reader(ACCOUNT)),
        (
            Rule::BasicRole,
            r#"{"properties": {"roleDefinitionId": "/x/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c"}}"#.into(),
            r#"{"properties": {"roleDefinitionId": "/x/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"}}"#.into(),
        ),
        (Rule::KeyRole, assignment("Storage Account Contributor", ACCOUNT, ""), reader(ACCOUNT)),
        (
            Rule::KeyRole,
            custom("Microsoft.Storage/storageAccounts/*"),
            custom("Microsoft.Storage/storageAccounts/read"),
        ),
        (Rule::AllActions, custom("*"), custom("Microsoft.Storage/storageAccounts/read")),
        (Rule::WideRole, assignment("Storage Blob Data Owner", ACCOUNT, ""), reader(ACCOUNT)),
        (Rule::WideScope, reader("/subscriptions/0"), reader(ACCOUNT)),
        (Rule::WideScope, reader("/subscriptions/0/resourceGroups/g"), reader(ACCOUNT)),
        (Rule::ConditionMissing, assignment("Storage Blob Data Reader", ACCOUNT, ""), reader(ACCOUNT)),
        (
            Rule::ConditionMissing,
            assignment("Storage Blob Data Reader", ACCOUNT, ""),
            assignment("Storage Blob Data Reader", &format!("{ACCOUNT}/blobServices/default/containers/c"), ""),
        ),
        (Rule::ConditionInvalid, conditional("@Resource[a] StringIs 'b'"), conditional(made)),
        (Rule::ConditionVersion, conditional(made).replace("\"2.0\"", "\"1.0\""), conditional(made)),
        (
            Rule::ConditionUncovered,
            conditional(&covered.replace("'})", "'} AND NOT SubOperationMatches{'Blob.List'})")),
            conditional(&covered),
        ),
        (
            Rule::ConditionUncovered,
            conditional(&covered).replace("Data Reader", "Data Contributor"),
            conditional(made).replace("Data Reader", "Data Contributor"),
        ),
        (Rule::ConditionUncovered, writing("write"), made.into()),
        (Rule::ConditionForm, conditional(&format!("({READ} AND {CONTAINER})")), conditional(&covered)),
        (
            Rule::ConditionAmbiguous,
            conditional(&format!("!({READ}) OR {CONTAINER} AND {CONTAINER}")),
            conditional(&format!("!({READ}) OR ({CONTAINER} AND {CONTAINER})")),
        ),
        (Rule::AttributeSourceCase, conditional(&made.replace("@Resource", "@resource")), conditional(made)),
        (
            Rule::ListPrefixMissing,
            conditional(&format!("((!({READ})) OR ({CONTAINER} AND {PATH} 'in/'))")),
            conditional(made),
        ),
        (Rule::PrefixWithoutSlash, conditional(&made.replace("'in/'", "'in'")), conditional(made)),
        (Rule::ConditionNeverHolds, conditional(&made.replace("'in/'", "'/in/'")), conditional(made)),
    ]
}

#[test]
fn every_rule_finds_its_policy_and_not_the_twin() {
    for (rule, bad, good) in table() {
        assert!(finds(&bad, None, rule), "{rule:?} is not found in {bad}: {:?}", found(&bad, None));
        assert!(!finds(&good, None, rule), "{rule:?} is found in {good}");
    }
}

#[test]
fn every_rule_has_a_row() {
    let table = table();
    for (rule, _) in Rule::ABOUT {
        assert!(table.iter().any(|(own, ..)| *own == rule), "{rule:?}");
    }
}

#[test]
fn every_finding_says_where_and_what_mends_it() {
    for (rule, bad, _) in table() {
        for finding in lint(&bad, None).findings {
            assert!(finding.message.len() > 20 && !finding.message.ends_with('.'), "{rule:?}: {}", finding.message);
            if let Ok(value) = serde_json::from_str::<serde_json::Value>(&bad) {
                let there = value.pointer(&finding.pointer).is_some() || finding.id == Rule::DuplicateKey;
                assert!(there || finding.id == Rule::MissingPart, "{rule:?}: {} in {bad}", finding.pointer);
            }
        }
    }
}
