//! Where a store answers, and how its buckets are addressed.
//!
//! An endpoint is an origin and nothing more: scheme, host, port. Its authority is always the
//! `Host` header that clients send, so the default port is dropped and the host is in
//! lower case.

use std::net::Ipv6Addr;

use crate::encode;

/// How the endpoint is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Plain.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// The scheme as URLs begin.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// An origin and the way its buckets are addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    scheme: Scheme,
    authority: String,
    path_style: bool,
}

/// Why a text is not an endpoint; the text is never repeated, it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Neither `http://` nor `https://`.
    #[error("an endpoint begins with https:// or http://")]
    Scheme,
    /// A user or password before the host.
    #[error("an endpoint has no user or password; keys belong in the integration's secrets")]
    UserInfo,
    /// A path, query or fragment.
    #[error("give the endpoint as https://host or https://host:port, without a path, query or fragment")]
    NotAnOrigin,
    /// No host, or not one.
    #[error("the endpoint's host must be a name of ASCII letters, digits, '-', '_' and '.', or an IP address")]
    Host,
    /// Not a port.
    #[error("the endpoint's port must be a number from 1 to 65535")]
    Port,
}

impl Endpoint {
    /// Reads `http(s)://host[:port][/]`.
    ///
    /// # Errors
    /// [`EndpointError`] for anything else.
    pub fn parse(text: &str, path_style: bool) -> Result<Self, EndpointError> {
        let (scheme, rest) = text.split_once("://").ok_or(EndpointError::Scheme)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(EndpointError::Scheme),
        };
        if rest.contains('@') {
            return Err(EndpointError::UserInfo);
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '\\', '?', '#']) {
            return Err(EndpointError::NotAnOrigin);
        }
        let (host, port) = split_port(rest)?;
        let host = canonical_host(host).ok_or(EndpointError::Host)?;
        let authority = match port {
            Some(port) if port != scheme.default_port() => format!("{host}:{port}"),
            _ => host,
        };
        Ok(Self { scheme, authority, path_style })
    }

    /// How it is spoken to.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Host and port as the `Host` header has them.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether buckets are in the path instead of the host.
    pub fn path_style(&self) -> bool {
        self.path_style
    }

    /// The `Host` header of a request to the bucket.
    pub fn host(&self, bucket: Option<&str>) -> String {
        match bucket {
            Some(bucket) if !self.path_style => format!("{bucket}.{}", self.authority),
            _ => self.authority.clone(),
        }
    }

    /// The encoded path of a raw key, never normalised.
    pub fn path(&self, bucket: Option<&str>, key: &str) -> String {
        let key = encode::path(key);
        match bucket {
            Some(bucket) if self.path_style => format!("/{}/{key}", encode::component(bucket)),
            _ => format!("/{key}"),
        }
    }

    /// The origin as text.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme.as_str(), self.authority)
    }
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), EndpointError> {
    // The colons inside the brackets of an IPv6 address do not begin a port.
    let after_address = text.rfind(']').unwrap_or(0);
    let Some(colon) = text.rfind(':').filter(|colon| *colon > after_address) else {
        return Ok((text, None));
    };
    let (host, port) = text.split_at(colon);
    let digits = port.trim_start_matches(':');
    let port = digits.parse().ok().filter(|port| *port != 0 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    port.map(|port| (host, Some(port))).ok_or(EndpointError::Port)
}

fn canonical_host(host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().ok().map(|address| format!("[{address}]"));
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    (host.len() <= 253 && host.split('.').all(label)).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_and_default_ports_dropped() {
        for (text, origin) in [
            ("https://s3.eu-central-1.amazonaws.com", "https://s3.eu-central-1.amazonaws.com"),
            ("HTTPS://S3.Example.com/", "https://s3.example.com"),
            ("https://s3.example.com:443", "https://s3.example.com"),
            ("http://s3.example.com:443", "http://s3.example.com:443"),
            ("http://127.0.0.1:80/", "http://127.0.0.1"),
            ("http://localhost:8333", "http://localhost:8333"),
            ("http://[0:0::1]:9000", "http://[::1]:9000"),
            ("https://[::1]", "https://[::1]"),
        ] {
            let endpoint = Endpoint::parse(text, true).unwrap();
            assert_eq!(endpoint.origin(), origin, "{text}");
            assert_eq!(endpoint.host(None), endpoint.authority());
        }
    }

    #[test]
    fn anything_but_an_origin_is_refused() {
        use EndpointError::{Host, NotAnOrigin, Port, Scheme, UserInfo};
        for (text, error) in [
            ("s3.example.com", Scheme),
            ("ftp://s3.example.com", Scheme),
            ("https://key:secret@s3.example.com", UserInfo),
            ("https://s3.example.com/bucket", NotAnOrigin),
            ("https://s3.example.com//", NotAnOrigin),
            ("https://s3.example.com/?x=1", NotAnOrigin),
            ("https://s3.example.com#x", NotAnOrigin),
            ("https://s3.example.com\\x", NotAnOrigin),
            ("https://", Host),
            ("https://:443", Host),
            ("https://a..b", Host),
            ("https://a b", Host),
            ("https://bücket.example", Host),
            ("https://::1", Host),
            ("https://[::1", Host),
            ("https://[::1]x", Host),
            ("https://host:", Port),
            ("https://host:0", Port),
            ("https://host:+80", Port),
            ("https://host:65536", Port),
        ] {
            assert_eq!(Endpoint::parse(text, false), Err(error), "{text}");
        }
    }

    #[test]
    fn bucket_is_in_the_path_or_in_the_host() {
        let path = Endpoint::parse("https://s3.example.com:8443", true).unwrap();
        assert_eq!(path.host(Some("data")), "s3.example.com:8443");
        assert_eq!(path.path(Some("data"), "/a b"), "/data//a%20b");
        assert_eq!(path.path(None, ""), "/");
        let host = Endpoint::parse("https://s3.example.com:8443", false).unwrap();
        assert_eq!(host.host(Some("data")), "data.s3.example.com:8443");
        assert_eq!(host.path(Some("data"), "/a b"), "//a%20b");
    }
}
