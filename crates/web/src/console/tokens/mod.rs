//! API tokens of a project.

mod create;
mod list;
mod revoke;

use super::pages::Pages;

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/projects/{project}/tokens", "token.list", list::show)
        .get("/projects/{project}/tokens/-/new", "token.create-own", create::show)
        .post("/projects/{project}/tokens/-/new", "token.create-own", create::submit)
        .get("/projects/{project}/tokens/{id}/revoke", "token.revoke-own", revoke::ask)
        .post("/projects/{project}/tokens/{id}/revoke", "token.revoke-own", revoke::submit)
}
