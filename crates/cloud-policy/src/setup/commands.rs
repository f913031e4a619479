//! The same as commands, to paste into a POSIX shell one after the other.

use super::FlavourKind;
use super::plan::{ACCOUNT, PRINCIPAL, Plan, Role};
use super::quote::shell;
use crate::PolicyError;
use crate::dialect::Grant;

const ENDPOINT: &str = "S3_ENDPOINT";

pub(super) fn commands(plan: &Plan<'_>) -> Result<Vec<String>, PolicyError> {
    let mut out = Vec::new();
    match plan.flavour.dialect.grant {
        Grant::Aws => iam(plan, "", &mut out)?,
        Grant::IamApi { endpoint, make_user, .. } => {
            let own =
                endpoint.map_or_else(|| endpoint_flag(plan, &mut out), |url| format!(" --endpoint-url {}", shell(url)));
            if let (Some(make), Some(user)) = (make_user, &plan.user) {
                out.push(make.replace("NAME", &shell(user)));
            }
            iam(plan, &own, &mut out)?;
        }
        Grant::MinioClient => minio(plan, &mut out)?,
        Grant::GarageCommand => garage(plan, &mut out),
        Grant::BackblazeKey => backblaze(plan, &mut out),
        Grant::Console(_) => {
            if let Some(policy) = &plan.permission {
                out.push(write("permissions.json", &policy.compact()?));
            }
        }
    }
    on_buckets(plan, &mut out)?;
    Ok(out)
}

fn write(file: &str, json: &str) -> String {
    format!("printf '%s\\n' {} > {}", shell(json), shell(file))
}

fn endpoint_flag(plan: &Plan<'_>, out: &mut Vec<String>) -> String {
    if let Some(endpoint) = plan.endpoint() {
        return format!(" --endpoint-url {}", shell(endpoint));
    }
    let ask = format!(": \"${{{ENDPOINT}:?set it to the endpoint of the store}}\"");
    if !out.contains(&ask) {
        out.push(ask);
    }
    format!(" --endpoint-url \"${ENDPOINT}\"")
}

/// Writes the trust policy; what is not known yet is asked of the shell or of the cloud.
fn write_trust(plan: &Plan<'_>, role: &Role, out: &mut Vec<String>) -> Result<(), PolicyError> {
    let json = role.trust.compact()?;
    let unknown = if role.principal == PRINCIPAL {
        out.push(format!(
            ": \"${{{PRINCIPAL}:?set it to what 'aws sts get-caller-identity' prints as Arn on the server}}\""
        ));
        PRINCIPAL
    } else if role.principal.contains(ACCOUNT) {
        out.push(if plan.is_aws() {
            format!("{ACCOUNT}=\"$(aws sts get-caller-identity --query Account --output text)\"")
        } else {
            format!(": \"${{{ACCOUNT}:?set it to the number of your account}}\"")
        });
        ACCOUNT
    } else {
        out.push(write("trust.json", &json));
        return Ok(());
    };
    out.push(format!("printf '%s\\n' {} | sed \"s|{unknown}|${unknown}|g\" > trust.json", shell(&json)));
    Ok(())
}

fn iam(plan: &Plan<'_>, endpoint: &str, out: &mut Vec<String>) -> Result<(), PolicyError> {
    let user_by_hand = matches!(plan.flavour.dialect.grant, Grant::IamApi { make_user: Some(_), .. });
    let user = plan.user.as_deref().map(shell);
    if let Some(user) = user.as_ref().filter(|_| !user_by_hand) {
        out.push(format!("aws iam{endpoint} create-user --user-name {user}"));
        out.push(format!("aws iam{endpoint} create-access-key --user-name {user}"));
    }
    if let Some(policy) = &plan.permission {
        out.push(write("permissions.json", &policy.compact()?));
    }
    match (&plan.role, user) {
        (Some(role), _) => role_commands(plan, role, endpoint, out)?,
        (None, Some(user)) if plan.is_aws() => {
            out.push(format!("aws iam create-policy --policy-name {user} --policy-document file://permissions.json"));
            out.push(format!(
                "aws iam attach-user-policy --user-name {user} --policy-arn \
                 \"arn:{}:iam::$(aws sts get-caller-identity --query Account --output text):policy/\"{user}",
                plan.flavour.partition
            ));
        }
        (None, Some(user)) => out.push(format!(
            "aws iam{endpoint} put-user-policy --user-name {user} --policy-name tidegate-access --policy-document \
             file://permissions.json"
        )),
        (None, None) => {
            out.push(": \"${ROLE_NAME:?set it to the name of the role of the server's machine}\"".to_owned());
            out.push(put_role_policy(endpoint, "\"$ROLE_NAME\""));
        }
    }
    Ok(())
}

