//! `POST /sign-in`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::{Error, ErrorKind};

use super::form::{LONGEST_KEPT, SignInPage};
use crate::App;
use crate::console::form::{Filled, Form};
use crate::console::{answer, session};
use crate::face::{Failure, From};

/// Begins a session and goes back to where it was needed.
pub(super) async fn submit(
    State(app): State<App>,
    From(origin): From,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let next = answer::inside(form.text("next")).to_owned();
    let page = SignInPage::new(&app, &headers, next.clone(), form.raw("kept").to_owned());
    if let Err(error) = app.limits().count_sign_in(origin.source_ip) {
        return page.refused(Filled::from_form(&form), &error);
    }
    let (password, new) = (form.secret("password").unwrap_or_default(), form.secret("new_password"));
    if new.is_some() && !same(&form) {
        let error = Error::invalid("/new_password", "the two new passwords differ");
        return page.refused(Filled::from_form(&form), &error);
    }
    match app.broker().sign_in(form.text("username"), password, new, origin).await {
        Ok(signed) => {
            let mut response = answer::to(with_kept(&next, form.raw("kept")))?;
            session::begin(&app, response.headers_mut(), &signed.token);
            Ok(response)
        }
        Err(error) if error.kind() == ErrorKind::Internal => Err(Failure(error)),
        Err(error) => {
            if error.kind() != ErrorKind::PasswordChangeRequired {
                tracing::info!(code = error.code(), "sign-in refused");
            }
            page.refused(Filled::from_form(&form), &error)
        }
    }
}

fn same(form: &Form) -> bool {
    let typed = |name| form.secret(name).unwrap_or_default();
    broker::same_bytes(typed("new_password").expose(), typed("new_password_again").expose())
}

/// What was typed before signing in goes back into its form, through the address.
fn with_kept(next: &str, kept: &str) -> String {
    if kept.is_empty() || kept.len() > LONGEST_KEPT {
        return next.to_owned();
    }
    let (path, query) = next.split_once('?').unwrap_or((next, ""));
    // What the form holds is newer than what the address says of the same fields.
    let typed: Vec<_> = form_urlencoded::parse(kept.as_bytes()).map(|(name, _)| name).collect();
    let others = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !typed.contains(name));
    let others = form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish();
    let between = if others.is_empty() { "" } else { "&" };
    answer::inside(&format!("{path}?{others}{between}{kept}")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_replaces_what_the_address_said_and_leaves_the_rest() {
        assert_eq!(with_kept("/p/new", "name=a+b"), "/p/new?name=a+b");
        assert_eq!(with_kept("/p/new?name=old&by=x", "name=new&prefix="), "/p/new?by=x&name=new&prefix=");
        assert_eq!(with_kept("/p/new?by=x", ""), "/p/new?by=x");
        assert_eq!(with_kept("//evil.example", "a=b"), "/");
    }
}
