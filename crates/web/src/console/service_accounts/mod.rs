//! Service accounts: programs that act in this project.

mod create;
mod list;
mod switch;

use super::pages::Pages;

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/projects/{project}/service-accounts", "service-account.list", list::show)
        .post("/projects/{project}/service-accounts", "service-account.change", create::submit)
        .post("/projects/{project}/service-accounts/{name}/disable", "service-account.change", switch::disable)
        .post("/projects/{project}/service-accounts/{name}/enable", "service-account.change", switch::enable)
}
