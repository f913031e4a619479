//! The console: pages for people, over the same use cases as the API.
//!
//! A folder per noun, a file per page; `router` below is the table of contents. A page parses, calls use
//! cases of the broker, and renders a template; it decides nothing itself. What always holds: no page
//! needs JavaScript to be read or to change something; nothing is loaded from another host but objects
//! from the project's own buckets; what people typed is escaped by the templates; secrets are never shown
//! again, not even to whoever typed them.

mod account;
mod answer;
mod assets;
mod audit;
mod confirm;
mod csp;
mod datasources;
mod delete;
mod document;
mod failure;
mod flash;
mod form;
mod frame;
mod governance;
mod grants;
mod integrations;
mod manual;
mod members;
mod objects;
mod overview;
mod pages;
mod policy;
mod projects;
mod proofs;
mod query;
mod service_accounts;
mod session;
mod settings;
mod sign_in;
mod theme;
mod then;
mod time;
mod tokens;
mod tone;
mod users;
mod viewer;

use axum::Router;
use axum::middleware::from_fn_with_state;

use crate::App;

pub(crate) use self::failure::missing;
pub(crate) use self::session::bearer_of_cookie;
pub use pages::ConsolePage;
use pages::Pages;

/// All pages.
fn pages() -> Pages {
    Pages::new()
        .with(sign_in::pages)
        .with(theme::pages)
        .with(account::pages)
        .with(projects::pages)
        .with(integrations::pages)
        .with(proofs::pages)
        .with(datasources::pages)
        .with(objects::pages)
        .with(grants::pages)
        .with(audit::pages)
        .with(members::pages)
        .with(service_accounts::pages)
        .with(settings::pages)
        .with(tokens::pages)
        .with(users::pages)
        .with(overview::pages)
        .with(governance::pages)
        .with(policy::pages)
        .with(manual::pages)
}

/// The console's table of contents: every page with the action that it stands for.
pub fn console_pages() -> Vec<ConsolePage> {
    pages().table
}

/// The console's routes, and what surrounds them.
pub(crate) fn router(app: &App) -> Router<App> {
    pages().router.layer(from_fn_with_state(app.clone(), failure::as_page)).merge(assets::router())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_declares_a_known_action() {
        for row in pages().table {
            let public = pages::PUBLIC.iter().any(|(action, _)| *action == row.action);
            assert!(public || authz::Action::parse(row.action).is_some(), "{row:?}");
        }
    }
}