fn role_commands(plan: &Plan<'_>, role: &Role, endpoint: &str, out: &mut Vec<String>) -> Result<(), PolicyError> {
    if let FlavourKind::FederatedRole { federation } = plan.flavour.kind {
        out.push(format!(
            "aws iam{endpoint} create-open-id-connect-provider --url {} --client-id-list {} || echo 'it is there already'",
            shell(federation.issuer),
            shell(federation.audience)
        ));
    }
    write_trust(plan, role, out)?;
    if matches!(plan.flavour.dialect.grant, Grant::IamApi { roles: false, .. }) {
        return Ok(());
    }
    let name = shell(&role.name_to_type());
    let path = if role.path == "/" { String::new() } else { format!(" --path {}", shell(&role.path_to_type())) };
    out.push(format!(
        "aws iam{endpoint} create-role --role-name {name}{path} --assume-role-policy-document file://trust.json"
    ));
    if plan.permission.is_some() {
        out.push(put_role_policy(endpoint, &name));
    }
    Ok(())
}

fn put_role_policy(endpoint: &str, name: &str) -> String {
    format!(
        "aws iam{endpoint} put-role-policy --role-name {name} --policy-name tidegate-access --policy-document \
         file://permissions.json"
    )
}

fn minio(plan: &Plan<'_>, out: &mut Vec<String>) -> Result<(), PolicyError> {
    if let (Some(policy), Some(user)) = (&plan.permission, plan.user.as_deref().map(shell)) {
        out.push(": \"${MINIO_ALIAS:?set it to the alias of the store, made with 'mc alias set'}\"".to_owned());
        out.push(write("permissions.json", &policy.compact()?));
        out.push(format!("mc admin policy create \"$MINIO_ALIAS\" {user} permissions.json"));
        out.push(format!("mc admin user add \"$MINIO_ALIAS\" {user}"));
        out.push(format!("mc admin policy attach \"$MINIO_ALIAS\" {user} --user {user}"));
    }
    Ok(())
}

fn garage(plan: &Plan<'_>, out: &mut Vec<String>) {
    let user = shell(plan.user.as_deref().unwrap_or("tidegate"));
    out.push(format!("garage key create {user}"));
    for bucket in plan.buckets() {
        let writes = plan.places.iter().any(|place| place.bucket.as_str() == bucket && place.purpose.writes());
        let write = if writes { " --write" } else { "" };
        out.push(format!("garage bucket allow --read{write} {} --key {user}", shell(bucket)));
    }
}

fn backblaze(plan: &Plan<'_>, out: &mut Vec<String>) {
    let user = plan.user.as_deref().unwrap_or("tidegate");
    for (index, place) in plan.places.iter().enumerate() {
        let prefix = match place.prefix.as_str() {
            "" => String::new(),
            prefix => format!(" --name-prefix {}", shell(prefix)),
        };
        let name = if index == 0 { user.to_owned() } else { format!("{user}-{}", index + 1) };
        let writes = if place.purpose.writes() { ",writeFiles,deleteFiles" } else { "" };
        out.push(format!(
            "b2 key create --bucket {}{prefix} {} listAllBucketNames,listFiles,readFiles{writes}",
            shell(place.bucket.as_str()),
            shell(&name)
        ));
    }
}

fn on_buckets(plan: &Plan<'_>, out: &mut Vec<String>) -> Result<(), PolicyError> {
    for (index, (key, policy)) in plan.keys.iter().enumerate() {
        let file = if index == 0 { "key-policy.json".to_owned() } else { format!("key-policy-{}.json", index + 1) };
        out.push(write(&file, &policy.compact()?));
        let key = shell(key);
        out.push(format!("aws kms put-key-policy --key-id {key} --policy-name default --policy file://{file}"));
    }
    if plan.bucket_policies.is_empty() && plan.cors.is_empty() {
        return Ok(());
    }
    let endpoint = if plan.is_aws() { String::new() } else { endpoint_flag(plan, out) };
    for (bucket, policy) in &plan.bucket_policies {
        let (file, bucket) = (format!("bucket-policy-{bucket}.json"), shell(bucket));
        out.push(write(&file, &policy.compact()?));
        out.push(format!("aws s3api{endpoint} put-bucket-policy --bucket {bucket} --policy file://{file}"));
    }
    for (bucket, cors) in &plan.cors {
        let (file, bucket) = (format!("cors-{bucket}.json"), shell(bucket));
        out.push(write(&file, &cors.value().to_string()));
        out.push(format!("aws s3api{endpoint} put-bucket-cors --bucket {bucket} --cors-configuration file://{file}"));
    }
    Ok(())
}
