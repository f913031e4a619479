//! What goes out and what comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::fetch::{Fetch as _, PlainRequest};
use domain::provider::ProviderErrorKind;
use futures::StreamExt as _;
use http::Method;
use tokio::io::AsyncWriteExt as _;

use crate::kit::{Server, answer, get, head, loopback};

#[tokio::test]
async fn path_and_query_arrive_byte_for_byte() {
    let (server, heads) = Server::answering(answer("200 OK", "")).await;
    let paths = [
        "/b/../../etc",
        "/b/%2E%2e/x",
        "//b//k//",
        "/b/%2f%2F+%20",
        "/b/.",
        "/b/a;b=c?x=%2f&y&z=",
        "/b/k?",
        "/?q",
        "/b/%C3%A9~*'()!$&,:@=",
    ];
    for path in paths {
        loopback().send(get(&server.origin(), path)).await.unwrap();
    }
    let first_lines: Vec<_> =
        heads.lock().unwrap().iter().map(|head| head.lines().next().unwrap().to_owned()).collect();
    assert_eq!(first_lines, paths.map(|path| format!("GET {path} HTTP/1.1")));
}

#[tokio::test]
async fn path_that_would_not_go_out_as_given_is_refused() {
    let (server, heads) = Server::answering(answer("200 OK", "")).await;
    for path in ["/k#x", "k", "", "/a b", "/a\r\nx: y", "*"] {
        let error = loopback().send(get(&server.origin(), path)).await.unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::BadRequest, "{path:?}");
    }
    assert!(heads.lock().unwrap().is_empty());
}

#[tokio::test]
async fn host_header_and_given_headers_are_sent() {
    let (server, heads) = Server::answering(answer("200 OK", "")).await;
    let mut out = get(&server.origin(), "/");
    out.headers = vec![("x-amz-meta-a".into(), "grün".into()), ("authorization".into(), "AWS4 x".into())];
    loopback().send(out.clone()).await.unwrap();
    out.host = Some("bucket.store.example".into());
    loopback().send(out).await.unwrap();
    let heads = heads.lock().unwrap();
    assert!(heads[0].contains(&format!("host: {}\r\n", server.address)), "{}", heads[0]);
    assert!(heads[0].contains("x-amz-meta-a: grün\r\n") && heads[0].contains("authorization: AWS4 x\r\n"));
    assert!(heads[1].contains("host: bucket.store.example\r\n"), "{}", heads[1]);
    assert!(!heads[0].contains("accept-encoding"), "nothing may invite a compressed answer");
}

#[tokio::test]
async fn empty_upload_says_that_its_length_is_zero() {
    let (server, heads) = Server::answering(answer("200 OK", "")).await;
    let out = |method| with_method(get(&server.origin(), "/k"), method);
    loopback().send(out(Method::PUT)).await.unwrap();
    loopback().send(out(Method::GET)).await.unwrap();
    let heads = heads.lock().unwrap();
    assert_eq!(heads[0].matches("content-length: 0\r\n").count(), 1, "{}", heads[0]);
    assert!(!heads[1].contains("content-length"), "{}", heads[1]);
}

fn with_method(mut out: tidegate_net::Outgoing, method: Method) -> tidegate_net::Outgoing {
    out.method = method;
    out
}

#[tokio::test]
async fn web_page_and_compressed_body_are_passed_through_as_they_are() {
    let page =
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-encoding: gzip\r\ncontent-length: 6\r\n\r\n<html>";
    let (server, _) = Server::answering(page).await;
    let answer = loopback().send(get(&server.origin(), "/")).await.unwrap();
    assert_eq!((answer.status, answer.body.as_ref()), (200, b"<html>".as_slice()));
    assert_eq!(answer.headers["content-encoding"], "gzip");
}

#[tokio::test]
async fn head_of_a_large_object_is_not_too_large() {
    let (server, _) = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 5000000000\r\n\r\n").await;
    let answer = loopback().send(with_method(get(&server.origin(), "/"), Method::HEAD)).await.unwrap();
    assert_eq!(answer.headers["content-length"], "5000000000");
}

#[tokio::test]
async fn body_over_the_limit_is_refused_whether_its_length_is_announced_or_not() {
    let announced = "HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\nx".to_owned();
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(2 * 1024 * 1024));
    for bytes in [announced, endless] {
        let (server, _) = Server::answering(bytes).await;
        let error = loopback().send(get(&server.origin(), "/")).await.unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::NotTheProvider);
        assert!(error.message.contains("more than 1048576 bytes"), "{}", error.message);
    }
}

#[tokio::test]
async fn body_of_exactly_the_limit_is_read() {
    let body = "x".repeat(1024 * 1024);
    let (server, _) = Server::answering(answer("200 OK", &body)).await;
    assert_eq!(loopback().send(get(&server.origin(), "/")).await.unwrap().body.len(), body.len());
}

