//! Numbered steps to click.

use domain::provider::SetupStep;

use super::{Kind, Plan, grants};
use crate::azure::remedy::subject_of;

pub(super) fn steps(plan: &Plan<'_>) -> Vec<SetupStep> {
    let mut steps = Steps(Vec::new());
    match plan.kind {
        Kind::ClientSecret | Kind::Federated { .. } => application(plan, &mut steps),
        Kind::AccountKey => account_key(plan, &mut steps),
        Kind::SharedAccess => signatures(plan, &mut steps),
    }
    for (origin, writes) in plan.origins() {
        let rule = format!("{:#}", serde_json::json!([grants::cors_rule(origin, writes)]));
        steps.add(
            "Allow your web page to load objects",
            format!(
                "Storage account {} > Settings > Resource sharing (CORS) > Blob service. Add a rule of these values; it holds \
                 for all containers of the account:\n{rule}",
                plan.account
            ),
        );
    }
    steps.0
}

struct Steps(Vec<SetupStep>);

impl Steps {
    fn add(&mut self, title: &str, text: impl Into<String>) {
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.0.push(SetupStep { number, title: title.to_owned(), text: text.into() });
    }
}

fn application(plan: &Plan<'_>, steps: &mut Steps) {
    let name = &plan.display_name;
    steps.add(
        "Register an application",
        format!(
            "Microsoft Entra admin centre > App registrations > New registration. Name: {name}. Supported account types: \
             \"Accounts in this organizational directory only\" (single tenant). Leave the redirect URI empty. Register. Its \
             overview shows the application (client) ID and the directory (tenant) ID. It needs no API permissions: \
             remove the one that the portal adds."
        ),
    );
    match plan.kind {
        Kind::Federated { subject, audience } => steps.add(
            "Let it trust Tidegate",
            format!(
                "App registrations > {name} > Certificates & secrets > Federated credentials > Add credential > Other issuer. \
                 Issuer: {}. Type: explicit subject identifier. Value: {}. Name: tidegate. Audience: {audience}. Letter for \
                 letter, without a slash at the end of the issuer. The same as a document:\n{:#}",
                subject.issuer,
                subject_of(subject),
                plan.credential().unwrap_or_default()
            ),
        ),
        _ => steps.add(
            "Make a secret",
            format!(
                "App registrations > {name} > Certificates & secrets > Client secrets > New client secret. Choose an end as \
                 your rules ask for. Copy its Value, not its Secret ID: it is shown only now."
            ),
        ),
    }
    if plan.ask.places.is_empty() {
        steps.add(
            "Give it its rights",
            "Ask for this set-up again and name the containers, or ask once the integration has datasources: the roles \
             are made for them. Until then the application may do nothing but ask for keys to sign with.",
        );
    }
    for assignment in &plan.assignments {
        let place = match &assignment.container {
            Some(container) => format!("Storage account {} > Containers > {container}", plan.account),
            None => format!("Storage account {}", plan.account),
        };
        let condition = assignment.condition.as_ref().map_or_else(String::new, |condition| {
            format!(" Conditions > Add condition > Editor type: Code. Give this, in one line:\n{condition}")
        });
        steps.add(
            &format!("Give it the role {}", assignment.role),
            format!(
                "{place} > Access control (IAM) > Add > Add role assignment. Role: {}. Members: assign access to user, group, or \
                 service principal; select {name}.{condition}",
                assignment.role
            ),
        );
    }
}

fn account_key(plan: &Plan<'_>, steps: &mut Steps) {
    steps.add(
        "Show a key",
        format!(
            "Storage account {} > Security + networking > Access keys > key1 > Show, and copy the key. If there is none, \
             \"Allow storage account key access\" is off under Settings > Configuration; then use azure-federated.",
            plan.account
        ),
    );
}

fn signatures(plan: &Plan<'_>, steps: &mut Steps) {
    let containers = plan.containers();
    if containers.is_empty() {
        steps.add("Choose a container", "Ask for this set-up again and name the container.");
    }
    for container in containers {
        let rights = match plan.letters(container) {
            "rl" => "Read and List",
            _ => "Read, Create, Write, Delete and List",
        };
        steps.add(
            &format!("Make a policy of the container {container}"),
            format!(
                "Storage account {} > Containers > {container} > Access policy > Stored access policies > Add policy. Identifier: \
                 tidegate. Permissions: {rights}. Give it an end. Save. Whoever removes the policy takes the signature back.",
                plan.account
            ),
        );
        steps.add(
            &format!("Make the signature for {container}"),
            format!(
                "Containers > {container} > Shared access tokens. Signing method: account key. Stored access policy: tidegate. \
                 Allowed protocols: HTTPS only. Generate, and copy the Blob SAS token, not the URL."
            ),
        );
    }
}
