//! Light or dark: as the system has it, or as the reader chose. Kept in a cookie, so that a page is drawn
//! right from its first byte and without a script.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::form::Form;
use super::pages::Pages;
use super::{answer, session};
use crate::App;
use crate::face::Failure;

const COOKIE: &str = "tidegate-theme";
const LIFE: cookie::time::Duration = cookie::time::Duration::days(365);

/// How pages look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    /// As the system has it.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self::parse(session::cookie(headers, COOKIE).as_deref().unwrap_or_default())
    }

    fn parse(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

pub(super) fn pages(pages: Pages) -> Pages {
    pages.post("/theme", "theme.choose", choose)
}

/// `POST /theme`
async fn choose(State(app): State<App>, headers: HeaderMap, form: Form) -> Result<Response, Failure> {
    let theme = Theme::parse(form.text("theme"));
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, answer::came_from(&headers))]).into_response();
    session::set(&app, response.headers_mut(), COOKIE, theme.as_str(), LIFE);
    Ok(response)
}
