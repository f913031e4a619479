//! `/projects/{project}/datasources/-/new`

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use broker::{DatasourceView, IntegrationView, NewDatasource, Silent};
use domain::name::Name;
use domain::proof::ProofMode;
use domain::{Error, ErrorKind};

use super::at_its_field;
use super::choose;
use super::cors::{self, CorsPart};
use super::fields::{self, ENCRYPTIONS, MODES, Outputs, PURPOSES, Typed};
use super::picker::{self, At, PlacePart};
use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::Here;
use crate::face::{self, Failure};

#[derive(Template)]
#[template(path = "datasources/create.html")]
struct CreatePage {
    frame: Frame,
    base: String,
    integration: IntegrationView,
    outputs: Outputs,
    form: Filled,
    place: PlacePart,
    cors: CorsPart,
    unfold: bool,
    /// The datasource that has the name already, where it waits for its proof.
    begun: Option<DatasourceView>,
}

/// Lets one choose the integration, then shows the form.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    here.must(Action::DatasourceCreate)?;
    let at = At::read(&query);
    if query.get("go").is_some() {
        return answer::to(picker::address(&here, &picker::moved(&query, &at)));
    }
    let named = match query.get("integration") {
        Some(name) if query.get("choose").is_none() => name,
        _ => return begin(&app, &here, query).await,
    };
    let name = face::name("integration", named)?;
    let integration = app.broker().show_integration(here.caller(), here.name(), &name).await?;
    if !integration.state.usable() {
        let others = choose::usable(&app, &here, None).await?;
        return choose::page(&app, &here, query, others, Some(integration)).await;
    }
    let form = picker::filled(&picker::moved(&query, &at)).or("purpose", "input");
    let form = form.or("cors_origin", cors::own_origin(&app, &headers));
    let (page, wrong) = page(&app, &here, integration, form, &at).await?;
    let page = match query.get("cors") {
        Some(_) => CreatePage { cors: cors::of_form(&app, &here, &query).await?, ..page },
        None => page,
    };
    if wrong { answer::refused(&page) } else { answer::page(&page) }
}

/// The only integration is taken; among several one chooses.
async fn begin(app: &App, here: &Here, query: Query) -> Result<Response, Failure> {
    let usable = choose::usable(app, here, query.get("find")).await?;
    match usable.as_slice() {
        [only] if query.get("choose").is_none() && query.get("find").is_none() => {
            let path = here.path("/datasources/-/new");
            answer::to(format!("{path}{}", query.with("integration", only.name.as_str())))
        }
        _ => choose::page(app, here, query, usable, None).await,
    }
}

/// The page at a place, and whether the place is typed wrong.
async fn page(
    app: &App,
    here: &Here,
    integration: IntegrationView,
    mut form: Filled,
    at: &At,
) -> Result<(CreatePage, bool), Failure> {
    let (picker, wrong) = picker::look(app, here, &integration.name, at).await?;
    let is_wrong = wrong.is_some();
    if let (Some(error), None) = (wrong, &form.problem) {
        form = form.failed(error)?;
    }
    let base = here.path("/datasources");
    let page = CreatePage {
        frame: here.frame(Section::Datasources, "New datasource"),
        place: PlacePart { base: base.clone(), form: form.clone(), picker, moved: false },
        base,
        integration,
        outputs: Outputs::read(app, here).await?,
        unfold: fields::unfold(&form),
        form,
        cors: CorsPart::default(),
        begun: None,
    };
    Ok((page, is_wrong))
}

/// Keeps what was typed and begins to prove it, or keeps it unproven where that was chosen.
pub(super) async fn submit(State(app): State<App>, here: Here, form: Form) -> Result<Response, Failure> {
    let error = match make(&app, &here, &form).await {
        Ok((path, sentence)) if sentence.is_empty() => return answer::to(path),
        Ok((path, sentence)) => return answer::said(&app, path, &sentence),
        Err(error) => at_its_field(error),
    };
    here.must(Action::DatasourceCreate)?;
    let name = face::name("integration", form.text("integration"))?;
    let integration = app.broker().show_integration(here.caller(), here.name(), &name).await?;
    let taken = error.kind() == ErrorKind::NameTaken;
    let filled = Filled::from_form(&form).failed(error)?;
    let at = At { bucket: form.text("bucket").to_owned(), prefix: form.raw("prefix").to_owned(), ..At::default() };
    let (mut page, _) = page(&app, &here, integration, filled, &at).await?;
    if taken {
        page.begun = begun(&app, &here, form.text("name")).await;
    }
    answer::refused(&page)
}

/// Makes it, and says where to go on.
async fn make(app: &App, here: &Here, form: &Form) -> Result<(String, String), Error> {
    let mut wrong = Vec::new();
    let name = fields::parsed::<Name>(&mut wrong, "name", form.text("name"));
    let integration = fields::parsed::<Name>(&mut wrong, "integration", form.text("integration"));
    let typed = Typed::read(form, wrong)?;
    let (Some(name), Some(integration)) = (name, integration) else { return Err(Error::internal("names were read")) };
    let off = typed.proof.as_ref().is_some_and(|choice| choice.mode == ProofMode::Off);
    let new = NewDatasource {
        name: name.clone(),
        integration,
        bucket: typed.bucket,
        prefix: typed.prefix,
        purpose: typed.purpose,
        region: typed.region,
        output_datasource: typed.output_datasource,
        sse: typed.sse,
        cors_origin: typed.cors_origin,
        proof: typed.proof,
        keep: false,
        draft: !off,
    };
    let made = app.broker().create_datasource(here.caller(), here.name(), new, &Silent).await?.made;
    let notes = notes(&made);
    let own = here.path(&format!("/datasources/{name}"));
    if off {
        return Ok((own, format!("The datasource is made and usable, unproven. {notes}")));
    }
    match app.broker().start_datasource_proof(here.caller(), here.name(), &name, None).await {
        Ok(run) => Ok((here.path(&format!("/proof-runs/{}", run.id)), notes)),
        Err(error) => {
            let why = crate::console::failure::sentence(error.message());
            Ok((own, format!("What you typed is kept, and the proof could not begin: {why}")))
        }
    }
}

/// What to mind, as sentences.
pub(super) fn notes(view: &DatasourceView) -> String {
    let notes: Vec<_> = view.notes.iter().map(|note| crate::console::failure::sentence(note)).collect();
    notes.join(" ")
}

/// Whoever goes back and sends the form again is led on to what he has begun.
async fn begun(app: &App, here: &Here, name: &str) -> Option<DatasourceView> {
    let found = app.broker().show_datasource(here.caller(), here.name(), &name.parse().ok()?).await.ok()?;
    (!found.usable).then_some(found)
}
