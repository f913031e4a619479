//! A double of a cloud with an STS: counts what it is asked, and answers as a test tells it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use broker::Broker;
use domain::clock::Clock as _;
use domain::datasource::{Datasource, Purpose};
use domain::grant::Revocability;
use domain::id::{DatasourceId, IntegrationId, ProjectId};
use domain::integration::{Integration, IntegrationState};
use domain::name::Name;
use domain::principal::{Caller, Role};
use domain::proof::{CheckName, ProofMode, Remedy};
use domain::provider::{
    Advice, AwsCredential, BaseIdentity, BoundBy, Capabilities, ConnectAsk, Connection, Credential, CutOff, Descriptor,
    Facts, Finding, NarrowedBy, Probe, Provider, ProviderError, ProviderErrorKind, Rating, RemedyAsk, Session,
    SessionAsk, SessionTags, Setup, SetupAsk, SignAsk, UrlSigner, UrlsBy,
};
use domain::{FieldError, Result};
use jiff::Timestamp;
use testkit::TestClock;
use tokio::sync::Semaphore;

use crate::house::{House, NoNetworkDouble, house_with, name};

const METHOD: &str = "cloud-double";

/// What the cloud does when it is asked.
pub(crate) struct Behaviour {
    pub(crate) facts: Facts,
    /// Added to the life that is asked for; negative for one that silently gives less.
    pub(crate) extra_seconds: i64,
    /// Keys without an end.
    pub(crate) endless: bool,
    pub(crate) fails: Option<ProviderErrorKind>,
    pub(crate) cut_off_fails: bool,
}

/// The cloud.
pub(crate) struct CloudDouble {
    pub(crate) behaviour: Mutex<Behaviour>,
    /// Sessions that were opened.
    pub(crate) asked: Mutex<Vec<SessionAsk>>,
    pub(crate) cuts: Mutex<Vec<Timestamp>>,
    /// Without a permit it does not answer.
    pub(crate) gate: Semaphore,
    connected: AtomicUsize,
    clock: Mutex<Option<Arc<TestClock>>>,
    /// Closed in the middle of opening a session.
    pub(crate) closes: Mutex<Option<store::Store>>,
}

impl CloudDouble {
    pub(crate) fn opened(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// How often secrets were unsealed to connect.
    pub(crate) fn connected(&self) -> usize {
        self.connected.load(Ordering::SeqCst)
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.behaviour.lock().unwrap());
    }
}

struct DoubleProvider(Arc<CloudDouble>);

static DESCRIPTOR: Descriptor = Descriptor {
    id: METHOD,
    title: "a double of a cloud",
    cloud: "a double",
    summary: "for tests",
    fields: &[],
    capabilities: Capabilities {
        two_step: false,
        keyless: false,
        external_id: false,
        ambient: false,
        stored_key: true,
        browse: true,
        sign: true,
        serves: false,
        credentials: true,
    },
    advice: Advice {
        recommended: false,
        when: "never",
        privilege: Rating::Poor,
        rotation: Rating::Poor,
        audit: Rating::Poor,
        separation: Rating::Poor,
        speed: Rating::Good,
        ease: Rating::Good,
    },
};

impl Provider for DoubleProvider {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, _ask: &ConnectAsk) -> Vec<FieldError> {
        Vec::new()
    }

    fn connect(&self, _ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        self.0.connected.fetch_add(1, Ordering::SeqCst);
        let facts = self.0.behaviour.lock().unwrap().facts.clone();
        Ok(Arc::new(DoubleConnection { cloud: self.0.clone(), facts }))
    }

    fn setup(&self, _ask: &SetupAsk) -> Result<Setup> {
        panic!("no test sets this up")
    }
}

struct DoubleConnection {
    cloud: Arc<CloudDouble>,
    facts: Facts,
}

#[async_trait]
impl Connection for DoubleConnection {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    async fn probe(&self, _probe: &Probe) -> Finding {
        panic!("no test proves this")
    }

    async fn open_session(&self, ask: &SessionAsk) -> std::result::Result<Arc<dyn Session>, ProviderError> {
        let number = {
            let mut asked = self.cloud.asked.lock().unwrap();
            asked.push(ask.clone());
            asked.len()
        };
        let _permit = self.cloud.gate.acquire().await.unwrap();
        let closes = self.cloud.closes.lock().unwrap().take();
        if let Some(store) = closes {
            store.close().await;
        }
        let behaviour = self.cloud.behaviour.lock().unwrap();
        if let Some(kind) = behaviour.fails {
            return Err(ProviderError::new(kind, "sts:AssumeRole", "the double refuses"));
        }
        let now = self.cloud.clock.lock().unwrap().as_ref().unwrap().now();
        let life = i64::try_from(ask.ttl.as_secs()).unwrap() + behaviour.extra_seconds;
        let expires_at = (!behaviour.endless).then(|| now + jiff::SignedDuration::from_secs(life));
        Ok(Arc::new(DoubleSession { number, expires_at }))
    }

    fn remedy(&self, _check: CheckName, _ask: &RemedyAsk) -> Option<Remedy> {
        None
    }

    async fn cut_off(&self, _tags: &SessionTags, before: Timestamp) -> std::result::Result<CutOff, ProviderError> {
        if self.cloud.behaviour.lock().unwrap().cut_off_fails {
            return Err(ProviderError::new(ProviderErrorKind::Throttled, "iam:PutRolePolicy", "slow down"));
        }
        self.cloud.cuts.lock().unwrap().push(before);
        Ok(CutOff { before, verified: true, bound: Duration::from_secs(5) })
    }
}

