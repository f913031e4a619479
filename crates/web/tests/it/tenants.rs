//! Two tenants with one of everything, and everybody who might ask.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use broker::{Bootstrap, Broker, Options, Parts};
use domain::datasource::{Datasource, Purpose};
use domain::fetch::{Fetch, PlainAnswer, PlainRequest};
use domain::grant::{Grant, GrantKind, GrantScope, GrantState, Revocability};
use domain::id::{DatasourceId, GrantId, IntegrationId, PrincipalId, ProjectId, TokenId};
use domain::integration::{Integration, IntegrationState};
use domain::name::Name;
use domain::principal::{Caller, Origin, Principal, PrincipalKind, Role, TokenLimit};
use domain::proof::ProofMode;
use domain::proof_run::RunCause;
use domain::provider::{ProviderError, ProviderErrorKind};
use domain::secret::SecretBytes;
use http_body_util::BodyExt as _;
use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;
use store::principals::StoredPrincipal;
use store::proof_runs::NewRun;
use store::proofs::ProofOwner;
use store::tokens::{StoredToken, TokenKind};
use store::{Store, StoreConfig};
use tower::ServiceExt as _;

/// A double of the network: there is none.
struct NoNetworkDouble;

#[async_trait::async_trait]
impl Fetch for NoNetworkDouble {
    async fn fetch(&self, _request: PlainRequest) -> Result<PlainAnswer, ProviderError> {
        Err(ProviderError::new(ProviderErrorKind::Network, "fetch", "there is no network in this test"))
    }
}

/// Somebody who asks.
pub(crate) struct Asker {
    pub(crate) who: String,
    pub(crate) token: String,
    pub(crate) administrator: bool,
}

/// How the objects of one tenant are named in paths and bodies, by kind.
pub(crate) type Objects = BTreeMap<&'static str, String>;

/// The face, two tenants, and everybody who might ask.
pub(crate) struct Tenants {
    pub(crate) router: Router,
    store: Store,
    broker: Broker,
    requests: AtomicU32,
    /// Members of `ours` in every role, with and without a limited token, an outsider, the administrator.
    pub(crate) askers: Vec<Asker>,
    /// Who owns `theirs`.
    pub(crate) their_owner: Asker,
    /// One of everything in `theirs`.
    pub(crate) theirs: Objects,
    /// The same of what is nowhere.
    pub(crate) absent: Objects,
}

pub(crate) async fn tenants() -> Tenants {
    tenants_with(web::AppConfig::default()).await
}

/// The same behind a face that is configured otherwise.
pub(crate) async fn tenants_with(config: web::AppConfig) -> Tenants {
    let store = Store::open(&StoreConfig::SqliteMemory).await.unwrap();
    let parts = Parts {
        store: store.clone(),
        methods: Vec::new(),
        fetch: Arc::new(NoNetworkDouble),
        clock: Arc::new(testkit::TestClock::at(now())),
        options: Options::default(),
        tasks: tokio_util::task::TaskTracker::new(),
    };
    let root = keyring::RootKeySource::Key(SecretBytes::new([7_u8; 32]));
    let bootstrap = Bootstrap { admin_password: Some("correct horse battery".into()), admin_token: true };
    let started = broker::start(parts, &root, bootstrap).await.unwrap();
    let broker = started.broker;
    let token = started.admin_token.unwrap();
    let admin = broker.authenticate(&token, Origin::default()).await.unwrap();
    let router = web::router(web::App::new(broker.clone(), config));
    let mut tenants = Tenants {
        router,
        store,
        broker,
        requests: AtomicU32::new(1),
        askers: Vec::new(),
        their_owner: Asker { who: String::new(), token: String::new(), administrator: false },
        theirs: Objects::new(),
        absent: absent(),
    };
    let ours = tenants.project(&admin, "ours").await;
    let theirs = tenants.project(&admin, "theirs").await;
    tenants.people(&admin, ours, token.expose_str().unwrap()).await;
    tenants.theirs = tenants.one_of_everything(&admin, theirs).await;
    tenants
}

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn absent() -> Objects {
    let id = "0197d2f0-0000-7000-8000-000000000000".to_owned();
    [
        ("project", "absent-project".to_owned()),
        ("integration", "absent-integration".to_owned()),
        ("datasource", "absent-datasource".to_owned()),
        ("service-account", "absent-robot".to_owned()),
        ("member", "absent-robot".to_owned()),
        ("user", "absent-user".to_owned()),
        ("token", id.clone()),
        ("grant", id.clone()),
        ("proof-run", id),
    ]
    .into()
}

