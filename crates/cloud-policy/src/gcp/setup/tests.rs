use domain::datasource::Purpose;
use domain::integration::{ExternalId, Settings};
use domain::provider::SetupPlace;
use serde_json::json;

use super::*;
use crate::gcp::BUCKET_READER;
use crate::quote;

const HOSTILE: &str = r#"it's "q" $(rm) `x` ${y} %{if} \ *?é, PROJECT_ID"#;

const SUBJECT: &str = "project:tidegate-0123:integration:farm";
const MEMBER: &str = "principal://iam.googleapis.com/projects/99/locations/global/workloadIdentityPools/own/subject/project:tidegate-0123";

const OWN: Access<'static> = Access::OwnPool {
    issuer: "https://tidegate.example.com",
    subject: SUBJECT,
    provider: None,
    acts_for_account: true,
};

fn place(bucket: &str, prefix: &str, purpose: Purpose) -> SetupPlace {
    SetupPlace {
        bucket: bucket.parse().unwrap(),
        prefix: prefix.parse().unwrap(),
        purpose,
        sse: None,
        cors_origin: None,
    }
}

fn ask(places: Vec<SetupPlace>, settings: &[(&str, &str)]) -> SetupAsk {
    SetupAsk {
        project: "acme".into(),
        external_id: ExternalId::restored("tidegate-0123".into()),
        identity: None,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Settings>(),
        integration: Some("farm".into()),
        places,
        server_networks: vec![],
        worker_networks: vec![],
        viewer_networks: vec![],
        vpcs: vec![],
        kms_key_arn: None,
        gsutil: false,
    }
}

fn both() -> Vec<SetupPlace> {
    vec![place("in-data", "in", Purpose::Input), place("out-data", "", Purpose::Output)]
}

#[test]
fn golden_commands_of_a_key() {
    let setup = setup(Access::Key, &ask(both(), &[("project_id", "acme-1")])).unwrap();
    insta::assert_snapshot!(setup.commands.join("\n"), @r###"
    gcloud services enable storage.googleapis.com iam.googleapis.com sts.googleapis.com --project=acme-1
    gcloud iam service-accounts create tidegate-farm --project=acme-1 --display-name=Tidegate
    gcloud iam service-accounts keys create tidegate-key.json --iam-account=tidegate-farm@acme-1.iam.gserviceaccount.com
    gcloud storage buckets update gs://in-data --uniform-bucket-level-access
    gcloud storage buckets update gs://out-data --uniform-bucket-level-access
    printf '%s\n' '{"expression":"resource.name.startsWith('\''projects/_/buckets/in-data/objects/in/'\'') || api.getAttribute('\''storage.googleapis.com/objectListPrefix'\'', '\'''\'').startsWith('\''in/'\'')","title":"tidegate-read"}' > tidegate-condition-1.json
    gcloud storage buckets add-iam-policy-binding gs://in-data --member=serviceAccount:tidegate-farm@acme-1.iam.gserviceaccount.com --role=roles/storage.objectViewer --condition-from-file=tidegate-condition-1.json
    gcloud storage buckets add-iam-policy-binding gs://out-data --member=serviceAccount:tidegate-farm@acme-1.iam.gserviceaccount.com --role=roles/storage.objectUser --condition=None
    "###);
    assert_eq!(setup.trust_policy, None);
    assert_eq!(setup.probe_keys, [".tidegate/probe-*", "in/.tidegate/probe-*"]);
    assert_eq!(
        setup.permission_policy.unwrap()["out-data"],
        json!({"bindings": [{"role": "roles/storage.objectUser",
            "members": ["serviceAccount:tidegate-farm@acme-1.iam.gserviceaccount.com"]}]})
    );
}

