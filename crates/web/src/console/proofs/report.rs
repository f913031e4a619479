//! `GET .../proofs/{id}`: the report as one would hand it to a customer, and what changed since another one.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use broker::KeptProof;
use domain::page::PageAsk;

use super::compare::{Change, changes};
use super::subject::{Kind, Subject, section};
use super::view::{CheckView, checks, summary};
use crate::App;
use crate::console::answer;
use crate::console::frame::Frame;
use crate::console::query::Query;
use crate::console::time::When;
use crate::console::viewer::Here;
use crate::face::Failure;

/// So many older and newer proofs are offered to compare with.
const OFFERED: u32 = 50;

#[derive(Template)]
#[template(path = "proofs/report.html")]
struct ReportPage {
    frame: Frame,
    subject: Subject,
    kept: KeptProof,
    checks: Vec<CheckView>,
    summary: String,
    project: String,
    external_id: String,
    against: Option<Against>,
    others: Vec<KeptProof>,
}

/// What the report is compared with.
struct Against {
    kept: KeptProof,
    changes: Vec<Change>,
    /// Whether it is the one just before.
    previous: bool,
}

impl ReportPage {
    fn exact(&self, kept: &KeptProof) -> String {
        When { at: kept.proof.checked_at, now: self.frame.now }.exact()
    }

    fn is_against(&self, kept: &KeptProof) -> bool {
        self.against.as_ref().is_some_and(|against| against.kept.id == kept.id)
    }
}

/// That of an integration.
pub(super) async fn of_integration(
    State(app): State<App>,
    here: Here,
    Path((_, name, id)): Path<(String, String, String)>,
    query: Query,
) -> Result<Response, Failure> {
    show(&app, &here, Subject::read(&app, &here, Kind::Integration, &name).await?, &id, &query).await
}

/// That of a datasource.
pub(super) async fn of_datasource(
    State(app): State<App>,
    here: Here,
    Path((_, name, id)): Path<(String, String, String)>,
    query: Query,
) -> Result<Response, Failure> {
    show(&app, &here, Subject::read(&app, &here, Kind::Datasource, &name).await?, &id, &query).await
}

async fn show(app: &App, here: &Here, subject: Subject, id: &str, query: &Query) -> Result<Response, Failure> {
    let found = subject.proof(app, here, id).await?;
    let against = match query.get("against").filter(|other| *other != found.kept.id) {
        Some(other) => Some(subject.proof(app, here, other).await?.kept),
        None => found.previous.clone(),
    };
    let against = against.map(|kept| Against {
        changes: changes(&kept.proof, &found.kept.proof),
        previous: found.previous.as_ref().is_some_and(|previous| previous.id == kept.id),
        kept,
    });
    let mut others = subject.proofs(app, here, PageAsk { after: None, limit: OFFERED }).await?.items;
    others.retain(|other| other.id != found.kept.id);
    if let Some(against) = &against
        && others.iter().all(|other| other.id != against.kept.id)
    {
        others.push(against.kept.clone());
    }
    answer::page(&ReportPage {
        frame: here.frame(section(subject.kind), format!("Proof of {}", subject.name)),
        checks: checks(&found.kept.proof.checks),
        summary: summary(&found.kept.proof),
        project: here.name().to_string(),
        external_id: here.project().external_id.as_str().to_owned(),
        kept: found.kept,
        subject,
        against,
        others,
    })
}
