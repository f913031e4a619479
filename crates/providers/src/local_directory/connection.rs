//! One connected folder.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::grant::Revocability;
use domain::place::BucketName;
use domain::proof::{CheckName, Remedy};
use domain::provider::{
    BaseIdentity, BoundBy, Connection, Facts, Finding, NarrowedBy, ObjectStorage, Probe, ProviderError,
    ProviderErrorKind as Kind, RemedyAsk, Session, SessionAsk, UrlsBy,
};
use jiff::Timestamp;

use super::folder::{Root, meaning};
use super::storage::LocalStorage;
use super::turns::Turns;

/// As long as other stores sign for.
const MAX_URL: Duration = Duration::from_secs(604_800);

pub(super) struct LocalConnection {
    root: Arc<Root>,
    turns: Arc<Turns>,
    facts: Facts,
}

impl LocalConnection {
    pub(super) fn new(root: Root, turns: Arc<Turns>) -> Self {
        let why = "a directory has no credentials of its own; use signed URLs, which can be taken back at once";
        let facts = Facts {
            endpoint: root.display(),
            public_endpoint: root.display(),
            region: None,
            path_style: true,
            base: BaseIdentity::Ambient,
            assumes_role: false,
            bound_by: BoundBy::Nothing,
            narrowed_by: NarrowedBy::Nothing { why: why.to_owned() },
            max_session: None,
            urls: UrlsBy::Tidegate,
            max_url: MAX_URL,
            revocability: Revocability::Immediate,
            conditional_create: true,
            conditional_replace: true,
            put_headers: Vec::new(),
            kms: false,
            user_properties: Vec::new(),
        };
        Self { root: Arc::new(root), turns, facts }
    }

    async fn reach(&self) -> Finding {
        let root = self.root.clone();
        let opened = tokio::task::spawn_blocking(move || root.open().map(drop)).await;
        let shown = self.root.display();
        match opened {
            Ok(Ok(())) => {
                Finding::Yes { detail: format!("{shown} is a folder of this machine"), clock: None, region: None }
            }
            Ok(Err(error)) => {
                let why = meaning("open", &error).message;
                Finding::No { detail: format!("{shown} cannot be opened: {why}"), answer: None, region: None }
            }
            Err(_) => Finding::Unclear(ProviderError::new(Kind::Unavailable, "open", "the work broke off")),
        }
    }
}

struct LocalSession {
    root: Arc<Root>,
    turns: Arc<Turns>,
}

impl Session for LocalSession {
    fn expires_at(&self) -> Option<Timestamp> {
        None
    }

    fn storage(&self, bucket: &BucketName, _region: Option<&str>) -> Result<Arc<dyn ObjectStorage>, ProviderError> {
        Ok(Arc::new(LocalStorage { root: self.root.clone(), bucket: bucket.clone(), turns: self.turns.clone() }))
    }
}

#[async_trait]
impl Connection for LocalConnection {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    async fn probe(&self, probe: &Probe) -> Finding {
        let nothing = |reason: &str| Finding::NotApplicable { reason: reason.to_owned() };
        match probe {
            Probe::Reach => self.reach().await,
            Probe::Authenticate => nothing("a directory asks for no keys"),
            Probe::BaseReaches { .. } => nothing("there is no identity behind a directory but that of the server"),
            Probe::Region { .. } => nothing("a directory has no region"),
        }
    }

    async fn open_session(&self, ask: &SessionAsk) -> Result<Arc<dyn Session>, ProviderError> {
        match (&ask.scope, &self.facts.narrowed_by) {
            (Some(_), NarrowedBy::Nothing { why }) => {
                Err(ProviderError::new(Kind::Unsupported, "credential", why.clone()))
            }
            _ => Ok(Arc::new(LocalSession { root: self.root.clone(), turns: self.turns.clone() })),
        }
    }

    fn remedy(&self, check: CheckName, ask: &RemedyAsk) -> Option<Remedy> {
        let folder = match &ask.bucket {
            Some(bucket) => format!("{}/{bucket}", self.root.display()),
            None => self.root.display(),
        };
        let sentence = match check {
            CheckName::Reachable => format!("make {folder}, and let the user that Tidegate runs as enter it"),
            CheckName::List | CheckName::Read | CheckName::ReadBack => {
                format!("make {folder} where it is missing, and let the user that Tidegate runs as read it")
            }
            CheckName::WriteProbe | CheckName::OverwriteProbe | CheckName::DeleteProbe | CheckName::Cleanup => {
                format!("let the user that Tidegate runs as write into {folder}")
            }
            CheckName::ExcessWrite => {
                format!("take away from the user that Tidegate runs as the right to write into {folder}")
            }
            CheckName::ExcessOtherPrefix | CheckName::ExcessOtherBucket => {
                "connect a folder that holds only what the datasource needs; a directory knows no narrower right"
                    .to_owned()
            }
            _ => return None,
        };
        Some(Remedy::say(sentence))
    }
}
