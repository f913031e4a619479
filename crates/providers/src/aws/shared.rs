//! What the settings of all AWS methods have in common.

use cloud_policy::arn::RoleArn;
use domain::provider::{Provider, Setup, SetupAsk};
use domain::{Error, ErrorKind, Result};
use signing::Endpoint;

use super::AWS;
use super::partition::Partition;
use crate::connection::{Base, RoleSpec, S3Connection, Spec};
use crate::registry::Deps;
use crate::s3::{Address, Rule, Style};
use crate::settings::Form;
use crate::signed::KeySet;
use crate::sts::Service;

/// What a method takes of the role in its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Takes {
    /// Whether the role may hold `${user.<property>}`.
    pub(super) properties: bool,
    /// Whether an STS other than AWS's may be asked, whose roles may have no account.
    pub(super) own_sts: bool,
}

/// The settings that all AWS methods have.
pub(super) struct Common {
    pub(super) partition: &'static Partition,
    region: String,
    sts_region: String,
    sts_endpoint: Option<String>,
    pub(super) role: Option<RoleArn>,
    address: Address,
    revoke: Option<String>,
}

/// Reads them, and notes what does not fit together.
pub(super) fn read(form: &mut Form<'_>, takes: Takes) -> Common {
    let role = read_role(form, takes);
    let by_region = form.sound("region").map(Partition::of_region);
    let by_role = role.as_ref().and_then(|role| Partition::by_id(role.partition()));
    let partition = by_region.or(by_role).unwrap_or(Partition::commercial());
    let region = form.sound("region").unwrap_or(partition.default_region).to_owned();
    for name in ["region", "sts_region"] {
        if let (Some(role), Some(region)) = (&role, form.sound(name))
            && let Err(error) = role.check_region(region)
        {
            form.wrong_setting("role_arn", error.to_string());
            break;
        }
    }
    let sts_region = form.sound("sts_region").unwrap_or(&region).to_owned();
    if Partition::of_region(&sts_region) != partition {
        form.wrong_setting("sts_region", format!("{sts_region} is not a region of the partition {}", partition.id));
    }
    Common {
        address: address(form, partition),
        sts_endpoint: form.sound("sts_endpoint").map(str::to_owned),
        revoke: form
            .is_true("revoke_sessions")
            .then(|| form.sound("iam_endpoint").unwrap_or(partition.iam_endpoint).to_owned()),
        partition,
        region,
        sts_region,
        role,
    }
}

fn read_role(form: &mut Form<'_>, takes: Takes) -> Option<RoleArn> {
    let text = form.sound("role_arn")?;
    let role = if takes.own_sts { RoleArn::parse_for_store(text) } else { RoleArn::parse(text) };
    let role = role.and_then(|role| if takes.properties { Ok(role) } else { role.without_properties() });
    match role {
        Ok(role) if Partition::by_id(role.partition()).is_none() => {
            form.wrong_setting(
                "role_arn",
                format!("the partition {} is not one that Tidegate knows", role.partition()),
            );
            None
        }
        Ok(role) => Some(role),
        Err(error) => {
            form.wrong_setting("role_arn", error.to_string());
            None
        }
    }
}

/// AWS's own endpoint puts the bucket before the host; any other one is taken to have no names for buckets.
fn address(form: &Form<'_>, partition: &Partition) -> Address {
    let endpoint = form.sound("endpoint");
    let is_aws = endpoint.is_none_or(|url| url.ends_with(partition.suffix) && !url.contains(".vpce."));
    let style = match form.sound("addressing") {
        Some("path") => Style::Path,
        Some(_) => Style::VirtualHost,
        None if is_aws => AWS.style,
        None => Style::Path,
    };
    Address {
        internal: endpoint.map_or_else(|| Rule::Template(partition.s3_template()), |url| Rule::Fixed(url.to_owned())),
        public: form.sound("public_endpoint").map(str::to_owned),
        style,
        well_known: endpoint.is_none(),
    }
}

