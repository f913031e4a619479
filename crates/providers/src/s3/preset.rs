//! What is fixed about a kind of store.

use cloud_policy::Dialect;

use super::Style;

/// A kind of store: where it is, how it is spoken to, and what it honours.
#[derive(Debug)]
pub(crate) struct Preset {
    /// Its word in the API.
    pub(crate) id: &'static str,
    /// Its name for people.
    pub(crate) title: &'static str,
    /// Its address, with `{region}`; none where every installation has its own.
    pub(crate) endpoint: Option<&'static str>,
    /// The region if none is given; none where it must be given.
    pub(crate) default_region: Option<&'static str>,
    /// How buckets are addressed unless the settings say otherwise.
    pub(crate) style: Style,
    /// The language of its policies.
    pub(crate) dialect: &'static Dialect,
    /// Its STS.
    pub(crate) sts: Option<OwnSts>,
    /// Whether `If-None-Match: *` on PUT is honoured.
    pub(crate) conditional_create: bool,
    /// Whether `If-Match` on PUT to an absent key is refused and writes nothing.
    pub(crate) conditional_replace: bool,
    /// Whether the SSE-KMS headers are understood.
    pub(crate) kms: bool,
    /// Within how many seconds a denial of older sessions takes effect.
    pub(crate) cut_off_seconds: u64,
    /// What could not be checked, neither against the vendor's documentation nor by running it.
    pub(crate) unverified: &'static [&'static str],
}

/// The STS of a store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnSts {
    /// Where it is, if not at the store's endpoint.
    pub(crate) endpoint: Option<&'static str>,
    /// Whose sessions it gives.
    pub(crate) kind: StsKind,
    /// Whether it takes session tags and a source identity.
    pub(crate) tags: bool,
    /// Whether it answers `GetCallerIdentity`.
    pub(crate) caller_identity: bool,
    /// Whether it answers `GetFederationToken`.
    pub(crate) federation: bool,
}

/// Whose sessions an STS gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StsKind {
    /// Those of roles.
    Roles,
    /// Those of the calling user himself, narrowed; the role that is named does not matter.
    Caller,
}