#[test]
fn golden_commands_of_the_operators_pool() {
    let setup = setup(Access::OperatorsPool { member: MEMBER }, &ask(both(), &[])).unwrap();
    insta::assert_snapshot!(setup.commands.join("\n"), @r###"
    : "${PROJECT_ID:?set it to the id of your project}"
    gcloud services enable storage.googleapis.com iam.googleapis.com sts.googleapis.com iamcredentials.googleapis.com --project="$PROJECT_ID"
    gcloud iam service-accounts create tidegate-farm --project="$PROJECT_ID" --display-name=Tidegate
    gcloud iam service-accounts add-iam-policy-binding tidegate-farm@"$PROJECT_ID".iam.gserviceaccount.com --role=roles/iam.serviceAccountTokenCreator --member=principal://iam.googleapis.com/projects/99/locations/global/workloadIdentityPools/own/subject/project:tidegate-0123
    gcloud storage buckets update gs://in-data --uniform-bucket-level-access
    gcloud storage buckets update gs://out-data --uniform-bucket-level-access
    printf '%s\n' '{"expression":"resource.name.startsWith('\''projects/_/buckets/in-data/objects/in/'\'') || api.getAttribute('\''storage.googleapis.com/objectListPrefix'\'', '\'''\'').startsWith('\''in/'\'')","title":"tidegate-read"}' > tidegate-condition-1.json
    gcloud storage buckets add-iam-policy-binding gs://in-data --member=serviceAccount:tidegate-farm@"$PROJECT_ID".iam.gserviceaccount.com --role=roles/storage.objectViewer --condition-from-file=tidegate-condition-1.json
    gcloud storage buckets add-iam-policy-binding gs://out-data --member=serviceAccount:tidegate-farm@"$PROJECT_ID".iam.gserviceaccount.com --role=roles/storage.objectUser --condition=None
    "###);
    assert_eq!(setup.subject.as_deref(), Some("project:tidegate-0123"));
    assert_eq!(
        setup.trust_policy.unwrap(),
        json!({"bindings": [{"role": "roles/iam.serviceAccountTokenCreator", "members": [MEMBER]}]})
    );
}

