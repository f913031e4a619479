//! `GET /policy/generate`: from a need to the policies of a method, which the set-up pages of a project show.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use broker::ProjectView;
use domain::name::Name;
use domain::page::PageAsk;
use domain::provider::{Descriptor, by_cloud};
use domain::{Error, FieldError};

use super::TOOLS;
use crate::App;
use crate::console::answer;
use crate::console::form::Filled;
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::Viewer;
use crate::face::Failure;

/// So many projects are offered; the name of another one is typed.
const MOST_PROJECTS: u32 = 200;

#[derive(Template)]
#[template(path = "policy/generate.html")]
struct GeneratePage {
    frame: Frame,
    form: Filled,
    projects: Vec<ProjectView>,
    groups: Vec<(&'static str, Vec<&'static Descriptor>)>,
}

impl GeneratePage {
    fn tools(&self) -> [(&'static str, &'static str); 3] {
        TOOLS
    }
}

/// Shows the form; a filled one leads on to where the policies are shown, which checks the rest.
pub(super) async fn show(State(app): State<App>, viewer: Viewer, query: Query) -> Result<Response, Failure> {
    let methods = app.broker().list_methods(&viewer.caller).await?;
    let form = Filled::from_query(&query);
    let form = match query.get("method").map(|_| target(&query, &methods)) {
        Some(Ok(path)) => return answer::to(path),
        Some(Err(error)) => form.failed(error)?,
        None => form,
    };
    let asked = PageAsk::new(None, Some(MOST_PROJECTS))?;
    let page = GeneratePage {
        frame: viewer.frame(Section::Policy, "Policy tools"),
        projects: app.broker().list_projects(&viewer.caller, asked).await?.items,
        groups: by_cloud(&methods),
        form,
    };
    if page.form.problem.is_some() { answer::refused(&page) } else { answer::page(&page) }
}

/// The set-up of the method in the project, for what is needed.
fn target(query: &Query, methods: &[&'static Descriptor]) -> Result<String, Error> {
    let mut wrong = Vec::new();
    let project = query.text("project").parse::<Name>();
    if let Err(why) = &project {
        wrong.push(FieldError::new("/project", format!("choose a project: {why}")));
    }
    let method = methods.iter().find(|method| method.id == query.text("method"));
    if method.is_none() {
        wrong.push(FieldError::new("/method", "choose a method of the list"));
    }
    let (Ok(project), Some(method)) = (project, method) else { return Err(Error::invalid_fields(wrong)) };
    let beside = ["project", "method", "format"];
    let needs = query.pairs().iter().filter(|(name, value)| !beside.contains(&name.as_str()) && !value.is_empty());
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    encoded.append_pair("format", "policies").extend_pairs(needs);
    Ok(format!("/projects/{project}/integrations/-/new/{}/setup?{}", method.id, encoded.finish()))
}
