//! A front of SeaweedFS that enforces external ids, which SeaweedFS cannot.
//!
//! A pass-through: host header, headers and body go on unchanged, so that SeaweedFS still verifies
//! every signature and its own trust policies. Objects pass as streams, in both directions.
//! It also counts and records the calls to STS, delays them, and answers in its own way when told.

mod form;
mod rule;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio_rustls::TlsAcceptor;

use crate::http_double::Reply;
use crate::request::authority;
use crate::server::{ReplyBody, Server, full};
use crate::tls;
pub use form::Form;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const LONGEST_FORM: usize = 1 << 20;

/// The front, running.
pub struct StsFront {
    server: Server,
    state: Arc<Mutex<State>>,
}

/// A form that was sent to STS or IAM.
#[derive(Debug, Clone)]
pub struct StsCall {
    /// The action, such as `AssumeRole`.
    pub action: String,
    /// Everything that was sent.
    pub form: Form,
    /// Who signed it.
    pub access_key_id: Option<String>,
    /// Whether the front itself refused it, for the external id.
    pub refused: bool,
}

struct State {
    upstream: String,
    external_ids: BTreeMap<String, Option<String>>,
    delays: BTreeMap<String, Duration>,
    faults: BTreeMap<String, Reply>,
    calls: Vec<StsCall>,
}

type Upstream = Client<HttpConnector, ReplyBody>;

impl StsFront {
    /// A front of the store at this URL that requires nothing yet.
    pub fn start(upstream: &str) -> Self {
        Self::listen(upstream, None)
    }

    /// The same over TLS under this name, which the test leads to its address, and the authority for it, PEM.
    pub fn start_as(name: &str, upstream: &str) -> (Self, String) {
        let (tls, ca_pem) = tls::acceptor_for(name);
        (Self::listen(upstream, Some(tls)), ca_pem)
    }

