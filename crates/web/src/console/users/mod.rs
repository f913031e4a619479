//! Users of the installation: made and changed by its administrators.

mod create;
mod list;
mod password;
mod properties;
mod show;
mod switch;

use super::pages::Pages;

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/admin/users", "user.list", list::show)
        .get("/admin/users/-/new", "user.create", create::show)
        .post("/admin/users/-/new", "user.create", create::submit)
        .get("/admin/users/{name}", "user.show", show::show)
        .post("/admin/users/{name}/properties", "user.change", properties::submit)
        .post("/admin/users/{name}/disable", "user.change", switch::disable)
        .post("/admin/users/{name}/enable", "user.change", switch::enable)
        .get("/admin/users/{name}/password", "user.change", password::ask)
        .post("/admin/users/{name}/password", "user.change", password::submit)
}

/// The address of a user's page.
fn path(name: &str) -> String {
    format!("/admin/users/{}", percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC))
}
