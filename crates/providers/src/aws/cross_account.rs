//! `aws-cross-account`: the customer's role, assumed with Tidegate's own identity and the project's external id.

use std::sync::Arc;

use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, Provider, Rating, Setup, SetupAsk,
};
use domain::{Error, ErrorKind, FieldError, Result};

use super::identity::{base, own_identity};
use super::partition::Partition;
use super::shared::{self, Takes, Trust};
use crate::registry::Deps;
use crate::settings::{Form, fields};

const FIELDS: &[Field] = &[
    fields::ROLE_ARN,
    fields::REGION,
    fields::STS_REGION,
    fields::ENDPOINT_WITHOUT_KEYS,
    fields::PUBLIC_ENDPOINT,
    fields::ADDRESSING,
    fields::REVOKE_SESSIONS,
];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "aws-cross-account",
    title: "AWS cross-account role",
    cloud: "Amazon Web Services",
    summary: "Tidegate assumes a role in the customer's account, with an external id of the project: no key changes hands.",
    fields: FIELDS,
    capabilities: Capabilities {
        two_step: true,
        keyless: false,
        external_id: true,
        ambient: false,
        stored_key: false,
        browse: true,
        sign: true,
        serves: false,
        credentials: true,
    },
    advice: Advice {
        recommended: true,
        when: "Choose it whenever the data is on AWS and the operator gave Tidegate an identity of its own.",
        privilege: Rating::Good,
        rotation: Rating::Good,
        audit: Rating::Good,
        separation: Rating::Good,
        speed: Rating::Good,
        ease: Rating::Fair,
    },
};

/// Settings that this method refuses, with the reason.
const EXPLAINED: &[(&str, &str)] = &[
    (
        "external_id",
        "the external id is the project's own, made by Tidegate, and is never taken from a user; see setup",
    ),
    ("sts_endpoint", "only the operator sets the STS that Tidegate's own identity is shown to"),
    ("iam_endpoint", "with Tidegate's own identity only AWS's own IAM is asked"),
    ("access_key_id", "this method stores no keys; use aws-sts to bring a key pair"),
];

/// The method.
pub(crate) struct CrossAccount {
    deps: Arc<Deps>,
}

impl CrossAccount {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }

    /// A role without an account belongs to a store's own STS, which only the operator can have set.
    fn takes(&self, ask: &ConnectAsk) -> Takes {
        let partition = ask.settings.get("role_arn").and_then(|arn| arn.split(':').nth(1));
        let identity = partition.and_then(|partition| self.deps.aws.identities.get(partition));
        Takes { properties: false, own_sts: identity.is_some_and(|identity| identity.sts_endpoint.is_some()) }
    }

    fn principal_arn(&self, partition: &Partition) -> Result<String> {
        own_identity(&self.deps, partition)?.principal_arn.clone().ok_or_else(|| {
            Error::new(ErrorKind::Conflict, "it is not known yet whom the role must trust")
                .with_hint(format!("the operator sets aws.identity.{}.principal_arn", partition.id))
        })
    }
}

impl Provider for CrossAccount {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        let mut form = Form::open(ask, &DESCRIPTOR, EXPLAINED);
        shared::read(&mut form, self.takes(ask));
        form.errors()
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let mut form = Form::open(&ask, &DESCRIPTOR, EXPLAINED);
        let common = shared::read(&mut form, self.takes(&ask));
        form.finish()?;
        common.need_role()?;
        let identity = own_identity(&self.deps, common.partition)?;
        let trust = Trust {
            external_id: Some(ask.external_id.as_str().to_owned()),
            principal_arn: identity.principal_arn.clone(),
            sts_endpoint: identity.sts_endpoint.clone(),
        };
        Ok(common.connect(&self.deps, base(&self.deps, identity), trust)?)
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        let partition = shared::partition_of(ask);
        let principal_arn = self.principal_arn(partition)?;
        shared::setup(
            self,
            ask,
            partition,
            cloud_policy::FlavourKind::CrossAccountRole { principal_arn: &principal_arn },
        )
    }
}
