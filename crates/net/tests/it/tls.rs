//! TLS with a private authority.

use std::sync::Arc;

use domain::provider::ProviderErrorKind;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use tidegate_net::{EgressConfig, Transport};
use tokio::io::AsyncWriteExt as _;
use tokio_rustls::TlsAcceptor;

use crate::kit::{Names, Server, Sockets, answer, get, head};

/// A server for `name` that says which name the client asked for, and the PEM of its authority.
async fn server(name: &str) -> (Server, Vec<u8>) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = ca.self_signed(&ca_key).unwrap().pem().into_bytes();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = Server::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let asked = stream.get_ref().1.server_name().unwrap_or("nobody").to_owned();
            while head(&mut stream).await.is_some() {
                if stream.write_all(answer("200 OK", &asked).as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    (server, pem)
}

fn transport(ca_pem: Option<Vec<u8>>, server: &Server) -> (Transport, Arc<Sockets>) {
    let sockets = Sockets::to(server.address);
    let config = EgressConfig { ca_pem, ..EgressConfig::default() };
    (Transport::with_network(config, Names::new(&[&["93.184.216.34"]]), sockets.clone()).unwrap(), sockets)
}

#[tokio::test]
async fn private_authority_is_trusted_and_the_name_is_kept_while_the_address_is_pinned() {
    let (server, pem) = server("store.example").await;
    let (transport, sockets) = transport(Some(pem), &server);
    let answer = transport.send(get("https://store.example", "/")).await.unwrap();
    assert_eq!(answer.body.as_ref(), b"store.example");
    assert_eq!(sockets.meant(), ["93.184.216.34:443"]);
}

#[tokio::test]
async fn unknown_authority_is_refused_naming_the_setting() {
    let (server, _) = server("store.example").await;
    let (_, other) = self::server("store.example").await;
    let (transport, _) = transport(Some(other), &server);
    let error = transport.send(get("https://store.example", "/?X-Amz-Signature=s")).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Network);
    assert!(error.message.contains("not signed by an authority") && !error.message.contains("Signature"), "{error}");
    assert!(error.hint.unwrap().contains("egress.ca_file"));
}

#[tokio::test]
async fn certificate_of_another_name_is_refused() {
    let (server, pem) = server("other.example").await;
    let (transport, _) = transport(Some(pem), &server);
    let error = transport.send(get("https://store.example", "/")).await.unwrap_err();
    assert!(error.message.ends_with("belongs to another name"), "{error}");
}

#[tokio::test]
async fn server_without_tls_is_named_as_such() {
    let (_, pem) = server("store.example").await;
    let plain = Server::start(|mut stream| async move {
        let _ = stream.write_all(answer("400 Bad Request", "").as_bytes()).await;
        head(&mut stream).await;
    })
    .await;
    let (transport, _) = transport(Some(pem), &plain);
    let error = transport.send(get("https://store.example", "/")).await.unwrap_err();
    assert!(error.message.contains("does not speak TLS"), "{error}");
}

#[test]
fn file_without_a_certificate_is_refused_at_once() {
    for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let config = EgressConfig { ca_pem: Some(pem.into()), ..EgressConfig::default() };
        let error = Transport::new(config).err().unwrap();
        assert_eq!(error.fields()[0].pointer, "/egress/ca_file", "{pem}");
    }
}
