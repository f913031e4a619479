//! The same as Terraform, with the same documents.

use std::fmt::Write as _;

use super::FlavourKind;
use super::plan::{ACCOUNT, PRINCIPAL, Plan, Role};
use super::quote::{hcl, hcl_json, hcl_list};
use crate::PolicyError;
use crate::dialect::Grant;

pub(super) fn terraform(plan: &Plan<'_>) -> Result<String, PolicyError> {
    let mut out = String::new();
    match plan.flavour.dialect.grant {
        Grant::Aws => identities(plan, &mut out)?,
        Grant::IamApi { .. } => {
            provider(plan, &mut out);
            identities(plan, &mut out)?;
        }
        _ => elsewhere(plan, &mut out)?,
    }
    if matches!(plan.flavour.dialect.grant, Grant::Aws | Grant::IamApi { .. }) {
        on_buckets(plan, &mut out)?;
    }
    Ok(out)
}

/// The resources of AWS, sent to a store that speaks its interfaces.
fn provider(plan: &Plan<'_>, out: &mut String) {
    let own = plan.endpoint().map_or_else(
        || {
            out.push_str("variable \"endpoint\" {\n  type = string\n}\n\n");
            "var.endpoint".to_owned()
        },
        hcl,
    );
    let iam = match plan.flavour.dialect.grant {
        Grant::IamApi { endpoint: Some(endpoint), .. } => hcl(endpoint),
        _ => own.clone(),
    };
    let _ = write!(
        out,
        "provider \"aws\" {{\n  region                      = \"us-east-1\"\n  skip_credentials_validation = true\n  \
         skip_requesting_account_id  = true\n  skip_metadata_api_check     = true\n  s3_use_path_style           = true\n  \
         endpoints {{\n    iam = {iam}\n    s3  = {own}\n  }}\n}}\n\n"
    );
}

fn identities(plan: &Plan<'_>, out: &mut String) -> Result<(), PolicyError> {
    if let Some(user) = &plan.user {
        let name = hcl(user);
        let _ = write!(out, "resource \"aws_iam_user\" \"tidegate\" {{\n  name = {name}\n}}\n\n");
        out.push_str("# Make the access key by hand: made here, its secret would stand in the state file.\n\n");
    }
    if let Some(role) = &plan.role {
        role_resource(plan, role, out)?;
        if let Some(policy) = &plan.permission {
            let policy = hcl_json(&policy.pretty()?);
            let _ = write!(
                out,
                "resource \"aws_iam_role_policy\" \"tidegate\" {{\n  name   = \"tidegate-access\"\n  role   = \
                 aws_iam_role.tidegate.id\n  policy = {policy}}}\n\n"
            );
        }
        out.push_str("output \"role_arn\" {\n  value = aws_iam_role.tidegate.arn\n}\n");
        return Ok(());
    }
    let Some(policy) = &plan.permission else { return Ok(()) };
    let policy = hcl_json(&policy.pretty()?);
    if let Some(user) = &plan.user {
        user_policy(plan, user, &policy, out);
    } else if plan.flavour.kind == FlavourKind::Ambient {
        let _ = write!(
            out,
            "variable \"role_name\" {{\n  type        = string\n  description = \"The role of the server's machine\"\n}}\n\n\
             resource \"aws_iam_role_policy\" \"tidegate\" {{\n  name   = \"tidegate-access\"\n  role   = var.role_name\n  \
             policy = {policy}}}\n"
        );
    }
    Ok(())
}

fn user_policy(plan: &Plan<'_>, user: &str, policy: &str, out: &mut String) {
    let user = hcl(user);
    let _ = if plan.is_aws() {
        // Inline policies of a user are limited to 2,048 characters.
        write!(
            out,
            "resource \"aws_iam_policy\" \"tidegate\" {{\n  name   = {user}\n  policy = {policy}}}\n\nresource \
             \"aws_iam_user_policy_attachment\" \"tidegate\" {{\n  user       = aws_iam_user.tidegate.name\n  policy_arn = \
             aws_iam_policy.tidegate.arn\n}}\n"
        )
    } else {
        write!(
            out,
            "resource \"aws_iam_user_policy\" \"tidegate\" {{\n  name   = \"tidegate-access\"\n  user   = \
             aws_iam_user.tidegate.name\n  policy = {policy}}}\n"
        )
    };
}

