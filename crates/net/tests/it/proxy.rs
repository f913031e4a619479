//! The outbound proxy.

use std::sync::{Arc, Mutex};

use domain::provider::ProviderErrorKind;
use tidegate_net::{EgressConfig, Transport};
use tokio::io::AsyncWriteExt as _;

use crate::kit::{Names, Server, Sockets, allowing, answer, get, head};

/// A proxy that is also every server behind it: it notes heads and answers.
async fn proxy(connect_answer: &'static str) -> (Server, Arc<Mutex<Vec<String>>>) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&heads);
    let server = Server::start(move |mut stream| {
        let noted = Arc::clone(&noted);
        async move {
            while let Some(head) = head(&mut stream).await {
                let reply =
                    if head.starts_with("CONNECT ") { connect_answer.into() } else { answer("200 OK", "behind") };
                noted.lock().unwrap().push(head);
                if stream.write_all(reply.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    (server, heads)
}

fn transport(mut config: EgressConfig, names: &[&[&str]], proxy: &Server) -> (Transport, Arc<Sockets>) {
    config.proxy = Some("http://ann:hunter2@10.1.1.1:3128".into());
    let sockets = Sockets::to(proxy.address);
    (Transport::with_network(config, Names::new(names), sockets.clone()).unwrap(), sockets)
}

#[tokio::test]
async fn request_goes_through_a_tunnel_with_the_proxys_credentials() {
    let (server, heads) = proxy("HTTP/1.1 200 Connection established\r\n\r\n").await;
    let (transport, sockets) = transport(allowing(&["10.0.0.0/8"]), &[&["10.2.2.2"]], &server);
    let answer = transport.send(get("http://store.lan", "/b//k")).await.unwrap();
    assert_eq!(answer.body.as_ref(), b"behind");
    let heads = heads.lock().unwrap();
    assert!(heads[0].starts_with("CONNECT store.lan:80 HTTP/1.1\r\nHost: store.lan:80\r\n"), "{}", heads[0]);
    assert!(heads[0].contains("Proxy-Authorization: Basic YW5uOmh1bnRlcjI=\r\n"));
    assert!(heads[1].starts_with("GET /b//k HTTP/1.1\r\n"), "{}", heads[1]);
    assert!(!heads[1].to_lowercase().contains("proxy-authorization"));
    assert_eq!(sockets.meant(), ["10.1.1.1:3128"]);
}

#[tokio::test]
async fn guard_judges_what_it_can_resolve_before_the_proxy_is_asked() {
    let (server, heads) = proxy("HTTP/1.1 200 OK\r\n\r\n").await;
    let (transport, sockets) = transport(EgressConfig::default(), &[&["192.168.7.7"]], &server);
    for origin in ["https://inside.example", "https://169.254.169.254", "https://[::ffff:10.0.0.1]"] {
        let error = transport.send(get(origin, "/")).await.unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::EgressDenied, "{origin}");
    }
    assert!(sockets.meant().is_empty() && heads.lock().unwrap().is_empty());
}

#[tokio::test]
async fn name_that_only_the_proxy_knows_is_left_to_it_except_over_plain_http() {
    let (server, heads) = proxy("HTTP/1.1 403 Forbidden\r\n\r\n").await;
    let (transport, _) = transport(EgressConfig::default(), &[], &server);
    transport.check("https://far.example").await.unwrap();
    let error = transport.send(get("https://far.example", "/")).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Network);
    assert_eq!(error.message, "the outbound proxy refused to connect to 'far.example' (status 403)");
    assert!(heads.lock().unwrap()[0].starts_with("CONNECT far.example:443 "));
    let error = transport.send(get("http://far.example", "/")).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::EgressDenied);
}

#[tokio::test]
async fn loopback_is_never_asked_of_a_proxy() {
    let (proxy, heads) = proxy("HTTP/1.1 200 OK\r\n\r\n").await;
    let (transport, sockets) = transport(allowing(&["127.0.0.0/8"]), &[&["127.0.0.1"]], &proxy);
    transport.send(get("http://local.example:9000", "/")).await.unwrap();
    assert_eq!(sockets.meant(), ["127.0.0.1:9000"]);
    assert!(heads.lock().unwrap()[0].starts_with("GET / "));
}

#[tokio::test]
async fn proxy_that_refuses_the_password_is_named_without_the_password() {
    let (server, _) = proxy("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    let (transport, _) = transport(allowing(&["10.0.0.0/8"]), &[&["10.2.2.2"]], &server);
    let error = transport.send(get("http://store.lan", "/")).await.unwrap_err();
    assert!(error.message.contains("does not accept the user and password in egress.proxy"), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn proxy_of_another_form_is_refused_at_once_without_being_quoted() {
    let config = EgressConfig { proxy: Some("socks5://u:hunter2@p:1".into()), ..EgressConfig::default() };
    let error = Transport::new(config).err().unwrap();
    assert_eq!(error.fields()[0].pointer, "/egress/proxy");
    assert!(!format!("{error:?}").contains("hunter2"));
}
