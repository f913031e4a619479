//! Further S3 gateways on the running SeaweedFS, each with roles of a test's own.
//!
//! Roles cannot be made through an API there. What Tidegate prints as the permission policy is
//! loaded as it stands; of the trust policy, what SeaweedFS does not understand is dropped after
//! checking that it was printed.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::component::{self, Seaweed};
use crate::process::{Killed, status, wait_for};
use crate::random;

/// SeaweedFS opens gRPC this far above the port.
const GRPC: u16 = 10_000;

/// The roles of a gateway.
#[derive(Debug, Clone, Default)]
pub struct Iam {
    roles: Vec<Value>,
    policies: Vec<Value>,
}

/// A trust policy as SeaweedFS takes it, and what was dropped.
#[derive(Debug, Clone, PartialEq)]
pub struct Adapted {
    /// What is loaded.
    pub trust_policy: Value,
    /// The external id that the printed policy requires, for [`crate::StsFront::require`].
    pub external_id: Option<String>,
}

/// A gateway, killed when dropped.
pub struct Gateway {
    port: u16,
    process: Killed,
    _dir: TempDir,
}

impl Iam {
    /// No roles.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a role exactly as given.
    pub fn role(mut self, role_arn: &str, trust_policy: &Value, permission_policy: &Value) -> Self {
        let name = role_arn.rsplit('/').next().unwrap_or(role_arn);
        let policy = format!("policy-{}-{name}", self.policies.len());
        self.roles.push(json!({
            "roleName": name, "roleArn": role_arn, "trustPolicy": trust_policy, "attachedPolicies": [policy],
        }));
        self.policies.push(json!({"name": policy, "document": permission_policy}));
        self
    }

    /// Adds a role from what `setup` printed; the permission policy is taken as it stands.
    pub fn printed_role(self, role_arn: &str, trust_policy: &Value, permission_policy: &Value) -> Self {
        self.role(role_arn, &adapt(trust_policy).trust_policy, permission_policy)
    }

    /// The whole document: what the running SeaweedFS has, with these roles instead of its own.
    fn document(self, base: &Value) -> Value {
        let mut document = base.clone();
        let kept = base.get("policies").and_then(Value::as_array).cloned().unwrap_or_default();
        if let Some(document) = document.as_object_mut() {
            document.insert("roles".into(), self.roles.into());
            // Users with keys refer to the policies that are there already.
            document.insert("policies".into(), kept.into_iter().chain(self.policies).collect());
        }
        document
    }
}

/// Drops `sts:TagSession`, `sts:SetSourceIdentity` and the external id; the test fails if the
/// first two were not printed.
pub fn adapt(printed: &Value) -> Adapted {
    let statements = printed.get("Statement").and_then(Value::as_array).cloned().unwrap_or_default();
    for needed in ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"] {
        let allowed = statements.iter().any(|statement| {
            statement.get("Effect") == Some(&json!("Allow")) && actions(statement).iter().any(|action| action == needed)
        });
        assert!(allowed, "the trust policy must allow {needed}: {printed}");
    }
    let mut external_id = None;
    let mut kept = Vec::new();
    for mut statement in statements {
        let is_assuming = actions(&statement).iter().any(|action| action == "sts:AssumeRole");
        if !is_assuming {
            continue;
        }
        external_id = external_id.or(drop_external_id(&mut statement));
        if let Some(statement) = statement.as_object_mut() {
            statement.insert("Action".into(), json!(["sts:AssumeRole"]));
        }
        kept.push(statement);
    }
    let mut trust_policy = printed.clone();
    if let Some(policy) = trust_policy.as_object_mut() {
        policy.insert("Statement".into(), kept.into());
    }
    Adapted { trust_policy, external_id }
}

