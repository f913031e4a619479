//! One's own account: password, sessions, tokens.

mod password;
mod sessions;
mod tokens;

use super::pages::Pages;

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/account/password", "password.change", password::show)
        .post("/account/password", "password.change", password::submit)
        .get("/account/sessions", "session.manage", sessions::show)
        .post("/account/sessions/end", "session.manage", sessions::end_all)
        .post("/account/sessions/{id}/end", "session.manage", sessions::end)
        .get("/account/tokens", "token.list-own", tokens::show)
}
