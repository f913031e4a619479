//! The clouds' own clients use what was handed out, `azure-storage-blob` and `boto3`, and what was generated, `gsutil`.
//! Azurite and SeaweedFS verify signatures and tokens; of roles, and of Azure's folders, doubles decide.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use testkit::GcpFront;
use testkit::azure::{AzureCall, Proof};
use testkit::component::{self, ACCOUNT, azurite};
use testkit::tidegate::Tidegate;

use super::azure::House;
use super::keyless::Customer;
use crate::support::{Api, PROGRAM, PROJECT, admin, body, started};

/// Microsoft's client with a URL, or with a signature; what came of each step.
const AZURE: &str = r#"
import json, sys
from azure.core.credentials import AzureSasCredential
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobClient, ContainerClient
asked = json.load(sys.stdin)
# The newest version that the emulator understands.
how = {"connection_verify": asked["ca"], "api_version": "2025-11-05", "retry_total": 0}
def blob(step):
    if "url" in step:
        return BlobClient.from_blob_url(step["url"], **how)
    return container(step).get_blob_client(step["key"])
def container(step):
    given = step["credential"]
    return ContainerClient(given["endpoint"], given["container"], credential=AzureSasCredential(given["sas_token"]), **how)
do = {
    "get": lambda step: blob(step).download_blob().readall().decode(),
    "put": lambda step: blob(step).upload_blob(step["body"].encode(), overwrite=True) and "done",
    "delete": lambda step: blob(step).delete_blob() or "done",
    "list": lambda step: [found.name for found in container(step).list_blobs(name_starts_with=step["prefix"])],
}
def done(step):
    try:
        return do[step["do"]](step)
    except HttpResponseError as error:
        return {"refused": error.status_code, "code": error.error_code}
print(json.dumps([done(step) for step in asked["steps"]]))
"#;

/// What came of each step.
async fn azure(steps: Vec<Value>) -> Vec<Value> {
    let ask = json!({"ca": azurite().ca, "steps": steps}).to_string();
    let said = tokio::task::spawn_blocking(move || {
        let mut python = Command::new(component::python());
        python.args(["-c", AZURE]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut python = python.spawn().unwrap();
        python.stdin.take().unwrap().write_all(ask.as_bytes()).unwrap();
        python.wait_with_output().unwrap().stdout
    });
    let said = said.await.unwrap();
    serde_json::from_slice(&said).unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&said)))
}

/// Fails the test unless every one of these was refused for want of a right, by the store.
fn assert_refused(answers: &[Value]) {
    for (at, answer) in answers.iter().enumerate() {
        assert_eq!(answer["refused"], 403, "step {at}: {answer}");
        assert!(answer["code"].as_str().is_some_and(|code| code.starts_with("Auth")), "step {at}: {answer}");
    }
}

async fn url(house: &House, method: &str, key: &str) -> String {
    let asked = json!({"keys": [key], "method": method, "ttl_seconds": 900});
    let signed = body(&house.api.post("P/datasources/data/urls", &asked).await.ok());
    signed["urls"][0]["url"].as_str().unwrap().to_owned()
}

async fn credential(house: &House, access: &str, prefix: &str) -> Value {
    let asked = json!({"access": access, "prefix": prefix, "ttl_seconds": 900});
    body(&house.api.post("P/datasources/data/credentials", &asked).await.ok())["credential"].clone()
}

