//! Azurite: Azure Blob Storage by its vendor. It verifies account keys and shared access signatures;
//! of a bearer token it reads the claims but not the signature, and knows no roles.

use std::process::Command;
use std::time::Duration;

use super::record::{Record, make};
use super::{Places, certificate, port};
use crate::shell::Outcome;

/// Two accounts, so that tests have one that is not theirs. The keys guard test data only.
const ACCOUNTS: &str = "\
    tidegateone:dGlkZWdhdGUtdGVzdC1hY2NvdW50LW9uZS1rZXktMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMQ==;\
    tidegatetwo:dGlkZWdhdGUtdGVzdC1hY2NvdW50LXR3by1rZXktMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMg==";

pub(crate) fn start(record: &mut Record, places: &Places) -> Outcome {
    let port = port::free(11_000)?;
    let tls = certificate::make(&record.dir.join("tls"), &places.program("python3"))?;
    record.publish(
        port,
        &[
            ("TIDEGATE_TEST_AZURITE", format!("https://127.0.0.1:{port}")),
            ("TIDEGATE_TEST_AZURITE_CA", tls.authority.display().to_string()),
            ("TIDEGATE_TEST_AZURITE_CERTIFICATE", tls.chain.display().to_string()),
            ("TIDEGATE_TEST_AZURITE_KEY", tls.key.display().to_string()),
        ],
    );
    let data = record.dir.join("data");
    make(&data)?;
    let program = places.servers.join("node_modules/azurite/dist/src/blob/main.js");
    let mut azurite = Command::new("node");
    azurite
        .arg(&program)
        .env("AZURITE_ACCOUNTS", ACCOUNTS)
        .args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string(), "--silent", "--disableTelemetry"])
        .arg("--location")
        .arg(&data)
        // Bearer tokens, which it takes over TLS only.
        .args(["--oauth", "basic", "--cert"])
        .arg(&tls.chain)
        .arg("--key")
        .arg(&tls.key);
    record.spawn("azurite", &program, &mut azurite)?;
    record.wait("Azurite", Duration::from_secs(60), || port::open(port))
}
