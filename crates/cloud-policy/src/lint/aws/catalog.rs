//! The actions of S3, KMS and STS ("Actions, resources, and condition keys" of AWS's Service Authorization
//! Reference), and what people write in their place.

use std::sync::LazyLock;

use super::{compiled, covers};
use crate::simulate::Context;

/// What an action is done to, which says with which ARN it has an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Account,
    Bucket,
    Object,
}

/// All that reading and writing objects takes, without the service.
pub(super) const NEEDED: [&str; 6] =
    ["GetObject", "ListBucket", "PutObject", "DeleteObject", "AbortMultipartUpload", "ListMultipartUploadParts"];

const S3: [(Level, &str); 3] = [
    (
        Level::Object,
        "AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging DeleteObjectVersion \
         DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention \
         GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes \
         GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication \
         ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectLegalHold \
         PutObjectRetention PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete ReplicateObject \
         ReplicateTags RestoreObject UpdateObjectEncryption",
    ),
    (
        Level::Bucket,
        "CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket DeleteBucketMetadataTableConfiguration \
         DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac \
         GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketMetadataTableConfiguration \
         GetBucketNotification GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy \
         GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning \
         GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration \
         GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration ListBucket \
         ListBucketMultipartUploads ListBucketVersions PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketAbac \
         PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration \
         PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging \
         PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration PutIntelligentTieringConfiguration \
         PutInventoryConfiguration PutLifecycleConfiguration PutMetricsConfiguration PutReplicationConfiguration \
         UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration",
    ),
    (
        Level::Account,
        "AssociateAccessGrantsIdentityCenter CreateAccessGrant CreateAccessGrantsInstance CreateAccessGrantsLocation \
         CreateAccessPoint CreateAccessPointForObjectLambda CreateJob CreateMultiRegionAccessPoint \
         CreateStorageLensGroup DeleteAccessGrant DeleteAccessGrantsInstance DeleteAccessGrantsInstanceResourcePolicy \
         DeleteAccessGrantsLocation DeleteAccessPoint DeleteAccessPointForObjectLambda DeleteAccessPointPolicy \
         DeleteAccessPointPolicyForObjectLambda DeleteJobTagging DeleteMultiRegionAccessPoint \
         DeleteStorageLensConfiguration DeleteStorageLensConfigurationTagging DeleteStorageLensGroup DescribeJob \
         DescribeMultiRegionAccessPointOperation DissociateAccessGrantsIdentityCenter GetAccessGrant \
         GetAccessGrantsInstance GetAccessGrantsInstanceForPrefix GetAccessGrantsInstanceResourcePolicy \
         GetAccessGrantsLocation GetAccessPoint GetAccessPointConfigurationForObjectLambda GetAccessPointForObjectLambda \
         GetAccessPointPolicy GetAccessPointPolicyForObjectLambda GetAccessPointPolicyStatus \
         GetAccessPointPolicyStatusForObjectLambda GetAccountPublicAccessBlock GetDataAccess GetJobTagging \
         GetMultiRegionAccessPoint GetMultiRegionAccessPointPolicy GetMultiRegionAccessPointPolicyStatus \
         GetMultiRegionAccessPointRoutes GetStorageLensConfiguration GetStorageLensConfigurationTagging \
         GetStorageLensDashboard GetStorageLensGroup ListAccessGrants ListAccessGrantsInstances \
         ListAccessGrantsLocations ListAccessPoints ListAccessPointsForObjectLambda ListAllMyBuckets \
         ListCallerAccessGrants ListJobs ListMultiRegionAccessPoints ListStorageLensConfigurations ListStorageLensGroups \
         ListTagsForResource PauseReplication PutAccessGrantsInstanceResourcePolicy \
         PutAccessPointConfigurationForObjectLambda PutAccessPointPolicy PutAccessPointPolicyForObjectLambda \
         PutAccessPointPublicAccessBlock PutAccountPublicAccessBlock PutJobTagging PutMultiRegionAccessPointPolicy \
         PutStorageLensConfiguration PutStorageLensConfigurationTagging SubmitMultiRegionAccessPointRoutes TagResource \
         UntagResource UpdateAccessGrantsLocation UpdateJobPriority UpdateJobStatus UpdateStorageLensGroup",
    ),
];

const KMS: &str = "CancelKeyDeletion ConnectCustomKeyStore CreateAlias CreateCustomKeyStore CreateGrant CreateKey Decrypt \
    DeleteAlias DeleteCustomKeyStore DeleteImportedKeyMaterial DeriveSharedSecret DescribeCustomKeyStores DescribeKey \
    DisableKey DisableKeyRotation DisconnectCustomKeyStore EnableKey EnableKeyRotation Encrypt GenerateDataKey \
    GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GenerateRandom \
    GetKeyPolicy GetKeyRotationStatus GetParametersForImport GetPublicKey ImportKeyMaterial ListAliases ListGrants \
    ListKeyPolicies ListKeyRotations ListKeys ListResourceTags ListRetirableGrants PutKeyPolicy ReEncryptFrom ReEncryptTo \
    ReplicateKey RetireGrant RevokeGrant RotateKeyOnDemand ScheduleKeyDeletion Sign SynchronizeMultiRegionKey TagResource \
    UntagResource UpdateAlias UpdateCustomKeyStore UpdateKeyDescription UpdatePrimaryRegion Verify VerifyMac";