#[tokio::test]
async fn azure_storage_blob_uses_urls_for_one_blob_each_and_is_refused_all_else() {
    let house = House::new().await;
    house.assign("in/");
    house.with_secret(false).await.ok();
    house.datasource("in/", "input-output").await.ok();
    let name = "in/a b+c%2F#?é.txt";
    for (key, text) in [(name, "from the customer"), ("in/beside", "not signed")] {
        house.container.put(key, text).await.ok();
    }
    let (get, put) = (url(&house, "GET", name).await, url(&house, "PUT", "in/new").await);
    let delete = url(&house, "DELETE", "in/beside").await;
    let beside = url(&house, "GET", "in/one").await.replace("in/one", "in/beside");
    let answers = azure(vec![
        json!({"do": "get", "url": get}),
        json!({"do": "put", "url": put, "body": "by url"}),
        json!({"do": "put", "url": get, "body": "changed"}),
        json!({"do": "delete", "url": get}),
        json!({"do": "get", "url": put}),
        json!({"do": "get", "url": beside}),
        json!({"do": "delete", "url": delete}),
    ])
    .await;
    assert_eq!(answers[..2], [json!("from the customer"), json!("done")], "{answers:?}");
    assert_refused(&answers[2..6]);
    assert_eq!(answers[6], "done", "{answers:?}");
    assert_eq!(house.container.list("").await, [name, "in/new"]);
    assert_eq!(house.container.get(name).await.text(), "from the customer");
    assert_eq!(house.container.get("in/new").await.text(), "by url");
    let signed = house.front.calls_of(AzureCall::BlobPut);
    let of_the_app = |proof| {
        signed.iter().any(|call| call.proof == proof && call.principal.as_deref() == Some(&house.app.object_id))
    };
    assert!(of_the_app(Proof::DelegationSas), "signed with the application's own delegated key");
}

#[tokio::test]
async fn azure_storage_blob_uses_a_container_that_azurite_verifies_the_signature_for() {
    let house = House::new().await;
    house.assign("");
    house.with_secret(false).await.ok();
    house.datasource("", "input-output").await.ok();
    house.container.put("in/a.txt", "from the customer").await.ok();
    let (read, write) = (credential(&house, "read", "").await, credential(&house, "write", "").await);
    let other = house.front.create_container().await;
    other.put("in/a.txt", "of others").await.ok();
    let mut elsewhere = read.clone();
    elsewhere["container"] = other.name().into();
    let answers = azure(vec![
        json!({"do": "list", "credential": read, "prefix": "in/"}),
        json!({"do": "get", "credential": read, "key": "in/a.txt"}),
        json!({"do": "put", "credential": write, "key": "in/new", "body": "written"}),
        json!({"do": "put", "credential": read, "key": "in/a.txt", "body": "changed"}),
        json!({"do": "delete", "credential": read, "key": "in/a.txt"}),
        json!({"do": "get", "credential": write, "key": "in/a.txt"}),
        json!({"do": "list", "credential": write, "prefix": "in/"}),
        json!({"do": "get", "credential": elsewhere, "key": "in/a.txt"}),
        json!({"do": "list", "credential": elsewhere, "prefix": ""}),
    ])
    .await;
    assert_eq!(answers[..3], [json!(["in/a.txt"]), json!("from the customer"), json!("done")], "{answers:?}");
    assert_refused(&answers[3..]);
    assert_eq!(house.container.list("").await, ["in/a.txt", "in/new"]);
}

#[tokio::test]
async fn azure_storage_blob_uses_a_folder_and_is_refused_beside_it_where_a_double_has_folders() {
    let house = House::new().await;
    house.front.set_hierarchical(ACCOUNT.name, true);
    house.assign("team/");
    house.with_secret(true).await.ok();
    house.datasource("team/", "input-output").await.ok();
    for key in ["team/a/one", "team/a/deep/two", "team/ab/beside", "team/a.txt", "other/x"] {
        house.container.put(key, key).await.ok();
    }
    let (read, write) = (credential(&house, "read", "team/a/").await, credential(&house, "write", "team/a/").await);
    let mut steps = vec![
        json!({"do": "list", "credential": read, "prefix": "team/a/"}),
        json!({"do": "get", "credential": read, "key": "team/a/one"}),
        json!({"do": "get", "credential": read, "key": "team/a/deep/two"}),
        json!({"do": "put", "credential": write, "key": "team/a/new", "body": "written"}),
    ];
    let (works, both) = (steps.len(), [&read, &write]);
    for prefix in ["", "team/", "team/ab/", "other/"] {
        steps.extend(both.map(|given| json!({"do": "list", "credential": given, "prefix": prefix})));
    }
    for key in ["team/ab/beside", "team/a.txt", "other/x"] {
        steps.extend(both.map(|given| json!({"do": "get", "credential": given, "key": key})));
        steps.extend(both.map(|given| json!({"do": "put", "credential": given, "key": key, "body": "changed"})));
        steps.extend(both.map(|given| json!({"do": "delete", "credential": given, "key": key})));
    }
    steps.extend([
        json!({"do": "put", "credential": read, "key": "team/a/one", "body": "changed"}),
        json!({"do": "delete", "credential": read, "key": "team/a/one"}),
        json!({"do": "get", "credential": write, "key": "team/a/one"}),
        json!({"do": "list", "credential": write, "prefix": "team/a/"}),
    ]);
    let answers = azure(steps).await;
    let below = json!(["team/a/deep/two", "team/a/one"]);
    assert_eq!(answers[..works], [below, json!("team/a/one"), json!("team/a/deep/two"), json!("done")], "{answers:?}");
    assert_refused(&answers[works..]);
    assert_eq!(house.container.get("team/a/new").await.text(), "written");
    for key in ["team/a/one", "team/ab/beside", "team/a.txt", "other/x"] {
        assert_eq!(house.container.get(key).await.text(), key);
    }
}

