//! What to apply on the cloud's side.

use serde::{Deserialize, Serialize};

use super::IssuedSubject;
use crate::datasource::{Encryption, Purpose};
use crate::integration::{ExternalId, Settings};
use crate::place::{BucketName, Prefix};

/// A bucket, prefix and purpose that a policy must cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupPlace {
    /// The bucket.
    pub bucket: BucketName,
    /// Everything under it.
    pub prefix: Prefix,
    /// What the data is for.
    pub purpose: Purpose,
    /// How it is encrypted.
    pub sse: Option<Encryption>,
    /// The origin of the web page that loads objects.
    pub cors_origin: Option<String>,
}

/// What a set-up is asked for.
#[derive(Debug, Clone)]
pub struct SetupAsk {
    /// The project's name.
    pub project: String,
    /// The project's external id.
    pub external_id: ExternalId,
    /// How Tidegate's own tokens name this project and integration; `None` where it issues none.
    pub identity: Option<IssuedSubject>,
    /// The settings, as far as they are known.
    pub settings: Settings,
    /// The integration's name, if there is one; names roles and policies.
    pub integration: Option<String>,
    /// Everything that one policy must cover.
    pub places: Vec<SetupPlace>,
    /// Networks (CIDR) of Tidegate itself.
    pub server_networks: Vec<String>,
    /// Networks (CIDR) of the workers.
    pub worker_networks: Vec<String>,
    /// Networks (CIDR) of those who look at the data.
    pub viewer_networks: Vec<String>,
    /// VPCs from which the data may be read.
    pub vpcs: Vec<String>,
    /// The customer's key, if one is used.
    pub kms_key_arn: Option<String>,
    /// Whether `gsutil` must work with the same rights, which takes a wider read than Tidegate itself.
    pub gsutil: bool,
}

/// One step for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SetupStep {
    /// 1, 2, 3, ...
    pub number: u32,
    /// What to do, in one line.
    pub title: String,
    /// Where to click and what to fill in.
    pub text: String,
}

/// What to apply on the cloud's side, in every form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Setup {
    /// Whom the role must trust.
    #[serde(default)]
    pub principal_arn: Option<String>,
    /// What the trust must require.
    #[serde(default)]
    pub external_id: Option<String>,
    /// The name that the role should have.
    #[serde(default)]
    pub role_name: Option<String>,
    /// The issuer of the tokens that the cloud must trust.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub issuer: Option<String>,
    /// The subject that the cloud must require of them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    /// The audience that they have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audience: Option<String>,
    /// Numbered steps to click.
    pub steps: Vec<SetupStep>,
    /// The role's trust policy.
    #[serde(default)]
    pub trust_policy: Option<serde_json::Value>,
    /// What the role or user may do.
    #[serde(default)]
    pub permission_policy: Option<serde_json::Value>,
    /// The bucket's own policy, by bucket, where networks are restricted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bucket_policy: Option<serde_json::Value>,
    /// The policy of the KMS key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kms_key_policy: Option<serde_json::Value>,
    /// The CORS document of the bucket.
    #[serde(default)]
    pub cors: Option<serde_json::Value>,
    /// The names of what a proof writes, with `*` for what is random.
    pub probe_keys: Vec<String>,
    /// The same as commands.
    pub commands: Vec<String>,
    /// The same as Terraform.
    pub terraform: String,
    /// What could not be checked against the vendor's documentation, and what to mind.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
}
