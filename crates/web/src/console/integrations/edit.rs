//! `/projects/{project}/integrations/{name}/edit`: its settings, with what two people changed at once.

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::response::Response;
use broker::{ChangeIntegration, Created, IntegrationView, Silent};
use domain::integration::IntegrationState;
use domain::name::Name;
use domain::provider::Descriptor;
use domain::{Error, ErrorKind};

use super::fields::{self, FormField};
use super::method;
use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::proofs::{CheckView, checks};
use crate::console::query::Query;
use crate::console::viewer::Here;
use crate::face::{self, Failure};

#[derive(Template)]
#[template(path = "integrations/edit.html")]
struct EditPage {
    frame: Frame,
    base: String,
    integration: IntegrationView,
    method: &'static Descriptor,
    fields: Vec<FormField>,
    unfold: bool,
    form: Filled,
    /// Somebody else has changed it while this was being typed.
    overtaken: bool,
    /// What he has changed: label, then and now.
    meanwhile: Vec<(String, String, String)>,
    /// The checks of the proof that refused the change.
    failed: Vec<CheckView>,
}

impl EditPage {
    /// A form that begins with what is kept; where something was typed, that stays.
    fn new(here: &Here, integration: IntegrationView, method: &'static Descriptor, typed: Filled) -> Self {
        let mut form = typed.or("revision", integration.revision.to_string());
        for field in method.setting_fields() {
            let kept = integration.settings.get(field.name).cloned().unwrap_or_default();
            form = form.or(&format!("settings.{}", field.name), kept.clone());
            form = form.or(&format!("was.{}", field.name), kept);
        }
        let fields = fields::of(method);
        Self {
            frame: here.frame(Section::Integrations, format!("Edit {}", integration.name)),
            base: here.path("/integrations"),
            unfold: fields::unfold(&fields, &form),
            fields,
            integration,
            method,
            form,
            overtaken: false,
            meanwhile: Vec::new(),
            failed: Vec::new(),
        }
    }

    fn has_advanced(&self) -> bool {
        self.fields.iter().any(|field| field.advanced)
    }

    fn is_pending(&self) -> bool {
        self.integration.state == IntegrationState::Pending
    }

    /// What a setting was when the form was opened, for telling what changed meanwhile.
    fn before(&self) -> Vec<(String, String)> {
        let names = self.method.setting_fields().map(|field| format!("was.{}", field.name));
        names.map(|name| (name.clone(), self.form.value(&name).to_owned())).collect()
    }
}

/// Shows the form.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
    query: Query,
) -> Result<Response, Failure> {
    here.must(Action::IntegrationChange)?;
    let name = face::name("integration", &name)?;
    let integration = app.broker().show_integration(here.caller(), here.name(), &name).await?;
    let method = method(&app, &here, &integration.method).await?;
    answer::page(&EditPage::new(&here, integration, method, Filled::from_query(&query)))
}

/// Proves the new settings and keeps them; those of a draft are kept as they are.
pub(super) async fn submit(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Failure> {
    let name = face::name("integration", &name)?;
    let integration = app.broker().show_integration(here.caller(), here.name(), &name).await?;
    let method = method(&app, &here, &integration.method).await?;
    let pending = integration.state == IntegrationState::Pending;
    let error = match change(&app, &here, &name, &integration, method, &form).await {
        Ok(_) if pending => {
            return answer::said(&app, here.path(&format!("/integrations/{name}/setup")), "What you typed is kept.");
        }
        Ok(changed) => return answer::said(&app, here.path(&format!("/integrations/{name}")), said(&changed)),
        Err(error) => error,
    };
    if error.kind() == ErrorKind::PreconditionFailed {
        return conflict(&here, integration, method, &form, error);
    }
    let unproven = error.proof().map(|proof| checks(&proof.checks)).unwrap_or_default();
    let mut page = EditPage::new(&here, integration, method, Filled::from_form(&form).failed(error)?);
    page.failed = unproven.into_iter().filter(CheckView::is_open).collect();
    answer::refused(&page)
}

fn said(changed: &Created<IntegrationView>) -> &'static str {
    match (&changed.proof, changed.made.state) {
        (_, IntegrationState::Paused) => "The new settings are proven and kept. It is still paused.",
        (Some(_), _) => "The new settings are proven and in use.",
        (None, _) => "The new settings are kept.",
    }
}

async fn change(
    app: &App,
    here: &Here,
    name: &Name,
    integration: &IntegrationView,
    method: &Descriptor,
    form: &Form,
) -> Result<Created<IntegrationView>, Error> {
    let revision = form.parsed("revision")?;
    let secrets = form.secrets().into_iter().map(|(field, secret)| (field, Some(secret))).collect();
    let settings = fields::changes(method, &integration.settings, form);
    let draft = integration.state == IntegrationState::Pending;
    let change = ChangeIntegration { settings, secrets, unproven: None, draft };
    apply(app, here, name, revision, change).await
}

/// Changes it, and goes on even if the browser does not wait for the proof.
pub(super) async fn apply(
    app: &App,
    here: &Here,
    name: &Name,
    revision: i64,
    change: ChangeIntegration,
) -> Result<Created<IntegrationView>, Error> {
    let (broker, caller, project, name) =
        (app.broker().clone(), here.caller().clone(), here.name().clone(), name.clone());
    let work = async move { broker.change_integration(&caller, &project, &name, revision, change, &Silent).await };
    app.broker().in_background(work).await.map_err(Error::internal)?
}

/// Shows what was typed again, says what somebody else has changed, and lets the next attempt be one of what
/// is there now.
fn conflict(
    here: &Here,
    integration: IntegrationView,
    method: &'static Descriptor,
    form: &Form,
    error: Error,
) -> Result<Response, Failure> {
    let shown = |text: &str| if text.is_empty() { "not set".to_owned() } else { text.to_owned() };
    let mut meanwhile = Vec::new();
    let mut typed = Filled::default();
    for field in method.setting_fields() {
        let (was, typed_now) =
            (form.text(&format!("was.{}", field.name)), form.text(&format!("settings.{}", field.name)));
        let is = integration.settings.get(field.name).map_or("", String::as_str);
        if was != is {
            meanwhile.push((field.label.to_owned(), shown(was), shown(is)));
        }
        // Who left a field alone does not take back what the other has changed.
        let keeps = if typed_now == was { is } else { typed_now };
        typed = typed.or(&format!("settings.{}", field.name), keeps);
    }
    let mut page = EditPage::new(here, integration, method, typed.failed(error)?);
    page.form.problem = None;
    page.overtaken = true;
    page.meanwhile = meanwhile;
    page.unfold = true;
    answer::page_with(axum::http::StatusCode::CONFLICT, &page, &crate::console::csp::Csp::default())
}
