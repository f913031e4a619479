//! No secret is seen outside: not in the database, the log, an answer, the audit, the metrics or an argument.
//!
//! Every door that takes a secret gets one that can be recognised in any usual encoding; what the
//! server makes itself is watched from the answer on that hands it out.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use testkit::canary::assert_absent;
use testkit::component::{self, WRITER};
use testkit::request::{Answer, Call, send};
use testkit::tidegate::{Setup, Tidegate};
use testkit::{Bucket, Canary};

use crate::support::{Api, EGRESS, PROGRAM, PROJECT, admin, body};

/// What is secret, and everything that was answered and printed so far.
struct Watch {
    tidegate: Tidegate,
    canaries: Vec<Canary>,
    seen: Vec<(String, Vec<u8>)>,
}

impl Watch {
    /// A server whose own secrets are canaries, with the most talkative log.
    fn start() -> Self {
        let given = ["root key", "administrator's password", "own identity", "metrics token"].map(Canary::new);
        let [root, password, identity, metrics] = &given;
        // A root key is 32 bytes: the encodings of these are looked for.
        let root_key = STANDARD.encode(&root.secret().as_bytes()[..32]);
        let mut tidegate = Setup::new(PROGRAM)
            .config(&format!("{EGRESS}\n[log]\nlevel = \"trace\""))
            .config("[metrics]\ntoken_file = \"metrics\"")
            .config(
                "[aws.identity.aws]\nsource = \"keys\"\naccess_key_id = \"AKIAOWN\"\nsecret_access_key_file = \"own\"",
            )
            .config(&format!("sts_endpoint = \"{}\"", component::seaweed().url))
            .config("principal_arn = \"arn:aws:iam::000000000000:user/broker\"")
            .env("TIDEGATE_ROOT_KEY", &root_key)
            .env("TIDEGATE_ADMIN_PASSWORD_FILE", "password")
            .prepare();
        for (file, canary) in [("metrics", metrics), ("own", identity), ("password", password)] {
            fs::write(tidegate.dir().join(file), canary.secret()).unwrap();
        }
        tidegate.start();
        let token = Canary::of("administrator's token", &tidegate.admin_token());
        let canaries = [given.to_vec(), vec![token, Canary::of("root key in base64", &root_key)]].concat();
        admin(&tidegate, &format!("project create {PROJECT}")).ok();
        Self { tidegate, canaries, seen: Vec::new() }
    }

    /// A new secret that will be given to the server.
    fn given(&mut self, label: &str) -> String {
        let canary = Canary::new(label);
        let secret = canary.secret().to_owned();
        self.canaries.push(canary);
        secret
    }

    /// A secret that the server made: this answer hands it out, nothing else may hold it.
    fn handed_out(&mut self, label: &str, secret: &Value) {
        let secret = secret.as_str().unwrap_or_else(|| panic!("no {label} was handed out"));
        self.canaries.push(Canary::of(label, secret));
    }

    fn keep(&mut self, place: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.seen.push((place.into(), bytes.into()));
    }

    /// `POST`, with the answer kept.
    async fn post(&mut self, path: &str, sent: &Value) -> Answer {
        let answer = Api::admin(&self.tidegate).post(path, sent).await;
        self.keep(format!("the answer to POST {path}"), format!("{:?}", answer.headers));
        self.keep(format!("the answer to POST {path}"), answer.body.to_vec());
        answer
    }

    /// `POST` of something that hands out: its answer may hold what it hands out.
    async fn ask(&self, path: &str, sent: &Value) -> Value {
        body(&Api::admin(&self.tidegate).post(path, sent).await.ok())
    }

