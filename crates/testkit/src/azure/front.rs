//! A double: the front of Azurite that knows roles; what it lets through Azurite decides again.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::clock::{Clock as _, SystemClock};
use http::header::{AUTHORIZATION, CONTENT_LENGTH};
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::app::App;
use super::call::{Ask, AzureCall};
use super::container::AzureContainer;
use super::entra::{self, EntraFront};
use super::key::Keys;
use super::reply::Refusal;
use super::role::{Roles, Scope};
use super::sas::Sas;
use super::upstream::{Upstream, Way};
use super::{directory, sas};
use crate::component::{ACCOUNT, AzureAccount, OTHER_ACCOUNT, azurite};
use crate::front::Form;
use crate::http_double::Reply;
use crate::server::{ReplyBody, Server, full};
use crate::trouble::Trouble;

/// The front, running.
pub struct AzuriteFront {
    server: Server,
    state: Arc<Mutex<State>>,
}

/// A request that was answered.
#[derive(Debug, Clone)]
pub struct AzureRecord {
    /// What it was.
    pub call: AzureCall,
    /// The method.
    pub method: String,
    /// Path and query, byte for byte.
    pub target: String,
    /// The object id of who it was, or of who got the key that a signature is made with.
    pub principal: Option<String>,
    /// What was shown.
    pub proof: Proof,
    /// The id that the caller gave the request for Azure's own log, `x-ms-client-request-id`.
    pub client_request_id: Option<String>,
    /// What was answered.
    pub status: u16,
}

/// What a request shows for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A token of Entra's.
    Bearer,
    /// A signature with the account's key in a header.
    SharedKey,
    /// A shared access signature with the account's key.
    Sas,
    /// A shared access signature with a user delegation key.
    DelegationSas,
    /// Nothing.
    Nobody,
}

struct State {
    entra: entra::Shared,
    origin: String,
    roles: Roles,
    keys: Keys,
    hierarchical: BTreeSet<String>,
    without_keys: BTreeSet<String>,
    trouble: Trouble<AzureCall>,
    calls: Vec<AzureRecord>,
}

impl AzuriteFront {
    /// A front of the running Azurite for the applications of a tenant, who have no roles yet.
    pub fn start(entra: &EntraFront) -> Self {
        let state = Arc::new(Mutex::new(State {
            entra: entra.shared(),
            origin: String::new(),
            roles: Roles::default(),
            keys: Keys::default(),
            hierarchical: BTreeSet::new(),
            without_keys: BTreeSet::new(),
            trouble: Trouble::none(),
            calls: Vec::new(),
        }));
        let (shared, upstream) = (Arc::clone(&state), Upstream::new(&azurite().url));
        let server =
            Server::start_tls(move |request, peer| serve(Arc::clone(&shared), upstream.clone(), request, peer));
        let front = Self { server, state };
        lock(&front.state).origin = front.url();
        front
    }

