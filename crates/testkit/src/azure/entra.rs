//! A double: the login endpoint of Entra, for applications that sign in as themselves.
//!
//! Client secrets and federated credentials are checked; the errors have the numbers that Entra
//! documents. The tokens are signed, and in the form that Azurite takes (version 1 of their claims).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::clock::{Clock, SystemClock};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::app::{App, FederatedCredential, Registered};
use super::login;
use crate::front::Form;
use crate::http_double::Reply;
use crate::jwt::{self, SigningKey};
use crate::server::{ReplyBody, Server, full};
use crate::trouble::Trouble;

const LONGEST_FORM: usize = 1 << 20;

/// The resource of tokens for storage.
pub(super) const STORAGE: &str = "https://storage.azure.com";

/// The login endpoint, running.
pub struct EntraFront {
    server: Server,
    state: Shared,
}

/// A request for a token that was answered.
#[derive(Debug, Clone)]
pub struct EntraRecord {
    /// What was sent.
    pub form: Form,
    /// What was answered.
    pub status: u16,
    /// The number of the error, as in `AADSTS7000215`.
    pub code: Option<u64>,
}

pub(super) type Shared = Arc<Mutex<State>>;

pub(super) struct State {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tenant: String,
    pub(super) apps: BTreeMap<String, Registered>,
    origin: String,
    key: SigningKey,
    audience: Option<String>,
    lifetime: Duration,
    trouble: Trouble<()>,
    calls: Vec<EntraRecord>,
}

impl EntraFront {
    /// A tenant with nobody in it.
    pub fn start() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// The same with a clock of the test's.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let state = Arc::new(Mutex::new(State {
            clock,
            tenant: uuid::Uuid::new_v4().to_string(),
            apps: BTreeMap::new(),
            origin: String::new(),
            key: SigningKey::generate(),
            audience: None,
            lifetime: Duration::from_secs(3600),
            trouble: Trouble::none(),
            calls: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let server = Server::start_tls(move |request, _| serve(Arc::clone(&shared), request));
        lock(&state).origin = format!("https://localhost:{}", server.address().port());
        Self { server, state }
    }

    /// Its address, `https://localhost:port`: the authority host.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.server.address().port())
    }

    /// The id of the tenant.
    pub fn tenant(&self) -> String {
        lock(&self.state).tenant.clone()
    }

    /// Registers an application with a client secret.
    pub fn register(&self) -> App {
        let registered = Registered::new();
        let app = registered.app.clone();
        lock(&self.state).apps.insert(app.client_id.clone(), registered);
        app
    }

    /// Has an application's secret expire.
    pub fn expire_secret(&self, client_id: &str) {
        self.change(client_id, |app| app.secret_has_expired = true);
    }

    /// Disables an application.
    pub fn disable(&self, client_id: &str) {
        self.change(client_id, |app| app.disabled = true);
    }

    /// Lets an application show tokens of an issuer.
    pub fn federate(&self, client_id: &str, credential: FederatedCredential) {
        self.change(client_id, |app| app.federated.push(credential));
    }

    /// A token for storage, as the endpoint would give it.
    pub fn access_token(&self, client_id: &str) -> String {
        let state = lock(&self.state);
        let registered = state.apps.get(client_id).unwrap_or_else(|| panic!("no application {client_id}"));
        state.mint(&registered.app, STORAGE, state.clock.now())
    }

    /// Has all tokens be for somebody else from now on, whatever is asked; `None` takes it back.
    pub fn audience_of_tokens(&self, audience: Option<&str>) {
        lock(&self.state).audience = audience.map(str::to_owned);
    }

    /// How long tokens live that are issued from now on.
    pub fn token_lifetime(&self, lifetime: Duration) {
        lock(&self.state).lifetime = lifetime;
    }

    /// Answers requests for tokens in another way.
    pub fn fault(&self, reply: Reply) {
        lock(&self.state).trouble.fault((), reply);
    }

    /// Holds requests for tokens back.
    pub fn delay(&self, by: Duration) {
        lock(&self.state).trouble.delay((), by);
    }

    /// Takes back every delay and fault.
    pub fn heal(&self) {
        lock(&self.state).trouble.heal();
    }

    /// All requests for tokens so far.
    pub fn calls(&self) -> Vec<EntraRecord> {
        lock(&self.state).calls.clone()
    }

    pub(super) fn shared(&self) -> Shared {
        Arc::clone(&self.state)
    }

    fn change(&self, client_id: &str, change: impl FnOnce(&mut Registered)) {
        let mut state = lock(&self.state);
        change(state.apps.get_mut(client_id).unwrap_or_else(|| panic!("no application {client_id}")));
    }
}

