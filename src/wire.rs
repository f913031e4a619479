//! The composition root: the only place that names concrete things.
//!
//! From a configuration to a store, a keyring, the way out, the methods, the use cases and their face.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use broker::{Bootstrap, Broker, Options, Parts};
use domain::clock::{Clock, SystemClock};
use domain::secret::SecretBytes;
use domain::{Error, ErrorKind, Result};
use keyring::RootKeySource;
use net::{Ambient, AmbientSource, EgressConfig, Transport};
use providers::{AwsDeps, AzureDeps, Deps, GcpDeps, LocalDeps, OwnIdentity, OwnKeys};
use store::{Store, StoreConfig};
use tokio_util::task::TaskTracker;
use web::{App, AppConfig};

use crate::config::{self, AwsSource, Config, Environment, Keyring, Metrics};

/// How long the start waits for the cloud to say who Tidegate's own identity is.
const IDENTITY_PATIENCE: Duration = Duration::from_secs(5);

/// Everything that a server needs, and what the first start has made.
pub(crate) struct Wired {
    pub(crate) broker: Broker,
    pub(crate) app: App,
    /// To be shown once.
    pub(crate) generated_password: Option<SecretBytes>,
}

/// Builds everything for a server at this address; nothing is answered yet.
pub(crate) async fn wire(config: &Config, env: &Environment, address: SocketAddr) -> Result<Wired> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let transport = transport(config)?;
    let deps = deps(config, env, transport.clone(), clock.clone())?;
    let options = Options {
        identities: identities(config, &deps).await,
        proofs_every: config.proofs.every,
        grants_kept: config.grants.keep,
        issuer: issuer(config),
        base: base(config, address),
        at_step: crate::failpoint::of(env),
    };
    let store = open_store(config).await?;
    let parts = Parts {
        store: store.clone(),
        methods: providers::registry(deps).all().to_vec(),
        fetch: Arc::new(transport),
        clock,
        options,
        tasks: TaskTracker::new(),
    };
    let started = match broker::is_new(&store).await? {
        true => first_start(config, parts).await?,
        false => broker::start(parts, &root_key(config), Bootstrap::default()).await?,
    };
    let app = App::new(started.broker.clone(), face(config));
    Ok(Wired { broker: started.broker, app, generated_password: started.generated_password })
}

/// The store of the configuration, in a folder that only its owner can enter.
pub(crate) async fn open_store(config: &Config) -> Result<Store> {
    let kept = match &config.store {
        config::Store::Sqlite { path } => {
            make_private_dir(&config.data_dir)?;
            StoreConfig::Sqlite { path: path.clone() }
        }
        config::Store::Postgres { url } => {
            if matches!(config.keyring, Keyring::File(_)) {
                make_private_dir(&config.data_dir)?;
            }
            StoreConfig::Postgres { url: url.clone() }
        }
    };
    Store::open(&kept).await
}

/// The store that is there already: a tool that works on it makes none.
pub(crate) async fn open_existing_store(config: &Config) -> Result<Store> {
    if let config::Store::Sqlite { path } = &config.store
        && !path.exists()
    {
        let message = format!("there is no database at {}", path.display());
        return Err(Error::new(ErrorKind::NotFound, message).with_hint("name the server's configuration with --config"));
    }
    open_store(config).await
}

/// Keeps a second server, and a restore, away from the same embedded database; held while it is used.
pub(crate) fn lock_data_dir(config: &Config) -> Result<Option<std::fs::File>> {
    if !matches!(config.store, config::Store::Sqlite { .. }) {
        return Ok(None);
    }
    make_private_dir(&config.data_dir)?;
    let path = config.data_dir.join("lock");
    let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let lock = lock.map_err(|error| Error::invalid("/data_dir", format!("cannot open {}: {error}", path.display())))?;
    lock.try_lock().map_err(|_| {
        Error::new(ErrorKind::Conflict, format!("another Tidegate uses {}", config.data_dir.display()))
            .with_hint("stop it first; many nodes at once need PostgreSQL ([store] url)")
    })?;
    Ok(Some(lock))
}

fn make_private_dir(dir: &Path) -> Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| {
        let message = format!("the folder {} cannot be made: {error}", dir.display());
        Error::invalid("/data_dir", message).with_hint("set data_dir to a folder that this user may write to")
    })
}

/// Where the root key comes from.
pub(crate) fn root_key(config: &Config) -> RootKeySource {
    match &config.keyring {
        Keyring::File(path) => RootKeySource::File(path.clone()),
        Keyring::Passphrase(passphrase) => RootKeySource::Passphrase(passphrase.clone()),
        Keyring::Key(key) => RootKeySource::Key(key.clone()),
    }
}

/// Where clients reach the server: as configured, else where it listens, if that is an address and no wildcard.
fn base(config: &Config, address: SocketAddr) -> Option<String> {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let listens = || (!address.ip().is_unspecified()).then(|| format!("{scheme}://{address}"));
    config.public_url.clone().or_else(listens)
}

/// Tidegate's own tokens, where clouds could fetch the keys.
fn issuer(config: &Config) -> Option<broker::Issuer> {
    let url = config.issuer.url.clone()?;
    Some(broker::Issuer { url, rotate_every: config.issuer.rotate_every })
}

