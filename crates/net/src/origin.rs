//! Scheme, host and port: where a request goes.

use std::fmt;
use std::net::IpAddr;

use domain::provider::ProviderErrorKind;
use http::Uri;

use crate::failure::Failure;

/// A parsed `http(s)://host[:port]`; displays as the quoted host, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    secure: bool,
    /// As written, without the brackets of an IPv6 address.
    host: String,
    port: u16,
}

impl Origin {
    /// Reads an origin: no user, path, query or fragment.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let uri: Uri = text.parse().map_err(|_| not_an_origin())?;
        if uri.path().len() > 1 || uri.query().is_some() || text.contains('#') {
            return Err(not_an_origin());
        }
        Self::from_uri(&uri)
    }

    /// The origin of a URI.
    pub(crate) fn from_uri(uri: &Uri) -> Result<Self, Failure> {
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(not_an_origin()),
        };
        let authority = uri.authority().ok_or_else(not_an_origin)?;
        let bracketed = authority.host();
        let port = match authority.as_str().strip_prefix(bracketed) {
            Some("") => default_port(secure),
            Some(rest) if rest.starts_with(':') => authority.port_u16().ok_or_else(not_an_origin)?,
            _ => return Err(not_an_origin()),
        };
        let host = bracketed.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(not_an_origin());
        }
        Ok(Self { secure, host: host.to_owned(), port })
    }

    pub(crate) fn secure(&self) -> bool {
        self.secure
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The address, where the host is one.
    pub(crate) fn literal(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// `host:port`, IPv6 addresses in brackets.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.bracketed(), self.port)
    }

    /// The value of the `Host` header: the default port is left out.
    pub(crate) fn host_header(&self) -> String {
        if self.port == default_port(self.secure) { self.bracketed() } else { self.authority() }
    }

    /// The scheme, for building a URI.
    pub(crate) fn scheme(&self) -> http::uri::Scheme {
        if self.secure { http::uri::Scheme::HTTPS } else { http::uri::Scheme::HTTP }
    }

    fn bracketed(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.host_header())
    }
}

fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

// The text is not quoted: it may hold a user and password.
fn not_an_origin() -> Failure {
    Failure::new(ProviderErrorKind::BadRequest, "the address is not of the form https://host[:port]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_header_leaves_out_only_the_default_port() {
        for (text, header, authority) in [
            ("https://a.example", "a.example", "a.example:443"),
            ("https://A.example:443/", "A.example", "A.example:443"),
            ("https://a.example:80", "a.example:80", "a.example:80"),
            ("http://[::1]:80", "[::1]", "[::1]:80"),
            ("http://127.0.0.1:9000", "127.0.0.1:9000", "127.0.0.1:9000"),
        ] {
            let origin = Origin::parse(text).unwrap();
            assert_eq!((origin.host_header().as_str(), origin.authority().as_str()), (header, authority), "{text}");
        }
    }

    #[test]
    fn anything_but_an_origin_is_refused_without_being_quoted() {
        for text in [
            "",
            "a.example",
            "ftp://a.example",
            "https://",
            "https://u:hunter2@a.example",
            "https://a.example/path",
            "https://a.example/?q",
            "https://a.example#f",
            "https://a.example:99999",
            "https://a.example:",
            "https://a b",
        ] {
            let failure = Origin::parse(text).unwrap_err();
            assert!(!failure.message.contains("hunter2"), "{text}");
        }
    }
}
