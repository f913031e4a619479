//! A check as it is shown, in a report and while a proof goes on.

use domain::proof::{Check, CheckStatus, Proof, ProofStatus};

use crate::console::document::document;
use crate::console::failure::sentence;

/// A check as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct CheckView {
    pub(crate) name: &'static str,
    pub(crate) title: String,
    pub(crate) tone: &'static str,
    pub(crate) word: &'static str,
    pub(crate) detail: String,
    /// How long it took, where that is anything to speak of.
    pub(crate) duration: Option<String>,
    /// The provider's own words, in one line.
    pub(crate) answer: Option<String>,
    pub(crate) request_id: Option<String>,
    /// What mends it.
    pub(crate) remedy: Option<String>,
    /// The policy to apply, where no check before it shows the same.
    pub(crate) policy: Option<String>,
    /// The check that shows the same policy.
    pub(crate) policy_of: Option<String>,
    pub(crate) command: Option<String>,
}

impl CheckView {
    /// Whether somebody should look at it.
    pub(crate) fn is_open(&self) -> bool {
        !matches!(self.word, "passed" | "skipped")
    }

    fn is_like(&self, other: &Self) -> bool {
        let silent = self.remedy.is_none() && other.remedy.is_none();
        silent && self.word == other.word && self.detail == other.detail
    }
}

/// Checks in their order; a policy that mends several is shown once.
pub(crate) fn checks(checks: &[Check]) -> Vec<CheckView> {
    let mut shown: Vec<(String, String)> = Vec::new();
    let mut views: Vec<CheckView> = Vec::new();
    for check in checks {
        let view = view(check, &mut shown);
        // Many that do not apply for one reason are one line.
        match views.last_mut() {
            Some(last) if check.status == CheckStatus::Skipped && last.is_like(&view) => {
                last.title = format!("{}, {}", last.title, plain(check.name.as_str()));
            }
            _ => views.push(view),
        }
    }
    views
}

fn view(check: &Check, shown: &mut Vec<(String, String)>) -> CheckView {
    let (tone, word) = status(check.status);
    let title = title(check.name.as_str());
    let remedy = check.remedy.as_ref();
    let policy = remedy.and_then(|remedy| remedy.policy.as_ref().map(document));
    let policy_of = policy.as_ref().and_then(|policy| shown.iter().find(|(known, _)| known == policy));
    let policy_of = policy_of.map(|(_, first)| first.clone());
    if let (Some(policy), None) = (&policy, &policy_of) {
        shown.push((policy.clone(), title.clone()));
    }
    let answer = check.provider.as_ref().and_then(|answer| match (&answer.code, answer.http_status) {
        (Some(code), Some(http)) => Some(format!("{code} (HTTP {http})")),
        (Some(code), None) => Some(code.clone()),
        (None, Some(http)) => Some(format!("HTTP {http}")),
        (None, None) => None,
    });
    CheckView {
        name: check.name.as_str(),
        title,
        tone,
        word,
        detail: sentence(&check.detail),
        duration: Some(check.duration_ms).filter(|millis| *millis > 0).map(|millis| took(&millis)),
        answer,
        request_id: check.provider.as_ref().and_then(|answer| answer.request_id.clone()),
        remedy: remedy.map(|remedy| sentence(&remedy.summary)),
        policy: policy.filter(|_| policy_of.is_none()),
        policy_of,
        command: remedy.and_then(|remedy| remedy.command.clone()),
    }
}

/// Tone and word of a check's end.
pub(super) fn status(status: CheckStatus) -> (&'static str, &'static str) {
    match status {
        CheckStatus::Passed => ("good", "passed"),
        CheckStatus::Failed => ("bad", "failed"),
        CheckStatus::Warning => ("warn", "warning"),
        CheckStatus::Skipped => ("neutral", "skipped"),
        CheckStatus::Inconclusive => ("warn", "inconclusive"),
    }
}

