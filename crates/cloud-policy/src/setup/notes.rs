//! What to mind.

use super::FlavourKind;
use super::plan::{ACCOUNT, PRINCIPAL, Plan};

pub(super) fn notes(plan: &Plan<'_>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let (dialect, title) = (plan.flavour.dialect, plan.flavour.vendor_title);
    if !dialect.verified {
        out.push(format!("Not all of what is said here was checked against the documentation of {title}."));
    }
    out.extend(dialect.note.map(str::to_owned));
    if !plan.flavour.session_policies {
        out.push(format!(
            "{title} cannot narrow a session, so no short-lived credentials are handed out for it: signed URLs are."
        ));
    }
    if let Some(role) = &plan.role {
        if role.principal == PRINCIPAL {
            out.push(format!(
                "Replace {PRINCIPAL} by the identity of the server: 'aws sts get-caller-identity' prints it there."
            ));
        }
        if role.principal.contains(ACCOUNT) {
            out.push(format!("Replace {ACCOUNT} by the twelve digits of your account."));
        }
        if !role.properties.is_empty() {
            out.push(format!(
                "Make one role for each value of the user property {}: it stands in capitals in commands and Terraform.",
                role.properties.join(", ")
            ));
        }
    }
    if plan.flavour.kind == FlavourKind::Ambient && !plan.keys.is_empty() {
        out.push(format!("Replace {PRINCIPAL} in the key's policy by the role of the server's machine."));
    }
    network_notes(plan, &mut out);
    if !plan.cors.is_empty() {
        out.push("The CORS document takes the place of the one that the bucket has: merge them first.".to_owned());
    }
    if !plan.keys.is_empty() {
        out.push(
            "The key's policy takes the place of the one that the key has: keep the statements of others who use it."
                .to_owned(),
        );
    }
    if plan.keys.len() > 1 {
        out.push(format!("Each of the {} keys needs the key policy; the commands have all of them.", plan.keys.len()));
    }
    out
}

fn network_notes(plan: &Plan<'_>, out: &mut Vec<String>) {
    let networks = &plan.networks;
    if networks.cidrs.is_empty() && networks.vpcs.is_empty() {
        return;
    }
    if plan.bucket_policies.is_empty() {
        let title = plan.flavour.vendor_title;
        out.push(format!("{title} has no bucket policy that restricts networks: restrict them in its own console."));
        return;
    }
    out.push(
        "The bucket's policy takes the place of the one that the bucket has: merge them first. It binds everyone, \
         administrators and the cloud's own services too, for reading and writing objects."
            .to_owned(),
    );
    out.push("Networks are public addresses as the store sees them; a VPC needs an endpoint of the store.".to_owned());
    if !networks.vpcs.is_empty() && !plan.flavour.dialect.source_vpc {
        out.push(format!("{} knows no VPCs: they are left out.", plan.flavour.vendor_title));
    }
    if plan.ask.server_networks.is_empty() {
        out.push(
            "The server's own network is not among them: prove the datasource in the mode list-only, and expect that \
             Tidegate cannot read relevant files."
                .to_owned(),
        );
    }
}
