//! SeaweedFS: S3, STS and IAM in one enforcing process (`weed mini`).

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::record::{Record, make, write};
use super::{Places, port};
use crate::shell::Outcome;

pub(crate) fn start(record: &mut Record, places: &Places) -> Outcome {
    let [s3, filer, master, volume, admin] = port::free_with_grpc([18_333, 18_888, 19_333, 19_340, 19_346])?;
    let config = record.dir.join("config");
    make(&config)?;
    let moto = Record::load(places, "moto").filter(Record::runs);
    let moto = moto.as_ref().and_then(|moto| moto.environment().first()).map(|(_, url)| url.as_str());
    configure(places, &config, moto)?;
    record.publish(
        s3,
        &[
            ("TIDEGATE_TEST_SEAWEED", format!("http://127.0.0.1:{s3}")),
            ("TIDEGATE_TEST_SEAWEED_FILER", format!("127.0.0.1:{filer}")),
            ("TIDEGATE_TEST_SEAWEED_CONFIG", config.display().to_string()),
        ],
    );
    let dir = record.dir.clone();
    // Unix sockets must have short paths, and a checkout may lie deep.
    let sockets = record.scratch()?;
    // Nothing moves these sockets elsewhere, and another user could not start with them in place.
    for (role, port) in [("s3", s3), ("filer", filer), ("master", master), ("volume", volume), ("admin", admin)] {
        record.leftover(format!("/tmp/seaweedfs-{role}-grpc-{}.sock", port + port::GRPC).into());
    }
    let flag = |name: &str, value: &dyn std::fmt::Display| format!("-{name}={value}");
    let mut weed = Command::new(places.program("weed"));
    weed.env("WEED_S3_SSE_KEY", "test-only-sse-s3-secret")
        .env("WEED_S3_TRUSTED_PROXIES_WHITE_LIST", "127.0.0.1")
        // Every bucket takes volumes of its own, seven by default, and a run of the tests makes hundreds.
        .env("WEED_MASTER_VOLUME_GROWTH_COPY_1", "1")
        .arg(flag("logdir", &dir.display()))
        .arg("mini")
        .args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", "-volume.preStopSeconds=0"])
        .args(["-volume.max=5000", "-master.volumeSizeLimitMB=64"])
        .args(["-s3.port.iceberg=0", "-s3.port.lance=0", "-webdav=false", "-admin.ui=false", "-s3.iam.readOnly=false"])
        .args([flag("dir", &dir.display()), flag("s3.port", &s3), flag("filer.port", &filer)])
        .args([flag("master.port", &master), flag("volume.port", &volume), flag("admin.port", &admin)])
        .arg(flag("filer.localSocket", &sockets.join("filer.sock").display()))
        .arg(flag("s3.localSocket", &sockets.join("s3.sock").display()))
        .arg(flag("s3.config", &config.join("s3.json").display()))
        .arg(flag("s3.iam.config", &config.join("iam.json").display()));
    record.spawn("weed", &dir, &mut weed)?;
    record.wait("SeaweedFS", Duration::from_secs(60), || port::status(s3, "/healthz") == Some(200))
}

/// Copies the configuration into place; keys for SSE-KMS come from moto if it runs, else from
/// SeaweedFS itself, which knows one key only.
fn configure(places: &Places, config: &std::path::Path, moto: Option<&str>) -> Outcome {
    let read = |name: &str| {
        let file = places.seaweed_fixtures.join(name);
        fs::read_to_string(&file).map_err(|why| format!("cannot read {}: {why}", file.display()))
    };
    let mut users: Value =
        serde_json::from_str(&read("s3.json")?).map_err(|why| format!("s3.json is not valid JSON: {why}"))?;
    let (name, provider) = match moto {
        Some(url) => {
            let keys = json!({"type": "aws", "region": "us-east-1", "endpoint": url,
                "access_key": "AKIAKMS", "secret_key": "kms-secret"});
            ("moto", keys)
        }
        None => ("local", json!({"type": "local", "enableOnDemandCreate": false})),
    };
    if let Some(users) = users.as_object_mut() {
        users.insert("kms".into(), json!({"default_provider": name, "providers": {name: provider}}));
    }
    write(&config.join("s3.json"), &users.to_string())?;
    write(&config.join("iam.json"), &read("iam.json")?)
}
