//! `/projects/{project}/integrations/-/new/{method}`: the details, checked as they are typed.

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::response::Response;
use broker::{CheckIntegration, NewIntegration, Silent};
use domain::provider::Descriptor;
use domain::{Error, ErrorKind, FieldError};

use super::fields::{self, FormField};
use super::method;
use crate::App;
use crate::console::answer;
use crate::console::csp::Csp;
use crate::console::failure::sentence;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::then::Then;
use crate::console::viewer::Here;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "integrations/create.html")]
struct CreatePage {
    frame: Frame,
    base: String,
    method: &'static Descriptor,
    fields: Vec<FormField>,
    unfold: bool,
    form: Filled,
    /// The integration that has the name already, where it waits to be finished.
    begun: Option<String>,
    then: Then,
}

/// What is wrong with each field, for the places beside them.
#[derive(Template)]
#[template(path = "integrations/check_part.html")]
struct CheckPart {
    errors: Vec<(String, String)>,
    notes: Vec<(String, &'static str)>,
}

impl CreatePage {
    fn has_advanced(&self) -> bool {
        self.fields.iter().any(|field| field.advanced)
    }

    fn new(here: &Here, method: &'static Descriptor, form: Filled, then: Then) -> Self {
        let fields = fields::of(method);
        Self {
            frame: here.frame(Section::Integrations, format!("New integration: {}", method.title)),
            base: here.path("/integrations"),
            method,
            unfold: fields::unfold(&fields, &form),
            fields,
            form,
            begun: None,
            then,
        }
    }
}

/// Shows the form.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((_, id)): Path<(String, String)>,
    query: Query,
    then: Then,
) -> Result<Response, Failure> {
    here.must(Action::IntegrationCreate)?;
    let method = method(&app, &here, &id).await?;
    answer::page(&CreatePage::new(&here, method, Filled::from_query(&query), then))
}

/// Keeps what was typed as a draft, and goes on to the cloud side.
pub(super) async fn submit(
    State(app): State<App>,
    here: Here,
    Path((_, id)): Path<(String, String)>,
    then: Then,
    form: Form,
) -> Result<Response, Failure> {
    let method = method(&app, &here, &id).await?;
    let made = match wrong(&app, &here, method, &form).await? {
        wrong if wrong.is_empty() => make(&app, &here, method, &form).await,
        wrong => Err(Error::invalid_fields(wrong)),
    };
    let error = match made {
        Ok(path) => {
            return answer::said(
                &app,
                format!("{path}{then}"),
                "What you typed is kept. Nothing was asked of the store yet.",
            );
        }
        Err(error) => error,
    };
    let taken = error.kind() == ErrorKind::NameTaken || error.fields().iter().any(|field| field.pointer == "/name");
    let mut page = CreatePage::new(&here, method, Filled::from_form(&form).failed(error)?, then);
    if taken {
        page.begun = begun(&app, &here, form.text("name")).await;
    }
    answer::refused(&page)
}

/// Says beside each field what is wrong with it, and stores nothing.
pub(super) async fn check(
    State(app): State<App>,
    here: Here,
    Path((_, id)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Failure> {
    let method = method(&app, &here, &id).await?;
    let wrong = wrong(&app, &here, method, &form).await?;
    let checked = Filled::from_form(&form).failed(Error::invalid_fields(wrong))?;
    let fields = fields::of(method);
    let mut names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    if form.ticked("name") {
        names.push("name");
    }
    let mut errors = Vec::new();
    for name in names {
        let typed = form.filled(name).is_some() || form.secret(name).is_some();
        match checked.error(name) {
            // Whoever has not come to a field yet is not told that it is empty.
            Some(_) if !typed => {}
            error => errors.push((name.to_owned(), error.map(sentence).unwrap_or_default())),
        }
    }
    let notes = fields.iter().filter(|field| field.has_notes());
    let notes = notes.map(|field| (field.name.clone(), field.note(&checked))).collect();
    answer::page_with(axum::http::StatusCode::OK, &CheckPart { errors, notes }, &Csp::default())
}

async fn wrong(app: &App, here: &Here, method: &Descriptor, form: &Form) -> Result<Vec<FieldError>, Failure> {
    let check = CheckIntegration {
        name: form.ticked("name").then(|| form.text("name").to_owned()),
        method: method.id.to_owned(),
        settings: fields::typed(method, form),
        secrets: form.secrets(),
    };
    Ok(app.broker().check_integration(here.caller(), here.name(), check).await?)
}

async fn make(app: &App, here: &Here, method: &Descriptor, form: &Form) -> Result<String, Error> {
    let new = NewIntegration {
        name: form.parsed("name")?,
        method: method.id.to_owned(),
        settings: fields::typed(method, form),
        secrets: form.secrets(),
        unproven: None,
        keep: false,
        draft: true,
    };
    let created = app.broker().create_integration(here.caller(), here.name(), new, &Silent).await?;
    Ok(here.path(&format!("/integrations/{}/setup", created.made.name)))
}

/// Whoever goes back and sends the form again is led on to what he has begun.
async fn begun(app: &App, here: &Here, name: &str) -> Option<String> {
    let name = name.parse().ok()?;
    let found = app.broker().show_integration(here.caller(), here.name(), &name).await.ok()?;
    (found.state == domain::integration::IntegrationState::Pending).then(|| found.name.to_string())
}
