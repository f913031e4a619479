//! `kill -9` at every step of `domain::step::Step::ALL`: what is left is consistent, and the audit verifies.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use domain::step::Step;
use testkit::Bucket;
use testkit::component::{self, WRITER};
use testkit::tidegate::{Setup, Tidegate};

use crate::support::{Api, EGRESS, PROGRAM, PROJECT, admin, body};

const FAILPOINT: &str = "TIDEGATE_FAILPOINT";

#[tokio::test(flavor = "multi_thread")]
async fn crash_at_every_step_leaves_everything_consistent() {
    let bucket = Bucket::create_with_prefix(&component::seaweed().url, "tg-keys-").await;
    bucket.put("data/a.txt", "a").await.ok();
    for step in Step::ALL {
        eprintln!("crash at {}", step.as_str());
        match step {
            Step::IntegrationProven => create(&bucket, *step, 0),
            Step::IntegrationKept => create(&bucket, *step, 1),
            Step::ProofRunClaimed | Step::ProofRunProven => prove(&bucket, *step).await,
            Step::KeyMade | Step::KeysRewrapped => rotate(&bucket, *step),
            Step::RootReplaced => replace_root(&bucket, *step),
            Step::SessionOpened => issue(&bucket, *step, 0),
            Step::GrantRecorded => issue(&bucket, *step, 1),
            Step::GrantRevoked => revoke(&bucket, *step),
            // Only a store whose sessions can be cut off reaches it: see the tests against Ceph.
            Step::SessionsCutOff => super::ceph::crash_while_cutting_off(*step).await,
            Step::BackupCopied => back_up(&bucket, *step),
            Step::RestoreCopied => restore(&bucket, *step),
        }
    }
}

/// A server with an integration and a datasource on SeaweedFS.
fn connected(bucket: &Bucket) -> Tidegate {
    let tidegate = Setup::new(PROGRAM).config(EGRESS).start();
    admin(&tidegate, &format!("project create {PROJECT}")).ok();
    integration(&tidegate).ok();
    let line = format!(
        "datasource create photos --integration lake --bucket {} --prefix data --purpose input-output",
        bucket.name()
    );
    admin(&tidegate, &line).ok();
    tidegate
}

fn integration_line(tidegate: &Tidegate) -> String {
    let secret = tidegate.dir().join("secret");
    fs::write(&secret, WRITER.secret_access_key).unwrap();
    format!(
        "integration create s3-compatible lake --set preset=seaweedfs --set endpoint={} --set region=us-east-1 \
         --set access_key_id={} --secret-file secret_access_key={}",
        component::seaweed().url,
        WRITER.access_key_id,
        secret.display()
    )
}

fn integration(tidegate: &Tidegate) -> testkit::tidegate::Output {
    admin(tidegate, &integration_line(tidegate))
}

/// Starts the server so that it stands still at the step, lets a command run into it, and kills the server.
pub(super) fn crash_during(tidegate: &mut Tidegate, step: Step, line: &str) {
    tidegate.stop();
    tidegate.set_env(FAILPOINT, Some(step.as_str()));
    tidegate.start();
    let mut command = tidegate.cli_command();
    command.args(["--output", "json", "--project", PROJECT]).args(line.split_whitespace());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    tidegate.wait_for_log(&format!("failpoint {}", step.as_str()));
    tidegate.kill();
    assert!(!child.wait().unwrap().success(), "nobody was told that it was done");
    tidegate.set_env(FAILPOINT, None);
}

/// Starts it again and checks what must hold after every crash.
pub(super) fn recovered(tidegate: &mut Tidegate) {
    tidegate.start();
    for project in [None, Some(PROJECT)] {
        verify_audit(tidegate, project);
    }
}