fn actions(statement: &Value) -> Vec<String> {
    match statement.get("Action") {
        Some(Value::String(action)) => vec![action.clone()],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Takes `StringEquals: {sts:ExternalId}` out; other conditions stay.
fn drop_external_id(statement: &mut Value) -> Option<String> {
    let condition = statement.get_mut("Condition")?.as_object_mut()?;
    let equals = condition.get_mut("StringEquals")?.as_object_mut()?;
    let id = match equals.remove("sts:ExternalId")? {
        Value::String(id) => id,
        Value::Array(ids) if ids.len() == 1 => ids.first()?.as_str()?.to_owned(),
        other => panic!("a trust policy requires one external id, not {other}"),
    };
    if equals.is_empty() {
        condition.remove("StringEquals");
    }
    if condition.is_empty() {
        statement.as_object_mut()?.remove("Condition");
    }
    Some(id)
}

impl Gateway {
    /// Starts one with these roles and waits until it answers.
    pub fn start(iam: Iam) -> Self {
        let seaweed = component::seaweed();
        let base = fs::read_to_string(seaweed.config.join("iam.json")).expect("SeaweedFS has its iam.json");
        let base: Value = serde_json::from_str(&base).expect("iam.json is JSON");
        Self::start_with_document(&seaweed, &iam.document(&base))
    }

    /// Starts one with a whole `iam.json`.
    pub fn start_with_document(seaweed: &Seaweed, iam: &Value) -> Self {
        // Another test may take the port between looking and starting.
        (0..5).find_map(|_| Self::attempt(seaweed, iam)).unwrap_or_else(|| panic!("the gateway did not start"))
    }

    /// Its address: S3 and STS.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn attempt(seaweed: &Seaweed, iam: &Value) -> Option<Self> {
        let dir = tempfile::Builder::new().prefix("tg-gw-").tempdir().expect("the temporary folder can be written");
        let file = dir.path().join("iam.json");
        fs::write(&file, iam.to_string()).expect("iam.json can be written");
        let port = free_port();
        let log = fs::File::create(dir.path().join("log")).expect("the log can be written");
        let child = Command::new(component::weed())
            .env("WEED_S3_SSE_KEY", "test-only-sse-s3-secret")
            .env("WEED_S3_TRUSTED_PROXIES_WHITE_LIST", "127.0.0.1")
            .arg(format!("-logdir={}", dir.path().display()))
            .args(["s3", "-ip.bind=127.0.0.1", "-port.iceberg=0", "-port.lance=0"])
            .args([format!("-filer={}", seaweed.filer), format!("-port={port}")])
            .arg(format!("-config={}", seaweed.config.join("s3.json").display()))
            .arg(format!("-iam.config={}", file.display()))
            .arg(format!("-localSocket={}", dir.path().join("s3.sock").display()))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file can be shared"))
            .stderr(log)
            .spawn()
            .expect("weed can be started");
        let mut process = Killed(child);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let ready = wait_for(Duration::from_secs(30), || {
            let ended = process.has_ended();
            (ended || status(address, "/healthz") == Some(200)).then_some(!ended)
        });
        if ready == Some(true) {
            return Some(Self { port, process, _dir: dir });
        }
        eprintln!("{}", fs::read_to_string(dir.path().join("log")).unwrap_or_default());
        None
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.process.kill();
        // SeaweedFS makes this socket whatever it is told, and a killed one cannot remove it.
        let _ = fs::remove_file(format!("/tmp/seaweedfs-s3-grpc-{}.sock", self.port + GRPC));
    }
}

/// A port that is free together with its gRPC port, below where the system picks its own.
fn free_port() -> u16 {
    let listens = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    (0..1000)
        .map(|_| 20_000 + random::below(2_000) * 3)
        .find(|port| listens(*port) && listens(*port + GRPC))
        .expect("a port is free")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_seaweedfs_does_not_know_is_dropped_and_the_rest_stays() {
        let printed = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "Assume", "Effect": "Allow", "Principal": {"AWS": "a"}, "Action": "sts:AssumeRole",
             "Condition": {"StringEquals": {"sts:ExternalId": "tg-1"}, "IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}},
            {"Effect": "Allow", "Principal": {"AWS": "a"}, "Action": ["sts:TagSession", "sts:SetSourceIdentity"]},
        ]});
        let adapted = adapt(&printed);
        assert_eq!(adapted.external_id.as_deref(), Some("tg-1"));
        assert_eq!(
            adapted.trust_policy,
            json!({"Version": "2012-10-17", "Statement": [
                {"Sid": "Assume", "Effect": "Allow", "Principal": {"AWS": "a"}, "Action": ["sts:AssumeRole"],
                 "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}},
            ]})
        );
    }

    #[test]
    fn one_statement_with_all_actions_is_understood() {
        let actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
        let printed = json!({"Statement": [{"Effect": "Allow", "Action": actions,
            "Condition": {"StringEquals": {"sts:ExternalId": ["tg-1"]}}}]});
        let adapted = adapt(&printed);
        assert_eq!(adapted.external_id.as_deref(), Some("tg-1"));
        assert_eq!(adapted.trust_policy, json!({"Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole"]}]}));
    }

    #[test]
    #[should_panic(expected = "must allow sts:SetSourceIdentity")]
    fn a_trust_policy_without_source_identity_fails_the_test() {
        adapt(&json!({"Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"]}]}));
    }
}
