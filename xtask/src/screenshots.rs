//! Pictures of the console: its tests run with a folder to put them into, and one page shows all.
//!
//! A test names each page and state it reaches, and the kit takes four pictures of it:
//! `PAGE-STATE-WIDTH-THEME.png`, narrow and wide, light and dark.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::components::{self, Component, Places};
use crate::shell::{Outcome, cargo, run, timed};

/// What follows the name of a page and state.
const VARIANTS: [&str; 4] = ["-390-light.png", "-390-dark.png", "-1440-light.png", "-1440-dark.png"];

/// The binary with the tests of the whole program.
const TESTS: [&str; 6] = ["test", "--locked", "-p", "tidegate", "--test", "it"];

/// Without a filter the folder is emptied first, so that no picture of a page that is gone stays.
pub(crate) fn screenshots(root: &Path, filter: &[String]) -> Outcome {
    let places = Places::of(root)?;
    let _only_one = components::lock(&places)?;
    let ran_before = components::running(&places);
    let dir = root.join("target").join("screenshots");
    if filter.is_empty() && dir.exists() {
        fs::remove_dir_all(&dir).map_err(|why| format!("cannot empty {}: {why}", dir.display()))?;
    }
    fs::create_dir_all(&dir).map_err(|why| format!("cannot make {}: {why}", dir.display()))?;
    timed("building the tests", || run(cargo(root).args(TESTS).arg("--no-run")))?;
    components::up(&places, &Component::ALL)?;
    let mut tests = cargo(root);
    tests.args(TESTS).args(["--no-fail-fast", "--"]).args(names(filter));
    tests.envs(components::environment(&places)).env("TIDEGATE_SCREENSHOTS", &dir);
    let walked = timed("walking the console", || run(&mut tests));
    let ours: Vec<_> = Component::ALL.into_iter().filter(|component| !ran_before.contains(component)).collect();
    components::down(&places, &ours)?;
    let pages = contact_sheet(&dir)?;
    println!("{pages} pages and states: {}", dir.join("index.html").display());
    walked
}

/// The tests to run; all of the console if none is named.
fn names(filter: &[String]) -> Vec<String> {
    if filter.is_empty() {
        return vec!["console::".into()];
    }
    filter.iter().map(|part| format!("console::{}", part.trim_start_matches("console::"))).collect()
}

/// Writes the page that shows all pictures, and counts what it shows.
fn contact_sheet(dir: &Path) -> Outcome<usize> {
    let explain = |why: std::io::Error| format!("cannot read {}: {why}", dir.display());
    let mut states = BTreeSet::new();
    for entry in fs::read_dir(dir).map_err(explain)? {
        let file = entry.map_err(explain)?.file_name().to_string_lossy().into_owned();
        states.extend(VARIANTS.iter().find_map(|variant| file.strip_suffix(variant)).map(str::to_owned));
    }
    let file = dir.join("index.html");
    fs::write(&file, sheet(&states)).map_err(|why| format!("cannot write {}: {why}", file.display()))?;
    Ok(states.len())
}

/// Names come from tests, and are plain words.
fn sheet(states: &BTreeSet<String>) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Screenshots</title>\n<style>\
         body{font:16px sans-serif;margin:1rem;background:#888}section{display:flex;gap:1rem;align-items:start;\
         overflow-x:auto;margin-bottom:2rem}img{max-height:700px}h2{position:sticky;left:0}</style>\n",
    );
    for state in states {
        page.push_str(&format!("<h2>{state}</h2><section>\n"));
        for variant in VARIANTS {
            let file = format!("{state}{variant}");
            page.push_str(&format!("<a href=\"{file}\"><img src=\"{file}\" alt=\"{file}\" loading=\"lazy\"></a>\n"));
        }
        page.push_str("</section>\n");
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_names_tests_of_the_console_only() {
        assert_eq!(names(&[]), ["console::"]);
        assert_eq!(names(&["grants".into(), "console::audit".into()]), ["console::grants", "console::audit"]);
    }

    #[test]
    fn the_sheet_shows_each_state_in_every_variant() {
        let page = sheet(&BTreeSet::from(["grants-empty".to_owned(), "grants-long".to_owned()]));
        assert_eq!(page.matches("<h2>").count(), 2);
        for variant in VARIANTS {
            assert!(page.contains(&format!("src=\"grants-long{variant}\"")), "{page}");
        }
    }
}
