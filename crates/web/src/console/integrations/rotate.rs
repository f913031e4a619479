//! `/projects/{project}/integrations/{name}/rotate`: new secrets, and back to old ones.

use std::collections::BTreeMap;

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::response::Response;
use broker::{ChangeIntegration, IntegrationView, SecretVersionView, Silent};
use domain::Error;
use domain::integration::IntegrationState;
use domain::name::Name;

use super::edit::apply;
use super::fields::{self, FormField};
use super::method;
use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::proofs::{CheckView, checks};
use crate::console::viewer::Here;
use crate::face::{self, Failure};

#[derive(Template)]
#[template(path = "integrations/rotate.html")]
struct RotatePage {
    frame: Frame,
    base: String,
    integration: IntegrationView,
    fields: Vec<FormField>,
    /// What says which file the secret came from.
    file_name: Option<FormField>,
    versions: Vec<SecretVersionView>,
    form: Filled,
    failed: Vec<CheckView>,
}

impl RotatePage {
    /// The name of a secret for people.
    fn label(&self, field: &str) -> String {
        let known = self.fields.iter().find(|known| known.name.strip_prefix("secrets.") == Some(field));
        known.map_or(field, |field| field.label).to_owned()
    }
}

async fn page(app: &App, here: &Here, name: &Name, form: Filled) -> Result<RotatePage, Failure> {
    let integration = app.broker().show_integration(here.caller(), here.name(), name).await?;
    let versions = app.broker().list_secret_versions(here.caller(), here.name(), name).await?;
    let method = method(app, here, &integration.method).await?;
    Ok(RotatePage {
        frame: here.frame(Section::Integrations, format!("Rotate secrets of {name}")),
        base: here.path("/integrations"),
        fields: fields::secrets_of(method),
        file_name: fields::file_name_of(method),
        integration,
        versions,
        form,
        failed: Vec::new(),
    })
}

/// Shows the form and the versions there are.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    here.must(Action::IntegrationChange)?;
    let name = face::name("integration", &name)?;
    answer::page(&page(&app, &here, &name, Filled::default()).await?)
}

/// Proves the new secrets and keeps them.
pub(super) async fn submit(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Failure> {
    let name = face::name("integration", &name)?;
    let sentence = "The new secrets are kept. The old ones stay as a version to go back to.";
    match rotate(&app, &here, &name, &form).await {
        Ok(()) => answer::said(&app, here.path(&format!("/integrations/{name}")), sentence),
        Err(error) => refused(&app, &here, &name, &form, error).await,
    }
}

async fn rotate(app: &App, here: &Here, name: &Name, form: &Form) -> Result<(), Error> {
    let secrets = form.secrets();
    let kept = app.broker().show_integration(here.caller(), here.name(), name).await?;
    if secrets.is_empty() {
        let field = kept.secrets.first().map_or("", |secret| secret.field.as_str());
        return Err(Error::invalid(format!("/secrets/{field}"), "type the new secret"));
    }
    let methods = app.broker().list_methods(here.caller()).await?;
    let method = methods.into_iter().find(|method| method.id == kept.method);
    let mut settings = BTreeMap::new();
    if let Some(field) = method.and_then(fields::file_name_of) {
        // A new file under the name of the old one would say something wrong; no name says nothing.
        settings.insert(fields::FILE_NAME.to_owned(), form.filled(&field.name).map(str::to_owned));
    }
    let secrets = secrets.into_iter().map(|(field, secret)| (field, Some(secret))).collect();
    let draft = kept.state == IntegrationState::Pending;
    let change = ChangeIntegration { settings, secrets, draft, ..ChangeIntegration::default() };
    apply(app, here, name, form.parsed("revision")?, change).await.map(drop)
}

/// Proves an earlier version and switches to it.
pub(super) async fn roll_back(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Failure> {
    let name = face::name("integration", &name)?;
    match switch_back(&app, &here, &name, &form).await {
        Ok(version) => {
            let sentence = format!("Version {version} of the secret is in use again.");
            answer::said(&app, here.path(&format!("/integrations/{name}/rotate")), &sentence)
        }
        Err(error) => refused(&app, &here, &name, &form, error).await,
    }
}

async fn switch_back(app: &App, here: &Here, name: &Name, form: &Form) -> Result<u32, Error> {
    let (field, version) = (form.text("field").to_owned(), form.parsed::<u32>("version")?);
    let (broker, caller, project, name) =
        (app.broker().clone(), here.caller().clone(), here.name().clone(), name.clone());
    let work = async move { broker.roll_back_secret(&caller, &project, &name, &field, version, &Silent).await };
    app.broker().in_background(work).await.map_err(Error::internal)??;
    Ok(version)
}

async fn refused(app: &App, here: &Here, name: &Name, form: &Form, error: Error) -> Result<Response, Failure> {
    let unproven = error.proof().map(|proof| checks(&proof.checks)).unwrap_or_default();
    let mut page = page(app, here, name, Filled::from_form(form).failed(error)?).await?;
    page.failed = unproven.into_iter().filter(CheckView::is_open).collect();
    answer::refused(&page)
}