    /// Everything that can be read, and everything that lies on the disk.
    async fn look(&mut self, when: &str) {
        for path in readable(&self.tidegate).await {
            let answer = Api::admin(&self.tidegate).get(&path).await;
            self.keep(format!("{when}: the answer to GET {path}"), answer.body.to_vec());
        }
        let export = admin(&self.tidegate, "audit export").ok();
        assert!(export.stdout.contains("integration.create"), "the export holds what was done");
        self.keep(format!("{when}: the audit export"), export.stdout);
        let metrics = self.metrics().await;
        self.keep(format!("{when}: the metrics"), metrics);
        let line = fs::read(format!("/proc/{}/cmdline", self.tidegate.pid())).unwrap();
        self.keep("the server's arguments", line);
        self.disk(when);
    }

    async fn metrics(&self) -> Vec<u8> {
        let token = fs::read_to_string(self.tidegate.dir().join("metrics")).unwrap();
        let call = Call::new("GET", "/metrics").header("authorization", &format!("Bearer {token}"));
        let metrics = send(&self.tidegate.url(), call).await.ok();
        assert!(metrics.text().contains("# HELP"), "{}", metrics.text());
        metrics.body.to_vec()
    }

    fn disk(&mut self, when: &str) {
        let files = self.tidegate.data_files();
        let known = |file: &[u8]| file.windows(20).any(|window| window == WRITER.access_key_id.as_bytes());
        assert!(files.iter().any(|(_, bytes)| known(bytes)), "the data on the disk is what is looked at");
        for (path, bytes) in files {
            self.keep(format!("{when}: {}", path.display()), bytes);
        }
        let logs = self.tidegate.logs();
        assert!(logs.contains("TRACE"), "the log is at its most talkative");
        self.keep(format!("{when}: the log"), logs);
    }

    fn assert_nothing_leaked(&self) {
        for (place, bytes) in &self.seen {
            assert_absent(place, bytes, &self.canaries);
        }
    }
}

#[tokio::test]
async fn no_secret_is_seen_anywhere_while_running_and_after_a_kill() {
    let mut watch = Watch::start();
    let lake = connect(&mut watch).await;
    integrations(&mut watch).await;
    people(&mut watch).await;
    mistakes(&mut watch).await;
    arguments(&mut watch);
    hand_outs(&mut watch, &lake).await;
    watch.look("while running").await;
    watch.tidegate.kill();
    watch.disk("after kill -9");
    watch.tidegate.start();
    watch.look("after the restart").await;
    let again = watch.ask("P/integrations/lake/prove", &json!({})).await;
    assert_eq!(again["status"], "passed", "the secrets are there all the same: {again}");
    watch.assert_nothing_leaked();
}

/// An integration that works, so that its secret is really used.
async fn connect(watch: &mut Watch) -> Bucket {
    let seaweed = component::seaweed();
    let bucket = Bucket::create_with_prefix(&seaweed.url, "tg-keys-").await;
    watch.canaries.push(Canary::of("key of the store", WRITER.secret_access_key));
    let lake = json!({"name": "lake", "method": "s3-compatible",
        "settings": {"preset": "seaweedfs", "endpoint": seaweed.url, "access_key_id": WRITER.access_key_id},
        "secrets": {"secret_access_key": WRITER.secret_access_key}});
    watch.post("P/integrations", &lake).await.ok();
    let place = json!({"name": "in", "integration": "lake", "bucket": bucket.name(), "prefix": "data",
        "purpose": "input-output"});
    watch.post("P/datasources", &place).await.ok();
    let own = json!({"name": "own", "method": "aws-cross-account",
        "settings": {"role_arn": "arn:aws:iam::000000000000:role/r", "endpoint": seaweed.url}});
    watch.post("P/integrations", &own).await;
    bucket
}