/// `boto3` with the profile: what works, and the codes of what does not.
const BOTO3: &str = r#"
import json, sys
import boto3, botocore
from botocore.config import Config
endpoint, bucket = sys.argv[1:]
session = boto3.Session(profile_name="tg")
s3 = session.client("s3", endpoint_url=endpoint, config=Config(s3={"addressing_style": "path"}))
def code(call, **arguments):
    try:
        call(Bucket=bucket, **arguments)
        return "done"
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
print(json.dumps({
    "short-lived": bool(session.get_credentials().get_frozen_credentials().token),
    "read": s3.get_object(Bucket=bucket, Key="in/a.txt")["Body"].read().decode(),
    "list": [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix="in/")["Contents"]],
    "refused": [
        code(s3.list_objects_v2), code(s3.list_objects_v2, Prefix="other/"), code(s3.get_object, Key="other/secret"),
        code(s3.get_object, Key="in-other/x"), code(s3.put_object, Key="in/x", Body=b"x"),
        code(s3.delete_object, Key="in/a.txt"),
    ],
}))
"#;

#[tokio::test]
async fn boto3_uses_a_session_that_seaweedfs_gave_for_a_token_of_the_issuer() {
    let mut customer = Customer::new().await;
    customer.bucket.put("other/secret", "not for Tidegate").await.ok();
    let tidegate = customer.tidegate();
    let api = Api::admin(&tidegate);
    customer.renew(&tidegate);
    let setup = customer.begin(&api, "web").await;
    customer.renew(&tidegate);
    customer.apply(&setup, Some(&setup["subject"]));
    customer.finish(&api, "web").await.ok();
    let asked = json!({"name": "in", "integration": "web", "bucket": customer.bucket.name(), "prefix": "in/", "purpose": "input"});
    api.post("P/datasources", &asked).await.ok();

    let (front, bucket) = (customer.front.url(), customer.bucket.name());
    let mut boto3 = tool(&tidegate, &component::python());
    let (done, said) = said(boto3.args(["-c", BOTO3, &front, bucket]));
    assert!(done, "{said}");
    let answers: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    let expected = json!({"short-lived": true, "read": "from the customer", "list": ["in/a.txt"], "refused": vec!["AccessDenied"; 6]});
    assert_eq!(answers, expected);
    let asked = customer.front.calls();
    assert!(asked.iter().all(|call| call.action != "AssumeRole"), "a token is all that was shown");
}

