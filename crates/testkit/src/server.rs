//! An HTTP server on a free port of 127.0.0.1, with or without TLS, on a thread of its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::JoinHandle;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::tls;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type ReplyBody = BoxBody<Bytes, BoxError>;

/// A running server; dropping it closes every connection and ends the thread.
pub(crate) struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start<F, R>(answer: F) -> Self
    where
        F: Fn(Request<Incoming>, SocketAddr) -> R + Clone + Send + 'static,
        R: Future<Output = Response<ReplyBody>> + Send + 'static,
    {
        Self::listen(None, answer)
    }

    /// The same over TLS, as `localhost`.
    pub(crate) fn start_tls<F, R>(answer: F) -> Self
    where
        F: Fn(Request<Incoming>, SocketAddr) -> R + Clone + Send + 'static,
        R: Future<Output = Response<ReplyBody>> + Send + 'static,
    {
        Self::listen(Some(tls::acceptor()), answer)
    }

    pub(crate) fn listen<F, R>(tls: Option<TlsAcceptor>, answer: F) -> Self
    where
        F: Fn(Request<Incoming>, SocketAddr) -> R + Clone + Send + 'static,
        R: Future<Output = Response<ReplyBody>> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of 127.0.0.1 is free");
        listener.set_nonblocking(true).expect("a listener can be made non-blocking");
        let address = listener.local_addr().expect("a listener has an address");
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(async {
                tokio::select! {
                    () = accept(listener, tls, answer) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has already been printed.
            let _ = thread.join();
        }
    }
}

async fn accept<F, R>(listener: TcpListener, tls: Option<TlsAcceptor>, answer: F)
where
    F: Fn(Request<Incoming>, SocketAddr) -> R + Clone + Send + 'static,
    R: Future<Output = Response<ReplyBody>> + Send + 'static,
{
    let listener = tokio::net::TcpListener::from_std(listener).expect("the runtime takes a listener");
    let mut connections = JoinSet::new();
    while let Ok((stream, peer)) = listener.accept().await {
        let answer = answer.clone();
        let service = service_fn(move |request| {
            let answering = answer(request, peer);
            async move { Ok::<_, std::convert::Infallible>(answering.await) }
        });
        let tls = tls.clone();
        connections.spawn(async move {
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new());
            // A client that goes away in the middle, or trusts somebody else, is no fault of the double.
            match tls {
                None => drop(http.serve_connection(TokioIo::new(stream), service).await),
                Some(tls) => {
                    let Ok(stream) = tls.accept(stream).await else { return };
                    drop(http.serve_connection(TokioIo::new(stream), service).await);
                }
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

/// A body that is there at once.
pub(crate) fn full(bytes: impl Into<Bytes>) -> ReplyBody {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}