    /// Its address, `https://localhost:port`; the account is the first part of the path.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.server.address().port())
    }

    /// The address of an account's blobs.
    pub fn account_url(&self, account: &str) -> String {
        format!("{}/{account}", self.url())
    }

    /// Makes a container in the account that tests use.
    pub async fn create_container(&self) -> AzureContainer {
        AzureContainer::create(ACCOUNT).await
    }

    /// Assigns a role to a principal, by its object id; the role `actions:a,b` is made of these actions.
    pub fn assign(&self, object_id: &str, role: &str, scope: Scope) {
        lock(&self.state).roles.assign(object_id, role, scope, None);
    }

    /// The same under the condition that blobs and listings lie below a prefix.
    pub fn assign_below(&self, object_id: &str, role: &str, scope: Scope, prefix: &str) {
        lock(&self.state).roles.assign(object_id, role, scope, Some(prefix));
    }

    /// Takes back every role of a principal.
    pub fn unassign(&self, object_id: &str) {
        lock(&self.state).roles.unassign(object_id);
    }

    /// Says whether an account has a hierarchical namespace; only then does it know directories.
    pub fn set_hierarchical(&self, account: &str, is: bool) {
        set(&mut lock(&self.state).hierarchical, account, is);
    }

    /// Says whether an account refuses its own keys, and what is signed with them.
    pub fn forbid_shared_key(&self, account: &str, is: bool) {
        set(&mut lock(&self.state).without_keys, account, is);
    }

    /// Revokes every user delegation key of an account.
    pub fn revoke_delegation_keys(&self, account: &str) {
        lock(&self.state).keys.revoke(account);
    }

    /// Answers a kind of call in place of Azurite.
    pub fn fault(&self, call: AzureCall, reply: Reply) {
        lock(&self.state).trouble.fault(call, reply);
    }

    /// Holds a kind of call back.
    pub fn delay(&self, call: AzureCall, by: Duration) {
        lock(&self.state).trouble.delay(call, by);
    }

    /// Takes back every delay and fault.
    pub fn heal(&self) {
        lock(&self.state).trouble.heal();
    }

    /// All calls so far, in the order of their answers.
    pub fn calls(&self) -> Vec<AzureRecord> {
        lock(&self.state).calls.clone()
    }

    /// The calls of one kind so far.
    pub fn calls_of(&self, call: AzureCall) -> Vec<AzureRecord> {
        self.calls().into_iter().filter(|record| record.call == call).collect()
    }
}

