//! What the policy language of each store is like.
//!
//! Everything that differs between stores is a field here, so that a document is right for its
//! store or refused. A field is only as good as what stands behind it: `verified` says whether it was
//! checked against the vendor's documentation, the store's source or the running store, and `note`
//! says what was not.

use crate::PolicyError;
use crate::document::{Policy, Statement};
use crate::literal::literal;

/// The policy language of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// The word for it, as in presets.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What actions begin with.
    pub action_prefix: &'static str,
    /// The value of `Version`; none where the store has no policy language.
    pub version: Option<&'static str>,
    /// The actions behind each verb.
    pub actions: Actions,
    /// How resources are written.
    pub resources: ResourceForm,
    /// How listing is limited to a prefix: operator and key.
    pub list_condition: (&'static str, &'static str),
    /// What `*`, `?` and `$` in a name mean.
    pub wildcards: Wildcards,
    /// Which characters a policy may hold.
    pub charset: Charset,
    /// Further characters that the store misreads in a resource.
    pub refused: &'static str,
    /// Whether a session can be narrowed by a policy, through an STS that speaks AWS's protocol.
    pub session_policies: bool,
    /// Whether a bucket has a policy in this language.
    pub bucket_policies: bool,
    /// Whether policies know from which VPC a request comes.
    pub source_vpc: bool,
    /// Whether the use of KMS keys is governed by the same policies.
    pub kms_actions: bool,
    /// Whether statements may have a `Sid`.
    pub sids: bool,
    /// How rights are given to a user of the store.
    pub grant: Grant,
    /// Whether all of this was checked.
    pub verified: bool,
    /// What was not, and what to mind.
    pub note: Option<&'static str>,
}

/// The actions behind each verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actions {
    /// GET and HEAD.
    pub get: &'static str,
    /// Listing a bucket.
    pub list: &'static str,
    /// PUT, and all of a multipart upload but the rest below.
    pub put: &'static str,
    /// DELETE.
    pub delete: &'static str,
    /// Giving up a multipart upload and looking at its parts.
    pub multipart: [&'static str; 2],
}

/// How resources are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceForm {
    /// `arn:aws:s3:::bucket` and `arn:aws:s3:::bucket/key`.
    Arn,
    /// `obs:*:*:bucket:bucket` and `obs:*:*:object:bucket/key`.
    Obs,
    /// `acs:oss:*:*:bucket` and `acs:oss:*:*:bucket/key`.
    Acs,
}

/// What `*`, `?` and `$` in a name mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wildcards {
    /// `${*}`, `${?}` and `${$}` stand for the characters themselves.
    Escaped,
    /// There is no way to write the characters themselves, or none that is known to hold.
    NotEscapable,
}

/// Which characters a policy may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// Tab, line feed, carriage return and U+0020 to U+00FF (AWS STS API, `AssumeRole`, `Policy`).
    Latin1,
    /// All of Unicode.
    Any,
}

/// How rights are given to a user of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// AWS itself.
    Aws,
    /// An IAM interface that the `aws` command speaks to; at the store's own endpoint if none is named.
    IamApi {
        /// Its endpoint, where it is not the store's own.
        endpoint: Option<&'static str>,
        /// The command that makes a user, where the interface cannot; `NAME` stands for his name.
        make_user: Option<&'static str>,
        /// The account in the ARNs of its users, where it is always the same.
        account: Option<&'static str>,
        /// Whether roles can be made over it.
        roles: bool,
    },
    /// The client of MinIO.
    MinioClient,
    /// The command of Garage.
    GarageCommand,
    /// Application keys of Backblaze.
    BackblazeKey,
    /// The vendor's console; one sentence on where.
    Console(&'static str),
}

impl Dialect {
    /// Whether the store has a policy language at all.
    pub fn has_policies(&self) -> bool {
        self.version.is_some()
    }

    pub(crate) fn policy(&self, statement: Vec<Statement>) -> Result<Policy, PolicyError> {
        match self.version {
            Some(_) => Ok(Policy { version: self.version, statement }),
            None => Err(PolicyError::not_expressible(format!(
                "{} has no policies: its keys are limited in other ways",
                self.title
            ))),
        }
    }

    pub(crate) fn bucket(&self, partition: &str, bucket: &str) -> String {
        match self.resources {
            ResourceForm::Arn => format!("arn:{partition}:s3:::{bucket}"),
            ResourceForm::Obs => format!("obs:*:*:bucket:{bucket}"),
            ResourceForm::Acs => format!("acs:oss:*:*:{bucket}"),
        }
    }

    /// The pattern of all objects whose keys begin with the prefix.
    pub(crate) fn objects(&self, partition: &str, bucket: &str, prefix: &str) -> Result<String, PolicyError> {
        let prefix = literal(self, prefix)?;
        Ok(match self.resources {
            ResourceForm::Arn => format!("arn:{partition}:s3:::{bucket}/{prefix}*"),
            ResourceForm::Obs => format!("obs:*:*:object:{bucket}/{prefix}*"),
            ResourceForm::Acs => format!("acs:oss:*:*:{bucket}/{prefix}*"),
        })
    }

