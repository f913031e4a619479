//! Reads a JSON body: bounded, strict, and with a pointer to what is wrong.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use domain::{Error, ErrorKind, FieldError};
use serde::de::{DeserializeOwned, IgnoredAny};

use super::Failure;

/// A JSON body. Unknown fields are refused by the types themselves.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let bytes = read(request, state).await?;
        parse(&bytes).map(Self).map_err(Failure)
    }
}

/// The bytes of a JSON body; those of `{}` where there is none.
pub(super) async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Failure> {
    let json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(';').next().is_some_and(|kind| kind.trim() == "application/json"));
    let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
        let too_large = rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE;
        Failure(match too_large {
            true => Error::new(ErrorKind::TooLarge, "the request's body is over the limit of this call"),
            false => Error::new(ErrorKind::Malformed, "the request's body could not be read to its end"),
        })
    })?;
    if bytes.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    if !json {
        let message = "send the body as JSON, with 'Content-Type: application/json'";
        return Err(Failure(Error::new(ErrorKind::Malformed, message)));
    }
    Ok(bytes)
}

/// What the parser says is shown without the values that it quotes: a secret may stand in the wrong place.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    // A list would be read as the fields in their order, which nobody means.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(not_json(bytes).unwrap_or_else(|| Error::invalid("", "the body is not a JSON object")));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut deserializer).and_then(|value| {
        let end = deserializer.end();
        end.map(|()| value).map_err(|error| serde_path_to_error::Error::new(empty_path(), error))
    });
    parsed.map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        let refused = || told(&pointer, &without_position(&inner.to_string()));
        // The parser calls some choices that do not fit a fault of syntax, so the text itself is asked.
        if inner.is_data() { refused() } else { not_json(bytes).unwrap_or_else(refused) }
    })
}

/// Why the text is no JSON; `None` if it is.
fn not_json(bytes: &[u8]) -> Option<Error> {
    let fault = serde_json::from_slice::<IgnoredAny>(bytes).err()?;
    let message = format!("the body is not JSON (line {}, column {})", fault.line(), fault.column());
    Some(Error::new(ErrorKind::Malformed, message.clone()).with_fields(vec![FieldError::new("", message)]))
}

/// A field that is missing is pointed at as if it were there.
fn told(pointer: &str, message: &str) -> Error {
    match message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(field) => Error::invalid(format!("{pointer}/{field}"), format!("the field '{field}' is missing")),
        // All that the parser says of an object that should name one choice and names none, or several.
        None if message == "expected value" => Error::invalid(pointer, "name exactly one choice here"),
        None => Error::invalid(pointer, without_value(message)),
    }
}

fn empty_path() -> serde_path_to_error::Path {
    serde_path_to_error::Track::new().path()
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => String::new(),
        })
        .collect()
}

fn without_position(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

/// A value of a wrong type may be a secret: its kind is told, and not what it is.
pub(super) fn without_value(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        let (_, expected) = rest.rsplit_once(", expected ").unwrap_or_default();
        return format!("this word is not known, expected {expected}");
    }
    let told = ["invalid type: ", "invalid value: "].iter().find_map(|kind| {
        let (found, expected) = message.strip_prefix(kind)?.rsplit_once(", expected ")?;
        let what = found.split(['"', '`']).next().unwrap_or_default().trim_end();
        Some(format!("{kind}{what}, expected {}", in_words(expected)))
    });
    told.unwrap_or_else(|| message.to_owned())
}

/// What the parser expects, in the words of JSON.
fn in_words(expected: &str) -> &str {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        "a sequence" => "a list",
        "a map" => "an object",
        other if other.starts_with("struct ") => "an object",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wire {
        #[expect(dead_code, reason = "only parsed")]
        name: domain::name::Name,
    }

    #[test]
    fn wrong_field_is_pointed_at() {
        let error = parse::<Wire>(br#"{"name": "A b"}"#).unwrap_err();
        assert_eq!((error.kind(), error.fields()[0].pointer.as_str()), (ErrorKind::Invalid, "/name"));
        let error = parse::<Wire>(br#"{"name": "a", "other": 1}"#).unwrap_err();
        assert!(error.message().contains("unknown field `other`"), "{error}");
    }

    #[test]
    fn missing_field_is_pointed_at() {
        let error = parse::<Wire>(b"{}").unwrap_err();
        assert_eq!((error.kind(), error.fields()[0].pointer.as_str()), (ErrorKind::Invalid, "/name"));
    }

    #[test]
    fn list_in_place_of_an_object_is_refused() {
        let error = parse::<Wire>(br#"["a"]"#).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Invalid, "the body is not a JSON object"));
    }

    #[test]
    fn choice_that_does_not_fit_is_not_taken_for_broken_json() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum By {
            #[expect(dead_code, reason = "only parsed")]
            Project(String),
        }
        #[derive(Debug, serde::Deserialize)]
        struct Revoke {
            #[expect(dead_code, reason = "only parsed")]
            by: By,
        }
        for body in [&br#"{"by": {}}"#[..], br#"{"by": {"project": "a", "other": "b"}}"#] {
            let error = parse::<Revoke>(body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
            assert!(error.fields()[0].pointer.starts_with("/by"), "{error:?}");
        }
        assert_eq!(parse::<Revoke>(br#"{"by": {"#).unwrap_err().kind(), ErrorKind::Malformed);
    }

    #[test]
    fn a_value_of_a_wrong_type_is_not_repeated() {
        let message =
            |body: &[u8]| parse::<std::collections::BTreeMap<String, u8>>(body).unwrap_err().message().to_owned();
        assert_eq!(message(br#"{"a": "hunter2, expected x"}"#), "invalid type: string, expected a whole number");
        assert_eq!(message(br#"{"a": 4711}"#), "invalid value: integer, expected a whole number");
        assert_eq!(message(br#"{"a": null}"#), "invalid type: null, expected a whole number");
        assert_eq!(message(br#""hunter2""#), "the body is not a JSON object");
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for bad in [&b"{"[..], b"{} x", b"<html>"] {
            assert_eq!(
                parse::<serde_json::Map<String, serde_json::Value>>(bad).unwrap_err().kind(),
                ErrorKind::Malformed
            );
        }
    }
}
