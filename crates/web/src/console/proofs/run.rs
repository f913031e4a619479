//! `/projects/{project}/proof-runs/{id}`: a proof while it goes on, and what came of it.
//!
//! The page asks again and again for the part that changes, so it survives a restart of the server and a lost
//! connection. A part that is as it was is not sent again: nothing flickers, nothing is read out twice.

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use broker::ProofRunView;
use domain::proof::ProofStatus;
use domain::proof_run::RunState;

use super::subject::{Kind, kind_of, path, section};
use super::view::{CheckView, checks};
use crate::App;
use crate::console::answer;
use crate::console::csp::Csp;
use crate::console::frame::Frame;
use crate::console::query::Query;
use crate::console::then::Then;
use crate::console::viewer::Here;
use crate::face::{self, Failure};

/// Tells the browser to stop asking.
const STOP: u16 = 286;

#[derive(Template)]
#[template(path = "proofs/run.html")]
struct RunPage {
    frame: Frame,
    part: RunPart,
}

#[derive(Template)]
#[template(path = "proofs/run_part.html")]
struct RunPart {
    frame: Frame,
    kind: Kind,
    project: String,
    /// Where what is proven is shown.
    subject: String,
    run: ProofRunView,
    checks: Vec<CheckView>,
    may_change: bool,
    /// Whether the end is to be read out: the reader saw it going on.
    announce: bool,
    then: Then,
    /// Where to go on when an integration is proven, if it was made for something.
    next: Option<String>,
}

impl RunPart {
    fn of(here: &Here, run: ProofRunView, announce: bool, then: Then) -> Self {
        let kind = kind_of(&run.subject.kind);
        let ended = run.proof.as_ref().map_or(run.checks.as_slice(), |proof| proof.checks.as_slice());
        Self {
            frame: here.frame(section(kind), format!("Proof of {}", run.subject.name)),
            project: here.path(""),
            subject: path(here, kind, &run.subject.name),
            checks: checks(ended),
            may_change: here.may(match kind {
                Kind::Integration => Action::IntegrationChange,
                Kind::Datasource => Action::DatasourceChange,
            }),
            next: then.with(here, run.subject.name.as_str()).filter(|_| kind == Kind::Integration),
            kind,
            run,
            announce,
            then,
        }
    }

    /// Tells one state of the part from another.
    fn seen(&self) -> String {
        let begun = self.run.started_at.map_or(0, |at| at.as_millisecond());
        format!("{:?}-{}-{begun}", self.run.state, self.run.checks.len())
    }

    fn goes_on(&self) -> Option<&str> {
        self.next.as_deref().filter(|_| self.passed() && self.may_change)
    }

    fn passed(&self) -> bool {
        self.run.proof.as_ref().is_some_and(|proof| proof.status == ProofStatus::Passed)
    }
}

async fn read(app: &App, here: &Here, id: &str) -> Result<ProofRunView, Failure> {
    let id = face::parsed("run of a proof", id)?;
    Ok(app.broker().show_proof_run(here.caller(), here.name(), id).await?)
}

/// Shows it, as far as it has come.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((_, id)): Path<(String, String)>,
    then: Then,
) -> Result<Response, Failure> {
    let part = RunPart::of(&here, read(&app, &here, &id).await?, false, then);
    answer::page(&RunPage { frame: part.frame.clone(), part })
}

/// The part that changes; nothing where it has not.
pub(super) async fn progress(
    State(app): State<App>,
    here: Here,
    Path((_, id)): Path<(String, String)>,
    query: Query,
    then: Then,
) -> Result<Response, Failure> {
    let part = RunPart::of(&here, read(&app, &here, &id).await?, true, then);
    if part.run.state.is_over() {
        let stop = StatusCode::from_u16(STOP).unwrap_or(StatusCode::OK);
        return answer::page_with(stop, &part, &Csp::default());
    }
    if query.get("seen") == Some(part.seen().as_str()) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    answer::page(&part)
}
