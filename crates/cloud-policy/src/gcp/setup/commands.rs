//! The same as commands of `gcloud`, to paste into a POSIX shell one after the other.

use serde_json::json;

use super::plan::{PROJECT_ID, PROJECT_NUMBER, Plan};
use super::{Access, TOKEN_CREATOR};
use crate::gcp::grant::RoleGrant;
use crate::quote::shell;

pub(super) fn commands(plan: &Plan<'_>) -> Vec<String> {
    let mut out = Vec::new();
    let project = word(&plan.project);
    if plan.project == PROJECT_ID {
        out.push(format!(": \"${{{PROJECT_ID}:?set it to the id of your project}}\""));
    }
    out.push(format!("gcloud services enable {} --project={project}", services(plan)));
    pool(plan, &project, &mut out);
    account(plan, &project, &mut out);
    for bucket in plan.buckets() {
        let bucket = shell(&format!("gs://{bucket}"));
        out.push(format!("gcloud storage buckets update {bucket} --uniform-bucket-level-access"));
    }
    let member = word(&plan.member_of_data());
    for (number, grant) in (1..).zip(&plan.grants) {
        out.extend(bind(grant, &member, &format!("tidegate-condition-{number}.json")));
    }
    for (bucket, cors) in &plan.cors {
        let file = format!("cors-{bucket}.json");
        out.push(write(&file, &cors.to_string()));
        let bucket = shell(&format!("gs://{bucket}"));
        out.push(format!("gcloud storage buckets update {bucket} --cors-file={}", shell(&file)));
    }
    out
}

/// The services that the project must have switched on.
fn services(plan: &Plan<'_>) -> &'static str {
    match plan.access {
        Access::Key => "storage.googleapis.com iam.googleapis.com sts.googleapis.com",
        _ => "storage.googleapis.com iam.googleapis.com sts.googleapis.com iamcredentials.googleapis.com",
    }
}

fn pool(plan: &Plan<'_>, project: &str, out: &mut Vec<String>) {
    let Some(pool) = plan.pool.as_ref() else { return };
    if pool.project_number == PROJECT_NUMBER {
        out.push(format!("{PROJECT_NUMBER}=\"$(gcloud projects describe {project} --format='value(projectNumber)')\""));
    }
    if pool.is_given {
        return;
    }
    let (id, provider) = (shell(&pool.pool), shell(&pool.provider));
    out.push(format!(
        "gcloud iam workload-identity-pools create {id} --project={project} --location=global --display-name=Tidegate || \
         echo 'it is there already'"
    ));
    out.push(format!(
        "gcloud iam workload-identity-pools providers create-oidc {provider} --project={project} --location=global \
         --workload-identity-pool={id} --issuer-uri={} --attribute-mapping=google.subject=assertion.sub \
         --attribute-condition={}",
        shell(pool.issuer),
        shell(&pool.condition())
    ));
}

fn account(plan: &Plan<'_>, project: &str, out: &mut Vec<String>) {
    let Some(account) = &plan.account else { return };
    let email = word(&account.email);
    if !account.is_given {
        let id = shell(&account.id);
        out.push(format!("gcloud iam service-accounts create {id} --project={project} --display-name=Tidegate"));
    }
    if let Some(member) = plan.subject_member() {
        out.push(format!(
            "gcloud iam service-accounts add-iam-policy-binding {email} --role={TOKEN_CREATOR} --member={}",
            word(&member)
        ));
    } else {
        out.push(format!("gcloud iam service-accounts keys create tidegate-key.json --iam-account={email}"));
    }
}

/// Gives a member, which is a word of the shell already, a role on a bucket.
pub(super) fn bind(grant: &RoleGrant, member: &str, file: &str) -> Vec<String> {
    let bucket = shell(&format!("gs://{}", grant.bucket));
    let start =
        format!("gcloud storage buckets add-iam-policy-binding {bucket} --member={member} --role={}", grant.role);
    match &grant.condition {
        // From a file: an expression holds commas, which the flag would split it at.
        Some(condition) => {
            vec![write(file, &json!(condition).to_string()), format!("{start} --condition-from-file={file}")]
        }
        None => vec![format!("{start} --condition=None")],
    }
}

fn write(file: &str, json: &str) -> String {
    format!("printf '%s\\n' {} > {}", shell(json), shell(file))
}

/// A text of ours as one word; what is not known yet is asked of the shell.
fn word(text: &str) -> String {
    let quoted = shell(text);
    let inside = quoted.starts_with('\'');
    [PROJECT_ID, PROJECT_NUMBER].iter().fold(quoted, |word, unknown| {
        let value = if inside { format!("'\"${unknown}\"'") } else { format!("\"${unknown}\"") };
        word.replace(unknown, &value)
    })
}
