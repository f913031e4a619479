//! What must hold before a change is taken: format, lints, and the shape of the dependency tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::shell::{Outcome, cargo, output, run, timed};

/// TLS comes from rustls on aws-lc-rs alone: one implementation to follow and to patch.
const BANNED: [&str; 3] = ["openssl-sys", "native-tls", "ring"];

/// A second major version of these would mean two HTTP or TLS stacks in one process.
const SINGLE: [&str; 3] = ["hyper", "rustls", "axum"];

pub(crate) fn check(root: &Path) -> Outcome {
    timed("cargo fmt", || run(cargo(root).args(["fmt", "--all", "--check"])))?;
    timed("cargo clippy", || {
        run(cargo(root).args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
    })?;
    timed("dependency tree", || tree(root))?;
    timed("cargo deny", || crate::deny::tree(root))
}

fn tree(root: &Path) -> Outcome {
    let listed = output(cargo(root).args([
        "tree",
        "--locked",
        "-p",
        "tidegate",
        "-e",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]))?;
    let faults = faults(&listed);
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// Everything wrong with a tree that was listed as `name vVERSION ...`, one package a line.
fn faults(listed: &str) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in listed.lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            versions.entry(name).or_default().insert(version);
        }
    }
    let banned = BANNED.iter().filter(|name| versions.contains_key(*name)).map(|name| {
        format!(
            "{name} must not be in the tree; `cargo tree -p tidegate -e normal,build -i {name}` shows who brings it"
        )
    });
    let doubled = SINGLE.iter().filter_map(|name| {
        let found = versions.get(name).filter(|found| found.len() > 1)?;
        let found: Vec<_> = found.iter().copied().collect();
        Some(format!("{name} is in the tree more than once: {}", found.join(", ")))
    });
    banned.chain(doubled).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_with_one_of_each_has_no_faults() {
        assert!(faults("tidegate v0.1.0 (/x)\nhyper v1.12.0\nhyper v1.12.0 (*)\nrustls v0.23.46\n\n").is_empty());
    }

    #[test]
    fn banned_and_doubled_crates_are_named() {
        let found = faults("ring v0.17.14\nhyper v0.14.1\nhyper v1.12.0\nring-like v1.0.0");
        assert_eq!(found.len(), 2);
        assert!(found[0].starts_with("ring must not"));
        assert_eq!(found[1], "hyper is in the tree more than once: v0.14.1, v1.12.0");
    }
}
