//! A provider of its own leaves its neighbours alone: the local directory is the one that shows it.
//!
//! Whoever adds a provider should not have to touch what other providers are made of, nor their tests. The local
//! directory was added so; a line elsewhere that names it would be the first that a provider costs its neighbours.

use std::path::Path;

/// Its names, as code, settings and documents write it.
const NAMES: [&str; 5] = ["local_directory", "local-directory", "LocalDirectory", "LocalDeps", "localdirectory"];

/// Folders and files that are about it, or that try the methods as such; what is written for people is one text.
const OWN: &[&str] = &[
    // Itself, and the operator's section.
    "crates/providers/src/local_directory/",
    "src/config/local_directory.rs",
    // Tests over all methods at once.
    "crates/providers/src/tests/",
    "crates/providers/tests/it/contract/",
    "crates/providers/tests/it/names.rs",
    // Tests of the program, which connect to it as a user does.
    "tests/it/",
];

/// Files of others that have to name it, with the number of lines in which they may, and why.
const SHARED: &[(&str, usize, &str)] = &[
    ("crates/providers/src/lib.rs", 2, "its module, and what the operator configures for it"),
    ("crates/providers/src/registry.rs", 4, "its line, and what the operator configures for it"),
    ("src/config/mod.rs", 7, "the section [local_directory]"),
    ("src/config/tests.rs", 4, "the section [local_directory]"),
    ("src/wire.rs", 2, "from the section to the provider"),
];

/// Every file of code and of what builds it, by its path in the repository; goldens of all methods are no code.
fn code() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut left: Vec<_> = ["crates", "src", "tests", "benches", "xtask", ".ci", "Cargo.toml", "deny.toml"]
        .map(|top| root.join(top))
        .into();
    let mut found = Vec::new();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if !path.extension().is_some_and(|kind| kind == "snap" || kind == "pending-snap")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            found.push((path.strip_prefix(root).unwrap().display().to_string(), text));
        }
    }
    found
}

/// The operator's section; tests of all methods at once configure it as any operator does.
const SECTION: &str = "[local_directory]";

/// The lines that name it otherwise than by its section.
fn naming(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| NAMES.iter().any(|name| line.replace(SECTION, "").contains(name)))
}

#[test]
fn nothing_but_its_own_files_and_the_registry_names_the_local_directory() {
    let code = code();
    assert!(code.len() > 500, "only {} files were looked at", code.len());
    let own = |path: &str| OWN.iter().any(|own| path == *own || (own.ends_with('/') && path.starts_with(own)));
    let mut wrong = Vec::new();
    for (path, text) in code.iter().filter(|(path, _)| !own(path)) {
        let lines: Vec<_> = naming(text).map(|(at, line)| format!("{path}:{at}: {}", line.trim())).collect();
        let allowed = SHARED.iter().find(|(shared, ..)| shared == path).map_or(0, |(_, lines, _)| *lines);
        if lines.len() > allowed {
            wrong.push(format!("{allowed} lines allowed, {} found:\n{}", lines.len(), lines.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "a provider is one folder and one line; these are of others:\n{}", wrong.join("\n\n"));
}

/// A list that outlives what it allows would let it come back.
#[test]
fn every_exception_is_still_needed() {
    let code = code();
    for (shared, _, why) in OWN.iter().map(|own| (own, 0, "its own")).chain(SHARED.iter().map(|(s, n, w)| (s, *n, *w)))
    {
        let used = code.iter().any(|(path, text)| path.starts_with(shared) && naming(text).next().is_some());
        assert!(used, "{shared} ({why}) names it no more");
    }
}
