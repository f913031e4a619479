//! `policy generate`: one declared need, in the words of every method.

use serde_json::Value;

use crate::support::{Api, admin, body, problem_of, started};

const NEED: &str =
    "--bucket lake --prefix in --purpose input --bucket pond --prefix out --purpose output --format json";

/// Methods that a server without an identity of its own and without an issuer cannot print.
const UNCONFIGURED: [&str; 5] =
    ["aws-cross-account", "aws-web-identity", "gcp-cross-project", "gcp-workload-identity", "azure-federated"];

#[tokio::test]
async fn a_need_of_two_buckets_becomes_the_policies_of_every_method_as_its_setup_prints_them() {
    let tidegate = started();
    let methods = body(&Api::admin(&tidegate).get("methods").await);
    for method in methods["items"].as_array().unwrap() {
        let id = method["id"].as_str().unwrap();
        let made = admin(&tidegate, &format!("policy generate --method {id} {NEED}"));
        if UNCONFIGURED.contains(&id) && made.code != 0 {
            continue;
        }
        let made = made.ok().json();
        assert_eq!(made, admin(&tidegate, &format!("integration setup --method {id} {NEED}")).ok().json(), "{id}");
        let text = made.to_string();
        let named = text.contains("lake") && text.contains("pond");
        assert!(named || made["notes"].to_string().contains("cannot be narrowed"), "{id}: {text}");
    }
}

#[tokio::test]
async fn gsutil_gets_its_wider_read_on_google_cloud_with_a_note_and_nothing_elsewhere() {
    let tidegate = started();
    let wide = admin(&tidegate, &format!("policy generate --method gcp-service-account-key {NEED} --gsutil")).ok();
    let wide = wide.json();
    for bucket in ["lake", "pond"] {
        let bindings = wide["permission_policy"][bucket]["bindings"].as_array().unwrap();
        let whole: Vec<&Value> = bindings.iter().filter(|binding| binding["condition"].is_null()).collect();
        assert_eq!(whole.len(), 1, "{wide}");
        assert_eq!(whole[0]["role"], "roles/storage.legacyBucketReader");
    }
    assert!(wide["notes"].to_string().contains("names of all objects of lake, pond"), "{}", wide["notes"]);
    let refused = admin(&tidegate, &format!("policy generate --method aws-access-key {NEED} --gsutil"));
    assert!(problem_of(&refused).to_string().contains("/gsutil"), "{}", problem_of(&refused));
}
