//! The server's own certificate.

use std::sync::Arc;

use domain::{Error, Result};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::Tls;

/// An acceptor of TLS 1.2 and 1.3.
pub(super) fn acceptor(tls: &Tls) -> Result<TlsAcceptor> {
    let chain = CertificateDer::pem_slice_iter(&tls.cert_pem).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| wrong("/tls/cert_file", &error))?;
    let key = PrivateKeyDer::from_pem_slice(tls.key_pem.expose()).map_err(|error| wrong("/tls/key_file", &error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| wrong("/tls", &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn wrong(pointer: &str, error: &dyn std::fmt::Display) -> Error {
    Error::invalid(pointer, format!("the certificate or key cannot be used: {error}"))
        .with_hint("give the chain in PEM form, the server's own certificate first, and its private key")
}
