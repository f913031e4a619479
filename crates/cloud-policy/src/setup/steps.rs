//! Numbered steps to click.

use domain::provider::SetupStep;

use super::FlavourKind;
use super::plan::{ACCOUNT, Plan, Role};
use crate::PolicyError;
use crate::arn::account_of;
use crate::dialect::Grant;
use crate::trust::Federation;

pub(super) fn steps(plan: &Plan<'_>) -> Result<Vec<SetupStep>, PolicyError> {
    let mut steps = Steps(Vec::new());
    match plan.flavour.dialect.grant {
        Grant::Aws => aws(plan, &mut steps)?,
        _ => store(plan, &mut steps)?,
    }
    for (key, policy) in &plan.keys {
        steps.add(
            "Allow the use of the KMS key",
            format!(
                "KMS console > Customer managed keys > {key} > Key policy > Switch to policy view > Edit. The key must be \
                 symmetric, for encrypting and decrypting. Paste:\n{}",
                policy.pretty()?
            ),
        );
    }
    for (bucket, policy) in &plan.bucket_policies {
        steps.add(
            &format!("Restrict the networks of the bucket {bucket}"),
            format!("Bucket {bucket} > Permissions > Bucket policy > Edit. Paste:\n{}", policy.pretty()?),
        );
    }
    for (bucket, cors) in &plan.cors {
        let rules = format!("{:#}", serde_json::json!(cors.rules));
        steps.add(
            &format!("Allow your web page to load objects of the bucket {bucket}"),
            format!("Bucket {bucket} > Permissions > Cross-origin resource sharing (CORS) > Edit. Paste:\n{rules}"),
        );
    }
    Ok(steps.0)
}

struct Steps(Vec<SetupStep>);

impl Steps {
    fn add(&mut self, title: &str, text: impl Into<String>) {
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.0.push(SetupStep { number, title: title.to_owned(), text: text.into() });
    }
}

fn permission(plan: &Plan<'_>) -> Result<String, PolicyError> {
    plan.permission.as_ref().map_or(Ok(String::new()), |policy| policy.pretty())
}

fn aws(plan: &Plan<'_>, steps: &mut Steps) -> Result<(), PolicyError> {
    if let (Some(user), FlavourKind::AssumedByUser) = (&plan.user, plan.flavour.kind) {
        steps.add(
            "Make a user that can do nothing by itself",
            format!(
                "IAM console > Users > Create user. Name: {user}. No console access, no policy, no group: the role below \
                 trusts it. Then Security credentials > Create access key > Other."
            ),
        );
    }
    if let Some(role) = &plan.role {
        return aws_role(plan, role, steps);
    }
    let Some(user) = &plan.user else {
        steps.add(
            "Give the machine's role its rights",
            format!(
                "IAM console > Roles > the role of the machine that Tidegate runs on > Add permissions > Create inline \
                 policy > JSON. Paste:\n{}",
                permission(plan)?
            ),
        );
        return Ok(());
    };
    steps.add(
        "Make the policy",
        format!("IAM console > Policies > Create policy > JSON. Name: {user}. Paste:\n{}", permission(plan)?),
    );
    steps.add(
        "Make the user",
        format!(
            "IAM console > Users > Create user. Name: {user}. No console access. Attach policies directly: {user}, and \
             no other. Then Security credentials > Create access key > Other, and keep both parts for the last step."
        ),
    );
    Ok(())
}

/// IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM".
fn federated_role(role: &Role, federation: &Federation<'_>, steps: &mut Steps) -> Result<(), PolicyError> {
    steps.add(
        "Make the issuer known",
        format!(
            "IAM console > Identity providers > Add provider > OpenID Connect. Provider URL: {}. Audience: {}. Once for \
             all integrations of this account.",
            federation.issuer, federation.audience
        ),
    );
    steps.add(
        "Make the role",
        format!(
            "IAM console > Roles > Create role > Custom trust policy. Put your account's number where it says {ACCOUNT}, \
             if it does. Name: {}. It admits the tokens of this integration and no others. Paste:\n{}",
            role.name,
            role.trust.pretty()?
        ),
    );
    Ok(())
}

