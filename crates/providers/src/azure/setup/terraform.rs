//! The same as Terraform, for the providers `azurerm` and `azuread`.

use std::fmt::Write as _;

use cloud_policy::quote::hcl;

use super::{Kind, Plan};
use crate::azure::remedy::subject_of;

pub(super) fn terraform(plan: &Plan<'_>) -> String {
    let mut out = String::from("variable \"resource_group_name\" {\n  type = string\n}\n\n");
    let _ = write!(
        out,
        "data \"azurerm_storage_account\" \"tidegate\" {{\n  name                = {}\n  resource_group_name = \
         var.resource_group_name\n}}\n",
        hcl(plan.account)
    );
    match plan.kind {
        Kind::ClientSecret | Kind::Federated { .. } => application(plan, &mut out),
        Kind::AccountKey => out.push_str(
            "\noutput \"account_key\" {\n  value     = data.azurerm_storage_account.tidegate.primary_access_key\n  sensitive = \
             true\n}\n",
        ),
        Kind::SharedAccess => signatures(plan, &mut out),
    }
    if !plan.origins().is_empty() {
        out.push_str(
            "\n# CORS rules are part of azurerm_storage_account (blob_properties), which this does not own: add them there, or \
             use the command.\n",
        );
    }
    out
}

fn application(plan: &Plan<'_>, out: &mut String) {
    let _ = write!(
        out,
        "\nresource \"azuread_application\" \"tidegate\" {{\n  display_name     = {}\n  sign_in_audience = \
         \"AzureADMyOrg\"\n}}\n\nresource \"azuread_service_principal\" \"tidegate\" {{\n  client_id = \
         azuread_application.tidegate.client_id\n}}\n",
        hcl(&plan.display_name)
    );
    match plan.kind {
        Kind::Federated { subject, audience } => {
            let _ = write!(
                out,
                "\nresource \"azuread_application_federated_identity_credential\" \"tidegate\" {{\n  application_id = \
                 azuread_application.tidegate.id\n  display_name   = \"tidegate\"\n  issuer         = {}\n  subject        = {}\n  \
                 audiences      = [{}]\n}}\n",
                hcl(&subject.issuer),
                hcl(&subject_of(subject)),
                hcl(audience)
            );
        }
        _ => out.push_str(
            "\n# Make the client secret by hand or with the command: Terraform would keep it in its state.\n",
        ),
    }
    for (index, assignment) in plan.assignments.iter().enumerate() {
        let _ = write!(
            out,
            "\nresource \"azurerm_role_assignment\" \"tidegate_{index}\" {{\n  scope                = \
             \"${{data.azurerm_storage_account.tidegate.id}}{}\"\n  role_definition_name = {}\n  principal_id         = \
             azuread_service_principal.tidegate.object_id\n",
            assignment.below(),
            hcl(assignment.role)
        );
        if let Some(condition) = &assignment.condition {
            let _ = write!(out, "  condition_version    = \"2.0\"\n  condition            = {}\n", hcl(condition));
        }
        out.push_str("}\n");
    }
    out.push_str(
        "\noutput \"client_id\" {\n  value = azuread_application.tidegate.client_id\n}\n\noutput \"tenant_id\" {\n  value = \
         azuread_service_principal.tidegate.application_tenant_id\n}\n",
    );
}

fn signatures(plan: &Plan<'_>, out: &mut String) {
    out.push_str("\nvariable \"begin\" {\n  type = string\n}\n\nvariable \"end\" {\n  type = string\n}\n");
    for (index, container) in plan.containers().into_iter().enumerate() {
        let letters = plan.letters(container);
        let allowed = |letter: char| letters.contains(letter);
        let _ = write!(
            out,
            "\ndata \"azurerm_storage_account_blob_container_sas\" \"tidegate_{index}\" {{\n  connection_string = \
             data.azurerm_storage_account.tidegate.primary_connection_string\n  container_name    = {}\n  https_only        = \
             true\n  start             = var.begin\n  expiry            = var.end\n  permissions {{\n    read   = {}\n    add    = \
             false\n    create = {}\n    write  = {}\n    delete = {}\n    list   = {}\n  }}\n}}\n\noutput \"sas_token_{index}\" \
             {{\n  value     = data.azurerm_storage_account_blob_container_sas.tidegate_{index}.sas\n  sensitive = true\n}}\n",
            hcl(container),
            allowed('r'),
            allowed('c'),
            allowed('w'),
            allowed('d'),
            allowed('l')
        );
    }
}
