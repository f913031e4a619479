//! `policy simulate` through the program itself: without a server, a sign-in, a home or a variable.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::PROGRAM;

const ANN: &str = "arn:aws:iam::111122223333:user/ann";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/reader/run-1";
const KEY: &str = "arn:aws:s3:::data/in/a b.txt";

/// Files of a test's own.
struct Files(TempDir);

/// How a run ended.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn decision(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|why| panic!("{why}: {} {}", self.stdout, self.stderr))
    }
}

impl Files {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn with(&self, name: &str, content: &str) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    fn simulate(&self, more: &[&str], stdin: &str) -> Ran {
        let mut child = Command::new(PROGRAM)
            .env_clear()
            // A broken sign-in and an unknown server must not matter.
            .env("TIDEGATE_CONTEXT", "none")
            .env("TIDEGATE_SERVER", "http://127.0.0.1:1")
            .current_dir(self.0.path())
            .args(["policy", "simulate"])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Whoever reads no standard input may be gone by now.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Whether somebody may get the key.
    fn get(&self, principal: &str, more: &[&str]) -> Ran {
        let fixed = ["--principal", principal, "--action", "s3:GetObject", "--resource", KEY];
        self.simulate(&[more, &fixed].concat(), "")
    }
}

fn policy(statements: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn read_in() -> Value {
    json!([{"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::data/in/*"}])
}

#[test]
fn a_decision_names_its_statements_and_gives_the_exit_code() {
    let files = Files::new();
    let identity = files.with("identity.json", &policy(&read_in()));
    let allowed = files.get(ANN, &["--identity", &identity]);
    let expected = json!({"decision": "allow", "reason": format!("Statement 0 (Read) of {identity} allows it."),
        "statements": [{"file": identity, "index": 0, "sid": "Read", "effect": "Allow"}]});
    assert_eq!((allowed.decision(), allowed.code, allowed.stderr.as_str()), (expected, 0, ""));

    let deny =
        policy(&json!([{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*"}]));
    let bucket = files.with("bucket.json", &deny);
    let denied = files.get(ANN, &["--identity", &identity, "--bucket-policy", &bucket]);
    assert_eq!((denied.code, &denied.decision()["decision"]), (1, &json!("deny")));
    assert_eq!(denied.decision()["statements"], json!([{"file": bucket, "index": 0, "effect": "Deny"}]));
    assert_eq!(denied.stderr, "", "a refusal is an answer, not an error");

    let elsewhere = [
        "--identity",
        &identity,
        "--principal",
        ANN,
        "--action",
        "s3:GetObject",
        "--resource",
        "arn:aws:s3:::data/out/a",
    ];
    let nothing = files.simulate(&elsewhere, "");
    assert_eq!((nothing.code, &nothing.decision()["decision"]), (1, &json!("implicit_deny")));
    assert_eq!(nothing.decision()["statements"], json!([]));
}

#[test]
fn several_files_session_trust_and_standard_input_go_together() {
    let files = Files::new();
    let all = files.with("all.json", &policy(&json!({"Effect": "Allow", "Action": "*", "Resource": "*"})));
    let other = files.with("other.json", &policy(&json!({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"})));
    let read = policy(&read_in());
    let ask = |action: &str, more: &[&str], stdin: &str| {
        let fixed = ["--principal", SESSION, "--action", action, "--resource", KEY];
        files.simulate(&[more, &fixed].concat(), stdin)
    };
    let given = ["--identity", &other, "--identity", &all, "--session", "-"];
    let both = ask("s3:GetObject", &given, &read);
    assert_eq!((both.code, &both.decision()["statements"][1]["file"]), (0, &json!("-")));
    assert_eq!(ask("s3:PutObject", &given, &read).code, 1);
    assert_eq!(ask("s3:PutObject", &["--identity", &other, &all], "").code, 0, "one flag takes several files");

    let trust = files.with(
        "trust.json",
        &policy(&json!([{"Effect": "Allow", "Principal": {"AWS": ANN}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "e=1"}}}])),
    );
    let assume = |id: &str| {
        let id = format!("sts:ExternalId={id}");
        let role = "arn:aws:iam::111122223333:role/reader";
        let fixed = ["--principal", ANN, "--action", "sts:AssumeRole", "--resource", role, "--context", &id];
        files.simulate(&[&["--trust", trust.as_str()][..], &fixed].concat(), "").code
    };
    assert_eq!((assume("e=1"), assume("e")), (0, 1));
}

#[test]
fn context_gives_keys_several_values_and_wins_over_what_follows_from_the_principal() {
    let files = Files::new();
    let tags = json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}, "Null": {"aws:TagKeys": false}}}]);
    let tags = files.with("tags.json", &policy(&tags));
    let with = |more: &[&str]| files.get(ANN, &[&["--identity", tags.as_str()], more].concat()).code;
    assert_eq!(with(&["--context", "aws:TagKeys=a", "--context", "aws:TagKeys=b"]), 0);
    assert_eq!(with(&["--context", "aws:TagKeys=a", "aws:TagKeys=c"]), 1);
    assert_eq!(with(&[]), 1);

    let own = json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"ArnEquals": {"aws:PrincipalArn": ANN}}}]);
    let own = files.with("own.json", &policy(&own));
    assert_eq!(files.get(ANN, &["--identity", &own]).code, 0);
    assert_eq!(files.get(SESSION, &["--identity", &own]).code, 1);
    let said = format!("aws:PrincipalArn={ANN}");
    assert_eq!(files.get(SESSION, &["--identity", &own, "--context", &said]).code, 0);
}

