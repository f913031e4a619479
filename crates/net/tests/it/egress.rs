//! The guard in front of real connections.

use std::time::Duration;

use domain::fetch::{Fetch as _, PlainRequest};
use domain::provider::ProviderErrorKind;
use tidegate_net::{EgressConfig, Transport};

use crate::kit::{Names, Server, Sockets, allowing, answer, get};

const CLOSING: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn name_with_a_private_address_is_refused_without_a_connection() {
    let (server, heads) = Server::answering(answer("200 OK", "")).await;
    let sockets = Sockets::to(server.address);
    let names = Names::new(&[&["10.0.0.5"]]);
    let transport = Transport::with_network(EgressConfig::default(), names, sockets.clone()).unwrap();
    let error = transport.send(get("https://minio.lan:9000", "/?X-Amz-Signature=s")).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::EgressDenied);
    assert_eq!(
        error.to_string(),
        "test:Get: 'minio.lan' resolves to 10.0.0.5, which is a private address; the operator can permit it with \
         egress.allow = [\"10.0.0.5/32\"]"
    );
    assert!(sockets.meant().is_empty() && heads.lock().unwrap().is_empty());
}

#[tokio::test]
async fn mixed_answer_is_refused_whole() {
    let (server, _) = Server::answering(answer("200 OK", "")).await;
    let sockets = Sockets::to(server.address);
    let names = Names::new(&[&["93.184.216.34", "fd00::7"]]);
    let transport = Transport::with_network(EgressConfig::default(), names, sockets.clone()).unwrap();
    let error = transport.send(get("https://mixed.example", "/")).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::EgressDenied);
    assert!(error.message.contains("fd00::7"), "{}", error.message);
    assert!(sockets.meant().is_empty());
}

#[tokio::test]
async fn connection_goes_to_the_address_that_was_judged_and_a_changed_answer_is_judged_anew() {
    let (server, _) = Server::answering(CLOSING).await;
    let sockets = Sockets::to(server.address);
    let names = Names::new(&[&["10.9.9.9"], &["127.0.0.1"]]);
    let config = allowing(&["10.0.0.0/8"]);
    let transport = Transport::with_network(config, names.clone(), sockets.clone()).unwrap();
    transport.send(get("http://rebind.example", "/")).await.unwrap();
    assert_eq!((*names.asked.lock().unwrap(), sockets.meant()), (1, vec!["10.9.9.9:80".to_owned()]));
    // The first connection is closed; for the next one the name answers with loopback.
    let error = transport.send(get("http://rebind.example", "/")).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::EgressDenied);
    assert!(error.message.contains("127.0.0.1"), "{}", error.message);
    assert_eq!((*names.asked.lock().unwrap(), sockets.meant().len()), (2, 1));
}

#[tokio::test]
async fn connection_that_is_kept_is_not_shared_with_another_transport() {
    let (server, heads) = Server::answering(answer("200 OK", "")).await;
    let sockets = Sockets::to(server.address);
    let names = Names::new(&[&["10.9.9.9"]]);
    let open = Transport::with_network(allowing(&["10.0.0.0/8"]), names.clone(), sockets.clone()).unwrap();
    let closed = Transport::with_network(EgressConfig::default(), names, sockets.clone()).unwrap();
    open.send(get("http://store.lan", "/")).await.unwrap();
    open.send(get("http://store.lan", "/")).await.unwrap();
    assert_eq!((sockets.meant().len(), heads.lock().unwrap().len()), (1, 2), "one connection carries both");
    let error = closed.send(get("http://store.lan", "/")).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::EgressDenied);
}

#[tokio::test]
async fn redirect_to_the_metadata_service_is_an_answer_and_not_followed() {
    let redirect =
        "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/meta-data/\r\ncontent-length: 0\r\n\r\n";
    let (server, _) = Server::answering(redirect).await;
    let sockets = Sockets::to(server.address);
    let names = Names::new(&[&["10.0.0.1"]]);
    let transport = Transport::with_network(allowing(&["10.0.0.0/8"]), names, sockets.clone()).unwrap();
    let answer = transport.send(get("http://evil.example", "/")).await.unwrap();
    assert_eq!(answer.status, 302);
    let plain = PlainRequest {
        method: http::Method::GET,
        url: "http://evil.example/".into(),
        headers: Vec::new(),
        body: bytes::Bytes::new(),
        timeout: Duration::from_secs(10),
    };
    assert_eq!(transport.fetch(plain).await.unwrap().status, 302);
    assert_eq!(sockets.meant(), ["10.0.0.1:80"]);
}

#[tokio::test]
async fn plain_http_is_refused_outside_the_allowed_ranges() {
    let (server, heads) = Server::answering(answer("200 OK", "")).await;
    let sockets = Sockets::to(server.address);
    let names = Names::new(&[&["93.184.216.34"]]);
    let transport = Transport::with_network(allowing(&["10.0.0.0/8"]), names, sockets).unwrap();
    let error = transport.send(get("http://store.example", "/")).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::EgressDenied);
    assert!(error.message.contains("egress.allow"), "{}", error.message);
    assert!(heads.lock().unwrap().is_empty());
}

#[tokio::test]
async fn odd_spellings_of_loopback_are_judged_by_what_they_mean() {
    let transport = Transport::new(EgressConfig::default()).unwrap();
    for origin in
        ["https://127.1", "https://2130706433", "https://0x7f.0.0.1", "https://[::ffff:127.0.0.1]", "https://localhost"]
    {
        let error = transport.send(get(origin, "/")).await.unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::EgressDenied, "{origin}: {error}");
    }
}

#[tokio::test]
async fn check_judges_without_connecting() {
    let (server, _) = Server::answering(answer("200 OK", "")).await;
    let sockets = Sockets::to(server.address);
    let names = Names::new(&[&["93.184.216.34"], &["192.168.1.1"], &[]]);
    let transport = Transport::with_network(EgressConfig::default(), names, sockets.clone()).unwrap();
    transport.check("https://store.example").await.unwrap();
    let kind = async |origin: &str| transport.check(origin).await.unwrap_err().kind;
    assert_eq!(kind("https://store.example").await, ProviderErrorKind::EgressDenied);
    assert_eq!(kind("https://store.example").await, ProviderErrorKind::Network);
    assert_eq!(kind("https://169.254.169.254").await, ProviderErrorKind::EgressDenied);
    assert!(sockets.meant().is_empty());
}

#[tokio::test]
async fn second_address_is_tried_when_the_first_refuses() {
    let (server, _) = Server::answering(answer("200 OK", "")).await;
    let names = Names::new(&[&["127.0.0.9", "127.0.0.1"]]);
    let config = allowing(&["127.0.0.0/8"]);
    let transport = Transport::with_network(config, names, std::sync::Arc::new(tidegate_net::SystemDialer)).unwrap();
    // The server listens on 127.0.0.1 only.
    let origin = format!("http://two.example:{}", server.address.port());
    assert_eq!(transport.send(get(&origin, "/")).await.unwrap().status, 200);
}
