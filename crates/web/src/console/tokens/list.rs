//! `GET /projects/{project}/tokens`

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::response::Response;
use broker::TokenView;
use domain::page::Page;

use crate::App;
use crate::console::answer;
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::Here;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "tokens/list.html")]
struct TokensPage {
    frame: Frame,
    query: Query,
    tokens: Page<TokenView>,
    /// Whether everybody's are shown.
    all: bool,
}

/// One's own tokens; everybody's for whoever may revoke them.
pub(super) async fn show(State(app): State<App>, here: Here, query: Query) -> Result<Response, Failure> {
    let tokens = app.broker().list_tokens(here.caller(), here.name(), query.page()?).await?;
    let frame = here.frame(Section::Tokens, "Tokens");
    answer::page(&TokensPage { frame, query, tokens, all: here.may(Action::TokenRevoke) })
}

impl TokensPage {
    /// Where the token is in its life: word and tone.
    fn state(&self, token: &TokenView) -> (&'static str, &'static str) {
        const SOON: i64 = 14 * 86_400;
        let left = token.expires_at.as_second().saturating_sub(self.frame.now.as_second());
        match token.revoked_at {
            Some(_) => ("neutral", "revoked"),
            None if left <= 0 => ("neutral", "expired"),
            None if left < SOON => ("warn", "ends soon"),
            None => ("good", "live"),
        }
    }

    fn is_live(&self, token: &TokenView) -> bool {
        matches!(self.state(token).1, "live" | "ends soon")
    }
}
