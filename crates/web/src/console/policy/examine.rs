//! `/policy`: what is wrong with a pasted policy, and the policy with what can be mended.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use broker::{LONGEST_POLICY, PolicyKind, PolicyReport, Severity};
use domain::Error;

use super::TOOLS;
use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::viewer::Viewer;
use crate::face::Failure;

/// The kinds with their words in the form.
const KINDS: [(PolicyKind, &str); 5] = [
    (PolicyKind::AwsIdentity, "AWS: of a user or role"),
    (PolicyKind::AwsBucket, "AWS: of a bucket or key"),
    (PolicyKind::AwsTrust, "AWS: trust of a role"),
    (PolicyKind::Gcp, "Google Cloud"),
    (PolicyKind::Azure, "Azure"),
];

#[derive(Template)]
#[template(path = "policy/examine.html")]
struct ExaminePage {
    frame: Frame,
    form: Filled,
    report: Option<PolicyReport>,
}

impl ExaminePage {
    fn new(viewer: &Viewer, form: Filled, report: Option<PolicyReport>) -> Self {
        Self { frame: viewer.frame(Section::Policy, "Policy tools"), form, report }
    }

    fn tools(&self) -> [(&'static str, &'static str); 3] {
        TOOLS
    }

    fn kinds(&self) -> [(PolicyKind, &'static str); 5] {
        KINDS
    }

    fn tone(&self, severity: &Severity) -> &'static str {
        match severity {
            Severity::Error => "bad",
            Severity::Warning => "warn",
            Severity::Note => "info",
        }
    }

    /// What it comes to, in one sentence.
    fn summary(&self, report: &PolicyReport) -> String {
        let count = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
        let words = |count: usize, one: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            many => Some(format!("{many} {one}s")),
        };
        let parts = [
            words(count(Severity::Error), "error"),
            words(count(Severity::Warning), "warning"),
            words(count(Severity::Note), "note"),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    fn mended(&self, report: &PolicyReport) -> Option<String> {
        report.mended.as_ref().map(ToString::to_string)
    }
}

/// Shows the form.
pub(super) async fn show(viewer: Viewer) -> Result<Response, Failure> {
    answer::page(&ExaminePage::new(&viewer, Filled::default(), None))
}

/// Shows it with what was found.
pub(super) async fn submit(State(app): State<App>, viewer: Viewer, form: Form) -> Result<Response, Failure> {
    let asked = match read(&form) {
        Ok((text, kind)) => app.broker().examine_policy(&viewer.caller, text, kind).await,
        Err(error) => Err(error),
    };
    let filled = Filled::from_form(&form);
    match asked {
        Ok(report) => answer::page(&ExaminePage::new(&viewer, filled, Some(report))),
        Err(error) => answer::refused(&ExaminePage::new(&viewer, filled.failed(error)?, None)),
    }
}

fn read(form: &Form) -> Result<(String, Option<PolicyKind>), Error> {
    let text = form.raw("text");
    if text.trim().is_empty() {
        return Err(Error::invalid("/text", "paste a policy, or a condition of Google Cloud or Azure"));
    }
    if text.len() > LONGEST_POLICY {
        return Err(Error::invalid("/text", format!("this is longer than {LONGEST_POLICY} bytes, and no policy is")));
    }
    let kind = form.filled("kind").map(|word| {
        let known = KINDS.into_iter().map(|(kind, _)| kind).find(|kind| kind.as_str() == word);
        known.ok_or_else(|| Error::invalid("/kind", "choose one of the kinds of the list"))
    });
    Ok((text.to_owned(), kind.transpose()?))
}
