//! `/projects/{project}/tokens/-/new`

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::response::Response;
use broker::{MadeToken, NewToken};
use domain::Error;
use domain::principal::Role;

use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::viewer::Here;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "tokens/create.html")]
struct CreatePage {
    frame: Frame,
    form: Filled,
    /// Whether tokens of service accounts may be made.
    for_programs: bool,
}

/// Shown once, as the answer to the form that made it.
#[derive(Template)]
#[template(path = "tokens/made.html")]
struct MadePage<'a> {
    frame: Frame,
    made: &'a MadeToken,
    token: &'a str,
}

/// Shows the form.
pub(super) async fn show(here: Here, query: Query) -> Result<Response, Failure> {
    let form = Filled::from_query(&query).or("ttl", "90d");
    answer::page(&page(&here, form))
}

fn page(here: &Here, form: Filled) -> CreatePage {
    let frame = here.frame(Section::Tokens, "New token");
    CreatePage { frame, form, for_programs: here.may(Action::TokenCreateService) }
}

/// Makes a token and shows it, once.
pub(super) async fn submit(State(app): State<App>, here: Here, form: Form) -> Result<Response, Failure> {
    let made = match asked(&form) {
        Ok(new) => app.broker().create_token(here.caller(), here.name(), new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => {
            let token = made.token.expose_str().unwrap_or_default();
            answer::page(&MadePage { frame: here.frame(Section::Tokens, "Token made"), made: &made, token })
        }
        Err(error) => {
            // The use case's own words for the field of the form.
            let form = Filled::from_form(&form).failed(renamed(error))?;
            answer::refused(&page(&here, form))
        }
    }
}

fn asked(form: &Form) -> Result<NewToken, Error> {
    let ttl = match form.filled("ttl") {
        Some(text) => Some(domain::ttl::parse(text).map_err(|why| Error::invalid("/ttl", why.to_string()))?),
        None => None,
    };
    Ok(NewToken {
        name: form.parsed("name")?,
        service_account: form.filled("service_account").map(|_| form.parsed("service_account")).transpose()?,
        role: form.filled("role").map(|_| form.parsed("role")).transpose()?,
        ttl,
    })
}

/// The API counts seconds, the form has words.
fn renamed(error: Error) -> Error {
    let at_ttl = error.fields().iter().any(|field| field.pointer == "/ttl_seconds");
    if at_ttl { error.at("/ttl") } else { error }
}
