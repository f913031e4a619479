//! A proof in words: a line a check, with what mends it below.

use domain::proof::{Check, CheckStatus, Proof, ProofStatus};

use super::failure::{clean, remedy_text};

/// Turns checks into lines as they come; those that were skipped for one reason share a line.
pub(super) struct Lines {
    colour: bool,
    skipped: Vec<Check>,
    /// The policy that was printed last: several checks often propose the same one.
    policy: Option<serde_json::Value>,
}

impl Lines {
    pub(super) fn new(colour: bool) -> Self {
        Self { colour, skipped: Vec::new(), policy: None }
    }

    /// The text that is due now that this check has ended.
    pub(super) fn add(&mut self, mut check: Check) -> String {
        if let Some(remedy) = &mut check.remedy
            && remedy.policy.is_some()
        {
            if remedy.policy == self.policy {
                remedy.policy = None;
                remedy.summary.push_str(" (with the policy above)");
            } else {
                self.policy.clone_from(&remedy.policy);
            }
        }
        let joins = self.skipped.last().is_none_or(|last| last.detail == check.detail);
        let alone = check.status != CheckStatus::Skipped || check.provider.is_some();
        let before = if joins && !alone { String::new() } else { self.end() };
        if alone {
            return before + &check_text(&check, self.colour);
        }
        self.skipped.push(check);
        before
    }

    /// The text that is left when all checks have ended.
    pub(super) fn end(&mut self) -> String {
        let skipped = std::mem::take(&mut self.skipped);
        match skipped.as_slice() {
            [] => String::new(),
            [only] => check_text(only, self.colour),
            [first, .., last] => {
                let names = format!("{} to {} ({})", first.name.as_str(), last.name.as_str(), skipped.len());
                format!("{} {names:28} skipped  {}\n", symbol(CheckStatus::Skipped, self.colour), clean(&first.detail))
            }
        }
    }
}

/// The whole report.
pub(super) fn report(proof: &Proof, colour: bool) -> String {
    let mut lines = Lines::new(colour);
    let checks: String = proof.checks.iter().cloned().map(|check| lines.add(check)).collect();
    format!("{checks}{}{}\n", lines.end(), verdict(proof))
}

/// How it ended.
pub(super) fn verdict(proof: &Proof) -> String {
    let status = match proof.status {
        ProofStatus::Passed => "passed",
        ProofStatus::Failed => "failed",
        ProofStatus::Inconclusive => "inconclusive: something could not be found out, which is not a pass",
    };
    format!("proof ({}, {} ms): {status}", proof.mode.as_str(), proof.duration_ms)
}

fn check_text(check: &Check, colour: bool) -> String {
    let took = match check.status {
        CheckStatus::Skipped => "skipped".to_owned(),
        _ => format!("{:>4} ms", check.duration_ms),
    };
    let symbol = symbol(check.status, colour);
    let mut text = format!("{symbol} {:28} {took}  {}\n", check.name.as_str(), clean(&check.detail));
    if let Some(provider) = &check.provider {
        let status = provider.http_status.map(|status| format!("HTTP {status}"));
        let request = provider.request_id.as_ref().map(|id| format!("request id {id}"));
        let said = [provider.code.clone(), status, request].into_iter().flatten().collect::<Vec<_>>().join(", ");
        text.push_str(&format!("    provider: {}\n", clean(&said)));
    }
    if let Some(remedy) = &check.remedy {
        text.push_str(&format!("    mend: {}\n", clean(&remedy_text(remedy)).replace('\n', "\n      ")));
    }
    text
}

fn symbol(status: CheckStatus, colour: bool) -> String {
    let (symbol, code) = match status {
        CheckStatus::Passed => ("✓", "32"),
        CheckStatus::Failed => ("✗", "31"),
        CheckStatus::Warning => ("!", "33"),
        CheckStatus::Skipped => ("-", "2"),
        CheckStatus::Inconclusive => ("?", "35"),
    };
    if colour { format!("\u{1b}[{code}m{symbol}\u{1b}[0m") } else { symbol.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECK: &str = r#"{"name":"list","status":"failed","duration_ms":41,"detail":"Listing was refused.",
        "provider":{"code":"AccessDenied","http_status":403,"request_id":"R"},
        "remedy":{"summary":"Allow it.","policy":{"a":1},"command":"aws x"}}"#;

    #[test]
    fn a_check_is_a_line_with_its_remedy_below() {
        let check: Check = serde_json::from_str(CHECK).unwrap();
        assert_eq!(
            check_text(&check, false),
            "✗ list                           41 ms  Listing was refused.\n    \
             provider: AccessDenied, HTTP 403, request id R\n    \
             mend: Allow it.\n      $ aws x\n      {\n        \"a\": 1\n      }\n"
        );
        assert!(check_text(&check, true).starts_with("\u{1b}[31m✗"));
    }

    #[test]
    fn checks_that_were_skipped_for_one_reason_share_a_line() {
        let check = |name: &str, detail: &str| -> Check {
            let json = format!(r#"{{"name":"{name}","status":"skipped","duration_ms":0,"detail":"{detail}"}}"#);
            serde_json::from_str(&json).unwrap()
        };
        let mut lines = Lines::new(false);
        let text: String = [check("list", "a"), check("read", "a"), check("cors", "b")].map(|c| lines.add(c)).concat();
        assert_eq!(text, "- list to read (2)             skipped  a\n");
        assert_eq!(lines.end(), "- cors                         skipped  b\n");
    }
}
