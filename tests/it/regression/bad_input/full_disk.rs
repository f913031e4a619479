//! A disk that is full, shown by the limit of a file's size: what cannot be recorded is not handed out.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use testkit::tidegate::{Setup, Tidegate};

use crate::support::{Api, PROGRAM, PROJECT, admin, body};

/// The program, with files no larger than the file `limit` says, in blocks of 512 bytes.
fn limited() -> (Tidegate, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("tidegate");
    let text = format!(
        "#!/bin/sh\nif [ -f limit ] && [ \"$1\" = serve ]; then trap '' XFSZ; ulimit -f \"$(cat limit)\"; fi\n\
         exec '{PROGRAM}' \"$@\"\n"
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let tidegate = Setup::new(script).start();
    admin(&tidegate, &format!("project create {PROJECT}")).ok();
    (tidegate, dir)
}

async fn sign(tidegate: &Tidegate) -> (u16, Value) {
    let asked = json!({"keys": ["a"], "method": "GET", "ttl_seconds": 60});
    let answer = Api::admin(tidegate).post("P/datasources/in/urls", &asked).await;
    (answer.status, body(&answer))
}

#[tokio::test]
async fn a_full_disk_stops_handing_out_and_is_recovered_from() {
    let (mut tidegate, _program) = limited();
    let api = Api::admin(&tidegate);
    let lake = json!({"name": "lake", "method": "s3-compatible", "proof": "off", "reason": "only signing is needed",
        "settings": {"endpoint": "https://s3.example.com", "access_key_id": "AKIA1"},
        "secrets": {"secret_access_key": "s"}});
    api.post("P/integrations", &lake).await.ok();
    let place = json!({"name": "in", "integration": "lake", "bucket": "data", "purpose": "input",
        "proof": {"mode": "off", "reason": "only signing is needed"}});
    api.post("P/datasources", &place).await.ok();
    assert_eq!(sign(&tidegate).await.0, 200);
    tidegate.stop();

    let largest = tidegate.data_files().iter().map(|(_, bytes)| bytes.len()).max().unwrap();
    fs::write(tidegate.dir().join("limit"), (largest / 512 + 1).to_string()).unwrap();
    tidegate.start();
    let mut handed_out = 1;
    let refused = loop {
        match sign(&tidegate).await {
            (200, _) => handed_out += 1,
            (status, problem) => break (status, problem),
        }
        assert!(handed_out < 5_000, "the limit is never reached");
    };
    let (status, problem) = &refused;
    assert_eq!((*status, &problem["code"], &problem["retryable"]), (503, &json!("audit_unavailable"), &json!(true)));
    assert!(problem.get("urls").is_none(), "{problem}");

    tidegate.stop();
    fs::remove_file(tidegate.dir().join("limit")).unwrap();
    tidegate.start();
    let grants = admin(&tidegate, "grant list").ok().json();
    assert_eq!(grants["items"].as_array().unwrap().len(), handed_out, "no more and no fewer than were handed out");
    assert_eq!(sign(&tidegate).await.0, 200);
    let archive = crate::cli::Archive::take(&tidegate);
    archive.verify(&tidegate).ok();
}
