//! Opens connections: resolve once, judge every address, connect to exactly those.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use std::{future, io};

use domain::provider::ProviderErrorKind;
use futures::future::BoxFuture;
use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::failure::{Failure, io_words};
use crate::guard::Guard;
use crate::network::{Dial, Resolve, dial_any};
use crate::origin::Origin;
use crate::proxy::Proxy;
use crate::tls::Tls;

/// From the name to a connection that can be used.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a name is looked for here before it is left to the proxy.
const RESOLVE_BEFORE_PROXY: Duration = Duration::from_secs(2);

/// The way out: the guard and what it needs.
pub(crate) struct Egress {
    pub(crate) guard: Guard,
    pub(crate) resolver: Arc<dyn Resolve>,
    pub(crate) dialer: Arc<dyn Dial>,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) tls: Tls,
}

/// Where a connection may go.
enum Judged {
    /// To exactly these addresses.
    Addresses(Vec<IpAddr>),
    /// To a name that only the proxy knows.
    ByProxyOnly,
}

impl Egress {
    /// Resolves and judges without connecting.
    pub(crate) async fn check(&self, origin: &Origin) -> Result<(), Failure> {
        self.in_time(origin, async { self.judged(origin).await.map(drop) }).await
    }

    async fn connect(&self, origin: &Origin) -> Result<Link, Failure> {
        self.in_time(origin, async {
            let judged = self.judged(origin).await?;
            let stream = match (&self.proxy, judged) {
                (Some(proxy), Judged::ByProxyOnly) => self.through(proxy, origin).await?,
                (Some(proxy), Judged::Addresses(all)) if !all.iter().all(IpAddr::is_loopback) => {
                    self.through(proxy, origin).await?
                }
                (_, Judged::Addresses(all)) => self.direct(origin, &all).await?,
                (None, Judged::ByProxyOnly) => return Err(Failure::network(format!("{origin} cannot be resolved"))),
            };
            if origin.secure() {
                return Ok(Link::new(self.tls.connect(stream, origin).await?));
            }
            Ok(Link::new(stream))
        })
        .await
    }

    async fn in_time<T>(&self, origin: &Origin, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::time::timeout(CONNECT_TIMEOUT, work).await.unwrap_or_else(|_| {
            Err(Failure::new(
                ProviderErrorKind::Timeout,
                format!("no connection to {origin} within {} s", CONNECT_TIMEOUT.as_secs()),
            ))
        })
    }

    async fn judged(&self, origin: &Origin) -> Result<Judged, Failure> {
        if let Some(address) = origin.literal() {
            self.guard.judge(origin, &[address])?;
            return Ok(Judged::Addresses(vec![address]));
        }
        let resolving = self.resolver.resolve(origin.host());
        let resolved = if self.proxy.is_some() {
            tokio::time::timeout(RESOLVE_BEFORE_PROXY, resolving).await.unwrap_or_else(|elapsed| Err(elapsed.into()))
        } else {
            resolving.await
        };
        match resolved {
            Ok(addresses) if !addresses.is_empty() => {
                self.guard.judge(origin, &addresses)?;
                Ok(Judged::Addresses(addresses))
            }
            _ if self.proxy.is_some() && origin.secure() => Ok(Judged::ByProxyOnly),
            _ if self.proxy.is_some() => Err(Guard::plain_http_unresolved(origin)),
            Ok(_) => Err(Failure::network(format!("the name '{}' has no address", origin.host()))),
            Err(error) => {
                Err(Failure::network(format!("the name '{}' cannot be resolved: {}", origin.host(), io_words(&error))))
            }
        }
    }

    async fn direct(&self, origin: &Origin, addresses: &[IpAddr]) -> Result<TcpStream, Failure> {
        let pinned: Vec<_> = addresses.iter().map(|address| SocketAddr::new(*address, origin.port())).collect();
        dial_any(&*self.dialer, &pinned)
            .await
            .map_err(|error| Failure::network(format!("no connection to {origin}: {}", io_words(&error))))
    }

    /// The proxy is the operator's choice and is not judged.
    async fn through(&self, proxy: &Proxy, origin: &Origin) -> Result<TcpStream, Failure> {
        let unreachable =
            |error: io::Error| Failure::network(format!("the outbound proxy cannot be reached: {}", io_words(&error)));
        let addresses = match proxy.origin.literal() {
            Some(address) => vec![address],
            None => self.resolver.resolve(proxy.origin.host()).await.map_err(unreachable)?,
        };
        let sockets: Vec<_> = addresses.into_iter().map(|ip| SocketAddr::new(ip, proxy.origin.port())).collect();
        let mut stream = dial_any(&*self.dialer, &sockets).await.map_err(unreachable)?;
        proxy.tunnel(&mut stream, origin).await?;
        Ok(stream)
    }
}

/// [`Egress`] in the form that the HTTP client takes.
#[derive(Clone)]
pub(crate) struct Connector(pub(crate) Arc<Egress>);

impl tower::Service<Uri> for Connector {
    type Response = Link;
    type Error = Failure;
    type Future = BoxFuture<'static, Result<Link, Failure>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let egress = Arc::clone(&self.0);
        match Origin::from_uri(&uri) {
            Ok(origin) => Box::pin(async move { egress.connect(&origin).await }),
            Err(failure) => Box::pin(future::ready(Err(failure))),
        }
    }
}

/// Whether a connection has already carried an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Used(Arc<AtomicBool>);

impl Used {
    pub(crate) fn mark(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// An open connection, with or without TLS.
pub(crate) struct Link {
    io: TokioIo<Box<dyn Io>>,
    used: Used,
}

impl Link {
    fn new(io: impl Io + 'static) -> Self {
        Self { io: TokioIo::new(Box::new(io)), used: Used::default() }
    }
}

impl Connection for Link {
    fn connected(&self) -> Connected {
        Connected::new().extra(self.used.clone())
    }
}

impl Read for Link {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl Write for Link {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }
}
