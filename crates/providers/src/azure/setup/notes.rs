//! What to mind, and what Azure cannot do.

use super::{Kind, Plan};

pub(super) fn notes(plan: &Plan<'_>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut note = |text: &str| out.push(text.to_owned());
    if !plan.ask.settings.contains_key("account") {
        note("Replace ACCOUNT by the name of your storage account.");
    }
    match plan.kind {
        Kind::ClientSecret | Kind::Federated { .. } => {
            note(
                "The documents name the subscription SUBSCRIPTION_ID and the resource group RESOURCE_GROUP: replace them by yours.",
            );
            note(
                "Azure takes up to ten minutes to spread a role; until then the proof says that the right is missing.",
            );
            note(
                "Storage Blob Delegator works on the account only. It lets the application ask for keys to sign with, and a \
                 signature can do no more than the application's other roles.",
            );
            note(
                "Conditions hold where the caller signs in or uses a signature of this application; they do not hold for the \
                 account's keys, nor for roles that somebody else gave the application.",
            );
        }
        Kind::AccountKey => note(
            "The key of an account may do everything in it and cannot be narrowed; signatures made with it end early only by \
             renewing the key, which ends all of them.",
        ),
        Kind::SharedAccess => {
            note(
                "Tidegate browses, reads and writes with the signature and never hands it out: it signs no URLs and gives no \
                 credentials, because without the key the signature cannot be narrowed.",
            );
            note("Replace EXPIRY by the end of the policy, for example 2027-01-01T00:00Z.");
            if plan.containers().len() > 1 {
                note("A signature is for one container: make an integration for each.");
            }
        }
    }
    if let Kind::Federated { subject, .. } = plan.kind {
        if subject.integration.is_none() {
            note(
                "Replace NAME in the subject by the name that the integration will have; once it exists, its own set-up prints it.",
            );
        }
        note("Your tenant reads the issuer's discovery document and keys over the internet, without signing in.");
    }
    if !matches!(plan.kind, Kind::SharedAccess)
        && plan.ask.settings.get("hierarchical").map(String::as_str) != Some("true")
    {
        note(
            "Without a hierarchical namespace a credential can be narrowed to a whole container only; signed URLs are always for \
             one object. If the account has one, set hierarchical to true.",
        );
    }
    if !plan.origins().is_empty() {
        note("CORS rules hold for all containers of the account, and the account has at most five.");
    }
    if plan.ask.kms_key_arn.is_some()
        || plan.ask.places.iter().any(|place| place.sse.as_ref().is_some_and(|sse| sse.kms_key_arn().is_some()))
    {
        note(
            "Keys of the customer are set on the account or container, not with each object: the key that was named is left out.",
        );
    }
    if !plan.networks().is_empty() {
        note(
            "The firewall of an account holds for all its containers, and only once its default is to deny: az storage \
             account update --default-action Deny. It takes public addresses only, and ranges of up to /30.",
        );
    }
    if !plan.ask.vpcs.is_empty() {
        note("Azure knows no VPCs of AWS: they are left out. Private endpoints are set on the account.");
    }
    out
}
