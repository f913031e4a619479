//! Tidegate's own identity, with which it assumes the roles of customers.

use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use domain::{Error, ErrorKind, Result};
use signing::Endpoint;

use super::partition::Partition;
use crate::connection::Base;
use crate::registry::{Deps, OwnIdentity, OwnKeys};
use crate::signed::{KeySet, Wire};
use crate::sts::{Service, get_caller_identity};

/// The identity in a partition, if the operator configured one.
pub(super) fn own_identity<'a>(deps: &'a Deps, partition: &Partition) -> Result<&'a OwnIdentity> {
    deps.aws.identities.get(partition.id).ok_or_else(|| {
        let message = format!("Tidegate has no identity of its own in the partition {}", partition.id);
        Error::new(ErrorKind::PermissionDenied, message).with_hint(format!(
            "the operator configures [aws.identity.{}]; aws-sts needs no such identity",
            partition.id
        ))
    })
}

/// Its keys.
pub(super) fn base(deps: &Deps, identity: &OwnIdentity) -> Base {
    match &identity.source {
        OwnKeys::Keys { access_key_id, secret_access_key } => Base::Own(KeySet {
            access_key_id: access_key_id.clone(),
            secret_access_key: secret_access_key.clone(),
            session_token: None,
            expires_at: None,
        }),
        OwnKeys::Ambient => Base::OwnAmbient(deps.aws.ambient.clone()),
    }
}

/// Asks AWS who Tidegate's own identity is: what customers' roles must trust.
///
/// # Errors
/// `Unsupported` if there is no identity in this partition; else the provider's own answer.
pub async fn own_principal_arn(deps: &Deps, partition: &str) -> Result<String, ProviderError> {
    const OPERATION: &str = "sts:GetCallerIdentity";
    let unsupported = |message: String| ProviderError::new(Kind::Unsupported, OPERATION, message);
    let known =
        Partition::by_id(partition).ok_or_else(|| unsupported(format!("{partition} is not a partition of AWS")))?;
    let identity = own_identity(deps, known).map_err(|error| unsupported(error.message().to_owned()))?;
    let url = identity.sts_endpoint.clone().unwrap_or_else(|| known.sts_endpoint(known.default_region));
    let endpoint = Endpoint::parse(&url, true).map_err(|error| unsupported(error.to_string()))?;
    let service = Service { endpoint, region: known.default_region.to_owned() };
    let wire = Wire { transport: deps.transport.clone(), clock: deps.clock.clone() };
    let keys = base(deps, identity).keys().await?;
    get_caller_identity(&wire, &service, &keys).await.map(|arn| principal_of(&arn))
}

/// What a trust policy must name: for the session of a role it is the role.
///
/// The path of a role is not part of the session's ARN, so a role with one has to be configured.
fn principal_of(arn: &str) -> String {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    if let [_, partition, "sts", _, account, resource] = parts.as_slice()
        && let Some(role) = resource.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next())
    {
        return format!("arn:{partition}:iam::{account}:role/{role}");
    }
    arn.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_of_a_role_is_trusted_as_the_role() {
        let session = "arn:aws-cn:sts::123456789012:assumed-role/tidegate/i-0123";
        assert_eq!(principal_of(session), "arn:aws-cn:iam::123456789012:role/tidegate");
        let user = "arn:aws:iam::123456789012:user/tidegate";
        assert_eq!(principal_of(user), user);
    }
}
