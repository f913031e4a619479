//! `GET /projects/{project}/datasources/{name}`

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::response::Response;
use broker::{DatasourceUse, DatasourceView, IntegrationView, KeptProof, LatencySide, ProofRunView, Proven};
use domain::datasource::{Encryption, Purpose};
use domain::name::Name;
use domain::page::PageAsk;
use domain::proof::{ProofMode, ProofStatus};
use domain::provider::Capabilities;

use super::cors;
use super::fields::{MODES, PURPOSES};
use crate::App;
use crate::console::answer;
use crate::console::form::Filled;
use crate::console::frame::{Frame, Section};
use crate::console::proofs::{CheckView, checks};
use crate::console::tone;
use crate::console::viewer::Here;
use crate::face::{self, Failure};

#[derive(Template)]
#[template(path = "datasources/show.html")]
pub(super) struct ShowPage {
    frame: Frame,
    base: String,
    project: String,
    view: DatasourceView,
    integration: IntegrationView,
    /// What the connection can do; what it cannot is not offered.
    can: Capabilities,
    used: DatasourceUse,
    last: Option<KeptProof>,
    /// The checks of the last proof that did not pass.
    open: Vec<CheckView>,
    run: Option<ProofRunView>,
    /// How fast the region of the bucket answers: the server, and browsers. Where no median is kept of the
    /// server, what the last proof has measured.
    speed: (Option<String>, Option<String>),
    cors: Option<String>,
    form: Filled,
}

impl ShowPage {
    /// Whether access may be handed out now.
    fn works(&self) -> bool {
        self.view.usable && self.integration.state.usable()
    }

    /// What it may be used for, or why it may not.
    fn explained(&self) -> String {
        if !self.integration.state.usable() {
            let word = tone::word_of_integration(&self.integration.state);
            return format!("Nothing is handed out from it: its integration {} is {word}.", self.view.integration);
        }
        match (&self.last, self.view.usable) {
            (_, true) if self.view.proof_mode == ProofMode::Off => "Usable without a proof: nobody has shown that it works.".to_owned(),
            (Some(last), true) if last.proof.status == ProofStatus::Inconclusive => {
                "Usable. Its last proof could not be finished, so nothing changed.".to_owned()
            }
            (_, true) => "Proven: access may be handed out from it.".to_owned(),
            (None, false) => "It was never proven. A proof that passes makes it usable.".to_owned(),
            (Some(last), false) if last.proof.status == ProofStatus::Failed => {
                "Its last proof failed, so nothing is handed out from it. Mend what the proof names, then prove it again.".to_owned()
            }
            (Some(_), false) => "No proof of all that it needs has passed yet, so nothing is handed out from it.".to_owned(),
        }
    }

    fn allows(&self) -> &'static str {
        PURPOSES.iter().find(|(word, ..)| *word == self.view.purpose.as_str()).map_or("", |(_, _, help)| help)
    }

    fn mode(&self) -> &'static str {
        MODES.iter().find(|(word, ..)| *word == self.view.proof_mode.as_str()).map_or("", |(_, title, _)| title)
    }

    /// Modes in which it may be proven for once.
    fn modes(&self) -> Vec<(&'static str, &'static str)> {
        let fits =
            |word: &str| !matches!(word, "" | "off") && (word != "write-only" || self.view.purpose == Purpose::Output);
        MODES.iter().filter(|(word, ..)| fits(word)).map(|(word, title, _)| (*word, *title)).collect()
    }

    fn place(&self) -> String {
        format!("{}/{}", self.view.bucket, self.view.prefix)
    }
}

/// Everything about it.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let name = face::name("datasource", &name)?;
    answer::page(&page(&app, &here, &name, Filled::default()).await?)
}

/// The page, with what was wrong with a form on it.
pub(super) async fn page(app: &App, here: &Here, name: &Name, form: Filled) -> Result<ShowPage, Failure> {
    let (caller, project, broker) = (here.caller(), here.name(), app.broker());
    let view = broker.show_datasource(caller, project, name).await?;
    let newest = PageAsk { after: None, limit: 1 };
    let last = broker.list_proofs(caller, project, Proven::Datasource, name, newest).await?.items.into_iter().next();
    let open = last.as_ref().map(|last| checks(&last.proof.checks)).unwrap_or_default();
    let integration = broker.show_integration(caller, project, &view.integration).await?;
    let methods = broker.list_methods(caller).await?;
    let method = methods.into_iter().find(|method| method.id == integration.method);
    let (server, browser) = speed(app, here, view.region.as_deref()).await?;
    let measured = last.as_ref().and_then(|last| last.proof.latency());
    let server =
        server.or_else(|| measured.map(|took| format!("{:.1} ms, by the last proof", took.as_secs_f64() * 1000.0)));
    Ok(ShowPage {
        frame: here.frame(Section::Datasources, view.name.to_string()),
        base: here.path("/datasources"),
        project: here.path(""),
        can: method.map(|method| method.capabilities).unwrap_or_default(),
        integration,
        used: broker.datasource_use(caller, project, name).await?,
        run: broker.current_proof_run(caller, project, Proven::Datasource, name).await?,
        speed: (server, browser),
        cors: cors::of_datasource(app, here, &view).await,
        open: open.into_iter().filter(CheckView::is_open).collect(),
        last,
        view,
        form,
    })
}

async fn speed(app: &App, here: &Here, region: Option<&str>) -> Result<(Option<String>, Option<String>), Failure> {
    let known = app.broker().latencies(here.caller(), here.name()).await?;
    let ours = known.into_iter().find(|view| view.region.as_deref() == region);
    let shown = |side: LatencySide| format!("{:.0} ms, the median of {}", side.median_ms.ceil(), side.samples);
    Ok(ours.map_or((None, None), |view| (view.server.map(shown), view.browser.map(shown))))
}
