//! The query of a list.

use axum::extract::FromRequestParts;
use axum::extract::rejection::QueryRejection;
use axum::http::request::Parts;
use domain::page::PageAsk;
use domain::{Error, ErrorKind};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Failure;

/// `limit` and `after`, and the filters of one list.
pub(crate) struct Listing<T> {
    pub(crate) page: PageAsk,
    pub(crate) filter: T,
}

/// A list without filters.
#[derive(Deserialize)]
pub(crate) struct NoFilter {}

#[derive(Deserialize)]
struct Paging {
    after: Option<String>,
    limit: Option<u32>,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Listing<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let refuse = |rejection: QueryRejection| {
            Failure(Error::new(ErrorKind::Malformed, format!("the query is not acceptable: {}", rejection.body_text())))
        };
        let paging = axum::extract::Query::<Paging>::try_from_uri(&parts.uri).map_err(refuse)?.0;
        let filter = axum::extract::Query::<T>::try_from_uri(&parts.uri).map_err(refuse)?.0;
        Ok(Self { page: PageAsk::new(paging.after, paging.limit)?, filter })
    }
}