    /// Listing the bucket, no more than these prefixes of it; an empty prefix is the whole bucket.
    pub(crate) fn list(&self, partition: &str, bucket: &str, prefixes: &[&str]) -> Result<Statement, PolicyError> {
        let statement = Statement::allow(vec![self.actions.list], vec![self.bucket(partition, bucket)]);
        if prefixes.iter().any(|prefix| prefix.is_empty()) {
            return Ok(statement);
        }
        // `*` also matches nothing, so this covers listing the prefix itself.
        let patterns = prefixes.iter().map(|prefix| literal(self, prefix).map(|text| text + "*"));
        let (operator, key) = self.list_condition;
        Ok(statement.when(operator, key, patterns.collect::<Result<_, _>>()?))
    }

    pub(crate) fn write_actions(&self) -> Vec<&'static str> {
        let mut actions = vec![self.actions.put, self.actions.delete];
        actions.extend(self.actions.multipart);
        actions
    }

    pub(crate) fn object_actions(&self) -> Vec<&'static str> {
        let mut actions = vec![self.actions.get];
        actions.extend(self.write_actions());
        actions
    }

    pub(crate) fn sid<'a>(&self, sid: &'a str) -> Option<&'a str> {
        self.sids.then_some(sid)
    }
}

const S3: Actions = Actions {
    get: "s3:GetObject",
    list: "s3:ListBucket",
    put: "s3:PutObject",
    delete: "s3:DeleteObject",
    multipart: ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
};

/// Amazon S3.
pub const AWS: Dialect = Dialect {
    id: "aws",
    title: "AWS",
    action_prefix: "s3",
    version: Some("2012-10-17"),
    actions: S3,
    resources: ResourceForm::Arn,
    list_condition: ("StringLike", "s3:prefix"),
    wildcards: Wildcards::Escaped,
    charset: Charset::Latin1,
    refused: "",
    session_policies: true,
    bucket_policies: true,
    source_vpc: true,
    kms_actions: true,
    sids: true,
    grant: Grant::Aws,
    verified: true,
    note: None,
};

/// A store that speaks AWS's policy language, as far as one may rely on it without having looked.
pub const GENERIC: Dialect = Dialect {
    id: "generic",
    title: "This store",
    wildcards: Wildcards::NotEscapable,
    charset: Charset::Any,
    source_vpc: false,
    kms_actions: false,
    grant: Grant::Console("Give the user of this key pair the rights of the policy in the store's own console."),
    verified: false,
    note: Some("It is assumed that the store speaks the policy language of AWS; the proof shows whether it does."),
    ..AWS
};

/// SeaweedFS: it was seen (4.48) that escapes are not decoded, and that an unescaped `a*b/` opens `azb/`.
pub const SEAWEEDFS: Dialect = Dialect {
    id: "seaweedfs",
    title: "SeaweedFS",
    grant: Grant::IamApi { endpoint: None, make_user: None, account: Some("000000000000"), roles: false },
    verified: true,
    note: Some("Roles cannot be made over its IAM interface: they belong into the file given as -s3.iam.config."),
    ..GENERIC
};

/// Ceph's gateway: it was seen (16.2) that escapes are not decoded, that an unescaped `a*b/` opens `azb/`, and
/// that a policy with a colon in a key, or with an action of KMS, is refused as malformed.
pub const CEPH: Dialect = Dialect {
    id: "ceph",
    title: "Ceph",
    refused: ":",
    grant: Grant::IamApi {
        endpoint: None,
        make_user: Some("radosgw-admin user create --uid NAME --display-name NAME"),
        account: Some(""),
        roles: true,
    },
    verified: true,
    note: Some("Prefixes with '*', '?', '$' or ':' cannot be written in its policies."),
    ..GENERIC
};

/// MinIO: recent releases decode the escapes, older ones do not, and which one runs cannot be known.
pub const MINIO: Dialect = Dialect {
    id: "minio",
    title: "MinIO",
    bucket_policies: false,
    grant: Grant::MinioClient,
    verified: true,
    note: Some(
        "Networks are restricted in the user's policy or in front of the store: a bucket's policy covers anonymous access only.",
    ),
    ..GENERIC
};

/// Wasabi: the same language as AWS, with its own STS, by its documentation.
pub const WASABI: Dialect = Dialect {
    id: "wasabi",
    title: "Wasabi",
    grant: Grant::IamApi { endpoint: Some("https://iam.wasabisys.com"), make_user: None, account: None, roles: true },
    verified: false,
    note: Some(
        "Whether Wasabi decodes escaped wildcards is not documented: prefixes with '*', '?' or '$' are refused.",
    ),
    ..GENERIC
};

