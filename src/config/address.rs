//! Parses networks, addresses and URLs of the configuration.

use std::net::{IpAddr, SocketAddr};

use http::Uri;
use ipnet::IpNet;

use super::mistake::Wrong;

/// An address and port to listen on.
pub(super) fn socket(text: &str) -> Result<SocketAddr, Wrong> {
    text.parse().map_err(|_| {
        Wrong::new(format!("'{text}' is not an address and port"), "write it as 127.0.0.1:7373 or [::1]:7373")
    })
}

/// A network in CIDR form; a bare address is a network of one.
pub(super) fn network(text: &str) -> Result<IpNet, Wrong> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(address));
    }
    let network: IpNet = text.parse().map_err(|_| {
        Wrong::new(format!("'{text}' is not a network"), "write it as 10.0.0.0/8, fd00::/8 or a single address")
    })?;
    if network == network.trunc() {
        return Ok(network);
    }
    let mend = format!("write {} for the network, or the bare address", network.trunc());
    Err(Wrong::new(format!("'{text}' has bits set behind its length"), mend))
}

/// The scheme, host and port of a URL; refuses everything else that a URL can have, without repeating it.
pub(crate) fn origin(text: &str) -> Result<String, Wrong> {
    let wrong = |problem: &str| Wrong::new(problem, "write it as https://tidegate.example.com or http://host:port");
    let uri: Uri = text.parse().map_err(|_| wrong("is not a URL"))?;
    let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"));
    let scheme = scheme.ok_or_else(|| wrong("does not begin with http:// or https://"))?;
    let authority = uri.authority().ok_or_else(|| wrong("has no host"))?;
    if authority.as_str().contains('@') {
        return Err(wrong("has a user name in it"));
    }
    // Without a port there is nothing behind the host; `port_u16` is also `None` for a port that is too large.
    let port_is_wrong = authority.as_str().len() > authority.host().len() && authority.port_u16().is_none();
    if authority.host().is_empty() || port_is_wrong {
        return Err(wrong("has no host or a wrong port"));
    }
    // `http::Uri` drops a fragment without a word.
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() || text.contains(['?', '#']) {
        return Err(wrong("has a path, query or fragment"));
    }
    Ok(format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_lose_their_slash_and_nothing_else() {
        assert_eq!(origin("https://a.example/").unwrap(), "https://a.example");
        assert_eq!(origin("http://[::1]:80").unwrap(), "http://[::1]:80");
    }

    #[test]
    fn urls_with_more_than_an_origin_are_refused() {
        let bad = ["a.example", "ftp://a", "https://a/b", "https://a/?q", "https://a?q", "https://a#f", "https://u@a"];
        for text in bad.into_iter().chain(["https://", "https://a:", "https://a:99999", "/a", ""]) {
            assert!(origin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn networks_must_be_whole() {
        assert_eq!(network("10.0.0.7").unwrap().to_string(), "10.0.0.7/32");
        assert_eq!(network("fd00::/8").unwrap().to_string(), "fd00::/8");
        assert!(network("10.0.0.1/8").unwrap_err().mend.contains("10.0.0.0/8"));
        for bad in ["10.0.0.0/33", "10.0.0", "example.com", ""] {
            assert!(network(bad).is_err(), "{bad}");
        }
    }
}
