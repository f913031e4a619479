//! The same as commands of `az`, to paste into a POSIX shell one after the other.

use cloud_policy::quote::shell;

use super::{Kind, Plan, grants};

pub(super) fn commands(plan: &Plan<'_>) -> Vec<String> {
    let mut out = match plan.kind {
        Kind::ClientSecret | Kind::Federated { .. } => application(plan),
        Kind::AccountKey => vec![format!(
            "(umask 077; az storage account keys list --account-name {} --query '[0].value' --output tsv > account-key.txt)",
            shell(plan.account)
        )],
        Kind::SharedAccess => signatures(plan),
    };
    let account = plan.account;
    out.extend(plan.origins().into_iter().map(|(origin, writes)| grants::cors_command(account, origin, writes)));
    out.extend(plan.networks().into_iter().map(|network| {
        format!("az storage account network-rule add --account-name {} --ip-address {}", shell(account), shell(network))
    }));
    out
}

fn application(plan: &Plan<'_>) -> Vec<String> {
    let name = shell(&plan.display_name);
    let mut out = match plan.client_id {
        Some(id) => vec![format!("APP_ID={}", shell(id))],
        None => vec![
            format!(
                "APP_ID=$(az ad app create --display-name {name} --sign-in-audience AzureADMyOrg --query appId --output tsv)"
            ),
            "az ad sp create --id \"$APP_ID\"".to_owned(),
        ],
    };
    out.push(match plan.credential() {
        Some(document) => format!(
            "az ad app federated-credential create --id \"$APP_ID\" --parameters {}",
            shell(&document.to_string())
        ),
        None => "(umask 077; az ad app credential reset --id \"$APP_ID\" --append --display-name tidegate --years 1 \
                 --query password --output tsv > client-secret.txt)"
            .to_owned(),
    });
    out.push(format!("ACCOUNT_ID=$(az storage account show --name {} --query id --output tsv)", shell(plan.account)));
    out.push("PRINCIPAL_ID=$(az ad sp show --id \"$APP_ID\" --query id --output tsv)".to_owned());
    out.extend(plan.assignments.iter().map(grants::Assignment::command));
    out.push("echo \"client_id=$APP_ID tenant_id=$(az account show --query tenantId --output tsv)\"".to_owned());
    out
}

fn signatures(plan: &Plan<'_>) -> Vec<String> {
    let account = shell(plan.account);
    let of = |container: &str| {
        let letters = plan.letters(container);
        [
            format!(
                "az storage container policy create --account-name {account} --container-name {container} --name tidegate \
                 --permissions {letters} --expiry EXPIRY"
            ),
            format!(
                "(umask 077; az storage container generate-sas --account-name {account} --name {container} --policy-name tidegate \
                 --https-only --output tsv > sas-{container}.txt)"
            ),
        ]
    };
    plan.containers().into_iter().flat_map(of).collect()
}
