//! What went wrong, as it is shown on standard error, and the exit code that follows from it.

use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use bytes::Bytes;
use domain::FieldError;
use domain::proof::{Proof, Remedy};
use serde::Deserialize;

/// Who found the fault, which is all that the exit code tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Refused or failed, by the server or by a proof.
    Failed = 1,
    /// Wrong usage, found by the command line itself.
    Usage = 2,
    /// The server was not reached.
    Unreached = 3,
}

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    exit: Exit,
    /// Everything was said already.
    silent: bool,
    /// The problem document as the server sent it.
    document: Option<Bytes>,
    code: String,
    what: String,
    why: Option<String>,
    fields: Vec<FieldError>,
    remedy: Option<Remedy>,
    proof: Option<Proof>,
    request_id: Option<String>,
}

/// `application/problem+json`, read leniently: an unknown part must not hide the known ones.
#[derive(Deserialize)]
struct Problem {
    code: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    remedy: Option<serde_json::Value>,
    #[serde(default)]
    request_id: Option<String>,
    #[serde(default)]
    errors: Vec<FieldError>,
    #[serde(default)]
    proof: Option<serde_json::Value>,
}

impl Failure {
    fn new(exit: Exit, code: &str, what: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            exit,
            silent: false,
            document: None,
            code: code.to_owned(),
            what: what.into(),
            why: None,
            fields: Vec::new(),
            remedy: None,
            proof: None,
            request_id: None,
        }))
    }

    /// The command line cannot do this as it was typed.
    pub(crate) fn usage(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", what).mended_by(mend)
    }

    /// Something on this side failed.
    pub(crate) fn local(code: &str, what: impl Into<String>) -> Self {
        Self::new(Exit::Failed, code, what)
    }

    /// An error of a command that works without a server; its cause is shown, since there is no log to look at.
    pub(crate) fn of(error: &domain::Error) -> Self {
        let mut failure = Self::new(Exit::Failed, error.code(), error.message());
        let why = std::error::Error::source(error).map(ToString::to_string);
        failure.0.why = why.filter(|why| why != error.message());
        failure.0.fields = error.fields().to_vec();
        failure.0.remedy = error.remedy().cloned().or_else(|| error.hint().map(Remedy::say));
        failure
    }

    /// No answer of the server.
    pub(crate) fn unreached(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(Exit::Unreached, "server_unreachable", what)
            .because(why)
            .mended_by("check --server and that the server runs; `tidegate serve` starts one")
    }

    /// Everything was said already; only the exit code is left.
    pub(crate) fn silent() -> Self {
        let mut failure = Self::new(Exit::Failed, "failed", "");
        failure.0.silent = true;
        failure
    }

    /// The server's own words; `None` if this is not a problem document.
    pub(crate) fn of_problem(body: &Bytes) -> Option<Self> {
        let problem: Problem = serde_json::from_slice(body).ok()?;
        let what = problem.detail.filter(|detail| !detail.is_empty()).unwrap_or(problem.title);
        let mut failure = Self::new(Exit::Failed, &problem.code, &what);
        failure.0.fields = problem.errors;
        failure.0.remedy = problem.remedy.and_then(|remedy| serde_json::from_value(remedy).ok());
        failure.0.proof = problem.proof.and_then(|proof| serde_json::from_value(proof).ok());
        failure.0.request_id = problem.request_id;
        failure.0.document = Some(body.clone());
        Some(failure)
    }

    /// Adds why it happened.
    #[must_use]
    pub(crate) fn because(mut self, why: impl Into<String>) -> Self {
        self.0.why = Some(why.into());
        self
    }

    /// Adds what mends it.
    #[must_use]
    pub(crate) fn mended_by(mut self, mend: impl Into<String>) -> Self {
        self.0.remedy = Some(Remedy::say(mend));
        self
    }

    /// Adds where it is, as a JSON pointer; nothing for a whole document.
    #[must_use]
    pub(crate) fn at(mut self, pointer: &str) -> Self {
        if !pointer.is_empty() {
            let field = FieldError::new(pointer, self.0.what.clone());
            self.0.fields.push(field);
        }
        self
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &str {
        &self.0.code
    }

    /// What is wrong where.
    pub(crate) fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// Takes the proof out, so that it is shown once.
    pub(crate) fn take_proof(&mut self) -> Option<Proof> {
        self.0.proof.take()
    }

    /// The exit code.
    pub(super) fn exit(&self) -> Exit {
        self.0.exit
    }

    /// The exit code for the process.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit() as u8)
    }

    /// What to print on standard error: the server's document if JSON was asked for, else words.
    pub(crate) fn render(&self, json: bool) -> String {
        let inner = &*self.0;
        if inner.silent {
            return String::new();
        }
        if json {
            return match &inner.document {
                Some(document) => format!("{}\n", String::from_utf8_lossy(document).trim_end()),
                None => format!("{}\n", self.own_document()),
            };
        }
        let mut text = format!("error[{}]: {}\n", inner.code, clean(&inner.what));
        let mut line = |label: &str, value: &str| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {label}: {}", clean(value).replace('\n', "\n    "));
        };
        if let Some(why) = &inner.why {
            line("why", why);
        }
        for field in &inner.fields {
            let pointer = if field.pointer.is_empty() { "/" } else { &field.pointer };
            if field.message == inner.what {
                line("at", pointer);
            } else {
                line(&format!("at {pointer}"), &field.message);
            }
        }
        if let Some(remedy) = &inner.remedy {
            line("mend", &remedy_text(remedy));
        }
        if let Some(id) = &inner.request_id {
            line("request id", id);
        }
        text
    }
}

