//! Which call a request is, and what it needs. Names are taken as they stand, byte for byte.

use http::Method;
use percent_encoding::percent_decode_str;

use super::role::{Action, Target};
use crate::front::Form;

/// What a request was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are those of Azure's own operations")]
pub enum AzureCall {
    AccountInfo,
    DelegationKey,
    ServiceProperties,
    ContainerList,
    ContainerGet,
    ContainerPut,
    ContainerDelete,
    BlobList,
    BlobGet,
    BlobHead,
    BlobPut,
    BlobDelete,
    BlobCopy,
    Preflight,
    Other,
}

/// A request, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) call: AzureCall,
    pub(super) account: String,
    pub(super) container: Option<String>,
    pub(super) blob: Option<String>,
    /// The prefix of a listing.
    pub(super) prefix: String,
    pub(super) writes: bool,
}

impl Ask {
    pub(super) fn of(method: &Method, path: &str, query: &Form, copies: bool) -> Option<Self> {
        let mut parts = path.strip_prefix('/')?.splitn(3, '/');
        let mut part = || {
            let part = parts.next().filter(|part| !part.is_empty())?;
            Some(percent_decode_str(part).decode_utf8().ok()?.into_owned())
        };
        let (account, container, blob) = (part()?, part(), part());
        let (method, restype, comp) =
            (method.as_str(), query.get("restype").unwrap_or_default(), query.get("comp").unwrap_or_default());
        let call = match (&container, &blob) {
            _ if method == "OPTIONS" => AzureCall::Preflight,
            _ if restype == "account" && comp == "properties" => AzureCall::AccountInfo,
            (None, _) => of_service(method, restype, comp),
            (Some(_), None) => of_container(method, restype, comp),
            (Some(_), Some(_)) => of_blob(method, comp, copies),
        };
        let prefix = query.get("prefix").unwrap_or_default().to_owned();
        Some(Self { call, account, container, blob, prefix, writes: !matches!(method, "GET" | "HEAD") })
    }

    /// What the caller must be allowed to do; one of them is enough.
    pub(super) fn actions(&self) -> &'static [Action] {
        match self.call {
            AzureCall::AccountInfo => &[Action::AccountInfo],
            AzureCall::DelegationKey => &[Action::DelegationKey],
            AzureCall::ServiceProperties if self.writes => &[Action::ServiceWrite],
            AzureCall::ServiceProperties => &[Action::ServiceRead],
            AzureCall::ContainerList | AzureCall::ContainerGet => &[Action::ContainerRead],
            AzureCall::ContainerPut => &[Action::ContainerWrite],
            AzureCall::ContainerDelete => &[Action::ContainerDelete],
            AzureCall::BlobList | AzureCall::BlobGet | AzureCall::BlobHead => &[Action::BlobRead],
            AzureCall::BlobPut | AzureCall::BlobCopy => &[Action::BlobWrite],
            AzureCall::BlobDelete => &[Action::BlobDelete],
            AzureCall::Preflight => &[],
            AzureCall::Other if self.blob.is_some() => &[Action::BlobOther],
            AzureCall::Other => &[Action::ContainerAcl],
        }
    }

    pub(super) fn target(&self) -> Target<'_> {
        let path = self.blob.as_deref().unwrap_or(&self.prefix);
        Target { account: &self.account, container: self.container.as_deref(), path }
    }
}

fn of_service(method: &str, restype: &str, comp: &str) -> AzureCall {
    match (method, restype, comp) {
        ("POST", "service", "userdelegationkey") => AzureCall::DelegationKey,
        ("GET" | "PUT", "service", "properties") => AzureCall::ServiceProperties,
        ("GET", _, "list") => AzureCall::ContainerList,
        _ => AzureCall::Other,
    }
}

fn of_container(method: &str, restype: &str, comp: &str) -> AzureCall {
    match (method, restype, comp) {
        ("GET", "container", "list") => AzureCall::BlobList,
        ("GET" | "HEAD", "container", "" | "metadata") => AzureCall::ContainerGet,
        ("PUT", "container", "" | "metadata") => AzureCall::ContainerPut,
        ("DELETE", "container", "") => AzureCall::ContainerDelete,
        _ => AzureCall::Other,
    }
}

fn of_blob(method: &str, comp: &str, copies: bool) -> AzureCall {
    match (method, comp) {
        ("GET", "" | "blocklist" | "metadata") => AzureCall::BlobGet,
        ("HEAD", "" | "metadata") => AzureCall::BlobHead,
        ("PUT", _) if copies => AzureCall::BlobCopy,
        ("PUT", "" | "block" | "blocklist" | "metadata" | "properties" | "tier") => AzureCall::BlobPut,
        ("DELETE", "") => AzureCall::BlobDelete,
        _ => AzureCall::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: &str, path: &str, query: &str) -> (AzureCall, Option<String>) {
        let ask = Ask::of(&method.parse().unwrap(), path, &Form::parse(query.as_bytes()), false).unwrap();
        (ask.call, ask.blob)
    }

    #[test]
    fn calls_are_told_apart_by_path_and_query() {
        assert_eq!(call("POST", "/a/", "restype=service&comp=userdelegationkey").0, AzureCall::DelegationKey);
        assert_eq!(call("GET", "/a", "comp=list").0, AzureCall::ContainerList);
        assert_eq!(call("GET", "/a/c", "restype=container&comp=list&prefix=x").0, AzureCall::BlobList);
        assert_eq!(call("HEAD", "/a/c/b", "restype=account&comp=properties").0, AzureCall::AccountInfo);
        assert_eq!(call("PUT", "/a/c/b", "comp=block&blockid=x"), (AzureCall::BlobPut, Some("b".into())));
        assert_eq!(call("PUT", "/a/c", "restype=container&comp=acl").0, AzureCall::Other);
    }

    #[test]
    fn keys_are_decoded_once_and_otherwise_left() {
        assert_eq!(call("GET", "/a/c//x/../%252F%20", "").1.as_deref(), Some("/x/../%2F "));
    }
}
