//! A form that was sent, and a form as it is shown again with what is wrong.
//!
//! A field is named as the error's pointer names it, with dots: `/settings/region` is `settings.region`.
//! So an error of a use case finds its field by itself. What is secret is kept apart from the first moment
//! and is never shown again.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use axum::http::header;
use domain::secret::SecretBytes;
use domain::{Error, ErrorKind};

use super::failure::sentence;
use super::query::Query;
use crate::App;
use crate::face::Failure;

/// The largest form; a secret may have 64 KiB, which encoding may treble.
const LIMIT: usize = 512 * 1024;
/// The largest form of the policy tools, which take 1 MB of text.
const OF_POLICIES: usize = 4 * 1024 * 1024;
/// The largest form of whoever is not signed in: to sign in, or to be sent again afterwards.
pub(crate) const OF_STRANGERS: usize = 64 * 1024;

/// The largest form that a page takes of somebody who is signed in.
pub(crate) fn largest(path: &str) -> usize {
    if path.starts_with("/policy") { OF_POLICIES } else { LIMIT }
}

/// Whether what is typed into a field must never be shown again.
pub(crate) fn is_secret(name: &str) -> bool {
    name.starts_with("secrets.") || name.contains("password")
}

/// A form that was sent.
#[derive(Debug, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    secrets: BTreeMap<String, SecretBytes>,
}

impl FromRequest<App> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, _app: &App) -> Result<Self, Failure> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(Failure(Error::new(ErrorKind::Malformed, "this path takes a form of the console")));
        }
        let most = largest(request.uri().path());
        let body = axum::body::to_bytes(request.into_body(), most).await;
        let body =
            body.map_err(|_| Failure(Error::new(ErrorKind::TooLarge, "the form is larger than the server takes")))?;
        Ok(Self::read(&body))
    }
}

impl Form {
    /// Takes a body apart; what is secret goes where it cannot be shown from.
    pub(crate) fn read(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body).into_owned() {
            if !is_secret(&name) {
                form.fields.push((name, value));
            } else if !value.is_empty() {
                form.secrets.insert(name, SecretBytes::from(value.as_str()));
            }
        }
        form
    }

    /// The value of a field without white space around it; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The value as it was typed: keys may begin and end with blanks.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// The value of a field that was filled in.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|value| !value.is_empty())
    }

    /// Whether a box was ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| known == name)
    }

    /// All values of a field that may be there many times.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The fields below a name, `settings.` for example, that were filled in.
    pub(crate) fn below(&self, begin: &str) -> BTreeMap<String, String> {
        let below = self.fields.iter().filter_map(|(name, value)| Some((name.strip_prefix(begin)?, value.trim())));
        below.filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The parsed value of a field; what cannot be read is an error at the field.
    pub(crate) fn parsed<T>(&self, name: &str) -> Result<T, Error>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        let pointer = || format!("/{}", name.replace('.', "/"));
        self.text(name).parse().map_err(|why: T::Err| Error::invalid(pointer(), why.to_string()))
    }

    /// What was typed into a secret field, if anything.
    pub(crate) fn secret(&self, name: &str) -> Option<SecretBytes> {
        self.secrets.get(name).cloned()
    }

    /// The secrets below `secrets.` that were filled in.
    pub(crate) fn secrets(&self) -> BTreeMap<String, SecretBytes> {
        let typed = self.secrets.iter().filter_map(|(name, value)| Some((name.strip_prefix("secrets.")?, value)));
        typed.map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// Everything but secrets, as a query can carry it.
    pub(crate) fn without_secrets(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }
}

/// A form as it is shown: what was typed before, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filled {
    values: BTreeMap<String, Vec<String>>,
    errors: BTreeMap<String, String>,
    /// What is wrong with the form as a whole.
    pub(crate) problem: Option<Trouble>,
}

/// An error in sentences for the page.
#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Trouble {
    pub(crate) fn of(error: &Error) -> Self {
        let remedy = error.remedy().map(|remedy| remedy.summary.clone());
        Self {
            code: error.code(),
            message: sentence(error.message()),
            hint: error.hint().map(str::to_owned).or(remedy).map(|hint| sentence(&hint)),
        }
    }
}

impl Filled {
    /// A form that begins with what the address says: a draft that was kept over signing in, or a link.
    pub(crate) fn from_query(query: &Query) -> Self {
        let mut filled = Self::default();
        for (name, value) in query.pairs().iter().filter(|(name, _)| !is_secret(name)) {
            filled.values.entry(name.clone()).or_default().push(value.clone());
        }
        filled
    }

    /// The form as it was sent.
    pub(crate) fn from_form(form: &Form) -> Self {
        let mut filled = Self::default();
        for (name, value) in &form.fields {
            filled.values.entry(name.clone()).or_default().push(value.clone());
        }
        filled
    }

    /// The same with what is wrong with it. An internal fault is not shown on a form: it is given back.
    pub(crate) fn failed(mut self, error: Error) -> Result<Self, Failure> {
        let elsewhere = match error.kind() {
            ErrorKind::Internal | ErrorKind::Unauthenticated | ErrorKind::NotFound => true,
            // A form that somebody may not send at all is not his to correct.
            ErrorKind::PermissionDenied => error.fields().is_empty(),
            _ => false,
        };
        if elsewhere {
            return Err(Failure(error));
        }
        for field in error.fields() {
            let name = field.pointer.trim_start_matches('/').replace('/', ".");
            self.errors.entry(name).or_insert_with(|| sentence(&field.message));
        }
        self.problem = Some(Trouble::of(&error));
        Ok(self)
    }

    /// Sets what a field begins with, where nothing was typed.
    pub(crate) fn or(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.entry(name.to_owned()).or_insert_with(|| vec![value.into()]);
        self
    }

    /// What stands in a field.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.get(name).and_then(|values| values.first()).map_or("", String::as_str)
    }

    /// Whether a box is ticked, or a choice taken.
    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.values.get(name).is_some_and(|values| values.iter().any(|known| known == value))
    }

    /// What is wrong with a field.
    pub(crate) fn error(&self, name: &str) -> Option<&str> {
        self.errors.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_kept_apart_and_never_shown_again() {
        let form =
            Form::read(b"name=a&settings.region=eu-1&secrets.secret_access_key=hush&password=hush&new_password=");
        assert_eq!(form.secret("secrets.secret_access_key").unwrap().expose(), b"hush");
        assert!(form.secret("new_password").is_none());
        assert_eq!(form.without_secrets(), "name=a&settings.region=eu-1");
        let shown = Filled::from_form(&form);
        assert!(!format!("{form:?} {shown:?}").contains("hush"));
        assert_eq!(shown.value("settings.region"), "eu-1");
        assert_eq!(form.below("settings.").get("region").map(String::as_str), Some("eu-1"));
    }

    #[test]
    fn an_error_finds_its_field_by_its_pointer() {
        let error = Error::invalid("/settings/role_arn", "no ARN");
        let shown = Filled::default().failed(error).unwrap();
        assert_eq!(shown.error("settings.role_arn"), Some("No ARN."));
        assert!(Filled::default().failed(Error::internal("x")).is_err());
    }
}