async fn serve(
    state: Arc<Mutex<State>>,
    upstream: Upstream,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Response<ReplyBody> {
    let (head, body) = request.into_parts();
    let query = Form::parse(head.uri.query().unwrap_or_default().as_bytes());
    let copies = head.headers.contains_key("x-ms-copy-source");
    let Some(ask) = Ask::of(&head.method, head.uri.path(), &query, copies) else {
        return Refusal::unreadable().send();
    };
    let proof = proof(&head, &Sas(&query));
    let mut principal = None;
    let (delay, fault) = lock(&state).trouble.of(&ask.call);
    if let Some(delay) = delay {
        tokio::time::sleep(delay).await;
    }
    let admitted = admit(&lock(&state), &head, &query, &ask, proof, peer, &mut principal);
    let response = match (fault, admitted) {
        (Some(reply), _) => reply.send().await,
        (None, Err(refusal)) => refusal.send(),
        (None, Ok(way)) => pass(&state, &upstream, &head, body, &ask, way).await,
    };
    let response = if proof == Proof::SharedKey { as_azure_says(response) } else { response };
    let target = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
    let (method, status) = (head.method.to_string(), response.status().as_u16());
    let id = head.headers.get("x-ms-client-request-id").and_then(|value| value.to_str().ok());
    let client_request_id = id.map(str::to_owned);
    let record = AzureRecord { call: ask.call, method, target, principal, proof, client_request_id, status };
    lock(&state).calls.push(record);
    response
}

fn proof(head: &Parts, sas: &Sas<'_>) -> Proof {
    let header = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    match header {
        Some(value) if value.starts_with("Bearer ") => Proof::Bearer,
        Some(_) => Proof::SharedKey,
        None if sas.is_delegated() => Proof::DelegationSas,
        None if sas.is_there() => Proof::Sas,
        None => Proof::Nobody,
    }
}

fn admit(
    state: &State,
    head: &Parts,
    query: &Form,
    ask: &Ask,
    proof: Proof,
    peer: SocketAddr,
    principal: &mut Option<String>,
) -> Result<Way, Refusal> {
    let by_key = matches!(proof, Proof::SharedKey | Proof::Sas);
    if by_key && state.without_keys.contains(&ask.account) {
        return Err(Refusal::keys_are_forbidden());
    }
    let sas = Sas(query);
    match proof {
        _ if ask.call == AzureCall::Preflight => Ok(Way::AsItCame),
        Proof::Nobody => Err(Refusal::nobody()),
        Proof::SharedKey => Ok(Way::AsItCame),
        Proof::Bearer => {
            let app = bearer(state, head, &ask.account)?;
            *principal = Some(app.object_id.clone());
            permit(state, &app.object_id, ask)?;
            let fresh = entra::lock(&state.entra).mint(&app, entra::STORAGE, SystemClock.now());
            Ok(Way::Token(fresh))
        }
        _ if !sas.is_for_address(peer.ip()) => Err(Refusal::source_address()),
        Proof::Sas => Ok(Way::AsItCame),
        Proof::DelegationSas => {
            let owner = sas.get("skoid").to_owned();
            *principal = Some(owner.clone());
            let way = delegated(state, &sas, ask)?;
            if ask.call != AzureCall::AccountInfo {
                permit(state, &owner, ask)?;
            }
            Ok(way)
        }
    }
}

fn bearer(state: &State, head: &Parts, account: &str) -> Result<App, Refusal> {
    let header = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = header.trim_start_matches("Bearer ");
    entra::lock(&state.entra).bearer(token, account).map_err(Refusal::token)
}

fn permit(state: &State, object_id: &str, ask: &Ask) -> Result<(), Refusal> {
    let may = ask.actions().iter().any(|action| state.roles.allow(object_id, *action, ask.target()));
    if may { Ok(()) } else { Err(Refusal::not_permitted()) }
}

/// The key must have passed the front and be good now, whatever the signature says.
fn delegated(state: &State, sas: &Sas<'_>, ask: &Ask) -> Result<Way, Refusal> {
    let key = state.keys.of(&ask.account, sas.0);
    let key = key.ok_or_else(|| Refusal::signature("The user delegation key is not known or was revoked."))?;
    let now = entra::lock(&state.entra).clock.now();
    let times = sas.moment("skt").zip(sas.moment("ske"));
    if !times.is_some_and(|(start, end)| start <= now && now < end) {
        return Err(Refusal::signature("The user delegation key is not valid now."));
    }
    if sas.get("sr") != "d" {
        return Ok(Way::AsItCame);
    }
    if !state.hierarchical.contains(&ask.account) {
        return Err(Refusal::signature("Signed resource d needs a hierarchical namespace."));
    }
    directory::verify(sas, ask, key, now).map_err(Refusal::signature)?;
    let container = ask.container.as_deref().unwrap_or_default();
    let account = account(&ask.account).ok_or_else(Refusal::unreadable)?;
    Ok(Way::Signature(sas::of_container(account, container, sas)))
}

fn account(name: &str) -> Option<AzureAccount> {
    [ACCOUNT, OTHER_ACCOUNT].into_iter().find(|account| account.name == name)
}

async fn pass(
    state: &Arc<Mutex<State>>,
    upstream: &Upstream,
    head: &Parts,
    body: Incoming,
    ask: &Ask,
    way: Way,
) -> Response<ReplyBody> {
    let own = lock(state).origin.clone();
    let mut response = match upstream.send(head, body, way, &own).await {
        Ok(response) => response,
        Err(refusal) => return refusal.send(),
    };
    if ask.call == AzureCall::AccountInfo {
        let is = lock(state).hierarchical.contains(&ask.account);
        let value = HeaderValue::from_static(if is { "true" } else { "false" });
        response.headers_mut().insert("x-ms-is-hns-enabled", value);
    }
    if ask.call == AzureCall::DelegationKey && response.status().is_success() {
        return noted(state, ask, response).await;
    }
    response
}

/// Where Azurite takes tokens too, it says of a wrong key that it is no token.
fn as_azure_says(response: Response<ReplyBody>) -> Response<ReplyBody> {
    let code = response.headers().get("x-ms-error-code").map(HeaderValue::as_bytes);
    if code == Some(b"InvalidAuthenticationInfo") { Refusal::key().send() } else { response }
}

async fn noted(state: &Mutex<State>, ask: &Ask, response: Response<ReplyBody>) -> Response<ReplyBody> {
    let (mut head, body) = response.into_parts();
    let bytes = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(why) => return Refusal::no_answer(&why).send(),
    };
    lock(state).keys.note(&ask.account, &String::from_utf8_lossy(&bytes));
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, full(bytes))
}

fn set(of: &mut BTreeSet<String>, account: &str, is: bool) {
    if is {
        of.insert(account.to_owned());
    } else {
        of.remove(account);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
