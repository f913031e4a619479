//! `GET /account/tokens`

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use broker::OwnTokenView;
use domain::page::Page;

use crate::App;
use crate::console::answer;
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::Viewer;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "account/tokens.html")]
struct TokensPage {
    frame: Frame,
    query: Query,
    tokens: Page<OwnTokenView>,
}

/// One's own tokens, whatever project they open.
pub(super) async fn show(State(app): State<App>, viewer: Viewer, query: Query) -> Result<Response, Failure> {
    let tokens = app.broker().list_own_tokens(&viewer.caller, query.page()?).await?;
    answer::page(&TokensPage { frame: viewer.frame(Section::Account, "My tokens"), query, tokens })
}
