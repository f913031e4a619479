//! ChromeDriver: starts a Chromium for each test that asks, and drives it.
//!
//! Browsers are processes of their own, and killing ChromeDriver alone would leave them running:
//! it is asked to end first. Their profiles lie in one private folder, wiped with the rest.

use std::process::Command;
use std::time::Duration;

use super::record::Record;
use super::{Places, port};
use crate::shell::{Outcome, poll};

pub(crate) fn start(record: &mut Record, places: &Places) -> Outcome {
    let port = port::free(19_515)?;
    // Chromium keeps a socket in the profile, whose path must be short.
    let profiles = record.scratch()?;
    record.publish(
        port,
        &[
            ("TIDEGATE_TEST_CHROMEDRIVER", format!("http://127.0.0.1:{port}")),
            ("TIDEGATE_TEST_BROWSER_PROFILES", profiles.display().to_string()),
            ("TIDEGATE_TEST_AXE", places.axe().display().to_string()),
        ],
    );
    let mark = format!("--port={port}");
    let mut driver = Command::new("chromedriver");
    driver.arg(&mark).args(["--allowed-ips=127.0.0.1", "--log-level=WARNING"]).env("TMPDIR", &profiles);
    record.spawn("chromedriver", mark.as_ref(), &mut driver)?;
    record.wait("ChromeDriver", Duration::from_secs(60), || port::status(port, "/status") == Some(200))
}

/// Ends every browser and ChromeDriver itself; what withstands this is killed afterwards.
pub(crate) fn shut_down(port: u16) {
    if port::status(port, "/shutdown").is_some() {
        // Only a courtesy: the caller kills what is left.
        let _ = poll(Duration::from_secs(10), || Ok(!port::open(port)));
    }
}