/// The only way out of the process.
pub(crate) fn transport(config: &Config) -> Result<Transport> {
    Transport::new(EgressConfig {
        allow: config.egress.allow.clone(),
        ca_pem: config.egress.ca_pem.clone(),
        proxy: config.egress.proxy.as_ref().and_then(SecretBytes::expose_str).map(str::to_owned),
    })
}

pub(crate) fn deps(config: &Config, env: &Environment, transport: Transport, clock: Arc<dyn Clock>) -> Result<Deps> {
    let identity = |identity: &config::AwsIdentity| OwnIdentity {
        source: match &identity.source {
            AwsSource::Keys { access_key_id, secret_access_key } => {
                OwnKeys::Keys { access_key_id: access_key_id.clone(), secret_access_key: secret_access_key.clone() }
            }
            AwsSource::Ambient => OwnKeys::Ambient,
        },
        principal_arn: identity.principal_arn.clone(),
        sts_endpoint: identity.sts_endpoint.clone(),
    };
    let ambient = Ambient::new(AmbientSource::from_variables(env), clock.clone())?;
    let aws = AwsDeps {
        identities: config.aws.identity.iter().map(|(name, kept)| (name.clone(), identity(kept))).collect(),
        allow_ambient: config.aws.allow_ambient.iter().map(ToString::to_string).collect(),
        ambient: Arc::new(ambient),
    };
    let azure =
        AzureDeps { authority: config.azure.authority.clone(), blob_endpoint: config.azure.blob_endpoint.clone() };
    let local = LocalDeps { allow: config.local_directory.allow.clone() };
    Ok(Deps { transport, clock, aws, gcp: gcp(config), azure, local })
}

fn gcp(config: &Config) -> GcpDeps {
    let gcp = &config.gcp;
    GcpDeps {
        identity_audience: gcp.identity_audience.clone(),
        storage_endpoint: gcp.storage_endpoint.clone(),
        oauth_endpoint: gcp.oauth_endpoint.clone(),
        sts_endpoint: gcp.sts_endpoint.clone(),
        iam_endpoint: gcp.iam_endpoint.clone(),
    }
}

/// Whom customers' roles must trust, by partition: as configured, else as the cloud says.
async fn identities(config: &Config, deps: &Deps) -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    for (partition, identity) in &config.aws.identity {
        let asked = async {
            match &identity.principal_arn {
                Some(arn) => Ok(arn.clone()),
                None => providers::own_principal_arn(deps, partition).await.map_err(|error| error.to_string()),
            }
        };
        match tokio::time::timeout(IDENTITY_PATIENCE, asked).await {
            Ok(Ok(arn)) => drop(known.insert(partition.clone(), arn)),
            Ok(Err(why)) => tracing::warn!(partition, why, "Tidegate's own identity could not be found out"),
            Err(_) => tracing::warn!(partition, "the cloud did not say in time who Tidegate's own identity is"),
        }
    }
    known
}

/// The first start on an empty store; the token's file is made before anything is, so that the token is not lost.
async fn first_start(config: &Config, parts: Parts) -> Result<broker::Started> {
    let admin_password =
        match &config.bootstrap.password_file {
            Some(path) => Some(config::files::secret(path).map_err(|error| {
                Error::invalid("TIDEGATE_ADMIN_PASSWORD_FILE", format!("{}: {error}", path.display()))
            })?),
            None => None,
        };
    let token_file = match &config.bootstrap.token_file {
        Some(path) => Some((path, new_private_file(path)?)),
        None => None,
    };
    let bootstrap = Bootstrap { admin_password, admin_token: token_file.is_some() };
    let started = broker::start(parts, &root_key(config), bootstrap).await;
    let Some((path, mut file)) = token_file else { return started };
    let token = match &started {
        Ok(started) => started.admin_token.as_ref(),
        Err(_) => None,
    };
    let Some(token) = token else {
        // Nothing was made, or another node made it: no empty file may look like a token.
        let _ = std::fs::remove_file(path);
        return started;
    };
    file.write_all(token.expose()).and_then(|()| file.sync_all()).map_err(Error::internal)?;
    started
}

fn new_private_file(path: &Path) -> Result<std::fs::File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| {
        Error::invalid("TIDEGATE_ADMIN_TOKEN_FILE", format!("cannot make {}: {error}", path.display()))
            .with_hint("name a file that does not exist yet")
    })
}

fn face(config: &Config) -> AppConfig {
    AppConfig {
        trusted_proxies: config.network.trusted_proxies.clone(),
        allow: config.network.allow.clone(),
        metrics_token: match &config.metrics {
            Metrics::Token(token) => Some(token.clone()),
            Metrics::Off | Metrics::Listen(_) => None,
        },
        secure_cookies: has_tls(config),
        strict_transport: config.tls.is_some() || says_tls(config),
        public_url: config.public_url.clone(),
    }
}

/// Whether browsers reach the server over TLS: its own, or that of the proxy before it.
fn has_tls(config: &Config) -> bool {
    config.tls.is_some() || says_tls(config) || !config.network.trusted_proxies.is_empty()
}

fn says_tls(config: &Config) -> bool {
    config.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
}
