//! The keys of Tidegate's own tokens: which of them signs, until when each is published, and what seals them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use broker::{Bootstrap, Broker, Issuer, IssuerKeyState, NewIntegration, NewRoot, Options, Parts, Silent, Started};
use domain::integration::Settings;
use domain::principal::{Caller, Origin};
use domain::provider::{ConnectAsk, Connection, Descriptor, IdentityTokens, Provider, Setup, SetupAsk, Whose};
use domain::secret::{SecretBytes, Secrets};
use domain::{Error, ErrorKind, FieldError, Result};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use keyring::RootKeySource;
use store::{Store, StoreConfig};
use testkit::TestClock;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::double::{ScriptedProviderDouble, WorldDouble};
use crate::house::{NoNetworkDouble, PASSWORD, name};

const ISSUER: &str = "https://tidegate.example";
const AUDIENCE: &str = "sts.example";
/// A day: a new key is published so long before it signs.
const LEAD: SignedDuration = SignedDuration::from_hours(24);
const EVERY: Duration = Duration::from_hours(90 * 24);
/// `[8; 32]`, as its file has it.
const NEW_ROOT: &str = "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=";

/// A double of a keyless method: it keeps the tokens that it is given.
struct KeylessDouble {
    other: ScriptedProviderDouble,
    given: Arc<Mutex<Option<Arc<dyn IdentityTokens>>>>,
}

impl Provider for KeylessDouble {
    fn descriptor(&self) -> &'static Descriptor {
        self.other.descriptor()
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        (*self.given.lock().unwrap()).clone_from(&ask.identity);
        Vec::new()
    }

    fn connect(&self, _ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        Err(Error::internal("a draft asks nothing of its provider"))
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        self.other.setup(ask)
    }
}

/// A node on a store that others use too.
struct Node {
    broker: Broker,
    admin_token: Option<SecretBytes>,
    tasks: TaskTracker,
    given: Arc<Mutex<Option<Arc<dyn IdentityTokens>>>>,
}

/// What the nodes of a test share.
struct House {
    store: Store,
    clock: Arc<TestClock>,
    rotate_every: Option<Duration>,
}

impl House {
    async fn new(rotate_every: Option<Duration>) -> Self {
        let store = Store::open(&StoreConfig::SqliteMemory).await.unwrap();
        let clock = Arc::new(TestClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
        Self { store, clock, rotate_every }
    }

    async fn node(&self, root: [u8; 32]) -> Node {
        self.try_node(root).await.unwrap()
    }

    async fn try_node(&self, root: [u8; 32]) -> Result<Node> {
        let (given, tasks) = (Arc::default(), TaskTracker::new());
        let other = ScriptedProviderDouble(WorldDouble::new());
        let issuer = Issuer { url: ISSUER.to_owned(), rotate_every: self.rotate_every };
        let parts = Parts {
            store: self.store.clone(),
            methods: vec![Arc::new(KeylessDouble { other, given: Arc::clone(&given) })],
            fetch: Arc::new(NoNetworkDouble),
            clock: self.clock.clone(),
            options: Options { issuer: Some(issuer), ..Options::default() },
            tasks: tasks.clone(),
        };
        let bootstrap = Bootstrap { admin_password: Some(PASSWORD.into()), admin_token: true };
        let source = RootKeySource::Key(SecretBytes::new(root));
        let Started { broker, admin_token, .. } = broker::start(parts, &source, bootstrap).await?;
        Ok(Node { broker, admin_token, tasks, given })
    }

    fn now(&self) -> Timestamp {
        use domain::clock::Clock as _;
        self.clock.now()
    }

    /// A second before that moment, and at it.
    fn around(&self, moment: Timestamp) -> [Timestamp; 2] {
        [moment - SignedDuration::from_secs(1), moment]
    }
}

/// A token as a cloud sees it.
#[derive(Debug)]
struct Seen {
    token: String,
    key: String,
    ends: Timestamp,
}

impl Node {
    /// The first node's administrator, who has a project.
    async fn admin(&self) -> Caller {
        let admin = self.broker.authenticate(self.admin_token.as_ref().unwrap(), Origin::default()).await.unwrap();
        self.broker.create_project(&admin, name("acme")).await.unwrap();
        admin
    }

