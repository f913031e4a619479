//! Shows a proof: a line a check as it comes, then what mends it, then how it ended.

use std::io::{self, Write as _};
use std::time::Duration;

use bytes::Bytes;
use domain::proof::{Proof, ProofStatus};
use http::Method;
use indicatif::ProgressBar;
use serde::Deserialize;
use serde_json::Value;

use super::answer::Answer;
use super::client::{Ask, EVENTS};
use super::failure::Failure;
use super::remote::Remote;
use super::report::{Lines, report, verdict};
use super::terminal::Terminal;
use super::{answer, show};

/// What making, changing or proving answers.
#[derive(Deserialize)]
struct Proven {
    #[serde(default)]
    proof: Option<Proof>,
    #[serde(default)]
    integration: Option<Value>,
    #[serde(default)]
    datasource: Option<Value>,
}

/// Sends a request that proves, and shows how the proof goes.
///
/// # Errors
/// The server's refusal; a silent failure if the proof did not pass.
pub(crate) async fn send(remote: &Remote, ask: Ask<'_>) -> Result<(), Failure> {
    let terminal = remote.terminal;
    let ask = if terminal.live() && ask.is_post() { ask.accepting(EVENTS) } else { ask };
    let spinner = terminal.progress().then(spinner);
    let outcome = async {
        let answer = remote.send(ask).await?;
        if answer.is_events() {
            follow(answer, terminal, spinner.as_ref()).await
        } else {
            whole(&answer.bytes().await?)
        }
    }
    .await;
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    match outcome {
        Ok(outcome) => outcome.show(terminal).and_then(|()| outcome.end()),
        Err(mut failure) => {
            if let Some(proof) = failure.take_proof().filter(|_| !terminal.json_was_asked()) {
                write!(io::stderr().lock(), "{}", report(&proof, false))?;
            }
            Err(failure)
        }
    }
}

/// Proves an integration or datasource again.
///
/// # Errors
/// As [`send`].
pub(crate) async fn prove(remote: &Remote, noun: &str, name: &str, mode: Option<&str>) -> Result<(), Failure> {
    let path = remote.in_project(&[noun, name, "prove"])?;
    let body = mode.map_or_else(|| serde_json::json!({}), |mode| serde_json::json!({ "mode": mode }));
    send(remote, Ask::post(&path, &body)?).await
}

/// Changes an integration or datasource as it is now, which proves it.
///
/// # Errors
/// As [`send`].
pub(crate) async fn change(
    remote: &Remote,
    noun: &str,
    name: &str,
    body: &impl serde::Serialize,
) -> Result<(), Failure> {
    let path = remote.in_project(&[noun, name])?;
    let etag = remote.etag(&path).await?;
    send(remote, Ask::new(Method::PATCH, &path).if_match(etag).with_json(body)?).await
}

fn spinner() -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message("proving");
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

/// How it ended, and what of it was shown already.
struct Outcome {
    body: Bytes,
    proof: Option<Proof>,
    object: Option<Value>,
    checks_shown: bool,
}

fn whole(body: &Bytes) -> Result<Outcome, Failure> {
    let value: Value = answer::parse(body)?;
    // `prove` answers with the proof itself.
    if value.get("checks").is_some() {
        let proof: Proof = answer::parse(body)?;
        return Ok(Outcome { body: body.clone(), proof: Some(proof), object: None, checks_shown: false });
    }
    if value.get("proof").is_none() {
        return Ok(Outcome { body: body.clone(), proof: None, object: Some(value), checks_shown: false });
    }
    let proven: Proven = answer::parse(body)?;
    let object = proven.integration.or(proven.datasource);
    Ok(Outcome { body: body.clone(), proof: proven.proof, object, checks_shown: false })
}

async fn follow(answer: Answer, terminal: Terminal, spinner: Option<&ProgressBar>) -> Result<Outcome, Failure> {
    let mut events = answer.events();
    let mut lines = Lines::new(terminal.colour());
    while let Some(event) = events.next().await? {
        if event.name != "check" {
            write!(io::stdout().lock(), "{}", lines.end())?;
        }
        match event.name.as_str() {
            "check" => {
                let text = lines.add(answer::parse(&event.data)?);
                let print = || write!(io::stdout().lock(), "{text}");
                match spinner {
                    Some(spinner) => spinner.suspend(print)?,
                    None => print()?,
                }
            }
            "proof" | "result" => return Ok(Outcome { checks_shown: true, ..whole(&event.data)? }),
            "problem" => {
                let mut failure = Failure::of_problem(&event.data)
                    .ok_or_else(|| Failure::local("unexpected_answer", "the server's answer was not understood"))?;
                // Its checks have been shown one by one.
                failure.take_proof();
                return Err(failure);
            }
            _ => {}
        }
    }
    Err(Failure::unreached("the connection ended before the proof did", "the last event is missing"))
}

impl Outcome {
    fn show(&self, terminal: Terminal) -> Result<(), Failure> {
        if terminal.json() {
            show::unchanged(&self.body)?;
        } else {
            let mut stdout = io::stdout().lock();
            match &self.proof {
                Some(proof) if self.checks_shown => writeln!(stdout, "{}", verdict(proof))?,
                Some(proof) => write!(stdout, "{}", report(proof, terminal.colour()))?,
                None => {}
            }
            if let Some(object) = &self.object {
                write!(stdout, "{}", show::pairs(object))?;
            }
        }
        Ok(())
    }

    /// The exit code: only a passed proof is a success, and an integration that waits for its role has none yet.
    fn end(&self) -> Result<(), Failure> {
        let pending =
            self.object.as_ref().and_then(|object| object.get("state")).is_some_and(|state| state == "pending");
        match &self.proof {
            Some(proof) if proof.status != ProofStatus::Passed && !pending => Err(Failure::silent()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_passed_proof_and_a_pending_integration_end_well() {
        let body = |status: &str, state: &str| {
            let proof = format!(
                r#"{{"status":"{status}","mode":"full","checked_at":"2026-01-01T00:00:00Z","duration_ms":1,"checks":[]}}"#
            );
            Bytes::from(format!(r#"{{"integration":{{"state":"{state}"}},"proof":{proof}}}"#))
        };
        let ends_well = |body: &Bytes| whole(body).unwrap().end().is_ok();
        assert!(ends_well(&body("passed", "active")));
        assert!(!ends_well(&body("failed", "failed")));
        assert!(!ends_well(&body("inconclusive", "failed")));
        assert!(ends_well(&body("inconclusive", "pending")));
        assert!(ends_well(&Bytes::from_static(br#"{"integration":{"state":"unproven"},"proof":null}"#)));
    }
}
