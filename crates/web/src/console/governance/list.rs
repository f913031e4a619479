//! `GET /admin/integrations`

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use broker::{Governance, GovernanceQuery, GovernedIntegration, GovernedSecret};
use domain::Error;
use domain::integration::IntegrationState;
use domain::page::Page;
use domain::proof::ProofStatus;
use domain::provider::Descriptor;

use crate::App;
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::Viewer;
use crate::console::{answer, tone};
use crate::face::Failure;

/// The states to filter by.
const STATES: [IntegrationState; 5] = [
    IntegrationState::Active,
    IntegrationState::Pending,
    IntegrationState::Unproven,
    IntegrationState::Failed,
    IntegrationState::Paused,
];
const PROOFS: [ProofStatus; 3] = [ProofStatus::Passed, ProofStatus::Inconclusive, ProofStatus::Failed];
/// A secret that was not rotated for so long should be.
const OLD_DAYS: i64 = 90;

#[derive(Template)]
#[template(path = "governance/list.html")]
struct GovernancePage {
    frame: Frame,
    query: Query,
    seen: Governance,
    found: Page<GovernedIntegration>,
    methods: Vec<&'static Descriptor>,
}

/// Every integration of the installation.
pub(super) async fn show(State(app): State<App>, viewer: Viewer, query: Query) -> Result<Response, Failure> {
    let asked = GovernanceQuery {
        state: one_of(&query, "state", &STATES, tone::word_of_integration)?,
        method: query.get("method").map(str::to_owned),
        proof: one_of(&query, "proof", &PROOFS, tone::word_of_proof)?,
        too_wide: query.get("too_wide").is_some(),
        contains: query.get("contains").map(str::to_owned),
    };
    let seen = app.broker().governance(&viewer.caller).await?;
    let found = app.broker().list_all_integrations(&viewer.caller, asked, query.page()?).await?;
    let frame = viewer.frame(Section::AllIntegrations, "All integrations");
    answer::page(&GovernancePage { frame, query, seen, found, methods: app.broker().descriptors() })
}

/// The value of a filter with a closed list.
fn one_of<T: Copy>(
    query: &Query,
    name: &str,
    known: &[T],
    word: impl Fn(&T) -> &'static str,
) -> Result<Option<T>, Error> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let found = known.iter().find(|one| word(one) == text).copied();
    found.map(Some).ok_or_else(|| Error::invalid(format!("/{name}"), format!("there is no {name} '{text}'")))
}

impl GovernancePage {
    fn is_old(&self, secret: &GovernedSecret) -> bool {
        self.frame.now.as_second().saturating_sub(secret.set_at.as_second()) > OLD_DAYS * 86_400
    }

    /// The method's name for people.
    fn title(&self, method: &str) -> &str {
        self.methods.iter().find(|known| known.id == method).map_or("", |known| known.title)
    }
}