impl State {
    /// What the token endpoint answers.
    pub(super) fn token(&self, app: &App, resource: &str) -> Value {
        let audience = self.audience.as_deref().unwrap_or(resource);
        let seconds = self.lifetime.as_secs().saturating_sub(1);
        json!({
            "token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds,
            "access_token": self.mint(app, audience, self.clock.now()),
        })
    }

    /// A token of an application that begins now.
    pub(super) fn mint(&self, app: &App, audience: &str, now: Timestamp) -> String {
        let (issued, lifetime) = (now.as_second(), i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX));
        self.key.sign(&json!({
            "aud": audience, "iss": format!("https://sts.windows.net/{}/", self.tenant), "tid": self.tenant,
            "iat": issued, "nbf": issued, "exp": issued.saturating_add(lifetime), "ver": "1.0", "idtyp": "app",
            "appid": app.client_id, "oid": app.object_id, "sub": app.object_id,
            "uti": uuid::Uuid::new_v4().simple().to_string(),
        }))
    }

    /// The application that a token is of, if it is one for this account's storage.
    pub(super) fn bearer(&self, token: &str, account: &str) -> Result<App, &'static str> {
        let claims = jwt::verify(token, &self.key.jwks()).map_err(|_| "Signature validation failed.")?;
        let audiences = [
            STORAGE.to_owned(),
            format!("{STORAGE}/"),
            format!("https://{account}.blob.core.windows.net"),
            format!("https://{account}.blob.core.windows.net/"),
        ];
        if !jwt::is_for(&claims, &audiences) {
            return Err("Audience validation failed. Audience did not match.");
        }
        let now = self.clock.now().as_second();
        if jwt::seconds(&claims, "exp").is_none_or(|exp| now >= exp) {
            return Err("Lifetime validation failed. The token is expired.");
        }
        let app = self.apps.get(jwt::text(&claims, "appid")).filter(|app| !app.disabled);
        app.map(|app| app.app.clone()).ok_or("The application is not known.")
    }
}

async fn serve(state: Shared, request: Request<Incoming>) -> Response<ReplyBody> {
    let (head, body) = request.into_parts();
    let (tenant, origin) = {
        let state = lock(&state);
        (state.tenant.clone(), state.origin.clone())
    };
    let path = head.uri.path().to_owned();
    let (named, rest) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
    match (head.method.as_str(), rest) {
        ("POST", "oauth2/v2.0/token") => {}
        ("GET", "v2.0/.well-known/openid-configuration") if named == tenant => {
            return json_answer(200, &discovery(&origin, &tenant));
        }
        ("GET", "discovery/v2.0/keys") if named == tenant => {
            let keys = lock(&state).key.jwks();
            return json_answer(200, &keys);
        }
        _ => return json_answer(404, &json!({"error": "not_found"})),
    }
    let (delay, fault) = lock(&state).trouble.of(&());
    if let Some(delay) = delay {
        tokio::time::sleep(delay).await;
    }
    let body = Limited::new(body, LONGEST_FORM).collect().await.map(http_body_util::Collected::to_bytes);
    let form = Form::parse(&body.unwrap_or_default());
    let correlation = head.headers.get("client-request-id").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (response, code) = match fault {
        Some(reply) => (reply.send().await, None),
        None => match login::answer(&state, named, &form).await {
            Ok(token) => (json_answer(200, &token), None),
            Err(refusal) => {
                let now = lock(&state).clock.now();
                (json_answer(refusal.status, &refusal.document(correlation, now)), Some(refusal.code))
            }
        },
    };
    lock(&state).calls.push(EntraRecord { form, status: response.status().as_u16(), code });
    response
}

fn discovery(origin: &str, tenant: &str) -> Value {
    json!({
        "issuer": format!("{origin}/{tenant}/v2.0"),
        "token_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/token"),
        "authorization_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/authorize"),
        "jwks_uri": format!("{origin}/{tenant}/discovery/v2.0/keys"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "response_types_supported": ["code"], "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

fn json_answer(status: u16, value: &Value) -> Response<ReplyBody> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json; charset=utf-8")
        .header("x-ms-request-id", uuid::Uuid::new_v4().to_string())
        .body(full(value.to_string()))
        .expect("the double makes valid answers")
}

pub(super) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
