//! `cargo deny`: licences, sources and banned crates in every check; known vulnerabilities where the
//! database of advisories can be reached.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Outcome, cargo, run, timed};

/// Pinned: a newer one may judge the same tree differently.
const VERSION: &str = "0.20.2";

/// Licences, sources and banned crates, by what the lock file already holds: no network is needed.
pub(crate) fn tree(root: &Path) -> Outcome {
    let tool = installed(root)?;
    run(Command::new(tool).current_dir(root).args(["--locked", "check", "licenses", "bans", "sources"]))
}

/// Known vulnerabilities; fetches the database of advisories.
pub(crate) fn advisories(root: &Path) -> Outcome {
    let tool = installed(root)?;
    run(Command::new(tool).current_dir(root).args(["--locked", "check", "advisories"]))
}

/// The tool, built once under `target/tools`.
fn installed(root: &Path) -> Result<PathBuf, String> {
    let home = root.join("target/tools").join(format!("cargo-deny-{VERSION}"));
    let tool = home.join("bin/cargo-deny");
    if !tool.exists() {
        timed("building cargo-deny", || {
            let mut install = cargo(root);
            // Unoptimised: it is built far longer than it runs.
            install
                .args(["install", "--debug", "--locked", "--quiet", "cargo-deny", "--version", VERSION, "--root"])
                .arg(&home);
            run(install.env("CARGO_TARGET_DIR", home.join("build")))
        })?;
        // What it was built from is of no use any more, and large.
        let _ = std::fs::remove_dir_all(home.join("build"));
    }
    Ok(tool)
}
