//! A broker on an empty store, and people in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use broker::{AuditFilter, AuditScope, Bootstrap, Broker, Options, Parts, SignedIn, Started};
use domain::Result;
use domain::fetch::{Fetch, PlainAnswer, PlainRequest};
use domain::id::{PrincipalId, TokenId};
use domain::name::{Name, UserName};
use domain::page::PageAsk;
use domain::principal::{Caller, Origin, Principal, PrincipalKind, Role};
use domain::provider::{Provider, ProviderError, ProviderErrorKind};
use domain::secret::SecretBytes;
use jiff::Timestamp;
use keyring::RootKeySource;
use store::principals::StoredPrincipal;
use store::{Store, StoreConfig};
use testkit::TestClock;
use tokio_util::task::TaskTracker;

/// Where browsers find Tidegate.
pub(crate) const OWN_ADDRESS: &str = "https://tidegate.example";

/// The password of everyone who has one.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A double of the network: there is none.
pub(crate) struct NoNetworkDouble;

#[async_trait::async_trait]
impl Fetch for NoNetworkDouble {
    async fn fetch(&self, _request: PlainRequest) -> std::result::Result<PlainAnswer, ProviderError> {
        Err(ProviderError::new(ProviderErrorKind::Network, "fetch", "there is no network in this test"))
    }
}

/// An installation whose administrator is signed in.
pub(crate) struct House {
    pub(crate) broker: Broker,
    pub(crate) store: Store,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) admin: Caller,
    tasks: TaskTracker,
}

pub(crate) async fn house() -> House {
    house_with(Vec::new(), Arc::new(NoNetworkDouble)).await
}

/// The same with methods of connecting and a network.
pub(crate) async fn house_with(methods: Vec<Arc<dyn Provider>>, fetch: Arc<dyn Fetch>) -> House {
    let store = Store::open(&StoreConfig::SqliteMemory).await.unwrap();
    let clock = Arc::new(TestClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
    let identities = [("aws".to_owned(), "arn:aws:iam::111122223333:role/tidegate".to_owned())].into();
    let tasks = TaskTracker::new();
    let parts = Parts {
        store: store.clone(),
        methods,
        fetch,
        clock: clock.clone(),
        options: Options { identities, base: Some(OWN_ADDRESS.to_owned()), ..Options::default() },
        tasks: tasks.clone(),
    };
    let bootstrap = Bootstrap { admin_password: Some(PASSWORD.into()), admin_token: true };
    let root = RootKeySource::Key(SecretBytes::new([7_u8; 32]));
    let Started { broker, admin_token, .. } = broker::start(parts, &root, bootstrap).await.unwrap();
    let admin = broker.authenticate(&admin_token.unwrap(), Origin::default()).await.unwrap();
    House { broker, store, clock, admin, tasks }
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn user_name(text: &str) -> UserName {
    text.parse().unwrap()
}

pub(crate) fn page() -> PageAsk {
    PageAsk::new(None, None).unwrap()
}

impl House {
    /// Waits for background work.
    pub(crate) async fn tasks_are_done(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Someone without a password, as if he had signed in.
    pub(crate) async fn person(&self, name: &str) -> Caller {
        let principal = Principal {
            id: PrincipalId::new(),
            kind: PrincipalKind::User,
            name: name.to_owned(),
            administrator: false,
            properties: BTreeMap::new(),
        };
        let row = StoredPrincipal {
            principal: principal.clone(),
            project: None,
            disabled: false,
            created_at: Timestamp::UNIX_EPOCH,
        };
        self.store.write(move |tx| Box::pin(async move { store::principals::insert(tx, &row).await })).await.unwrap();
        Caller { principal, token: TokenId::new(), limit: None, must_change_password: false, origin: Origin::default() }
    }

    /// Someone with this role in a project that the administrator owns.
    pub(crate) async fn member(&self, project: &Name, who: &str, role: Role) -> Caller {
        let caller = self.person(who).await;
        self.broker.add_member(&self.admin, project, who, role).await.unwrap();
        caller
    }

    /// A project of the administrator.
    pub(crate) async fn project(&self, text: &str) -> Name {
        self.broker.create_project(&self.admin, name(text)).await.unwrap().name
    }

    pub(crate) async fn sign_in(&self, name: &str, password: &str, new: Option<&str>) -> Result<SignedIn> {
        self.broker.sign_in(name, password.into(), new.map(SecretBytes::from), Origin::default()).await
    }

    /// The caller behind a token, if it is accepted.
    pub(crate) async fn caller(&self, token: &SecretBytes) -> Option<Caller> {
        self.broker.authenticate(token, Origin::default()).await.ok()
    }

    /// How often something was recorded with this outcome: `action outcome` by record.
    pub(crate) async fn recorded(&self, scope: &AuditScope) -> Vec<String> {
        let all =
            self.broker.list_audit(&self.admin, scope, AuditFilter::default(), PageAsk::new(None, Some(1000)).unwrap());
        let word = |outcome| serde_json::to_value(outcome).unwrap().as_str().unwrap().to_owned();
        all.await.unwrap().items.into_iter().map(|item| format!("{} {}", item.action, word(item.outcome))).collect()
    }
}
