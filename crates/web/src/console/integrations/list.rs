//! `GET /projects/{project}/integrations`

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::response::Response;
use broker::{IntegrationQuery, IntegrationView};
use domain::integration::IntegrationState;
use domain::page::Page;
use domain::provider::Descriptor;

use crate::App;
use crate::console::answer;
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::tone::word_of_integration;
use crate::console::viewer::Here;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "integrations/list.html")]
struct ListPage {
    frame: Frame,
    query: Query,
    base: String,
    members: String,
    methods: Vec<&'static Descriptor>,
    integrations: Page<IntegrationView>,
}

const STATES: [IntegrationState; 5] = [
    IntegrationState::Pending,
    IntegrationState::Active,
    IntegrationState::Unproven,
    IntegrationState::Failed,
    IntegrationState::Paused,
];

impl ListPage {
    fn states(&self) -> [IntegrationState; 5] {
        STATES
    }

    fn is_state(&self, state: &IntegrationState) -> bool {
        self.query.get("state") == Some(word_of_integration(state))
    }

    fn title(&self, method: &str) -> String {
        let known = self.methods.iter().find(|known| known.id == method);
        known.map_or(method, |known| known.title).to_owned()
    }
}

/// The integrations of a project.
pub(super) async fn show(State(app): State<App>, here: Here, query: Query) -> Result<Response, Failure> {
    let state = query.get("state").map(read_state).transpose()?;
    let asked = IntegrationQuery {
        state,
        method: query.get("method").map(str::to_owned),
        contains: query.get("contains").map(str::to_owned),
    };
    let integrations = app.broker().list_integrations(here.caller(), here.name(), asked, query.page()?).await?;
    let methods = app.broker().list_methods(here.caller()).await?;
    let (base, members) = (here.path("/integrations"), here.path("/members"));
    answer::page(&ListPage {
        frame: here.frame(Section::Integrations, "Integrations"),
        query,
        base,
        members,
        methods,
        integrations,
    })
}

fn read_state(text: &str) -> Result<IntegrationState, domain::Error> {
    let known = STATES.into_iter().find(|state| word_of_integration(state) == text);
    known.ok_or_else(|| domain::Error::invalid("/state", format!("'{text}' is no state of an integration")))
}
