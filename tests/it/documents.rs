//! Documents that must not fall behind the code.

use std::path::Path;

use crate::support::PROGRAM;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Texts between backticks that name a file or folder of the repository.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|quoted| {
        let tops = ["src/", "crates/", "xtask/", "tests/", "docs/", ".ci/", ".cargo/"];
        tops.iter().any(|top| quoted.starts_with(top)) && !quoted.contains(['*', '<', '{', ' '])
    })
}

#[test]
fn every_path_that_the_documents_name_exists() {
    let mut seen = 0;
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"] {
        for path in paths(&read(document)) {
            assert!(root().join(path).exists(), "{document} names {path}, which is not there");
            seen += 1;
        }
    }
    assert!(seen > 20, "the documents name {seen} paths only: is the test looking at them?");
}

#[test]
fn every_page_of_the_manual_is_in_its_table_of_contents_and_links_to_files_that_exist() {
    let summary = read("docs/SUMMARY.md");
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "md") || path.ends_with("SUMMARY.md") {
                continue;
            }
            let name = path.strip_prefix(root().join("docs")).unwrap().display().to_string();
            assert!(summary.contains(&name), "docs/{name} is not in docs/SUMMARY.md");
            let text = std::fs::read_to_string(&path).unwrap();
            for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let file = link.split('#').next().unwrap_or_default();
                if file.is_empty() || file.contains("://") {
                    continue;
                }
                assert!(folder.join(file).exists(), "docs/{name} links to {file}, which is not there");
            }
        }
    }
}

#[test]
fn the_openapi_document_that_is_checked_in_is_the_one_that_is_served() {
    let printed = std::process::Command::new(PROGRAM).arg("openapi").output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let same = printed.trim_end() == read("docs/openapi.json").trim_end();
    assert!(same, "the API has changed: look at the difference, then run `cargo run -- openapi > docs/openapi.json`");
}

#[test]
fn every_rule_of_lint_is_in_the_manual() {
    let page = read("docs/policy-tools.md");
    for (rule, about) in cloud_policy::lint::Rule::ABOUT {
        assert!(page.contains(&format!("| `{}` |", rule.as_str())), "{}: {about}", rule.as_str());
    }
}
