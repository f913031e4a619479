//! Where a request came from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::principal::Origin;
use ipnet::IpNet;

use crate::App;

/// The request's id, as the outermost layer has set it.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// Where a request came from.
pub(crate) struct From(pub(crate) Origin);

impl FromRequestParts<App> for From {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self(Origin {
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
            source_ip: peer.map(|peer| client(peer, &parts.headers, &app.config().trusted_proxies)),
            user_agent: agent.map(|agent| agent.chars().take(200).collect()),
        }))
    }
}

/// The address of the client: the last one in `X-Forwarded-For` that is not a trusted proxy itself.
///
/// What cannot be read ends the search: only trusted proxies wrote what stands behind it, anyone what stands
/// before it.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let peer = peer.to_canonical();
    if !is_trusted(&peer) {
        return peer;
    }
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().map(|value| value.to_str().unwrap_or_default()).collect();
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    let mut last = peer;
    for hop in hops.map_while(|hop| address(hop.trim())) {
        last = hop;
        if !is_trusted(&hop) {
            break;
        }
    }
    last
}

/// An address, also with a port as some proxies write it.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        client(peer.parse().unwrap(), &headers, &["10.0.0.0/8".parse().unwrap()]).to_string()
    }

    #[test]
    fn forwarded_addresses_are_believed_only_of_trusted_proxies() {
        assert_eq!(seen("203.0.113.9", "1.2.3.4"), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", "1.2.3.4"), "1.2.3.4");
        assert_eq!(seen("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2"), "1.2.3.4");
        assert_eq!(seen("10.0.0.1", "nonsense"), "10.0.0.1");
        assert_eq!(seen("::ffff:10.0.0.1", "1.2.3.4"), "1.2.3.4");
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_believed_where_the_proxys_own_word_is_unusual() {
        for (forwarded, client) in [
            ("6.6.6.6, 1.2.3.4:5123", "1.2.3.4"),
            ("6.6.6.6, [2001:db8::1]:443", "2001:db8::1"),
            ("6.6.6.6, [2001:db8::1]", "2001:db8::1"),
            ("6.6.6.6, ::ffff:1.2.3.4", "1.2.3.4"),
            ("6.6.6.6, unknown", "10.0.0.1"),
            ("6.6.6.6, unknown, 10.0.0.2", "10.0.0.2"),
        ] {
            assert_eq!(seen("10.0.0.1", forwarded), client, "{forwarded}");
        }
    }
}
