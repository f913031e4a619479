//! `GET .../proofs`: every proof that is kept, the newest first.

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::response::Response;
use broker::KeptProof;
use domain::page::Page;
use domain::proof::{CheckStatus, ProofStatus};

use super::subject::{Kind, Subject, section};
use crate::App;
use crate::console::answer;
use crate::console::frame::Frame;
use crate::console::query::Query;
use crate::console::time::When;
use crate::console::viewer::Here;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "proofs/history.html")]
struct HistoryPage {
    frame: Frame,
    query: Query,
    subject: Subject,
    proofs: Page<KeptProof>,
    may_prove: bool,
}

impl HistoryPage {
    /// A sign beside the colour.
    fn sign(&self, status: &ProofStatus) -> &'static str {
        match status {
            ProofStatus::Passed => "\u{2713}",
            ProofStatus::Failed => "\u{2715}",
            ProofStatus::Inconclusive => "?",
        }
    }

    /// What to look at.
    fn open(&self, kept: &KeptProof) -> Vec<&'static str> {
        let open = kept
            .proof
            .checks
            .iter()
            .filter(|check| !matches!(check.status, CheckStatus::Passed | CheckStatus::Skipped));
        open.map(|check| check.name.as_str()).collect()
    }

    fn exact(&self, kept: &KeptProof) -> String {
        When { at: kept.proof.checked_at, now: self.frame.now }.exact()
    }
}

/// Those of an integration.
pub(super) async fn of_integration(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
    query: Query,
) -> Result<Response, Failure> {
    show(&app, &here, Kind::Integration, &name, query).await
}

/// Those of a datasource.
pub(super) async fn of_datasource(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
    query: Query,
) -> Result<Response, Failure> {
    show(&app, &here, Kind::Datasource, &name, query).await
}

async fn show(app: &App, here: &Here, kind: Kind, name: &str, query: Query) -> Result<Response, Failure> {
    let subject = Subject::read(app, here, kind, name).await?;
    let proofs = subject.proofs(app, here, query.page()?).await?;
    let prove = match kind {
        Kind::Integration => Action::IntegrationProve,
        Kind::Datasource => Action::DatasourceProve,
    };
    answer::page(&HistoryPage {
        frame: here.frame(section(kind), format!("Proofs of {}", subject.name)),
        query,
        subject,
        proofs,
        may_prove: here.may(prove),
    })
}
