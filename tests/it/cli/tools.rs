//! Tools that know nothing of Tidegate use what it issues: `aws`, `boto3`, `s5cmd`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use testkit::component;

use super::account::{Account, Connected};
use crate::support::PROGRAM;

/// `boto3` with the profile: what works, and the codes of what does not.
const BOTO3: &str = r#"
import json, sys
import boto3, botocore
from botocore.config import Config
endpoint, bucket = sys.argv[1:]
s3 = boto3.Session(profile_name="tg").client("s3", endpoint_url=endpoint, config=Config(s3={"addressing_style": "path"}))
def code(call, **arguments):
    try:
        call(Bucket=bucket, **arguments)
        return "done"
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
print(json.dumps({
    "read": s3.get_object(Bucket=bucket, Key="in/a b+c.txt")["Body"].read().decode(),
    "list": [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix="in/")["Contents"]],
    "list the bucket": code(s3.list_objects_v2),
    "list beside": code(s3.list_objects_v2, Prefix="other/"),
    "read beside": code(s3.get_object, Key="other/secret.txt"),
    "read beside by name": code(s3.get_object, Key="in-other/x"),
    "write": code(s3.put_object, Key="in/x", Body=b"x"),
    "delete": code(s3.delete_object, Key="in/a b+c.txt"),
    "policy": code(s3.get_bucket_policy),
}))
"#;

#[tokio::test]
async fn aws_boto3_and_s5cmd_use_a_credential_and_are_refused_outside_its_scope() {
    let connected = Connected::new().await;
    let (front, bucket) = (connected.account.front.url(), connected.account.bucket.name().to_owned());
    connected.sign_in("ann@example.com");
    let config = profile(&connected);

    let aws = |arguments: &[&str]| {
        let mut aws = tool(&connected, &component::aws_cli(), &config);
        said(aws.args(["--profile", "tg", "--endpoint-url", &front]).args(arguments))
    };
    let (done, listing) = aws(&["s3", "ls", &format!("s3://{bucket}/in/")]);
    assert!(done && listing.contains("a b+c.txt"), "{listing}");
    let (done, refusal) = aws(&["s3", "ls", &format!("s3://{bucket}/other/")]);
    assert!(!done && refusal.contains("AccessDenied"), "{refusal}");

    let mut python = tool(&connected, &component::python(), &config);
    let (done, answers) = said(python.args(["-c", BOTO3, &front, &bucket]));
    assert!(done, "{answers}");
    let answers: Value = serde_json::from_str(answers.lines().next().unwrap()).unwrap();
    assert_eq!((&answers["read"], &answers["list"]), (&json!("from the customer"), &json!(["in/a b+c.txt"])));
    for refused in ["list the bucket", "list beside", "read beside", "read beside by name", "write", "delete", "policy"]
    {
        assert_eq!(answers[refused], "AccessDenied", "{refused}: {answers}");
    }

    let s5cmd = |path: &str| {
        let mut s5cmd = tool(&connected, &component::s5cmd(), &config);
        said(s5cmd.args(["--endpoint-url", &front, "ls", &format!("s3://{bucket}/{path}")]))
    };
    let (done, listing) = s5cmd("in/");
    assert!(done && listing.contains("a b+c.txt"), "{listing}");
    let (done, refusal) = s5cmd("other/");
    assert!(!done && refusal.contains("AccessDenied"), "{refusal}");

    names_the_person(&connected);
}

/// What reached STS for a credential names the person, the project and the role.
fn names_the_person(connected: &Connected) {
    let calls = connected.account.front.calls_of("AssumeRole");
    let of_ann: Vec<_> =
        calls.iter().filter(|call| call.form.get("RoleSessionName") == Some("ann@example.com")).collect();
    assert_eq!(of_ann.len(), 1, "one session serves all tools of one person");
    let call = of_ann.first().unwrap();
    assert_eq!(call.form.get("RoleArn"), Some(Account::ROLE));
    assert_eq!(call.form.get("SourceIdentity"), Some("ann@example.com"));
    assert!(call.form.get("ExternalId").is_some() && call.form.get("Policy").is_some());
    let tags = call.form.tags();
    assert_eq!(tags.get("project").map(String::as_str), Some("acme"), "{tags:?}");
    assert_eq!(tags.get("principal").map(String::as_str), Some("ann@example.com"), "{tags:?}");
}

#[tokio::test]
async fn a_writing_credential_writes_and_does_not_read() {
    let connected = Connected::new().await;
    let issued = connected.admin("credential issue out --access write --ttl 15m --prefix out/w").ok().json();
    assert_eq!((&issued["requested_ttl_seconds"], &issued["scope"]["prefix"]), (&json!(900), &json!("out/w/")));
    assert!((890..=900).contains(&issued["granted_ttl_seconds"].as_u64().unwrap()), "{issued}");
    let given = |name: &str| issued["credential"][name].as_str().unwrap().to_owned();
    let keys = testkit::aws_query::SessionKeys {
        access_key_id: given("access_key_id"),
        secret_access_key: given("secret_access_key"),
        session_token: Some(given("session_token")),
    };
    let bucket = connected.account.bucket.through(&given("endpoint")).seen_by(keys);
    bucket.put("out/w/x", "x").await.ok();
    assert_eq!(bucket.get("out/w/x").await.status, 403);
    assert_eq!(bucket.put("out/beside", "x").await.status, 403);
    assert_eq!(bucket.put("in/x", "x").await.status, 403);
    assert_eq!(bucket.list_page("out/w/", "").await.status, 403);
    bucket.delete("out/w/x").await.ok();
}

/// A profile that asks Tidegate for credentials.
fn profile(connected: &Connected) -> String {
    let file = connected.tidegate.dir().join("aws-config");
    let process = format!("{PROGRAM} credential issue in --ttl 30m --format aws-process");
    fs::write(&file, format!("[profile tg]\ncredential_process = {process}\nregion = us-east-1\n")).unwrap();
    file.display().to_string()
}

/// A tool with nothing in its environment but the profile and who signed in.
fn tool(connected: &Connected, program: &Path, config: &str) -> Command {
    let person = connected.person();
    let mut tool = Command::new(program);
    tool.env_clear().envs(person.get_envs().filter_map(|(name, value)| Some((name, value?))));
    tool.env("AWS_CONFIG_FILE", config).env("AWS_PROFILE", "tg").env("AWS_EC2_METADATA_DISABLED", "true");
    tool.current_dir(connected.tidegate.dir());
    tool
}

/// Whether it succeeded, and everything that it said.
fn said(command: &mut Command) -> (bool, String) {
    let done = command.stdin(Stdio::null()).output().unwrap();
    let text = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8_lossy(&text).into_owned())
}
