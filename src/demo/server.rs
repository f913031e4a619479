//! A real Tidegate for the demo: configured, wired and served as `tidegate serve` does it.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;

use broker::Broker;
use domain::secret::SecretBytes;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::home::Home;
use crate::cli::Failure;
use crate::config::{Config, Environment};
use crate::serve::{bind, serve};
use crate::wire::{lock_data_dir, wire};

/// A server while it runs.
pub(super) struct Server {
    /// Where it listens, `http://127.0.0.1:7373`.
    pub(super) url: String,
    /// To be shown once.
    pub(super) generated_password: Option<SecretBytes>,
    broker: Broker,
    _lock: Option<File>,
}

impl Server {
    /// Serves from the demo's folder until `stopping` is cancelled.
    pub(super) async fn start(
        home: &Home,
        listen: SocketAddr,
        stopping: CancellationToken,
        tasks: &TaskTracker,
    ) -> Result<Self, Failure> {
        let (config, env) = configure(home, listen)?;
        let failed = |error: domain::Error| Failure::of(&error);
        let listener = bind(config.listen).await.map_err(|error| {
            failed(error)
                .mended_by("stop what listens there, or give another address: --listen 127.0.0.1:0 takes a free one")
        })?;
        let address = listener.local_addr()?;
        let lock = lock_data_dir(&config).map_err(failed)?;
        let wired = wire(&config, &env, address).await.map_err(failed)?;
        wired.broker.start_background(stopping.clone());
        drop(tasks.spawn(serve(listener, web::router(wired.app), None, stopping)));
        Ok(Self {
            url: format!("http://{address}"),
            generated_password: wired.generated_password,
            broker: wired.broker,
            _lock: lock,
        })
    }

    /// Waits for what is still being written.
    pub(super) async fn close(self) {
        self.broker.close().await;
    }
}

/// The demo's own configuration; nothing of the person's environment changes it.
fn configure(home: &Home, listen: SocketAddr) -> Result<(Config, Environment), Failure> {
    if !listen.ip().is_loopback() {
        let mend = "give a loopback address, for example --listen 127.0.0.1:7373";
        return Err(Failure::usage(format!("the demo listens on loopback only, and {listen} is not"), mend));
    }
    let token_file = home.token_file();
    let text = |path: &Path| {
        let mend = "name a folder in UTF-8 with --data";
        path.to_str().map(str::to_owned).ok_or_else(|| Failure::usage("the name of the folder is not text", mend))
    };
    let mut egress = toml::Table::new();
    egress.insert("allow".to_owned(), vec!["127.0.0.0/8"].into());
    let mut root = toml::Table::new();
    root.insert("listen".to_owned(), listen.to_string().into());
    root.insert("data_dir".to_owned(), text(home.path())?.into());
    root.insert("egress".to_owned(), egress.into());
    let env = Environment::from([("TIDEGATE_ADMIN_TOKEN_FILE".to_owned(), text(&token_file)?)]);
    let config = Config::load(Some((Path::new("the demo's configuration"), root.to_string())), &env)
        .map_err(|errors| Failure::local("invalid_configuration", errors.to_string().trim_end()))?;
    Ok((config, env))
}
