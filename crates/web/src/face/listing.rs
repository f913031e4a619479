//! The query of a list.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::page::PageAsk;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Failure, query};

/// `limit` and `after`, and the filters of one list.
pub(crate) struct Listing<T> {
    pub(crate) page: PageAsk,
    pub(crate) filter: T,
}

/// A list without filters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoFilter {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Paging {
    after: Option<String>,
    limit: Option<u32>,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Listing<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        // Each half is strict by itself: a misspelt filter would quietly list everything.
        let query = parts.uri.query().unwrap_or_default();
        let (paging, filter): (Vec<_>, Vec<_>) =
            query.split('&').partition(|pair| matches!(query::name_of(pair), "after" | "limit"));
        let paging: Paging = query::read(&paging.join("&"))?;
        let filter = query::read(&filter.join("&"))?;
        Ok(Self { page: PageAsk::new(paging.after, paging.limit)?, filter })
    }
}
