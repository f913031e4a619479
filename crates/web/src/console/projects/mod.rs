//! Projects: the list one begins with, and making one.

mod create;
mod home;
mod list;

use super::pages::Pages;

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/", "project.list", home::show)
        .get("/projects", "project.list", list::show)
        .get("/projects/-/new", "project.create", create::show)
        .post("/projects/-/new", "project.create", create::submit)
}
