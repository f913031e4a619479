//! What the operator decided, read once at the start.
//!
//! A file per section of `tidegate.toml`. The file's text and the environment are passed in, so
//! that nothing here depends on the process; files that keys name are read here, once. A mistake
//! never hides another: all of them are reported together, and no message repeats a secret.

mod address;
mod aws;
mod azure;
mod bootstrap;
mod egress;
pub(crate) mod files;
mod gcp;
mod grants;
mod issuer;
mod keyring;
mod local_directory;
mod log;
mod metrics;
mod mistake;
mod network;
mod proofs;
mod section;
mod server;
mod show;
mod source;
mod store;
mod tls;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub(crate) use address::origin;
pub(crate) use aws::{Aws, AwsIdentity, AwsSource};
pub(crate) use azure::Azure;
pub(crate) use bootstrap::Bootstrap;
pub(crate) use egress::Egress;
pub(crate) use gcp::Gcp;
pub(crate) use grants::Grants;
pub(crate) use issuer::Issuer;
pub(crate) use keyring::Keyring;
pub(crate) use local_directory::LocalDirectory;
pub(crate) use log::{Log, LogFormat};
pub(crate) use metrics::Metrics;
pub(crate) use mistake::ConfigErrors;
pub(crate) use network::Network;
pub(crate) use proofs::Proofs;
pub(crate) use server::DEFAULT_LISTEN;
pub(crate) use show::Lines;
pub(crate) use source::Environment;
pub(crate) use store::Store;
pub(crate) use tls::Tls;

use mistake::{Place, Report};
use section::Section;

/// Everything that can be configured, with defaults filled in.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Where the server listens.
    pub(crate) listen: SocketAddr,
    /// Where people reach it, without a trailing slash.
    pub(crate) public_url: Option<String>,
    /// Where files of Tidegate live.
    pub(crate) data_dir: PathBuf,
    /// The server's own certificate; plain HTTP without it.
    pub(crate) tls: Option<Tls>,
    /// The database.
    pub(crate) store: Store,
    /// Where the root key comes from.
    pub(crate) keyring: Keyring,
    /// Who may call.
    pub(crate) network: Network,
    /// Where Tidegate may go.
    pub(crate) egress: Egress,
    /// Tidegate's own identity at AWS and stores like it.
    pub(crate) aws: Aws,
    /// Tidegate's own identity on Google Cloud, and where that is.
    pub(crate) gcp: Gcp,
    /// Where Microsoft Entra ID and the blob services of accounts are.
    pub(crate) azure: Azure,
    /// The folders that a tenant may connect.
    pub(crate) local_directory: LocalDirectory,
    /// Tidegate's own tokens.
    pub(crate) issuer: Issuer,
    /// How often everything is proven again.
    pub(crate) proofs: Proofs,
    /// How long grants are shown that have ended.
    pub(crate) grants: Grants,
    /// How the figures are reached.
    pub(crate) metrics: Metrics,
    /// What is logged.
    pub(crate) log: Log,
    /// The administrator of an empty store.
    pub(crate) bootstrap: Bootstrap,
}

impl Config {
    /// Reads the text of a file, if there is one, and the environment over it.
    ///
    /// # Errors
    /// [`ConfigErrors`] with every mistake, each with where it is and what would be right.
    pub(crate) fn load(file: Option<(&Path, String)>, env: &Environment) -> Result<Self, ConfigErrors> {
        let mut report = Report::default();
        let file = file.as_ref().map(|(path, text)| (*path, text.as_str()));
        let entries = source::read(file, env, &mut report);
        let root = Section::new("", Place::Nowhere, entries);
        let config = Self::read(root, env, &mut report);
        report.into_errors().map_or(Ok(config), Err)
    }

    fn read(mut root: Section, env: &Environment, report: &mut Report) -> Self {
        let mut own = root.secret_files();
        let server = server::Server::read(&mut root, env, server::running_as_root(), report);
        let tls = root.table("tls", report);
        let network = root.table("network", report);
        let store = root.table("store", report);
        let keyring = root.table("keyring", report);
        let egress = root.table("egress", report);
        let aws = root.table("aws", report);
        let gcp = root.table("gcp", report);
        let azure = root.table("azure", report);
        let local_directory = root.table("local_directory", report);
        let issuer = root.table("issuer", report);
        let proofs = root.table("proofs", report);
        let grants = root.table("grants", report);
        let metrics = root.table("metrics", report);
        let log = root.table("log", report);
        root.finish(report);

        // A [tls] or a proxy with a mistake in it is still a wish for TLS: one mistake, one line.
        let has_tls = tls.holds("cert_file") || tls.holds("key_file");
        let has_proxy = network.holds("trusted_proxies");
        if let Some(listen) = &server.listen {
            server::check_listen(listen, has_tls, has_proxy, report);
        }
        let store = Store::read(store, &server.data_dir, report);
        let keyring = Keyring::read(keyring, env, &server.data_dir, report);
        own.push(server.data_dir.clone());
        own.extend(keyring.file().map(Path::to_path_buf));
        let local_directory = LocalDirectory::read(local_directory, &own, report);
        Self {
            listen: server.listen.map_or(DEFAULT_LISTEN, |given| given.value),
            issuer: Issuer::read(issuer, server.public_url.as_deref(), report),
            public_url: server.public_url,
            tls: Tls::read(tls, report),
            store,
            keyring,
            network: Network::read(network, report),
            egress: Egress::read(egress, report),
            aws: Aws::read(aws, report),
            gcp: Gcp::read(gcp, report),
            azure: Azure::read(azure, report),
            local_directory,
            proofs: Proofs::read(proofs, report),
            grants: Grants::read(grants, report),
            metrics: Metrics::read(metrics, report),
            log: Log::read(log, report),
            bootstrap: Bootstrap::read(env),
            data_dir: server.data_dir,
        }
    }

    /// The effective values, without secrets.
    pub(crate) fn show(&self) -> Lines {
        let mut lines = Lines::default();
        lines.add("listen", self.listen.to_string());
        lines.add("public_url", self.public_url.as_deref().unwrap_or("not set"));
        lines.add("data_dir", self.data_dir.display().to_string());
        Tls::show(self.tls.as_ref(), &mut lines);
        self.store.show(&mut lines);
        self.keyring.show(&mut lines);
        self.network.show(&mut lines);
        self.egress.show(&mut lines);
        self.aws.show(&mut lines);
        self.gcp.show(&mut lines);
        self.azure.show(&mut lines);
        self.local_directory.show(&mut lines);
        self.issuer.show(&mut lines);
        self.proofs.show(&mut lines);
        self.grants.show(&mut lines);
        self.metrics.show(&mut lines);
        self.log.show(&mut lines);
        lines
    }
}
