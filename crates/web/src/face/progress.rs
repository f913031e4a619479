//! Long work: a plain answer, or server-sent events for whoever asks for them.
//!
//! The work goes on even if the client goes away, so that a proof always cleans up after itself. The
//! events are `check` (a check that has ended) and last one of `proof` (the report), `result` (the body
//! of the plain answer) and `problem`. What fails before anything was checked is answered plainly.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use broker::Observer;
use domain::Error;
use domain::proof::{Check, Proof};
use futures::StreamExt as _;
use serde::Serialize;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::origin::RequestId;
use super::{Failure, Problem, etag};
use crate::App;

/// How the client wants to learn how long work goes.
pub(crate) struct Progress {
    events: bool,
    request_id: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Progress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let accepted = parts.headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let mut kinds = accepted.flat_map(|value| value.split(',')).filter_map(|kind| kind.split(';').next());
        Ok(Self {
            events: kinds.any(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream")),
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        })
    }
}

/// How long work ended well.
pub(crate) struct Shown {
    status: StatusCode,
    event: &'static str,
    body: String,
    revision: Option<i64>,
}

impl Shown {
    /// A report, passed or not.
    pub(crate) fn proof(proof: &Proof) -> Result<Self, Error> {
        let body = serde_json::to_string(proof).map_err(Error::internal)?;
        Ok(Self { status: StatusCode::OK, event: "proof", body, revision: None })
    }

    /// Something that was made or changed, at its revision.
    pub(crate) fn result(status: StatusCode, body: &impl Serialize, revision: i64) -> Result<Self, Error> {
        let body = serde_json::to_string(body).map_err(Error::internal)?;
        Ok(Self { status, event: "result", body, revision: Some(revision) })
    }
}

impl IntoResponse for Shown {
    fn into_response(self) -> Response {
        let json = [(header::CONTENT_TYPE, "application/json")];
        match self.revision {
            Some(revision) => (self.status, etag(revision), json, self.body).into_response(),
            None => (self.status, json, self.body).into_response(),
        }
    }
}

/// What happens while work goes on.
enum Step {
    Checked(Check),
    Ended(Result<Shown, Error>),
}

impl Step {
    fn event(self, request_id: &str) -> Event {
        match self {
            Self::Checked(check) => {
                Event::default().event("check").data(serde_json::to_string(&check).unwrap_or_default())
            }
            Self::Ended(Ok(shown)) => Event::default().event(shown.event).data(shown.body),
            Self::Ended(Err(error)) => Event::default().event("problem").data(Problem::text(&error, request_id)),
        }
    }
}

/// Passes every check on; nobody may be listening any more.
struct Passing(UnboundedSender<Step>);

impl Observer for Passing {
    fn ended(&self, check: &Check) {
        drop(self.0.send(Step::Checked(check.clone())));
    }
}

impl Progress {
    /// Does work that proves something, and answers in the form that was asked for.
    pub(crate) async fn run<F>(self, app: &App, work: impl FnOnce(Arc<dyn Observer>) -> F) -> Response
    where
        F: Future<Output = Result<Shown, Error>> + Send + 'static,
    {
        if !self.events {
            let done = app.broker().in_background(work(Arc::new(broker::Silent))).await;
            return plain(done.unwrap_or_else(|broken| Err(Error::internal(broken))));
        }
        let (sender, mut steps) = unbounded_channel();
        let work = work(Arc::new(Passing(sender.clone())));
        app.broker().in_background(async move {
            let ended = work.await;
            drop(sender.send(Step::Ended(ended)));
        });
        let first = match steps.recv().await {
            Some(Step::Ended(Err(error))) => return Failure(error).into_response(),
            Some(step) => step.event(&self.request_id),
            None => return Failure(Error::internal("the work ended without an outcome")).into_response(),
        };
        let rest = futures::stream::unfold((steps, self.request_id), |(mut steps, id)| async move {
            let event = steps.recv().await?.event(&id);
            Some((event, (steps, id)))
        });
        let events = futures::stream::once(std::future::ready(first)).chain(rest).map(Ok::<_, Infallible>);
        Sse::new(events).keep_alive(KeepAlive::default()).into_response()
    }
}

fn plain(ended: Result<Shown, Error>) -> Response {
    match ended {
        Ok(shown) => shown.into_response(),
        Err(error) => Failure(error).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn wants_events(accept: &str) -> bool {
        let request = axum::http::Request::builder().header(header::ACCEPT, accept).body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        let Ok(progress) = Progress::from_request_parts(&mut parts, &()).await;
        progress.events
    }

    #[tokio::test]
    async fn events_are_for_those_who_accept_them() {
        assert!(wants_events("text/event-stream").await);
        assert!(wants_events("application/json;q=0.5, text/event-stream;q=1").await);
        assert!(!wants_events("application/json").await && !wants_events("*/*").await);
    }
}
