//! What a customer applies on Google Cloud, in every form that is printed.

use domain::provider::Setup;

use super::methods;
use super::tell::asked;

/// Every form, as a person reads it.
fn shown(method: &str, settings: &[(&str, &str)]) -> String {
    let setup: Setup = methods().get(method).unwrap().setup(&asked(settings, Some("lake"))).unwrap();
    let steps: String =
        setup.steps.iter().map(|step| format!("{}. {}\n{}\n", step.number, step.title, step.text)).collect();
    format!("{steps}\n{}\n\n{}", setup.commands.join("\n"), setup.terraform)
}

#[test]
fn golden_forms_of_a_key() {
    insta::assert_snapshot!(shown("gcp-service-account-key", &[("project_id", "acme-data-1")]));
}

#[test]
fn golden_forms_of_an_account_that_tidegate_acts_for() {
    insta::assert_snapshot!(shown("gcp-cross-project", &[]));
}

#[test]
fn golden_forms_of_a_pool_of_ones_own() {
    insta::assert_snapshot!(shown("gcp-workload-identity", &[]));
}

#[test]
fn the_condition_on_the_prefix_is_the_same_in_every_form() {
    let condition = "resource.name.startsWith('projects/_/buckets/data/objects/in/')";
    for method in ["gcp-service-account-key", "gcp-cross-project", "gcp-workload-identity"] {
        let setup = methods().get(method).unwrap().setup(&asked(&[], Some("lake"))).unwrap();
        let steps: String = setup.steps.iter().map(|step| step.text.as_str()).collect();
        let commands = setup.commands.join("\n").replace("'\\''", "'");
        let policy = setup.permission_policy.unwrap().to_string();
        for form in [&steps, &commands, &policy, &setup.terraform] {
            assert!(form.contains(condition), "{method}: {form}");
        }
    }
}
