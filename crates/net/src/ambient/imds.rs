//! Credentials of a machine: the instance metadata service, version 2.
//!
//! Version 1, which answers without a token, is never asked.

use domain::provider::{ProviderError, ProviderErrorKind};
use http::Method;
use ipnet::IpNet;

use super::source::ImdsEndpoint;
use super::{AmbientCredentials, parse, refused, request, v4, v6};
use crate::exchange::Incoming;
use crate::transport::Transport;

const OPERATION: &str = "instance metadata";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
const WHO: &str = "the instance metadata service";

/// What may be reached: link-local and loopback, and the service's own address over IPv6.
pub(super) static ADDRESSES: [IpNet; 5] = [
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v6(1, 128),
    v6(0xfe80 << 112, 10),
    v6(0xfd00_0ec2_0000_0000_0000_0000_0000_0254, 128),
];

pub(super) async fn fetch(transport: &Transport, endpoint: &ImdsEndpoint) -> Result<AmbientCredentials, ProviderError> {
    let origin = endpoint.origin.as_str();
    let mut ask = request(OPERATION, Method::PUT, origin, "/latest/api/token");
    ask.headers.push(("x-aws-ec2-metadata-token-ttl-seconds".to_owned(), "60".to_owned()));
    let token = transport.send(ask).await.map_err(|error| error.with_hint(
        "if this machine has no identity of a cloud, set keys; in a container, the hop limit of the metadata service may be too low",
    ))?;
    let token = text(&token)?;
    let roles = get(transport, origin, ROLES, &token).await?;
    if roles.status == 404 {
        let message = "this machine has no role attached";
        return Err(ProviderError::new(ProviderErrorKind::BadCredentials, OPERATION, message)
            .with_hint("attach an instance profile to it"));
    }
    let roles = text(&roles)?;
    let role = roles.lines().next().unwrap_or_default().trim();
    let answer = get(transport, origin, &format!("{ROLES}{role}"), &token).await?;
    if answer.status != 200 {
        return Err(refused(OPERATION, WHO, answer.status));
    }
    parse(&answer, OPERATION)
}

async fn get(transport: &Transport, origin: &str, path: &str, token: &str) -> Result<Incoming, ProviderError> {
    let mut ask = request(OPERATION, Method::GET, origin, path);
    ask.headers.push(("x-aws-ec2-metadata-token".to_owned(), token.to_owned()));
    transport.send(ask).await
}

fn text(answer: &Incoming) -> Result<String, ProviderError> {
    if answer.status != 200 {
        return Err(refused(OPERATION, WHO, answer.status));
    }
    String::from_utf8(answer.body.to_vec())
        .map_err(|_| ProviderError::new(ProviderErrorKind::NotTheProvider, OPERATION, "the answer is not text"))
}
