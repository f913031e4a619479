//! Integrations: connecting, proving, changing and taking away.
//!
//! Connecting goes in four steps (method, details, cloud side, proof), each at an address of its own. What was
//! typed is kept as `pending` after the second step, so one may leave and come back at any time.

mod blocks;
mod choose;
mod create;
mod delete;
mod edit;
mod fields;
mod list;
mod needs;
mod prove;
mod rotate;
mod setup;
mod setup_of_method;
mod show;
mod switch;

use broker::IntegrationUse;
use domain::Error;
use domain::provider::Descriptor;

use super::delete::{show as show_delete, submit as submit_delete};
use super::pages::Pages;
use super::viewer::Here;
use crate::App;
use crate::face::Failure;

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/projects/{project}/integrations", "integration.list", list::show)
        .get("/projects/{project}/integrations/-/new", "integration.create", choose::show)
        .get("/projects/{project}/integrations/-/new/{method}", "integration.create", create::show)
        .post("/projects/{project}/integrations/-/new/{method}", "integration.create", create::submit)
        .post("/projects/{project}/integrations/-/new/{method}/check", "integration.create", create::check)
        .get("/projects/{project}/integrations/-/new/{method}/setup", "setup.show", setup_of_method::show)
        .get("/projects/{project}/integrations/{name}", "integration.show", show::show)
        .get("/projects/{project}/integrations/{name}/setup", "setup.show", setup::show)
        .post("/projects/{project}/integrations/{name}/setup", "integration.change", setup::submit)
        .get("/projects/{project}/integrations/{name}/prove", "integration.prove", prove::show)
        .post("/projects/{project}/integrations/{name}/prove", "integration.prove", prove::submit)
        .get("/projects/{project}/integrations/{name}/edit", "integration.change", edit::show)
        .post("/projects/{project}/integrations/{name}/edit", "integration.change", edit::submit)
        .get("/projects/{project}/integrations/{name}/rotate", "integration.change", rotate::show)
        .post("/projects/{project}/integrations/{name}/rotate", "integration.change", rotate::submit)
        .post("/projects/{project}/integrations/{name}/roll-back", "integration.change", rotate::roll_back)
        .post("/projects/{project}/integrations/{name}/pause", "integration.change", switch::pause)
        .post("/projects/{project}/integrations/{name}/resume", "integration.change", switch::resume)
        .get("/projects/{project}/integrations/{name}/delete", "integration.delete", show_delete::<delete::Used>)
        .post("/projects/{project}/integrations/{name}/delete", "integration.delete", submit_delete::<delete::Used>)
}

/// The purposes with their words in a form.
pub(super) fn purposes() -> [(&'static str, &'static str); 3] {
    needs::PURPOSES.map(|(purpose, title)| (purpose.as_str(), title))
}

/// The method of this id; a path that names none leads nowhere.
async fn method(app: &App, here: &Here, id: &str) -> Result<&'static Descriptor, Failure> {
    let methods = app.broker().list_methods(here.caller()).await?;
    let shown: String = id.chars().take(100).collect();
    methods.into_iter().find(|method| method.id == id).ok_or_else(|| Failure(Error::not_found("method", &shown)))
}

/// Whether more datasources go through it than are named.
fn more_datasources(used: &IntegrationUse) -> bool {
    u64::try_from(used.datasources.len()).is_ok_and(|named| used.datasource_count > named)
}