impl Tenants {
    async fn project(&self, admin: &Caller, text: &str) -> ProjectId {
        self.broker.create_project(admin, name(text)).await.unwrap().id.parse().unwrap()
    }

    async fn people(&mut self, admin: &Caller, ours: ProjectId, admin_token: &str) {
        for role in Role::ALL {
            let id = self.person(&format!("our-{role}")).await;
            self.broker.add_member(admin, &name("ours"), &format!("our-{role}"), role).await.unwrap();
            self.askers.push(self.asker(format!("{role} of ours"), id, None).await);
            let limit = TokenLimit { project: ours, role };
            self.askers.push(self.asker(format!("{role} of ours with a token"), id, Some(limit)).await);
        }
        let outsider = self.person("outsider").await;
        self.askers.push(self.asker("outsider".to_owned(), outsider, None).await);
        let owner = self.person("their-owner").await;
        self.broker.add_member(admin, &name("theirs"), "their-owner", Role::Owner).await.unwrap();
        self.their_owner = self.asker("owner of theirs".to_owned(), owner, None).await;
        let limit = TokenLimit { project: ours, role: Role::Owner };
        self.askers.push(self.asker("owner of theirs with a token of ours".to_owned(), owner, Some(limit)).await);
        // The administrator made both projects; from now on he only administers.
        self.broker.add_member(admin, &name("ours"), "their-owner", Role::Owner).await.unwrap();
        for project in ["ours", "theirs"] {
            self.broker.remove_member(admin, &name(project), "admin").await.unwrap();
        }
        let admin = Asker { who: "administrator".to_owned(), token: admin_token.to_owned(), administrator: true };
        self.askers.push(admin);
    }

    async fn person(&self, name: &str) -> PrincipalId {
        let principal = Principal {
            id: PrincipalId::new(),
            kind: PrincipalKind::User,
            name: name.to_owned(),
            administrator: false,
            properties: BTreeMap::new(),
        };
        let id = principal.id;
        let row = StoredPrincipal { principal, project: None, disabled: false, created_at: now() };
        self.store.write(move |tx| Box::pin(async move { store::principals::insert(tx, &row).await })).await.unwrap();
        id
    }

    async fn asker(&self, who: String, principal: PrincipalId, limit: Option<TokenLimit>) -> Asker {
        let id = TokenId::new();
        let token = format!("tgt_{id}");
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
        let hash: [u8; 32] = hash.as_ref().try_into().unwrap();
        let row = StoredToken {
            id,
            principal,
            limit,
            kind: if limit.is_some() { TokenKind::Api } else { TokenKind::Session },
            name: "test".to_owned(),
            created_at: now(),
            expires_at: now().checked_add(1.hour()).unwrap(),
            last_used_at: Some(now()),
            revoked_at: None,
        };
        self.store
            .write(move |tx| Box::pin(async move { store::tokens::insert(tx, &row, &hash).await }))
            .await
            .unwrap();
        Asker { who, token, administrator: false }
    }

