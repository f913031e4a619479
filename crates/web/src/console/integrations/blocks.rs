//! What is to be applied on the cloud's side, as blocks to copy, each with what it grants.

use broker::SetupQuery;
use domain::provider::Setup;
use serde_json::Value;

use crate::console::document::document;

/// A document to copy.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// Unique on the page.
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    /// What applying it grants, in one sentence.
    pub(super) grants: String,
    pub(super) text: String,
    pub(super) file: &'static str,
}

/// A step to click.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) text: String,
    /// What is to be pasted.
    pub(super) paste: Option<String>,
}

/// The steps; a document or a command at the end of a step stands by itself, to be copied.
pub(super) fn steps(setup: &Setup) -> Vec<Step> {
    let step = |step: &domain::provider::SetupStep| {
        let (text, paste) = match ["\n{", "\n[", "\n(", "\ntidegate "].iter().find_map(|mark| step.text.find(mark)) {
            Some(at) => step.text.split_at_checked(at).unwrap_or((&step.text, "")),
            None => (step.text.as_str(), ""),
        };
        let paste = Some(paste.trim()).filter(|paste| !paste.is_empty()).map(str::to_owned);
        Step { id: format!("step-{}", step.number), title: step.title.clone(), text: text.to_owned(), paste }
    };
    setup.steps.iter().map(step).collect()
}

/// The policies of a set-up, in the order in which they are applied.
pub(super) fn policies(setup: &Setup, asked: &SetupQuery) -> Vec<Block> {
    let trust = match (&setup.principal_arn, &setup.subject) {
        (Some(_), _) => {
            "Lets Tidegate, and nobody else, assume the role, and only with the external id of this project."
        }
        (None, Some(_)) => "Lets tokens of this one subject in, and no others that Tidegate issues.",
        (None, None) => "Says who may assume the role, and on which condition.",
    };
    let restricted = "Refuses requests to the bucket from anywhere but the networks and VPCs that are named.";
    let key =
        "Lets what reads and writes these places use the key to open and seal objects, and do nothing else with it.";
    let cors =
        "Lets pages of the named origin load objects in a browser. It opens nothing to anybody without a signed URL.";
    let blocks = [
        block("trust-policy", "Trust policy", trust.to_owned(), setup.trust_policy.as_ref(), "trust-policy.json"),
        block(
            "permission-policy",
            "Permission policy",
            permission(asked),
            setup.permission_policy.as_ref(),
            "permission-policy.json",
        ),
        block(
            "bucket-policy",
            "Bucket policy",
            restricted.to_owned(),
            setup.bucket_policy.as_ref(),
            "bucket-policy.json",
        ),
        block("kms-key-policy", "KMS key policy", key.to_owned(), setup.kms_key_policy.as_ref(), "kms-key-policy.json"),
        block("cors", "CORS document", cors.to_owned(), setup.cors.as_ref(), "cors.json"),
    ];
    blocks.into_iter().flatten().collect()
}

/// All commands as one file.
pub(super) fn commands(setup: &Setup) -> Option<Block> {
    (!setup.commands.is_empty()).then(|| Block {
        id: "commands",
        label: "Commands",
        grants: "Applies exactly the policies shown under Policies; run them with rights of yours, Tidegate never has these.".to_owned(),
        text: setup.commands.join("\n\n"),
        file: "setup.sh",
    })
}

/// The same as Terraform.
pub(super) fn terraform(setup: &Setup) -> Option<Block> {
    (!setup.terraform.trim().is_empty()).then(|| Block {
        id: "terraform",
        label: "Terraform",
        grants: "Makes exactly what the policies say; plan it and read the plan before you apply it.".to_owned(),
        text: setup.terraform.clone(),
        file: "tidegate.tf",
    })
}

fn permission(asked: &SetupQuery) -> String {
    let writes = asked.places.iter().any(|(_, _, purpose)| purpose.writes());
    let rest = if asked.gsutil {
        "and for gsutil see the names of all objects of their buckets and their settings: more than Tidegate needs"
    } else {
        "and nothing else"
    };
    let named: Vec<_> = asked.datasources.iter().map(ToString::to_string).collect();
    let datasources = match named.as_slice() {
        [] => "the integration's datasources".to_owned(),
        [only] => format!("the datasource {only}"),
        several => format!("the datasources {}", several.join(", ")),
    };
    match asked.places.as_slice() {
        [] => format!("Lets it use the places of {datasources} as their purposes say, {rest}."),
        [(bucket, prefix, _)] => {
            let place = if prefix.as_str().is_empty() { bucket.to_string() } else { format!("{bucket}/{prefix}") };
            let may = if writes { "list, read, write and delete" } else { "list and read" };
            format!("Lets it {may} objects below {place}, beside the places of {datasources}, {rest}.")
        }
        _ => format!("Lets it use these places as their purposes say, {rest}."),
    }
}

fn block(
    id: &'static str,
    label: &'static str,
    grants: String,
    found: Option<&Value>,
    file: &'static str,
) -> Option<Block> {
    Some(Block { id, label, grants, text: document(found?), file })
}

#[cfg(test)]
mod tests {
    use domain::datasource::Purpose;

    use super::*;

    #[test]
    fn the_sentence_says_what_the_purpose_grants() {
        let asked = |prefix: &str, purpose| SetupQuery {
            places: vec![("lake".parse().unwrap(), prefix.parse().unwrap(), purpose)],
            ..SetupQuery::default()
        };
        assert!(permission(&asked("a", Purpose::Input)).starts_with("Lets it list and read objects below lake/a/"));
        let named = SetupQuery { datasources: vec!["in".parse().unwrap()], ..SetupQuery::default() };
        assert!(permission(&named).starts_with("Lets it use the places of the datasource in as"));
        assert!(permission(&asked("", Purpose::Output)).contains("list, read, write and delete objects below lake,"));
        let wider = permission(&SetupQuery { gsutil: true, ..asked("a", Purpose::Input) });
        assert!(wider.contains("names of all objects") && !wider.contains("nothing else"), "{wider}");
    }
}
