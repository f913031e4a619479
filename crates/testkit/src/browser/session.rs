//! One Chromium with a profile of its own, for as long as this is held.
//!
//! A profile's name begins with the process id of the test that made it. Browsers of tests that
//! were killed are found by that and ended before the first one of a process is opened.

use std::cell::Cell;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use serde_json::{Value, json};

use super::slot::Slot;
use super::view::View;
use super::wire::{Refused, command};
use crate::{component, process, random};

/// Nothing that asks another host, and nothing that needs a screen or a sandbox of the system's.
const ARGUMENTS: [&str; 14] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-default-apps",
    "--no-first-run",
    "--hide-scrollbars",
    "--lang=en-GB",
    "--window-size=1440,900",
];

static SWEPT: Once = Once::new();

/// A running browser.
pub(super) struct Session {
    driver: SocketAddr,
    path: String,
    profile: PathBuf,
    /// What it shows pages as; given again to every new tab.
    pub(super) view: Cell<View>,
    _slot: Slot,
}

impl Session {
    /// Waits for its turn and starts it.
    pub(super) fn start(insecure_certificates: bool) -> Self {
        let slot = Slot::take();
        let driver = component::chromedriver();
        let driver = driver.trim_start_matches("http://").parse().expect("ChromeDriver's address is one of loopback");
        let profiles = component::browser_profiles();
        SWEPT.call_once(|| sweep(driver, &profiles));
        let profile = profiles.join(format!("{}-{}", std::process::id(), random::hex(8)));
        fs::create_dir(&profile)
            .unwrap_or_else(|why| panic!("a profile cannot be made in {}: {why}", profiles.display()));
        let asked = capabilities(&profile, insecure_certificates);
        let made = command(driver, "POST", "/session", Some(&asked));
        let made = made.unwrap_or_else(|why| panic!("Chromium did not start: {why}"));
        let id = made.get("sessionId").and_then(Value::as_str).expect("a session has an id");
        Self { driver, path: format!("/session/{id}"), profile, view: Cell::default(), _slot: slot }
    }

    /// A command of WebDriver; the path is what follows the session's.
    pub(super) fn command(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Refused> {
        command(self.driver, method, &format!("{}{path}", self.path), body)
    }

    /// A command of Chromium's own protocol.
    pub(super) fn cdp(&self, name: &str, parameters: &Value) -> Result<Value, Refused> {
        self.command("POST", "/goog/cdp/execute", Some(&json!({"cmd": name, "params": parameters})))
    }

    /// Runs a script's body in the page and gives what it returns.
    pub(super) fn run(&self, script: &str, arguments: &[Value]) -> Result<Value, Refused> {
        self.command("POST", "/execute/sync", Some(&json!({"script": script, "args": arguments})))
    }

    /// The same, for a script that calls its last argument when it is done.
    pub(super) fn run_async(&self, script: &str, arguments: &[Value]) -> Result<Value, Refused> {
        self.command("POST", "/execute/async", Some(&json!({"script": script, "args": arguments})))
    }

    /// Where downloads go.
    pub(super) fn downloads(&self) -> PathBuf {
        downloads(&self.profile)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A browser that crashed has ended already.
        let _ = command(self.driver, "DELETE", &self.path, None);
        remove(&self.profile);
    }
}

fn capabilities(profile: &Path, insecure_certificates: bool) -> Value {
    let mut arguments = ARGUMENTS.map(str::to_owned).to_vec();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    json!({"capabilities": {"alwaysMatch": {
        "browserName": "chrome",
        "acceptInsecureCerts": insecure_certificates,
        "timeouts": {"pageLoad": 60_000, "script": 60_000},
        "goog:loggingPrefs": {"browser": "ALL"},
        "goog:chromeOptions": {
            "args": arguments,
            "prefs": {
                "download.default_directory": downloads(profile),
                "download.prompt_for_download": false,
                "credentials_enable_service": false,
                "profile.password_manager_leak_detection": false,
            },
        },
    }}})
}

fn downloads(profile: &Path) -> PathBuf {
    profile.join("downloads")
}

/// Ends the browsers of processes that are no more.
fn sweep(driver: SocketAddr, profiles: &Path) {
    let sessions = command(driver, "GET", "/sessions", None).unwrap_or_default();
    for entry in fs::read_dir(profiles).into_iter().flatten().filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.split_once('-').and_then(|(owner, _)| owner.parse::<u32>().ok());
        let Some(owner) = owner else { continue };
        if Path::new(&format!("/proc/{owner}")).exists() {
            continue;
        }
        let profile = entry.path();
        let of_profile = |session: &&Value| {
            let dir = session.pointer("/capabilities/chrome/userDataDir").and_then(Value::as_str);
            dir.is_some_and(|dir| Path::new(dir) == profile)
        };
        let session = sessions.as_array().into_iter().flatten().find(of_profile);
        if let Some(id) = session.and_then(|session| session.get("id")).and_then(Value::as_str) {
            // Another process may be sweeping too.
            let _ = command(driver, "DELETE", &format!("/session/{id}"), None);
        }
        remove(&profile);
    }
}

/// Chromium may still be writing when it has been told to end.
fn remove(profile: &Path) {
    process::wait_for(Duration::from_secs(5), || {
        let removed = fs::remove_dir_all(profile);
        (removed.is_ok() || !profile.exists()).then_some(())
    });
}