    /// A token of an integration that is begun here under this name.
    async fn token_of(&self, admin: &Caller, integration: &str) -> Seen {
        if self.given.lock().unwrap().is_none() {
            let new = NewIntegration {
                name: name(integration),
                method: "scripted".to_owned(),
                settings: Settings::new(),
                secrets: Secrets::new(),
                unproven: None,
                keep: false,
                draft: true,
            };
            self.broker.create_integration(admin, &name("acme"), new, &Silent).await.unwrap();
        }
        let tokens = self.given.lock().unwrap().clone().expect("this installation issues tokens");
        let token = tokens.token(Whose::Integration, AUDIENCE).await.unwrap();
        let token = token.expose_str().unwrap().to_owned();
        let key = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
        let claims = self.accepted(&token).await.expect("a cloud takes a new token");
        let ends = Timestamp::from_second(claims["exp"].as_i64().unwrap()).unwrap();
        Seen { token, key, ends }
    }

    /// The claims, if a cloud that reads the published keys now believes the signature.
    async fn accepted(&self, token: &str) -> Option<serde_json::Value> {
        let id = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
        let published = self.broker.issuer_jwks().await.unwrap().keys;
        let key = published.into_iter().find(|key| key["kid"] == id)?;
        assert!(key.get("d").is_none(), "only the public half is published");
        let key: Jwk = serde_json::from_value(key).unwrap();
        let mut expected = Validation::new(Algorithm::RS256);
        expected.set_audience(&[AUDIENCE]);
        expected.set_issuer(&[ISSUER]);
        // The time of the test is another.
        expected.validate_exp = false;
        let decoded = jsonwebtoken::decode(token, &DecodingKey::from_jwk(&key).unwrap(), &expected);
        Some(decoded.unwrap().claims)
    }

    /// What is done every ten minutes, once.
    async fn look_after(&self) {
        let stopping = CancellationToken::new();
        stopping.cancel();
        self.broker.start_background(stopping);
        self.tasks.close();
        self.tasks.wait().await;
        self.tasks.reopen();
    }

    /// What each key does, the newest first.
    async fn states(&self, admin: &Caller) -> Vec<IssuerKeyState> {
        let view = self.broker.show_issuer(admin).await.unwrap();
        let states: Vec<_> = view.keys.iter().map(|key| key.state).collect();
        let published = states.iter().filter(|state| **state != IssuerKeyState::Withdrawn).count();
        assert_eq!(view.jwks.keys.len(), published, "{states:?}");
        states
    }
}

use IssuerKeyState::{Ending, Signing, Waiting, Withdrawn};

#[tokio::test]
async fn a_waiting_key_takes_over_after_its_day_and_the_old_one_is_published_until_its_last_token_ended() {
    let house = House::new(None).await;
    let node = house.node([7; 32]).await;
    let admin = node.admin().await;
    let first = node.token_of(&admin, "web").await;
    let rotated = node.broker.rotate_issuer(&admin, false).await.unwrap();
    let takes_over = house.now() + LEAD;
    assert_eq!(rotated.renew_copies_by, Some(takes_over), "copies of the documents have a day");
    assert_eq!(node.states(&admin).await, [Waiting, Signing]);
    assert_eq!(node.token_of(&admin, "web").await.key, first.key);

    let [before, at] = house.around(takes_over);
    house.clock.set(before);
    assert_eq!(node.states(&admin).await, [Waiting, Signing]);
    let last = node.token_of(&admin, "web").await;
    assert_eq!(last.key, first.key, "the old one signs until the last moment");
    house.clock.set(at);
    assert_eq!(node.states(&admin).await, [Signing, Ending]);
    let second = node.token_of(&admin, "web").await;
    let view = node.broker.show_issuer(&admin).await.unwrap();
    assert_eq!((&second.key, &view.keys[1].id), (&view.keys[0].id, &first.key));
    assert_eq!(view.renew_copies_by, None);

    let until = view.keys[1].published_until.expect("the old one has an end");
    assert!(last.ends > at && until >= last.ends, "its last token ends at {} and it at {until}", last.ends);
    let [before, at] = house.around(until);
    for moment in [last.ends, before] {
        house.clock.set(moment);
        node.look_after().await;
        assert_eq!(node.states(&admin).await, [Signing, Ending], "{moment}");
        assert!(node.accepted(&last.token).await.is_some(), "{moment}");
    }
    house.clock.set(at);
    assert_eq!(node.states(&admin).await, [Signing, Withdrawn], "published no more, whoever forgets it when");
    assert!(node.accepted(&last.token).await.is_none());
    node.look_after().await;
    assert_eq!(node.states(&admin).await, [Signing]);
    assert_eq!(node.token_of(&admin, "web").await.key, second.key);
}

#[tokio::test]
async fn keys_change_by_schedule_and_only_where_there_is_one() {
    for rotate_every in [Some(EVERY), None] {
        let house = House::new(rotate_every).await;
        let node = house.node([7; 32]).await;
        let admin = node.admin().await;
        node.look_after().await;
        assert_eq!(node.states(&admin).await, [Signing], "the first one is made without anybody asking");
        let due = house.now() + SignedDuration::try_from(EVERY).unwrap();
        let [before, at] = house.around(due);
        house.clock.set(before);
        node.look_after().await;
        assert_eq!(node.states(&admin).await, [Signing]);
        house.clock.set(at);
        node.look_after().await;
        if rotate_every.is_none() {
            house.clock.advance(EVERY * 3);
            node.look_after().await;
            assert_eq!(node.states(&admin).await, [Signing], "copies elsewhere do not grow old by themselves");
            continue;
        }
        for _ in 0..2 {
            assert_eq!(node.states(&admin).await, [Waiting, Signing]);
            node.look_after().await;
        }
        let [before, at] = house.around(due + LEAD + SignedDuration::try_from(EVERY).unwrap());
        house.clock.set(before);
        node.look_after().await;
        assert_eq!(node.states(&admin).await, [Signing], "counted from when it began to sign");
        house.clock.set(at);
        node.look_after().await;
        assert_eq!(node.states(&admin).await, [Waiting, Signing]);
    }
}

#[tokio::test]
async fn of_two_nodes_that_rotate_at_the_same_time_one_makes_the_key() {
    let house = House::new(Some(EVERY)).await;
    let (one, two) = (house.node([7; 32]).await, house.node([7; 32]).await);
    let admin = one.admin().await;
    tokio::join!(one.look_after(), two.look_after());
    assert_eq!(one.states(&admin).await, [Signing], "the first key is one too");
    house.clock.advance(EVERY);
    tokio::join!(one.look_after(), two.look_after());
    assert_eq!(two.states(&admin).await, [Waiting, Signing]);

    house.clock.advance(Duration::from_hours(48));
    one.look_after().await;
    assert_eq!(one.states(&admin).await, [Signing]);
    let by_hand = tokio::join!(one.broker.rotate_issuer(&admin, false), two.broker.rotate_issuer(&admin, false));
    let refused = match by_hand {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        both => panic!("{both:?}"),
    };
    assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused:?}");
    assert_eq!(one.states(&admin).await, [Waiting, Signing]);
    house.clock.advance(Duration::from_hours(24));
    let keys = [one.token_of(&admin, "one").await.key, two.token_of(&admin, "two").await.key];
    assert_eq!(keys[0], keys[1], "both sign with it");
}

