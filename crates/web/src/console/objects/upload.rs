//! `POST /projects/{project}/datasources/{name}/uploads`: rows that the page's script sends files with.
//!
//! The files themselves go from the browser straight to the bucket.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use broker::ResponseHeaders;
use domain::place::ObjectKey;
use domain::scope::Verb;
use domain::{Error, FieldError};

use super::place::Place;
use super::sign::{self, Signed};
use crate::App;
use crate::console::answer;
use crate::console::form::Form;
use crate::console::query::Query;
use crate::face::Failure;

/// URLs for writing live so long, in seconds: a queue of files takes its time to begin.
const LIFE: i64 = 60 * 60;
/// So many files go at a time.
const MOST: usize = 100;

#[derive(Template)]
#[template(path = "objects/uploads.html")]
struct Uploads {
    rows: Vec<Row>,
}

/// One file on its way.
struct Row {
    name: String,
    url: String,
    /// What must be sent with it, as JSON.
    headers: String,
    object: String,
    why: String,
}

/// Signs a URL for each name under the folder.
pub(super) async fn submit(
    State(app): State<App>,
    place: Place,
    query: Query,
    form: Form,
) -> Result<Response, Failure> {
    let prefix = match query.raw("prefix") {
        "" => place.base(),
        prefix => prefix,
    };
    let keys = keys(prefix, &form.all("name").collect::<Vec<_>>())?;
    let signed = sign::sign(&app, &place, keys, Verb::Put, LIFE, ResponseHeaders::default()).await?;
    answer::page(&Uploads { rows: rows(&place, prefix, signed)? })
}

fn keys(prefix: &str, names: &[&str]) -> Result<Vec<ObjectKey>, Error> {
    if names.is_empty() || names.len() > MOST {
        return Err(Error::invalid("/name", format!("choose between 1 and {MOST} files at a time")));
    }
    if !prefix.is_empty() && !prefix.ends_with('/') {
        return Err(Error::invalid("/prefix", "files go into a folder, and this is none: it does not end in '/'"));
    }
    let mut keys = Vec::with_capacity(names.len());
    let mut faults = Vec::new();
    for (at, name) in names.iter().enumerate() {
        match key(prefix, name) {
            Ok(key) => keys.push(key),
            Err(why) => faults.push(FieldError::new(format!("/name/{at}"), why)),
        }
    }
    if faults.is_empty() { Ok(keys) } else { Err(Error::invalid_fields(faults)) }
}

/// A file lands in its folder and nowhere else.
fn key(prefix: &str, name: &str) -> Result<ObjectKey, String> {
    let shown = super::text::visible(name);
    if name.is_empty() || name.contains(['/', '\\']) || matches!(name, "." | "..") || name.chars().any(char::is_control)
    {
        return Err(format!("'{shown}' is no name for a file here"));
    }
    format!("{prefix}{name}").parse().map_err(|why| format!("'{shown}': {why}"))
}

fn rows(place: &Place, prefix: &str, signed: Signed) -> Result<Vec<Row>, Error> {
    let headers: serde_json::Map<_, _> =
        signed.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let headers = serde_json::to_string(&headers).map_err(Error::internal)?;
    let row = |(key, url): (String, String)| Row {
        name: place.name(prefix, &key),
        url,
        headers: headers.clone(),
        object: place.object(&key),
        why: place.why(&key, "upload"),
    };
    Ok(signed.urls.into_iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_lands_in_its_folder_and_nowhere_else() {
        let good = keys("in/", &["a b.png", "été 😀", "..x", "<b>\"'"]).unwrap();
        assert_eq!(good.first().map(ObjectKey::as_str), Some("in/a b.png"));
        let long = "x".repeat(1025);
        for bad in ["", ".", "..", "../x", "a/b", "a\\b", "a\nb", &long] {
            let error = keys("in/", &["fine", bad]).unwrap_err();
            assert_eq!(error.fields()[0].pointer, "/name/1", "{bad:?}");
        }
        assert!(keys("in", &["a"]).is_err() && keys("", &["a"]).is_ok() && keys("in/", &[]).is_err());
    }
}