/// It takes no access token, so what Tidegate issues is of no use to it; what is generated for it is.
#[tokio::test]
async fn gsutil_works_with_the_bindings_that_are_generated_for_it_and_not_with_less_where_a_double_decides() {
    let (front, tidegate) = (GcpFront::start(), started());
    let bucket = front.create_bucket().await;
    for key in ["in/a.txt", "other/secret"] {
        bucket.put(key, key).await;
    }
    let name = bucket.name();
    let need = format!("--bucket {name} --prefix in --purpose input-output --format json");
    let key_of = |account: &str, more: &str| {
        let line = format!("policy generate --method gcp-service-account-key {need} {more}");
        let generated = admin(&tidegate, &line).ok().json();
        let member = format!("serviceAccount:{}", front.service_account(account));
        for binding in generated["permission_policy"]["bindings"].as_array().unwrap() {
            let role = binding["role"].as_str().unwrap();
            match binding["condition"]["expression"].as_str() {
                Some(condition) => front.grant_if(name, &member, role, condition),
                None => front.grant(name, &member, role),
            }
        }
        let file = tidegate.dir().join(account);
        fs::write(&file, front.service_account_json(account)).unwrap();
        file
    };
    fs::write(tidegate.dir().join("new"), "new").unwrap();
    let (narrow, wide) = (key_of("narrow", ""), key_of("wide", "--gsutil"));
    let (copy, place) = (["cp", "new", &format!("gs://{name}/in")], |path: &str| format!("gs://{name}/{path}"));
    let look = ["ls", "-b", &place("")];
    for refused in [&copy[..], &look[..]] {
        let (done, said) = gsutil(&front, &tidegate, &narrow, refused);
        assert!(!done && said.contains("AccessDenied"), "{refused:?}: {said}");
    }
    for works in [&copy[..], &look[..], &["cat", &place("in/a.txt")], &["ls", &place("in/")]] {
        let (done, said) = gsutil(&front, &tidegate, &wide, works);
        assert!(done, "{works:?}: {said}");
    }
    assert_eq!(bucket.get("in/new").await.text(), "new");
    let (secret, beside) = (place("other/secret"), place("other/new"));
    for refused in [&["cat", &secret][..], &["rm", &secret], &["cp", "new", &secret], &["cp", "new", &beside]] {
        let (done, said) = gsutil(&front, &tidegate, &wide, refused);
        assert!(!done && said.contains("AccessDenied"), "{refused:?}: {said}");
    }
    assert_eq!(bucket.get("other/secret").await.text(), "other/secret");
}

/// `gsutil` against the front, with a key.
fn gsutil(front: &GcpFront, tidegate: &Tidegate, key: &Path, arguments: &[&str]) -> (bool, String) {
    let mut tool = Command::new(component::gsutil());
    for option in [
        format!("Credentials:gs_service_key_file={}", key.display()),
        format!("OAuth2:provider_token_uri={}", front.token_uri()),
        "Credentials:gs_json_host=localhost".to_owned(),
        format!("Credentials:gs_json_port={}", front.secure_url().rsplit(':').next().unwrap()),
        format!("Boto:ca_certificates_file={}", azurite().ca.display()),
        "Boto:num_retries=0".to_owned(),
        "GSUtil:prefer_api=json".to_owned(),
    ] {
        tool.args(["-o", &option]);
    }
    tool.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", tidegate.dir()).current_dir(tidegate.dir());
    said(tool.args(arguments))
}

/// A tool with nothing in its environment but a profile that asks Tidegate.
fn tool(tidegate: &Tidegate, program: &Path) -> Command {
    let config = tidegate.dir().join("aws-config");
    let process = format!("{PROGRAM} credential issue in --project {PROJECT} --ttl 30m --format aws-process");
    fs::write(&config, format!("[profile tg]\ncredential_process = {process}\nregion = us-east-1\n")).unwrap();
    let asks = tidegate.cli_command();
    let mut tool = Command::new(program);
    tool.env_clear().envs(asks.get_envs().filter_map(|(name, value)| Some((name, value?))));
    tool.env("AWS_CONFIG_FILE", config).env("AWS_EC2_METADATA_DISABLED", "true").current_dir(tidegate.dir());
    tool
}

/// Whether it succeeded, and everything that it said.
fn said(command: &mut Command) -> (bool, String) {
    let done = command.stdin(Stdio::null()).output().unwrap();
    let text = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8_lossy(&text).into_owned())
}