/// Secrets of integrations: text and bytes, unproven, refused by the store, changed and removed.
async fn integrations(watch: &mut Watch) {
    let url = component::seaweed().url;
    let of = |name: &str, secret: Value| {
        json!({"name": name, "method": "s3-compatible", "secrets": {"secret_access_key": secret},
            "settings": {"preset": "seaweedfs", "endpoint": url, "access_key_id": WRITER.access_key_id}})
    };
    let secret = watch.given("refused by the store");
    let refused = watch.post("P/integrations", &of("refused", secret.into())).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    for (name, wrap) in [("text", false), ("bytes", true)] {
        let secret = watch.given(name);
        let secret = if wrap { json!({"base64": STANDARD.encode(&secret)}) } else { json!(secret) };
        let mut asked = of(name, secret);
        asked["proof"] = "off".into();
        asked["reason"] = "the store is not there yet".into();
        watch.post("P/integrations", &asked).await.ok();
    }
    let secret = watch.given("rotated");
    let shown = Api::admin(&watch.tidegate).get("P/integrations/text").await.ok();
    let etag = shown.headers["etag"].to_str().unwrap().to_owned();
    let change = json!({"secrets": {"secret_access_key": secret}, "proof": "off", "reason": "none"});
    let api = Api::admin(&watch.tidegate);
    let changed = api.json("PATCH", "P/integrations/text", &[("if-match", &etag)], &change).await.ok();
    watch.keep("the answer to PATCH", changed.body.to_vec());
}

/// Passwords and tokens, right and wrong.
async fn people(watch: &mut Watch) {
    let (first, own, wrong) = (watch.given("first password"), watch.given("own password"), watch.given("typo"));
    watch.post("users", &json!({"name": "ann", "password": first})).await.ok();
    let failed = watch.post("sessions", &json!({"username": "ann", "password": wrong})).await;
    assert_eq!(failed.status, 401);
    let signed_in = watch.ask("sessions", &json!({"username": "ann", "password": first, "new_password": own})).await;
    watch.handed_out("session token", &signed_in["token"]);
    watch.post("P/service-accounts", &json!({"name": "worker"})).await.ok();
    watch.post("P/members", &json!({"principal": "worker", "role": "viewer"})).await.ok();
    let ask = json!({"name": "t", "service_account": "worker", "role": "viewer", "ttl_seconds": 900});
    let token = watch.ask("P/tokens", &ask).await;
    watch.handed_out("API token", &token["token"]);
    let made = watch.ask("users", &json!({"name": "bea"})).await;
    watch.handed_out("generated password", &made["password"]);
}

/// Secrets in places where they do not belong, and in requests that cannot be understood.
async fn mistakes(watch: &mut Watch) {
    let secret = watch.given("in a wrong place");
    let bodies = [
        json!({"name": secret, "method": "s3-compatible"}),
        json!({"name": "x", "method": "s3-compatible", "settings": {"secret_access_key": secret}}),
        json!({"name": "x", "method": "s3-compatible", "settings": {"endpoint": format!("https://u:{secret}@host")}}),
        json!({"name": "x", "method": "s3-compatible", "secrets": {"secret_access_key": format!(" {secret}")}}),
        json!({"name": "x", "method": "s3-compatible", "secrets": {"other": secret}}),
        json!({"name": "x", "method": "s3-compatible", "secrets": secret}),
        json!({"name": "x", "method": "s3-compatible", "secrets": {"secret_access_key": [secret]}}),
        json!({"name": "x", "method": "s3-compatible", "secrets": {"secret_access_key": {"base64": format!("!{secret}")}}}),
    ];
    for asked in bodies {
        let refused = watch.post("P/integrations", &asked).await;
        assert!((400..500).contains(&refused.status), "{}", refused.text());
    }
    let broken = format!("{{\"secrets\": {{\"secret_access_key\": \"{}\" oops", watch.given("in broken JSON"));
    let json = [("content-type", "application/json")];
    let answer = Api::admin(&watch.tidegate).call("POST", "P/integrations", &json, broken.as_bytes()).await;
    watch.keep("the answer to broken JSON", answer.body.to_vec());
    let wrong = watch.given("as a wrong token");
    let url = watch.tidegate.url();
    let header: String = wrong.chars().filter(|c| *c != '"').collect();
    watch.canaries.push(Canary::of("as a wrong token", &header));
    for call in [
        Call::new("GET", "/api/v1/projects").header("authorization", &format!("Bearer {header}")),
        Call::new("GET", "/api/v1/projects").header("authorization", &format!("Basic {}", STANDARD.encode(&wrong))),
        Call::new("GET", "/api/v1/projects").header("cookie", &format!("session={header}")),
    ] {
        let answer = send(&url, call).await;
        assert_eq!(answer.status, 401);
        watch.keep("the answer to a wrong token", answer.body.to_vec());
    }
}