/// `refuses-wrong-external-id` as words.
pub(super) fn title(name: &str) -> String {
    let words = plain(name);
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn plain(name: &str) -> String {
    let words = match name.strip_prefix("excess-") {
        Some(what) => format!("excess rights: {what}"),
        None => name.to_owned(),
    };
    words.replace('-', " ").replace("signed url", "signed URL").replace("cors", "CORS")
}

/// A duration as people say it.
pub(crate) fn took(millis: &u64) -> String {
    match *millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        _ => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1_000),
    }
}

/// The whole report in one sentence.
pub(crate) fn summary(proof: &Proof) -> String {
    let count = |status| proof.checks.iter().filter(|check| check.status == status).count();
    let named = |status| {
        let found = proof.checks.iter().filter(|check| check.status == status && !check.name.warns_only());
        let names: Vec<_> = found.map(|check| format!("'{}'", check.name)).collect();
        format!("the check{} {}", if names.len() == 1 { "" } else { "s" }, names.join(", "))
    };
    let warnings = match count(CheckStatus::Warning) {
        0 => String::new(),
        1 => " One warning deserves a look.".to_owned(),
        many => format!(" {many} warnings deserve a look."),
    };
    match proof.status {
        ProofStatus::Passed => {
            format!(
                "Everything that was asked holds: {} checks passed, {} did not apply.{warnings}",
                count(CheckStatus::Passed),
                count(CheckStatus::Skipped)
            )
        }
        ProofStatus::Failed => format!("It does not hold: {} failed.{warnings}", named(CheckStatus::Failed)),
        ProofStatus::Inconclusive => {
            format!("Nothing is shown yet: {} could not be found out.{warnings}", named(CheckStatus::Inconclusive))
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::proof::{CheckName, ProofMode, Remedy};

    use super::*;

    fn failed(name: CheckName, policy: u8) -> Check {
        let remedy = Remedy { policy: Some(serde_json::json!({"Statement": policy})), ..Remedy::say("Apply this.") };
        let detail = "No.".to_owned();
        Check { name, status: CheckStatus::Failed, duration_ms: 1_234, detail, provider: None, remedy: Some(remedy) }
    }

    #[test]
    fn a_policy_that_mends_several_checks_is_shown_once() {
        let shown = checks(&[failed(CheckName::List, 1), failed(CheckName::Read, 1), failed(CheckName::WriteProbe, 2)]);
        let policies: Vec<_> = shown.iter().map(|check| (check.policy.is_some(), check.policy_of.as_deref())).collect();
        assert_eq!(policies, [(true, None), (false, Some("List")), (true, None)]);
        assert!(shown.iter().all(CheckView::is_open));
        assert_eq!((shown[2].title.as_str(), shown[2].duration.as_deref()), ("Write probe", Some("1.2 s")));
    }

    #[test]
    fn checks_that_do_not_apply_for_one_reason_are_one_line() {
        let skipped = |name, why: &str| Check {
            status: CheckStatus::Skipped,
            detail: why.to_owned(),
            remedy: None,
            duration_ms: 0,
            ..failed(name, 1)
        };
        let shown = checks(&[
            skipped(CheckName::List, "no place"),
            skipped(CheckName::WriteProbe, "no place"),
            skipped(CheckName::Cors, "no page"),
        ]);
        let lines: Vec<_> = shown.iter().map(|check| (check.title.as_str(), check.detail.as_str())).collect();
        assert_eq!(lines, [("List, write probe", "No place."), ("CORS", "No page.")]);
    }

    #[test]
    fn the_sentence_names_what_failed() {
        let checks =
            vec![failed(CheckName::List, 1), Check { status: CheckStatus::Warning, ..failed(CheckName::Cors, 2) }];
        let status = ProofStatus::of(&checks);
        let proof =
            Proof { status, mode: ProofMode::Full, checked_at: jiff::Timestamp::UNIX_EPOCH, duration_ms: 1, checks };
        assert_eq!(summary(&proof), "It does not hold: the check 'list' failed. One warning deserves a look.");
        assert_eq!(
            (title("excess-other-prefix").as_str(), title("base-identity-bare").as_str()),
            ("Excess rights: other prefix", "Base identity bare")
        );
        assert_eq!(
            (title("signed-url"), title("cors"), took(&61_500)),
            ("Signed URL".into(), "CORS".into(), "1 min 1 s".into())
        );
    }
}
