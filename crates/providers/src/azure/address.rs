//! Where the blob service of an account answers.

use signing::sas::BlobService;
use signing::{Endpoint, EndpointError};

/// An account, and where its blob service answers.
///
/// The endpoint is in path style where the account is the first segment of the path, as emulators have it.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) account: String,
    pub(super) endpoint: Endpoint,
}

impl Address {
    /// Reads `https://host[:port]`, or `https://host[:port]/ACCOUNT`.
    pub(super) fn parse(url: &str, account: &str) -> Result<Self, EndpointError> {
        let trimmed = url.strip_suffix('/').unwrap_or(url);
        let host = trimmed.strip_suffix(account).and_then(|rest| rest.strip_suffix('/'));
        let host = host.filter(|host| host.split_once("://").is_some_and(|(_, host)| !host.is_empty()));
        let endpoint = Endpoint::parse(host.unwrap_or(trimmed), host.is_some())?;
        Ok(Self { account: account.to_owned(), endpoint })
    }

    /// The same with `{account}` in place of its name.
    pub(super) fn of_template(template: &str, account: &str) -> Result<Self, EndpointError> {
        Self::parse(&template.replace("{account}", account), account)
    }

    /// The service as text, without a trailing slash.
    pub(super) fn url(&self) -> String {
        let origin = self.endpoint.origin();
        if self.endpoint.path_style() { format!("{origin}/{}", self.account) } else { origin }
    }

    /// The encoded path of a container and a raw name in it; of the service itself without them.
    pub(super) fn path(&self, container: Option<&str>, name: Option<&str>) -> String {
        let inside = match (container, name) {
            (Some(container), Some(name)) => format!("{container}/{name}"),
            (Some(container), None) => container.to_owned(),
            (None, _) => String::new(),
        };
        self.endpoint.path(Some(&self.account), &inside)
    }

    /// The same as signatures need it.
    pub(super) fn service(&self) -> BlobService<'_> {
        BlobService { account: &self.account, endpoint: &self.endpoint }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_in_the_host_or_in_the_path() {
        let host = Address::of_template("https://{account}.blob.core.windows.net", "pictures").unwrap();
        assert_eq!(host.url(), "https://pictures.blob.core.windows.net");
        assert_eq!(host.path(Some("data"), Some("/a b//c%2F")), "/data//a%20b//c%252F");
        assert_eq!((host.path(Some("data"), None), host.path(None, None)), ("/data".to_owned(), "/".to_owned()));
        let path = Address::of_template("https://localhost:11000/{account}", "pictures").unwrap();
        assert_eq!(path.url(), "https://localhost:11000/pictures");
        assert_eq!(path.path(Some("data"), Some("é")), "/pictures/data/%C3%A9");
        assert_eq!(path.path(None, None), "/pictures/");
    }

    #[test]
    fn anything_else_behind_the_host_is_refused() {
        for bad in [
            "https://h/other",
            "https://h/pictures/data",
            "https://h?x",
            "pictures",
            "https:///pictures",
            "https://u@h",
        ] {
            assert!(Address::parse(bad, "pictures").is_err(), "{bad}");
        }
        assert!(!Address::parse("https://pictures", "pictures").unwrap().endpoint.path_style(), "a host of that name");
    }
}