impl Common {
    /// The connection of these settings.
    pub(super) fn connect(self, deps: &Deps, base: Base, trust: Trust) -> Result<std::sync::Arc<S3Connection>> {
        let sts_url = trust.sts_endpoint.or(self.sts_endpoint);
        let sts_url = sts_url.unwrap_or_else(|| self.partition.sts_endpoint(&self.sts_region));
        let iam = self.revoke.map(|url| service(&url, self.partition.default_region)).transpose()?;
        let role =
            self.role.map(|arn| RoleSpec { arn, external_id: trust.external_id, principal_arn: trust.principal_arn });
        let spec = Spec {
            preset: &AWS,
            partition: self.partition.id.to_owned(),
            base,
            role,
            region: self.region,
            address: self.address,
            sts: Some(service(&sts_url, &self.sts_region)?),
            iam,
        };
        Ok(S3Connection::new(deps, spec))
    }

    /// Finishing needs the role: before it the integration is pending.
    pub(super) fn need_role(&self) -> Result<()> {
        match self.role {
            Some(_) => Ok(()),
            None => Err(Error::invalid("/settings/role_arn", "the integration is finished with the ARN of the role")),
        }
    }
}

/// What the role's trust policy is about.
#[derive(Default)]
pub(super) struct Trust {
    pub(super) external_id: Option<String>,
    pub(super) principal_arn: Option<String>,
    /// The operator's own choice of an STS.
    pub(super) sts_endpoint: Option<String>,
}

fn service(url: &str, region: &str) -> Result<Service> {
    let endpoint = Endpoint::parse(url, true).map_err(|error| {
        Error::new(ErrorKind::Invalid, format!("the endpoint of the identity service is not one: {error}"))
    })?;
    Ok(Service { endpoint, region: region.to_owned() })
}

/// The stored key pair of checked settings.
pub(super) fn stored_keys(form: &Form<'_>) -> KeySet {
    KeySet {
        access_key_id: form.get("access_key_id").unwrap_or_default().to_owned(),
        secret_access_key: form.secret("secret_access_key").cloned().unwrap_or_default(),
        session_token: None,
        expires_at: None,
    }
}

/// A key of a session is of no use without its token, and ends within hours.
pub(super) fn refuse_session_key(form: &mut Form<'_>) {
    if form.get("endpoint").is_none() && form.sound("access_key_id").is_some_and(|id| id.starts_with("ASIA")) {
        form.wrong_setting(
            "access_key_id",
            "this is the key of a session, which ends by itself: give a user's key (AKIA...)",
        );
    }
}

/// Ambient identities need the operator's permission, project by project.
pub(super) fn permit_ambient(deps: &Deps, project: &str) -> Result<()> {
    if deps.aws.allow_ambient.iter().any(|allowed| allowed == project) {
        return Ok(());
    }
    let message = format!("the operator does not let the project '{project}' use the machine's own identity");
    Err(Error::new(ErrorKind::PermissionDenied, message)
        .with_hint("the operator adds the project's name to the setting aws.allow_ambient; aws-cross-account needs no such permission"))
}

/// The partition that the settings of a set-up name.
pub(super) fn partition_of(ask: &SetupAsk) -> &'static Partition {
    let region = ask.settings.get("region").filter(|region| !region.is_empty());
    let role = || ask.settings.get("role_arn").and_then(|arn| Partition::by_id(arn.split(':').nth(1)?));
    region.map(|region| Partition::of_region(region)).or_else(role).unwrap_or(Partition::commercial())
}

/// The set-up of AWS for one kind of identity.
pub(super) fn setup(
    method: &dyn Provider,
    ask: &SetupAsk,
    partition: &Partition,
    kind: cloud_policy::FlavourKind<'_>,
) -> Result<Setup> {
    crate::setup::setup(method, &AWS, partition.id, kind, ask)
}
