//! The manual at `/docs`: readable without a session, since it holds nothing of the installation.

mod page;
mod picture;
mod search;

use super::pages::Pages;

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/docs", "manual.read", page::first)
        .get("/docs/search", "manual.read", search::show)
        .get("/docs/assets/{hash}/{*path}", "manual.read", picture::serve)
        .get("/docs/{*path}", "manual.read", page::show)
}