#[tokio::test]
async fn under_a_new_root_key_the_issuer_signs_on_and_after_a_restart_too() {
    let house = House::new(None).await;
    let node = house.node([7; 32]).await;
    let admin = node.admin().await;
    let before = node.token_of(&admin, "web").await;
    node.broker.rotate_issuer(&admin, false).await.unwrap();
    node.broker.rewrap_root(&admin, NewRoot::Key(NEW_ROOT.into())).await.unwrap();
    assert_eq!(node.token_of(&admin, "web").await.key, before.key);
    drop(node);

    assert!(house.try_node([7; 32]).await.is_err(), "the old root key opens nothing any more");
    let restarted = house.node([8; 32]).await;
    assert_eq!(restarted.token_of(&admin, "again").await.key, before.key);
    assert!(restarted.accepted(&before.token).await.is_some());
    house.clock.advance(Duration::from_hours(24));
    let next = restarted.token_of(&admin, "again").await;
    assert_ne!(next.key, before.key, "the one that waited was put under the new root key as well");
}

#[tokio::test]
async fn keys_move_to_a_new_root_key_and_a_node_with_the_old_one_makes_none() {
    let house = House::new(None).await;
    let first = house.node([7; 32]).await;
    let stale = house.node([7; 32]).await;
    let admin = first.admin().await;
    let before = first.broker.show_issuer(&admin).await.unwrap().keys;
    assert_eq!(before.len(), 1);
    first.broker.rewrap_root(&admin, NewRoot::Key(NEW_ROOT.into())).await.unwrap();

    let error = stale.broker.rotate_issuer(&admin, true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    let restarted = house.node([8; 32]).await;
    let kept = restarted.broker.show_issuer(&admin).await.unwrap().keys;
    assert_eq!((kept.len(), &kept[0].id), (1, &before[0].id), "nothing is kept that only the old key opens");
    assert_eq!(restarted.broker.rotate_issuer(&admin, true).await.unwrap().keys.len(), 2);
}
