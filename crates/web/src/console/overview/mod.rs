//! A project at a glance: what is connected, whether it is safe, who can reach it, and what to do next.

mod show;

use super::pages::Pages;

pub(super) fn pages(pages: Pages) -> Pages {
    pages.get("/projects/{project}", "project.show", show::show)
}