/// While the command line waits for a secret on standard input, its arguments can be read by anybody.
fn arguments(watch: &mut Watch) {
    let secret = watch.given("on standard input");
    let line = "integration rotate bytes --secret-stdin secret_access_key";
    let mut command: Command = watch.tidegate.cli_command();
    command.args(["--project", PROJECT]).args(line.split(' '));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(secret.as_bytes()).unwrap();
    let arguments = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    let done = child.wait_with_output().unwrap();
    // The store is asked with the new secret and refuses it.
    assert_eq!(done.status.code(), Some(1), "{}", String::from_utf8_lossy(&done.stderr));
    watch.keep("the arguments of the command line", arguments);
    watch.keep("what the command line printed", [done.stdout, done.stderr].concat());
    let refused = watch.tidegate.cli(["integration", "create", "s3-compatible", "x", "--secret", "key=value"]);
    assert_eq!(refused.code, 2, "there is no flag that takes a secret");
}

/// What is handed out is seen once, by whoever asked.
async fn hand_outs(watch: &mut Watch, bucket: &Bucket) {
    bucket.put("data/a", "a").await.ok();
    let ask = json!({"keys": ["data/a"], "method": "GET", "ttl_seconds": 60});
    let url = watch.ask("P/datasources/in/urls", &ask).await["urls"][0]["url"].as_str().unwrap().to_owned();
    let signature = url.split("X-Amz-Signature=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    watch.handed_out("signature of a URL", &signature.into());
    let seaweed = component::seaweed();
    let role = json!({"name": "role", "method": "s3-compatible", "secrets": {"secret_access_key": component::BROKER.secret_access_key},
        "settings": {"preset": "seaweedfs", "endpoint": seaweed.url, "access_key_id": component::BROKER.access_key_id,
            "role_arn": "arn:aws:iam::000000000000:role/test-writer"}});
    watch.canaries.push(Canary::of("key of the broker", component::BROKER.secret_access_key));
    watch.post("P/integrations", &role).await.ok();
    let place = json!({"name": "narrow", "integration": "role", "bucket": bucket.name(), "prefix": "data",
        "purpose": "input-output"});
    watch.post("P/datasources", &place).await.ok();
    let issued = watch.ask("P/datasources/narrow/credentials", &json!({"access": "read", "ttl_seconds": 900})).await;
    watch.handed_out("issued secret key", &issued["credential"]["secret_access_key"]);
    watch.handed_out("issued session token", &issued["credential"]["session_token"]);
}

/// Every path that can be read, with the names that were made.
async fn readable(tidegate: &Tidegate) -> Vec<String> {
    let document = body(&send(&tidegate.url(), Call::new("GET", "/openapi.json")).await.ok());
    let mut paths = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        if item.get("get").is_none() {
            continue;
        }
        let path = path.trim_start_matches("/api/v1/").replace("{project}", PROJECT);
        for name in ["lake", "text", "bytes", "in", "narrow", "ann", "worker"] {
            let path = path.replace("{name}", name).replace("{integration}", name).replace("{datasource}", name);
            paths.push(path.replace("{id}", name).replace("{principal}", name));
        }
    }
    paths.sort();
    paths.dedup();
    assert!(paths.len() > 30, "{paths:?}");
    paths
}
