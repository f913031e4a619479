//! `GET /projects/{project}`

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::response::Response;
use broker::{LatencySide, Overview, ProofChange};
use jiff::{SignedDuration, Timestamp};

use crate::App;
use crate::console::frame::{Frame, Section};
use crate::console::viewer::Here;
use crate::console::{answer, tone};
use crate::face::Failure;

/// Changes of results are news for so long.
const NEWS: SignedDuration = SignedDuration::from_hours(7 * 24);
/// So many of them are shown.
const SHOWN: u32 = 5;

#[derive(Template)]
#[template(path = "overview/show.html")]
struct OverviewPage {
    frame: Frame,
    seen: Overview,
    changes: Vec<ProofChange>,
    may_connect: bool,
}

/// The project at a glance.
pub(super) async fn show(State(app): State<App>, here: Here) -> Result<Response, Failure> {
    let since = here.now().saturating_sub(NEWS).unwrap_or(Timestamp::MIN);
    let seen = app.broker().overview(here.caller(), here.name()).await?;
    let changes = app.broker().recent_proof_changes(here.caller(), here.name(), since, SHOWN).await?;
    answer::page(&OverviewPage {
        frame: here.frame(Section::Overview, "Overview"),
        seen,
        changes,
        may_connect: here.may(Action::IntegrationCreate),
    })
}

impl OverviewPage {
    /// Where the way to the first signed URL has got to: 1 connect, 2 finish, 3 datasource, 4 done.
    fn step(&self) -> u8 {
        let integrations = self.seen.integrations;
        match (integrations.total(), integrations.active + integrations.unproven, self.seen.datasources.total()) {
            (0, _, _) => 1,
            (_, 0, 0) => 2,
            (_, _, 0) => 3,
            _ => 4,
        }
    }

    /// Nothing here waits for anybody.
    fn calm(&self) -> bool {
        let waiting = self.seen.integrations.pending + self.seen.integrations.failed + self.seen.datasources.unusable;
        waiting == 0 && self.seen.tokens.is_empty() && self.seen.secrets.is_empty()
    }
}

/// A median with how many measurements it is of.
fn median(side: &Option<LatencySide>) -> String {
    match side {
        Some(side) => format!("{:.0} ms", side.median_ms),
        None => "not measured".to_owned(),
    }
}
