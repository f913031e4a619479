mod examples;
mod made;
mod mending;
mod properties;
mod table;
mod texts;

use super::*;

/// What was found, with its severity, each once and in the order of the rules.
fn found(text: &str, kind: Option<Kind>) -> Vec<(Severity, String)> {
    let mut all: Vec<(Rule, Severity)> = lint(text, kind).findings.iter().map(|f| (f.id, f.severity)).collect();
    all.sort();
    all.dedup();
    all.into_iter().map(|(rule, severity)| (severity, rule.as_str())).collect()
}

fn finds(text: &str, kind: Option<Kind>, rule: Rule) -> bool {
    lint(text, kind).findings.iter().any(|finding| finding.id == rule)
}
