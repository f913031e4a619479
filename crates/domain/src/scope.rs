//! What may be done to which objects.

use serde::{Deserialize, Serialize};

use crate::place::{BucketName, Prefix};

/// The verbs of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// GET, HEAD, list.
    Read,
    /// PUT, DELETE, multipart.
    Write,
    /// Both.
    ReadWrite,
}

impl Access {
    /// The word that stands for it everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::ReadWrite => "read-write",
        }
    }

    /// Whether objects may be read and listed.
    pub fn reads(self) -> bool {
        matches!(self, Self::Read | Self::ReadWrite)
    }

    /// Whether objects may be made, replaced and removed.
    pub fn writes(self) -> bool {
        matches!(self, Self::Write | Self::ReadWrite)
    }
}

/// The method that a signed URL is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verb {
    /// Read the object.
    Get,
    /// Read its metadata.
    Head,
    /// Write it.
    Put,
    /// Remove it.
    Delete,
}

impl Verb {
    /// The HTTP method.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// Whether it changes the bucket.
    pub fn writes(self) -> bool {
        matches!(self, Self::Put | Self::Delete)
    }
}

/// A bound on a session: these verbs, under this prefix of this bucket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// The bucket.
    pub bucket: BucketName,
    /// Everything under it; empty for the whole bucket.
    pub prefix: Prefix,
    /// What may be done there.
    pub access: Access,
    /// The key that writing must name, so that the narrowed session may use it too.
    pub kms_key_arn: Option<String>,
}
