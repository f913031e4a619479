//! Connections: accepted up to a bound, answered, and drained when the server stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Layer as _;

/// So many connections at once; the others wait to be accepted.
const CONNECTIONS: usize = 4096;
/// The head of a request, and a TLS handshake, must be there by then.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// What is in flight when the server stops has so long to finish.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);

/// Serves until `stopping` is cancelled, then finishes what is in flight.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    stopping: CancellationToken,
) {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT);
    http.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD_LIMIT);
    let server = Arc::new(Server { http, router, tls });
    let (graceful, tasks) = (GracefulShutdown::new(), TaskTracker::new());
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            () = stopping.cancelled() => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let (server, watcher) = (server.clone(), graceful.watcher());
        tasks.spawn(async move {
            let _place = place;
            server.answer(stream, peer, watcher).await;
        });
    }
    drop(listener);
    tasks.close();
    if tokio::time::timeout(DRAIN_LIMIT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish within {} s and are cut off", DRAIN_LIMIT.as_secs());
    }
}

struct Server {
    http: Builder<TokioExecutor>,
    router: Router,
    tls: Option<TlsAcceptor>,
}

impl Server {
    async fn answer(&self, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        // Answers are small and latency matters more than packets.
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => self.speak(stream, peer, watcher).await,
            Some(acceptor) => match tokio::time::timeout(HEAD_LIMIT, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => self.speak(stream, peer, watcher).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS failed"),
                Err(_) => tracing::debug!(%peer, "TLS took too long"),
            },
        }
    }

    async fn speak<S>(&self, stream: S, peer: SocketAddr, watcher: Watcher)
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let router = Extension(ConnectInfo(peer)).layer(self.router.clone());
        let service = TowerToHyperService::new(router);
        let connection = self.http.serve_connection(TokioIo::new(stream), service).into_owned();
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%peer, error, "a connection ended early");
        }
    }
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = room.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            // Out of file descriptors, or the peer is gone: the next one may fare better.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}
