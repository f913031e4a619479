//! The methods for AWS itself: a file each, over what they share.

mod access_key;
mod assume_role;
mod cross_account;
mod environment;
mod identity;
mod partition;
mod shared;
mod stored_user_role;
mod web_identity;

pub(crate) use access_key::AccessKey;
pub(crate) use assume_role::AssumeRole;
pub(crate) use cross_account::CrossAccount;
pub(crate) use environment::Environment;
pub use identity::own_principal_arn;
pub(crate) use stored_user_role::StoredUserRole;
pub(crate) use web_identity::{WebIdentity, no_issuer};

use cloud_policy::dialect;

use crate::s3::{OwnSts, Preset, StsKind, Style};

/// Amazon S3.
pub(crate) const AWS: Preset = Preset {
    id: "aws",
    title: "AWS",
    endpoint: None,
    default_region: None,
    style: Style::VirtualHostUnlessDotted,
    dialect: &dialect::AWS,
    sts: Some(OwnSts { endpoint: None, kind: StsKind::Roles, tags: true, caller_identity: true, federation: true }),
    conditional_create: true,
    conditional_replace: true,
    kms: true,
    cut_off_seconds: 300,
    unverified: &[],
};
