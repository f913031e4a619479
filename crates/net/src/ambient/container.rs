//! Credentials of a container: ECS, EKS Pod Identity and what imitates them.

use std::path::Path;

use domain::provider::{ProviderError, ProviderErrorKind};
use domain::secret::SecretBytes;
use http::Method;
use ipnet::IpNet;

use super::source::{ContainerEndpoint, ContainerToken};
use super::{AmbientCredentials, parse, refused, request, v4, v6};
use crate::transport::{Transport, split_url};

const OPERATION: &str = "container credentials";

/// What plain HTTP may reach, as in the AWS tools: loopback, ECS, EKS.
pub(super) static ADDRESSES: [IpNet; 5] = [
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 170, 2], 32),
    v4([169, 254, 170, 23], 32),
    v6(1, 128),
    v6(0xfd00_0ec2_0000_0000_0000_0000_0000_0023, 128),
];

pub(super) async fn fetch(
    transport: &Transport,
    endpoint: &ContainerEndpoint,
) -> Result<AmbientCredentials, ProviderError> {
    let (origin, path) = split_url(&endpoint.url);
    let mut out = request(OPERATION, Method::GET, &origin, &path);
    if let Some(token) = authorization(endpoint).await? {
        out.headers.push(("authorization".to_owned(), token));
    }
    let answer = transport.send(out).await?;
    if answer.status != 200 {
        return Err(refused(OPERATION, "the container's credentials endpoint", answer.status));
    }
    parse(&answer, OPERATION)
}

/// The token; one in a file is replaced while we run, so the file is read each time.
async fn authorization(endpoint: &ContainerEndpoint) -> Result<Option<String>, ProviderError> {
    let token = match &endpoint.token {
        None => return Ok(None),
        Some(ContainerToken::Value(value)) => value.clone(),
        Some(ContainerToken::File(path)) => read(path).await?,
    };
    let text = token.expose_str().map(str::trim_end).filter(|text| !text.contains(['\r', '\n']));
    text.map(|text| Some(text.to_owned())).ok_or_else(|| {
        let message = "the container's authorization token is not one line of text";
        ProviderError::new(ProviderErrorKind::BadCredentials, OPERATION, message)
    })
}

async fn read(path: &Path) -> Result<SecretBytes, ProviderError> {
    tokio::fs::read(path).await.map(SecretBytes::new).map_err(|error| {
        let message = format!(
            "the file '{}' (AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE) cannot be read: {}",
            path.display(),
            error.kind()
        );
        ProviderError::new(ProviderErrorKind::BadCredentials, OPERATION, message)
    })
}