#[tokio::test]
async fn stream_hands_over_pieces_before_the_answer_is_complete() {
    let server = Server::start(|mut stream| async move {
        head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab").await.unwrap();
        // The rest never comes.
        head(&mut stream).await;
    })
    .await;
    let mut out = get(&server.origin(), "/");
    out.timeout = Duration::from_millis(400);
    let mut answer = loopback().stream(out).await.unwrap();
    assert_eq!(answer.body.next().await.unwrap().unwrap(), Bytes::from_static(b"ab"));
    assert_eq!(answer.body.next().await.unwrap().unwrap_err().kind, ProviderErrorKind::Timeout);
    assert!(answer.body.next().await.is_none());
}

#[tokio::test]
async fn server_that_never_answers_ends_in_a_timeout() {
    let server = Server::start(|mut stream| async move { while head(&mut stream).await.is_some() {} }).await;
    let mut out = get(&server.origin(), "/k?X-Amz-Signature=secret");
    out.timeout = Duration::from_millis(200);
    let error = loopback().send(out).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Timeout);
    assert!(error.message.ends_with("did not answer within 0.2 s"), "{}", error.message);
    assert!(!error.to_string().contains("Signature"));
}

#[tokio::test]
async fn dripping_body_ends_in_a_timeout_of_the_whole_exchange() {
    let server = Server::start(|mut stream| async move {
        head(&mut stream).await;
        let mut drip = tokio::time::interval(Duration::from_millis(50));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await;
        while stream.write_all(b"x").await.is_ok() {
            drip.tick().await;
        }
    })
    .await;
    let mut out = get(&server.origin(), "/");
    out.timeout = Duration::from_millis(300);
    let started = Instant::now();
    let error = loopback().send(out).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Timeout);
    assert!(error.message.contains("began to answer but did not finish"), "{}", error.message);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn server_that_does_not_speak_http_is_not_the_provider() {
    let server = Server::start(|mut stream| async move {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").await;
        head(&mut stream).await;
    })
    .await;
    let error = loopback().send(get(&server.origin(), "/")).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotTheProvider, "{error}");
}

#[tokio::test]
async fn connection_closed_in_the_middle_of_a_body_is_a_network_error() {
    let server = Server::start(|mut stream| async move {
        head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").await;
    })
    .await;
    let error = loopback().send(get(&server.origin(), "/")).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Network, "{error}");
}

#[tokio::test]
async fn refused_connection_is_a_network_error_that_says_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = loopback().send(get(&origin, "/")).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Network);
    assert!(error.message.ends_with("the connection was refused"), "{}", error.message);
}

/// Answers one request a connection, and closes without a word when a second one came.
async fn closing_after_one(requests: Arc<AtomicUsize>) -> Server {
    Server::start(move |mut stream| {
        let requests = Arc::clone(&requests);
        async move {
            if head(&mut stream).await.is_none() {
                return;
            }
            requests.fetch_add(1, Ordering::SeqCst);
            let _ = stream.write_all(answer("200 OK", "one").as_bytes()).await;
            if head(&mut stream).await.is_some() {
                requests.fetch_add(1, Ordering::SeqCst);
            }
        }
    })
    .await
}

#[tokio::test]
async fn read_on_a_connection_that_was_closed_meanwhile_is_sent_once_more() {
    let requests = Arc::new(AtomicUsize::new(0));
    let server = closing_after_one(Arc::clone(&requests)).await;
    let transport = loopback();
    transport.send(get(&server.origin(), "/")).await.unwrap();
    assert_eq!(transport.send(get(&server.origin(), "/")).await.unwrap().body.as_ref(), b"one");
    assert_eq!(requests.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn write_that_was_received_is_never_sent_twice() {
    let requests = Arc::new(AtomicUsize::new(0));
    let server = closing_after_one(Arc::clone(&requests)).await;
    let transport = loopback();
    transport.send(get(&server.origin(), "/")).await.unwrap();
    let error = transport.send(with_method(get(&server.origin(), "/"), Method::PUT)).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Network);
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn read_that_is_never_answered_is_sent_once_only_on_a_new_connection() {
    let requests = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&requests);
    let server = Server::start(move |mut stream| {
        let seen = Arc::clone(&seen);
        async move {
            head(&mut stream).await;
            seen.fetch_add(1, Ordering::SeqCst);
        }
    })
    .await;
    let error = loopback().send(get(&server.origin(), "/")).await.unwrap_err();
    assert_eq!((error.kind, requests.load(Ordering::SeqCst)), (ProviderErrorKind::Network, 1));
}

#[tokio::test]
async fn plain_fetch_sends_the_url_as_it_is_and_cuts_a_long_body() {
    let (server, heads) = Server::answering(answer("403 Forbidden", &"x".repeat(3 * 1024 * 1024))).await;
    let request = PlainRequest {
        method: Method::GET,
        url: format!("{}/b//..%2F?X-Amz-Signature=1%2f", server.origin()),
        headers: vec![("range".into(), "bytes=0-3".into())],
        body: Bytes::new(),
        timeout: Duration::from_secs(10),
    };
    let answer = loopback().fetch(request).await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (403, 1024 * 1024));
    let heads = heads.lock().unwrap();
    assert!(heads[0].starts_with("GET /b//..%2F?X-Amz-Signature=1%2f HTTP/1.1\r\n"), "{}", heads[0]);
    assert!(heads[0].contains("range: bytes=0-3\r\n"));
}
