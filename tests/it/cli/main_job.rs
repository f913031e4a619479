//! The main job, from the command line alone: connect, prove, hand out, take back.

use domain::proof::CheckName;
use serde_json::{Value, json};
use testkit::component::BROKER;
use testkit::request::{Call, send};

use super::account::{Account, Connected, names, remedy_of};
use super::audit::Archive;
use crate::support::{admin, assert_checks, check, problem_of};

const TRUST: [&str; 3] = ["assumes-role", "refuses-missing-external-id", "refuses-wrong-external-id"];

#[tokio::test]
async fn what_setup_prints_connects_a_bucket_with_external_ids_by_a_front() {
    let mut account = Account::new().await;
    let tidegate = account.tidegate();
    let external_id = admin(&tidegate, "project show acme").ok().json()["external_id"].clone();

    let before = admin(&tidegate, "integration setup --method aws-cross-account --format json").ok().json();
    assert_eq!((&before["principal_arn"], &before["external_id"]), (&json!(BROKER.arn()), &external_id));

    let create = format!("integration create aws-cross-account lake --set endpoint={}", account.front.url());
    let pending = admin(&tidegate, &create).ok().json();
    assert_eq!((&pending["integration"]["state"], &pending["proof"]), (&json!("pending"), &Value::Null));

    let setup = admin(&tidegate, &format!("integration setup lake {} --format json", account.places())).ok().json();
    assert_eq!((&setup["external_id"], &setup["role_name"]), (&external_id, &json!("tidegate-lake")));
    account.apply(&setup);

    let edited = admin(&tidegate, &format!("integration edit lake --set role_arn={}", Account::ROLE)).ok().json();
    assert_eq!((&edited["integration"]["state"], &edited["proof"]["status"]), (&json!("active"), &json!("passed")));
    let all: Vec<_> = CheckName::ALL.iter().map(|name| name.as_str()).collect();
    assert_eq!(names(&edited["proof"]), all);
    assert_checks(&edited["proof"], "passed", &["settings", "egress-allowed", "reachable", "authenticates", "region"]);
    assert_checks(&edited["proof"], "passed", &TRUST);
    assert_checks(&edited["proof"], "skipped", &["list", "write-probe", "cleanup"]);

    datasources(&Connected { account, tidegate }).await;
}

/// Both purposes pass, and leave nothing behind; STS was told who asked.
async fn datasources(connected: &Connected) {
    let input = connected.datasource("in", "input").ok().json();
    assert_eq!(input["datasource"]["usable"], true);
    assert_checks(&input["proof"], "passed", &["list", "read", "signed-url", "scoped-credential"]);
    assert_checks(&input["proof"], "passed", &["scope-refuses-sibling", "excess-write", "excess-other-prefix"]);
    assert_checks(
        &input["proof"],
        "skipped",
        &["write-probe", "overwrite-probe", "read-back", "delete-probe", "cleanup"],
    );

    let output = connected.datasource("out", "output").ok().json();
    let written = ["write-probe", "overwrite-probe", "read-back", "delete-probe", "signed-url", "cleanup"];
    assert_checks(&output["proof"], "passed", &written);
    let narrowed = ["scoped-credential", "scope-refuses-sibling", "scope-refuses-other-verbs", "excess-other-prefix"];
    assert_checks(&output["proof"], "passed", &narrowed);

    assert_eq!(connected.account.bucket.list("").await, ["in/a b+c.txt", "other/secret.txt"]);
    let calls = connected.account.front.calls_of("AssumeRole");
    assert!(!calls.is_empty());
    for call in calls {
        assert_eq!(call.access_key_id.as_deref(), Some(BROKER.access_key_id));
        assert_eq!(call.form.get("RoleSessionName"), Some("admin"));
    }
}

#[tokio::test]
async fn signed_urls_are_fetched_by_any_client_and_bounded_by_datasource_and_purpose() {
    let connected = Connected::new().await;
    let url = sign(&connected, &["in", "in/a b+c.txt"]);
    assert_eq!(fetch("GET", &url, "").await, (200, "from the customer".to_owned()));
    assert_eq!(fetch("GET", &url.replace("b%2Bc", "b%2Bd"), "").await.0, 403);
    curl(&url, "from the customer");

    let url = sign(&connected, &["out", "out//new ü.txt", "--method", "PUT"]);
    assert_eq!(fetch("PUT", &url, "made by a worker").await.0, 200);
    assert_eq!(connected.account.bucket.get("out//new ü.txt").await.ok().text(), "made by a worker");
    assert_eq!(fetch("GET", &url, "").await.0, 403);

    let denied = connected.admin("url sign in in/x other/secret.txt").code(1);
    assert_eq!(denied.stdout, "", "nothing of a refused batch is printed");
    assert_eq!(problem_of(&denied)["code"], "permission_denied");
    assert_eq!(problem_of(&denied)["errors"][0]["pointer"], "/keys/1");
    let denied = connected.admin("url sign in in/x --method PUT").code(1);
    assert_eq!(problem_of(&denied)["code"], "permission_denied");
    assert_eq!(problem_of(&denied)["errors"][0]["pointer"], "/method");
}

/// One bare URL, as it is piped into other programs.
fn sign(connected: &Connected, arguments: &[&str]) -> String {
    let line = ["--project", "acme", "url", "sign"];
    let printed = connected.tidegate.cli(line.iter().chain(arguments)).ok().stdout;
    assert_eq!(printed.lines().count(), 1, "{printed}");
    printed.trim_end().to_owned()
}

