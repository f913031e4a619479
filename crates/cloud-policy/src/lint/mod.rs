//! What is wrong with a policy that somebody pasted, and the policy with what can be mended.
//!
//! A finding says what, why and what mends it. What always holds: any text is answered, in bounded time;
//! the mended policy never allows what the original refused, unless a plain mistake in the original is why it
//! refused it, which the finding then says ([`Rule::repairs`]); and a policy that was not understood as a whole
//! is not mended.

mod aws;
mod azure;
mod gcp;
mod kind;
mod mended;
mod report;
mod rule;
mod source;
#[cfg(test)]
mod tests;
mod words;

pub use kind::Kind;
pub use mended::Mended;
pub use report::{Finding, Report, Severity};
pub use rule::Rule;

use source::Source;

use crate::read::Node;

/// Examines a policy, whose kind is found out if it is not said.
pub fn lint(text: &str, kind: Option<Kind>) -> Report {
    let mut report = Report::default();
    let Some(source) = Source::read(text, kind, &mut report) else { return report };
    match source {
        Source::Json(json) => {
            for fault in &json.duplicates {
                report.fault(fault);
            }
            words::examine(&json.node, "", &mut report);
            let Some(kind) = kind.or_else(|| Kind::of(&json.node)) else {
                report.error(Rule::UnknownKind, "", no_kind(&json.node));
                return report;
            };
            match kind {
                Kind::Gcp => gcp::document(json, &mut report),
                Kind::Azure => azure::document(json, &mut report),
                kind => aws::document(json, kind, &mut report),
            }
        }
        Source::Condition(text, Kind::Azure) => azure::condition(text, &mut report),
        Source::Condition(text, _) => gcp::condition(text, &mut report),
    }
    report.sort();
    report
}

fn no_kind(node: &Node) -> String {
    format!(
        "this is {} and none of the policies that are known here: one of AWS has a Statement, one of Google Cloud \
         bindings, accessBoundaryRules or an expression, one of Azure a role definition; say which it is with --kind",
        node.what()
    )
}
