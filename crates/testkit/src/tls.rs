//! TLS with the authority that `cargo xtask components` makes for Azurite.

use std::fs;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::client::TlsStream;

use crate::component::azurite;

/// What a front shows.
pub(crate) fn acceptor() -> TlsAcceptor {
    let given = azurite();
    let key = PrivateKeyDer::from_pem_slice(&read(&given.key)).expect("the kit's key is PEM");
    showing(certificates(&given.certificate), key)
}

/// What a server of another name shows, and the authority for it alone, PEM.
pub(crate) fn acceptor_for(name: &str) -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate can be made");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("the key is PKCS #8");
    (showing(vec![made.cert.der().clone()], key), made.cert.pem())
}

fn showing(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> TlsAcceptor {
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the provider has the usual versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("the kit's key and certificate belong together");
    TlsAcceptor::from(Arc::new(config))
}

/// Connects to servers that the kit's authority vouches for.
#[derive(Clone)]
pub(crate) struct TlsConnector(tokio_rustls::TlsConnector);

impl TlsConnector {
    pub(crate) fn new() -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates(&azurite().ca));
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the provider has the usual versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self(tokio_rustls::TlsConnector::from(Arc::new(config)))
    }
}

/// A connection over TLS.
pub(crate) struct Secured(TokioIo<TlsStream<TcpStream>>);

impl tower::Service<Uri> for TlsConnector {
    type Response = Secured;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Secured>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let tls = self.0.clone();
        Box::pin(async move {
            let host = uri.host().unwrap_or_default().to_owned();
            let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
            // Names below `localhost` are this machine, whether the system resolves them or not.
            let address = if host.ends_with(".localhost") { "127.0.0.1" } else { host.as_str() };
            let stream = TcpStream::connect((address, uri.port_u16().unwrap_or(443))).await?;
            Ok(Secured(TokioIo::new(tls.connect(name, stream).await?)))
        })
    }
}

impl Connection for Secured {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Secured {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl Write for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn certificates(file: &Path) -> Vec<CertificateDer<'static>> {
    let pem = read(file);
    CertificateDer::pem_slice_iter(&pem).map(|found| found.expect("the kit's certificates are PEM")).collect()
}

fn read(file: &Path) -> Vec<u8> {
    fs::read(file).unwrap_or_else(|why| panic!("cannot read {}: {why}", file.display()))
}