    async fn one_of_everything(&self, admin: &Caller, project: ProjectId) -> Objects {
        let owner = self.broker.authenticate(&self.their_owner.token.as_str().into(), Origin::default()).await.unwrap();
        let theirs = name("theirs");
        self.broker.create_service_account(&owner, &theirs, name("their-robot")).await.unwrap();
        self.broker.add_member(&owner, &theirs, "their-robot", Role::Viewer).await.unwrap();
        let ask =
            broker::NewToken { name: name("ci"), service_account: Some(name("their-robot")), role: None, ttl: None };
        let token = self.broker.create_token(&owner, &theirs, ask).await.unwrap().id;
        let integration = integration(project);
        let datasource = datasource(&integration);
        let grant = grant(&datasource, admin.principal.id);
        let id = grant.id;
        let objects = [
            ("project", "theirs".to_owned()),
            ("integration", integration.name.to_string()),
            ("datasource", datasource.name.to_string()),
            ("service-account", "their-robot".to_owned()),
            ("member", "their-robot".to_owned()),
            ("user", "their-owner".to_owned()),
            ("token", token.to_string()),
            ("grant", id.to_string()),
        ];
        let run = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    store::integrations::insert(tx, &integration).await?;
                    store::datasources::insert(tx, &datasource).await?;
                    store::grants::insert(tx, &grant, None).await?;
                    store::proof_runs::ask(tx, &proof_run(&integration), now()).await
                })
            })
            .await
            .unwrap();
        objects.into_iter().chain([("proof-run", run.id.to_string())]).collect()
    }

    /// An integration and a datasource of `theirs`, a project and a user, all of this name.
    pub(crate) async fn make_all_named(&self, text: &'static str) {
        let made = self.store.write(move |tx| {
            Box::pin(async move {
                let project = store::projects::by_name(tx, "theirs").await?.unwrap().id;
                let integration = Integration { name: name(text), ..integration(project) };
                store::integrations::insert(tx, &integration).await?;
                store::datasources::insert(tx, &Datasource { name: name(text), ..datasource(&integration) }).await
            })
        });
        made.await.unwrap();
        let admin = &self.askers.last().unwrap().token;
        let project = serde_json::json!({"name": text});
        assert_eq!(self.send(Some(admin), "POST", "/api/v1/projects", Some(&project)).await.0, StatusCode::CREATED);
        self.person(text).await;
    }

    /// Hands out as `their` grant was, so many times more.
    pub(crate) async fn repeat_grant(&self, times: usize) {
        let id = self.theirs["grant"].parse().unwrap();
        let repeated = self.store.write(move |tx| {
            Box::pin(async move {
                let project = store::projects::by_name(tx, "theirs").await?.unwrap().id;
                let first = store::grants::get(tx, project, id, now()).await?.unwrap().grant;
                for _ in 0..times {
                    store::grants::insert(tx, &Grant { id: GrantId::new(), ..first.clone() }, None).await?;
                }
                Ok(())
            })
        });
        repeated.await.unwrap();
    }

    /// One request: the status, and the body without the request's id.
    pub(crate) async fn send(
        &self,
        token: Option<&str>,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, String) {
        // Each from another address, so that no limit of unauthenticated requests is met.
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        let peer = SocketAddr::from((std::net::Ipv4Addr::from(0x0a00_0000 + number), 1));
        let mut request = Request::builder().method(method).uri(path).header("if-match", "\"1\"");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let (status, _, text) = self.exchange(request).await;
        match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(mut fields)) => {
                fields.remove("request_id");
                (status, Value::Object(fields).to_string())
            }
            _ => (status, text),
        }
    }

    /// One reading request: status, content type and body.
    pub(crate) async fn get(&self, asker: &Asker, path: &str, accept: &str) -> (StatusCode, String, String) {
        let request =
            Request::get(path).header("authorization", format!("Bearer {}", asker.token)).header("accept", accept);
        self.exchange(request.body(Body::empty()).unwrap()).await
    }

    async fn exchange(&self, request: Request<Body>) -> (StatusCode, String, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, kind) = (response.status(), response.headers().get("content-type").cloned());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let kind = kind.map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
        (status, kind, String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn integration(project: ProjectId) -> Integration {
    Integration {
        id: IntegrationId::new(),
        project,
        name: name("their-integration"),
        method: "aws-access-key".to_owned(),
        settings: BTreeMap::new(),
        state: IntegrationState::Active,
        reason: None,
        revision: 1,
        created_at: now(),
        updated_at: now(),
        last_used_at: None,
    }
}

fn proof_run(integration: &Integration) -> NewRun {
    NewRun {
        project: integration.project,
        owner: ProofOwner::Integration(integration.id),
        name: integration.name.clone(),
        method: integration.method.clone(),
        mode: ProofMode::Full,
        cause: RunCause::Schedule,
        requested_by: None,
        due_at: now(),
    }
}

fn datasource(integration: &Integration) -> Datasource {
    Datasource {
        id: DatasourceId::new(),
        project: integration.project,
        name: name("their-datasource"),
        integration: integration.id,
        bucket: "bucket-one".parse().unwrap(),
        prefix: "in/".parse().unwrap(),
        purpose: Purpose::InputOutput,
        region: None,
        output_datasource: None,
        sse: None,
        cors_origin: None,
        proof_mode: ProofMode::Full,
        reason: None,
        usable: true,
        revision: 1,
        created_at: now(),
        updated_at: now(),
    }
}

fn grant(datasource: &Datasource, principal: PrincipalId) -> Grant {
    let later = now().checked_add(1.hour()).unwrap();
    Grant {
        id: GrantId::new(),
        project: datasource.project,
        kind: GrantKind::Urls,
        integration: datasource.integration,
        datasource: datasource.id,
        principal,
        created_at: now(),
        expires_at: later,
        usable_until: later,
        state: GrantState::Live,
        revocability: Revocability::AtExpiry,
        scope: GrantScope { bucket: "bucket-one".into(), prefix: "in/".into(), access: "GET".into(), count: Some(1) },
    }
}
