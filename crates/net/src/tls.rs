//! TLS to the outside: rustls over aws-lc-rs, the authorities of the machine and those of the operator.

use std::io;
use std::sync::Arc;

use domain::provider::ProviderErrorKind;
use rustls::client::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::{CertificateError, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::failure::{Failure, io_words};
use crate::origin::Origin;

/// Makes TLS connections; reads the machine's authorities when the first is made, as a start must be quick.
pub(crate) struct Tls {
    own: Vec<CertificateDer<'static>>,
    connector: OnceCell<TlsConnector>,
}

impl Tls {
    /// Trusts the certificates in `pem` beside those of the machine; the error is a sentence.
    pub(crate) fn new(pem: Option<&[u8]>) -> Result<Self, &'static str> {
        let own = match pem {
            None => Vec::new(),
            Some(pem) => CertificateDer::pem_slice_iter(pem)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|_| "egress.ca_file is not a file of PEM certificates")?,
        };
        if pem.is_some() && own.is_empty() {
            return Err(
                "egress.ca_file holds no certificate; it must hold PEM blocks that begin with BEGIN CERTIFICATE",
            );
        }
        let mut probe = RootCertStore::empty();
        if probe.add_parsable_certificates(own.iter().cloned()).1 > 0 {
            return Err("egress.ca_file holds a certificate that cannot be read");
        }
        Ok(Self { own, connector: OnceCell::new() })
    }

    /// Speaks TLS on this stream, the certificate being that of the origin's host.
    pub(crate) async fn connect(&self, stream: TcpStream, origin: &Origin) -> Result<TlsStream<TcpStream>, Failure> {
        let connector = self.connector.get_or_try_init(|| build(self.own.clone())).await?;
        let name = ServerName::try_from(origin.host().to_owned()).map_err(|_| {
            Failure::new(ProviderErrorKind::BadRequest, format!("{origin} is not a name that a certificate can have"))
        })?;
        connector.connect(name, stream).await.map_err(|error| explain(&error, origin))
    }
}

async fn build(own: Vec<CertificateDer<'static>>) -> Result<TlsConnector, Failure> {
    let native = tokio::task::spawn_blocking(|| rustls_native_certs::load_native_certs().certs)
        .await
        .map_err(|_| Failure::network("the certificates of this machine could not be read"))?;
    let mut roots = RootCertStore::empty();
    // A certificate that cannot be parsed is left out: machines carry old ones.
    roots.add_parsable_certificates(own.into_iter().chain(native));
    if roots.is_empty() {
        return Err(Failure::network("this machine trusts no certificate authority, so TLS is impossible")
            .with_hint("install the package ca-certificates, or name a file with egress.ca_file"));
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::network(format!("TLS cannot be set up: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

fn explain(error: &io::Error, origin: &Origin) -> Failure {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return Failure::network(format!("{origin} ended the connection while TLS was set up: {}", io_words(error)));
    };
    match tls {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            Failure::network(format!(
                "the certificate of {origin} is not signed by an authority that this machine trusts"
            ))
            .with_hint("if the authority is your own, name its certificate with egress.ca_file")
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Failure::network(format!("the certificate that {origin} shows belongs to another name")),
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            Failure::network(format!("the certificate of {origin} has expired"))
        }
        rustls::Error::InvalidCertificate(_) => {
            Failure::network(format!("the certificate of {origin} is not acceptable: {tls}"))
        }
        rustls::Error::InvalidMessage(_) => {
            Failure::network(format!("{origin} does not speak TLS at port {}", origin.port()))
                .with_hint("check the port; an endpoint without TLS begins with http://")
        }
        _ => Failure::network(format!("no TLS connection to {origin}: {tls}")),
    }
}
