//! What is asked for, and what cannot be had.

use jiff::Timestamp;

use super::Permissions;
use crate::encode;
use crate::endpoint::Endpoint;

/// A storage account and where its blob service answers.
#[derive(Clone, Copy)]
pub struct BlobService<'a> {
    /// The name of the account, as it is signed.
    pub account: &'a str,
    /// The service, as whoever uses the signature reaches it. In path style the account is the first segment
    /// of the path, as emulators have it; else the host already belongs to the account.
    pub endpoint: &'a Endpoint,
}

/// What signs; without `Debug`, because it is secret.
#[derive(Clone, Copy)]
pub enum SasKey<'a> {
    /// A key of the account, decoded from Base64.
    Account(&'a [u8]),
    /// A key that stands for an identity of Microsoft Entra ID.
    Delegated {
        /// The answer of "Get User Delegation Key".
        key: DelegationKey<'a>,
        /// Written to Azure's own log (`scid`), a GUID in lower case, so that its lines can be joined to ours.
        /// Azurite 3.35 signs an empty line in its place and refuses it.
        correlation_id: Option<&'a str>,
    },
}

/// The answer of "Get User Delegation Key", its texts as they came; without `Debug`, because it is secret.
#[derive(Clone, Copy)]
pub struct DelegationKey<'a> {
    /// `SignedOid`.
    pub object_id: &'a str,
    /// `SignedTid`.
    pub tenant_id: &'a str,
    /// `SignedStart`.
    pub start: &'a str,
    /// `SignedExpiry`.
    pub expiry: &'a str,
    /// `SignedService`.
    pub service: &'a str,
    /// `SignedVersion`.
    pub version: &'a str,
    /// `Value`, decoded from Base64.
    pub value: &'a [u8],
}

/// Over what a signature may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// TLS alone.
    Https,
    /// Plain HTTP as well: for emulators.
    HttpsAndHttp,
}

impl Protocol {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::HttpsAndHttp => "https,http",
        }
    }
}

/// Headers that the answer has in place of the stored ones.
#[derive(Debug, Clone, Copy, Default)]
pub struct Overrides<'a> {
    /// `Cache-Control`.
    pub cache_control: Option<&'a str>,
    /// `Content-Disposition`.
    pub content_disposition: Option<&'a str>,
    /// `Content-Encoding`.
    pub content_encoding: Option<&'a str>,
    /// `Content-Language`.
    pub content_language: Option<&'a str>,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
}

impl<'a> Overrides<'a> {
    /// As parameters, in the order in which they are signed.
    pub(super) fn parameters(&self) -> [(&'static str, Option<&'a str>); 5] {
        [
            ("rscc", self.cache_control),
            ("rscd", self.content_disposition),
            ("rsce", self.content_encoding),
            ("rscl", self.content_language),
            ("rsct", self.content_type),
        ]
    }
}

/// What all signatures of a batch share.
pub struct SasAsk<'a> {
    /// What signs.
    pub key: SasKey<'a>,
    /// Where the container is.
    pub service: BlobService<'a>,
    /// The container.
    pub container: &'a str,
    /// What may be done.
    pub permissions: &'a Permissions,
    /// Over what.
    pub protocol: Protocol,
    /// From when; without it from the moment of use, which no clock that differs can spoil.
    pub start: Option<Timestamp>,
    /// Until when; parts of a second are dropped.
    pub expires: Timestamp,
    /// Headers of the answer.
    pub overrides: Overrides<'a>,
}

/// Why something cannot be signed; no value is repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SasError {
    /// A line break in what becomes a line of what is signed.
    #[error("{what} contains a line break, which an Azure signature cannot protect; rename it")]
    LineBreak {
        /// What has it.
        what: &'static str,
    },
    /// A backslash in a name.
    #[error("Azure takes the backslash in {what} for a slash; write a slash")]
    Backslash {
        /// What has it.
        what: &'static str,
    },
    /// Not a permission, or none.
    #[error("permissions are one or more of the letters racwdxltmeop, each once")]
    Permissions,
    /// It would end before it begins, at once, or not within the life of its delegation key.
    #[error("a signature must begin before it ends, and within the life of the delegation key that signs it")]
    Times,
    /// Not a folder that can be named.
    #[error("a directory is named by its segments: none may be empty, \".\" or \"..\"")]
    Directory,
}

impl BlobService<'_> {
    /// The encoded path of a container, and of nothing in it.
    pub(super) fn path(&self, container: &str) -> String {
        let container = encode::component(container);
        if self.endpoint.path_style() {
            format!("/{}/{container}", encode::component(self.account))
        } else {
            format!("/{container}")
        }
    }
}

impl SasAsk<'_> {
    /// # Errors
    /// What holds for all signatures of the batch.
    pub(super) fn check(&self) -> Result<(), SasError> {
        one_line("the account", self.service.account)?;
        one_line("the container", self.container)?;
        for (_, value) in self.overrides.parameters() {
            one_line("a header of the answer", value.unwrap_or_default())?;
        }
        if self.start.is_some_and(|start| start.as_second() >= self.expires.as_second()) {
            return Err(SasError::Times);
        }
        let SasKey::Delegated { key, correlation_id } = self.key else { return Ok(()) };
        let texts = [key.object_id, key.tenant_id, key.start, key.expiry, key.service, key.version];
        for text in texts.into_iter().chain(correlation_id) {
            one_line("the delegation key", text)?;
        }
        // Outside of the key's life the signature would be refused, with an error that does not say why.
        let time = |text: &str| text.parse::<Timestamp>().map_err(|_| SasError::Times);
        let (from, until) = (time(key.start)?, time(key.expiry)?);
        let within = |moment: Timestamp| (from.as_second()..=until.as_second()).contains(&moment.as_second());
        if within(self.expires) && self.start.is_none_or(within) { Ok(()) } else { Err(SasError::Times) }
    }
}

/// Whether a blob or a directory can have this name.
pub(super) fn check_name(what: &'static str, name: &str) -> Result<(), SasError> {
    if name.contains('\\') { Err(SasError::Backslash { what }) } else { one_line(what, name) }
}

/// Whether a text may become a line of what is signed.
fn one_line(what: &'static str, text: &str) -> Result<(), SasError> {
    if text.contains(['\n', '\r']) { Err(SasError::LineBreak { what }) } else { Ok(()) }
}