fn aws_role(plan: &Plan<'_>, role: &Role, steps: &mut Steps) -> Result<(), PolicyError> {
    if let FlavourKind::FederatedRole { federation } = plan.flavour.kind {
        federated_role(role, &federation, steps)?;
        return rights(plan, role, steps);
    }
    let account = account_of(&role.principal)
        .map_or_else(|| "the account of the server's identity".to_owned(), |account| format!("the account {account}"));
    steps.add(
        "Begin a role",
        format!(
            "IAM console > Roles > Create role > AWS account. Choose \"Another AWS account\" and give {account} \
             (\"This account\" if it is your own)."
        ),
    );
    let external_id = role.external_id.as_ref().map_or_else(
        || "Leave \"Require external ID\" unchecked.".to_owned(),
        |id| {
            format!(
                "Check \"Require external ID\" and give {id}. It is the same for all of the project and never changes."
            )
        },
    );
    steps.add("Set its conditions", format!("{external_id} Do not check \"Require MFA\": a server has none. Next."));
    steps.add(
        "Name it",
        format!("Choose no policy, Next. Name: {}. Add tags if your rules ask for them. Create role.", role.name),
    );
    rights(plan, role, steps)?;
    steps.add(
        "Limit whom it trusts",
        format!(
            "Roles > {} > Trust relationships > Edit trust policy. What stands there trusts a whole account and allows \
             no tags; put this in its place, so that your own log names the person behind each session:\n{}",
            role.name,
            role.trust.pretty()?
        ),
    );
    Ok(())
}

fn rights(plan: &Plan<'_>, role: &Role, steps: &mut Steps) -> Result<(), PolicyError> {
    let rights = match &plan.permission {
        Some(policy) => format!(
            "Roles > {} > Permissions > Add permissions > Create inline policy > JSON. Name: tidegate-access. Paste:\n{}",
            role.name,
            policy.pretty()?
        ),
        None => {
            "Ask for this set-up again and name the buckets, or ask once the integration has datasources: the policy \
                 is made for them. Until then the role may do nothing."
                .to_owned()
        }
    };
    steps.add("Give it its rights", rights);
    Ok(())
}

fn store(plan: &Plan<'_>, steps: &mut Steps) -> Result<(), PolicyError> {
    let user = plan.user.clone().unwrap_or_else(|| plan.name());
    let title = plan.flavour.vendor_title;
    let buckets = plan.buckets().into_iter().collect::<Vec<_>>().join(", ");
    match plan.flavour.dialect.grant {
        Grant::Console(place) => {
            let policy = plan.permission.as_ref().map(|_| permission(plan)).transpose()?;
            let paste = policy.map_or(String::new(), |policy| format!(" Paste:\n{policy}"));
            steps.add(&format!("Limit the key pair at {title}"), format!("{place} Buckets: {buckets}.{paste}"));
        }
        Grant::GarageCommand | Grant::BackblazeKey => {
            steps.add(&format!("Make a key at {title}"), format!("Run the commands below. Buckets: {buckets}."));
        }
        Grant::Aws | Grant::IamApi { .. } | Grant::MinioClient => {
            steps.add(
                "Make a user",
                format!("At {title}, make the user {user} and a key pair for it, with no other rights."),
            );
            let holder = plan.role.as_ref().map_or(user, |role| format!("role {}", role.name));
            steps.add("Give the rights", format!("Give {holder} this policy, and no other:\n{}", permission(plan)?));
        }
    }
    if let Some(role) = &plan.role {
        steps.add(
            "Let the user assume the role",
            format!("The trust policy of the role {} is:\n{}", role.name, role.trust.pretty()?),
        );
    }
    Ok(())
}
