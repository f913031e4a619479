//! Settings of a project: whom customers must trust, and its keys.

mod delete;
mod rotate;
mod show;

use super::pages::Pages;

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/projects/{project}/settings", "project.show", show::show)
        .post("/projects/{project}/settings/rotate-key", "key.rotate", rotate::submit)
        .get("/projects/{project}/settings/delete", "project.delete", delete::ask)
        .post("/projects/{project}/settings/delete", "project.delete", delete::submit)
}
