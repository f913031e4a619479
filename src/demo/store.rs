//! The demo's own store: S3 on loopback, in this process, with one key pair made for this run.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use domain::secret::SecretBytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::{SecretKey, SimpleAuth};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::instrument::WithSubscriber as _;
use tracing::subscriber::NoSubscriber;
use uuid::Uuid;

use crate::cli::Failure;

/// The store while it runs.
pub(super) struct EmbeddedStore {
    /// Where it listens, `http://127.0.0.1:port`.
    pub(super) url: String,
    /// The name of its one key.
    pub(super) access_key_id: String,
    /// The key.
    pub(super) secret_access_key: SecretBytes,
}

impl EmbeddedStore {
    /// Serves the buckets in this folder until `stopping` is cancelled.
    pub(super) async fn start(root: &Path, stopping: CancellationToken, tasks: &TaskTracker) -> Result<Self, Failure> {
        let failed = |why: String| Failure::local("demo", "the demo's store cannot be started").because(why);
        let files = FileSystem::new(root).map_err(|error| failed(format!("{}: {error:?}", root.display())))?;
        let access_key_id = format!("DEMO{}", Uuid::new_v4().simple().to_string().to_uppercase());
        let key = SecretKey::from(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()));
        let secret_access_key = SecretBytes::from(key.expose());
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(&access_key_id, key));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| failed(error.to_string()))?;
        let address = listener.local_addr().map_err(|error| failed(error.to_string()))?;
        drop(tasks.spawn(serve(listener, service.build(), stopping, tasks.clone())));
        Ok(Self { url: url(address), access_key_id, secret_access_key })
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

async fn serve(listener: TcpListener, service: S3Service, stopping: CancellationToken, tasks: TaskTracker) {
    loop {
        let accepted = tokio::select! {
            () = stopping.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        let (service, stopping) = (service.clone(), stopping.clone());
        tasks.spawn(async move {
            let http = Builder::new(TokioExecutor::new());
            // Its log would call every refusal that the demo provokes an error.
            let connection = http
                .serve_connection(TokioIo::new(stream), service)
                .into_owned()
                .with_subscriber(NoSubscriber::default());
            // Nothing of the demo is worth waiting for when it stops.
            tokio::select! {
                () = stopping.cancelled() => {}
                _ = connection => {}
            }
        });
    }
}
