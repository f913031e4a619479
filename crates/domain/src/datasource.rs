//! An integration, a bucket, a prefix and a purpose.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{DatasourceId, IntegrationId, ProjectId};
use crate::name::Name;
use crate::place::{BucketName, Prefix};
use crate::proof::ProofMode;
use crate::scope::Access;

/// What the data is for, and so what may be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// List, GET, HEAD.
    Input,
    /// Also PUT, DELETE, multipart: what tools make.
    Output,
    /// One place for both.
    InputOutput,
}

impl Purpose {
    /// The word that stands for it everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::InputOutput => "input-output",
        }
    }

    /// Whether objects may be made, replaced and removed.
    pub fn writes(self) -> bool {
        matches!(self, Self::Output | Self::InputOutput)
    }

    /// All that the purpose allows.
    pub fn access(self) -> Access {
        if self.writes() { Access::ReadWrite } else { Access::Read }
    }
}

/// How the bucket must encrypt what is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Encryption {
    /// SSE-S3: keys of the store.
    S3,
    /// SSE-KMS: a key of the customer.
    Kms {
        /// The key.
        kms_key_arn: String,
    },
}

impl Encryption {
    /// The headers that whoever writes must send (Amazon S3 User Guide, "Specifying server-side encryption").
    pub fn headers(&self) -> Vec<(String, String)> {
        match self {
            Self::S3 => vec![("x-amz-server-side-encryption".into(), "AES256".into())],
            Self::Kms { kms_key_arn } => vec![
                ("x-amz-server-side-encryption".into(), "aws:kms".into()),
                ("x-amz-server-side-encryption-aws-kms-key-id".into(), kms_key_arn.clone()),
            ],
        }
    }

    /// The customer's key, if there is one.
    pub fn kms_key_arn(&self) -> Option<&str> {
        match self {
            Self::S3 => None,
            Self::Kms { kms_key_arn } => Some(kms_key_arn),
        }
    }
}

/// A datasource as it is kept.
#[derive(Debug, Clone)]
pub struct Datasource {
    /// Never reused.
    pub id: DatasourceId,
    /// The project it belongs to.
    pub project: ProjectId,
    /// Unique in the project.
    pub name: Name,
    /// The integration it goes through.
    pub integration: IntegrationId,
    /// The bucket.
    pub bucket: BucketName,
    /// Everything under it.
    pub prefix: Prefix,
    /// What the data is for.
    pub purpose: Purpose,
    /// The region of the bucket, given or found out.
    pub region: Option<String>,
    /// Where what is made from this input goes.
    pub output_datasource: Option<DatasourceId>,
    /// How the bucket must encrypt what is written.
    pub sse: Option<Encryption>,
    /// The origin of the web page that will load objects.
    pub cors_origin: Option<String>,
    /// How it is proven.
    pub proof_mode: ProofMode,
    /// Why the proof is off, if it is.
    pub reason: Option<String>,
    /// Whether access may be handed out: the last proof passed or is off.
    pub usable: bool,
    /// Grows with every change; the ETag.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
