//! Opens the one connection to the server.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::failure::Failure;

const CONNECT: Duration = Duration::from_secs(5);

/// Bytes in both directions, plain or in TLS.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Where the server is.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    tls: bool,
    host: String,
    port: u16,
    authority: String,
}

impl Origin {
    /// Parses the address of a server.
    ///
    /// # Errors
    /// A usage error for anything but `http(s)://host[:port]`.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = |why: String| {
            Failure::usage("the address of the server is not one", "write it as --server https://tidegate.example.com")
                .because(why)
        };
        let url = crate::config::origin(text).map_err(|error| wrong(error.problem))?;
        let uri: Uri = url.parse().map_err(|error: http::uri::InvalidUri| wrong(error.to_string()))?;
        let authority = uri.authority().ok_or_else(|| wrong("it has no host".to_owned()))?;
        let tls = uri.scheme_str() == Some("https");
        Ok(Self {
            tls,
            host: authority.host().trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: authority.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            authority: authority.to_string(),
        })
    }

    /// What goes into the `Host` header.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// The address in one form, to compare it and to show it.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.authority)
    }
}

/// Connects within five seconds.
pub(super) async fn open(origin: &Origin, ca_file: Option<&PathBuf>) -> Result<Box<dyn Wire>, Failure> {
    let failed = |why: String| Failure::unreached(format!("{} was not reached", origin.url()), why);
    let connect = async {
        let tcp = TcpStream::connect((origin.host.as_str(), origin.port)).await.map_err(|e| failed(e.to_string()))?;
        tcp.set_nodelay(true).map_err(|error| failed(error.to_string()))?;
        if !origin.tls {
            return Ok(Box::new(tcp) as Box<dyn Wire>);
        }
        let name = ServerName::try_from(origin.host.clone()).map_err(|error| failed(error.to_string()))?;
        let tls = TlsConnector::from(Arc::new(tls_config(ca_file.map(PathBuf::as_path))?));
        let stream = tls.connect(name, tcp).await.map_err(|error| failed(error.to_string()))?;
        Ok(Box::new(stream) as Box<dyn Wire>)
    };
    match tokio::time::timeout(CONNECT, connect).await {
        Ok(connected) => connected,
        Err(_) => Err(failed(format!("no connection within {} seconds", CONNECT.as_secs()))),
    }
}

/// Trusts the file if one is given, else what the system trusts, which takes a while to load.
fn tls_config(ca_file: Option<&Path>) -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(path) => {
            let unusable = |why: String| {
                Failure::usage(format!("{} has no usable certificate: {why}", path.display()), "give PEM in --ca-file")
            };
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))? {
                let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
                roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(unusable("it is empty".to_owned()));
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::local("tls", "TLS cannot be used").because(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_servers_are_read_with_their_default_ports() {
        let origin = Origin::parse("https://t.example/").unwrap();
        assert_eq!((origin.tls, origin.host.as_str(), origin.port), (true, "t.example", 443));
        let origin = Origin::parse("http://[::1]:7373").unwrap();
        assert_eq!((origin.host.as_str(), origin.port, origin.authority()), ("::1", 7373, "[::1]:7373"));
    }

    #[test]
    fn what_is_not_the_address_of_a_server_is_refused() {
        for bad in ["t.example", "ftp://t", "http://u:p@t", "http://t/x", "http://t?x", "http://", ""] {
            assert!(Origin::parse(bad).is_err(), "{bad}");
        }
    }
}
