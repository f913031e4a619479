//! The objects of a bucket through the JSON API of Cloud Storage.
//!
//! Names go into paths percent-encoded byte for byte. The entity tag that is given and taken is the *generation* of
//! an object: the version that Google's own conditions compare (Cloud Storage, "Request preconditions").

mod bucket;
mod list;
mod names;
mod objects;
mod stored;

pub(super) use bucket::{BucketFacts, BucketNotes, read as read_bucket};
pub(super) use names::refused as refused_name;
pub(super) use objects::{Bearer, Objects, foreign_header, list_buckets, list_one};

use http::Method;

use super::answer::About;
use super::wire::{Call, Wire, encode};

/// A request of the JSON API below a bucket's path.
fn call<'a>(wire: &Wire, operation: &'static str, about: About, method: Method, bucket: &str, rest: &str) -> Call<'a> {
    Call {
        operation,
        about,
        method,
        origin: wire.endpoints.storage.origin(),
        path_and_query: format!("/storage/v1/b/{}{rest}", encode(bucket)),
        bearer: None,
        headers: Vec::new(),
        body: bytes::Bytes::new(),
    }
}
