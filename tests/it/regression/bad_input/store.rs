//! Data that was damaged, exchanged or belongs to another key: it fails loudly, and nothing is made in its place.

use std::fs;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use testkit::component::{self, READER, User, WRITER};
use testkit::tidegate::{Setup, Tidegate};
use testkit::{Bucket, Canary};

use crate::support::{Api, EGRESS, PROGRAM, PROJECT, admin, body, started};

/// Starting on this data ends with an error; what it says.
fn refuses_to_start(tidegate: &Tidegate, variables: &[(&str, &str)]) -> String {
    let mut command = tidegate.command();
    command.arg("serve").arg("--config").arg(tidegate.config_file()).envs(variables.iter().copied());
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let done = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    assert!(!done.status.success() && done.status.code().is_some(), "it must end with an error: {said}");
    assert!(!said.contains("listening on"), "{said}");
    said
}

#[test]
fn a_root_key_that_is_missing_or_not_the_one_refuses_to_start_and_is_never_replaced() {
    let mut tidegate = started();
    tidegate.kill();
    let file = tidegate.data_dir().join("root.key");
    let right = fs::read(&file).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(&file).unwrap()) & 0o777, 0o600);

    fs::remove_file(&file).unwrap();
    let said = refuses_to_start(&tidegate, &[]);
    assert!(said.contains("root.key") && said.to_lowercase().contains("root key"), "{said}");
    assert!(!file.exists(), "no key may be made for data that another one sealed");

    // The key of another installation: well formed, and made with it.
    let mut other = started();
    other.kill();
    let wrong = fs::read(other.data_dir().join("root.key")).unwrap();
    assert_ne!(wrong, right, "every installation makes a key of its own");
    fs::write(&file, &wrong).unwrap();
    let permissions = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600);
    fs::set_permissions(&file, permissions).unwrap();
    let said = refuses_to_start(&tidegate, &[]);
    assert!(said.contains("root key"), "{said}");
    for wrong in [STANDARD.encode([0; 32]), STANDARD.encode([7; 32]), STANDARD.encode([7; 31]), "x".to_owned()] {
        refuses_to_start(&tidegate, &[("TIDEGATE_ROOT_KEY", &wrong)]);
    }

    fs::write(&file, &right).unwrap();
    tidegate.start();
    admin(&tidegate, "project show acme").ok();
}

/// Two integrations with secrets of their own, both working.
async fn two() -> Tidegate {
    let seaweed = component::seaweed();
    Bucket::create_with_prefix(&seaweed.url, "tg-keys-").await;
    let tidegate = started();
    let of = |name: &str, user: &User| {
        json!({"name": name, "method": "s3-compatible", "secrets": {"secret_access_key": user.secret_access_key},
            "settings": {"preset": "seaweedfs", "endpoint": seaweed.url, "access_key_id": user.access_key_id}})
    };
    for made in [of("reader", &READER), of("writer", &WRITER)] {
        Api::admin(&tidegate).post("P/integrations", &made).await.ok();
    }
    tidegate
}

/// Runs SQL on the database of a server that does not run.
fn sql(tidegate: &Tidegate, script: &str) {
    let files = tidegate.data_files();
    let database = files.iter().find(|(_, bytes)| bytes.starts_with(b"SQLite format 3")).expect("there is a database");
    let python = "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\ndb.executescript(sys.argv[2])\ndb.commit()\n";
    let mut command = Command::new(component::python());
    let done = command.args(["-c", python]).arg(&database.0).arg(script).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// What using each of the integrations answers.
async fn using(tidegate: &Tidegate) -> Vec<(u16, Value)> {
    let api = Api::admin(tidegate);
    let mut answers = Vec::new();
    for name in ["reader", "writer"] {
        let answer = api.post(&format!("P/integrations/{name}/prove"), &json!({})).await;
        answers.push((answer.status, body(&answer)));
    }
    answers
}

#[tokio::test]
async fn exchanged_and_damaged_secrets_fail_loudly_and_say_nothing_else() {
    let mut tidegate = two().await;
    assert!(
        using(&tidegate).await.iter().all(|(status, proof)| (*status, &proof["status"]) == (200, &json!("passed")))
    );
    let exchange = "CREATE TEMP TABLE old AS SELECT id, wrapped_key, ciphertext FROM secrets;
        UPDATE secrets SET (wrapped_key, ciphertext) =
            (SELECT old.wrapped_key, old.ciphertext FROM old WHERE old.id <> secrets.id)";
    let damage = "UPDATE secrets SET ciphertext = CAST(substr(ciphertext, 1, length(ciphertext) - 1) || x'00' AS BLOB)";
    for (what, script) in [("exchanged", exchange), ("damaged", damage)] {
        tidegate.stop();
        sql(&tidegate, script);
        tidegate.start();
        for (status, problem) in using(&tidegate).await {
            assert_eq!((status, &problem["code"]), (500, &json!("internal")), "{what}: {problem}");
            assert!(problem["request_id"].is_string() && problem.get("proof").is_none(), "{what}: {problem}");
        }
        assert!(tidegate.logs().contains("ERROR"), "{what}: the log tells the operator:\n{}", tidegate.logs());
    }
}

#[tokio::test]
async fn a_key_pair_of_another_projects_row_does_not_open() {
    let mut tidegate = two().await;
    admin(&tidegate, "project create other").ok();
    let canary = Canary::new("secret of another project");
    let body = json!({"name": "reader", "method": "s3-compatible", "proof": "off", "reason": "none",
        "secrets": {"secret_access_key": canary.secret()},
        "settings": {"endpoint": "https://s3.example.com", "access_key_id": "AKIA1"}});
    Api::admin(&tidegate).post("projects/other/integrations", &body).await.ok();
    tidegate.stop();
    sql(
        &tidegate,
        "UPDATE secrets SET (wrapped_key, ciphertext) = (SELECT o.wrapped_key, o.ciphertext FROM secrets o
            JOIN projects p ON p.id = o.project WHERE p.name = 'other')
         WHERE project <> (SELECT id FROM projects WHERE name = 'other')",
    );
    tidegate.start();
    for (status, problem) in using(&tidegate).await {
        assert_eq!((status, &problem["code"]), (500, &json!("internal")), "{problem}");
    }
}

#[test]
fn without_a_key_of_its_own_the_first_start_makes_one_and_a_passphrase_makes_none() {
    let with_passphrase =
        Setup::new(PROGRAM).config(&format!("{EGRESS}\n[keyring]\npassphrase_file = \"pass\"")).prepare();
    fs::write(with_passphrase.dir().join("pass"), "correct horse battery staple\n").unwrap();
    let mut tidegate = with_passphrase;
    tidegate.start();
    admin(&tidegate, &format!("project create {PROJECT}")).ok();
    tidegate.kill();
    assert!(!tidegate.data_dir().join("root.key").exists());
    fs::write(tidegate.dir().join("pass"), "another passphrase\n").unwrap();
    let said = refuses_to_start(&tidegate, &[]);
    assert!(!said.contains("another passphrase"), "{said}");
}