/// Huawei Cloud OBS (role and policy based authorisation, version 1.1).
pub const HUAWEI_OBS: Dialect = Dialect {
    id: "huawei-obs",
    title: "Huawei Cloud OBS",
    action_prefix: "obs",
    version: Some("1.1"),
    actions: Actions {
        get: "obs:object:GetObject",
        list: "obs:bucket:ListBucket",
        put: "obs:object:PutObject",
        delete: "obs:object:DeleteObject",
        multipart: ["obs:object:AbortMultipartUpload", "obs:object:ListMultipartUploadParts"],
    },
    resources: ResourceForm::Obs,
    list_condition: ("StringLike", "obs:prefix"),
    session_policies: false,
    bucket_policies: false,
    sids: false,
    grant: Grant::Console(
        "Identity and Access Management > Permissions > Policies/Roles > Create Custom Policy > JSON, scope \
         \"Global services\"; then give the policy to the group of the user.",
    ),
    verified: false,
    note: Some(
        "Actions, resources and the key obs:prefix are as documented; how a wildcard would be escaped is not. \
         It takes 10 to 15 minutes until a new policy has effect.",
    ),
    ..GENERIC
};

/// Open Telekom Cloud OBS: the same language as Huawei's.
pub const OTC_OBS: Dialect = Dialect {
    id: "open-telekom-cloud",
    title: "Open Telekom Cloud OBS",
    note: Some(
        "Taken to be the language of Huawei Cloud OBS, on which it is built; its own documentation was checked for the \
         actions only. It takes 10 to 15 minutes until a new policy has effect.",
    ),
    ..HUAWEI_OBS
};

/// Alibaba Cloud OSS.
pub const ALIBABA_OSS: Dialect = Dialect {
    id: "alibaba-oss",
    title: "Alibaba Cloud OSS",
    action_prefix: "oss",
    version: Some("1"),
    actions: Actions {
        get: "oss:GetObject",
        list: "oss:ListObjects",
        put: "oss:PutObject",
        delete: "oss:DeleteObject",
        multipart: ["oss:AbortMultipartUpload", "oss:ListParts"],
    },
    resources: ResourceForm::Acs,
    list_condition: ("StringLike", "oss:Prefix"),
    session_policies: false,
    bucket_policies: false,
    sids: false,
    grant: Grant::Console(
        "RAM console > Permissions > Policies > Create Policy > JSON; then Identities > Users > Add Permissions.",
    ),
    verified: false,
    note: Some("Actions, resources and the key oss:Prefix are as documented; how a wildcard would be escaped is not."),
    ..GENERIC
};

/// A store whose keys are limited without a policy language.
const WITHOUT_POLICIES: Dialect =
    Dialect { version: None, session_policies: false, bucket_policies: false, sids: false, ..GENERIC };

/// Cloudflare R2: API tokens are limited to buckets.
pub const CLOUDFLARE_R2: Dialect = Dialect {
    id: "cloudflare-r2",
    title: "Cloudflare R2",
    grant: Grant::Console(
        "R2 > Overview > Manage R2 API tokens > Create API token: \"Object Read only\" or \"Object Read & Write\", \
         for the buckets named here and no others.",
    ),
    verified: true,
    note: Some(
        "A token of R2 covers whole buckets: it cannot be limited to a prefix, so give the data a bucket of its own.",
    ),
    ..WITHOUT_POLICIES
};

/// Backblaze B2: application keys have capabilities, a bucket and a prefix of names.
pub const BACKBLAZE_B2: Dialect = Dialect {
    id: "backblaze-b2",
    title: "Backblaze B2",
    grant: Grant::BackblazeKey,
    verified: false,
    note: Some(
        "The capabilities are as documented; the form of the b2 command was not checked. An application key holds one prefix: \
         make one key a place.",
    ),
    ..WITHOUT_POLICIES
};

/// Garage: a key may read or write a bucket, or not.
pub const GARAGE: Dialect = Dialect {
    id: "garage",
    title: "Garage",
    grant: Grant::GarageCommand,
    verified: true,
    note: Some(
        "A key of Garage covers whole buckets: it cannot be limited to a prefix, so give the data a bucket of its own.",
    ),
    ..WITHOUT_POLICIES
};

/// All of them.
pub const ALL: &[Dialect] = &[
    AWS,
    SEAWEEDFS,
    CEPH,
    MINIO,
    WASABI,
    OTC_OBS,
    HUAWEI_OBS,
    ALIBABA_OSS,
    CLOUDFLARE_R2,
    BACKBLAZE_B2,
    GARAGE,
    GENERIC,
];

/// The dialect of a preset.
pub fn by_id(id: &str) -> Option<&'static Dialect> {
    ALL.iter().find(|dialect| dialect.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_has_its_own_word_and_actions_of_its_own_prefix() {
        for dialect in ALL {
            assert_eq!(by_id(dialect.id), Some(dialect));
            for action in dialect.object_actions().into_iter().chain([dialect.actions.list]) {
                assert!(action.starts_with(&format!("{}:", dialect.action_prefix)), "{action}");
            }
        }
    }

    #[test]
    fn what_is_not_verified_says_what() {
        for dialect in ALL.iter().filter(|dialect| !dialect.verified) {
            assert!(dialect.note.is_some(), "{}", dialect.id);
        }
    }

    #[test]
    fn session_policies_need_a_policy_language() {
        for dialect in ALL.iter().filter(|dialect| dialect.session_policies || dialect.bucket_policies) {
            assert!(dialect.has_policies(), "{}", dialect.id);
        }
    }
}