fn verify_audit(tidegate: &Tidegate, project: Option<&str>) {
    let of_log = |what: &str| {
        let scope = project.into_iter().flat_map(|project| ["--project", project]);
        let text = tidegate.cli(scope.chain(["audit", what])).ok().stdout;
        let path = tidegate.dir().join(format!("audit.{what}"));
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (export, checkpoint, key) = (of_log("export"), of_log("checkpoint"), of_log("key"));
    tidegate.cli(["audit", "verify", &export, "--public-key", &key, "--checkpoint", &checkpoint]).ok();
}

fn count(tidegate: &Tidegate, list: &str) -> usize {
    admin(tidegate, list).ok().json()["items"].as_array().unwrap().len()
}

fn create(bucket: &Bucket, step: Step, kept: usize) {
    let mut tidegate = Setup::new(PROGRAM).config(EGRESS).start();
    admin(&tidegate, &format!("project create {PROJECT}")).ok();
    let line = integration_line(&tidegate);
    crash_during(&mut tidegate, step, &line);
    recovered(&mut tidegate);
    assert_eq!(count(&tidegate, "integration list"), kept, "after {} in {}", step.as_str(), bucket.name());
    if kept == 0 {
        integration(&tidegate).ok();
    }
    admin(&tidegate, "integration prove lake").ok();
}

/// A run is begun again by the next server, and its proof is kept once.
async fn prove(bucket: &Bucket, step: Step) {
    let mut tidegate = connected(bucket);
    let before = count_proofs(&tidegate).await;
    tidegate.stop();
    tidegate.set_env(FAILPOINT, Some(step.as_str()));
    tidegate.start();
    Api::admin(&tidegate).post("P/datasources/photos/proof-runs", &serde_json::json!({})).await.ok();
    tidegate.wait_for_log(&format!("failpoint {}", step.as_str()));
    tidegate.kill();
    tidegate.set_env(FAILPOINT, None);
    recovered(&mut tidegate);
    let kept = async {
        while count_proofs(&tidegate).await == before {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), kept).await.expect("the run comes to its end");
    assert_eq!(count_proofs(&tidegate).await, before + 1, "after {}", step.as_str());
    let photos = admin(&tidegate, "datasource show photos").ok().json();
    assert_eq!(photos["usable"], true, "{photos}");
    for project in [None, Some(PROJECT)] {
        verify_audit(&tidegate, project);
    }
}

async fn count_proofs(tidegate: &Tidegate) -> usize {
    let listed = body(&Api::admin(tidegate).get("P/datasources/photos/proofs").await);
    listed["items"].as_array().unwrap().len()
}

fn rotate(bucket: &Bucket, step: Step) {
    let mut tidegate = connected(bucket);
    crash_during(&mut tidegate, step, "key rotate");
    recovered(&mut tidegate);
    admin(&tidegate, "integration prove lake").ok();
    admin(&tidegate, "key rotate").ok();
    let status = admin(&tidegate, "key status").ok().json();
    assert_eq!((&status["key_version"], &status["under_older_keys"]), (&3.into(), &0.into()), "{status}");
    admin(&tidegate, "integration prove lake").ok();
}

fn replace_root(bucket: &Bucket, step: Step) {
    let mut tidegate = connected(bucket);
    let other = Setup::new(PROGRAM).start();
    let new_key = other.data_dir().join("root.key");
    crash_during(&mut tidegate, step, &format!("key rewrap --new-root-key-file {}", new_key.display()));
    let refused = tidegate.command().args(["serve", "--config"]).arg(tidegate.config_file()).output().unwrap();
    assert!(!refused.status.success(), "the old root key must not open what the new one wraps");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("root key"), "{said}");
    fs::copy(&new_key, tidegate.data_dir().join("root.key")).unwrap();
    recovered(&mut tidegate);
    admin(&tidegate, "integration prove lake").ok();
}

fn issue(bucket: &Bucket, step: Step, recorded: usize) {
    let mut tidegate = connected(bucket);
    crash_during(&mut tidegate, step, "url sign photos data/a.txt");
    recovered(&mut tidegate);
    assert_eq!(count(&tidegate, "grant list"), recorded, "after {}", step.as_str());
    admin(&tidegate, "url sign photos data/a.txt").ok();
}

fn revoke(bucket: &Bucket, step: Step) {
    let mut tidegate = connected(bucket);
    admin(&tidegate, "url sign photos data/a.txt").ok();
    let id = admin(&tidegate, "grant list").ok().json()["items"][0]["id"].as_str().unwrap().to_owned();
    crash_during(&mut tidegate, step, &format!("grant revoke {id} --yes"));
    recovered(&mut tidegate);
    let state = admin(&tidegate, &format!("grant show {id}")).ok().json()["state"].clone();
    assert_eq!(state, "revoking", "what was handed out cannot be recalled, and is said so");
}

/// A command that works without a server, standing still at the step until it is killed.
fn crash_offline(mut command: Command, step: Step) {
    command.env(FAILPOINT, step.as_str()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child: Child = command.spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mark = format!("failpoint {}", step.as_str());
    let reached = lines.map_while(Result::ok).any(|line| line == mark);
    assert!(reached, "{} was not reached", step.as_str());
    child.kill().unwrap();
    child.wait().unwrap();
}

fn backup(tidegate: &Tidegate, verb: &str, file: &PathBuf) -> Command {
    let mut command = tidegate.command();
    command.args(["backup", verb]).arg(file).arg("--config").arg(tidegate.config_file());
    if verb == "restore" {
        command.arg("--yes");
    }
    command
}

fn back_up(bucket: &Bucket, step: Step) {
    let mut tidegate = connected(bucket);
    let file = tidegate.dir().join("copy.db");
    crash_offline(backup(&tidegate, "create", &file), step);
    assert!(!file.exists(), "a half-written backup has no name");
    tidegate.kill();
    recovered(&mut tidegate);
    assert!(backup(&tidegate, "create", &file).status().unwrap().success());
    assert!(file.exists());
}

fn restore(bucket: &Bucket, step: Step) {
    let mut tidegate = connected(bucket);
    let file = tidegate.dir().join("copy.db");
    assert!(backup(&tidegate, "create", &file).status().unwrap().success());
    admin(&tidegate, "url sign photos data/a.txt").ok();
    let busy = backup(&tidegate, "restore", &file).output().unwrap();
    assert!(!busy.status.success(), "a database in use is not replaced");
    tidegate.stop();
    crash_offline(backup(&tidegate, "restore", &file), step);
    recovered(&mut tidegate);
    assert_eq!(count(&tidegate, "grant list"), 1, "the old database is there, whole");
    tidegate.stop();
    assert!(backup(&tidegate, "restore", &file).status().unwrap().success());
    recovered(&mut tidegate);
    assert_eq!(count(&tidegate, "grant list"), 0, "the copy is there, whole");
    admin(&tidegate, "integration prove lake").ok();
}
