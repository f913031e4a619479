//! A small STS client: roles, federated users, and who is asking.

mod answer;
mod assume_role;
mod session_name;
mod web_identity;

pub(crate) use assume_role::{AssumeRole, Tags, assume_role, get_federation_token};

pub(crate) use web_identity::{WebIdentity, assume_role_with_web_identity};

use domain::provider::ProviderError;
use signing::Endpoint;

use crate::signed::{Call, KeySet, Wire};

/// The version of the query protocol.
const VERSION: (&str, &str) = ("Version", "2011-06-15");

/// Where an STS (or IAM) is, and the region to sign for.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) endpoint: Endpoint,
    pub(crate) region: String,
}

/// The ARN of whoever these keys belong to.
pub(crate) async fn get_caller_identity(
    wire: &Wire,
    service: &Service,
    keys: &KeySet,
) -> Result<String, ProviderError> {
    const OPERATION: &str = "sts:GetCallerIdentity";
    let form = [("Action", "GetCallerIdentity"), VERSION];
    let call = Call::form(OPERATION, "sts", &service.region, &service.endpoint, &form);
    let incoming = wire.ask(keys, call).await?;
    answer::caller_arn(OPERATION, &incoming)
}
