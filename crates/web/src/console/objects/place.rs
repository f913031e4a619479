//! The datasource that a page of objects is about, and the addresses of its pages.
//!
//! Keys stand in queries, never in paths or form fields: browsers rewrite dots in the one and the ends of
//! lines in the other.

use authz::Action;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use broker::DatasourceView;
use domain::{Error, ErrorKind};

use super::text::visible;
use crate::App;
use crate::console::viewer::Here;
use crate::face::{self, Failure};

/// A datasource of the project that the reader is in.
pub(super) struct Place {
    pub(super) here: Here,
    pub(super) view: DatasourceView,
    root: String,
}

/// A folder on the way to another.
pub(super) struct Crumb {
    pub(super) name: String,
    pub(super) path: String,
}

impl FromRequestParts<App> for Place {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let here = Here::from_request_parts(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params = params.map_err(|_| Failure(Error::new(ErrorKind::NotFound, "there is no such page")))?;
        let named = params.iter().find(|(name, _)| *name == "name").map_or("", |(_, value)| value);
        let view = app.broker().show_datasource(here.caller(), here.name(), &face::name("datasource", named)?).await?;
        let root = here.path(&format!("/datasources/{}", view.name));
        Ok(Self { here, view, root })
    }
}

impl Place {
    /// The page of the datasource itself.
    pub(super) fn page(&self) -> &str {
        &self.root
    }

    /// A page of it, with one parameter.
    pub(super) fn at(&self, rest: &str, name: &str, value: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        format!("{}{rest}?{query}", self.root)
    }

    /// The objects under a prefix.
    pub(super) fn folder(&self, prefix: &str) -> String {
        if prefix.is_empty() || prefix == self.base() {
            return format!("{}/objects", self.root);
        }
        self.at("/objects", "prefix", prefix)
    }

    /// The page of one object.
    pub(super) fn object(&self, key: &str) -> String {
        self.at("/object", "key", key)
    }

    /// Where the page asks why a browser could not do something with an object; `how` says what.
    pub(super) fn why(&self, key: &str, how: &str) -> String {
        format!("{}&how={how}", self.at("/object/why", "key", key))
    }

    /// The datasource's own prefix.
    pub(super) fn base(&self) -> &str {
        self.view.prefix.as_str()
    }

    /// Whether anything may be written.
    pub(super) fn writes(&self) -> bool {
        self.view.purpose.writes()
    }

    /// What follows the prefix, as it can be seen.
    pub(super) fn name(&self, prefix: &str, key: &str) -> String {
        visible(key.strip_prefix(prefix).unwrap_or(key))
    }

    /// The folders from the datasource's prefix to a prefix or the folder of a key, the first one first.
    pub(super) fn crumbs(&self, to: &str) -> Vec<Crumb> {
        let base = self.base();
        let inner = to.strip_prefix(base).unwrap_or_default();
        let ends = inner.match_indices('/').map(|(at, _)| at);
        let mut begin = 0;
        let mut crumbs = Vec::new();
        for end in ends {
            let name = visible(inner.get(begin..end).unwrap_or_default());
            let name = if name.is_empty() { "(no name)".to_owned() } else { name };
            let upto = inner.get(..=end).unwrap_or_default();
            crumbs.push(Crumb { name, path: self.folder(&format!("{base}{upto}")) });
            begin = end.saturating_add(1);
        }
        crumbs
    }

    /// Refuses whoever may not see a form that he could not send; the use case would refuse him anyway.
    pub(super) fn must(&self, action: Action) -> Result<(), Failure> {
        if self.here.may(action) {
            return Ok(());
        }
        let message = format!("your role here, {}, may not do '{}'", self.here.project().role, action.as_str());
        let hint =
            "developers, administrators and owners of the project may; an administrator changes roles under Members";
        Err(Failure(Error::new(ErrorKind::PermissionDenied, message).with_hint(hint)))
    }

    /// The words of a command line that speaks to this server, up to the noun.
    pub(super) fn command(&self, app: &App, headers: &HeaderMap) -> String {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let scheme = if app.config().secure_cookies { "https" } else { "http" };
        let server = match app.config().public_url.as_deref() {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("{scheme}://{host}"),
        };
        format!("tidegate --server {} --project {}", super::text::sh(&server), self.here.name())
    }
}

/// What comes before the last `/` of a key, with it.
pub(super) fn folder_of(key: &str) -> &str {
    key.rfind('/').and_then(|at| key.get(..=at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_key_ends_at_its_last_slash() {
        assert_eq!((folder_of("a/b/c"), folder_of("c"), folder_of("a//"), folder_of("")), ("a/b/", "", "a//", ""));
    }
}