#[test]
fn golden_forms_of_a_pool_of_ones_own() {
    let setup = setup(OWN, &ask(both(), &[])).unwrap();
    insta::assert_snapshot!(setup.commands.join("\n"), @r###"
    : "${PROJECT_ID:?set it to the id of your project}"
    gcloud services enable storage.googleapis.com iam.googleapis.com sts.googleapis.com iamcredentials.googleapis.com --project="$PROJECT_ID"
    PROJECT_NUMBER="$(gcloud projects describe "$PROJECT_ID" --format='value(projectNumber)')"
    gcloud iam workload-identity-pools create tidegate --project="$PROJECT_ID" --location=global --display-name=Tidegate || echo 'it is there already'
    gcloud iam workload-identity-pools providers create-oidc tidegate-farm --project="$PROJECT_ID" --location=global --workload-identity-pool=tidegate --issuer-uri=https://tidegate.example.com --attribute-mapping=google.subject=assertion.sub --attribute-condition='assertion.sub == '\''project:tidegate-0123:integration:farm'\'''
    gcloud iam service-accounts create tidegate-farm --project="$PROJECT_ID" --display-name=Tidegate
    gcloud iam service-accounts add-iam-policy-binding tidegate-farm@"$PROJECT_ID".iam.gserviceaccount.com --role=roles/iam.serviceAccountTokenCreator --member=principal://iam.googleapis.com/projects/"$PROJECT_NUMBER"/locations/global/workloadIdentityPools/tidegate/subject/project:tidegate-0123:integration:farm
    gcloud storage buckets update gs://in-data --uniform-bucket-level-access
    gcloud storage buckets update gs://out-data --uniform-bucket-level-access
    printf '%s\n' '{"expression":"resource.name.startsWith('\''projects/_/buckets/in-data/objects/in/'\'') || api.getAttribute('\''storage.googleapis.com/objectListPrefix'\'', '\'''\'').startsWith('\''in/'\'')","title":"tidegate-read"}' > tidegate-condition-1.json
    gcloud storage buckets add-iam-policy-binding gs://in-data --member=serviceAccount:tidegate-farm@"$PROJECT_ID".iam.gserviceaccount.com --role=roles/storage.objectViewer --condition-from-file=tidegate-condition-1.json
    gcloud storage buckets add-iam-policy-binding gs://out-data --member=serviceAccount:tidegate-farm@"$PROJECT_ID".iam.gserviceaccount.com --role=roles/storage.objectUser --condition=None
    "###);
    insta::assert_snapshot!(setup.terraform, @r###"
    variable "project_id" {
      type = string
    }

    resource "google_iam_workload_identity_pool" "tidegate" {
      project                   = var.project_id
      workload_identity_pool_id = "tidegate"
    }

    resource "google_iam_workload_identity_pool_provider" "tidegate" {
      project                            = var.project_id
      workload_identity_pool_id          = google_iam_workload_identity_pool.tidegate.workload_identity_pool_id
      workload_identity_pool_provider_id = "tidegate-farm"
      attribute_mapping                  = { "google.subject" = "assertion.sub" }
      attribute_condition                = "assertion.sub == 'project:tidegate-0123:integration:farm'"
      oidc {
        issuer_uri = "https://tidegate.example.com"
      }
    }

    resource "google_service_account" "tidegate" {
      project      = var.project_id
      account_id   = "tidegate-farm"
      display_name = "Tidegate"
    }

    resource "google_service_account_iam_member" "tidegate" {
      service_account_id = google_service_account.tidegate.name
      role               = "roles/iam.serviceAccountTokenCreator"
      member             = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.tidegate.name}/subject/project:tidegate-0123:integration:farm"
    }

    resource "google_storage_bucket_iam_member" "tidegate_0" {
      bucket = "in-data"
      role   = "roles/storage.objectViewer"
      member = google_service_account.tidegate.member
      condition {
        title      = "tidegate-read"
        expression = "resource.name.startsWith('projects/_/buckets/in-data/objects/in/') || api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('in/')"
      }
    }

    resource "google_storage_bucket_iam_member" "tidegate_1" {
      bucket = "out-data"
      role   = "roles/storage.objectUser"
      member = google_service_account.tidegate.member
    }

    output "audience" {
      value = "//iam.googleapis.com/${google_iam_workload_identity_pool_provider.tidegate.name}"
    }
    output "service_account" {
      value = google_service_account.tidegate.email
    }
    "###);
    let trust = setup.trust_policy.unwrap();
    assert_eq!(trust["provider"]["attributeCondition"], format!("assertion.sub == '{SUBJECT}'"));
    assert!(setup.audience.unwrap().ends_with("/workloadIdentityPools/tidegate/providers/tidegate-farm"));
}

#[test]
fn a_subject_without_an_account_is_bound_to_the_bucket_itself() {
    let names = PoolNames { project_number: "7", pool: "pool", provider: "farm" };
    let direct =
        Access::OwnPool { issuer: "https://i", subject: SUBJECT, provider: Some(names), acts_for_account: false };
    let setup = setup(direct, &ask(both(), &[("project_id", "acme-1")])).unwrap();
    let policy = setup.permission_policy.unwrap().to_string();
    assert!(
        policy.contains(&format!(
            "principal://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/pool/subject/{SUBJECT}"
        )),
        "{policy}"
    );
    assert!(!setup.commands.iter().any(|command| command.contains("service-accounts")), "{:?}", setup.commands);
    assert!(setup.notes.iter().any(|note| note.contains("nothing can be signed")));
}

