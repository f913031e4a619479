//! URLs: good for one verb on one key, for as long as they say.
//!
//! What Tidegate serves itself has no signer here: `tests/it/api/local_directory.rs` asserts the same of those URLs,
//! through the program that serves them.

use std::sync::Arc;
use std::time::Duration;

use domain::clock::{Clock as _, SystemClock};
use domain::provider::{ProviderErrorKind as Kind, Session, SignAsk, UrlsBy};
use domain::scope::Verb;
use jiff::{Timestamp, ToSpan as _};
use testkit::request::{Answer, Call, send};

use super::subject::{Subject, put, read};

fn ask(subject: &Subject, verb: Verb, now: Timestamp) -> SignAsk {
    let headers = match verb {
        Verb::Put => subject.connection.facts().put_headers.clone(),
        _ => Vec::new(),
    };
    SignAsk {
        bucket: subject.bucket.clone(),
        region: None,
        verb,
        now,
        ttl: Duration::from_secs(60),
        headers,
        response: Vec::new(),
        internal: false,
    }
}

async fn sign(session: &Arc<dyn Session>, ask: &SignAsk, key: &str) -> String {
    let mut signer = session.signer(ask).unwrap_or_else(|error| panic!("{error:?}"));
    signer.prepare(&[key]).await.unwrap();
    let mut url = String::new();
    signer.sign_into(key, &mut url);
    url
}

async fn fetch(method: &str, url: &str, headers: &[(String, String)], body: &'static [u8]) -> Answer {
    let after_scheme = url.find("://").unwrap() + 3;
    let path = after_scheme + url[after_scheme..].find('/').unwrap();
    let (origin, target) = url.split_at(path);
    let call = headers.iter().fold(Call::new(method, target), |call, (name, value)| call.header(name, value));
    send(origin, call.body(body)).await
}

fn refused(answer: &Answer) -> bool {
    (400..500).contains(&answer.status) && answer.status != 404
}

/// What cannot be signed is refused with the reason, and was declared.
fn cannot_sign(subject: &Subject, session: &Arc<dyn Session>) -> bool {
    let capabilities = subject.capabilities();
    let served = subject.connection.facts().urls == UrlsBy::Tidegate;
    assert_eq!(served, capabilities.serves, "the facts and the method's own words");
    let signs = capabilities.sign && !served;
    let signer = session.signer(&ask(subject, Verb::Get, SystemClock.now()));
    assert_eq!(signer.err().map(|error| error.kind), (!signs).then_some(Kind::Unsupported));
    !signs
}

pub(crate) async fn signed(subject: &Subject) {
    let session = subject.session().await;
    let now = SystemClock.now();
    if cannot_sign(subject, &session) {
        return;
    }
    let storage = session.storage(&subject.bucket, None).unwrap();
    for key in ["in/a b+c%2F.txt", "in/é"].map(|key| subject.at(key)) {
        let put_ask = ask(subject, Verb::Put, now);
        let url = sign(&session, &put_ask, &key).await;
        let written = fetch("PUT", &url, &put_ask.headers, b"by url").await;
        assert!((200..300).contains(&written.status), "{key}: {} {}", written.status, written.text());
        assert_eq!(read(&storage, &key, None).await.unwrap(), b"by url");

        let get = sign(&session, &ask(subject, Verb::Get, now), &key).await;
        assert_eq!(fetch("GET", &get, &[], b"").await.text(), "by url", "{key}");
        assert!(refused(&fetch("PUT", &get, &put_ask.headers, b"other").await), "a URL to read wrote");
        let head = sign(&session, &ask(subject, Verb::Head, now), &key).await;
        assert_eq!(fetch("HEAD", &head, &[], b"").await.status, 200, "{key}");

        let delete = sign(&session, &ask(subject, Verb::Delete, now), &key).await;
        let removed = fetch("DELETE", &delete, &[], b"").await;
        assert!((200..300).contains(&removed.status), "{key}: {} {}", removed.status, removed.text());
        assert_eq!(storage.head(&key).await.unwrap_err().kind, Kind::NoSuchKey);
    }
    let one = subject.at("in/one");
    for key in [one.clone(), subject.at("in/two")] {
        storage.put(&put(key, b"x")).await.unwrap();
    }
    let url = sign(&session, &ask(subject, Verb::Get, now), &one).await;
    assert!(refused(&fetch("GET", &url.replace("in/one", "in/two"), &[], b"").await), "the key was changed");
}

pub(crate) async fn ended(subject: &Subject) {
    let session = subject.session().await;
    if cannot_sign(subject, &session) {
        return;
    }
    let storage = session.storage(&subject.bucket, None).unwrap();
    let key = &subject.at("in/one");
    storage.put(&put(key.clone(), b"one")).await.unwrap();
    let past = SystemClock.now().checked_sub(10.minutes()).unwrap();
    let mut signer = session.signer(&ask(subject, Verb::Get, past)).unwrap();
    if let Err(error) = signer.prepare(&[key]).await {
        // A key that did not exist then signs nothing for then.
        return assert_eq!(error.kind, Kind::TtlTooLong, "{error:?}");
    }
    let mut url = String::new();
    signer.sign_into(key, &mut url);
    let answer = fetch("GET", &url, &[], b"").await;
    assert!(refused(&answer), "{} {}", answer.status, answer.text());
}