const STS: &str = "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot DecodeAuthorizationMessage \
    GetAccessKeyInfo GetCallerIdentity GetDelegatedAccessToken GetFederationToken GetServiceBearerToken GetSessionToken \
    GetWebIdentityToken SetContext SetSourceIdentity TagGetWebIdentityToken TagSession";

/// Calls of the API, which are no actions, and the actions that they need.
const CALLS: [(&str, &[&str]); 33] = [
    ("s3:ListObjects", &["s3:ListBucket"]),
    ("s3:ListObjectsV2", &["s3:ListBucket"]),
    ("s3:ListObject", &["s3:ListBucket"]),
    ("s3:HeadBucket", &["s3:ListBucket"]),
    ("s3:HeadObject", &["s3:GetObject"]),
    ("s3:GetObjects", &["s3:GetObject"]),
    ("s3:ReadObject", &["s3:GetObject"]),
    ("s3:WriteObject", &["s3:PutObject"]),
    ("s3:PostObject", &["s3:PutObject"]),
    ("s3:CopyObject", &["s3:GetObject", "s3:PutObject"]),
    ("s3:DeleteObjects", &["s3:DeleteObject"]),
    ("s3:UploadPart", &["s3:PutObject"]),
    ("s3:UploadPartCopy", &["s3:GetObject", "s3:PutObject"]),
    ("s3:CreateMultipartUpload", &["s3:PutObject"]),
    ("s3:InitiateMultipartUpload", &["s3:PutObject"]),
    ("s3:CompleteMultipartUpload", &["s3:PutObject"]),
    ("s3:ListParts", &["s3:ListMultipartUploadParts"]),
    ("s3:ListMultipartUploads", &["s3:ListBucketMultipartUploads"]),
    ("s3:ListObjectVersions", &["s3:ListBucketVersions"]),
    ("s3:ListBuckets", &["s3:ListAllMyBuckets"]),
    ("s3:GetBucketEncryption", &["s3:GetEncryptionConfiguration"]),
    ("s3:PutBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3:GetBucketLifecycle", &["s3:GetLifecycleConfiguration"]),
    ("s3:GetBucketLifecycleConfiguration", &["s3:GetLifecycleConfiguration"]),
    ("s3:PutBucketLifecycleConfiguration", &["s3:PutLifecycleConfiguration"]),
    ("s3:GetBucketReplication", &["s3:GetReplicationConfiguration"]),
    ("s3:PutBucketReplication", &["s3:PutReplicationConfiguration"]),
    ("s3:GetPublicAccessBlock", &["s3:GetBucketPublicAccessBlock"]),
    ("s3:PutPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
    ("s3:GetObjectLockConfiguration", &["s3:GetBucketObjectLockConfiguration"]),
    ("s3:SelectObjectContent", &["s3:GetObject"]),
    ("kms:ReEncrypt", &["kms:ReEncryptFrom", "kms:ReEncryptTo"]),
    ("sts:AssumeRoleWithOIDC", &["sts:AssumeRoleWithWebIdentity"]),
];

/// An action: its name as written, in lower case letters, and its level.
type Known = (&'static str, String, Level);

static OF_S3: LazyLock<Vec<Known>> = LazyLock::new(|| {
    S3.iter().flat_map(|(level, names)| names.split_whitespace().map(|name| known(name, *level))).collect()
});
static OF_KMS: LazyLock<Vec<Known>> =
    LazyLock::new(|| KMS.split_whitespace().map(|name| known(name, Level::Account)).collect());
static OF_STS: LazyLock<Vec<Known>> =
    LazyLock::new(|| STS.split_whitespace().map(|name| known(name, Level::Account)).collect());

fn known(name: &'static str, level: Level) -> Known {
    (name, name.to_ascii_lowercase(), level)
}

/// The actions of a service; none of one that is not known here.
fn of_service(service: &str) -> Option<&'static [Known]> {
    match service {
        "s3" => Some(&OF_S3),
        "kms" => Some(&OF_KMS),
        "sts" => Some(&OF_STS),
        _ => None,
    }
}

/// Those that a pattern in lower case covers.
fn covered(all: &'static [Known], name: &str) -> impl Iterator<Item = &'static Known> {
    let plain = name.split(['*', '?']).next().unwrap_or_default().to_owned();
    let pattern = (plain != name).then(|| (compiled(name), Context::new()));
    all.iter().filter(move |(_, known, _)| match &pattern {
        Some((pattern, nothing)) => known.starts_with(&plain) && pattern.matches(known, nothing),
        None => *known == plain,
    })
}

/// The actions of S3 that a pattern with its service covers, each with its level.
pub(super) fn of_s3(pattern: &str) -> Vec<(&'static str, Level)> {
    match split(pattern) {
        Some((service, name)) if covers(&service, "s3") => {
            covered(&OF_S3, &name).map(|(name, _, level)| (*name, *level)).collect()
        }
        _ => Vec::new(),
    }
}

/// Service and name in lower case, each `*` if any is meant; `*` alone is both.
pub(super) fn split(pattern: &str) -> Option<(String, String)> {
    let any = || "*".to_owned();
    if super::is_any(pattern) {
        return Some((any(), any()));
    }
    let one = |text: &str| if super::is_any(text) { any() } else { text.to_ascii_lowercase() };
    pattern.split_once(':').map(|(service, name)| (one(service), one(name)))
}

/// Whether the action changes what nobody changes who reads and writes objects.
pub(super) fn is_excess(name: &str) -> bool {
    const CHANGES: [&str; 9] =
        ["Put", "Delete", "Create", "Update", "Bypass", "Replicate", "ObjectOwner", "Submit", "Associate"];
    const HARMLESS: [&str; 4] = ["PutObject", "DeleteObject", "PutObjectTagging", "DeleteObjectTagging"];
    CHANGES.iter().any(|start| name.starts_with(start)) && !HARMLESS.contains(&name)
}

/// What is wrong with the name of an action, and what was meant.
pub(super) enum Misnamed {
    /// It has no service.
    NoService,
    /// A call of the API: these actions are meant.
    Call(&'static [&'static str]),
    /// Nearly this action.
    Nearly(String),
    /// Nothing of that name is known.
    Unknown,
}

/// What is wrong with the name of an action, if anything is.
pub(super) fn misnamed(action: &str) -> Option<Misnamed> {
    if super::is_any(action) {
        return None;
    }
    let Some((service, name)) = split(action).filter(|(service, name)| !service.is_empty() && !name.is_empty()) else {
        return Some(Misnamed::NoService);
    };
    let known = of_service(&service)?;
    if covered(known, &name).next().is_some() {
        return None;
    }
    if let Some((_, meant)) = CALLS.iter().find(|(call, _)| call.eq_ignore_ascii_case(action)) {
        return Some(Misnamed::Call(meant));
    }
    if name.contains(['*', '?']) {
        return Some(Misnamed::Unknown);
    }
    let near = known.iter().map(|(known, lower, _)| (distance(lower, &name), known)).min();
    match near {
        Some((distance, known)) if distance <= 2 => Some(Misnamed::Nearly(format!("{service}:{known}"))),
        _ => Some(Misnamed::Unknown),
    }
}

/// How many letters must be changed, added or taken out; names much longer than any action are far from all.
fn distance(one: &str, other: &str) -> usize {
    if one.len().abs_diff(other.len()) > 2 {
        return usize::MAX;
    }
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, c) in one.chars().enumerate() {
        let mut before = line;
        let mut left = line + 1;
        let mut next = vec![left];
        for (above, found) in row.iter().skip(1).zip(&other) {
            left = (before + usize::from(c != *found)).min(above + 1).min(left + 1);
            before = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_nearly_known_or_unknown() {
        for known in ["s3:GetObject", "S3:getobject", "s3:*", "s3:Get*", "*", "ec2:Anything", "kms:ReEncrypt*"] {
            assert!(misnamed(known).is_none(), "{known}");
        }
        for (typo, meant) in
            [("s3:GetObjct", "s3:GetObject"), ("s3:PutObjects", "s3:PutObject"), ("sts:AsumeRole", "sts:AssumeRole")]
        {
            assert!(matches!(misnamed(typo), Some(Misnamed::Nearly(name)) if name == meant), "{typo}");
        }
        assert!(matches!(misnamed("s3:headobject"), Some(Misnamed::Call(["s3:GetObject"]))));
        for unknown in ["s3:Frobnicate", "s3:ListObjects*", "kms:Foo"] {
            assert!(matches!(misnamed(unknown), Some(Misnamed::Unknown)), "{unknown}");
        }
        for bare in ["GetObject", ":GetObject", "s3:", ""] {
            assert!(matches!(misnamed(bare), Some(Misnamed::NoService)), "{bare}");
        }
    }

    #[test]
    fn calls_are_no_actions_and_what_they_need_is_one() {
        for (call, meant) in CALLS {
            assert!(matches!(misnamed(call), Some(Misnamed::Call(_))), "{call}");
            assert!(meant.iter().all(|action| misnamed(action).is_none()), "{call}");
        }
        for name in NEEDED {
            assert!(!of_s3(&format!("s3:{name}")).is_empty() && !is_excess(name), "{name}");
        }
    }
}