#[test]
fn an_account_that_is_there_is_not_made_again() {
    let given = [("service_account", "reader@acme-1.iam.gserviceaccount.com")];
    let setup = setup(Access::OperatorsPool { member: MEMBER }, &ask(both(), &given)).unwrap();
    let commands = setup.commands.join("\n");
    assert!(!commands.contains("service-accounts create") && !commands.contains("PROJECT_ID"), "{commands}");
    assert!(commands.contains("add-iam-policy-binding reader@acme-1.iam.gserviceaccount.com"), "{commands}");
    assert!(setup.terraform.contains("projects/acme-1/serviceAccounts/reader@acme-1"), "{}", setup.terraform);
}

#[test]
fn hostile_text_stays_text_in_every_form() {
    let mut hostile = place("data", HOSTILE, Purpose::Input);
    hostile.cors_origin = Some("https://app.example.com".into());
    let setup = setup(Access::Key, &ask(vec![hostile], &[])).unwrap();
    let condition = &setup.permission_policy.as_ref().unwrap()["bindings"][0]["condition"];
    let written = quote::shell(&condition.to_string());
    assert!(setup.commands.iter().any(|command| command.contains(&written)), "{:#?}", setup.commands);
    let expression = quote::hcl(condition["expression"].as_str().unwrap());
    assert!(setup.terraform.contains(&format!("expression = {expression}")), "{}", setup.terraform);
    let document = cors_document("https://app.example.com", false);
    assert_eq!(setup.cors, Some(document));
}

#[test]
fn names_are_cut_to_what_google_takes() {
    let mut long = ask(vec![], &[]);
    long.integration = Some(format!("{}-{}", "a".repeat(20), "b".repeat(40)));
    let setup = setup(OWN, &long).unwrap();
    let account = setup.commands.iter().find_map(|command| command.strip_prefix("gcloud iam service-accounts create "));
    let id = account.unwrap().split(' ').next().unwrap();
    assert_eq!((id.len(), id.ends_with('-')), (29, false), "{id}");
    assert!(setup.steps.iter().any(|step| step.text.contains("name the buckets")));
}

#[test]
fn a_remedy_is_one_line_and_one_binding() {
    let grants = crate::gcp::role_grants(&[domain::scope::Scope {
        bucket: "data".parse().unwrap(),
        prefix: "in".parse().unwrap(),
        access: domain::scope::Access::Read,
        kms_key_arn: None,
    }])
    .unwrap();
    let member = "serviceAccount:a@p.iam.gserviceaccount.com";
    let command = bind_command(&grants[0], member);
    assert!(command.starts_with("printf '%s\\n' '{") && command.contains(" && gcloud storage buckets"), "{command}");
    assert_eq!(binding(&grants[0], member)["bindings"][0]["role"], "roles/storage.objectViewer");
}

#[test]
fn gsutil_gets_the_wider_read_that_it_needs_and_a_note_says_so() {
    let places = || vec![place("in-data", "in", Purpose::Input), place("in-data", "out", Purpose::Output)];
    let plain = setup(Access::Key, &ask(places(), &[])).unwrap();
    let wide = setup(Access::Key, &SetupAsk { gsutil: true, ..ask(places(), &[]) }).unwrap();
    let reader =
        json!({"role": BUCKET_READER, "members": ["serviceAccount:tidegate-farm@PROJECT_ID.iam.gserviceaccount.com"]});
    let bindings = |setup: &Setup| setup.permission_policy.clone().unwrap()["bindings"].as_array().unwrap().clone();
    assert_eq!(bindings(&wide), [bindings(&plain), vec![reader]].concat(), "one more for the bucket, and no other");
    let shown = |setup: &Setup| [setup.commands.join("\n"), setup.terraform.clone(), format!("{:?}", setup.steps)];
    for (plain, wide) in shown(&plain).iter().zip(&shown(&wide)) {
        assert!(wide.contains(BUCKET_READER) && !plain.contains(BUCKET_READER), "{wide}");
    }
    let noted = |setup: &Setup| setup.notes.iter().any(|note| note.contains("gsutil") && note.contains("in-data"));
    assert!(noted(&wide) && !noted(&plain));
}