/// Its number tells which session made a URL or credential.
struct DoubleSession {
    number: usize,
    expires_at: Option<Timestamp>,
}

struct DoubleSigner(String);

impl UrlSigner for DoubleSigner {
    fn sign_into(&mut self, key: &str, out: &mut String) {
        out.push_str(&self.0);
        out.push_str(&hex::encode(key));
    }
}

impl Session for DoubleSession {
    fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    fn signer(&self, ask: &SignAsk) -> std::result::Result<Box<dyn UrlSigner>, ProviderError> {
        let url = format!("https://double/{}/{}?s={}&k=", ask.verb.as_str(), ask.ttl.as_secs(), self.number);
        Ok(Box::new(DoubleSigner(url)))
    }

    fn credential(&self) -> std::result::Result<Credential, ProviderError> {
        Ok(Credential::Aws(AwsCredential {
            access_key_id: format!("ASIA{}", self.number),
            secret_access_key: "canary-secret".into(),
            session_token: "canary-token".into(),
            region: "eu-double-1".to_owned(),
            endpoint: None,
            path_style: false,
        }))
    }

    fn log_ids(&self) -> Vec<(&'static str, String)> {
        vec![("access_key_id", format!("ASIA{}", self.number))]
    }
}

/// A role that is assumed for 12 hours at most.
fn facts() -> Facts {
    Facts {
        endpoint: "https://double".to_owned(),
        public_endpoint: "https://double".to_owned(),
        region: None,
        path_style: false,
        base: BaseIdentity::Own,
        assumes_role: true,
        bound_by: BoundBy::ExternalId,
        urls: UrlsBy::Session,
        put_headers: Vec::new(),
        narrowed_by: NarrowedBy::SessionPolicy,
        max_session: Some(Duration::from_secs(12 * 3600)),
        max_url: Duration::from_secs(7 * 86_400),
        revocability: Revocability::AtExpiry,
        conditional_create: true,
        conditional_replace: true,
        kms: true,
        user_properties: Vec::new(),
    }
}

/// A house with the cloud, a project, and an integration with an input and an output.
pub(crate) struct Estate {
    pub(crate) house: House,
    pub(crate) cloud: Arc<CloudDouble>,
    pub(crate) project: Name,
    pub(crate) id: ProjectId,
    pub(crate) integration: IntegrationId,
    /// Developers.
    pub(crate) ann: Caller,
    pub(crate) bob: Caller,
}

impl Estate {
    pub(crate) fn broker(&self) -> &Broker {
        &self.house.broker
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.house.clock.advance(Duration::from_secs(seconds));
    }

    /// One more integration, of a role.
    pub(crate) async fn integration(&self, text: &str, role_arn: Option<&str>) -> IntegrationId {
        let settings = role_arn.map(|arn| ("role_arn".to_owned(), arn.to_owned()));
        let row = Integration {
            id: IntegrationId::new(),
            project: self.id,
            name: name(text),
            method: METHOD.to_owned(),
            settings: settings.into_iter().collect::<BTreeMap<_, _>>(),
            state: IntegrationState::Active,
            reason: None,
            revision: 1,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            last_used_at: None,
        };
        let id = row.id;
        self.house
            .store
            .write(move |tx| Box::pin(async move { store::integrations::insert(tx, &row).await }))
            .await
            .unwrap();
        id
    }

    pub(crate) async fn datasource(&self, text: &str, integration: IntegrationId, prefix: &str, purpose: Purpose) {
        let row = Datasource {
            id: DatasourceId::new(),
            project: self.id,
            name: name(text),
            integration,
            bucket: "bucket".parse().unwrap(),
            prefix: prefix.parse().unwrap(),
            purpose,
            region: None,
            output_datasource: None,
            sse: Some(domain::datasource::Encryption::S3),
            cors_origin: None,
            proof_mode: ProofMode::Full,
            reason: None,
            usable: true,
            revision: 1,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        };
        self.house
            .store
            .write(move |tx| Box::pin(async move { store::datasources::insert(tx, &row).await }))
            .await
            .unwrap();
    }
}

/// With what the test wants to be different.
pub(crate) async fn estate(change: impl FnOnce(&mut Behaviour)) -> Estate {
    let mut behaviour =
        Behaviour { facts: facts(), extra_seconds: 0, endless: false, fails: None, cut_off_fails: false };
    change(&mut behaviour);
    let cloud = Arc::new(CloudDouble {
        behaviour: Mutex::new(behaviour),
        asked: Mutex::default(),
        cuts: Mutex::default(),
        gate: Semaphore::new(1),
        connected: AtomicUsize::new(0),
        clock: Mutex::default(),
        closes: Mutex::default(),
    });
    let house = house_with(vec![Arc::new(DoubleProvider(cloud.clone()))], Arc::new(NoNetworkDouble)).await;
    *cloud.clock.lock().unwrap() = Some(house.clock.clone());
    let project = house.project("one").await;
    let ann = house.member(&project, "ann", Role::Developer).await;
    let bob = house.member(&project, "bob", Role::Developer).await;
    let id = house.broker.show_project(&house.admin, &project).await.unwrap().id.parse().unwrap();
    let integration = IntegrationId::new();
    let mut estate = Estate { house, cloud, project, id, integration, ann, bob };
    estate.integration = estate.integration("cloud", Some("arn:aws:iam::111122223333:role/data")).await;
    estate.datasource("in", estate.integration, "in/", Purpose::Input).await;
    estate.datasource("out", estate.integration, "out/", Purpose::Output).await;
    estate
}
