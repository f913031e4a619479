//! Grants: what was handed out, and taking it back after seeing what breaks.

mod asked;
mod line;
mod list;
mod revoke;
mod revoked;
mod show;

use super::pages::Pages;

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/projects/{project}/grants", "grant.list", list::show)
        .get("/projects/{project}/grants/revoke", "grant.revoke-own", revoke::show)
        .post("/projects/{project}/grants/revoke", "grant.revoke-own", revoke::submit)
        .get("/projects/{project}/grants/revoked", "grant.show", revoked::show)
        .get("/projects/{project}/grants/{id}", "grant.show", show::show)
}
