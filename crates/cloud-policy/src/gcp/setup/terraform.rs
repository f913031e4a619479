//! The same as Terraform.

use std::fmt::Write as _;

use super::TOKEN_CREATOR;
use super::plan::{PROJECT_ID, Plan};
use crate::quote::hcl;

pub(super) fn terraform(plan: &Plan<'_>) -> String {
    let mut out = String::new();
    let project = if plan.project == PROJECT_ID {
        out.push_str("variable \"project_id\" {\n  type = string\n}\n\n");
        "var.project_id".to_owned()
    } else {
        hcl(&plan.project)
    };
    let subject = pool(plan, &project, &mut out);
    let account = account(plan, &project, subject.as_deref(), &mut out);
    data(plan, &account.or(subject).unwrap_or_default(), &mut out);
    for (bucket, cors) in &plan.cors {
        // The rules of a bucket are part of its own resource: made here they would claim all of it.
        let _ = writeln!(out, "# Give the bucket {bucket} these cors rules:");
        for line in format!("{cors:#}").lines() {
            let _ = writeln!(out, "#   {line}");
        }
        out.push('\n');
    }
    outputs(plan, &mut out);
    out
}

/// Who the tokens of Tidegate are, as an expression.
fn pool(plan: &Plan<'_>, project: &str, out: &mut String) -> Option<String> {
    let member = plan.subject_member()?;
    let Some(pool) = plan.pool.as_ref().filter(|pool| !pool.is_given) else { return Some(hcl(&member)) };
    let (id, provider) = (hcl(&pool.pool), hcl(&pool.provider));
    let _ = write!(
        out,
        "resource \"google_iam_workload_identity_pool\" \"tidegate\" {{\n  project                   = {project}\n  \
         workload_identity_pool_id = {id}\n}}\n\n\
         resource \"google_iam_workload_identity_pool_provider\" \"tidegate\" {{\n  project                            = \
         {project}\n  workload_identity_pool_id          = \
         google_iam_workload_identity_pool.tidegate.workload_identity_pool_id\n  workload_identity_pool_provider_id = \
         {provider}\n  attribute_mapping                  = {{ \"google.subject\" = \"assertion.sub\" }}\n  \
         attribute_condition                = {}\n  oidc {{\n    issuer_uri = {}\n  }}\n}}\n\n",
        hcl(&pool.condition()),
        hcl(pool.issuer)
    );
    // A subject holds neither `${` nor a quote.
    Some(format!(
        "\"principal://iam.googleapis.com/${{google_iam_workload_identity_pool.tidegate.name}}/subject/{}\"",
        pool.subject
    ))
}

/// The account as a member of role bindings, as an expression.
fn account(plan: &Plan<'_>, project: &str, subject: Option<&str>, out: &mut String) -> Option<String> {
    let account = plan.account.as_ref()?;
    let (name, member) = if account.is_given {
        let of = if plan.project == PROJECT_ID { "-" } else { &plan.project };
        let name = hcl(&format!("projects/{of}/serviceAccounts/{}", account.email));
        (name, hcl(&format!("serviceAccount:{}", account.email)))
    } else {
        let _ = write!(
            out,
            "resource \"google_service_account\" \"tidegate\" {{\n  project      = {project}\n  account_id   = {}\n  \
             display_name = \"Tidegate\"\n}}\n\n",
            hcl(&account.id)
        );
        ("google_service_account.tidegate.name".to_owned(), "google_service_account.tidegate.member".to_owned())
    };
    match subject {
        Some(subject) => {
            let _ = write!(
                out,
                "resource \"google_service_account_iam_member\" \"tidegate\" {{\n  service_account_id = {name}\n  role    \
                 \x20          = \"{TOKEN_CREATOR}\"\n  member             = {subject}\n}}\n\n"
            );
        }
        None => out.push_str("# Make the key by hand: made here, it would stand in the state file.\n\n"),
    }
    Some(member)
}

fn data(plan: &Plan<'_>, member: &str, out: &mut String) {
    for (number, grant) in plan.grants.iter().enumerate() {
        let _ = write!(
            out,
            "resource \"google_storage_bucket_iam_member\" \"tidegate_{number}\" {{\n  bucket = {}\n  role   = \"{}\"\n  \
             member = {member}\n",
            hcl(&grant.bucket),
            grant.role
        );
        if let Some(condition) = &grant.condition {
            let _ = write!(
                out,
                "  condition {{\n    title      = {}\n    expression = {}\n  }}\n",
                hcl(&condition.title),
                hcl(&condition.expression)
            );
        }
        out.push_str("}\n\n");
    }
}

fn outputs(plan: &Plan<'_>, out: &mut String) {
    if plan.pool.as_ref().is_some_and(|pool| !pool.is_given) {
        out.push_str(
            "output \"audience\" {\n  value = \"//iam.googleapis.com/${google_iam_workload_identity_pool_provider.tidegate.name}\"\n}\n",
        );
    }
    if plan.account.as_ref().is_some_and(|account| !account.is_given) {
        out.push_str("output \"service_account\" {\n  value = google_service_account.tidegate.email\n}\n");
    }
}
