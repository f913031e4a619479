//! Answering one request: which service it is for, what a test wants to go wrong, and what is noted.

use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;
use serde_json::Value;

use super::credentials::Verb;
use super::reply::{Face, Refusal};
use super::route::{Ask, Route};
use super::upstream::{Upstream, collect};
use super::{GcpCall, GcpRecord, Shared, cors, credentials, exchange, lock, storage, token};
use crate::front::Form;
use crate::server::ReplyBody;

/// What is learnt of a request while it is answered.
#[derive(Default)]
pub(super) struct Note {
    pub(super) principal: Option<String>,
    pub(super) body: Value,
}

pub(super) async fn serve(state: Shared, upstream: Upstream, request: Request<Incoming>) -> Response<ReplyBody> {
    let (head, body) = request.into_parts();
    let query = head.uri.query().unwrap_or_default();
    let route = Route::of(&head.method, head.uri.path(), &Form::parse(query.as_bytes()));
    match route {
        Route::Storage(ask) => store(&state, &upstream, ask, head, body).await,
        Route::Preflight { bucket } => {
            let state = lock(&state);
            let cors = state.buckets.get(&bucket).and_then(|bucket| bucket.get("cors"));
            cors::preflight(cors, &head.headers)
        }
        Route::Unknown(face) => Refusal::unknown(&format!("{} {}", head.method, head.uri.path())).send(face),
        service => match collect(body).await {
            Ok(bytes) => serve_tokens(&state, service, &head, &bytes).await,
            Err(refusal) => refusal.send(Face::Json),
        },
    }
}

async fn serve_tokens(state: &Shared, route: Route, head: &Parts, body: &[u8]) -> Response<ReplyBody> {
    let is_json = head.headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let sent: Value = if is_json { serde_json::from_slice(body).unwrap_or(Value::Null) } else { Value::Null };
    let form = if is_json { Form::of_json(&sent) } else { Form::parse(body) };
    let call = match &route {
        Route::Account { verb: Verb::GenerateAccessToken, .. } => GcpCall::GenerateAccessToken,
        Route::Account { .. } => GcpCall::SignBlob,
        Route::TokenExchange if exchange::narrows(&form) => GcpCall::Downscope,
        Route::TokenExchange => GcpCall::Exchange,
        _ => GcpCall::Token,
    };
    let mut note = Note { principal: None, body: if is_json { sent } else { form.to_json() } };
    let response = match troubled(state, call).await {
        Some(response) => response,
        None => match &route {
            Route::Account { verb, email } => {
                let mut state = lock(state);
                let token = head.headers.get("authorization").and_then(|value| value.to_str().ok());
                let caller = token.and_then(|token| state.bearer(token.strip_prefix("Bearer ")?));
                note.principal = caller.as_ref().map(|caller| caller.member.clone());
                credentials::answer(&mut state, *verb, email, caller, &note.body)
            }
            Route::TokenExchange => exchange::answer(state, &form, &mut note.principal).await,
            _ => token::answer(&mut lock(state), &form, &mut note.principal),
        },
    };
    record(state, call, head, note, &response);
    response
}

async fn store(state: &Shared, upstream: &Upstream, ask: Ask, head: Parts, body: Incoming) -> Response<ReplyBody> {
    let (call, face, bucket) = (ask.call, ask.face, ask.at.bucket.clone());
    let kept = head.clone();
    let request = storage::Request::new(ask, head);
    let mut note = Note::default();
    let mut response = match troubled(state, call).await {
        Some(response) => response,
        None => {
            let is_known = lock(state).uploads.contains(&request.target());
            let done = if is_known {
                storage::go_on(state, upstream, &request, body).await
            } else {
                storage::answer(state, upstream, request, body, &mut note).await
            };
            done.unwrap_or_else(|refusal| refusal.send(face))
        }
    };
    if face == Face::Xml {
        let state = lock(state);
        let cors = state.buckets.get(&bucket).and_then(|bucket| bucket.get("cors"));
        cors::expose(cors, kept.method.as_str(), &kept.headers, &mut response);
    }
    record(state, call, &kept, note, &response);
    response
}

async fn troubled(state: &Shared, call: GcpCall) -> Option<Response<ReplyBody>> {
    let (delay, fault) = lock(state).trouble.of(&call);
    if let Some(delay) = delay {
        tokio::time::sleep(delay).await;
    }
    match fault {
        Some(reply) => Some(reply.send().await),
        None => None,
    }
}

fn record(state: &Shared, call: GcpCall, head: &Parts, note: Note, response: &Response<ReplyBody>) {
    let target = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
    lock(state).calls.push(GcpRecord {
        call,
        method: head.method.to_string(),
        target,
        principal: note.principal,
        body: note.body,
        status: response.status().as_u16(),
    });
}