    fn listen(upstream: &str, tls: Option<TlsAcceptor>) -> Self {
        let state = Arc::new(Mutex::new(State {
            upstream: authority(upstream).to_owned(),
            external_ids: BTreeMap::new(),
            delays: BTreeMap::new(),
            faults: BTreeMap::new(),
            calls: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let client: Upstream = Client::builder(TokioExecutor::new()).build_http();
        let server = Server::listen(tls, move |request, peer| pass(Arc::clone(&shared), client.clone(), request, peer));
        Self { server, state }
    }

    /// Its address: S3, STS and IAM.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Sends everything to another store from now on, such as a gateway with further roles.
    pub fn forward_to(&self, upstream: &str) {
        lock(&self.state).upstream = authority(upstream).to_owned();
    }

    /// Says what a role's trust policy requires; `None`: it takes any external id, or none.
    pub fn require(&self, role_arn: &str, external_id: Option<&str>) {
        lock(&self.state).external_ids.insert(role_arn.to_owned(), external_id.map(str::to_owned));
    }

    /// Holds an action back before it goes on; the action of an S3 request is its method.
    pub fn delay(&self, action: &str, by: Duration) {
        lock(&self.state).delays.insert(action.to_owned(), by);
    }

    /// Answers an action in place of the store; the action of an S3 request is its method.
    pub fn fault(&self, action: &str, reply: Reply) {
        lock(&self.state).faults.insert(action.to_owned(), reply);
    }

    /// Takes back every delay and fault.
    pub fn heal(&self) {
        let mut state = lock(&self.state);
        state.delays.clear();
        state.faults.clear();
    }

    /// All forms so far, in order.
    pub fn calls(&self) -> Vec<StsCall> {
        lock(&self.state).calls.clone()
    }

    /// The forms of one action so far.
    pub fn calls_of(&self, action: &str) -> Vec<StsCall> {
        self.calls().into_iter().filter(|call| call.action == action).collect()
    }
}

async fn pass(
    state: Arc<Mutex<State>>,
    client: Upstream,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Response<ReplyBody> {
    let (mut head, body) = request.into_parts();
    let is_form = head
        .headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("application/x-www-form-urlencoded")));
    let mut action = head.method.to_string();
    let body = if is_form && head.uri.path() == "/" {
        let Ok(bytes) = Limited::new(body, LONGEST_FORM).collect().await.map(http_body_util::Collected::to_bytes)
        else {
            return Reply::query_error(400, "RequestEntityTooLarge", "The form is too long.").send().await;
        };
        let signer = head.headers.get("authorization").and_then(|value| value.to_str().ok()).and_then(rule::signer);
        match admit(&state, &bytes, signer) {
            Ok(name) => action = name,
            Err(refusal) => return refusal.send().await,
        }
        full(bytes)
    } else {
        body.map_err(Into::into).boxed()
    };

    let (delay, fault, upstream) = {
        let state = lock(&state);
        (state.delays.get(&action).copied(), state.faults.get(&action).cloned(), state.upstream.clone())
    };
    if let Some(delay) = delay {
        tokio::time::sleep(delay).await;
    }
    if let Some(reply) = fault {
        return reply.send().await;
    }

    let target = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let Ok(uri) = format!("http://{upstream}{target}").parse::<Uri>() else {
        return Reply::s3_error(400, "InvalidURI", "The front cannot pass this address on.").send().await;
    };
    head.uri = uri;
    head.headers.remove(CONNECTION);
    if let Ok(address) = HeaderValue::from_str(&peer.ip().to_string()) {
        head.headers.insert(FORWARDED_FOR, address);
    }
    match client.request(Request::from_parts(head, body)).await {
        Ok(response) => returned(response),
        Err(why) => Reply::s3_error(502, "BadGateway", &format!("The store did not answer: {why}")).send().await,
    }
}

/// Records a form and holds it against the rules; gives its action.
fn admit(state: &Mutex<State>, bytes: &Bytes, signer: Option<String>) -> Result<String, Reply> {
    let form = Form::parse(bytes);
    let action = form.get("Action").unwrap_or_default().to_owned();
    let mut state = lock(state);
    let refused = !rule::external_id_fits(&state.external_ids, &form);
    let role = form.get("RoleArn").unwrap_or_default().to_owned();
    state.calls.push(StsCall { action: action.clone(), form, access_key_id: signer, refused });
    if refused {
        let message = format!("User is not authorized to perform: sts:AssumeRole on resource: {role}");
        return Err(Reply::query_error(403, "AccessDenied", &message));
    }
    Ok(action)
}

fn returned(response: Response<Incoming>) -> Response<ReplyBody> {
    let (mut head, body) = response.into_parts();
    head.headers.remove(CONNECTION);
    let declared = head.headers.contains_key(CONTENT_LENGTH);
    // Without a length the server chooses chunks itself.
    if !declared {
        head.headers.remove(http::header::TRANSFER_ENCODING);
    }
    Response::from_parts(head, body.map_err(Into::into).boxed())
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::BROKER;
    use crate::http_double::HttpDouble;
    use crate::request::{Call, send};
    use crate::{aws_query, bucket::Bucket};

    const ROLE: &str = "arn:aws:iam::000000000000:role/r";

    async fn assume(front: &StsFront, more: &[(&str, &str)]) -> u16 {
        let fixed = [("Action", "AssumeRole"), ("RoleArn", ROLE)];
        aws_query::query(&front.url(), &BROKER.keys(), "sts", &[&fixed, more].concat()).await.status
    }

    #[tokio::test]
    async fn a_form_goes_on_unchanged_and_is_recorded() {
        let store = HttpDouble::always(Reply::new(200, "text/xml", "<ok/>"));
        let front = StsFront::start(&store.url());
        let tags = [("Tags.member.1.Key", "project"), ("Tags.member.1.Value", "a b"), ("SourceIdentity", "ann")];
        assert_eq!(assume(&front, &tags).await, 200);
        let seen = store.requests().remove(0);
        assert_eq!(seen.header("host").unwrap(), front.url().trim_start_matches("http://"));
        let call = front.calls_of("AssumeRole").remove(0);
        assert_eq!(seen.body, call.form.encode());
        assert_eq!(call.access_key_id.as_deref(), Some(BROKER.access_key_id));
        assert_eq!(call.form.tags().get("project").unwrap(), "a b");
        assert_eq!(call.form.get("SourceIdentity"), Some("ann"));
    }

    #[tokio::test]
    async fn a_wrong_external_id_never_reaches_the_store() {
        let store = HttpDouble::always(Reply::new(200, "text/xml", "<ok/>"));
        let front = StsFront::start(&store.url());
        front.require(ROLE, Some("tg-1"));
        assert_eq!(assume(&front, &[]).await, 403);
        assert_eq!(assume(&front, &[("ExternalId", "tg-2")]).await, 403);
        assert!(store.requests().is_empty());
        assert_eq!(assume(&front, &[("ExternalId", "tg-1")]).await, 200);
        assert_eq!(front.calls().iter().map(|call| call.refused).collect::<Vec<_>>(), [true, true, false]);
    }

    #[tokio::test]
    async fn faults_answer_for_the_store_until_healed() {
        let store = HttpDouble::always(Reply::new(200, "text/plain", "from the store"));
        let front = StsFront::start(&store.url());
        front.fault("AssumeRole", Reply::query_error(503, "ServiceUnavailable", "Later."));
        front.fault("DELETE", Reply::s3_error(403, "AccessDenied", "No."));
        assert_eq!(assume(&front, &[]).await, 503);
        assert_eq!(send(&front.url(), Call::new("DELETE", "/b/k")).await.status, 403);
        assert_eq!(send(&front.url(), Call::new("GET", "/b/k")).await.text(), "from the store");
        front.heal();
        assert_eq!(assume(&front, &[]).await, 200);
    }

    #[tokio::test]
    async fn keys_pass_byte_for_byte() {
        let store = HttpDouble::always(Reply::new(200, "text/plain", ""));
        let front = StsFront::start(&store.url());
        let bucket = Bucket::at(&front.url(), "tg-b", aws_query::SessionKeys::of(&BROKER));
        bucket.put("/a//../ b%2F ", "x").await.ok();
        assert_eq!(store.requests()[0].target, "/tg-b//a//../%20b%252F%20");
    }
}
