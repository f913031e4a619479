//! Every method that Tidegate can connect with, in one explicit list.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::Result;
use domain::clock::Clock;
use domain::provider::Provider;
use domain::secret::SecretBytes;

use crate::aws::{AccessKey, AssumeRole, CrossAccount, Environment, StoredUserRole, WebIdentity};
use crate::azure::{AccountKey, ClientSecret, Federated, SharedAccess};
use crate::gcp::{CrossProject, ServiceAccountKey, WorkloadIdentity};
use crate::local_directory::LocalDirectory;
use crate::s3_compatible::S3Compatible;

/// What the methods are built on.
#[derive(Clone)]
pub struct Deps {
    /// The only way out of the process.
    pub transport: net::Transport,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What the operator configured for AWS.
    pub aws: AwsDeps,
    /// What the operator configured for Google Cloud.
    pub gcp: GcpDeps,
    /// What the operator configured for Azure.
    pub azure: AzureDeps,
    /// What the operator configured for local directories.
    pub local: LocalDeps,
}

impl Deps {
    /// Of an operator who configured nothing; whoever needs more of one cloud names that alone.
    ///
    /// # Errors
    /// `internal` only.
    pub fn bare(transport: net::Transport, clock: Arc<dyn Clock>) -> Result<Self> {
        let ambient = Arc::new(net::Ambient::new(net::AmbientSource::default(), clock.clone())?);
        let aws = AwsDeps { identities: BTreeMap::new(), allow_ambient: Vec::new(), ambient };
        let (gcp, azure, local) = Default::default();
        Ok(Self { transport, clock, aws, gcp, azure, local })
    }
}

/// What the operator configured for Google Cloud. Endpoints are the operator's alone: tokens go there.
#[derive(Debug, Clone, Default)]
pub struct GcpDeps {
    /// The audience of the workload identity pool provider that trusts Tidegate itself, as Google names it:
    /// `//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER`.
    pub identity_audience: Option<String>,
    /// Cloud Storage, if it is not `https://storage.googleapis.com`.
    pub storage_endpoint: Option<String>,
    /// The token endpoint of service accounts, if it is not `https://oauth2.googleapis.com`.
    pub oauth_endpoint: Option<String>,
    /// The Security Token Service, if it is not `https://sts.googleapis.com`.
    pub sts_endpoint: Option<String>,
    /// The IAM credentials service, if it is not `https://iamcredentials.googleapis.com`.
    pub iam_endpoint: Option<String>,
}

/// What the operator configured for Azure. Endpoints are the operator's alone: tokens go there.
#[derive(Debug, Clone, Default)]
pub struct AzureDeps {
    /// Microsoft Entra ID, if it is not that of the cloud that a setting names.
    pub authority: Option<String>,
    /// The blob service of an account, if it is not that of the cloud, with `{account}` where its name goes.
    pub blob_endpoint: Option<String>,
}

/// What the operator configured for local directories.
#[derive(Debug, Clone, Default)]
pub struct LocalDeps {
    /// Folders that a tenant may connect, or anything in them; none refuses the method.
    pub allow: Vec<std::path::PathBuf>,
}

/// What the operator configured for AWS.
#[derive(Clone)]
pub struct AwsDeps {
    /// Tidegate's own identity by partition (`aws`, `aws-cn`, `aws-us-gov`).
    pub identities: BTreeMap<String, OwnIdentity>,
    /// The names of the projects that may use the machine's identity.
    pub allow_ambient: Vec<String>,
    /// The machine's identity.
    pub ambient: Arc<net::Ambient>,
}

/// Tidegate's own identity in one partition.
#[derive(Clone)]
pub struct OwnIdentity {
    /// Where its keys come from.
    pub source: OwnKeys,
    /// What customers' roles must trust; found out with [`crate::own_principal_arn`] if it is not configured.
    pub principal_arn: Option<String>,
    /// The STS endpoint, if it is not that of the region. The operator's alone.
    pub sts_endpoint: Option<String>,
}

/// Where the keys of Tidegate's own identity come from.
#[derive(Clone)]
pub enum OwnKeys {
    /// From the configuration.
    Keys {
        /// Not secret.
        access_key_id: String,
        /// Secret.
        secret_access_key: SecretBytes,
    },
    /// From the machine.
    Ambient,
}

/// The methods by id.
#[derive(Clone)]
pub struct Registry {
    methods: Vec<Arc<dyn Provider>>,
}

impl Registry {
    /// The method of that id.
    pub fn get(&self, id: &str) -> Option<Arc<dyn Provider>> {
        self.methods.iter().find(|method| method.descriptor().id == id).cloned()
    }

    /// All methods, in the order in which they are shown.
    pub fn all(&self) -> &[Arc<dyn Provider>] {
        &self.methods
    }
}

/// Builds every method.
pub fn registry(deps: Deps) -> Registry {
    let deps = Arc::new(deps);
    Registry {
        methods: vec![
            Arc::new(CrossAccount::new(deps.clone())),
            Arc::new(WebIdentity::new(deps.clone())),
            Arc::new(StoredUserRole::new(deps.clone())),
            Arc::new(AccessKey::new(deps.clone())),
            Arc::new(Environment::new(deps.clone())),
            Arc::new(AssumeRole::new(deps.clone())),
            Arc::new(CrossProject::new(deps.clone())),
            Arc::new(WorkloadIdentity::new(deps.clone())),
            Arc::new(ServiceAccountKey::new(deps.clone())),
            Arc::new(Federated::new(deps.clone())),
            Arc::new(ClientSecret::new(deps.clone())),
            Arc::new(AccountKey::new(deps.clone())),
            Arc::new(SharedAccess::new(deps.clone())),
            Arc::new(S3Compatible::new(deps.clone())),
            Arc::new(LocalDirectory::new(deps)),
        ],
    }
}
