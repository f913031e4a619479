//! What every answer in the OpenAPI document has: words, and the media type that is really sent.

use axum::http::StatusCode;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{OpenApi, RefOr};

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// Completes the answers of all operations; a document without these words is not valid.
pub(super) fn complete(document: &mut OpenApi) {
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        for (status, answer) in &mut operation.responses.responses {
            let RefOr::T(answer) = answer else { continue };
            let is_error = status == "default";
            if answer.description.is_empty() {
                answer.description = if is_error { "A problem".to_owned() } else { reason(status) };
            }
            if is_error && let Some(problem) = answer.content.shift_remove(JSON) {
                answer.content.insert(PROBLEM.to_owned(), problem);
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
}

/// The words of a status, as HTTP has them.
fn reason(status: &str) -> String {
    let known = status.parse::<StatusCode>().ok().and_then(|status| status.canonical_reason());
    known.unwrap_or("An answer").to_owned()
}