#[test]
fn google_cloud_and_azure_are_asked_in_their_own_words() {
    let files = Files::new();
    let policy = files.with(
        "policy.json",
        &json!({"bindings": [{"role": "roles/storage.objectViewer", "members": ["user:ann@example.org"], "condition": {"title": "in",
            "expression": "resource.name.startsWith('projects/_/buckets/data/objects/in/')"}}]})
        .to_string(),
    );
    let gcp = |object: &str, more: &[&str]| {
        let resource = format!("projects/_/buckets/data/objects/{object}");
        let fixed = ["--kind", "gcp", "--principal", "user:ann@example.org", "--action", "storage.objects.get"];
        files.simulate(&[&fixed, &["--identity", &policy, "--resource", &resource][..], more].concat(), "")
    };
    let allowed = gcp("in/a", &[]);
    assert_eq!((allowed.code, &allowed.decision()["statements"][0]["file"]), (0, &json!(policy)));
    assert_eq!((gcp("out/a", &[]).code, gcp("out/a", &[]).decision()["decision"].clone()), (1, json!("implicit_deny")));
    assert_eq!(gcp("in/a", &["--trust", &policy]).code, 2);

    let condition = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringLike 'in/*'";
    let azure = |path: &str| {
        let resource = format!("/subscriptions/s/providers/x/containers/data/blobs/{path}");
        let action = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
        let fixed = ["--kind", "azure", "--identity", "-", "--principal", "ann", "--action", action];
        files.simulate(&[&fixed, &["--resource", resource.as_str()][..]].concat(), condition).code
    };
    assert_eq!((azure("in/a"), azure("out/a")), (0, 1));
}

#[test]
fn wrong_usage_is_code_2_and_prints_no_decision() {
    let files = Files::new();
    let good = files.with("good.json", &policy(&read_in()));
    let missing = PathBuf::from("missing.json").display().to_string();
    let cases: &[&[&str]] = &[
        &[],
        &["--identity", &good, "--principal", ANN, "--action", "s3:GetObject"],
        &["--principal", ANN, "--action", "s3:GetObject", "--resource", KEY],
        &["--identity", &missing, "--principal", ANN, "--action", "s3:GetObject", "--resource", KEY],
        &["--identity", ".", "--principal", ANN, "--action", "s3:GetObject", "--resource", KEY],
        &["--identity", &good, "--principal", "ann", "--action", "s3:GetObject", "--resource", KEY],
        &["--identity", &good, "--principal", ANN, "--action", "s3:Get*", "--resource", KEY],
        &["--identity", &good, "--principal", ANN, "--action", "s3:GetObject", "--resource", ""],
        &[
            "--identity",
            &good,
            "--principal",
            ANN,
            "--action",
            "s3:GetObject",
            "--resource",
            KEY,
            "--context",
            "novalue",
        ],
        &["--identity", "-", "--session", "-", "--principal", ANN, "--action", "s3:GetObject", "--resource", KEY],
    ];
    for line in cases {
        let ran = files.simulate(line, &policy(&read_in()));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{line:?}: {}", ran.stderr);
        assert!(!ran.stderr.is_empty(), "{line:?}");
    }
}

#[test]
fn a_file_that_is_no_policy_is_refused_with_its_place_and_nothing_else() {
    let files = Files::new();
    let deep = "[".repeat(100_000);
    let large = format!("{}{}", policy(&read_in()), " ".repeat(1024 * 1024));
    let cases = [
        ("no json", None),
        ("[]", None),
        (
            r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Effect": "Deny"}]}"#,
            Some("/Statement/0/Effect"),
        ),
        (r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": 7}]}"#, Some("/Statement/0/Resource")),
        (
            r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#,
            Some("/Statement/Principal"),
        ),
        (deep.as_str(), Some("/0/0/0")),
        (large.as_str(), None),
    ];
    for (content, pointer) in cases {
        let file = files.with("bad.json", content);
        let ran = files.get(ANN, &["--identity", &file, "--output", "json"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{content:.80}");
        let problem: Value = serde_json::from_str(&ran.stderr).unwrap();
        assert!(problem["detail"].as_str().unwrap().contains("bad.json"), "{problem}");
        let at = problem["errors"][0]["pointer"].as_str();
        assert!(
            at.is_some() == pointer.is_some() && at.unwrap_or_default().starts_with(pointer.unwrap_or_default()),
            "{problem}"
        );
        let words = files.get(ANN, &["--identity", &file]);
        assert!(
            words.stderr.starts_with("error[usage]: ") && words.stderr.contains(pointer.unwrap_or_default()),
            "{}",
            words.stderr
        );
    }
    let bytes = files.0.path().join("bytes.json");
    fs::write(&bytes, [0xff, 0xfe, b'{']).unwrap();
    assert_eq!(files.get(ANN, &["--identity", &bytes.display().to_string()]).code, 2);
}

#[test]
fn a_person_reads_words() {
    let files = Files::new();
    let identity = files.with("identity.json", &policy(&read_in()));
    let ran = files.get(ANN, &["--identity", &identity, "--output", "table"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("allow") && ran.stdout.contains("Statement 0 (Read)"), "{}", ran.stdout);
}
