//! `/projects/{project}/datasources/{name}/edit`: what two people change at once is told apart.

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use broker::{ChangeDatasource, Created, DatasourceView, ProofChoice, Silent};
use domain::name::Name;
use domain::{Error, ErrorKind};

use super::at_its_field;
use super::create::notes;
use super::fields::{self, ENCRYPTIONS, MODES, Outputs, PURPOSES, Typed, kept, usual};
use crate::App;
use crate::console::answer;
use crate::console::csp::Csp;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::proofs::{CheckView, checks};
use crate::console::query::Query;
use crate::console::viewer::Here;
use crate::face::{self, Failure};

#[derive(Template)]
#[template(path = "datasources/edit.html")]
struct EditPage {
    frame: Frame,
    base: String,
    view: DatasourceView,
    outputs: Outputs,
    form: Filled,
    unfold: bool,
    /// Somebody else has changed it while this was being typed.
    overtaken: bool,
    /// What he has changed: label, then and now.
    meanwhile: Vec<(&'static str, String, String)>,
    /// The checks of the proof that refused the change.
    failed: Vec<CheckView>,
}

impl EditPage {
    /// A form that begins with what is kept; where something was typed, that stays.
    async fn new(app: &App, here: &Here, view: DatasourceView, typed: Filled) -> Result<Self, Failure> {
        let mut form = typed.or("revision", view.revision.to_string());
        for (name, _, value) in kept(&view) {
            form = form.or(name, value.clone()).or(&format!("was.{name}"), value);
        }
        let mut outputs = Outputs::read(app, here).await?;
        outputs.names.retain(|name| *name != view.name);
        Ok(Self {
            frame: here.frame(Section::Datasources, format!("Edit {}", view.name)),
            base: here.path("/datasources"),
            unfold: fields::unfold(&form),
            view,
            outputs,
            form,
            overtaken: false,
            meanwhile: Vec::new(),
            failed: Vec::new(),
        })
    }

    /// What was there when the form was opened, for telling what changed meanwhile.
    fn before(&self) -> Vec<(String, String)> {
        let names = fields::LABELS.map(|(name, _)| format!("was.{name}"));
        names.into_iter().map(|name| (name.clone(), self.form.value(&name).to_owned())).collect()
    }
}

/// Shows the form.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
    query: Query,
) -> Result<Response, Failure> {
    here.must(Action::DatasourceChange)?;
    let name = face::name("datasource", &name)?;
    let view = app.broker().show_datasource(here.caller(), here.name(), &name).await?;
    answer::page(&EditPage::new(&app, &here, view, Filled::from_query(&query)).await?)
}

/// Proves what was changed and keeps it.
pub(super) async fn submit(
    State(app): State<App>,
    here: Here,
    Path((_, text)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Failure> {
    let name = face::name("datasource", &text)?;
    let own = here.path(&format!("/datasources/{name}"));
    let error = match change(&app, &here, &name, &form).await {
        Ok(Some(changed)) => return answer::said(&app, own, &said(&changed)),
        Ok(None) => return answer::said(&app, own, "Nothing was changed."),
        Err(error) => at_its_field(error),
    };
    let of_page = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied);
    if of_page {
        return Err(Failure(error));
    }
    here.must(Action::DatasourceChange)?;
    let view = app.broker().show_datasource(here.caller(), here.name(), &name).await?;
    if error.kind() == ErrorKind::PreconditionFailed {
        return conflict(&app, &here, view, &form).await;
    }
    let failed = error.proof().map(|proof| checks(&proof.checks)).unwrap_or_default();
    let mut page = EditPage::new(&app, &here, view, Filled::from_form(&form).failed(error)?).await?;
    page.failed = failed.into_iter().filter(CheckView::is_open).collect();
    answer::refused(&page)
}

fn said(changed: &Created<DatasourceView>) -> String {
    let what = match changed.proof {
        Some(_) => "The new settings are proven and in use.",
        None => "The new settings are in use, unproven.",
    };
    format!("{what} {}", notes(&changed.made))
}

/// Changes what was changed on the form, and goes on even if the browser does not wait for the proof.
async fn change(app: &App, here: &Here, name: &Name, form: &Form) -> Result<Option<Created<DatasourceView>>, Error> {
    let revision = form.parsed("revision")?;
    let is_new = |name: &str| form.raw(name) != form.raw(&format!("was.{name}"));
    if !fields::LABELS.iter().any(|(name, _)| is_new(name)) && form.ticked("was.bucket") {
        return Ok(None);
    }
    let typed = Typed::read(form, Vec::new())?;
    let usual = ProofChoice { mode: usual(typed.purpose), reason: None };
    let proof = (is_new("proof.mode") || is_new("proof.reason")).then(|| typed.proof.unwrap_or(usual));
    let change = ChangeDatasource {
        bucket: is_new("bucket").then_some(typed.bucket),
        prefix: is_new("prefix").then_some(typed.prefix),
        region: is_new("region").then_some(typed.region),
        // Another purpose may take the choice of an output away.
        output_datasource: (is_new("output_datasource") || is_new("purpose")).then_some(typed.output_datasource),
        purpose: is_new("purpose").then_some(typed.purpose),
        sse: (is_new("sse.type") || is_new("sse.kms_key_arn")).then_some(typed.sse),
        cors_origin: is_new("cors_origin").then_some(typed.cors_origin),
        proof,
    };
    let (broker, caller, project, name) =
        (app.broker().clone(), here.caller().clone(), here.name().clone(), name.clone());
    let work = async move { broker.change_datasource(&caller, &project, &name, revision, change, &Silent).await };
    app.broker().in_background(work).await.map_err(Error::internal)?.map(Some)
}

/// Shows what was typed again, says what somebody else has changed, and lets the next attempt be one of what
/// is there now.
async fn conflict(app: &App, here: &Here, view: DatasourceView, form: &Form) -> Result<Response, Failure> {
    let shown = |text: &str| if text.is_empty() { "not set".to_owned() } else { text.to_owned() };
    let mut meanwhile = Vec::new();
    let mut typed = Filled::default();
    for (name, label, is) in kept(&view) {
        let (was, typed_now) = (form.raw(&format!("was.{name}")), form.raw(name));
        if was != is {
            meanwhile.push((label, shown(was), shown(&is)));
        }
        // Who left a field alone does not take back what the other has changed.
        let keeps = if typed_now == was { is.as_str() } else { typed_now };
        typed = typed.or(name, keeps);
    }
    let page = EditPage::new(app, here, view, typed).await?;
    let page = EditPage { overtaken: true, meanwhile, unfold: true, ..page };
    answer::page_with(StatusCode::CONFLICT, &page, &Csp::default())
}