impl Failure {
    /// What was found on this side, in the form of a problem; no server gave it a status or an id.
    fn own_document(&self) -> serde_json::Value {
        let inner = &*self.0;
        let mut document = serde_json::json!({
            "type": format!("urn:tidegate:problem:{}", inner.code),
            "title": inner.code.replace('_', " "),
            "detail": inner.why.as_ref().map_or_else(|| inner.what.clone(), |why| format!("{}: {why}", inner.what)),
            "code": inner.code,
            "retryable": inner.exit == Exit::Unreached,
        });
        if let (Some(remedy), Some(fields)) = (&inner.remedy, document.as_object_mut()) {
            fields.insert("remedy".to_owned(), serde_json::json!(remedy));
        }
        if let (false, Some(fields)) = (inner.fields.is_empty(), document.as_object_mut()) {
            fields.insert("errors".to_owned(), serde_json::json!(inner.fields));
        }
        document
    }
}

/// A remedy in full: the sentence, the command, the policy.
pub(crate) fn remedy_text(remedy: &Remedy) -> String {
    let mut text = remedy.summary.clone();
    if let Some(command) = &remedy.command {
        let _ = write!(text, "\n$ {command}");
    }
    if let Some(policy) = &remedy.policy {
        let _ = write!(text, "\n{}", serde_json::to_string_pretty(policy).unwrap_or_default());
    }
    text
}

/// Makes control characters visible: names and keys are other people's, and terminals obey them.
pub(crate) fn clean(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if c.is_control() && c != '\n' {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        out
    })
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // Whoever reads our output has had enough, as with `| head`.
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::silent();
        }
        Self::local("output", "the output could not be written").because(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROBLEM: &str = r#"{"type":"about:blank","title":"The keys are not acceptable","status":403,"detail":"One key lies outside.",
        "code":"permission_denied","retryable":false,"request_id":"r-1","errors":[{"pointer":"/keys/3","message":"outside 'in/'"}],
        "remedy":{"summary":"Widen the prefix.","policy":{"Statement":[]},"command":"aws iam put-role-policy"},"new_field":1}"#;

    #[test]
    fn a_problem_shows_code_what_why_where_and_what_mends_it() {
        let failure = Failure::of_problem(&Bytes::from(PROBLEM)).unwrap();
        assert_eq!(
            failure.render(false),
            "error[permission_denied]: One key lies outside.\n  at /keys/3: outside 'in/'\n  \
             mend: Widen the prefix.\n    $ aws iam put-role-policy\n    {\n      \"Statement\": []\n    }\n  request id: r-1\n"
        );
        assert_eq!(failure.exit(), Exit::Failed);
    }

    #[test]
    fn a_problem_as_json_is_the_body_unchanged() {
        assert_eq!(Failure::of_problem(&Bytes::from(PROBLEM)).unwrap().render(true), format!("{PROBLEM}\n"));
    }

    #[test]
    fn a_fault_of_this_side_has_the_same_form_as_json() {
        let text = Failure::unreached("http://x was not reached", "refused").render(true);
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["code"], "server_unreachable");
        assert_eq!(document["detail"], "http://x was not reached: refused");
        assert_eq!((&document["retryable"], document["remedy"]["summary"].is_string()), (&true.into(), true));
    }

    #[test]
    fn what_is_not_a_problem_is_not_taken_for_one() {
        assert!(Failure::of_problem(&Bytes::from_static(b"<html>")).is_none());
        assert!(Failure::of_problem(&Bytes::from_static(b"{\"ok\":true}")).is_none());
    }

    #[test]
    fn control_characters_of_others_do_not_reach_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\r\u{7}"), "a\\u{1b}[31mb\\r\\u{7}");
    }

    #[test]
    fn exit_codes_follow_the_contract() {
        assert_eq!(Failure::usage("a", "b").exit() as u8, 2);
        assert_eq!(Failure::unreached("a", "b").exit() as u8, 3);
        assert_eq!(Failure::silent().exit() as u8, 1);
        assert!(Failure::silent().render(false).is_empty());
    }
}