async fn fetch(method: &str, url: &str, body: &'static str) -> (u16, String) {
    let (origin, target) = url.split_at(url.match_indices('/').nth(2).unwrap().0);
    let answer = send(origin, Call::new(method, target).body(body)).await;
    (answer.status, answer.text())
}

/// Where there is a `curl`, it takes the URL as well.
fn curl(url: &str, expected: &str) {
    if let Ok(done) = std::process::Command::new("curl").args(["-sSf", "--noproxy", "*", url]).output() {
        assert_eq!(String::from_utf8_lossy(&done.stdout), expected, "{}", String::from_utf8_lossy(&done.stderr));
    }
}

#[tokio::test]
async fn a_role_without_external_id_is_refused_and_not_kept_by_a_front() {
    let mut account = Account::new().await;
    let tidegate = account.tidegate();
    let line = format!("integration setup --method aws-cross-account {} --format json", account.places());
    let setup = admin(&tidegate, &line).ok().json();
    account.make_role(&setup, &setup["permission_policy"], None);

    let (role, front) = (Account::ROLE, account.front.url());
    let create = format!("integration create aws-cross-account lake --set role_arn={role} --set endpoint={front}");
    let problem = problem_of(&admin(&tidegate, &create).code(1));
    assert_eq!((&problem["code"], &problem["status"]), (&json!("trust_not_enforced"), &json!(409)));
    assert_checks(&problem["proof"], "passed", &["assumes-role"]);
    assert_checks(&problem["proof"], "failed", &["refuses-missing-external-id", "refuses-wrong-external-id"]);
    let printed = remedy_of(&problem["proof"], "refuses-missing-external-id").to_string();
    assert!(printed.contains(setup["external_id"].as_str().unwrap()), "{printed}");
    assert_eq!(admin(&tidegate, "integration list").ok().json()["items"], json!([]));
}

#[tokio::test]
async fn a_role_that_may_do_too_much_gives_warnings_and_the_narrowed_policy_ends_them() {
    let mut account = Account::new().await;
    let tidegate = account.tidegate();
    let line = format!("integration setup --method aws-cross-account {} --format json", account.places());
    let setup = admin(&tidegate, &line).ok().json();
    let bucket = account.bucket.name();
    let wide = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*"],
        "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")]}]});
    let external_id = setup["external_id"].as_str().unwrap().to_owned();
    account.make_role(&setup, &wide, Some(&external_id));
    let (role, front) = (Account::ROLE, account.front.url());
    let create = format!("integration create aws-cross-account lake --set role_arn={role} --set endpoint={front}");
    admin(&tidegate, &create).ok();

    let mut connected = Connected { account, tidegate };
    let made = connected.datasource("in", "input").ok().json();
    assert_eq!(made["proof"]["status"], "passed", "too much is a warning, not a failure");
    assert_checks(&made["proof"], "warning", &["excess-write", "excess-other-prefix", "excess-administration"]);
    assert_eq!(connected.account.bucket.list("").await.len(), 2, "asking has written nothing");

    let narrowed = remedy_of(&made["proof"], "excess-write").clone();
    assert!(!narrowed.to_string().contains("PutObject"), "{narrowed}");
    connected.account.make_role(&setup, &narrowed, Some(&external_id));
    let again = connected.admin("datasource prove in").ok().json();
    assert_eq!(again["status"], "passed");
    for name in ["excess-write", "excess-other-prefix", "excess-administration"] {
        assert_ne!(check(&again, name)["status"], "warning", "{}", check(&again, name));
    }
    assert_checks(&again, "passed", &["list", "read", "excess-write", "excess-other-prefix"]);
}

#[tokio::test]
async fn a_revoked_grant_is_shown_as_it_is_and_its_session_is_never_used_again() {
    let mut connected = Connected::new().await;
    let issued = connected.admin("credential issue in --ttl 20m").ok().json();
    let id = issued["grant_id"].as_str().unwrap().to_owned();
    let revocability = json!({"kind": "at-expiry"});
    assert_eq!(issued["revocability"], revocability);
    assert_eq!(connected.admin(&format!("grant show {id}")).ok().json()["state"], "live");
    let sessions = |connected: &Connected| connected.account.front.calls_of("AssumeRole").len();
    let before = sessions(&connected);
    connected.admin("credential issue in --ttl 20m").ok();
    assert_eq!(sessions(&connected), before, "the session is used again while nothing was revoked");

    connected.admin(&format!("grant revoke {id} --yes")).ok();
    let shown = connected.admin(&format!("grant show {id}")).ok().json();
    // On AWS what was handed out works to its end, and that is said.
    assert_eq!((&shown["state"], &shown["revocability"]), (&json!("revoking"), &revocability));
    assert_eq!(shown["usable_until"], issued["expires_at"]);
    connected.admin("credential issue in --ttl 20m").ok();
    assert_eq!(sessions(&connected), before + 1, "a revoked session is never used again");

    connected.admin("grant revoke --by integration=lake --yes").ok();
    let listed = connected.admin("grant list").ok().json();
    let states: Vec<_> = listed["items"].as_array().unwrap().iter().map(|grant| &grant["state"]).collect();
    assert!(states.len() >= 3 && states.iter().all(|state| **state == "revoking"), "{listed}");

    let archive = Archive::take(&connected.tidegate);
    connected.tidegate.kill();
    let verified = archive.verify(&connected.tidegate).ok().json();
    assert_eq!((&verified["verified"], &verified["anchored"]), (&json!(true), &json!(true)));
}