fn role_resource(plan: &Plan<'_>, role: &Role, out: &mut String) -> Result<(), PolicyError> {
    let (trust, name) = (hcl_json(&role.trust.pretty()?), hcl(&role.name_to_type()));
    let path = if role.path == "/" {
        String::new()
    } else {
        format!("  path               = {}\n", hcl(&role.path_to_type()))
    };
    let known = if role.principal == PRINCIPAL {
        out.push_str("variable \"principal_arn\" {\n  type        = string\n  description = \"The identity of the server\"\n}\n\n");
        Some((PRINCIPAL, "var.principal_arn"))
    } else if role.principal.contains(ACCOUNT) && !plan.is_aws() {
        out.push_str("variable \"account_id\" {\n  type = string\n}\n\n");
        Some((ACCOUNT, "var.account_id"))
    } else if role.principal.contains(ACCOUNT) {
        out.push_str("data \"aws_caller_identity\" \"current\" {}\n\n");
        Some((ACCOUNT, "data.aws_caller_identity.current.account_id"))
    } else {
        None
    };
    let trust = match known {
        Some((placeholder, value)) => {
            let _ = write!(out, "locals {{\n  trust = {trust}}}\n\n");
            format!("replace(local.trust, \"{placeholder}\", {value})\n")
        }
        None => trust,
    };
    if let FlavourKind::FederatedRole { federation } = plan.flavour.kind {
        let (url, audience) = (hcl(federation.issuer), hcl_list(&[federation.audience.to_owned()]));
        let _ = write!(
            out,
            "resource \"aws_iam_openid_connect_provider\" \"tidegate\" {{\n  url            = {url}\n  client_id_list = \
             {audience}\n}}\n\n"
        );
    }
    let _ = write!(
        out,
        "resource \"aws_iam_role\" \"tidegate\" {{\n  name               = {name}\n{path}  assume_role_policy = {trust}}}\n\n"
    );
    Ok(())
}

/// A store without resources of AWS: the document, to be given to whatever its own provider needs.
fn elsewhere(plan: &Plan<'_>, out: &mut String) -> Result<(), PolicyError> {
    let title = plan.flavour.vendor_title.replace(['\r', '\n'], " ");
    let Some(policy) = &plan.permission else {
        let _ = writeln!(out, "# {title} has no policies: the steps and commands say how its keys are limited.");
        return Ok(());
    };
    let policy = hcl_json(&policy.pretty()?);
    let _ = write!(
        out,
        "# Give this document to the policy resource of the Terraform provider of {title}.\nlocals {{\n  tidegate_policy = \
         {policy}}}\n\noutput \"tidegate_policy\" {{\n  value = local.tidegate_policy\n}}\n"
    );
    Ok(())
}

fn on_buckets(plan: &Plan<'_>, out: &mut String) -> Result<(), PolicyError> {
    for (index, (key, policy)) in plan.keys.iter().enumerate() {
        let (key, policy) = (hcl(key), hcl_json(&policy.pretty()?));
        let _ = write!(
            out,
            "\nresource \"aws_kms_key_policy\" \"tidegate_{index}\" {{\n  key_id = {key}\n  policy = {policy}}}\n"
        );
    }
    for (index, (bucket, policy)) in plan.bucket_policies.iter().enumerate() {
        let (bucket, policy) = (hcl(bucket), hcl_json(&policy.pretty()?));
        let _ = write!(
            out,
            "\nresource \"aws_s3_bucket_policy\" \"tidegate_{index}\" {{\n  bucket = {bucket}\n  policy = {policy}}}\n"
        );
    }
    for (index, (bucket, cors)) in plan.cors.iter().enumerate() {
        let bucket = hcl(bucket);
        let _ = write!(
            out,
            "\nresource \"aws_s3_bucket_cors_configuration\" \"tidegate_{index}\" {{\n  bucket = {bucket}\n"
        );
        for rule in &cors.rules {
            let _ = write!(
                out,
                "  cors_rule {{\n    allowed_origins = {}\n    allowed_methods = {}\n    allowed_headers = {}\n    \
                 expose_headers  = {}\n    max_age_seconds = {}\n  }}\n",
                hcl_list(&rule.allowed_origins),
                hcl_list(&rule.allowed_methods),
                hcl_list(&rule.allowed_headers),
                hcl_list(&rule.expose_headers),
                rule.max_age_seconds
            );
        }
        out.push_str("}\n");
    }
    Ok(())
}
