//! `GET /projects/{project}/integrations/{name}`

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::response::Response;
use broker::{IntegrationUse, IntegrationView, KeptProof, ProofRunView, Proven};
use domain::integration::IntegrationState;
use domain::page::PageAsk;
use domain::provider::Descriptor;

use super::method;
use crate::App;
use crate::console::answer;
use crate::console::frame::{Frame, Section};
use crate::console::proofs::{CheckView, checks};
use crate::console::viewer::Here;
use crate::face::{self, Failure};

#[derive(Template)]
#[template(path = "integrations/show.html")]
struct ShowPage {
    frame: Frame,
    base: String,
    project: String,
    integration: IntegrationView,
    method: &'static Descriptor,
    used: IntegrationUse,
    last: Option<KeptProof>,
    /// The checks of the last proof that did not pass.
    open: Vec<CheckView>,
    run: Option<ProofRunView>,
    waits: bool,
}

impl ShowPage {
    /// The name of a setting or secret for people.
    fn label(&self, name: &str) -> String {
        let known = self.method.fields.iter().find(|field| field.name == name);
        known.map_or(name, |field| field.label).to_owned()
    }

    /// What a setting is for people.
    fn shown(&self, name: &str, value: &str) -> String {
        let field = self.method.fields.iter().find(|field| field.name == name);
        let choice = field.and_then(|field| field.choices.iter().find(|choice| choice.word == value));
        choice.map_or(value, |choice| choice.title).to_owned()
    }

    /// What the state means, and what comes next.
    fn explained(&self) -> &'static str {
        match self.integration.state {
            IntegrationState::Active => "Proven: access may be handed out through it.",
            IntegrationState::Pending if self.waits => {
                "The cloud side is not finished: apply it, then name here what it gave you."
            }
            IntegrationState::Pending => {
                "It waits for a proof that passes. Nothing is handed out through it until then."
            }
            IntegrationState::Unproven => "Its proof was switched off, so nobody has shown that it works.",
            IntegrationState::Failed => {
                "Its last proof failed, so nothing is handed out through it until it is mended."
            }
            IntegrationState::Paused => "Somebody has switched it off; nothing is handed out through it.",
        }
    }

    fn more_datasources(&self) -> bool {
        super::more_datasources(&self.used)
    }

    fn may_pause(&self) -> bool {
        !matches!(self.integration.state, IntegrationState::Paused | IntegrationState::Pending)
    }
}

/// Everything but the secrets.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let name = face::name("integration", &name)?;
    let (caller, project, broker) = (here.caller(), here.name(), app.broker());
    let integration = broker.show_integration(caller, project, &name).await?;
    let method = method(&app, &here, &integration.method).await?;
    let newest = PageAsk { after: None, limit: 1 };
    let last = broker.list_proofs(caller, project, Proven::Integration, &name, newest).await?.items.into_iter().next();
    let open = last.as_ref().map(|last| checks(&last.proof.checks)).unwrap_or_default();
    answer::page(&ShowPage {
        frame: here.frame(Section::Integrations, integration.name.to_string()),
        base: here.path("/integrations"),
        project: here.path(""),
        used: broker.integration_use(caller, project, &name).await?,
        run: broker.current_proof_run(caller, project, Proven::Integration, &name).await?,
        waits: method.waits(&integration.settings),
        open: open.into_iter().filter(CheckView::is_open).collect(),
        integration,
        method,
        last,
    })
}
