//! AWS's own STS, which a method without keys cannot choose: here its name leads to SeaweedFS.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use net::{Dial, EgressConfig, Resolve, SystemDialer, SystemResolver, Transport};
use testkit::StsFront;
use testkit::component;
use tokio::net::TcpStream;

const NAME: &str = "sts.us-east-1.amazonaws.com";

/// The STS of `us-east-1` in front of SeaweedFS.
pub(crate) struct NamedSts {
    front: StsFront,
    ca_pem: String,
}

impl NamedSts {
    pub(crate) fn start() -> Self {
        let (front, ca_pem) = StsFront::start_as(NAME, &component::seaweed().url);
        Self { front, ca_pem }
    }

    /// A way out for which the name is that of the front.
    pub(crate) fn transport(&self) -> Transport {
        let way = Arc::new(Way(self.front.address()));
        let allow = vec!["127.0.0.0/8".parse().unwrap()];
        let ca_pem = Some(self.ca_pem.clone().into_bytes());
        Transport::with_network(EgressConfig { allow, ca_pem, ..EgressConfig::default() }, way.clone(), way).unwrap()
    }
}

/// One name leads to one address, whatever its port; all else is as it is.
struct Way(SocketAddr);

#[async_trait]
impl Resolve for Way {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        if host == NAME { Ok(vec![Ipv4Addr::LOCALHOST.into()]) } else { SystemResolver.resolve(host).await }
    }
}

#[async_trait]
impl Dial for Way {
    async fn dial(&self, address: SocketAddr) -> io::Result<TcpStream> {
        SystemDialer.dial(if address.port() == 443 { self.0 } else { address }).await
    }
}
