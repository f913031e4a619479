//! Reads a query: strict, and with a pointer to what is wrong.

use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use domain::{Error, ErrorKind};
use jiff::Timestamp;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize as _, Deserializer};

use super::Failure;
use super::body::without_value;

/// The parameters of a call that is no list. Unknown ones are refused by the types themselves.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        Ok(Self(read(parts.uri.query().unwrap_or_default())?))
    }
}

/// Reads a query as it stands behind the `?`.
pub(super) fn read<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    let uri: Uri = match format!("/?{query}").parse() {
        Ok(uri) => uri,
        Err(_) => return Err(Error::new(ErrorKind::Malformed, "the query cannot be read")),
    };
    Query::<T>::try_from_uri(&uri).map(|Query(read)| read).map_err(|rejection| refused(query, &rejection.body_text()))
}

/// What the parser says begins with the parameter, where it knows it.
fn refused(query: &str, text: &str) -> Error {
    let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(text);
    let named = text.split_once(": ").filter(|(name, _)| query.split('&').any(|pair| name_of(pair) == *name));
    match named {
        Some((name, message)) if message.starts_with("unknown field ") => {
            let known = message.rsplit_once(", expected ").map_or("", |(_, known)| known);
            let known = known.strip_prefix("one of ").unwrap_or(known).replace('`', "").replace(" or ", ", ");
            let others = match known.as_str() {
                "there are no fields" | "" => String::new(),
                known => format!("; there is {known}"),
            };
            Error::invalid(format!("/{name}"), format!("there is no such parameter{others}"))
        }
        Some((name, message)) => Error::invalid(format!("/{name}"), in_words(name, message)),
        None => Error::invalid("", format!("the query is not acceptable: {text}")),
    }
}

fn in_words(name: &str, message: &str) -> String {
    let number =
        ["invalid digit", "cannot parse integer", "number too "].iter().any(|begin| message.starts_with(begin));
    match number {
        true => format!("{name} is a whole number"),
        false => format!("{name}: {}", without_value(message)),
    }
}

/// A yes or no of a query.
pub(crate) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    match Option::<String>::deserialize(from)?.as_deref() {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(D::Error::custom("write true or false")),
    }
}

/// A time of a query; what the parser itself says of a wrong one helps nobody.
pub(crate) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(from)?;
    text.parse()
        .map(Some)
        .map_err(|_| D::Error::custom("write a time as 2026-01-31T12:00:00Z, with every '+' as '%2B'"))
}

/// The name in `name=value`, as it was written.
pub(super) fn name_of(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Window {
        #[serde(default, deserialize_with = "time")]
        since: Option<Timestamp>,
        limit: Option<u32>,
    }

    fn pointer(query: &str) -> (ErrorKind, String) {
        let error = read::<Window>(query).unwrap_err();
        (error.kind(), error.fields()[0].pointer.clone())
    }

    #[test]
    fn unknown_parameter_is_refused_and_pointed_at() {
        assert_eq!(pointer("limit=1&sinse=x"), (ErrorKind::Invalid, "/sinse".to_owned()));
        let error = read::<Window>("sinse=x").unwrap_err();
        assert!(error.message().contains("there is since, limit"), "{error}");
    }

    #[test]
    fn value_that_cannot_be_read_is_pointed_at() {
        assert_eq!(pointer("since=yesterday"), (ErrorKind::Invalid, "/since".to_owned()));
        assert_eq!(pointer("limit=many"), (ErrorKind::Invalid, "/limit".to_owned()));
        assert_eq!(read::<Window>("limit=many").unwrap_err().message(), "limit is a whole number");
        assert!(read::<Window>("since=yesterday").unwrap_err().message().starts_with("since: write a time as 2026-"));
    }

    #[test]
    fn good_query_is_read() {
        let window = read::<Window>("since=2026-01-31T12%3A00%3A00Z&limit=5").unwrap();
        assert_eq!((window.since.unwrap().to_string().as_str(), window.limit), ("2026-01-31T12:00:00Z", Some(5)));
        assert!(read::<Window>("").is_ok());
    }
}
