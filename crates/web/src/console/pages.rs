//! The table of the console's pages: method, path, action and handler together.
//!
//! A page cannot be added without saying which action it stands for; tests walk the table to hold every
//! page to the same rules: strangers are sent to sign in, outsiders see nothing, other origins change
//! nothing. What stands beside things that people name, such as the form of a new one, is under `-`,
//! which no name begins with.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{get, post};

use crate::App;

/// What a page of the console is registered as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsolePage {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// As the router has it, with `{parameters}`.
    pub path: &'static str,
    /// A word of `authz`; of the few pages that need no session, a word of its own.
    pub action: &'static str,
}

/// Actions of pages that need no session, with the reason.
#[cfg(test)]
pub(crate) const PUBLIC: [(&str, &str); 3] = [
    ("session.begin", "signing in is how one gets a session"),
    ("manual.read", "the manual holds nothing of the installation"),
    ("theme.choose", "light or dark is kept in the reader's own cookie"),
];

/// The pages with their table.
pub(crate) struct Pages {
    pub(crate) router: Router<App>,
    pub(crate) table: Vec<ConsolePage>,
}

impl Pages {
    pub(crate) fn new() -> Self {
        Self { router: Router::new(), table: Vec::new() }
    }

    /// A page that shows something and changes nothing.
    pub(crate) fn get<H, T>(mut self, path: &'static str, action: &'static str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.table.push(ConsolePage { method: "GET", path, action });
        self.router = self.router.route(path, get(handler));
        self
    }

    /// A form that is sent.
    pub(crate) fn post<H, T>(mut self, path: &'static str, action: &'static str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.table.push(ConsolePage { method: "POST", path, action });
        self.router = self.router.route(path, post(handler));
        self
    }

    /// The pages of one noun.
    pub(crate) fn with(self, noun: impl FnOnce(Self) -> Self) -> Self {
        noun(self)
    }
}
