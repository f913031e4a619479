//! Datasources: choosing a place in a store and saying what it is for, proving, changing and taking away.
//!
//! Making one needs a usable integration; who has none is led to connecting one and comes back. Nothing that
//! was typed is lost on the way: every step carries it in the address.

mod choose;
mod cors;
mod create;
mod delete;
mod edit;
mod fields;
mod list;
mod picker;
mod prove;
mod show;

use domain::{Error, ErrorKind};

use super::delete::{show as show_delete, submit as submit_delete};
use super::pages::Pages;

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/projects/{project}/datasources", "datasource.list", list::show)
        .get("/projects/{project}/datasources/-/new", "datasource.create", create::show)
        .post("/projects/{project}/datasources/-/new", "datasource.create", create::submit)
        .get("/projects/{project}/datasources/-/new/place", "integration.browse", picker::part)
        .get("/projects/{project}/datasources/-/new/cors", "setup.show", cors::part)
        .get("/projects/{project}/datasources/{name}", "datasource.show", show::show)
        .post("/projects/{project}/datasources/{name}/prove", "datasource.prove", prove::submit)
        .get("/projects/{project}/datasources/{name}/edit", "datasource.change", edit::show)
        .post("/projects/{project}/datasources/{name}/edit", "datasource.change", edit::submit)
        .get("/projects/{project}/datasources/{name}/delete", "datasource.delete", show_delete::<delete::Used>)
        .post("/projects/{project}/datasources/{name}/delete", "datasource.delete", submit_delete::<delete::Used>)
}

/// Something that a field names and that is not there is wrong at the field; the page itself is there.
fn at_its_field(error: Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound if !error.fields().is_empty() => Error::invalid_fields(error.fields().to_vec()),
        _ => error,
    }
}
