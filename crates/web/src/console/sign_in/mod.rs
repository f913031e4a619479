//! Signing in and out.

mod begin;
mod end;
mod form;

use super::pages::Pages;

pub(super) use form::{address, again};

pub(super) fn pages(pages: Pages) -> Pages {
    pages.get("/sign-in", "session.begin", form::show).post("/sign-in", "session.begin", begin::submit).post(
        "/sign-out",
        "session.end",
        end::submit,
    )
}
